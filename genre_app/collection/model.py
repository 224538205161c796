"""The model that came out, written as :mod:`genre_app.zoo` reads it, with its card."""

import hashlib
import json
import platform
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre_app import __version__, architectures, zoo
from genre_app.collection.result import Outcome, rows
from genre_app.collection.store import Collection
from genre_app.errors import ModelError, cannot_be_written
from genre_app.evaluation.models import summarise
from genre_app.evaluation.per_genre import confusion
from genre_app.files import packed, write_whole
from genre_app.genres import NAMES
from genre_app.gtzan import Subset
from genre_app.shipping import (
    LARGEST,
    certainty_shares,
    milliseconds_a_clip,
    parameters,
    weights_of,
)

__all__ = ["file_name", "write"]


def file_name(title: str, folder: Path) -> str:
    """Make the name of a model's folder out of what a person calls it.

    Parameters
    ----------
    folder : Path
        Where the models are.

    Raises
    ------
    ModelError
        It has no letter and no digit, it is the name of a model that comes with the project, was
        not made of classes or is called otherwise (another training under the same name may take
        its place only), or another model is called the same on screen.
    """
    name, older = zoo.folder_name(title), zoo.called(title, folder)
    again = older is not None and "collection" in zoo.card(older, folder)
    if older is not None and again:
        # One that was renamed lies in the folder that was made of its first title.
        name = older
    if name in zoo.names(zoo.FOLDER):
        raise ModelError(f"'{name}' comes with the project. Choose another name.")
    # One that is damaged may be replaced.
    if not again and name in zoo.readable(folder):
        raise ModelError(f"There is a model '{name}' already. Choose another name.")
    zoo.check_title(title, folder, but=name)
    return name


def write(
    outcome: Outcome, collection: Collection, subset: Subset, *, title: str, folder: Path
) -> dict[str, Any]:
    """Write a model as :func:`genre_app.zoo.load` reads it; an older one is replaced whole.

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
        The name cannot be used, the weights are too large to keep, the disk is full, or the
        folder may not be written to. An older one stays then.
    """
    name = file_name(title, folder)
    kind = architectures.get(outcome.architecture)
    weights = weights_of(outcome.network, trees=kind.trees)
    if len(weights) > 20 * LARGEST:
        raise ModelError("This network is too large to be kept. Choose a smaller architecture.")
    card = _card(name, title, outcome, collection, weights)
    card["milliseconds_a_clip"] = milliseconds_a_clip(outcome.network, kind, subset)
    files = {
        "model.npz" if kind.trees else "model.keras": weights,
        "familiarity.npz": packed(outcome.familiarity.arrays()),
        "evaluation.npz": packed(_evaluation(outcome)),
        "card.json": (json.dumps(card, indent=1) + "\n").encode(),
    }
    try:
        _replace(folder / name, files)
    except OSError as error:
        raise ModelError(cannot_be_written(f"The model '{name}'", error)) from error
    return card


def _replace(target: Path, files: Mapping[str, bytes]) -> None:
    """Write a folder beside the older one, and only then put it in its place."""
    part, older = (target.with_name(f".{target.name}.{end}") for end in ("part", "older"))
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir(parents=True)
        for name, content in files.items():
            write_whole(part / name, content)
    except OSError:
        shutil.rmtree(part, ignore_errors=True)
        raise
    shutil.rmtree(older, ignore_errors=True)
    if target.exists():
        target.rename(older)
    part.rename(target)
    shutil.rmtree(older, ignore_errors=True)


def _card(
    name: str, title: str, outcome: Outcome, collection: Collection, weights: bytes
) -> dict[str, Any]:
    import keras

    kind = architectures.get(outcome.architecture)
    figures = summarise(
        outcome.probabilities["test"],
        outcome.test.labels,
        outcome.genres,
        groups=outcome.test.artists,
    )
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
        "pieces": outcome.pieces,
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
