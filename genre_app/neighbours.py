"""The nearest tracks of the bundled subset, as a model hears them.

Conventions
-----------
A track's place is the mean of the embeddings of its windows, less the mean over the
subset, on the first 128 principal components of the subset. Distance is 1 minus the
cosine: 0 is the same, 1 has nothing in common. Most of these tracks are in the music
that the model has learnt from, so a neighbour shows what a song reminds the model of.

The places are computed once, by ``python -m genre_app neighbours --build``, and lie
beside the weights (:data:`FILE`), with their checksum.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genre_app import zoo
from genre_app.errors import DAMAGED, ModelError
from genre_app.files import packed, write_whole
from genre_app.gtzan import Subset, Track
from genre_app.logmel import LogMel

__all__ = ["FILE", "Atlas", "Neighbour", "build", "load", "nearest"]

FILE: Final = "neighbours.npz"
"""Beside the model's weights."""

_COMPONENTS: Final = 128
_SMALLEST: Final = 1e-12


@dataclass(frozen=True)
class Neighbour:
    """One track of the subset, and how far it is.

    Attributes
    ----------
    position : int
        In the subset.
    track : Track
    distance : float
        0 is the same, 1 has nothing in common.
    """

    position: int
    track: Track
    distance: float


@dataclass(frozen=True, eq=False)
class Atlas:
    """Where a model puts the tracks of the subset.

    Attributes
    ----------
    names : tuple of str
        Tracks, in the order of ``places``.
    mean : ndarray [shape=(d,)]
    axes : ndarray [shape=(d, at most 128)]
        Principal components.
    places : ndarray [shape=(tracks, at most 128)]
    sha256 : str
        Of the weights that were used.
    """

    names: tuple[str, ...]
    mean: NDArray[np.float32]
    axes: NDArray[np.float32]
    places: NDArray[np.float32]
    sha256: str

    def save(self, path: Path) -> None:
        """Write it in half precision, all of it or nothing."""
        arrays = {
            "names": np.array(self.names),
            "mean": self.mean.astype(np.float16),
            "axes": self.axes.astype(np.float16),
            "places": self.places.astype(np.float16),
            "sha256": np.array(self.sha256),
        }
        write_whole(path, packed(arrays))

    def distances(self, embedding: NDArray[np.floating]) -> NDArray[np.float64]:
        """Give the distance of an embedding [shape=(d,)] from every track."""
        place = _unit((embedding - self.mean).astype(np.float64) @ self.axes)
        return np.asarray(1.0 - _unit(self.places.astype(np.float64)) @ place)


def build(
    subset: Subset, model: zoo.LoadedModel, *, progress: Callable[[float], None] | None = None
) -> Atlas:
    """Compute where a model puts each track of a subset.

    Parameters
    ----------
    progress : callable, optional
        Told the share that is done, 0 to 1; what it raises stops the work.
    """
    found = []
    for position in range(len(subset)):
        found.append(_embedding(model, subset.log_mel(position)))
        if progress is not None:
            progress((position + 1) / len(subset))
    embeddings = np.stack(found).astype(np.float64)
    mean = embeddings.mean(axis=0)
    _, _, rows = np.linalg.svd(embeddings - mean, full_matrices=False)
    axes = rows[:_COMPONENTS].T
    return Atlas(
        names=tuple(track.name for track in subset.tracks),
        mean=mean.astype(np.float32),
        axes=axes.astype(np.float32),
        places=((embeddings - mean) @ axes).astype(np.float32),
        sha256=str(model.card["sha256"]),
    )


def load(model: str = zoo.DEFAULT, folder: Path | None = None) -> Atlas:
    """Load where a model puts the tracks.

    Raises
    ------
    ModelError
        That was not computed, or with other weights.
    """
    return _load(zoo.folder_of(model, folder) / FILE, model, str(zoo.card(model, folder)["sha256"]))


def nearest(
    mel: LogMel, model: zoo.LoadedModel, subset: Subset, atlas: Atlas, *, count: int = 5
) -> tuple[Neighbour, ...]:
    """Find the tracks that are nearest to a song or a part of it, the nearest first."""
    tracks = {track.name: (place, track) for place, track in enumerate(subset.tracks)}
    distances = atlas.distances(_embedding(model, mel))
    return tuple(
        Neighbour(*tracks[atlas.names[index]], max(0.0, float(distances[index])))
        for index in np.argsort(distances, kind="stable")[:count].tolist()
    )


@lru_cache(maxsize=4)
def _load(path: Path, model: str, sha256: str) -> Atlas:
    again = f"Compute it with: python -m genre_app neighbours --build --model {model}"
    try:
        with np.load(path, allow_pickle=False) as stored:
            atlas = Atlas(
                names=tuple(str(name) for name in stored["names"]),
                mean=stored["mean"].astype(np.float32),
                axes=stored["axes"].astype(np.float32),
                places=stored["places"].astype(np.float32),
                sha256=str(stored["sha256"]),
            )
    except FileNotFoundError:
        raise ModelError(
            f"Where model '{model}' puts the tracks of the subset is not stored. {again}"
        ) from None
    except DAMAGED as error:
        raise ModelError(f"{path.name} of model '{model}' is damaged: {error}. {again}") from None
    if atlas.sha256 != sha256:
        raise ModelError(f"{path.name} of model '{model}' is of other weights. {again}")
    return atlas


def _embedding(model: zoo.LoadedModel, mel: LogMel) -> NDArray[np.float32]:
    return np.asarray(model.outputs(mel).embedding.mean(axis=0))


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, _SMALLEST))
