"""Songs and readers that cost nothing, in a module that worker processes can import."""

import os
import signal
import sys
import time
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from genre_app.catalogue.rows import Labels, ModelKey, Song
from genre_app.catalogue.run import catalogue
from genre_app.catalogue.work import Heard
from genre_app.errors import GenreAppError
from genre_app.reading import Reading

GENRES: Final = ("jazz", "reggae", "rock")
MODEL: Final = ModelKey("stub", "ab" * 32, GENRES)
OTHER: Final = ModelKey("stub", "cd" * 32, GENRES)

LOG: Final = "CATALOGUE_STUB_LOG"
"""Environment variable: the file in which readers note what they read, a line a song."""


def write_song(path: Path, seed: int, *, seconds: float = 1.2) -> Path:
    """Write a second of noise; the seed makes the bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(-8000, 8000, int(8000 * seconds))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(noise.astype("<i2").tobytes())
    return path


def write_songs(folder: Path, count: int) -> list[Path]:
    return [write_song(folder / f"{number:03}.wav", number) for number in range(count)]


def read_stub(songs: Sequence[Heard], model: ModelKey) -> list[Reading | GenreAppError]:
    """Say something that depends on the bytes alone."""
    note([song.content for song in songs])
    return [reading(song, model) for song in songs]


def read_slowly(songs: Sequence[Heard], model: ModelKey) -> list[Reading | GenreAppError]:
    """Take a tenth of a second a song."""
    time.sleep(0.1 * len(songs))
    return read_stub(songs, model)


def read_or_die(songs: Sequence[Heard], model: ModelKey) -> list[Reading | GenreAppError]:
    """End the process on songs with a certain name, as a fault of a decoder would."""
    if any(song.name.startswith("killer") for song in songs):
        note(["killed"])
        os.kill(os.getpid(), signal.SIGKILL)
    return read_stub(songs, model)


def read_or_fail(songs: Sequence[Heard], model: ModelKey) -> list[Reading | GenreAppError]:
    """Raise what nobody expects, on songs with a certain name."""
    if any(song.name.startswith("odd") for song in songs):
        raise ZeroDivisionError("a fault")
    return read_stub(songs, model)


def begin(_threads: int) -> None:
    """Note whether a worker that has just begun hears of Ctrl-C."""
    os.environ["HEARS"] = str(signal.getsignal(signal.SIGINT) != signal.SIG_IGN)


def hears(_task: int) -> bool:
    """Say what :func:`begin` has noted in this process."""
    return os.environ["HEARS"] == "True"


def note(words: Sequence[str]) -> None:
    log = os.environ.get(LOG)
    if log:
        with open(log, "a", encoding="utf-8") as file:
            file.write("".join(f"{os.getpid()} {word}\n" for word in words))


def noted(log: Path) -> list[str]:
    """Give what was read, in order: contents."""
    return [line.split()[1] for line in log.read_text("utf-8").splitlines()] if log.exists() else []


def processes(log: Path) -> set[int]:
    return {int(line.split()[0]) for line in log.read_text("utf-8").splitlines()}


def reading(song: Heard, model: ModelKey) -> Reading:
    powers = np.frombuffer(bytes.fromhex(song.content), np.uint8)[: len(model.genres)] + 1.0
    blend = powers / powers.sum()
    return Reading(
        file=song.name,
        model=model.name,
        genres=model.genres,
        duration_s=song.duration_s,
        blend=blend,
        low=blend * 0.9,
        high=np.minimum(1.0, blend * 1.1),
        certainty="mixed",
        reason="A stub says so.",
        starts_s=np.array([0.0]),
        ends_s=np.array([song.duration_s]),
        timeline=blend[None, :],
    )


def song(
    blend: Sequence[float],
    *,
    content: str = "",
    place: str = "/music/song.mp3",
    genres: tuple[str, ...] = GENRES,
    title: str | None = None,
    artist: str | None = None,
    album: str | None = None,
    album_artist: str | None = None,
    year: int | None = None,
) -> Song:
    """Make a row by hand."""
    shares = np.array(blend, dtype=np.float64)
    return Song(
        place=place,
        content=content or place,
        labels=Labels(title, artist, album, album_artist, year, None),
        format="MP3",
        duration_s=180.0,
        model="stub",
        genres=genres,
        blend=shares,
        low=shares * 0.5,
        high=np.minimum(1.0, shares * 1.5),
        certainty="clear",
        reason="By hand.",
    )


if __name__ == "__main__":  # A run in a process of its own, to be killed.
    # What was started in the background ignores it, and so would this.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    catalogue([sys.argv[1]], path=Path(sys.argv[2]), model=MODEL, workers=2, reader=read_slowly)
