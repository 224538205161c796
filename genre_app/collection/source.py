"""Where songs come from: what a zip file and a folder have in common, and folders.

Nothing that a stranger gives is believed: sizes and numbers are bounded, links are not
followed, and paths are only ever shown or used as labels.
"""

import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from genre_app.catalogue.walk import SUFFIXES
from genre_app.errors import ArchiveError
from genre_app.files import no_folder

__all__ = [
    "Folder",
    "Limits",
    "Member",
    "Skipped",
    "Source",
    "legible",
    "shown",
    "sorted_into_classes",
    "too_many",
    "unwanted",
]

_ARCHIVES: Final = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".jar")


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
            raise ArchiveError(no_folder(root))
        self._root = root
        members: list[Member] = []
        skipped: list[Skipped] = []
        for place, folders, files in os.walk(root, followlinks=False):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(files):
                path = Path(place, name)
                parts = path.relative_to(root).parts
                about = path.lstat()
                reason = unwanted(parts, about.st_mode, about.st_size, limits, wanted)
                if reason is None:
                    members.append(Member(parts, about.st_size))
                else:
                    skipped.append(Skipped(shown("/".join(parts)), reason))
                if len(members) + len(skipped) > limits.entries:
                    raise ArchiveError(too_many(limits))
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
        Skipped(shown(member.path), "it lies in no folder, and the folder's name is the class")
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


def unwanted(
    parts: tuple[str, ...], mode: int, size: int, limits: Limits, wanted: frozenset[str]
) -> str | None:
    """Say why a file is left alone, judging by its path, kind and size; None: it is wanted."""
    # Zip files made on Windows give no kind at all.
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "it is a link or no plain file"
    if not parts or parts[0] == "__MACOSX" or any(part.startswith(".") for part in parts):
        return "it is hidden"
    suffix = Path(parts[-1]).suffix.lower()
    if suffix in _ARCHIVES and suffix not in wanted:
        return "it is an archive inside; unpack it first"
    if suffix not in wanted:
        return f"{shown(suffix) or 'without a suffix, it'} is not a kind of music file"
    if size > limits.file_bytes:
        return f"it has more than {limits.file_bytes / 2**20:.0f} MB"
    if size == 0:
        return "it is empty"
    return None


def shown(name: str) -> str:
    """Make a name from a stranger fit to be printed, and short."""
    clean = legible(name)
    return clean if len(clean) <= 120 else clean[:117] + "..."


def legible(name: str) -> str:
    """Make a name from a stranger fit to be printed, as long as it is."""
    # Bytes that are no UTF-8 are spelt out: names that differ stay different.
    name = name.encode("utf-8", "backslashreplace").decode()
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name
    )


def too_many(limits: Limits) -> str:
    """Say that there are too many files."""
    return f"There are more than {limits.entries:,} files. Give fewer at a time."
