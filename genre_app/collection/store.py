"""Collections on disk: features only, one file each, which is also what is exported.

The file is a zip of two members: ``collection.json`` (names, split, checksums) and
``cells.bin`` (the clips' bytes, one after the other). Nothing in it is code and nothing
is unpickled; whatever a file says is checked before it is believed.
"""

import hashlib
import json
import math
import re
import threading
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app.collection.archive import Archive
from genre_app.collection.songs import LEAST_SONGS, LONGEST_NAME, Song, assign, class_name, tidy
from genre_app.collection.source import Limits
from genre_app.errors import (
    DAMAGED,
    ArchiveError,
    CollectionError,
    cannot_be_written,
    reason_of,
)
from genre_app.files import write_whole
from genre_app.genres import GENRES, NAMES
from genre_app.gtzan import PARTS
from genre_app.logmel import BANDS, CLIP_COLUMNS
from genre_app.wording import counted

__all__ = [
    "MOST_SONGS",
    "SUFFIX",
    "Collection",
    "changing",
    "delete",
    "free_name",
    "from_bytes",
    "load",
    "names",
    "save",
    "to_bytes",
]

SUFFIX: Final = ".collection.zip"

MOST_SONGS: Final = 1_000
"""Songs of a collection: 90 kB a clip, so at most 370 MB in memory."""

changing: Final = threading.RLock()
"""Held from loading a collection until it is saved: several tabs, and the work in the background,
change the same one."""

_CLIP_BYTES: Final = BANDS * CLIP_COLUMNS
_VERSION: Final = 1
_HIGHEST: Final = 160
"""The byte of 0 dB."""

_MOST_NOTES: Final = 8
_LONGEST_NOTE: Final = 200
_LONGEST_ABOUT: Final = 2**23
"""Bytes of ``collection.json``: a thousand songs with the longest names and notes have fewer."""


@dataclass(frozen=True, eq=False)
class Collection:
    """Classes of one's own.

    Attributes
    ----------
    name : str
    songs : tuple of Song
    """

    name: str
    songs: tuple[Song, ...] = ()

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """Its classes: those among the ten genres in their order, then the others by name."""
        found = {song.genre for song in self.songs}
        own = sorted(found - set(GENRES), key=str.casefold)
        return (*(genre for genre in GENRES if genre in found), *own)

    @property
    def problems(self) -> tuple[str, ...]:
        """Why it cannot be trained with yet: a sentence each."""
        said = []
        for genre in self.classes:
            count = sum(song.genre == genre for song in self.songs)
            if count < LEAST_SONGS:
                missing = LEAST_SONGS - count
                said.append(
                    f"{NAMES.get(genre, genre)} has {counted(count, 'song')}. A class "
                    f"needs at least {LEAST_SONGS}, because some are kept back to check what was "
                    f"learnt: add {missing} more."
                )
        return tuple(said)

    @property
    def ready(self) -> "Collection":
        """Leave out the classes that have too few songs yet."""
        return self.only(genre for genre in self.classes if len(self.of(genre)) >= LEAST_SONGS)

    def of(self, genre: str) -> tuple[Song, ...]:
        """Give the songs of one class."""
        return tuple(song for song in self.songs if song.genre == genre)

    def with_songs(self, songs: Iterable[Song]) -> "tuple[Collection, tuple[Song, ...]]":
        """Add songs, each with a part of its own; what it has already is not added again.

        Returns
        -------
        Collection
        tuple of Song
            Those that were not added: the same file is in the collection already.

        Raises
        ------
        CollectionError
            There would be too many.
        """
        known = {song.sha256 for song in self.songs}
        fresh: dict[str, Song] = {}
        again = []
        for song in songs:
            if song.sha256 in known or song.sha256 in fresh:
                again.append(song)
            else:
                fresh[song.sha256] = song
        if len(self.songs) + len(fresh) > MOST_SONGS:
            raise CollectionError(f"A collection holds at most {MOST_SONGS:,} songs.")
        added = []
        for genre in sorted({song.genre for song in fresh.values()}):
            mine = {key: song for key, song in fresh.items() if song.genre == genre}
            parts = assign({song.sha256: song.part for song in self.of(genre)}, list(mine))
            added += [replace(song, part=parts[key]) for key, song in mine.items()]
        return Collection(self.name, (*self.songs, *added)), tuple(again)

    def without(self, genre: str) -> "Collection":
        """Leave a class out."""
        return Collection(self.name, tuple(song for song in self.songs if song.genre != genre))

    def only(self, genres: Iterable[str]) -> "Collection":
        """Keep some classes only."""
        wanted = set(genres)
        return Collection(self.name, tuple(song for song in self.songs if song.genre in wanted))


def to_bytes(collection: Collection) -> bytes:
    """Give a collection as one file; the same collection gives the same bytes."""
    cells = b"".join(song.cells.tobytes() for song in collection.songs)
    about = {
        "format": "genre-blend collection",
        "version": _VERSION,
        "name": collection.name,
        "sha256": hashlib.sha256(cells).hexdigest(),
        "songs": [
            {
                "name": song.name,
                "genre": song.genre,
                "part": song.part,
                "sha256": song.sha256,
                "duration_s": round(song.duration_s, 3),
                "clips": len(song.cells),
                "notes": list(song.notes),
                "truncated": song.truncated,
            }
            for song in collection.songs
        ],
    }
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in (
            ("collection.json", json.dumps(about, indent=1, ensure_ascii=False).encode()),
            ("cells.bin", cells),
        ):
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, content, compresslevel=6)
    return file.getvalue()


def from_bytes(content: bytes) -> Collection:
    """Read a collection that somebody exported.

    Raises
    ------
    CollectionError
        It is not one, is damaged, or holds more than is allowed.
    """
    limits = Limits(
        entries=2, file_bytes=MOST_SONGS * 4 * _CLIP_BYTES, total_bytes=MOST_SONGS * 5 * _CLIP_BYTES
    )
    try:
        with Archive(content, limits=limits, suffixes=(".json", ".bin")) as archive:
            found = {member.path: member for member in archive.members}
            if set(found) != {"collection.json", "cells.bin"}:
                raise CollectionError(_NOT_ONE)
            if found["collection.json"].size > _LONGEST_ABOUT:
                raise CollectionError(_NOT_ONE)
            about = json.loads(archive.read(found["collection.json"]))
            cells = archive.read(found["cells.bin"])
    except (ArchiveError, ValueError, RecursionError) as error:
        raise CollectionError(_NOT_ONE) from error
    if not isinstance(about, dict):
        raise CollectionError(_NOT_ONE)
    if hashlib.sha256(cells).hexdigest() != about.get("sha256"):
        raise CollectionError("The collection is damaged: it differs from its checksum.")
    return _believed(about, np.frombuffer(cells, dtype=np.uint8))


_NOT_ONE: Final = "This is not an exported collection, or it is damaged. Export it again."


def _believed(about: dict[str, Any], cells: NDArray[np.uint8]) -> Collection:
    """Check everything that a file says of itself."""
    rows = about.get("songs")
    if about.get("version") != _VERSION:
        raise CollectionError("The collection was exported by another version of Genre Blend.")
    if not isinstance(rows, list) or len(rows) > MOST_SONGS:
        raise CollectionError(_NOT_ONE)
    songs, stop = [], 0
    for row in rows:
        song = _song(row, cells[stop:])
        stop += song.cells.size
        songs.append(song)
    if stop != cells.size or len({song.sha256 for song in songs}) != len(songs):
        raise CollectionError(_NOT_ONE)
    return Collection(_title(about.get("name")), tuple(songs))


def _song(row: Any, cells: NDArray[np.uint8]) -> Song:  # noqa: ANN401  # Checked here.
    match row:
        case {
            "name": str(name),
            "genre": str(genre),
            "part": str(part),
            "sha256": str(sha256),
            "duration_s": int() | float() as duration_s,
            "clips": int(clips),
        } if (
            part in PARTS
            and re.fullmatch(r"[0-9a-f]{64}", sha256)
            and math.isfinite(duration_s)
            and 0 < duration_s < 1e6
            and 0 < clips <= 16
            and class_name(genre) == genre
            and clips * _CLIP_BYTES <= cells.size
        ):
            mine = cells[: clips * _CLIP_BYTES].reshape(clips, BANDS, CLIP_COLUMNS)
            if mine.max() > _HIGHEST:
                raise CollectionError(_NOT_ONE)
            notes, truncated = _noted(row)
            name = tidy(name)[:200]
            return Song(name, genre, part, sha256, float(duration_s), mine, notes, truncated)
        case _:
            raise CollectionError(_NOT_ONE)


def _noted(row: Mapping[str, object]) -> tuple[tuple[str, ...], bool]:
    """Give a song's notes, and whether only its start was read; older files say neither."""
    notes, truncated = row.get("notes", []), row.get("truncated", False)
    if (
        not isinstance(notes, list)
        or len(notes) > _MOST_NOTES
        or not all(isinstance(note, str) for note in notes)
        or not isinstance(truncated, bool)
    ):
        raise CollectionError(_NOT_ONE)
    return tuple(tidy(note)[:_LONGEST_NOTE] for note in notes), truncated


def _title(name: object) -> str:
    if not isinstance(name, str):
        raise CollectionError(_NOT_ONE)
    return class_name(name, what="collection")


def names(folder: Path) -> tuple[str, ...]:
    """List the collections that are kept."""
    found = []
    for path in folder.glob(f"*{SUFFIX}"):
        try:
            with zipfile.ZipFile(path) as file:
                found.append(str(json.loads(file.read("collection.json"))["name"]))
        except DAMAGED:
            continue  # Listing goes on: load says what is wrong with it.
    return tuple(sorted(found, key=str.casefold))


def free_name(name: str, folder: Path) -> str:
    """Give a name that no collection has yet: the name itself, or with a number behind it.

    Hold :data:`changing` until the collection is saved.
    """
    free, numbers = name, count(2)
    while _path(free, folder).exists():
        end = f" ({next(numbers)})"
        free = name[: LONGEST_NAME - len(end)].rstrip() + end
    return free


def load(name: str, folder: Path) -> Collection:
    """Load a collection.

    Raises
    ------
    CollectionError
        There is none of that name, or it is damaged.
    """
    try:
        return from_bytes(_path(name, folder).read_bytes())
    except OSError:
        raise CollectionError(f"There is no collection '{name}'.") from None


def save(collection: Collection, folder: Path) -> None:
    """Write a collection: all of it or nothing; one without songs is deleted.

    Raises
    ------
    CollectionError
        The disk is full, or the folder may not be written to.
    """
    if not collection.songs:
        delete(collection.name, folder)
        return
    with changing:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(_path(collection.name, folder), to_bytes(collection))
        except OSError as error:
            what = f"The collection '{collection.name}'"
            raise CollectionError(cannot_be_written(what, error)) from error


def delete(name: str, folder: Path) -> None:
    """Delete a collection; that it is gone already is no error.

    Raises
    ------
    CollectionError
        The folder may not be written to.
    """
    with changing:
        try:
            _path(name, folder).unlink(missing_ok=True)
        except OSError as error:
            raise CollectionError(
                f"The collection '{name}' cannot be deleted ({reason_of(error)}). See that the app "
                "may write to its folder."
            ) from error


def _path(name: str, folder: Path) -> Path:
    # The name is never a path: what stands in the file's name is only there for people.
    plain = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:30]
    mark = hashlib.sha256(name.casefold().encode()).hexdigest()[:8]
    return folder / f"{plain}-{mark}{SUFFIX}"
