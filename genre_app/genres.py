"""The ten genres: their order, names on screen and colours, the same everywhere.

The colours are the ten of Petroff (2021), "Accessible color sequences for data
visualization", arXiv:2107.02270, Table 1: chosen there by an optimisation that
keeps them apart for the three common kinds of colour-blindness. No figure
relies on colour alone: bars and ribbons also carry names.
"""

from types import MappingProxyType
from typing import Final

__all__ = ["COLOURS", "GENRES", "NAMES"]

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
