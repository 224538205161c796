"""Whether bars agree with how people tag an artist.

The only graded truth about influence that there is for these tracks: the tags
that listeners of last.fm gave the artists (HetRec 2011).

Conventions
-----------
- A profile is the shares of the ten genres among an artist's tags. Tags outside
  the ten (soul, funk, folk, ...) are left out: no bar stands for them.
- An artist counts with at least 20 tag assignments on the ten genres, and once,
  however many tracks there are: their predictions are averaged.
- Tags are of the artist, not of the track; nobody's tags are a measurement.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app.evaluation.distances import jensen_shannon, rank_correlation
from genre_app.evaluation.intervals import Estimate, bootstrap, plain
from genre_app.gtzan import Subset, Track

__all__ = ["ASSIGNMENTS", "Agreement", "Listeners", "listeners", "profile"]

ASSIGNMENTS: Final = 20
"""Tags on the ten genres from which on an artist's profile says something."""


@dataclass(frozen=True)
class Agreement:
    """How near predictions are to listeners' profiles, means over artists.

    Attributes
    ----------
    divergence : Estimate
        Jensen-Shannon, base 2: 0 where both are the same, 1 where no genre is in
        both.
    rank : Estimate
        Spearman's correlation over the genres, 0 where all have the same.
    first_two : Estimate
        Of the listeners' first two genres, the share that is among the
        prediction's first two. Where genres tie with listeners any order counts,
        in the prediction the mean over all orders; an artist with one genre has
        one.
    beyond : Estimate
        The model's divergence minus this one, artist by artist: below zero the
        model is nearer. Zero for the model itself.
    """

    divergence: Estimate
    rank: Estimate
    first_two: Estimate
    beyond: Estimate


@dataclass(frozen=True)
class Listeners:
    """Agreement of a model, and of answers that need none, with listeners.

    Attributes
    ----------
    artists, tracks : int
    agreement : mapping of str to Agreement
        ``model``; ``uniform``: the same for every genre; ``label``: all to the
        genre on the label, which no model knows; ``usual``: the mean profile of
        the artists of the genre that the model names first, without those that stand
        in the test (that genre alone where there is none).
    usual_of : tuple of int
        Of how many artists each genre's usual profile is; empty on cards that do not say.
    """

    artists: int
    tracks: int
    agreement: Mapping[str, Agreement]
    usual_of: tuple[int, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Give it ready for JSON."""
        return dict(plain(self))


def profile(
    track: Track, genres: Sequence[str], *, least: int = ASSIGNMENTS
) -> NDArray[np.float64] | None:
    """Give the shares of the genres among the tags of a track's artist.

    Returns
    -------
    ndarray of float64 [shape=(genres,)] or None
        Sums to 1; ``None`` with fewer than ``least`` assignments on these genres.
    """
    shares = np.array([track.listener_genres.get(genre, 0.0) for genre in genres])
    # The shares are of all tags, and rounded: 20 of 25 may come out as 19.99.
    if not track.artist or shares.sum() * track.listener_count < max(least, 1) - 0.1:
        return None
    return np.asarray(shares / shares.sum())


def listeners(
    probabilities: NDArray[np.floating],
    subset: Subset,
    positions: NDArray[np.integer],
    training: NDArray[np.integer],
    *,
    least: int = ASSIGNMENTS,
) -> Listeners:
    """Compare predictions with listeners' profiles of the artists.

    Parameters
    ----------
    probabilities : ndarray of float [shape=(len(positions), genres)]
        Calibrated; columns are the subset's genres.
    positions, training : ndarray of int
        The test tracks that were predicted, and those that the usual profiles are learnt
        from. Artists of the test are left out of these: a baseline that knew their own
        tags would know the answer.

    Raises
    ------
    ValueError
        Shapes do not fit, or no artist has profile and tracks.
    """
    if probabilities.shape != (len(positions), len(subset.genres)):
        raise ValueError(f"{probabilities.shape} does not fit {len(positions)} tracks")
    truth, members = _profiles(subset, positions, least=least)
    if not truth:
        raise ValueError(f"no artist among these tracks has {least} tags on the genres")
    kinds = np.eye(len(subset.genres))
    wanted = np.stack(list(truth.values()))
    said = np.stack([probabilities[rows].mean(axis=0) for rows in members.values()])
    labels = subset.labels[positions]
    tested = set(subset.artists(positions))
    others = [one for one in training.tolist() if subset.tracks[one].by not in tested]
    usual, usual_of = _usual(subset, np.array(others, dtype=np.intp), least=least)
    answers = {
        "model": said,
        "uniform": np.full_like(said, 1 / len(kinds)),
        "label": np.stack([kinds[labels[rows]].mean(axis=0) for rows in members.values()]),
        "usual": usual[said.argmax(axis=1)],
    }
    own = jensen_shannon(said, wanted)
    return Listeners(
        artists=len(truth),
        tracks=sum(map(len, members.values())),
        agreement={name: _agreement(given, wanted, own) for name, given in answers.items()},
        usual_of=usual_of,
    )


def _profiles(
    subset: Subset, positions: NDArray[np.integer], *, least: int
) -> tuple[dict[str, NDArray[np.float64]], dict[str, list[int]]]:
    """Give each artist's profile, and the rows of ``positions`` that are the artist's."""
    truth: dict[str, NDArray[np.float64]] = {}
    members: dict[str, list[int]] = {}
    for row, position in enumerate(positions.tolist()):
        track = subset.tracks[position]
        shares = profile(track, subset.genres, least=least)
        if shares is not None:
            truth[track.by] = shares
            members.setdefault(track.by, []).append(row)
    return truth, members


def _usual(
    subset: Subset, training: NDArray[np.integer], *, least: int
) -> tuple[NDArray[np.float64], tuple[int, ...]]:
    """Give the mean profile of each genre's artists [shape=(genres, genres)], and their number."""
    truth, members = _profiles(subset, training, least=least)
    of_genre: dict[int, list[NDArray[np.float64]]] = {}
    for artist, shares in truth.items():
        for label in set(subset.labels[training[members[artist]]].tolist()):
            of_genre.setdefault(label, []).append(shares)
    usual = np.eye(len(subset.genres))
    for label, profiles in of_genre.items():
        usual[label] = np.mean(profiles, axis=0)
    return usual, tuple(len(of_genre.get(label, ())) for label in range(len(usual)))


def _agreement(
    given: NDArray[np.float64], wanted: NDArray[np.float64], own: NDArray[np.float64]
) -> Agreement:
    divergence = jensen_shannon(given, wanted)
    return Agreement(
        divergence=bootstrap(divergence),
        rank=bootstrap(rank_correlation(given, wanted)),
        first_two=bootstrap(_first_two(given, wanted)),
        beyond=bootstrap(own - divergence),
    )


def _first_two(given: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give for each row how much of the wanted first two the given first two have."""
    found = []
    for row, truth in zip(given, wanted, strict=True):
        # A genre without tags is none of the listeners' first.
        truths = [{genre for genre in pair if truth[genre] > 0} for pair in _pairs(truth)]
        found.append(
            np.mean([max(len(pair & one) / len(one) for one in truths) for pair in _pairs(row)])
        )
    return np.array(found)


def _pairs(row: NDArray[np.float64]) -> list[set[int]]:
    """Give the first two genres: as many pairs as there are orders of those that tie."""
    values = np.round(row, 9)
    second = np.sort(values)[-2]
    above = set(np.flatnonzero(values > second).tolist())
    level = np.flatnonzero(values == second).tolist()
    return [above | set(chosen) for chosen in combinations(level, 2 - len(above))]
