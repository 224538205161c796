"""Cut a recording's log-mel into the windows that networks read."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genre_app.logmel import COLUMN_RATE, LogMel

__all__ = ["Windows", "cut_windows"]


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
    """Cut a log-mel into overlapping windows that cover all of it.

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
    values = np.stack([mel.excerpt(start, start + width) for start in starts.tolist()])
    return Windows(values, starts / COLUMN_RATE, (starts + width) / COLUMN_RATE)
