"""Cut a recording's log-mel into the windows that networks read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genre_app.logmel import COLUMN_RATE, LogMel

__all__ = ["Windows", "cut_windows", "left_out"]

_QUIET_DB: Final = -50.0
"""What is so far below a recording's loudest cell is silence to who hears both.

The quietest 5 seconds of GTZAN reach -25 dB, the quietest 12 of ten whole songs -17.
"""

_REST_S: Final = 2.5
"""Silence that is longer, twice as long between two sounds, is no part of the music.

None of GTZAN's clips has one, so that all are read as they always were.
"""

_ENOUGH: Final = 0.5
"""Share of a window that has to be music, where the music is shorter than it."""

_SLACK_S: Final = 0.5
"""What windows may miss of a recording's end: it need not be a whole number of columns."""


@dataclass(frozen=True, eq=False)
class Windows:
    """Equal pieces of a recording, in the order of time.

    Attributes
    ----------
    values : ndarray of float32 [shape=(n, 128, columns)]
        dB between -80 and 0.
    starts_s, ends_s : ndarray of float64 [shape=(n,)]
        Seconds from the start of the recording.
    """

    values: NDArray[np.float32]
    starts_s: NDArray[np.float64]
    ends_s: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.values)


def cut_windows(mel: LogMel, *, seconds: float, hop_s: float) -> Windows:
    """Cut a log-mel into overlapping windows that cover all music in it.

    Where a recording is silent for long beside the rest, no window lies: it would be read as
    the quietest genre, and count as much as music does.

    Parameters
    ----------
    mel : LogMel
        At least two columns.
    seconds : float
        Length of a window. Of a shorter recording the one window is all of it.
    hop_s : float
        Largest distance between the starts of two windows; they are spread
        evenly, so the last one ends with the music.

    Returns
    -------
    Windows
        At least one.
    """
    width = min(round(seconds * COLUMN_RATE), mel.columns)
    music = _music(mel)
    longest = max(stop - start for start, stop in music)
    enough = min(_ENOUGH * width, longest)
    found: set[int] = set()
    for start, stop in music:
        room = stop - start - width
        if room >= 0:
            count = 1 + int(np.ceil(room / (hop_s * COLUMN_RATE) - 1e-9))
            found.update(np.rint(np.linspace(start, start + room, count)).astype(int).tolist())
        elif stop - start >= enough:
            found.add(min(max(0, (start + stop - width) // 2), mel.columns - width))
    starts = np.array(sorted(found), dtype=np.intp)
    values = np.stack([mel.excerpt(start, start + width) for start in starts.tolist()])
    return Windows(values, starts / COLUMN_RATE, (starts + width) / COLUMN_RATE)


def _music(mel: LogMel) -> list[tuple[int, int]]:
    """Find the stretches between long silences: from and to which column."""
    loud = np.flatnonzero(mel.loudest >= mel.loudest.max() + _QUIET_DB)
    rest = round(_REST_S * COLUMN_RATE)
    breaks = np.flatnonzero(np.diff(loud) - 1 > 2 * rest)
    firsts, lasts = loud[np.append(0, breaks + 1)].tolist(), loud[np.append(breaks, -1)].tolist()
    if firsts[0] <= rest:
        firsts[0] = 0
    if lasts[-1] >= mel.columns - 1 - rest:
        lasts[-1] = mel.columns - 1
    return [(first, last + 1) for first, last in zip(firsts, lasts, strict=True)]


def left_out(
    starts_s: Sequence[float] | NDArray[np.floating],
    ends_s: Sequence[float] | NDArray[np.floating],
    duration_s: float,
) -> list[tuple[float, float]]:
    """Find the stretches of a recording that no window covers, in order.

    Parameters
    ----------
    starts_s, ends_s : array_like of float [shape=(n,)]
        Seconds at which each window starts and ends, in any order.
    duration_s : float

    Returns
    -------
    list of (float, float)
        From and to, in seconds.
    """
    reached, found = 0.0, []
    order = np.argsort(starts_s, kind="stable")
    edges = zip(np.asarray(starts_s)[order], np.asarray(ends_s)[order], strict=True)
    for start, end in [*edges, (duration_s, duration_s)]:
        if start > reached + _SLACK_S:
            found.append((reached, float(start)))
        reached = max(reached, float(end))
    return found
