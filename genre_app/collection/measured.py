"""A labelled folder or zip file as a test: what a model says of somebody's own songs.

The folder's name is the label. Folders that a model has no genre for are left out and
listed: it could not be right about them. A song counts once, however long it is; its
answer is the blend of :func:`genre_app.reading.read`, as on the page Listen.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre_app import isolated, zoo
from genre_app.collection.source import Member, Skipped, Source, legible, shown, sorted_into_classes
from genre_app.errors import ArchiveError, AudioError, CollectionError
from genre_app.evaluation.models import Stored, summarise
from genre_app.evaluation.per_genre import confusion
from genre_app.genres import name_of
from genre_app.reading import read
from genre_app.wording import Noted

__all__ = ["OwnTest", "measure_source"]


@dataclass(frozen=True)
class OwnTest:
    """What a model said of labelled songs.

    Attributes
    ----------
    model : str
    found : Stored
        Its tracks are the paths of the files.
    figures : dict
        As on a card, with 95 % intervals.
    skipped : tuple of Skipped
        What was left out, and why.
    noted : tuple of Noted
        Songs that were read only in part, or with damage.
    """

    model: str
    found: Stored
    figures: dict[str, Any]
    skipped: tuple[Skipped, ...]
    noted: tuple[Noted, ...] = ()


def measure_source(
    source: Source, model: str, *, progress: Callable[[float], None] | None = None
) -> OwnTest:
    """Read all songs of an archive or a folder with one model, and count.

    Parameters
    ----------
    source : Source
        A folder for each genre.
    model : str
        A name out of :func:`genre_app.zoo.names`.
    progress : callable, optional
        Told the share that is done, 0 to 1; what it raises stops the reading.

    Raises
    ------
    CollectionError
        No folder is named like one of the model's genres, or none of its songs can be read.
    ModelError
        The model is unknown or damaged.
    """
    genres = zoo.load(model).genres
    wanted, skipped = _labelled(source, genres)
    tell = progress or (lambda share: None)
    labels: list[int] = []
    answers: list[NDArray[np.float64]] = []
    tracks: list[str] = []
    noted: list[Noted] = []
    known: dict[str, str] = {}
    for done, (member, label) in enumerate(wanted):
        tell(done / len(wanted))
        try:
            data = source.read(member)
            sha256 = hashlib.sha256(data).hexdigest()
            if sha256 in known:
                reason = f"it is the same file as {known[sha256]}"
                skipped.append(Skipped(shown(member.path), reason))
                continue
            known[sha256] = shown(member.path)
            recording = isolated.load(data, name=member.name)
            reading = read(recording, model=model)
        except (ArchiveError, AudioError) as error:
            skipped.append(Skipped(shown(member.path), str(error)))
            continue
        tracks.append(legible(member.path))
        labels.append(label)
        answers.append(reading.blend)
        if recording.notes:
            noted.append(Noted(tracks[-1], recording.notes, recording.truncated))
    tell(1.0)
    if not tracks:
        raise CollectionError("None of these songs can be read: " + _first_reason(skipped))
    return replace(_counted(model, genres, tracks, labels, answers, skipped), noted=tuple(noted))


def _labelled(
    source: Source, genres: tuple[str, ...]
) -> tuple[list[tuple[Member, int]], list[Skipped]]:
    names = {_plain(name_of(genre)): place for place, genre in enumerate(genres)}
    names |= {_plain(genre): place for place, genre in enumerate(genres)}
    classes, outside = sorted_into_classes(source.members)
    skipped = [*source.skipped, *outside]
    wanted = []
    for folder, members in classes.items():
        place = names.get(_plain(folder))
        if place is None:
            reason = f"the model knows no genre '{shown(folder)}'"
            skipped += [Skipped(shown(member.path), reason) for member in members]
        else:
            wanted += [(member, place) for member in members]
    if not wanted:
        known = ", ".join(map(name_of, genres))
        raise CollectionError(
            "No folder in it is named like one of the model's genres and holds music. "
            f"Name a folder for each genre and put its songs inside. The model knows: {known}."
        )
    return wanted, skipped


def _plain(name: str) -> str:
    """Leave out what people spell differently: Hip-Hop, hip hop, hiphop."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _first_reason(skipped: list[Skipped]) -> str:
    return f"{skipped[0].name}: {skipped[0].reason}" if skipped else "there are none"


def _counted(
    model: str,
    genres: tuple[str, ...],
    tracks: list[str],
    labels: list[int],
    answers: list[NDArray[np.float64]],
    skipped: list[Skipped],
) -> OwnTest:
    true, said = np.array(labels, dtype=np.intp), np.stack(answers)
    found = Stored(
        tracks=tuple(tracks),
        labels=true,
        probabilities=said,
        valid_tracks=(),
        valid_labels=np.zeros(0, dtype=np.intp),
        valid_probabilities=np.zeros((0, len(genres))),
        confusion=confusion(said, true),
        curves={},
        scores=None,
        valid_scores=None,
    )
    return OwnTest(model, found, summarise(said, true, genres), tuple(skipped))
