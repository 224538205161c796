"""Playlists by blend: choose songs near a wanted blend, write them for players."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from genre_app._source import printable
from genre_app.catalogue.aggregate import distances
from genre_app.catalogue.export import csv_text
from genre_app.catalogue.rows import CatalogueError, Song
from genre_app.catalogue.uploads import PREFIX

__all__ = ["choose", "m3u8", "playlist_csv"]


def choose(songs: Iterable[Song], blend: Mapping[str, float], *, count: int = 25) -> list[Song]:
    """Choose the songs whose blends are nearest to a wanted one.

    Parameters
    ----------
    songs : iterable of Song
        Read by one model.
    blend : dict of str to float
        Weights, e.g. ``{"jazz": 2, "hiphop": 1}`` for two thirds jazz; what is not
        named is 0.
    count : int
        At most so many.

    Returns
    -------
    list of Song
        The nearest first; of copies one.

    Raises
    ------
    CatalogueError
        A genre is unknown, or the weights are negative or all 0.
    """
    once = list({song.content: song for song in songs}.values())
    if not once:
        return []
    genres = once[0].genres
    unknown = sorted(blend.keys() - set(genres))
    if unknown:
        raise CatalogueError(
            f"The model does not know {', '.join(unknown)}. It knows: {', '.join(genres)}."
        )
    wanted = np.array([blend.get(genre, 0.0) for genre in genres], dtype=np.float64)
    if not np.isfinite(wanted).all() or wanted.min() < 0 or wanted.sum() <= 0:
        raise CatalogueError("A wanted blend needs weights of 0 or more, and one above 0.")
    away = distances(wanted / wanted.sum(), np.stack([song.blend for song in once]))
    return [once[i] for i in np.argsort(away, kind="stable")[:count].tolist()]


def m3u8(songs: Sequence[Song], *, title: str = "Genre Blend") -> str:
    """Write a playlist that players open: extended M3U, UTF-8.

    Uploaded songs stand in it by name alone: players look for them beside the playlist.
    """
    lines = ["#EXTM3U", f"#PLAYLIST:{printable(title)}"]
    for song in songs:
        lines.append(f"#EXTINF:{round(song.duration_s)},{_spoken(song)}")
        # One line each, whatever a name holds: a line break in it would be another entry.
        lines.append(" ".join(_where(song.place).splitlines()))
    return "\n".join(lines) + "\n"


def playlist_csv(songs: Sequence[Song]) -> str:
    """Write a playlist as a table that a spreadsheet opens without running anything."""
    columns = ["position", "artist", "title", "album", "year", "minutes", "blend", "file"]
    rows = [
        [
            position,
            song.labels.artist,
            song.labels.title,
            song.labels.album,
            song.labels.year,
            round(song.duration_s / 60, 2),
            _largest(song),
            _where(song.place),
        ]
        for position, song in enumerate(songs, start=1)
    ]
    return csv_text(columns, rows)


def _where(place: str) -> str:
    return place.rpartition("/")[2] if place.startswith(PREFIX) else place


def _spoken(song: Song) -> str:
    title = song.labels.title or song.place.rpartition("/")[2]
    return printable(f"{song.labels.artist} - {title}" if song.labels.artist else title)


def _largest(song: Song) -> str:
    order = np.argsort(-song.blend, kind="stable")[:3]
    return ", ".join(f"{song.genres[i]} {song.blend[i]:.0%}" for i in order.tolist())
