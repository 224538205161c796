"""Cut a recording's log-mel into the windows that networks read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genre_app.logmel import COLUMN_RATE, LogMel

__all__ = ["Windows", "cut_windows", "left_out"]

_QUIET_DB: Final = -50.0
"""A window whose loudest cell is so far below the recording's is silence to who hears both.

The quietest 5 seconds of GTZAN reach -25 dB, the quietest 12 of ten whole songs -17.
"""

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
    """Cut a log-mel into overlapping windows that cover all of it that sounds.

    A window of near silence beside the rest is left out: it would be read as
    the quietest genre, and count as much as music does.

    Parameters
    ----------
    mel : LogMel
        At least two columns.
    seconds : float
        Length of a window. Of a shorter recording the one window is all of it.
    hop_s : float
        Largest distance between the starts of two windows; they are spread
        evenly, so the last one ends with the recording.

    Returns
    -------
    Windows
    """
    width = min(round(seconds * COLUMN_RATE), mel.columns)
    room = mel.columns - width
    count = 1 + int(np.ceil(room / (hop_s * COLUMN_RATE) - 1e-9))
    starts = np.rint(np.linspace(0, room, count)).astype(np.intp)
    level = np.array([mel.loudest[start : start + width].max() for start in starts.tolist()])
    starts = starts[level >= mel.loudest.max() + _QUIET_DB]
    values = np.stack([mel.excerpt(start, start + width) for start in starts.tolist()])
    return Windows(values, starts / COLUMN_RATE, (starts + width) / COLUMN_RATE)


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
