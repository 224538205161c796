"""The networks of "Music Genre Classification" (Tesserolli): pictures and transfer learning."""

import warnings
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app.architectures.backbones import TITLES, Kind, backbone, why_random
from genre_app.architectures.base import Architecture, Claim
from genre_app.architectures.layers import conv_block, finished, standardised
from genre_app.architectures.reports import as_reported
from genre_app.views import picture, resnet_picture, xception_picture

__all__ = ["ENTRIES", "build_image_cnn", "build_transfer"]

REPORT: Final = "Tesserolli, Music Genre Classification"

FILTERS: Final = (16, 32, 64)

WHOLE_RESNET: Final = 40

CAFFE_MEANS: Final = (103.939, 116.779, 123.68)
"""Blue, green and red, 0 to 255: what ResNet50's weights want subtracted."""


def build_image_cnn(
    training: NDArray[np.float32],
    /,
    *,
    genres: int = 10,
    filters: tuple[int, ...] = FILTERS,
    units: int = 64,
    dropout: float = 0.0,
) -> Any:  # noqa: ANN401  # keras.Model, which is imported late.
    """Build the baseline: 3 x [Conv, ReLU, MaxPool 2 x 2], Dense, output.

    Parameters
    ----------
    training : ndarray of float32 [shape=(n, rows, columns, channels)]
        Pictures of 30 seconds; only their shape is used.
    genres : int
        Number of outputs.
    filters : tuple of int
        Of the three 3 x 3 convolutions. Free.
    units : int
        Of a hidden layer with ReLU between the convolutions and the output. Free: the
        report is silent on what is there.
    dropout : float
        After it. The report has none.

    Returns
    -------
    keras.Model
        (n, rows, columns, channels) -> ``logits`` (n, genres), ``embedding`` (n, units).
    """
    import keras

    given = keras.Input(training.shape[1:], name="picture")
    tensor = given
    for count in filters:
        tensor = conv_block(tensor, count)
    embedding = keras.layers.Dense(units, activation="relu")(keras.layers.Flatten()(tensor))
    return finished(given, embedding, genres=genres, name="image_cnn", dropout=dropout)


def build_transfer(
    training: NDArray[np.float32],
    /,
    *,
    kind: Kind,
    head: str,
    genres: int = 10,
    units: int = 128,
    dropout: float = 0.5,
    frozen: bool | None = None,
    size: int | None = None,
) -> Any:  # noqa: ANN401
    """Build a backbone with one of the report's two heads.

    Warns with one sentence where the ImageNet weights cannot be had.

    Parameters
    ----------
    training : ndarray of float32 [shape=(n, size, size, 3)]
        Pictures, 0 to 1; only their shape is used. The first layers scale them as the
        backbone wants it.
    kind : {"resnet50", "xception"}
    head : {"a", "b"}
        a: a new output layer. b: Dense, ReLU, Dropout, output.
    genres : int
        Number of outputs.
    units : int
        Of head b's dense layer. Free.
    dropout : float
        Of head b. Free.
    frozen : bool, optional
        Whether the backbone is kept as it is. The report uses it "to extract features
        and replace the last layer", so by default it is frozen; but not where its
        weights are random, since those extract nothing.
    size : int, optional
        Rows and columns to which the picture is brought first. Free: by default as
        it comes, but 40 for a ResNet50 that is trained as a whole, which else takes
        two processor cores twice as long.

    Returns
    -------
    keras.Model
        (n, size, size, 3) -> ``logits`` (n, genres), ``embedding`` (n, 2048), or
        (n, units) with head b.
    """
    import keras

    if frozen is None:
        frozen = not why_random(kind)
    if size is None:
        size = WHOLE_RESNET if kind == "resnet50" and not frozen else training.shape[1]
    base, note = backbone(kind, (size, size, 3))
    if note:
        warnings.warn(note, stacklevel=2)
    base.trainable = not frozen
    given = keras.Input(training.shape[1:], name="picture")
    tensor = given
    if size != training.shape[1]:
        tensor = keras.layers.Resizing(size, size)(tensor)
    if kind == "resnet50":
        # The three channels are equal, so the order that Caffe wants needs no swap.
        tensor = keras.layers.Rescaling(255.0)(tensor)
        tensor = standardised(tensor, np.array(CAFFE_MEANS), np.ones(3))
    else:
        tensor = keras.layers.Rescaling(2.0, offset=-1.0)(tensor)
    embedding = base(tensor)
    name = f"{kind}_{head}"
    if head == "a":
        return finished(given, embedding, genres=genres, name=name)
    embedding = keras.layers.Dense(units, activation="relu")(embedding)
    return finished(given, embedding, genres=genres, name=name, dropout=dropout)


def _claim(figure: float, part: str) -> Claim:
    return Claim(
        figure=figure,
        metric="balanced accuracy",
        protocol=f"GTZAN's pictures, random stratified 80/10/10, {part} part",
        on_gtzan=True,
    )


def _transfer(kind: Kind, head: str, claim: Claim, *, learning_rate: float) -> Architecture:
    what = {
        "a": "only its output layer is new",
        "b": "with a new hidden layer, dropout and output layer",
    }[head]
    return Architecture(
        name=f"{kind}-{head}",
        title=f"{TITLES[kind]}, head {head.upper()}",
        summary=(
            f"{TITLES[kind]}, a deep network for photographs, reads the picture of 30 seconds; "
            f"{what}. It starts from ImageNet weights where they can be downloaded."
        ),
        report=REPORT,
        section="Method, Table 1",
        window_s=30.0,
        hop_s=10.0,
        view=resnet_picture if kind == "resnet50" else xception_picture,
        build=partial(build_transfer, kind=kind, head=head),
        recipe=as_reported(learning_rate=learning_rate, epochs=10),  # The batch is free.
        claim=claim,
        pretrained=True,
    )


ENTRIES: Final = (
    Architecture(
        name="image-cnn",
        title="Small convolutional network on pictures",
        summary=(
            "Three convolutions with pooling on the spectrogram of 30 seconds as a picture: the "
            "baseline that the pretrained networks are held against."
        ),
        report=REPORT,
        section="Method, Table 1",
        window_s=30.0,
        hop_s=10.0,
        view=picture,
        build=build_image_cnn,
        recipe=as_reported(learning_rate=1e-3, epochs=30),  # The batch is free.
        claim=_claim(0.51, "validation"),
    ),
    _transfer("resnet50", "a", _claim(0.67, "validation"), learning_rate=1e-3),
    _transfer("resnet50", "b", _claim(0.65, "validation"), learning_rate=1e-3),
    # At 0.001 head A has 71 %; the better rate is the report's best model.
    _transfer("xception", "a", _claim(0.73, "test"), learning_rate=1e-4),
    _transfer("xception", "b", _claim(0.49, "validation"), learning_rate=1e-3),
)
