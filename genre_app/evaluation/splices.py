"""Proof that a timeline tells when the music changes: splices of test tracks.

Conventions
-----------
One track gives way to another of a different genre at a known moment; both parts
have the same mean power. Intervals are 95 %, of a bootstrap over pairs; as a
track stands in several pairs, they are a little too narrow.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app.evaluation.blends import draw_pairs
from genre_app.evaluation.intervals import NOTHING, Estimate, bootstrap, plain
from genre_app.gtzan import Subset
from genre_app.logmel import COLUMN_RATE, LogMel
from genre_app.training.augment import reference

__all__ = ["SWITCH_S", "Splices", "Timeline", "change_point", "spliced", "splices"]

Timeline = Callable[
    [LogMel], tuple[NDArray[np.floating], NDArray[np.floating], NDArray[np.floating]]
]
"""Gives each window's start and end in seconds and its probabilities [shape=(n, genres)]."""

SWITCH_S: Final = 15.0
"""Seconds of the first track before the second follows."""

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
        What guessing any moment gives.
    """

    pairs: int
    window_s: float
    found: int
    error_s: Estimate
    guess_error_s: float

    def as_dict(self) -> dict[str, Any]:
        """Give it ready for JSON."""
        return dict(plain(self))


def spliced(first: LogMel, second: LogMel, *, switch_s: float = SWITCH_S) -> tuple[LogMel, float]:
    """Let the beginning of a second log-mel follow that of a first one, equally loud.

    Returns
    -------
    both : LogMel
        As long as the shorter one.
    switch_s : float
        When exactly the second begins, on the clock of windows: at a column.
    """
    columns = min(first.columns, second.columns)
    switch = round(switch_s * COLUMN_RATE)
    if not 0 < switch < columns:
        raise ValueError(f"{switch_s} s is not within the {columns / COLUMN_RATE:.1f} s of both")
    parts = (first.decibels[:, :switch], second.decibels[:, : columns - switch])
    level = [part - 10.0 * np.log10(np.mean(10.0 ** (part / 10.0))) for part in parts]
    decibels = reference(np.concatenate(level, axis=1))
    return LogMel(decibels, decibels.max(axis=0)), switch / COLUMN_RATE


def splices(
    timeline: Timeline,
    subset: Subset,
    positions: NDArray[np.integer],
    *,
    pairs: int = 100,
    switch_s: float = SWITCH_S,
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
    switch_s : float
        Seconds of the first track.

    Raises
    ------
    ValueError
        There are not two genres, no pair is wanted, or tracks are too short.
    """
    drawn = draw_pairs(subset.labels, positions, pairs=pairs, seed=seed)
    errors, windows, found = [], [], 0
    for done, (first, second) in enumerate(drawn.tolist()):
        clip, truth = spliced(subset.log_mel(first), subset.log_mel(second), switch_s=switch_s)
        starts, ends, said = (np.asarray(part, np.float64) for part in timeline(clip))
        windows.append(float(np.median(ends - starts)))
        falling = said[:, subset.labels[first]] - said[:, subset.labels[second]]
        change = change_point(starts, ends, falling)
        found += change is not None
        largest = max(truth, clip.duration_s - truth)
        errors.append(largest if change is None else abs(change - truth))
        if progress is not None:
            progress((done + 1) / pairs)
    half, shorter = clip.duration_s / 2, min(truth, clip.duration_s - truth)
    heard_apart = max(windows) <= shorter + _SLACK_S
    return Splices(
        pairs=pairs,
        window_s=float(np.median(windows)),
        found=found,
        error_s=bootstrap(np.array(errors), statistic="median") if heard_apart else NOTHING,
        # The median distance of a moment drawn uniformly.
        guess_error_s=max(half / 2, half - shorter),
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
