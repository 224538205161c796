"""Windows and views of them."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from genre_app import gtzan
from genre_app.architectures.blend import FAMILIES
from genre_app.architectures.blend import numbers as blend_numbers
from genre_app.audio import SAMPLE_RATE
from genre_app.logmel import CLIP_COLUMNS, COLUMN_RATE, LogMel, log_mel
from genre_app.recipes import Augmentation
from genre_app.training.augment import augment, band_hertz, mix
from genre_app.views import (
    DESCRIPTORS,
    SMALL_SHAPE,
    STATISTICS,
    SUMMARY,
    clip_image,
    crnn_image,
    cut_windows,
    descriptor_names,
    descriptors,
    image_and_descriptors,
    images,
    picture,
    piece_image,
    piece_sequence,
    resnet_picture,
    small_image,
    spectra,
    square_image,
    statistics,
    statistics_names,
    summary,
    summary_names,
    track_image,
    xception_picture,
)
from genre_app.views.covariances import COVARIANCES, covariances
from genre_app.views.descriptors import tempo
from genre_app.views.patterns import PATTERNS, patterns

Clips = NDArray[np.float32]


@cache
def subset() -> gtzan.Subset:
    return gtzan.load()


def clip(columns: int, seed: int = 0) -> LogMel:
    cells = np.random.default_rng(seed).integers(0, 161, (128, columns), dtype=np.uint8)
    return LogMel.from_bytes(cells)


@settings(deadline=None)
@given(st.integers(24, 6000), st.floats(3, 30), st.floats(1, 12))
def test_windows_cover_everything_evenly(columns: int, seconds: float, hop: float) -> None:
    mel = LogMel(np.zeros((128, columns), np.float32), np.zeros(columns, np.float32))
    windows = cut_windows(mel, seconds=seconds, hop_s=hop)
    assert windows.starts_s[0] == 0
    assert windows.ends_s[-1] == pytest.approx(mel.duration_s)
    steps = np.diff(windows.starts_s)
    assert (steps > 0).all()
    assert (steps <= hop + 1.01 / COLUMN_RATE).all()
    assert windows.values.shape[2] == min(round(seconds * COLUMN_RATE), columns)


@settings(deadline=None)
@given(st.integers(1, 900), st.integers(0, 900), st.integers(0, 900), st.integers(8, 30))
def test_pauses_are_passed_over(before: int, silence: int, after: int, seconds: int) -> None:
    loudest = np.concatenate([np.zeros(before), np.full(silence, -61.0), np.zeros(after)])
    mel = LogMel(np.tile(loudest, (128, 1)).astype(np.float32), loudest.astype(np.float32))
    windows = cut_windows(mel, seconds=seconds, hop_s=3.0)
    width = windows.values.shape[2]
    assert width <= min(round(seconds * COLUMN_RATE), loudest.size)
    for values, columns in zip(windows.values, windows.columns, strict=True):
        assert np.array_equal(values, mel.decibels[:, columns])
    assert (windows.starts_s == windows.columns.min(axis=1) / COLUMN_RATE).all()
    assert (windows.ends_s == (windows.columns.max(axis=1) + 1) / COLUMN_RATE).all()
    if silence <= (28 if after else 14):  # 1.2 s between sounds, half of that at an end.
        full = LogMel(mel.decibels, np.zeros_like(mel.loudest))
        assert np.array_equal(
            windows.columns, cut_windows(full, seconds=seconds, hop_s=3.0).columns
        )
        return
    # A quarter of a second is left of a pause on each side, but where there is nearly no music.
    stretches = [before + 6, after + 6] if after else [before + 6]
    if silence <= 120 and after:  # Windows lie across it.
        stretches = [sum(stretches)]
    assert width == min(round(seconds * COLUMN_RATE), max(*stretches, min(24, loudest.size)))
    quiet = (windows.values[:, 0] < 0).sum(axis=1)
    if max(stretches) >= 24:
        longest = (
            12 if len(stretches) == 1 else max(6, *(6 * -(-width // one) for one in stretches))
        )
        assert quiet.max() <= longest
        read = np.unique(windows.columns[windows.values[:, 0] == 0])
        whole = [n for n in (before, after) if n and (len(stretches) == 1 or n + 6 >= width / 2)]
        assert len(read) == sum(whole)


@pytest.mark.parametrize(
    ("seconds", "fades"), [(1.4, False), (3.0, True), (9.9, True), (10.1, False)]
)
@pytest.mark.parametrize("at_end", [True, False])
def test_a_fade_is_passed_over_but_soft_music_is_not(
    seconds: float, fades: bool, at_end: bool
) -> None:
    loudest = np.zeros(round(60 * COLUMN_RATE), np.float32)
    fade = round(seconds * COLUMN_RATE)
    loudest[-fade:] = np.linspace(-20.1, -39.9, fade)
    loudest = loudest if at_end else loudest[::-1]
    mel = LogMel(np.tile(loudest, (128, 1)), loudest)
    read = np.unique(cut_windows(mel, seconds=12.0, hop_s=3.0).columns)
    assert len(read) == loudest.size - (fade - 6 if fades else 0)  # A quarter second is left.
    assert (loudest.size - 1 in read) == (not fades or not at_end)


def test_a_note_that_dies_away_is_read() -> None:
    loudest = np.linspace(0, -39, round(8 * COLUMN_RATE), dtype=np.float32)
    mel = LogMel(np.tile(loudest, (128, 1)), loudest)
    windows = cut_windows(mel, seconds=12.0, hop_s=3.0)
    assert np.array_equal(windows.columns, [np.arange(loudest.size)])


def test_hardly_any_clip_that_models_have_learnt_from_is_cut_otherwise() -> None:
    known, cut = subset(), []
    for track, cells in zip(known.tracks, known.cells, strict=True):
        windows = cut_windows(LogMel.from_bytes(cells), seconds=12.0, hop_s=3.0)
        if not np.array_equal(np.unique(windows.columns), np.arange(cells.shape[1])):
            cut.append(track.name)
    assert cut == ["classical.00062", "classical.00067", "hiphop.00038"]


def test_between_strokes_there_is_no_silence() -> None:
    loudest = np.full(1_990, -80, np.float32)
    loudest[::28] = 0  # Every 1.2 s.
    struck = LogMel(np.zeros((128, 1_990), np.float32), loudest)
    windows = cut_windows(struck, seconds=12.0, hop_s=3.0)
    assert np.array_equal(np.unique(windows.columns), np.arange(1_990))


def test_a_click_makes_no_silence_of_music() -> None:
    loudest = np.full(700, -45, np.float32)
    loudest[300] = 0
    windows = cut_windows(
        LogMel(np.zeros((128, 700), np.float32), loudest), seconds=12.0, hop_s=3.0
    )
    assert np.array_equal(np.unique(windows.columns), np.arange(700))


def test_the_cepstrum_is_librosas() -> None:
    window = clip(200).decibels
    mfcc = librosa.feature.mfcc(S=window, n_mfcc=24)
    numbers = statistics(window[None])[0]
    assert np.abs(numbers[:24] - mfcc.mean(axis=1)).max() < 1e-3
    assert np.abs(numbers[24:48] - mfcc.std(axis=1)).max() < 1e-3


def test_every_number_has_a_name_and_none_depends_on_its_neighbours() -> None:
    assert len(statistics_names()) == STATISTICS == len(set(statistics_names()))
    stack = np.stack([clip(289, seed).decibels for seed in range(3)])
    together = statistics(stack)
    assert together.shape == (3, STATISTICS)
    assert np.abs(together[1] - statistics(stack[1:2])[0]).max() < 1e-3


def test_a_beat_shows_at_its_rate() -> None:
    window = np.full((128, 723), -60.0, np.float32)
    window[:, :: round(COLUMN_RATE / 2.5)] = 0.0  # 2.5 onsets a second.
    numbers = dict(zip(statistics_names(), statistics(window[None])[0], strict=True))
    slow, at, fast = (
        numbers[f"band 5: onsets at {r} Hz"] for r in ("1 to 2", "2 to 3", "3 to 4.5")
    )
    assert at > slow + 0.5
    assert at > fast + 0.5


def test_eight_bit_rounding_hardly_moves_a_number() -> None:
    cells: Clips = np.array(subset().cells[::100], np.float32) * np.float32(0.5) - np.float32(80)
    spread = statistics(cells).std(axis=0)
    jitter = np.random.default_rng(0).uniform(-0.25, 0.25, cells.shape).astype(np.float32)
    jittered = np.clip(np.add(cells, jitter, dtype=np.float32), -80, 0).astype(np.float32)
    moved = np.abs(np.subtract(statistics(jittered), statistics(cells)))
    assert np.median(moved / spread) < 0.05


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_augmented_clips_are_clips(seed: int) -> None:
    given_clip = clip(300).decibels
    one = augment(given_clip, np.random.default_rng(seed), Augmentation())
    two = augment(given_clip, np.random.default_rng(seed), Augmentation())
    assert np.array_equal(one, two)
    assert one.shape[0] == 128
    assert one.max() == 0
    assert one.min() >= -80
    assert np.isfinite(one).all()


UNALTERED = Augmentation(
    low_pass=0, high_pass=0, equaliser_db=0, tilt_db=0, compression=0, noise=0, codec=0,
    stretch=0, shift_rows=0,
)  # fmt: skip


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_telephone_leaves_the_middle_alone(seed: int) -> None:
    given_clip = np.full((128, 20), -40, np.float32)
    given_clip[40] = 0  # Within the band: the reference stays.
    same = augment(given_clip, np.random.default_rng(seed), UNALTERED)
    assert np.array_equal(same, given_clip)
    phone = augment(given_clip, np.random.default_rng(seed), replace(UNALTERED, telephone=1.0))
    hertz = band_hertz()
    assert np.array_equal(
        phone[(hertz > 370) & (hertz < 2900)], given_clip[(hertz > 370) & (hertz < 2900)]
    )
    assert (phone[(hertz < 120) | (hertz > 7600)] < -60).all()


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_room_rings_on_and_leaves_what_stands(seed: int) -> None:
    in_a_room = replace(UNALTERED, room=1.0)
    standing = np.full((128, 200), -40, np.float32)
    standing[:40] = -20
    heard = augment(standing, np.random.default_rng(seed), in_a_room)
    # Each band wavers about where it was.
    assert heard[:40].mean() - heard[40:].mean() == pytest.approx(20, abs=1.5)
    assert 0.2 < heard[100:].std(axis=1).mean() < heard[:20].std(axis=1).mean() < 4.5
    struck = np.full((128, 60), -80, np.float32)
    struck[:, 20] = 0
    rung = augment(struck, np.random.default_rng(seed), in_a_room)
    assert (rung[:, :20] < -50).all()
    # Below fainter by 60 dB after 0.2 to 1.2 s: 2.1 to 12.4 dB a column, give or take the wavering.
    fall = -np.polyfit(range(5), rung[:16, 21:26].mean(axis=0), 1)[0]
    assert 0.9 < fall < 14.5


def _struck(chance: np.random.Generator) -> NDArray[np.floating]:
    """Add up what a room gives back of a blow, moment by moment: dB of its first four columns."""
    seconds = np.exp(chance.uniform(np.log(0.2), np.log(1.2)))
    tail = 10 ** (chance.uniform(-6, 8) / 10)
    steps, columns = 40, 4
    at = (np.arange(columns * steps) + 0.5) / steps
    rings = 10 ** (-6 * at / (seconds * COLUMN_RATE))
    rings *= tail / (rings.sum() / (1 - 10 ** (-6 * columns / (seconds * COLUMN_RATE))))
    # It is struck at any moment of column 0.
    heard = [np.pad(rings, (late, 0))[: columns * steps] for late in range(steps)]
    power = np.mean(heard, axis=0).reshape(columns, steps).sum(axis=1)
    power[0] += 1
    return 10 * np.log10(power)


def test_rooms_ring_shorter_in_treble_and_are_as_loud_as_they_say() -> None:
    struck = np.full((128, 60), -80, np.float32)
    struck[:, 20] = 0
    in_a_room = replace(UNALTERED, room=1.0)
    rooms = [augment(struck, np.random.default_rng(seed), in_a_room) for seed in range(400)]
    rung = np.mean(rooms, axis=0)
    falls = -np.diff(rung[:, 20:24], axis=1)
    # At first most is what came straight, from then on all rings on, and in the mean shorter above.
    chance = np.random.default_rng(0)
    energy = np.mean([_struck(chance) for _ in range(2_000)], axis=0)
    wanted = -np.diff(energy)
    assert falls[:16, 0].mean() == pytest.approx(wanted[0], abs=0.4)
    assert falls[:16, 1:].mean() == pytest.approx(wanted[1:].mean(), abs=0.4)
    assert 1.2 < falls[100:, 1:].mean() / falls[:16, 1:].mean() < 2
    # What stood before the window rings in its first column, as loud as it was.
    stood = np.full((128, 60), -20, np.float32)
    stood[:, 30:] = -80
    stood[0, 0] = 0
    began = np.mean(
        [augment(stood, np.random.default_rng(seed), in_a_room) for seed in range(100)], axis=0
    )
    assert began[40:, 0].mean() == pytest.approx(began[40:, 20:29].mean(), abs=0.3)


@pytest.mark.parametrize(
    "wavers", [replace(UNALTERED, room=1.0), replace(UNALTERED, codec=1.0)], ids=["room", "codec"]
)
def test_neighbours_waver_together_as_in_real_rooms(wavers: Augmentation) -> None:
    def heard(grain: float) -> NDArray[np.floating]:
        how = replace(wavers, grain=grain)
        flat = np.full((128, 300), -30, np.float32)
        flat[127] = 0  # The loudest: no codec leaves holes 30 dB below it.
        rooms = [augment(flat, np.random.default_rng(seed), how)[:-1] for seed in range(12)]
        return np.stack([one - one.mean(axis=1, keepdims=True) for one in rooms])

    def alike(one: NDArray[np.floating], two: NDArray[np.floating]) -> float:
        return float(np.corrcoef(one.ravel(), two.ravel())[0, 1])

    alone, together = heard(0.0), heard(1.0)
    assert together.std() == pytest.approx(alone.std(), rel=0.05)
    assert abs(alike(alone[:, 1:], alone[:, :-1])) < 0.03
    assert abs(alike(alone[..., 1:], alone[..., :-1])) < 0.03
    # Measured of clips in simulated rooms: 0.36 to 0.46, and 0.21 (high) to 0.38 (low).
    assert 0.36 < alike(together[:, 1:], together[:, :-1]) < 0.46
    low, high = together[:, :30], together[:, 90:]
    assert 0.3 < alike(low[..., 1:], low[..., :-1]) < 0.42
    assert 0.18 < alike(high[..., 1:], high[..., :-1]) < 0.3


def test_mixing_adds_power() -> None:
    low, high = (np.full((128, 50), -80.0, np.float32) for _ in range(2))
    low[10], high[100] = 0.0, 0.0
    mixed = mix(low, high, 0.75)
    assert mixed[10, 0] - mixed[100, 0] == pytest.approx(10 * np.log10(3), abs=0.01)


# What the reports' networks eat

IMAGES: dict[Callable[[Clips], Clips], tuple[int, ...]] = {
    clip_image: (128, 241, 1),
    track_image: (128, 723, 1),
    piece_image: (128, 145, 1),
    piece_sequence: (72, 128),
    small_image: (128, 241, 1),
    crnn_image: (96, 1366, 1),
    square_image: (323, 323, 1),
    picture: (96, 96, 3),
    resnet_picture: (64, 64, 3),
    xception_picture: (72, 72, 3),
}
NUMBERS: dict[Callable[[Clips], Clips], int] = {
    summary: SUMMARY,
    descriptors: DESCRIPTORS,
    image_and_descriptors: SMALL_SHAPE[0] * SMALL_SHAPE[1] + DESCRIPTORS,
    statistics: STATISTICS,
    covariances: COVARIANCES,
    patterns: PATTERNS,
    blend_numbers: sum(FAMILIES.values()),
}
LEAST: dict[Callable[[Clips], Clips], int] = {statistics: 4, covariances: 4, blend_numbers: 4}
"""Columns, where one is not enough."""


def stack(count: int, columns: int, seed: int = 0) -> Clips:
    chance = np.random.default_rng(seed)
    return chance.uniform(-80, 0, (count, 128, columns)).astype(np.float32)


def heard(samples: NDArray[np.floating]) -> Clips:
    return log_mel(samples).decibels[None].clip(-80, 0)


def tones(*hertz: float, seconds: float = 6.0) -> NDArray[np.float64]:
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return np.asarray(sum(np.sin(2 * np.pi * f * time) for f in hertz))


def clicks(per_minute: float, seconds: float = 12.0) -> NDArray[np.float64]:
    samples = np.zeros(round(seconds * SAMPLE_RATE))
    starts = np.arange(0, seconds, 60 / per_minute) * SAMPLE_RATE
    samples[starts.astype(int)] = 1.0
    return samples


def named(windows: Clips) -> dict[str, float]:
    return dict(zip(descriptor_names(), descriptors(windows)[0].tolist(), strict=True))


@pytest.mark.parametrize("view", IMAGES, ids=lambda view: view.__name__)
@settings(deadline=None, max_examples=20)
@given(st.integers(1, 900), st.integers(1, 3))
def test_images_have_one_shape_whatever_the_length(
    view: Callable[[Clips], Clips], columns: int, count: int
) -> None:
    seen = view(stack(count, columns))
    assert seen.shape == (count, *IMAGES[view])
    assert seen.dtype == np.float32
    assert seen.min() >= -1e-5
    assert seen.max() <= 1 + 1e-5


@pytest.mark.parametrize("view", NUMBERS, ids=lambda view: view.__name__)
@settings(deadline=None, max_examples=20)
@given(st.integers(1, 900), st.sampled_from(["noise", "floor", "loud", "one cell"]))
def test_numbers_are_finite_whatever_the_sound(
    view: Callable[[Clips], Clips], columns: int, sound: str
) -> None:
    columns = max(columns, LEAST.get(view, 1))
    windows = stack(2, columns)
    if sound != "noise":
        windows[:] = 0 if sound == "loud" else -80
    if sound == "one cell":
        windows[:, 40, columns // 2] = 0
    seen = view(windows)
    assert seen.shape == (2, NUMBERS[view])
    assert seen.dtype == np.float32
    assert np.isfinite(seen).all()


@pytest.mark.parametrize("view", [*IMAGES, *NUMBERS], ids=lambda view: view.__name__)
def test_a_view_sees_each_window_for_itself(view: Callable[[Clips], Clips]) -> None:
    windows = stack(7, 150)
    given_windows = windows.copy()
    together = view(windows)
    assert np.array_equal(windows, given_windows)
    alone = view(windows[5:6])[0]
    assert np.abs(together[5] - alone).max() <= 1e-5 * np.abs(alone).max()
    assert view(windows[:0]).shape == (0, *together.shape[1:])


@pytest.mark.parametrize("view", [*IMAGES, *NUMBERS], ids=lambda view: view.__name__)
def test_no_view_takes_another_shape(view: Callable[[Clips], Clips]) -> None:
    with pytest.raises(ValueError, match="must have the shape"):
        view(np.zeros((1, 64, 100), np.float32))
    with pytest.raises(ValueError, match="must have the shape"):
        view(np.zeros((1, 128, LEAST.get(view, 1) - 1), np.float32))


@pytest.mark.parametrize(("view", "within"), [(covariances, 2e-2), (patterns, 1e-3)])
@settings(max_examples=15, deadline=None)
@given(columns=st.integers(4, 500), seed=st.integers(0, 9))
def test_however_loud_it_is_the_weave_is_the_same(
    view: Callable[[Clips], Clips], within: float, columns: int, seed: int
) -> None:
    windows = stack(2, columns, seed)
    assert view(windows - 7) == pytest.approx(view(windows), abs=within)


@pytest.mark.parametrize("view", IMAGES, ids=lambda view: view.__name__)
def test_a_short_sound_is_repeated_not_padded(view: Callable[[Clips], Clips]) -> None:
    second = stack(1, 24)
    assert np.array_equal(view(second), view(np.tile(second, 31)[:, :, :CLIP_COLUMNS]))
    loud = np.zeros((1, 128, 24), np.float32)
    assert view(loud).min() > 1 - 1e-5


def test_decibels_become_shares() -> None:
    windows = np.full((1, 128, 241), -80, np.float32)
    windows[0, 3, 7], windows[0, 127, 240] = -40, 0
    seen = clip_image(windows)[0, :, :, 0]
    assert seen[3, 7] == pytest.approx(0.5)
    assert seen[127, 240] == 1
    assert np.count_nonzero(seen) == 2


def test_growing_an_image_interpolates_and_shrinking_averages() -> None:
    image = stack(1, 100)[..., None]
    assert np.abs(images.resized(image, (128, 100)) - image).max() < 1e-4
    wider = images.resized(image, (128, 250))[0, 5, :, 0]
    centres = (np.arange(250) + 0.5) * 100 / 250 - 0.5
    assert np.abs(wider - np.interp(centres, np.arange(100), image[0, 5, :, 0])).max() < 1e-3
    half = images.resized(image, (128, 50))[0, 5, 1:-1, 0]
    # Each cell is a triangle over the four below it.
    four = np.convolve(image[0, 5, :, 0], [1 / 8, 3 / 8, 3 / 8, 1 / 8], mode="valid")
    assert np.abs(half - four[1:-1:2]).max() < 1e-3


def test_a_pictures_channels_are_equal() -> None:
    seen = picture(stack(1, 723))
    assert np.array_equal(seen[..., 0], seen[..., 1])
    assert np.array_equal(seen[..., 0], seen[..., 2])


def test_a_sequence_is_the_images_columns_in_pairs() -> None:
    windows = stack(2, 145)
    image = piece_image(windows)[..., 0]
    steps = piece_sequence(windows)
    assert steps[1, 10] == pytest.approx(image[1, :, 20:22].mean(axis=1), abs=1e-6)


def test_the_twenty_coefficients_are_librosas() -> None:
    window = clip(300).decibels
    wanted = librosa.feature.mfcc(S=window, n_mfcc=20)
    assert np.abs(spectra.mfcc(window[None])[0] - wanted).max() < 1e-3


def test_the_tonnetz_is_librosas() -> None:
    chroma = spectra.chroma(spectra.mel_power(clip(200).decibels[None]))
    wanted = librosa.feature.tonnetz(chroma=chroma[0])
    assert np.abs(spectra.tonnetz(chroma)[0] - wanted).max() < 1e-5


@pytest.mark.parametrize("octave", [1, 2, 4])
def test_a_chord_sounds_in_its_pitch_classes(octave: int) -> None:
    # C major around middle C, and one and two octaves up.
    chord = tones(*(octave * hertz for hertz in (261.63, 329.63, 392.0)))
    chroma = spectra.chroma(spectra.mel_power(heard(chord)))[0].mean(axis=1)
    assert (
        set(np.argsort(chroma)[-3:]) == {0, 4, 7}
        if octave > 1
        else {0, 4, 7} >= {int(chroma.argmax())}
    )


def test_every_semitone_above_middle_c_is_found() -> None:
    for number in range(60, 96):
        chroma = spectra.chroma(spectra.mel_power(heard(tones(librosa.midi_to_hz(number)))))
        assert chroma[0].mean(axis=1).argmax() == number % 12, f"MIDI note {number}"


def test_silence_has_neither_pitch_nor_harmony() -> None:
    silence = np.full((1, 128, 50), -80, np.float32)
    chroma = spectra.chroma(spectra.mel_power(silence))
    assert not chroma.any()
    assert not spectra.tonnetz(chroma).any()


def test_the_summary_is_mean_minimum_and_maximum_of_librosas_rows() -> None:
    window = clip(300).decibels
    numbers = dict(zip(summary_names(), summary(window[None])[0], strict=True))
    assert len(numbers) == SUMMARY == 498
    mfcc = librosa.feature.mfcc(S=window, n_mfcc=20)
    assert numbers["mel 17: mean"] == pytest.approx(window[17].mean(), abs=1e-3)
    assert numbers["MFCC 4: mean"] == pytest.approx(mfcc[4].mean(), abs=1e-3)
    assert numbers["MFCC 4: minimum"] == pytest.approx(mfcc[4].min(), abs=1e-3)
    assert numbers["MFCC 19: maximum"] == pytest.approx(mfcc[19].max(), abs=1e-3)
    chroma = spectra.chroma(spectra.mel_power(window[None]))
    assert numbers["tonnetz 5: minimum"] == pytest.approx(spectra.tonnetz(chroma)[0, 5].min())


def test_the_summary_does_not_depend_on_repetition() -> None:
    window = stack(1, 60)
    assert np.abs(summary(window) - summary(np.tile(window, 5))).max() < 1e-3


def test_there_are_57_descriptors_with_names() -> None:
    assert len(descriptor_names()) == len(set(descriptor_names())) == DESCRIPTORS == 57
    window = clip(300).decibels[None]
    mfcc = librosa.feature.mfcc(S=window[0], n_mfcc=20)
    found = named(window)
    assert found["MFCC 0: mean"] == pytest.approx(mfcc[0].mean(), abs=1e-3)
    assert found["MFCC 19: variance"] == pytest.approx(mfcc[19].var(), rel=1e-4)
    assert found["tempo"] == pytest.approx(float(tempo(window)[0]))


def test_a_tone_is_where_it_is_and_noise_is_broad() -> None:
    tone = named(heard(tones(2000.0)))
    noise = named(heard(np.random.default_rng(0).normal(size=6 * SAMPLE_RATE)))
    assert tone["spectral centroid: mean"] == pytest.approx(2000, rel=0.03)
    assert tone["roll-off: mean"] == pytest.approx(2000, rel=0.05)
    assert tone["spectral bandwidth: mean"] < 200
    # White noise: the middle of 0 to 11,025 Hz, and 85 % of that range.
    assert noise["spectral centroid: mean"] == pytest.approx(11025 / 2, rel=0.05)
    assert noise["roll-off: mean"] == pytest.approx(0.85 * 11025, rel=0.05)
    assert noise["spectral bandwidth: mean"] == pytest.approx(11025 / np.sqrt(12), rel=0.05)
    assert noise["spectral flatness: mean"] > 0.5
    assert tone["spectral flatness: mean"] < 0.01


def test_tones_are_harmonic_and_clicks_percussive() -> None:
    tone, beat = named(heard(tones(440.0, 660.0))), named(heard(clicks(120)))
    assert tone["harmonic part: mean"] > 3 * tone["percussive part: mean"]
    assert beat["percussive part: mean"] > 3 * beat["harmonic part: mean"]


def test_ten_decibels_less_are_a_root_of_ten_less_loudness() -> None:
    window = np.full((1, 128, 100), -10, np.float32)
    louder, softer = named(window), named(window - 10)
    assert louder["RMS: mean"] / softer["RMS: mean"] == pytest.approx(np.sqrt(10), rel=1e-3)


@pytest.mark.parametrize("per_minute", [70, 95, 120, 140, 160])
def test_the_tempo_of_clicks_is_found(per_minute: float) -> None:
    assert tempo(heard(clicks(per_minute)))[0] == pytest.approx(per_minute, rel=0.02)


def test_the_tempo_of_the_subset_is_mostly_what_people_tapped() -> None:
    chosen = [i for i, track in enumerate(subset().tracks) if track.tempo_bpm][::6]
    tapped = np.array([subset().tracks[i].tempo_bpm or 0.0 for i in chosen])
    cells = np.array(subset().cells[chosen], np.float32) * np.float32(0.5) - np.float32(80)
    ratio = tempo(cells)[:, None] / tapped[:, None] / np.array([1, 2, 1 / 2, 3, 1 / 3])
    right = np.abs(ratio - 1) < 0.04
    assert right[:, 0].mean() > 0.5
    # Or at half, twice, a third or three times the speed.
    assert right.any(axis=1).mean() > 0.75


def test_a_window_too_short_for_a_beat_has_the_usual_tempo() -> None:
    assert tempo(stack(2, 8)).tolist() == [120, 120]
    assert tempo(np.full((1, 128, 700), -30, np.float32)).tolist() == [120]


@pytest.mark.parametrize("view", [summary, descriptors], ids=lambda view: view.__name__)
def test_eight_bit_rounding_hardly_moves_the_numbers(view: Callable[[Clips], Clips]) -> None:
    cells: Clips = np.array(subset().cells[::100], np.float32) * np.float32(0.5) - np.float32(80)
    jitter = np.random.default_rng(0).uniform(-0.25, 0.25, cells.shape).astype(np.float32)
    jittered = np.clip(np.add(cells, jitter, dtype=np.float32), -80, 0).astype(np.float32)
    numbers = view(cells)
    moved = np.abs(view(jittered) - numbers) / (numbers.std(axis=0) + 1e-9)
    assert np.median(moved) < 0.05
