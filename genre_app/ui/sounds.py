"""The songs of late, decoded, for all visitors. Cheap to import: the first page does."""

from typing import TYPE_CHECKING, Final

import streamlit as st

from genre_app.ui.working import Kept

if TYPE_CHECKING:
    from genre_app.panels import Sound

__all__ = ["sounds"]

_SOUNDS: Final = 64
_ROOM: Final = 400 * 2**20
"""Sounds that are kept with their spectra, and their bytes: one of three minutes takes 20 MB."""


@st.cache_resource(show_spinner=False)
def sounds() -> "Kept[Sound]":
    """Give the store, by checksum and name of the file."""
    return Kept(_SOUNDS, room=_ROOM, size=lambda sound: int(1.3 * sound.recording.samples.nbytes))
