"""Familiar music looks familiar, noise and odd sounds do not."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from genre_app import gtzan, zoo
from genre_app.errors import ModelError
from genre_app.familiarity import Familiarity, learn
from genre_app.logmel import LogMel
from genre_app.views import STATISTICS


def numbers(seed: int, rows: int = 5_000) -> NDArray[np.float32]:
    chance = np.random.default_rng(seed)
    mixing = np.random.default_rng(9).normal(size=(STATISTICS, STATISTICS)) / 20
    return (chance.normal(size=(rows, STATISTICS)) @ mixing + 5).astype(np.float32)


def test_novelty_is_one_for_usual_windows() -> None:
    known = learn(numbers(0))
    usual = numbers(1)
    assert np.mean(known.novelties(numbers(0))) == pytest.approx(1.0, rel=0.05)
    assert np.mean(known.novelties(usual)) == pytest.approx(1.0, rel=0.25)
    centre = usual.mean(axis=0)
    far = known.novelties((centre + 3 * (usual - centre)).astype(np.float32))
    assert np.mean(far) == pytest.approx(9.0, rel=0.25)


def test_what_the_axes_leave_out_counts_too() -> None:
    known = learn(numbers(0))
    chance = np.random.default_rng(2).normal(size=STATISTICS)
    outside = chance - known.axes @ np.linalg.lstsq(known.axes, chance, rcond=None)[0]
    odd = known.mean + known.spread * (100 * outside).astype(np.float32)
    assert known.novelties(odd[None])[0] > 2


def test_it_is_the_same_after_a_file(tmp_path: Path) -> None:
    known = learn(numbers(0))
    np.savez(tmp_path / "familiarity.npz", allow_pickle=False, **known.arrays())
    again = Familiarity.load(tmp_path / "familiarity.npz")
    assert again.novelties(numbers(3)) == pytest.approx(known.novelties(numbers(3)), rel=1e-6)
    with pytest.raises(ModelError, match="missing or damaged"):
        Familiarity.load(tmp_path / "nothing.npz")


def test_music_has_structure_and_noise_has_none() -> None:
    known = zoo.load().familiarity
    chance = np.random.default_rng(0)
    noise = LogMel.from_bytes(np.clip(chance.normal(120, 8, (128, 723)), 0, 160).astype(np.uint8))
    assert known.look(gtzan.load().log_mel(0)).structure > 5 * known.look(noise).structure


def test_music_upside_down_is_unfamiliar() -> None:
    known, subset = zoo.load().familiarity, gtzan.load()
    for position in range(0, len(subset), 200):
        upright = subset.cells[position]
        look = known.look(LogMel.from_bytes(upright))
        assert known.look(LogMel.from_bytes(upright[::-1])).novelty > 1.3 * look.novelty
