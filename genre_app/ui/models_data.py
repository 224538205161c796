"""What the page of models shows, read once: cards, stored answers, tracks, the map."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from genre_app import gtzan, zoo
from genre_app.errors import ModelError
from genre_app.evaluation import atlas, models
from genre_app.evaluation.atlas import Atlas
from genre_app.evaluation.models import Measure, Stored
from genre_app.evaluation.per_genre import GenreFigures, Roc, per_genre, roc_curves, seriation
from genre_app.gtzan import Track, artists_of
from genre_app.logmel import COLUMN_RATE
from genre_app.panels import Panel, mel_band_edges
from genre_app.ui.state import escape_markdown

__all__ = [
    "artists",
    "atlas_of",
    "cards",
    "everything_stored",
    "genre_figures",
    "genres_of",
    "mapped",
    "measured",
    "order_of",
    "protocols_of",
    "rocs",
    "spectrogram",
    "stored",
    "tracks",
]


def cards() -> dict[str, dict[str, Any]]:
    """Give the card of every model that has one that can be read."""
    found = {}
    for name in zoo.names():
        try:
            found[name] = zoo.card(name)
        except ModelError as error:
            st.warning(escape_markdown(str(error)), icon=":material/broken_image:")
    return found


def protocols_of(card: Mapping[str, Any]) -> list[Measure]:
    """Give the protocols that a model was measured under, the strictest first."""
    measured = card.get("protocols") or {}
    every: tuple[Measure, ...] = ("artist", "random", "songs")
    return [protocol for protocol in every if protocol in measured]


def genres_of(card: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the genres that a model knows, in their order."""
    return tuple(card["genres"])


def stored(card: Mapping[str, Any], protocol: Measure) -> Stored:
    """Give what a model said of every test track.

    Raises
    ------
    ModelError
        With a sentence for the visitor.
    """
    given: Stored | None = card.get("answers")  # Of songs that a visitor gave.
    return given or _stored(_key(card), str(card["name"]), protocol)


def measured(card: Mapping[str, Any], protocol: Measure) -> Mapping[str, Any]:
    """Give the figures on a card."""
    found: Mapping[str, Any] = card["protocols"][protocol]
    return found


def everything_stored(
    cards: Mapping[str, Mapping[str, Any]], protocol: Measure
) -> dict[str, Stored]:
    """Give all models' answers; those without this protocol or without a file are left out."""
    found = {}
    for name, card in cards.items():
        if protocol in protocols_of(card):
            try:
                found[name] = stored(card, protocol)
            except ModelError as error:
                st.caption(escape_markdown(str(error)))
    return found


def genre_figures(card: Mapping[str, Any], protocol: Measure) -> tuple[GenreFigures, ...]:
    """Measure every genre by itself."""
    found = stored(card, protocol)
    whose = artists(found.tracks, protocol)
    return _genre_figures(_key(card), protocol, found, genres_of(card), whose)


def artists(names: Sequence[str], protocol: Measure) -> tuple[str, ...] | None:
    """Say whose the test tracks are; of songs that somebody gave nobody knows."""
    return None if protocol == "songs" else artists_of(names, tracks())


def rocs(card: Mapping[str, Any], protocol: Measure) -> tuple[Roc, ...]:
    """Give the ROC curve of every genre."""
    return _rocs(_key(card), protocol, stored(card, protocol), genres_of(card))


def order_of(card: Mapping[str, Any], protocol: Measure) -> tuple[int, ...]:
    """Order the genres by what this model confuses."""
    return _order(_key(card), protocol, stored(card, protocol).confusion)


@st.cache_resource(show_spinner=False)
def tracks() -> dict[str, Track]:
    """Give the table of tracks by name."""
    return {track.name: track for track in gtzan.load_tracks()}


def mapped(cards: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """Give the card of the model whose map is shown: the default one, where it is there."""
    return cards.get(zoo.DEFAULT) or next(iter(cards.values()))


def atlas_of(card: Mapping[str, Any]) -> Atlas:
    """Give the map of a model.

    Raises
    ------
    ModelError
        There is none, or it is out of date.
    """
    return _atlas(_key(card), str(card["name"]))


@st.cache_data(show_spinner=False, max_entries=64)
def spectrogram(name: str) -> Panel:
    """Give the mel spectrogram of a track: the columns that models see.

    Raises
    ------
    DatasetError
        The bundled subset is damaged.
    """
    mel = gtzan.load_log_mel(tracks()[name])
    rows = tuple(f"{hertz:.0f} Hz" for hertz in mel_band_edges()[1:-1])
    return Panel("mel", mel.decibels, 0.0, 1.0 / COLUMN_RATE, mel.duration_s, rows, "dB")


def _key(card: Mapping[str, Any]) -> str:
    """Change whenever the model does; models without weights have no checksum of them."""
    return json.dumps([card.get("sha256"), card["name"], card.get("protocols")], sort_keys=True)


@st.cache_resource(show_spinner=False, max_entries=128)
def _stored(key: str, name: str, protocol: Measure) -> Stored:
    return models.stored(name, protocol)


@st.cache_resource(show_spinner=False, max_entries=128)
def _genre_figures(
    key: str,
    protocol: Measure,
    _found: Stored,
    genres: tuple[str, ...],
    _artists: tuple[str, ...] | None,
) -> tuple[GenreFigures, ...]:
    return per_genre(_found.probabilities, _found.labels, genres, _artists)


@st.cache_resource(show_spinner=False, max_entries=128)
def _rocs(key: str, protocol: Measure, _found: Stored, genres: tuple[str, ...]) -> tuple[Roc, ...]:
    return roc_curves(_found.probabilities, _found.labels, genres)


@st.cache_resource(show_spinner=False, max_entries=128)
def _order(key: str, protocol: Measure, _counts: NDArray[np.intp]) -> tuple[int, ...]:
    return tuple(int(place) for place in seriation(_counts))


@st.cache_resource(show_spinner=False, max_entries=8)
def _atlas(key: str, name: str) -> Atlas:
    return atlas.load(name)
