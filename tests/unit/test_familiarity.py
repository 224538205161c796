"""Familiar music looks familiar, noise and odd sounds do not."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from genre_app import gtzan, zoo
from genre_app.errors import ModelError
from genre_app.familiarity import NUMBERS, Familiarity, Look, describe, learn
from genre_app.logmel import COLUMN_RATE, LogMel
from genre_app.views import STATISTICS


def numbers(seed: int, rows: int = 5_000) -> NDArray[np.float32]:
    chance = np.random.default_rng(seed)
    mixing = np.random.default_rng(9).normal(size=(NUMBERS, NUMBERS)) / 30
    return (chance.normal(size=(rows, NUMBERS)) @ mixing + 5).astype(np.float32)


@pytest.fixture(scope="module")
def known() -> Familiarity:
    return learn(numbers(0))


def test_novelty_is_one_for_usual_windows(known: Familiarity) -> None:
    usual = numbers(1)
    assert known.novelties(numbers(0)).mean(axis=0) == pytest.approx([1.0, 1.0], rel=0.05)
    assert known.novelties(usual).mean(axis=0) == pytest.approx([1.0, 1.0], rel=0.25)
    centre = usual.mean(axis=0)
    far = known.novelties((centre + 3 * (usual - centre)).astype(np.float32))
    assert far.mean(axis=0) == pytest.approx([9.0, 9.0], rel=0.25)


def test_what_the_axes_leave_out_counts_too(known: Familiarity) -> None:
    sound = known.sound
    chance = np.random.default_rng(2).normal(size=STATISTICS)
    outside = chance - sound.axes @ np.linalg.lstsq(sound.axes, chance, rcond=None)[0]
    odd = sound.mean + sound.spread * (100 * outside).astype(np.float32)
    assert sound.novelties(odd[None])[0] > 2


def test_it_is_the_same_after_a_file(known: Familiarity, tmp_path: Path) -> None:
    np.savez(tmp_path / "familiarity.npz", allow_pickle=False, **known.arrays())
    again = Familiarity.load(tmp_path / "familiarity.npz")
    assert again.novelties(numbers(3)) == pytest.approx(known.novelties(numbers(3)), rel=1e-6)
    with pytest.raises(ModelError, match="missing or damaged"):
        Familiarity.load(tmp_path / "nothing.npz")


def test_a_file_of_an_earlier_version_knows_statistics_only(
    known: Familiarity, tmp_path: Path
) -> None:
    earlier = known.sound.arrays()
    np.savez(tmp_path / "familiarity.npz", allow_pickle=False, **earlier)
    again = Familiarity.load(tmp_path / "familiarity.npz")
    assert again.together is None
    assert set(again.arrays()) == set(earlier)
    said = again.novelties(numbers(3))
    assert said[:, 0] == pytest.approx(known.novelties(numbers(3))[:, 0], rel=1e-6)
    assert (said[:, 1] == 0).all()
    assert again.widened(numbers(4), share=0.1).together is None


def test_further_music_becomes_known(known: Familiarity) -> None:
    fresh = numbers(5) + np.float32(8.0)
    before, after = known.novelties(fresh), known.widened(fresh, share=0.2).novelties(fresh)
    assert (after.mean(axis=0) < 0.7 * before.mean(axis=0)).all()
    # Of short songs only the statistics can be known.
    short = fresh.copy()
    short[:, STATISTICS:] = np.nan
    widened = known.widened(short, share=0.2)
    assert widened.together is known.together
    assert widened.novelties(fresh)[:, 0] == pytest.approx(after[:, 0])
    assert (known.novelties(short)[:, 1] == 0).all()


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


def test_bands_that_do_not_play_together_are_noticed() -> None:
    """Each band by itself sounds as before; each eight play two seconds after those below."""
    known, subset = zoo.load().familiarity, gtzan.load()
    more = []
    for position in range(0, len(subset), 100):
        cells = subset.cells[position]
        late = np.concatenate(
            [np.roll(cells[i : i + 16], 3 * i, axis=1) for i in range(0, len(cells), 16)]
        )
        whole, apart = (known.look(LogMel.from_bytes(one)) for one in (cells, late))
        more.append(apart.together / whole.together)
    assert np.median(more) > 1.4
    # In music that repeats every two seconds the late bands may be in time again.
    assert sum(one > 1.1 for one in more) >= 0.9 * len(more)


def test_of_a_few_seconds_only_the_statistics_are_known() -> None:
    known, mel = zoo.load().familiarity, gtzan.load().log_mel(0)
    short = round(5 * COLUMN_RATE)
    look = known.look(LogMel(mel.decibels[:, :short], mel.loudest[:short]))
    assert look.novelty > 0
    assert look.together == 0.0
    assert known.look(mel).together > 0


def test_a_look_is_the_median_of_its_windows() -> None:
    mel = gtzan.load().log_mel(0)
    known = zoo.load().familiarity
    found, structures = describe(mel)
    said = known.novelties(found)
    assert found.shape == (len(structures), NUMBERS)
    assert known.look(mel) == Look(
        float(np.median(said[:, 0])), float(np.median(structures)), float(np.median(said[:, 1]))
    )
