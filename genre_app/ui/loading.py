"""Decode and read once, whatever the visitor clicks next."""

import os
import time
from typing import Final

import streamlit as st

from genre_app import isolated, zoo
from genre_app.figures.words import clock
from genre_app.logmel import from_mel_power
from genre_app.panels import Sound
from genre_app.reading import Reading, read
from genre_app.ui.sounds import sounds as sounds_of_late
from genre_app.ui.state import Song, escape_markdown, stop_reading
from genre_app.ui.warm import leave_keras_alone
from genre_app.ui.working import Kept, Turns

__all__ = ["decode", "read_song"]

_KEPT: Final = 256
"""Readings that are kept; one of a 15-minute song takes about 40 kB."""

_AT_ONCE: Final = max(2, os.cpu_count() or 2)
"""Readings at a time: more would all be late."""

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
    sounds = sounds_of_late()
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
    # A model that is trained or calibrated again under its old name reads anew.
    key = (song.sha256, song.name, model, zoo.fingerprint(zoo.card(model)))
    read_before = _readings()
    found = read_before.get(key)
    if found is not None:
        return found
    place = st.empty()
    with place.container():
        title = escape_markdown(str(zoo.card(model)["title"]))
        words = f"Reading {clock(sound.recording.duration_s)} of music: {title}"
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

    if zoo.needs_keras(model):
        leave_keras_alone()
    with _turns().turn(wait):
        began = time.monotonic()
        mel = from_mel_power(sound.mel_power)
        reading = read(sound.recording, model=model, mel=mel, progress=tell)
    place.empty()
    read_before.put(key, reading)
    return reading


@st.cache_resource(show_spinner=False)
def _readings() -> Kept[Reading]:
    return Kept(_KEPT)


@st.cache_resource(show_spinner=False)
def _turns() -> Turns:
    return Turns(_AT_ONCE)
