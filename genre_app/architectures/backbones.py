"""ResNet50 and Xception without their last layer, with ImageNet weights where they can be had.

Keras downloads the weights once and keeps them in its own folder (``~/.keras``).
Whether they can be had is found out once a process, within seconds: a class may
sit behind a network that answers nothing.
"""

import os
import tempfile
import threading
import urllib.error
import urllib.request
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal

from genre_app.architectures.layers import BATCH_MOMENTUM

__all__ = ["TITLES", "Kind", "backbone", "why_random"]

Kind = Literal["resnet50", "xception"]

TITLES: Final = MappingProxyType({"resnet50": "ResNet50", "xception": "Xception"})

_SERVER: Final = "https://storage.googleapis.com/tensorflow/keras-applications/"
"""Where Keras downloads the weights from."""

_PATIENCE_S: Final = 4.0


def backbone(kind: Kind, shape: tuple[int, int, int]) -> tuple[Any, str]:
    """Build a backbone that turns a picture into one vector.

    Parameters
    ----------
    kind : {"resnet50", "xception"}
    shape : (int, int, int)
        Rows, columns, 3. At least 32 x 32 for ResNet50, 71 x 71 for Xception.

    Returns
    -------
    model : keras.Model
        (n, *shape), prepared as the weights want it, to (n, 2048), the average over
        the picture.
    note : str
        Empty where it has ImageNet weights; else one sentence that says why not, and
        the weights are random.
    """
    import keras

    note = why_random(kind)
    weights = None if note else "imagenet"
    model = _maker(kind)(include_top=False, weights=weights, input_shape=shape, pooling="avg")
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = BATCH_MOMENTUM
    return model, note


@cache
def why_random(kind: Kind) -> str:
    """Try once a process to get the ImageNet weights; say why there are none, or nothing.

    Returns
    -------
    str
        Empty: they lie in Keras's folder now. Else a sentence for the screen.
    """
    reason = "" if _stored(kind) else _unreachable()
    if not reason:
        try:
            _maker(kind)(include_top=False, weights="imagenet")
        except Exception as error:  # Keras raises what it likes, from URLError to bare Exception.
            reason = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
    if not reason:
        return ""
    return (
        f"The ImageNet weights of {TITLES[kind]} could not be downloaded ({reason}), so it starts "
        "from random weights and will stay far below the report's figure."
    )


def _maker(kind: Kind) -> Any:  # noqa: ANN401
    import keras

    return getattr(keras.applications, TITLES[kind])


def _stored(kind: Kind) -> bool:
    name = f"{kind}_weights_tf_dim_ordering_tf_kernels_notop.h5"
    home = Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser()
    # Where that may not be written, as in many containers, Keras takes the other.
    homes = (home, Path(tempfile.gettempdir()) / ".keras")
    return any((folder / "models" / name).exists() for folder in homes)


def _unreachable() -> str:
    """Say why the server does not answer; nothing where it does.

    In a thread: looking a name up has no time limit of its own, and Keras's download
    has none at all.
    """
    answers: list[str] = []

    def ask() -> None:
        request = urllib.request.Request(_SERVER, method="HEAD")
        try:
            urllib.request.urlopen(request, timeout=_PATIENCE_S).close()  # noqa: S310
        except urllib.error.HTTPError:
            answers.append("")  # It has no page there, but it has answered.
        except (OSError, ValueError) as error:
            answers.append(f"{getattr(error, 'reason', error)}")
        else:
            answers.append("")

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(_PATIENCE_S)
    return answers[0] if answers else f"no answer within {_PATIENCE_S:.0f} s"
