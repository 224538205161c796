"""The network of "Music Classification With Deep Learning" (Smith): whole columns at once."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app.architectures.base import Architecture, Claim
from genre_app.architectures.layers import BATCH_MOMENTUM, finished, standardised
from genre_app.architectures.reports import as_reported
from genre_app.views import square_image

__all__ = ["ENTRIES", "build"]

REPORT: Final = "Smith, Music Classification With Deep Learning"

PADDING: Final = 2


def build(
    training: NDArray[np.float32],
    /,
    *,
    genres: int = 10,
    filters: tuple[int, int] = (16, 32),
    units: int = 1024,
    dropout: float = 0.2,
    normalise: bool = True,
) -> Any:  # noqa: ANN401  # keras.Model, which is imported late.
    """Build the report's network, whose first kernels are as tall as the image.

    Parameters
    ----------
    training : ndarray of float32 [shape=(n, 323, 323, 1)]
        Square images of 30 seconds (section 2.2).
    genres : int
        Number of outputs (6 in the report).
    filters : (int, int)
        Of the two convolutions. Free.
    units : int
        Of the hidden layer: 1024 at most (section 3).
    dropout : float
        On the flattened tensor (section 4: 0.2 in the best network).
    normalise : bool
        Subtract the mean of all cells of the training images and divide by their
        spread. Free: the tall kernels add up 323 cells, which are all of one sign
        otherwise.

    Returns
    -------
    keras.Model
        (n, 323, 323, 1) -> ``logits`` (n, genres), ``embedding`` (n, units). With 2
        cells of padding the (height x 1) kernels leave 5 x 327, the pool 2 x 163; the
        second convolution, 5 x 5 with the same padding, keeps that, and the last pool
        leaves 1 x 81.
    """
    import keras
    from keras import layers

    given = keras.Input(training.shape[1:], name="image")
    tensor = given
    if normalise:
        tensor = standardised(tensor, float(training.mean()), float(training.std()) + 1e-6)
    tensor = layers.ZeroPadding2D(PADDING)(tensor)
    tensor = layers.Conv2D(filters[0], (training.shape[1], 1))(tensor)
    tensor = layers.Activation("relu")(tensor)
    tensor = layers.MaxPooling2D(2)(tensor)
    tensor = layers.ZeroPadding2D(PADDING)(tensor)
    tensor = layers.Conv2D(filters[1], 5)(tensor)
    tensor = layers.BatchNormalization(momentum=BATCH_MOMENTUM)(tensor)
    tensor = layers.Activation("relu")(tensor)
    tensor = layers.MaxPooling2D(2)(tensor)
    tensor = layers.Dropout(dropout)(layers.Flatten()(tensor))
    embedding = layers.Dense(units, activation="relu")(tensor)
    return finished(given, embedding, genres=genres, name="umass_time_cnn")


ENTRIES: Final = (
    Architecture(
        name="umass-time-cnn",
        title="Convolutions along time",
        summary=(
            "The first convolution looks at whole columns, all pitches of a moment at once, and "
            "moves along time only. It reads a square picture of 30 seconds."
        ),
        report=REPORT,
        section="3",
        window_s=30.0,
        hop_s=10.0,
        view=square_image,
        build=build,
        # Free, all of it: the report names neither optimiser nor rate, batch or epochs.
        recipe=as_reported(learning_rate=3e-4, batch=32, epochs=20),
        claim=Claim(
            figure=0.8006,
            metric="accuracy",
            protocol="its own collection, six genres, test songs apart from training songs",
            on_gtzan=False,
        ),
    ),
)
