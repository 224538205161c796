"""The player: a song, its pictures and its blend on one time axis, with one cursor.

A component of our own, made of the files beside this one. It plays, moves and loops in the
browser, without a rerun; only what the visitor does with a region comes back here.
"""

from genre_app.ui.player.regions import (
    Region,
    carry_region,
    chosen_region,
    forget_region,
    keep_region,
    span,
    take_carried,
)
from genre_app.ui.player.show import listen, prepare

__all__ = [
    "Region",
    "carry_region",
    "chosen_region",
    "forget_region",
    "keep_region",
    "listen",
    "prepare",
    "span",
    "take_carried",
]
