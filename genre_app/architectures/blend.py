"""The flagship: statistics, moving ripples and covariances, read by networks of two branches."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app.architectures.base import Architecture
from genre_app.architectures.statistics_mlp import DAMPING
from genre_app.recipes import Augmentation, Recipe
from genre_app.views import statistics
from genre_app.views.texture import covariances, modulations

__all__ = ["ENTRIES", "build", "numbers", "one_head"]

STATISTICS: Final = 448
"""How many of the numbers are statistics; they come first."""

COMPONENTS: Final = 128
WAVES: Final = 1024

_QUIETER: Final = 0.7
"""Weight of the other numbers in the kernel's distances: the best of those tried."""

_NARROWNESS: Final = 0.8
"""Of the kernel, over the mean squared distance from the centre."""

_REACH: Final = 32.0


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


def build(
    training: NDArray[np.float32],
    /,
    *,
    genres: int = 10,
    units: int = 256,
    dropouts: tuple[float, float] = (0.3, 0.5),
    components: int = COMPONENTS,
    waves: int = WAVES,
) -> Any:  # noqa: ANN401  # keras.Model, which is imported late.
    """Build one of the networks; the recipe's folds make several of them.

    Two branches share nothing but the standardised input and are trained side by
    side: a dense network, and a linear layer on random waves, which is what a
    support vector machine with a Gaussian kernel comes to [1]_. They err
    differently; the mean of their logits is better than either.

    Parameters
    ----------
    training : ndarray of float32 [shape=(n, 1336)]
        Numbers of the training windows: they standardise the input and give the
        principal components.
    genres : int
    units : int
        Width of the dense branch's hidden layer.
    dropouts : (float, float)
        Before and after it.
    components : int
        Principal components that the waves run over.
    waves : int

    Returns
    -------
    keras.Model
        (n, 1336) -> ``logits`` (n, genres), ``embedding`` (n, units), ``branches``
        (n, 2, genres).

    References
    ----------
    .. [1] Rahimi, A. & Recht, B. (2007). Random features for large-scale kernel
       machines. NIPS, algorithm 1.
    """
    import keras

    mean = training.mean(axis=0)
    spread = training.std(axis=0) + DAMPING
    given = keras.Input((training.shape[1],), name="numbers")
    plain = keras.layers.Normalization(mean=mean, variance=spread**2, name="standardise")(given)

    hidden = keras.layers.Dropout(dropouts[0])(plain)
    embedding = keras.layers.Dense(units, activation="gelu", name="embedding")(hidden)
    hidden = keras.layers.Dropout(dropouts[1])(embedding)
    dense = keras.layers.Dense(genres, name="dense")(hidden)

    axes, frequencies, phases = _waves((training - mean) / spread, components, waves)
    project = keras.layers.Dense(components, use_bias=False, trainable=False, name="project")
    spin = keras.layers.Dense(waves, trainable=False, name="spin")
    turned = spin(project(plain))
    project.set_weights([axes])
    spin.set_weights([frequencies, phases])
    # The factor only sets how fast this branch learns beside the other.
    felt = keras.ops.cos(turned) * (_REACH * np.sqrt(2.0 / waves))
    kernel = keras.layers.Dense(genres, name="kernel")(felt)

    return keras.Model(
        given,
        {
            "logits": keras.layers.Average(name="logits")([dense, kernel]),
            "embedding": embedding,
            "branches": keras.ops.stack([dense, kernel], axis=1),
        },
        name="blend",
    )


def one_head(network: Any) -> Any:  # noqa: ANN401  # keras.Model
    """Make of a trained network's two branches one: the same logits, from one last layer.

    Returns
    -------
    keras.Model
        (n, 1336) -> ``logits`` (n, genres), ``embedding`` (n, units + waves), whose
        product with the layer called ``logits`` they are.
    """
    import keras

    dense, kernel = network.get_layer("dense"), network.get_layer("kernel")
    beside = keras.layers.Concatenate(name="beside")([network.output["embedding"], kernel.input])
    head = keras.layers.Dense(dense.units, name="logits")
    logits = head(beside)
    (first, first_bias), (second, second_bias) = dense.get_weights(), kernel.get_weights()
    head.set_weights([np.concatenate([first, second]) / 2, (first_bias + second_bias) / 2])
    return keras.Model(network.input, {"logits": logits, "embedding": beside}, name="blend")


def _waves(
    standardised: NDArray[np.float32], components: int, waves: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Give the projection, the waves' frequencies over it, and their phases."""
    weights = np.full(standardised.shape[1], _QUIETER, dtype=np.float32)
    weights[:STATISTICS] = 1.0
    heard = standardised * weights
    covariance = heard.T @ heard / len(heard)
    axes = np.linalg.eigh(covariance)[1][:, ::-1][:, :components]
    chance = np.random.default_rng(0)
    # A Gaussian kernel exp(-g d^2) is the mean of waves with frequencies of variance 2 g.
    narrowness = _NARROWNESS / float(np.trace(covariance))
    frequencies = chance.normal(0.0, np.sqrt(2.0 * narrowness), (components, waves))
    phases = chance.uniform(0.0, 2.0 * np.pi, waves)
    return (
        (weights[:, None] * axes).astype(np.float32),
        frequencies.astype(np.float32),
        phases.astype(np.float32),
    )


ENTRIES: Final = (
    Architecture(
        name="blend",
        title="Genre Blend",
        summary=(
            "Describes each 12 seconds by 1,336 numbers: timbre and rhythm in bands, ripples that "
            "move through the spectrum, and which bands rise and fall together. Five networks read "
            "them, each taught without another fifth of the music: a small dense one beside one "
            "that compares with what it has heard. Both have also learnt from mixes of two songs."
        ),
        report="This project",
        section="",
        window_s=12.0,
        hop_s=3.0,
        view=numbers,
        build=build,
        finish=one_head,
        recipe=Recipe(
            versions=12,
            clean=2,
            mixed=0.6,
            pairs=4,
            lengths_s=(9.0, 20.0),
            folds=5,
            label_smoothing=0.0,
            augmentation=Augmentation(high_pass=0.3),
        ),
    ),
)
