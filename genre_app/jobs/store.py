"""Every run, in SQLite: what was wanted, how it went, what came out.

Write-ahead logging: pages read while a run is written, and what is committed outlives a
crash. Each call opens the file anew, so that any thread of any server may call.
"""

import contextlib
import json
import sqlite3
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from genre_app.errors import TrainingError
from genre_app.jobs.spec import NO_BASE, Job

__all__ = ["ACTIVE", "Run", "Store"]

ACTIVE: Final = ("queued", "running")
"""States that will change by themselves; the others: done, cancelled, failed, interrupted."""

_VERSION: Final = 1

_SCHEMA: Final = """
CREATE TABLE runs (
    number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, job TEXT NOT NULL, state TEXT NOT NULL,
    title TEXT NOT NULL, created REAL NOT NULL, started REAL, ended REAL,
    message TEXT NOT NULL DEFAULT '', events TEXT NOT NULL DEFAULT '[]',
    kept TEXT NOT NULL DEFAULT ''
);
"""

_COLUMNS: Final = "number, id, job, state, title, created, started, ended, message, kept"

_NO_EVENTS: Final = "'[]'"


@dataclass(frozen=True, eq=False)
class Run:
    """One run.

    Attributes
    ----------
    number : int
        Counts up, in the order of the queue.
    id : str
        Also the name of its folder.
    job : Job
    state : {"queued", "running", "done", "cancelled", "failed", "interrupted"}
    title : str
    created, started, ended : float or None
        Seconds since 1970.
    message : str
        Why it failed.
    events : list of dict
        What its folder's ``events.jsonl`` says; empty while it runs, and in a list that was
        asked for without.
    kept : str
        The model that it was kept as.
    """

    number: int
    id: str
    job: Job
    state: str
    title: str
    created: float
    started: float | None = None
    ended: float | None = None
    message: str = ""
    events: list[dict[str, Any]] = field(default_factory=list)
    kept: str = ""

    @property
    def epochs(self) -> list[dict[str, Any]]:
        """The epochs so far."""
        return [event for event in self.events if event["kind"] == "epoch"]

    @property
    def begun(self) -> dict[str, Any]:
        """How many windows and tracks there were; empty before that is known."""
        return next((event for event in self.events if event["kind"] == "begun"), {})

    @property
    def result(self) -> dict[str, Any] | None:
        """The figures on the test part, once there are any."""
        found = (event for event in reversed(self.events) if event["kind"] == "result")
        return next(found, None)

    def curve(self, name: str) -> list[float]:
        """Give a value an epoch of ``loss``, ``accuracy``, ``val_loss`` or ``val_accuracy``."""
        return [epoch[name] for epoch in self.epochs if name in epoch]


class Store:
    """The record of all runs.

    Parameters
    ----------
    path : Path
        Created where it does not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, job: Job) -> str:
        """Put a job at the end of the queue; give its run's id."""
        name = uuid4().hex[:12]
        with self._open() as db:
            db.execute(
                "INSERT INTO runs (id, job, state, title, created) VALUES (?, ?, 'queued', ?, ?)",
                (name, job.to_json(), job.title, time.time()),
            )
        return name

    def runs(self, *, ids: Collection[str] | None = None, events: bool = False) -> list[Run]:
        """List runs, the latest first.

        Parameters
        ----------
        ids : collection of str, optional
            Those runs only.
        events : bool
            Whether their events are wanted: of hundreds of runs they take a good part of a
            second to read, and most lists want none.
        """
        columns = f"{_COLUMNS}, {'events' if events else _NO_EVENTS}"
        some = "" if ids is None else f"WHERE id IN ({', '.join('?' * len(ids))})"
        with self._open() as db:
            rows = db.execute(
                f"SELECT {columns} FROM runs {some} ORDER BY number DESC",  # noqa: S608
                tuple(ids or ()),
            )
            return [_run(row) for row in rows]

    def run(self, name: str) -> Run:
        """Give one run.

        Raises
        ------
        TrainingError
            There is none of that id.
        """
        with self._open() as db:
            row = db.execute(
                f"SELECT {_COLUMNS}, events FROM runs WHERE id = ?",  # noqa: S608
                (name,),
            ).fetchone()
        if row is None:
            raise TrainingError("This run has been deleted.")
        return _run(row)

    def active(self) -> list[Run]:
        """List what trains and what waits, the next first."""
        with self._open() as db:
            rows = db.execute(
                f"SELECT {_COLUMNS}, {_NO_EVENTS} FROM runs WHERE state IN (?, ?) "  # noqa: S608
                "ORDER BY state DESC, number",
                ACTIVE,
            )
            return [_run(row) for row in rows]

    def claim(self) -> Run | None:
        """Take the next job out of the queue, or nothing.

        One that goes on from the network of another waits until that one is over.
        """
        active = self.active()
        coming = {run.id for run in active}
        for run in active:
            if run.job.base not in coming and self._take(run.id):
                return self.run(run.id)
        return None

    def _take(self, name: str) -> bool:
        """Take a job out of the queue; say whether it still stood there."""
        with self._open() as db:
            taken = db.execute(
                "UPDATE runs SET state = 'running', started = ? WHERE id = ? AND state = 'queued'",
                (time.time(), name),
            )
            return taken.rowcount > 0

    def wait_for(self, name: str, *, instead_of: str) -> None:
        """Let what goes on from one run's network go on from that of another, once it is done.

        Jobs that wait are meant, and those that have failed for want of that network.
        """
        with self._open() as db:
            rows = db.execute(
                "SELECT id, job FROM runs WHERE state = 'queued' "
                "OR (state = 'failed' AND message = ?)",
                (NO_BASE,),
            ).fetchall()
            for waiting, text in rows:
                job = Job.from_json(text)
                if job.base == instead_of:
                    db.execute(
                        "UPDATE runs SET job = ?, state = 'queued', message = '', started = NULL, "
                        "ended = NULL WHERE id = ? AND state IN ('queued', 'failed')",
                        (replace(job, base=name).to_json(), waiting),
                    )

    def finish(
        self, name: str, state: str, *, message: str = "", events: list[dict[str, Any]]
    ) -> None:
        """Write down how a run ended."""
        with self._open() as db:
            db.execute(
                "UPDATE runs SET state = ?, message = ?, events = ?, ended = ? WHERE id = ?",
                (state, message, json.dumps(events), time.time(), name),
            )

    def withdraw(self, name: str) -> bool:
        """Take a job out of the queue; say whether it still stood there."""
        with self._open() as db:
            gone = db.execute(
                "UPDATE runs SET state = 'cancelled', ended = ? WHERE id = ? AND state = 'queued'",
                (time.time(), name),
            )
            return gone.rowcount > 0

    def rename(self, name: str, title: str) -> None:
        """Call a run something else."""
        with self._open() as db:
            db.execute("UPDATE runs SET title = ? WHERE id = ?", (title, name))

    def keep_as(self, name: str, model: str) -> None:
        """Note which model a run was kept as."""
        with self._open() as db:
            db.execute("UPDATE runs SET kept = ? WHERE id = ?", (model, name))

    def forget_kept(self, model: str) -> None:
        """Note that a model that runs were kept as is gone."""
        with self._open() as db:
            db.execute("UPDATE runs SET kept = '' WHERE kept = ?", (model,))

    def delete(self, name: str) -> bool:
        """Forget a run that is over; say whether it was there."""
        with self._open() as db:
            gone = db.execute(
                "DELETE FROM runs WHERE id = ? AND state NOT IN (?, ?)", (name, *ACTIVE)
            )
            return gone.rowcount > 0

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.closing(sqlite3.connect(self.path, timeout=10.0)) as db:
                db.execute("PRAGMA journal_mode = WAL")
                db.execute("PRAGMA synchronous = NORMAL")
                (version,) = db.execute("PRAGMA user_version").fetchone()
                if version == 0:
                    _prepare(db)
                elif version > _VERSION:
                    raise TrainingError(
                        f"The record of runs {self.path} was written by a newer version of this "
                        "program. Update it."
                    )
                with db:
                    yield db
        except (sqlite3.Error, OSError) as error:
            raise TrainingError(
                f"The record of runs {self.path} cannot be used ({error}). Check the disk, or name "
                "another folder in the environment variable GENRE_APP_DATA."
            ) from error


def _prepare(db: sqlite3.Connection) -> None:
    db.execute("BEGIN IMMEDIATE")
    # Another process may have been quicker.
    if db.execute("PRAGMA user_version").fetchone() == (0,):
        db.execute(_SCHEMA)
        db.execute(f"PRAGMA user_version = {_VERSION}")
    db.commit()


def _run(row: tuple[Any, ...]) -> Run:
    number, name, job, state, title, created, started, ended, message, kept, events = row
    return Run(
        number,
        name,
        Job.from_json(job),
        state,
        title,
        created,
        started,
        ended,
        message,
        json.loads(events),
        kept,
    )
