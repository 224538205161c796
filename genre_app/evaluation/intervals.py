"""Figures with 95 % intervals, and how they are written down.

Conventions
-----------
Shares are 0 to 1. What could not be measured is NaN here and ``None`` in
:func:`plain`, so that its JSON is JSON.
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "DRAWS",
    "GROUP_DRAWS",
    "NOTHING",
    "Estimate",
    "bootstrap",
    "plain",
    "share",
    "share_by_group",
    "wilson",
    "with_groups",
    "with_pairs",
]

DRAWS: Final = 2_000
"""Resamples of a bootstrap: their 2.5 % and 97.5 % quantiles are steady to the second digit."""

GROUP_DRAWS: Final = 5_000
"""Resamples of whole groups."""

_DIGITS: Final = 4

_SAME: Final = 1e-9
"""Difference of two shares that is one of rounding."""


@dataclass(frozen=True)
class Estimate:
    """A figure and its 95 % interval.

    Attributes
    ----------
    value, low, high : float
        NaN where nothing could be measured.
    """

    value: float
    low: float
    high: float

    def as_dict(self) -> dict[str, Any]:
        """Give it ready for JSON."""
        return dict(plain(self))


NOTHING: Final = Estimate(math.nan, math.nan, math.nan)
"""What could not be measured."""


def wilson(successes: float, trials: int, *, z: float = 1.959964) -> tuple[float, float]:
    """Give Wilson's score interval of a share; without trials it is 0 to 1.

    References
    ----------
    .. [1] Wilson, E. B. (1927). Probable inference, the law of succession, and
       statistical inference. JASA 22.
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} of {trials} is no share")
    if trials == 0:
        return 0.0, 1.0
    found = successes / trials
    centre = (found + z * z / (2 * trials)) / (1 + z * z / trials)
    half = (
        z
        / (1 + z * z / trials)
        * math.sqrt(found * (1 - found) / trials + z * z / (4 * trials * trials))
    )
    # At the ends rounding would leave the share itself just outside.
    low = 0.0 if successes == 0 else centre - half
    high = 1.0 if successes == trials else centre + half
    return low, high


def share(successes: int, trials: int) -> Estimate:
    """Give a share with Wilson's interval; without trials its value is NaN."""
    low, high = wilson(successes, trials)
    return Estimate(successes / trials if trials else math.nan, low, high)


def bootstrap(
    values: NDArray[np.floating],
    *,
    statistic: Literal["mean", "median"] = "mean",
    draws: int = DRAWS,
    seed: int = 0,
) -> Estimate:
    """Give the mean or median with the percentile interval of a bootstrap [1]_.

    Parameters
    ----------
    values : ndarray of float [shape=(n,)]
        One for each unit that is drawn with replacement, such as a pair of
        tracks or an artist. None of them gives NaN.
    seed : int
        The same seed draws the same.

    References
    ----------
    .. [1] Efron, B. (1979). Bootstrap methods: another look at the jackknife.
       The Annals of Statistics 7(1).
    """
    if values.ndim != 1:
        raise ValueError(f"values must be one row, got shape {values.shape}")
    if not values.size:
        return NOTHING
    of = np.mean if statistic == "mean" else np.median
    rows = np.random.default_rng(seed).integers(len(values), size=(draws, len(values)))
    low, high = np.quantile(of(values[rows], axis=1), [0.025, 0.975])
    return Estimate(float(of(values)), float(low), float(high))


def with_groups(
    values: NDArray[np.floating] | NDArray[np.integer] | NDArray[np.bool_],
    groups: Sequence[str],
    *,
    draws: int = GROUP_DRAWS,
    seed: int = 0,
) -> Estimate:
    """Give the mean with the percentile interval of a bootstrap over whole groups [1]_.

    Tracks by one artist tend to be right or wrong together: 31 tracks by three artists
    tell less than 31 by as many. So not tracks are drawn with replacement but artists,
    each with all of its tracks. With a handful of groups the interval is still too
    narrow.

    Parameters
    ----------
    values : ndarray [shape=(n,)]
        At least one.
    groups : sequence of str
        Of each value.
    seed : int
        The same seed draws the same.

    Raises
    ------
    ValueError
        Values and groups do not fit, or there is none.

    References
    ----------
    .. [1] Davison, A. C. & Hinkley, D. V. (1997). Bootstrap methods and their
       application, section 3.8. Cambridge University Press.
    """
    if values.ndim != 1 or len(values) != len(groups) or not values.size:
        raise ValueError(f"shapes do not fit: {values.shape} and {len(groups)} groups")
    names, place = np.unique(np.asarray(groups), return_inverse=True)
    count = len(names)
    sums = np.bincount(place, weights=values.astype(np.float64))
    sizes = np.bincount(place)
    times = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=draws)
    low, high = np.quantile((times @ sums) / (times @ sizes), [0.025, 0.975])
    return Estimate(float(values.mean()), float(low), float(high))


def with_pairs(
    values: NDArray[np.floating],
    first: Sequence[str],
    second: Sequence[str],
    *,
    statistic: Literal["mean", "median"] = "mean",
    draws: int = DRAWS,
    seed: int = 0,
) -> Estimate:
    """Give the mean or median of figures of pairs, with an interval that draws who is in them.

    Pairs that have an artist in common tell much the same. So artists are drawn with
    replacement, and a pair counts as often as its first artist was drawn, times how often
    its second was: the pigeonhole bootstrap [1]_, whose intervals are rather too wide.

    Parameters
    ----------
    values : ndarray of float [shape=(n,)]
        At least one.
    first, second : sequence of str
        Of each value, whose the two are.
    seed : int
        The same seed draws the same.

    Raises
    ------
    ValueError
        Values and artists do not fit, or there is none.

    References
    ----------
    .. [1] Owen, A. B. (2007). The pigeonhole bootstrap. The Annals of Applied
       Statistics 1(2).
    """
    if values.ndim != 1 or not len(values) == len(first) == len(second) or not values.size:
        raise ValueError(f"shapes do not fit: {values.shape}, {len(first)} and {len(second)}")
    names, places = np.unique(np.array([first, second]), return_inverse=True)
    one, other = places.reshape(2, -1)
    even = np.full(len(names), 1 / len(names))
    times = np.random.default_rng(seed).multinomial(len(names), even, size=draws)
    weights = times[:, one] * times[:, other]
    weights = weights[weights.any(axis=1)]
    of = np.average if statistic == "mean" else _weighted_median
    low, high = np.quantile([of(values, weights=row) for row in weights], [0.025, 0.975])
    value = values.mean() if statistic == "mean" else np.median(values)
    return Estimate(float(value), float(low), float(high))


def _weighted_median(values: NDArray[np.floating], *, weights: NDArray[np.integer]) -> float:
    return float(np.median(np.repeat(values, weights)))


def share_by_group(
    right: NDArray[np.bool_], groups: Sequence[str] | None, *, seed: int = 0
) -> Estimate:
    """Give the share that is right, its interval drawn by group; without groups Wilson's.

    Where all groups have the same share, as where all is right, a bootstrap has no
    width. Then it is Wilson's interval with the groups as trials.

    Raises
    ------
    ValueError
        As :func:`with_groups`.
    """
    if groups is None:
        return share(int(right.sum()), len(right))
    found = with_groups(right, groups, seed=seed)
    if found.high - found.low > _SAME:
        return found
    count = len(set(groups))
    return Estimate(found.value, *wilson(found.value * count, count))


def plain(value: Any) -> Any:  # noqa: ANN401  # Whatever a result holds.
    """Turn a result into dictionaries, lists and numbers that JSON knows.

    Floats are rounded to four digits after the point; NaN and infinity become
    ``None``.
    """
    match value:
        case bool() | int() | str() | None:
            return value
        case float() | np.floating():
            return round(float(value), _DIGITS) if math.isfinite(value) else None
        case np.integer():
            return int(value)
        case np.ndarray():
            return plain(value.tolist())
        case Mapping():
            return {str(key): plain(one) for key, one in value.items()}
        case list() | tuple():
            return [plain(one) for one in value]
        case _ if dataclasses.is_dataclass(value):
            return {
                field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)
            }
        case _:
            raise TypeError(f"cannot write down {type(value).__name__}")
