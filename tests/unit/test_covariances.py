"""Covariances: what they react to, and what they leave alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import logm

from genre_app import gtzan
from genre_app.logmel import BANDS
from genre_app.views.covariances import COVARIANCES, covariances


def test_what_stands_still_has_none() -> None:
    still = np.tile(np.linspace(-60, -20, BANDS, dtype=np.float32)[:, None], (1, 289))[None]
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
    found = covariances(window)
    assert found.shape == (2, COVARIANCES)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
    # One at a time or together, and however loud: the same.
    assert covariances(window[1:])[0] == pytest.approx(found[1], abs=1e-3)
    assert covariances(window - 7) == pytest.approx(found, abs=2e-2)
    with pytest.raises(ValueError, match="shape"):
        covariances(window[:, :64])
