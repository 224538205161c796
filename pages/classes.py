"""Your classes: name genres of one's own, give songs, add them to a model."""

import streamlit as st

from genre_app import architectures, places, zoo
from genre_app.collection.songs import LEAST_SECONDS
from genre_app.errors import GenreAppError
from genre_app.ui import classes, classes_work, microphone, own_classes
from genre_app.ui.state import escape_markdown

TYPES = ["wav", "flac", "mp3", "ogg", "oga", "opus", "m4a", "aac", "mp4", "webm", "wma"]
TYPES += ["aiff", "aif", "au"]
SCRATCH = [name for name, kind in architectures.ARCHITECTURES.items() if not kind.pretrained]

st.title("Your classes", anchor=False)
PUBLIC = places.public()
st.markdown(
    "Teach the app a genre that it does not know: the school band, your own songs, anything with "
    "a sound of its own. Name a class, give it songs, and add it to a model. **Four songs are "
    "the least, eight or more are better.** Only features are kept, never the music; "
    + (
        f"only you see them, {own_classes.MOST_SONGS} songs are the most, and all is forgotten "
        "when you leave: export what you want to keep."
        if PUBLIC
        else "whoever uses the app on this computer sees the classes."
    )
)
collection = classes.chosen()
busy = classes_work.running()
if busy:
    classes_work.watch()
classes.results(collection)

if collection.songs:
    st.header("Classes", anchor=False)
    classes.cards(collection)

st.header("Add songs", anchor=False)
card, archive = st.columns(2)
# Not emptied by being submitted: what was chosen and recorded outlives a refusal.
entry, folders = classes.form_key("class"), classes.form_key("zip")
with card, st.form(entry, enter_to_submit=False):
    genre = st.text_input(
        "Name of the class", placeholder="School band", max_chars=40, key=f"{entry}-name"
    )
    files = st.file_uploader("Songs", type=TYPES, accept_multiple_files=True, key=f"{entry}-songs")
    recorded = microphone.record(
        f"Or record one, {LEAST_SECONDS:g} seconds or longer", key=f"{entry}-recorded"
    )
    if st.form_submit_button(
        "Add to this class", icon=":material/library_add:", type="primary", disabled=busy
    ):
        given = [*files, *([recorded] if recorded is not None else [])]
        if not given:
            st.error("Choose songs or record one first.", icon=":material/error:")
        else:
            try:
                classes_work.add_songs(collection, genre, given)
                classes.empty("class")
                st.rerun()
            except GenreAppError as error:
                classes.refuse(error)
with archive, st.form(folders, enter_to_submit=False):
    packed = st.file_uploader(
        "Or a zip file with a folder for each class",
        type="zip",
        key=f"{folders}-file",
        max_upload_size=50 if PUBLIC else 200,
        help="The folders' names become the classes. What is not music is left out, and said.",
    )
    if st.form_submit_button("Add all folders", icon=":material/folder_zip:", disabled=busy):
        if packed is None:
            st.error("Choose a zip file first.", icon=":material/error:")
        else:
            try:
                classes_work.add_zip(collection, packed)
                classes.empty("zip")
                st.rerun()
            except GenreAppError as error:
                classes.refuse(error)

if collection.songs:
    st.header("Teach a model", anchor=False)
    for problem in collection.problems:
        st.warning(escape_markdown(problem), icon=":material/hourglass_empty:")
    taught = collection.ready
    ready = bool(taught.songs) and not busy
    add, scratch = st.columns(2)
    with add.container(border=True):
        base = st.selectbox(
            "Add to a model",
            classes_work.EXTENDABLE,
            format_func=lambda name: zoo.card(name)["title"],
            key="base",
            help="It keeps all it knew; your classes come on top.",
        )
        st.caption(classes_work.estimate(base))
        if st.button(
            "Add the classes", icon=":material/add_circle:", type="primary", disabled=not ready
        ):
            try:
                classes_work.add_to_model(taught, base)
                st.rerun()
            except GenreAppError as error:
                classes.refuse(error)
    with scratch.container(border=True):
        kind = st.selectbox(
            "Or train from scratch",
            ["statistics"] if PUBLIC else SCRATCH,
            index=0 if PUBLIC else SCRATCH.index("statistics"),
            format_func=lambda name: architectures.get(name).title,
            key="scratch",
            help="It will know your classes only. At least two are needed.",
        )
        st.caption(
            "It takes seconds to a minute."
            if PUBLIC
            else "Dense networks take seconds to minutes, convolutional ones many minutes. It goes "
            "on while you look at other pages, and can be stopped."
        )
        if st.button("Train from scratch", icon=":material/model_training:", disabled=not ready):
            try:
                classes_work.train_from_scratch(taught, kind)
                st.rerun()
            except GenreAppError as error:
                classes.refuse(error)

st.header("This collection", anchor=False)
classes.manage(collection)
