"""Load in the background what the first song will need."""

import gc
import importlib
import logging
import sys
import threading
import time
from typing import Final

import streamlit as st

__all__ = ["leave_keras_alone", "warm_up"]

_log = logging.getLogger(__name__)

_PAINT_S: Final = 1.0
"""Seconds that the first page gets to itself."""

_READ_S: Final = 5.0
"""Seconds that the first song gets to itself before TensorFlow, which it does not need."""


@st.cache_resource(show_spinner=False)
def warm_up() -> threading.Thread:
    """Start to load the default model, and later TensorFlow for the others, once a process.

    The first page goes first, and then the first song: on a small machine they would
    slow each other down. Whoever wants something before it is loaded waits for the rest.
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
    # Here, not above: the first page does without.
    import numpy as np

    from genre_app import audio, isolated, panels
    from genre_app.audio import Recording
    from genre_app.errors import GenreAppError
    from genre_app.panels import Sound
    from genre_app.reading import read

    isolated.start()
    # The first chart of the first page that has one would wait for it.
    importlib.import_module("plotly.graph_objects")
    from genre_app.figures.blend import blend_bars
    from genre_app.figures.panels import panel_figure

    samples = np.random.default_rng(0).normal(0, 0.1, 15 * audio.SAMPLE_RATE).astype(np.float32)
    noise = Recording(samples, "noise", "", "noise", audio.SAMPLE_RATE, 1)
    try:
        reading = read(noise)
        # Plotly comes with the first figure: it is among the objects that stay.
        blend_bars(reading.blend, reading.low, reading.high)
        panel_figure(panels.compute(Sound(noise), panels.PANELS[0]))
    except GenreAppError:
        _log.exception("The warm-up failed; the first reading will say why.")
    importlib.import_module("genre_app._scipy_more")
    quiet_until = time.monotonic() + _READ_S
    while time.monotonic() < quiet_until and "keras" not in sys.modules:
        time.sleep(0.05)
    leave_keras_alone()
    # After every run of a script, a poll of a progress bar too, Streamlit collects garbage and
    # has Keras do so again. TensorFlow's many objects stay anyway: nobody need look at them.
    gc.collect()
    gc.freeze()
