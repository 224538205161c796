"""Models: which to believe, what each mistakes for what, and how sure it is."""

import streamlit as st

from genre_app.errors import GenreAppError
from genre_app.ui import (
    links,
    models_cells,
    models_data,
    models_map,
    models_more,
    models_own,
    models_show,
    models_track,
)
from genre_app.ui.state import escape_markdown

SECTIONS = {
    "leaderboard": "All models",
    "confusion": "What it mistakes",
    "two": "Two models",
    "genres": "Genre by genre",
    "certainty": "How sure it is",
    "tracks": "Tracks",
    "map": "Map",
    "blends": "Blends and rough treatment",
    "own": "Your songs",
    "export": "Take it away",
}

st.title("Which model can one believe?", anchor=False)
links.follow("section", list(SECTIONS), default="leaderboard")
section = st.radio(
    "What to look at",
    SECTIONS,
    format_func=SECTIONS.__getitem__,
    horizontal=True,
    key="section",
    persist_state="session",
    help="Each is drawn when it is looked at, from answers that are stored with the models.",
)
cards = models_data.cards()
if not cards:
    st.info("There is no model yet. Train one, and it appears here.", icon=":material/info:")
    st.stop()
if section in {"leaderboard", "map"}:
    links.remember(section=section)
if section == "leaderboard":
    models_show.leaderboard(cards)
    st.stop()
if section == "map":
    models_map.show(cards)
    st.stop()

left, right = st.columns(2)
links.follow("model", list(cards), default=next(iter(cards)))
model = left.selectbox(
    "Model",
    list(cards),
    format_func=lambda name: cards[name]["title"],
    key="model",
    persist_state="session",
)
card = cards[model]
if section == "own":
    links.remember(section=section, model=model)
    models_own.show(card)
    st.stop()
measured = models_data.protocols_of(card)
if not measured:
    st.info("This model was never measured.", icon=":material/info:")
    st.stop()
links.follow("protocol", measured, default=measured[0])
protocol = right.radio(
    "Test tracks",
    measured,
    format_func=models_show.PROTOCOL_WORDS.__getitem__,
    horizontal=True,
    key="protocol",
    persist_state="session",
    help=models_show.PROTOCOL_HELP,
)
try:
    models_cells.follow_label(card, protocol)
    links.remember(section=section, model=model, protocol=protocol)
    models_show.header(card, protocol)
    match section:
        case "confusion":
            models_track.audio_folder()
            models_cells.matrix(card, protocol, cards)
        case "two":
            models_cells.compare(cards, card, protocol)
        case "genres":
            models_show.genres(card, protocol)
        case "certainty":
            models_show.certainty(card, protocol)
            models_show.learning(card, protocol)
        case "tracks":
            models_track.audio_folder()
            models_track.doubts(cards, protocol)
            models_track.cases(card, protocol)
        case "blends":
            models_more.blends(card)
            models_more.roughness(card)
        case "export":
            models_more.export(cards, card, protocol)
except GenreAppError as error:
    st.error(escape_markdown(str(error)), icon=":material/error:")
