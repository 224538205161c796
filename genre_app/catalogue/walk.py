"""Find the songs in folders, on this machine or behind any URL that fsspec opens."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from genre_app.catalogue.rows import UNOPENABLE, CatalogueError, Failure, Found, Problem
from genre_app.errors import reason_of

__all__ = ["SUFFIXES", "Walk", "is_url", "walk"]

_LOSSLESS: Final = (".wav", ".flac", ".aiff", ".aif", ".au")
_LOSSY: Final = (".mp3", ".ogg", ".oga", ".opus", ".m4a", ".m4b", ".aac", ".mp4", ".webm", ".wma")

SUFFIXES: Final = frozenset(_LOSSLESS + _LOSSY)
"""Which files of a folder are tried. A file that is named itself is tried whatever its name."""

_TAGS: Final = ("ETag", "etag", "md5Hash", "generation")
_TIMES: Final = ("mtime", "LastModified", "last_modified", "updated", "modified", "created")
"""What storages call that which changes when a file does."""


@dataclass
class Walk:
    """What a walk came across.

    Attributes
    ----------
    found : dict of str to Found
        By place, in a fixed order.
    failures : list of Failure
        Folders and files that could not be looked at.
    roots : list of str
        Folders of which everything was seen, each with its separator at the end:
        what the catalogue knows below them and was not found is gone.
    """

    found: dict[str, Found] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    roots: list[str] = field(default_factory=list)


def walk(places: Sequence[str]) -> Walk:
    """Walk folders; symbolic links are followed, hidden files left alone.

    Parameters
    ----------
    places : sequence of str
        Paths of folders or files, or URLs such as ``s3://bucket/music``.

    Raises
    ------
    CatalogueError
        A place does not exist, or its storage cannot be listed.
    """
    result = Walk()
    seen: set[tuple[int, int]] = set()
    for place in places:
        if is_url(place):
            _walk_url(place, result)
        else:
            _walk_path(os.path.abspath(place), result, seen)
    return result


def is_url(place: str) -> bool:
    """Say whether a place is for fsspec to open."""
    return "://" in place


# Folders of this machine ----------------------------------------------------------------


def _walk_path(path: str, result: Walk, seen: set[tuple[int, int]]) -> None:
    try:
        status = os.stat(path)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "the name is not valid"
        raise CatalogueError(
            f"{_place(path)} cannot be opened ({why.lower()}). Name a folder of music, or a song."
        ) from error
    if not stat.S_ISDIR(status.st_mode):
        _take(path, status, result)
        return
    before = len(result.failures)
    _walk_folder(path, result, seen)
    if len(result.failures) == before:
        result.roots.append(os.path.join(_place(path), ""))


def _walk_folder(top: str, result: Walk, seen: set[tuple[int, int]]) -> None:
    # A list rather than recursion: a chain of folders may be deeper than Python's stack.
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        try:
            status = os.stat(folder)
            # Links may lead in a circle, and two roots into the same folder.
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            result.failures.append(_closed(folder, error))
            continue
        deeper = []
        for entry in entries:
            if entry.name.startswith("."):
                continue
            try:
                if entry.is_dir():
                    deeper.append(entry.path)
                elif os.path.splitext(entry.name)[1].lower() in SUFFIXES:
                    _take(entry.path, entry.stat(), result)
            except OSError as error:
                result.failures.append(_closed(entry.path, error))
        waiting += reversed(deeper)


def _take(path: str, status: os.stat_result, result: Walk) -> None:
    if stat.S_ISREG(status.st_mode):  # A pipe or a device may never end.
        place = _place(path)
        result.found[place] = Found(place, path, status.st_size, str(status.st_mtime_ns))


def _closed(path: str, error: OSError) -> Failure:
    place = _place(path)
    why = f"{place} cannot be opened ({reason_of(error)})."
    return Failure(place, Problem(UNOPENABLE, why))


def _place(path: str) -> str:
    """Spell a path in valid Unicode: a name may hold any bytes, a database may not."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return path


# URLs -----------------------------------------------------------------------------------


def _walk_url(url: str, result: Walk) -> None:
    import fsspec

    try:
        storage, path = fsspec.url_to_fs(url)
        alone = storage.isfile(path)
        listing = {path: storage.info(path)} if alone else storage.find(path, detail=True)
        if not listing and not storage.exists(path):
            raise FileNotFoundError("there is nothing")
    except ImportError as error:
        raise CatalogueError(
            f"{url} needs a package that is not installed: {error}. Install it and try again."
        ) from error
    except Exception as error:  # Every storage has errors of its own.
        raise CatalogueError(
            f"{url} cannot be listed ({str(error) or type(error).__name__}). "
            "Check the address and the credentials in the environment."
        ) from error
    for place, about in sorted(_urls(storage, listing)):
        name = place.rpartition("/")[2]
        suffix = os.path.splitext(name)[1].lower()
        if alone or (suffix in SUFFIXES and not name.startswith(".")):
            result.found[place] = Found(place, place, about[0], about[1])
    if not alone:
        result.roots.append(storage.unstrip_protocol(path).rstrip("/") + "/")


def _urls(
    storage: Any,  # noqa: ANN401  # fsspec.AbstractFileSystem
    listing: dict[str, dict[str, Any]],
) -> Iterator[tuple[str, tuple[int, str]]]:
    for name, about in listing.items():
        stamps = (str(about[key]) for key in _TAGS + _TIMES if about.get(key) is not None)
        yield storage.unstrip_protocol(name), (int(about.get("size") or 0), " ".join(stamps))
