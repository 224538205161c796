"""Show the map of all tracks, and the song of the page Listen on it."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from genre_app import zoo
from genre_app.errors import GenreAppError
from genre_app.evaluation.atlas import LAYOUTS, NEAREST, Atlas, Layout
from genre_app.evaluation.words import percent
from genre_app.figures import static_models, tables_models
from genre_app.figures.atlas import atlas_figure, atlas_message, selected_tracks
from genre_app.logmel import from_mel_power
from genre_app.ui import loading, models_data, parts, state
from genre_app.ui.state import escape_markdown

__all__ = ["show"]

_TITLES: Final = {"tsne": "Neighbours (t-SNE)", "pca": "Shadow (PCA)"}


def show(cards: Mapping[str, Mapping[str, Any]]) -> None:
    """Show the map; what is selected on it is listed beneath."""
    card = models_data.mapped(cards)
    try:
        atlas = models_data.atlas_of(card)
    except GenreAppError as error:
        st.info(escape_markdown(str(error)), icon=":material/map:")
        return
    layout: Layout = st.radio(
        "Map",
        LAYOUTS,
        index=LAYOUTS.index("tsne"),
        format_func=_TITLES.__getitem__,
        horizontal=True,
        key="map-layout",
        persist_state="session",
    )
    st.caption(escape_markdown(_what(atlas, layout, str(card["title"]))))
    song, times = _song(card, atlas, layout)
    known = models_data.tracks()
    tracks = [known[name] for name in atlas.tracks.tolist()]
    points = atlas.points(layout)
    message = _message(str(card["name"]), atlas)
    event = st.plotly_chart(
        atlas_figure(tracks, points, song=song, times_s=times),
        theme="streamlit",
        alt=message,
        key=f"chart-map-{layout}",
        on_select="rerun",
        selection_mode=("lasso", "box", "points"),
    )
    st.caption(f"{escape_markdown(message)} Draw around points to list them.")
    chosen = selected_tracks(event) or list(atlas.tracks.tolist())
    rows = [row for row, name in enumerate(atlas.tracks.tolist()) if name in set(chosen)]
    count = "All" if len(rows) == len(tracks) else str(len(rows))
    st.markdown(f"**{count} tracks**")
    columns = tables_models.atlas_table(atlas, points, [tracks[row] for row in rows])
    parts.table(columns, "map")
    image = partial(static_models.atlas_image, tracks, points, song=song)
    with st.container(horizontal=True):
        for form in ("png", "svg"):
            st.download_button(
                f"Picture ({form.upper()})",
                partial(image, format=form),
                file_name=f"map.{form}",
                on_click="ignore",
                key=f"{form}-map",
            )


def _what(atlas: Atlas, layout: Layout, title: str) -> str:
    heard = f"Each point is a track as {title} hears it: its last inner layer. "
    parts_of = "Diamonds: test tracks; circles: training and validation, which it has "
    parts_of += "learnt from, so that those keep together better than new music does"
    if layout == "tsne":
        return (
            f"{heard}Neighbours here are neighbours to the network; distances between groups, and "
            f"their sizes, mean nothing. A song that the map was not made of is put amid the "
            f"{NEAREST} tracks nearest to it in the whole space. {parts_of}."
        )
    shown = percent(float(atlas.explained[:2].sum()))
    return (
        f"{heard}The shadow of the space on its two widest directions: distances are true but "
        f"flattened, {shown} of the differences between tracks can be seen. A song is projected "
        f"exactly. {parts_of}."
    )


@st.cache_data(show_spinner=False, max_entries=8)
def _message(name: str, _atlas: Atlas) -> str:
    known = models_data.tracks()
    return atlas_message([known[one] for one in _atlas.tracks.tolist()], _atlas.coordinates)


def _song(
    card: Mapping[str, Any], atlas: Atlas, layout: Layout
) -> tuple[NDArray[np.floating] | None, NDArray[np.floating] | None]:
    """Place the song in hand, once the visitor asks: that takes the network."""
    song = state.song()
    if song is None:
        st.caption("Read a song on the page Listen, and its path can be drawn here.")
        return None, None
    key = f"map-song-{song.sha256}-{card['sha256']}"
    said = st.session_state.get(key)
    if said is None:
        words = f"Place “{song.name}” on the map"
        if not st.button(escape_markdown(words), icon=":material/pin_drop:", key="map-place"):
            return None, None
        try:
            with st.spinner("The network listens to the song ..."):
                mel = from_mel_power(loading.decode(song).mel_power)
                said = zoo.load(str(card["name"])).outputs(mel)
        except GenreAppError as error:
            st.error(escape_markdown(str(error)), icon=":material/error:")
            return None, None
        st.session_state[key] = said
    st.caption(
        f"Orange: {escape_markdown(song.name)}, a point for each window, the star is its beginning."
    )
    return atlas.place(said.embedding, layout), (said.starts_s + said.ends_s) / 2
