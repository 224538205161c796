"""Figures of models as PNG or SVG files, for print, slides and reports.

White ground and black text; the same numbers and colours as the interactive
figures of :mod:`.confusion`, :mod:`.leaderboard`, :mod:`.measures` and
:mod:`.atlas`. Drawn without pyplot, whose global state threads would share.
"""

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genre_app.evaluation.leaderboard import Entry
from genre_app.evaluation.metrics import ConfidenceHistogram, Reliability
from genre_app.evaluation.per_genre import GenreFigures, Roc
from genre_app.figures.blend import bar_order
from genre_app.figures.confusion import BLUE, ORANGE, row_shares
from genre_app.figures.leaderboard import ARTIST, RANDOM
from genre_app.figures.measures import LEARNING, RIGHT, WRONG
from genre_app.figures.names import apart, short_names
from genre_app.figures.static import Format, canvas, grown, saved
from genre_app.figures.words import percent
from genre_app.genres import COLOURS, GENRES, NAMES, colour_of
from genre_app.gtzan import Track

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

__all__ = [
    "atlas_image",
    "confidence_image",
    "confusion_image",
    "cost_image",
    "difference_image",
    "gap_image",
    "genres_image",
    "learning_image",
    "reliability_image",
    "roc_image",
    "track_image",
]

_DPI: Final = 160

_TITLE: Final = 46
"""Letters of a title that fit above a matrix."""


def confusion_image(
    counts: ArrayLike,
    *,
    genres: Sequence[str] = GENRES,
    order: Sequence[int] | None = None,
    normalised: bool = False,
    title: str = "Confusion matrix",
    format: Format = "png",
) -> bytes:
    """Draw a confusion matrix; arguments as :func:`.confusion.confusion_heatmap`."""
    found = np.asarray(counts)
    shares = row_shares(found)
    scale = shares if normalised else found / max(int(found.max()), 1)
    shown = np.rint(100 * shares).astype(int) if normalised else found
    unit = "percent of each row" if normalised else "tracks"
    return _matrix(scale, shown, genres, order, "Blues", (0, 1), f"{title} ({unit})", format)


def difference_image(
    difference: ArrayLike,
    *,
    genres: Sequence[str] = GENRES,
    order: Sequence[int] | None = None,
    title: str = "Difference of confusions",
    format: Format = "png",
) -> bytes:
    """Draw one model's confusions minus another's: blue is commoner with the first."""
    found = np.asarray(difference)
    scale = found / max(int(np.abs(found).max()), 1)
    colours = _orange_to_blue()
    return _matrix(scale, found, genres, order, colours, (-1, 1), f"{title} (tracks)", format)


def gap_image(entries: Sequence[Entry], *, format: Format = "png") -> bytes:
    """Draw each model under both protocols."""
    figure, axes = _canvas((9.0, 1.4 + 0.36 * max(len(entries), 3)), "What the split is worth")
    for row, one in enumerate(entries):
        if one.artist and one.random:
            ends = [100 * one.artist.value, 100 * one.random.value]
            axes.plot(ends, [row, row], color="0.8", linewidth=5, zorder=1)
        for found, colour, marker in ((one.artist, ARTIST, "o"), (one.random, RANDOM, "D")):
            if found is not None:
                arms = [[100 * (found.value - found.low)], [100 * (found.high - found.value)]]
                axes.errorbar([100 * found.value], [row], xerr=arms, color=colour, fmt=marker)
        if one.claim is not None and one.claim_on_gtzan:
            axes.plot([100 * one.claim], [row], "|", color="0.4", markersize=14, markeredgewidth=2)
    axes.set_yticks(range(len(entries)), apart([one.title for one in entries]))
    axes.invert_yaxis()
    axes.set(
        xlim=(0, 102),
        xlabel="Right in % (circle: artist, diamond: random, bar: its report on GTZAN)",
    )
    return saved(figure, format)


def cost_image(entries: Sequence[Entry], *, format: Format = "png") -> bytes:
    """Draw accuracy under ``artist`` against the time of a clip."""
    figure, axes = _canvas((9.0, 4.6), "What accuracy costs")
    known = [
        (one, one.artist, one.milliseconds)
        for one in entries
        if one.artist is not None and one.milliseconds
    ]
    titles = apart([one.title for one, _, _ in known])
    for number, (title, (_, artist, milliseconds)) in enumerate(
        zip(titles, known, strict=True), start=1
    ):
        value = 100 * artist.value
        arms = [[value - 100 * artist.low], [100 * artist.high - value]]
        # Titles beside the points would cover each other.
        label = f"{number}  {title}"
        axes.errorbar([milliseconds], [value], arms, fmt="o", color=ARTIST, capsize=3, label=label)
        place = (milliseconds, value)
        axes.annotate(str(number), place, (5, 3), textcoords="offset points", fontsize=8)
    axes.set(xscale="log", xlabel="ms for a clip of 30 s", ylabel="Right in %, protocol artist")
    if known:
        legend = axes.legend(
            frameon=False,
            fontsize=8,
            loc="center left",
            bbox_to_anchor=(1.0, 0.5),
            handlelength=0,
            handletextpad=0,
            markerscale=0,
        )
        for handle in legend.legend_handles:
            if handle is not None:
                handle.set_visible(False)
    return saved(figure, format)


def genres_image(found: Sequence[GenreFigures], *, format: Format = "png") -> bytes:
    """Draw precision, recall and F1 of each genre."""
    figure, axes = _canvas((8.0, grown(5.0, found)), "Genre by genre")
    for place, (key, colour, marker) in enumerate(
        (("precision", "disco", "D"), ("recall", "blues", "o"), ("f1", "jazz", "s"))
    ):
        values = np.array(
            [[getattr(getattr(one, key), end) for end in ("value", "low", "high")] for one in found]
        )
        arms = np.maximum(0, np.stack([values[:, 0] - values[:, 1], values[:, 2] - values[:, 0]]))
        rows = np.arange(len(found)) + 0.24 * (place - 1)
        axes.errorbar(
            100 * values[:, 0],
            rows,
            xerr=100 * arms,
            fmt=marker,
            color=COLOURS[colour],
            label=key,
            markersize=5,
            linewidth=1,
        )
    axes.set_yticks(range(len(found)), short_names([one.genre for one in found]))
    axes.invert_yaxis()
    axes.set(xlim=(0, 102), xlabel="% (lines: 95 % intervals, counted track by track)")
    axes.legend(frameon=False, ncols=3, loc="lower left", bbox_to_anchor=(0.4, 1.0), fontsize=8)
    return saved(figure, format)


def roc_image(
    curves: Sequence[Roc], genres: Sequence[str] | None = None, *, format: Format = "png"
) -> bytes:
    """Draw the ROC curves of the genres; arguments as :func:`.measures.roc_figure`."""
    figure, axes = _canvas((6.5, 5.2), "Each genre against the rest")
    axes.plot([0, 100], [0, 100], ":", color="0.6")
    drawn = [curve.genre for curve in curves]
    for curve, name in zip(curves, short_names(drawn), strict=True):
        axes.plot(
            100 * curve.false_positive,
            100 * curve.true_positive,
            drawstyle="steps-post",
            color=colour_of(curve.genre, genres or drawn),
            label=f"{name} {curve.auc:.2f}",
        )
    axes.set(xlabel="Other genres' tracks called it, %", ylabel="Its own tracks found, %")
    axes.legend(frameon=False, fontsize=8)
    return saved(figure, format)


def reliability_image(found: Reliability, *, format: Format = "png") -> bytes:
    """Draw accuracy against confidence."""
    figure, axes = _canvas((5.5, 4.6), "Is it as sure as it is right?")
    filled = found.counts > 0
    x, y = 100 * found.confidence[filled], 100 * found.accuracy[filled]
    arms = np.maximum(0, np.stack([y - 100 * found.low[filled], 100 * found.high[filled] - y]))
    axes.plot([0, 100], [0, 100], ":", color="0.6")
    axes.errorbar(x, y, yerr=arms, fmt="o-", color=RIGHT, linewidth=1, capsize=3)
    axes.set(xlim=(0, 101), ylim=(0, 101), xlabel="The first bar stands at, %")
    axes.set_ylabel("and is right in, %")
    return saved(figure, format)


def confidence_image(found: ConfidenceHistogram, *, format: Format = "png") -> bytes:
    """Draw how high the first bar stands, where it is right and where it is wrong."""
    figure, axes = _canvas((5.5, 4.6), "How sure it is")
    centres = 50 * (found.edges[1:] + found.edges[:-1])
    width = 94 * float(found.edges[1] - found.edges[0])
    axes.bar(centres, found.right, width, color=RIGHT, label="right")
    axes.bar(centres, found.wrong, width, found.right, color=WRONG, hatch="//", label="wrong")
    axes.set(xlim=(0, 101), xlabel="The first bar stands at, %", ylabel="Tracks")
    axes.legend(frameon=False, fontsize=8)
    return saved(figure, format)


def learning_image(curves: Mapping[str, NDArray[np.floating]], *, format: Format = "png") -> bytes:
    """Draw accuracy (continuous, left) and loss (dotted, right) epoch by epoch."""
    figure, axes = _canvas((7.5, 3.8), "How it learnt")
    other = axes.twinx()
    for key, (name, colour, dash) in LEARNING.items():
        if key in curves:
            values = np.asarray(curves[key], np.float64)
            epochs = np.arange(1, len(values) + 1)
            target = axes if "accuracy" in key else other
            style = "-" if dash == "solid" else ":"
            scale = 100 if "accuracy" in key else 1
            target.plot(epochs, scale * values, style, color=colour, label=name)
    axes.set(xlabel="Epoch", ylabel="Right in %")
    other.set_ylabel("Loss")
    lines = [*axes.get_lines(), *other.get_lines()]
    if lines:
        axes.legend(lines, [str(line.get_label()) for line in lines], frameon=False, fontsize=7)
    return saved(figure, format)


def atlas_image(
    tracks: Sequence[Track],
    points: NDArray[np.floating],
    *,
    song: NDArray[np.floating] | None = None,
    title: str = "The music as the model hears it",
    format: Format = "png",
) -> bytes:
    """Draw the map of all tracks; arguments as :func:`.atlas.atlas_figure`."""
    figure, axes = _canvas((8.0, 6.4), title)
    for genre in GENRES:
        rows = [row for row, track in enumerate(tracks) if track.genre == genre]
        axes.scatter(
            points[rows, 0], points[rows, 1], s=9, color=COLOURS[genre], label=NAMES[genre]
        )
    if song is not None:
        axes.plot(song[:, 0], song[:, 1], "k.-", linewidth=1, label="the song")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.legend(frameon=False, fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return saved(figure, format)


def track_image(
    shares: ArrayLike, *, genres: Sequence[str] = GENRES, title: str, format: Format = "png"
) -> bytes:
    """Draw what a model says of one track.

    Parameters
    ----------
    shares : array_like of float [shape=(genres,)]
        Shares of 1.
    genres : sequence of str
        What they stand for.
    title : str
    format : {"png", "svg"}
    """
    found = 100 * np.asarray(shares, np.float64)
    order = bar_order(found)
    figure, axes = _canvas((7.5, grown(4.2, genres)), title)
    names = short_names([genres[genre] for genre in order])
    axes.barh(names, found[order], color=[colour_of(genres[place], genres) for place in order])
    for row, share in enumerate(found[order]):
        axes.text(share + 0.6, row, percent(share / 100), va="center", fontsize=8)
    axes.invert_yaxis()
    axes.set(xlim=(0, 1.1 * max(float(found.max()), 20.0)), xlabel="Share in %")
    return saved(figure, format)


def _matrix(
    scale: NDArray[np.floating],
    shown: NDArray[np.integer],
    genres: Sequence[str],
    order: Sequence[int] | None,
    colours: "str | Colormap",
    reach: tuple[float, float],
    title: str,
    format: Format,
) -> bytes:
    places = list(range(len(genres))) if order is None else [int(place) for place in order]
    grid = np.ix_(places, places)
    figure, axes = _canvas((grown(6.6, genres), grown(6.2, genres)), textwrap.fill(title, _TITLE))
    axes.imshow(scale[grid], cmap=colours, vmin=reach[0], vmax=reach[1])
    names = short_names([genres[place] for place in places])
    axes.set_xticks(range(len(names)), names, rotation=40, ha="right")
    axes.set_yticks(range(len(names)), names)
    for (row, column), value in np.ndenumerate(shown[grid]):
        if value:
            text = f"{value:+d}" if reach[0] < 0 else f"{value}"
            deep = abs(float(scale[grid][row, column])) > 0.55
            colour = "white" if deep else "black"
            axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=9)
    axes.set(xlabel="The model's answer", ylabel="The genre on the label")
    axes.spines[:].set_visible(False)
    return saved(figure, format)


def _orange_to_blue() -> "Colormap":
    from matplotlib.colors import LinearSegmentedColormap

    ends = [[int(part) / 255 for part in colour.split(",")] for colour in (ORANGE, BLUE)]
    return LinearSegmentedColormap.from_list("difference", [ends[0], (1.0, 1.0, 1.0), ends[1]])


def _canvas(size: tuple[float, float], title: str) -> tuple["Figure", "Axes"]:
    figure, axes = canvas(size, title, dpi=_DPI)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes
