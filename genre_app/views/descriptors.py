"""57 classic descriptors of a window, all computed from the log-mel.

They are those of the table that is distributed with GTZAN's images and that the
report on ensembles used: mean and variance of eight curves and 20 MFCC, and the
tempo. A spectrogram has no samples, so each is its nearest relative here:

=================== ===============================================================
chroma              all cells of the chroma that the mel bands give
RMS                 root of a column's power, 1: all bands as loud as the loudest
spectral centroid   mean frequency in hertz, weighted by magnitude
spectral bandwidth  standard deviation around the centroid, in hertz
roll-off            frequency below which 85 % of the magnitude lies, in hertz
spectral flatness   in place of the zero-crossing rate, which needs samples:
                    geometric over arithmetic mean of the bands' power, 1: noise
harmonic part       root of the power that goes on in time
percussive part     root of the power that spreads over frequency
MFCC                20 coefficients of the dB
tempo               beats a minute, from the autocorrelation of the onsets
=================== ===============================================================

Conventions: see :mod:`genre_app.views`.
"""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genre_app.logmel import COLUMN_RATE
from genre_app.views.images import SMALL_SHAPE, small_image
from genre_app.views.spectra import (
    FLOOR_POWER,
    MFCCS,
    band_edges,
    checked,
    chroma,
    decibel_power,
    mel_power,
    mfcc,
)

__all__ = ["DESCRIPTORS", "descriptor_names", "descriptors", "image_and_descriptors", "tempo"]

_CURVES: Final = (
    "chroma",
    "RMS",
    "spectral centroid",
    "spectral bandwidth",
    "roll-off",
    "spectral flatness",
    "harmonic part",
    "percussive part",
)

DESCRIPTORS: Final = 2 * len(_CURVES) + 1 + 2 * MFCCS
"""Number of descriptors: 57."""

_ROLL_OFF: Final = 0.85
_GROUPED: Final = 32
_APART: Final = 4
"""Columns between the five that a harmonic sound has to last through: 0.66 s in all."""

_AT_ONCE: Final = 4
_SLOWEST_BPM: Final = 40.0
_FASTEST_BPM: Final = 240.0
_USUAL_BPM: Final = 120.0
_SMALLEST: Final = np.float32(1e-10)
"""Power a hundredth of the floor's: keeps divisions and logarithms finite in silence."""


def descriptors(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Describe each window by the 57 numbers above.

    Parameters
    ----------
    windows : ndarray of float32 [shape=(n, 128, columns)]
        Of any length; the tempo of less than 3 s means little.

    Returns
    -------
    ndarray of float32 [shape=(n, 57)]
        Mean and variance of each curve, the tempo, mean and variance of each MFCC:
        see :func:`descriptor_names`.
    """
    # A few windows at a time stay in the processor's cache: half the time of all at once.
    starts = range(0, len(checked(windows)), _AT_ONCE)
    parts = [_describe(windows[start : start + _AT_ONCE]) for start in starts]
    return np.concatenate(parts) if parts else np.empty((0, DESCRIPTORS), np.float32)


def descriptor_names() -> tuple[str, ...]:
    """Name the 57 numbers of :func:`descriptors`, in their order."""
    rows = [*_CURVES, *(f"MFCC {i}" for i in range(MFCCS))]
    names = [f"{row}: {what}" for row in rows for what in ("mean", "variance")]
    names.insert(2 * len(_CURVES), "tempo")
    return tuple(names)


def image_and_descriptors(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """30 seconds as a small image, flattened, and its 57 descriptors behind it.

    Returns
    -------
    ndarray of float32 [shape=(n, 128 * 241 + 57)]
    """
    pixels = small_image(windows).reshape(len(windows), SMALL_SHAPE[0] * SMALL_SHAPE[1])
    return np.concatenate([pixels, descriptors(windows)], axis=1)


def tempo(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Beats a minute at the highest peak of the onsets' autocorrelation.

    Peaks count less the further they are from 120 a minute (a Gaussian of one
    octave), as in librosa; a parabola through the peak gives what lies between
    two columns. Half and twice the tempo are easily taken for it.

    Parameters
    ----------
    windows : ndarray of float32 [shape=(n, 128, columns)]

    Returns
    -------
    ndarray of float32 [shape=(n,)]
        40 to 240; 120 where there are no onsets or too few columns to tell.
    """
    from genre_app._scipy import fft

    columns = windows.shape[2]
    first = int(60 * COLUMN_RATE / _FASTEST_BPM)
    last = min(int(60 * COLUMN_RATE / _SLOWEST_BPM), columns - 3)
    usual = np.full(len(windows), _USUAL_BPM, np.float32)
    if last < first + 1:
        return usual
    onsets = np.maximum(np.diff(windows, axis=2), 0.0).mean(axis=1)
    onsets -= onsets.mean(axis=1, keepdims=True)
    length = fft.next_fast_len(2 * onsets.shape[1])
    products = fft.irfft(np.square(np.abs(fft.rfft(onsets, length, axis=1))), length, axis=1)
    lags = np.arange(first, last + 1)
    around = products[:, first - 1 : last + 2] / (onsets.shape[1] - np.arange(first - 1, last + 2))
    octaves = np.log2(60 * COLUMN_RATE / lags / _USUAL_BPM)
    weighted = np.maximum(around[:, 1:-1], 0.0) * np.exp(-0.5 * octaves**2)
    best = weighted.argmax(axis=1)
    rows = np.arange(len(windows))
    before, at, after = (around[rows, best + step] for step in range(3))
    curvature = before - 2 * at + after
    # A peak at the end of the range has a higher neighbour: there is no parabola.
    peaked = (at >= before) & (at >= after) & (curvature < 0)
    shift = np.where(peaked, 0.5 * (before - after) / np.where(peaked, curvature, 1.0), 0.0)
    found = 60 * COLUMN_RATE / (lags[best] + shift)
    clear = weighted[rows, best] > _SMALLEST
    return np.where(clear, np.clip(found, _SLOWEST_BPM, _FASTEST_BPM), usual).astype(np.float32)


def _describe(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    power = mel_power(windows)
    curves = [*_shape_curves(windows, power), *_parts(power)]
    pitches, cepstrum = chroma(power), mfcc(windows)
    numbers = [pitches.mean(axis=(1, 2)), pitches.var(axis=(1, 2))]
    for curve in curves:
        numbers += [curve.mean(axis=1), curve.var(axis=1)]
    numbers.append(tempo(windows))
    pairs = np.stack([cepstrum.mean(axis=2), cepstrum.var(axis=2)], axis=2)
    result: NDArray[np.float32] = np.concatenate(
        [np.stack(numbers, axis=1), pairs.reshape(len(windows), -1)], axis=1, dtype=np.float32
    )
    return result


def _shape_curves(
    windows: NDArray[np.float32], power: NDArray[np.float32]
) -> list[NDArray[np.float32]]:
    """RMS, centroid, bandwidth, roll-off, flatness, each [shape=(n, columns)]."""
    hertz, widths = _bands()
    magnitude = np.sqrt(power) * widths[:, None]
    total = magnitude.sum(axis=1) + _SMALLEST
    moments = np.matmul(np.stack([hertz, hertz**2]), magnitude) / total[:, None]
    centroid = moments[:, 0]
    bandwidth = np.sqrt(np.maximum(moments[:, 1] - centroid**2, 0.0))
    reached = np.cumsum(magnitude, axis=1) >= _ROLL_OFF * total[:, None]
    roll_off = hertz[reached.argmax(axis=1)]
    rms = np.sqrt(np.matmul(widths / widths.sum(), power))
    # The mean of decibels is the logarithm of the geometric mean; power has lost its floor.
    flatness = decibel_power(windows.mean(axis=1)) / (power.mean(axis=1) + FLOOR_POWER)
    return [rms, centroid, bandwidth, roll_off, flatness]


def _parts(power: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Harmonic and percussive part, each [shape=(n, columns)].

    Medians over time and over frequency, and soft masks from them, on 32 bands;
    of five values each, because those of every cell's whole neighbourhood would
    cost a hundred times as much as the other descriptors.

    References
    ----------
    .. [1] Fitzgerald, D. (2010). Harmonic/percussive separation using median
       filtering. DAFx.
    """
    widths = _bands()[1].reshape(_GROUPED, -1, 1)
    grouped = (power.reshape(len(power), _GROUPED, -1, power.shape[2]) * widths).sum(axis=2)
    grouped /= widths.sum()
    harmonic = np.square(_median_of_five(grouped, axis=2, apart=_APART))
    percussive = np.square(_median_of_five(grouped, axis=1, apart=1))
    both = harmonic + percussive + _SMALLEST**2
    return [np.sqrt((grouped * (part / both)).sum(axis=1)) for part in (harmonic, percussive)]


def _median_of_five(values: NDArray[np.float32], *, axis: int, apart: int) -> NDArray[np.float32]:
    """Median of each cell and two on either side, ``apart`` cells apart, along an axis."""
    size = values.shape[axis]
    cells = np.arange(size)
    # At the ends the last cell goes on.
    a, b, c, d, e = (
        values.take(np.clip(cells + step * apart, 0, size - 1), axis=axis) for step in range(-2, 3)
    )
    low = np.maximum(np.minimum(a, b), np.minimum(c, d))
    high = np.minimum(np.maximum(a, b), np.maximum(c, d))
    # The median is the middle one of these two and the fifth.
    return np.maximum(np.minimum(low, high), np.minimum(e, np.maximum(low, high)))


@cache
def _bands() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Centre and width of each band in hertz [shape=(128,) each]."""
    edges = band_edges()
    centres, widths = edges[1:-1].astype(np.float32), (edges[2:] - edges[:-2]).astype(np.float32)
    for array in (centres, widths):
        array.flags.writeable = False
    return centres, widths
