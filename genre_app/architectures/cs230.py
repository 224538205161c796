"""The two networks of "Genre-detection with Deep Neural Networks" (Jones, Way, Shirian).

``cs230-cnn`` is the report's own network, ``choi-crnn`` the one that it fine-tunes.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app.architectures.base import Architecture, Claim
from genre_app.architectures.layers import conv_block, finished, standardised
from genre_app.architectures.reports import as_reported
from genre_app.views import clip_image, crnn_image

__all__ = ["ENTRIES", "build_cnn", "build_crnn", "freeze", "recurrent_layers"]

REPORT: Final = "Jones, Way and Shirian, Genre-detection with Deep Neural Networks"

FILTERS: Final = (16, 32, 64)
CRNN_FILTERS: Final = (16, 32, 32, 32)
CRNN_POOLS: Final = ((2, 2), (3, 3), (4, 4), (2, 2))
UNITS: Final = 32
"""Of each recurrent layer (section 4.1)."""


def build_cnn(
    training: NDArray[np.float32],
    /,
    *,
    genres: int = 10,
    hidden_units: int | None = 100,
    activation: str = "tanh",
    dropout: float = 0.5,
    normalise: bool = True,
    filters: Sequence[int] = FILTERS,
    kernel: int = 5,
    stride: int = 2,
    pooled: int = 3,
) -> Any:  # noqa: ANN401  # keras.Model, which is imported late.
    """Build the report's own network: 3 x [Conv, BatchNorm, MaxPool], Dense, Dropout, output.

    The report counts 5,104,714 parameters for 30 seconds and 1,664,714 for 10 (Table 3).
    That fixes its early network: 128 bands; 16, 32 and 64 filters of 5 x 5 without
    padding; batch normalisation and pooling by 2 x 2 after the first two only; no
    hidden layer. The difference of 3,440,000 is 10 genres x 344,000, and 344,000 is
    64 filters x 25 rows x the 215 columns that 10 seconds have fewer, so 128 rows have
    become 25 and 4 columns one. The rest is
    416 + 64 + 12,832 + 128 + 51,264 = 64,704 for the convolutions and 10 biases:
    504,000 or 160,000 numbers then meet 10 outputs. These options give it again:
    ``hidden_units=None, stride=1, pooled=2``, on 128 x 1,288 or 128 x 428 cells.

    Parameters
    ----------
    training : ndarray of float32 [shape=(n, rows, columns, 1)]
        Images; the clip length is their number of columns (Table 3: 10 or 30 s).
    genres : int
        Number of outputs.
    hidden_units : int or None
        Of the hidden layer (Table 4: 10 or 100); None: no hidden layer, as in Tables
        2 and 3.
    activation : str
        Of the hidden layer (Table 4: "relu" or "tanh"). The convolutions have none:
        the report names none.
    dropout : float
        After the hidden layer (Table 4: 0, 0.2, 0.5, 0.7).
    normalise : bool
        Subtract the mean of all cells of the training images and divide by their
        spread (Table 2: with and without).
    filters : sequence of int
        As the parameter counts say.
    kernel : int
        Height and width of the kernels, likewise.
    stride : int
        Of the first convolution. Free: 1 in the report; 2 trains in a quarter of the
        time.
    pooled : int
        Blocks that have batch normalisation and pooling: 3 in section 4.2 and Table 4.

    Returns
    -------
    keras.Model
        (n, rows, columns, 1) -> ``logits`` (n, genres), ``embedding`` (n, hidden_units).
    """
    import keras

    given = keras.Input(training.shape[1:], name="image")
    tensor = given
    if normalise:
        tensor = standardised(tensor, float(training.mean()), float(training.std()) + 1e-6)
    for block, count in enumerate(filters):
        tensor = conv_block(
            tensor,
            count,
            kernel=kernel,
            stride=stride if block == 0 else 1,
            padding="valid",
            normalise=block < pooled,
            activation=None,
            pool=(2, 2) if block < pooled else None,
        )
    embedding = keras.layers.Flatten()(tensor)
    if hidden_units is None:
        return finished(given, embedding, genres=genres, name="cs230_cnn")
    embedding = keras.layers.Dense(hidden_units, activation=activation)(embedding)
    return finished(given, embedding, genres=genres, name="cs230_cnn", dropout=dropout)


def build_crnn(
    training: NDArray[np.float32],
    /,
    *,
    genres: int = 10,
    recurrent: Sequence[str] = ("gru", "gru"),
    units: int = UNITS,
    filters: Sequence[int] = CRNN_FILTERS,
    dropout: float = 0.1,
    frozen_blocks: int = 0,
) -> Any:  # noqa: ANN401
    """Build the "Jimenez" network: 4 x [Conv, BatchNorm, MaxPool, Dropout], 2 GRU, output.

    Parameters
    ----------
    training : ndarray of float32 [shape=(n, 96, 1366, 1)]
        Images of 30 seconds (section 4.1); only their shape is used.
    genres : int
        Number of outputs.
    recurrent : sequence of {"gru", "lstm"}
        Section 4.1: two GRU.
    units : int
        Of each recurrent layer (section 4.1: 32).
    filters : sequence of int
        Of the four 3 x 3 convolutions. Free; Choi's network has 64, 128, 128, 128,
        which takes some 20 times as long.
    dropout : float
        After each block. Free: 0.1, as in Choi's network.
    frozen_blocks : int
        Blocks, from the first on, that are not trained: for fine-tuning, where
        :func:`genre_app.architectures.fine_tuning.fine_tuned` takes over what was learnt.

    Returns
    -------
    keras.Model
        (n, 96, 1366, 1) -> ``logits`` (n, genres), ``embedding`` (n, units). The first
        convolution goes in steps of 2 and the pools are 2, 3, 4 and 2 (free), which
        leaves 1 row and 14 steps of 2.1 s for the recurrent layers.

    References
    ----------
    .. [1] Choi, K., Fazekas, G., Sandler, M. and Cho, K. (2017). Convolutional
       recurrent neural networks for music classification. ICASSP.
    """
    import keras

    given = keras.Input(training.shape[1:], name="image")
    tensor = given
    for block, (count, pool) in enumerate(zip(filters, CRNN_POOLS, strict=True)):
        tensor = conv_block(
            tensor,
            count,
            stride=2 if block == 0 else 1,
            normalise=True,
            # Free: the report names none, Choi's network has ELU.
            activation="elu",
            pool=pool,
            dropout=dropout,
        )
    # Rows and channels of a moment are its features.
    tensor = keras.layers.Permute((2, 1, 3))(tensor)
    tensor = keras.layers.Reshape((tensor.shape[1], -1), name="steps")(tensor)
    embedding = recurrent_layers(tensor, recurrent, units)
    model = finished(given, embedding, genres=genres, name="choi_crnn")
    freeze(model, frozen_blocks)
    return model


def recurrent_layers(tensor: Any, kinds: Sequence[str], units: int) -> Any:  # noqa: ANN401
    """Follow a sequence with recurrent layers; the last gives its last state only."""
    import keras

    for place, kind in enumerate(kinds):
        more = place < len(kinds) - 1
        tensor = getattr(keras.layers, kind.upper())(units, return_sequences=more)(tensor)
    return tensor


def freeze(model: Any, blocks: int) -> None:  # noqa: ANN401
    """Keep the first blocks, convolution and batch normalisation, as they are."""
    import keras

    block = 0
    for layer in model.layers:
        block += isinstance(layer, keras.layers.Conv2D)
        if 1 <= block <= blocks:
            layer.trainable = False


ENTRIES: Final = (
    Architecture(
        name="cs230-cnn",
        title="Convolutional network on 10-second clips",
        summary=(
            "Three convolutions, each followed by batch normalisation and pooling, then 100 "
            "hidden units, on the picture of 10 seconds. Each track gives three clips."
        ),
        report=REPORT,
        section="4.2, Table 4",
        window_s=10.0,
        hop_s=5.0,
        view=clip_image,
        build=build_cnn,
        # The batch is free in the text; the notebook that the authors published has 10.
        recipe=as_reported(learning_rate=5e-5, batch=10, epochs=30),
        claim=Claim(
            figure=0.82,
            metric="accuracy",
            protocol=(
                "GTZAN, 150 random 10-second clips for validation; not a test part. In the "
                "authors' published notebook two thirds of the clips are empty and bear one label"
            ),
            on_gtzan=True,
        ),
    ),
    Architecture(
        name="choi-crnn",
        title="Convolutional recurrent network",
        summary=(
            "Four convolutional blocks find local patterns in the picture of 30 seconds, two "
            "recurrent layers follow them through time. The network to fine-tune from."
        ),
        report=REPORT,
        section="4.1, Table 1",
        window_s=30.0,
        hop_s=10.0,
        view=crnn_image,
        build=build_crnn,
        # The epochs are free: the report shows curves, but names no number.
        recipe=as_reported(learning_rate=1e-3, batch=16, epochs=25),
        claim=Claim(
            figure=0.7789,
            metric="accuracy",
            protocol=(
                "GTZAN, as the report quotes its predecessor, whose network had first learnt "
                "from the Million Song Dataset"
            ),
            on_gtzan=True,
        ),
    ),
)
