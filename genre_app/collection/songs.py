"""A song of a collection: which part it stands in, and the clips that are cut from it.

Conventions
-----------
A song is assigned to train, valid or test **before** clips are cut, so that two clips of
one song never stand on both sides. Clips are 30 s, their bytes as in the bundled subset
(:meth:`genre_app.logmel.LogMel.from_bytes`). The same bytes and seed give the same clips.
"""

import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genre_app.audio import SAMPLE_RATE, Recording
from genre_app.errors import AudioTooShort, CollectionError
from genre_app.genres import GENRES, NAMES
from genre_app.gtzan import PARTS, Part
from genre_app.logmel import BANDS, CLIP_COLUMNS, CLIP_SECONDS, log_mel

__all__ = [
    "CLIPS",
    "LEAST_SECONDS",
    "LEAST_SONGS",
    "LONGEST_NAME",
    "Song",
    "assign",
    "class_name",
    "cut_clips",
    "tidy",
]

CLIPS: Final = 4
"""Clips that are cut from a song at most."""

LEAST_SONGS: Final = 4
"""Songs that a class needs: two to learn from, one to calibrate with, one to test with."""

LEAST_SECONDS: Final = 10.0
"""Seconds that a song needs; below 30 it is repeated to fill its clip."""

LONGEST_NAME: Final = 40

_APART_S: Final = 10.0
"""Seconds of room that each further clip needs, so that clips do not tell the same thing."""

_SHARES: Final[Mapping[Part, float]] = {"train": 0.6, "test": 0.25, "valid": 0.15}


@dataclass(frozen=True, eq=False)
class Song:
    """One song's features.

    Attributes
    ----------
    name : str
        What the file was called.
    genre : str
        Its class.
    part : {"train", "valid", "test"}
    sha256 : str
        Of the audio file.
    duration_s : float
        Of the audio file.
    cells : ndarray of uint8 [shape=(clips, 128, 723)]
    notes : tuple of str
        What was done to the file as it was decoded, e.g. that only its start was read.
    truncated : bool
        Whether only its start was read.
    """

    name: str
    genre: str
    part: Part
    sha256: str
    duration_s: float
    cells: NDArray[np.uint8]
    notes: tuple[str, ...] = ()
    truncated: bool = False


def tidy(text: str) -> str:
    """Normalise a name: one kind of accents, single spaces, nothing that cannot be printed."""
    plain = unicodedata.normalize("NFC", text)
    return " ".join("".join(letter if letter.isprintable() else " " for letter in plain).split())


def class_name(text: str, *, what: str = "class") -> str:
    """Make the name of a class; that of one of the ten genres becomes theirs.

    Parameters
    ----------
    what : str
        What is named, for people: the names of collections keep the same rules.

    Raises
    ------
    CollectionError
        It is empty, too long, or holds letters that file names cannot hold.
    """
    name = tidy(text)
    if not name:
        raise CollectionError(f"A {what} needs a name, such as: School band.")
    if len(name) > LONGEST_NAME:
        raise CollectionError(f"The name of a {what} has at most {LONGEST_NAME} letters.")
    if (
        name.startswith(".")
        or not any(letter.isalnum() for letter in name)
        or set(name) & set("/\\")
    ):
        raise CollectionError(f"'{name}' cannot be the name of a {what}. Use letters and spaces.")
    for genre in GENRES:
        if name.casefold() in (genre.casefold(), NAMES[genre].casefold()):
            return genre
    return name


def assign(
    known: Mapping[str, Part], newcomers: Sequence[str], *, seed: int = 0
) -> dict[str, Part]:
    """Say which part each new song of a class stands in.

    About 60 / 15 / 25 % train / valid / test. Songs that have a part keep it, whatever
    comes later; in which order files are given makes no difference.

    Parameters
    ----------
    known : dict of str to str
        The parts of the songs that the class has already, by checksum.
    newcomers : sequence of str
        Checksums.
    """
    chance = np.random.default_rng(seed)
    waiting = sorted(set(newcomers) - known.keys())
    chance.shuffle(waiting)
    counts = {part: sum(one == part for one in known.values()) for part in PARTS}
    total = len(known) + len(waiting)
    aims = _aims(total)
    found: dict[str, Part] = {}
    for one in waiting:
        part = max(_SHARES, key=lambda name: aims[name] - counts[name])
        counts[part] += 1
        found[one] = part
    return found


def _aims(total: int) -> dict[Part, int]:
    if total < len(PARTS):
        return {"train": total, "test": 0, "valid": 0}
    test, valid = (max(1, round(total * _SHARES[part])) for part in ("test", "valid"))
    return {"train": total - test - valid, "test": test, "valid": valid}


def cut_clips(recording: Recording, *, seed: int = 0, clips: int = CLIPS) -> NDArray[np.uint8]:
    """Cut random clips of 30 s and compute their log-mels.

    The song's room is divided evenly and one clip starts at random in each piece; where
    there is no room for several, fewer are cut.

    Returns
    -------
    ndarray of uint8 [shape=(clips, 128, 723)]

    Raises
    ------
    AudioTooShort
        It has less than :data:`LEAST_SECONDS`.
    """
    samples, length = recording.samples, round(CLIP_SECONDS * SAMPLE_RATE)
    if recording.duration_s < LEAST_SECONDS:
        # Rounded down: of 9.97 seconds nobody is told that 10 are too few.
        seconds = math.floor(10 * recording.duration_s) / 10
        raise AudioTooShort(
            f"{recording.name} has {seconds:.1f} seconds; a class needs at least "
            f"{LEAST_SECONDS:g} of each song."
        )
    room = samples.size - length
    if room <= 0:
        return log_mel(np.resize(samples, length), columns=CLIP_COLUMNS).to_bytes()[None]
    count = min(clips, 1 + int(room / SAMPLE_RATE / _APART_S))
    chance = np.random.default_rng([seed, int(recording.sha256[:12], 16)])
    edges = np.linspace(0, room, count + 1)
    starts = chance.uniform(edges[:-1], edges[1:]).astype(int)
    cells = np.empty((count, BANDS, CLIP_COLUMNS), dtype=np.uint8)
    kept = 0
    for start in starts.tolist():
        piece = samples[start : start + length]
        # A pause in the middle of a song is no clip.
        if np.abs(piece).max() > 1e-4:
            cells[kept] = log_mel(piece, columns=CLIP_COLUMNS).to_bytes()
            kept += 1
    if kept == 0:
        loudest = int(np.abs(samples).argmax())
        start = min(max(0, loudest - length // 2), room)
        cells[0] = log_mel(samples[start : start + length], columns=CLIP_COLUMNS).to_bytes()
        kept = 1
    return cells[:kept]
