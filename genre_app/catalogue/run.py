"""A run: walk, plan, spread the work, save what comes back.

Only this process writes the catalogue, a transaction for each chunk that comes
back. Whatever ends a run, what was saved stays, and the next run goes on there:
lost are at most the chunks that were being worked on.
"""

import contextlib
import os
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from genre_app import zoo
from genre_app.catalogue import lock
from genre_app.catalogue.parallel import Crew, WorkerDied, crew
from genre_app.catalogue.rows import (
    CRASHED,
    UNOPENABLE,
    CatalogueError,
    Failure,
    Found,
    ModelKey,
    Outcome,
    Problem,
)
from genre_app.catalogue.store import Known, Store
from genre_app.catalogue.walk import Walk, is_url, walk
from genre_app.catalogue.work import Chunk, Reader, read_chunk, read_many
from genre_app.errors import ModelError
from genre_app.places import cache

__all__ = ["Report", "catalogue", "default_path", "default_workers", "model_key"]

CHUNK_SONGS: Final = 16
CHUNK_BYTES: Final = 32 * 2**20
"""Most that a worker takes at once, and so most that it can lose."""

_MOST_KNOWN: Final = 4096
"""Contents that travel with a chunk. Beyond, as with WAV files that are all of one length,
copies are read again rather than recognised."""

_CRASHES: Final = 3
"""Songs in a row that end their process, without one that is read, before a run gives up."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a run did.

    Attributes
    ----------
    model : ModelKey
    places : frozenset of str
        What was found.
    read, known : int
        Songs that were read now; songs of which nothing had to be read, copies included.
    failures : tuple of Failure
        What could not be read, now or before.
    seconds : float
    """

    model: ModelKey
    places: frozenset[str]
    read: int
    known: int
    failures: tuple[Failure, ...]
    seconds: float


def catalogue(
    places: Sequence[str] | Walk,
    *,
    path: Path,
    model: ModelKey,
    workers: int | None = None,
    scheduler: str | None = None,
    reader: Reader = read_many,
    tell: Callable[[int, int, int], None] | None = None,
    most: int = CHUNK_SONGS,
) -> Report:
    """Read the songs of some folders that the catalogue does not have yet.

    Parameters
    ----------
    places : sequence of str, or Walk
        Folders, files or URLs; or what was found already.
    path : Path
        The catalogue; created where it does not exist.
    model : ModelKey
        See :func:`model_key`.
    workers : int, optional
        Processes; 1: this one alone. By default one a core.
    scheduler : str, optional
        Address of a Dask scheduler whose workers see the same places.
    reader : callable
        What reads decoded songs.
    tell : callable, optional
        Told at the start and after each chunk how many songs are done, of how many, and how
        many failed. What it raises ends the run; what is saved stays.
    most : int
        Songs in a chunk: fewer are told of more often, more are read a little faster.

    Raises
    ------
    CatalogueError
        A place does not exist, another run is writing, or the workers keep dying.
    ModelError
        The model cannot be had.
    KeyboardInterrupt
        What is saved stays.
    """
    began = time.monotonic()
    met = places if isinstance(places, Walk) else walk(places)
    _make_folder(path)
    with lock.held(path), Store(path) as store:
        known = store.known(model)
        _note_gone(met, known, store)
        todo = _to_do(met.found, known)
        read = 0
        if todo:
            processes = workers or default_workers(len(todo))
            threads = max(1, (os.cpu_count() or 1) // processes)
            with (
                crew(workers=processes, threads=threads, scheduler=scheduler) as hands,
                warnings.catch_warnings(),
            ):
                # loky warns when it replaces a worker whose memory has grown: its own affair.
                warnings.filterwarnings("ignore", message="A worker stopped")
                work = _Work(todo, store, model, reader, hands, tell, most)
                work.all()
                read = work.read
        failures = (*met.failures, *store.failures(met.found.keys()))
    failed = sum(one.place in met.found for one in failures)
    return Report(
        model=model,
        places=frozenset(met.found),
        read=read,
        known=len(met.found) - read - failed,
        failures=failures,
        seconds=time.monotonic() - began,
    )


def model_key(name: str = zoo.DEFAULT) -> ModelKey:
    """Say under which key a model's readings are kept.

    Raises
    ------
    ModelError
        There is no such model, or it has no weights and cannot read.
    """
    card = zoo.card(name)
    if not zoo.has_weights(name):
        raise ModelError(f"The model '{name}' comes without weights: choose another.")
    return ModelKey(name, zoo.fingerprint(card), tuple(card["genres"]))


def default_path() -> Path:
    """Where the catalogue is unless told otherwise: with what can be computed again.

    One for all music: folders may be read-only or elsewhere, and a song that lies in
    two of them is read once.
    """
    return cache() / "catalogue.sqlite"


def default_workers(songs: int) -> int:
    """Give the number of processes for so many songs: the cores, or less for a handful.

    At least two where there are two cores, so that no file can end the process that
    coordinates.
    """
    cores = os.cpu_count() or 1
    return min(cores, max(2, songs))


# Planning -------------------------------------------------------------------------------


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CatalogueError(
            f"The folder {path.parent} cannot be made ({error.strerror}). "
            "Choose another file with --db."
        ) from error


def _note_gone(met: Walk, known: Mapping[str, Known], store: Store) -> None:
    roots = tuple(met.roots)
    gone = [
        place
        for place, one in known.items()
        if not one.gone and place not in met.found and place.startswith(roots)
    ]
    back = [place for place in met.found if place in known and known[place].gone]
    if gone:
        store.mark_gone(gone)
    if back:
        store.mark_gone(back, gone=False)


def _to_do(found: Mapping[str, Found], known: Mapping[str, Known]) -> dict[str, Found]:
    """Choose what must be read; songs of a size that comes twice stand at the end.

    They may be copies: by then the first of them is in the catalogue.
    """
    first: dict[str, Found] = {}
    later: dict[str, Found] = {}
    sizes: set[int] = set()
    for place, one in found.items():
        before = known.get(place)
        if before is not None and before.same(one) and (before.settled or _closed(one, before)):
            continue
        (later if one.size in sizes else first)[place] = one
        sizes.add(one.size)
    return first | later


def _closed(found: Found, before: Known) -> bool:
    """Say whether a file that could not be opened still cannot, without starting workers."""
    return (
        before.problem is not None
        and before.problem.kind == UNOPENABLE
        and not is_url(found.path)
        and not os.access(found.path, os.R_OK)
    )


# Working --------------------------------------------------------------------------------


class _Work:
    """The songs of one run that are not done yet."""

    def __init__(
        self,
        todo: Mapping[str, Found],
        store: Store,
        model: ModelKey,
        reader: Reader,
        hands: Crew,
        tell: Callable[[int, int, int], None] | None,
        most: int,
    ) -> None:
        self._pending = dict(todo)
        self._total = len(todo)
        self._failed = 0
        self.read = 0
        self._store = store
        self._model = model
        self._reader = reader
        self._hands = hands
        self._tell = tell or (lambda done, total, failed: None)
        self._most = most
        # Read by whichever thread makes the next chunk, changed by this one.
        self._of_size = store.contents_of_size({one.size for one in todo.values()}, model)

    def all(self) -> None:
        """Read them all; the songs on which a process died, one by one."""
        self._tell(0, self._total, 0)
        while self._pending:
            before = len(self._pending)
            taken: dict[str, Found] = {}
            try:
                self._take(self._chunks(list(self._pending.values()), taken))
            except WorkerDied:
                suspects = [one for place, one in taken.items() if place in self._pending]
                self._one_by_one(suspects)
            if len(self._pending) == before:
                raise CatalogueError("The processes that read the songs cannot be started.")

    def _one_by_one(self, suspects: Sequence[Found]) -> None:
        crashes = 0
        for one in suspects:
            try:
                self._take(iter([self._chunk([one])]))
                crashes = 0
            except WorkerDied:
                crashes += 1
                if crashes == _CRASHES:
                    raise CatalogueError(
                        "The processes that read the songs end again and again, probably for lack "
                        "of memory. Try fewer of them: --workers 1. What was read is kept."
                    ) from None
                why = f"{one.place} ended the process that read it: it is damaged, or too large."
                self._save([Outcome(one, problem=Problem(CRASHED, why))])

    def _take(self, chunks: Iterator[Chunk]) -> None:
        with contextlib.closing(self._hands.stream(read_chunk, chunks)) as results:
            for outcomes in results:
                self._save(outcomes)

    def _save(self, outcomes: Sequence[Outcome]) -> None:
        self._store.save(outcomes, self._model)
        for outcome in outcomes:
            self._pending.pop(outcome.found.place, None)
            self._failed += outcome.problem is not None
            self.read += outcome.reading is not None
            if outcome.content is not None and not outcome.known:
                self._of_size.setdefault(outcome.found.size, []).append(outcome.content)
        self._tell(self._total - len(self._pending), self._total, self._failed)

    def _chunks(self, songs: Sequence[Found], taken: dict[str, Found]) -> Iterator[Chunk]:
        group: list[Found] = []
        size = 0
        most = self._share(len(songs))
        for place, one in enumerate(songs):
            if group and (len(group) >= most or size + one.size > CHUNK_BYTES):
                yield self._chunk(group)
                group, size = [], 0
                most = self._share(len(songs) - place)
            taken[one.place] = one
            group.append(one)
            size += one.size
        if group:
            yield self._chunk(group)

    def _share(self, left: int) -> int:
        """Give the songs of the next chunk: fewer towards the end, so that all end together."""
        return max(1, min(self._most, left // (2 * self._hands.size)))

    def _chunk(self, songs: Sequence[Found]) -> Chunk:
        known: set[str] = set()
        for size in {one.size for one in songs}:
            known.update(self._of_size.get(size, ())[:_MOST_KNOWN])
        return Chunk(
            tuple(songs), frozenset(known), self._model, self._reader, ahead=self._hands.ahead
        )
