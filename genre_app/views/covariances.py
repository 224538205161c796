"""How bands go together: which of them rise and fall at the same time.

References
----------
.. [1] Arsigny, V. et al. (2006). Log-Euclidean metrics for fast and simple calculus
   on diffusion tensors. Magnetic Resonance in Medicine 56(2) (the matrix
   logarithm of a covariance).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from genre_app.views.spectra import checked, in_groups

__all__ = ["COVARIANCES", "covariances"]

_GROUPS: Final = 16
_NOISE: Final = 1.0
"""Square decibels added to each variance: silent bands have a logarithm too."""

COVARIANCES: Final = (2 * _GROUPS) * (2 * _GROUPS + 1) // 2
"""Length of the covariances: 528."""


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
        is the log-Euclidean one [1]_.

    Raises
    ------
    ValueError
        The windows have another shape.
    """
    checked(windows, columns=4)
    bands = in_groups(windows, _GROUPS).mean(axis=2)
    both = np.concatenate([bands, np.gradient(bands, axis=2)], axis=1).astype(np.float64)
    both -= both.mean(axis=2, keepdims=True)
    spread = both @ both.transpose(0, 2, 1) / windows.shape[2]
    values, vectors = np.linalg.eigh(spread + _NOISE * np.eye(2 * _GROUPS))
    logarithm = (vectors * np.log(values)[:, None, :]) @ vectors.transpose(0, 2, 1)
    row, column = np.triu_indices(2 * _GROUPS)
    weights = np.where(row == column, 1.0, np.sqrt(2.0))
    return np.asarray(logarithm[:, row, column] * weights, dtype=np.float32)
