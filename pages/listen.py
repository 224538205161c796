"""Listen: a song in, its genre blend out."""

import streamlit as st

from genre_app import places
from genre_app.examples import EXAMPLES
from genre_app.ui import microphone, state

TYPES = ["wav", "flac", "mp3", "ogg", "oga", "opus", "m4a", "aac", "mp4", "webm", "wma"]
TYPES += ["aiff", "aif", "au"]
STYLES = {example.key: example.style for example in EXAMPLES}

st.title("What is this song made of?", anchor=False)
state.follow_link()

upload, record, example = st.columns(3)
with upload:
    st.file_uploader(
        "Upload a song", type=TYPES, key=state.input_key("upload"), on_change=state.choose_upload
    )
with record:
    microphone.record(
        "Record a song", key=state.input_key("record"), on_change=state.choose_recording
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
        how = next(piece.how for piece in EXAMPLES if piece.key == chosen)
        st.caption(
            f"{how} The models have learnt from recordings, and name most of these pieces wrongly: "
            "they show what the app does, not how well."
        )

song = state.song()
if song is None:
    st.info(
        "Upload a song, record one with the microphone, or choose an example. "
        + (
            "The song goes to this server and no further."
            if places.public()
            else "Nothing leaves the computer that runs this page."
        ),
        icon=":material/arrow_upward:",
    )
    st.stop()

# Not above: the first page does without what reads and draws, which the warm-up loads meanwhile.
from genre_app import panels, zoo  # noqa: E402
from genre_app.errors import GenreAppError  # noqa: E402
from genre_app.reading import ensemble  # noqa: E402
from genre_app.ui import choices, loading, player, reading_report, show  # noqa: E402

try:
    with st.spinner("Decoding the song ..."):
        sound = loading.decode(song)
except GenreAppError as error:
    st.error(state.escape_markdown(str(error)), icon=":material/error:")
    st.stop()

recording = sound.recording
show.title(recording)
player.prepare(song, sound)
# Filled below, when there is a blend to draw in it.
place = st.container(key="listen-player")

models = st.multiselect(
    "Models",
    zoo.ready(),
    default=[zoo.DEFAULT],
    format_func=lambda name: zoo.card(name)["title"],
    max_selections=6,
    key="models",
    persist_state="session",
    help="Which networks read the song. Choose two or more to see whether they agree. "
    "How it works lists what each has measured.",
)
if not models:
    with place:
        player.listen(song, sound)
    st.info("Choose at least one model.", icon=":material/arrow_upward:")
    st.stop()
if state.stopped():
    with place:
        player.listen(song, sound)
    st.info("The reading was stopped.", icon=":material/stop:")
    st.button(
        "Read it after all", icon=":material/play_arrow:", on_click=state.read_again, key="again"
    )
    st.stop()
try:
    readings = [loading.read_song(song, sound, model) for model in models]
    if len(readings) > 1:
        show.compare(readings)
        # Models that know different genres can be compared, but not vote together.
        if len({reading.genres for reading in readings}) == 1:
            readings = [ensemble(readings), *readings]
except GenreAppError as error:
    with place:
        player.listen(song, sound)
    st.error(state.escape_markdown(str(error)), icon=":material/error:")
    st.stop()

found = {reading.model: reading for reading in readings}
reading = readings[0]
if len(found) > 1:
    closer = st.selectbox(
        "Look closer at",
        list(found),
        format_func=show.model_title,
        key="closer",
        persist_state="session",
        help="All models together: the mean of their calibrated probabilities.",
    )
    reading = found[closer]
first = [panels.PANELS[0]]
show.certainty(reading)
left, right = st.columns([2, 3])
with left:
    st.header("The blend", anchor=False)
    show.bars(reading)
with right:
    st.header("Through time", anchor=False)
    show.ribbon(reading)
# After the bars: on a busy server one would wait for the sound to be encoded.
with place:
    looked_at = choices.chosen(panels.PANELS, key="panels", default=first)
    player.listen(song, sound, reading, models, looked_at)
show.downloads(reading, song.name)
# First the one that is looked at closer.
reading_report.offer(song, sound, [reading, *(one for one in readings if one is not reading)])

st.header("The sound", anchor=False)
for key in choices.several(
    "Panels",
    panels.TITLES,
    key="panels",
    default=first,
    help="Each is computed when it is looked at.",
):
    show.panel(sound, key)
