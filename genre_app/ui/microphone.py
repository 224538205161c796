"""Streamlit's recorder, for music instead of speech."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import streamlit as st

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

__all__ = ["record"]

_AS_IT_SOUNDS: Final = st.components.v2.component(
    "genre_blend_microphone",
    js=Path(__file__).with_name("microphone.js").read_text(encoding="utf-8"),
    isolate_styles=False,  # There are none.
)


def record(
    label: str, *, key: str, on_change: Callable[[], None] | None = None
) -> "UploadedFile | None":
    """Offer to record, without what browsers do to speech.

    Parameters
    ----------
    label : str
    key : str
        Of the recorder in the session state.
    on_change : callable, optional
        Called before the page runs again with the recording.

    Returns
    -------
    UploadedFile or None
        A WAV file, once there is one.
    """
    recorded = st.audio_input(label, sample_rate=44_100, key=key, on_change=on_change)
    _AS_IT_SOUNDS(key=f"{key}-as-it-sounds", height=1)
    return recorded
