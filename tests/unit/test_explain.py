"""Explanations find what was planted, are tested, and can be heard."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from genre_app.errors import AudioTooShort, ModelError, SilentAudio
from genre_app.explain import Check, Explanation, Grid, region, split
from genre_app.explain.audible import match_loudness, rms
from genre_app.explain.explanation import coarse_and_fine, explain_mel
from genre_app.explain.faithful import SHARES, check, shuffled
from genre_app.explain.occlusion import Asker, attribute, quiet
from genre_app.figures.explain import (
    check_curves,
    check_table,
    explain_figure,
    explain_message,
    explain_table,
    mel_pair,
)
from genre_app.figures.static_explain import check_image
from genre_app.figures.words import clock
from genre_app.genres import FURTHER
from genre_app.logmel import COLUMN_RATE, LogMel
from genre_app.zoo import WindowOutputs, load

PLANTED = 5
"""Band of the grid that the network listens to: rows 40 to 47."""


class OneBand:
    """A Keras network whose first logit is the mean level of one band."""

    def __init__(self) -> None:
        import keras

        source = keras.Input((128, None))
        level = keras.layers.Lambda(
            lambda x: keras.ops.mean(x[:, 8 * PLANTED : 8 * PLANTED + 8], axis=(1, 2))[:, None] / 5
        )(source)
        logits = keras.layers.Concatenate()([level + 6, level * 0])
        self.network = keras.Model(source, logits)
        self.asked = 0

    def outputs_of(self, mels: Sequence[LogMel]) -> list[WindowOutputs]:
        """Give the logits of clips of one length."""
        values = np.stack([mel.excerpt(0, mel.columns) for mel in mels])
        self.asked += len(mels)
        zero = np.zeros(1)
        return [
            WindowOutputs(row[None], row[None], zero, zero)
            for row in np.asarray(self.network(values))
        ]


def music(columns: int = 240) -> LogMel:
    chance = np.random.default_rng(0)
    decibels = chance.uniform(-60, -40, (128, columns)).astype(np.float32)
    # The planted band sounds in the first half only, and is quiet in between.
    decibels[8 * PLANTED : 8 * PLANTED + 8, : columns // 2] = -5
    decibels[0, 0] = 0
    return LogMel(decibels, decibels.max(axis=0))


@pytest.fixture(scope="module")
def planted() -> tuple[Asker, NDArray[np.float64], Check]:
    asker = Asker(OneBand(), music(), window_s=10.0, hop_s=5.0, temperature=1.0)
    values = attribute(asker, 0)
    return asker, values, check(asker, values, 0)


def test_the_planted_band_and_time_are_found(
    planted: tuple[Asker, NDArray[np.float64], Check],
) -> None:
    asker, values, _ = planted
    rest = np.delete(values, PLANTED, axis=0)
    half = asker.grid.times // 2
    # The random sets of cells leave a little noise everywhere.
    assert values[PLANTED, :half].min() > 5 * np.abs(rest).max()
    assert values[PLANTED, :half].min() > values[PLANTED, half:].max()


def test_a_pause_is_explained_as_nothing() -> None:
    paused = music().decibels.copy()
    paused[:, 60:110] = -80
    mel = LogMel(paused, paused.max(axis=0))
    asker = Asker(OneBand(), mel, window_s=4.0, hop_s=2.0, temperature=1.0)
    # 2 seconds, of which a quarter is left at each end, and the windows lie across it.
    assert np.array_equal(np.setdiff1d(np.arange(240), asker.windows.columns), np.arange(66, 104))
    values = attribute(asker, 0)
    inside = asker.grid.spread(values)[8 * PLANTED]
    assert np.abs(inside[75:95]).max() < 0.2 * inside[:50].min()
    assert inside[:50].min() > 0


def test_deletion_and_insertion_beat_random(
    planted: tuple[Asker, NDArray[np.float64], Check],
) -> None:
    _, _, found = planted
    fall, usual = found.falls
    assert fall > 3 * usual
    assert found.trusted
    assert found.insertion[found.place] > found.random_insertion[:, found.place].mean()
    assert "do not trust" not in found.sentence("reggae")
    assert "lowers Reggae from" in found.sentence("reggae")
    strongest, random = found.rises
    assert strongest > random + 0.05
    # What falls by less than the figures show has not fallen.
    still = replace(found, random_deletion=np.full_like(found.random_deletion, found.whole - 1e-4))
    assert "removing a random 10 % leaves it at" in still.sentence("reggae")
    told = found.shown_sentence("reggae")
    assert told.startswith("Shown alone, the strongest 40 % of the picture give Reggae")
    assert "do not make it" not in told


def test_pieces_that_do_not_make_the_genre_by_themselves_are_told(
    planted: tuple[Asker, NDArray[np.float64], Check],
) -> None:
    asker, values, _ = planted
    told = check(asker, -values, 0).shown_sentence("reggae")
    assert "by themselves they do not make it" in told


def test_the_random_sets_are_the_same_every_time(
    planted: tuple[Asker, NDArray[np.float64], Check],
) -> None:
    asker, values, _ = planted
    np.testing.assert_array_equal(attribute(asker, 0), values)


def test_a_map_that_knows_nothing_is_not_trusted(
    planted: tuple[Asker, NDArray[np.float64], Check],
) -> None:
    asker, values, _ = planted
    found = check(asker, -values, 0)
    assert not found.trusted
    assert "do not trust this explanation" in found.sentence("reggae")


def test_windows_that_nothing_is_hidden_in_are_not_read_again() -> None:
    model = OneBand()
    asker = Asker(model, music(480), window_s=5.0, hop_s=5.0, temperature=1.0)
    whole, model.asked = model.asked, 0
    mask = np.zeros(asker.grid.shape, np.float32)
    assert np.array_equal(asker.without([mask])[0], asker.probabilities)
    assert model.asked == 0
    # Nor is what another mask of the same question hides in the same way.
    early, more = mask.copy(), mask.copy()
    early[0, 0] = more[0, 0] = more[0, -1] = 1.0
    one, two = asker.without([early, more])
    assert model.asked == 2
    np.testing.assert_allclose(asker.without([early])[0], one)
    np.testing.assert_allclose(asker.without([more])[0], two)
    mask[PLANTED, 0], model.asked = 1, 0
    asker.without([mask])
    assert 0 < model.asked < whole


def test_windows_are_as_long_as_the_model_was_trained_with() -> None:
    stored = load("statistics")
    retrained = replace(stored, card={**stored.card, "window_s": 6.0})
    for model, seconds in ((stored, 12.0), (retrained, 6.0)):
        _, fine = coarse_and_fine(model, music(480))
        assert fine.windows.values.shape[2] == round(seconds * COLUMN_RATE)


def test_what_is_not_hidden_keeps_its_level() -> None:
    mel = music()
    assert (quiet(mel) <= mel.decibels).all()
    asker = Asker(OneBand(), mel, window_s=10.0, hop_s=5.0, temperature=1.0)
    loudest = np.zeros(asker.grid.shape, np.float32)
    loudest[0, 0] = 1
    # The loudest cell is hidden, the planted band is not: nothing is made louder for it.
    assert asker.without([loudest])[0] == pytest.approx(asker.probabilities, abs=1e-6)


def test_progress_is_told_and_can_stop() -> None:
    asker = Asker(OneBand(), music(), window_s=10.0, hop_s=5.0, temperature=1.0)
    told: list[float] = []
    attribute(asker, 0, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)

    def stop(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        attribute(asker, 0, progress=stop)


@given(st.integers(1, 192), st.integers(0, 10_000))
def test_random_masks_have_the_same_size(count: int, seed: int) -> None:
    grid = Grid(723, 12)
    values = np.random.default_rng(seed).normal(size=grid.shape)
    mask = grid.largest(values, count / grid.size)
    assert mask.sum() == count
    assert shuffled(mask, np.random.default_rng(seed)).sum() == count
    assert grid.spread(mask).shape == (128, 723)


@settings(deadline=None, max_examples=8)
@given(st.integers(4_000, 40_000), st.integers(1, 12), st.integers(0, 10_000))
def test_only_and_rest_sum_to_the_original(length: int, times: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    samples = chance.uniform(-1, 1, length).astype(np.float32)
    parts = split(samples, chance.uniform(0, 1, (16, times)).round())
    assert np.abs(parts.only + parts.rest - samples).max() < 1e-4


def test_what_is_marked_is_what_is_heard() -> None:
    time = np.arange(66_150) / 22_050
    beeps = np.sin(2 * np.pi * 300 * time) * (np.sin(2 * np.pi * 2 * time) > 0)
    hiss = np.sin(2 * np.pi * 6000 * time) * (np.sin(2 * np.pi * 3 * time) > 0)
    mask = np.zeros((16, 6))
    mask[:4] = 1  # Below about 1 kHz.
    parts = split((0.4 * beeps + 0.4 * hiss).astype(np.float32), mask)

    def level(samples: NDArray[np.float32], hertz: int) -> float:
        spectrum = np.abs(np.fft.rfft(samples))
        return float(spectrum[round(hertz * len(samples) / 22_050)])

    assert level(parts.only, 300) > 20 * level(parts.rest, 300)
    assert level(parts.rest, 6000) > 20 * level(parts.only, 6000)


def test_loudness_is_matched_as_far_as_peaks_allow() -> None:
    chance = np.random.default_rng(0)
    loud = chance.uniform(-0.5, 0.5, 10_000).astype(np.float32)
    assert rms(match_loudness(loud * np.float32(0.1), loud)) == pytest.approx(rms(loud), rel=1e-4)
    spike = np.zeros(10_000, np.float32)
    spike[5] = 0.1
    assert np.abs(match_loudness(spike, loud)).max() <= 0.98 + 1e-6
    assert not match_loudness(np.zeros(10, np.float32), loud).any()


def test_a_region_is_within_the_song() -> None:
    song = np.arange(40 * 22_050, dtype=np.float32)
    cut, start = region(song, start_s=35.0)
    assert (len(cut), start) == (30 * 22_050, 10.0)
    with pytest.raises(AudioTooShort, match="at least 3 s"):
        region(song[:40_000])
    with pytest.raises(SilentAudio, match="Nothing sounds"):
        region(0 * song)


@pytest.fixture(scope="module")
def found() -> Explanation:
    return explain_mel(music(), load("statistics"), start_s=2.0)


def test_an_explanation_of_a_stored_model_can_be_drawn_and_told(found: Explanation) -> None:
    mask = found.mask(0.1)
    assert found.genre == found.genres[int(found.blend.argmax())]
    assert 0 < mask.sum() <= round(0.1 * found.grid.size)
    figure = explain_figure(found, mask)
    assert len(figure.data) == 3
    assert "speaks most for" in explain_message(found)
    table = explain_table(found, mask)
    lost = table["Loss of log-odds when hidden"]
    assert lost == sorted(lost, reverse=True)
    assert sum(table["Marked"]) == mask.sum()
    assert len(check_curves(found.check, found.genre).data) == 4
    assert {len(column) for column in check_table(found.check).values()} == {len(SHARES) + 1}


@pytest.mark.parametrize("start", [0.0, 5.0, 33.3, 57.0, 95.0, 200.0, 3_587.5])
@pytest.mark.parametrize("seconds", [3.0, 10.0, 30.0])
def test_a_part_anywhere_in_a_song_has_ticks(start: float, seconds: float) -> None:
    mel = music(round(seconds * COLUMN_RATE))
    whole = Grid.of(mel)
    at = made_up(mel, whole, np.ones(whole.shape), start)
    axis = explain_figure(at, at.mask()).layout.xaxis
    end = start + mel.duration_s
    assert tuple(axis.range) == pytest.approx((start, end))
    if end < 60:
        assert axis.tickvals is None  # Plotly chooses them.
        return
    assert 2 <= len(axis.tickvals) <= 7
    assert start <= min(axis.tickvals) < max(axis.tickvals) <= end
    assert list(axis.ticktext) == [clock(value) for value in axis.tickvals]
    assert len(set(axis.ticktext)) == len(axis.ticktext)


def made_up(
    mel: LogMel, grid: Grid, values: NDArray[np.float64], start: float, genre: str = "rock"
) -> Explanation:
    """Make an explanation of a model that also knows a class of its user."""
    few, many = np.array([0.5, 0.4, 0.3, 0.2]), np.full((4, 4), 0.7)
    tested = Check(SHARES, 0.8, 0.1, few, few[::-1], many, many / 2)
    genres = ("rock", "Choir", "School band")
    blend = np.full(3, 1 / 3)
    return Explanation("m", genre, genres, blend, start, mel, grid, values, tested, "occlusion")


def test_a_short_piece_does_not_end_where_it_starts() -> None:
    mel = music(round(3.2 * COLUMN_RATE))
    grid = Grid.of(mel)
    for time in range(grid.times):
        values = np.zeros(grid.shape)
        values[PLANTED, time] = 1
        told = explain_message(made_up(mel, grid, values, 95.0))
        ends = re.search(r"from ([\d.]+) to ([\d.]+) s", told)
        assert ends is not None
        assert float(ends[1]) < float(ends[2])


@pytest.mark.parametrize("genre", ["hiphop", "School band"])
def test_strongest_and_random_look_different(genre: str) -> None:
    mel = music()
    one = made_up(mel, Grid.of(mel), np.ones(Grid.of(mel).shape), 0.0, genre)
    curves = check_curves(one.check, genre, one.genres if genre in one.genres else None).data
    assert len({curve.line.dash for curve in curves}) == 4
    for curve in curves:
        random = "random" in curve.name
        assert (curve.marker.symbol == "x") == random
        assert (curve.line.color == "rgb(128, 128, 128)") == random


def test_an_own_class_has_its_colour_in_its_explanation() -> None:
    mel = music()
    one = made_up(mel, Grid.of(mel), np.ones(Grid.of(mel).shape), 0.0, "School band")
    assert explain_figure(one, one.mask()).data[2].line.color == FURTHER[1]
    assert check_curves(one.check, one.genre, one.genres).data[0].line.color == FURTHER[1]
    assert check_image(one.check, one.genre, one.genres).startswith(b"\x89PNG")


def test_a_whole_song_beside_a_track_is_no_wider_than_a_screen() -> None:
    song, track = music(5_000), music(600)
    drawn = mel_pair([song, track], ["song", "track"]).data
    pooled, as_it_is = (np.asarray(one.z) for one in drawn)
    assert pooled.shape == (128, 1_000)
    assert as_it_is.shape == (128, 600)
    assert pooled.max() == 0
    for one, mel in zip(drawn, (song, track), strict=True):
        columns = np.asarray(one.z).shape[1]
        assert one.dx * columns == pytest.approx(mel.columns / COLUMN_RATE)
        # The first half column sticks out to the left of the first centre, with or without pooling.
        assert one.x0 - one.dx / 2 == pytest.approx(-0.5 / COLUMN_RATE)


def test_the_same_twice(found: Explanation) -> None:
    again: dict[str, Any] = explain_mel(music(), load("statistics"), start_s=2.0).as_dict()
    assert again["values"] == found.as_dict()["values"]


def test_an_unknown_genre_is_explained() -> None:
    with pytest.raises(ModelError, match="does not know 'polka'"):
        explain_mel(music(), load("statistics"), genre="polka")
