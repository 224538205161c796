"""Each genre by itself: confusions, precision and recall, ROC curves, and an order of genres.

Conventions
-----------
Confusion counts have the labels as rows and the answers as columns. Intervals
are 95 %.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre_app.evaluation.intervals import DRAWS, Estimate, plain, share
from genre_app.evaluation.metrics import area, checked
from genre_app.genres import GENRES

__all__ = ["GenreFigures", "Roc", "confusion", "per_genre", "roc_curves", "seriation"]


@dataclass(frozen=True)
class GenreFigures:
    """How one genre fares.

    Attributes
    ----------
    genre : str
    support : int
        Tracks whose label it is.
    answers : int
        Tracks that the model calls it.
    right : int
        Tracks that are both.
    precision, recall : Estimate
        With Wilson's interval; NaN where there is no answer or no track. It counts tracks
        as if each were by another artist, and is too narrow where few artists have many:
        of three artists a bootstrap could draw next to nothing that differs.
    f1 : Estimate
        Their harmonic mean, with the percentile interval of a bootstrap over
        tracks; NaN where the genre neither occurs nor is answered. Where the
        model makes no mistake, or nothing but mistakes, that interval has no
        width: those of precision and recall tell more.
    auc : float or None
        Area under the ROC curve against all other genres.
    artists : int or None
        Whose its tracks are; ``None``: nobody said.
    """

    genre: str
    support: int
    answers: int
    right: int
    precision: Estimate
    recall: Estimate
    f1: Estimate
    auc: float | None
    artists: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Give it ready for JSON."""
        return dict(plain(self))


@dataclass(frozen=True, eq=False)
class Roc:
    """The ROC curve of one genre against all others.

    Attributes
    ----------
    genre : str
    false_positive, true_positive : ndarray of float64 [shape=(n,)]
        Shares, both from 0 to 1: of other genres' tracks that are called it, and
        of its own, from the strictest threshold to none.
    thresholds : ndarray of float64 [shape=(n,)]
        Probability from which on a track is called the genre; the first is
        infinite.
    auc : float
    """

    genre: str
    false_positive: NDArray[np.float64]
    true_positive: NDArray[np.float64]
    thresholds: NDArray[np.float64]
    auc: float

    def as_dict(self) -> dict[str, Any]:
        """Give it ready for JSON; the infinite threshold is ``None``."""
        return dict(plain(self))


def confusion(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> NDArray[np.intp]:
    """Count what each genre is called [shape=(genres, genres)]: row label, column answer.

    Raises
    ------
    ValueError
        As :func:`genre_app.evaluation.metrics.checked`.
    """
    probabilities, labels = checked(probabilities, labels)
    genres = probabilities.shape[1]
    counts = np.zeros((genres, genres), dtype=np.intp)
    np.add.at(counts, (labels, probabilities.argmax(axis=1)), 1)
    return counts


def per_genre(
    probabilities: NDArray[np.floating],
    labels: NDArray[np.integer],
    genres: Sequence[str] = GENRES,
    groups: Sequence[str] | None = None,
    *,
    seed: int = 0,
) -> tuple[GenreFigures, ...]:
    """Measure every genre by itself, in the order of ``genres``.

    Parameters
    ----------
    groups : sequence of str, optional
        Whose each track is: how many artists a genre has is counted.

    Raises
    ------
    ValueError
        As :func:`genre_app.evaluation.metrics.checked`.
    """
    counts = confusion(probabilities, labels)
    f1 = _f1_estimates(counts, seed=seed)
    found = []
    for place, genre in enumerate(genres):
        support, answers = int(counts[place].sum()), int(counts[:, place].sum())
        right = int(counts[place, place])
        found.append(
            GenreFigures(
                genre=genre,
                support=support,
                answers=answers,
                right=right,
                precision=share(right, answers),
                recall=share(right, support),
                f1=f1[place],
                auc=area(probabilities[:, place], labels == place),
                artists=None if groups is None else _artists(groups, labels == place),
            )
        )
    return tuple(found)


def _artists(groups: Sequence[str], of: NDArray[np.bool_]) -> int:
    return len({group for group, mine in zip(groups, of.tolist(), strict=True) if mine})


def _f1_estimates(counts: NDArray[np.intp], *, seed: int) -> list[Estimate]:
    total = int(counts.sum())
    # To draw tracks with replacement is to draw the counts of this matrix's cells.
    drawn = np.random.default_rng(seed).multinomial(total, counts.ravel() / total, size=DRAWS)
    draws = _f1(drawn.reshape(DRAWS, *counts.shape))
    values = _f1(counts[None])[0]
    estimates = []
    for genre, value in enumerate(values.tolist()):
        known = draws[:, genre][~np.isnan(draws[:, genre])]
        low, high = np.quantile(known, [0.025, 0.975]) if known.size else (np.nan, np.nan)
        estimates.append(Estimate(value, float(low), float(high)))
    return estimates


def _f1(counts: NDArray[np.integer]) -> NDArray[np.float64]:
    """Give F1 of each genre [shape=(n, genres)] of confusions [shape=(n, genres, genres)]."""
    right = np.diagonal(counts, axis1=1, axis2=2)
    both = counts.sum(axis=1) + counts.sum(axis=2)
    return np.asarray(2.0 * right / np.where(both > 0, both, np.nan))


def roc_curves(
    probabilities: NDArray[np.floating],
    labels: NDArray[np.integer],
    genres: Sequence[str] = GENRES,
) -> tuple[Roc, ...]:
    """Draw the ROC curve of each genre that occurs and is not all.

    Raises
    ------
    ValueError
        As :func:`genre_app.evaluation.metrics.checked`.
    """
    from sklearn.metrics import roc_curve

    probabilities, labels = checked(probabilities, labels)
    curves = []
    for place, genre in enumerate(genres):
        under = area(probabilities[:, place], labels == place)
        if under is None:
            continue
        false, true, thresholds = roc_curve(labels == place, probabilities[:, place])
        curves.append(Roc(genre, false, true, thresholds, under))
    return tuple(curves)


def seriation(counts: NDArray[np.integer]) -> NDArray[np.intp]:
    """Order the genres so that those that are taken for each other stand side by side.

    Hierarchical clustering (average linkage) of the symmetrised shares of
    confusions, its leaves in the order that keeps neighbours as alike as the
    tree allows [1]_.

    Parameters
    ----------
    counts : ndarray of int [shape=(genres, genres)]

    Returns
    -------
    ndarray of int [shape=(genres,)]
        A permutation: rows and columns in the order to draw them. Of the two
        directions the one that begins with the smaller number.

    References
    ----------
    .. [1] Bar-Joseph, Z., Gifford, D. K. & Jaakkola, T. S. (2001). Fast optimal
       leaf ordering for hierarchical clustering. Bioinformatics 17.
    """
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise ValueError(f"confusions are square, got shape {counts.shape}")
    if len(counts) < 3:
        return np.arange(len(counts))
    from genre_app._scipy_more import distance, hierarchy

    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    alike = (shares + shares.T) / 2
    np.fill_diagonal(alike, 0.0)
    apart = alike.max() - alike
    np.fill_diagonal(apart, 0.0)
    tree = hierarchy.linkage(
        distance.squareform(apart, checks=False), method="average", optimal_ordering=True
    )
    order = np.asarray(hierarchy.leaves_list(tree), dtype=np.intp)
    return order if order[0] < order[-1] else order[::-1].copy()
