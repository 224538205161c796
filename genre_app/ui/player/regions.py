"""The region that the visitor has chosen: what the browser sent, checked and kept."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import streamlit as st

from genre_app.figures.words import clock
from genre_app.ui.state import Song

__all__ = [
    "Region",
    "carry_region",
    "chosen_region",
    "forget_region",
    "keep_region",
    "span",
    "take_carried",
]

_KEPT: Final = "player-region"
"""Not the component's own state: Streamlit drops that on a change of page."""

_CARRIED: Final = "player-carried"

_TENTHS_S: Final = 3.0
"""Seconds below which a region's ends are told in tenths."""


@dataclass(frozen=True)
class Region:
    """A part of a song.

    Attributes
    ----------
    song : str
        Checksum of the song's bytes.
    start_s, end_s : float
        Seconds, ``0 <= start_s < end_s``.
    """

    song: str
    start_s: float
    end_s: float

    @classmethod
    def from_browser(cls, sent: object, duration_s: float) -> "Region | None":
        """Make a region of what a browser sent, which may be anything."""
        if not isinstance(sent, Mapping) or not isinstance(sent.get("song"), str):
            return None
        ends = [end for end in (sent.get("start"), sent.get("end")) if isinstance(end, int | float)]
        if len(ends) < 2 or not all(map(math.isfinite, ends)):
            return None
        # Tenths: the same region, drawn again, is then read only once, and every page can say
        # exactly which it is.
        last = math.floor(10 * duration_s) / 10
        start, end = (min(max(0.0, round(float(end), 1)), last) for end in ends)
        return cls(sent["song"], start, end) if start < end else None


def keep_region(region: Region | None) -> None:
    """Make it the region of the song in hand."""
    st.session_state[_KEPT] = region


def forget_region() -> None:
    """Look at no region any more (callback of a button)."""
    keep_region(None)


def chosen_region(song: Song) -> Region | None:
    """Give the region of this song; one of a song that was in hand before is none."""
    found: Region | None = st.session_state.get(_KEPT)
    return found if found is not None and found.song == song.sha256 else None


def carry_region(region: Region) -> None:
    """Leave a region to the next page that asks about a part of the song."""
    st.session_state[_CARRIED] = region


def take_carried(song: Song) -> Region | None:
    """Give, once, the region of this song that another page has left."""
    found: Region | None = st.session_state.pop(_CARRIED, None)
    return found if found is not None and found.song == song.sha256 else None


def span(start_s: float, end_s: float) -> str:
    """Write a region as it is said: ``"From 0:12 to 0:20"``."""
    if end_s - start_s >= _TENTHS_S:
        return f"From {clock(start_s)} to {clock(end_s)}"
    first, last = (
        f"{int(tenths) // 600}:{tenths % 600 / 10:04.1f}"
        for tenths in (round(10 * start_s), round(10 * end_s))
    )
    return f"From {first} to {last}"
