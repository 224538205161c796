"""A library as a plane: songs with like blends lie near each other.

Shares sum to 1, so that they are no ordinary coordinates: one cannot grow
without another shrinking. They are therefore taken as logarithms of ratios, each
to the geometric mean of all (centred log-ratio; Aitchison, "The statistical
analysis of compositional data", J. R. Stat. Soc. B 44(2), 1982), and those are
turned to the two directions in which the songs differ most (principal
components).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genre_app.catalogue.rows import Song

__all__ = ["FEWEST", "Map", "log_ratios", "map_of"]

FEWEST: Final = 3
"""Different songs that make a plane."""

_FLOOR: Final = 0.01
"""A share below this counts as this: whether a genre has 0.1 or 0.01 % is no difference
that anybody hears, but would be the largest of all as a logarithm."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Map:
    """Songs on a plane.

    Attributes
    ----------
    points : ndarray of float64 [shape=(songs, 2)]
        Units of log-ratio; 0 is the mean of the songs.
    explained : ndarray of float64 [shape=(2,)]
        Share of the variance along each axis, 0 to 1.
    directions : ndarray of float64 [shape=(genres, 2)]
        How much a genre points along each axis, -1 to 1.
    genres : tuple of str
    """

    points: NDArray[np.float64]
    explained: NDArray[np.float64]
    directions: NDArray[np.float64]
    genres: tuple[str, ...]


def log_ratios(blends: ArrayLike) -> NDArray[np.float64]:
    """Centred log-ratios of blends; shares below 1 % count as 1 %.

    Parameters
    ----------
    blends : array_like of float [shape=(n, genres)]

    Returns
    -------
    ndarray of float64 [shape=(n, genres)]
        Each row sums to 0.
    """
    logs = np.log(np.maximum(np.atleast_2d(np.asarray(blends, np.float64)), _FLOOR))
    return np.asarray(logs - logs.mean(axis=1, keepdims=True))


def map_of(songs: Sequence[Song]) -> Map | None:
    """Lay songs out on a plane.

    Parameters
    ----------
    songs : sequence of Song
        Read by one model.

    Returns
    -------
    Map or None
        ``None`` where there are fewer than three songs, or they do not differ. Of its
        axes, the genre that points most along each points to the positive side: the
        same songs give the same plane.
    """
    if len(songs) < FEWEST:
        return None
    ratios = log_ratios([song.blend for song in songs])
    centred = ratios - ratios.mean(axis=0)
    # Genres x genres rather than songs x genres: the same axes, whatever the number of songs.
    values, vectors = np.linalg.eigh(centred.T @ centred)
    order = np.argsort(-values)[:2]
    total = float(values.clip(min=0).sum())
    if total <= 1e-9:
        return None
    axes = vectors[:, order]
    largest = np.abs(axes).argmax(axis=0)
    axes = axes * np.where(axes[largest, [0, 1]] < 0, -1.0, 1.0)
    return Map(
        points=centred @ axes,
        explained=values[order].clip(min=0) / total,
        directions=axes,
        genres=songs[0].genres,
    )
