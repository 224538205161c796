"""Measure a model on songs of the visitor's own: a folder or a zip with a folder a genre."""

import hashlib
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import streamlit as st

from genre_app import places, zoo
from genre_app.collection.archive import Archive
from genre_app.collection.measured import OwnTest, measure_source
from genre_app.collection.source import Folder, Limits, Source
from genre_app.errors import CollectionError, GenreAppError
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
from genre_app.ui.working import Kept, Turns, working
from genre_app.wording import counted, noted_heading

__all__ = ["show"]

_ASKED: Final = "own-asked"
"""What the visitor wants read: the key of :func:`_results` and where it lies, not its bytes."""

_LIMITS: Final = Limits(entries=300, total_bytes=500 * 2**20)
"""Of strangers."""

_LIMIT_S: Final = 600.0
"""Seconds that the songs of a stranger are read at most."""

_VIEWS: Final = {
    "confusion": "What it mistakes",
    "genres": "Genre by genre",
    "certainty": "How sure it is",
    "songs": "Songs",
}


@st.cache_resource(show_spinner=False)
def _results() -> Kept[OwnTest]:
    # Of all visitors; a song takes some hundred bytes, and to read it again takes seconds.
    return Kept(64)


@st.cache_resource(show_spinner=False)
def _turns() -> Turns:
    return Turns(1)


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
            max_upload_size=50 if places.public() else 200,
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
    found = _read(asked, card, packed)
    if found is not None:
        _show(found, card, str(asked["title"]))


def _ask(packed: Any, folder: str) -> None:  # noqa: ANN401  # UploadedFile
    if packed is None and not folder:
        st.error("Choose a zip file first.", icon=":material/error:")
    elif packed is not None:
        # Unlike getbuffer, this makes no copy.
        print_ = hashlib.sha256(packed.getvalue()).hexdigest()
        st.session_state[_ASKED] = {"key": print_, "title": packed.name, "file": packed.file_id}
    else:
        st.session_state[_ASKED] = {"key": folder, "title": Path(folder).name, "folder": folder}


def _read(
    asked: Mapping[str, Any],
    card: Mapping[str, Any],
    packed: Any,  # noqa: ANN401  # UploadedFile
) -> OwnTest | None:
    name = str(card["name"])
    try:
        source = _source(asked, packed)
        # A folder may change between two looks at it.
        changing = source.members if source is not None and "folder" in asked else ()
        listing = tuple((member.path, member.size) for member in changing)
        key = (asked["key"], listing, name, zoo.fingerprint(card))
        found = _results().get(key)
        if found is None and source is None:
            st.info("The zip file is not here any more: choose it again.", icon=":material/info:")
        elif found is None and source is not None:
            found = _measured(source, name)
            _results().put(key, found)
    except GenreAppError as error:
        st.error(escape_markdown(str(error)), icon=":material/error:")
        return None
    return found


def _source(asked: Mapping[str, Any], packed: Any) -> Source | None:  # noqa: ANN401
    """Open what is to be read; nothing once the uploader does not hold it any more."""
    if "folder" in asked:
        # Unlike Path's, it leaves the home of somebody unknown as it is: no such folder.
        return Folder(Path(os.path.expanduser(asked["folder"])))
    if packed is None or packed.file_id != asked["file"]:
        return None
    return Archive(packed, limits=_LIMITS if places.public() else None)


def _measured(source: Source, name: str) -> OwnTest:
    words = f"Reading {counted(len(source.members), 'song')}"
    with working(words, key="own-stop", on_stop=_forget) as tell:
        line = st.empty()

        def wait(before: int) -> None:
            who = "another's are" if before == 1 else f"those of {before} others are"
            line.caption(f"One visitor's songs are read at a time: {who} before yours.")
            tell(0.0)

        with _turns().turn(wait):
            line.empty()
            return measure_source(source, name, progress=_limited(tell))


def _limited(tell: Callable[[float], None]) -> Callable[[float], None]:
    """End the reading where strangers come and its time is up."""
    began = time.monotonic()

    def told(share: float) -> None:
        if places.public() and share < 1 and time.monotonic() - began > _LIMIT_S:
            _forget()  # Or the next click would begin it anew.
            raise CollectionError(
                f"The reading was stopped after {_LIMIT_S / 60:g} minutes, the most on this "
                "server. Give fewer or shorter songs."
            )
        tell(share)

    return told


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
        left_out = counted(len(found.skipped), "file")
        with st.expander(f"Left out: {left_out}", icon=":material/rule:"):
            parts.left_out(found.skipped, "own-skipped")
    if found.noted:
        with st.expander(noted_heading(found.noted), icon=":material/info:"):
            parts.noted(found.noted, "own-noted")
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
