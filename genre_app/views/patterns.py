"""The fine pattern of each zone of the spectrum: two-dimensional modulation spectra.

Each piece of 32 bands by two seconds is looked at as if it were cloth: how strong is every
period of its weave, along time and across bands at once? Slides, vibratos, harmonics, drum
rolls and beats each have their place there. A magnitude does not say where in the piece
something is, so a riff a semitone higher or an eighth later gives nearly the same numbers.

References
----------
.. [1] Singh, N. C. & Theunissen, F. E. (2003). Modulation spectra of natural sounds and
   ethological theories of auditory processing. JASA 114(6), section II.
.. [2] Bertin-Mahieux, T. & Ellis, D. P. W. (2012). Large-scale cover song recognition using
   the 2D Fourier transform magnitude. ISMIR, section 3.
"""

from functools import cache
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from genre_app.logmel import BANDS
from genre_app.views.spectra import checked

__all__ = ["PATTERNS", "patterns"]

_ROWS: Final = 32
_ROW_STEP: Final = 16
_COLUMNS: Final = 48
_COLUMN_STEP: Final = 24
"""A piece is 32 bands by 2 seconds; pieces overlap by half both ways."""

_TOGETHER_TIME: Final = 4
_TOGETHER_ROWS: Final = 2
"""Neighbouring bins of the transform that are averaged."""

_OFFSET: Final = 0.3
"""Decibels: keeps the logarithm of a faint modulation from magnifying rounding."""

_AT_ONCE: Final = 8
"""Windows that are transformed together: their spectra stay in the processor's cache."""

_ZONES: Final = (BANDS - _ROWS) // _ROW_STEP + 1

PATTERNS: Final = _ZONES * (_COLUMNS // _TOGETHER_TIME) * (_ROWS // 2 // _TOGETHER_ROWS)
"""Length of the patterns: 672."""


def patterns(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Measure each zone's modulation spectrum: logarithm of the mean magnitude.

    Parameters
    ----------
    windows : ndarray of float32 [shape=(n, 128, columns)]
        dB, or another scale of about that range; any number of columns. Of less than 48
        there is one shorter piece.

    Returns
    -------
    ndarray of float32 [shape=(n, 672)]
        Seven zones, low to high, x twelve ranges of 2 Hz, from ripples that move upwards
        fastest over those that stand still to those that move downwards fastest, x eight
        widths of ripples, wide to narrow.

    Raises
    ------
    ValueError
        The windows have another shape.
    """
    checked(windows)
    starts = range(0, max(len(windows), 1), _AT_ONCE)  # Of no window there is an empty answer.
    return np.concatenate([_patterns(windows[at : at + _AT_ONCE]) for at in starts])


def _patterns(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    from genre_app._scipy import fft

    count, _, columns = windows.shape
    length = min(_COLUMNS, columns)
    fade = _fade(length)
    found = []
    for low in range(0, BANDS - _ROWS + 1, _ROW_STEP):
        zone = windows[:, low : low + _ROWS]
        # (n, pieces, columns, rows): the real transform is along the rows.
        cut = sliding_window_view(zone, length, axis=2)[:, :, ::_COLUMN_STEP].transpose(0, 2, 3, 1)
        pieces = (cut - cut.mean(axis=(2, 3), keepdims=True)) * fade
        spectra = np.abs(fft.rfft2(pieces, s=(_COLUMNS, _ROWS), axes=(2, 3))).mean(axis=1)
        centred = fft.fftshift(spectra, axes=1)[:, :, : _ROWS // 2]
        bins = centred.reshape(
            count,
            _COLUMNS // _TOGETHER_TIME,
            _TOGETHER_TIME,
            _ROWS // 2 // _TOGETHER_ROWS,
            _TOGETHER_ROWS,
        )
        # Divided by the root of the size: a steady noise gives the same whatever the length.
        found.append(
            bins.mean(axis=(2, 4)).reshape(count, PATTERNS // _ZONES) / np.sqrt(_ROWS * length)
        )
    result: NDArray[np.float32] = np.log(_OFFSET + np.concatenate(found, axis=1))
    return result.astype(np.float32, copy=False)


@cache
def _fade(columns: int) -> NDArray[np.float32]:
    """Give a piece's weights, from nothing at its edges to one [shape=(columns, 32)]."""
    both = np.outer(np.hanning(columns), np.hanning(_ROWS))
    weights: NDArray[np.float32] = both.astype(np.float32)
    weights.flags.writeable = False
    return weights
