"""An explanation and its test as PNG or SVG files, for reports."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app.explain.explanation import Explanation
from genre_app.explain.faithful import Check
from genre_app.explain.occlusion import BAND_COUNT
from genre_app.figures.panels import MEL_TICKS_HZ
from genre_app.figures.static import Format, canvas, saved
from genre_app.figures.theme import COLOUR_MAPS
from genre_app.genres import colour_of
from genre_app.logmel import BANDS
from genre_app.panels import mel_row

__all__ = ["check_image", "explain_image"]

_DPI: Final = 150
_BLACK: Final = "0.1"
_DIM: Final = 0.72


def explain_image(
    found: Explanation, mask: NDArray[np.floating], *, format: Format = "png"
) -> bytes:
    """Draw the log-mel, bright where the genre comes from; arguments as ``explain_figure``."""
    figure, axes = canvas((9.0, 3.6), "Where it comes from (bright: the marked cells)", dpi=_DPI)
    first, last = found.start_s, found.start_s + found.mel.duration_s
    place: dict[str, Any] = {
        "origin": "lower",
        "aspect": "auto",
        "extent": (first, last, -0.5, BANDS - 0.5),
    }
    mel = found.mel.excerpt(0, found.mel.columns)
    axes.imshow(mel, cmap=COLOUR_MAPS["mel"], vmin=-80, vmax=0, **place)
    veil = np.zeros((*mel.shape, 4))
    veil[..., 3] = np.where(found.grid.spread(mask) > 0, 0.0, _DIM)
    axes.imshow(veil, **place)
    step, rows = found.mel.duration_s / found.grid.times, BANDS // BAND_COUNT
    for band, time in np.argwhere(mask > 0).tolist():
        left, low = first + time * step, band * rows - 0.5
        axes.plot(
            [left, left + step, left + step, left, left],
            [low, low, low + rows, low + rows, low],
            color=colour_of(found.genre, found.genres),
            linewidth=1,
        )
    ticks = [hertz for hertz in MEL_TICKS_HZ if hertz != 128]
    axes.set_yticks([mel_row(hertz) for hertz in ticks], [f"{hertz}" for hertz in ticks])
    axes.set(xlabel="Seconds", ylabel="Hz", xlim=(first, last))
    return saved(figure, format)


def check_image(
    tested: Check, genre: str, genres: Sequence[str] | None = None, *, format: Format = "png"
) -> bytes:
    """Draw the deletion and insertion curves; arguments as ``check_curves``."""
    figure, axes = canvas((7.0, 3.6), "The test: hide cells, or show only them", dpi=_DPI)
    shares = [0, *(100 * share for share in tested.shares)]
    colour = colour_of(genre, genres or (genre,))
    for name, start, values, style in (
        ("strongest hidden", tested.whole, tested.deletion, "-"),
        ("random hidden", tested.whole, tested.random_deletion.mean(axis=0), "--"),
        ("strongest shown", tested.nothing, tested.insertion, ":"),
        ("random shown", tested.nothing, tested.random_insertion.mean(axis=0), "-."),
    ):
        drawn = [100 * start, *(100 * values)]
        line = _BLACK if "random" in name else colour
        axes.plot(shares, drawn, style, color=line, marker="o", markersize=4, label=name)
    axes.set(ylim=(0, 100), xlabel="% of the picture", ylabel="The genre's share in %")
    axes.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return saved(figure, format)
