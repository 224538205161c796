"""Show blends and rough treatment, and offer the report."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from genre_app import report
from genre_app.errors import GenreAppError
from genre_app.evaluation import stored_results as results
from genre_app.evaluation import words, words_blends
from genre_app.evaluation.models import Measure, Stored
from genre_app.figures import tables_models
from genre_app.ui import models_cells, models_data, parts
from genre_app.ui.state import escape_markdown

__all__ = ["blends", "downloads", "export", "roughness"]


def blends(card: Mapping[str, Any]) -> None:
    """Show whether the bars mean shares, where that was measured."""
    st.header("Do the bars mean shares?", anchor=False)
    mixes, splices = results.mixes_of(card), results.splices_of(card)
    heard = results.listeners_of(card)
    if mixes is None and splices is None and heard is None:
        st.caption(
            "That was not measured for this model. It takes a while: "
            f"`python -m genre_app evaluate {card['name']} --blends`"
        )
        return
    if mixes is not None:
        st.caption(words_blends.mixes_sentence(mixes))
        parts.table(tables_models.mixes_table(mixes), "mixes")
    if splices is not None:
        st.caption(words_blends.splices_sentence(splices))
    if heard is not None:
        st.caption(words_blends.listeners_sentence(heard))
        usual = words.usual_sentence(heard, genres=models_data.genres_of(card))
        if usual:
            st.caption(escape_markdown(usual))
        parts.table(tables_models.listeners_table(heard), "listeners")


def roughness(card: Mapping[str, Any]) -> None:
    """Show what rough treatment changes, where that was measured."""
    st.header("What rough treatment changes", anchor=False)
    found = results.stability_of(card)
    if not found:
        st.caption("That was not measured for this model.")
        return
    message = words_blends.robustness_sentence(found, genres=models_data.genres_of(card))
    st.caption(escape_markdown(message))
    parts.table(tables_models.robustness_table(found), "robustness")


def export(
    cards: Mapping[str, Mapping[str, Any]], card: Mapping[str, Any], protocol: Measure
) -> None:
    """Offer all that is known of a model as one file."""
    st.header("Everything in one file", anchor=False)
    st.caption(
        "One page for print or for an archive: the leaderboard, and of this model the confusion "
        "matrices, every genre, calibration, learning, mistakes and limits, under each protocol, "
        "the map, and the comparison with a second model. It holds its pictures and fetches "
        "nothing."
    )
    other = models_cells.second_model(cards, card, protocol)
    found = _all_stored(card)
    rival = None if other is None else report.Rival(other, _all_stored(other))
    downloads(
        card,
        found,
        list(cards.values()),
        protocol,
        file=str(card["name"]),
        rival=rival,
        whole=_whole(cards, found),
    )
    st.caption("Every single figure has its own PNG, SVG and CSV beneath it.")


def _all_stored(card: Mapping[str, Any]) -> dict[Measure, Stored]:
    return {one: models_data.stored(card, one) for one in models_data.protocols_of(card)}


def _whole(cards: Mapping[str, Mapping[str, Any]], protocols: Iterable[Measure]) -> report.Whole:
    votes = {one: models_data.everything_stored(cards, one) for one in protocols}
    drawn = models_data.mapped(cards)
    try:
        atlas = models_data.atlas_of(drawn)
    except GenreAppError as error:
        st.caption(escape_markdown(str(error)))
        atlas = None
    return report.Whole(models_data.tracks(), votes, atlas, str(drawn["title"]))


def downloads(
    card: Mapping[str, Any],
    found: Mapping[Measure, Stored],
    cards: Sequence[Mapping[str, Any]],
    protocol: Measure,
    *,
    file: str,
    asked: str = "test tracks",
    rival: report.Rival | None = None,
    whole: report.Whole | None = None,
) -> None:
    """Offer the report of a model, and its answers under one protocol.

    Parameters
    ----------
    card : mapping
    found : mapping of protocol to Stored
        What the report is about.
    cards : sequence of mapping
        Of the report's leaderboard.
    protocol : {"artist", "random", "songs"}
    file : str
        The report's name without suffix.
    asked : str
        What the answers are about, on the button.
    rival, whole
        As :func:`genre_app.report.model_report` takes them.
    """
    with st.container(horizontal=True):
        st.download_button(
            "Report (HTML)",
            partial(report.model_report, card, found, cards, rival=rival, whole=whole),
            file_name=f"{file}.html",
            mime="text/html",
            icon=":material/description:",
            on_click="ignore",
            key="html-report",
        )
        st.download_button(
            f"Answers of all {asked} (CSV)",
            partial(report.answers_csv, found[protocol], models_data.genres_of(card)),
            file_name=f"{card['name']}-{protocol}.csv",
            mime="text/csv",
            icon=":material/table:",
            on_click="ignore",
            key="csv-answers",
        )
