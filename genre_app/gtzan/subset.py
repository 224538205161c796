"""Load the bundled subset, and say which track stands in which part of a split.

Conventions
-----------
- ``cells`` are bytes: steps of half a decibel below the loudest cell of the
  clip, 0 is -80 dB, 160 is 0 dB (:meth:`genre_app.logmel.LogMel.from_bytes`).
- Protocol ``artist``: the fault-filtered partition in which hardly an artist stands on
  two sides (442 / 197 / 290 tracks; 70 of the 999 are in no part) [1]_.
- Protocol ``random``: all 999 tracks, 70 / 10 / 20 %, stratified by genre,
  seed 0: what most reports did. Artists, and even the same recording twice,
  stand on both sides, which is why its figures are too good.

References
----------
.. [1] Kereliuk, C., Sturm, B. L. & Larsen, J. (2015). Deep learning and music
   adversaries. IEEE Transactions on Multimedia 17(11).
   After: Sturm, B. L. (2013). The GTZAN dataset: its contents, its faults,
   their effects on evaluation, and its future use. arXiv:1306.1461.
"""

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from genre_app.errors import DatasetError
from genre_app.genres import GENRES
from genre_app.logmel import BANDS, CLIP_COLUMNS, LogMel

__all__ = [
    "DATA",
    "PARTS",
    "PROTOCOLS",
    "Part",
    "Protocol",
    "Subset",
    "Track",
    "artists_of",
    "load",
    "load_log_mel",
    "load_tracks",
]

Protocol = Literal["artist", "random"]
Part = Literal["train", "valid", "test"]
PROTOCOLS: Final[tuple[Protocol, ...]] = get_args(Protocol)
PARTS: Final[tuple[Part, ...]] = get_args(Part)

DATA: Final = Path(__file__).parent / "data"
"""Where the bundled shards lie."""

_RESTORE: Final = (
    "Restore the folder genre_app/gtzan/data from the project's repository, or build it again "
    "with: python -m genre_app build-subset GTZAN_DIR"
)


@dataclass(frozen=True)
class Track:
    """One row of the table of tracks.

    Attributes
    ----------
    name : str
        Such as ``"blues.00000"``.
    genre : str
        The label that GTZAN gives it.
    artist, title : str
        Empty where nobody has identified it (Sturm 2013 named most).
    artist_split, random_split : {"train", "valid", "test", ""}
        The part of each protocol; empty where the track is left out.
    repetition_group : str
        Tracks with the same group are the same recording; mostly empty.
    tempo_bpm : float or None
        Beats per minute (Marchand & Peeters 2015).
    meter : str
        Such as ``"4/4"``.
    key : int or None
        0 to 11 are C major to B major, 12 to 23 C minor to B minor
        (Kraft & Lerch 2013).
    listener_count : int
        Tag assignments behind ``listener_genres``.
    listener_genres : dict of str to float
        How listeners of last.fm tag the artist; shares of 1 (small ones left out), may name genres
        outside the ten; empty where unknown (HetRec 2011).
    """

    name: str
    genre: str
    artist: str = ""
    title: str = ""
    artist_split: str = ""
    random_split: str = ""
    repetition_group: str = ""
    tempo_bpm: float | None = None
    meter: str = ""
    key: int | None = None
    listener_count: int = 0
    listener_genres: dict[str, float] = field(default_factory=dict)

    @property
    def by(self) -> str:
        """Whose it is, to keep artists apart and to draw them; nobody else's if that is unknown."""
        # The table spells one artist in two ways: "Rage Against The Machine", "... the Machine".
        return self.artist.casefold() or self.name


@dataclass(frozen=True, eq=False)
class Subset:
    """The tracks and their log-mels, in the same order.

    Attributes
    ----------
    tracks : tuple of Track
    cells : ndarray of uint8 [shape=(len(tracks), 128, 723)]
        Read-only; see the module's conventions.
    genres : tuple of str
        The classes, in the order of a network's outputs.
    """

    tracks: tuple[Track, ...]
    cells: NDArray[np.uint8]
    genres: tuple[str, ...] = GENRES

    def __len__(self) -> int:
        return len(self.tracks)

    @cached_property
    def labels(self) -> NDArray[np.intp]:
        """Index into ``genres`` of each track's genre [shape=(tracks,)]."""
        return np.array([self.genres.index(track.genre) for track in self.tracks], dtype=np.intp)

    def part(self, protocol: Protocol, part: Part) -> NDArray[np.intp]:
        """Give the positions of the tracks in one part of a protocol's split."""
        attribute = f"{protocol}_split"
        return np.array(
            [i for i, track in enumerate(self.tracks) if getattr(track, attribute) == part],
            dtype=np.intp,
        )

    def artists(self, positions: NDArray[np.integer]) -> tuple[str, ...]:
        """Give whose the tracks are; one whose artist is unknown is by an artist of its own."""
        return tuple(self.tracks[position].by for position in positions.tolist())

    def of_genres(self, genres: Sequence[str]) -> "Subset":
        """Give only the tracks of some genres, which become the classes in the order of ``GENRES``.

        Raises
        ------
        DatasetError
            A genre is unknown, or there are fewer than two.
        """
        unknown = sorted(set(genres) - set(self.genres))
        if unknown or len(set(genres)) < 2:
            raise DatasetError(
                f"There is no genre '{unknown[0]}'. Known: {', '.join(self.genres)}."
                if unknown
                else "Choose at least two genres."
            )
        wanted = tuple(genre for genre in self.genres if genre in genres)
        if wanted == self.genres:
            return self
        rows = [i for i, track in enumerate(self.tracks) if track.genre in wanted]
        return Subset(tuple(self.tracks[i] for i in rows), self.cells[rows], wanted)

    def at_most(self, positions: NDArray[np.intp], tracks: int, *, seed: int) -> NDArray[np.intp]:
        """Draw so many of the given tracks from each genre, all of them where there are fewer."""
        chance = np.random.default_rng(seed)
        drawn = [
            chance.permutation(positions[self.labels[positions] == genre])[:tracks]
            for genre in range(len(self.genres))
        ]
        return np.sort(np.concatenate(drawn))

    def log_mel(self, position: int) -> LogMel:
        """Give one track's log-mel, as serving would see it."""
        return LogMel.from_bytes(self.cells[position])


def load(folder: Path = DATA) -> Subset:
    """Load a subset and check it against its manifest.

    Parameters
    ----------
    folder : Path
        With ``manifest.json``, ``tracks.csv`` and a shard a genre.

    Raises
    ------
    DatasetError
        A file is missing or is not what the manifest says.
    """
    manifest = _manifest(folder)
    tracks = {track.name: track for track in load_tracks(folder)}
    names: list[str] = []
    cells = np.empty((len(tracks), BANDS, CLIP_COLUMNS), dtype=np.uint8)
    for file in sorted(manifest["files"]):
        if not file.endswith(".npz"):
            continue
        path = folder / file
        _check(path, manifest["files"][file]["sha256"])
        with np.load(path, allow_pickle=False) as shard:
            stop = len(names) + len(shard["track"])
            if stop > len(cells) or shard["cells"].shape[1:] != cells.shape[1:]:
                raise DatasetError(f"{file} does not fit the table of tracks. {_RESTORE}")
            cells[len(names) : stop] = shard["cells"]
            names.extend(str(name) for name in shard["track"])
    if set(names) != set(tracks) or len(names) != len(tracks):
        raise DatasetError(f"The shards and tracks.csv name different tracks. {_RESTORE}")
    cells.flags.writeable = False
    return Subset(tuple(tracks[name] for name in names), cells)


def load_log_mel(track: Track, folder: Path = DATA) -> LogMel:
    """Load one track's log-mel alone: a shard instead of ten.

    Raises
    ------
    DatasetError
        Its shard is missing, is not what the manifest says, or lacks it.
    """
    file = f"{track.genre}.npz"
    known = _manifest(folder)["files"]
    if file not in known:
        raise DatasetError(f"There is no shard of {track.genre}. {_RESTORE}")
    _check(folder / file, known[file]["sha256"])
    with np.load(folder / file, allow_pickle=False) as shard:
        places = np.flatnonzero(shard["track"] == track.name)
        if not places.size:
            raise DatasetError(f"{file} lacks {track.name}. {_RESTORE}")
        return LogMel.from_bytes(shard["cells"][places[0]])


def load_tracks(folder: Path = DATA) -> tuple[Track, ...]:
    """Load the table of tracks alone.

    Raises
    ------
    DatasetError
        It is missing or is not what the manifest says.
    """
    path = folder / "tracks.csv"
    _check(path, _manifest(folder)["files"]["tracks.csv"]["sha256"])
    with path.open(encoding="utf-8", newline="") as lines:
        return tuple(parse_track(row) for row in csv.DictReader(lines))


def artists_of(names: Sequence[str], tracks: Mapping[str, Track]) -> tuple[str, ...]:
    """Give whose tracks are by their names; one that nobody knows is by an artist of its own."""
    return tuple(tracks[name].by if name in tracks else name for name in names)


def parse_track(row: dict[str, str]) -> Track:
    """Read one row of ``tracks.csv``."""
    listeners = (pair.split(":") for pair in row["listener_genres"].split(";") if pair)
    return Track(
        name=row["track"],
        genre=row["genre"],
        artist=row["artist"],
        title=row["title"],
        artist_split=row["artist_split"],
        random_split=row["random_split"],
        repetition_group=row["repetition_group"],
        tempo_bpm=float(row["tempo_bpm"]) if row["tempo_bpm"] else None,
        meter=row["meter"],
        key=int(row["key"]) if row["key"] else None,
        listener_count=int(row["listener_count"] or 0),
        listener_genres={genre: float(weight) for genre, weight in listeners},
    )


def _manifest(folder: Path) -> dict[str, dict[str, dict[str, str]]]:
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DatasetError(f"There is no bundled subset in {folder}. {_RESTORE}") from None
    except ValueError as error:
        raise DatasetError(f"manifest.json is damaged: {error}. {_RESTORE}") from None
    return dict(manifest)


def _check(path: Path, sha256: str) -> None:
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        raise DatasetError(f"{path.name} of the bundled subset is missing. {_RESTORE}") from None
    if found != sha256:
        raise DatasetError(f"{path.name} is damaged: it differs from its checksum. {_RESTORE}")
