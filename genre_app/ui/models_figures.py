"""Figures of the page of models that are drawn once: another model is shown at once.

Plotly takes longer to check a figure than the page has to show it. What is kept here is never
changed: who wants a figure otherwise asks for another one.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from genre_app.errors import GenreAppError
from genre_app.evaluation.leaderboard import Entry
from genre_app.evaluation.models import Measure, Stored
from genre_app.figures import confusion, leaderboard
from genre_app.figures.compare import compare_bars
from genre_app.figures.panels import panel_figure
from genre_app.figures.words import panel_message
from genre_app.ui import models_data

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["all_models", "confusion_matrix", "foresee", "spectrogram", "track_bars"]


def all_models(found: tuple[Entry, ...]) -> tuple["go.Figure", "go.Figure"]:
    """Draw what the split is worth and what accuracy costs."""
    return _all_models(repr(found), found)


def confusion_matrix(
    card: Mapping[str, Any],
    protocol: Measure,
    *,
    normalised: bool,
    order: Sequence[int] | None,
    ground: confusion.Ground | None,
    chosen: tuple[int, int] | None = None,
) -> "go.Figure":
    """Draw a model's matrix, see :func:`genre_app.figures.confusion.confusion_heatmap`."""
    counts = models_data.stored(card, protocol).confusion
    places = None if order is None else tuple(order)
    return _matrix(
        counts.tobytes(), models_data.genres_of(card), places, normalised, ground, chosen, counts
    )


def foresee(
    cards: Mapping[str, Mapping[str, Any]],
    protocol: Measure,
    *,
    normalised: bool,
    similar: bool,
    ground: confusion.Ground | None,
    chosen: tuple[int, int],
) -> None:
    """Draw the other models' matrices in the background: who looks at one looks at others."""
    key = repr([(name, card.get("sha256")) for name, card in cards.items()])
    _foresee(key, protocol, normalised, similar, ground, chosen, cards)


def spectrogram(track: str) -> tuple["go.Figure", str]:
    """Draw the mel spectrogram of a track, and say what it shows.

    Raises
    ------
    DatasetError
        The bundled subset is damaged.
    KeyError
        There is no such track.
    """
    return _spectrogram(track)


def track_bars(card: Mapping[str, Any], found: Stored, row: int) -> "go.Figure":
    """Draw what a model says of one track."""
    said = found.probabilities[row]
    return _bars(str(card["title"]), models_data.genres_of(card), said.tobytes(), said)


@st.cache_resource(show_spinner=False, max_entries=8)
def _all_models(entries: str, _found: tuple[Entry, ...]) -> tuple["go.Figure", "go.Figure"]:
    return leaderboard.gap_dumbbells(_found), leaderboard.cost_scatter(_found)


@st.cache_resource(show_spinner=False, max_entries=256)
def _matrix(
    counts: bytes,
    genres: tuple[str, ...],
    order: tuple[int, ...] | None,
    normalised: bool,  # Streamlit's caches take them by place.
    ground: confusion.Ground | None,
    chosen: tuple[int, int] | None,
    _counts: NDArray[np.intp],
) -> "go.Figure":
    return confusion.confusion_heatmap(
        _counts, genres=genres, order=order, normalised=normalised, chosen=chosen, ground=ground
    )


@st.cache_resource(show_spinner=False, max_entries=64)
def _foresee(
    key: str,
    protocol: Measure,
    normalised: bool,
    similar: bool,
    ground: confusion.Ground | None,
    chosen: tuple[int, int],
    _cards: Mapping[str, Mapping[str, Any]],
) -> threading.Thread:
    def draw() -> None:
        for card in _cards.values():
            if protocol not in models_data.protocols_of(card):
                continue
            time.sleep(0.05)  # Whoever clicks now goes first.
            try:
                order = models_data.order_of(card, protocol) if similar else None
                confusion_matrix(
                    card, protocol, normalised=normalised, order=order, ground=ground, chosen=chosen
                )
            except (GenreAppError, IndexError):
                continue  # Of other genres, or damaged: the page says so when it is chosen.

    thread = threading.Thread(target=draw, name="matrices", daemon=True)
    thread.start()
    return thread


@st.cache_resource(show_spinner=False, max_entries=64)
def _spectrogram(track: str) -> tuple["go.Figure", str]:
    panel = models_data.spectrogram(track)
    return panel_figure(panel), panel_message(panel)


@st.cache_resource(show_spinner=False, max_entries=256)
def _bars(
    title: str, genres: tuple[str, ...], said: bytes, _said: NDArray[np.float64]
) -> "go.Figure":
    return compare_bars([title], [_said], genres=genres)
