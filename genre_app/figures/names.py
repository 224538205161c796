"""Names that people typed, as figures show them: told apart, short enough, and no markup."""

from collections.abc import Sequence
from typing import Any, Final
from unicodedata import east_asian_width

from genre_app.genres import name_of

__all__ = ["apart", "escaped", "named_axis", "room", "short", "short_names"]

_LETTERS: Final = 16
"""Letters of a genre's name that fit beside its bar and into a legend."""

_PIXELS: Final = 6.5
_GAP: Final = 12
"""Of a letter on screen, and between a name and the axis."""


def apart(titles: Sequence[str], *, taken: Sequence[str] = ()) -> list[str]:
    """Tell equal titles apart: the second ``"Blend"`` becomes ``"Blend (2)"``.

    Parameters
    ----------
    titles : sequence of str
    taken : sequence of str
        Names of other columns or rows, which no title may equal.
    """
    # A title that somebody gave is not given away to a number.
    used, given = set(taken), set(titles)
    found = []
    for title in titles:
        name, number = title, 1
        while name in used or (number > 1 and name in given):
            number += 1
            name = f"{title} ({number})"
        used.add(name)
        found.append(name)
    return found


def short(name: str, letters: int = _LETTERS) -> str:
    """Shorten a name to the width of so many letters, the last of them ``"…"``."""
    if _width(name) <= letters:
        return name
    while _width(name) >= letters:
        name = name[:-1]
    return f"{name.rstrip()}…"


def short_names(genres: Sequence[str]) -> list[str]:
    """Give genres' names as axes and legends have room for, no two the same."""
    return apart([short(name_of(genre)) for genre in genres])


def room(names: Sequence[str], *, least: int) -> int:
    """Give the pixels that the longest of some names needs beside an axis.

    Plotly could measure them by itself, but would draw the figure twice.
    """
    return max(least, _GAP + round(_PIXELS * max(map(_width, names), default=0)))


def named_axis(names: Sequence[str], labels: Sequence[str]) -> dict[str, Any]:
    """Describe a Plotly axis of names: whole in the data, labels beside it."""
    return {
        "type": "category",
        "showgrid": False,
        "tickvals": list(names),
        "ticktext": [escaped(label) for label in labels],
    }


def escaped(text: str) -> str:
    """Take out of a text what Plotly would take for its formatting."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("%{", "% {")


def _width(text: str) -> int:
    """Count letters; those of Chinese, Japanese and Korean are twice as wide."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
