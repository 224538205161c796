"""Zip files and folders that strangers give: bounded, and no path in them is believed.

Nothing is ever unpacked to disk. Members are read one at a time, each with a bound,
and names are only ever shown or used as labels.

What a hostile zip file can do, and what stops it here:

- names that climb out (``../``, ``/etc``, ``C:``, backslashes), links, names that occur
  twice: such members are skipped, with the reason;
- more members than memory holds: the central directory's size is checked before it is
  parsed;
- bombs [1]_: the sum of sizes, each size and each ratio are bounded before anything is
  decompressed, decompression stops at the declared size, archives in archives stay shut.

References
----------
.. [1] Fifield, D. (2019). A better zip bomb. WOOT.
"""

import io
import os
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Protocol, Self

from genre_app.catalogue.walk import SUFFIXES
from genre_app.errors import ArchiveError

__all__ = ["Archive", "Folder", "Limits", "Member", "Skipped", "Source", "sorted_into_classes"]

_END: Final = b"PK\x05\x06"
_END_64: Final = b"PK\x06\x07"
_ARCHIVES: Final = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".jar")
_RATIO_FROM: Final = 2**20
"""Bytes below which a high ratio is no danger."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much of an archive or folder is accepted.

    Attributes
    ----------
    entries : int
        Members, of whatever kind.
    file_bytes, total_bytes : int
        Of one member and of all, decompressed.
    ratio : float
        Largest decompressed by compressed size of a member above 1 MB. Music in WAV
        gives 1.1 to 2; long silence some hundreds.
    directory_bytes : int
        Of a zip file's table of contents.
    """

    entries: int = 2_000
    file_bytes: int = 200 * 2**20
    total_bytes: int = 2 * 2**30
    ratio: float = 200.0
    directory_bytes: int = 4 * 2**20


@dataclass(frozen=True)
class Member:
    """A file that may be read.

    Attributes
    ----------
    parts : tuple of str
        Its path: folders, then the file's name. For labels only.
    size : int
        Bytes, decompressed.
    """

    parts: tuple[str, ...]
    size: int

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.parts[-1]

    @property
    def path(self) -> str:
        """All of its path, for people."""
        return "/".join(self.parts)


@dataclass(frozen=True)
class Skipped:
    """What was left out, and why, in a sentence's second half."""

    name: str
    reason: str


class Source(Protocol):
    """Where songs come from: a zip file or a folder."""

    members: tuple[Member, ...]
    skipped: tuple[Skipped, ...]

    def read(self, member: Member) -> bytes:
        """Read one member, within the limits."""
        ...


class Archive:
    """A zip file that was looked through; a context manager.

    Parameters
    ----------
    source : path, bytes or binary file
    limits : Limits
    suffixes : collection of str
        Of the members that are wanted, in small letters.

    Attributes
    ----------
    members : tuple of Member
        What may be read, by path.
    skipped : tuple of Skipped

    Raises
    ------
    ArchiveError
        It is no zip file, is damaged, or exceeds the limits as a whole.
    """

    def __init__(
        self,
        source: Path | bytes | BinaryIO,
        *,
        limits: Limits | None = None,
        suffixes: Iterable[str] = SUFFIXES,
    ) -> None:
        self._limits = limits or Limits()
        opened = io.BytesIO(source) if isinstance(source, bytes) else source
        file = opened.open("rb") if isinstance(opened, Path) else opened
        try:
            _check_end(file, self._limits)
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, NotImplementedError, OSError, struct.error, ValueError) as no:
            if file is not source:
                file.close()
            raise ArchiveError(f"The zip file is damaged: {no}. Pack it again.") from no
        self._file = file if isinstance(source, Path) else None
        found, skipped = _look_through(self._zip.infolist(), self._limits, frozenset(suffixes))
        self._infos = dict(found)
        self.members: tuple[Member, ...] = tuple(sorted(self._infos, key=lambda one: one.parts))
        self.skipped: tuple[Skipped, ...] = tuple(skipped)

    def read(self, member: Member) -> bytes:
        """Decompress one member.

        Raises
        ------
        ArchiveError
            It is damaged, protected, or not what the table of contents says.
        """
        try:
            with self._zip.open(self._infos[member]) as file:
                content = file.read(member.size + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as no:
            raise ArchiveError("it is damaged inside the zip file") from no
        if len(content) != member.size:
            raise ArchiveError("its size is not what the zip file says")
        if content.startswith((b"PK\x03\x04", b"7z\xbc\xaf", b"Rar!")):
            raise ArchiveError("it is an archive inside the archive")
        return content

    def close(self) -> None:
        """Close the file."""
        self._zip.close()
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Folder:
    """A folder on this machine, with the same face as :class:`Archive`; links are not followed.

    Raises
    ------
    ArchiveError
        There is no such folder, or it holds more than the limits allow.
    """

    def __init__(
        self, root: Path, *, limits: Limits | None = None, suffixes: Iterable[str] = SUFFIXES
    ) -> None:
        limits, wanted = limits or Limits(), frozenset(suffixes)
        if not root.is_dir():
            raise ArchiveError(f"There is no folder {root}.")
        self._root = root
        members: list[Member] = []
        skipped: list[Skipped] = []
        for place, folders, files in os.walk(root, followlinks=False):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(files):
                path = Path(place, name)
                parts = path.relative_to(root).parts
                about = path.lstat()
                reason = _unwanted(parts, about.st_mode, about.st_size, limits, wanted)
                if reason is None:
                    members.append(Member(parts, about.st_size))
                else:
                    skipped.append(Skipped("/".join(parts), reason))
                if len(members) + len(skipped) > limits.entries:
                    raise ArchiveError(_too_many(limits))
        self.members: tuple[Member, ...] = tuple(members)
        self.skipped: tuple[Skipped, ...] = tuple(skipped)

    def read(self, member: Member) -> bytes:
        """Read one file.

        Raises
        ------
        ArchiveError
            It cannot be read.
        """
        try:
            return self._root.joinpath(*member.parts).read_bytes()
        except OSError as no:
            raise ArchiveError(f"it cannot be read ({no.strerror})") from no


def sorted_into_classes(
    members: Sequence[Member],
) -> tuple[dict[str, list[Member]], list[Skipped]]:
    """Take each file's folder as its class.

    A folder around all the others is looked through; of what lies deeper, the
    outermost folder counts, so that albums may stand inside a class.

    Returns
    -------
    classes : dict of str to list of Member
    skipped : list of Skipped
        Files outside any folder.
    """
    inside = [member for member in members if len(member.parts) > 1]
    skipped = [
        Skipped(member.path, "it lies in no folder, and the folder's name is the class")
        for member in members
        if len(member.parts) == 1
    ]
    depth = 0
    while (
        inside
        and len({member.parts[depth] for member in inside}) == 1
        and all(len(member.parts) > depth + 2 for member in inside)
    ):
        depth += 1
    # A single class with albums in it looks like a folder around classes; nothing tells them apart.
    classes: dict[str, list[Member]] = {}
    for member in inside:
        classes.setdefault(member.parts[depth], []).append(member)
    return classes, skipped


def _check_end(file: BinaryIO, limits: Limits) -> None:
    """Bound the table of contents before :mod:`zipfile` parses all of it."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 2**16 - 42))
    tail = file.read()
    file.seek(0)
    at = tail.rfind(_END)
    if at < 0 or at + 22 > len(tail):
        raise ArchiveError("This is not a zip file. Pack the folders as .zip, and choose that.")
    (entries, directory) = struct.unpack_from("<HL", tail, at + 10)
    if at >= 20 and tail[at - 20 : at - 16] == _END_64:
        raise ArchiveError("This zip file is of the kind for more than 4 GB. Pack fewer songs.")
    if entries > limits.entries or directory > limits.directory_bytes:
        raise ArchiveError(_too_many(limits))


def _look_through(
    infos: Sequence[zipfile.ZipInfo], limits: Limits, wanted: frozenset[str]
) -> tuple[list[tuple[Member, zipfile.ZipInfo]], list[Skipped]]:
    if len(infos) > limits.entries:
        raise ArchiveError(_too_many(limits))
    found: list[tuple[Member, zipfile.ZipInfo]] = []
    skipped: list[Skipped] = []
    seen: set[str] = set()
    for info in infos:
        if info.is_dir():
            continue
        reason = _unsafe(info, limits)
        parts = tuple(part for part in info.filename.split("/") if part not in ("", "."))
        if reason is None:
            reason = _unwanted(parts, info.external_attr >> 16, info.file_size, limits, wanted)
        key = unicodedata.normalize("NFC", "/".join(parts)).casefold()
        if reason is None and key in seen:
            reason = "its name occurs twice in the zip file"
        if reason is None:
            seen.add(key)
            found.append((Member(parts, info.file_size), info))
        else:
            skipped.append(Skipped(shown(info.orig_filename), reason))
    if sum(member.size for member, _ in found) > limits.total_bytes:
        raise ArchiveError(
            f"Unpacked, the songs would take more than {limits.total_bytes / 2**30:g} GB. "
            "Pack fewer songs, or compressed ones such as mp3."
        )
    return found, skipped


def _unsafe(info: zipfile.ZipInfo, limits: Limits) -> str | None:
    name = info.orig_filename
    if "\\" in name or "\0" in name or not name.isprintable():
        return "its path has letters that a path should not have"
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in name.split("/"):
        return "its path leads outside the zip file"
    if info.flag_bits & 1:
        return "it is protected by a password"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "it is compressed in an unusual way"
    if info.file_size > max(_RATIO_FROM, limits.ratio * info.compress_size):
        return "it would grow suspiciously much when unpacked"
    return None


def _unwanted(
    parts: tuple[str, ...], mode: int, size: int, limits: Limits, wanted: frozenset[str]
) -> str | None:
    # Zip files made on Windows give no kind at all.
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "it is a link or no plain file"
    if not parts or parts[0] == "__MACOSX" or any(part.startswith(".") for part in parts):
        return "it is hidden"
    suffix = Path(parts[-1]).suffix.lower()
    if suffix in _ARCHIVES and suffix not in wanted:
        return "it is an archive inside; unpack it first"
    if suffix not in wanted:
        return f"{suffix or 'without a suffix, it'} is not a kind of music file"
    if size > limits.file_bytes:
        return f"it has more than {limits.file_bytes / 2**20:.0f} MB"
    if size == 0:
        return "it is empty"
    return None


def shown(name: str) -> str:
    """Make a name from a stranger fit to be printed."""
    clean = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name
    )
    return clean if len(clean) <= 120 else clean[:117] + "..."


def _too_many(limits: Limits) -> str:
    return f"There are more than {limits.entries:,} files. Give fewer at a time."
