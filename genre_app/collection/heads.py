"""Add outputs to a network whose body stays as it is.

What a network says of its old genres is a product of its embedding and its last layer.
That product is kept, number for number; only the rows of the new genres are learnt, by
multinomial logistic regression beside the frozen ones. The order among the old genres
therefore cannot change: an old song is lost only where a new genre outruns them all.
The problem is convex, so the same data give the same answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app.errors import ModelError
from genre_app.threads import one_thread
from genre_app.training.crossfit import joined, members_of

__all__ = ["Head", "heads_of", "learn_rows", "widened"]

SMOOTHING: Final = 0.1
"""Of the targets, as in the trainings of the bodies: otherwise new genres would be surer."""

_APART: Final = 1e-3
"""Largest relative difference of a logit that rounding explains."""


@dataclass(frozen=True, eq=False)
class Head:
    """The last layer of one network.

    Attributes
    ----------
    kernel : ndarray of float32 [shape=(embedding, genres)]
    bias : ndarray of float32 [shape=(genres,)]
    """

    kernel: NDArray[np.float32]
    bias: NDArray[np.float32]

    def __call__(self, embedding: NDArray[np.floating]) -> NDArray[np.float32]:
        """Give the logits [shape=(n, genres)]."""
        return np.asarray(embedding.astype(np.float32) @ self.kernel + self.bias)

    def beside(self, rows: "Head") -> "Head":
        """Put further genres behind these."""
        return Head(
            np.concatenate([self.kernel, rows.kernel], axis=1),
            np.concatenate([self.bias, rows.bias]),
        )


def heads_of(network: Any, view: NDArray[np.float32]) -> list[Head]:  # noqa: ANN401  # keras.Model
    """Give the last layer of each member.

    Parameters
    ----------
    view : ndarray of float32 [shape=(n, ...)]
        A few inputs, with which it is checked that the logits are the embedding's product
        with that layer.

    Raises
    ------
    ModelError
        They are not, or there is no such layer: the network cannot be added to.
    """
    found = []
    for member in members_of(network):
        try:
            kernel, bias = (np.asarray(one) for one in member.get_layer("logits").get_weights())
            said = member(view, training=False)
        except (AttributeError, ValueError):
            raise ModelError(_CANNOT) from None
        head, logits = Head(kernel, bias), np.asarray(said["logits"])
        embedding = np.asarray(said["embedding"])
        if embedding.shape[1] != kernel.shape[0]:
            raise ModelError(_CANNOT)
        if np.abs(head(embedding) - logits).max() > _APART * (1 + np.abs(logits).max()):
            raise ModelError(_CANNOT)
        found.append(head)
    return found


_CANNOT: Final = (
    "A genre cannot be added to this model, because its last layer is of another kind. Add it to "
    "Genre Blend or to the statistics network, or train from scratch."
)


def learn_rows(
    embedding: NDArray[np.floating],
    frozen: NDArray[np.floating],
    targets: NDArray[np.floating],
    *,
    penalty: float,
) -> Head:
    """Learn the last layer's rows of new genres beside the frozen ones.

    Every genre weighs the same, however many windows it has.

    Parameters
    ----------
    embedding : ndarray of float [shape=(n, any)]
    frozen : ndarray of float [shape=(n, old)]
        The logits of the old genres.
    targets : ndarray of float [shape=(n, old + new)]
        Shares that sum to 1.
    penalty : float
        Weight of the squared rows, for embeddings scaled to a mean square of 1.

    Returns
    -------
    Head
        Of the new genres only.
    """
    from genre_app._scipy_more import optimize

    old = frozen.shape[1]
    new = targets.shape[1] - old
    scale = float(np.sqrt(np.mean(np.square(embedding, dtype=np.float64)))) or 1.0
    # In single precision: half of the time goes into fetching it, once for each step.
    given = np.ones((len(embedding), embedding.shape[1] + 1), dtype=np.float32)
    np.divide(embedding, scale, out=given[:, :-1], casting="same_kind")
    fixed = frozen.astype(np.float64)
    aims = targets * (1 - SMOOTHING) + SMOOTHING / targets.shape[1]
    totals = targets.sum(axis=0)
    weights = targets @ np.divide(1.0, totals, out=np.zeros_like(totals), where=totals > 0)
    weights = weights / weights.sum()

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        rows = flat.reshape(-1, new)
        logits = np.concatenate([fixed, given @ rows.astype(np.float32)], axis=1)
        logits -= logits.max(axis=1, keepdims=True)
        log_sum = np.log(np.exp(logits).sum(axis=1, keepdims=True))
        logs = logits - log_sum
        value = -float(weights @ (aims * logs).sum(axis=1))
        gap = (np.exp(logs[:, old:]) - aims[:, old:]) * weights[:, None]
        slope = (given.T @ gap.astype(np.float32)).astype(np.float64)
        # The bias is free.
        slope[:-1] += 2 * penalty * rows[:-1]
        return value + penalty * float(np.square(rows[:-1]).sum()), slope.ravel()

    start = np.zeros((given.shape[1], new))
    start[-1] = fixed.mean()
    with one_thread():
        best = optimize.minimize(
            loss, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 300}
        )
    rows = best.x.reshape(-1, new)
    return Head((rows[:-1] / scale).astype(np.float32), rows[-1].astype(np.float32))


def widened(network: Any, rows: Sequence[Head]) -> Any:  # noqa: ANN401  # keras.Model
    """Build a copy of a network with further outputs.

    Parameters
    ----------
    rows : sequence of Head
        The new genres' rows, one a member.
    """
    import keras

    # A copy: the network in hand is serving.
    copy = keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    made = []
    for member, more in zip(members_of(copy), rows, strict=True):
        layer = member.get_layer("logits")
        head = Head(*(np.asarray(one) for one in layer.get_weights())).beside(more)
        wide = keras.layers.Dense(len(head.bias), name="logits")
        logits = wide(layer.input)
        wide.set_weights([head.kernel, head.bias])
        outputs = {"logits": logits, "embedding": member.output["embedding"]}
        made.append(keras.Model(member.input, outputs, name=f"{member.name}_wide"))
    return joined(made) if len(made) > 1 else made[0]
