"""The catalogue on disk: what is looked up in it, and how songs are saved.

One process writes, any may read. The tables are described in :mod:`.schema`.
"""

import contextlib
import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from genre_app import __version__
from genre_app.catalogue.rows import (
    UNOPENABLE,
    Failure,
    Found,
    Labels,
    ModelKey,
    Outcome,
    Problem,
    Song,
)
from genre_app.catalogue.schema import connect, unusable

__all__ = ["Known", "Store", "Timeline"]


@dataclass(frozen=True, slots=True)
class Known:
    """What the catalogue knows of a place.

    Attributes
    ----------
    size, stamp
        As the file was when it was read.
    settled : bool
        Whether there is nothing to do as long as the file stays like that: the model
        has read it, or this version of the program cannot.
    problem : Problem or None
    gone : bool
    """

    size: int
    stamp: str
    settled: bool
    problem: Problem | None
    gone: bool

    def same(self, found: Found) -> bool:
        """Say whether the file looks as it did, as far as can be told without reading it."""
        return (self.size, self.stamp) == (found.size, found.stamp) and found.stamp != ""


@dataclass(frozen=True, eq=False)
class Timeline:
    """The windows of one reading.

    Attributes
    ----------
    windows : ndarray of float32 [shape=(n, 2)]
        Start and end in seconds.
    probabilities : ndarray of float16 [shape=(n, genres)]
    """

    windows: NDArray[np.float32]
    probabilities: NDArray[np.float16]


class Store:
    """An open catalogue.

    Parameters
    ----------
    path : Path
        Created where it does not exist, unless ``read_only``.
    read_only : bool
        For looking things up while a run may be writing.

    Raises
    ------
    CatalogueError
        The file cannot be opened, is something else, or comes from a newer version.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self._db = connect(path, read_only=read_only)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what was saved stays."""
        self._db.close()

    # Looking up -------------------------------------------------------------------------

    def known(self, model: ModelKey) -> dict[str, Known]:
        """Say of every place what is known, as far as this model goes."""
        rows = self._rows(
            """
            SELECT s.place, s.size, s.stamp, s.gone,
                   coalesce(s.problem_kind, c.problem_kind), coalesce(s.problem, c.problem),
                   r.content IS NOT NULL,
                   coalesce(s.problem_kind, c.problem_kind, :passing) <> :passing
                   AND CASE WHEN s.problem IS NULL THEN c.version ELSE s.version END = :version
            FROM songs s LEFT JOIN contents c ON c.content = s.content
            LEFT JOIN readings r ON r.content = s.content AND r.model = :model
            """,
            {"model": model.fingerprint, "passing": UNOPENABLE, "version": __version__},
        )
        return {
            place: Known(
                size,
                stamp,
                bool(read or hopeless),
                Problem(kind, why) if kind else None,
                bool(gone),
            )
            for place, size, stamp, gone, kind, why, read, hopeless in rows
        }

    def contents_of_size(self, sizes: Collection[int], model: ModelKey) -> dict[int, list[str]]:
        """List the contents that need no reading, by size in bytes."""
        found: dict[int, list[str]] = {}
        wanted = set(sizes)
        rows = self._rows(
            """
            SELECT c.size, c.content FROM contents c
            LEFT JOIN readings r ON r.content = c.content AND r.model = ?
            WHERE r.content IS NOT NULL OR (c.problem_kind IS NOT NULL AND c.version = ?)
            """,
            (model.fingerprint, __version__),
        )
        for size, content in rows:
            if size in wanted:
                found.setdefault(size, []).append(content)
        return found

    def songs(self, model: ModelKey, places: Collection[str] | None = None) -> list[Song]:
        """List the songs that a model has read, by place.

        Parameters
        ----------
        model : ModelKey
        places : collection of str, optional
            Only these; by default all that have not gone.
        """
        rows = self._rows(
            """
            SELECT s.place, s.content, c.title, c.artist, c.album, c.album_artist, c.year, c.track,
                   c.format, c.duration_s, r.blend, r.low, r.high, r.certainty, r.reason,
                   c.notes, c.truncated, s.gone
            FROM songs s JOIN contents c ON c.content = s.content
            JOIN readings r ON r.content = s.content AND r.model = ?
            ORDER BY s.place
            """,
            (model.fingerprint,),
        )
        return [
            Song(
                place=row[0],
                content=row[1],
                labels=Labels(*row[2:8]),
                format=row[8],
                duration_s=row[9],
                model=model.name,
                genres=model.genres,
                blend=np.frombuffer(row[10], "<f8"),
                low=np.frombuffer(row[11], "<f8"),
                high=np.frombuffer(row[12], "<f8"),
                certainty=row[13],
                reason=row[14],
                notes=tuple(json.loads(row[15])),
                truncated=bool(row[16]),
            )
            for row in rows
            if (row[0] in places if places is not None else not row[17])
        ]

    def failures(self, places: Collection[str] | None = None) -> list[Failure]:
        """List the files that cannot be read, by place; ``places`` as in :meth:`songs`."""
        rows = self._rows(
            """
            SELECT s.place, coalesce(s.problem_kind, c.problem_kind),
                   coalesce(s.problem, c.problem), s.gone
            FROM songs s LEFT JOIN contents c ON c.content = s.content
            WHERE s.problem_kind IS NOT NULL OR c.problem_kind IS NOT NULL
            ORDER BY s.place
            """
        )
        return [
            Failure(place, Problem(kind, message))
            for place, kind, message, gone in rows
            if (place in places if places is not None else not gone)
        ]

    def places(self, content: str | None = None) -> list[str]:
        """List the files that are known, or those with this content; those that have gone, too."""
        rows = self._rows(
            "SELECT place FROM songs WHERE :content IS NULL OR content = :content ORDER BY place",
            {"content": content},
        )
        return [place for (place,) in rows]

    def models(self) -> list[ModelKey]:
        """List the models that have read something, the latest first."""
        rows = self._rows("SELECT name, model, genres FROM models ORDER BY rowid DESC")
        return [ModelKey(name, key, tuple(json.loads(genres))) for name, key, genres in rows]

    def timeline(self, content: str, model: ModelKey) -> Timeline | None:
        """Give the windows of a reading; ``None`` where there is none."""
        rows = self._rows(
            "SELECT windows, timeline FROM readings WHERE content = ? AND model = ?",
            (content, model.fingerprint),
        )
        if not rows:
            return None
        windows, probabilities = rows[0]
        return Timeline(
            np.frombuffer(windows, "<f4").reshape(-1, 2),
            np.frombuffer(probabilities, "<f2").reshape(-1, len(model.genres)),
        )

    # Saving -----------------------------------------------------------------------------

    def save(self, outcomes: Iterable[Outcome], model: ModelKey) -> None:
        """Save what came of some files, all or nothing; twice is the same as once."""
        with self._transaction():
            self._db.execute(
                "INSERT OR IGNORE INTO models VALUES (?, ?, ?)",
                (model.fingerprint, model.name, json.dumps(model.genres)),
            )
            for outcome in outcomes:
                self._save(outcome, model)

    def _save(self, outcome: Outcome, model: ModelKey) -> None:
        found, problem, reading = outcome.found, outcome.problem, outcome.reading
        why = (problem.kind, problem.message) if problem else (None, None)
        of_file = why if outcome.content is None else (None, None)
        self._db.execute(
            "INSERT OR REPLACE INTO songs VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
            (found.place, found.size, found.stamp, outcome.content, *of_file, __version__),
        )
        if outcome.content is None or outcome.known:
            return
        self._db.execute(
            f"INSERT OR REPLACE INTO contents VALUES ({', '.join('?' * 15)})",  # noqa: S608
            (
                outcome.content,
                found.size,
                *astuple(outcome.labels),
                outcome.format,
                outcome.duration_s,
                *why,
                __version__,
                json.dumps(outcome.notes, ensure_ascii=False),
                outcome.truncated,
            ),
        )
        if reading is not None:
            blends = (reading.blend, reading.low, reading.high)
            windows = np.column_stack([reading.starts_s, reading.ends_s])
            self._db.execute(
                "INSERT OR REPLACE INTO readings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    outcome.content,
                    model.fingerprint,
                    *(values.astype("<f8").tobytes() for values in blends),
                    reading.certainty,
                    reading.reason,
                    windows.astype("<f4").tobytes(),
                    reading.timeline.astype("<f2").tobytes(),
                ),
            )

    def mark_gone(self, places: Iterable[str], *, gone: bool = True) -> None:
        """Mark files that a walk of their whole folder did not meet, or has met again."""
        with self._transaction():
            self._db.executemany(
                "UPDATE songs SET gone = ? WHERE place = ?", [(gone, place) for place in places]
            )

    def forget(self, places: Iterable[str]) -> None:
        """Take files out, with all that any model has read of them.

        What another file has the same bytes as is kept for that one.
        """
        with self._transaction():
            self._db.executemany(
                "DELETE FROM songs WHERE place = ?", [(place,) for place in places]
            )
            self._db.execute(
                "DELETE FROM contents WHERE content NOT IN "
                "(SELECT content FROM songs WHERE content IS NOT NULL)"
            )
            self._db.execute(
                "DELETE FROM readings WHERE content NOT IN (SELECT content FROM contents)"
            )
            self._db.execute("DELETE FROM models WHERE model NOT IN (SELECT model FROM readings)")
        if not self.places():
            self._rows("VACUUM")  # Gives the room back, which one song is not worth.

    def _rows(
        self, query: str, values: tuple[object, ...] | dict[str, object] = ()
    ) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise unusable(self.path, error) from error

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        """All of it is saved, or nothing, whatever interrupts."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except BaseException as error:
            # After some errors, such as a full disk, SQLite has rolled back by itself.
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise unusable(self.path, error) from error
            raise
