"""Files that are written whole or not at all, as on a disk that is full."""

import contextlib
import io
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre_app.errors import GenreAppError

__all__ = ["check_place", "no_folder", "packed", "write_together", "write_whole"]


def write_whole(path: Path, content: bytes, *, lasting: bool = True) -> None:
    """Write all of a file or nothing of it.

    Parameters
    ----------
    lasting : bool
        So that it outlives a power cut.

    Raises
    ------
    OSError
        An older file of that name stays as it was.
    """
    write_together(path.parent, {path.name: content}, lasting=lasting)


def write_together(folder: Path, files: Mapping[str, bytes], *, lasting: bool = True) -> None:
    """Write files that belong together: all of them or none.

    Each is written beside the older one, and only when the disk has taken the last do they
    take their places, in their order. What else lies in the folder stays.

    Parameters
    ----------
    folder : Path
        One that exists.
    files : mapping of str to bytes
        By their names.
    lasting : bool
        So that they outlive a power cut.

    Raises
    ------
    OSError
        The older files stay as they were.
    """
    # Two windows of the app, or two programs, may write the same file at once.
    own = secrets.token_hex(4)
    parts = {name: folder / f"{name}.{own}.part" for name in files}
    try:
        for name, part in parts.items():
            with part.open("wb") as file:
                file.write(files[name])
                if lasting:
                    file.flush()
                    os.fsync(file.fileno())
        for name, part in parts.items():
            part.replace(folder / name)
    except BaseException:  # Ctrl-C, too, leaves nothing behind.
        for part in parts.values():
            with contextlib.suppress(OSError):
                part.unlink()
        raise


def check_place(path: Path) -> None:
    """Say at once, rather than after the work, that a file cannot be written somewhere.

    Raises
    ------
    GenreAppError
        There is no such folder, or the file's name is a folder's.
    """
    folder = path.absolute().parent
    if not folder.is_dir():
        raise GenreAppError(f"There is no folder {folder} to write {path.name} in.")
    if path.is_dir():
        raise GenreAppError(f"{path} is a folder. Give the file another name.")


def no_folder(path: Path) -> str:
    """Say why something is no folder that can be looked through."""
    return f"{path} is a file, not a folder." if path.is_file() else f"There is no folder {path}."


def packed(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Give arrays as the bytes of a compressed ``.npz``: the same arrays, the same bytes."""
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()
