"""What several of the architectures are made of.

The functions take and give symbolic Keras tensors; Keras is imported when a
network is built. Every layer is one of Keras's own, so that a saved network
loads in safe mode.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["BATCH_MOMENTUM", "conv_block", "finished", "scaling", "standardised"]

BATCH_MOMENTUM: Final = 0.9
"""Of batch normalisation: Keras's 0.99 lags hundreds of steps behind on runs this short."""

_SHARE_OF_MEAN: Final = 0.01
_SMALLEST: Final = 1e-6


def scaling(training: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and spread of each number of the training windows.

    A hundredth of the mean is added to each spread: a number that hardly varies in
    training (the minimum of a band that is always at the floor) is not magnified.

    Parameters
    ----------
    training : ndarray of float32 [shape=(n, numbers)]

    Returns
    -------
    mean, spread : ndarray of float64 [shape=(numbers,)]
    """
    mean = training.mean(axis=0, dtype=np.float64)
    spread = training.std(axis=0, dtype=np.float64)
    return mean, spread + _SHARE_OF_MEAN * np.abs(mean) + _SMALLEST


def standardised(
    tensor: Any,  # noqa: ANN401  # Keras's symbolic tensor
    mean: Any,  # noqa: ANN401
    spread: Any,  # noqa: ANN401
) -> Any:  # noqa: ANN401
    """Subtract a mean and divide by a spread: numbers, or an array of the last axis."""
    import keras

    axis = -1 if np.ndim(mean) else None
    return keras.layers.Normalization(axis=axis, mean=mean, variance=np.square(spread))(tensor)


def conv_block(
    tensor: Any,  # noqa: ANN401
    filters: int,
    *,
    kernel: int | tuple[int, int] = 3,
    stride: int | tuple[int, int] = 1,
    padding: str = "same",
    normalise: bool = False,
    activation: str | None = "relu",
    pool: tuple[int, int] | None = (2, 2),
    dropout: float = 0.0,
) -> Any:  # noqa: ANN401
    """Convolution, then batch normalisation, activation, max pooling, dropout where wanted.

    Parameters
    ----------
    tensor : KerasTensor [shape=(n, rows, columns, channels)]
    pool : (int, int) or None
        Rows and columns that become one.
    """
    from keras import layers

    tensor = layers.Conv2D(filters, kernel, strides=stride, padding=padding)(tensor)
    if normalise:
        tensor = layers.BatchNormalization(momentum=BATCH_MOMENTUM)(tensor)
    if activation is not None:
        tensor = layers.Activation(activation)(tensor)
    if pool is not None:
        tensor = layers.MaxPooling2D(pool)(tensor)
    return layers.Dropout(dropout)(tensor) if dropout > 0 else tensor


def finished(
    given: Any,  # noqa: ANN401
    embedding: Any,  # noqa: ANN401
    *,
    genres: int,
    name: str,
    dropout: float = 0.0,
) -> Any:  # noqa: ANN401
    """Put the output layer on an embedding and make the network.

    Returns
    -------
    keras.Model
        With the outputs ``logits`` (n, genres) and ``embedding``.
    """
    import keras

    hidden = keras.layers.Dropout(dropout)(embedding) if dropout > 0 else embedding
    logits = keras.layers.Dense(genres, name="logits")(hidden)
    return keras.Model(given, {"logits": logits, "embedding": embedding}, name=name)
