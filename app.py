"""Start here: ``streamlit run app.py``."""

import logging
from pathlib import Path

import streamlit as st

from genre_app import places
from genre_app.ui import admin, errors
from genre_app.ui.warm import warm_up

if __name__ == "__main__":  # For each visitor.
    st.set_page_config(
        page_title="Genre Blend",
        # The name of an icon would make every browser fetch it from Google.
        page_icon=str(Path(__file__).parent / "genre_app/ui/icon.svg"),
        layout="wide",
        initial_sidebar_state="collapsed",
    )
    warm_up()
    admin.line()
    st.navigation(
        [
            st.Page("pages/listen.py", title="Listen", icon=":material/headphones:", default=True),
            st.Page(
                "pages/why.py",
                title="Why",
                icon=":material/troubleshoot:",
                url_path="why-this-genre",
            ),
            st.Page(
                "pages/blend_lab.py",
                title="Blend Lab",
                icon=":material/tune:",
                url_path="mix-two-songs",
            ),
            st.Page(
                "pages/library.py",
                title="Library",
                icon=":material/library_music:",
                url_path="many-songs",
            ),
            st.Page(
                "pages/classes.py",
                title="Your classes",
                icon=":material/category:",
                url_path="own-classes",
            ),
            st.Page(
                "pages/train.py",
                title="Train",
                icon=":material/model_training:",
                url_path="retrain",
            ),
            st.Page(
                "pages/models.py",
                title="Models",
                icon=":material/leaderboard:",
                url_path="compare-models",
            ),
            st.Page(
                "pages/guide.py",
                title="How it works",
                icon=":material/menu_book:",
                url_path="how-it-works",
            ),
        ],
        position="top",
    ).run()
else:  # Once, by the server, before anybody has come.
    # Until it has met st.navigation, Streamlit takes the folder pages/ for a menu of its own, and
    # whoever comes first, by a link to a page, is told that there is none.
    logging.disable(logging.WARNING)  # It warns that there is no visitor.
    st.navigation([st.Page("pages/listen.py")])
    if places.public():  # A host's server starts long before somebody wants a song read.
        warm_up()
    logging.disable(logging.NOTSET)
    errors.hush()
    app = st.App(__file__, on_script_error=errors.tell)
