"""Windows and statistics."""

import librosa
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from genre_app import gtzan
from genre_app.logmel import COLUMN_RATE, LogMel
from genre_app.training.augment import Augmentation, augment, mix
from genre_app.views import STATISTICS, cut_windows, statistics, statistics_names

Clips = NDArray[np.float32]


def clip(columns: int, seed: int = 0) -> LogMel:
    cells = np.random.default_rng(seed).integers(0, 161, (128, columns), dtype=np.uint8)
    return LogMel.from_bytes(cells)


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
    subset = gtzan.load()
    cells: Clips = np.array(subset.cells[::100], np.float32) * np.float32(0.5) - np.float32(80)
    spread = statistics(cells).std(axis=0)
    jitter = np.random.default_rng(0).uniform(-0.25, 0.25, cells.shape).astype(np.float32)
    jittered = np.clip(np.add(cells, jitter, dtype=np.float32), -80, 0).astype(np.float32)
    moved = np.abs(np.subtract(statistics(jittered), statistics(cells)))
    assert np.median(moved / spread) < 0.05


def test_windows_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="must have the shape"):
        statistics(np.zeros((1, 64, 100), np.float32))


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


def test_mixing_adds_power() -> None:
    low, high = (np.full((128, 50), -80.0, np.float32) for _ in range(2))
    low[10], high[100] = 0.0, 0.0
    mixed = mix(low, high, 0.75)
    assert mixed[10, 0] - mixed[100, 0] == pytest.approx(10 * np.log10(3), abs=0.01)
