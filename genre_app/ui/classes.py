"""The parts of the page Your classes: a collection, its cards, what came out of the work."""

import io
import zipfile
from collections.abc import Sequence
from typing import Any, Final

import streamlit as st

from genre_app import gtzan
from genre_app.collection.gather import Gathered
from genre_app.collection.job import Job
from genre_app.collection.model import write
from genre_app.collection.result import Outcome, message, rows
from genre_app.collection.songs import LEAST_SONGS, Song, class_name
from genre_app.collection.store import (
    Collection,
    changing,
    delete,
    free_name,
    from_bytes,
    load,
    names,
    save,
    to_bytes,
)
from genre_app.errors import GenreAppError
from genre_app.genres import name_of
from genre_app.places import USUAL, VARIABLE, public
from genre_app.ui import parts
from genre_app.ui.own_classes import check_room, collections, desk, models, visitor
from genre_app.ui.state import escape_markdown
from genre_app.wording import counted, noted_heading

__all__ = ["FIRST", "cards", "chosen", "empty", "form_key", "manage", "refuse", "results"]

FIRST: Final = "My classes"
"""The collection that is there before anybody has named one."""

_RENAMED: Final = "import-renamed"
"""Where it waits to be said that an imported collection got another name."""

_PARTS: Final = {"train": "to learn from", "valid": "to calibrate", "test": "to test"}


def chosen() -> Collection:
    """Let the visitor choose a collection, or name a new one."""
    known = names(collections())
    options = list(dict.fromkeys([*known, _as_kept(FIRST, known)]))
    kept = st.session_state.get("collection-choice") or st.session_state.get("collection")
    if not kept:  # The page was loaded again, perhaps: its work is looked for where it was.
        job = desk().of(visitor())
        kept = options[0] if job is None or not job.about else job.about
    kept = _as_kept(kept, known)
    if kept not in options:
        options.append(kept)
    # Told each time: the browser would keep what was typed, and what was chosen before an import.
    st.session_state["collection-choice"] = kept
    picked = st.selectbox(
        "Collection",
        options,
        accept_new_options=True,
        key="collection-choice",
        help="A set of classes. Type a new name to begin another one.",
    )
    try:
        name = _as_kept(class_name(picked or FIRST, what="collection"), known)
        before = st.session_state.get("collection", name)
        if before != name:
            _forget_what_was_said(before)
        st.session_state["collection"] = name
    except GenreAppError as error:
        refuse(error)
        st.stop()
    if name not in known:
        return Collection(name)
    try:
        return load(name, collections())
    except GenreAppError:
        # The page goes on, so that it can be deleted or begun anew.
        st.error(
            f"What was kept of {escape_markdown(name)} is damaged. Delete it below, or add songs "
            "to begin anew.",
            icon=":material/error:",
        )
        return Collection(name)


def _as_kept(name: str, known: Sequence[str]) -> str:
    """Spell a name as it is kept: capitals do not tell collections apart, nor their files."""
    return next((one for one in known if one.casefold() == name.casefold()), name)


def form_key(form: str) -> str:
    """Give a form's key: another one once its songs were taken, so that it is empty then."""
    return f"{form}-{st.session_state.get(f'{form}-turn', 0)}"


def empty(form: str) -> None:
    """Let a form be empty when the page is next shown."""
    turn = f"{form}-turn"
    st.session_state[turn] = st.session_state.get(turn, 0) + 1


def cards(collection: Collection) -> None:
    """Show a card for each class, with its songs and where they stand."""
    columns = st.columns(min(3, max(1, len(collection.classes))))
    for number, genre in enumerate(collection.classes):
        songs = collection.of(genre)
        # Not its number: another tab may have removed a class before it.
        key = f"{collection.name}/{genre}"
        with columns[number % len(columns)].container(border=True):
            st.markdown(f"**{escape_markdown(name_of(genre))}**")
            counts = ", ".join(
                f"{sum(song.part == part for song in songs)} {words}"
                for part, words in _PARTS.items()
            )
            clips = sum(len(song.cells) for song in songs)
            st.caption(
                f"{counted(len(songs), 'song')}, {counted(clips, 'clip')} of 30 s. Songs {counts}."
            )
            if len(songs) < LEAST_SONGS:
                st.badge(
                    f"{LEAST_SONGS - len(songs)} more needed",
                    icon=":material/hourglass_empty:",
                    color="orange",
                )
            with st.expander("Songs", icon=":material/queue_music:"):
                st.dataframe(_song_table(songs), hide_index=True, key=f"songs-{key}")
                if st.button("Remove this class", icon=":material/delete:", key=f"drop-{key}"):
                    try:
                        _remove(collection.name, genre)
                        st.rerun()
                    except GenreAppError as error:
                        refuse(error)


def _song_table(songs: Sequence[Song]) -> dict[str, list[Any]]:
    table: dict[str, list[Any]] = {
        "Song": [song.name for song in songs],
        "Used": [_PARTS[song.part] for song in songs],
        "Seconds": [round(song.duration_s) for song in songs],
    }
    if any(song.notes for song in songs):
        table["Notes"] = [" ".join(song.notes) or None for song in songs]
    return table


def _remove(name: str, genre: str) -> None:
    with changing:
        save(load(name, collections()).without(genre), collections())
    _forget_what_was_said(name)


def _forget_what_was_said(name: str) -> None:
    """Say no longer how the last work at a collection ended; a network that came of it stays."""
    job = desk().of(visitor())
    if job is not None and job.about == name and (job.kind, job.state) != ("train", "done"):
        desk().clear(visitor())


def _import(file: Any) -> None:  # noqa: ANN401  # UploadedFile
    """Take in a collection that somebody exported; one that is here already stays."""
    found = from_bytes(file.getvalue())
    with changing:
        name = free_name(found.name, collections())
        check_room(Collection(name), len(found.songs))
        save(Collection(name, found.songs), collections())
    if name != found.name:
        st.session_state[_RENAMED] = (
            f"A collection called {found.name} is here already. The imported one is called {name}."
        )
    st.session_state["collection"] = name
    st.session_state.pop("collection-choice", None)


def results(collection: Collection) -> None:
    """Show what the last work of this visitor gave, if it was at this collection."""
    job = desk().of(visitor())
    if job is None or job.state == "running" or job.about != collection.name:
        return
    if job.state == "stopped":
        st.info("Stopped. Nothing was changed.", icon=":material/stop:")
    elif job.state == "failed":
        st.error(escape_markdown(job.error), icon=":material/error:")
    elif isinstance(job.result, Gathered):
        _gathered(job.result)
    else:
        taught, outcome = job.result
        _trained(taught, outcome, job)


def _gathered(found: Gathered) -> None:
    if found.added:
        st.success(f"{counted(found.added, 'song')} added.", icon=":material/check_circle:")
    if found.noted:
        st.warning(f"{noted_heading(found.noted)}: the table has them.", icon=":material/info:")
        parts.noted(found.noted, "noted")
    if found.skipped:
        st.warning(
            f"{counted(len(found.skipped), 'file')} left out. The table says why.",
            icon=":material/playlist_remove:",
        )
        parts.left_out(found.skipped, "skipped")


def _trained(collection: Collection, outcome: Outcome, job: Job) -> None:
    st.header("What came out", anchor=False)
    st.success(escape_markdown(message(outcome)), icon=":material/school:")
    table: dict[str, list[Any]] = {"Genre": [], "Songs": [], "Before": [], "After": [], "": []}
    for row in rows(outcome):
        before = "not known" if row.before is None else f"{row.before.value:.0%}"
        table["Genre"].append(row.title)
        table["Songs"].append(row.songs)
        table["Before"].append(before)
        table["After"].append(f"{row.after.value:.0%}")
        table[""].append(f"{row.after.low:.0%} to {row.after.high:.0%}")
    table["95 % interval"] = table.pop("")
    if outcome.base is None:
        table.pop("Before")
    st.dataframe(table, hide_index=True, key="before-after")
    st.caption(
        "Share of the songs kept back for testing that are named rightly. Nothing was learnt or "
        "chosen from them. Your songs are split by song; the bundled tracks by artist."
        + (
            ""
            if outcome.base is None
            else " The interval of all genres that it knew is drawn by artist; those of single "
            "genres count each track as if it were by another artist, and are too narrow."
        )
    )
    _keep(collection, outcome, job)


def _keep(collection: Collection, outcome: Outcome, job: Job) -> None:
    """Offer to keep a model, and to download it once it is kept."""
    if public():
        usual = ", ".join(f"`{path}` on {system}" for system, path in USUAL.items())
        st.markdown(
            "This server forgets the model when you leave. Download it and unpack it on your own "
            f"computer, into the folder *models* of the app's data ({usual}, or the folder that "
            f"`{VARIABLE}` names): the app reads songs with it there."
        )
    with st.form("keep", border=False):
        left, right = st.columns([3, 1], vertical_alignment="bottom")
        title = left.text_input("Name of the model", value=collection.name, max_chars=40)
        wanted = right.form_submit_button(
            "Make the file" if public() else "Keep as model",
            icon=":material/save:",
            type="primary",
            width="stretch",
        )
    kept = st.session_state.get("kept")
    if wanted:
        try:
            with st.spinner("Writing the model ..."):
                card = write(outcome, collection, gtzan.load(), title=title, folder=models())
            kept = st.session_state["kept"] = (job.id, str(card["name"]), str(card["title"]))
        except GenreAppError as error:
            refuse(error)
    if kept and kept[0] == job.id:
        words = "The file is ready" if public() else f"Kept as model {escape_markdown(kept[2])}"
        st.success(f"{words}.", icon=":material/check_circle:")
        st.download_button(
            "Download the model (zip)",
            lambda: _packed_model(kept[1]),
            file_name=f"{kept[1]}.zip",
            mime="application/zip",
            icon=":material/download:",
            on_click="ignore",
            key="download-model",
        )


def _packed_model(name: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for path in sorted((models() / name).iterdir()):
            target.write(path, f"{name}/{path.name}")
    return file.getvalue()


def manage(collection: Collection) -> None:
    """Offer to export, import and delete collections."""
    if _RENAMED in st.session_state:
        st.info(escape_markdown(st.session_state.pop(_RENAMED)), icon=":material/info:")
    out, into, away = st.columns(3)
    entry = form_key("import")
    out.download_button(
        "Export this collection",
        lambda: to_bytes(collection),
        file_name=f"{collection.name}.collection.zip",
        mime="application/zip",
        icon=":material/download:",
        disabled=not collection.songs,
        on_click="ignore",
        key="export",
        width="stretch",
        help="Features and split only, no audio. Somebody else can import the file.",
    )
    with (
        into.popover("Import a collection", icon=":material/upload:", width="stretch"),
        st.form(entry, border=False),
    ):
        file = st.file_uploader("Exported collection", type="zip", key=f"{entry}-file")
        if st.form_submit_button("Import", type="primary"):
            if file is None:
                st.error("Choose an exported collection first.", icon=":material/error:")
            else:
                try:
                    _import(file)
                    empty("import")  # So that a second click makes no second copy.
                    st.rerun()
                except GenreAppError as error:
                    refuse(error)
    with away.popover("Delete", icon=":material/delete:", width="stretch"):
        st.write("This deletes the features of all classes here. Models that were kept stay.")
        if st.button("Delete this collection", key="delete"):
            try:
                delete(collection.name, collections())
                job = desk().of(visitor())
                # What came of other collections stays.
                if job is not None and job.about == collection.name:
                    desk().clear(visitor())
                st.session_state.pop("collection", None)
                st.session_state.pop("collection-choice", None)
                st.rerun()
            except GenreAppError as error:
                refuse(error)


def refuse(error: GenreAppError) -> None:
    """Say what is wrong, and what to do."""
    st.error(escape_markdown(str(error)), icon=":material/error:")
