"""A library of songs as figures: stacked blends of albums, an artist's years, a map."""

from base64 import b64encode
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genre_app.catalogue.aggregate import Group, Year
from genre_app.catalogue.filters import shown_title
from genre_app.catalogue.maps import Map
from genre_app.catalogue.rows import Song
from genre_app.figures.names import apart, escaped, short
from genre_app.figures.theme import finish
from genre_app.figures.words import percent
from genre_app.genres import COLOURS, GENRES, NAMES
from genre_app.wording import counted

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["MOST_GROUPS", "about", "blend_strip", "group_bars", "library_map", "year_bars"]

MOST_GROUPS: Final = 20
"""Albums or artists that one chart holds; the table beneath it holds all."""

_ROW: Final = 26
_AROUND: Final = 96
"""Pixels: a bar with its gap, and what stands above and below the bars."""

_NAME: Final = 22
"""Letters of a name beside its bar: on a phone a third of the width."""

_UNSEEN: Final = 0.2
"""Percent: less is under a pixel even on a wide screen."""

_STRIP_WIDTH: Final = 120
_STRIP_HEIGHT: Final = 30
_SYMBOLS: Final = (
    "circle",
    "square",
    "diamond",
    "cross",
    "x",
    "triangle-up",
    "triangle-down",
    "pentagon",
    "hexagon",
    "star",
)
"""A shape a genre, in the order of ``GENRES``: no chart relies on colour alone."""


def blend_strip(blend: ArrayLike) -> str:
    """Draw a blend as one small stacked bar, for a cell of a table.

    Parameters
    ----------
    blend : array_like of float [shape=(10,)]
        Shares of 1 in the order of ``GENRES``.

    Returns
    -------
    str
        An SVG as a data URL; the largest share stands first.
    """
    shares = _ten(blend)
    parts = []
    start = 0.0
    for genre in np.argsort(-shares, kind="stable").tolist():
        width = float(shares[genre]) * _STRIP_WIDTH
        if width >= 0.5:
            colour = COLOURS[GENRES[genre]]
            parts.append(f'<path fill="{colour}" d="M{start:.1f} 0h{width:.1f}v{_STRIP_HEIGHT}H')
            parts.append(f'{start:.1f}z"/>')
        start += width
    size = f'width="{_STRIP_WIDTH}" height="{_STRIP_HEIGHT}"'
    picture = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{"".join(parts)}</svg>'
    return "data:image/svg+xml;base64," + b64encode(picture.encode()).decode()


def about(mean: float, spread: float, count: int) -> str:
    """Say how much of a genre there is in some songs, and how far they differ: one does not."""
    around = f" ± {100 * spread:.0f} points" if count > 1 else ""
    return f"{percent(mean)}{around} over {counted(count, 'song')}"


def group_bars(groups: Sequence[Group]) -> "go.Figure":
    """Draw the mean blend of albums or artists, a stacked bar each.

    Parameters
    ----------
    groups : sequence of Group
        At least one; the first :data:`MOST_GROUPS` are drawn, the first on top.

    Returns
    -------
    plotly.graph_objects.Figure
    """
    shown = groups[:MOST_GROUPS]
    names = apart([escaped(short(group.title, _NAME)) for group in shown])
    means = _tens([group.mean for group in shown])
    spreads = _tens([group.spread for group in shown])
    hovers = [
        [
            f"{escaped(group.title)}<br>{NAMES[genre]} "
            f"{about(float(mean[column]), float(spread[column]), group.count)}"
            for group, mean, spread in zip(shown, means, spreads, strict=True)
        ]
        for column, genre in enumerate(GENRES)
    ]
    figure = _stacked(names, means, hovers, horizontal=True)
    figure.update_yaxes(autorange="reversed", type="category", showgrid=False)
    figure = finish(
        figure, height=_ROW * len(shown) + _AROUND, top=_legend_room(means), revision="groups"
    )
    figure.update_layout(margin={"l": 150})
    return figure


def year_bars(years: Sequence[Year]) -> "go.Figure":
    """Draw an artist's mean blend by year, a stacked column each; other years stay empty.

    Parameters
    ----------
    years : sequence of Year
        At least one, in order.
    """
    means = _tens([year.mean for year in years])
    hovers = [
        [
            f"{year.year}: {NAMES[genre]} "
            f"{about(float(mean[column]), float(year.spread[column]), year.count)}"
            for year, mean in zip(years, means, strict=True)
        ]
        for column, genre in enumerate(GENRES)
    ]
    figure = _stacked([year.year for year in years], means, hovers, horizontal=False)
    first, last = years[0].year, years[-1].year
    figure.update_xaxes(
        range=[first - 0.7, last + 0.7], tickformat="d", dtick=1 if last - first < 8 else None
    )
    figure.update_yaxes(range=[0, 100], ticksuffix=" %", dtick=50, showgrid=False, zeroline=False)
    return finish(figure, height=300, top=_legend_room(means), revision="years")


def library_map(
    plan: Map, songs: Sequence[Song], *, marked: Song | None = None, near: Sequence[Song] = ()
) -> "go.Figure":
    """Draw the songs of a library as points; colour and shape are the largest genre's.

    Parameters
    ----------
    plan : Map
    songs : sequence of Song
        Those of the plan, in its order.
    marked : Song, optional
        Gets a ring.
    near : sequence of Song
        Get lines from the marked one.
    """
    import plotly.graph_objects as go

    tops = np.array([GENRES.index(song.top) for song in songs])
    figure = go.Figure()
    where = {song.content: point for song, point in zip(songs, plan.points, strict=True)}
    if marked is not None and marked.content in where:
        start = where[marked.content]
        for one in near:
            if one.content in where:
                end = where[one.content]
                figure.add_scatter(
                    x=[start[0], end[0]],
                    y=[start[1], end[1]],
                    mode="lines",
                    line={"color": "rgba(128,128,128,0.7)", "width": 1},
                    hoverinfo="skip",
                    showlegend=False,
                )
        figure.add_scatter(
            x=[start[0]],
            y=[start[1]],
            mode="markers",
            marker={
                "symbol": "circle-open",
                "size": 22,
                "color": "rgb(128,128,128)",
                "line": {"width": 3},
            },
            hoverinfo="skip",
            showlegend=False,
        )
    # The points of thousands of songs are drawn by the graphics card.
    draw = go.Scattergl if len(songs) > 1_000 else go.Scatter
    size = 9 if len(songs) <= 300 else 6
    for genre in sorted(set(tops.tolist())):
        rows = np.flatnonzero(tops == genre).tolist()
        figure.add_trace(
            draw(
                x=plan.points[rows, 0],
                y=plan.points[rows, 1],
                mode="markers",
                name=NAMES[GENRES[genre]],
                marker={
                    "color": COLOURS[GENRES[genre]],
                    "symbol": _SYMBOLS[genre],
                    "size": size,
                    "line": {"width": 0.5, "color": "rgba(128,128,128,0.9)"},
                },
                text=[_hover(songs[row]) for row in rows],
                hovertemplate="%{text}<extra></extra>",
            )
        )
    figure.update_layout(legend=_LEGEND, dragmode=False, hovermode="closest")
    ends = {"showticklabels": False, "zeroline": True, "showgrid": False, "automargin": False}
    figure.update_xaxes(**ends, title={"text": _axis(plan, 0), "standoff": 4})
    figure.update_yaxes(**ends, title={"text": _axis(plan, 1), "standoff": 4})
    figure = finish(figure, height=480, top=72, revision="map")
    figure.update_layout(margin={"l": 32, "b": 36})
    return figure


# Helpers --------------------------------------------------------------------------------

_LEGEND: Final[dict[str, Any]] = {
    "orientation": "h",
    "x": 0,
    "xanchor": "left",
    "y": 1.02,
    "yanchor": "bottom",
    "traceorder": "normal",
}


def _stacked(
    names: Sequence[Any], means: NDArray[np.float64], hovers: list[list[str]], *, horizontal: bool
) -> "go.Figure":
    import plotly.graph_objects as go

    figure = go.Figure()
    for column, genre in enumerate(GENRES):
        values = 100 * means[:, column]
        if values.max() < _UNSEEN:
            continue
        labels = [NAMES[genre] if value >= 30 and horizontal else "" for value in values]
        x, y = (values, names) if horizontal else (names, values)
        figure.add_bar(
            x=x,
            y=y,
            orientation="h" if horizontal else "v",
            name=NAMES[genre],
            marker={"color": COLOURS[genre], "line": {"width": 0}},
            text=labels,
            textposition="inside",
            insidetextanchor="middle",
            constraintext="inside",
            hovertext=hovers[column],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    figure.update_layout(barmode="stack", bargap=0.25, legend=_LEGEND, dragmode=False)
    if horizontal:
        figure.update_xaxes(
            range=[0, 100], ticksuffix=" %", dtick=50, showgrid=False, zeroline=False
        )
        figure.update_xaxes(fixedrange=True)
    return figure


def _legend_room(means: NDArray[np.float64]) -> int:
    return 72 if int((100 * means.max(axis=0) >= _UNSEEN).sum()) > 4 else 48


def _axis(plan: Map, axis: int) -> str:
    order = np.argsort(plan.directions[:, axis])
    low, high = (NAMES.get(plan.genres[i], plan.genres[i]) for i in (order[0], order[-1]))
    return f"{low} ← → {high}"


def _hover(song: Song) -> str:
    order = np.argsort(-song.blend, kind="stable")[:3]
    shares = ", ".join(f"{NAMES[GENRES[i]]} {percent(float(song.blend[i]))}" for i in order)
    who = f"<br>{escaped(song.labels.artist)}" if song.labels.artist else ""
    return f"<b>{escaped(shown_title(song))}</b>{who}<br>{shares}"


def _ten(blend: ArrayLike) -> NDArray[np.float64]:
    row: NDArray[np.float64] = _tens([blend])[0]
    return row


def _tens(blends: Sequence[ArrayLike]) -> NDArray[np.float64]:
    shares = np.asarray(blends, np.float64)
    if shares.ndim != 2 or shares.shape[1] != len(GENRES):
        raise ValueError(f"expected blends of {len(GENRES)} genres, got {shares.shape}")
    return shares
