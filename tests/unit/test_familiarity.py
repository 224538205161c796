"""Familiar music looks familiar, noise and odd sounds do not."""

import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from genre_app import audio, examples, gtzan, zoo
from genre_app.errors import ModelError
from genre_app.examples.synth import RATE
from genre_app.familiarity import COMPONENTS, Familiarity, learn
from genre_app.logmel import LogMel, log_mel
from genre_app.shipping import learn_familiarity
from genre_app.views import STATISTICS
from genre_app.views.covariances import COVARIANCES

NUMBERS = STATISTICS + COVARIANCES


def numbers(seed: int, rows: int = 5_000) -> NDArray[np.float32]:
    chance = np.random.default_rng(seed)
    mixing = np.random.default_rng(9).normal(size=(NUMBERS, NUMBERS)) / 30
    return (chance.normal(size=(rows, NUMBERS)) @ mixing + 5).astype(np.float32)


@pytest.fixture(scope="module")
def known() -> Familiarity:
    return learn(numbers(0))


def test_novelty_is_one_for_usual_windows(known: Familiarity) -> None:
    assert known.together is not None
    for density, columns in (
        (known.sound, slice(STATISTICS)),
        (known.together, slice(STATISTICS, None)),
    ):
        learnt, usual = numbers(0)[:, columns], numbers(1)[:, columns]
        assert np.mean(density.novelties(learnt)) == pytest.approx(1.0, rel=0.05)
        assert np.mean(density.novelties(usual)) == pytest.approx(1.0, rel=0.25)
        centre = usual.mean(axis=0)
        far = density.novelties((centre + 3 * (usual - centre)).astype(np.float32))
        assert np.mean(far) == pytest.approx(9.0, rel=0.25)


def test_what_the_axes_leave_out_counts_too(known: Familiarity) -> None:
    sound = known.sound
    chance = np.random.default_rng(2).normal(size=STATISTICS)
    outside = chance - sound.axes @ np.linalg.lstsq(sound.axes, chance, rcond=None)[0]
    odd = sound.mean + sound.spread * (100 * outside).astype(np.float32)
    assert sound.novelties(odd[None])[0] > 2


def test_it_is_the_same_after_a_file(known: Familiarity, tmp_path: Path) -> None:
    np.savez(tmp_path / "familiarity.npz", allow_pickle=False, **known.arrays())
    again, mel = Familiarity.load(tmp_path / "familiarity.npz"), gtzan.load().log_mel(0)
    assert again.look(mel) == known.look(mel)
    assert again.look(mel).together > 0
    with pytest.raises(ModelError, match="missing or damaged"):
        Familiarity.load(tmp_path / "nothing.npz")


@pytest.mark.parametrize("how", ["empty", "cut", "changed", "squeezed"])
def test_a_damaged_file_is_named(how: str, tmp_path: Path) -> None:
    path = tmp_path / "familiarity.npz"
    path.write_bytes((zoo.FOLDER / zoo.DEFAULT / path.name).read_bytes())
    whole = bytearray(path.read_bytes())
    if how == "squeezed":  # What is packed is damaged, and its length as before.
        first = zipfile.ZipFile(path).infolist()[0]
        begin = first.header_offset + 30 + len(first.filename)
        whole[begin : begin + first.compress_size] = b"\xff" * first.compress_size
    elif how == "changed":
        whole[2000] ^= 255
    elif how == "cut":
        del whole[len(whole) // 2 :]
    else:
        whole.clear()
    path.write_bytes(whole)
    with pytest.raises(ModelError, match="missing or damaged"):
        Familiarity.load(path)


def test_a_file_of_an_earlier_version_knows_statistics_only(
    known: Familiarity, tmp_path: Path
) -> None:
    np.savez(tmp_path / "familiarity.npz", allow_pickle=False, **known.sound.arrays())
    again, mel = Familiarity.load(tmp_path / "familiarity.npz"), gtzan.load().log_mel(0)
    assert again.together is None
    assert again.look(mel) == replace(known.look(mel), together=0.0)
    assert set(again.arrays()) == set(known.sound.arrays())


def test_few_windows_do_not_tell_how_bands_go_together() -> None:
    assert learn(numbers(0, rows=383)).together is None
    few = learn(numbers(0, rows=384)).together
    assert few is not None
    # Of music that has not been heard; with fewer windows it grows without end.
    assert np.mean(few.novelties(numbers(1)[:, STATISTICS:])) < 3


@pytest.mark.parametrize("each", [2, 3])
def test_a_handful_of_clips_is_enough_to_know_more_of_the_same(each: int) -> None:
    subset, chance = gtzan.load(), np.random.default_rng(0)
    learnt, others = [], []
    for genre in ("classical", "metal"):
        mine = chance.permutation(np.flatnonzero(subset.labels == subset.genres.index(genre)))
        learnt += mine[:each].tolist()
        others += mine[each : each + 6].tolist()
    known = learn_familiarity(subset, np.array(learnt))
    novelties = [known.look(subset.log_mel(position)).novelty for position in others]
    assert 0.2 < np.median(novelties) < 3
    assert max(novelties) < 10


def test_of_many_windows_all_components_are_learnt(known: Familiarity) -> None:
    assert known.together is not None
    assert (len(known.sound.lengths), len(known.together.lengths)) == COMPONENTS


def test_further_music_becomes_known(known: Familiarity) -> None:
    fresh = numbers(5)[:, :STATISTICS] + np.float32(8.0)
    widened = known.widened(fresh, share=0.2)
    before, after = (one.sound.novelties(fresh) for one in (known, widened))
    assert np.mean(after) < 0.7 * np.mean(before)
    assert widened.together is None


def test_music_has_structure_and_noise_has_none() -> None:
    known = zoo.load().familiarity
    chance = np.random.default_rng(0)
    noise = LogMel.from_bytes(np.clip(chance.normal(120, 8, (128, 723)), 0, 160).astype(np.uint8))
    assert known.look(gtzan.load().log_mel(0)).structure > 5 * known.look(noise).structure


def test_music_upside_down_is_unfamiliar() -> None:
    known, subset = zoo.load().familiarity, gtzan.load()
    more = []
    for position in range(0, len(subset), 50):
        upright = subset.cells[position]
        look, turned = (known.look(LogMel.from_bytes(one)) for one in (upright, upright[::-1]))
        more.append(turned.novelty / look.novelty)
    assert np.median(more) > 1.7
    # What is unusual already can hardly become more so.
    assert sum(one > 1.1 for one in more) >= 0.9 * len(more)


def test_bands_that_do_not_play_together_are_noticed() -> None:
    """Each band by itself sounds as before; each eight play two seconds after those below."""
    known, subset = zoo.load().familiarity, gtzan.load()
    more = []
    for position in range(0, len(subset), 50):
        cells = subset.cells[position]
        late = np.concatenate(
            [np.roll(cells[i : i + 16], 3 * i, axis=1) for i in range(0, len(cells), 16)]
        )
        whole, apart = (known.look(LogMel.from_bytes(one)) for one in (cells, late))
        more.append(apart.together / whole.together)
    assert np.median(more) > 1.4
    # In music that repeats every two seconds the late bands may be in time again.
    assert sum(one > 1.1 for one in more) >= 0.75 * len(more)


def test_of_a_few_seconds_only_the_statistics_are_known() -> None:
    known, samples = zoo.load().familiarity, examples.render("swing-combo")
    for seconds, asked in ((5.0, False), (11.9, False), (12.0, True), (12.1, True)):
        piece = audio.load(audio.wav_bytes(samples[: round(seconds * RATE)], RATE))
        look = known.look(log_mel(piece.samples))
        assert look.novelty > 0
        assert (look.together > 0) == asked, seconds
