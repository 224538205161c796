"""Parts of the guide that need more than words."""

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from genre_app import examples, panels, zoo
from genre_app.audio import SAMPLE_RATE, load, wav_bytes
from genre_app.evaluation.words import DRAWN, percent
from genre_app.figures.panels import panel_figure
from genre_app.figures.words import panel_message
from genre_app.gtzan import PROTOCOLS
from genre_app.lessons import LESSONS, Lesson, worksheet
from genre_app.panels import Sound
from genre_app.sonify import HEARD_AS, hear
from genre_app.ui.state import escape_markdown

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["lessons", "measured", "pictures"]

_SECONDS = 12.0


def pictures() -> None:
    """Explain each panel, and let it be heard."""
    titles = {example.key: example.title for example in examples.EXAMPLES}
    piece = st.selectbox(
        "Hear them with",
        list(titles),
        format_func=titles.__getitem__,
        key="guide-piece",
        persist_state="session",
        help="What you hear is made of nothing but the numbers in the picture.",
    )
    for key in panels.PANELS:
        picture, sound = st.columns([3, 2], gap="large", vertical_alignment="center")
        figure, message = _drawn(piece, key)
        with picture:
            st.plotly_chart(figure, theme="streamlit", alt=message, key=f"chart-guide-{key}")
            st.caption(message)
        with sound:
            st.markdown(f"**{panels.TITLES[key]}**. {panels.explain(key)}")
            st.audio(_heard(piece, key), format="audio/wav", alt=f"{panels.TITLES[key]}, heard")
            st.caption(HEARD_AS[key])


def measured() -> None:
    """List what was measured of every model."""
    cards = [zoo.card(name) for name in zoo.readable()]
    rows = []
    for card in cards:
        for protocol in PROTOCOLS:
            found = (card.get("protocols") or {}).get(protocol)
            if found is None:
                continue
            rows.append(
                {
                    "Model": card["title"],
                    "Protocol": protocol,
                    "Test tracks": found["tracks"],
                    "Right": percent(found["accuracy"]),
                    "95 % interval": f"{percent(found['low'])} to {percent(found['high'])}",
                    "Calibration error": percent(found["ece"]),
                }
            )
    st.dataframe(rows, hide_index=True, key="guide-measured")
    st.caption(DRAWN)
    for card in cards:
        with st.expander(escape_markdown(str(card["title"]))):
            st.markdown(escape_markdown(str(card.get("summary", ""))))
            limits = (escape_markdown(str(limit)) for limit in card.get("limits") or ())
            st.markdown("\n".join(f"- {limit}" for limit in limits))


def lessons() -> None:
    """Show the lesson plans with links that open the app where they begin."""
    for lesson in LESSONS:
        with st.expander(lesson.title, icon=":material/school:", key=f"lesson-{lesson.key}"):
            _lesson(lesson)
    st.download_button(
        "Worksheets to print",
        worksheet,
        file_name="genre-blend-worksheets.html",
        mime="text/html",
        icon=":material/print:",
        on_click="ignore",
        key="worksheets",
    )


def _lesson(lesson: Lesson) -> None:
    st.markdown(lesson.aim)
    st.markdown("\n".join(f"- **{minutes} min**: {text}" for minutes, text in lesson.steps))
    for link in lesson.links:
        st.page_link(
            link.page,
            label=link.label,
            icon=":material/arrow_forward:",
            query_params=link.query or None,
        )


@st.cache_data(show_spinner="Playing the pictures ...", max_entries=16)
def _heard(piece: str, key: str) -> bytes:
    return wav_bytes(hear(_sound(piece), key, seconds=_SECONDS))


@st.cache_resource(show_spinner="Drawing the pictures ...", max_entries=32)
def _drawn(piece: str, key: str) -> tuple["go.Figure", str]:
    panel = panels.compute(_sound(piece), key)
    return panel_figure(panel, zoom=False), panel_message(panel)


@st.cache_resource(show_spinner=False, max_entries=2)
def _sound(piece: str) -> Sound:
    whole = load(examples.wav(piece), name=piece)
    # What is seen is what is heard, from its beginning to its end.
    return Sound(replace(whole, samples=whole.samples[: round(_SECONDS * SAMPLE_RATE)]))
