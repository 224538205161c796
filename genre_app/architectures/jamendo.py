"""The network of "Music Genre Classifier" (Johnson): several genres at once."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app.architectures.base import Architecture, Claim
from genre_app.architectures.layers import finished, scaling, standardised
from genre_app.architectures.reports import as_reported
from genre_app.views import summary

__all__ = ["ENTRIES", "build"]

REPORT: Final = "Johnson, Music Genre Classifier"


def build(
    training: NDArray[np.float32],
    /,
    *,
    genres: int = 10,
    units: tuple[int, ...] = (256, 128, 64),
    dropout: float = 0.5,
) -> Any:  # noqa: ANN401  # keras.Model, which is imported late.
    """Build the report's network: Dense 256, 128, 64 with ReLU, one Dropout, sigmoid outputs.

    The sigmoid is the loss's: the network gives logits.

    Parameters
    ----------
    training : ndarray of float32 [shape=(n, 498)]
        Their mean and spread standardise the input. Free: the report is silent, but
        decibels beside shares do not train otherwise.
    genres : int
        Number of outputs.
    units : tuple of int
        Of the hidden layers: "from size 256 down to 64" in three (section 4.2).
    dropout : float
        "Halves the number of nodes" (section 4.2). Where it stands is free: after the
        first hidden layer, the widest.

    Returns
    -------
    keras.Model
        (n, 498) -> ``logits`` (n, genres), ``embedding`` (n, 64).
    """
    import keras

    given = keras.Input(training.shape[1:], name="summary")
    tensor = standardised(given, *scaling(training))
    for place, count in enumerate(units):
        tensor = keras.layers.Dense(count, activation="relu")(tensor)
        if place == 0:
            tensor = keras.layers.Dropout(dropout)(tensor)
    return finished(given, tensor, genres=genres, name="jamendo_fcn")


ENTRIES: Final = (
    Architecture(
        name="jamendo-fcn",
        title="Dense network for several genres at once",
        summary=(
            "Three dense layers on 498 numbers (mean, minimum and maximum of bands, tone colour, "
            "pitch classes and harmony). Each genre is answered yes or no for itself, as listeners "
            "tag the artists."
        ),
        report=REPORT,
        section="4.2, 5",
        window_s=30.0,
        hop_s=10.0,
        view=summary,
        build=build,
        recipe=as_reported(learning_rate=1e-4, batch=32, epochs=64, patience=10),
        claim=Claim(
            figure=0.82,
            metric="accuracy",
            protocol="500 tracks of MTG-Jamendo, its ten commonest genres, random 70/15/15",
            on_gtzan=False,
        ),
        multi_label=True,
    ),
)
