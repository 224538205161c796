"""Ask small Keras networks without TensorFlow.

The default model is a handful of matrix products. Importing TensorFlow for them takes
five seconds and 400 MB in every process, a hundred times what the products take. So the
file of a network that is made of dense layers only is read as what it is, an archive
of a description (JSON) and weights (HDF5), and computed by NumPy in single precision,
layer by layer as Keras does it. Networks with anything else in them are left to Keras.

Only the answers are computed here; whoever trains, extends or differentiates a network
uses Keras.
"""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app.threads import one_thread

__all__ = ["Plain"]

Array = NDArray[np.float32]
Layer = Callable[..., Any]
"""From the values of its inputs to its own."""

_SMALLEST: Final = 1e-7
"""Keras's smallest standard deviation (``keras.config.epsilon``)."""


@dataclass(frozen=True, eq=False)
class Plain:
    """A network of dense layers.

    Attributes
    ----------
    layers : dict of str to callable
    calls : tuple of (str, tuple)
        Which layer is called when, and on what.
    given : str
        The layer that stands for what is given.
    width : int or None
        How many numbers that is; ``None``: any.
    said : dict of str to (str, int, int)
        Where each output comes from.
    """

    layers: Mapping[str, Layer]
    calls: tuple[tuple[str, tuple[Any, ...]], ...]
    given: str
    width: int | None
    said: Mapping[str, tuple[str, int, int]]

    @classmethod
    def load(cls, content: bytes) -> "Plain | None":
        """Read a network from the bytes of a ``.keras`` file.

        Returns
        -------
        Plain or None
            ``None``: it holds something that only Keras can compute.
        """
        import h5py

        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                description = json.loads(archive.read("config.json"))
                with h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as weights:
                    return _network(description, weights)
        except (_Unknown, KeyError, OSError, ValueError, zipfile.BadZipFile):
            return None

    def __call__(self, view: NDArray[np.floating]) -> dict[str, Array]:
        """Compute all outputs.

        Parameters
        ----------
        view : ndarray of float [shape=(n, numbers)]

        Returns
        -------
        dict of str to ndarray of float32 [shape=(n, any)]
        """
        values: dict[str, Any] = {self.given: np.asarray(view, dtype=np.float32)}
        with one_thread():
            for name, arguments in self.calls:
                values[name] = self.layers[name](*(_filled(one, values) for one in arguments))
        return {key: _output(values[place[0]], place[2]) for key, place in self.said.items()}


class _Unknown(Exception):
    """Something that only Keras can compute."""


def _network(description: Mapping[str, Any], weights: Any) -> Plain:  # noqa: ANN401  # h5py.Group
    if description["class_name"] != "Functional":
        raise _Unknown(description["class_name"])
    config = description["config"]
    # Groups are called after classes and counted; the layer's own name is written inside.
    stored = {str(group["vars"].attrs["name"]): group for group in _groups(weights)}
    layers: dict[str, Layer] = {}
    calls: list[tuple[str, tuple[Any, ...]]] = []
    given = str(config["input_layers"][0])
    width: int | None = None
    for layer in config["layers"]:
        name, nodes = layer["name"], layer["inbound_nodes"]
        if name == given:
            if len(layer["config"]["batch_shape"]) != 2:
                raise _Unknown("an input that is not a list of numbers")
            width = layer["config"]["batch_shape"][1]
            continue
        if len(nodes) != 1 or set(nodes[0]["kwargs"]) - {"training", "mask"}:
            raise _Unknown("a layer that is called in a way of its own")
        make = _KINDS.get(layer["class_name"])
        if make is None or not _single_precision(layer["config"].get("dtype")):
            raise _Unknown(layer["class_name"])
        layers[name] = make(layer, stored.get(name))
        calls.append((name, tuple(nodes[0]["args"])))
    said = config["output_layers"]
    return Plain(layers, tuple(calls), given, width, {key: tuple(said[key]) for key in said})


def _groups(weights: Any) -> list[Any]:  # noqa: ANN401
    return [group for group in weights["layers"].values() if "vars" in group]


def _single_precision(dtype: Any) -> bool:  # noqa: ANN401
    return dtype is None or (isinstance(dtype, dict) and dtype["config"] == {"name": "float32"})


def _filled(argument: Any, values: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Put values in the place of the symbols that stand for them."""
    if isinstance(argument, list):
        return [_filled(one, values) for one in argument]
    if isinstance(argument, dict):
        config = argument["config"]
        if argument["class_name"] == "__slice__":
            return slice(config["start"], config["stop"], config["step"])
        name, _, output = config["keras_history"]
        return _output(values[name], output)
    return argument


def _output(value: Any, number: int) -> Any:  # noqa: ANN401
    # Keras counts the outputs of a network inside a network by the order of their names.
    return value[sorted(value)[number]] if isinstance(value, dict) else value


# Kinds of layers ------------------------------------------------------------------------


def _dense(layer: Mapping[str, Any], group: Any) -> Layer:  # noqa: ANN401
    config = layer["config"]
    activation = _ACTIVATIONS.get(config["activation"])
    if activation is None or config.get("lora_rank") or config.get("quantization_config"):
        raise _Unknown(config["activation"])
    kernel = np.asarray(group["vars"]["0"], dtype=np.float32)
    bias = np.asarray(group["vars"]["1"], dtype=np.float32) if config["use_bias"] else None

    def call(tensor: Array) -> Array:
        product = tensor @ kernel
        return activation(product if bias is None else product + bias)

    return call


def _normalization(layer: Mapping[str, Any], group: Any) -> Layer:  # noqa: ANN401
    config = layer["config"]
    if config["invert"] or config["axis"] not in ([-1], [1]) or config["mean"] is None:
        raise _Unknown("a normalisation that learns")
    mean = np.asarray(config["mean"], dtype=np.float32).reshape(1, -1)
    variance = np.asarray(config["variance"], dtype=np.float32).reshape(1, -1)
    spread = np.maximum(np.sqrt(variance), np.float32(_SMALLEST))
    return lambda tensor: (tensor - mean) / spread


def _nested(layer: Mapping[str, Any], group: Any) -> Layer:  # noqa: ANN401
    return _network(layer, group)


def _concatenate(layer: Mapping[str, Any], group: Any) -> Layer:  # noqa: ANN401
    axis = layer["config"]["axis"]
    return lambda tensors: np.concatenate(tensors, axis=axis)


def _average(layer: Mapping[str, Any], group: Any) -> Layer:  # noqa: ANN401
    return lambda tensors: np.float32(1 / len(tensors)) * sum(tensors[1:], start=tensors[0])


def _cosine(layer: Mapping[str, Any], group: Any) -> Layer:  # noqa: ANN401
    return np.cos


def _product(layer: Mapping[str, Any], group: Any) -> Layer:  # noqa: ANN401
    return lambda first, second: np.multiply(first, np.float32(second), dtype=np.float32)


def _get_item(layer: Mapping[str, Any], group: Any) -> Layer:  # noqa: ANN401
    return lambda tensor, place: tensor[tuple(place)]


def _dropout(layer: Mapping[str, Any], group: Any) -> Layer:  # noqa: ANN401
    return lambda tensor: tensor


_KINDS: Final[Mapping[str, Callable[[Mapping[str, Any], Any], Layer]]] = {
    "Average": _average,
    "Concatenate": _concatenate,
    "Cos": _cosine,
    "Dense": _dense,
    "Dropout": _dropout,
    "Functional": _nested,
    "GetItem": _get_item,
    "Multiply": _product,
    "Normalization": _normalization,
}


def _gelu(tensor: Array) -> Array:
    from genre_app._scipy import special

    result: Array = np.float32(0.5) * tensor * (1 + special.erf(tensor / np.float32(np.sqrt(2.0))))
    return result


def _relu(tensor: Array) -> Array:
    return np.maximum(tensor, np.float32(0))


_ACTIVATIONS: Final[Mapping[str, Callable[[Array], Array]]] = {
    "gelu": _gelu,
    "linear": lambda tensor: tensor,
    "relu": _relu,
}
