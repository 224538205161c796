"""The flagship's branches: what they read, that they learn apart, and what is served."""

from pathlib import Path

import numpy as np

from genre_app import architectures
from genre_app.architectures import blend
from genre_app.gtzan import load
from genre_app.plain import Plain
from genre_app.recipes import Recipe
from genre_app.training.examples import Examples
from genre_app.training.run import train_network
from genre_app.views import statistics
from genre_app.views.covariances import covariances
from genre_app.views.patterns import patterns
from genre_app.views.scales import loudness, onsets

STARTS = dict(
    zip(
        blend.FAMILIES,
        np.cumsum([0, *blend.FAMILIES.values()])[:-1].tolist(),
        strict=True,
    )
)


def of(family: str, numbers: np.ndarray) -> np.ndarray:
    return numbers[:, STARTS[family] : STARTS[family] + blend.FAMILIES[family]]


def test_the_numbers_are_the_descriptions_in_their_order() -> None:
    windows = load().log_mel(3).decibels[None, :, :289]
    found = blend.numbers(windows)
    assert found.shape == (1, sum(blend.FAMILIES.values())) == (1, 3440)
    assert found.dtype == np.float32
    loud = loudness(windows)
    for family, wanted in {
        "patterns": patterns(windows),
        "statistics": statistics(windows),
        "patterns of onsets": patterns(onsets(windows)),
        "covariances": covariances(windows),
        "statistics of loudness": statistics(loud),
        "patterns of loudness": patterns(loud),
    }.items():
        np.testing.assert_array_equal(of(family, found), wanted)


def test_each_branch_learns_from_its_own_numbers(tmp_path: Path) -> None:
    import keras

    genres = 4
    chance = np.random.default_rng(0)
    labels = np.arange(240) % genres
    heard = chance.normal(0, 1, (240, 3440)).astype(np.float32)
    # Only onsets say which genre it is: the branches that do not read them cannot know.
    of("patterns of onsets", heard)[:] += chance.normal(0, 1, (genres, 672))[labels]
    learnt, asked = slice(0, 160), slice(160, None)
    keras.utils.set_random_seed(0)
    network = architectures.get("blend").build(heard[learnt], genres=genres, units=16)
    targets = np.eye(genres, dtype=np.float32)[labels]
    examples = Examples(heard[learnt], targets[learnt], np.arange(160))
    recipe = Recipe(epochs=12, batch=32, label_smoothing=0.0)
    history = train_network(network, examples, None, recipe)
    assert history["loss"][-1] < history["loss"][0]
    said = {name: np.asarray(value) for name, value in network(heard).items()}
    right = (said["branches"][asked].argmax(axis=2) == labels[asked, None]).mean(axis=0)
    reads = np.array(["patterns of onsets" in families for _, *families in blend.BRANCHES])
    assert (right[reads] > 0.9).all()
    assert (right[~reads] < 0.5).all()
    np.testing.assert_allclose(said["branches"].mean(axis=1), said["logits"], atol=1e-5)

    served = blend.one_head(network)
    served.save(tmp_path / "blend.keras")
    again = keras.models.load_model(tmp_path / "blend.keras", compile=False, safe_mode=True)
    np.testing.assert_allclose(again(heard)["logits"], said["logits"], atol=1e-4)
    kernel, bias = again.get_layer("logits").get_weights()
    product = np.asarray(again(heard)["embedding"]) @ kernel + bias
    np.testing.assert_allclose(product, said["logits"], atol=1e-4)
    plain = Plain.load((tmp_path / "blend.keras").read_bytes())
    assert plain is not None
    np.testing.assert_allclose(plain(heard)["logits"], said["logits"], atol=1e-4)
