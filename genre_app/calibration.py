"""Probabilities that mean what they say: temperature, and thresholds of certainty.

Conventions
-----------
Logits are per window; a track's probabilities are the mean over its windows of
``softmax(logits / temperature)``. Everything here is fitted on the validation
part, or on what each of several networks says of the tracks it has not heard; never on the
test part. A few seconds tell less than a song, and a network does not know that: so
pieces of the same tracks have a temperature and thresholds of their own.

References
----------
.. [1] Guo, C. et al. (2017). On calibration of modern neural networks. ICML,
   section 4.2 (temperature scaling).
.. [2] Brier, G. W. (1950). Verification of forecasts expressed in terms of
   probability. Monthly Weather Review 78.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app.familiarity import Look

__all__ = [
    "PIECES_S",
    "WHOLE_S",
    "Piece",
    "at_length",
    "certainty_thresholds",
    "fit_temperature",
    "of_pieces",
    "softmax",
    "stand_out",
    "sure_from",
    "track_probabilities",
]

CLEAR_ACCURACY: Final = 0.9
"""How often a reading that is called clear has to be right, on validation."""

MIXED_ACCURACY: Final = 0.8
"""How often the label has to be among the first two of a mixed reading."""

LEAST_SECOND: Final = 0.1
SECOND_TO_THIRD: Final = 1.5
"""How long the second bar is at least where two genres stand out, and how much longer than the
third."""

PIECES_S: Final = (1.0, 3.0, 10.0)
"""Seconds of the pieces that are calibrated by themselves; between them lies what lies between."""

WHOLE_S: Final = 28.0
"""Seconds from which on a recording counts as whole: the tracks that are calibrated with have
30, and some codecs and tempos take a little."""

LEAST_CLEAR_S: Final = 10.0
"""Seconds below which nothing is clear to a model whose pieces were not measured."""

OUTSIDE_QUANTILE: Final = 0.99
"""Share of the validation tracks that are to count as near enough to the training music."""

FEATURELESS_SHARE: Final = 0.5
"""Of the least structure that any validation track has: below it a sound is steady noise."""


def softmax(logits: NDArray[np.floating], temperature: float = 1.0) -> NDArray[np.float64]:
    """Turn logits into probabilities along the last axis."""
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def track_probabilities(
    logits: Sequence[NDArray[np.floating]], temperature: float
) -> NDArray[np.float64]:
    """Average each track's windows [shape=(tracks, genres)]."""
    return np.stack([softmax(windows, temperature).mean(axis=0) for windows in logits])


def fit_temperature(logits: Sequence[NDArray[np.floating]], labels: NDArray[np.integer]) -> float:
    """Find the temperature with the least Brier score [2]_.

    Guo et al. take the likelihood, which has no bound: a few tracks with a wrong
    label, of which GTZAN has many, then make everything else too timid. Both are
    proper scores, and lead to the same where the labels can be trusted.

    Parameters
    ----------
    logits : sequence of ndarray [shape=(windows, genres)]
        One array a track.
    labels : ndarray of int [shape=(tracks,)]

    Returns
    -------
    float
        Between 0.1 and 10.
    """
    from genre_app._scipy_more import optimize

    truth = np.eye(logits[0].shape[-1])[labels]

    def loss(log_temperature: float) -> float:
        probabilities = track_probabilities(logits, float(np.exp(log_temperature)))
        return float(((probabilities - truth) ** 2).sum(axis=1).mean())

    best = optimize.minimize_scalar(loss, bounds=(np.log(0.1), np.log(10.0)), method="bounded")
    return float(np.exp(best.x))


def certainty_thresholds(
    probabilities: NDArray[np.floating],
    labels: NDArray[np.integer],
    looks: Sequence[Look],
) -> dict[str, float]:
    """Measure on validation where ``clear``, ``mixed`` and ``outside`` begin.

    Parameters
    ----------
    probabilities : ndarray [shape=(tracks, genres)]
    labels : ndarray of int [shape=(tracks,)]
    looks : sequence of Look
        Of validation tracks, these or some of them.

    Returns
    -------
    dict of str to float
        ``clear``: the least top probability from which on readings are right at
        least 90 % of the time; ``mixed``: of the other readings in which two genres
        stand out, the least sum of these two from which on the label is one of them
        at least 80 % of the time; ``outside``,
        ``together``: the novelties, of statistics and of how bands go together, that
        99 % of the tracks stay below, both at once (``together`` is absent where the
        familiarity does not know it); ``featureless``: half the least
        structure of any track.
    """
    clear, mixed = sure_from(probabilities, labels)
    novelties = np.array([(look.novelty, look.together) for look in looks])
    each = np.quantile(novelties, OUTSIDE_QUANTILE, axis=0)
    # Two thresholds that 99 % stay below each would call up to 2 % outside.
    further = np.divide(novelties, each, out=np.zeros_like(novelties), where=each > 0).max(axis=1)
    outside, together = (each * np.quantile(further, OUTSIDE_QUANTILE)).tolist()
    found = {
        "clear": clear,
        "mixed": mixed,
        "outside": outside,
        "featureless": min(look.structure for look in looks) * FEATURELESS_SHARE,
    }
    # What was not looked at calls nothing outside.
    return found | {"together": together} if together > 0 else found


def sure_from(
    probabilities: NDArray[np.floating], labels: NDArray[np.integer]
) -> tuple[float, float]:
    """Measure where ``clear`` and ``mixed`` begin: see :func:`certainty_thresholds`."""
    order = np.sort(probabilities, axis=1)[:, ::-1]
    ranks = np.argsort(-probabilities, axis=1)
    first_right = ranks[:, 0] == labels
    second_right = first_right | (ranks[:, 1] == labels)
    clear = _least(order[:, 0], first_right, CLEAR_ACCURACY)
    # Clear readings are nearly always right: among them the second genre would get a share of
    # that for nothing.
    two = (order[:, 0] < clear) & np.array([stand_out(row) for row in probabilities])
    return clear, _least(order[two, 0] + order[two, 1], second_right[two], MIXED_ACCURACY)


def stand_out(blend: NDArray[np.floating]) -> bool:
    """Say whether two genres stand out of a blend: the second is neither short nor one of many."""
    longest = np.sort(blend)[::-1]
    third = longest[2] if len(longest) > 2 else 0.0
    return bool(longest[1] >= max(LEAST_SECOND, SECOND_TO_THIRD * third))


@dataclass(frozen=True)
class Piece:
    """How much less can be told from a few seconds.

    Attributes
    ----------
    seconds : float
        Length of the pieces.
    softer : float
        Their temperature, beside that of whole tracks.
    clear, mixed : float
        Their thresholds: see :func:`certainty_thresholds`.
    """

    seconds: float
    softer: float
    clear: float
    mixed: float


def of_pieces(
    seconds: float,
    logits: Sequence[NDArray[np.floating]],
    labels: NDArray[np.integer],
    *,
    temperature: float,
) -> Piece:
    """Calibrate pieces of validation tracks.

    Parameters
    ----------
    seconds : float
    logits : sequence of ndarray [shape=(windows, genres)]
        One array a piece.
    labels : ndarray of int [shape=(pieces,)]
    temperature : float
        Of whole tracks.
    """
    own = fit_temperature(logits, labels)
    clear, mixed = sure_from(track_probabilities(logits, own), labels)
    return Piece(seconds, own / temperature, clear, mixed)


def at_length(card: Mapping[str, Any], seconds: float) -> tuple[float, dict[str, float]]:
    """Give a model's temperature and thresholds for a recording of some length.

    Parameters
    ----------
    card : mapping
        With ``temperature``, ``thresholds`` and, where they were measured, ``pieces``.
    seconds : float
        What is heard of the recording.

    Returns
    -------
    temperature : float
    thresholds : dict of str to float
        Of a model whose pieces were not measured nothing short is clear.
    """
    temperature, thresholds = float(card["temperature"]), dict(card["thresholds"])
    if seconds >= WHOLE_S:
        return temperature, thresholds
    pieces = [Piece(**piece) for piece in card.get("pieces") or ()]
    if not pieces:
        if seconds < LEAST_CLEAR_S:
            thresholds["clear"] = np.inf
        return temperature, thresholds
    lengths = np.log([*(piece.seconds for piece in pieces), WHOLE_S])

    def between(values: Sequence[float], whole: float) -> float:
        return float(np.interp(np.log(seconds), lengths, [*values, whole]))

    softer = between([piece.softer for piece in pieces], 1.0)
    for word in ("clear", "mixed"):
        if word in thresholds:
            # A model that was added to has its own thresholds, and the pieces of the one before.
            whole = thresholds[word]
            own = [max(whole, getattr(piece, word)) for piece in pieces]
            thresholds[word] = between(own, whole)
    return temperature * softer, thresholds


def _least(scores: NDArray[np.floating], right: NDArray[np.bool_], wanted: float) -> float:
    order = np.argsort(-scores)
    accuracy = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(accuracy >= wanted)
    return float(scores[order][good[-1]]) if good.size else 1.0
