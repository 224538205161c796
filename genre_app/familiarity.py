"""How familiar a recording is: what the training music sounds like, and what has structure.

One density for all networks: whitened principal components of the 448 statistics
of the training windows. A network's own inner layers are a poor judge of what it
has never heard, since they were only ever asked to tell its genres apart.

Conventions
-----------
*Novelty* is a mean square of whitened coordinates: about 1 for music like that
of the training. *Structure* is near 0 for steady noise and tones.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genre_app.errors import ModelError
from genre_app.logmel import LogMel
from genre_app.threads import one_thread
from genre_app.views import cut_windows, statistics, structure

__all__ = ["Familiarity", "Look", "learn"]

COMPONENTS: Final = 48
"""Principal components; what they leave out counts as one more coordinate."""

DAMPING: Final = 0.05
"""Added to each spread: a number that hardly varies in training is not magnified."""

WINDOW_S: Final = 12.0
HOP_S: Final = 3.0
"""Seconds of a window and between two, whatever the network reads."""


@dataclass(frozen=True)
class Look:
    """What a recording looks like before any network has read it.

    Attributes
    ----------
    novelty : float
        Median over its windows; about 1 is usual.
    structure : float
        Median over its windows of :func:`genre_app.views.structure`.
    """

    novelty: float
    structure: float


@dataclass(frozen=True, eq=False)
class Familiarity:
    """What the windows of a training sound like.

    Attributes
    ----------
    mean, spread : ndarray of float32 [shape=(448,)]
    axes : ndarray of float32 [shape=(448, 48)]
        Principal axes, divided by the root of their variance.
    lengths : ndarray of float32 [shape=(48,)]
        Those roots.
    remainder : float
        Variance that the axes leave out.
    """

    mean: NDArray[np.float32]
    spread: NDArray[np.float32]
    axes: NDArray[np.float32]
    lengths: NDArray[np.float32]
    remainder: float

    def look(self, mel: LogMel) -> Look:
        """Look at a recording."""
        windows = cut_windows(mel, seconds=WINDOW_S, hop_s=HOP_S).values
        with one_thread():
            return Look(
                float(np.median(self.novelties(statistics(windows)))),
                float(np.median(structure(windows))),
            )

    def novelties(self, numbers: NDArray[np.float32]) -> NDArray[np.float64]:
        """Say of each window's statistics [shape=(n, 448)] how unusual they are [shape=(n,)]."""
        standard = (numbers - self.mean) / self.spread
        inside = standard @ self.axes
        left_out = np.square(standard).sum(axis=1) - np.square(inside * self.lengths).sum(axis=1)
        coordinates = np.square(inside).sum(axis=1) + np.maximum(left_out, 0.0) / self.remainder
        return np.asarray(coordinates / (COMPONENTS + 1), dtype=np.float64)

    def widened(self, numbers: NDArray[np.float32], *, share: float) -> "Familiarity":
        """Count further music as known, without the windows that were learnt from before.

        Mean and covariance of the mixture of both; of the known music's covariance only
        what the axes hold is left, the remainder counts as spread evenly.

        Parameters
        ----------
        numbers : ndarray of float32 [shape=(n, 448)]
            Statistics of the further music's windows.
        share : float
            Its weight, 0 to 1.
        """
        fresh = ((numbers - self.mean) / self.spread).astype(np.float64)
        size = len(self.mean)
        unit = self.axes.astype(np.float64) * self.lengths
        even = self.remainder / (size - COMPONENTS)
        known = (unit * (np.square(self.lengths) - even)) @ unit.T + even * np.eye(size)
        middle = fresh.mean(axis=0)
        apart = fresh - middle
        own = apart.T @ apart / len(fresh)
        covariance = (
            (1 - share) * known + share * own + share * (1 - share) * np.outer(middle, middle)
        )
        mean = self.mean + (share * middle * self.spread).astype(np.float32)
        return _principal(mean, self.spread, covariance)

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """Give what :meth:`load` reads, for :func:`numpy.savez`."""
        return {
            "mean": self.mean,
            "spread": self.spread,
            "axes": self.axes,
            "lengths": self.lengths,
            "remainder": np.array([self.remainder], dtype=np.float32),
        }

    @classmethod
    def load(cls, path: Path) -> "Familiarity":
        """Read a ``familiarity.npz``.

        Raises
        ------
        ModelError
            It is missing or damaged.
        """
        try:
            with np.load(path, allow_pickle=False) as found:
                return cls(
                    found["mean"],
                    found["spread"],
                    found["axes"],
                    found["lengths"],
                    float(found["remainder"][0]),
                )
        except (OSError, ValueError, KeyError):
            raise ModelError(f"{path.parent.name}/{path.name} is missing or damaged.") from None


def learn(numbers: NDArray[np.float32]) -> Familiarity:
    """Learn what windows sound like.

    Parameters
    ----------
    numbers : ndarray of float32 [shape=(n, 448)]
        Statistics of the training windows, augmented as files in the wild are.
    """
    mean = numbers.mean(axis=0)
    spread = numbers.std(axis=0) + np.float32(DAMPING)
    standard = ((numbers - mean) / spread).astype(np.float64)
    return _principal(mean, spread, np.cov(standard.T))


def _principal(
    mean: NDArray[np.float32], spread: NDArray[np.float32], covariance: NDArray[np.float64]
) -> Familiarity:
    values, vectors = np.linalg.eigh(covariance)
    values = np.maximum(values[::-1], 1e-9)
    lengths = np.sqrt(values[:COMPONENTS])
    return Familiarity(
        mean,
        spread,
        (vectors[:, ::-1][:, :COMPONENTS] / lengths).astype(np.float32),
        lengths.astype(np.float32),
        float(values[COMPONENTS:].sum()),
    )
