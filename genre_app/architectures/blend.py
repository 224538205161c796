"""The flagship: six descriptions of a window, read by networks of several branches."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app.architectures.base import Architecture
from genre_app.architectures.statistics_mlp import DAMPING
from genre_app.recipes import ANYWHERE, Recipe
from genre_app.views import STATISTICS, statistics
from genre_app.views.covariances import COVARIANCES, covariances
from genre_app.views.patterns import PATTERNS, patterns
from genre_app.views.scales import loudness, onsets

__all__ = ["BRANCHES", "DROPOUTS", "ENTRIES", "FAMILIES", "build", "numbers", "one_head"]

FAMILIES: Final = {
    "patterns": PATTERNS,
    "statistics": STATISTICS,
    "patterns of onsets": PATTERNS,
    "covariances": COVARIANCES,
    "statistics of loudness": STATISTICS,
    "patterns of loudness": PATTERNS,
}
"""How many numbers there are of each description, in their order."""

_ENDS: Final = dict(zip(FAMILIES, accumulate(FAMILIES.values()), strict=True))

BRANCHES: Final = (
    ("all", *FAMILIES),
    ("standing", "patterns", "statistics"),
    ("beginning", "statistics", "patterns of onsets"),
    ("loud", "statistics of loudness", "patterns of loudness"),
)
"""The branches: a name, and the descriptions, side by side, that each of them reads."""

DROPOUTS: Final = (0.3, 0.5)
"""Shares that are dropped out before and after each branch's hidden layer."""


def numbers(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Describe each window by 3440 numbers.

    Parameters
    ----------
    windows : ndarray of float32 [shape=(n, 128, columns)]
        dB, at least 4 columns.

    Returns
    -------
    ndarray of float32 [shape=(n, 3440)]
        In the order of :data:`FAMILIES`.
    """
    loud = loudness(windows)
    return np.concatenate(
        [
            patterns(windows),
            statistics(windows),
            patterns(onsets(windows)),
            covariances(windows),
            statistics(loud),
            patterns(loud),
        ],
        axis=1,
    )


def build(
    training: NDArray[np.float32],
    /,
    *,
    genres: int = 10,
    units: int = 128,
    dropouts: tuple[float, float] = DROPOUTS,
    branches: Sequence[tuple[str, ...]] = BRANCHES,
) -> Any:  # noqa: ANN401  # keras.Model, which is imported late.
    """Build one of the networks; the recipe's folds make several of them.

    Its branches share nothing but the standardised input, and each learns by itself
    from what it reads: one from all numbers, three from two descriptions each. They err
    differently, and the mean of their logits is better than any; learnt from one loss
    on that mean they would lean on each other.

    Parameters
    ----------
    training : ndarray of float32 [shape=(n, 3440)]
        Numbers of the training windows: they standardise the input.
    genres : int
    units : int
        Width of each branch's hidden layer.
    dropouts : (float, float)
        Before and after it.
    branches : sequence of tuple of str
        As :data:`BRANCHES`, of which a model that is served is made.

    Returns
    -------
    keras.Model
        (n, 3440) -> ``logits`` (n, genres), ``embedding`` (n, 4 x units), ``branches``
        (n, 4, genres).
    """
    import keras

    mean = training.mean(axis=0)
    spread = training.std(axis=0) + DAMPING
    given = keras.Input((training.shape[1],), name="numbers")
    plain = keras.layers.Normalization(mean=mean, variance=spread**2, name="standardise")(given)
    felt, said = [], []
    for name, *families in branches:
        read = [plain[:, _ENDS[one] - FAMILIES[one] : _ENDS[one]] for one in families]
        part = keras.layers.Dropout(dropouts[0])(keras.layers.Concatenate()(read))
        felt.append(keras.layers.Dense(units, activation="gelu", name=f"hidden_{name}")(part))
        hidden = keras.layers.Dropout(dropouts[1])(felt[-1])
        said.append(keras.layers.Dense(genres, name=f"said_{name}")(hidden))
    return keras.Model(
        given,
        {
            "logits": keras.layers.Average(name="logits")(said),
            "embedding": keras.layers.Concatenate(name="embedding")(felt),
            "branches": keras.ops.stack(said, axis=1),
        },
        name="blend",
    )


def one_head(network: Any) -> Any:  # noqa: ANN401  # keras.Model
    """Make of a trained network's branches one: the same logits, from one last layer.

    Returns
    -------
    keras.Model
        (n, 3440) -> ``logits`` (n, genres), ``embedding`` (n, 4 x units), whose product
        with the layer called ``logits`` they are.
    """
    import keras

    heads = [network.get_layer(f"said_{name}").get_weights() for name, *_ in BRANCHES]
    head = keras.layers.Dense(heads[0][1].size, name="logits")
    logits = head(network.output["embedding"])
    kernel = np.concatenate([kernel for kernel, _ in heads]) / len(heads)
    head.set_weights([kernel, np.mean([bias for _, bias in heads], axis=0)])
    said = {"logits": logits, "embedding": network.output["embedding"]}
    return keras.Model(network.input, said, name="blend")


ENTRIES: Final = (
    Architecture(
        name="blend",
        title="Genre Blend",
        summary=(
            "Describes each 12 seconds by 3,440 numbers: timbre and rhythm in bands, the fine "
            "pattern in each zone of the spectrum, and which bands rise and fall together; also of "
            "the music's loudness and of its onsets alone. A network of four branches reads them, "
            "each branch other numbers. It has also learnt from mixes of two songs."
        ),
        report="This project",
        section="",
        window_s=12.0,
        hop_s=3.0,
        view=numbers,
        build=build,
        finish=one_head,
        recipe=Recipe(
            versions=16,
            clean=6,
            mixed=0.6,
            pairs=4,
            lengths_s=(9.0, 20.0),
            folds=5,
            label_smoothing=0.0,
            augmentation=ANYWHERE,
        ),
    ),
)
