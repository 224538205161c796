"""How near rows of numbers are to other rows: by rank, and as distributions."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["jensen_shannon", "rank_correlation"]

_SAME: Final = 9
"""Digits after the point beyond which a difference is rounding, not rank."""


def rank_correlation(one: NDArray[np.floating], other: NDArray[np.floating]) -> NDArray[np.float64]:
    """Give Spearman's correlation of each row with its like, 0 where one has no order.

    Parameters
    ----------
    one, other : ndarray of float [shape=(n, m)]
        What differs by less than 1e-9 ties.
    """
    from genre_app._scipy_more import stats

    a, b = (stats.rankdata(np.round(rows, _SAME), axis=1) for rows in (one, other))
    a, b = (rows - rows.mean(axis=1, keepdims=True) for rows in (a, b))
    scale = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    return np.asarray((a * b).sum(axis=1) / np.where(scale > 0, scale, 1.0))


def jensen_shannon(one: NDArray[np.floating], other: NDArray[np.floating]) -> NDArray[np.float64]:
    """Give the Jensen-Shannon divergence of rows, base 2: 0 to 1 [1]_.

    Parameters
    ----------
    one, other : ndarray of float [shape=(n, m)]
        Rows sum to 1.

    References
    ----------
    .. [1] Lin, J. (1991). Divergence measures based on the Shannon entropy. IEEE
       Transactions on Information Theory 37(1).
    """
    middle = (one + other) / 2
    total = np.zeros(len(middle))
    for part in (one, other):
        ratio = np.where(part > 0, part, 1.0) / np.where(part > 0, middle, 1.0)
        total += (part * np.log2(ratio)).sum(axis=1) / 2
    return np.clip(total, 0.0, 1.0)
