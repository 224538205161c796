"""Which of a model's networks have not heard a clip: only they can say how it does on new music.

A clip is known by its music, not by its name: a track of the bundled subset under another
name is that track all the same, and what merely has its name is not. The clip's log-mel
is compared with those of all tracks, each band without its mean. Of a hundred Opus files that
were tried each correlates with its own track by 0.94 or more, and with other recordings by 0.59
at most; as mp3 at 64 kbit/s the worst of twenty still has 0.68. Only 30 seconds are compared
with 30 seconds: a whole song, or another cut of it, is not found.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genre_app.audio import SAMPLE_RATE
from genre_app.errors import ModelError
from genre_app.gtzan import Subset
from genre_app.logmel import CLIP_COLUMNS, CLIP_SECONDS, log_mel
from genre_app.training.crossfit import divide

__all__ = ["learnt_by", "prints", "same_music", "who_has_not_heard"]

_SAME: Final = 0.65
"""Correlation from which on two clips are the same recording: see above."""

_BANDS: Final = 2
_COLUMNS: Final = 4
"""Every second band and every fourth column tell recordings apart as well as all of them."""

_LENGTH_S: Final = 2.0
"""By how much a clip may be longer or shorter than 30 seconds; the tracks are by up to 0.7."""


def prints(subset: Subset) -> NDArray[np.float32]:
    """Give what the tracks are known by.

    Returns
    -------
    ndarray of float32 [shape=(tracks, any)]
        Rows of length 1.
    """
    return _print(subset.cells)


def same_music(
    samples: NDArray[np.float32], known: NDArray[np.float32], subset: Subset
) -> list[int]:
    """Find the tracks that are the same recording as a clip.

    Parameters
    ----------
    samples : ndarray of float32 [shape=(n,)]
        Of the clip, at 22,050 Hz.
    known : ndarray of float32 [shape=(tracks, any)]
        As :func:`prints` gives it.
    subset : Subset

    Returns
    -------
    list of int
        Their positions, the most alike first. Some recordings stand in the subset twice; as
        other seconds may be cut from these, the subset's table has its say too.
    """
    if abs(len(samples) / SAMPLE_RATE - CLIP_SECONDS) > _LENGTH_S:
        return []
    alike = known @ _print(log_mel(samples, columns=CLIP_COLUMNS).to_bytes())
    found = np.argsort(-alike)[: int((alike >= _SAME).sum())].tolist()
    groups = {subset.tracks[position].repetition_group for position in found} - {""}
    more = [
        position
        for position, track in enumerate(subset.tracks)
        if track.repetition_group in groups and position not in found
    ]
    return [*found, *more]


def learnt_by(
    subset: Subset, *, folds: int, left_out: Sequence[str] = ()
) -> tuple[frozenset[int], ...]:
    """Say from which tracks each network of a shipped model has learnt.

    Parameters
    ----------
    subset : Subset
    folds : int
        Of the model's recipe; below 2 it is one network, which learns from ``train``.
    left_out : sequence of str
        The tracks that were kept from a network, network by network, as the model's
        evaluation lists them.

    Returns
    -------
    tuple of frozenset of int
        Positions, one set a network.

    Raises
    ------
    ModelError
        The parts are divided otherwise now than when the model was trained.
    """
    train, valid = (subset.part("artist", part) for part in ("train", "valid"))
    if folds < 2:
        return (frozenset(train.tolist()),)
    learnt = np.sort(np.concatenate([train, valid]))
    parts = divide(subset, learnt, folds)
    kept_from = [learnt[parts == number].tolist() for number in range(folds)]
    if [subset.tracks[i].name for part in kept_from for i in part] != list(left_out):
        raise ModelError(
            "What each network of this model has heard cannot be told: its evaluation lists the "
            "tracks in another order than they are divided in now. Train it again."
        )
    return tuple(frozenset(learnt.tolist()) - frozenset(part) for part in kept_from)


def who_has_not_heard(
    same: Sequence[int], learnt: Sequence[frozenset[int]]
) -> tuple[tuple[int, ...], bool]:
    """Say which networks have not learnt from a clip, and whether any has.

    Parameters
    ----------
    same : sequence of int
        The tracks that are the clip.
    learnt : sequence of frozenset of int
        As :func:`learnt_by` gives it.

    Returns
    -------
    networks : tuple of int
        All of them for new music; of several, the one that left out a track that the others
        learnt from.
    learnt : bool
    """
    networks = tuple(number for number, its in enumerate(learnt) if its.isdisjoint(same))
    return networks, len(networks) < len(learnt)


def _print(cells: NDArray[np.uint8]) -> NDArray[np.float32]:
    few = cells[..., ::_BANDS, ::_COLUMNS].astype(np.float32)
    few -= few.mean(axis=-1, keepdims=True)
    rows = few.reshape(*few.shape[:-2], -1)
    length = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.maximum(length, np.float32(1e-9)))
