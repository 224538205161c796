"""A dense network on 448 statistics of the log-mel: small, quick, hard to beat with 443 tracks."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["build"]

UNITS: Final = 256
PLACE: Final = 48
"""Principal components that say how familiar a window is."""

DAMPING: Final = 0.05
"""Added to each spread: a number that hardly varies in training is not magnified."""


def build(
    training: NDArray[np.float32], *, units: int = UNITS, dropouts: tuple[float, float] = (0.3, 0.5)
) -> Any:  # noqa: ANN401  # keras.Model, which is imported late.
    """Build the untrained network.

    Parameters
    ----------
    training : ndarray of float32 [shape=(n, 448)]
        Statistics of the training windows: their mean and spread standardise the
        input, their principal components make the second output.
    units : int
        Width of the hidden layer.
    dropouts : (float, float)
        Before and after the hidden layer.

    Returns
    -------
    keras.Model
        (n, 448) -> ``logits`` (n, 10), and ``place`` (n, 49): whitened principal
        components and, last, the size of what they leave out; each has a mean
        square near 1 over the training windows, so a window's mean square says
        how unlike them it is.
    """
    import keras

    mean = training.mean(axis=0)
    spread = training.std(axis=0) + DAMPING
    standard = (training - mean) / spread
    axes, variances = _principal(standard)
    kept, rest = axes[:, :PLACE], axes[:, PLACE:]

    given = keras.Input((training.shape[1],), name="statistics")
    scaled = keras.layers.Normalization(mean=mean, variance=spread**2, name="standardise")(given)
    hidden = keras.layers.Dropout(dropouts[0])(scaled)
    hidden = keras.layers.Dense(units, activation="gelu", name="hidden")(hidden)
    hidden = keras.layers.Dropout(dropouts[1])(hidden)
    logits = keras.layers.Dense(10, name="logits")(hidden)

    def fixed(name: str, matrix: NDArray[np.floating]) -> Any:  # noqa: ANN401
        layer = keras.layers.Dense(matrix.shape[1], use_bias=False, trainable=False, name=name)
        layer.build((None, matrix.shape[0]))
        layer.set_weights([matrix.astype(np.float32)])
        return layer

    inside = fixed("components", kept / np.sqrt(variances[:PLACE]))(scaled)
    outside = fixed("remainder", rest / np.sqrt(variances[PLACE:].sum()))(scaled)
    size = keras.ops.sqrt(keras.ops.sum(keras.ops.square(outside), axis=1, keepdims=True))
    place = keras.layers.Concatenate(name="place")([inside, size])
    return keras.Model(given, {"logits": logits, "place": place}, name="statistics")


def _principal(
    standard: NDArray[np.float32],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Eigenvectors as columns, and eigenvalues, largest first."""
    values, vectors = np.linalg.eigh(np.cov(standard.T.astype(np.float64)))
    return vectors[:, ::-1], np.maximum(values[::-1], 1e-9)
