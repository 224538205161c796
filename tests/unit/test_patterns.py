"""Patterns, loudness and onsets: what they react to, and what they leave alone."""

import numpy as np
import pytest

from genre_app.logmel import BANDS, COLUMN_RATE
from genre_app.views.patterns import patterns
from genre_app.views.scales import loudness, onsets

SECONDS = np.arange(289) / COLUMN_RATE


def weave(*, rate_hz: float, per_band: float) -> np.ndarray:
    """Give a ripple that moves upwards where the rate is positive [shape=(1, 128, 289)]."""
    band = np.arange(BANDS)[:, None]
    phase = 2 * np.pi * (rate_hz * SECONDS - per_band * band)
    return (-30 + 10 * np.cos(phase)).astype(np.float32)[None]


def by_kind(numbers: np.ndarray) -> np.ndarray:
    """Give one window's numbers as zones x rates x widths."""
    return numbers.reshape(7, 12, 8)


@pytest.mark.parametrize("rate", [-9.0, -5.0, -1.0, 1.0, 5.0, 9.0])
@pytest.mark.parametrize("width", [1, 4, 7])
def test_a_ripple_is_found_at_its_rate_and_width(rate: float, width: int) -> None:
    per_band = (2 * width + 0.5) / 32
    found = by_kind(patterns(weave(rate_hz=rate, per_band=per_band))[0])
    for zone in found:
        place = np.unravel_index(zone.argmax(), zone.shape)
        # Twelve ranges of 2 Hz; what rises fastest comes first.
        assert tuple(place) == (int((12.06 - rate) / 2.01), width)


def riff(*, seed: int, band: int, column: int) -> np.ndarray:
    """Give a few notes somewhere in silence [shape=(1, 128, 289)]."""
    notes = np.random.default_rng(seed).uniform(0, 40, (8, 8))
    window = np.full((1, BANDS, 289), -60.0, dtype=np.float32)
    window[0, band : band + 8, column : column + 32] += np.kron(notes, np.ones((1, 4)))
    return window


def test_a_riff_later_or_higher_gives_nearly_the_same() -> None:
    zone = 2  # Bands 32 to 63: the riff stands in its middle.
    first = by_kind(patterns(riff(seed=0, band=44, column=96))[0])[zone]
    other = by_kind(patterns(riff(seed=1, band=44, column=96))[0])[zone]
    apart = np.abs(first - other).mean()
    for band, column in ((44, 144), (45, 96), (44, 100)):
        moved = by_kind(patterns(riff(seed=0, band=band, column=column))[0])[zone]
        assert np.abs(first - moved).mean() < 0.4 * apart


def test_what_stands_still_and_is_flat_has_the_least() -> None:
    assert patterns(np.full((1, BANDS, 289), -20.0, np.float32)) == pytest.approx(np.log(0.3))


def test_loudness_grows_tenfold_with_forty_decibels() -> None:
    window = np.array([0.0, -40.0, -80.0], np.float32)[None, None]
    assert loudness(window)[0, 0] == pytest.approx([60.0, 6.0, 0.6], rel=1e-5)


def test_onsets_are_what_rises_within_two_columns() -> None:
    window = np.array([-50.0, -50.0, -20.0, -20.0, -20.0, -60.0], np.float32)[None, None]
    assert onsets(window)[0, 0].tolist() == [30.0, 30.0, 0.0, 0.0]
