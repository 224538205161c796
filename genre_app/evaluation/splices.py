"""Proof that a timeline tells when the music changes: splices of test tracks.

Conventions
-----------
One track gives way to another of a different genre at a known moment, which is
drawn for each pair; the other is heard to its end, so that the cut is not in the
middle. Both parts have the same mean power. The two genres are known to who looks
for the cut. Intervals are 95 %, of a bootstrap over the artists of both tracks
(:func:`.intervals.with_pairs`).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app.evaluation.blends import draw_pairs
from genre_app.evaluation.intervals import NOTHING, Estimate, plain, with_pairs
from genre_app.gtzan import Subset
from genre_app.logmel import COLUMN_RATE, LogMel
from genre_app.training.augment import reference

__all__ = ["SWITCHES_S", "Splices", "Timeline", "change_point", "spliced", "splices"]

Timeline = Callable[
    [LogMel], tuple[NDArray[np.floating], NDArray[np.floating], NDArray[np.floating]]
]
"""Gives each window's start and end in seconds and its probabilities [shape=(n, genres)]."""

SWITCHES_S: Final = (12.0, 18.0)
"""Least and most seconds of the first track before the second follows."""

_STEP_S: Final = 0.05
"""Distance of the moments that are tried as the change point."""

_SLACK_S: Final = 0.1
"""How much longer than a track's part a window may be: lengths are whole columns."""


@dataclass(frozen=True)
class Splices:
    """How well a timeline tells when one track gives way to another.

    Attributes
    ----------
    pairs : int
    window_s : float
        What the model hears at once, median.
    found : int
        Pairs whose timeline falls from the first genre to the second at all.
        The others count with the largest error there can be.
    error_s : Estimate
        Median distance of the estimated from the true change point, in seconds;
        NaN where the windows are longer than either track's part, so that none
        hears only one of them.
    guess_error_s : float
        The median distance of the middle of what is heard, for who hears nothing.
    """

    pairs: int
    window_s: float
    found: int
    error_s: Estimate
    guess_error_s: float

    def as_dict(self) -> dict[str, Any]:
        """Give it ready for JSON."""
        return dict(plain(self))


def spliced(first: LogMel, second: LogMel, *, switch_s: float) -> tuple[LogMel, float]:
    """Let a second log-mel follow the beginning of a first one, equally loud.

    Returns
    -------
    both : LogMel
    switch_s : float
        When exactly the second begins, on the clock of windows: at a column.
    """
    switch = round(switch_s * COLUMN_RATE)
    if not 0 < switch <= first.columns:
        raise ValueError(f"{switch_s} s is not within the {first.duration_s:.1f} s of the first")
    parts = (first.decibels[:, :switch], second.decibels)
    level = [part - 10.0 * np.log10(np.mean(10.0 ** (part / 10.0))) for part in parts]
    decibels = reference(np.concatenate(level, axis=1))
    return LogMel(decibels, decibels.max(axis=0)), switch / COLUMN_RATE


def splices(
    timeline: Timeline,
    subset: Subset,
    positions: NDArray[np.integer],
    *,
    pairs: int = 100,
    switches_s: tuple[float, float] = SWITCHES_S,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> Splices:
    """Cut from one track to another and look for the moment in the timeline.

    Parameters
    ----------
    timeline : Timeline
        Its columns are the subset's genres.
    positions, progress
        As in :func:`mixes`.
    switches_s : (float, float)
        Least and most seconds of the first track.
    seed : int
        Of the pairs, and of where they are cut.

    Raises
    ------
    ValueError
        There are not two genres, no pair is wanted, or tracks are too short.
    """
    drawn = draw_pairs(subset.labels, positions, pairs=pairs, seed=seed)
    moments = np.random.default_rng([seed, 1]).uniform(*switches_s, size=pairs).tolist()
    errors, middles, windows, shortest, found = [], [], [], math.inf, 0
    for done, ((first, second), moment) in enumerate(zip(drawn.tolist(), moments, strict=True)):
        clip, truth = spliced(subset.log_mel(first), subset.log_mel(second), switch_s=moment)
        starts, ends, said = (np.asarray(part, np.float64) for part in timeline(clip))
        windows.append(float(np.median(ends - starts)))
        falling = said[:, subset.labels[first]] - said[:, subset.labels[second]]
        change = change_point(starts, ends, falling)
        found += change is not None
        largest = max(truth, clip.duration_s - truth)
        errors.append(largest if change is None else abs(change - truth))
        middles.append(abs(clip.duration_s / 2 - truth))
        shortest = min(shortest, truth, clip.duration_s - truth)
        if progress is not None:
            progress((done + 1) / pairs)
    heard_apart = max(windows) <= shortest + _SLACK_S
    artists = (subset.artists(drawn[:, 0]), subset.artists(drawn[:, 1]))
    return Splices(
        pairs=pairs,
        window_s=float(np.median(windows)),
        found=found,
        error_s=with_pairs(np.array(errors), *artists, statistic="median")
        if heard_apart
        else NOTHING,
        guess_error_s=float(np.median(middles)),
    )


def change_point(
    starts_s: NDArray[np.floating], ends_s: NDArray[np.floating], falling: NDArray[np.floating]
) -> float | None:
    """Find when a quantity steps down, from means over windows that may overlap.

    The step that fits best by least squares, as windows show it: each lies
    between the two levels by how much of it comes after the step.

    Parameters
    ----------
    starts_s, ends_s, falling : ndarray of float [shape=(n,)]

    Returns
    -------
    float or None
        Seconds; ``None`` where it does not fall or there are fewer than three
        windows.
    """
    if len(falling) < 3:
        return None
    moments = np.arange(starts_s.min(), ends_s.max() + _STEP_S, _STEP_S)
    after = np.clip((ends_s - moments[:, None]) / (ends_s - starts_s), 0.0, 1.0)
    after = after - after.mean(axis=1, keepdims=True)
    spread = (after**2).sum(axis=1)
    slope = after @ (falling - falling.mean())
    # What the step explains; only where windows differ in what comes after it, and downward.
    gain = np.where((spread > 1e-6) & (slope < -1e-9), slope**2 / np.maximum(spread, 1e-6), 0.0)
    if gain.max() <= 0.0:
        return None
    # Several moments may fit alike, e.g. between windows that do not overlap.
    return float(np.median(moments[gain >= gain.max() * (1 - 1e-9)]))
