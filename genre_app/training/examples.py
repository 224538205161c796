"""From tracks to what a network is trained with: windows, their view, their targets.

Conventions
-----------
All windows of a track stand together and on one side of a split: splits are of
tracks, and come first. Targets are shares of genres that sum to 1, or, for
multi-label networks, 0 or 1 for each genre.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genre_app.architectures import Architecture
from genre_app.gtzan import Subset
from genre_app.logmel import COLUMN_RATE
from genre_app.recipes import Recipe
from genre_app.threads import one_thread
from genre_app.training.augment import augment, mix
from genre_app.views import cut_windows

__all__ = ["LISTENER_WEIGHT", "Examples", "as_served", "for_training", "truth"]

LISTENER_WEIGHT: Final = 0.15
"""Least share of an artist's listener tags that makes a genre true for multi-label networks."""


@dataclass(frozen=True, eq=False)
class Examples:
    """Windows ready to be trained or measured with.

    Attributes
    ----------
    view : ndarray of float32 [shape=(n, ...)]
    targets : ndarray of float32 [shape=(n, genres)]
    tracks : ndarray of int [shape=(n,)]
        The position in the subset of each window's track.
    """

    view: NDArray[np.float32]
    targets: NDArray[np.float32]
    tracks: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.view)

    def of(self, positions: NDArray[np.intp]) -> "Examples":
        """Give only the windows of some tracks."""
        return self.rows(np.flatnonzero(np.isin(self.tracks, positions)))

    def rows(self, wanted: NDArray[np.intp]) -> "Examples":
        """Give some windows, by their numbers."""
        return Examples(self.view[wanted], self.targets[wanted], self.tracks[wanted])

    @classmethod
    def joined(cls, several: Sequence["Examples"]) -> "Examples":
        """Put the windows of several, at least one, behind each other."""
        return cls(
            np.concatenate([one.view for one in several]),
            np.concatenate([one.targets for one in several]),
            np.concatenate([one.tracks for one in several]),
        )


def for_training(
    subset: Subset,
    positions: NDArray[np.intp],
    architecture: Architecture,
    recipe: Recipe,
    *,
    groups: NDArray[np.intp] | None = None,
    progress: Callable[[float], None] | None = None,
) -> Examples:
    """Give a recipe's training windows: augmented versions, or as recorded.

    Parameters
    ----------
    groups : ndarray of int [shape=(len(positions),)], optional
        Only tracks of the same group are mixed with each other.
    """
    if recipe.augmentation is None:
        return as_served(subset, positions, architecture, progress=progress)
    with one_thread():
        heard_as = _augmented(subset, positions, architecture, recipe, groups, progress)
        pairs = _pairs(subset, positions, architecture, recipe, groups) if recipe.pairs else None
    if recipe.clean == 0 and pairs is None:
        return heard_as
    plain = as_served(subset, positions, architecture)
    return Examples.joined([heard_as, *[plain] * recipe.clean, *([] if pairs is None else [pairs])])


def _augmented(
    subset: Subset,
    positions: NDArray[np.intp],
    architecture: Architecture,
    recipe: Recipe,
    groups: NDArray[np.intp] | None,
    progress: Callable[[float], None] | None,
) -> Examples:
    assert recipe.augmentation is not None  # noqa: S101  # For the type checker.
    chance = np.random.default_rng(recipe.seed)
    shortest, longest = recipe.lengths_s or (architecture.window_s, architecture.window_s)
    aims = truth(subset, multi_label=architecture.multi_label)
    views, targets = [], []
    for done, position in enumerate(positions.tolist()):
        clip = subset.log_mel(position).decibels
        for _ in range(recipe.versions):
            heard, target = augment(clip, chance, recipe.augmentation), aims[position]
            if recipe.mixed > 0 and chance.random() < recipe.mixed:
                others = positions if groups is None else positions[groups == groups[done]]
                other, share = int(chance.choice(others)), chance.uniform()
                second = augment(subset.log_mel(other).decibels, chance, recipe.augmentation)
                heard = mix(heard, second, share)
                target = _mixed(target, aims[other], share, multi_label=architecture.multi_label)
            wanted = round(chance.uniform(shortest, longest) * COLUMN_RATE)
            width = min(wanted, heard.shape[1])
            start = int(chance.integers(heard.shape[1] - width + 1))
            views.append(architecture.view(heard[None, :, start : start + width])[0])
            targets.append(target)
        if progress is not None:
            progress((done + 1) / len(positions))
    return Examples(np.stack(views), np.stack(targets), np.repeat(positions, recipe.versions))


def _pairs(
    subset: Subset,
    positions: NDArray[np.intp],
    architecture: Architecture,
    recipe: Recipe,
    groups: NDArray[np.intp] | None,
) -> Examples:
    # Chance of its own: what is altered does not depend on whether there are pairs.
    chance = np.random.default_rng([recipe.seed, 1])
    aims = truth(subset, multi_label=architecture.multi_label)
    width = round(architecture.window_s * COLUMN_RATE)
    views, targets = [], []
    for place, position in enumerate(positions.tolist()):
        others = positions if groups is None else positions[groups == groups[place]]
        for _ in range(recipe.pairs):
            other, share = int(chance.choice(others)), chance.uniform()
            heard = mix(subset.log_mel(position).decibels, subset.log_mel(other).decibels, share)
            start = int(chance.integers(max(heard.shape[1] - width, 0) + 1))
            views.append(architecture.view(heard[None, :, start : start + width])[0])
            targets.append(
                _mixed(aims[position], aims[other], share, multi_label=architecture.multi_label)
            )
    return Examples(np.stack(views), np.stack(targets), np.repeat(positions, recipe.pairs))


def as_served(
    subset: Subset,
    positions: NDArray[np.intp],
    architecture: Architecture,
    *,
    progress: Callable[[float], None] | None = None,
) -> Examples:
    """Give each track's windows side by side, cut as a recording's are."""
    aims = truth(subset, multi_label=architecture.multi_label)
    views, counts = [], []
    for done, position in enumerate(positions.tolist()):
        windows = cut_windows(
            subset.log_mel(position), seconds=architecture.window_s, hop_s=architecture.window_s
        )
        views.append(architecture.view(windows.values))
        counts.append(len(windows))
        if progress is not None:
            progress((done + 1) / len(positions))
    tracks = np.repeat(positions, counts)
    return Examples(np.concatenate(views), aims[tracks], tracks)


def truth(subset: Subset, *, multi_label: bool) -> NDArray[np.float32]:
    """Give every track's target [shape=(tracks, genres)].

    Parameters
    ----------
    multi_label : bool
        Also what listeners call its artist, from a share of 0.15 on.
    """
    aims = np.eye(len(subset.genres), dtype=np.float32)[subset.labels]
    if multi_label:
        for row, track in zip(aims, subset.tracks, strict=True):
            for genre, weight in track.listener_genres.items():
                if weight >= LISTENER_WEIGHT and genre in subset.genres:
                    row[subset.genres.index(genre)] = 1.0
    return aims


def _mixed(
    first: NDArray[np.float32], second: NDArray[np.float32], share: float, *, multi_label: bool
) -> NDArray[np.float32]:
    if multi_label:
        return np.maximum(first, second)
    return np.asarray(share * first + (1.0 - share) * second, dtype=np.float32)
