"""The tables of a catalogue, and how its file is opened.

Tables
------
``songs``
    A row a file: its place, size and stamp, and which content it has, or why it
    could not be opened. ``gone`` marks files that a later walk did not meet.
``contents``
    A row for each SHA-256 of bytes: labels, format, length, what there is to note (a list
    of sentences, as JSON) and whether only the start was read; or why they cannot be read.
``models``, ``readings``
    A row a model; a row for each content that it has read. Blends are float64,
    little endian, in the order of the model's genres; the windows float32
    (start, end), their probabilities float16.

Write-ahead logging: pages may read while a run writes, and what is committed
outlives a crash of the program. It needs a disk of this machine, not a network share.

Version 1 kept no notes. Who writes to such a file brings it up to version 2; who only
reads it sees the same through a view of the connection, and the file stays as it is.
"""

import json
import sqlite3
from pathlib import Path
from typing import Final

from genre_app.catalogue.rows import CatalogueError

__all__ = ["connect", "unusable"]

_VERSION: Final = 2
_APPLICATION: Final = 0x47426C64  # "GBld": marks the file as ours.

_SCHEMA: Final = """
CREATE TABLE songs (
    place TEXT PRIMARY KEY, size INTEGER NOT NULL, stamp TEXT NOT NULL, content TEXT,
    problem_kind TEXT, problem TEXT, version TEXT NOT NULL, gone INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE contents (
    content TEXT PRIMARY KEY, size INTEGER NOT NULL,
    title TEXT, artist TEXT, album TEXT, album_artist TEXT, year INTEGER, track INTEGER,
    format TEXT NOT NULL, duration_s REAL NOT NULL,
    problem_kind TEXT, problem TEXT, version TEXT NOT NULL,
    notes TEXT NOT NULL DEFAULT '[]', truncated INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX contents_by_size ON contents (size);
CREATE TABLE models (model TEXT PRIMARY KEY, name TEXT NOT NULL, genres TEXT NOT NULL);
CREATE TABLE readings (
    content TEXT NOT NULL, model TEXT NOT NULL,
    blend BLOB NOT NULL, low BLOB NOT NULL, high BLOB NOT NULL,
    certainty TEXT NOT NULL, reason TEXT NOT NULL, windows BLOB NOT NULL, timeline BLOB NOT NULL,
    PRIMARY KEY (content, model)
);
"""

# Programs of version 1 read no more than 900 seconds of a file. A whole file of that very
# length cannot be told from the start of a longer one, hence the "if".
_CUT_IN_1: Final = "duration_s > 899.99"
_NOTES_OF_1: Final = json.dumps(
    ["If the file is longer than 15 minutes, only the first 15 were read."]
)

_FROM_1: Final = (
    "ALTER TABLE contents ADD COLUMN notes TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE contents ADD COLUMN truncated INTEGER NOT NULL DEFAULT 0",
    f"UPDATE contents SET notes = '{_NOTES_OF_1}', truncated = 1 WHERE {_CUT_IN_1}",  # noqa: S608
    "PRAGMA user_version = 2",
)

_VIEW_OF_1: Final = f"""
CREATE TEMP VIEW contents AS
SELECT content, size, title, artist, album, album_artist, year, track, format, duration_s,
       problem_kind, problem, version,
       CASE WHEN {_CUT_IN_1} THEN '{_NOTES_OF_1}' ELSE '[]' END AS notes,
       {_CUT_IN_1} AS truncated
FROM main.contents
"""  # noqa: S608  # Nothing in it comes from outside.


def connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """Open a catalogue; transactions are begun and ended by whoever uses it.

    Parameters
    ----------
    path : Path
        Created where it does not exist, unless ``read_only``.
    read_only : bool

    Raises
    ------
    CatalogueError
        The file cannot be opened, is something else, or comes from a newer version.
    """
    mode = "ro" if read_only else "rwc"
    try:
        opened = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=10.0, isolation_level=None
        )
    except sqlite3.Error as error:
        raise unusable(path, error) from error
    try:
        _prepare(opened, path, read_only=read_only)
    except sqlite3.Error as error:
        opened.close()
        raise unusable(path, error) from error
    except CatalogueError:
        opened.close()
        raise
    return opened


def unusable(path: Path, error: sqlite3.Error) -> CatalogueError:
    """Put into words what SQLite says."""
    return CatalogueError(
        f"The catalogue {path} cannot be used ({error}). "
        "Check the file and the disk, or choose another file with --db."
    )


def _prepare(opened: sqlite3.Connection, path: Path, *, read_only: bool) -> None:
    (version,) = opened.execute("PRAGMA user_version").fetchone()
    (application,) = opened.execute("PRAGMA application_id").fetchone()
    (tables,) = opened.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if (tables or read_only) and application != _APPLICATION:
        raise CatalogueError(f"{path} is no catalogue. Choose another file with --db.")
    if version > _VERSION:
        raise CatalogueError(
            f"The catalogue {path} was written by a newer version of this program. "
            "Update, or choose another file with --db."
        )
    if read_only:
        if version == 1:
            opened.execute(_VIEW_OF_1)
        return
    # A reading takes about 3 kB: a page of the usual 4 would hold one, and waste the rest.
    opened.execute("PRAGMA page_size = 16384")  # Without effect on a file that exists.
    opened.execute("PRAGMA journal_mode = WAL")
    # What is committed survives a crash of the program; a power cut may cost the last songs.
    opened.execute("PRAGMA synchronous = NORMAL")
    if not tables:
        opened.executescript(
            f"BEGIN; {_SCHEMA} PRAGMA application_id = {_APPLICATION}; "
            f"PRAGMA user_version = {_VERSION}; COMMIT;"
        )
    elif version == 1:
        _bring_up(opened)


def _bring_up(opened: sqlite3.Connection) -> None:
    """Give a file of version 1 what version 2 has, all of it or nothing."""
    opened.execute("BEGIN IMMEDIATE")
    # Another process may have done it while this one waited. What fails is rolled back by
    # closing the file, as whoever opened it does then.
    if opened.execute("PRAGMA user_version").fetchone() == (1,):
        for statement in _FROM_1:
            opened.execute(statement)
    opened.execute("COMMIT")
