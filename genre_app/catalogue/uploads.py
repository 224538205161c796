"""Songs that are not in a folder: uploads, kept in a temporary folder within limits.

An upload's place is ``upload://``, the start of its checksum and its name; its
stamp is the checksum. So the same bytes under the same name are the same row,
today and tomorrow, and nothing has to be read to know that.
"""

import contextlib
import hashlib
import tempfile
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from genre_app import audio
from genre_app._source import printable
from genre_app.catalogue.rows import CatalogueError, Found
from genre_app.catalogue.walk import Walk

__all__ = ["PREFIX", "Limits", "Uploads"]

PREFIX: Final = "upload://"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one visit may upload.

    Attributes
    ----------
    songs : int
    total_bytes : int
    """

    songs: int
    total_bytes: int


class Uploads:
    """The uploads of one visit; the folder goes when they are closed.

    Parameters
    ----------
    limits : Limits
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._folder = tempfile.TemporaryDirectory(
            prefix="genre-blend-", ignore_cleanup_errors=True
        )
        self._found: dict[str, Found] = {}
        self._lock = threading.Lock()

    @property
    def folder(self) -> Path:
        """Where they lie: for a catalogue that goes with them, too."""
        return Path(self._folder.name)

    def add(self, name: str, data: bytes) -> str:
        """Keep a song; twice is the same as once.

        Parameters
        ----------
        name : str
            As the visitor's computer calls it: shown, never used as a path.
        data : bytes

        Returns
        -------
        str
            Its place.

        Raises
        ------
        CatalogueError
            A limit is reached.
        """
        content = hashlib.sha256(data).hexdigest()
        shown = _plain(name)
        place = f"{PREFIX}{content[:12]}/{shown}"
        with self._lock:
            if place in self._found:
                return place
            if len(data) > audio.MAX_BYTES:
                raise CatalogueError(
                    f"{shown} is larger than {audio.MAX_BYTES / 2**20:,.3g} MB, the most that is "
                    "read here. Save it as MP3."
                )
            if len(self._found) >= self.limits.songs:
                raise CatalogueError(
                    f"{shown} was left out: {self.limits.songs:,} songs a visit are the most here."
                )
            used = sum(one.size for one in self._found.values())
            if used + len(data) > self.limits.total_bytes:
                raise CatalogueError(
                    f"{shown} was left out: {self.limits.total_bytes / 2**20:,.0f} MB a visit are "
                    "the most here. MP3 needs a tenth of the room of WAV."
                )
            path = self.folder / content
            try:
                path.write_bytes(data)
            except OSError as error:
                raise CatalogueError(
                    f"{shown} cannot be kept ({error.strerror}). The disk may be full."
                ) from error
            self._found[place] = Found(place, str(path), len(data), content)
        return place

    def walk(self) -> Walk:
        """Give them as a walk of folders would."""
        with self._lock:
            return Walk(found=dict(self._found))

    def path(self, place: str) -> Path | None:
        """Say where the bytes of an upload of this visit are."""
        with self._lock:
            one = self._found.get(place)
        return Path(one.path) if one else None

    def drop(self, places: Iterable[str]) -> None:
        """Forget some of them, on disk too; other places than of uploads are left alone."""
        with self._lock:
            for place in places:
                one = self._found.pop(place, None)
                # The same bytes may be here under another name.
                if one and all(other.path != one.path for other in self._found.values()):
                    with contextlib.suppress(OSError):
                        Path(one.path).unlink()

    def close(self) -> None:
        """Forget them, on disk too."""
        with contextlib.suppress(OSError):
            self._folder.cleanup()


def _plain(name: str) -> str:
    """Reduce a name to its last part: browsers may send the folders before it."""
    last = printable(name.replace("\\", "/").rpartition("/")[2], 200).strip()
    return last or "song"
