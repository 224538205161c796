"""Figures of yes-or-no answers for every genre, where a track may have several.

Conventions
-----------
Scores have the shape (tracks, genres), each between 0 and 1 by itself; rows need
not sum to 1. Truth is a boolean array of that shape, such as
:func:`genre_app.training.examples.truth` of ``multi_label=True`` gives it: the
track's own genre and what listeners call its artist. Micro averages count every
answer alike, macro averages every genre alike; 0/0 counts as 0, as in
scikit-learn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre_app.evaluation.intervals import (
    Estimate,
    bootstrap,
    plain,
    share_by_group,
    with_groups,
)
from genre_app.evaluation.metrics import area

__all__ = ["MultiLabel", "choose_thresholds", "multi_label"]


@dataclass(frozen=True, eq=False)
class MultiLabel:
    """What was measured of yes-or-no answers.

    Attributes
    ----------
    tracks : int
    labels_a_track : float
        Genres that are true of a track, on average.
    subset_accuracy : Estimate
        Share of the tracks with every genre right; its interval of a bootstrap over
        artists where they are known, else Wilson's.
    label_accuracy : Estimate
        Share of single answers that are right: 1 minus the Hamming loss;
        interval of a bootstrap over artists, or else over tracks. A model that always says no has a
        high one too: ``no_accuracy``.
    no_accuracy : float
        What that model would have.
    hamming_loss : float
    loss : float
        Binary cross-entropy, natural logarithm, mean over all answers.
    auc : float or None
        Mean area under the ROC curves of the genres that have both answers.
    micro_precision, micro_recall, micro_f1 : float
    macro_precision, macro_recall, macro_f1 : float
    accuracy_of : ndarray of float64 [shape=(genres,)]
        Share of right answers for each genre.
    thresholds : ndarray of float64 [shape=(genres,)]
        Score from which on the answer is yes.
    artists : int or None
        That the intervals were drawn from; ``None``: nobody said whose the tracks are.
    """

    tracks: int
    labels_a_track: float
    subset_accuracy: Estimate
    label_accuracy: Estimate
    no_accuracy: float
    hamming_loss: float
    loss: float
    auc: float | None
    micro_precision: float
    micro_recall: float
    micro_f1: float
    macro_precision: float
    macro_recall: float
    macro_f1: float
    accuracy_of: NDArray[np.float64]
    thresholds: NDArray[np.float64]
    artists: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Give it ready for JSON."""
        return dict(plain(self))


def choose_thresholds(
    scores: NDArray[np.floating], truth: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Choose for each genre the threshold with the best F1: on validation, never on test.

    Returns
    -------
    ndarray of float64 [shape=(genres,)]
        Half-way between the scores that it parts, of equally good ones the
        strictest; 0.5 for a genre that is true of no track.

    Raises
    ------
    ValueError
        As :func:`multi_label`.
    """
    _check(scores, truth)
    return np.array(
        [
            _best_threshold(column.astype(np.float64), true)
            for column, true in zip(scores.T, truth.T, strict=True)
        ]
    )


def _best_threshold(scores: NDArray[np.float64], true: NDArray[np.bool_]) -> float:
    if not true.any():
        return 0.5
    steps = np.unique(scores)[::-1]
    said = (scores[None, :] >= steps[:, None]).astype(np.int64)
    f1 = 2.0 * (said @ true.astype(np.int64)) / (said.sum(axis=1) + true.sum())
    best = int(f1.argmax())
    below = steps[best + 1] if best + 1 < len(steps) else 0.0
    return float((steps[best] + below) / 2)


def multi_label(
    scores: NDArray[np.floating],
    truth: NDArray[np.bool_],
    *,
    thresholds: NDArray[np.floating] | float = 0.5,
    groups: Sequence[str] | None = None,
) -> MultiLabel:
    """Measure scores against truth.

    Parameters
    ----------
    scores : ndarray of float [shape=(tracks, genres)]
    truth : ndarray of bool [shape=(tracks, genres)]
    thresholds : ndarray [shape=(genres,)] or float
        From :func:`choose_thresholds`, or one for all.
    groups : sequence of str, optional
        Whose each track is.

    Raises
    ------
    ValueError
        Shapes do not fit, there is no track, or a score is not within 0 to 1.
    """
    _check(scores, truth)
    limits = np.broadcast_to(np.asarray(thresholds, dtype=np.float64), scores.shape[1:])
    said = scores >= limits
    right = said == truth
    each = right.mean(axis=1)
    hits = (said & truth).sum(axis=0)
    columns = (hits, said.sum(axis=0), truth.sum(axis=0))
    precision, recall, f1 = _precision_recall_f1(*columns)
    micro = _precision_recall_f1(*(column.sum(keepdims=True) for column in columns))
    areas = [area(column, true) for column, true in zip(scores.T, truth.T, strict=True)]
    known = [one for one in areas if one is not None]
    sure = np.clip(scores.astype(np.float64), 1e-7, 1 - 1e-7)
    return MultiLabel(
        tracks=len(scores),
        labels_a_track=float(truth.sum(axis=1).mean()),
        subset_accuracy=share_by_group(right.all(axis=1), groups),
        label_accuracy=(bootstrap(each) if groups is None else with_groups(each, groups)),
        no_accuracy=float((~truth).mean()),
        hamming_loss=float((~right).mean()),
        loss=float(-np.where(truth, np.log(sure), np.log1p(-sure)).mean()),
        auc=float(np.mean(known)) if known else None,
        micro_precision=float(micro[0][0]),
        micro_recall=float(micro[1][0]),
        micro_f1=float(micro[2][0]),
        macro_precision=float(precision.mean()),
        macro_recall=float(recall.mean()),
        macro_f1=float(f1.mean()),
        accuracy_of=right.mean(axis=0),
        thresholds=limits.copy(),
        artists=None if groups is None else len(set(groups)),
    )


def _precision_recall_f1(
    hits: NDArray[np.integer], said: NDArray[np.integer], true: NDArray[np.integer]
) -> tuple[NDArray[np.float64], ...]:
    # Without hits the quotient is 0 whatever the divisor is.
    return (
        np.asarray(hits / np.maximum(said, 1)),
        np.asarray(hits / np.maximum(true, 1)),
        np.asarray(2.0 * hits / np.maximum(said + true, 1)),
    )


def _check(scores: NDArray[np.floating], truth: NDArray[np.bool_]) -> None:
    if scores.ndim != 2 or scores.shape != truth.shape or not scores.size:
        raise ValueError(f"shapes do not fit: {scores.shape} and {truth.shape}")
    if truth.dtype != np.bool_:
        raise ValueError(f"truth must be boolean, not {truth.dtype}")
    if not (scores.min() >= 0.0 and scores.max() <= 1.0):
        raise ValueError("scores must be between 0 and 1")
