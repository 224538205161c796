"""Blend Lab: mix two songs, and see whether the bars follow the fader."""

import streamlit as st

from genre_app import zoo
from genre_app.errors import GenreAppError
from genre_app.ui import lab, state

TYPES = ["wav", "flac", "mp3", "ogg", "oga", "opus", "m4a", "aac", "mp4", "webm", "wma"]
TYPES += ["aiff", "aif", "au"]

st.title("Mix two songs", anchor=False)
st.markdown(
    "Here the true answer is known: you set how much of each song is in the mix. Does the model "
    "say so too?"
)

try:
    left, right = st.columns(2)
    with left:
        first = lab.side("First song", default="chamber-quintet", types=TYPES)
    with right:
        second = lab.side("Second song", default="drop-c-metal", types=TYPES)
    if first is None or second is None:
        st.info("Choose two songs.", icon=":material/arrow_upward:")
        st.stop()
    parts, names = (first.samples, second.samples), (first.name, second.name)
    model = st.selectbox(
        "Model",
        zoo.ready(),
        format_func=lambda name: str(zoo.card(name)["title"]),
        key="lab-model",
        persist_state="session",
    )
    share = (
        st.slider(
            "Crossfader: how much of the first song",
            0,
            100,
            50,
            step=10,
            format="%d %%",
            key="lab-fader",
            persist_state="session",
            help="Of the mix's power. Both songs have the same mean power before they are mixed.",
        )
        / 100
    )
    lab.mixed(parts, share)
    found = lab.swept(parts, model)
    if found is not None:
        st.header("What the bars make of it", anchor=False)
        lab.shown(found, share, names)
except GenreAppError as error:
    st.error(state.escape_markdown(str(error)), icon=":material/error:")
