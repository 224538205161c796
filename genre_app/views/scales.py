"""Other ways to look at a window before it is described: as loudness, and as onsets.

Decibels count what is faint as much as what is loud. Loudness counts as the ear does,
and onsets count only what begins. A description of each errs on other songs.

References
----------
.. [1] Stevens, S. S. (1957). On the psychophysical law. Psychological Review 64(3)
   (loudness grows with about the third root of power; the fourth did best here).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from genre_app.views.spectra import decibel_power

__all__ = ["loudness", "onsets"]

_LOUDEST: Final = 60.0
"""Of the loudest cell: as far from silence as most of a window in decibels is."""

_EXPONENT: Final = np.float32(0.25)
"""Of power: ten times as loud for forty decibels."""

_STEP: Final = 2
"""Columns over which something rises: a twelfth of a second."""


def loudness(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give windows in dB as loudness, 0 to 60, in a shape that is the same."""
    return decibel_power(windows * _EXPONENT) * np.float32(_LOUDEST)


def onsets(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give by how much each cell rises within two columns, 0 where it falls.

    Parameters
    ----------
    windows : ndarray of float32 [shape=(n, 128, columns)]

    Returns
    -------
    ndarray of float32 [shape=(n, 128, columns - 2)]
    """
    rise: NDArray[np.float32] = np.maximum(windows[:, :, _STEP:] - windows[:, :, :-_STEP], 0)
    return rise
