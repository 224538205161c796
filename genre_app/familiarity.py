"""How familiar a recording is: what the training music sounds like, and what has structure.

Two densities for all networks: whitened principal components of the training windows'
statistics, and of how their bands go together. The one knows speech and single
instruments apart from music; the other knows recordings apart from most of what a computer
plays from notes. A network's own inner layers are a poor judge of what it has never heard,
since they were only ever asked to tell its genres apart.

Conventions
-----------
*Novelty* is a mean square of whitened coordinates: about 1 for music like that
of the training. *Structure* is near 0 for steady noise and tones.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app.errors import DAMAGED, ModelError
from genre_app.logmel import COLUMN_RATE, LogMel
from genre_app.threads import one_thread
from genre_app.views import STATISTICS, cut_windows, statistics, structure
from genre_app.views.covariances import covariances

__all__ = ["Density", "Familiarity", "Look", "described", "learn"]

COMPONENTS: Final = (48, 96)
"""Principal components of statistics and covariances; what is left out is one more coordinate."""

_ROWS_EACH: Final = 4
"""Training windows for each component; with fewer, new music of the same kind looks far away.

Of the statistics fewer components are learnt then, of how bands go together nothing."""

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
        Of its statistics, median over its windows; about 1 is usual.
    structure : float
        Median over its windows of :func:`genre_app.views.structure`.
    together : float
        Novelty of how its bands go together, median over its windows; 0 where that is not
        asked: of a recording shorter than a window, or by a model that does not know it.
    """

    novelty: float
    structure: float
    together: float = 0.0


@dataclass(frozen=True, eq=False)
class Density:
    """How one description of the windows of a training is spread.

    Attributes
    ----------
    mean, spread : ndarray of float32 [shape=(numbers,)]
    axes : ndarray of float32 [shape=(numbers, components)]
        Principal axes, divided by the root of their variance.
    lengths : ndarray of float32 [shape=(components,)]
        Those roots.
    remainder : float
        Variance that the axes leave out.
    """

    mean: NDArray[np.float32]
    spread: NDArray[np.float32]
    axes: NDArray[np.float32]
    lengths: NDArray[np.float32]
    remainder: float

    def novelties(self, numbers: NDArray[np.float32]) -> NDArray[np.float64]:
        """Say how unusual windows are.

        Parameters
        ----------
        numbers : ndarray of float32 [shape=(n, numbers)]

        Returns
        -------
        ndarray of float64 [shape=(n,)]
            About 1 is usual.
        """
        standard = (numbers - self.mean) / self.spread
        inside = standard @ self.axes
        left_out = np.square(standard).sum(axis=1) - np.square(inside * self.lengths).sum(axis=1)
        coordinates = np.square(inside).sum(axis=1) + np.maximum(left_out, 0.0) / self.remainder
        return np.asarray(coordinates / (len(self.lengths) + 1), dtype=np.float64)

    def widened(self, numbers: NDArray[np.float32], *, share: float) -> "Density":
        """Count further music as known, without the windows that were learnt from before.

        Mean and covariance of the mixture of both; of the known music's covariance only
        what the axes hold is left, the remainder counts as spread evenly.

        Parameters
        ----------
        numbers : ndarray of float32 [shape=(n, numbers)]
            Of the further music's windows.
        share : float
            Its weight, 0 to 1.
        """
        fresh = ((numbers - self.mean) / self.spread).astype(np.float64)
        size, components = self.axes.shape
        unit = self.axes.astype(np.float64) * self.lengths
        even = self.remainder / (size - components)
        known = (unit * (np.square(self.lengths) - even)) @ unit.T + even * np.eye(size)
        middle = fresh.mean(axis=0)
        apart = fresh - middle
        own = apart.T @ apart / len(fresh)
        covariance = (
            (1 - share) * known + share * own + share * (1 - share) * np.outer(middle, middle)
        )
        mean = self.mean + (share * middle * self.spread).astype(np.float32)
        return _principal(mean, self.spread, covariance, components)

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """Give what :meth:`read` reads."""
        return {
            "mean": self.mean,
            "spread": self.spread,
            "axes": self.axes,
            "lengths": self.lengths,
            "remainder": np.array([self.remainder], dtype=np.float32),
        }

    @classmethod
    def read(cls, found: Mapping[str, Any], before: str = "") -> "Density":
        """Make it of what :meth:`arrays` gave.

        Parameters
        ----------
        found : mapping of str to ndarray
        before : str
            What stands before the names.

        Raises
        ------
        KeyError
            One is missing.
        """
        mean, spread, axes, lengths, remainder = (
            found[before + name] for name in ("mean", "spread", "axes", "lengths", "remainder")
        )
        return cls(mean, spread, axes, lengths, float(remainder[0]))


@dataclass(frozen=True, eq=False)
class Familiarity:
    """What the windows of a training sound like.

    Attributes
    ----------
    sound : Density
        Of their statistics.
    together : Density or None
        Of how their bands go together. None in models of earlier versions, where there were
        few windows to learn from, and where genres were added.
    """

    sound: Density
    together: Density | None

    def look(self, mel: LogMel) -> Look:
        """Look at a recording."""
        windows = cut_windows(mel, seconds=WINDOW_S, hop_s=HOP_S).values
        together = 0.0
        with one_thread():
            # Of a few seconds nothing that could be compared can be measured.
            if self.together is not None and mel.columns >= _LONG:
                together = float(np.median(self.together.novelties(covariances(windows))))
            return Look(
                float(np.median(self.sound.novelties(statistics(windows)))),
                float(np.median(structure(windows))),
                together,
            )

    def widened(self, numbers: NDArray[np.float32], *, share: float) -> "Familiarity":
        """Count further music as known: see :meth:`Density.widened`.

        A handful of songs cannot tell how the bands of their genre go together: of that
        nothing is known afterwards, so that no further song of it is called outside.

        Parameters
        ----------
        numbers : ndarray of float32 [shape=(n, 448)]
            Statistics of the further music's windows.
        share : float
            Its weight, 0 to 1.
        """
        return Familiarity(self.sound.widened(numbers, share=share), None)

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """Give what :meth:`load` reads, for :func:`numpy.savez`."""
        together = {} if self.together is None else self.together.arrays()
        return self.sound.arrays() | {_TOGETHER + name: one for name, one in together.items()}

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
                known = any(name.startswith(_TOGETHER) for name in found.files)
                return cls(Density.read(found), Density.read(found, _TOGETHER) if known else None)
        except DAMAGED:
            raise ModelError(f"{path.parent.name}/{path.name} is missing or damaged.") from None


_TOGETHER: Final = "together_"

_LONG: Final = round(WINDOW_S * COLUMN_RATE) - 1
"""Columns of a recording of 12 seconds."""


def described(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Describe windows as :func:`learn` wants them.

    Parameters
    ----------
    windows : ndarray of float32 [shape=(n, 128, columns)]
        dB, at least 4 columns.

    Returns
    -------
    ndarray of float32 [shape=(n, 976)]
        Statistics, then covariances.
    """
    return np.concatenate([statistics(windows), covariances(windows)], axis=1)


def learn(numbers: NDArray[np.float32]) -> Familiarity:
    """Learn what windows sound like.

    Parameters
    ----------
    numbers : ndarray of float32 [shape=(n, 976)]
        Of the training windows, augmented as files in the wild are. Of fewer than 384 only
        the statistics are learnt from.
    """
    sound, together = COMPONENTS
    enough = len(numbers) >= _ROWS_EACH * together
    return Familiarity(
        _learn(numbers[:, :STATISTICS], sound),
        _learn(numbers[:, STATISTICS:], together) if enough else None,
    )


def _learn(numbers: NDArray[np.float32], components: int) -> Density:
    components = max(1, min(components, len(numbers) // _ROWS_EACH))
    mean = numbers.mean(axis=0)
    spread = numbers.std(axis=0) + np.float32(DAMPING)
    standard = ((numbers - mean) / spread).astype(np.float64)
    # Where few windows span little, threads wait for each other for seconds beside other work.
    with one_thread():
        return _principal(mean, spread, np.cov(standard.T), components)


def _principal(
    mean: NDArray[np.float32],
    spread: NDArray[np.float32],
    covariance: NDArray[np.float64],
    components: int,
) -> Density:
    values, vectors = np.linalg.eigh(covariance)
    values = np.maximum(values[::-1], 1e-9)
    lengths = np.sqrt(values[:components])
    return Density(
        mean,
        spread,
        (vectors[:, ::-1][:, :components] / lengths).astype(np.float32),
        lengths.astype(np.float32),
        float(values[components:].sum()),
    )
