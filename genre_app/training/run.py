"""One training: augmented windows of the subset, a network, a fixed seed."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app.architectures import Architecture
from genre_app.errors import TrainingError
from genre_app.genres import GENRES
from genre_app.gtzan import Subset
from genre_app.logmel import COLUMN_RATE
from genre_app.training.augment import Augmentation, augment

__all__ = ["Recipe", "Trained", "augmented_view", "fit"]

SHORTEST_S: Final = 9.0
LONGEST_S: Final = 20.0
"""Seconds of the training windows: served ones are 12 s, a short song's are shorter."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Everything that a training depends on besides the data.

    Attributes
    ----------
    versions : int
        Augmented windows made of each track.
    epochs, batch : int
    learning_rate : float
        Falls to 0 along a half cosine.
    weight_decay : float
        Of AdamW.
    label_smoothing : float
    seed : int
        Of the augmentation, the initial weights and the order.
    """

    versions: int = 16
    epochs: int = 20
    batch: int = 128
    learning_rate: float = 1e-3
    weight_decay: float = 0.02
    label_smoothing: float = 0.1
    seed: int = 0
    augmentation: Augmentation = field(default_factory=Augmentation)


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained network, its loss and accuracy an epoch, and the seconds it took."""

    model: Any
    history: dict[str, list[float]]
    seconds: float


def augmented_view(
    subset: Subset,
    positions: NDArray[np.intp],
    architecture: Architecture,
    recipe: Recipe,
    *,
    progress: Callable[[float], None] | None = None,
) -> NDArray[np.float32]:
    """Cut and augment windows of tracks, and compute the network's view of them.

    Returns
    -------
    ndarray of float32 [shape=(tracks, versions, ...)]
    """
    chance = np.random.default_rng(recipe.seed)
    views = []
    for done, position in enumerate(positions.tolist()):
        clip = subset.log_mel(position).decibels
        for _ in range(recipe.versions):
            heard = augment(clip, chance, recipe.augmentation)
            wanted = round(chance.uniform(SHORTEST_S, LONGEST_S) * COLUMN_RATE)
            width = min(wanted, heard.shape[1])
            start = int(chance.integers(heard.shape[1] - width + 1))
            views.append(architecture.view(heard[None, :, start : start + width])[0])
        if progress is not None:
            progress((done + 1) / len(positions))
    stacked = np.stack(views)
    return stacked.reshape(len(positions), recipe.versions, *stacked.shape[1:])


def fit(
    subset: Subset,
    positions: NDArray[np.intp],
    architecture: Architecture,
    recipe: Recipe,
    *,
    progress: Callable[[float], None] | None = None,
) -> Trained:
    """Train a network on tracks of the subset.

    Parameters
    ----------
    subset : Subset
    positions : ndarray of int
        The training tracks.
    architecture : Architecture
    recipe : Recipe
        With a fixed number of epochs: nothing but these tracks is looked at.
    progress : callable, optional
        Told the share that is done, 0 to 1.

    Raises
    ------
    TrainingError
        There is no track, or only one genre, to learn from.
    """
    import keras

    labels = subset.labels[positions]
    if len(np.unique(labels)) < 2:
        raise TrainingError("A training needs tracks of at least two genres.")
    began = time.perf_counter()
    tell = progress or (lambda share: None)
    view = augmented_view(
        subset, positions, architecture, recipe, progress=lambda share: tell(share / 2)
    )
    keras.utils.set_random_seed(recipe.seed)
    flat = view.reshape(-1, *view.shape[2:])
    model = architecture.build(flat)
    smooth = recipe.label_smoothing
    targets = np.eye(len(GENRES), dtype=np.float32)[np.repeat(labels, recipe.versions)]
    steps = recipe.epochs * -(-len(flat) // recipe.batch)
    learner = keras.Model(model.input, model.output["logits"])
    learner.compile(
        keras.optimizers.AdamW(
            keras.optimizers.schedules.CosineDecay(recipe.learning_rate, steps),
            weight_decay=recipe.weight_decay,
        ),
        keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smooth),
        metrics=["accuracy"],
    )
    told = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, _: tell(0.5 + (epoch + 1) / recipe.epochs / 2)
    )
    history = learner.fit(
        flat, targets, batch_size=recipe.batch, epochs=recipe.epochs, verbose=0, callbacks=[told]
    ).history
    curves = {name: [round(float(x), 5) for x in values] for name, values in history.items()}
    return Trained(model, curves, time.perf_counter() - began)
