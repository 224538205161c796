"""Show models: all in one table, and each with what was measured of it."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import streamlit as st

from genre_app.evaluation import leaderboard as board
from genre_app.evaluation import metrics, words
from genre_app.evaluation.intervals import Estimate
from genre_app.evaluation.models import Measure
from genre_app.evaluation.multilabel import MultiLabel
from genre_app.evaluation.stored_results import figures_of, multi_label_of
from genre_app.figures import leaderboard as all_figures
from genre_app.figures import measures, static_models, tables_models
from genre_app.ui import models_data, models_figures, parts
from genre_app.ui.state import escape_markdown

__all__ = [
    "PROTOCOL_HELP",
    "PROTOCOL_WORDS",
    "certainty",
    "genres",
    "header",
    "leaderboard",
    "learning",
]

PROTOCOL_WORDS: Final = {
    "artist": "New artists (artist)",
    "random": "Drawn at random (random)",
    "songs": "Songs of its classes (songs)",
}
"""What the protocols are called on screen."""

PROTOCOL_HELP: Final = (
    "New artists: all but a few of the test's tracks are by artists that do not stand in training, "
    "and known faults of GTZAN are left out. Drawn at random: what most reports did; artists, and "
    "the same recording twice, stand on both sides, which flatters every model. Believe the first."
)

_NUMBERS: Final = {
    "Parameters": "localized",
    "Artist (%)": "%.1f",
    "Random (%)": "%.1f",
    "Gap (points)": "%.1f",
    "Report says (%)": "%.1f",
    "ECE": "%.3f",
    "Blend error (points)": "%.1f",
    "ms a clip": "%.0f",
    "Training (s)": "%.0f",
}


def leaderboard(cards: Mapping[str, Mapping[str, Any]]) -> None:
    """Show all models: the table, what the split is worth, what accuracy costs."""
    found = board.entries(list(cards.values()))
    alike = board.comparable(found)
    columns = all_figures.leaderboard_table(found)
    st.caption(escape_markdown(board.leader_sentence(found)))
    config: dict[str, Any] = {
        name: st.column_config.NumberColumn(format=form) for name, form in _NUMBERS.items()
    }
    for name in ("Artist 95 %", "Random 95 %"):
        config[name] = st.column_config.TextColumn(
            width=110, help=f"95 % interval, in percent. {words.DRAWN}"
        )
    config["Model"] = st.column_config.TextColumn(pinned=True)
    config["Artist (%)"] = st.column_config.ProgressColumn(
        format="%.1f", min_value=0, max_value=100, help=_tracks_help(found, "artist")
    )
    config["Random (%)"] = st.column_config.ProgressColumn(
        format="%.1f", min_value=0, max_value=100, help=_tracks_help(found, "random")
    )
    config["ECE"] = st.column_config.NumberColumn(
        format="%.3f",
        help="Expected calibration error, protocol artist: how far the first bar's height is from "
        "how often it is right. 0 is best.",
    )
    config["Report says (%)"] = st.column_config.NumberColumn(
        format="%.1f",
        help="What the report claims. Of which music, and how it was split, says the column Claim "
        "is of: only figures on GTZAN compare with those here.",
    )
    parts.table(columns, "leaderboard", config=config)
    st.header("What the split is worth", anchor=False)
    columns = all_figures.leaderboard_table(alike)
    gap, cost = models_figures.all_models(alike)
    image = partial(static_models.gap_image, alike)
    parts.chart(
        gap,
        board.gap_sentence(alike),
        "gap",
        columns={key: columns[key] for key in _gap_columns(columns)},
        image=image,
    )
    st.header("What accuracy costs", anchor=False)
    parts.chart(
        cost,
        board.cost_sentence(alike),
        "cost",
        columns={key: columns[key] for key in ("Model", "ms a clip", "Artist (%)", "Artist 95 %")},
        image=partial(static_models.cost_image, alike),
    )


def _tracks_help(found: tuple[board.Entry, ...], protocol: str) -> str:
    counts = sorted({getattr(one, f"{protocol}_tracks") for one in found} - {0})
    tracks = " or ".join(map(str, counts)) or "no"
    return f"Share of {tracks} test tracks called by the genre on their label."


def _gap_columns(columns: Mapping[str, Any]) -> list[str]:
    ends = ("Artist", "Random", "Gap", "Report says", "Claim is of")
    return [key for key in columns if key == "Model" or key.startswith(ends)]


def header(card: Mapping[str, Any], protocol: Measure) -> None:
    """Say what the model is and how often it is right, never without the stricter figure."""
    st.markdown(f"**{escape_markdown(card['title'])}.** {escape_markdown(card['summary'])}")
    found = figures_of(models_data.measured(card, protocol))
    st.caption(f"Protocol {protocol}. {words.accuracy_sentence(found)}{_twin(card, protocol)}")


def _twin(card: Mapping[str, Any], protocol: Measure) -> str:
    if protocol == "songs":
        return " Whether it has learnt from the same artists, nobody has checked."
    others = [one for one in models_data.protocols_of(card) if one not in (protocol, "songs")]
    if not others:
        return " It was not measured under the other protocol."
    other = figures_of(models_data.measured(card, others[0]))
    estimate = Estimate(other.accuracy, other.low, other.high)
    return (
        f" Under {others[0]} it is {words.percent(other.accuracy)} of {other.tracks} tracks "
        f"({words.span(estimate, by_artist=other.artists is not None)})."
    )


def genres(card: Mapping[str, Any], protocol: Measure) -> None:
    """Show precision, recall and F1 of each genre, the ROC curves, and yes-or-no answers."""
    found = models_data.genre_figures(card, protocol)
    st.header("Found, and rightly named", anchor=False)
    st.caption(
        "Recall: of the tracks of a genre, how many are found. Precision: of the tracks that are "
        "called it, how many are. F1 is low when either is. "
        + escape_markdown(words.singly_sentence(found))
    )
    parts.chart(
        measures.genre_dots(found),
        words.genres_sentence(found),
        "genres",
        columns=measures.genre_table(found),
        image=partial(static_models.genres_image, found),
    )
    st.header("Each genre against the rest", anchor=False)
    curves, known = models_data.rocs(card, protocol), models_data.genres_of(card)
    figures = figures_of(models_data.measured(card, protocol))
    parts.chart(
        measures.roc_figure(curves, known),
        f"{words.roc_sentence(curves)} {words.auc_sentence(figures)}",
        "roc",
        columns=measures.roc_table(curves),
        image=partial(static_models.roc_image, curves, known),
    )
    multi = multi_label_of(models_data.measured(card, protocol))
    if multi is not None:
        st.header("Several genres at once", anchor=False)
        _multi_label(multi, models_data.genres_of(card))


def _multi_label(found: MultiLabel, genres: tuple[str, ...]) -> None:
    st.caption(escape_markdown(words.multi_label_sentence(found)))
    parts.table(tables_models.multi_label_table(found), "multi-label")
    st.caption(
        "The score from which on the answer is yes: chosen on validation, for each genre's best F1."
    )
    parts.table(tables_models.thresholds_table(found, genres), "thresholds")


def certainty(card: Mapping[str, Any], protocol: Measure) -> None:
    """Show whether the model is as sure as it is right, and how sure it is."""
    stored = models_data.stored(card, protocol)
    if protocol != "songs":
        st.caption(words.SINGLY)
    left, right = st.columns(2)
    with left:
        st.header("Is it as sure as it is right?", anchor=False)
        found = metrics.reliability(stored.probabilities, stored.labels)
        columns = tables_models.reliability_table(found)
        image = partial(static_models.reliability_image, found)
        sentence = words.reliability_sentence(found)
        figure = measures.reliability_diagram(found)
        parts.chart(figure, sentence, "reliability", columns=columns, image=image)
    with right:
        st.header("How sure it is", anchor=False)
        bars = metrics.confidence_histogram(stored.probabilities, stored.labels)
        columns = tables_models.confidence_table(bars)
        image = partial(static_models.confidence_image, bars)
        sentence = words.histogram_sentence(bars)
        figure = measures.confidence_bars(bars)
        parts.chart(figure, sentence, "confidence", columns=columns, image=image)
    figures = figures_of(models_data.measured(card, protocol))
    st.caption(words.scores_sentence(figures, genres=len(models_data.genres_of(card))))

    told = card.get("certainty_on_test")
    # The card has it of the strictest protocol only; of songs somebody gave nobody counted it.
    if told and protocol == models_data.protocols_of(card)[0] != "songs":
        st.header("What its words are worth", anchor=False)
        st.caption(
            f"{words.certainty_sentence(told)} The page Listen says the word with each reading."
        )
        table = tables_models.certainty_table(told, figures.tracks)
        parts.table(table, "certainty-words")


def learning(card: Mapping[str, Any], protocol: Measure) -> None:
    """Show how the model learnt, epoch by epoch."""
    curves = models_data.stored(card, protocol).curves
    st.header("How it learnt", anchor=False)
    message = measures.learning_message(curves)
    if not curves:
        st.caption(message)
        return
    columns = tables_models.learning_table(curves)
    image = partial(static_models.learning_image, curves)
    figure = measures.learning_curves(curves)
    parts.chart(figure, message, "learning", columns=columns, image=image)
