"""A run in the background: started, looked at, cancelled; it outlives whoever looks.

A job is a thread that calls :func:`genre_app.catalogue.run.catalogue`. It knows
nothing of pages: whoever shows it asks for a :class:`Look` now and then.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from genre_app.catalogue.progress import Pace
from genre_app.catalogue.rows import ModelKey
from genre_app.catalogue.run import Report, catalogue
from genre_app.catalogue.walk import Walk
from genre_app.catalogue.work import Reader, read_many
from genre_app.errors import GenreAppError
from genre_app.wording import counted

__all__ = ["Job", "Look", "Status"]

_log = logging.getLogger(__name__)

Status = Literal["waiting", "looking", "reading", "done", "cancelled", "failed"]

_CHUNK: Final = 4
"""Songs between two looks: someone is watching, and may want to cancel."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a job stands.

    Attributes
    ----------
    status : {"waiting", "looking", "reading", "done", "cancelled", "failed"}
        Waiting for another job, looking for songs, reading them; or how it ended.
    done, total, failed : int
        Songs that need reading: read or refused, all of them, refused.
    words : str
        The same as a sentence, with rate and time left; when it failed, why.
    report : Report or None
        When it is done.
    """

    status: Status
    done: int
    total: int
    failed: int
    words: str
    report: Report | None

    @property
    def over(self) -> bool:
        """Whether nothing will change any more."""
        return self.status in ("done", "cancelled", "failed")

    @property
    def share(self) -> float:
        """How much is done, 0 to 1."""
        return self.done / self.total if self.total else float(self.status == "done")


class _Cancelled(Exception):
    """Raised where the run tells how far it is."""


class Job:
    """One run of the catalogue in a thread of its own.

    Parameters
    ----------
    places : sequence of str, or Walk
    path : Path
        The catalogue.
    model : ModelKey
    workers : int, optional
        Processes; 1: this one, whose model may be loaded already.
    turn : lock or semaphore
        Held while it reads: that many jobs read at the same time.
    reader : callable
        What reads decoded songs.
    clock : callable
        Seconds.
    """

    def __init__(
        self,
        places: Sequence[str] | Walk,
        *,
        path: Path,
        model: ModelKey,
        workers: int | None,
        turn: threading.Semaphore,
        reader: Reader = read_many,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.path = path
        self.model = model
        self._places = places
        self._workers = workers
        self._turn = turn
        self._reader = reader
        self._clock = clock
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._status: Status = "waiting"
        self._count = (0, 0, 0)
        self._pace = Pace()
        self._why = ""
        self._report: Report | None = None
        self._thread = threading.Thread(target=self._run, name="catalogue", daemon=True)

    def start(self) -> "Job":
        """Start it, once."""
        self._thread.start()
        return self

    def cancel(self) -> None:
        """Ask it to end; what was read is kept. It ends after the songs it is at."""
        self._stop.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it is over; say whether it is."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def look(self) -> Look:
        """Say how it stands."""
        with self._lock:
            done, total, failed = self._count
            return Look(
                status=self._status,
                done=done,
                total=total,
                failed=failed,
                words=self._words(done, total, failed),
                report=self._report,
            )

    def _words(self, done: int, total: int, failed: int) -> str:
        refused = [f"{failed:,} cannot be read"] if failed else []
        songs = counted(total, "song")
        match self._status:
            case "waiting":
                return "Waiting for the songs of somebody else to be read."
            case "looking":
                return "Looking for songs ..."
            case "reading":
                if self._stop.is_set():
                    return "Stopping after the songs in hand ..."
                if not done and total:
                    return f"0 of {songs} read, the first ones wait for the model to load"
                count = f"{done:,} of {songs} read"
                return ", ".join([count, *self._pace.words(done, total), *refused])
            case "cancelled":
                return f"Stopped after {done:,} of {songs}. What was read is kept."
            case "failed":
                return self._why
            case "done":
                return ", ".join([f"{counted(done - failed, 'song')} read", *refused]) + "."

    def _run(self) -> None:
        try:
            while not self._turn.acquire(timeout=0.2):
                self._raise_if_stopped()
            try:
                self._raise_if_stopped()
                self._set("looking")
                report = catalogue(
                    self._places,
                    path=self.path,
                    model=self.model,
                    workers=self._workers,
                    reader=self._reader,
                    tell=self._tell,
                    most=_CHUNK,
                )
            finally:
                self._turn.release()
        except _Cancelled:
            self._set("cancelled")
        except GenreAppError as error:
            self._set("failed", why=str(error))
        except Exception as error:  # A thread has nobody else to tell.
            _log.exception("A run of the catalogue failed.")
            why = f"The reading ended early ({type(error).__name__}). What was read is kept."
            self._set("failed", why=why)
        else:
            self._set("done", report=report)

    def _raise_if_stopped(self) -> None:
        if self._stop.is_set():
            raise _Cancelled

    def _tell(self, done: int, total: int, failed: int) -> None:
        with self._lock:
            self._status = "reading"
            self._count = (done, total, failed)
            self._pace.note(self._clock(), done)
        if done < total:
            self._raise_if_stopped()

    def _set(self, status: Status, *, why: str = "", report: Report | None = None) -> None:
        with self._lock:
            self._status, self._why, self._report = status, why, report
