"""The architectures that can be trained: a module a report, and this registry."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from genre_app.architectures import (
    blend,
    cs230,
    jamendo,
    lse,
    statistics_mlp,
    tesserolli,
    trees,
    umass,
)
from genre_app.architectures.base import Architecture, Build, Claim, View
from genre_app.errors import ModelError

__all__ = ["ARCHITECTURES", "Architecture", "Build", "Claim", "View", "get"]

ARCHITECTURES: Final[Mapping[str, Architecture]] = MappingProxyType(
    {
        entry.name: entry
        for module in (blend, statistics_mlp, cs230, tesserolli, jamendo, lse, umass, trees)
        for entry in module.ENTRIES
    }
)


def get(name: str) -> Architecture:
    """Look an architecture up by name.

    Raises
    ------
    ModelError
        There is none of that name; the message lists the known ones.
    """
    try:
        return ARCHITECTURES[name]
    except KeyError:
        known = ", ".join(ARCHITECTURES)
        raise ModelError(f"There is no architecture '{name}'. Known: {known}.") from None
