"""Dense networks without TensorFlow: the same answers, and nothing that is guessed."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from genre_app import zoo
from genre_app.gtzan import load
from genre_app.logmel import LogMel
from genre_app.plain import Plain
from genre_app.zoo import outputs, quick

DENSE = ("blend", "statistics", "lse-mlp", "jamendo-fcn")


def saved(network: Any, folder: Path) -> bytes:  # noqa: ANN401  # keras.Model
    path = folder / "model.keras"
    network.save(path)
    return path.read_bytes()


@pytest.fixture(scope="module")
def songs() -> list[LogMel]:
    subset = load()
    return [subset.log_mel(place) for place in (0, 350, 720, 998)]


@pytest.mark.parametrize("name", DENSE)
def test_shipped_networks_say_what_they_say_in_keras(name: str, songs: list[LogMel]) -> None:
    model = zoo.load(name)
    assert model.plain is not None
    theirs = outputs(quick(model.network), model.kind, songs)
    for ours, keras_says in zip(model.outputs_of(songs), theirs, strict=True):
        assert ours.logits.dtype == np.float32
        np.testing.assert_allclose(ours.logits, keras_says.logits, atol=1e-4)
        np.testing.assert_allclose(ours.embedding, keras_says.embedding, atol=1e-4)


def test_what_listens_to_pictures_is_left_to_keras() -> None:
    assert zoo.load("lse-cnn").plain is None


def test_every_kind_of_layer_computes_as_keras(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    given = keras.Input((5,))
    plain = layers.Normalization(mean=chance.normal(size=5), variance=[4.0, 0.5, 1, 2, 3])(given)
    inner_given = keras.Input((5,))
    inner = keras.Model(
        inner_given,
        {
            "zebra": layers.Dense(3, use_bias=False)(inner_given),
            "ant": layers.Dense(3, activation="relu", bias_initializer="ones")(inner_given),
        },
    )(plain)
    waves = keras.ops.cos(layers.Dropout(0.5)(inner["ant"])) * 1.25
    some = layers.Dense(2, activation="gelu")(inner["zebra"][:, 1:3])
    both = layers.Concatenate()([waves, some])
    network = keras.Model(
        given, {"both": both, "mean": layers.Average()([inner["ant"], inner["zebra"]])}
    )
    values = chance.normal(size=(7, 5)).astype(np.float32)
    ours = Plain.load(saved(network, tmp_path))
    assert ours is not None
    theirs = network(values, training=False)
    for key, found in ours(values).items():
        np.testing.assert_allclose(found, theirs[key], rtol=1e-4, atol=1e-5)


def test_a_number_that_never_varied_is_divided_as_keras_does(tmp_path: Path) -> None:
    given = keras.Input((2,))
    network = keras.Model(
        given, {"logits": layers.Normalization(mean=[1.0, 2.0], variance=[0.0, 1.0])(given)}
    )
    ours = Plain.load(saved(network, tmp_path))
    assert ours is not None
    values = np.array([[1.5, 2.5]], dtype=np.float32)
    np.testing.assert_allclose(ours(values)["logits"], network(values)["logits"], rtol=1e-6)


def unusual(kind: str) -> Any:  # noqa: ANN401
    given = keras.Input((4, 3) if kind == "table" else (4,))
    dense = layers.Dense(4, activation="selu" if kind == "activation" else None)
    tensor = dense(given)
    match kind:
        case "twice":
            tensor = dense(tensor)
        case "layer":
            tensor = layers.LayerNormalization()(tensor)
        case "learns":
            tensor = layers.Normalization()(tensor)
        case "precision":
            tensor = layers.Dense(2, dtype="float16")(tensor)
    return keras.Model(given, {"logits": tensor})


@pytest.mark.parametrize("kind", ["activation", "layer", "learns", "precision", "table", "twice"])
def test_what_is_not_known_is_left_to_keras(kind: str, tmp_path: Path) -> None:
    assert Plain.load(saved(unusual(kind), tmp_path)) is None


def test_what_is_known_is_not_left_to_keras(tmp_path: Path) -> None:
    """The twin of the test above: nothing else in these networks is unusual."""
    assert Plain.load(saved(unusual(""), tmp_path)) is not None


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06" + bytes(18), b"no archive at all"])
def test_damaged_files_are_left_to_keras(content: bytes) -> None:
    assert Plain.load(content) is None
