"""What came out: figures before and after, on songs that were held back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app import calibration
from genre_app.evaluation.compare import McNemar, mcnemar
from genre_app.evaluation.intervals import Estimate, share_by_group
from genre_app.familiarity import Familiarity, Look
from genre_app.genres import NAMES

__all__ = ["Asked", "Outcome", "Row", "calibrated", "message", "rows"]

_LOST: Final = 0.03
"""Share of the old genres' songs whose loss is worth a warning."""


@dataclass(frozen=True, eq=False)
class Asked:
    """Songs that a network was asked about, and what it said.

    Attributes
    ----------
    names : tuple of str
    labels : ndarray of int [shape=(songs,)]
    logits : tuple of ndarray [shape=(windows, genres)]
        One array a song.
    looks : tuple of Look
        Only of those that were looked at; thresholds of ``outside`` come from them.
    artists : tuple of str or None
        Whose each song is, one of the user's own by itself; ``None``: all are.
    """

    names: tuple[str, ...]
    labels: NDArray[np.intp]
    logits: tuple[NDArray[np.floating], ...]
    looks: tuple[Look, ...]
    artists: tuple[str, ...] | None = None


@dataclass(frozen=True, eq=False)
class Outcome:
    """A trained network with everything that its card says.

    Attributes
    ----------
    network : keras.Model or Trees
    architecture : str
    genres, new : tuple of str
        All it knows, and those that came from the collection.
    base : str or None
        The title of the model that was added to; None: trained from scratch.
    familiarity : Familiarity
    temperature : float
    thresholds : dict of str to float
    pieces : list of dict
        Of the model that was added to: what else holds of a few seconds, beside whole songs.
    valid, test : Asked
    probabilities : dict of str to ndarray [shape=(songs, genres)]
        Of ``valid`` and ``test``, calibrated.
    before : ndarray [shape=(songs, old genres)] or None
        What the base said of the test songs.
    recipe : dict
    history : dict of str to list of float
    seconds : float
        Of the training, without the features.
    """

    network: Any
    architecture: str
    genres: tuple[str, ...]
    new: tuple[str, ...]
    base: str | None
    familiarity: Familiarity
    temperature: float
    thresholds: dict[str, float]
    pieces: list[dict[str, float]]
    valid: Asked
    test: Asked
    probabilities: dict[str, NDArray[np.float64]]
    before: NDArray[np.float64] | None
    recipe: dict[str, Any]
    history: dict[str, list[float]]
    seconds: float


@dataclass(frozen=True)
class Row:
    """One line of the table before and after.

    Attributes
    ----------
    title : str
    songs : int
        That were held back and asked about.
    before, after : Estimate or None
        Share that was named rightly; None where the genre was not known. Of all genres
        together the intervals are drawn by artist where the bundled tracks are among them,
        of a single one Wilson's, as if each song were by another artist.
    """

    title: str
    songs: int
    before: Estimate | None
    after: Estimate


def calibrated(
    valid: Asked, test: Asked
) -> tuple[float, dict[str, float], dict[str, NDArray[np.float64]]]:
    """Fit temperature and thresholds on validation; give both parts' probabilities."""
    temperature = calibration.fit_temperature(valid.logits, valid.labels)
    probabilities = {
        part: calibration.track_probabilities(asked.logits, temperature)
        for part, asked in (("valid", valid), ("test", test))
    }
    thresholds = calibration.certainty_thresholds(
        probabilities["valid"],
        valid.labels,
        valid.looks,
    )
    return temperature, thresholds, probabilities


def rows(outcome: Outcome) -> list[Row]:
    """Give the table: the genres that were known together, then each genre by itself."""
    labels, said = outcome.test.labels, outcome.probabilities["test"].argmax(axis=1)
    right, artists = said == labels, outcome.test.artists
    fresh = np.isin(labels, [outcome.genres.index(genre) for genre in outcome.new])
    found = []
    if outcome.before is not None:
        then = outcome.before.argmax(axis=1) == labels
        found.append(_row("All genres it knew", ~fresh, then, right, artists))
    else:
        then = None
        found.append(_row("All classes", np.ones(len(labels), dtype=bool), None, right))
    order = [*outcome.new, *(genre for genre in outcome.genres if genre not in outcome.new)]
    for genre in order:
        mine = labels == outcome.genres.index(genre)
        known = None if genre in outcome.new else then
        found.append(_row(NAMES.get(genre, genre), mine, known, right))
    return found


def _row(
    title: str,
    mine: NDArray[np.bool_],
    then: NDArray[np.bool_] | None,
    now: NDArray[np.bool_],
    artists: tuple[str, ...] | None = None,
) -> Row:
    whose = None if artists is None else np.array(artists)[mine].tolist()
    before = None if then is None else share_by_group(then[mine], whose)
    return Row(title, int(mine.sum()), before, share_by_group(now[mine], whose))


def message(outcome: Outcome) -> str:
    """Say in two sentences what was won and what was lost."""
    table = rows(outcome)
    first, own = table[0], table[1 : 1 + len(outcome.new)]
    told = [
        f"{row.title}: {round(row.after.value * row.songs)} of {row.songs} songs that were kept "
        f"back are named rightly (95 % interval {row.after.low:.0%} to {row.after.high:.0%})"
        for row in own
    ]
    few = " So few songs say little: add more to know better." if _few(own) else ""
    text = "; ".join(told) + "." + few
    if outcome.base is None or first.before is None:
        return (
            f"{first.after.value:.0%} of {first.songs} songs that were kept back are named rightly "
            f"(95 % interval {first.after.low:.0%} to {first.after.high:.0%}).{few}"
        )
    lost = first.before.value - first.after.value
    test = _against_before(outcome)
    taken = int(
        np.isin(
            outcome.probabilities["test"].argmax(axis=1)[_old(outcome)],
            [outcome.genres.index(genre) for genre in outcome.new],
        ).sum()
    )
    text += (
        f" On the {first.songs} test tracks of the genres it knew: {first.before.value:.1%} "
        f"before, {first.after.value:.1%} after ({test.only_first} lost, {test.only_second} won); "
        f"{taken} are now called by a new name."
    )
    if lost > _LOST:
        text += " That is a real loss: the new class sounds much like music the model knew."
    return text


def _few(own: Sequence[Row]) -> bool:
    return any(row.songs < 10 for row in own)


def _old(outcome: Outcome) -> NDArray[np.bool_]:
    return ~np.isin(outcome.test.labels, [outcome.genres.index(genre) for genre in outcome.new])


def _against_before(outcome: Outcome) -> McNemar:
    assert outcome.before is not None  # noqa: S101  # For the type checker.
    old, labels = _old(outcome), outcome.test.labels
    return mcnemar(
        outcome.before.argmax(axis=1)[old],
        outcome.probabilities["test"].argmax(axis=1)[old],
        labels[old],
    )
