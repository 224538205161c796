"""Figures of a classifier over all genres, and whether its probabilities can be believed.

Conventions
-----------
Probabilities have the shape (tracks, genres), labels are positions in the
genres. Accuracies are shares from 0 to 1. Intervals are 95 %.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app.evaluation.intervals import DRAWS, Estimate, plain, share_by_group, wilson

__all__ = [
    "BINS",
    "ConfidenceHistogram",
    "Figures",
    "Reliability",
    "area",
    "checked",
    "confidence_histogram",
    "figures",
    "reliability",
    "truthful_ece",
    "wilson",
]

BINS: Final = 15
"""Bins of the reliability diagram and of the calibration error, as in Guo et al. (2017)."""


@dataclass(frozen=True)
class Figures:
    """What was measured on one set of tracks.

    Attributes
    ----------
    tracks : int
    accuracy, low, high : float
        With its interval: of a bootstrap over artists where they are known, else Wilson's,
        as if each track were by another artist.
    balanced_accuracy : float
        Mean recall over the genres that occur.
    ece : float
        Expected calibration error of the top genre, 15 equal bins [1]_.
    brier, nll : float
        Summed over genres; natural logarithm.
    auc : float or None
        Mean area under the ROC curves of each genre against the rest, over the
        genres that occur and are not all; ``None`` where there is none.
    artists : int or None
        That the interval was drawn from, a track that nobody has identified as one of its
        own; ``None``: nobody said whose the tracks are.
    truthful_ece : Estimate or None
        What ``ece`` would be by chance: :func:`truthful_ece`.

    References
    ----------
    .. [1] Guo, C. et al. (2017). On calibration of modern neural networks. ICML.
    """

    tracks: int
    accuracy: float
    low: float
    high: float
    balanced_accuracy: float
    ece: float
    brier: float
    nll: float
    auc: float | None = None
    artists: int | None = None
    truthful_ece: Estimate | None = None


@dataclass(frozen=True, eq=False)
class Reliability:
    """How often a model is right where it is so and so sure.

    Attributes
    ----------
    edges : ndarray of float64 [shape=(bins + 1,)]
        Of the top genre's probability.
    counts : ndarray of int [shape=(bins,)]
    confidence, accuracy : ndarray of float64 [shape=(bins,)]
        Mean top probability and share of right answers; NaN in empty bins.
    low, high : ndarray of float64 [shape=(bins,)]
        Wilson's interval of the accuracy.
    ece : float
        Expected calibration error: mean distance of the two, weighted by count.
    truthful : Estimate
        What ``ece`` would be by chance: :func:`truthful_ece`.
    """

    edges: NDArray[np.float64]
    counts: NDArray[np.intp]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    ece: float
    truthful: Estimate

    def as_dict(self) -> dict[str, Any]:
        """Give it ready for JSON; empty bins have ``None``."""
        return dict(plain(self))


@dataclass(frozen=True, eq=False)
class ConfidenceHistogram:
    """How sure the model is, where it is right and where it is wrong.

    Attributes
    ----------
    edges : ndarray of float64 [shape=(bins + 1,)]
        Of the top genre's probability.
    right, wrong : ndarray of int [shape=(bins,)]
        Tracks.
    """

    edges: NDArray[np.float64]
    right: NDArray[np.intp]
    wrong: NDArray[np.intp]

    def as_dict(self) -> dict[str, Any]:
        """Give it ready for JSON."""
        return dict(plain(self))


def checked(
    probabilities: NDArray[np.floating], labels: NDArray[np.integer]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Refuse probabilities and labels that cannot belong together.

    Raises
    ------
    ValueError
        Shapes do not fit, there is no track, rows do not sum to 1, or a label is
        none of the genres.
    """
    if (
        probabilities.ndim != 2
        or labels.ndim != 1
        or len(probabilities) != len(labels)
        or not labels.size
    ):
        raise ValueError(f"shapes do not fit: {probabilities.shape} and {labels.shape}")
    if not np.allclose(probabilities.sum(axis=1), 1.0, atol=1e-4):
        raise ValueError("each row of probabilities must sum to 1")
    if labels.min() < 0 or labels.max() >= probabilities.shape[1]:
        raise ValueError(f"labels must be 0 to {probabilities.shape[1] - 1}")
    return probabilities.astype(np.float64), labels.astype(np.intp)


def figures(
    probabilities: NDArray[np.floating],
    labels: NDArray[np.integer],
    groups: Sequence[str] | None = None,
) -> Figures:
    """Measure probabilities against labels.

    Parameters
    ----------
    groups : sequence of str, optional
        Whose each track is. What one artist's tracks have in common makes them right or
        wrong together: counted singly, they would promise too narrow an interval.

    Raises
    ------
    ValueError
        As :func:`checked`, or there is not a group a track.
    """
    probabilities, labels = checked(probabilities, labels)
    rows = np.arange(len(labels))
    right = probabilities.argmax(axis=1) == labels
    recalls = [right[labels == genre].mean() for genre in np.unique(labels)]
    areas = [area(probabilities[:, genre], labels == genre) for genre in np.unique(labels)]
    known = [one for one in areas if one is not None]
    found = share_by_group(right, groups)
    truth = np.eye(probabilities.shape[1])[labels]
    level = reliability(probabilities, labels)
    return Figures(
        tracks=len(labels),
        accuracy=found.value,
        low=found.low,
        high=found.high,
        balanced_accuracy=float(np.mean(recalls)),
        ece=level.ece,
        brier=float(np.square(probabilities - truth).sum(axis=1).mean()),
        nll=float(-np.log(probabilities[rows, labels] + 1e-12).mean()),
        auc=float(np.mean(known)) if known else None,
        artists=None if groups is None else len(set(groups)),
        truthful_ece=level.truthful,
    )


def area(scores: NDArray[np.floating], positive: NDArray[np.bool_]) -> float | None:
    """Give the area under the ROC curve; ``None`` unless there are both kinds."""
    if positive.all() or not positive.any():
        return None
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(positive, scores))


def reliability(
    probabilities: NDArray[np.floating], labels: NDArray[np.integer], *, bins: int = BINS
) -> Reliability:
    """Compare confidence with accuracy in equal bins of the top probability.

    Raises
    ------
    ValueError
        As :func:`checked`.
    """
    probabilities, labels = checked(probabilities, labels)
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    place = _bin_of(confidence, bins)
    counts = np.bincount(place, minlength=bins)
    hits = np.bincount(place, weights=right, minlength=bins)
    sums = np.bincount(place, weights=confidence, minlength=bins)
    filled = np.where(counts > 0, counts, np.nan)
    intervals = np.array([wilson(int(h), int(n)) for h, n in zip(hits, counts, strict=True)])
    return Reliability(
        edges=np.linspace(0.0, 1.0, bins + 1),
        counts=counts,
        confidence=sums / filled,
        accuracy=hits / filled,
        low=intervals[:, 0],
        high=intervals[:, 1],
        ece=float(np.abs(hits - sums).sum() / len(labels)),
        truthful=truthful_ece(confidence, bins=bins),
    )


def truthful_ece(
    confidence: NDArray[np.floating], *, bins: int = BINS, draws: int = DRAWS, seed: int = 0
) -> Estimate:
    """Give the calibration error that bars show which are right just as often as they say.

    It is not 0: of the few tracks in a bin more or fewer are right by chance, and the
    error adds up distances [1]_. Tracks are drawn one by one; tracks by one artist
    are right or wrong together, so chance makes more of it than this.

    Parameters
    ----------
    confidence : ndarray [shape=(tracks,)]
        Top probabilities.

    Returns
    -------
    Estimate
        Median, and the ends between which 95 % of the draws lie.

    References
    ----------
    .. [1] Bröcker, J. & Smith, L. A. (2007). Increasing the reliability of reliability
       diagrams. Weather and Forecasting 22 (consistency resampling).
    """
    said = np.asarray(confidence, dtype=np.float64)
    place = _bin_of(said, bins)
    chance = np.random.default_rng(seed)
    off = np.zeros(draws)
    for one in np.unique(place):
        inside = said[place == one]
        hits = (chance.random((draws, len(inside))) < inside).sum(axis=1)
        off += np.abs(hits - inside.sum())
    low, middle, high = np.quantile(off / len(said), [0.025, 0.5, 0.975])
    return Estimate(float(middle), float(low), float(high))


def confidence_histogram(
    probabilities: NDArray[np.floating], labels: NDArray[np.integer], *, bins: int = 20
) -> ConfidenceHistogram:
    """Count right and wrong answers in equal bins of the top probability.

    Raises
    ------
    ValueError
        As :func:`checked`.
    """
    probabilities, labels = checked(probabilities, labels)
    right = probabilities.argmax(axis=1) == labels
    place = _bin_of(probabilities.max(axis=1), bins)
    return ConfidenceHistogram(
        edges=np.linspace(0.0, 1.0, bins + 1),
        right=np.bincount(place[right], minlength=bins),
        wrong=np.bincount(place[~right], minlength=bins),
    )


def _bin_of(confidence: NDArray[np.float64], bins: int) -> NDArray[np.intp]:
    return np.clip((confidence * bins).astype(np.intp), 0, bins - 1)
