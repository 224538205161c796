"""Train: retrain a network in front of a class, see it over-fit, stop it, keep it."""

import streamlit as st

from genre_app.errors import GenreAppError
from genre_app.ui import cockpit, links, train_forms, train_runs
from genre_app.ui.state import escape_markdown

MODES = {
    "retrain": ":material/model_training: Retrain",
    "fine-tune": ":material/tune: Fine-tune",
    "leak": ":material/water_drop: The leak",
    "runs": ":material/history: Runs and models",
}

st.title("Train a model", anchor=False)
st.markdown(
    "A network learns the genres from 30-second excerpts of GTZAN, on the machine that runs this "
    "app. Watch the two curves: while both accuracies rise it learns; when only the training curve "
    "rises it *over-fits*, it learns its tracks by heart."
)
try:
    cockpit.watch()
    links.follow("train-mode", list(MODES), default="retrain")
    mode = st.radio(
        "What to do",
        list(MODES),
        format_func=MODES.__getitem__,
        horizontal=True,
        key="train-mode",
        persist_state="session",
    )
    links.remember(**{"train-mode": mode})
    if mode == "retrain":
        train_forms.retrain()
        train_runs.latest()
    elif mode == "fine-tune":
        train_forms.fine_tune()
        train_runs.latest()
    elif mode == "leak":
        train_forms.leak()
        train_runs.latest()
    else:
        train_runs.runs()
        train_runs.models()
    train_runs.problem()  # Of what is not on the page any more.
except GenreAppError as error:
    st.error(escape_markdown(str(error)), icon=":material/error:")
