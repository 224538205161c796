"""Offer all that is known of the song in hand as a file."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from genre_app import zoo
from genre_app.errors import ModelError
from genre_app.explain import Explanation
from genre_app.panels import Sound
from genre_app.reading import ENSEMBLE, Reading
from genre_app.ui.state import Song, file_stem
from genre_app.ui.working import Kept

__all__ = ["explanations", "offer", "remember"]

_ASKED = "explained-keys"
"""What this visitor has had explained: which report they belong into, and by which weights."""


@st.cache_resource(show_spinner=False)
def explanations() -> Kept[Explanation]:
    """Give the explanations of late, of all visitors."""
    # A class of thirty asks some questions each; one takes about 0.4 MB.
    return Kept(96)


def remember(song: Song, key: tuple[object, ...], model: str) -> None:
    """Note that an explanation, made by a model as it is now, belongs into the report of a song."""
    keys = st.session_state.setdefault(_ASKED, {}).setdefault(song.sha256, {})
    keys.setdefault(key, zoo.fingerprint(zoo.card(model)))


def offer(song: Song, sound: Sound, readings: Sequence[Reading]) -> None:
    """Show the buttons for the report, as a page to read and as data."""
    found = _explained(song)
    models = [one.model for one in readings] + [one.model for one in found]
    cards = {model: zoo.card(model) for model in models if model != ENSEMBLE}
    with st.container(horizontal=True):
        st.download_button(
            "Report (HTML)",
            partial(_html, sound, readings, cards, found),
            file_name=f"{file_stem(song.name)}.html",
            mime="text/html",
            icon=":material/description:",
            on_click="ignore",
            key="html-reading",
        )
        st.download_button(
            "Report (JSON)",
            partial(_json, sound, readings, cards, found),
            file_name=f"{file_stem(song.name)}-report.json",
            mime="application/json",
            icon=":material/data_object:",
            on_click="ignore",
            key="json-report",
        )
    st.caption(
        "Bars, intervals, certainty, the five pictures, the model's card and all versions in one "
        "file that opens without internet"
        + (", with what was explained on the page Why." if found else ".")
    )


def _explained(song: Song) -> list[Explanation]:
    kept = explanations()
    keys = st.session_state.get(_ASKED, {}).get(song.sha256, {})
    every = [(kept.get(key), made) for key, made in keys.items()]
    return [found for found, made in every if found is not None and _is_current(found.model, made)]


def _is_current(model: str, made: str) -> bool:
    """Say whether a model is what it was: its explanations are not those of another one."""
    try:
        return zoo.fingerprint(zoo.card(model)) == made
    except ModelError:  # It was deleted meanwhile.
        return False


# What reports are made with takes a tenth of a second to import, which the first page does without.


def _html(
    sound: Sound,
    readings: Sequence[Reading],
    cards: Mapping[str, Any],
    found: Sequence[Explanation],
) -> bytes:
    from genre_app.report import reading_report

    return reading_report(sound, readings, cards, explanations=found)


def _json(
    sound: Sound,
    readings: Sequence[Reading],
    cards: Mapping[str, Any],
    found: Sequence[Explanation],
) -> bytes:
    from genre_app.report import reading_json

    return reading_json(sound.recording, readings, cards, explanations=found)
