"""Mix two songs at known shares and see whether the bars follow.

Conventions
-----------
Both songs first get the same mean power; a share of 0.25 is a quarter of the mix's
power, as in :mod:`genre_app.evaluation.blends`: equal energy, which the ear need not
find equally loud. The mix is of samples, as a desk would make it, and is read like any
song. The songs have no labels: each stands for the genre in which it exceeds the other
most, and the predicted share is how these two genres divide what both have.
"""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genre_app import zoo
from genre_app._source import no_formula
from genre_app.audio import SAMPLE_RATE
from genre_app.calibration import at_length, softmax
from genre_app.errors import SilentAudio
from genre_app.evaluation.blends import divide
from genre_app.evaluation.distances import rank_correlation
from genre_app.genres import NAMES
from genre_app.logmel import CLIP_SECONDS, log_mel

__all__ = ["SHORTEST_S", "STEPS", "Sweep", "mix", "sweep"]

STEPS: Final = 11
"""Shares of a sweep, 0 to 1."""

SHORTEST_S: Final = 3.0
"""Seconds of each song below which a mix tells nothing."""

_ALIKE: Final = 0.05
"""Two songs of which no bar differs by as much as this are not told apart."""

_PEAK: Final = 0.98
_NOTHING: Final = 1e-6


@dataclass(frozen=True, eq=False)
class Sweep:
    """What a model says of the mixes.

    Attributes
    ----------
    genres : tuple of str
        Of the model.
    first, second : str
        The genre that each song stands for.
    shares : ndarray of float64 [shape=(n,)]
        True shares of the first song.
    blends : ndarray of float64 [shape=(n, genres)]
        Calibrated probabilities of each mix.
    predicted : ndarray of float64 [shape=(n,)]
        Of the first song.
    """

    genres: tuple[str, ...]
    first: str
    second: str
    shares: NDArray[np.float64]
    blends: NDArray[np.float64]
    predicted: NDArray[np.float64]

    @property
    def error(self) -> float:
        """Mean distance of the predicted from the true share."""
        return float(np.abs(self.predicted - self.shares).mean())

    @property
    def rank(self) -> float:
        """Spearman's correlation of both."""
        return float(rank_correlation(self.predicted[None], self.shares[None])[0])

    def message(self, first_name: str, second_name: str) -> str:
        """Say how well the bars follow."""
        one, two = NAMES.get(self.first, self.first), NAMES.get(self.second, self.second)
        if np.abs(self.blends[-1] - self.blends[0]).max() < _ALIKE:
            return (
                f"To this model {first_name} and {second_name} sound alike: no bar tells which "
                "of them is in the mix, nor how much of it. Choose songs that differ more."
            )
        moved = float(np.ptp(self.predicted))
        if self.rank > 0.9 and moved > 0.5:
            # The right order alone is not the right share.
            follows = (
                "the bars follow the fader"
                if self.error < self.half_error
                else "the bars go the fader's way, but by the wrong amounts"
            )
        else:
            follows = (
                "the bars follow only in part" if self.rank > 0.5 else "the bars do not follow"
            )
        return (
            f"{one} stands for {first_name}, {two} for {second_name}. From one end to the other "
            f"{follows}: the predicted share is {100 * self.error:.0f} points off on average "
            f"(always saying half and half: {100 * self.half_error:.0f}), rank correlation "
            f"{self.rank:.2f}."
        )

    @property
    def half_error(self) -> float:
        """The error of always saying half and half."""
        return float(np.abs(self.shares - 0.5).mean())

    def table(self) -> dict[str, list[float]]:
        """Give the sweep as columns, shares of 1."""
        columns = {"true share": self.shares, "predicted share": self.predicted}
        columns |= {genre: self.blends[:, index] for index, genre in enumerate(self.genres)}
        return {name: [round(float(one), 4) for one in values] for name, values in columns.items()}

    def to_csv(self) -> bytes:
        """Give the table as CSV."""
        lines = io.StringIO()
        writer = csv.writer(lines)
        table = self.table()
        writer.writerow(map(no_formula, table))
        writer.writerows(zip(*table.values(), strict=True))
        return lines.getvalue().encode()


def mix(
    first: NDArray[np.float32], second: NDArray[np.float32], share: float
) -> NDArray[np.float32]:
    """Mix two songs of equal mean power.

    Parameters
    ----------
    first, second : ndarray of float32
        At 22,050 Hz; the shorter one's length, at most 30 s, is the result's.
    share : float
        Of the first one's power, 0 to 1.

    Returns
    -------
    ndarray of float32
        Peaks at 0.98 of full scale.

    Raises
    ------
    SilentAudio
        In the part that is mixed one of them is silent.
    """
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"a share is between 0 and 1: {share}")
    length = min(len(first), len(second), round(CLIP_SECONDS * SAMPLE_RATE))
    one, two = (_equal(song[:length]) for song in (first, second))
    both = np.sqrt(share) * one + np.sqrt(1.0 - share) * two
    return np.asarray(both * (_PEAK / max(float(np.abs(both).max()), _NOTHING)), np.float32)


def sweep(
    first: NDArray[np.float32],
    second: NDArray[np.float32],
    model: zoo.LoadedModel,
    *,
    steps: int = STEPS,
    progress: Callable[[float], None] | None = None,
) -> Sweep:
    """Mix and read two songs at shares from 0 to 1.

    Parameters
    ----------
    progress : callable, optional
        Told the share that is done, 0 to 1; what it raises stops the work.

    Raises
    ------
    SilentAudio
        In the part that is mixed one of them is silent.
    """
    shares = np.linspace(0.0, 1.0, steps)
    blends = []
    for index, share in enumerate(shares.tolist(), start=1):
        mixed = mix(first, second, share)
        temperature, _ = at_length(model.card, len(mixed) / SAMPLE_RATE)
        blends.append(softmax(model.outputs(log_mel(mixed)).logits, temperature).mean(axis=0))
        if progress is not None:
            progress(index / steps)
    said = np.stack(blends)
    apart = said[-1] - said[0]
    one, two = int(apart.argmax()), int(apart.argmin())
    return Sweep(
        genres=model.genres,
        first=model.genres[one],
        second=model.genres[two],
        shares=shares,
        blends=said,
        predicted=divide(said[:, one], said[:, two]),
    )


def _equal(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    wide = samples.astype(np.float64)
    level = float(np.sqrt(np.mean(wide**2))) if wide.size else 0.0
    if level <= _NOTHING:
        raise SilentAudio("One of the songs is silent in its first seconds. Choose another part.")
    return wide / level
