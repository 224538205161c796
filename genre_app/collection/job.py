"""Work that takes longer than a click: in a thread of its own, with progress and a way to stop.

One at a time in a process: Keras's random seed belongs to the whole process, and two
trainings at once would make neither repeatable.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final, Literal
from uuid import uuid4

from genre_app.errors import GenreAppError, TrainingError
from genre_app.places import public

__all__ = ["Desk", "Job", "State", "Work"]

_log = logging.getLogger(__name__)

State = Literal["running", "done", "failed", "stopped"]

Work = Callable[[Callable[[float], None]], Any]
"""From a function that is told the share which is done, to a result."""


_MOST: Final = 16
"""Visitors whose last result is kept."""


class _Late(Exception):
    """Raised inside the work when its time is up."""


class _Stopped(Exception):
    """Raised inside the work, where it tells how far it is."""


class Job:
    """One piece of work.

    Attributes
    ----------
    id : str
        Its own for good, as an address in memory is not.
    title : str
        What is being done, for people.
    kind, owner : str
        What kind of result it gives, and which visitor started it.
    about : str
        The name of the collection that it is at.
    limit_s : float, optional
        After which it is ended where it next tells how far it is.
    """

    def __init__(
        self,
        title: str,
        kind: str,
        owner: str,
        work: Work,
        *,
        about: str = "",
        limit_s: float | None = None,
    ) -> None:
        self.id = uuid4().hex
        self.title, self.kind, self.owner, self.about = title, kind, owner, about
        self._limit_s = limit_s
        self._work = work
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._share = 0.0
        self._began = time.monotonic()
        self._state: State = "running"
        self._result: Any = None
        self._error = ""
        self._thread = threading.Thread(target=self._run, name=f"job {title}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Ask it to stop where it next tells how far it is."""
        self._stop.set()

    def wait(self, seconds: float) -> None:
        """Wait until it has ended, at most so long."""
        self._thread.join(seconds)

    @property
    def state(self) -> State:
        """Where it stands."""
        with self._lock:
            return self._state

    @property
    def stopping(self) -> bool:
        """Whether it was asked to stop."""
        return self._stop.is_set()

    @property
    def share(self) -> float:
        """How much is done, 0 to 1."""
        with self._lock:
            return self._share

    @property
    def left_s(self) -> float | None:
        """Estimate the seconds that are left, as soon as there is something to go by."""
        spent, share = time.monotonic() - self._began, self.share
        return spent * (1 - share) / share if share > 0.02 and spent > 1 else None

    @property
    def result(self) -> Any:  # noqa: ANN401  # Whatever the work gives.
        """What came out; None until it is done."""
        with self._lock:
            return self._result

    @property
    def error(self) -> str:
        """Why it failed: a sentence for the visitor."""
        with self._lock:
            return self._error

    def _tell(self, share: float) -> None:
        if self._stop.is_set():
            raise _Stopped
        if self._limit_s is not None and time.monotonic() - self._began > self._limit_s:
            raise _Late
        with self._lock:
            self._share = min(max(self._share, share), 1.0)

    def _run(self) -> None:
        state: State = "failed"
        result, error = None, ""
        try:
            result = self._work(self._tell)
            state = "done"
        except _Stopped:
            state = "stopped"
        except _Late:
            error = (
                f"It was stopped after {(self._limit_s or 0) / 60:g} minutes, the most on this "
                "server. Give fewer or shorter songs."
            )
        except GenreAppError as problem:
            error = str(problem)
        except MemoryError:
            error = "This machine's memory is too small for it. Give fewer or shorter songs."
        except Exception:
            _log.exception("job %s", self.title)
            error = "It failed for a reason that is not yours; the server's log says which."
        with self._lock:
            self._state, self._result, self._error = state, result, error


class Desk:
    """Where the one piece of work of a process lies, and each visitor's last result.

    Parameters
    ----------
    limit_s : float, optional
        Seconds that a piece of work gets.
    """

    def __init__(self, *, limit_s: float | None = None) -> None:
        self._limit_s = limit_s
        self._lock = threading.Lock()
        self._jobs: OrderedDict[str, Job] = OrderedDict()

    @property
    def job(self) -> Job | None:
        """The work in hand, or the last one."""
        with self._lock:
            return next(reversed(self._jobs.values()), None)

    def of(self, owner: str) -> Job | None:
        """Give a visitor's work in hand, or the last one."""
        with self._lock:
            return self._jobs.get(owner)

    def begin(self, title: str, kind: str, owner: str, work: Work, *, about: str = "") -> Job:
        """Start a piece of work.

        Raises
        ------
        TrainingError
            Another is running.
        """
        with self._lock:
            last = next(reversed(self._jobs.values()), None)
            if last is not None and last.state == "running":
                # What strangers call their classes is nobody else's business.
                what = f" ({last.title})" if last.owner == owner else " with somebody else's work"
                where = "server" if public() else "computer"
                raise TrainingError(f"This {where} is busy{what}. Wait until that is done.")
            job = Job(title, kind, owner, work, about=about, limit_s=self._limit_s)
            self._jobs[owner] = job
            self._jobs.move_to_end(owner)
            while len(self._jobs) > _MOST:
                self._jobs.popitem(last=False)
            job.start()
            return job

    def clear(self, owner: str) -> None:
        """Forget a visitor's result that was looked at."""
        with self._lock:
            if owner in self._jobs and self._jobs[owner].state != "running":
                del self._jobs[owner]
