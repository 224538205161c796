"""One training: windows of the subset, a network, a recipe, a fixed seed."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre_app.architectures import Architecture
from genre_app.errors import TrainingError
from genre_app.gtzan import Subset
from genre_app.recipes import Recipe
from genre_app.training.crossfit import divide, joined
from genre_app.training.examples import Examples, as_served, for_training

__all__ = ["Best", "Trained", "compile_for", "finished", "fit", "fit_parts", "train_network"]


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained network.

    Attributes
    ----------
    model : keras.Model or Trees
    history : dict of str to list of float
        Loss and accuracy, a value an epoch; of several networks, their mean.
    seconds : float
    members : tuple of (keras.Model, ndarray of int)
        Of a recipe with folds: each network, and the tracks that it has not heard.
    """

    model: Any
    history: dict[str, list[float]]
    seconds: float
    members: tuple[tuple[Any, NDArray[np.intp]], ...] = ()


@dataclass(frozen=True, eq=False)
class Best:
    """The best epoch so far: early stopping counts from it, and goes back to it.

    Attributes
    ----------
    epoch : int
        Counted from 1.
    val_loss : float
    weights : list of ndarray
        The network's after that epoch.
    """

    epoch: int
    val_loss: float
    weights: list[NDArray[Any]]


def fit(
    subset: Subset,
    positions: NDArray[np.intp],
    architecture: Architecture,
    recipe: Recipe,
    *,
    validation: NDArray[np.intp] | None = None,
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
    validation : ndarray of int, optional
        Tracks for the validation curves, and for early stopping where the recipe
        has a patience. Never the test part.
    progress : callable, optional
        Told the share that is done, 0 to 1.

    Raises
    ------
    TrainingError
        There is no track, or only one genre, to learn from; or early stopping
        has nothing to look at.
    """
    import keras

    if len(np.unique(subset.labels[positions])) < 2:
        raise TrainingError("A training needs tracks of at least two genres.")
    if recipe.patience is not None and validation is None:
        raise TrainingError("Early stopping needs validation tracks.")
    if recipe.folds >= 2:
        heard = positions if validation is None else np.concatenate([positions, validation])
        return _fit_folds(subset, np.sort(heard), architecture, recipe, progress=progress)
    began = time.perf_counter()
    tell = progress or (lambda share: None)
    examples = for_training(
        subset, positions, architecture, recipe, progress=lambda share: tell(share / 2)
    )
    checks = None if validation is None else as_served(subset, validation, architecture)
    keras.utils.set_random_seed(recipe.seed)
    genres = len(subset.genres)
    model = architecture.build(examples.view, genres=genres, **recipe.options)
    if architecture.trees:
        model = model.fit(examples.view, examples.targets.argmax(axis=1), seed=recipe.seed)
        tell(1.0)
        return Trained(model, {}, time.perf_counter() - began)
    told = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, _: tell(0.5 + (epoch + 1) / recipe.epochs / 2)
    )
    history = train_network(
        model, examples, checks, recipe, multi_label=architecture.multi_label, callbacks=[told]
    )
    tell(1.0)
    return Trained(finished(model, architecture), history, time.perf_counter() - began)


def _fit_folds(
    subset: Subset,
    positions: NDArray[np.intp],
    architecture: Architecture,
    recipe: Recipe,
    *,
    progress: Callable[[float], None] | None = None,
) -> Trained:
    began = time.perf_counter()
    tell = progress or (lambda share: None)
    parts = divide(subset, positions, recipe.folds)
    examples = for_training(
        subset,
        positions,
        architecture,
        recipe,
        groups=parts,
        progress=lambda share: tell(share / 2),
    )
    trained = fit_parts(
        subset,
        positions,
        parts,
        examples,
        architecture,
        recipe,
        progress=lambda share: tell(0.5 + share / 2),
    )
    return replace(trained, seconds=time.perf_counter() - began)


def fit_parts(
    subset: Subset,
    positions: NDArray[np.intp],
    parts: NDArray[np.intp],
    examples: Examples,
    architecture: Architecture,
    recipe: Recipe,
    *,
    progress: Callable[[float], None] | None = None,
) -> Trained:
    """Train a network without each part of the tracks, from examples that are at hand.

    Parameters
    ----------
    positions : ndarray of int [shape=(tracks,)]
    parts : ndarray of int [shape=(tracks,)]
        The number of each track's part, from 0 on.
    examples : Examples
        Of these tracks, and of others that are not looked at. Nothing in them may
        be mixed of two parts.
    """
    import keras

    began = time.perf_counter()
    members, curves = [], []
    folds = int(parts.max()) + 1
    for number in range(folds):
        left_out = positions[parts == number]
        learnt = examples.of(positions[parts != number])
        keras.utils.set_random_seed(recipe.seed * folds + number)
        network = architecture.build(learnt.view, genres=len(subset.genres), **recipe.options)
        checks = as_served(subset, left_out, architecture)
        curves.append(
            train_network(network, learnt, checks, recipe, multi_label=architecture.multi_label)
        )
        members.append((finished(network, architecture), left_out))
        if progress is not None:
            progress((number + 1) / folds)
    # Early stopping may have ended them at different epochs.
    shortest = min(len(curve["loss"]) for curve in curves)
    history = {
        name: np.mean([curve[name][:shortest] for curve in curves], axis=0).round(5).tolist()
        for name in curves[0]
    }
    model = joined([network for network, _ in members])
    return Trained(model, history, time.perf_counter() - began, tuple(members))


def train_network(
    model: Any,  # noqa: ANN401  # keras.Model
    examples: Examples,
    checks: Examples | None,
    recipe: Recipe,
    *,
    multi_label: bool = False,
    callbacks: list[Any] | None = None,
    begin: int = 0,
    best: Best | None = None,
    better: Callable[[Best], None] | None = None,
) -> dict[str, list[float]]:
    """Train a network that is built already; give its curves, a value an epoch.

    Parameters
    ----------
    callbacks : list of keras.callbacks.Callback, optional
    begin : int
        Epochs that the network has behind it: the schedule goes on from there. What
        the optimiser had gathered is not known any more.
    best : Best, optional
        The best of these epochs, where the recipe has a patience.
    better : callable, optional
        Told of every epoch that is the best so far, after the callbacks.
    """
    if recipe.patience is None:
        best = None
    if begin >= recipe.epochs or _patience_is_over(recipe, begin, best):
        if best is not None:
            model.set_weights(best.weights)
        return {}
    learner = compile_for(model, len(examples), recipe, multi_label=multi_label)
    learner.optimizer.iterations.assign(begin * -(-len(examples) // recipe.batch))
    callbacks = list(callbacks or [])
    if recipe.patience is not None:
        callbacks.append(_early_stopping(model, recipe, best, better))
    history = learner.fit(
        examples.view,
        _targets(learner, examples),
        batch_size=recipe.batch,
        epochs=recipe.epochs,
        initial_epoch=begin,
        validation_data=None if checks is None else (checks.view, _targets(learner, checks)),
        callbacks=callbacks,
        verbose=0,
    ).history
    return {name: [round(float(x), 5) for x in values] for name, values in history.items()}


def _patience_is_over(recipe: Recipe, epoch: int, best: Best | None) -> bool:
    return (
        recipe.patience is not None and best is not None and epoch - best.epoch >= recipe.patience
    )


def _early_stopping(
    network: Any,  # noqa: ANN401  # keras.Model
    recipe: Recipe,
    best: Best | None,
    better: Callable[[Best], None] | None,
) -> Any:  # noqa: ANN401  # keras.callbacks.Callback
    import keras

    # Keras's own begins anew with every fit: what goes on after a stop would forget the best.
    class EarlyStopping(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types.
        def __init__(self) -> None:
            super().__init__()
            self.best = best

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:  # noqa: ANN401
            loss = float(logs["val_loss"])
            if self.best is None or loss < self.best.val_loss:
                self.best = Best(epoch + 1, loss, network.get_weights())
                if better is not None:
                    better(self.best)
            elif _patience_is_over(recipe, epoch + 1, self.best):
                self.model.stop_training = True

        def on_train_end(self, logs: Any = None) -> None:  # noqa: ANN401
            if self.best is not None:
                network.set_weights(self.best.weights)

    return EarlyStopping()


def compile_for(
    model: Any,  # noqa: ANN401  # keras.Model
    windows: int,
    recipe: Recipe,
    *,
    multi_label: bool = False,
) -> Any:  # noqa: ANN401  # keras.Model
    """Give the network with its logits as only output, ready for ``fit``.

    Branches, where it has any, each learn by themselves: their logits stand in
    for the network's.

    Parameters
    ----------
    windows : int
        Number of training windows, for the schedule of the learning rate.
    """
    import keras

    rate: Any = recipe.learning_rate
    if recipe.schedule == "cosine":
        steps = recipe.epochs * -(-windows // recipe.batch)
        rate = keras.optimizers.schedules.CosineDecay(rate, steps)
    optimiser = {
        "adam": lambda: keras.optimizers.Adam(rate),
        "sgd": lambda: keras.optimizers.SGD(rate, momentum=0.9),
        "adamw": lambda: keras.optimizers.AdamW(rate, weight_decay=recipe.weight_decay),
    }[recipe.optimiser]()
    if multi_label:
        loss = keras.losses.BinaryCrossentropy(from_logits=True)
        metric = keras.metrics.BinaryAccuracy(name="accuracy", threshold=0.0)
    else:
        loss = keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=recipe.label_smoothing
        )
        metric = keras.metrics.CategoricalAccuracy(name="accuracy")
    learner = keras.Model(model.input, model.output.get("branches", model.output["logits"]))
    learner.compile(optimiser, loss, metrics=[metric])
    return learner


def finished(network: Any, architecture: Architecture) -> Any:  # noqa: ANN401  # keras.Model
    """Give a trained network as it is served."""
    return network if architecture.finish is None else architecture.finish(network)


def _targets(learner: Any, examples: Examples) -> NDArray[np.float32]:  # noqa: ANN401
    """Give the targets, once for each branch of the network."""
    if len(learner.output_shape) == 2:
        return examples.targets
    return np.repeat(examples.targets[:, None], learner.output_shape[1], axis=1)
