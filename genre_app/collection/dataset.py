"""A collection as a subset: what trainings and measurements already know how to use.

Every clip is a track; its artist is its song, so that whatever keeps artists apart keeps
songs apart. Measurements join the clips of a song again, because a song is what was
drawn: counting its clips one by one would promise too narrow an interval.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from genre_app.collection.songs import Song
from genre_app.collection.store import Collection
from genre_app.errors import CollectionError
from genre_app.genres import NAMES
from genre_app.gtzan import Subset, Track
from genre_app.logmel import BANDS, CLIP_COLUMNS

__all__ = ["as_subset", "beside", "by_song", "check"]


def check(collection: Collection, *, taken: Sequence[str] = ()) -> None:
    """Make sure that a collection can be trained with.

    Parameters
    ----------
    taken : sequence of str
        Genres that a model knows already.

    Raises
    ------
    CollectionError
        A class has too few songs or has the name of a genre that is taken, or there is
        none.
    """
    if not collection.songs:
        raise CollectionError("There is no class yet. Add one with at least four songs.")
    if collection.problems:
        raise CollectionError(" ".join(collection.problems))
    both = [genre for genre in collection.classes if genre in taken]
    if both:
        named = ", ".join(NAMES.get(genre, genre) for genre in both)
        raise CollectionError(
            f"The model knows {named} already. Choose another name, or train from scratch."
        )


def as_subset(collection: Collection) -> Subset:
    """Give a collection as a subset of its own, with its own genres."""
    tracks = tuple(
        _track(song, clip) for song in collection.songs for clip in range(len(song.cells))
    )
    cells = [song.cells for song in collection.songs]
    stacked = np.concatenate(cells) if cells else np.empty((0, BANDS, CLIP_COLUMNS), np.uint8)
    return Subset(tracks, stacked, collection.classes)


def beside(bundled: Subset, collection: Collection) -> Subset:
    """Put a collection's clips behind the bundled tracks; its classes behind the genres."""
    own = as_subset(collection)
    fresh = tuple(genre for genre in own.genres if genre not in bundled.genres)
    return Subset(
        bundled.tracks + own.tracks,
        np.concatenate([bundled.cells, own.cells]),
        bundled.genres + fresh,
    )


def by_song(subset: Subset, positions: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Group positions whose clips are of one song; a bundled track stands by itself."""
    groups: dict[str, list[int]] = {}
    for position in positions.tolist():
        track = subset.tracks[position]
        own = "#" in track.name
        groups.setdefault(track.artist if own else track.name, []).append(position)
    return [np.array(group, dtype=np.intp) for group in groups.values()]


def _track(song: Song, clip: int) -> Track:
    return Track(
        name=f"{song.sha256[:16]}#{clip}",
        genre=song.genre,
        artist=song.sha256,
        title=song.name,
        artist_split=song.part,
        random_split=song.part,
        repetition_group=song.sha256,
        tempo_bpm=None,
        meter="",
        key=None,
        listener_count=0,
    )
