"""Albums, artists, years and neighbours: pure functions on the rows of a catalogue.

Distances between blends are Jensen-Shannon distances: the root of the
Jensen-Shannon divergence to base 2, from 0 (the same) to 1 (nothing in common).
All songs given to one function must have been read by the same model. Two files
with the same bytes are one song and count once.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genre_app.catalogue.rows import CatalogueError, Song

__all__ = [
    "Group",
    "Year",
    "albums",
    "artist_years",
    "artists",
    "distances",
    "group",
    "similar",
    "with_share",
]

Key = TypeVar("Key", str, int, tuple[str, str])

_TELLING: Final = 3
"""Songs from which on one of them can be the odd one out."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Group:
    """Several songs as one: an album, or what there is of an artist.

    Attributes
    ----------
    title : str
        As most of its files spell it.
    artist : str
    count : int
        Different songs.
    genres : tuple of str
    mean, spread : ndarray of float64 [shape=(genres,)]
        Of the blends; the spread is the standard deviation (of these songs, not an
        estimate for others: 0 for a single one).
    typical : Song
        Nearest to the mean.
    odd : Song or None
        Farthest from the mean; ``None`` of fewer than three.
    """

    title: str
    artist: str
    count: int
    genres: tuple[str, ...]
    mean: NDArray[np.float64]
    spread: NDArray[np.float64]
    typical: Song
    odd: Song | None

    @property
    def top(self) -> str:
        """The genre with the largest mean share."""
        return self.genres[int(self.mean.argmax())]


@dataclass(frozen=True, kw_only=True, eq=False)
class Year:
    """An artist's songs of one year.

    Attributes
    ----------
    year, count : int
    mean, spread : ndarray of float64 [shape=(genres,)]
        As in :class:`Group`.
    """

    year: int
    count: int
    mean: NDArray[np.float64]
    spread: NDArray[np.float64]


def distances(blend: ArrayLike, blends: ArrayLike) -> NDArray[np.float64]:
    """Jensen-Shannon distances from one blend to several.

    Parameters
    ----------
    blend : array_like of float [shape=(genres,)]
    blends : array_like of float [shape=(n, genres)]

    Returns
    -------
    ndarray of float64 [shape=(n,)]
        0 to 1.
    """
    one = np.asarray(blend, dtype=np.float64)
    many = np.atleast_2d(np.asarray(blends, dtype=np.float64))
    middle = (one + many) / 2
    divergence = (_relative_entropy(one, middle) + _relative_entropy(many, middle)) / 2
    return np.sqrt(np.clip(divergence, 0.0, 1.0))


def _relative_entropy(p: NDArray[np.float64], q: NDArray[np.float64]) -> NDArray[np.float64]:
    # Where p is 0 the term is 0; elsewhere q, the mean of p and another, is above 0.
    ratio = np.divide(p, q, out=np.ones_like(q), where=q > 0)
    terms: NDArray[np.float64] = p * np.log2(np.where(ratio > 0, ratio, 1.0))
    return np.asarray(terms.sum(axis=-1))


def albums(songs: Iterable[Song]) -> list[Group]:
    """Gather songs by album and album artist (or artist); those without an album stay out.

    Returns
    -------
    list of Group
        By artist, then title.
    """

    def key(song: Song) -> tuple[str, str] | None:
        labels = song.labels
        if not labels.album:
            return None
        return _folded(labels.album_artist or labels.artist), _folded(labels.album)

    return [
        group(members, title=_usual(one.labels.album for one in members), artist=_credited(members))
        for members in _gathered(songs, key)
    ]


def artists(songs: Iterable[Song]) -> list[Group]:
    """Gather songs by artist; those without one stay out.

    Returns
    -------
    list of Group
        By artist.
    """
    return [
        group(members, title=name, artist=name)
        for members in _gathered(songs, lambda song: _folded(song.labels.artist) or None)
        for name in [_usual(one.labels.artist for one in members)]
    ]


def group(songs: Sequence[Song], *, title: str, artist: str) -> Group:
    """Put songs together as one.

    Parameters
    ----------
    songs : sequence of Song
        At least one.
    """
    members = _once(songs)
    blends = _blends(members)
    mean = blends.mean(axis=0)
    away = distances(mean, blends)
    return Group(
        title=title,
        artist=artist,
        count=len(members),
        genres=members[0].genres,
        mean=mean,
        spread=blends.std(axis=0),
        typical=members[int(away.argmin())],
        odd=members[int(away.argmax())] if len(members) >= _TELLING else None,
    )


def similar(song: Song, songs: Iterable[Song], *, count: int = 10) -> list[tuple[Song, float]]:
    """More like this: the songs with the nearest blends.

    Returns
    -------
    list of (Song, float)
        The nearest first, with its distance; the song itself and its copies are left out.
    """
    others = [one for one in _once(songs) if one.content != song.content]
    if not others:
        return []
    away = distances(song.blend, _blends([song, *others])[1:])
    order = np.argsort(away, kind="stable")[:count]
    return [(others[i], float(away[i])) for i in order.tolist()]


def with_share(
    songs: Iterable[Song], genre: str, *, at_least: float = 0.0, at_most: float = 1.0
) -> list[Song]:
    """Choose songs by the share of a genre, the largest first.

    Parameters
    ----------
    genre : str
    at_least, at_most : float
        0 to 1, e.g. 0.3 for "at least 30 % reggae".

    Raises
    ------
    CatalogueError
        The model does not know the genre.
    """
    chosen = []
    for song in songs:
        if genre not in song.genres:
            raise CatalogueError(
                f"The model does not know the genre '{genre}'. It knows: {', '.join(song.genres)}."
            )
        share = float(song.blend[song.genres.index(genre)])
        if at_least <= share <= at_most:
            chosen.append((share, song))
    return [song for _, song in sorted(chosen, key=lambda pair: (-pair[0], pair[1].place))]


def artist_years(songs: Iterable[Song], artist: str) -> list[Year]:
    """Follow an artist through the years; songs without a year stay out.

    Parameters
    ----------
    artist : str
        However it is capitalised.

    Returns
    -------
    list of Year
        In order; years without songs are not in it.
    """
    wanted = _folded(artist)
    theirs = [one for one in songs if _folded(one.labels.artist) == wanted]
    found = []
    for members in _gathered(theirs, lambda song: song.labels.year):
        blends = _blends(_once(members))
        found.append(
            Year(
                year=members[0].labels.year or 0,
                count=len(blends),
                mean=blends.mean(axis=0),
                spread=blends.std(axis=0),
            )
        )
    return found


# Helpers --------------------------------------------------------------------------------


def _gathered(songs: Iterable[Song], key: Callable[[Song], Key | None]) -> list[list[Song]]:
    found: dict[Key, list[Song]] = {}
    for song in songs:
        name = key(song)
        if name is not None:
            found.setdefault(name, []).append(song)
    return [found[name] for name in sorted(found)]


def _once(songs: Iterable[Song]) -> list[Song]:
    return list({song.content: song for song in reversed(list(songs))}.values())[::-1]


def _blends(songs: Sequence[Song]) -> NDArray[np.float64]:
    if any(song.genres != songs[0].genres for song in songs):
        raise CatalogueError("Only songs that one model has read can be compared.")
    return np.stack([song.blend for song in songs])


def _folded(text: str | None) -> str:
    return " ".join((text or "").casefold().split())


def _usual(names: Iterable[str | None]) -> str:
    """Give the spelling that most have, of equally many the first."""
    counts: dict[str, int] = {}
    for name in names:
        if name:
            counts[name] = counts.get(name, 0) + 1
    return max(counts, key=lambda name: counts[name], default="")


def _credited(songs: Sequence[Song]) -> str:
    return _usual(song.labels.album_artist or song.labels.artist for song in songs)
