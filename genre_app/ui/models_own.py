"""Measure a model on songs of the visitor's own: a folder or a zip with a folder a genre."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import streamlit as st

from genre_app import places, zoo
from genre_app.collection.archive import Archive
from genre_app.collection.measured import OwnTest, measure_source
from genre_app.collection.source import Folder, Limits
from genre_app.errors import GenreAppError
from genre_app.evaluation import words
from genre_app.evaluation.stored_results import figures_of
from genre_app.genres import name_of
from genre_app.ui import (
    models_cells,
    models_data,
    models_more,
    models_show,
    models_track,
    parts,
)
from genre_app.ui.state import escape_markdown
from genre_app.ui.working import Kept, working

__all__ = ["show"]

_ASKED: Final = "own-asked"
"""What the visitor wants read: the key of :func:`_results` and where it lies."""

_LIMITS: Final = Limits(entries=300, total_bytes=500 * 2**20)
"""Of strangers."""

_VIEWS: Final = {
    "confusion": "What it mistakes",
    "genres": "Genre by genre",
    "certainty": "How sure it is",
    "songs": "Songs",
}


@st.cache_resource(show_spinner=False)
def _results() -> Kept[OwnTest]:
    return Kept(4)


def show(card: Mapping[str, Any]) -> None:
    """Ask for songs, read them, and show what the page shows of the test tracks."""
    st.caption(
        "Is the model right about your music? Give a folder for each genre, named like one of the "
        "genres that the model knows, with songs inside. They are read as on the page Listen, and "
        "counted as the test tracks are. Nothing of them is kept on disk."
    )
    if not zoo.has_weights(str(card["name"])):
        st.info("The weights of this model are not here: it cannot read.", icon=":material/info:")
        return
    with st.form("own-songs"):
        packed = st.file_uploader(
            "A zip file with a folder for each genre",
            type="zip",
            key="own-zip",
            max_upload_size=200,
        )
        folder = ""
        if not places.public():
            folder = st.text_input(
                "Or a folder on this computer", key="own-folder", placeholder="/home/me/music/test"
            )
        if st.form_submit_button("Read them", icon=":material/play_arrow:", type="primary"):
            _ask(packed, folder.strip())
    asked = st.session_state.get(_ASKED)
    if asked is None:
        return
    found = _read(asked, card)
    if found is not None:
        _show(found, card, str(asked["title"]))


def _ask(packed: Any, folder: str) -> None:  # noqa: ANN401  # UploadedFile
    if packed is None and not folder:
        st.error("Choose a zip file first.", icon=":material/error:")
    elif packed is not None:
        print_ = hashlib.sha256(packed.getbuffer()).hexdigest()
        st.session_state[_ASKED] = {"key": print_, "title": packed.name, "zip": packed.getvalue()}
    else:
        st.session_state[_ASKED] = {"key": folder, "title": Path(folder).name, "folder": folder}


def _read(asked: Mapping[str, Any], card: Mapping[str, Any]) -> OwnTest | None:
    name = str(card["name"])
    try:
        source = (
            Archive(asked["zip"], limits=_LIMITS if places.public() else None)
            if "zip" in asked
            # Unlike Path's, it leaves the home of somebody unknown as it is: no such folder.
            else Folder(Path(os.path.expanduser(asked["folder"])))
        )
        # A folder may change between two looks at it.
        listing = tuple((member.path, member.size) for member in source.members)
        key = (asked["key"], listing, name, zoo.fingerprint(card))
        kept = _results().get(key)
        if kept is not None:
            return kept
        with working(
            f"Reading {len(source.members)} songs", key="own-stop", on_stop=_forget
        ) as tell:
            found = measure_source(source, name, progress=tell)
    except GenreAppError as error:
        st.error(escape_markdown(str(error)), icon=":material/error:")
        return None
    _results().put(key, found)
    return found


def _forget() -> None:
    st.session_state.pop(_ASKED, None)


def _show(found: OwnTest, card: Mapping[str, Any], title: str) -> None:
    # To the rest of the page it is a model that was tested on these songs.
    own = {
        **card,
        "title": f"{card['title']} on {title}",
        "protocols": {"songs": found.figures},
        "answers": found.found,
    }
    st.header(escape_markdown(title), anchor=False)
    st.markdown(
        f"**{escape_markdown(words.accuracy_sentence(figures_of(found.figures), asked='songs'))}**"
    )
    twin = (card.get("protocols") or {}).get("artist")
    if twin:
        st.caption(
            "On new artists of GTZAN: "
            + escape_markdown(words.accuracy_sentence(figures_of(twin)))
            + " Few songs give wide intervals: look whether they overlap."
        )
    if found.skipped:
        with st.expander(f"{len(found.skipped)} files were left out", icon=":material/rule:"):
            parts.left_out(found.skipped, "own-skipped")
    view = st.radio(
        "Look at",
        _VIEWS,
        format_func=_VIEWS.__getitem__,
        horizontal=True,
        key="own-view",
        persist_state="session",
    )
    match view:
        case "confusion":
            models_cells.matrix(own, "songs")
        case "genres":
            models_show.genres(own, "songs")
        case "certainty":
            models_show.certainty(own, "songs")
        case "songs":
            models_track.cases(own, "songs")
            st.header("All songs", anchor=False)
            parts.table(_every(found, models_data.genres_of(card)), "own-songs")
    models_more.downloads(
        own, {"songs": found.found}, [card], "songs", asked="songs", file=f"{card['name']}-songs"
    )


def _every(found: OwnTest, genres: tuple[str, ...]) -> dict[str, list[Any]]:
    said = found.found.probabilities
    return {
        "Song": list(found.found.tracks),
        "Label": [name_of(genres[label]) for label in found.found.labels],
        "Called": [name_of(genres[row.argmax()]) for row in said],
        "How sure (%)": [round(100 * float(row.max())) for row in said],
    }
