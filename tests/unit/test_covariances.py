"""Covariances: what they react to, and what they leave alone."""

import numpy as np
import pytest
from scipy.linalg import logm

from genre_app import gtzan
from genre_app.logmel import BANDS
from genre_app.views.covariances import covariances


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
