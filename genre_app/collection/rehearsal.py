"""What a model's networks make of the bundled subset, computed once and kept.

A new genre is learnt beside the old ones, so the old music has to be heard again. What
the frozen networks make of it is always the same: a few minutes once, on disk from then
on, keyed by the checksum of the weights.
"""

import hashlib
import io
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app import architectures, gtzan, zoo
from genre_app.architectures import Architecture
from genre_app.errors import DAMAGED, ModelError
from genre_app.familiarity import HOP_S, WINDOW_S
from genre_app.files import packed, write_whole
from genre_app.gtzan import Subset, Track
from genre_app.logmel import LogMel
from genre_app.recipes import ANYWHERE, Recipe
from genre_app.threads import one_thread
from genre_app.training.crossfit import divide, members_of
from genre_app.training.examples import for_training
from genre_app.views import cut_windows, statistics, structure

__all__ = ["Heard", "Rehearsal", "embed", "hear", "is_kept", "numbers_of", "rehearse"]

_log = logging.getLogger(__name__)

_FORMAT: Final = 2
_VERSIONS: Final = Recipe(versions=1, seed=11, lengths_s=(9.0, 20.0), augmentation=ANYWHERE)
_AT_ONCE: Final = 64


@dataclass(frozen=True, eq=False)
class Heard:
    """Windows as the networks' embeddings hold them.

    Attributes
    ----------
    embedding : ndarray of float [shape=(n, members, any)]
    tracks : ndarray of int [shape=(n,)]
        Position of each window's track.
    """

    embedding: NDArray[np.floating]
    tracks: NDArray[np.intp]

    def of(self, positions: NDArray[np.intp]) -> "Heard":
        """Give only the windows of some tracks."""
        wanted = np.isin(self.tracks, positions)
        return Heard(self.embedding[wanted], self.tracks[wanted])


@dataclass(frozen=True, eq=False)
class Rehearsal:
    """The bundled subset as one model hears it.

    Attributes
    ----------
    learnt : ndarray of int [shape=(tracks,)]
        Positions of the tracks that the model has learnt from.
    left_out_of : ndarray of int [shape=(tracks,)]
        The member that has not heard each of them; all -1 for a single network.
    served : Heard
        All tracks of the protocol ``artist``, cut as a recording is.
    versions : Heard
        Of ``learnt``: filtered, noisy, compressed, as real files are.
    numbers : ndarray of float [shape=(n, 448)]
        Statistics of the windows of validation and test, for the familiarity.
    numbers_of : ndarray of int [shape=(n,)]
        Position of each one's track.
    structures : ndarray of float [shape=(n,)]
    """

    learnt: NDArray[np.intp]
    left_out_of: NDArray[np.intp]
    served: Heard
    versions: Heard
    numbers: NDArray[np.floating]
    numbers_of: NDArray[np.intp]
    structures: NDArray[np.floating]


def embed(network: Any, view: NDArray[np.float32]) -> NDArray[np.float32]:  # noqa: ANN401
    """Give the embedding of each member [shape=(n, members, any)]."""
    rows = [
        np.stack(
            [
                np.asarray(member(view[start : start + _AT_ONCE], training=False)["embedding"])
                for member in members_of(network)
            ],
            axis=1,
        )
        for start in range(0, len(view), _AT_ONCE)
    ]
    return np.concatenate(rows)


def hear(
    network: Any,  # noqa: ANN401  # keras.Model
    architecture: Architecture,
    subset: Subset,
    positions: NDArray[np.intp],
    *,
    progress: Callable[[float], None] | None = None,
) -> Heard:
    """Cut tracks as recordings are cut, and give the networks' embeddings."""
    parts, tracks = [], []
    for done, position in enumerate(positions.tolist()):
        mel = subset.log_mel(position)
        windows = cut_windows(mel, seconds=architecture.window_s, hop_s=architecture.hop_s)
        with one_thread():
            view = architecture.view(windows.values)
        parts.append(embed(network, view))
        tracks.append(np.full(len(windows), position, dtype=np.intp))
        if progress is not None:
            progress((done + 1) / len(positions))
    return Heard(np.concatenate(parts), np.concatenate(tracks))


def numbers_of(mel: LogMel) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Give what the familiarity looks at: statistics and structure of each window."""
    windows = cut_windows(mel, seconds=WINDOW_S, hop_s=HOP_S).values
    with one_thread():
        return statistics(windows), structure(windows)


def is_kept(card: dict[str, Any], folder: Path) -> bool:
    """Say whether the rehearsal of a model, by its card, is on disk and takes no time."""
    return _path(card, gtzan.load_tracks(), folder).is_file()


def rehearse(
    model: zoo.LoadedModel,
    subset: Subset,
    folder: Path,
    *,
    progress: Callable[[float], None] | None = None,
) -> Rehearsal:
    """Give a model's rehearsal: from disk, or computed and, where that can be, kept there.

    Parameters
    ----------
    folder : Path
        For what can be computed again.
    progress : callable, optional
        Told the share that is done; what it raises stops it.

    Raises
    ------
    ModelError
        The model is of a kind to which no genre can be added.
    """
    kind = architectures.get(model.card["architecture"])
    if kind.trees or kind.multi_label:
        raise ModelError(
            "A genre cannot be added to this model, because it has no last layer of the usual "
            "kind. Add it to Genre Blend or to the statistics network, or train from scratch."
        )
    path = _path(model.card, subset.tracks, folder)
    try:
        return _read(path)
    except DAMAGED:
        pass  # Not there, or damaged: it is only a cache.
    made = _rehearse(model, subset, kind, progress or (lambda share: None))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, _written(made))
    except OSError as error:
        # Minutes of work, and good without it.
        _log.warning("What %s makes of the bundled tracks is not kept: %s", model.name, error)
    return made


def _rehearse(
    model: zoo.LoadedModel, subset: Subset, kind: Architecture, tell: Callable[[float], None]
) -> Rehearsal:
    folds = int(model.card["recipe"].get("folds", 0))
    parts = {part: subset.part("artist", part) for part in ("train", "valid", "test")}
    learnt = np.sort(np.concatenate([parts["train"], parts["valid"]])) if folds else parts["train"]
    left_out = divide(subset, learnt, folds) if folds else np.full(len(learnt), -1, dtype=np.intp)
    everything = np.concatenate(list(parts.values()))
    served = hear(
        model.network, kind, subset, everything, progress=lambda share: tell(0.75 * share)
    )
    recipe = replace(_VERSIONS, lengths_s=_VERSIONS.lengths_s if _any_length(model) else None)
    heard_as = for_training(
        subset, learnt, kind, recipe, progress=lambda share: tell(0.75 + 0.15 * share)
    )
    versions = Heard(embed(model.network, heard_as.view), heard_as.tracks)
    numbers, owners, structures = [], [], []
    checked = np.concatenate([parts["valid"], parts["test"]])
    for done, position in enumerate(checked.tolist()):
        found, shape = numbers_of(subset.log_mel(position))
        numbers.append(found)
        structures.append(shape)
        owners.append(np.full(len(found), position, dtype=np.intp))
        tell(0.9 + 0.1 * (done + 1) / len(checked))
    return Rehearsal(
        learnt,
        left_out,
        _halved(served),
        _halved(versions),
        np.concatenate(numbers),
        np.concatenate(owners),
        np.concatenate(structures),
    )


def _any_length(model: zoo.LoadedModel) -> bool:
    """Whether its recipe cut windows of several lengths, as networks on statistics allow."""
    return model.card["recipe"].get("lengths_s") is not None


def _halved(heard: Heard) -> Heard:
    return Heard(heard.embedding.astype(np.float16), heard.tracks)


def _path(card: dict[str, Any], tracks: Sequence[Track], folder: Path) -> Path:
    data = (gtzan.DATA / "manifest.json").read_text(encoding="utf-8")
    names = sorted(track.name for track in tracks)
    key = hashlib.sha256(f"{_FORMAT} {card['sha256']} {names} {data}".encode()).hexdigest()
    return folder / f"rehearsal-{key[:16]}.npz"


def _written(one: Rehearsal) -> bytes:
    return packed(
        {
            "learnt": one.learnt,
            "left_out_of": one.left_out_of,
            "served": one.served.embedding,
            "served_of": one.served.tracks,
            "versions": one.versions.embedding,
            "versions_of": one.versions.tracks,
            "numbers": one.numbers.astype(np.float32),
            "numbers_of": one.numbers_of,
            "structures": one.structures,
        }
    )


def _read(path: Path) -> Rehearsal:
    with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as found:
        return Rehearsal(
            found["learnt"],
            found["left_out_of"],
            Heard(found["served"], found["served_of"]),
            Heard(found["versions"], found["versions_of"]),
            found["numbers"],
            found["numbers_of"],
            found["structures"],
        )
