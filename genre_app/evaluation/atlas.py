"""The music as a model hears it: every track a point, near where they are alike to it.

Conventions
-----------
- A track's place is the mean of its windows' embeddings (the network's last
  inner layer), projected onto the first principal components.
- Two maps are drawn of these. ``pca``: the first two components, a plain shadow
  of the space, onto which anything can be projected exactly. ``tsne``: t-SNE [1]_
  of all components, which keeps neighbours together and nothing else: distances
  between groups mean nothing there, and what was not in it when it was made can
  only be put between its nearest neighbours.
- Distances and neighbours are those of all kept components, never of a drawn map.

The file is made once, by ``python -m genre_app map NAME``, from the weights that
are shipped (protocol ``artist``).

References
----------
.. [1] van der Maaten, L. & Hinton, G. (2008). Visualizing data using t-SNE.
   Journal of Machine Learning Research 9.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from genre_app import zoo
from genre_app.errors import DAMAGED, ModelError
from genre_app.files import packed, write_whole
from genre_app.gtzan import Subset

__all__ = [
    "FILE",
    "LAYOUTS",
    "NEAREST",
    "Atlas",
    "Layout",
    "build",
    "from_embeddings",
    "load",
    "save",
]

FILE: Final = "map.npz"
"""Beside the model's weights."""

Layout = Literal["tsne", "pca"]
LAYOUTS: Final[tuple[Layout, ...]] = get_args(Layout)

NEAREST: Final = 5
"""Tracks between which a new window is put on the t-SNE map."""

_COMPONENTS: Final = 32
_PERPLEXITY: Final = 30.0


@dataclass(frozen=True, eq=False)
class Atlas:
    """Where every track lies.

    Attributes
    ----------
    tracks : ndarray of str [shape=(n,)]
    coordinates : ndarray of float32 [shape=(n, components)]
    tsne : ndarray of float32 [shape=(n, 2)]
    mean : ndarray of float32 [shape=(embedding,)]
    components : ndarray of float32 [shape=(components, embedding)]
    explained : ndarray of float32 [shape=(components,)]
        Share of the variance that each component has.
    sha256 : str
        Of the weights that heard the tracks.
    """

    tracks: NDArray[np.str_]
    coordinates: NDArray[np.float32]
    tsne: NDArray[np.float32]
    mean: NDArray[np.float32]
    components: NDArray[np.float32]
    explained: NDArray[np.float32]
    sha256: str

    def points(self, layout: Layout) -> NDArray[np.float32]:
        """Give every track's place on a map [shape=(n, 2)]."""
        return self.tsne if layout == "tsne" else self.coordinates[:, :2]

    def project(self, embedding: NDArray[np.floating]) -> NDArray[np.float32]:
        """Give the coordinates of windows [shape=(windows, components)]."""
        return np.asarray((embedding - self.mean) @ self.components.T, dtype=np.float32)

    def place(self, embedding: NDArray[np.floating], layout: Layout) -> NDArray[np.float32]:
        """Put windows that the map was not made of onto it [shape=(windows, 2)].

        Exactly on ``pca``; on ``tsne`` amid the :data:`NEAREST` tracks nearest in
        the space, the nearer the more weight.
        """
        found = self.project(embedding)
        if layout == "pca":
            return found[:, :2]
        apart = np.linalg.norm(found[:, None] - self.coordinates[None], axis=2)
        count = min(NEAREST, len(self.tracks))
        near = np.argsort(apart, axis=1, kind="stable")[:, :count]
        weights = 1.0 / np.maximum(np.take_along_axis(apart, near, axis=1), 1e-9)
        weights /= weights.sum(axis=1, keepdims=True)
        return np.asarray((weights[:, :, None] * self.tsne[near]).sum(axis=1), dtype=np.float32)

    def nearest(self, track: str, among: Collection[str]) -> tuple[str, float] | None:
        """Find the nearest of some tracks to one, by Euclidean distance in the space.

        Returns
        -------
        (str, float) or None
            Its name, and the share of all tracks that lie farther from ``track``;
            ``None`` where the map knows neither.
        """
        (place,) = np.nonzero(self.tracks == track)
        wanted = np.isin(self.tracks, [name for name in among if name != track])
        if not place.size or not wanted.any():
            return None
        apart = np.linalg.norm(self.coordinates - self.coordinates[place[0]], axis=1)
        best = int(np.where(wanted, apart, np.inf).argmin())
        others = np.delete(apart, place[0])
        return str(self.tracks[best]), float((others > apart[best]).mean())


def from_embeddings(
    tracks: Collection[str], embeddings: NDArray[np.floating], *, sha256: str, seed: int = 0
) -> Atlas:
    """Make a map of tracks' mean embeddings [shape=(tracks, embedding)].

    Raises
    ------
    ValueError
        Fewer than three tracks, or as many names as rows there are not.
    """
    if len(tracks) != len(embeddings) or len(tracks) < 3:
        raise ValueError(f"{len(tracks)} names and embeddings {embeddings.shape} make no map")
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    count = min(_COMPONENTS, *embeddings.shape)
    pca = PCA(n_components=count, svd_solver="full", random_state=seed)
    coordinates = pca.fit_transform(embeddings.astype(np.float64))
    # t-SNE wants clearly fewer neighbours than there are points.
    perplexity = min(_PERPLEXITY, (len(tracks) - 1) / 3)
    tsne = TSNE(n_components=2, perplexity=perplexity, init="random", random_state=seed)
    if count >= 2:
        tsne.set_params(init="pca")
    return Atlas(
        tracks=np.array(list(tracks)),
        coordinates=coordinates.astype(np.float32),
        tsne=tsne.fit_transform(coordinates.astype(np.float32)).astype(np.float32),
        mean=pca.mean_.astype(np.float32),
        components=pca.components_.astype(np.float32),
        explained=pca.explained_variance_ratio_.astype(np.float32),
        sha256=sha256,
    )


def build(
    model: zoo.LoadedModel, subset: Subset, *, progress: Callable[[float], None] | None = None
) -> Atlas:
    """Let a model hear every track, and make the map (two minutes on one core)."""
    means = []
    for position in range(len(subset)):
        said = model.outputs(subset.log_mel(position))
        means.append(said.embedding.mean(axis=0))
        if progress is not None:
            progress((position + 1) / len(subset))
    names = [track.name for track in subset.tracks]
    return from_embeddings(names, np.stack(means), sha256=str(model.card["sha256"]))


def save(found: Atlas, path: Path) -> None:
    """Write a map, all of it or nothing; the same map gives the same bytes."""
    arrays = {one.name: np.asarray(getattr(found, one.name)) for one in fields(found)}
    write_whole(path, packed(arrays))


def load(name: str = zoo.DEFAULT, folder: Path | None = None) -> Atlas:
    """Read the map of a model.

    Raises
    ------
    ModelError
        There is none, it is damaged, or it was made of other weights.
    """
    again = f"Make it with: python -m genre_app map {name}"
    about = zoo.card(name, folder)
    try:
        with np.load(zoo.folder_of(name, folder) / FILE, allow_pickle=False) as found:
            arrays = {one.name: found[one.name] for one in fields(Atlas)}
    except FileNotFoundError:
        raise ModelError(f"There is no map of model '{name}' yet. {again}") from None
    except DAMAGED as error:
        raise ModelError(f"The map of model '{name}' is damaged. {again}") from error
    sha256 = str(arrays.pop("sha256"))
    if sha256 != about.get("sha256"):
        raise ModelError(f"The map of model '{name}' shows what older weights heard. {again}")
    return Atlas(sha256=sha256, **arrays)
