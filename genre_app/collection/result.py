"""What came out: figures before and after on songs that were held back, and the model on disk."""

import hashlib
import json
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app import __version__, architectures, calibration, zoo
from genre_app.collection.store import Collection
from genre_app.errors import ModelError
from genre_app.evaluation.compare import McNemar, mcnemar
from genre_app.evaluation.intervals import Estimate, share
from genre_app.evaluation.models import summarise
from genre_app.evaluation.per_genre import confusion
from genre_app.familiarity import Familiarity, Look
from genre_app.genres import NAMES
from genre_app.gtzan import Subset
from genre_app.shipping import (
    LARGEST,
    certainty_shares,
    milliseconds_a_clip,
    packed,
    parameters,
    weights_of,
    write_whole,
)

__all__ = ["Asked", "Outcome", "Row", "calibrated", "file_name", "message", "rows", "write"]

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
    """

    names: tuple[str, ...]
    labels: NDArray[np.intp]
    logits: tuple[NDArray[np.floating], ...]
    looks: tuple[Look, ...]


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
        Share that was named rightly; None where the genre was not known.
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
        np.array([look.novelty for look in valid.looks]),
        np.array([look.structure for look in valid.looks]),
    )
    return temperature, thresholds, probabilities


def rows(outcome: Outcome) -> list[Row]:
    """Give the table: the genres that were known together, then each genre by itself."""
    labels, said = outcome.test.labels, outcome.probabilities["test"].argmax(axis=1)
    right = said == labels
    fresh = np.isin(labels, [outcome.genres.index(genre) for genre in outcome.new])
    found = []
    if outcome.before is not None:
        then = outcome.before.argmax(axis=1) == labels
        found.append(_row("All genres it knew", ~fresh, then, right))
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
) -> Row:
    count = int(mine.sum())
    before = None if then is None else share(int(then[mine].sum()), count)
    return Row(title, count, before, share(int(now[mine].sum()), count))


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


def file_name(title: str) -> str:
    """Make the name of a model's folder out of what a person calls it.

    Raises
    ------
    ModelError
        Nothing is left, or it is the name of a model that comes with the project.
    """
    name = re.sub(r"[^a-z0-9]+", "-", title.casefold()).strip("-")[:40].strip("-")
    if not name:
        raise ModelError("A model needs a name of letters and digits, such as: my-class.")
    if name in zoo.names():
        raise ModelError(f"'{name}' comes with the project. Choose another name.")
    return name


def write(
    outcome: Outcome, collection: Collection, subset: Subset, *, title: str, folder: Path
) -> dict[str, Any]:
    """Write a model as :func:`genre_app.zoo.load` reads it; an older one is replaced.

    Parameters
    ----------
    subset : Subset
        A few of its tracks are read to measure the time.
    title : str
        What a person calls it; the folder's name is made of it.
    folder : Path
        Of the user's models.

    Returns
    -------
    dict
        The card.

    Raises
    ------
    ModelError
        The name cannot be used, or the weights are too large to keep.
    """
    name = file_name(title)
    kind = architectures.get(outcome.architecture)
    weights = weights_of(outcome.network, trees=kind.trees)
    if len(weights) > 20 * LARGEST:
        raise ModelError("This network is too large to be kept. Choose a smaller architecture.")
    card = _card(name, title, outcome, collection, weights)
    card["milliseconds_a_clip"] = milliseconds_a_clip(outcome.network, kind, subset)
    target = folder / name
    target.mkdir(parents=True, exist_ok=True)
    # The card last: without it there is no model.
    for file in ("card.json", "model.keras", "model.npz"):
        (target / file).unlink(missing_ok=True)
    write_whole(target / ("model.npz" if kind.trees else "model.keras"), weights)
    write_whole(target / "familiarity.npz", packed(outcome.familiarity.arrays()))
    write_whole(target / "evaluation.npz", packed(_evaluation(outcome)))
    write_whole(target / "card.json", (json.dumps(card, indent=1) + "\n").encode())
    return card


def _card(
    name: str, title: str, outcome: Outcome, collection: Collection, weights: bytes
) -> dict[str, Any]:
    import keras

    kind = architectures.get(outcome.architecture)
    figures = summarise(outcome.probabilities["test"], outcome.test.labels, outcome.genres)
    mine = [song for song in collection.songs if song.genre in outcome.new]
    classes = ", ".join(NAMES.get(genre, genre) for genre in outcome.new)
    how = (
        f"{outcome.base} with {classes} added to what it knew."
        if outcome.base
        else f"{kind.title}, trained from scratch on {classes}."
    )
    before_after = [
        {
            "genre": row.title,
            "songs": row.songs,
            "before": row.before.as_dict() if row.before else None,
            "after": row.after.as_dict(),
        }
        for row in rows(outcome)
    ]
    return {
        "name": name,
        "title": title,
        "architecture": kind.name,
        "summary": f"{how} {kind.summary}",
        "report": kind.report,
        "section": kind.section,
        "claim": asdict(kind.claim) if kind.claim else None,
        "genres": list(outcome.genres),
        "parameters": parameters(outcome.network),
        "window_s": kind.window_s,
        "hop_s": kind.hop_s,
        "data": f"{len(mine)} songs of the collection '{collection.name}'"
        + (", beside 999 log-mels of GTZAN" if outcome.base else ""),
        "recipe": outcome.recipe,
        "temperature": outcome.temperature,
        "thresholds": outcome.thresholds,
        "certainty_on_test": certainty_shares(
            outcome.probabilities["test"],
            outcome.test.labels,
            outcome.test.looks,
            outcome.thresholds,
            outcome.genres,
        ),
        "protocols": {
            _protocol(outcome): figures
            | {"seeds": [figures["accuracy"]], "mean_of_seeds": figures["accuracy"]}
        },
        "before_after": before_after,
        "collection": {
            "name": collection.name,
            "new": list(outcome.new),
            "base": outcome.base,
            "songs": [
                {"name": song.name, "genre": song.genre, "part": song.part, "sha256": song.sha256}
                for song in mine
            ],
        },
        "training_seconds": round(outcome.seconds, 1),
        "limits": _limits(outcome),
        "versions": {
            "genre_app": __version__,
            "python": platform.python_version(),
            "keras": keras.version(),
            "numpy": np.__version__,
        },
        "sha256": hashlib.sha256(weights).hexdigest(),
    }


def _limits(outcome: Outcome) -> list[str]:
    found = [
        "Its songs were split by song, not by artist: songs by the same band on both sides make "
        "the figures of its own classes too good.",
        "It has learnt how the songs it was given sound, also how they were recorded; music of "
        "the same kind from elsewhere may not be found.",
        "A bar is the model's calibrated belief, not a proof of musical ancestry.",
    ]
    if outcome.base:
        found.append(
            "Only the rows of the new genres were learnt; all else is as in the model that was "
            "added to."
        )
    return found


def _protocol(outcome: Outcome) -> str:
    """Under which name figures are kept: only the bundled tracks are split by artist."""
    return "artist" if outcome.base else "songs"


def _evaluation(outcome: Outcome) -> Mapping[str, NDArray[Any]]:
    protocol = _protocol(outcome)
    arrays: dict[str, NDArray[Any]] = {}
    for part, asked in (("valid", outcome.valid), ("test", outcome.test)):
        start = protocol if part == "test" else f"{protocol}_{part}"
        arrays |= {
            f"{start}_tracks": np.array(asked.names),
            f"{start}_labels": asked.labels.astype(np.int16),
            f"{start}_probabilities": outcome.probabilities[part].astype(np.float32),
        }
    counts = confusion(outcome.probabilities["test"], outcome.test.labels)
    arrays[f"{protocol}_confusion"] = counts.astype(np.int32)
    for curve, values in outcome.history.items():
        arrays[f"{protocol}_history_{curve}"] = np.array(values, dtype=np.float32)
    return arrays
