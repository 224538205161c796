"""498 numbers of a window: mean, minimum and maximum over time.

Conventions: see :mod:`genre_app.views`.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from genre_app.logmel import BANDS
from genre_app.views.spectra import (
    MFCCS,
    PITCH_CLASSES,
    TONAL_AXES,
    checked,
    chroma,
    mel_power,
    mfcc,
    tonnetz,
)

__all__ = ["SUMMARY", "summary", "summary_names"]

_ROWS: Final = BANDS + MFCCS + PITCH_CLASSES + TONAL_AXES

SUMMARY: Final = 3 * _ROWS
"""Length of the summary: 498."""


def summary(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Describe each window by the mean, minimum and maximum over time of 166 rows.

    The rows are 128 mel bands (dB), 20 MFCC, 12 chroma and 6 tonnetz, as in the
    report on Jamendo; there they came from the sound, here all come from the
    log-mel.

    Parameters
    ----------
    windows : ndarray of float32 [shape=(n, 128, columns)]
        Of any length: the numbers do not depend on how often a window is repeated.

    Returns
    -------
    ndarray of float32 [shape=(n, 498)]
        166 means, 166 minima, 166 maxima: see :func:`summary_names`.
    """
    pitches = chroma(mel_power(checked(windows)))
    rows = np.concatenate([windows, mfcc(windows), pitches, tonnetz(pitches)], axis=1)
    numbers = [rows.mean(axis=2), rows.min(axis=2), rows.max(axis=2)]
    return np.concatenate(numbers, axis=1).astype(np.float32, copy=False)


def summary_names() -> tuple[str, ...]:
    """Name the 498 numbers of :func:`summary`, in their order."""
    counts = {"mel": BANDS, "MFCC": MFCCS, "chroma": PITCH_CLASSES, "tonnetz": TONAL_AXES}
    return tuple(
        f"{row} {i}: {what}"
        for what in ("mean", "minimum", "maximum")
        for row, count in counts.items()
        for i in range(count)
    )
