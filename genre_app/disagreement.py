"""Where several models that heard the same song say different things.

Conventions
-----------
Divergences are Jensen-Shannon's to the base 2, the mean over all pairs of models: 0 where all
say the same, 1 where no two have anything in common. Times are seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app.evaluation.distances import jensen_shannon
from genre_app.reading import Reading

__all__ = ["Disagreement", "compare_readings", "shares_at"]

_STEP_S: Final = 1.0
_MOST: Final = 600
"""Moments at most: more than a screen can show."""


@dataclass(frozen=True, eq=False)
class Disagreement:
    """How far apart models are, moment by moment.

    Attributes
    ----------
    models : tuple of str
    genres : tuple of str
        All that any of them knows.
    times_s : ndarray of float64 [shape=(n,)]
    shares : ndarray of float64 [shape=(models, n, genres)]
        What each says at each moment; 0 of what it does not know.
    divergence : ndarray of float64 [shape=(n,)]
        Mean over the pairs.
    pairs : dict of (str, str) to float
        Mean over time of each pair, the widest apart first.
    """

    models: tuple[str, ...]
    genres: tuple[str, ...]
    times_s: NDArray[np.float64]
    shares: NDArray[np.float64]
    divergence: NDArray[np.float64]
    pairs: dict[tuple[str, str], float]

    @property
    def mean(self) -> float:
        """Over the whole song."""
        return float(self.divergence.mean())

    @property
    def widest(self) -> int:
        """Place of the moment at which they are farthest apart."""
        return int(self.divergence.argmax())

    def firsts(self, place: int) -> list[str]:
        """Give the genre that each model names first at a moment."""
        return [self.genres[int(row.argmax())] for row in self.shares[:, place]]

    @property
    def agreed(self) -> float:
        """Share of the moments at which all name the same genre first."""
        tops = self.shares.argmax(axis=2)
        return float((tops == tops[0]).all(axis=0).mean())

    def as_dict(self) -> dict[str, Any]:
        """Give it ready for JSON."""
        return {
            "mean": round(self.mean, 4),
            "agreed": round(self.agreed, 4),
            "pairs": [
                {"models": list(pair), "mean": round(value, 4)}
                for pair, value in self.pairs.items()
            ],
            "times_s": self.times_s.round(3).tolist(),
            "divergence": self.divergence.round(4).tolist(),
        }


def compare_readings(readings: Sequence[Reading]) -> Disagreement:
    """Compare models' readings of one recording.

    Parameters
    ----------
    readings : sequence of Reading
        At least two, of the same recording; the models may know different genres.

    Raises
    ------
    ValueError
        There is one reading or none.
    """
    if len(readings) < 2:
        raise ValueError("it takes two readings to compare")
    duration = readings[0].duration_s
    count = int(np.clip(round(duration / _STEP_S), 2, _MOST))
    times = (np.arange(count) + 0.5) * duration / count
    genres = tuple(dict.fromkeys(genre for reading in readings for genre in reading.genres))
    shares = np.zeros((len(readings), count, len(genres)))
    for row, reading in zip(shares, readings, strict=True):
        row[:, [genres.index(genre) for genre in reading.genres]] = shares_at(reading, times)
    found = {
        (readings[one].model, readings[two].model): jensen_shannon(shares[one], shares[two])
        for one, two in combinations(range(len(readings)), 2)
    }
    means = {pair: float(values.mean()) for pair, values in found.items()}
    return Disagreement(
        models=tuple(reading.model for reading in readings),
        genres=genres,
        times_s=times,
        shares=shares,
        divergence=np.mean(list(found.values()), axis=0),
        pairs=dict(sorted(means.items(), key=lambda pair: -pair[1])),
    )


def shares_at(reading: Reading, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give a reading's shares at some moments, as its ribbon is drawn.

    A window's shares stand at its middle, straight lines run in between.

    Returns
    -------
    ndarray of float64 [shape=(times, genres)]
    """
    middles = (reading.starts_s + reading.ends_s) / 2
    order = np.argsort(middles, kind="stable")
    columns = [np.interp(times_s, middles[order], column) for column in reading.timeline[order].T]
    return np.stack(columns, axis=1)
