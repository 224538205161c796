"""The parts of the page Why: choose, explain, listen, take apart, compare."""

from typing import Any, Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from genre_app import components, zoo
from genre_app.audio import wav_bytes
from genre_app.figures.compare import compare_bars, compare_table
from genre_app.figures.words import percent
from genre_app.genres import NAMES
from genre_app.ui.state import escape_markdown
from genre_app.ui.why_map import explained, heard, shown
from genre_app.ui.why_near import nearest
from genre_app.ui.why_part import Asked, by_ear, choose, read_whole, tenths
from genre_app.ui.working import Kept, working

__all__ = [
    "Asked",
    "apart",
    "by_ear",
    "choose",
    "explained",
    "heard",
    "nearest",
    "read_whole",
    "shown",
    "tenths",
]

_PART_WANTED: Final = "why-part-wanted"


def apart(asked: Asked) -> None:
    """Let the visitor change how loud the parts are, and see what the bars do."""
    spectra = _spectra(asked.key, asked.samples)
    model, gains = zoo.load(asked.model), {}
    left, right = st.columns([2, 3])
    with left:
        for part in components.PARTS:
            gains[part] = float(
                st.select_slider(
                    components.TITLES[part],
                    range(int(components.SOFTEST_DB), int(components.LOUDEST_DB) + 1),
                    0,
                    format_func=_gain,
                    key=f"gain-{part}",
                    persist_state="session",
                )
            )
        st.button("All as it was", icon=":material/restart_alt:", key="gain-reset", on_click=_reset)
    changed = components.apply(spectra, gains)
    said = components.shares(changed, model)
    with right:
        if said is None:
            st.info("Nothing is left to hear.", icon=":material/volume_off:")
        else:
            peak = max(1.0, float(np.abs(changed).max()))
            st.audio(wav_bytes(changed / peak), format="audio/wav", alt="The changed sound")
            _before_after(asked, model.genres, said)
    _matters(asked, spectra, model)


def _gain(decibels: int) -> str:
    return (
        "off" if decibels <= components.SOFTEST_DB else f"{decibels:+d} dB" if decibels else "0 dB"
    )


def _before_after(asked: Asked, genres: tuple[str, ...], said: NDArray[np.float64]) -> None:
    column = genres.index(asked.genre)
    before, after = float(asked.blend[column]), float(said[column])
    name = NAMES.get(asked.genre, asked.genre)
    message = f"{name}: {percent(before)} as it is, {percent(after)} changed."
    titles = ["As it is", "Changed"]
    st.plotly_chart(
        compare_bars(titles, [asked.blend, said], genres=genres),
        theme="streamlit",
        alt=message,
        key="chart-parts",
    )
    with st.expander("As a table", icon=":material/table_view:"):
        table = compare_table(titles, [asked.blend, said], genres=genres)
        st.dataframe(table, hide_index=True, key="table-parts")
    st.caption(escape_markdown(message))


def _matters(asked: Asked, spectra: components.Spectra, model: zoo.LoadedModel) -> None:
    key = (*asked.key, asked.genre)
    found = _left_out().get(key)
    if found is None and st.session_state.get(_PART_WANTED) != key:
        st.button(
            "Which single part matters most?",
            icon=":material/query_stats:",
            key="part-start",
            on_click=_want,
            args=(key,),
        )
        return
    if found is None:
        with working("Leaving out one part after the other", key="part-stop") as tell:
            found = components.leave_out(spectra, model, asked.genre, progress=tell)
        _left_out().put(key, found)
    name = NAMES.get(asked.genre, asked.genre)
    st.info(escape_markdown(components.sentence(found, name)), icon=":material/query_stats:")
    st.dataframe(
        {
            "Without": [components.TITLES[left.part] for left in found],
            f"{name} then has": [
                "nothing left" if np.isnan(left.share) else percent(left.share) for left in found
            ],
            "Change, points": [
                "" if np.isnan(left.fall) else f"{-100 * left.fall:+.0f}" for left in found
            ],
        },
        hide_index=True,
        key="table-left",
    )


def _want(key: tuple[object, ...]) -> None:
    st.session_state[_PART_WANTED] = key


def _reset() -> None:
    for part in components.PARTS:
        st.session_state[f"gain-{part}"] = 0


@st.cache_resource(show_spinner=False)
def _left_out() -> Kept[tuple[components.Left, ...]]:
    return Kept(256)


@st.cache_resource(show_spinner="Taking the sound apart ...", max_entries=4)
def _spectra(key: tuple[Any, ...], _samples: NDArray[np.float32]) -> components.Spectra:
    return components.separate(_samples)
