"""Moving ripples and covariances: what they react to, and what they leave alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import logm

from genre_app import gtzan
from genre_app.logmel import BANDS, COLUMN_RATE
from genre_app.views.texture import COVARIANCES, MODULATIONS, covariances, modulations

RATES = (0.5, 1.0, 2.0, 4.0, 8.0)
SECONDS = np.arange(289) / COLUMN_RATE


def ripple(*, rate_hz: float, per_row: float, upwards: bool = True) -> np.ndarray:
    """Give a spectrum with a ripple that moves through it [shape=(1, 128, 289)]."""
    row = np.arange(BANDS)[:, None] / 2  # The ripples are measured in 64 rows.
    phase = 2 * np.pi * (rate_hz * SECONDS - (1 if upwards else -1) * per_row * row)
    return (-30 + 10 * np.cos(phase)).astype(np.float32)[None]


def by_kind(numbers: np.ndarray) -> np.ndarray:
    """Give the modulations as widths x rates x directions x zones; without the plain bands."""
    return numbers[: 4 * 5 * 2 * 8].reshape(4, 5, 2, 8)


@pytest.mark.parametrize("rate", range(5))
@pytest.mark.parametrize("width", range(4))
@pytest.mark.parametrize("upwards", [True, False])
def test_a_ripple_is_found_where_it_belongs(rate: int, width: int, upwards: bool) -> None:
    window = ripple(
        rate_hz=RATES[rate], per_row=(1 / 32, 1 / 16, 1 / 8, 1 / 4)[width], upwards=upwards
    )
    found = by_kind(modulations(window)[0])
    inner = found[..., 2:6].mean(axis=-1)  # At the edges a ripple is cut off.
    place = tuple(int(i) for i in np.unravel_index(inner.argmax(), inner.shape))
    assert place[:2] == (width, rate)
    other = inner[width, rate, 1 - place[2]]
    assert inner[place] > other + 1
    mirrored = by_kind(modulations(window[:, ::-1])[0])[..., 2:6].mean(axis=-1)
    assert np.unravel_index(mirrored.argmax(), mirrored.shape)[2] == 1 - place[2]


def test_a_beating_band_is_found_at_its_rate() -> None:
    window = np.full((1, BANDS, 289), -60.0, dtype=np.float32)
    window[0, 32:48] += (10 * np.cos(2 * np.pi * 4.0 * SECONDS)).astype(np.float32)
    plain = modulations(window)[0, -40:].reshape(5, 8)
    assert int(plain.argmax()) == 3 * 8 + 2


def test_what_stands_still_has_the_least_of_both() -> None:
    still = np.tile(np.linspace(-60, -20, BANDS, dtype=np.float32)[:, None], (1, 289))[None]
    assert modulations(still) == pytest.approx(np.log(0.3))
    assert covariances(still) == pytest.approx(0.0, abs=1e-6)


def test_the_matrix_logarithm_is_scipys() -> None:
    window = gtzan.load().log_mel(5).decibels[None, :, :289]
    bands = window[0].reshape(16, 8, -1).mean(axis=1)
    both = np.concatenate([bands, np.gradient(bands, axis=1)]).astype(np.float64)
    both -= both.mean(axis=1, keepdims=True)
    wanted = logm(both @ both.T / 289 + np.eye(32)).real
    rows, columns = np.triu_indices(32)
    weights = np.where(rows == columns, 1.0, np.sqrt(2.0))
    assert covariances(window)[0] == pytest.approx(wanted[rows, columns] * weights, abs=1e-4)


@settings(max_examples=15, deadline=None)
@given(columns=st.integers(4, 500), seed=st.integers(0, 9))
def test_any_length_and_any_level_is_described(columns: int, seed: int) -> None:
    window = np.random.default_rng(seed).uniform(-80, 0, (2, BANDS, columns)).astype(np.float32)
    for view, length in ((modulations, MODULATIONS), (covariances, COVARIANCES)):
        found = view(window)
        assert found.shape == (2, length)
        assert found.dtype == np.float32
        assert np.isfinite(found).all()
        # One at a time or together, and however loud: the same.
        assert view(window[1:])[0] == pytest.approx(found[1], abs=1e-3)
        assert view(window - 7) == pytest.approx(found, abs=2e-2)
    with pytest.raises(ValueError, match="shape"):
        modulations(window[:, :64])
