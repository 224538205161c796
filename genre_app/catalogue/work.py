"""Read a chunk of songs, in whichever process or machine: what a worker does.

The network reads the windows of several short songs in one call. Where cores are left over,
decoding and log-mels run in a thread of their own, one song at a time, while the network
reads the songs before. With a process for every core the processes overlap instead: a second
thread in each would only wait for the first, which costs a twelfth of the rate.
"""

import contextlib
import functools
import hashlib
import os
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from genre_app import audio, isolated, zoo
from genre_app._source import shown_name
from genre_app.catalogue.rows import UNOPENABLE, Found, Labels, ModelKey, Outcome, Problem
from genre_app.catalogue.tags import labels
from genre_app.catalogue.uploads import PREFIX
from genre_app.catalogue.walk import is_url
from genre_app.errors import AudioTooLong, GenreAppError, ModelError
from genre_app.logmel import LogMel, log_mel
from genre_app.reading import Reading, from_outputs

__all__ = ["Chunk", "Heard", "Reader", "limit_threads", "read_chunk", "read_many"]

_ENOUGH_S: Final = 90.0
"""Seconds of music that are worth a call of the network: three clips, or one song."""

FAILED: Final = "failed"
"""Kind of the problem that is the program's rather than the file's."""


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """A song that is decoded: what a network needs, without the samples.

    Attributes
    ----------
    found : Found
    content : str
        SHA-256 of the bytes.
    name : str
        To be shown.
    labels : Labels
    format : str
    duration_s : float
    mel : LogMel
    notes : tuple of str
    truncated : bool
        As in :class:`genre_app.audio.Recording`.
    """

    found: Found
    content: str
    name: str
    labels: Labels
    format: str
    duration_s: float
    mel: LogMel
    notes: tuple[str, ...]
    truncated: bool


Reader = Callable[[Sequence[Heard], ModelKey], list[Reading | GenreAppError]]
"""What reads several songs at once; for each a reading, or why there is none."""


def read_many(songs: Sequence[Heard], model: ModelKey) -> list[Reading | GenreAppError]:
    """Read several songs with one model, in few calls of its network.

    Parameters
    ----------
    songs : sequence of Heard
        At least one.
    model : ModelKey

    Raises
    ------
    ModelError
        This machine does not have that model, or another one under its name.
    """
    loaded = zoo.load(model.name)
    if zoo.fingerprint(loaded.card) != model.fingerprint:
        raise ModelError(
            f"A worker has another model '{model.name}' than the one that was asked for. "
            "Install the same version everywhere."
        )
    said = loaded.outputs_of([song.mel for song in songs])
    return [
        from_outputs(song.name, song.duration_s, loaded, outputs, song.mel)
        for song, outputs in zip(songs, said, strict=True)
    ]


# With __slots__ it cannot be referenced weakly: joblib's Dask backend would otherwise scatter
# larger arguments to one worker, and lose them with it.
@dataclass(frozen=True, slots=True)
class Chunk:
    """Songs that a worker takes at once.

    Attributes
    ----------
    songs : tuple of Found
    known : frozenset of str
        Contents of the catalogue that have the size of one of the songs: what turns
        out to be one of these is not read again.
    model : ModelKey
    reader : Reader
    ahead : bool
        Whether songs are decoded while those before are read.
    """

    songs: tuple[Found, ...]
    known: frozenset[str]
    model: ModelKey
    reader: Reader
    ahead: bool


def read_chunk(chunk: Chunk) -> list[Outcome]:
    """Read the songs of a chunk; what is wrong with one of them stays with that one.

    Returns
    -------
    list of Outcome
        One a song.

    Raises
    ------
    ModelError
        The model cannot be had here: no song could be read.
    """
    outcomes: list[Outcome] = []
    with contextlib.closing(_ahead(chunk) if chunk.ahead else _in_turn(chunk)) as heard:
        for group in _groups(heard, outcomes):
            outcomes += _read(group, chunk)
    return outcomes


def _in_turn(chunk: Chunk) -> Generator[Heard | Outcome, None, None]:
    for found in chunk.songs:
        yield _hear(found, chunk.known)


def _ahead(chunk: Chunk) -> Generator[Heard | Outcome, None, None]:
    with ThreadPoolExecutor(1, thread_name_prefix="decode") as decoder:
        waiting = [decoder.submit(_hear, found, chunk.known) for found in chunk.songs]
        try:
            for future in waiting:
                yield future.result()
        finally:
            decoder.shutdown(wait=True, cancel_futures=True)


def _groups(songs: Iterable[Heard | Outcome], outcomes: list[Outcome]) -> Iterator[list[Heard]]:
    """Yield the songs in groups that are worth a call of the network; the others are outcomes."""
    group: list[Heard] = []
    for heard in songs:
        if isinstance(heard, Outcome):
            outcomes.append(heard)
            continue
        group.append(heard)
        if sum(song.duration_s for song in group) >= _ENOUGH_S:
            yield group
            group = []
    if group:
        yield group


def _read(group: Sequence[Heard], chunk: Chunk) -> Iterator[Outcome]:
    try:
        said = chunk.reader(group, chunk.model)
    except ModelError:
        raise
    except Exception as error:
        if len(group) > 1:  # One of them is to blame: find out which.
            for song in group:
                yield from _read([song], chunk)
            return
        said = [error if isinstance(error, GenreAppError) else _unexpected(group[0].name, error)]
    for song, result in zip(group, said, strict=True):
        yield Outcome(
            song.found,
            song.content,
            song.labels,
            song.format,
            song.duration_s,
            reading=result if isinstance(result, Reading) else None,
            problem=_problem(result) if isinstance(result, GenreAppError) else None,
            notes=song.notes,
            truncated=song.truncated,
        )


def _hear(found: Found, known: frozenset[str]) -> Heard | Outcome:
    name = shown_name(found.place, None)
    content = None
    try:
        data = _fetch(found, name)
        content = hashlib.sha256(data).hexdigest()
        if content in known:
            return Outcome(found, content)
        # The user's own folders hold thousands of files, and none was made to do harm.
        load = isolated.load if found.place.startswith(PREFIX) else audio.load
        recording = load(data, name=name)
        return Heard(
            found,
            content,
            recording.name,
            labels(data, recording.tags),
            recording.format,
            recording.duration_s,
            log_mel(recording.samples),
            recording.notes,
            recording.truncated,
        )
    except _Unopenable as error:
        return Outcome(found, problem=Problem(UNOPENABLE, str(error)))
    except GenreAppError as error:
        return Outcome(found, content, problem=_problem(error))
    except Exception as error:  # No file stops the others, whatever it does to a decoder.
        return Outcome(found, content, problem=_problem(_unexpected(name, error)))


class _Unopenable(GenreAppError):
    kind = UNOPENABLE


class _Unexpected(GenreAppError):
    kind = FAILED


def _unexpected(name: str, error: Exception) -> GenreAppError:
    return _Unexpected(
        f"{name} could not be read: {type(error).__name__}: {error}. "
        "This is a fault of the program, not of the file."
    )


def _problem(error: GenreAppError) -> Problem:
    return Problem(error.kind, str(error))


def _fetch(found: Found, name: str) -> bytes:
    """Read the bytes of a file, having refused too many before they fill the memory."""
    if found.size > audio.MAX_BYTES:
        raise AudioTooLong(
            f"{name} is larger than {audio.MAX_BYTES / 2**20:,.3g} MB, the most that is read here. "
            "Save it as MP3."
        )
    try:
        if is_url(found.path):
            import fsspec

            with fsspec.open(found.path, "rb") as file:
                data: bytes = file.read(audio.MAX_BYTES + 1)
        else:
            with open(found.path, "rb") as file:
                data = file.read(audio.MAX_BYTES + 1)
    except Exception as error:  # Every storage has errors of its own.
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise _Unopenable(
            f"{name} cannot be opened ({why}). Check the file and its permissions."
        ) from error
    return data


# Threads --------------------------------------------------------------------------------


@functools.cache
def limit_threads(threads: int) -> None:
    """Give this process's TensorFlow its share of the processor; without effect once it runs.

    Parameters
    ----------
    threads : int
        At least 1.
    """
    if "tensorflow" not in sys.modules:
        os.environ["TF_NUM_INTRAOP_THREADS"] = str(threads)
        os.environ["TF_NUM_INTEROP_THREADS"] = "1"
        os.environ["OMP_NUM_THREADS"] = str(threads)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
