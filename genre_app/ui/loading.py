"""Decode and read once, whatever the visitor clicks next; warm up in the background."""

import gc
import importlib
import logging
import os
import threading
import time
from typing import Final

import numpy as np
import streamlit as st

from genre_app import audio, isolated, panels, zoo
from genre_app.audio import Recording
from genre_app.errors import GenreAppError
from genre_app.figures.blend import blend_bars
from genre_app.figures.panels import panel_figure
from genre_app.figures.words import clock
from genre_app.logmel import from_mel_power
from genre_app.panels import Sound
from genre_app.reading import Reading, read
from genre_app.ui.state import Song, stop_reading
from genre_app.ui.working import Kept, Turns

__all__ = ["decode", "kept", "leave_keras_alone", "read_song", "warm_up"]

_log = logging.getLogger(__name__)

_KEPT: Final = 256
"""Readings that are kept; one of a 15-minute song takes about 40 kB."""

_SOUNDS: Final = 64
_ROOM: Final = 400 * 2**20
"""Sounds that are kept with their spectra, and their bytes: one of three minutes takes 20 MB."""

_AT_ONCE: Final = max(2, os.cpu_count() or 2)
"""Readings at a time: more would all be late."""

_PAINT_S: Final = 1.0
"""Seconds that the first page gets to itself."""

_LONG_S: Final = 240.0
"""Seconds of music from which on a reading may take so long that one wants to stop it."""


def decode(song: Song) -> Sound:
    """Decode the song in hand, or give what was decoded before.

    Raises
    ------
    AudioError
        With a sentence for the visitor.
    """
    key = (song.sha256, song.name)
    sounds = _sounds()
    found = sounds.get(key)
    if found is None:
        found = Sound(isolated.load(song.data, name=song.name))
        sounds.put(key, found)
    return found


def read_song(song: Song, sound: Sound, model: str) -> Reading:
    """Read the song in hand with a model, or give what was read before.

    Meanwhile a bar shows how far it is and how long it still takes; a button
    stops it (:func:`genre_app.ui.state.stop_reading`).

    Raises
    ------
    ModelError
        With a sentence for the visitor.
    """
    # The checksum: a model that is trained again under its old name reads anew.
    key = (song.sha256, song.name, model, str(zoo.card(model)["sha256"]))
    read_before = _readings()
    found = read_before.get(key)
    if found is not None:
        return found
    place = st.empty()
    with place.container():
        words = f"Reading {clock(sound.recording.duration_s)} of music: {zoo.card(model)['title']}"
        bar = st.progress(0.0, text=words)
        if sound.recording.duration_s > _LONG_S:
            st.button("Stop", icon=":material/stop:", key="stop", on_click=stop_reading)
    began = time.monotonic()

    def tell(share: float) -> None:
        # Each of these is also where Streamlit can end the script: the visitor clicked.
        spent = time.monotonic() - began
        left = spent * (1 - share) / share
        more = f", about {left:.0f} s left" if spent > 0.5 and left >= 1 else ""
        bar.progress(share, text=words + more)

    def wait(before: int) -> None:
        songs = "one song is" if before == 1 else f"{before} songs are"
        bar.progress(0.0, text=f"Many are here now: {songs} before yours")

    leave_keras_alone()
    with _turns().turn(wait):
        began = time.monotonic()
        mel = from_mel_power(sound.mel_power)
        reading = read(sound.recording, model=model, mel=mel, progress=tell)
    place.empty()
    read_before.put(key, reading)
    return reading


def kept() -> tuple[int, int]:
    """Say how many decoded songs are at hand, and how many bytes they take."""
    return _sounds().taken()


@st.cache_resource(show_spinner=False)
def _readings() -> Kept[Reading]:
    return Kept(_KEPT)


@st.cache_resource(show_spinner=False)
def _sounds() -> Kept[Sound]:
    return Kept(_SOUNDS, room=_ROOM, size=lambda sound: int(1.3 * sound.recording.samples.nbytes))


@st.cache_resource(show_spinner=False)
def _turns() -> Turns:
    return Turns(_AT_ONCE)


@st.cache_resource(show_spinner=False)
def warm_up() -> threading.Thread:
    """Start to load TensorFlow and the default model, once a process.

    The first page goes first, on a small machine they would slow each other down;
    whoever reads a song before it is done waits for what is left of it.
    """
    thread = threading.Timer(_PAINT_S, _warm)
    thread.name, thread.daemon = "warm-up", True
    thread.start()
    return thread


def leave_keras_alone() -> None:
    """Keep Streamlit from clearing Keras's state after every run of everybody's script.

    It does so in the whole process: in the middle of another visitor's reading or training,
    whose network then cannot be loaded or built ("expected 0 variables").
    """
    import keras

    keras.backend.clear_session = _nothing


def _nothing(free_memory: bool = True) -> None:
    """Stand in for :func:`keras.backend.clear_session`; what it frees are names of layers."""


def _warm() -> None:
    isolated.start()
    # The first chart of the first page that has one would wait for it.
    importlib.import_module("plotly.graph_objects")
    leave_keras_alone()
    samples = np.random.default_rng(0).normal(0, 0.1, 15 * audio.SAMPLE_RATE).astype(np.float32)
    noise = Recording(samples, "noise", "", "noise", audio.SAMPLE_RATE, 1)
    try:
        reading = read(noise)
        # Plotly comes with the first figure: it is among the objects that stay.
        blend_bars(reading.blend, reading.low, reading.high)
        panel_figure(panels.compute(Sound(noise), panels.PANELS[0]))
    except GenreAppError:
        _log.exception("The warm-up failed; the first reading will say why.")
    # After every run of a script, a poll of a progress bar too, Streamlit collects garbage and
    # has Keras do so again. TensorFlow's many objects stay anyway: nobody need look at them.
    gc.collect()
    gc.freeze()
