"""Whether one model is better than another on the same tracks, or was lucky."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre_app.evaluation.intervals import plain

__all__ = ["McNemar", "mcnemar"]


@dataclass(frozen=True)
class McNemar:
    """Two models' answers on the same tracks.

    Attributes
    ----------
    both_right, only_first, only_second, both_wrong : int
        Tracks.
    p : float
        Of McNemar's exact test [1]_, two-sided: how probable a difference at
        least as large is if neither model is better.

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

    @property
    def tracks(self) -> int:
        """How many tracks both answered."""
        return self.both_right + self.only_first + self.only_second + self.both_wrong

    def as_dict(self) -> dict[str, Any]:
        """Give it ready for JSON; a tiny p keeps its digits."""
        return dict(plain(self)) | {"p": float(f"{self.p:.3g}")}


def mcnemar(
    first: NDArray[np.integer], second: NDArray[np.integer], labels: NDArray[np.integer]
) -> McNemar:
    """Compare two models' answers with the labels.

    Parameters
    ----------
    first, second, labels : ndarray of int [shape=(tracks,)]
        Of the same tracks in the same order.

    Raises
    ------
    ValueError
        Shapes do not fit or there is no track.
    """
    if first.ndim != 1 or first.shape != second.shape or first.shape != labels.shape:
        raise ValueError(f"shapes do not fit: {first.shape}, {second.shape}, {labels.shape}")
    if not labels.size:
        raise ValueError("there is no track to compare on")
    from genre_app._scipy_more import stats

    one, two = first == labels, second == labels
    only_first, only_second = int((one & ~two).sum()), int((two & ~one).sum())
    apart = only_first + only_second
    return McNemar(
        both_right=int((one & two).sum()),
        only_first=only_first,
        only_second=only_second,
        both_wrong=int((~one & ~two).sum()),
        p=float(stats.binomtest(only_first, apart, 0.5).pvalue) if apart else 1.0,
    )
