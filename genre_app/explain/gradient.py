"""Follow the gradient of a genre's log-odds from the quiet picture to the song's.

Conventions
-----------
- Networks whose view is a picture (:data:`genre_app.views.PICTURES`) can be
  differentiated with respect to it. Paths lead from the picture of the *quiet* log-mel,
  the ground that :mod:`genre_app.explain.occlusion` hides cells at, to that of the region.
- On a path the cells appear one after the other in random order, each over a third of the
  way, and on the next in the opposite order. On the straight path [1]_ all are equally
  pale at any time: pictures that are unlike any with cells hidden, on which a network
  says little about those.
- All windows walk together: what is followed are the log-odds of the mean over the
  windows, which is the answer that the region gets and that the test asks for.
- A picture resamples the log-mel linearly, so that of each of its pixels it is known
  which share comes from which cell; no effect is lost between the two.
- The attributions of all cells sum to what the log-odds lose when all is hidden, but for
  the error of the integral.

References
----------
.. [1] Sundararajan, M., Taly, A. & Yan, Q. (2017). Axiomatic attribution for deep
   networks. ICML, sections 3 (integrated gradients) and 4 (path methods).
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from genre_app.architectures import View
from genre_app.explain.occlusion import BAND_COUNT, Asker, Grid
from genre_app.logmel import FLOOR_DB
from genre_app.threads import one_thread
from genre_app.zoo import is_deep

__all__ = ["attribute"]

_STEPS: Final = 12
_RAMP: Final = 0.5
_SEED: Final = 3
"""Places on each of two paths; how long a cell takes to appear, in parts of the time in which all
begin to: long enough for a place or more."""

_AT_ONCE: Final = 48
"""Pictures that are differentiated in one call, at least one step: bounds the memory."""

_KEPT: Final = 4
"""Compiled networks that stay in memory, as many as loaded ones."""

_Slope: TypeAlias = Callable[..., Any]


def attribute(
    asker: Asker,
    network: Any,  # noqa: ANN401  # A Keras model, which has no types.
    view: View,
    genre: int,
    *,
    progress: Callable[[float], None] | None = None,
) -> NDArray[np.float64]:
    """Measure how much each cell speaks for a genre.

    Parameters
    ----------
    asker : Asker
        Has the windows as they are and with all of them hidden.
    network : keras.Model
        From pictures to ``logits``.
    view : callable
        One of :data:`genre_app.views.PICTURES`.
    genre : int
        Column of the logits.
    progress : callable, optional
        Told the share that is done, 0 to 1; what it raises stops the measuring.

    Returns
    -------
    ndarray of float64 [shape=asker.grid.shape]
        Part of the genre's log-odds in natural units that a cell brings, against its quiet
        level; negative where the cell speaks against the genre.
    """
    with one_thread():
        ground, song = view(asker.hidden.values), view(asker.windows.values)
    change, slope = song - ground, _slope(network)
    effects = np.zeros(change.shape)
    shown, rates = _paths(asker.grid)
    together = max(1, _AT_ONCE // len(change))
    for first in range(0, len(shown), together):
        with one_thread():
            here = _seen(asker, view, shown[first : first + together])
            rate = _seen(asker, view, rates[first : first + together])
        path = (ground + here * change).reshape(-1, *change.shape[1:])
        found = np.asarray(slope(path, len(change), genre, asker.temperature))
        effects += (found.reshape(here.shape) * rate).sum(axis=0)
        if progress is not None:
            progress(min(1.0, (first + together) / len(shown)))
    with one_thread():
        return _pooled(effects * change, asker, view)


def _paths(grid: Grid) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Say how much of each cell is there at each place, and how fast it comes.

    Returns
    -------
    shown, rates : ndarray of float64 [shape=(2 * _STEPS, *grid.shape)]
        0 to 1; the rates of a cell sum to 1.
    """
    begin = np.random.default_rng(_SEED).random(grid.shape)
    time = (np.arange(_STEPS) + 0.5) / _STEPS * (1 + _RAMP)
    ahead = (time[:, None, None] - np.stack([begin, 1 - begin])[:, None]) / _RAMP
    rates = ((ahead > 0) & (ahead < 1)).astype(np.float64)
    rates /= 2 * rates.sum(axis=1, keepdims=True)
    shape = (-1, *grid.shape)
    return np.clip(ahead, 0, 1).reshape(shape), rates.reshape(shape)


def _seen(asker: Asker, view: View, cells: NDArray[np.float64]) -> NDArray[np.float32]:
    """Spread values of cells over all windows' pictures [shape=(values, windows, ...)]."""
    spread = [asker.grid.spread(one) for one in cells]
    cut = np.stack([one[:, columns] for one in spread for columns in asker.windows.columns])
    picture = _marked(view, cut)
    return picture.reshape(len(cells), len(asker.windows), *picture.shape[1:])


def _pooled(effects: NDArray[np.float64], asker: Asker, view: View) -> NDArray[np.float64]:
    """Give the effect of each pixel to the cells that it was resampled from."""
    grid, heard = asker.grid, asker.windows.columns
    rows = np.repeat(np.eye(BAND_COUNT)[..., None], grid.times, axis=2)
    columns = np.repeat(np.eye(grid.times)[:, None], BAND_COUNT, axis=1)
    bands = _origin(view, grid, rows, heard[0])
    values = np.zeros(grid.shape)
    for window, effect in zip(heard, effects.reshape(len(effects), -1), strict=True):
        # Rows and columns are resampled each by itself: the share of a cell is the product.
        values += (bands * effect) @ _origin(view, grid, columns, window).T
    return values


def _origin(
    view: View, grid: Grid, cells: NDArray[np.float64], heard: NDArray[np.intp]
) -> NDArray[np.float32]:
    """Say which share of each pixel of a window comes from marked cells [shape=(marks, pixels)]."""
    masks = np.stack([grid.spread(mask)[:, heard] for mask in cells])
    return _marked(view, masks).reshape(len(cells), -1)


def _marked(view: View, masks: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the picture of a mask: of each pixel, how much of it is marked.

    A picture is 0 at the floor and 1 at 0 dB, and linear in between.
    """
    return view(np.float32(FLOOR_DB) * (1 - masks))


@lru_cache(maxsize=_KEPT)
def _slope(network: Any) -> _Slope:  # noqa: ANN401
    """Give what differentiates the log-odds of windows' mean by their pictures."""
    import tensorflow as tf

    def slope(pictures: Any, windows: Any, genre: Any, temperature: Any) -> Any:  # noqa: ANN401
        with tf.GradientTape() as tape:
            tape.watch(pictures)
            logits = network(pictures, training=False)["logits"]
            logs = tf.nn.log_softmax(logits / temperature)
            wanted = tf.one_hot(genre, tf.shape(logs)[1], on_value=True, off_value=False)
            # Apart, as 1 less a probability near 1 is nothing in single precision.
            against = tf.reduce_logsumexp(tf.where(wanted, logs.dtype.min, logs), axis=1)
            both = tf.reshape(tf.stack([tf.gather(logs, genre, axis=1), against]), [2, -1, windows])
            speaks = tf.reduce_logsumexp(both, axis=2)
            odds = speaks[0] - speaks[1]
        return tape.gradient(odds, pictures)

    # As in reading: for one song, compiling a deep network takes more time than it saves.
    compiled = (
        slope if is_deep(network) else tf.function(slope, input_signature=_signature(network))
    )

    def asked(pictures: NDArray[np.float32], windows: int, genre: int, temperature: float) -> Any:  # noqa: ANN401
        return compiled(
            tf.constant(pictures, tf.float32),
            tf.constant(windows),
            tf.constant(genre),
            tf.constant(temperature, tf.float32),
        )

    return asked


def _signature(network: Any) -> list[Any]:  # noqa: ANN401
    import tensorflow as tf

    return [
        tf.TensorSpec(network.input.shape, tf.float32),
        tf.TensorSpec([], tf.int32),
        tf.TensorSpec([], tf.int32),
        tf.TensorSpec([], tf.float32),
    ]
