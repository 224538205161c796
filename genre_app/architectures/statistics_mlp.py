"""A dense network on 448 statistics of the log-mel: small, quick, hard to beat with 442 tracks."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app.architectures.base import Architecture
from genre_app.recipes import Recipe
from genre_app.views import statistics

__all__ = ["ENTRIES", "build"]

UNITS: Final = 256

DAMPING: Final = 0.05
"""Added to each spread: a number that hardly varies in training is not magnified."""


def build(
    training: NDArray[np.float32],
    /,
    *,
    genres: int = 10,
    units: int = UNITS,
    dropouts: tuple[float, float] = (0.3, 0.5),
) -> Any:  # noqa: ANN401  # keras.Model, which is imported late.
    """Build the untrained network.

    Parameters
    ----------
    training : ndarray of float32 [shape=(n, 448)]
        Statistics of the training windows: their mean and spread standardise the
        input.
    genres : int
        Number of outputs.
    units : int
        Width of the hidden layer.
    dropouts : (float, float)
        Before and after the hidden layer.

    Returns
    -------
    keras.Model
        (n, 448) -> ``logits`` (n, genres), ``embedding`` (n, units).
    """
    import keras

    mean = training.mean(axis=0)
    spread = training.std(axis=0) + DAMPING
    given = keras.Input((training.shape[1],), name="statistics")
    hidden = keras.layers.Normalization(mean=mean, variance=spread**2, name="standardise")(given)
    hidden = keras.layers.Dropout(dropouts[0])(hidden)
    embedding = keras.layers.Dense(units, activation="gelu", name="embedding")(hidden)
    hidden = keras.layers.Dropout(dropouts[1])(embedding)
    logits = keras.layers.Dense(genres, name="logits")(hidden)
    return keras.Model(given, {"logits": logits, "embedding": embedding}, name="statistics")


ENTRIES: Final = (
    Architecture(
        name="statistics",
        title="Statistics network",
        summary=(
            "Describes each 12 seconds by 448 numbers (timbre, its movement, rhythm in 32 "
            "bands) and gives them to a small dense network. Trained on filtered, noisy, "
            "compressed and stretched versions of each clip, so that it survives real files."
        ),
        report="This project",
        section="",
        window_s=12.0,
        hop_s=3.0,
        view=statistics,
        build=build,
        recipe=Recipe(lengths_s=(9.0, 20.0)),
    ),
)
