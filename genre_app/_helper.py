"""The process that decodes for another: ``python -m genre_app._helper``, behind ``isolated``.

Over its standard input it gets files, over its standard output it gives samples, as frames:
four bytes (little-endian) with the length of a JSON object, the object, and as many bytes as
its ``size`` says. Nothing is pickled: who has taken this process over with a wicked file can
say wrong numbers, and no more. It ends when its standard input does, and so with its parent.
"""

import contextlib
import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import IO, Any, Final

from genre_app import audio
from genre_app.errors import AudioError

__all__ = ["MEMORY", "TIMEOUT_S", "main", "receive", "send"]

TIMEOUT_S: Final = 60
"""Seconds of work on one file; fifteen minutes of any usual format take about two."""

MEMORY: Final = 2 * 2**30
"""Bytes of address space beyond what the libraries take: four times what a large file needs."""

_LONGEST_HEADER: Final = 2**20


def send(pipe: IO[bytes], header: dict[str, Any], payload: memoryview | bytes = b"") -> None:
    """Write one frame."""
    words = json.dumps(header | {"size": len(payload)}).encode()
    pipe.write(len(words).to_bytes(4, "little") + words)
    # In one piece a large payload would make a buffered pipe copy it.
    pipe.write(payload)
    pipe.flush()


def receive(pipe: IO[bytes], limit: int) -> tuple[dict[str, Any], bytearray]:
    """Read one frame.

    Raises
    ------
    EOFError
        The other side is gone.
    ValueError
        What came is no frame, or has more than ``limit`` bytes.
    """
    length = int.from_bytes(_exactly(pipe, 4), "little")
    if length > _LONGEST_HEADER:
        raise ValueError("the header is too long")
    header = json.loads(_exactly(pipe, length))
    size = header["size"] if isinstance(header, dict) else None
    if not isinstance(size, int) or not 0 <= size <= limit:
        raise ValueError("the frame is too long")
    return header, _exactly(pipe, size)


def _exactly(pipe: IO[bytes], size: int) -> bytearray:
    data = bytearray(size)
    view, done = memoryview(data), 0
    while done < size:
        count = pipe.readinto(view[done:])  # type: ignore[attr-defined]
        if not count:
            raise EOFError
        done += count
    return data


def main() -> None:
    """Decode what comes until nothing does."""
    # Ctrl-C reaches every process of the terminal: this one ends with the one that asks.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source, sink = _pipes()
    _warm()
    _limit()
    send(sink, {"ready": True})
    with contextlib.suppress(EOFError):
        while True:
            header, data = receive(source, sys.maxsize)
            _limit_time()
            answer, samples = _decode(header, data)
            send(sink, answer | {"token": header["token"]}, samples)
            del data, samples


def _decode(header: dict[str, Any], data: bytearray) -> tuple[dict[str, Any], memoryview | bytes]:
    try:
        recording = audio.load(
            data,
            name=header["name"],
            max_seconds=header["max_seconds"],
            max_bytes=header["max_bytes"],
        )
    except AudioError as error:
        return {"kind": error.kind, "message": str(error)}, b""
    except Exception as error:  # Not a line of the message: it may hold what the file does.
        places = [
            f"{one.filename}:{one.lineno}" for one in traceback.extract_tb(error.__traceback__)
        ]
        return {"fault": type(error).__name__, "places": places[-6:]}, b""
    return {
        "sha256": recording.sha256,
        "format": recording.format,
        "rate": recording.original_rate,
        "channels": recording.original_channels,
        "truncated": recording.truncated,
        "tags": [recording.tags.title, recording.tags.artist, recording.tags.album],
        "notes": list(recording.notes),
    }, memoryview(recording.samples).cast("B")


def _pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Take standard input and output for frames alone: what a decoder prints goes to the log."""
    source = os.fdopen(os.dup(0), "rb", buffering=0)
    sink = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.close(nowhere)
    os.dup2(2, 1)
    return source, sink


def _warm() -> None:
    """Load the libraries now, so that the first visitor does not wait for them."""
    import av
    import mutagen
    import soundfile
    import soxr

    assert all((av, mutagen, soundfile, soxr))  # noqa: S101  # They are wanted for being loaded.


def _limit() -> None:
    """Bound memory where the system can, and leave no dump of it behind."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (ImportError, OSError):  # Windows has no such limits, macOS does not keep them.
        return
    _lower(resource.RLIMIT_AS, pages * resource.getpagesize() + MEMORY)
    _lower(resource.RLIMIT_CORE, 0)


def _limit_time() -> None:
    """Let the system end this process if it works on one file for ever, parent or no parent."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _lower(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + TIMEOUT_S + 1)


def _lower(which: int, value: int) -> None:
    import resource

    _, most = resource.getrlimit(which)
    if most != resource.RLIM_INFINITY:
        value = min(value, most)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(which, (value, most))


if __name__ == "__main__":
    main()
