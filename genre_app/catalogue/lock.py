"""One run at a time writes a catalogue: a lock that the operating system holds.

The lock is the system's, not the file's: when the process that holds it ends,
however it ends, the system lets go. A lock file that was left behind therefore
locks nobody out.
"""

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from genre_app.catalogue.rows import CatalogueError

__all__ = ["held"]

_FAR: Final = 2**30
"""Byte that Windows locks: beyond the text, which others must be able to read."""


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock of a catalogue.

    Parameters
    ----------
    path : Path
        The catalogue; the lock file stands beside it.

    Raises
    ------
    CatalogueError
        Another run holds it, or the folder cannot be written.
    """
    beside = path.with_name(path.name + ".lock")
    try:
        # Python passes no descriptor on to the processes it starts: workers hold nothing.
        handle = os.open(beside, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise CatalogueError(
            f"The catalogue {path} cannot be written ({error.strerror}). "
            "Choose another file with --db."
        ) from error
    try:
        try:
            _lock(handle)
        except OSError:
            raise CatalogueError(
                f"Another run is writing the catalogue {path} ({_holder(handle)}). Wait until it "
                "has finished, or choose another file with --db."
            ) from None
        os.ftruncate(handle, 0)
        os.write(handle, f"process {os.getpid()}, since {time.strftime('%H:%M:%S')}".encode())
        yield
    finally:
        os.close(handle)


def _holder(handle: int) -> str:
    text = os.read(handle, 200).decode(errors="replace")
    return text if text.isprintable() and text else "it does not say which"


if sys.platform == "win32":

    def _lock(handle: int) -> None:
        import msvcrt

        os.lseek(handle, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        finally:
            os.lseek(handle, 0, os.SEEK_SET)

else:

    def _lock(handle: int) -> None:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
