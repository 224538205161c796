"""Show results: each chart with its message, its table and its picture to download."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
import streamlit as st

from genre_app import panels, zoo
from genre_app.audio import Recording
from genre_app.disagreement import compare_readings
from genre_app.figures.blend import bar_order, blend_bars, blend_ribbon
from genre_app.figures.compare import compare_bars, compare_message, compare_table
from genre_app.figures.disagreement import (
    disagreement_figure,
    disagreement_image,
    disagreement_message,
    disagreement_table,
)
from genre_app.figures.names import apart, short
from genre_app.figures.panels import panel_figure
from genre_app.figures.static import bars_image, panel_image, ribbon_image
from genre_app.figures.tables import as_table, to_csv
from genre_app.figures.words import blend_message, panel_message, percent, ribbon_message
from genre_app.genres import GENRES, name_of
from genre_app.panels import Sound
from genre_app.reading import ENSEMBLE, Reading
from genre_app.ui.state import escape_markdown, file_stem

__all__ = [
    "CERTAINTY",
    "bars",
    "certainty",
    "compare",
    "downloads",
    "model_title",
    "panel",
    "ribbon",
    "title",
]

CERTAINTY: Final = {
    "clear": ("Clear", ":material/check_circle:", st.success),
    "mixed": ("Mixed", ":material/join_inner:", st.info),
    "unsure": ("Unsure", ":material/help:", st.warning),
    "outside": ("Outside what the model knows", ":material/explore_off:", st.warning),
}
"""Word on screen, icon and box of each certainty."""

_PICTURES: Final = {
    "bars": "Blend of genres",
    "ribbon": "Genres through time",
    "disagreement": "Where the models disagree",
    **panels.TITLES,
}
"""What a downloaded picture shows."""

_LONGEST_FILE: Final = 50
"""Letters of a file's name above a picture."""


def title(recording: Recording) -> None:
    """Show what the song is called and what was done to it."""
    tags = recording.tags
    st.header(escape_markdown(tags.title or recording.name), anchor=False)
    words = [tags.artist, tags.album, recording.name if tags.title else None]
    minutes, seconds = divmod(round(recording.duration_s), 60)
    about = f"{recording.format}, {minutes}:{seconds:02d}, {recording.original_rate:,} Hz"
    st.caption(" · ".join([*(escape_markdown(word) for word in words if word), about]))
    for note in recording.notes:
        st.info(escape_markdown(note), icon=":material/info:")


def certainty(reading: Reading) -> None:
    """Say how sure the model is, and why."""
    word, icon, box = CERTAINTY[reading.certainty]
    box(f"**{word}.** {escape_markdown(reading.reason)}", icon=icon)
    if set(reading.genres) != set(GENRES):
        known = escape_markdown(", ".join(name_of(genre) for genre in reading.genres))
        st.caption(
            f"This model knows {len(reading.genres)} genres, and answers with one of them "
            f"whatever it hears: {known}."
        )


def bars(reading: Reading) -> None:
    """Show the blend with its intervals."""
    parts = (reading.blend, reading.low, reading.high)
    known = reading.genres
    outside = reading.certainty == "outside"
    message = blend_message(*parts, genres=known, outside=outside)
    _chart(blend_bars(*parts, genres=known), message, "bars")
    rows = bar_order(reading.blend)
    columns = {"Genre": [name_of(known[i]) for i in rows]}
    for name, values in zip(("Share", "Low", "High"), parts, strict=True):
        if reading.varies or values is reading.blend:
            columns[name] = [percent(float(values[i])) for i in rows]
    _extras("bars", columns, partial(bars_image, *parts, genres=known), reading.file, reading.model)


def ribbon(reading: Reading) -> None:
    """Show the blend through time."""
    parts = (reading.starts_s, reading.ends_s, reading.timeline, reading.duration_s)
    known = reading.genres
    _chart(blend_ribbon(*parts, genres=known), ribbon_message(*parts, genres=known), "ribbon")
    columns: dict[str, Any] = {"From (s)": reading.starts_s.round(1).tolist()}
    columns["To (s)"] = reading.ends_s.round(1).tolist()
    for i, genre in enumerate(known):
        columns[name_of(genre)] = [percent(float(share)) for share in reading.timeline[:, i]]
    image = partial(ribbon_image, *parts, genres=known)
    _extras("ribbon", columns, image, reading.file, reading.model)


def panel(sound: Sound, key: str) -> None:
    """Show one of the five panels."""
    found = panels.compute(sound, key)
    st.markdown(f"**{found.title}**: {panels.explain(key)}")
    _chart(panel_figure(found), panel_message(found), key)
    numbers = partial(to_csv, found)
    _extras(key, as_table(found), partial(panel_image, found), sound.recording.name, csv=numbers)


def model_title(name: str) -> str:
    """Give a model's title, also that of all chosen ones together."""
    return "All models together" if name == ENSEMBLE else str(zoo.card(name)["title"])


def compare(readings: Sequence[Reading]) -> None:
    """Show several models' blends side by side."""
    titles = apart([model_title(reading.model) for reading in readings])
    genres = tuple(dict.fromkeys(genre for reading in readings for genre in reading.genres))
    shares = [dict(zip(reading.genres, reading.blend, strict=True)) for reading in readings]
    blends = [[float(one.get(genre, np.nan)) for genre in genres] for one in shares]
    st.header("Do the models agree?", anchor=False)
    message = compare_message(titles, blends, genres=genres)
    _chart(compare_bars(titles, blends, genres=genres), message, "compare")
    with st.expander("As a table", icon=":material/table_view:"):
        st.dataframe(
            compare_table(titles, blends, genres=genres), hide_index=True, key="table-compare"
        )
    _apart(readings, titles)


def _apart(readings: Sequence[Reading], titles: Sequence[str]) -> None:
    """Show the models' ribbons one over another, and where they disagree."""
    st.header("Where do they disagree?", anchor=False)
    found = compare_readings(readings)
    _chart(
        disagreement_figure(readings, titles, found),
        disagreement_message(titles, found),
        "disagreement",
    )
    _extras(
        "disagreement",
        disagreement_table(titles, found),
        partial(disagreement_image, readings, titles, found),
        readings[0].file,
    )


def downloads(reading: Reading, name: str) -> None:
    """Offer the reading of a song, by its name, as JSON and as CSV."""
    start = f"{file_stem(name)}-{reading.model}"
    left, right = st.columns(2)
    left.download_button(
        "Reading as JSON",
        lambda: json.dumps([reading.as_dict()], indent=2, ensure_ascii=False).encode(),
        file_name=f"{start}.json",
        mime="application/json",
        icon=":material/data_object:",
        on_click="ignore",
        key="json",
        width="stretch",
    )
    right.download_button(
        "Timeline as CSV",
        reading.to_csv,
        file_name=f"{start}-timeline.csv",
        mime="text/csv",
        icon=":material/table:",
        on_click="ignore",
        key="csv",
        width="stretch",
    )


def _chart(figure: Any, message: str, key: str) -> None:  # noqa: ANN401  # plotly is imported late.
    st.plotly_chart(figure, theme="streamlit", alt=message, key=f"chart-{key}")
    st.caption(escape_markdown(message))


def _extras(
    key: str,
    table: Any,  # noqa: ANN401
    image: Callable[..., bytes],
    file: str,
    model: str = "",
    *,
    csv: Callable[[], bytes] | None = None,
) -> None:
    """Offer a chart as a table and as pictures that say of what song, and by which model.

    On a slide or in a pupil's folder they are far from this page.
    """
    words = [_PICTURES[key], short(file, _LONGEST_FILE), *([model_title(model)] if model else [])]
    image = partial(image, title=" · ".join(words))
    stem = "-".join([file_stem(file), *([model] if model else []), key])
    with st.expander("As a table or a picture", icon=":material/table_view:"):
        st.dataframe(table, hide_index=True, key=f"table-{key}")
        with st.container(horizontal=True):
            for form, mime in (("png", "image/png"), ("svg", "image/svg+xml")):
                st.download_button(
                    f"Picture ({form.upper()})",
                    partial(image, format=form),
                    file_name=f"{stem}.{form}",
                    mime=mime,
                    on_click="ignore",
                    key=f"{form}-{key}",
                )
            if csv is not None:
                st.download_button(
                    "All numbers (CSV)",
                    csv,
                    file_name=f"{stem}.csv",
                    mime="text/csv",
                    on_click="ignore",
                    key=f"csv-{key}",
                )
