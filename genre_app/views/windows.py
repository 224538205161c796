"""Cut a recording's log-mel into the windows that networks read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genre_app.logmel import COLUMN_RATE, LogMel

__all__ = ["Windows", "cut_windows", "left_out"]

_QUIET_DB: Final = -40.0
"""What is so far below a recording's loudest second is silence to who hears both.

The quietest 5 seconds of GTZAN reach -25 dB, the quietest 12 of ten whole songs -17.
"""

_CLICK_DB: Final = 20.0
"""No sound shorter than a second makes silence of what is less than this and the above below it."""

_REST_S: Final = 0.6
"""Silence that is longer, twice as long between two sounds, is a pause and not read whole.

Models take a window with more than a second of it for the quietest genre. Only three of the
999 clips that they have learnt from have a pause as long as this, none of the artist test.
"""

_LEFT_S: Final = 0.25
"""What is left of a pause on each side, so that no sound is cut off."""

_FADE_DB: Final = -20.0
"""A beginning or an end that stays so far below the loudest second is a fade."""

_FADE_S: Final = (1.5, 10.0)
"""A shorter one is left, and so is a longer one: it is music that is soft. The latter is also
bounded by a quarter of the recording. Of the 999 clips one has such a fade, with a pause in it.
"""

_APART_S: Final = 5.0
"""After a pause that is longer, what follows is read by itself: no window lies across."""

_ENOUGH: Final = 0.5
"""Share of a window that music between two such pauses must fill to be read at all."""

_LEAST_S: Final = 1.0
"""The shortest window, where there is even less music in more of silence; and what is loud."""

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
        Seconds from the start of the recording; they are farther apart where a pause between
        them was passed over.
    columns : ndarray of int [shape=(n, columns)]
        Which of the recording's columns each window is made of.
    """

    values: NDArray[np.float32]
    starts_s: NDArray[np.float64]
    ends_s: NDArray[np.float64]
    columns: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.values)


def cut_windows(mel: LogMel, *, seconds: float, hop_s: float) -> Windows:
    """Cut a log-mel into overlapping windows that cover all music in it.

    Pauses are passed over, and so are the ends of fades: a window that holds a long one would
    be read as the quietest genre, and count as much as music does.

    Parameters
    ----------
    mel : LogMel
        At least two columns.
    seconds : float
        Length of a window. Of a shorter recording the one window is all of it; music between
        two long pauses that is shorter is repeated.
    hop_s : float
        Largest distance between the starts of two windows; they are spread
        evenly, so the last one ends with the music.

    Returns
    -------
    Windows
        At least one.
    """
    music = _music(mel)
    width = min(round(seconds * COLUMN_RATE), max(map(len, music)))
    found: list[NDArray[np.intp]] = []
    for stretch in music:
        room = len(stretch) - width
        if room >= 0:
            count = 1 + int(np.ceil(room / (hop_s * COLUMN_RATE) - 1e-9))
            firsts = np.unique(np.rint(np.linspace(0, room, count)).astype(int))
            found += [stretch[first : first + width] for first in firsts.tolist()]
        elif len(stretch) >= _ENOUGH * width:
            found.append(np.resize(stretch, width))
    columns = np.stack(found)
    firsts, stops = columns.min(axis=1), columns.max(axis=1) + 1
    values = [
        mel.excerpt(first, stop)[:, one - first]
        for first, stop, one in zip(firsts.tolist(), stops.tolist(), columns, strict=True)
    ]
    return Windows(np.stack(values), firsts / COLUMN_RATE, stops / COLUMN_RATE, columns)


def _music(mel: LogMel) -> list[NDArray[np.intp]]:
    """Find the columns without long pauses and fades, those between very long ones together."""
    count, rest = mel.columns, round(_REST_S * COLUMN_RATE)
    left, apart = round(_LEFT_S * COLUMN_RATE), round(_APART_S * COLUMN_RATE)
    least = min(round(_LEAST_S * COLUMN_RATE), count)
    level = max(np.partition(mel.loudest, -least)[-least], mel.loudest.max() - _CLICK_DB)
    loud = np.flatnonzero(mel.loudest >= level + _QUIET_DB)
    heard, splits = np.ones(count, dtype=bool), []
    first, stop = int(loud[0]), int(loud[-1]) + 1
    full = np.flatnonzero(mel.loudest >= level + _FADE_DB)
    least_fade, most_fade = (round(seconds * COLUMN_RATE) for seconds in _FADE_S)
    most_fade = min(most_fade, count // 4)
    if least_fade < full[0] <= first + most_fade:
        first = int(full[0])
    if least_fade < count - 1 - full[-1] <= count - stop + most_fade:
        stop = int(full[-1]) + 1
    if first > rest:
        heard[: first - left] = False
    if count - stop > rest:
        heard[stop + left :] = False
    pauses = np.flatnonzero(np.diff(loud) - 1 > 2 * rest)
    for before, after in zip(loud[pauses].tolist(), loud[pauses + 1].tolist(), strict=True):
        heard[before + 1 + left : after - left] = False
        if after - before - 1 > apart:
            splits.append((before + after) // 2)
    columns = np.flatnonzero(heard)
    found = np.split(columns, np.searchsorted(columns, splits))
    most = max(found, key=len)
    if len(most) < least:
        first = min(max(0, int(most[len(most) // 2]) - least // 2), count - least)
        return [np.arange(first, first + least)]
    return found


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
