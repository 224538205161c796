"""The song in hand: chosen once, kept while the visitor looks at other pages."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

import streamlit as st

from genre_app import examples
from genre_app.ui import choices

__all__ = [
    "Song",
    "choose_example",
    "choose_recording",
    "choose_upload",
    "escape_markdown",
    "follow_link",
    "input_key",
    "read_again",
    "song",
    "stop_reading",
    "stopped",
]

_KEY: Final = "song"
_STOPPED: Final = "stopped"
_FOLLOWED: Final = "followed"

_LINK: Final = ("example", "panels")
"""What a link to the page Listen may say."""

_SHOWN: Final = "example-shown"
"""The example that is in hand. The field's own key can bring back one from before."""

_INPUTS: Final = ("upload", "record")
_LONGEST_STEM: Final = 40


@dataclass(frozen=True, eq=False)
class Song:
    """What the visitor gave: bytes, a name, and their checksum as key of every cache."""

    data: bytes
    name: str
    sha256: str


def file_stem(name: str) -> str:
    """Make the beginning of a download's name out of a song's: thirty pupils hand in thirty.

    Letters and digits of any script stay.
    """
    stem = re.sub(r"\.\w{1,5}$", "", name)
    kept = re.sub(r"[\W_]+", "-", unicodedata.normalize("NFC", stem)).strip("-")
    return kept[:_LONGEST_STEM].strip("-").lower() or "song"


def song() -> Song | None:
    """Give the song in hand."""
    found: Song | None = st.session_state.get(_KEY)
    return found


def input_key(name: str) -> str:
    """Give the key of the uploader, ``"upload"``, or of the recorder, ``"record"``.

    It becomes another once the song in hand is from elsewhere: that empties them.
    """
    used = st.session_state.get(_used(name), 0)
    return f"{name}-{used}" if used else name


def choose_upload() -> None:
    """Take the song out of the uploader (its callback)."""
    file = st.session_state.get(input_key("upload"))
    if file is not None:
        _leave_link()
        _keep(file.getvalue(), file.name, out_of="upload")


def choose_recording() -> None:
    """Take the song out of the recorder (its callback)."""
    file = st.session_state.get(input_key("record"))
    if file is not None:
        _leave_link()
        _keep(file.getvalue(), "Your recording", out_of="record")


def choose_example() -> None:
    """Render the chosen example (the callback of its button)."""
    key = st.session_state.get("example")
    if key is None:
        st.session_state[_SHOWN] = None
    else:
        _leave_link()
        _take_example(key)


def follow_link() -> None:
    """Take what the address says, such as ``?example=swing-combo&panels=mel,chroma``, once.

    Before the fields are drawn: the one for examples then shows which is in hand, if one is.
    """
    link = tuple(st.query_params.get(name) for name in _LINK)
    # Streamlit forgets the uploader on other pages: who comes from there has followed a link,
    # also if it is the one from before.
    arrived = input_key("upload") not in st.session_state
    if any(link) and (arrived or link != st.session_state.get(_FOLLOWED)):
        st.session_state[_FOLLOWED] = link
        _follow(*link)
    if st.session_state.get("example") != st.session_state.get(_SHOWN):
        st.session_state["example"] = st.session_state.get(_SHOWN)


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


def _follow(example: str | None, looked_at: str | None) -> None:
    # Not above: the first page does without what they are computed with.
    from genre_app import panels

    if example in {one.key for one in examples.EXAMPLES}:
        _take_example(example)
    named = [key for key in (looked_at or "").split(",") if key in panels.PANELS]
    if named:
        choices.tick(panels.PANELS, named, key="panels")


def _leave_link() -> None:
    # The address no longer says what is in hand; a reload must not bring that back.
    for name in _LINK:
        st.query_params.pop(name, None)


def _take_example(key: str) -> None:
    title = next(example.title for example in examples.EXAMPLES if example.key == key)
    _keep(examples.wav(key), title, example=key)


def _keep(data: bytes, name: str, *, example: str | None = None, out_of: str | None = None) -> None:
    # Not a widget's key: Streamlit drops those on a change of page.
    st.session_state[_STOPPED] = False
    st.session_state[_KEY] = Song(data, name, hashlib.sha256(data).hexdigest())
    st.session_state[_SHOWN] = example
    for one in _INPUTS:
        if one != out_of and st.session_state.get(input_key(one)) is not None:
            st.session_state[_used(one)] = st.session_state.get(_used(one), 0) + 1


def _used(name: str) -> str:
    return f"{name}-used"
