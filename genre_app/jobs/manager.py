"""One training at a time on a machine, whoever asks: the queue, and the process that trains.

Each server has one manager. Its thread takes the next job out of the common queue when it
gets the lock that the operating system holds for one server at a time; the job runs in a
process of its own, which can be ended at any moment: what it writes is whole or not there.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from genre_app.catalogue.lock import held
from genre_app.catalogue.rows import CatalogueError
from genre_app.errors import TrainingError
from genre_app.jobs.files import Folder
from genre_app.jobs.spec import NO_BASE, Job
from genre_app.jobs.store import Run, Store

__all__ = ["WORKER", "Manager"]

WORKER: Final = (sys.executable, "-m", "genre_app.jobs.worker")
"""The command that trains; the run's folder follows."""

_LOOK_S: Final = 0.05
"""Seconds between two looks at whether a training has ended or is to be cancelled."""

_OTHERS_S: Final = 1.0
"""Seconds between two tries for the lock while another server trains."""

_FORGET_S: Final = 600.0
"""Seconds between two looks at what ended long ago, while nothing trains."""

_MOST_WAITING: Final = 24
"""Jobs that may wait: strangers cannot fill the queue for a week."""

_ROOT: Final = Path(__file__).parents[2]


class Manager:
    """The trainings of this machine, seen from one server.

    Parameters
    ----------
    home : Path
        Holds ``runs.sqlite`` and a folder a run.
    worker : sequence of str
        The command that trains; the run's folder follows.
    limit_s : float, optional
        After which a training is ended.
    keep_s : float, optional
        Where strangers come: after which a run that is over is forgotten. What is there from
        before this server began is forgotten at once: its visitors went with the server that
        is gone. No two servers for strangers share a home.
    """

    def __init__(
        self,
        home: Path,
        *,
        worker: Sequence[str] = WORKER,
        limit_s: float | None = None,
        keep_s: float | None = None,
    ) -> None:
        self.home = home
        self._limit_s = limit_s
        self._keep_s = keep_s
        self._began = time.time()
        self.store = Store(home / "runs.sqlite")
        self._worker = tuple(worker)
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closing = False

    def folder(self, name: str) -> Folder:
        """Give the folder of a run."""
        return Folder(self.home / "runs" / name)

    # What a visitor does ----------------------------------------------------------------

    def submit(self, jobs: Iterable[Job]) -> tuple[str, ...]:
        """Put jobs at the end of the queue, and begin if nothing trains.

        Returns
        -------
        tuple of str
            Their runs' ids.

        Raises
        ------
        TrainingError
            A job cannot be done, or the queue is full.
        """
        self._forget()
        wanted = [job.checked() for job in jobs]
        self._must_fit(len(wanted))
        names = tuple(self.store.add(job) for job in wanted)
        self.start()
        return names

    def submit_after(self, base: Job, jobs: Iterable[Job]) -> tuple[str, ...]:
        """Put a job in the queue, and behind it others that go on from its network.

        Raises
        ------
        TrainingError
            One of them cannot be done, or the queue has no room for all: none is in it then.
        """
        wanted = [job.checked() for job in jobs]
        self._must_fit(1 + len(wanted))
        (first,) = self.submit([base])
        return (first, *self.submit(replace(job, base=first) for job in wanted))

    def _must_fit(self, more: int) -> None:
        waiting = len(self.store.active())
        if waiting + more > _MOST_WAITING:
            raise TrainingError(
                f"{waiting} trainings are waiting already. Cancel some, or come back later."
            )

    def resume(self, name: str) -> str:
        """Go on from the last checkpoint of a run that was interrupted or cancelled.

        What was to go on from its network goes on from that of the new run, once it is done.

        Raises
        ------
        TrainingError
            It has none.
        """
        run = self.store.run(name)
        # Where all epochs are done, there is still the test part to be measured on.
        if not 0 < self.folder(name).checkpoint_epoch() <= run.job.epochs:
            raise TrainingError("There is nothing to go on from: start it again.")
        (new,) = self.submit([replace(run.job, resumes=name, title=f"{run.title} (continued)")])
        self.store.wait_for(new, instead_of=name)
        self.start()
        return new

    def cancel(self, name: str) -> None:
        """End a run, or take it out of the queue; nothing happens if it is over."""
        if self.store.withdraw(name):
            return
        if any(run.id == name for run in self.store.active()):
            # It may have been taken from the queue this moment, and have no folder yet.
            self.folder(name).path.mkdir(parents=True, exist_ok=True)
            self.folder(name).command("cancel")

    def command(self, name: str, word: str) -> None:
        """Pause a running training, let it go on, or let it take one epoch."""
        with contextlib.suppress(FileNotFoundError):
            self.folder(name).command(word)

    def delete(self, name: str) -> None:
        """Forget a run that is over, with its files."""
        if self.store.delete(name):
            shutil.rmtree(self.folder(name).path, ignore_errors=True)

    def _forget(self) -> None:
        """Forget what ended long ago."""
        if self._keep_s is not None:
            for run in self.store.runs():
                if run.ended is not None and run.ended < time.time() - self._keep_s:
                    self.delete(run.id)

    # What a page shows ------------------------------------------------------------------

    def run(self, name: str) -> Run:
        """Give a run with everything that is known by now."""
        run = self.store.run(name)
        if run.state == "running":
            return replace(run, events=self.folder(name).events())
        return run

    def active(self) -> list[Run]:
        """List what trains and what waits, the next first."""
        return [
            replace(run, events=self.folder(run.id).events()) if run.state == "running" else run
            for run in self.store.active()
        ]

    # The thread -------------------------------------------------------------------------

    def start(self) -> None:
        """Make sure that the queue is looked after; also what a killed server has left."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._serve, name="trainings", daemon=True)
                self._thread.start()
            self._wake.set()

    def close(self) -> None:
        """End the training of this server, and its thread; for tests."""
        self._closing = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def _serve(self) -> None:
        self._empty_queue()
        while not self._closing:
            self._wake.clear()
            if self.store.active():
                self._empty_queue()
                if self.store.active():  # Another server trains.
                    self._wake.wait(_OTHERS_S)
            elif not self._wake.wait(None if self._keep_s is None else _FORGET_S):
                self._forget()

    def _empty_queue(self) -> None:
        try:
            with held(self.home / "training"):
                self._recover()
                while not self._closing and (run := self.store.claim()) is not None:
                    self._train(run)
        except CatalogueError:
            return  # The lock is another server's.

    def _recover(self) -> None:
        """Write down the end of runs whose server is gone: whoever has the lock may."""
        for run in self.store.active():
            if run.state == "running":
                folder = self.folder(run.id)
                state, message = _ending(folder.events(), None)
                self.store.finish(run.id, state, message=message, events=_told(folder))
        if self._keep_s is not None:
            for run in self.store.runs():
                if run.created < self._began:
                    self.store.withdraw(run.id)
                    self.delete(run.id)

    def _base_is_done(self, job: Job) -> bool:
        # A checkpoint alone says nothing: every epoch leaves one.
        return not job.base or any(run.state == "done" for run in self.store.runs(ids=[job.base]))

    def _train(self, run: Run) -> None:
        folder = self.folder(run.id)
        if not self._base_is_done(run.job):
            self.store.finish(run.id, "failed", message=NO_BASE, events=[])
            return
        try:
            folder.create(run.job.to_json())
            with (folder.path / "worker.log").open("ab") as log:
                process = subprocess.Popen(
                    [*self._worker, str(folder.path)],
                    cwd=_ROOT,
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    env=_environment(),
                )
        except OSError as error:
            message = f"The training could not be started ({error.strerror}). Check the disk."
            self.store.finish(run.id, "failed", message=message, events=[])
            return
        cancelled = late = False
        began = time.monotonic()
        with process:
            while process.poll() is None:
                cancelled = folder.commanded()[0] == "cancel"
                late = self._limit_s is not None and time.monotonic() - began > self._limit_s
                if cancelled or late or self._closing:
                    # Nothing to tidy up: every file is whole, or a .part that is never read.
                    process.kill()
                    break
                time.sleep(_LOOK_S)
            process.wait()
        events = folder.events()
        state, message = ("cancelled", "") if cancelled else _ending(events, process.returncode)
        if late and state == "failed":
            state, message = "interrupted", _too_long(self._limit_s or 0.0)
        self.store.finish(run.id, state, message=message, events=_told(folder))
        left = (folder.path / "model.part", folder.path / "part.keras")
        for path in (*left, *folder.path.glob("best.keras.*.part")):
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(True)


def _ending(events: list[dict[str, Any]], code: int | None) -> tuple[str, str]:
    """Say how a run ended: as it said itself, or from how its process did."""
    last = events[-1] if events else {"kind": ""}
    if last["kind"] == "ended":
        return str(last["state"]), str(last["message"])
    if code is None:
        return "interrupted", "The app was closed while this was training."
    why = f"signal {-code}, perhaps for lack of memory" if code < 0 else f"exit status {code}"
    return "failed", (
        f"The training process ended unexpectedly ({why}). The curves so far are kept; try fewer "
        "versions a track or a smaller network."
    )


def _too_long(limit_s: float) -> str:
    return (
        f"Stopped after {limit_s / 60:g} minutes, the most that a training gets on this server. "
        "The curves so far are kept; take fewer epochs or a smaller network."
    )


def _told(folder: Folder) -> list[dict[str, Any]]:
    return [event for event in folder.events() if event["kind"] != "ended"]


def _environment() -> dict[str, str]:
    """Give a training half of the processor's cores, so that readings have room."""
    threads = str(max(1, (os.cpu_count() or 2) // 2))
    named = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    return {**os.environ, **dict.fromkeys(named, threads)}
