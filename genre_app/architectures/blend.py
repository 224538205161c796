"""The flagship: statistics, moving ripples and covariances, read by several dense networks."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app.architectures.base import Architecture
from genre_app.architectures.statistics_mlp import build as build_dense
from genre_app.recipes import Augmentation, Recipe
from genre_app.views import statistics
from genre_app.views.texture import covariances, modulations

__all__ = ["ENTRIES", "build", "numbers"]


def numbers(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Describe each window by 1336 numbers.

    Parameters
    ----------
    windows : ndarray of float32 [shape=(n, 128, columns)]
        dB, at least 4 columns.

    Returns
    -------
    ndarray of float32 [shape=(n, 1336)]
        448 statistics, 360 modulations, 528 covariances.
    """
    return np.concatenate([statistics(windows), modulations(windows), covariances(windows)], axis=1)


def build(training: NDArray[np.float32], /, *, genres: int = 10, **options: Any) -> Any:  # noqa: ANN401
    """Build one of the networks; the recipe's folds make several of them.

    Arguments as :func:`genre_app.architectures.statistics_mlp.build`.

    Returns
    -------
    keras.Model
        (n, 1336) -> ``logits`` (n, genres), ``embedding`` (n, units).
    """
    return build_dense(training, genres=genres, **options)


ENTRIES: Final = (
    Architecture(
        name="blend",
        title="Genre Blend",
        summary=(
            "Describes each 12 seconds by 1,336 numbers: timbre and rhythm in bands, ripples that "
            "move through the spectrum, and which bands rise and fall together. Five small dense "
            "networks read them, each taught without another fifth of the music, with real mixes "
            "of two songs among what they learnt from."
        ),
        report="This project",
        section="",
        window_s=12.0,
        hop_s=3.0,
        view=numbers,
        build=build,
        recipe=Recipe(
            versions=12,
            clean=2,
            mixed=0.33,
            lengths_s=(9.0, 20.0),
            folds=5,
            augmentation=Augmentation(high_pass=0.3),
        ),
    ),
)
