"""Panels and blends as PNG or SVG files, for print, slides and download.

White ground, black text, axis labels and a title, so that a picture explains
itself away from the page. Drawn with ``matplotlib.figure.Figure`` alone:
pyplot keeps global state, which threads of a server would share.
"""

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from genre_app.figures.blend import bar_order, ribbon_order, ribbon_shares
from genre_app.figures.names import short_names
from genre_app.figures.panels import WAVE_COLOUR, colour_range, row_labels, standardised
from genre_app.figures.pooling import envelope, pool_panel
from genre_app.figures.theme import COLOUR_MAPS, clock_needed, time_ticks
from genre_app.figures.words import percent
from genre_app.genres import GENRES, colour_of
from genre_app.panels import Panel
from genre_app.reading import Reading, has_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend
    from matplotlib.text import Text

__all__ = [
    "Format",
    "bars_image",
    "canvas",
    "grown",
    "panel_image",
    "ribbon_image",
    "ribbons_image",
    "saved",
]

Format = Literal["png", "svg"]

_DPI: Final = 200
"""Twice a screen's: sharp on paper and on dense displays."""

_WIDTH: Final = 9.0
_HEIGHTS: Final = {"waveform": 2.2, "mel": 3.6, "mfcc": 3.2, "chroma": 3.2, "tonnetz": 2.6}
"""Inches."""

_COLUMNS: Final = 1_600
"""About the pixels that the plot is wide."""

_LEFT, _RIGHT, _BELOW, _ABOVE = 1.0, 1.15, 0.5, 0.3
"""Inches around the plot; the same, so that pictures in a column line up, but where names
are long."""

_BESIDE: Final = 0.12
"""Inches: a tick and the gaps between it, its name and the edge."""

_FAMILIES: Final = (
    *("Noto Sans CJK JP", "Noto Sans CJK SC", "Noto Sans JP", "Hiragino Sans", "Yu Gothic"),
    *("PingFang SC", "Microsoft YaHei", "WenQuanYi Zen Hei", "Apple SD Gothic Neo"),
    *("Malgun Gothic", "Arial Unicode MS", "Droid Sans Fallback", "Noto Sans Devanagari"),
    *("Nirmala UI", "Noto Sans Thai", "Leelawadee UI", "Thonburi"),
)
"""Fonts for scripts that Matplotlib's own lacks, as systems have them."""

_VALUE_NAMES: Final = {
    "mel": "dB (0: the loudest)",
    "mfcc": "SD from the row's mean",
    "chroma": "% of the strongest",
    "tonnetz": "Coordinate",
}


def panel_image(panel: Panel, *, title: str | None = None, format: Format = "png") -> bytes:
    """Draw a panel as a picture.

    Parameters
    ----------
    panel : Panel
    title : str, optional
        Above the plot; the panel's own by default.
    format : {"png", "svg"}

    Returns
    -------
    bytes
        PNG of 1800 pixels in width, or SVG.
    """
    figure, axes = _canvas(panel.title if title is None else title, _HEIGHTS[panel.key])
    if panel.key == "waveform":
        values, start, step = envelope(panel, columns=_COLUMNS)
        times = start + step * np.arange(values.shape[1])
        axes.fill_between(times, values[0], values[1], color=WAVE_COLOUR, linewidth=0.6)
        reach = max(1.0, float(np.abs(values).max()))
        axes.set(ylim=(-reach, reach), ylabel="Amplitude")
    else:
        _draw_heatmap(figure, axes, panel)
    _label_time(axes, panel.duration_s)
    return saved(figure, format)


def bars_image(
    probabilities: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    *,
    genres: Sequence[str] = GENRES,
    title: str = "Blend of genres",
    format: Format = "png",
) -> bytes:
    """Draw the shares of the genres with their 90 % intervals as a picture.

    Arguments as :func:`genre_app.figures.blend.blend_bars`.

    Returns
    -------
    bytes
        PNG of 1800 x 840 pixels, or SVG; higher with more than ten genres.
    """
    shares, lows, highs = (np.asarray(one, np.float64) * 100 for one in (probabilities, low, high))
    varies = has_interval(lows)
    if not varies:
        lows = highs = shares
    order = bar_order(shares)
    figure, axes = _canvas(title, grown(4.2, genres))
    names = short_names([genres[genre] for genre in order])
    colours = [colour_of(genres[genre], genres) for genre in order]
    axes.barh(names, shares[order], color=colours, height=0.7)
    arms = np.maximum(0.0, np.stack([shares - lows, highs - shares]))[:, order]
    for width, colour in ((3.5, "white"), (1.2, "black")) if varies else ():
        axes.errorbar(
            shares[order], names, xerr=arms, fmt="none", ecolor=colour, elinewidth=width, capsize=3
        )
    reach = float(max(highs.max(), shares.max(), 20.0))
    for row, (share, arm) in enumerate(zip(shares[order], arms[1], strict=True)):
        axes.text(share + arm + reach * 0.012, row, percent(share / 100), va="center", fontsize=9)
    axes.invert_yaxis()
    axes.set(xlim=(0, reach * 1.1), xlabel="Share in %" + " (line: 90 % interval)" * varies)
    axes.spines[["top", "right"]].set_visible(False)
    _make_room(axes, left=axes.get_yticklabels())
    return saved(figure, format)


def ribbon_image(
    starts_s: ArrayLike,
    ends_s: ArrayLike,
    probabilities: ArrayLike,
    duration_s: float,
    *,
    genres: Sequence[str] = GENRES,
    title: str = "Genres through time",
    format: Format = "png",
) -> bytes:
    """Draw the shares of the genres through time as a picture.

    Arguments as :func:`genre_app.figures.blend.blend_ribbon`.

    Returns
    -------
    bytes
        PNG of 1800 x 680 pixels, or SVG.
    """
    times, shares = ribbon_shares(starts_s, ends_s, probabilities, duration_s, genres=genres)
    order = ribbon_order(times, shares)
    figure, axes = _canvas(title, 3.4)
    areas = axes.stackplot(
        times,
        100 * shares[:, order].T,
        colors=[colour_of(genres[genre], genres) for genre in order],
        labels=short_names([genres[genre] for genre in order]),
    )
    axes.set(ylim=(0, 100), ylabel="Share in %")
    _label_time(axes, duration_s)
    # From top to bottom, as they are stacked.
    legend = figure.legend(handles=areas[::-1], loc="center right", frameon=False, fontsize=9)
    _make_room(axes, right=[legend])
    return saved(figure, format)


def ribbons_image(
    readings: Sequence[Reading],
    titles: Sequence[str],
    times_s: ArrayLike,
    divergence: ArrayLike,
    *,
    among: Sequence[str],
    title: str = "",
    format: Format = "png",
) -> bytes:
    """Draw several models' ribbons one over another, and beneath them their divergence.

    Parameters
    ----------
    readings : sequence of Reading
        Of one recording.
    titles : sequence of str
        What the models are called.
    times_s, divergence : array_like of float [shape=(n,)]
        As :class:`genre_app.disagreement.Disagreement` has them.
    among : sequence of str
        The genres of all these models: each has one colour and one name.
    title : str
        Above all of them.
    format : {"png", "svg"}
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    rows = len(readings) + 1
    figure = Figure(figsize=(_WIDTH, 0.8 + 1.1 * rows), dpi=_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    figure.set_layout_engine("constrained")
    plots = figure.subplots(rows, 1, sharex=True)
    names = dict(zip(among, short_names(among), strict=True))
    seen: dict[str, str] = {}
    if title:
        figure.suptitle(title, x=0.01, horizontalalignment="left", fontsize=11)
    for axes, voice, one in zip(plots[:-1], titles, readings, strict=True):
        known = one.genres
        times, shares = ribbon_shares(
            one.starts_s, one.ends_s, one.timeline, one.duration_s, genres=known
        )
        order = ribbon_order(times, shares)
        colours = [colour_of(known[genre], among) for genre in order]
        axes.stackplot(times, 100 * shares[:, order].T, colors=colours)
        axes.set(ylim=(0, 100), yticks=(0, 100))
        axes.set_title(voice, loc="left", fontsize=9)
        seen |= {names[known[genre]]: colour_of(known[genre], among) for genre in order}
    plots[-1].fill_between(np.asarray(times_s), np.asarray(divergence), color="#e8590c", alpha=0.6)
    plots[-1].set(ylim=(0, 1), yticks=(0, 1))
    plots[-1].set_title("How far apart (0: the same, 1: nothing in common)", loc="left", fontsize=9)
    _label_time(plots[-1], readings[0].duration_s)
    handles = [Patch(color=colour, label=name) for name, colour in seen.items()]
    figure.legend(handles=handles, loc="outside right center", frameon=False, fontsize=8)
    return saved(figure, format)


def _draw_heatmap(figure: "Figure", axes: "Axes", panel: Panel) -> None:
    values, start, step = pool_panel(panel, columns=_COLUMNS)
    if panel.key == "mfcc":
        values = standardised(values)
    if panel.key == "chroma":
        values = values * 100
    low, high = colour_range(panel)
    count, columns = values.shape
    picture = axes.imshow(
        values,
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        extent=(start - step / 2, start + (columns - 0.5) * step, -0.5, count - 0.5),
        cmap=COLOUR_MAPS[panel.key],
        vmin=low,
        vmax=high,
    )
    rows, names = row_labels(panel)
    axes.set_yticks(rows, names)
    axes.set_ylabel({"mel": "Frequency in Hz", "mfcc": "Coefficient"}.get(panel.key, ""))
    box = axes.get_position()
    scale = figure.add_axes((box.x1 + 0.012, box.y0, 0.014, box.height))
    figure.colorbar(picture, cax=scale, label=_VALUE_NAMES[panel.key])


def _label_time(axes: "Axes", duration_s: float) -> None:
    values, texts = time_ticks(duration_s)
    axes.set_xlim(0, duration_s)
    axes.set_xticks(values, texts)
    axes.set_xlabel("Time (min:s)" if clock_needed(duration_s) else "Time")


def _canvas(title: str, height: float) -> tuple["Figure", "Axes"]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH, height), dpi=_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    size = (_WIDTH - _LEFT - _RIGHT) / _WIDTH, (height - _BELOW - _ABOVE) / height
    axes = figure.add_axes((_LEFT / _WIDTH, _BELOW / height, *size))
    axes.set_title(title, loc="left", fontsize=11)
    return figure, axes


def _make_room(
    axes: "Axes", *, left: Sequence["Text"] = (), right: Sequence["Legend"] = ()
) -> None:
    """Narrow the plot where names beside it need more than what all pictures keep free."""
    figure = axes.get_figure(root=True)
    assert figure is not None  # noqa: S101  # For the type checker: _canvas made it.
    _plain_texts(figure)
    before, after = (
        max((one.get_window_extent().width for one in beside), default=0.0) / _DPI + _BESIDE
        for beside in (left, right)
    )
    before, after = max(before, _LEFT) / _WIDTH, max(after, _RIGHT) / _WIDTH
    box = axes.get_position()
    axes.set_position((before, box.y0, 1 - before - after, box.height))


def canvas(size: tuple[float, float], title: str, *, dpi: int) -> tuple["Figure", "Axes"]:
    """Give an empty picture with a title, whose axes leave room for their labels.

    Parameters
    ----------
    size : (float, float)
        Width and height in inches.
    title : str
    dpi : int
        Pixels an inch, of a PNG.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, dpi=dpi, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set_title(title, loc="left", fontsize=11)
    return figure, axes


def grown(inches: float, genres: Sequence[object]) -> float:
    """Give the height that a picture needs which is so high with ten genres."""
    return inches * max(1.0, len(genres) / len(GENRES))


def saved(figure: "Figure", format: Format) -> bytes:
    """Give the file of a picture: the same data give the same file.

    No text in it is a formula, whatever dollar signs names of files, models and
    classes have.
    """
    from matplotlib import rcParams

    _plain_texts(figure)
    metadata: dict[str, str | None] = {}
    if format == "svg":
        metadata["Date"] = None
        # Else the ids in the file are random. Set for good: with a context, the end of one
        # thread's would fall into another's drawing.
        rcParams["svg.hashsalt"] = "genre-blend"
    buffer = BytesIO()
    figure.savefig(buffer, format=format, metadata=metadata)
    return buffer.getvalue()


def _families(words: str) -> list[str]:
    """Give Matplotlib's font, and where it lacks a letter those of the system's beside it."""
    from matplotlib.font_manager import findfont, fontManager, get_font

    usual = "DejaVu Sans"
    known = get_font(findfont(usual)).get_charmap()
    if all(ord(letter) in known for letter in words if not letter.isspace()):
        return [usual]
    installed = set(fontManager.get_font_names())
    return [usual, *(family for family in _FAMILIES if family in installed)]


def _plain_texts(figure: "Figure") -> None:
    from matplotlib.text import Text

    # Looking for texts makes the labels of the ticks, which else are made while drawing.
    for text in figure.findobj(Text):
        text.set_parse_math(False)
        if not text.get_text().isascii():
            text.set_fontfamily(_families(text.get_text()))
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            if axis.get_scale() == "log":
                # Powers of ten are the one formula that Matplotlib itself writes.
                for label in axis.get_ticklabels(which="both"):
                    label.set_parse_math(True)
