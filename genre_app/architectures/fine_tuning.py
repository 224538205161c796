"""How the report of :mod:`genre_app.architectures.cs230` goes on from a trained ``choi-crnn``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from genre_app.architectures.base import Claim
from genre_app.architectures.cs230 import freeze, recurrent_layers
from genre_app.architectures.layers import finished
from genre_app.architectures.reports import as_reported
from genre_app.recipes import Optimiser, Recipe

__all__ = [
    "FINE_TUNED_CLAIM",
    "FINE_TUNED_GENRES",
    "FINE_TUNINGS",
    "FineTuning",
    "fine_tuned",
]

FINE_TUNED_GENRES: Final = ("blues", "classical", "country", "hiphop", "jazz", "pop", "rock")
"""The seven that the report's fine-tuned networks know."""


@dataclass(frozen=True, kw_only=True)
class FineTuning:
    """One of the six ways in which the report goes on with a trained ``choi-crnn``.

    Attributes
    ----------
    optimiser : {"adam", "sgd"}
    frozen_blocks : int
        Convolutional blocks that keep what they have learnt.
    recurrent : tuple of {"gru", "lstm"}
        The layers after the convolutions.
    """

    optimiser: Optimiser
    frozen_blocks: int
    recurrent: tuple[str, ...]

    @property
    def recipe(self) -> Recipe:
        """Rate and batch of section 4.1; the report names no epochs (free: 15)."""
        return as_reported(optimiser=self.optimiser, learning_rate=1e-3, batch=16, epochs=15)


def fine_tuned(
    model: Any,  # noqa: ANN401
    *,
    frozen_blocks: int,
    recurrent: Sequence[str] = ("gru", "gru"),
    genres: int = 7,
) -> Any:  # noqa: ANN401
    """Make the network that goes on from a trained ``choi-crnn`` (section 4.1).

    The convolutional blocks are copied; so are the recurrent layers as long as the
    kinds agree. The other recurrent layers and the output layer begin anew.

    Parameters
    ----------
    model : keras.Model
        A ``choi-crnn``; it stays as it is.
    frozen_blocks : int
        Blocks, from the first on, that keep what they have learnt (the report: 0 or
        3 of 4).
    recurrent : sequence of {"gru", "lstm"}
        The report: the two GRU; four GRU; one GRU and three LSTM.
    genres : int
        Number of outputs (the report: 7, see :data:`FINE_TUNED_GENRES`).

    Returns
    -------
    keras.Model
        Untrained as to its new layers; inputs and outputs as the model's.
    """
    import keras

    steps = model.get_layer("steps").output
    copy = keras.models.clone_model(keras.Model(model.input, steps))
    copy.set_weights(keras.Model(model.input, steps).get_weights())
    learnt = _recurrent(model)
    embedding = recurrent_layers(copy.output, recurrent, learnt[0].units)
    new = finished(copy.input, embedding, genres=genres, name="choi_crnn_fine_tuned")
    begun = _recurrent(new)
    for old, fresh in zip(learnt, begun, strict=False):
        if type(old) is not type(fresh):
            break
        fresh.set_weights(old.get_weights())
    freeze(new, frozen_blocks)
    return new


def _recurrent(model: Any) -> list[Any]:  # noqa: ANN401
    import keras

    return [one for one in model.layers if isinstance(one, keras.layers.GRU | keras.layers.LSTM)]


FINE_TUNINGS: Final[Mapping[str, FineTuning]] = MappingProxyType(
    {
        f"{optimiser}-{name}": FineTuning(
            optimiser=optimiser, frozen_blocks=frozen, recurrent=recurrent
        )
        for optimiser in ("adam", "sgd")
        for name, frozen, recurrent in (
            ("unfrozen", 0, ("gru", "gru")),
            ("frozen-4-gru", 3, ("gru",) * 4),
            ("frozen-gru-3-lstm", 3, ("gru", "lstm", "lstm", "lstm")),
        )
    }
)
"""The report's six variants (section 4.1)."""

FINE_TUNED_CLAIM: Final = Claim(
    figure=0.85,
    metric="accuracy",
    protocol="seven genres of GTZAN and the Free Music Archive mixed, random test part",
    on_gtzan=False,
)
