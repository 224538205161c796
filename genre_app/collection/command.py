"""``train --data`` and ``evaluate --folder``: the same as on the pages, from the command line."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from genre_app import architectures, gtzan, zoo
from genre_app.collection.archive import Archive
from genre_app.collection.extend import extend
from genre_app.collection.gather import Gathered, add_source
from genre_app.collection.measured import measure_source
from genre_app.collection.model import file_name, write
from genre_app.collection.result import Outcome, message, rows
from genre_app.collection.scratch import scratch
from genre_app.collection.songs import class_name
from genre_app.collection.source import Folder, Source
from genre_app.collection.store import Collection, changing, free_name, save
from genre_app.evaluation import words
from genre_app.evaluation.stored_results import figures_of
from genre_app.places import home
from genre_app.wording import counted, noted_lines, print_json

__all__ = ["gather", "measure_own", "models_folder", "train_own"]


def models_folder() -> Path:
    """Give the folder of the models that users make."""
    return home() / "models"


def gather(place: Path, name: str, *, progress: Callable[[float], None] | None = None) -> Gathered:
    """Make a collection of a folder or a zip file on this machine."""
    with _opened(place) as source:
        return add_source(Collection(name), source, progress=progress)


@contextmanager
def _opened(place: Path) -> Iterator[Source]:
    """Open a folder, or a zip file."""
    if not place.is_file():
        yield Folder(place)
        return
    with Archive(place) as archive:
        yield archive


def train_own(
    place: Path,
    *,
    name: str,
    base: str | None = None,
    architecture: str = "statistics",
    seed: int = 0,
    epochs: int | None = None,
    folder: Path | None = None,
    tell: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Gather a folder, train on it or add it to a model, and keep both.

    Parameters
    ----------
    place : Path
        A folder, or a zip file, with a folder for each class.
    name : str
        Of the collection and the model. An older model of that name is replaced; an older
        collection stays, and the new one is kept with a number behind its name.
    base : str, optional
        The model that the classes are added to; without, a network is trained from
        scratch with ``architecture``.
    folder : Path, optional
        Where the model is written: by default among the user's models.
    tell : callable
        Told a sentence now and then.

    Returns
    -------
    dict
        The model's card.
    """
    # Before the work: what cannot be used is one error.
    target = folder or models_folder()
    file_name(name, target)
    _check_network(base, architecture)
    gathered = gather(place, class_name(name, what="collection"))
    for one in gathered.skipped:
        tell(f"  skipped {one.name}: {one.reason}")
    for line in noted_lines(gathered.noted):
        tell(f"  {line}")
    collection = gathered.collection
    for genre in collection.classes:
        songs = collection.of(genre)
        parts = ", ".join(
            f"{sum(song.part == part for song in songs)} {part}" for part in gtzan.PARTS
        )
        clips = counted(sum(len(song.cells) for song in songs), "clip")
        tell(f"  {genre}: {counted(len(songs), 'song')} ({parts}), {clips}")
    outcome = _train(collection, base, architecture, seed, epochs, tell)
    kept = _keep(collection, home() / "collections")
    if kept.name != collection.name:
        tell(f"There is a collection '{collection.name}' already: this one is '{kept.name}'.")
    card = write(outcome, kept, gtzan.load(), title=name, folder=target)
    tell(message(outcome))
    for row in rows(outcome):
        before = f"{row.before.value:.1%} -> " if row.before else ""
        tell(
            f"  {row.title:<20} {counted(row.songs, 'song'):>9}: {before}{row.after.value:.1%} "
            f"(95 % interval {row.after.low:.1%} to {row.after.high:.1%})"
        )
    tell(f"Kept as {target / card['name']}; to read songs with it: --model {card['name']}")
    return card


def _keep(collection: Collection, folder: Path) -> Collection:
    with changing:
        kept = Collection(free_name(collection.name, folder), collection.songs)
        save(kept, folder)
    return kept


def _check_network(base: str | None, architecture: str) -> None:
    """See that there is what is to be trained, or added to."""
    if base is None:
        architectures.get(architecture)
    elif not zoo.has_weights(base):
        zoo.load(base)  # It says why it cannot.


def _train(
    collection: Collection,
    base: str | None,
    architecture: str,
    seed: int,
    epochs: int | None,
    tell: Callable[[str], None],
) -> Outcome:
    if base is None:
        kind = architectures.get(architecture)
        recipe = replace(kind.recipe, seed=seed, epochs=epochs or kind.recipe.epochs)
        tell(f"Training {kind.title} from scratch ...")
        return scratch(collection, kind, recipe)
    tell(f"Adding to {zoo.card(base)['title']} (the first time takes a few minutes) ...")
    return extend(collection, zoo.load(base), gtzan.load(), cache=home() / "cache")


def measure_own(place: Path, model: str, *, as_json: bool = False) -> None:
    """Print what a model says of songs that lie in a folder for each genre.

    Parameters
    ----------
    place : Path
        The folder around these, or a zip file.

    Raises
    ------
    GenreAppError
        With a sentence for the person who asked.
    """
    with _opened(place) as source:
        found = measure_source(source, model)
    genres = zoo.card(model)["genres"]
    if as_json:
        rows = zip(found.found.tracks, found.found.probabilities, strict=True)
        songs = {name: dict(zip(genres, row.round(4).tolist(), strict=True)) for name, row in rows}
        about = {
            "model": model,
            "songs": songs,
            "left_out": {one.name: one.reason for one in found.skipped},
            "notes": {one.name: list(one.notes) for one in found.noted},
            "truncated": [one.name for one in found.noted if one.truncated],
        }
        print_json(about | found.figures)
        return
    print(words.accuracy_sentence(figures_of(found.figures), asked="songs"))
    print(words.confusion_sentence(found.found.confusion, genres=genres))
    for one in found.skipped:
        print(f"left out: {one.name}: {one.reason}")
    for line in noted_lines(found.noted, elsewhere="--json holds"):
        print(line)
