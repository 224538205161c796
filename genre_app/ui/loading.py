"""Decode and read once, whatever the visitor clicks next; warm up in the background."""

import logging
import threading

import numpy as np
import streamlit as st

from genre_app import audio
from genre_app.audio import Recording
from genre_app.errors import GenreAppError
from genre_app.logmel import from_mel_power
from genre_app.panels import Sound
from genre_app.reading import Reading, read
from genre_app.ui.state import Song

__all__ = ["decode", "read_song", "warm_up"]

_log = logging.getLogger(__name__)


def decode(song: Song) -> Sound:
    """Decode the song in hand, or give what was decoded before.

    Raises
    ------
    AudioError
        With a sentence for the visitor.
    """
    return _decode(song.sha256, song.name, song)


def read_song(song: Song, sound: Sound, model: str) -> Reading:
    """Read the song in hand with a model, or give what was read before.

    Raises
    ------
    ModelError
        With a sentence for the visitor.
    """
    return _read(song.sha256, song.name, model, sound)


@st.cache_resource(show_spinner=False)
def warm_up() -> threading.Thread:
    """Start to load TensorFlow and the default model, once a process.

    The first page is painted meanwhile; whoever reads a song first waits for
    what is left of it.
    """
    thread = threading.Thread(target=_warm, name="warm-up", daemon=True)
    thread.start()
    return thread


def _warm() -> None:
    samples = np.random.default_rng(0).normal(0, 0.1, 15 * audio.SAMPLE_RATE).astype(np.float32)
    noise = Recording(samples, "noise", "", "noise", audio.SAMPLE_RATE, 1)
    try:
        read(noise)
    except GenreAppError:
        _log.exception("The warm-up failed; the first reading will say why.")


# Sounds hold their spectra: a few are kept, for the visitors at work now.
@st.cache_resource(show_spinner=False, max_entries=8)
def _decode(sha256: str, name: str, _song: Song) -> Sound:
    return Sound(audio.load(_song.data, name=name))


@st.cache_resource(show_spinner=False, max_entries=64)
def _read(sha256: str, name: str, model: str, _sound: Sound) -> Reading:
    return read(_sound.recording, model=model, mel=from_mel_power(_sound.mel_power))
