"""What several views share: power, MFCC, chroma and tonnetz of log-mel windows.

Everything is computed from the 128 mel bands, in training and in serving alike.
Conventions: see :mod:`genre_app.views`.

Chroma from mel bands is coarse: below 1 kHz a band is 26 Hz wide, a semitone
there 3 to 60 Hz. What lies under about 300 Hz is therefore smeared over
neighbouring pitch classes, by as much as the band is wide.
"""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genre_app.audio import SAMPLE_RATE
from genre_app.logmel import BANDS, FLOOR_DB, hertz_to_mel, mel_to_hertz

__all__ = [
    "FLOOR_POWER",
    "MFCCS",
    "PITCH_CLASSES",
    "TONAL_AXES",
    "band_edges",
    "checked",
    "chroma",
    "decibel_power",
    "in_groups",
    "mel_power",
    "mfcc",
    "tonnetz",
]

MFCCS: Final = 20
"""Coefficients, from number 0 on: librosa's default, which the reports used."""

PITCH_CLASSES: Final = 12
TONAL_AXES: Final = 6

_NEPERS: Final = np.float32(np.log(10.0) / 10.0)
"""Natural logarithm of the power that one decibel stands for."""

FLOOR_POWER: Final = np.float32(10.0 ** (FLOOR_DB / 10.0))
"""Power at the floor."""


def checked(windows: NDArray[np.float32], *, columns: int = 1) -> NDArray[np.float32]:
    """Give the windows back, or refuse another shape.

    Parameters
    ----------
    columns : int
        The least that they must have.

    Raises
    ------
    ValueError
        They are not (n, 128, columns or more).
    """
    if windows.ndim != 3 or windows.shape[1] != BANDS or windows.shape[2] < columns:
        wanted = f"(n, {BANDS}, {columns} or more)"
        raise ValueError(f"windows must have the shape {wanted}: {windows.shape}")
    return windows


def in_groups(windows: NDArray[np.float32], groups: int) -> NDArray[np.float32]:
    """Give neighbouring bands together [shape=(n, groups, 128 / groups, columns)]."""
    count, _, columns = windows.shape
    return windows.reshape(count, groups, BANDS // groups, columns)


def decibel_power(decibels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn decibels into power, elementwise: 0 dB is 1."""
    power: NDArray[np.float32] = np.exp(decibels * _NEPERS)
    return power


def mel_power(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn decibels into power, 1 the loudest; what lies at the floor counts nothing.

    Parameters
    ----------
    windows : ndarray of float32 [shape=(n, 128, columns)]

    Returns
    -------
    ndarray of float32 [shape=(n, 128, columns)]
        0 to 1.
    """
    power = decibel_power(windows)
    power -= FLOOR_POWER
    return np.maximum(power, np.float32(0.0), out=power)


def mfcc(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mel-frequency cepstral coefficients, as ``librosa.feature.mfcc(S=window)``.

    Returns
    -------
    ndarray of float32 [shape=(n, 20, columns)]
    """
    coefficients: NDArray[np.float32] = np.matmul(_cosines(), windows)
    return coefficients


def chroma(power: NDArray[np.float32]) -> NDArray[np.float32]:
    """Fold mel power into twelve pitch classes; the loudest of each column is 1.

    Parameters
    ----------
    power : ndarray of float32 [shape=(n, 128, columns)]
        As from :func:`mel_power`.

    Returns
    -------
    ndarray of float32 [shape=(n, 12, columns)]
        Row 0 is C; silent columns are 0.
    """
    folded: NDArray[np.float32] = np.matmul(_pitch_classes(), power)
    loudest = folded.max(axis=1, keepdims=True)
    folded /= np.where(loudest > 0, loudest, np.float32(1.0))
    return folded


def tonnetz(pitches: NDArray[np.float32]) -> NDArray[np.float32]:
    """Project chroma onto the circles of fifths, minor thirds and major thirds.

    The same as ``librosa.feature.tonnetz(chroma=...)``.

    Parameters
    ----------
    pitches : ndarray of float32 [shape=(n, 12, columns)]
        As from :func:`chroma`.

    Returns
    -------
    ndarray of float32 [shape=(n, 6, columns)]
        Silent columns lie in the middle, at 0.

    References
    ----------
    .. [1] Harte, C., Sandler, M. and Gasser, M. (2006). Detecting harmonic
       change in musical audio. Proc. 1st ACM Workshop on Audio and Music
       Computing Multimedia, 21-26.
    """
    total = pitches.sum(axis=1, keepdims=True)
    shares = pitches / np.where(total > 0, total, np.float32(1.0))
    placed: NDArray[np.float32] = np.matmul(_circles(), shares)
    return placed


@cache
def band_edges() -> NDArray[np.float64]:
    """Corner frequencies of the mel bands in hertz [shape=(130,)]. Read-only.

    Band ``i`` rises from ``[i]``, peaks at ``[i + 1]`` and ends at ``[i + 2]``.
    """
    edges = mel_to_hertz(np.linspace(0.0, hertz_to_mel(SAMPLE_RATE / 2), BANDS + 2))
    edges.flags.writeable = False
    return edges


@cache
def _cosines() -> NDArray[np.float32]:
    """First 20 rows of the orthonormal DCT-II of 128 points."""
    from genre_app._scipy import fft

    return _frozen(fft.dct(np.eye(BANDS), axis=0, norm="ortho")[:MFCCS])


@cache
def _pitch_classes() -> NDArray[np.float32]:
    """Weights [shape=(12, 128)]: as librosa's chroma filters, with a band for a Fourier bin.

    A Gaussian of one semitone, or of the band's width where that is more, around
    each pitch class; bands far from the fifth octave above 27.5 Hz count less.
    """
    edges = band_edges()
    semitone = 12 * np.log2(edges[1:-1] / 27.5)
    # Half the distance between the corners: where neighbouring bands cross.
    width = np.maximum(6 * np.log2(edges[2:] / np.maximum(edges[:-2], edges[1])), 1.0)
    # The rows begin at C, three semitones above A.
    distance = semitone - np.arange(PITCH_CLASSES)[:, None] - 3.0
    distance = np.remainder(distance + 6.0, 12.0) - 6.0
    weights = np.exp(-0.5 * (2.0 * distance / width) ** 2)
    weights /= np.linalg.norm(weights, axis=0)
    weights *= np.exp(-0.5 * ((semitone / 12 - 5.0) / 2.0) ** 2)
    return _frozen(weights)


@cache
def _circles() -> NDArray[np.float32]:
    """Sine and cosine of the three circles [shape=(6, 12)]; the last has radius 0.5."""
    angles = np.pi * np.outer([7 / 6, 3 / 2, 2 / 3], np.arange(PITCH_CLASSES))
    circles = np.stack([np.sin(angles), np.cos(angles)], axis=1).reshape(TONAL_AXES, -1)
    circles[4:] *= 0.5
    return _frozen(circles)


def _frozen(matrix: NDArray[np.float64]) -> NDArray[np.float32]:
    result = np.ascontiguousarray(matrix, dtype=np.float32)
    result.flags.writeable = False
    return result
