"""The flagship's two branches."""

from pathlib import Path

import numpy as np
import pytest

from genre_app import architectures
from genre_app.architectures import blend
from genre_app.recipes import Recipe
from genre_app.training.examples import Examples
from genre_app.training.run import train_network


@pytest.fixture(scope="module")
def numbers() -> np.ndarray:
    chance = np.random.default_rng(0)
    return chance.normal(0, [3.0] * 448 + [1.0] * 888, (400, 1336)).astype(np.float32)


def test_waves_are_a_gaussian_kernel(numbers: np.ndarray) -> None:
    centred = numbers - numbers.mean(axis=0)
    standardised = (centred / numbers.std(axis=0)).astype(np.float32)
    axes, frequencies, phases = blend._waves(standardised, 64, 20_000)
    felt = np.cos(standardised[:40] @ axes @ frequencies + phases) * np.sqrt(2 / 20_000)
    place = standardised @ axes
    distances = ((place[:40, None] - place[None, :40]) ** 2).sum(axis=2)
    weights = np.repeat([1.0, 0.7], [448, 888])
    wide = ((standardised * weights) ** 2).sum(axis=1).mean()
    np.testing.assert_allclose(felt @ felt.T, np.exp(-0.8 * distances / wide), atol=0.04)


def test_both_branches_learn_and_come_back_from_disk(numbers: np.ndarray, tmp_path: Path) -> None:
    import keras

    labels = np.arange(400) % 4
    heard = numbers + np.random.default_rng(1).normal(0, 1, (4, 1336)).astype(np.float32)[labels]
    keras.utils.set_random_seed(0)
    network = architectures.get("blend").build(heard, genres=4, waves=512)
    targets = np.eye(4, dtype=np.float32)[labels]
    recipe = Recipe(epochs=10, batch=32, label_smoothing=0.0)
    history = train_network(network, Examples(heard, targets, np.arange(400)), None, recipe)
    said = {name: np.asarray(value) for name, value in network(heard).items()}
    for branch in range(2):
        right = (said["branches"][:, branch].argmax(axis=1) == labels).mean()
        assert right > 0.9
    assert history["accuracy"][-1] > 0.8
    np.testing.assert_allclose(said["branches"].mean(axis=1), said["logits"], atol=1e-5)
    served = blend.one_head(network)
    served.save(tmp_path / "blend.keras")
    again = keras.models.load_model(tmp_path / "blend.keras", compile=False, safe_mode=True)
    np.testing.assert_allclose(again(heard)["logits"], said["logits"], atol=1e-4)
    kernel, bias = again.get_layer("logits").get_weights()
    product = np.asarray(again(heard)["embedding"]) @ kernel + bias
    np.testing.assert_allclose(product, said["logits"], atol=1e-4)
