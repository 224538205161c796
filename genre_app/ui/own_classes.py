"""Whose classes these are, and where they lie: on a server for strangers nobody sees another's.

At home collections, and the work at them, are everybody's who uses the computer, and stay. Where
strangers come, each visit has a folder of its own with bounds, which goes with it; so do the
models made of it.
"""

import shutil
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import uuid4

import streamlit as st

from genre_app.collection.command import models_folder
from genre_app.collection.job import Desk
from genre_app.collection.source import Limits
from genre_app.collection.store import Collection, load, names
from genre_app.errors import CollectionError
from genre_app.places import home, public

__all__ = ["MOST_SONGS", "check_room", "collections", "desk", "limits", "models", "visitor"]

MOST_SONGS: Final = 60
"""Songs that a stranger's classes may hold together: 22 MB of features at most."""

_MOST_COLLECTIONS: Final = 5
_PUBLIC_ZIP: Final = Limits(entries=500, total_bytes=500 * 2**20)
_LIMIT_S: Final = 600.0
"""Seconds that a stranger's work gets."""

_PATIENCE_S: Final = 60.0
"""Seconds that the work has to end when its visitor has left."""

_VISITOR: Final = "visitor"

_EVERYBODY: Final = "everybody"
"""Whose the work is at home: a page that is loaded again is another session."""


def visitor() -> str:
    """Tell this visitor's work from that of others; at home it is everybody's."""
    if not public():
        return _EVERYBODY
    return str(st.session_state.setdefault(_VISITOR, uuid4().hex))


@st.cache_resource(show_spinner=False)
def desk() -> Desk:
    """Give the one desk of this process."""
    return Desk(limit_s=_LIMIT_S if public() else None)


def collections() -> Path:
    """Give the folder of the collections that this visitor may see; it need not exist yet."""
    return _visit(visitor()).folder / "collections" if public() else home() / "collections"


def models() -> Path:
    """Give the folder in which this visitor's models are written."""
    return _visit(visitor()).folder / "models" if public() else models_folder()


def limits() -> Limits:
    """Give how much of an archive is accepted here."""
    return _PUBLIC_ZIP if public() else Limits()


def check_room(collection: Collection, more: int) -> None:
    """See whether songs may be added to a collection.

    Raises
    ------
    CollectionError
        It would be more than one visitor may keep here.
    """
    if not public():
        return
    own = collection.name.casefold()
    others = [name for name in names(collections()) if name.casefold() != own]
    held = len(collection.songs) + sum(map(_songs, others))
    if held + more > MOST_SONGS:
        raise CollectionError(
            f"{MOST_SONGS} songs a visit are the most on this server, and {held} are here. Take "
            "fewer, or delete a collection."
        )
    if len(others) >= _MOST_COLLECTIONS:
        raise CollectionError(f"{_MOST_COLLECTIONS} collections a visit are the most here.")


def _songs(name: str) -> int:
    """Count the songs of a collection; of a damaged one none can be had."""
    try:
        return len(load(name, collections()).songs)
    except CollectionError:
        return 0


@dataclass
class _Visit:
    """What a stranger's classes leave behind; it goes with the visit."""

    owner: str
    desk: Desk
    folder: Path = field(
        default_factory=lambda: Path(tempfile.mkdtemp(prefix="genre-blend-classes-"))
    )

    def close(self) -> None:
        # In a thread: the server says good-bye to others meanwhile.
        threading.Thread(target=self._close, name="classes-close", daemon=True).start()

    def _close(self) -> None:
        job = self.desk.of(self.owner)
        if job is not None:
            job.stop()
            job.wait(_PATIENCE_S)  # What it writes at its end must go as well.
        self.desk.clear(self.owner)
        shutil.rmtree(self.folder, ignore_errors=True)


@st.cache_resource(show_spinner=False, scope="session", on_release=lambda one: one.close())
def _visit(owner: str) -> _Visit:
    return _Visit(owner, desk())
