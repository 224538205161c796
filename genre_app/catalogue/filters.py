"""Choose among the songs of a catalogue: by genre, certainty and words."""

from collections.abc import Collection, Iterable

from genre_app.catalogue.aggregate import with_share
from genre_app.catalogue.rows import Song

__all__ = ["once", "select", "shown_title"]


def once(songs: Iterable[Song]) -> list[Song]:
    """Keep one of the files that have the same bytes: the first."""
    return list({song.content: song for song in reversed(list(songs))}.values())[::-1]


def select(
    songs: Iterable[Song],
    *,
    genre: str | None = None,
    at_least: float = 0.0,
    certainties: Collection[str] = (),
    words: str = "",
) -> list[Song]:
    """Choose songs.

    Parameters
    ----------
    songs : iterable of Song
        Read by one model.
    genre : str, optional
        Where given, the songs come sorted by its share.
    at_least : float
        Smallest share of it, 0 to 1, e.g. 0.3 for "at least 30 % reggae".
    certainties : collection of str
        Which are wanted; all, where empty.
    words : str
        Each must occur in title, artist, album or file name, however capitalised.

    Raises
    ------
    CatalogueError
        The model does not know the genre.
    """
    wanted = words.casefold().split()
    chosen = [
        song
        for song in songs
        if (not certainties or song.certainty in certainties)
        and all(word in _text(song) for word in wanted)
    ]
    return with_share(chosen, genre, at_least=at_least) if genre else chosen


def shown_title(song: Song) -> str:
    """Give what a song is called: its title, else the name of its file."""
    return song.labels.title or song.place.rpartition("/")[2] or song.place


def _text(song: Song) -> str:
    labels = song.labels
    fields = (labels.title, labels.artist, labels.album, song.place.rpartition("/")[2])
    # A line break between fields: no word runs from one into the next.
    return "\n".join(field for field in fields if field).casefold()
