"""Show blends and rough treatment, and offer the report."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

import streamlit as st

from genre_app import report
from genre_app.evaluation import stored_results as results
from genre_app.evaluation import words_blends
from genre_app.evaluation.models import Measure, Stored
from genre_app.evaluation.robustness import TITLES, Stability
from genre_app.ui import models_data, parts

__all__ = ["blends", "downloads", "export", "roughness"]

_ANSWERS: Final = {
    "model": "The model's bars",
    "uniform": "Ten equal bars",
    "label": "All on the label's genre",
    "usual": "What is usual for the genre that the model names",
}
"""What the model's bars are compared with."""


def blends(card: Mapping[str, Any]) -> None:
    """Show whether the bars mean shares, where that was measured."""
    st.subheader("Do the bars mean shares?", anchor=False)
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
        parts.table(
            {
                "True share of the first track (%)": [round(100 * one) for one in mixes.shares],
                "Its bar, of both (%)": [round(100 * one.value, 1) for one in mixes.answers],
                "95 % from": [round(100 * one.low, 1) for one in mixes.answers],
                "95 % to": [round(100 * one.high, 1) for one in mixes.answers],
            },
            "mixes",
        )
    if splices is not None:
        st.caption(words_blends.splices_sentence(splices))
    if heard is not None:
        st.caption(words_blends.listeners_sentence(heard))
        names = list(heard.agreement)
        parts.table(
            {
                "Answer": [_ANSWERS.get(name, name) for name in names],
                "Divergence": [heard.agreement[name].divergence.value for name in names],
                "Rank correlation": [heard.agreement[name].rank.value for name in names],
                "First two (%)": [
                    round(100 * heard.agreement[name].first_two.value, 1) for name in names
                ],
            },
            "listeners",
        )


def roughness(card: Mapping[str, Any]) -> None:
    """Show what rough treatment changes, where that was measured."""
    st.subheader("What rough treatment changes", anchor=False)
    found = results.stability_of(card)
    if not found:
        st.caption("That was not measured for this model.")
        return
    st.caption(words_blends.robustness_sentence(found, genres=models_data.genres_of(card)))
    parts.table(_rough_columns(found), "robustness")


def _rough_columns(found: tuple[Stability, ...]) -> dict[str, list[Any]]:
    return {
        "What was done": [TITLES.get(one.variant, one.variant) for one in found],
        "Clips": [one.clips for one in found],
        "Keep their first genre": [one.same for one in found],
        "Share (%)": [round(100 * one.share.value, 1) for one in found],
        "95 % from": [round(100 * one.share.low, 1) for one in found],
        "95 % to": [round(100 * one.share.high, 1) for one in found],
    }


def export(
    cards: Mapping[str, Mapping[str, Any]], card: Mapping[str, Any], protocol: Measure
) -> None:
    """Offer all that is known of a model as one file."""
    st.subheader("Everything in one file", anchor=False)
    st.caption(
        "One page for print or for an archive: the leaderboard, and of this model the confusion "
        "matrices, every genre, calibration, learning, mistakes and limits, under each protocol. "
        "It holds its pictures and fetches nothing."
    )
    found = {one: models_data.stored(card, one) for one in models_data.protocols_of(card)}
    downloads(card, found, list(cards.values()), protocol, file=str(card["name"]))
    st.caption("Every single figure has its own PNG, SVG and CSV beneath it.")


def downloads(
    card: Mapping[str, Any],
    found: Mapping[Measure, Stored],
    cards: Sequence[Mapping[str, Any]],
    protocol: Measure,
    *,
    file: str,
    asked: str = "test tracks",
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
    """
    with st.container(horizontal=True):
        st.download_button(
            "Report (HTML)",
            partial(report.model_report, card, found, cards),
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
