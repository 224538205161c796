"""Listen: a song in, its genre blend out."""

import streamlit as st

from genre_app import panels, zoo
from genre_app.audio import wav_bytes
from genre_app.errors import GenreAppError
from genre_app.examples import EXAMPLES
from genre_app.ui import loading, show, state

TYPES = ["wav", "flac", "mp3", "ogg", "oga", "opus", "m4a", "aac", "mp4", "webm", "wma"]
TYPES += ["aiff", "aif", "au"]
STYLES = {example.key: example.style for example in EXAMPLES}

st.title("What is this song made of?", anchor=False)

upload, record, example = st.columns(3)
with upload:
    st.file_uploader("Upload a song", type=TYPES, key="upload", on_change=state.choose_upload)
with record:
    st.audio_input(
        "Record a song", sample_rate=44_100, key="record", on_change=state.choose_recording
    )
with example:
    chosen = st.selectbox(
        "Or take an example",
        list(STYLES),
        format_func=STYLES.__getitem__,
        key="example",
        index=None,
        placeholder="Eight styles, made by this project",
        on_change=state.choose_example,
    )
    if chosen is not None:
        st.caption(next(piece.how for piece in EXAMPLES if piece.key == chosen))

song = state.song()
if song is None:
    st.info(
        "Upload a song, record one with the microphone, or choose an example. "
        "Nothing leaves the computer that runs this page.",
        icon=":material/arrow_upward:",
    )
    st.stop()

try:
    with st.spinner("Decoding the song ..."):
        sound = loading.decode(song)
except GenreAppError as error:
    st.error(state.escape_markdown(str(error)), icon=":material/error:")
    st.stop()

recording = sound.recording
show.title(recording)
st.audio(wav_bytes(recording.samples), format="audio/wav")

model = st.selectbox(
    "Model",
    zoo.names(),
    format_func=lambda name: zoo.card(name)["title"],
    key="model",
    help="Which network reads the song. How it works lists what each has measured.",
)
try:
    with st.spinner("Reading the song (the first time also loads the model) ..."):
        reading = loading.read_song(song, sound, model)
except GenreAppError as error:
    st.error(state.escape_markdown(str(error)), icon=":material/error:")
    st.stop()

show.certainty(reading)
left, right = st.columns([2, 3])
with left:
    st.subheader("The blend", anchor=False)
    show.bars(reading)
with right:
    st.subheader("Through time", anchor=False)
    show.ribbon(reading)
show.downloads(reading)

st.subheader("The sound", anchor=False)
looked_at = st.segmented_control(
    "Panels",
    panels.PANELS,
    format_func=panels.TITLES.__getitem__,
    selection_mode="multi",
    default=[panels.PANELS[0]],
    key="panels",
    help="Each is computed when it is looked at.",
)
for key in panels.PANELS:
    if key in looked_at:
        show.panel(sound, key)
