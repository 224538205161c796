"""The app behind a real server, as ``streamlit run`` starts it.

For the benchmarks, and for the tests that drive a browser.
"""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

__all__ = ["ROOT", "STILL", "command", "free_port", "served"]

ROOT: Final = Path(__file__).resolve().parents[1]
"""The checkout: where ``app.py`` is."""

STILL: Final = "--server.fileWatcherType=none"
"""Of the command line: a server that does not look whether its source changes."""

_PATIENCE_S: Final = 60.0
"""Seconds after which a server that does not answer counts as broken."""


def free_port() -> int:
    """Give a port of this machine on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def command(port: int, *more: str) -> list[str]:
    """Give the command line that starts the app on a port, for this machine alone."""
    line = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    return [*line, "--server.address=127.0.0.1", "--server.headless=true", *more]


@contextmanager
def served(
    *more: str, environment: Mapping[str, str], log: IO[str] | None = None
) -> Iterator[tuple[str, int]]:
    """Start the app, and end it afterwards.

    Parameters
    ----------
    *more : str
        More of the command line.
    environment : mapping of str to str
        Set besides what this process has.
    log : file, optional
        Where what the server says goes; without one its warnings alone are seen.

    Yields
    ------
    (str, int)
        Its address, ``http://127.0.0.1:port``, and the number of its process.

    Raises
    ------
    RuntimeError
        It ended, or did not answer within a minute.
    """
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with subprocess.Popen(
        command(port, *more),
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=log or subprocess.DEVNULL,
        stderr=log,
    ) as process:
        try:
            _until_it_answers(f"{address}/_stcore/health", process)
            yield address, process.pid
        finally:
            process.terminate()


def _until_it_answers(address: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=1):  # noqa: S310  # Loopback.
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the server ended, or did not answer within a minute")
