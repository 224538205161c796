"""Figures of a classifier, each with what is needed to judge it.

Conventions
-----------
Probabilities have the shape (tracks, genres), labels are positions in
``GENRES``. Accuracies are shares from 0 to 1. Intervals are 95 %.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Figures", "figures", "wilson"]

ECE_BINS: Final = 15


@dataclass(frozen=True)
class Figures:
    """What was measured on one set of tracks.

    Attributes
    ----------
    tracks : int
    accuracy, low, high : float
        With Wilson's interval.
    balanced_accuracy : float
        Mean recall over the genres that occur.
    ece : float
        Expected calibration error of the top genre, 15 equal bins [1]_.
    brier, nll : float
        Summed over genres; natural logarithm.

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


def figures(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> Figures:
    """Measure probabilities against labels.

    Raises
    ------
    ValueError
        Shapes do not fit, there is no track, or rows do not sum to 1.
    """
    if probabilities.ndim != 2 or len(probabilities) != len(labels) or not len(labels):
        raise ValueError(f"shapes do not fit: {probabilities.shape} and {labels.shape}")
    if not np.allclose(probabilities.sum(axis=1), 1.0, atol=1e-4):
        raise ValueError("each row of probabilities must sum to 1")
    rows = np.arange(len(labels))
    right = probabilities.argmax(axis=1) == labels
    recalls = [right[labels == genre].mean() for genre in np.unique(labels)]
    low, high = wilson(int(right.sum()), len(right))
    truth = np.eye(probabilities.shape[1])[labels]
    return Figures(
        tracks=len(labels),
        accuracy=float(right.mean()),
        low=low,
        high=high,
        balanced_accuracy=float(np.mean(recalls)),
        ece=_ece(probabilities.max(axis=1), right),
        brier=float(np.square(probabilities - truth).sum(axis=1).mean()),
        nll=float(-np.log(probabilities[rows, labels] + 1e-12).mean()),
    )


def wilson(successes: int, trials: int, *, z: float = 1.959964) -> tuple[float, float]:
    """Give Wilson's score interval of a share.

    References
    ----------
    .. [1] Wilson, E. B. (1927). Probable inference, the law of succession, and
       statistical inference. JASA 22.
    """
    share = successes / trials
    centre = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = (
        z
        / (1 + z * z / trials)
        * np.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    )
    return float(max(0.0, centre - half)), float(min(1.0, centre + half))


def _ece(confidence: NDArray[np.floating], right: NDArray[np.bool_]) -> float:
    bins = np.minimum((confidence * ECE_BINS).astype(int), ECE_BINS - 1)
    error = 0.0
    for number in np.unique(bins):
        inside = bins == number
        error += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return float(error)
