"""Single tracks worth listening to: mistakes, open cases, and labels to doubt.

Conventions
-----------
``names`` are the tracks' names in the order of the rows; genres are positions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre_app.evaluation.intervals import plain
from genre_app.evaluation.metrics import checked

__all__ = ["Case", "Doubt", "ambiguous", "doubtful_labels", "mistakes"]


@dataclass(frozen=True)
class Case:
    """What a model says of one track.

    Attributes
    ----------
    track : str
    label, answer, second : int
        The genre on the label, the model's first and its second.
    confidence, second_confidence, label_confidence : float
        Their probabilities.
    entropy : float
        Of all probabilities, as a share of the most there can be: 0 where one
        genre has all, 1 where all have the same.
    """

    track: str
    label: int
    answer: int
    second: int
    confidence: float
    second_confidence: float
    label_confidence: float
    entropy: float

    def as_dict(self) -> dict[str, Any]:
        """Give it ready for JSON."""
        return dict(plain(self))


@dataclass(frozen=True)
class Doubt:
    """A track that most models call something else than its label does.

    Attributes
    ----------
    track : str
    label, answer : int
        The genre on the label and the one that the models name.
    votes, models : int
        How many of how many models name it.
    answer_confidence, label_confidence : float
        Mean probabilities over all models.
    """

    track: str
    label: int
    answer: int
    votes: int
    models: int
    answer_confidence: float
    label_confidence: float

    def as_dict(self) -> dict[str, Any]:
        """Give it ready for JSON."""
        return dict(plain(self))


def mistakes(
    probabilities: NDArray[np.floating],
    labels: NDArray[np.integer],
    names: Sequence[str],
    *,
    limit: int = 10,
) -> tuple[Case, ...]:
    """List the wrong answers that the model was surest of, the surest first.

    Raises
    ------
    ValueError
        As :func:`genre_app.evaluation.metrics.checked`.
    """
    cases = _cases(probabilities, labels, names)
    wrong = [case for case in cases if case.answer != case.label]
    return tuple(sorted(wrong, key=lambda case: -case.confidence)[:limit])


def ambiguous(
    probabilities: NDArray[np.floating],
    labels: NDArray[np.integer],
    names: Sequence[str],
    *,
    limit: int = 10,
) -> tuple[Case, ...]:
    """List the tracks whose probabilities are spread the widest, the widest first.

    Raises
    ------
    ValueError
        As :func:`genre_app.evaluation.metrics.checked`.
    """
    cases = _cases(probabilities, labels, names)
    return tuple(sorted(cases, key=lambda case: -case.entropy)[:limit])


def _cases(
    probabilities: NDArray[np.floating], labels: NDArray[np.integer], names: Sequence[str]
) -> list[Case]:
    probabilities, labels = checked(probabilities, labels)
    order = np.argsort(-probabilities, axis=1, kind="stable")
    entropy = -(probabilities * np.log(np.maximum(probabilities, 1e-12))).sum(axis=1)
    entropy = np.clip(entropy / np.log(probabilities.shape[1]), 0.0, 1.0)
    return [
        Case(
            track=name,
            label=int(label),
            answer=int(first),
            second=int(second),
            confidence=float(row[first]),
            second_confidence=float(row[second]),
            label_confidence=float(row[label]),
            entropy=float(spread),
        )
        for name, label, row, (first, second), spread in zip(
            names, labels, probabilities, order[:, :2], entropy, strict=True
        )
    ]


def doubtful_labels(
    by_model: Mapping[str, NDArray[np.floating]],
    labels: NDArray[np.integer],
    names: Sequence[str],
) -> tuple[Doubt, ...]:
    """List the tracks that more than half of the models call by the same other genre.

    Parameters
    ----------
    by_model : mapping of str to ndarray [shape=(tracks, genres)]
        Each model's probabilities of the same tracks; at least two models. What
        they share, such as training data, they can also be wrong about together.

    Returns
    -------
    tuple of Doubt
        Most votes first, then the most confident.

    Raises
    ------
    ValueError
        There is one model only, or as
        :func:`genre_app.evaluation.metrics.checked`.
    """
    if len(by_model) < 2:
        raise ValueError("to doubt a label takes at least two models")
    all_said = np.stack([checked(said, labels)[0] for said in by_model.values()])
    genres = np.arange(all_said.shape[2])
    votes = (all_said.argmax(axis=2)[:, :, None] == genres).sum(axis=0)
    mean = all_said.mean(axis=0)
    found = [
        Doubt(
            track=name,
            label=int(label),
            answer=int(answer),
            votes=int(votes[row, answer]),
            models=len(by_model),
            answer_confidence=float(mean[row, answer]),
            label_confidence=float(mean[row, label]),
        )
        for row, (name, label, answer) in enumerate(
            zip(names, labels, votes.argmax(axis=1), strict=True)
        )
        if answer != label and 2 * votes[row, answer] > len(by_model)
    ]
    return tuple(sorted(found, key=lambda doubt: (-doubt.votes, -doubt.answer_confidence)))
