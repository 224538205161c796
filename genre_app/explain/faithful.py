"""Test an explanation: the genre must go when what carries it goes.

References
----------
.. [1] Petsiuk, V., Das, A. & Saenko, K. (2018). RISE: randomized input sampling for
   explanation of black-box models. BMVC, section 4 (deletion and insertion).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app.explain.occlusion import Asker
from genre_app.genres import NAMES

__all__ = ["SHARES", "Check", "check", "shuffled"]

SHARES: Final = (0.05, 0.1, 0.2, 0.4)
"""Of the picture, hidden or shown."""

_SAID: Final = 0.1
"""The share that the sentence speaks of."""

_SHOWN: Final = 0.4
"""The share that the sentence on showing speaks of: with less, a model hears no music at all."""

_DRAWS: Final = 4
"""Random masks for each share."""

_FACTOR: Final = 2.0
"""How many times more than at random a map must take away to be believed."""

_LEAST: Final = 0.05
"""What it must take away at all, of what the genre has: less is noise."""


@dataclass(frozen=True, eq=False)
class Check:
    """What a genre's probability does when cells are hidden or shown.

    Attributes
    ----------
    shares : tuple of float
        Of the picture.
    whole, nothing : float
        The genre's probability with nothing hidden, and with everything hidden.
    deletion, insertion : ndarray of float64 [shape=(shares,)]
        The strongest cells hidden; only the strongest cells shown.
    random_deletion, random_insertion : ndarray of float64 [shape=(draws, shares)]
        The same with masks of equal size and similar shape that know nothing.
    """

    shares: tuple[float, ...]
    whole: float
    nothing: float
    deletion: NDArray[np.float64]
    insertion: NDArray[np.float64]
    random_deletion: NDArray[np.float64]
    random_insertion: NDArray[np.float64]

    @property
    def place(self) -> int:
        """Where in the curves the tenth of the picture stands."""
        return self.shares.index(_SAID)

    @property
    def falls(self) -> tuple[float, float]:
        """What the strongest tenth takes away, and what a random tenth does on average."""
        random = self.random_deletion[:, self.place]
        return self.whole - float(self.deletion[self.place]), self.whole - float(random.mean())

    @property
    def trusted(self) -> bool:
        """Whether the map takes away much, and at least twice what any luck does."""
        fall, usual = self.falls
        luckiest = self.whole - float(self.random_deletion[:, self.place].min())
        return fall >= _LEAST * self.whole and fall >= _FACTOR * usual and fall > luckiest

    def sentence(self, genre: str) -> str:
        """Say the result in words."""
        name, here = NAMES.get(genre, genre), self.place
        fall, usual = self.falls
        random = self.random_deletion[:, here].mean()
        tenth = f"{100 * _SAID:.0f} %"
        whole, marked, luck = (
            _points(share) for share in (self.whole, self.deletion[here], random)
        )
        # What is lower by less than the figures show is not called lower.
        down = "lowers" if fall > 0 and marked != whole else "takes"
        other = "leaves it at" if luck == whole else f"{'lowers' if usual > 0 else 'takes'} it to"
        said = (
            f"Removing the {tenth} of the picture that matter most {down} {name} from {whole} to "
            f"{marked} %; removing a random {tenth} {other} {luck} %."
        )
        if self.trusted:
            return said
        if fall < _LEAST * self.whole:
            return f"{said} That is hardly a difference: do not trust this explanation."
        return (
            f"{said} Almost anything that is removed changes the answer, wherever it is: do not "
            "trust this explanation."
        )

    @property
    def rises(self) -> tuple[float, float]:
        """What the genre has when only the strongest, or a random, share is shown."""
        here = self.shares.index(_SHOWN)
        return float(self.insertion[here]), float(self.random_insertion[:, here].mean())

    def shown_sentence(self, genre: str) -> str:
        """Say in words what the strongest cells do by themselves."""
        name, part = NAMES.get(genre, genre), f"{100 * _SHOWN:.0f} %"
        strongest, random = self.rises
        said = (
            f"Shown alone, the strongest {part} of the picture give {name} {_points(strongest)} %; "
            f"a random {part} gives it {_points(random)} %."
        )
        if strongest >= random + _LEAST:
            return said
        return (
            f"{said} So the marked pieces may be needed for {name}, but by themselves they do not "
            "make it."
        )

    def as_dict(self) -> dict[str, Any]:
        """Give it ready for JSON."""
        return {
            "shares": list(self.shares),
            "whole": self.whole,
            "nothing": self.nothing,
            "deletion": self.deletion.tolist(),
            "insertion": self.insertion.tolist(),
            "random_deletion": self.random_deletion.mean(axis=0).tolist(),
            "random_insertion": self.random_insertion.mean(axis=0).tolist(),
            "trusted": self.trusted,
            "better_than_random_shown": self.rises[0] >= self.rises[1] + _LEAST,
        }


def shuffled(mask: NDArray[np.float32], chance: np.random.Generator) -> NDArray[np.float32]:
    """Move a mask elsewhere: it keeps its size and its shape, cyclically in both directions."""
    while True:
        rows, times = (int(chance.integers(length)) for length in mask.shape)
        if (rows, times) != (0, 0):
            return np.roll(mask, (rows, times), axis=(0, 1))


def check(
    asker: Asker,
    values: NDArray[np.floating],
    genre: int,
    *,
    draws: int = _DRAWS,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> Check:
    """Hide and show the strongest cells, and random ones of equal size and similar shape.

    Parameters
    ----------
    asker : Asker
    values : ndarray [shape=asker.grid.shape]
        The explanation.
    genre : int
        Column of the probabilities.
    draws : int
        Random masks for each share.
    progress : callable, optional
        Told the share that is done, 0 to 1; what it raises stops the test.
    """
    chance = np.random.default_rng(seed)
    tops = [asker.grid.largest(values, share) for share in SHARES]
    random = [[shuffled(top, chance) for top in tops] for _ in range(draws)]
    hidden = [*tops, *(mask for row in random for mask in row)]
    shown = [1.0 - mask for mask in hidden]
    everything = np.ones(asker.grid.shape, np.float32)
    said = asker.without([everything, *hidden, *shown], progress=progress)[:, genre]
    curves = said[1:].reshape(2, 1 + draws, len(SHARES))
    return Check(
        shares=SHARES,
        whole=float(asker.probabilities[genre]),
        nothing=float(said[0]),
        deletion=curves[0, 0],
        insertion=curves[1, 0],
        random_deletion=curves[0, 1:],
        random_insertion=curves[1, 1:],
    )


def _points(share: float) -> str:
    """Write a share in percent without its sign, never quite 0 or 100."""
    if share < 0.005:
        return "less than 1"
    return "more than 99" if share >= 0.995 else f"{100 * share:.0f}"
