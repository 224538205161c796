"""Why: what in the song made the model say so, tested and made audible."""

import streamlit as st

from genre_app.errors import GenreAppError
from genre_app.examples import EXAMPLES
from genre_app.ui import loading, player, reading_report, show, state, why

STYLES = {example.key: example.style for example in EXAMPLES}
SHARES = (0.05, 0.1, 0.2)

st.title("Why this genre?", anchor=False)

song = state.song()
if song is None:
    st.info(
        "There is no song in hand yet: give one to the page Listen, or take an example.",
        icon=":material/arrow_upward:",
    )
    st.selectbox(
        "Take an example",
        list(STYLES),
        format_func=STYLES.__getitem__,
        key="example",
        index=None,
        placeholder="Eight styles, made by this project",
        on_change=state.choose_example,
    )
    st.stop()

try:
    with st.spinner("Decoding the song ..."):
        sound = loading.decode(song)
except GenreAppError as error:
    st.error(state.escape_markdown(str(error)), icon=":material/error:")
    st.stop()

show.title(sound.recording)
player.prepare(song, sound)
# Filled below, when it is known whose blend is drawn in it.
place = st.container(key="why-player")
try:
    asked = why.choose(song, sound)
except GenreAppError as error:
    with place:
        why.by_ear(song, sound)
    st.error(state.escape_markdown(str(error)), icon=":material/error:")
    st.stop()
with place:
    why.by_ear(song, sound, asked.model)

st.header("Where it comes from", anchor=False)
found = why.explained(asked)
if found is not None:
    share = st.radio(
        "Mark of the picture",
        SHARES,
        index=SHARES.index(0.1),
        format_func=lambda part: f"{100 * part:.0f} %",
        horizontal=True,
        key="why-share",
        persist_state="session",
    )
    why.shown(asked, found, share)
    st.header("Hear it", anchor=False)
    why.heard(asked, found, share)

st.header("Take it apart", anchor=False)
st.markdown(
    "Make parts of the sound louder or softer, or switch them off, all the way to the left. See "
    "which bars they carry."
)
why.apart(asked)

st.header("What it reminds the model of", anchor=False)
why.nearest(asked, sound)

reading = why.read_whole(song, sound, asked.model)
if reading is not None:
    st.header("Take it away", anchor=False)
    reading_report.offer(song, sound, [reading])
