"""Views of a library beside its table: albums, artists, the map, playlists, downloads."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import streamlit as st

from genre_app.catalogue.aggregate import Group, albums, artist_years, artists, distances, similar
from genre_app.catalogue.export import FORMATS, export
from genre_app.catalogue.filters import shown_title
from genre_app.catalogue.maps import FEWEST, map_of
from genre_app.catalogue.playlists import choose, m3u8, playlist_csv
from genre_app.catalogue.rows import Failure, Song
from genre_app.figures.blend import blend_bars
from genre_app.figures.library import MOST_GROUPS, group_bars, library_map, year_bars
from genre_app.figures.library_words import (
    group_message,
    group_table,
    map_message,
    map_table,
    near_table,
    shares_table,
    songs_message,
    year_message,
    year_table,
)
from genre_app.figures.names import apart
from genre_app.genres import GENRES, NAMES
from genre_app.places import public
from genre_app.ui import library_state
from genre_app.ui.library_show import chart, table
from genre_app.wording import counted

__all__ = ["album_view", "artist_view", "downloads", "emptying", "map_view", "playlist_view"]

_MIMES: Final = {
    ".parquet": "application/vnd.apache.parquet",
    ".csv": "text/csv",
    ".json": "application/json",
}


def album_view(songs: Sequence[Song]) -> None:
    """Show albums as blends."""
    groups = _by_size(albums(songs))
    if not groups:
        st.info("No song says which album it is from.", icon=":material/album:")
        return
    _groups(groups, "album")


def artist_view(songs: Sequence[Song]) -> None:
    """Show artists as blends, and one of them through the years."""
    groups = _by_size(artists(songs))
    if not groups:
        st.info("No song says who plays.", icon=":material/artist:")
        return
    group = _groups(groups, "artist")
    years = artist_years(songs, group.artist)
    st.markdown("**Through the years**")
    if not years:
        st.caption("None of these songs says from which year it is.")
        return
    message = year_message(group.artist, years, GENRES)
    chart(year_bars(years), message, "library-years", year_table(years, GENRES))


def _groups(groups: list[Group], what: str) -> Group:
    more = f" The {MOST_GROUPS} with the most songs are drawn." if len(groups) > MOST_GROUPS else ""
    chart(
        group_bars(groups),
        group_message(groups, what) + more,
        f"library-{what}s",
        group_table(groups),
    )
    # By name: after a search, another one may stand at its place.
    named = dict(zip(apart([_named(one, what) for one in groups]), groups, strict=True))
    key = f"library-{what}"
    if st.session_state.get(key) not in named:
        st.session_state[key] = next(iter(named))
    group = named[st.selectbox(f"Look closer at an {what}", list(named), key=key)]
    # One song does not differ from itself: no lines, rather than lines of no length.
    spread = group.spread if group.count > 1 else np.full_like(group.spread, np.nan)
    low, high = ((group.mean + sign * spread).clip(0, 1) for sign in (-1, 1))
    if group.count > 1:
        parts = [f"{_named(group, what)}: {counted(group.count, 'song')}, on average this blend."]
        parts.append("The lines reach one standard deviation of its songs to either side.")
        parts.append(f"Most typical: {shown_title(group.typical)}.")
    else:
        parts = [f"{_named(group, what)}: one song, with this blend."]
    if group.odd is not None:
        parts.append(f"Odd one out: {shown_title(group.odd)}.")
    elif group.count < FEWEST:
        parts.append("From three songs on, one can be the odd one out.")
    chart(
        blend_bars(group.mean, low, high),
        " ".join(parts),
        f"library-{what}",
        shares_table(group.mean, low, high),
    )
    return group


def map_view(songs: Sequence[Song], chosen: Song | None) -> None:
    """Show the songs as points on a plane."""
    plan = map_of(songs)
    if plan is None:
        st.info(f"A map needs {FEWEST} songs that differ.", icon=":material/scatter_plot:")
        return
    near = [one for one, _ in similar(chosen, songs, count=8)] if chosen is not None else []
    message = map_message(plan)
    if chosen is not None:
        message += (
            f" The ring is {shown_title(chosen)}; lines lead to the eight songs most like it."
        )
    figure = library_map(plan, songs, marked=chosen, near=near)
    chart(figure, message, "library-map", map_table(plan, songs))


def playlist_view(songs: Sequence[Song]) -> None:
    """Mix a blend and get the songs nearest to it, as a playlist."""
    left, right = st.columns([3, 1])
    wanted = left.multiselect(
        "Mix a blend of",
        GENRES,
        default=["jazz", "hiphop"],
        format_func=NAMES.__getitem__,
        max_selections=5,
        key="library-mix",
        persist_state="session",
    )
    count = right.number_input(
        "Songs",
        min_value=1,
        max_value=500,
        value=25,
        key="library-count",
        persist_state="session",
    )
    if not wanted:
        st.info("Choose at least one genre.", icon=":material/arrow_upward:")
        return
    weights = {}
    for column, genre in zip(st.columns(len(wanted)), wanted, strict=True):
        weights[genre] = column.slider(
            NAMES[genre],
            min_value=1,
            max_value=10,
            value=5,
            key=f"library-weight-{genre}",
            persist_state="session",
        )
    found = choose(songs, weights, count=int(count))
    total = sum(weights.values())
    title = ", ".join(f"{NAMES[genre]} {weights[genre] / total:.0%}" for genre in wanted)
    mix = [weights.get(one, 0) / total for one in GENRES]
    away = distances(mix, [one.blend for one in found]).tolist()
    message = (
        f"Nearest to {title}, from distance {away[0]:.2f} (0 is the mix itself, 1 nothing of it) "
        f"to {away[-1]:.2f}. {songs_message(found)}"
    )
    table(near_table(list(zip(found, away, strict=True))), message, key="library-playlist")
    st.caption(message)
    left, right = st.columns(2)
    left.download_button(
        "Playlist (M3U)",
        lambda: m3u8(found, title=title).encode(),
        file_name="playlist.m3u8",
        mime="audio/x-mpegurl",
        icon=":material/queue_music:",
        on_click="ignore",
        key="library-m3u",
        width="stretch",
        help="Uploaded songs are in it by name: put it into the folder where they are.",
    )
    right.download_button(
        "Playlist (CSV)",
        lambda: playlist_csv(found).encode("utf-8-sig"),
        file_name="playlist.csv",
        mime="text/csv",
        icon=":material/table:",
        on_click="ignore",
        key="library-playlist-csv",
        width="stretch",
    )


def downloads(songs: Sequence[Song], failures: Sequence[Failure]) -> None:
    """Offer the songs and what cannot be read as Parquet, CSV and JSON."""
    for column, ending in zip(st.columns(len(FORMATS)), FORMATS, strict=True):
        column.download_button(
            f"All numbers ({ending[1:].upper()})",
            _written(ending, songs, failures),
            file_name=f"library{ending}",
            mime=_MIMES[ending],
            icon=":material/download:",
            on_click="ignore",
            key=f"library-{ending[1:]}",
            width="stretch",
        )


def emptying() -> None:
    """Offer to take all songs out."""
    with st.popover("Empty the library", icon=":material/delete:"):
        st.write(
            "This forgets your uploads, and what was read of them."
            if public()
            else "This forgets what all models have read of all songs, and the uploads of this "
            "visit. Your files stay: if a folder is read again, its songs come back."
        )
        st.button(
            "Take all songs out",
            key="library-empty",
            on_click=library_state.empty,
        )


def _written(
    ending: str, songs: Sequence[Song], failures: Sequence[Failure]
) -> Callable[[], bytes]:
    def write() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"library{ending}"
            export(path, songs, failures, GENRES)
            return path.read_bytes()

    return write


def _by_size(groups: list[Group]) -> list[Group]:
    return sorted(groups, key=lambda group: -group.count)


def _named(group: Group, what: str) -> str:
    artist = f", {group.artist}" if what == "album" and group.artist else ""
    return f"{group.title}{artist}"
