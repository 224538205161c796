"""The song in hand: chosen once, kept while the visitor looks at other pages."""

import hashlib
import re
from dataclasses import dataclass

import streamlit as st

from genre_app import examples

__all__ = [
    "Song",
    "choose_example",
    "choose_recording",
    "choose_upload",
    "escape_markdown",
    "follow_link",
    "read_again",
    "song",
    "stop_reading",
    "stopped",
]

_KEY = "song"
_STOPPED = "stopped"
_FOLLOWED = "followed"


@dataclass(frozen=True, eq=False)
class Song:
    """What the visitor gave: bytes, a name, and their checksum as key of every cache."""

    data: bytes
    name: str
    sha256: str


def song() -> Song | None:
    """Give the song in hand."""
    found: Song | None = st.session_state.get(_KEY)
    return found


def choose_upload() -> None:
    """Take the song out of the uploader (its callback)."""
    file = st.session_state.get("upload")
    if file is not None:
        _keep(file.getvalue(), file.name)


def follow_link() -> None:
    """Take the example that the address names, such as ``?example=swing-combo``, once.

    Before the field for examples is drawn: it then shows which one it is.
    """
    key = st.query_params.get("example")
    if key != st.session_state.get(_FOLLOWED) and key in {one.key for one in examples.EXAMPLES}:
        st.session_state[_FOLLOWED] = st.session_state["example"] = key
        _take_example(key)


def choose_recording() -> None:
    """Take the song out of the recorder (its callback)."""
    file = st.session_state.get("record")
    if file is not None:
        _keep(file.getvalue(), "Your recording")


def choose_example() -> None:
    """Render the chosen example (the callback of its button)."""
    key = st.session_state.get("example")
    if key is not None:
        _take_example(key)


def stop_reading() -> None:
    """Leave the song unread until the visitor wants it (callback of the stop button)."""
    st.session_state[_STOPPED] = True


def read_again() -> None:
    """Take that back."""
    st.session_state[_STOPPED] = False


def stopped() -> bool:
    """Whether the visitor has stopped the reading of the song in hand."""
    return bool(st.session_state.get(_STOPPED, False))


def escape_markdown(text: str) -> str:
    """Make text from a file safe to stand within Streamlit's Markdown."""
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~$:&])", r"\\\1", " ".join(text.split()))


def _take_example(key: str) -> None:
    title = next(example.title for example in examples.EXAMPLES if example.key == key)
    _keep(examples.wav(key), title)


def _keep(data: bytes, name: str) -> None:
    # Not a widget's key: Streamlit drops those on a change of page.
    st.session_state[_STOPPED] = False
    st.session_state[_KEY] = Song(data, name, hashlib.sha256(data).hexdigest())
