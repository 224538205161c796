"""Proof that bars mean shares: mixes of tracks that no model has learnt from.

Two test tracks of different genres are added at a known share, then the bars are
compared with it. What a timeline makes of a cut: :mod:`genre_app.evaluation.splices`.

Conventions
-----------
- A mix is made in the power domain of the log-mels. Both tracks first get the
  same mean power, so a share of 0.25 is a quarter of the mix's power. That is
  equal energy, not equal loudness to the ear: no A-weighting. Where the phases
  of two sounds are unrelated, as they are here, powers add on average, so a mix
  of log-mels is near to what a mix of the audio would give.
- A label stands for a track that may itself be a blend: an error of zero is
  nothing that a good model has. Figures here compare models with each other and
  with the answers that need no model.
- Intervals are 95 %, of a bootstrap over the artists of both tracks
  (:func:`.intervals.with_pairs`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app.evaluation.distances import rank_correlation
from genre_app.evaluation.intervals import Estimate, plain, with_pairs
from genre_app.gtzan import Subset
from genre_app.logmel import LogMel
from genre_app.training.augment import mix

__all__ = ["SHARES", "Mixes", "Predict", "divide", "draw_pairs", "mixed", "mixes"]

Predict = Callable[[Sequence[LogMel]], NDArray[np.floating]]
"""Gives the calibrated probabilities of each clip [shape=(clips, genres)]."""

SHARES: Final = (0.1, 0.25, 0.5, 0.75, 0.9)
"""Of the first track's power in the mix."""

_PAIRS_AT_ONCE: Final = 16
"""Pairs whose mixes are given to the model in one call: bounds the memory."""


@dataclass(frozen=True)
class Mixes:
    """How well bars follow the shares of a mix.

    Attributes
    ----------
    pairs : int
    shares : tuple of float
        True shares of the first track.
    share_error : Estimate
        Mean distance of ``p_A / (p_A + p_B)`` from the true share: how the two
        genres in question divide what both have.
    plain_error : Estimate
        Mean distance of ``p_A`` itself: what other genres get counts as an error.
    half_error, winner_error : float
        ``share_error`` of answers that know the two genres but hear no blend: always
        half and half; and, told which track has the larger share, all to that one, half
        and half where neither has.
    rank_mean, rank_median : Estimate
        Spearman's correlation over each pair's sweep of shares, 0 where the bars
        do not move: mean and median over pairs.
    both_first : Estimate
        Share of pairs whose two genres are the first two bars at half and half,
        without a tie.
    answers : tuple of Estimate
        Mean of ``p_A / (p_A + p_B)`` at each true share.
    apart_error, apart_both_first : Estimate
        ``share_error`` and ``both_first`` of the bars that the model gives the two songs
        heard one by one, added in the true shares. Who could part the sounds of a mix
        perfectly would have these: the errors are about the songs, not about mixing.
    """

    pairs: int
    shares: tuple[float, ...]
    share_error: Estimate
    plain_error: Estimate
    half_error: float
    winner_error: float
    rank_mean: Estimate
    rank_median: Estimate
    both_first: Estimate
    answers: tuple[Estimate, ...]
    apart_error: Estimate
    apart_both_first: Estimate

    def as_dict(self) -> dict[str, Any]:
        """Give it ready for JSON."""
        return dict(plain(self))


def draw_pairs(
    labels: NDArray[np.integer],
    positions: NDArray[np.integer],
    *,
    pairs: int,
    seed: int = 0,
) -> NDArray[np.intp]:
    """Draw pairs of tracks of different genres.

    Parameters
    ----------
    labels : ndarray of int [shape=(tracks,)]
        Of the whole subset.
    positions : ndarray of int
        Tracks to draw from; each is a first one about equally often, the second
        one is any of another genre.

    Returns
    -------
    ndarray of int [shape=(pairs, 2)]

    Raises
    ------
    ValueError
        There are not two genres, or no pair is wanted.
    """
    if pairs < 1:
        raise ValueError("at least one pair is needed")
    if len(np.unique(labels[positions])) < 2:
        raise ValueError("pairs need tracks of at least two genres")
    chance = np.random.default_rng(seed)
    rounds = -(-pairs // len(positions))
    firsts = np.concatenate([chance.permutation(positions) for _ in range(rounds)])[:pairs]
    seconds = [chance.choice(positions[labels[positions] != labels[first]]) for first in firsts]
    return np.stack([firsts, np.array(seconds)], axis=1).astype(np.intp)


def mixed(first: LogMel, second: LogMel, share: float) -> LogMel:
    """Add two log-mels of equal mean power; ``share`` of the power is the first one's."""
    decibels = mix(first.decibels, second.decibels, share)
    return LogMel(decibels, decibels.max(axis=0))


def mixes(
    predict: Predict,
    subset: Subset,
    positions: NDArray[np.integer],
    *,
    pairs: int = 300,
    shares: Sequence[float] = SHARES,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> Mixes:
    """Mix pairs of tracks at known shares and compare the bars with them.

    Parameters
    ----------
    predict : Predict
        Its columns are the subset's genres.
    positions : ndarray of int
        Tracks to draw from: those of the test part.
    shares : sequence of float
        At least two, 0.5 among them.
    progress : callable, optional
        Told the share that is done, 0 to 1; what it raises stops the measuring.

    Raises
    ------
    ValueError
        There are not two genres, no pair is wanted, or the shares lack 0.5.
    """
    if 0.5 not in shares or len(shares) < 2:
        raise ValueError("shares need 0.5 and another")
    drawn = draw_pairs(subset.labels, positions, pairs=pairs, seed=seed)
    tracks, places = np.unique(drawn, return_inverse=True)
    total = len(tracks) + pairs * len(shares)
    tell = progress or (lambda share: None)
    alone, said = [], []
    for some in np.array_split(tracks, -(-len(tracks) // _PAIRS_AT_ONCE)):
        bars = predict([subset.log_mel(one) for one in some.tolist()])
        alone.append(np.asarray(bars, np.float64))
        tell(sum(map(len, alone)) / total)
    for start in range(0, pairs, _PAIRS_AT_ONCE):
        some = drawn[start : start + _PAIRS_AT_ONCE]
        clips = [
            mixed(first, second, share)
            for first, second in (map(subset.log_mel, pair) for pair in some.tolist())
            for share in shares
        ]
        said.append(np.asarray(predict(clips), np.float64).reshape(len(some), len(shares), -1))
        tell((len(tracks) + (start + len(some)) * len(shares)) / total)
    return _compare(
        np.concatenate(said),
        np.concatenate(alone)[places.reshape(drawn.shape)],
        subset.labels[drawn],
        np.asarray(shares, np.float64),
        (subset.artists(drawn[:, 0]), subset.artists(drawn[:, 1])),
    )


def divide(first: NDArray[np.floating], second: NDArray[np.floating]) -> NDArray[np.float64]:
    """Say how two genres divide what both have: ``p_A / (p_A + p_B)``, elementwise."""
    both = first + second
    # Where neither genre has anything the bars say nothing of their shares.
    return np.asarray(np.where(both > 0, first / np.where(both > 0, both, 1.0), 0.5))


def _compare(
    said: NDArray[np.float64],
    alone: NDArray[np.float64],
    genres: NDArray[np.intp],
    shares: NDArray[np.float64],
    artists: tuple[Sequence[str], Sequence[str]],
) -> Mixes:
    """Compare bars with true shares.

    Parameters
    ----------
    said : ndarray of float64 [shape=(pairs, shares, genres)]
        Of the mixes.
    alone : ndarray of float64 [shape=(pairs, 2, genres)]
        Of the two songs.
    genres : ndarray of int [shape=(pairs, 2)]
    shares : ndarray of float64 [shape=(shares,)]
        Of the first song.
    artists : (sequence of str, sequence of str)
        Of the first and the second song of each pair.
    """
    estimate = partial(with_pairs, first=artists[0], second=artists[1])
    weights = np.stack([shares, 1.0 - shares], axis=1)
    half = int(np.flatnonzero(shares == 0.5)[0])
    (first, ratio, leading), (_, apart, apart_leading) = (
        _of_pairs(bars, genres, half) for bars in (said, weights @ alone)
    )
    ranks = rank_correlation(ratio, np.tile(shares, (len(said), 1)))
    winner = np.where(shares == 0.5, 0.5, np.where(shares > 0.5, 1.0, 0.0))
    return Mixes(
        pairs=len(said),
        shares=tuple(shares.tolist()),
        share_error=estimate(np.abs(ratio - shares).mean(axis=1)),
        plain_error=estimate(np.abs(first - shares).mean(axis=1)),
        half_error=float(np.abs(0.5 - shares).mean()),
        winner_error=float(np.abs(winner - shares).mean()),
        rank_mean=estimate(ranks),
        rank_median=estimate(ranks, statistic="median"),
        both_first=estimate(leading),
        answers=tuple(estimate(column) for column in ratio.T),
        apart_error=estimate(np.abs(apart - shares).mean(axis=1)),
        apart_both_first=estimate(apart_leading),
    )


def _of_pairs(
    bars: NDArray[np.float64], genres: NDArray[np.intp], half: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Give the first genre's bar, how both divide theirs, and 1 where both lead at half and half.

    Parameters
    ----------
    bars : ndarray of float64 [shape=(pairs, shares, genres)]
    genres : ndarray of int [shape=(pairs, 2)]
    half : int
        Which of the shares is 0.5.

    Returns
    -------
    tuple of ndarray of float64 [shape=(pairs, shares), (pairs, shares), (pairs,)]
    """
    rows = np.arange(len(bars))
    first, second = bars[rows, :, genres[:, 0]], bars[rows, :, genres[:, 1]]
    rest = bars[:, half].copy()
    np.put_along_axis(rest, genres, -np.inf, axis=1)
    leading = np.minimum(first, second)[:, half] > rest.max(axis=1, initial=-np.inf)
    return first, divide(first, second), leading.astype(np.float64)
