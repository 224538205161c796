"""Zip files that strangers give: bounded, and no path in them is believed.

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
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from genre_app.catalogue.walk import SUFFIXES
from genre_app.collection.source import Limits, Member, Skipped, shown, too_many, unwanted
from genre_app.errors import ArchiveError

__all__ = ["Archive"]

_END: Final = b"PK\x05\x06"
_END_64: Final = b"PK\x06\x07"
_DAMAGE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)
"""What :mod:`zipfile` raises when bytes are not what they say: ``ValueError`` for offsets
before the start, ``RuntimeError`` for passwords."""

_RATIO_FROM: Final = 2**20
"""Bytes below which a high ratio is no danger."""


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
        except _DAMAGE as no:
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
        except _DAMAGE as no:
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
        raise ArchiveError(too_many(limits))


def _look_through(
    infos: Sequence[zipfile.ZipInfo], limits: Limits, wanted: frozenset[str]
) -> tuple[list[tuple[Member, zipfile.ZipInfo]], list[Skipped]]:
    if len(infos) > limits.entries:
        raise ArchiveError(too_many(limits))
    found: list[tuple[Member, zipfile.ZipInfo]] = []
    skipped: list[Skipped] = []
    seen: set[str] = set()
    for info in infos:
        if info.is_dir():
            continue
        reason = _unsafe(info, limits)
        parts = tuple(part for part in info.filename.split("/") if part not in ("", "."))
        if reason is None:
            reason = unwanted(parts, info.external_attr >> 16, info.file_size, limits, wanted)
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
