"""From files of any kind to songs of a collection, with a list of what was left out."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from genre_app import isolated
from genre_app.collection.songs import Song, class_name, cut_clips, tidy
from genre_app.collection.source import Skipped, Source, shown, sorted_into_classes
from genre_app.collection.store import Collection, changing, load, save
from genre_app.errors import ArchiveError, AudioError, CollectionError
from genre_app.genres import NAMES, name_of
from genre_app.wording import Noted

__all__ = ["Gathered", "add_files", "add_source", "keep", "to_song"]


@dataclass(frozen=True)
class Gathered:
    """A collection with what was added, and what was not.

    Attributes
    ----------
    collection : Collection
    added : int
        Songs.
    skipped : tuple of Skipped
    noted : tuple of Noted
        Of those that were added.
    """

    collection: Collection
    added: int
    skipped: tuple[Skipped, ...]
    noted: tuple[Noted, ...] = ()


def to_song(data: bytes, name: str, genre: str, *, seed: int = 0) -> Song:
    """Decode a file and cut its clips.

    Raises
    ------
    AudioError
        With a sentence for the person who gave it.
    """
    recording = isolated.load(data, name=name)
    return Song(
        name=shown(tidy(name)) or "song",
        genre=genre,
        part="train",  # Until the collection gives it one.
        sha256=recording.sha256,
        duration_s=recording.duration_s,
        cells=cut_clips(recording, seed=seed),
        notes=recording.notes,
        truncated=recording.truncated,
    )


def add_files(
    collection: Collection,
    genre: str,
    files: Sequence[tuple[str, Callable[[], bytes]]],
    *,
    progress: Callable[[float], None] | None = None,
) -> Gathered:
    """Add files to one class.

    Parameters
    ----------
    genre : str
        The class; :func:`~genre_app.collection.songs.class_name` makes it a name.
    files : sequence of (str, callable)
        A name, and what gives its bytes.
    progress : callable, optional
        Told the share that is done; what it raises stops the gathering.

    Raises
    ------
    CollectionError
        The class cannot be called that, or there are too many songs.
    """
    named = class_name(genre)
    return _add(collection, [(name, named, give) for name, give in files], (), progress)


def add_source(
    collection: Collection,
    source: Source,
    *,
    progress: Callable[[float], None] | None = None,
) -> Gathered:
    """Add all that an archive or a folder holds: a folder a class.

    Raises
    ------
    CollectionError
        There is no song in any folder.
    """
    classes, outside = sorted_into_classes(source.members)
    skipped = [*source.skipped, *outside]
    wanted: list[tuple[str, str, Callable[[], bytes]]] = []
    for folder, members in classes.items():
        try:
            genre = class_name(folder)
        except CollectionError as error:
            skipped += [
                Skipped(shown(member.path), f"its folder is no class: {error}")
                for member in members
            ]
            continue
        for member in members:
            wanted.append((member.path, genre, lambda member=member: source.read(member)))  # type: ignore[misc]
    if not wanted:
        raise CollectionError(
            "There is no folder with music in it. Make a folder for each class, put its songs "
            "inside, and give the folder around them."
        )
    return _add(collection, wanted, skipped, progress)


def keep(gathered: Gathered, before: Collection, folder: Path) -> Gathered:
    """Save what was gathered, beside what became of the collection meanwhile.

    Parameters
    ----------
    before : Collection
        What the songs were gathered for, as it was then.
    folder : Path
        Of the collections.

    Returns
    -------
    Gathered
        The collection as it is kept now; songs that came into it otherwise are not added again.

    Raises
    ------
    CollectionError
        It was deleted or damaged meanwhile, holds too many songs, or cannot be written.
    """
    had = {song.sha256 for song in before.songs}
    fresh = [song for song in gathered.collection.songs if song.sha256 not in had]
    if not fresh:
        return gathered
    with changing:
        try:
            now = load(before.name, folder)
        except CollectionError:
            if before.songs:
                raise CollectionError(
                    f"The collection '{before.name}' was deleted or damaged meanwhile, so the "
                    "songs were not added. Add them again to begin it anew."
                ) from None
            now = before  # It is new, or was damaged before and is begun anew.
        enlarged, again = now.with_songs(fresh)
        save(enlarged, folder)
    classes = {song.sha256: song.genre for song in now.songs}
    skipped = [
        Skipped(song.name, f"it is in {name_of(classes[song.sha256])} already") for song in again
    ]
    added = [song for song in fresh if song not in again]
    return Gathered(enlarged, len(added), (*gathered.skipped, *skipped), _noted(added))


def _add(
    collection: Collection,
    files: Sequence[tuple[str, str, Callable[[], bytes]]],
    skipped: Iterable[Skipped],
    progress: Callable[[float], None] | None,
) -> Gathered:
    left_out = list(skipped)
    songs: list[Song] = []
    known = {song.sha256: song for song in collection.songs}
    for done, (name, genre, give) in enumerate(files):
        try:
            data = give()
            # Asked before it is decoded, which takes the time.
            same = known.get(hashlib.sha256(data).hexdigest())
            if same is not None:
                where = NAMES.get(same.genre, same.genre)
                left_out.append(Skipped(shown(name), f"it is in {where} already"))
            else:
                song = to_song(data, name.rpartition("/")[2], genre)
                known[song.sha256] = song
                songs.append(song)
        except (AudioError, ArchiveError) as error:
            left_out.append(Skipped(shown(name), str(error)))
        if progress is not None:
            progress((done + 1) / len(files))
    enlarged, _ = collection.with_songs(songs)
    return Gathered(enlarged, len(songs), tuple(left_out), _noted(songs))


def _noted(songs: Iterable[Song]) -> tuple[Noted, ...]:
    # Songs of several classes may be called the same.
    return tuple(
        Noted(f"{name_of(song.genre)}/{song.name}", song.notes, song.truncated)
        for song in songs
        if song.notes
    )
