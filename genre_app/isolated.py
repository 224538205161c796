"""Decode in a process of its own: what kills a decoder costs one upload, not the server.

:func:`load` is :func:`genre_app.audio.load` for files that strangers give. Decoders are
written in C; a file may make one crash, loop or take all memory in spite of every check.
So a helper decodes, a process without TensorFlow, Streamlit or the server's data, whose
memory and time are bounded. It stays for the next file, and is replaced when it dies. It
is started as a fresh program, never forked: the server has threads.

Examples
--------
>>> recording = load(upload.getvalue(), name=upload.name)  # doctest: +SKIP
"""

import functools
import logging
import os
import queue
import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import numpy as np

from genre_app import audio
from genre_app._helper import TIMEOUT_S, receive, send
from genre_app._source import read, shown_name
from genre_app.audio import MAX_BYTES, MAX_SECONDS, SAMPLE_RATE, Recording, Tags
from genre_app.errors import (
    AudioError,
    AudioTooLong,
    AudioTooShort,
    SilentAudio,
    UnreadableAudio,
)

__all__ = ["WORKER", "Helpers", "load", "start"]

WORKER: Final = (sys.executable, "-m", "genre_app._helper")
"""The command of a helper."""

AT_ONCE: Final = 2
"""Helpers at most: a long file of one visitor does not keep all others waiting."""

_ERRORS: Final = {
    kind.kind: kind
    for kind in (AudioError, AudioTooLong, AudioTooShort, SilentAudio, UnreadableAudio)
}
_ROOT: Final = Path(__file__).parents[1]

_log = logging.getLogger(__name__)


def load(
    data: bytes,
    *,
    name: str | None = None,
    max_seconds: float = MAX_SECONDS,
    max_bytes: int = MAX_BYTES,
) -> Recording:
    """Decode as :func:`genre_app.audio.load` does, in a helper.

    Raises
    ------
    AudioError
        As there; also ``UnreadableAudio`` when the file kills the helper, takes more
        than its memory or longer than :data:`~genre_app._helper.TIMEOUT_S`.
    """
    return _helpers().load(data, name=name, max_seconds=max_seconds, max_bytes=max_bytes)


def start() -> None:
    """Start the first helper, so that it is ready when a file comes."""
    _helpers().start()


@functools.cache
def _helpers() -> "Helpers":
    return Helpers()


class _Lost(Exception):
    """The helper died or was ended in the middle of a file."""


class _NoHelper(Exception):
    """A helper cannot be had on this machine."""


class Helpers:
    """Helpers that decode, each one file at a time.

    Parameters
    ----------
    worker : sequence of str
        The command of one.
    at_once : int
        How many there may be.
    timeout_s : float
        After which a helper is ended in the middle of a file.
    """

    def __init__(
        self,
        *,
        worker: Sequence[str] = WORKER,
        at_once: int = AT_ONCE,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._timeout_s = timeout_s
        # The one that was used last comes first: others are begun when they are needed.
        self._idle: queue.LifoQueue[_Helper] = queue.LifoQueue()
        self._all = [_Helper(tuple(worker)) for _ in range(at_once)]
        for one in self._all:
            self._idle.put(one)

    def load(
        self,
        data: bytes,
        *,
        name: str | None = None,
        max_seconds: float = MAX_SECONDS,
        max_bytes: int = MAX_BYTES,
    ) -> Recording:
        """Decode a file (see :func:`load`)."""
        shown = shown_name(data, name)
        data = read(data, shown, max_bytes)
        limits = {"max_seconds": max_seconds, "max_bytes": max_bytes}
        room = 4 * int((max_seconds + 1) * SAMPLE_RATE)
        try:
            # Each file has its time limit, so that somebody's turn comes.
            helper = self._idle.get(timeout=self._timeout_s)
        except queue.Empty as error:
            raise UnreadableAudio(
                f"{shown} was not read: other files keep this computer busy. Try again in a minute."
            ) from error
        try:
            answer, samples = helper.ask({"name": shown, **limits}, data, room, self._timeout_s)
        except _NoHelper as error:
            _log.warning("No helper can be started, so the server decodes by itself: %s", error)
            return audio.load(data, name=shown, max_seconds=max_seconds, max_bytes=max_bytes)
        except _Lost as error:
            _log.warning("The decoder was lost: %s", error)
            raise UnreadableAudio(
                f"{shown} cannot be read: {error}. Other files are not affected. Save it as WAV, "
                "FLAC or MP3 with another program and try again."
            ) from error
        finally:
            self._idle.put(helper)
        return _recording(answer, samples, shown)

    def start(self) -> None:
        """Start the first helper, and do not wait for it."""
        try:
            helper = self._idle.get_nowait()
        except queue.Empty:
            return  # All of them are at work.
        try:
            helper.start()
        except OSError as error:
            _log.warning("No helper can be started: %s", error)
        finally:
            self._idle.put(helper)

    def close(self) -> None:
        """End all helpers; the next file would begin new ones."""
        for one in self._all:
            one.end()


class _Helper:
    """One process that decodes; begun when it is needed."""

    def __init__(self, worker: tuple[str, ...]) -> None:
        self._worker = worker
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = False

    def start(self) -> None:
        """Begin it, unless it lives."""
        if self._process is not None and self._process.poll() is None:
            return
        self.end()
        # One thread a library: threads of their own take address space, and do nothing here.
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        self._process = subprocess.Popen(
            self._worker,
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **dict.fromkeys(names, "1")},
        )
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                _widen(pipe.fileno())

    def ask(
        self, header: dict[str, Any], data: bytes, room: int, timeout_s: float
    ) -> tuple[dict[str, Any], bytearray]:
        """Have a file decoded.

        Raises
        ------
        _Lost
            It died, took too long or answered nonsense; it is ended.
        _NoHelper
            It never was there.
        """
        try:
            self.start()
            process = self._process
            assert process is not None  # noqa: S101  # It was started.
            assert process.stdin is not None  # noqa: S101  # Likewise, with pipes.
            assert process.stdout is not None  # noqa: S101
            if not self._ready:
                with _ended_after(process, timeout_s):
                    receive(process.stdout, 0)
                self._ready = True
        except (OSError, EOFError, ValueError) as error:
            self.end()
            raise _NoHelper(type(error).__name__) from error
        late = threading.Event()
        try:
            token = secrets.token_hex(8)  # One visitor must never get the answer to another.
            with _ended_after(process, timeout_s, late):
                send(process.stdin, {**header, "token": token}, data)
                answer, samples = receive(process.stdout, room)
            if answer.get("token") != token:
                raise ValueError("this is the answer to something else")
        except (OSError, EOFError, ValueError) as error:
            nonsense = isinstance(error, ValueError)
            code = self.end()
            if late.is_set():
                raise _Lost(f"decoding it takes longer than {timeout_s:g} seconds") from error
            if nonsense:
                raise _Lost("its decoder went astray") from error
            how = f"signal {-code}" if code < 0 else f"status {code}"
            raise _Lost(f"it made its decoder fail ({how})") from error
        except BaseException:  # Whatever it is: half an answer may be in the pipe.
            self.end()
            raise
        return answer, samples

    def end(self) -> int:
        """End it; what is left of it is its exit status."""
        process, self._process, self._ready = self._process, None, False
        if process is None:
            return 0
        try:
            process.wait(0.2)  # One that dies by itself has a status that says why.
        except subprocess.TimeoutExpired:
            process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):  # What was not sent cannot be sent.
                    pipe.close()
        return process.wait()


def _widen(pipe: int) -> None:
    """Let a pipe hold a megabyte: four minutes of sound are 21, and each wait costs time."""
    try:
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 2**20)
    except (ImportError, AttributeError, OSError):  # Linux only; and users have a quota.
        return


@contextmanager
def _ended_after(
    process: "subprocess.Popen[bytes]", seconds: float, late: threading.Event | None = None
) -> Iterator[None]:
    """Kill a process that is still at it after some seconds: pipes have no time limits."""

    def kill() -> None:
        if late is not None:
            late.set()
        process.kill()

    timer = threading.Timer(seconds, kill)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _recording(answer: dict[str, Any], samples: bytearray, shown: str) -> Recording:
    if "fault" in answer:
        fault = str(answer["fault"])[:80]
        _log.error("A decoder raised %s at %s", fault, str(answer.get("places"))[:2000])
        raise UnreadableAudio(
            f"{shown} cannot be read because of an error in this program ({fault}). "
            "Save it as WAV, FLAC or MP3 and try again."
        )
    if "message" in answer:
        kind = _ERRORS.get(str(answer.get("kind")), UnreadableAudio)
        raise kind(str(answer["message"]))
    title, artist, album = answer["tags"]
    return Recording(
        samples=np.frombuffer(samples, np.float32),
        name=shown,
        sha256=str(answer["sha256"]),
        format=str(answer["format"]),
        original_rate=int(answer["rate"]),
        original_channels=int(answer["channels"]),
        truncated=bool(answer["truncated"]),
        tags=Tags(title, artist, album),
        notes=tuple(map(str, answer["notes"])),
    )
