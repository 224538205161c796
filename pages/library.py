"""Library: many songs in, one table, map and playlist out."""

import streamlit as st

from genre_app import places, zoo
from genre_app.errors import GenreAppError
from genre_app.ui import library_show, library_state, library_views
from genre_app.ui.state import escape_markdown
from genre_app.wording import counted

TYPES = ["wav", "flac", "mp3", "ogg", "oga", "opus", "m4a", "aac", "mp4", "webm", "wma"]
TYPES += ["aiff", "aif", "au"]
VIEWS = {
    "Songs": ":material/queue_music:",
    "Albums": ":material/album:",
    "Artists": ":material/artist:",
    "Map": ":material/scatter_plot:",
    "Playlist": ":material/playlist_add:",
}
PUBLIC = places.public()

st.title("What is your music made of?", anchor=False)

if PUBLIC:
    upload, right = st.columns([3, 2])
else:
    upload, folder, right = st.columns([3, 3, 2])
with upload:
    st.file_uploader(
        "Upload songs",
        type=TYPES,
        accept_multiple_files=True,
        key=library_state.upload_key(),
        on_change=library_state.take_uploads,
    )
if not PUBLIC:
    with folder:
        st.text_input(
            "Or name a folder on this computer",
            key="library-folder",
            persist_state="session",
            placeholder="/home/me/Music",
            icon=":material/folder_open:",
        )
        st.button(
            "Read the folder",
            icon=":material/play_arrow:",
            key="library-read",
            on_click=library_state.read_folder,
            help="With all folders in it. Each song is read once: next time only new ones are.",
        )
right.selectbox(
    "Model",
    library_state.models(),
    index=library_state.models().index(zoo.DEFAULT),
    format_func=lambda name: zoo.card(name)["title"],
    key=library_state.MODEL_KEY,
    persist_state="session",
    help="Each model keeps its own readings.",
)
library_show.progress()

try:
    shelf = library_state.shelf()
except GenreAppError as error:
    st.error(escape_markdown(str(error)), icon=":material/error:")
    st.stop()

current = library_state.job()
idle = current is None or current.look().over
if shelf.waiting and idle:
    st.button(
        f"Read {counted(shelf.waiting, 'song')} with this model",
        icon=":material/play_arrow:",
        key="library-waiting",
        on_click=library_state.read_waiting,
        help="Songs of the library that the chosen model has not read.",
    )
library_show.failures(shelf.failures)
if not shelf.songs and shelf.waiting and idle:
    st.info("The chosen model has read none of these songs yet.", icon=":material/arrow_upward:")
elif not shelf.songs:
    limits = library_state.visit().uploads.limits
    st.info(
        "Upload several songs at once and see what they are made of, side by side."
        + (
            f" Up to {limits.songs} songs and {limits.total_bytes / 2**20:.0f} MB; they are "
            "forgotten when you close this page."
            if PUBLIC
            else " What was read is kept on this computer; nothing leaves it."
        ),
        icon=":material/arrow_upward:",
    )
if not shelf.songs:
    if shelf.failures or shelf.waiting:
        library_views.emptying()
    st.stop()

st.header("The songs", anchor=False)
songs, genre = library_show.filters(shelf.songs)
view = st.radio(
    "View",
    list(VIEWS),
    format_func=lambda one: f"{VIEWS[one]} {one}",
    horizontal=True,
    key="library-view",
    persist_state="session",
    label_visibility="collapsed",
)
if not songs:
    st.info("No song fits. Ask for less, or clear the search.", icon=":material/filter_alt_off:")
elif view == "Songs":
    library_show.song_list(songs, genre)
    library_show.closer(songs, shelf.songs)
elif view == "Albums":
    library_views.album_view(songs)
elif view == "Artists":
    library_views.artist_view(songs)
elif view == "Map":
    library_views.map_view(songs, library_show.closer(songs, shelf.songs))
else:
    library_views.playlist_view(songs)
library_views.downloads(songs, shelf.failures)
library_views.emptying()
