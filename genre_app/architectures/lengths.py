"""Which architectures can hear clips of another length, and the architecture that does."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from genre_app.architectures.base import Architecture
from genre_app.errors import TrainingError
from genre_app.views import track_image

__all__ = ["LENGTHS", "lengths", "of_length"]

_ANY: Final = (3.0, 6.0, 12.0, 20.0, 30.0)

LENGTHS: Final[Mapping[str, tuple[float, ...]]] = MappingProxyType(
    {
        # Their views are statistics over whatever time there is.
        "blend": _ANY,
        "statistics": _ANY,
        # Table 3 of the report: 10 or 30 seconds.
        "cs230-cnn": (10.0, 30.0),
    }
)
"""Seconds of a window that can be chosen; an architecture without an entry has its own only."""


def lengths(kind: Architecture) -> tuple[float, ...]:
    """Give the lengths of a window, in seconds, that an architecture can be trained with."""
    return LENGTHS.get(kind.name, (kind.window_s,))


def of_length(kind: Architecture, seconds: float) -> Architecture:
    """Give the architecture with windows of another length.

    Raises
    ------
    TrainingError
        It cannot hear windows of that length.
    """
    if seconds == kind.window_s:
        return kind
    if seconds not in lengths(kind):
        known = ", ".join(f"{length:g}" for length in lengths(kind))
        raise TrainingError(
            f"'{kind.title}' cannot hear clips of {seconds:g} seconds. Possible: {known}."
        )
    view = track_image if kind.name == "cs230-cnn" else kind.view
    hop_s = kind.hop_s * seconds / kind.window_s
    return replace(kind, window_s=seconds, hop_s=hop_s, view=view)
