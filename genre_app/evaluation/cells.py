"""The tracks behind a cell of a confusion matrix, and two models on the same tracks.

Conventions
-----------
Labels and answers are positions in the genres, as in
:class:`genre_app.evaluation.models.Stored`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genre_app.errors import ModelError
from genre_app.evaluation.models import Measure, Stored
from genre_app.evaluation.words import joined, name_of, numbered, percent
from genre_app.genres import GENRES, NAMES
from genre_app.gtzan import Track

__all__ = [
    "Pair",
    "cell_sentence",
    "difference_sentence",
    "faults",
    "in_cell",
    "listeners_say",
    "paired",
    "position",
    "voices",
]


@dataclass(frozen=True, eq=False)
class Pair:
    """Two models' answers on the tracks that both were tested on.

    Attributes
    ----------
    tracks : tuple of str
    labels, first, second : ndarray of int [shape=(tracks,)]
    difference : ndarray of int [shape=(genres, genres)]
        Confusions of the first minus those of the second, on these tracks.
    """

    tracks: tuple[str, ...]
    labels: NDArray[np.intp]
    first: NDArray[np.intp]
    second: NDArray[np.intp]
    difference: NDArray[np.intp]


def in_cell(found: Stored, label: int, answer: int) -> NDArray[np.intp]:
    """Give the rows of the tracks with a label that got an answer, the surest answers first."""
    (rows,) = np.nonzero((found.labels == label) & (found.probabilities.argmax(axis=1) == answer))
    order = np.argsort(-found.probabilities[rows, answer], kind="stable")
    return np.asarray(rows[order], dtype=np.intp)


def position(found: Stored, track: str) -> int | None:
    """Give the row of a track; ``None`` where it is no test track."""
    return found.tracks.index(track) if track in found.tracks else None


def paired(
    first: Stored,
    second: Stored,
    *,
    genres: Sequence[str] = GENRES,
    others: Sequence[str] = GENRES,
) -> Pair:
    """Put two models' answers side by side.

    Parameters
    ----------
    genres, others : sequence of str
        What the first model knows, and what the second does, in their order.

    Raises
    ------
    ModelError
        They have no test track in common, or do not know the same genres.
    """
    as_many = first.probabilities.shape[1] == second.probabilities.shape[1]
    if tuple(genres) != tuple(others) or not as_many:
        raise ModelError("These models know different genres: they cannot be compared.")
    rows = {track: row for row, track in enumerate(second.tracks)}
    tracks = [track for track in first.tracks if track in rows]
    if not tracks:
        raise ModelError("These models were not tested on the same tracks.")
    keep = np.isin(np.array(first.tracks), tracks)
    labels = first.labels[keep]
    one = first.probabilities[keep].argmax(axis=1)
    two = second.probabilities[[rows[track] for track in tracks]].argmax(axis=1)
    counts = np.zeros((2, *first.confusion.shape), dtype=np.intp)
    np.add.at(counts[0], (labels, one), 1)
    np.add.at(counts[1], (labels, two), 1)
    return Pair(tuple(tracks), labels, one, two, counts[0] - counts[1])


def voices(models: Mapping[str, Stored]) -> dict[str, Stored]:
    """Keep the models that were tested on the commonest set of tracks, in the same order."""
    groups: dict[tuple[str, ...], dict[str, Stored]] = {}
    for name, found in models.items():
        key = (*found.tracks, str(found.probabilities.shape[1]))
        groups.setdefault(key, {})[name] = found
    return max(groups.values(), key=len) if groups else {}


def faults(track: Track, tracks: Sequence[Track], protocol: Measure) -> str:
    """Say what is known to be wrong with a track; empty where nothing is."""
    found = []
    if not track.genre:
        return ""  # A song from elsewhere: nobody has looked at it.
    if track.repetition_group:
        twins = [
            one for one in tracks if one.repetition_group == track.repetition_group and one != track
        ]
        names = joined([_with_part(one, protocol) for one in twins])
        found.append(f"the same recording as {names}" if names else "one of a repeated recording")
    if not track.artist:
        found.append("nobody has identified it")
    if not track.artist_split:
        found.append("left out of the fault-filtered split")
    text = "; ".join(found)
    return text[:1].upper() + text[1:]


def _with_part(track: Track, protocol: Measure) -> str:
    part = track.artist_split if protocol == "artist" else track.random_split
    where = {"train": " (in training)", "valid": " (in validation)", "test": " (in test)"}
    return track.name + where.get(part, "")


def listeners_say(track: Track, *, limit: int = 4) -> str:
    """Say how listeners tag the artist; empty where nobody knows."""
    pairs = sorted(track.listener_genres.items(), key=lambda pair: -pair[1])[:limit]
    return ", ".join(
        f"{NAMES.get(genre, genre).lower()} {percent(share)}" for genre, share in pairs
    )


def cell_sentence(
    counts: NDArray[np.integer], label: int, answer: int, *, genres: Sequence[str] = GENRES
) -> str:
    """Say what a cell of the matrix counts."""
    number, total = int(counts[label, answer]), int(counts[label].sum())
    true, said = name_of(label, genres), name_of(answer, genres)
    back = int(counts[answer, label])
    are = "is" if number == 1 else "are"
    if label == answer:
        return f"{number} of the {total} {true} tracks {are} called {true}, as the label says."
    other = f"the other way round, {said} called {true}, it is {back} of {counts[answer].sum()}"
    return f"{number} of the {total} {true} tracks {are} called {said}; {other}."


def difference_sentence(
    found: Pair, first: str, second: str, *, genres: Sequence[str] = GENRES
) -> str:
    """Say where two models differ the most."""
    change = np.diagonal(found.difference)
    if not found.difference.any():
        return f"{first} and {second} have the same confusion matrix."
    parts = []
    for place, (name, sign) in ((change.argmax(), (first, 1)), (change.argmin(), (second, -1))):
        gain = sign * int(change[place])
        if gain > 0:
            more = numbered(gain, "track")
            parts.append(f"{name} finds {more} of {name_of(int(place), genres)} more")
    if not parts:
        return f"{first} and {second} find as many of every genre, but mistake others."
    return f"Of {len(found.tracks)} tracks, {joined(parts)} than the other."
