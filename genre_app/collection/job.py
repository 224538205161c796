"""Work that takes longer than a click: in a thread of its own, with progress and a way to stop.

One at a time in a process: Keras's random seed belongs to the whole process, and two
trainings at once would make neither repeatable.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Literal

from genre_app.errors import GenreAppError, TrainingError

__all__ = ["Desk", "Job", "State", "Work"]

_log = logging.getLogger(__name__)

State = Literal["running", "done", "failed", "stopped"]

Work = Callable[[Callable[[float], None]], Any]
"""From a function that is told the share which is done, to a result."""


class _Stopped(Exception):
    """Raised inside the work, where it tells how far it is."""


class Job:
    """One piece of work.

    Attributes
    ----------
    title : str
        What is being done, for people.
    kind, owner : str
        What kind of result it gives, and which visitor started it.
    """

    def __init__(self, title: str, kind: str, owner: str, work: Work) -> None:
        self.title, self.kind, self.owner = title, kind, owner
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
    """Where the one piece of work of a process lies, and its result until the next."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._job: Job | None = None

    @property
    def job(self) -> Job | None:
        """The work in hand, or the last one."""
        with self._lock:
            return self._job

    def begin(self, title: str, kind: str, owner: str, work: Work) -> Job:
        """Start a piece of work.

        Raises
        ------
        TrainingError
            Another is running.
        """
        with self._lock:
            if self._job is not None and self._job.state == "running":
                raise TrainingError(
                    f"This computer is busy ({self._job.title}). Wait until that is done."
                )
            self._job = Job(title, kind, owner, work)
            self._job.start()
            return self._job

    def clear(self) -> None:
        """Forget a result that was looked at."""
        with self._lock:
            if self._job is not None and self._job.state != "running":
                self._job = None
