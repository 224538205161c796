"""The ten genres: their order, names on screen and colours, the same everywhere.

The colours are the ten of Petroff (2021), "Accessible color sequences for data
visualization", arXiv:2107.02270, Table 1: chosen there by an optimisation that
keeps them apart for the three common kinds of colour-blindness. No figure
relies on colour alone: bars and ribbons also carry names.
"""

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

__all__ = ["COLOURS", "FURTHER", "GENRES", "NAMES", "colour_of", "inline", "name_of"]

GENRES: Final[tuple[str, ...]] = (
    "blues",
    "classical",
    "country",
    "disco",
    "hiphop",
    "jazz",
    "metal",
    "pop",
    "reggae",
    "rock",
)
"""The genres in the order of every probability vector, matrix and table."""

NAMES: Final = MappingProxyType(
    {genre: "Hip-hop" if genre == "hiphop" else genre.capitalize() for genre in GENRES}
)
"""What a person reads on screen for each genre."""

COLOURS: Final = MappingProxyType(
    {
        "blues": "#3f90da",
        "classical": "#b9ac70",
        "country": "#a96b59",
        "disco": "#ffa90e",
        "hiphop": "#717581",
        "jazz": "#832db6",
        "metal": "#94a4a2",
        "pop": "#e76300",
        "reggae": "#92dadd",
        "rock": "#bd1f01",
    }
)
"""One colour a genre, as ``#rrggbb``."""

FURTHER: Final[tuple[str, ...]] = (
    "#6600ff",
    "#335588",
    "#9955ff",
    "#883344",
    "#992222",
    "#ff33dd",
)
"""Colours of genres that users add, in the order in which a model names them.

Chosen one after the other so that the least difference (CIE 1976) to all before them, as
seen with normal sight and with the three kinds of colour-blindness (Machado et al. 2009),
is largest: 32 for the first, where the ten among themselves have 17, and at least 17.
"""


def name_of(genre: str) -> str:
    """Give what a person reads for a genre; one that a user added is read as it is."""
    return NAMES.get(genre, genre)


def inline(genre: str) -> str:
    """Give a genre's name inside a sentence; one that a user added keeps its capitals."""
    return NAMES[genre].lower() if genre in NAMES else genre


def colour_of(genre: str, among: Sequence[str] = GENRES) -> str:
    """Give a genre's colour.

    Parameters
    ----------
    genre : str
    among : sequence of str
        All genres of the model, in its order: that of the added ones decides on theirs.
    """
    if genre in COLOURS:
        return COLOURS[genre]
    added = [one for one in among if one not in COLOURS]
    spare = [COLOURS[one] for one in GENRES if one not in among]
    colours = [*FURTHER, *spare]
    return colours[added.index(genre) % len(colours)]
