"""What statistics of single bands miss: movement across bands, and how bands go together.

Two families, both of the log-mel in dB:

- *Modulations*: how strongly ripples of four widths move through the spectrum at
  five rates, upwards and downwards (a slide, a vibrato, a sung vowel, a drum roll),
  and how strongly each band beats at these rates.
- *Covariances*: which of 16 bands, and their changes, rise and fall together.

References
----------
.. [1] Chi, T., Ru, P. & Shamma, S. (2005). Multiresolution spectrotemporal
   analysis of complex sounds. JASA 118(2) (ripples, rates and scales).
.. [2] Arsigny, V. et al. (2006). Log-Euclidean metrics for fast and simple calculus
   on diffusion tensors. Magnetic Resonance in Medicine 56(2) (the matrix
   logarithm of a covariance).
"""

from collections.abc import Iterator
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genre_app.logmel import BANDS, COLUMN_RATE

__all__ = ["COVARIANCES", "MODULATIONS", "covariances", "modulations"]

_ROWS: Final = 64
_ZONES: Final = 8
_SCALES: Final = (1 / 32, 1 / 16, 1 / 8, 1 / 4)
"""Ripples per row of 64."""

_STRIDES: Final = (4, 2, 2, 1)
"""A wide ripple needs to be looked at in every fourth row only."""

_RATES_HZ: Final = (0.5, 1.0, 2.0, 4.0, 8.0)
_WIDTH: Final = 0.4
"""Standard deviation of a filter in frequency, as a share of its centre."""

_REACH: Final = 3.0
"""Standard deviations after which a filter counts as zero."""

_TOGETHER: Final = 8
"""Windows that are transformed together: their spectra stay in the processor's cache."""

_OFFSET: Final = 0.3
"""Decibels: keeps the logarithm of a faint modulation from magnifying rounding."""

_GROUPS: Final = 16
_NOISE: Final = 1.0
"""Square decibels added to each variance: silent bands have a logarithm too."""

MODULATIONS: Final = _ZONES * len(_RATES_HZ) * (2 * len(_SCALES) + 1)
"""Length of the modulations: 360."""

COVARIANCES: Final = (2 * _GROUPS) * (2 * _GROUPS + 1) // 2
"""Length of the covariances: 528."""


def modulations(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Measure moving ripples: logarithm of their mean magnitude.

    Parameters
    ----------
    windows : ndarray of float32 [shape=(n, 128, columns)]
        dB, at least 4 columns.

    Returns
    -------
    ndarray of float32 [shape=(n, 360)]
        Widths (the widest first, then none) x rates x up and down x eight zones of
        the spectrum, low to high.
    """
    _check(windows)
    pieces = [
        _modulations(windows[start : start + _TOGETHER])
        for start in range(0, len(windows), _TOGETHER)
    ]
    return np.concatenate(pieces)


def _modulations(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    from genre_app._scipy import fft

    count, _, columns = windows.shape
    rows = windows.reshape(count, _ROWS, -1, columns).mean(axis=2)
    rows = rows - rows.mean(axis=2, keepdims=True)
    # Room for the longest filter: what leaves at the end must not come in at the start.
    length = 1 << int(np.ceil(np.log2(columns + 2 * COLUMN_RATE)))
    parts = []
    # From the lowest frequency to the highest, so that a filter's bins lie side by side.
    heard = fft.fftshift(fft.fft(rows, length, axis=2), axes=2)
    for spectrum, directions in _rippled(heard):
        for rate in _RATES_HZ:
            for direction in directions:
                first, gains = _filter(direction * rate, length)
                start = first + length // 2
                bins = len(gains) // 2
                # As pairs of real numbers, whose product takes a third of the time.
                band = spectrum[:, :, start : start + bins].view(np.float32) * gains
                moved = fft.ifft(band.view(np.complex64), axis=2, overwrite_x=True)
                inside = max(1, round(bins * columns / length))
                means = np.abs(moved[:, :, :inside]).mean(axis=2) * (bins / length)
                parts.append(means.reshape(count, _ZONES, -1).mean(axis=2))
    found: NDArray[np.float32] = np.log(_OFFSET + np.concatenate(parts, axis=1))
    return found.astype(np.float32, copy=False)


def covariances(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Measure which bands move together: the matrix logarithm of their covariance.

    Parameters
    ----------
    windows : ndarray of float32 [shape=(n, 128, columns)]
        dB, at least 4 columns.

    Returns
    -------
    ndarray of float32 [shape=(n, 528)]
        Upper triangle, row by row, of 16 bands and their 16 slopes; what is off the
        diagonal is multiplied by the square root of 2, so that Euclidean distance
        is the log-Euclidean one [2]_.
    """
    _check(windows)
    count, _, columns = windows.shape
    bands = windows.reshape(count, _GROUPS, -1, columns).mean(axis=2)
    both = np.concatenate([bands, np.gradient(bands, axis=2)], axis=1).astype(np.float64)
    both -= both.mean(axis=2, keepdims=True)
    spread = both @ both.transpose(0, 2, 1) / columns
    values, vectors = np.linalg.eigh(spread + _NOISE * np.eye(2 * _GROUPS))
    logarithm = (vectors * np.log(values)[:, None, :]) @ vectors.transpose(0, 2, 1)
    row, column = np.triu_indices(2 * _GROUPS)
    weights = np.where(row == column, 1.0, np.sqrt(2.0))
    return np.asarray(logarithm[:, row, column] * weights, dtype=np.float32)


def _check(windows: NDArray[np.float32]) -> None:
    if windows.ndim != 3 or windows.shape[1] != BANDS or windows.shape[2] < 4:
        raise ValueError(f"windows must have the shape (n, {BANDS}, 4 or more): {windows.shape}")


def _rippled(
    heard: NDArray[np.complex64],
) -> Iterator[tuple[NDArray[np.complex64], tuple[int, ...]]]:
    """Filter across rows; give each width, which way it can move, and last the rows alone."""
    stacked = _kernels() @ heard  # One product: threads are worth it less for several small ones.
    start = 0
    for stride in _STRIDES:
        size = _ROWS // stride
        yield stacked[:, start : start + size], (1, -1)
        start += size
    yield heard, (1,)


@cache
def _kernels() -> NDArray[np.complex64]:
    """Give the ripple filters, a width after the other."""
    row = np.arange(_ROWS)
    found = []
    for scale, stride in zip(_SCALES, _STRIDES, strict=True):
        distance = np.arange(0, _ROWS, stride)[:, None] - row
        kernel = np.exp(-0.5 * np.square(distance * scale / _WIDTH) + 2j * np.pi * scale * distance)
        kernel /= np.abs(kernel).sum(axis=1, keepdims=True)
        found.append(kernel)
    result: NDArray[np.complex64] = np.concatenate(found).astype(np.complex64)
    result.flags.writeable = False
    return result


@cache
def _filter(rate_hz: float, length: int) -> tuple[int, NDArray[np.float32]]:
    """Give the first bin of a filter along time, and its gains, each of them twice.

    Only the bins inside its reach: their inverse transform is the filtered signal,
    shifted to 0 Hz and at a lower rate, and its magnitude is the same.
    """
    spacing = COLUMN_RATE / length
    reach = _REACH * _WIDTH * abs(rate_hz)
    low = max(rate_hz - reach, -COLUMN_RATE / 2)
    high = min(rate_hz + reach, COLUMN_RATE / 2)
    first, last = int(np.ceil(low / spacing)), int(np.floor(high / spacing))
    first, last = max(first, -length // 2), min(last, length // 2 - 1)
    hertz = np.arange(first, last + 1) * spacing
    gains = np.exp(-0.5 * np.square((hertz - rate_hz) / (_WIDTH * abs(rate_hz))))
    return first, np.repeat(gains, 2).astype(np.float32)
