"""448 statistics of a window, and how much structure it has.

Conventions: see :mod:`genre_app.views`.
"""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genre_app.logmel import BANDS, COLUMN_RATE
from genre_app.views.spectra import checked, in_groups

__all__ = ["STATISTICS", "statistics", "statistics_names", "structure"]

_MFCC: Final = 24
_GROUPED: Final = 32
_PEAK_GROUPS: Final = 16
_MODULATION_HZ: Final = ((0.4, 1.0), (1.0, 2.0), (2.0, 3.0), (3.0, 4.5), (4.5, 7.0), (7.0, 10.0))
_FIRST_LAG: Final = 4
_LAST_LAG: Final = 48
"""Columns: STFT windows that far apart share no sample, and 2 seconds."""

_MODULATION_OFFSET: Final = 3.0
"""Decibels: keeps the logarithm of a faint modulation from magnifying 8-bit rounding."""

STATISTICS: Final = (
    4 * _MFCC + 2 * _GROUPED + (2 + len(_MODULATION_HZ)) * _GROUPED + 2 * _PEAK_GROUPS
)
"""Length of the statistics vector: 448."""


def statistics(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Describe each window by 448 numbers: timbre, its movement and its rhythm.

    With ``x`` the window in dB and ``b`` its 32 means of 4 rows:

    - 24 MFCC (orthonormal DCT-II of the 128 rows): mean and standard deviation
      over time; standard deviation and mean magnitude of their first difference;
    - ``b``: standard deviation, and 90th minus 10th percentile, over time;
    - onset flux ``max(diff(b), 0)``: mean and standard deviation, and the
      logarithm of 3 dB + its mean modulation magnitude in six ranges from 0.4
      to 10 Hz;
    - peakiness (largest minus mean of 8 neighbouring rows, 16 groups): mean and
      standard deviation over time.

    Parameters
    ----------
    windows : ndarray of float32 [shape=(n, 128, columns)]
        At least 4 columns. The numbers hardly depend on the length.

    Returns
    -------
    ndarray of float32 [shape=(n, 448)]
        See :func:`statistics_names` for the order.
    """
    checked(windows, columns=4)
    columns = windows.shape[2]
    mfcc = _cosines() @ windows
    steps = np.diff(mfcc, axis=2)
    grouped = in_groups(windows, _GROUPED).mean(axis=2)
    flux = np.maximum(np.diff(grouped, axis=2), 0.0)
    rows = in_groups(windows, _PEAK_GROUPS)
    peaks = rows.max(axis=2) - rows.mean(axis=2)
    ordered = np.sort(grouped, axis=2)
    tenth = (columns - 1) // 10
    return np.concatenate(
        [
            mfcc.mean(axis=2),
            mfcc.std(axis=2),
            steps.std(axis=2),
            np.abs(steps).mean(axis=2),
            grouped.std(axis=2),
            ordered[:, :, columns - 1 - tenth] - ordered[:, :, tenth],
            flux.mean(axis=2),
            flux.std(axis=2),
            _modulation(flux),
            peaks.mean(axis=2),
            peaks.std(axis=2),
        ],
        axis=1,
    ).astype(np.float32, copy=False)


def structure(windows: NDArray[np.float32]) -> NDArray[np.float64]:
    """Say how much each window repeats or evolves: near 0 for steady noise and tones.

    The autocorrelation over time of 32 bands in dB, at 0.17 to 2 s, averaged over
    the bands; its root mean square over the lags. In noise every moment is new, so
    the bands' chance correlations cancel; music has a beat or a line.

    Parameters
    ----------
    windows : ndarray of float32 [shape=(n, 128, columns)]
        At least 10 columns.

    Returns
    -------
    ndarray of float64 [shape=(n,)]
        Of music mostly 0.05 to 0.5.
    """
    from genre_app._scipy import fft

    columns = windows.shape[2]
    grouped = in_groups(windows, _GROUPED).mean(axis=2)
    moving = grouped - grouped.mean(axis=2, keepdims=True)
    lags = min(_LAST_LAG + 1, columns // 2)
    power = np.square(np.abs(fft.rfft(moving, 2 * columns, axis=2)))
    products = fft.irfft(power, axis=2)[:, :, :lags] / (columns - np.arange(lags))
    # 1 dB squared keeps a band that stands still, as under a pure tone, from counting.
    shares = products[:, :, _FIRST_LAG:] / (products[:, :, :1] + 1.0)
    return np.asarray(np.sqrt(np.square(shares.mean(axis=1)).mean(axis=1)), dtype=np.float64)


def statistics_names() -> tuple[str, ...]:
    """Name the 448 numbers of :func:`statistics`, in their order."""
    names = [
        f"MFCC {i}: {what}"
        for what in ("mean", "spread", "spread of steps", "mean step")
        for i in range(_MFCC)
    ]
    names += [
        f"band {i}: {what}"
        for what in ("spread", "90th minus 10th percentile", "onsets, mean", "onsets, spread")
        for i in range(_GROUPED)
    ]
    names += [
        f"band {i}: onsets at {low:g} to {high:g} Hz"
        for low, high in _MODULATION_HZ
        for i in range(_GROUPED)
    ]
    names += [
        f"peaks in group {i}: {what}" for what in ("mean", "spread") for i in range(_PEAK_GROUPS)
    ]
    return tuple(names)


def _modulation(flux: NDArray[np.float32]) -> NDArray[np.float32]:
    """Log mean modulation magnitude of the onset flux [shape=(n, 6 * bands)]."""
    from genre_app._scipy import fft

    columns = flux.shape[2]
    # Divided by the root of the length: a steady noise gives the same whatever the window.
    magnitude = np.abs(fft.rfft(flux - flux.mean(axis=2, keepdims=True), axis=2)) / np.sqrt(columns)
    hertz = fft.rfftfreq(columns, 1.0 / COLUMN_RATE)
    parts = []
    for low, high in _MODULATION_HZ:
        inside = (hertz >= low) & (hertz < high)
        if not inside.any():  # A very short window has no bin there: take the nearest.
            inside = np.arange(hertz.size) == np.argmin(np.abs(hertz - (low + high) / 2))
        parts.append(np.log(_MODULATION_OFFSET + magnitude[:, :, inside].mean(axis=2)))
    result: NDArray[np.float32] = np.concatenate(parts, axis=1)
    return result


@cache
def _cosines() -> NDArray[np.float32]:
    """First 24 rows of the orthonormal DCT-II of 128 points."""
    row = np.arange(_MFCC)[:, None]
    column = np.arange(BANDS)[None, :]
    matrix = np.cos(np.pi * row * (2 * column + 1) / (2 * BANDS)) * np.sqrt(2 / BANDS)
    matrix[0] /= np.sqrt(2)
    result: NDArray[np.float32] = matrix.astype(np.float32)
    result.flags.writeable = False
    return result
