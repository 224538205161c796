"""Whether one model is better than another on the same tracks, or was lucky."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app.evaluation.intervals import Estimate, plain, with_groups

__all__ = ["McNemar", "mcnemar"]

_LEVEL: Final = 0.05


@dataclass(frozen=True)
class McNemar:
    """Two models' answers on the same tracks.

    Attributes
    ----------
    both_right, only_first, only_second, both_wrong : int
        Tracks.
    p : float
        Of McNemar's exact test [1]_, two-sided: how probable a difference at
        least as large is if neither model is better. With artists each counts once,
        with the difference over all its tracks: it could as well have been the other
        model's. Where every track is by another artist, that is McNemar's test.
    gain : Estimate
        Share of tracks that are right with the first minus that with the second; its
        interval is of a bootstrap over artists that both models are tried on, or over
        tracks.
    artists : int or None
        Whose the tracks are; ``None``: nobody said.

    References
    ----------
    .. [1] McNemar, Q. (1947). Note on the sampling error of the difference
       between correlated proportions or percentages. Psychometrika 12(2).
    """

    both_right: int
    only_first: int
    only_second: int
    both_wrong: int
    p: float
    gain: Estimate
    artists: int | None = None

    @property
    def tracks(self) -> int:
        """How many tracks both answered."""
        return self.both_right + self.only_first + self.only_second + self.both_wrong

    @property
    def proved(self) -> bool:
        """Whether one is better: beyond the interval, and not by a few tracks' or artists' luck.

        Of few tracks the bootstrap promises too much: of four that only one model has
        right it would make a proof.
        """
        return self.p < _LEVEL and not self.gain.low <= 0.0 <= self.gain.high

    def as_dict(self) -> dict[str, Any]:
        """Give it ready for JSON; a tiny p keeps its digits."""
        return dict(plain(self)) | {"p": float(f"{self.p:.3g}")}


def mcnemar(
    first: NDArray[np.integer],
    second: NDArray[np.integer],
    labels: NDArray[np.integer],
    groups: Sequence[str] | None = None,
) -> McNemar:
    """Compare two models' answers with the labels.

    Parameters
    ----------
    first, second, labels : ndarray of int [shape=(tracks,)]
        Of the same tracks in the same order.
    groups : sequence of str, optional
        Whose each track is.

    Raises
    ------
    ValueError
        Shapes do not fit or there is no track.
    """
    if first.ndim != 1 or first.shape != second.shape or first.shape != labels.shape:
        raise ValueError(f"shapes do not fit: {first.shape}, {second.shape}, {labels.shape}")
    if not labels.size:
        raise ValueError("there is no track to compare on")
    one, two = first == labels, second == labels
    gain = one.astype(np.intp) - two.astype(np.intp)
    whose = groups if groups is not None else [str(row) for row in range(len(labels))]
    return McNemar(
        both_right=int((one & two).sum()),
        only_first=int((one & ~two).sum()),
        only_second=int((two & ~one).sum()),
        both_wrong=int((~one & ~two).sum()),
        gain=with_groups(gain, whose),
        p=_signs(_sums(gain, whose)),
        artists=None if groups is None else len(set(groups)),
    )


def _sums(gain: NDArray[np.intp], groups: Sequence[str]) -> NDArray[np.intp]:
    _, place = np.unique(np.asarray(groups), return_inverse=True)
    return np.bincount(place, weights=gain).astype(np.intp)


def _signs(differences: NDArray[np.intp]) -> float:
    """Give how probable a sum as far from zero is if each difference may have either sign."""
    chances = np.ones(1)
    for step in np.abs(differences[differences != 0]).tolist():
        # Half of each sum's chance moves up, half down; the middle stays at zero.
        wider = np.zeros(len(chances) + 2 * step)
        wider[2 * step :] += chances / 2
        wider[: -2 * step] += chances / 2
        chances = wider
    sums = np.arange(len(chances)) - len(chances) // 2
    far = np.abs(sums) >= abs(int(differences.sum()))
    return min(1.0, float(chances[far].sum()))
