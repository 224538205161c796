"""The networks of "An Application of CNNs to Music Genre Classification" (Steiner, Mapps).

Which recordings each of them read is not said, but their percentages tell: those of
the recurrent network are multiples of 1/999, a fifth of 999 tracks x 5 pieces of 6
seconds; those of the combined network of 1/799 and 1/200, whole tracks (Figures 3.3
and 3.4).
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app.architectures.base import Architecture, Claim, View
from genre_app.architectures.layers import conv_block, finished, scaling, standardised
from genre_app.architectures.reports import as_reported
from genre_app.recipes import Recipe
from genre_app.views import (
    DESCRIPTORS,
    SMALL_SHAPE,
    descriptors,
    image_and_descriptors,
    piece_image,
    piece_sequence,
)

__all__ = ["ENTRIES", "build_bigru", "build_cnn", "build_cnn_mlp", "build_cnn_rnn", "build_mlp"]

REPORT: Final = "Steiner and Mapps, An Application of CNNs to Music Genre Classification"

FILTERS: Final = (8, 16, 24, 32, 196)
IMAGE_FILTERS: Final = (8, 16, 24, 32, 49)
STEP_FILTERS: Final = (16, 32, 64, 64, 64)


def build_cnn(
    training: NDArray[np.float32],
    /,
    *,
    genres: int = 10,
    filters: Sequence[int] = FILTERS,
    units: int = 64,
    dropout: float = 0.2,
    shrink: int = 2,
) -> Any:  # noqa: ANN401  # keras.Model, which is imported late.
    """Build the report's CNN: 5 x [Conv 3 x 3, ReLU, MaxPool, Dropout], Dense 64, output.

    The report's rate of 0.01 (Table 3.1) belongs to plain gradient descent, here with
    momentum 0.9: with Adam the loss stays at chance, 2.30, from the second epoch on.

    Parameters
    ----------
    training : ndarray of float32 [shape=(n, 128, 145, 1)]
        Grey images of 6 seconds (section 2.2); only their shape is used.
    genres : int
        Number of outputs.
    filters : sequence of int
        Free, but the last: 2 x 2 cells are left of the image, and 196 filters make of
        them the 784 numbers of section 2.3.1.
    units : int
        Of the hidden layer (section 2.3.1: 64).
    dropout : float
        In each convolutional layer (section 2.3.1: 0.2).
    shrink : int
        Cells averaged to one, in rows and columns, before the first convolution. Free;
        2 makes the training three times as fast.

    Returns
    -------
    keras.Model
        (n, 128, 145, 1) -> ``logits`` (n, genres), ``embedding`` (n, units).
    """
    import keras

    given = keras.Input(training.shape[1:], name="image")
    tensor = keras.layers.AveragePooling2D(shrink)(given) if shrink > 1 else given
    tensor = _convolutions(tensor, filters, dropout)
    embedding = keras.layers.Dense(units, activation="relu")(keras.layers.Flatten()(tensor))
    return finished(given, embedding, genres=genres, name="lse_cnn")


def build_mlp(
    training: NDArray[np.float32],
    /,
    *,
    genres: int = 10,
    units: Sequence[int] = (57, 32, 16),
    dropout: float = 0.25,
) -> Any:  # noqa: ANN401
    """Build the report's MLP on 57 descriptors: Dense 57, 32, 16 with ReLU, output.

    The report's rate of 0.1 (Table 3.1) belongs to plain gradient descent, here with
    momentum 0.9: with Adam the loss stays at chance, 2.30.

    Parameters
    ----------
    training : ndarray of float32 [shape=(n, 57)]
        Their mean and spread standardise the input (section 2.1).
    genres : int
        Number of outputs.
    units : sequence of int
        Of the hidden layers (section 2.3.2).
    dropout : float
        "In two of the layers" (section 2.3.2: 0.25). Which two is free: the first two.

    Returns
    -------
    keras.Model
        (n, 57) -> ``logits`` (n, genres), ``embedding`` (n, 16).
    """
    import keras

    given = keras.Input(training.shape[1:], name="descriptors")
    tensor = standardised(given, *scaling(training))
    for place, count in enumerate(units):
        tensor = keras.layers.Dense(count, activation="relu")(tensor)
        if place < 2:
            tensor = keras.layers.Dropout(dropout)(tensor)
    return finished(given, tensor, genres=genres, name="lse_mlp")


def build_bigru(
    training: NDArray[np.float32],
    /,
    *,
    genres: int = 10,
    units: int = 64,
    dropout: float = 0.25,
) -> Any:  # noqa: ANN401
    """Build the report's recurrent network: a bidirectional GRU of 64 units, output.

    Parameters
    ----------
    training : ndarray of float32 [shape=(n, 72, 128)]
        The columns of the 6-second images, two averaged; only their shape is used.
        Free: that it reads the image's columns follows from section 2.4.2.
    genres : int
        Number of outputs.
    units : int
        In each direction (section 2.3.3: 64 of 32, 64, 128, 256).
    dropout : float
        Before the output. "Medium" in Table 2.1, as the MLP's 0.25.

    Returns
    -------
    keras.Model
        (n, 72, 128) -> ``logits`` (n, genres), ``embedding`` (n, 2 * units).
    """
    import keras

    given = keras.Input(training.shape[1:], name="columns")
    embedding = keras.layers.Bidirectional(keras.layers.GRU(units))(given)
    return finished(given, embedding, genres=genres, name="lse_bigru", dropout=dropout)


def build_cnn_mlp(
    training: NDArray[np.float32],
    /,
    *,
    genres: int = 10,
    filters: Sequence[int] = IMAGE_FILTERS,
    image_dropout: float = 0.9,
    units: Sequence[int] = (512, 512),
    dropout: float = 0.25,
    final_units: Sequence[int] = (100, 50),
) -> Any:  # noqa: ANN401
    """Build the report's best: a CNN and an MLP in parallel, 100 + 100, dense layers on top.

    Parameters
    ----------
    training : ndarray of float32 [shape=(n, 128 * 241 + 57)]
        Small images of 30 seconds, flattened, and the 57 descriptors behind them. The
        mean and spread of the descriptors standardise these.
    genres : int
        Number of outputs.
    filters : sequence of int
        Of the five 3 x 3 convolutions (Table 2.1). Free.
    image_dropout : float
        On the flattened CNN. "High", "large dropout on the CNN" (Table 2.1, section
        2.4.1); the number is free: of 100 validation tracks the network knows 53 with
        0.5, 61 with 0.8, 64 with 0.9. The convolutional layers keep their 0.2.
    units : sequence of int
        Of the MLP's layers before its 100. Free: "increasing the complexity of the
        MLP improved the performance". With 128 and 128 it has learnt 56 % of the
        training windows after the report's 25 epochs, with these 79 %; the report 91 %.
    dropout : float
        After these.
    final_units : sequence of int
        Of the dense layers on the 200. Free; with them there are 7 dense layers, as
        in Table 2.1.

    Returns
    -------
    keras.Model
        (n, 128 * 241 + 57) -> ``logits`` (n, genres), ``embedding`` (n, 50).
    """
    import keras
    from keras import layers

    rows, columns = SMALL_SHAPE
    given = keras.Input(training.shape[1:], name="image_and_descriptors")
    line = layers.Reshape((-1, 1))(given)
    image = layers.Reshape((rows, columns, 1))(layers.Cropping1D((0, DESCRIPTORS))(line))
    numbers = layers.Flatten()(layers.Cropping1D((rows * columns, 0))(line))

    seen = layers.Flatten()(_convolutions(image, filters, 0.2))
    seen = layers.Dense(100, activation="relu")(layers.Dropout(image_dropout)(seen))
    told = standardised(numbers, *scaling(training[:, -DESCRIPTORS:]))
    for count in units:
        told = layers.Dropout(dropout)(layers.Dense(count, activation="relu")(told))
    told = layers.Dense(100, activation="relu")(told)
    both = layers.Concatenate()([seen, told])
    for count in final_units:
        both = layers.Dense(count, activation="relu")(both)
    return finished(given, both, genres=genres, name="lse_cnn_mlp")


def build_cnn_rnn(
    training: NDArray[np.float32],
    /,
    *,
    genres: int = 10,
    filters: Sequence[int] = STEP_FILTERS,
    step_units: int = 128,
    units: Sequence[int] = (64, 64, 64),
    final_units: int = 64,
) -> Any:  # noqa: ANN401
    """Build the report's CNN-RNN: a CNN gives 128 features a step, three GRU follow them.

    Five convolutions of 2 x 2 with stride 2, no dropout (Table 2.1); three dense
    layers with the output. Free: the last two convolutions go on along frequency
    only, which leaves the recurrent layers 18 steps of a third of a second.

    Parameters
    ----------
    training : ndarray of float32 [shape=(n, 128, 145, 1)]
        Grey images of 6 seconds; only their shape is used.
    genres : int
        Number of outputs.
    filters : sequence of int
        Of the five convolutions. Free.
    step_units : int
        Of the dense layer that ends the CNN (section 2.4.2: 128).
    units : sequence of int
        Of the "3 single layer GRUs". Free: the 64 of the network before.
    final_units : int
        Of the dense layer before the output. Free.

    Returns
    -------
    keras.Model
        (n, 128, 145, 1) -> ``logits`` (n, genres), ``embedding`` (n, final_units).
    """
    import keras
    from keras import layers

    given = keras.Input(training.shape[1:], name="image")
    tensor = given
    for place, count in enumerate(filters):
        stride = (2, 2) if place < 3 else (2, 1)
        padding = "valid" if place < 3 else "same"
        tensor = conv_block(tensor, count, kernel=2, stride=stride, padding=padding, pool=None)
    # Rows and channels of a moment are its features.
    tensor = layers.Permute((2, 1, 3))(tensor)
    tensor = layers.Reshape((tensor.shape[1], -1))(tensor)
    tensor = layers.Dense(step_units, activation="relu")(tensor)
    for place, count in enumerate(units):
        tensor = layers.GRU(count, return_sequences=place < len(units) - 1)(tensor)
    embedding = layers.Dense(final_units, activation="relu")(tensor)
    return finished(given, embedding, genres=genres, name="lse_cnn_rnn")


def _convolutions(tensor: Any, filters: Sequence[int], dropout: float) -> Any:  # noqa: ANN401
    for count in filters:
        tensor = conv_block(tensor, count, dropout=dropout)
    return tensor


def _entry(
    name: str,
    title: str,
    summary: str,
    *,
    section: str,
    seconds: float,
    view: View,
    build: Any,  # noqa: ANN401  # One of the functions above.
    recipe: Recipe,
    figure: float,
) -> Architecture:
    return Architecture(
        name=name,
        title=title,
        summary=summary,
        report=REPORT,
        section=section,
        window_s=seconds,
        hop_s=seconds / 2 if seconds < 10 else 10.0,
        view=view,
        build=build,
        recipe=recipe,
        claim=Claim(
            figure=figure,
            metric="accuracy",
            protocol="GTZAN, random test part of a fifth",
            on_gtzan=True,
        ),
    )


ENTRIES: Final = (
    _entry(
        "lse-cnn",
        "Deep convolutional network on 6-second pieces",
        "Five convolutions on the grey picture of 6 seconds. Each track gives five pieces.",
        section="2.3.1, Table 3.1",
        seconds=6.0,
        view=piece_image,
        build=build_cnn,
        recipe=as_reported(optimiser="sgd", learning_rate=0.01, batch=30, epochs=50),
        figure=0.677,
    ),
    _entry(
        "lse-mlp",
        "Dense network on 57 descriptors",
        "A small dense network on 57 classic descriptors of 30 seconds: loudness, brightness, "
        "noisiness, pitch classes, tone colour, tempo.",
        section="2.3.2, Table 3.1",
        seconds=30.0,
        view=descriptors,
        build=build_mlp,
        recipe=as_reported(optimiser="sgd", learning_rate=0.1, batch=50, epochs=50),
        figure=0.7,
    ),
    _entry(
        "lse-bigru",
        "Recurrent network in both directions",
        "Follows the columns of the picture of 6 seconds forwards and backwards in time.",
        section="2.3.3, Table 3.1",
        seconds=6.0,
        view=piece_sequence,
        build=build_bigru,
        # 5,000 steps in the report, 139 an epoch here; how patient it stops is free.
        recipe=as_reported(learning_rate=1e-4, batch=16, epochs=36, patience=5),
        figure=0.388,
    ),
    _entry(
        "lse-cnn-mlp",
        "Picture and descriptors together",
        "A convolutional network on the picture and a dense one on 57 descriptors of the same 30 "
        "seconds; dense layers weigh both. The report's best.",
        section="2.4.1, Table 3.1",
        seconds=30.0,
        view=image_and_descriptors,
        build=build_cnn_mlp,
        recipe=as_reported(learning_rate=1e-4, batch=30, epochs=25),
        figure=0.81,
    ),
    _entry(
        "lse-cnn-rnn",
        "Convolutions, then recurrent layers",
        "Convolutions describe each third of a second of a 6-second piece, three recurrent layers "
        "follow the descriptions through time.",
        section="2.4.2, Table 3.1",
        seconds=6.0,
        view=piece_image,
        build=build_cnn_rnn,
        recipe=as_reported(learning_rate=1e-4, batch=16, epochs=35),
        figure=0.68,
    ),
)
