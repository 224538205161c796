"""Show confusion matrices, the tracks behind their cells, and two models side by side."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from genre_app.errors import GenreAppError
from genre_app.evaluation import cells, words
from genre_app.evaluation.compare import mcnemar
from genre_app.evaluation.models import Measure, Stored
from genre_app.figures import confusion, static_models, tables_models
from genre_app.figures.names import apart
from genre_app.genres import NAMES
from genre_app.ui import models_data, models_figures, models_track, parts
from genre_app.ui.state import escape_markdown

__all__ = ["compare", "follow_label", "matrix", "second_model"]

_TRUE, _SAID = "cell-true", "cell-said"
_ASKED = "cell-asked"
"""Of which model a cell was chosen last."""

_SIMILAR = "By similarity"


def matrix(
    card: Mapping[str, Any],
    protocol: Measure,
    others: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:
    """Show a model's confusion matrix, and the tracks of one cell of it.

    Parameters
    ----------
    others : dict of str to card, optional
        What the visitor may choose next.
    """
    found, genres = models_data.stored(card, protocol), models_data.genres_of(card)
    normalised, order = _settings(card, protocol)
    _start_at_the_largest(found, genres)
    wide, narrow = st.columns([3, 2], gap="large")
    with narrow:
        st.markdown("**Which cell?** Click one, or choose:")
        names = {genre: NAMES.get(genre, genre) for genre in genres}
        for key, label in ((_TRUE, "The label says"), (_SAID, "The model says")):
            st.selectbox(
                label,
                genres,
                format_func=names.__getitem__,
                key=key,
                persist_state="session",
                on_change=_ask,
                args=(card,),
            )
        chosen = genres.index(st.session_state[_TRUE]), genres.index(st.session_state[_SAID])
        st.info(
            escape_markdown(cells.cell_sentence(found.confusion, *chosen, genres=genres)),
            icon=":material/grid_on:",
        )
    with wide:
        figure = models_figures.confusion_matrix(
            card, protocol, normalised=normalised, order=order, ground=parts.ground(), chosen=chosen
        )
        message = words.confusion_sentence(found.confusion, genres=genres)
        st.plotly_chart(
            figure,
            theme="streamlit",
            alt=message,
            key="chart-confusion",
            on_select=partial(_take_cell, card),
            selection_mode="points",
            config={"displayModeBar": False},
        )
        unit = "percent of the row" if normalised else "tracks"
        st.caption(
            f"Rows: the label. Columns: the answer. Numbers: {unit}. {escape_markdown(message)}"
        )
        drawn: dict[str, Any] = {"genres": genres, "order": order, "normalised": normalised}
        parts.twins(
            "confusion",
            confusion.confusion_table(found.confusion, **drawn),
            partial(
                static_models.confusion_image,
                found.confusion,
                title=f"{card['title']}, protocol {protocol}",
                **drawn,
            ),
        )
    if others:
        models_figures.foresee(
            others,
            protocol,
            normalised=normalised,
            similar=order is not None,
            ground=parts.ground(),
            chosen=chosen,
        )
    rows = cells.in_cell(found, *chosen)
    true, said = (names[genres[place]] for place in chosen)
    st.header(escape_markdown(f"Labelled {true}, called {said}"), anchor=False)
    if not rows.size:
        st.caption("No track stands in this cell.")
        return
    tracks = [found.tracks[row] for row in rows]
    models_track.table(card, protocol, found, tracks, key="cell")
    # A cell that nobody has asked for is not worth the time that its pictures take.
    asked = st.session_state.get(_ASKED) == card["name"]
    models_track.look_at(card, protocol, found, tracks, key="cell", begun=asked)


def follow_label(card: Mapping[str, Any], protocol: Measure) -> None:
    """Begin at the commonest mistake of the genre that a link names, as ``?label=rock``."""
    label, genres = st.query_params.get("label"), models_data.genres_of(card)
    if label in genres:  # It is written into the address by links only.
        row = models_data.stored(card, protocol).confusion[genres.index(label)].copy()
        row[genres.index(label)] = 0
        st.session_state[_TRUE], st.session_state[_SAID] = label, genres[int(row.argmax())]
        _ask(card)


def _settings(card: Mapping[str, Any], protocol: Measure) -> tuple[bool, Sequence[int] | None]:
    left, right = st.columns(2)
    unit = left.radio(
        "Numbers",
        ("Tracks", "Percent of the row"),
        horizontal=True,
        key="confusion-unit",
        persist_state="session",
    )
    sort = right.radio(
        "Order of the genres",
        ("By name", _SIMILAR),
        horizontal=True,
        key="confusion-order",
        persist_state="session",
        help="By similarity: genres that this model takes for each other stand side by side "
        "(hierarchical clustering of the confusions, leaves in the best order).",
    )
    order = models_data.order_of(card, protocol) if sort == _SIMILAR else None
    return unit != "Tracks", order


def _start_at_the_largest(found: Stored, genres: Sequence[str]) -> None:
    """Choose the commonest confusion, until the visitor chooses another cell."""
    if st.session_state.get(_TRUE) in genres and st.session_state.get(_SAID) in genres:
        return
    wrong = found.confusion - np.diag(np.diagonal(found.confusion))
    label, answer = divmod(int(wrong.argmax()), len(genres))
    st.session_state[_TRUE], st.session_state[_SAID] = genres[label], genres[answer]


def _ask(card: Mapping[str, Any]) -> None:
    st.session_state[_ASKED] = card["name"]


def _take_cell(card: Mapping[str, Any]) -> None:
    """Move the two select boxes to the cell that was clicked (callback of the chart)."""
    genres = models_data.genres_of(card)
    cell = confusion.cell_of(st.session_state.get("chart-confusion"), genres=genres)
    if cell is not None:
        st.session_state[_TRUE], st.session_state[_SAID] = genres[cell[0]], genres[cell[1]]
        _ask(card)


def second_model(
    cards: Mapping[str, Mapping[str, Any]], card: Mapping[str, Any], protocol: Measure
) -> Mapping[str, Any] | None:
    """Let the visitor choose a model to compare with, the best first; ``None`` without any."""
    others = sorted(
        (
            name
            for name, other in cards.items()
            if name != card["name"]
            and protocol in models_data.protocols_of(other)
            and models_data.genres_of(other) == models_data.genres_of(card)
        ),
        key=lambda name: -float(models_data.measured(cards[name], protocol)["accuracy"]),
    )
    if not others:
        return None
    second = st.selectbox(
        "Compare with",
        others,
        format_func=lambda name: str(cards[name]["title"]),
        key="second-model",
        persist_state="session",
    )
    return cards[second if second in others else others[0]]


def compare(
    cards: Mapping[str, Mapping[str, Any]], card: Mapping[str, Any], protocol: Measure
) -> None:
    """Show two models' matrices, their difference, and whether one of them is better."""
    other = second_model(cards, card, protocol)
    if other is None:
        st.info(
            "There is no other model that knows the same genres and was measured under this "
            "protocol."
        )
        return
    try:
        pair = cells.paired(
            models_data.stored(card, protocol),
            models_data.stored(other, protocol),
            genres=models_data.genres_of(card),
            others=models_data.genres_of(other),
        )
    except GenreAppError as error:
        st.error(escape_markdown(str(error)), icon=":material/error:")
        return
    genres = models_data.genres_of(card)
    first, second = apart([str(card["title"]), str(other["title"])])
    titles = first, second
    artists = models_data.artists(pair.tracks, protocol)
    test = mcnemar(pair.first, pair.second, pair.labels, artists)
    st.info(
        escape_markdown(f"Protocol {protocol}. {words.mcnemar_sentence(test, *titles)}"),
        icon=":material/balance:",
    )
    normalised, order = _settings(card, protocol)
    drawn: dict[str, Any] = {"genres": genres, "order": order, "normalised": normalised}
    for place, one, title in zip(st.columns(2), (card, other), titles, strict=True):
        with place:
            counts = models_data.stored(one, protocol).confusion
            st.header(escape_markdown(title), anchor=False)
            parts.chart(
                models_figures.confusion_matrix(
                    one, protocol, normalised=normalised, order=order, ground=parts.ground()
                ),
                words.confusion_sentence(counts, genres=genres),
                f"confusion-{'first' if one is card else 'second'}",
                columns=confusion.confusion_table(counts, **drawn),
                image=partial(static_models.confusion_image, counts, title=title, **drawn),
            )
    st.header("The first minus the second", anchor=False)
    left, right = st.columns([3, 2], gap="large")
    with left:
        del drawn["normalised"]
        parts.chart(
            confusion.difference_heatmap(pair.difference, ground=parts.ground(), **drawn),
            "Blue: commoner with the first. Orange: commoner with the second. "
            + cells.difference_sentence(pair, *titles, genres=genres),
            "difference",
            columns=confusion.confusion_table(pair.difference, **drawn),
            image=partial(static_models.difference_image, pair.difference, **drawn),
        )
    with right:
        parts.table(tables_models.mcnemar_table(test, *titles), "mcnemar")
