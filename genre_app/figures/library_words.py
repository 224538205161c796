"""A library of songs in sentences and tables: captions, alternative texts, table twins."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from genre_app.catalogue.aggregate import Group, Year
from genre_app.catalogue.filters import shown_title
from genre_app.catalogue.maps import Map
from genre_app.catalogue.rows import Failure, Song
from genre_app.figures.blend import bar_order
from genre_app.figures.library import about, blend_strip
from genre_app.figures.words import listed, percent
from genre_app.genres import GENRES, NAMES
from genre_app.reading import has_interval
from genre_app.wording import counted

__all__ = [
    "failure_table",
    "group_message",
    "group_table",
    "map_message",
    "map_table",
    "near_table",
    "shares_table",
    "song_table",
    "songs_message",
    "year_message",
    "year_table",
]

_MOST: Final = 99.4
"""Percent: rounded, the most that a cell says. Downloads hold what was computed."""


def songs_message(songs: Sequence[Song]) -> str:
    """Say what songs are made of together, and how sure that is."""
    if not songs:
        return "No song fits. Ask for less."
    mean = np.mean([song.blend for song in songs], axis=0)
    genres = songs[0].genres
    shares = listed(
        [f"{_name(genres[i])} {percent(float(mean[i]))}" for i in np.argsort(-mean)[:3].tolist()]
    )
    if len(songs) == 1:
        return f"One song: {shares}." + " Only its start was read." * songs[0].truncated
    sure = Counter(song.certainty for song in songs)
    parts = sum(song.truncated for song in songs)
    start = f" Of {parts:,} only the start was read." if parts else ""
    return (
        f"{len(songs):,} songs, on average {shares}. "
        f"{sure['clear']:,} are clear, {sure['mixed']:,} mixed, {sure['unsure']:,} unsure, "
        f"{sure['outside']:,} unlike what the model has learnt.{start}"
    )


def song_table(songs: Sequence[Song], genre: str | None = None) -> dict[str, list[Any]]:
    """Give songs as columns; with the share of a genre, where one is asked for.

    There are notes where one of the songs has any.
    """
    table: dict[str, list[Any]] = {
        "Blend": [blend_strip(song.blend) for song in songs],
        "Title": [shown_title(song) for song in songs],
        "Artist": [song.labels.artist for song in songs],
        "Top genre": [_name(song.top) for song in songs],
        "Share": [_shown(song.blend.max()) for song in songs],
    }
    if genre is not None:
        column = f"{_name(genre)} share"
        table[column] = [_shown(song.shares()[genre]) for song in songs]
    table["Certainty"] = [song.certainty for song in songs]
    table["Album"] = [song.labels.album for song in songs]
    table["Year"] = [song.labels.year for song in songs]
    if any(song.notes for song in songs):
        table["Notes"] = [" ".join(song.notes) or None for song in songs]
    return table


def near_table(found: Sequence[tuple[Song, float]]) -> dict[str, list[Any]]:
    """Give neighbours as columns, with their distance."""
    table = song_table([song for song, _ in found])
    return {"Blend": table.pop("Blend"), "Distance": [away for _, away in found]} | table


def shares_table(mean: ArrayLike, low: ArrayLike, high: ArrayLike) -> dict[str, list[Any]]:
    """Give a blend and the ends of its bars, where it has any, as columns, the longest first."""
    parts = {"Share": mean, "Low": low, "High": high}
    order = bar_order(np.asarray(mean))
    table: dict[str, list[Any]] = {"Genre": [_name(GENRES[i]) for i in order]}
    for name, values in parts.items():
        if has_interval(values):
            table[name] = [percent(float(np.asarray(values)[i])) for i in order]
    return table


def failure_table(failures: Sequence[Failure]) -> dict[str, list[str]]:
    """Give files that cannot be read as columns."""
    return {
        "File": [failure.place.rpartition("/")[2] for failure in failures],
        "Why": [failure.problem.message for failure in failures],
    }


def group_message(groups: Sequence[Group], what: str) -> str:
    """Say which album or artist is of one piece, and which is not."""
    several = [group for group in groups if group.count > 1]
    count = counted(len(groups), what)
    if not several:
        return f"{count}, none with more than one song yet: there is no spread to speak of."
    spread = [float(np.sqrt((group.spread**2).sum())) for group in several]
    tight, wide = several[int(np.argmin(spread))], several[int(np.argmax(spread))]
    if tight is wide:
        return f"{count}. {wide.title}: {_spread_words(wide)}."
    return (
        f"{count}. Most of one piece: {tight.title} ({_spread_words(tight)}); "
        f"most varied: {wide.title} ({_spread_words(wide)})."
    )


def group_table(groups: Sequence[Group]) -> dict[str, list[Any]]:
    """Give albums or artists as columns."""
    return {
        "Blend": [blend_strip(group.mean) for group in groups],
        "Title": [group.title for group in groups],
        "Artist": [group.artist for group in groups],
        "Songs": [group.count for group in groups],
        "Top genre": [_name(group.top) for group in groups],
        "Share": [_shown(group.mean.max()) for group in groups],
        "Spread (points)": [
            100 * float(group.spread[int(group.mean.argmax())]) if group.count > 1 else None
            for group in groups
        ],
        "Most typical": [shown_title(group.typical) for group in groups],
        "Odd one out": [shown_title(group.odd) if group.odd else None for group in groups],
    }


def year_message(artist: str, years: Sequence[Year], genres: Sequence[str]) -> str:
    """Say what changed most between an artist's first and last year."""
    first, last = years[0], years[-1]
    if first is last:
        top = int(first.mean.argmax())
        share = percent(float(first.mean[top]))
        return f"{artist} in {first.year}: {_name(genres[top])} {share}. One year is no timeline."
    change = last.mean - first.mean
    most = int(np.abs(change).argmax())
    songs = first.count + last.count
    few = " Few songs stand behind that." if songs < 10 else ""
    return (
        f"{artist} from {first.year} to {last.year}: {_name(genres[most])} goes from "
        f"{percent(float(first.mean[most]))} to {percent(float(last.mean[most]))} "
        f"({first.count:,} and {last.count:,} songs).{few}"
    )


def year_table(years: Sequence[Year], genres: Sequence[str]) -> dict[str, list[Any]]:
    """Give an artist's years as columns: mean and spread of each genre."""
    table: dict[str, list[Any]] = {
        "Year": [year.year for year in years],
        "Songs": [year.count for year in years],
    }
    for column, genre in enumerate(genres):
        table[_name(genre)] = [
            percent(float(year.mean[column]))
            + (f" ± {100 * float(year.spread[column]):.0f}" if year.count > 1 else "")
            for year in years
        ]
    return table


def map_message(plan: Map) -> str:
    """Say what the axes of a map are and how much of the differences they show."""
    names = [_name(genre) for genre in plan.genres]
    low, high = plan.directions.argmin(axis=0), plan.directions.argmax(axis=0)
    return (
        f"Songs near each other have like blends. To the right there is more {names[high[0]]}, "
        f"to the left more {names[low[0]]}; upwards more {names[high[1]]}, downwards more "
        f"{names[low[1]]}. The plane shows {percent(float(plan.explained.sum()))} of how the "
        f"{len(plan.points):,} songs differ (principal components of the log-ratios of their "
        "blends)."
    )


def map_table(plan: Map, songs: Sequence[Song]) -> dict[str, list[Any]]:
    """Give a map as columns."""
    return {
        "Title": [shown_title(song) for song in songs],
        "Artist": [song.labels.artist for song in songs],
        "Top genre": [_name(song.top) for song in songs],
        "Right": np.round(plan.points[:, 0], 2).tolist(),
        "Up": np.round(plan.points[:, 1], 2).tolist(),
    }


def _shown(share: float) -> float:
    """Give a share in percent as a cell shows it: never 100, which no model can know."""
    return min(100 * float(share), _MOST)


def _spread_words(group: Group) -> str:
    top = int(group.mean.argmax())
    said = about(float(group.mean[top]), float(group.spread[top]), group.count)
    return f"{_name(group.genres[top])} {said}"


def _name(genre: str) -> str:
    return NAMES.get(genre, genre)
