"""What travels through a catalogue: files found, outcomes of reading them, rows of the table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app.errors import GenreAppError
from genre_app.reading import Reading, has_interval

__all__ = [
    "CRASHED",
    "UNOPENABLE",
    "CatalogueError",
    "Failure",
    "Found",
    "Labels",
    "ModelKey",
    "Outcome",
    "Problem",
    "Song",
]

UNOPENABLE: Final = "unopenable"
"""Kind of the problem that may pass by itself: permissions, network. Tried again by every run."""

CRASHED: Final = "crashed"
"""Kind of the problem that ends the process which reads the file."""


class CatalogueError(GenreAppError):
    """A catalogue that cannot be opened, is in use, or was asked for the impossible."""

    kind = "catalogue"


@dataclass(frozen=True, slots=True)
class ModelKey:
    """A model as readings are kept under it.

    Attributes
    ----------
    name : str
    fingerprint : str
        Of its weights, temperature and thresholds: :func:`genre_app.zoo.fingerprint`.
    genres : tuple of str
        In the order of every blend.
    """

    name: str
    fingerprint: str
    genres: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A file that the walk came across.

    Attributes
    ----------
    place : str
        Absolute path or URL, always valid Unicode: the key of its row.
    path : str
        What opens it; differs from the place where the file's name is no Unicode.
    size : int
        Bytes.
    stamp : str
        Changes when the file does: the time of its last change in nanoseconds, or
        what the storage offers instead. Empty where it offers nothing.
    """

    place: str
    path: str
    size: int
    stamp: str


@dataclass(frozen=True, slots=True)
class Labels:
    """What a file says of itself; ``None`` where it says nothing."""

    title: str | None = None
    artist: str | None = None
    album: str | None = None
    album_artist: str | None = None
    year: int | None = None
    track: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a file has no reading: a word for programs, a sentence for people."""

    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that has no reading."""

    place: str
    problem: Problem


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What came of one file.

    Attributes
    ----------
    found : Found
    content : str or None
        SHA-256 of the bytes, in hexadecimal; ``None`` where they could not be had.
    labels : Labels
    format : str
    duration_s : float
    reading : Reading or None
        ``None`` where there is a problem, or where the catalogue knows these bytes.
    problem : Problem or None
    notes : tuple of str
    truncated : bool
        As in :class:`genre_app.audio.Recording`.
    """

    found: Found
    content: str | None = None
    labels: Labels = Labels()
    format: str = ""
    duration_s: float = 0.0
    reading: Reading | None = None
    problem: Problem | None = None
    notes: tuple[str, ...] = ()
    truncated: bool = False

    @property
    def known(self) -> bool:
        """Whether the bytes turned out to be in the catalogue already."""
        return self.reading is None and self.problem is None


@dataclass(frozen=True, eq=False)
class Song:
    """A row of the catalogue: a file and its reading.

    Attributes
    ----------
    place : str
        Path or URL.
    content : str
        SHA-256 of the bytes; two files with the same are the same song.
    labels : Labels
    format, model : str
    duration_s : float
    genres : tuple of str
    blend, low, high : ndarray of float64 [shape=(genres,)]
        Calibrated probabilities and their 90 % interval; NaN where it has none.
    certainty, reason : str
        As in :class:`genre_app.reading.Reading`.
    notes : tuple of str
        What was done to the file as it was decoded, e.g. that only its start was read.
    truncated : bool
        Whether only its start was read.
    """

    place: str
    content: str
    labels: Labels
    format: str
    duration_s: float
    model: str
    genres: tuple[str, ...]
    blend: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    certainty: str
    reason: str
    notes: tuple[str, ...] = ()
    truncated: bool = False

    @property
    def top(self) -> str:
        """The genre with the largest share."""
        return self.genres[int(self.blend.argmax())]

    @property
    def varies(self) -> bool:
        """Whether there is an interval: several windows were heard."""
        return has_interval(self.low)

    def shares(self) -> Mapping[str, float]:
        """Give the blend by genre."""
        return dict(zip(self.genres, self.blend.tolist(), strict=True))

    def as_dict(self) -> dict[str, Any]:
        """Give the row as the command line prints it, ready for JSON."""
        columns = zip(self.genres, self.low.tolist(), self.high.tolist(), strict=True)
        interval = {genre: [round(low, 4), round(high, 4)] for genre, low, high in columns}
        return {
            "file": self.place,
            "title": self.labels.title,
            "artist": self.labels.artist,
            "album": self.labels.album,
            "album_artist": self.labels.album_artist,
            "year": self.labels.year,
            "track": self.labels.track,
            "format": self.format,
            "duration_s": round(self.duration_s, 3),
            "sha256": self.content,
            "model": self.model,
            "blend": {genre: round(share, 4) for genre, share in self.shares().items()},
            "interval": interval if self.varies else None,
            "top": self.top,
            "certainty": self.certainty,
            "reason": self.reason,
            "notes": list(self.notes),
            "truncated": self.truncated,
        }
