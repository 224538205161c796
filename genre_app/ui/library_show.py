"""Show a library: what is being read, the table of songs, what is like a song."""

import hashlib
from collections.abc import Sequence
from typing import Any, Final

import streamlit as st

from genre_app import zoo
from genre_app.catalogue.aggregate import similar
from genre_app.catalogue.filters import select, shown_title
from genre_app.catalogue.job import Look
from genre_app.catalogue.rows import Failure, Song
from genre_app.figures.blend import blend_bars
from genre_app.figures.library_words import (
    failure_table,
    near_table,
    shares_table,
    song_table,
    songs_message,
)
from genre_app.figures.names import apart
from genre_app.figures.words import blend_message
from genre_app.genres import GENRES, NAMES
from genre_app.ui import choices, library_state
from genre_app.ui.show import CERTAINTY
from genre_app.ui.state import escape_markdown
from genre_app.wording import counted

__all__ = ["chart", "closer", "failures", "filters", "progress", "song_list", "table"]

MOST_ROWS: Final = 2_000
"""Songs that a table on screen holds: each brings a small picture. Downloads hold all."""

_SONG: Final = "library-song"
_TABLE: Final = "library-table"
_BEGUN: Final = "library-begun"


def progress() -> None:
    """Show how far the reading is, or how it ended; what was refused, and why."""
    for why in library_state.visit().refused:
        st.warning(escape_markdown(why), icon=":material/block:")
    job = library_state.job()
    if job is None:
        return
    look = job.look()
    if look.over and library_state.read_next():
        job = library_state.job()
        look = job.look() if job else look
    if not look.over:
        _poll()
    elif job is not None and job.model == library_state.model():
        # Of another model it would be said of songs that are not the ones below.
        _ended(look)


# At the top level of the page and only while there is something to see.
@st.fragment(run_every=1.0)
def _poll() -> None:
    job = library_state.job()
    if job is None:
        return
    look = job.look()
    # The first songs appear as soon as they are read; for the others, one rerun at the end.
    first = look.done > look.failed and st.session_state.get(_BEGUN) is not job
    if first:
        st.session_state[_BEGUN] = job
    if look.over or first:
        st.rerun()
    words = look.words
    if job.model != library_state.model():
        words = f"{zoo.card(job.model.name)['title']}: {words}"
    st.progress(min(look.share, 1.0), text=escape_markdown(words))
    st.button(
        "Stop",
        icon=":material/stop:",
        key="library-stop",
        on_click=job.cancel,
        help="What has been read is kept. You can look at other pages meanwhile.",
    )


def _ended(look: Look) -> None:
    words = escape_markdown(look.words)
    if look.status == "failed":
        st.error(words, icon=":material/error:")
    elif look.status == "cancelled":
        st.warning(words, icon=":material/stop:")
    elif look.total:
        st.success(words, icon=":material/check_circle:")
    elif look.report is not None and look.report.known:
        st.success("Nothing new: every song was known already.", icon=":material/check_circle:")
    elif look.report is not None and not look.report.places:
        st.warning("There is no music in that folder.", icon=":material/folder_off:")
    if look.status != "done":
        st.button(
            "Go on",
            icon=":material/play_arrow:",
            key="library-go-on",
            on_click=library_state.continue_reading,
        )


def filters(songs: Sequence[Song]) -> tuple[list[Song], str | None]:
    """Let the visitor choose among the songs; give those that fit, and the genre asked for."""
    left, middle, right = st.columns([2, 3, 2])
    genre = left.selectbox(
        "Genre",
        GENRES,
        format_func=NAMES.__getitem__,
        index=None,
        placeholder="Any",
        key="library-genre",
        persist_state="session",
    )
    words = middle.text_input(
        "Search",
        key="library-words",
        persist_state="session",
        placeholder="Title, artist, album or file",
        icon=":material/search:",
    )
    share = 0
    if genre is not None:
        share = right.slider(
            "At least",
            min_value=0,
            max_value=100,
            value=30,
            step=5,
            format="%d %%",
            key="library-share",
            persist_state="session",
            help="Of the genre: songs with a smaller share are left out.",
        )
    sure = choices.several(
        "How sure",
        {one: words for one, (words, *_) in CERTAINTY.items()},
        key="library-certainty",
        help="Nothing chosen: all.",
    )
    found = select(songs, genre=genre, at_least=share / 100, certainties=sure, words=words)
    return found, genre


def song_list(songs: Sequence[Song], genre: str | None) -> None:
    """Show songs as a table; a click on a row looks closer at that song."""
    st.caption(songs_message(songs))
    if not songs:
        return
    shown = songs[:MOST_ROWS]
    contents = [song.content for song in shown]
    # The browser keeps a tick by the number of its row: other rows are another table.
    key = f"{_TABLE}-{hashlib.sha256(''.join(contents).encode()).hexdigest()[:16]}"

    def choose() -> None:
        rows = st.session_state[key].selection.rows
        st.session_state[_SONG] = contents[rows[0]] if rows else None

    # The tick is at the song that is shown below, wherever that was chosen.
    chosen = st.session_state.get(_SONG)
    rows = [contents.index(chosen)] if chosen in contents else []
    if st.session_state.get(key, {}).get("selection", {}).get("rows", []) != rows:
        st.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    table(
        song_table(shown, genre),
        songs_message(songs),
        key=key,
        on_select=choose,
        selection_mode="single-row",
        height=min(36 * (len(shown) + 1) + 3, 480),
    )
    if len(songs) > MOST_ROWS:
        st.caption(
            f"The first {MOST_ROWS:,} of {len(songs):,} are shown. Search or filter for the "
            "others; the downloads hold all."
        )


def closer(songs: Sequence[Song], every: Sequence[Song]) -> Song | None:
    """Look closer at one song, and show more like this; give the song."""
    by_content = {song.content: song for song in songs[:MOST_ROWS]}
    # The browser knows the chosen one by what it is called: no two may be called the same, and
    # none otherwise when others are left out.
    called = dict(
        zip([one.content for one in every], apart([_called(one) for one in every]), strict=True)
    )
    if st.session_state.get(_SONG) not in by_content:
        st.session_state[_SONG] = None
    chosen = st.selectbox(
        "Look closer at",
        list(by_content),
        format_func=called.__getitem__,
        index=None,
        placeholder="A song: type, or click the box before its row in the table",
        key=_SONG,
        persist_state="session",
    )
    if chosen is None:
        return None
    song = by_content[chosen]
    path = library_state.playable(song)
    if path is not None:
        st.audio(str(path))
    for note in song.notes:
        st.info(escape_markdown(note), icon=":material/info:")
    word, icon, box = CERTAINTY[song.certainty]
    box(f"**{word}.** {escape_markdown(song.reason)}", icon=icon)
    left, right = st.columns([2, 3])
    with left:
        parts = (song.blend, song.low, song.high)
        twin = shares_table(*parts)
        message = blend_message(*parts, outside=song.certainty == "outside")
        chart(blend_bars(*parts), message, "library-bars", twin)
        st.button(
            "Take out of the library",
            icon=":material/delete:",
            key="library-take-out",
            on_click=library_state.take_out,
            args=(song.content,),
            help="What all models have read of it is forgotten. The file stays: if its folder is "
            "read again, or it is uploaded again, the song comes back.",
        )
    with right:
        st.markdown("**More like this**")
        near = similar(song, every, count=8)
        if not near:
            st.caption("There is no other song yet.")
            return song
        message = (
            f"Nearest of {len(every) - 1:,}: {_called(near[0][0])}. The distance "
            "(Jensen-Shannon) is 0 between equal blends and 1 where they share nothing; it "
            "compares blends, not melodies."
        )
        table(near_table(near), message, key="library-near")
        st.caption(escape_markdown(message))
    return song


def failures(found: Sequence[Failure]) -> None:
    """List what cannot be read, and why."""
    if not found:
        return
    count = counted(len(found), "file")
    with st.expander(f"{count} cannot be read", icon=":material/report:"):
        st.dataframe(
            failure_table(found),
            hide_index=True,
            key="library-failures",
            alt=f"{count} that cannot be read, with the reason of each",
            column_config={"Why": st.column_config.TextColumn(width="large")},
        )


def chart(figure: Any, message: str, key: str, twin: Any = None) -> None:  # noqa: ANN401
    """Show a figure with its message, and its table where one is given."""
    st.plotly_chart(figure, theme="streamlit", alt=message, key=f"chart-{key}")
    st.caption(escape_markdown(message))
    if twin is not None:
        with st.expander("As a table", icon=":material/table_view:"):
            table(twin, message, key=f"table-{key}")


def table(columns: dict[str, list[Any]], alt: str, *, key: str, **more: Any) -> None:  # noqa: ANN401
    """Show columns with small blend bars and shares as bars."""
    config: dict[str, Any] = {
        "Blend": st.column_config.ImageColumn(
            width=150, help="A stacked bar in the colours of the genres, the largest first."
        ),
        "Title": st.column_config.TextColumn(width="medium"),
        "Artist": st.column_config.TextColumn(width="small"),
        "Album": st.column_config.TextColumn(width="small"),
        "Year": st.column_config.NumberColumn(format="%d", width=60),
        "Notes": st.column_config.TextColumn(
            width="medium", help="What was done to the file as it was decoded."
        ),
        "Distance": st.column_config.NumberColumn(format="%.2f", width=80),
        "Spread (points)": st.column_config.NumberColumn(
            format="± %.0f", help="Standard deviation of the top genre's share over its songs."
        ),
    }
    for name in columns:
        is_share = name == "Share" or name.endswith(" share")
        if is_share and not any(isinstance(cell, str) for cell in columns[name]):
            config[name] = st.column_config.ProgressColumn(
                format="%.0f %%", min_value=0, max_value=100, width=110
            )
    st.dataframe(columns, hide_index=True, key=key, alt=alt, column_config=config, **more)


def _called(song: Song) -> str:
    title = shown_title(song)
    return f"{title}, {song.labels.artist}" if song.labels.artist else title
