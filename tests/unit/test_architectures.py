"""Every system of the reports: its layers, its shapes, that it learns, that it is kept."""

import functools
import hashlib
import http.server
import os
import socket
import threading
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pytest
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from genre_app import architectures, gtzan
from genre_app.architectures import backbones, cs230, fine_tuning, lse, tesserolli
from genre_app.architectures.trees import Trees
from genre_app.architectures.trees import build as build_trees
from genre_app.errors import ModelError
from genre_app.logmel import COLUMN_RATE
from genre_app.views import resnet_picture

Array = NDArray[Any]

NOTE: Final = "No network in tests."


@dataclass(frozen=True, kw_only=True)
class Case:
    """What to expect of an architecture, and how to make it learn twenty tracks quickly."""

    shape: tuple[int, ...]
    embedding: int
    parameters: int
    layers: str
    """Kinds of the layers in their order, without inputs and activations."""

    options: dict[str, Any] = field(default_factory=dict)
    every: tuple[int, ...] = ()
    """Rows and columns that are kept for that, one in so many."""

    rate: float = 3e-3
    batch: int = 20
    enough: float = 0.2
    """Loss at which it has learnt them."""
    least: int = 10
    """Rounds through the tracks; batch normalisation needs more of them to follow."""


BLOCK: Final = "Conv2D BatchNormalization MaxPooling2D "

CASES: Final = {
    "cs230-cnn": Case(
        shape=(128, 241, 1),
        embedding=100,
        parameters=347_670,
        layers="Normalization " + 3 * BLOCK + "Flatten Dense Dropout Dense",
        options={"kernel": 3, "dropout": 0.0},
        every=(2, 4),
        least=30,
    ),
    "choi-crnn": Case(
        shape=(96, 1366, 1),
        embedding=32,
        parameters=36_746,
        layers=4 * (BLOCK + "Dropout ") + "Permute Reshape GRU GRU Dense",
        options={"filters": (4, 8, 16, 32), "dropout": 0.0},
        every=(1, 12),
        rate=3e-3,
        batch=10,
        least=40,
    ),
    "image-cnn": Case(
        shape=(96, 96, 3),
        embedding=64,
        parameters=614_122,
        layers=3 * "Conv2D MaxPooling2D " + "Flatten Dense Dense",
        every=(3, 3),
        rate=5e-3,
        batch=10,
    ),
    "resnet50-a": Case(
        shape=(64, 64, 3),
        embedding=2048,
        parameters=23_608_202,
        layers="Resizing Rescaling Normalization Functional Dense",
    ),
    "resnet50-b": Case(
        shape=(64, 64, 3),
        embedding=128,
        parameters=23_851_274,
        layers="Resizing Rescaling Normalization Functional Dense Dropout Dense",
    ),
    "xception-a": Case(
        shape=(72, 72, 3),
        embedding=2048,
        parameters=20_881_970,
        layers="Rescaling Functional Dense",
    ),
    "xception-b": Case(
        shape=(72, 72, 3),
        embedding=128,
        parameters=21_125_042,
        layers="Rescaling Functional Dense Dropout Dense",
        options={"dropout": 0.0},
        rate=3e-4,
    ),
    "jamendo-fcn": Case(
        shape=(498,),
        embedding=64,
        parameters=169_546,
        layers="Normalization Dense Dropout Dense Dense Dense",
        enough=0.05,
        rate=1e-3,
    ),
    "lse-cnn": Case(
        shape=(128, 145, 1),
        embedding=64,
        parameters=119_206,
        layers="AveragePooling2D " + 5 * "Conv2D MaxPooling2D Dropout " + "Flatten Dense Dense",
        options={"filters": (8, 16, 16, 32, 64), "dropout": 0.0, "shrink": 1},
        every=(4, 4),
    ),
    "lse-mlp": Case(
        shape=(57,),
        embedding=16,
        parameters=5_860,
        layers="Normalization Dense Dropout Dense Dropout Dense Dense",
        options={"dropout": 0.0},
        rate=1e-2,
    ),
    "lse-bigru": Case(
        shape=(72, 128),
        embedding=128,
        parameters=75_786,
        layers="Bidirectional Dropout Dense",
        options={"dropout": 0.0},
        every=(3,),
        rate=1e-2,
    ),
    "lse-cnn-mlp": Case(
        shape=(128 * 241 + 57,),
        embedding=50,
        parameters=532_445,
        layers="",
        options={"filters": (2, 2, 4, 4, 8), "image_dropout": 0.0, "dropout": 0.0},
    ),
    "lse-cnn-rnn": Case(
        shape=(128, 145, 1),
        embedding=64,
        parameters=168_186,
        layers=5 * "Conv2D " + "Permute Reshape Dense GRU GRU GRU Dense Dense",
        options={"filters": (8, 16, 16, 16, 16), "units": (32, 32, 32)},
        every=(2, 4),
        rate=3e-3,
    ),
    "umass-time-cnn": Case(
        shape=(323, 323, 1),
        embedding=1024,
        parameters=2_683_626,
        layers=(
            "Normalization ZeroPadding2D Conv2D MaxPooling2D ZeroPadding2D Conv2D "
            "BatchNormalization MaxPooling2D Flatten Dropout Dense Dense"
        ),
        options={"filters": (8, 8), "units": 64},
        every=(4, 4),
        least=45,
    ),
}
DEEP: Final = ("resnet50-a", "resnet50-b", "xception-a", "xception-b")
TRAINED: Final = [name for name in CASES if name not in DEEP] + ["xception-b"]
"""Of the deep ones, which cost ten seconds and more, that with the most of our own layers."""


@pytest.fixture(autouse=True)
def no_download(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Let no test but those about it look for ImageNet weights."""
    if "tries" not in request.fixturenames:
        for module in (backbones, tesserolli):
            monkeypatch.setattr(module, "why_random", lambda kind: NOTE)


@functools.cache
def twenty() -> tuple[list[Any], Array]:
    """Give the log-mels of two tracks of each genre, and their genres."""
    subset = gtzan.load()
    first = [np.flatnonzero(subset.labels == genre)[[7, 42]] for genre in range(10)]
    chosen = np.concatenate(first).tolist()
    return [subset.log_mel(position) for position in chosen], subset.labels[chosen]


@functools.cache
def view_of(name: str) -> Array:
    kind = architectures.get(name)
    width = round(kind.window_s * COLUMN_RATE)
    mels, _ = twenty()
    windows = np.stack([mel.excerpt(0, min(width, mel.columns)) for mel in mels])
    return kind.view(windows)


@functools.cache
def thinned(name: str) -> Array:
    """Give the views with fewer cells, which a network learns as well and sooner."""
    kept = tuple(slice(None, None, step) for step in CASES[name].every)
    return np.ascontiguousarray(view_of(name)[(slice(None), *kept)])


def built(name: str, view: Array, **options: Any) -> Any:  # noqa: ANN401  # keras.Model
    keras.utils.set_random_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return architectures.get(name).build(view, genres=10, **options)


@functools.cache
def untrained(name: str) -> Any:  # noqa: ANN401
    return built(name, view_of(name))


@functools.cache
def learnt(name: str) -> tuple[Any, list[float]]:
    """Train on the twenty tracks; give the network and its loss an epoch."""
    case, labels = CASES[name], twenty()[1]
    model = built(name, thinned(name), **case.options)
    learner = keras.Model(model.input, model.output["logits"])
    loss = (
        keras.losses.BinaryCrossentropy(from_logits=True)
        if architectures.get(name).multi_label
        else keras.losses.CategoricalCrossentropy(from_logits=True)
    )
    deep = name in DEEP
    # To trace the deep networks takes longer than their few steps.
    learner.compile(keras.optimizers.Adam(case.rate), loss, run_eagerly=deep)

    def stop(epoch: int, logs: dict[str, float]) -> None:
        learner.stop_training = rounds * (epoch + 1) >= case.least and logs["loss"] < case.enough

    # Several rounds an epoch: what Keras does around an epoch costs more than these.
    rounds = 1 if deep else 5
    # A step of the deep ones takes two seconds and more: a quarter of the tracks is enough.
    some = slice(None, None, 4 if deep else 1)
    view, targets = thinned(name)[some], np.eye(10, dtype=np.float32)[labels][some]
    history = learner.fit(
        np.tile(view, (rounds, *[1] * (view.ndim - 1))),
        np.tile(targets, (rounds, 1)),
        batch_size=case.batch,
        epochs=2 if deep else 40,
        shuffle=False,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=stop)],
        verbose=0,
    )
    return model, history.history["loss"]


def kinds(model: Any) -> str:  # noqa: ANN401
    unspoken = {"InputLayer", "Activation"}
    names = (type(layer).__name__ for layer in model.layers)
    return " ".join(name for name in names if name not in unspoken)


# Every architecture


def test_all_systems_of_the_reports_are_here() -> None:
    assert {"statistics", *CASES, "boosted-trees"} <= set(architectures.ARCHITECTURES)


@pytest.mark.parametrize("name", [*CASES, "boosted-trees"])
def test_the_recipe_is_the_reports(name: str) -> None:
    kind = architectures.get(name)
    recipe = kind.recipe
    assert kind.claim is not None
    assert 0 < kind.claim.figure < 1
    assert kind.report
    assert kind.section
    assert kind.hop_s <= kind.window_s <= 30
    assert recipe.augmentation is None
    assert recipe.label_smoothing == 0
    assert recipe.schedule == "constant"
    assert recipe.lengths_s is None
    assert kind.trees == (name == "boosted-trees")
    assert kind.multi_label == (name == "jamendo-fcn")
    assert kind.pretrained == (name in DEEP)


@pytest.mark.parametrize(
    ("name", "optimiser", "rate", "batch", "epochs"),
    [
        ("cs230-cnn", "adam", 5e-5, 10, 30),
        ("choi-crnn", "adam", 1e-3, 16, 25),
        ("image-cnn", "adam", 1e-3, 32, 30),
        ("resnet50-a", "adam", 1e-3, 32, 10),
        ("resnet50-b", "adam", 1e-3, 32, 10),
        ("xception-a", "adam", 1e-4, 32, 10),
        ("xception-b", "adam", 1e-3, 32, 10),
        ("jamendo-fcn", "adam", 1e-4, 32, 64),
        ("lse-cnn", "sgd", 1e-2, 30, 50),
        ("lse-mlp", "sgd", 1e-1, 50, 50),
        ("lse-bigru", "adam", 1e-4, 16, 36),
        ("lse-cnn-mlp", "adam", 1e-4, 30, 25),
        ("lse-cnn-rnn", "adam", 1e-4, 16, 35),
    ],
)
def test_the_numbers_are_the_reports(
    name: str, optimiser: str, rate: float, batch: int, epochs: int
) -> None:
    recipe = architectures.get(name).recipe
    assert (recipe.optimiser, recipe.learning_rate) == (optimiser, rate)
    assert (recipe.batch, recipe.epochs) == (batch, epochs)


@pytest.mark.parametrize("name", CASES)
def test_shapes_layers_and_parameters(name: str) -> None:
    case, model = CASES[name], untrained(name)
    assert view_of(name).shape == (20, *case.shape)
    assert model.input.shape == (None, *case.shape)
    assert model.output["logits"].shape == (None, 10)
    assert model.output["embedding"].shape == (None, case.embedding)
    assert model.count_params() == case.parameters
    said = model(view_of(name)[:1], training=False)
    assert np.isfinite(said["logits"]).all()
    assert said["embedding"].shape == (1, case.embedding)
    assert not case.layers or kinds(model) == case.layers
    for layer in model._flatten_layers():
        assert type(layer).__module__.startswith("keras.")
        assert not isinstance(layer, keras.layers.Lambda)
        if isinstance(layer, keras.layers.BatchNormalization):
            assert layer.momentum == 0.9


@pytest.mark.parametrize("name", TRAINED)
def test_it_learns_twenty_tracks_by_heart_and_is_loaded_as_it_was_saved(
    name: str, tmp_path: Path
) -> None:
    # One test: apart, they may fall to two processes, and each would train.
    model, losses = learnt(name)
    view = thinned(name)
    before = model(view, training=False)
    assert set(before) == {"logits", "embedding"}
    if name in DEEP:
        assert losses[-1] < 0.75 * losses[0]
    else:
        assert (np.asarray(before["logits"]).argmax(axis=1) == twenty()[1]).mean() >= 0.9
    weights, bias = model.get_layer("logits").get_weights()
    told = np.asarray(before["embedding"]) @ weights + bias
    assert np.abs(told - before["logits"]).max() < 1e-3

    model.save(tmp_path / "model.keras")
    kept = keras.models.load_model(tmp_path / "model.keras", compile=False, safe_mode=True)
    after = kept(view, training=False)
    assert set(after) == set(before)
    for output in before:
        assert np.array_equal(before[output], after[output])


# cs230


@pytest.mark.parametrize(("columns", "parameters"), [(1288, 5_104_714), (428, 1_664_714)])
def test_the_early_networks_have_the_reports_numbers_of_parameters(
    columns: int, parameters: int
) -> None:
    training = np.zeros((1, 128, columns, 1), np.float32)
    early = cs230.build_cnn(training, hidden_units=None, stride=1, pooled=2)
    assert early.count_params() == parameters


def test_the_tables_of_the_report_can_be_repeated() -> None:
    training = np.random.default_rng(0).normal(3, 2, (4, 72, 72, 1)).astype(np.float32)
    for units, activation, dropout in (10, "relu", 0.0), (10, "tanh", 0.0), (100, "tanh", 0.7):
        model = cs230.build_cnn(
            training, hidden_units=units, activation=activation, dropout=dropout
        )
        dense = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
        assert [layer.units for layer in dense] == [units, 10]
        assert dense[0].activation is keras.activations.get(activation)
        assert [one.rate for one in model.layers if isinstance(one, keras.layers.Dropout)] == (
            [dropout] if dropout else []
        )
    with_, without = (
        kinds(cs230.build_cnn(training, normalise=on)).split() for on in (True, False)
    )
    assert with_ == ["Normalization", *without]
    standardise = cs230.build_cnn(training).layers[1]
    scaled = np.asarray(standardise(training))
    assert scaled.mean() == pytest.approx(0, abs=1e-3)
    assert scaled.std() == pytest.approx(1, abs=1e-3)


@functools.cache
def base_network() -> Any:  # noqa: ANN401
    """Give a network to go on from, none of whose weights is as it was made."""
    model = built("choi-crnn", thinned("choi-crnn"), **CASES["choi-crnn"].options)
    chance = np.random.default_rng(0)
    model.set_weights([chance.uniform(0.1, 0.5, w.shape) for w in model.get_weights()])
    return model


def recurrent_layers(model: Any) -> list[Any]:  # noqa: ANN401
    return [one for one in model.layers if isinstance(one, keras.layers.GRU | keras.layers.LSTM)]


@pytest.mark.parametrize("variant", fine_tuning.FINE_TUNINGS)
def test_fine_tuning_goes_on_from_what_was_learnt(variant: str) -> None:
    base = base_network()
    weights = [np.array(weight) for weight in base.get_weights()]
    tuning = fine_tuning.FINE_TUNINGS[variant]
    model = fine_tuning.fine_tuned(
        base, frozen_blocks=tuning.frozen_blocks, recurrent=tuning.recurrent
    )
    assert [type(one).__name__.lower() for one in recurrent_layers(model)] == [*tuning.recurrent]
    assert model.output["logits"].shape == (None, len(fine_tuning.FINE_TUNED_GENRES)) == (None, 7)
    for old, new in zip(base.layers, model.layers, strict=False):
        if isinstance(old, keras.layers.Conv2D | keras.layers.BatchNormalization):
            for one, other in zip(old.get_weights(), new.get_weights(), strict=True):
                assert np.array_equal(one, other)
    first, begun = recurrent_layers(base)[0], recurrent_layers(model)[0]
    assert np.array_equal(first.get_weights()[0], begun.get_weights()[0])
    convolutions = [one for one in model.layers if isinstance(one, keras.layers.Conv2D)]
    assert [one.trainable for one in convolutions] == [
        place >= tuning.frozen_blocks for place in range(4)
    ]
    assert all(layer.trainable for layer in base.layers)
    assert all(map(np.array_equal, weights, base.get_weights()))
    assert tuning.recipe.batch == 16
    assert tuning.recipe.learning_rate == 1e-3


def test_the_six_variants_of_fine_tuning() -> None:
    rows = {(t.optimiser, t.frozen_blocks, t.recurrent) for t in fine_tuning.FINE_TUNINGS.values()}
    assert rows == {
        (optimiser, frozen, recurrent)
        for optimiser in ("adam", "sgd")
        for frozen, recurrent in (
            (0, ("gru", "gru")),
            (3, ("gru", "gru", "gru", "gru")),
            (3, ("gru", "lstm", "lstm", "lstm")),
        )
    }


def test_a_frozen_block_does_not_move_and_the_copy_leaves_the_original_alone() -> None:
    base = base_network()
    before = [np.array(weight) for weight in base.get_weights()]
    model = fine_tuning.fine_tuned(base, frozen_blocks=3, recurrent=("gru", "lstm"))
    frozen = [layer for layer in model.layers if layer.weights and not layer.trainable]
    moving = [layer for layer in model.layers if layer.weights and layer.trainable]
    kept = [[np.array(w) for w in layer.get_weights()] for layer in (*frozen, *moving)]
    learner = keras.Model(model.input, model.output["logits"])
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    learner.compile("adam", loss, run_eagerly=True)
    learner.fit(thinned("choi-crnn"), np.eye(7)[np.arange(20) % 7], batch_size=20, verbose=0)
    moved = [
        not all(map(np.array_equal, old, layer.get_weights()))
        for old, layer in zip(kept, (*frozen, *moving), strict=True)
    ]
    assert len(frozen) == 6
    assert moved == [False] * len(frozen) + [True] * len(moving)
    assert all(map(np.array_equal, before, base.get_weights()))


def test_unfrozen_fine_tuning_reads_as_before_up_to_its_output_layer() -> None:
    base = base_network()
    model = fine_tuning.fine_tuned(base, frozen_blocks=0)
    view = thinned("choi-crnn")[:2]
    one, other = (network(view, training=False)["embedding"] for network in (base, model))
    assert np.array_equal(one, other)


# LSE


def test_the_flattened_image_has_the_reports_784_numbers() -> None:
    flat = [one for one in untrained("lse-cnn").layers if isinstance(one, keras.layers.Flatten)]
    assert flat[0].output.shape == (None, 784)


def test_picture_and_descriptors_come_apart_again() -> None:
    view = view_of("lse-cnn-mlp")
    model = untrained("lse-cnn-mlp")
    image, numbers = (
        keras.Model(model.input, one.output)(view)
        for one in (
            next(o for o in model.layers if o.output.shape == (None, 128, 241, 1)),
            next(o for o in model.layers if o.output.shape == (None, 57)),
        )
    )
    assert np.array_equal(np.asarray(image).reshape(20, -1), view[:, :-57])
    assert np.array_equal(numbers, view[:, -57:])
    dense = [one for one in model.layers if isinstance(one, keras.layers.Dense)]
    convolutions = [one for one in model.layers if isinstance(one, keras.layers.Conv2D)]
    # Table 2.1 counts 7 and 5; 100 and 100 meet in 200.
    assert (len(dense), len(convolutions)) == (7, 5)
    both = next(one for one in model.layers if isinstance(one, keras.layers.Concatenate))
    assert [tuple(one.shape) for one in both.input] == [(None, 100), (None, 100)]


def test_the_recurrent_layers_get_128_features_a_step() -> None:
    model = untrained("lse-cnn-rnn")
    first = recurrent_layers(model)[0]
    assert first.input.shape == (None, 18, 128)
    for one in model.layers:
        if isinstance(one, keras.layers.Conv2D):
            assert one.kernel_size == (2, 2)
            assert one.strides[0] == 2


def test_descriptors_are_standardised_inside() -> None:
    training = view_of("lse-mlp")
    model = lse.build_mlp(training)
    scaled = np.asarray(model.layers[1](training))
    assert np.abs(scaled.mean(axis=0)).max() < 1e-2
    assert np.abs(scaled).max() < 5
    assert scaled.std(axis=0).min() > 0.3


# UMass


def test_the_time_networks_images_shrink_as_in_the_report() -> None:
    model = untrained("umass-time-cnn")
    shapes = [tuple(one.output.shape[1:3]) for one in model.layers if "max_pool" in one.name]
    assert shapes == [(2, 163), (1, 81)]
    first = next(one for one in model.layers if isinstance(one, keras.layers.Conv2D))
    assert first.kernel_size == (323, 1)


# Backbones


@pytest.fixture
def tries(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Give an empty Keras folder, and forget what was tried before and after."""
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    config = keras.src.backend.config
    monkeypatch.setattr(config, "keras_home", lambda: str(tmp_path / "home"))
    backbones.why_random.cache_clear()
    yield tmp_path
    backbones.why_random.cache_clear()


def test_random_weights_are_said_once_and_trained_whole() -> None:
    training = view_of("resnet50-a")
    with pytest.warns(UserWarning, match=NOTE) as caught:
        model = tesserolli.build_transfer(training, kind="resnet50", head="b")
    assert len(caught) == 1
    assert model.get_layer("resnet50").trainable
    scaled = keras.Model(model.input, model.layers[3].output)(training)
    means = np.array([103.939, 116.779, 123.68])
    smaller = np.asarray(keras.Model(model.input, model.layers[1].output)(training))
    assert smaller.shape == (20, 40, 40, 3)
    assert np.abs(np.asarray(scaled) - (255 * smaller - means)).max() < 1e-3


def test_xception_sees_minus_one_to_one() -> None:
    training = view_of("xception-b")
    model = untrained("xception-b")
    scaled = keras.Model(model.input, model.layers[1].output)(training)
    assert np.abs(np.asarray(scaled) - (2 * training - 1)).max() < 1e-5


def served(folder: Path) -> tuple[http.server.ThreadingHTTPServer, list[str]]:
    """Serve a folder on this machine, and note what is asked for."""
    asked: list[str] = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401
            super().__init__(*arguments, directory=str(folder), **options)

        def log_request(self, *_: object) -> None:
            asked.append(f"{self.command} {self.path}")

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, asked


def test_weights_are_downloaded_once_and_frozen(
    tries: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from keras.src.applications import resnet

    h5py = pytest.importorskip("h5py")
    given = keras.applications.ResNet50(include_top=False, weights=None, input_shape=(32, 32, 3))
    name = "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5"
    (tries / "server").mkdir()
    with h5py.File(tries / "server" / name, "w") as file:
        keras.src.legacy.saving.legacy_h5_format.save_weights_to_hdf5_group(file, given)
    content = (tries / "server" / name).read_bytes()
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    server, asked = served(tries / "server")
    address = f"http://127.0.0.1:{server.server_port}/"
    monkeypatch.setattr(backbones, "_SERVER", address)
    monkeypatch.setattr(resnet, "BASE_WEIGHTS_PATH", address)
    monkeypatch.setitem(resnet.WEIGHTS_HASHES, "resnet50", ("", digest))
    try:
        picture = resnet_picture(np.zeros((1, 128, 723), np.float32))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            model = tesserolli.build_transfer(picture, kind="resnet50", head="a")
    finally:
        server.shutdown()
        server.server_close()
    base = model.get_layer("resnet50")
    assert all(map(np.array_equal, base.get_weights(), given.get_weights()))
    assert not base.trainable
    assert [len(model.trainable_weights), len(base.trainable_weights)] == [2, 0]
    assert asked == ["HEAD /", f"GET /{name}"]
    # What is stored needs no network.
    backbones.why_random.cache_clear()
    monkeypatch.setattr(backbones, "_unreachable", lambda: pytest.fail("it asked again"))
    assert backbones.why_random("resnet50") == ""


def test_a_damaged_download_means_random_weights(
    tries: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from keras.src.applications import xception

    (tries / "weights.h5").write_bytes(b"not what was asked for")
    server, _ = served(tries)
    address = f"http://127.0.0.1:{server.server_port}/"
    monkeypatch.setattr(backbones, "_SERVER", address)
    monkeypatch.setattr(xception, "WEIGHTS_PATH_NO_TOP", f"{address}weights.h5")
    try:
        note = backbones.why_random("xception")
    finally:
        server.shutdown()
        server.server_close()
    assert note.startswith("The ImageNet weights of Xception could not be downloaded (")
    assert "\n" not in note


def test_a_network_that_answers_nothing_is_given_up_soon_and_once(
    tries: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(backbones, "_SERVER", f"http://127.0.0.1:{silent.getsockname()[1]}/")
        monkeypatch.setattr(backbones, "_PATIENCE_S", 0.3)
        began = time.perf_counter()
        note = backbones.why_random("resnet50")
        assert time.perf_counter() - began < 5
        assert "ResNet50" in note
        assert "random weights" in note
        monkeypatch.setattr(backbones, "_unreachable", lambda: pytest.fail("it tried again"))
        assert backbones.why_random("resnet50") == note
    assert not list(tries.glob("**/*.h5"))


def test_a_server_that_does_not_exist_is_a_note(
    tries: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backbones, "_SERVER", "http://127.0.0.1:9/")
    assert "refused" in backbones.why_random("xception")
    model, note = backbones.backbone("xception", (71, 71, 3))
    assert note == backbones.why_random("xception")
    assert model.output.shape == (None, 2048)


# Trees


@functools.cache
def grown() -> tuple[Trees, Any, Array, Array]:
    """Give trees, scikit-learn's own of the same settings, and what they were grown on."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    chance = np.random.default_rng(0)
    labels = np.arange(200) % 10
    view = chance.normal(size=(200, 12)).astype(np.float32)
    view[:, 3] += labels
    view[:, 5] += labels % 3
    trees = build_trees(view, rounds=8).fit(view, labels, seed=3)
    settings = {"max_iter": 8, "learning_rate": 0.3, "max_depth": 6, "min_samples_leaf": 5}
    known = HistGradientBoostingClassifier(
        **settings, l2_regularization=1.0, early_stopping=False, random_state=3
    )
    with threadpool_limits(1, user_api="openmp"):
        known.fit(view, labels)
    return trees, known, view, labels


def test_trees_say_what_scikit_learn_says() -> None:
    trees, known, view, labels = grown()
    other = np.random.default_rng(1).normal(2, 3, (500, 12)).astype(np.float32)
    for windows in (view, other):
        said = trees(windows, training=False)
        assert np.abs(said["logits"] - known.decision_function(windows)).max() < 1e-5
        assert said["embedding"].shape == windows.shape
    assert (trees(view)["logits"].argmax(axis=1) == labels).mean() >= 0.9
    assert np.abs(trees(view)["embedding"].mean(axis=0)).max() < 1e-2
    assert trees.count_params() == sum(
        len(tree.nodes) for of_round in known._predictors for tree in of_round
    )


def test_trees_learn_twenty_tracks_by_heart() -> None:
    view, labels = view_of("boosted-trees"), twenty()[1]
    kind = architectures.get("boosted-trees")
    trees = kind.build(view, genres=10, rounds=20, min_leaf=1).fit(view, labels, seed=0)
    assert (trees(view)["logits"].argmax(axis=1) == labels).mean() >= 0.9


def test_trees_are_kept_as_plain_arrays(tmp_path: Path) -> None:
    trees, _, view, _ = grown()
    trees.save(tmp_path / "model.npz")
    kept = Trees.load(tmp_path / "model.npz")
    for output in ("logits", "embedding"):
        assert np.array_equal(trees(view)[output], kept(view)[output])
    with np.load(tmp_path / "model.npz", allow_pickle=False) as stored:
        assert {stored[name].dtype.kind for name in stored} <= {"i", "f"}
        assert set(stored) == {one.name for one in fields(Trees)}


def test_two_genres_and_absent_ones_have_their_columns() -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier

    _, _, view, labels = grown()
    two = labels % 2
    trees = build_trees(view, genres=2, rounds=3).fit(view, two)
    known = HistGradientBoostingClassifier(
        max_iter=3, learning_rate=0.3, max_depth=6, min_samples_leaf=5, l2_regularization=1.0
    )
    with threadpool_limits(1, user_api="openmp"):
        known.fit(view, two)
    said = trees(view)["logits"]
    assert np.abs(said[:, 1] - said[:, 0] - known.decision_function(view)).max() < 1e-5

    some = np.where(labels < 5, 1, np.where(labels < 8, 4, 6))
    said = build_trees(view, genres=8, rounds=8).fit(view, some)(view)["logits"]
    assert (said.argmax(axis=1) == some).mean() > 0.8
    assert (said[:, [0, 2, 3, 5, 7]] < said[:, [1, 4, 6]].min() - 5).all()


def test_growing_leaves_the_trees_that_were_asked_alone() -> None:
    _, _, view, _ = grown()
    bare = build_trees(view)
    before = bare(view)["logits"]
    bare.fit(view, np.arange(200) % 10)
    assert not before.any()
    assert bare.count_params() == 0
    assert not bare(view)["logits"].any()


def test_trees_that_point_outside_are_refused(tmp_path: Path) -> None:
    trees, _, _, _ = grown()
    astray = trees.left.copy()
    astray[0], astray[5] = len(astray), 2
    replace(trees, left=astray).save(tmp_path / "model.npz")
    with pytest.raises(ModelError, match="astray"):
        Trees.load(tmp_path / "model.npz")


def test_another_file_is_no_trees(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", value=np.zeros(3))
    with pytest.raises(ModelError, match=r"other\.npz holds no boosted trees"):
        Trees.load(tmp_path / "other.npz")
    np.savez(tmp_path / "pickled.npz", value=np.array([{}], dtype=object), allow_pickle=True)
    (tmp_path / "cut.npz").write_bytes((tmp_path / "other.npz").read_bytes()[:80])
    for name in "pickled.npz", "cut.npz":
        with pytest.raises(ModelError, match="holds no boosted trees"):
            Trees.load(tmp_path / name)
