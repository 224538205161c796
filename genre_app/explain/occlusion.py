"""Hide one cell of the log-mel at a time and see what the model says then.

Conventions
-----------
- The picture is the log-mel of a region of at most 30 s, in dB below its loudest
  cell. It is divided into 16 bands of 8 mel rows and up to 12 equal times.
- *Hidden* means: held at the band's quiet level, the 10th percentile over the
  region, where it is louder than that. A hole of -80 dB would be a sound that no
  music makes, and a model reacts to the hole rather than to what is missing.
- The reference stays that of the whole region: what is not hidden keeps its level,
  even where the loudest cell is hidden.
- Nothing is differentiated: the views of the default model are statistics that have
  no gradient, and hiding works for trees just as well. Where a network sees a picture,
  :mod:`genre_app.explain.gradient` is quicker.

References
----------
.. [1] Zeiler, M. D. & Fergus, R. (2014). Visualizing and understanding
   convolutional networks. ECCV, section 3 (occlusion).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from genre_app.calibration import softmax
from genre_app.logmel import BANDS, LogMel
from genre_app.views import Windows, cut_windows
from genre_app.zoo import WindowOutputs

__all__ = ["BAND_COUNT", "Asker", "Grid", "Reader", "attribute", "log_odds", "quiet"]

BAND_COUNT: Final = 16
"""Bands of the grid, each of 8 mel rows."""

_MOST_TIMES: Final = 12
_SHORTEST_S: Final = 0.5
"""Seconds of a cell, at least."""

_QUIET: Final = 0.1
"""Quantile over time of a band's dB that counts as its quiet level."""

_AT_ONCE: Final = 32
"""Masks that are asked about in one call: bounds the memory and spaces the progress."""

_FIRST: Final = 0.05
_LIKELY: Final = 0.5
"""Shares of the cells that are hidden in the second round, and that are asked about in it."""

_SETS: Final = 96
_FEWEST: Final = 0.2
_RIDGE: Final = 10.0
_SMOOTH: Final = 0.7
_SEED: Final = 3
"""Of the third round: random sets of cells, the smallest share hidden in one, the weight of the
ridge, and the standard deviation in cells of the smoothing. Chosen on 16 validation clips."""

_LEAST: Final = 1e-6
"""Keeps the odds of a certain answer finite."""


_Heard: TypeAlias = tuple[int, bytes]
"""A window, and which of its cells are hidden."""


class Reader(Protocol):
    """What is needed of a model: :class:`genre_app.zoo.LoadedModel` has it."""

    def outputs_of(self, mels: Sequence[LogMel]) -> list[WindowOutputs]:
        """Read all windows of several log-mels."""
        ...


@dataclass(frozen=True)
class Grid:
    """Cells of a log-mel: 16 bands x equal times.

    Attributes
    ----------
    columns : int
        Of the log-mel.
    times : int
        Cells side by side.
    """

    columns: int
    times: int

    @classmethod
    def of(cls, mel: LogMel) -> "Grid":
        """Choose cells for a log-mel: about 2.5 s in a clip of 30 s, never below 0.5 s."""
        fits = int(mel.duration_s / _SHORTEST_S)
        return cls(mel.columns, int(np.clip(fits, 1, min(_MOST_TIMES, mel.columns))))

    @property
    def shape(self) -> tuple[int, int]:
        """Bands and times."""
        return BAND_COUNT, self.times

    @property
    def size(self) -> int:
        """Number of cells."""
        return BAND_COUNT * self.times

    def spread(self, cells: NDArray[np.floating]) -> NDArray[np.float32]:
        """Give each cell's value to its rows and columns [shape=(128, columns)]."""
        place = np.minimum(np.arange(self.columns) * self.times // self.columns, self.times - 1)
        rows = np.repeat(cells, BANDS // BAND_COUNT, axis=0)
        return np.ascontiguousarray(rows[:, place], dtype=np.float32)

    def largest(self, values: NDArray[np.floating], share: float) -> NDArray[np.float32]:
        """Mark the share of the cells with the largest values [shape=self.shape].

        Always the same number of cells for a share, at least one.
        """
        count = int(np.clip(round(share * self.size), 1, self.size))
        chosen = np.zeros(self.size, np.float32)
        chosen[np.argsort(-values.ravel(), kind="stable")[:count]] = 1.0
        return chosen.reshape(self.shape)


def quiet(mel: LogMel) -> NDArray[np.float32]:
    """Give what is left of each cell where it is hidden [shape=(128, columns)]."""
    level = np.quantile(mel.decibels, _QUIET, axis=1, keepdims=True)
    return np.minimum(mel.decibels, level).astype(np.float32)


class Asker:
    """Asks a model about a log-mel of which cells are hidden.

    A window without a hidden cell is not read again, and one with the same cells hidden only
    once for all masks that are asked about together.

    Parameters
    ----------
    model : Reader
    mel : LogMel
    window_s, hop_s : float
        As the model reads.
    temperature : float
        Calibration of its logits.
    """

    def __init__(
        self, model: Reader, mel: LogMel, *, window_s: float, hop_s: float, temperature: float
    ) -> None:
        self.mel, self.grid = mel, Grid.of(mel)
        self.temperature, self._model = temperature, model
        self._sound = cut_windows(mel, seconds=window_s, hop_s=hop_s)
        hidden = LogMel(quiet(mel), mel.loudest)
        self._hidden = cut_windows(hidden, seconds=window_s, hop_s=hop_s)
        self._untouched = self._read(self._sound.values)
        self.probabilities: NDArray[np.float64] = softmax(self._untouched, temperature).mean(axis=0)

    @property
    def windows(self) -> Windows:
        """What is read of the region."""
        return self._sound

    @property
    def hidden(self) -> Windows:
        """The same windows with every cell hidden."""
        return self._hidden

    def without(
        self,
        masks: Sequence[NDArray[np.floating]],
        *,
        progress: Callable[[float], None] | None = None,
    ) -> NDArray[np.float64]:
        """Hide the marked cells of each mask.

        Parameters
        ----------
        masks : sequence of ndarray [shape=grid.shape]
            1 hides, 0 keeps.
        progress : callable, optional
            Told the share that is done, 0 to 1; what it raises stops the asking.

        Returns
        -------
        ndarray of float64 [shape=(masks, genres)]
            Calibrated probabilities of the region.
        """
        found: list[NDArray[np.float64]] = []
        known: dict[_Heard, NDArray[np.float32]] = {}
        for start in range(0, len(masks), _AT_ONCE):
            found += self._some(masks[start : start + _AT_ONCE], known)
            if progress is not None:
                progress(min(1.0, (start + _AT_ONCE) / len(masks)))
        return np.stack(found)

    def _some(
        self, masks: Sequence[NDArray[np.floating]], known: dict[_Heard, NDArray[np.float32]]
    ) -> list[NDArray[np.float64]]:
        places: list[tuple[int, int, _Heard]] = []
        changed: dict[_Heard, NDArray[np.float32]] = {}
        for index, mask in enumerate(masks):
            spread = self.grid.spread(mask) > 0
            for window, columns in enumerate(self._sound.columns):
                inside = spread[:, columns]
                if inside.any():
                    heard = window, np.packbits(inside[:: BANDS // BAND_COUNT]).tobytes()
                    places.append((index, window, heard))
                    if heard not in known and heard not in changed:
                        changed[heard] = np.where(
                            inside, self._hidden.values[window], self._sound.values[window]
                        )
        if changed:
            said = self._read(list(changed.values()))
            known.update(zip(changed, said, strict=True))
        logits = np.repeat(self._untouched[None], len(masks), axis=0)
        for index, window, heard in places:
            logits[index, window] = known[heard]
        return [softmax(one, self.temperature).mean(axis=0) for one in logits]

    def _read(
        self, values: Sequence[NDArray[np.float32]] | NDArray[np.float32]
    ) -> NDArray[np.float32]:
        # A clip of one window's length is one window; a reference of 0 dB leaves it as it is.
        clips = [LogMel(one, np.zeros(one.shape[1], np.float32)) for one in values]
        return np.concatenate([said.logits for said in self._model.outputs_of(clips)])


def attribute(
    asker: Asker, genre: int, *, progress: Callable[[float], None] | None = None
) -> NDArray[np.float64]:
    """Measure how much each cell speaks for a genre.

    Three rounds: every cell hidden alone; the stronger half again where the strongest
    twentieth is hidden already, since music says the same thing more than once; and many
    cells hidden at once at random, from which a regression tells what each contributes
    [1]_ [2]_. The first two find what the genre cannot do without, the third also what
    brings it about where little else is left.

    Parameters
    ----------
    asker : Asker
    genre : int
        Column of the probabilities.
    progress : callable, optional
        Told the share that is done, 0 to 1; what it raises stops the measuring.

    Returns
    -------
    ndarray of float64 [shape=asker.grid.shape]
        Fall of the genre's log-odds in natural units when the cell is hidden: two thirds
        the mean of the first two rounds, one third the regression on the same scale;
        negative where the cell speaks against the genre.

    References
    ----------
    .. [1] Petsiuk, V., Das, A. & Saenko, K. (2018). RISE: randomized input sampling for
       explanation of black-box models. BMVC, section 3.
    .. [2] Ribeiro, M. T., Singh, S. & Guestrin, C. (2016). "Why should I trust you?".
       KDD, section 3.4 (a linear model of random masks).
    """
    grid = asker.grid
    cells = np.eye(grid.size, dtype=np.float32).reshape(-1, *grid.shape)

    def told(first: float, share: float) -> Callable[[float], None] | None:
        return None if progress is None else lambda done: progress(first + share * done)

    alone = asker.without(list(cells), progress=told(0.0, 0.4))[:, genre]
    effect = log_odds(asker.probabilities[genre]) - log_odds(alone)
    strongest = grid.largest(effect.reshape(grid.shape), _FIRST)
    # Twice in vain for what has hardly done anything the first time.
    likely = grid.largest(effect.reshape(grid.shape), _LIKELY) > strongest
    masks = [np.maximum(cell, strongest) for cell in cells[likely.ravel()]]
    more = log_odds(asker.without([strongest, *masks], progress=told(0.4, 0.2))[:, genre])
    again = effect.copy()
    again[likely.ravel()] = more[0] - more[1:]
    needed = np.asarray((effect + again).reshape(grid.shape) / 2)
    makes = _contributions(asker, genre, progress=told(0.6, 0.4))
    spread = float(makes.std())
    scale = float(needed.std()) / spread if spread > 0 else 0.0
    return np.asarray((2 * needed + scale * makes) / 3)


def _contributions(
    asker: Asker, genre: int, *, progress: Callable[[float], None] | None
) -> NDArray[np.float64]:
    """Regress the log-odds on which cells are hidden, of random sets of all sizes."""
    from genre_app._scipy_more import ndimage

    chance, shape = np.random.default_rng(_SEED), asker.grid.shape
    parts = chance.uniform(_FEWEST, 1 - _FEWEST, size=(_SETS, 1, 1))
    hidden = (chance.random((_SETS, *shape)) < parts).astype(np.float32)
    said = log_odds(asker.without(list(hidden), progress=progress)[:, genre])
    given = hidden.reshape(_SETS, -1).astype(np.float64)
    given -= given.mean(axis=0)
    # Fewer sets than cells: the ridge settles what they leave open.
    inner = given.T @ given + _RIDGE * np.eye(given.shape[1])
    found = -np.linalg.solve(inner, given.T @ (said - said.mean()))
    # Neighbours say much the same: smoothing takes noise, and hardly anything else.
    return np.asarray(ndimage.gaussian_filter(found.reshape(shape), _SMOOTH))


def log_odds(share: NDArray[np.floating] | float) -> NDArray[np.float64]:
    """Turn probabilities into natural logarithms of their odds."""
    kept = np.clip(share, _LEAST, 1 - _LEAST)
    return np.asarray(np.log(kept / (1 - kept)))
