"""The library of a visit: uploads, the catalogue they are read into, the job that reads."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import uuid4

import streamlit as st

from genre_app import zoo
from genre_app.catalogue import lock, run
from genre_app.catalogue.filters import once
from genre_app.catalogue.job import Job
from genre_app.catalogue.rows import CatalogueError, Failure, ModelKey, Song
from genre_app.catalogue.store import Store
from genre_app.catalogue.uploads import PREFIX, Limits, Uploads
from genre_app.catalogue.walk import Walk, is_url
from genre_app.genres import GENRES
from genre_app.places import public

__all__ = [
    "MODEL_KEY",
    "Shelf",
    "Visit",
    "continue_reading",
    "empty",
    "job",
    "model",
    "models",
    "playable",
    "read_folder",
    "read_next",
    "read_waiting",
    "shelf",
    "take_out",
    "take_uploads",
    "upload_key",
    "visit",
]

MODEL_KEY: Final = "library-model"
_TURN: Final = "library-turn"
_VISIT: Final = "library-visit"

_PUBLIC: Final = Limits(songs=60, total_bytes=300 * 2**20)
_PRIVATE: Final = Limits(songs=1_000, total_bytes=4 * 2**30)

_PATIENCE_S: Final = 60.0
"""Seconds that a reading has to end when its visitor has left."""

_FEW: Final = 12
"""Uploads that this process reads itself, whose model is loaded, rather than two new ones."""


@dataclass
class Visit:
    """What one visitor has brought.

    Attributes
    ----------
    uploads : Uploads
    path : Path
        The catalogue: the visit's own in public, else the user's, which stays.
    refused : list of str
        Why what was last asked for was not done, or not with all songs.
    later : list of (sequence of str or Walk)
        What came while a job was reading, in the order in which it will be read.
    last : sequence of str, Walk or None
        What was asked for last.
    job : Job or None
        What this visit started last.
    """

    uploads: Uploads
    path: Path
    refused: list[str] = field(default_factory=list)
    later: list[Sequence[str] | Walk] = field(default_factory=list)
    last: Sequence[str] | Walk | None = None
    job: Job | None = None

    def close(self) -> None:
        """End the visit: uploads go, in public with their catalogue; who reads them stops first."""
        # In a thread: the server says good-bye to others meanwhile.
        threading.Thread(target=self._close, name="library-close", daemon=True).start()

    def _close(self) -> None:
        if self.job is not None and isinstance(self.last, Walk):
            self.job.cancel()
            self.job.wait(_PATIENCE_S)
        if self.path.parent == self.uploads.folder:
            _desk().jobs.pop(self.path, None)
        self.uploads.close()


@dataclass(frozen=True)
class Shelf:
    """What a model has read so far.

    Attributes
    ----------
    model : ModelKey
    songs : list of Song
        Different ones, by place.
    failures : list of Failure
    uploads : list of str
        Places of uploads that this model has not read.
    files : list of str
        Places of files that others have read, and this model has not.
    """

    model: ModelKey
    songs: list[Song]
    failures: list[Failure]
    uploads: list[str]
    files: list[str]

    @property
    def waiting(self) -> int:
        """How many songs this model has not read."""
        return len(self.uploads) + len(self.files)


@dataclass
class _Desk:
    """What all visitors share: who reads now, and who reads next."""

    turn: threading.Semaphore = field(default_factory=threading.Semaphore)
    jobs: dict[Path, Job] = field(default_factory=dict)


@st.cache_resource(show_spinner=False)
def _desk() -> _Desk:
    return _Desk()


def visit() -> Visit:
    """Give what this visitor has brought; it goes when the visit ends."""
    return _visit(st.session_state.setdefault(_VISIT, uuid4().hex))


@st.cache_resource(show_spinner=False, scope="session", on_release=lambda one: one.close())
def _visit(name: str) -> Visit:  # The name: whose it is, wherever sessions are mixed up.
    uploads = Uploads(_PUBLIC if public() else _PRIVATE)
    return Visit(uploads, uploads.folder / "catalogue.sqlite" if public() else run.default_path())


def models() -> list[str]:
    """List the models that can read a library: those with weights and our ten genres."""
    return [name for name in zoo.ready() if tuple(zoo.card(name)["genres"]) == GENRES]


def job() -> Job | None:
    """Give the job that reads, or the last one that did."""
    return _desk().jobs.get(visit().path)


def upload_key() -> str:
    """Give the uploader's key: another after each upload, so that its bytes are let go."""
    return f"library-upload-{st.session_state.get(_TURN, 0)}"


def take_uploads() -> None:
    """Keep what was uploaded and read it (callback of the uploader)."""
    files = st.session_state.get(upload_key()) or []
    here = visit()
    here.refused.clear()
    for file in files:
        try:
            here.uploads.add(file.name, file.getvalue())
        except CatalogueError as error:
            here.refused.append(str(error))
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
    if files:
        _start(here.uploads.walk())


def read_folder() -> None:
    """Read a folder of this computer (callback; in public there is none)."""
    place = str(st.session_state.get("library-folder", "")).strip().strip("\"'")
    here = visit()
    here.refused.clear()
    if public():
        return
    if not place:
        here.refused.append("Name a folder first.")
        return
    if is_url(place):
        here.refused.append("Name a folder of this computer, such as /home/me/Music.")
        return
    try:
        folder = Path(place).expanduser()
    except RuntimeError:  # Of somebody who has no home here.
        here.refused.append(f"There is no folder {place}.")
        return
    _start([str(folder)])


def continue_reading() -> None:
    """Go on where a job was stopped (callback)."""
    here = visit()
    # Of uploads those that are here now: some may have been taken out.
    places = here.uploads.walk() if isinstance(here.last, Walk) else here.last
    if places is None:  # Who stopped is another visit, at the same catalogue.
        read_waiting()
    else:
        _start(places)


def read_waiting() -> None:
    """Read what the chosen model has not read: uploads, then files (callback)."""
    here = visit()
    here.refused.clear()
    try:
        waiting = shelf()
    except CatalogueError as error:
        here.refused.append(str(error))
        return
    files = [place for place in waiting.files if Path(place).is_file()]
    lost = len(waiting.files) - len(files)
    if lost:
        here.refused.append(
            "1 song is no longer where it was. Read its folder again."
            if lost == 1
            else f"{lost:,} songs are no longer where they were. Read their folder again."
        )
    if waiting.uploads:
        _start(here.uploads.walk())
    if files:
        _start(files)


def read_next() -> bool:
    """Start with what came while a job was reading; say whether there was something."""
    here = visit()
    if not here.later:
        return False
    _start(here.later.pop(0))
    return True


def shelf() -> Shelf:
    """Give what the chosen model has read so far.

    Raises
    ------
    CatalogueError
        The catalogue cannot be opened.
    """
    here = visit()
    chosen = model()
    rows = _rows(str(here.path), _stamp(here.path), chosen.fingerprint, chosen)
    songs, failures, files = rows
    mine = here.uploads.walk().found
    # What somebody uploaded in vain weeks ago is of no interest now.
    failures = [one for one in failures if one.place in mine or not one.place.startswith(PREFIX)]
    done = {song.place for song in songs} | {failure.place for failure in failures}
    shown = sorted(once(songs), key=_order)
    return Shelf(chosen, shown, failures, [place for place in mine if place not in done], files)


def take_out(content: str) -> None:
    """Take a song out of the library, wherever it lies (callback)."""
    _forget(content)


def empty() -> None:
    """Take all songs out of the library (callback)."""
    if _forget(None):
        visit().last = None


def _forget(content: str | None) -> bool:
    here, current = visit(), job()
    here.refused.clear()
    if current is not None and not current.look().over:
        here.refused.append("Wait until the songs are read, or stop the reading first.")
        return False
    try:
        places = list(here.uploads.walk().found) if content is None else []
        if here.path.exists():
            with lock.held(here.path), Store(here.path) as store:
                known = store.places(content)
                store.forget(known)
            places += known
    except CatalogueError as error:
        here.refused.append(str(error))
        return False
    here.uploads.drop(places)
    # How many songs the last reading read is said no longer; one that was stopped may go on.
    if current is not None and (content is None or current.look().status == "done"):
        _desk().jobs.pop(here.path, None)
    return True


def _order(song: Song) -> tuple[bool, str]:
    """Sort folders by path, then uploads by name: their places begin with a checksum."""
    uploaded = song.place.startswith(PREFIX)
    return uploaded, song.place.rpartition("/")[2] if uploaded else song.place


def playable(song: Song) -> Path | None:
    """Say where the song's file is, as far as this visitor may hear it."""
    if song.place.startswith(PREFIX):
        return visit().uploads.path(song.place)
    if public() or is_url(song.place):
        return None
    path = Path(song.place)
    return path if path.is_file() else None


def model() -> ModelKey:
    """Give the chosen model."""
    chosen = st.session_state.get(MODEL_KEY)
    return run.model_key(chosen if chosen in models() else zoo.DEFAULT)


def _start(places: Sequence[str] | Walk) -> None:
    here, desk = visit(), _desk()
    current = desk.jobs.get(here.path)
    if current is not None and not current.look().over:
        if isinstance(places, Walk):  # Which holds all uploads so far.
            here.later = [one for one in here.later if not isinstance(one, Walk)]
        if places not in here.later:
            here.later.append(places)
        return
    here.last = places
    few = isinstance(places, Walk) and len(places.found) <= _FEW
    here.job = desk.jobs[here.path] = Job(
        places,
        path=here.path,
        model=model(),
        workers=1 if public() or few else None,
        turn=desk.turn,
    ).start()


def _stamp(path: Path) -> tuple[tuple[int, int], ...]:
    """Say what changes when the catalogue does."""
    found = []
    for file in (path, path.with_name(path.name + "-wal")):
        try:
            status = file.stat()
        except OSError:
            continue
        found.append((status.st_mtime_ns, status.st_size))
    return tuple(found)


@st.cache_resource(show_spinner=False, scope="session", max_entries=2)
def _rows(
    path: str, stamp: tuple[tuple[int, int], ...], fingerprint: str, _key: ModelKey
) -> tuple[list[Song], list[Failure], list[str]]:
    if not stamp:
        return [], [], []
    with Store(Path(path), read_only=True) as store:
        files = [
            place
            for place, one in store.known(_key).items()
            if not (one.settled or one.gone or one.problem or is_url(place))
        ]
        return store.songs(_key), store.failures(), files
