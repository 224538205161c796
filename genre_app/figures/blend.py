"""A blend of genres as interactive Plotly figures: bars, and a ribbon through time."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genre_app.figures.names import escaped, named_axis, room, short_names
from genre_app.figures.theme import HEIGHTS, MARGIN_LEFT, clock_needed, draw, time_axis
from genre_app.figures.words import clock, percent
from genre_app.genres import GENRES, colour_of, inline, name_of
from genre_app.reading import has_interval
from genre_app.views import left_out

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["bar_order", "blend_bars", "blend_ribbon", "ribbon_order", "ribbon_shares"]

_CORE, _HALO = "#262730", "#ffffff"
"""The interval is drawn dark in a light outline: one of them shows on any ground."""

_NAMED: Final = 0.05
"""A genre whose share never reaches this is drawn, but named nowhere."""


def blend_bars(
    probabilities: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    *,
    genres: Sequence[str] = GENRES,
    top_first: bool = True,
) -> "go.Figure":
    """Draw the shares of the genres with their 90 % intervals.

    Parameters
    ----------
    probabilities, low, high : array_like of float [shape=(genres,)]
        Shares of 1, and the ends of their intervals; NaN: there is none, and none is drawn.
    genres : sequence of str
        What the shares stand for: those of the model.
    top_first : bool
        Sorted by share, the largest on top; otherwise in the order of ``genres``.

    Returns
    -------
    plotly.graph_objects.Figure
    """
    shares, lows, highs = (_row(one, genres) * 100 for one in (probabilities, low, high))
    varies = has_interval(lows)
    if not varies:
        lows = highs = shares
    # An interval that a rounding leaves just beside its value would have a negative arm.
    lows, highs = np.minimum(lows, shares), np.maximum(highs, shares)
    order = bar_order(shares, top_first=top_first)
    names = [name_of(genres[genre]) for genre in order]
    labels = short_names([genres[genre] for genre in order])
    shares, lows, highs = shares[order], lows[order], highs[order]
    whisker = {
        "type": "data",
        "symmetric": False,
        "array": highs - shares,
        "arrayminus": shares - lows,
    }
    bare = {
        "type": "scatter",
        "x": shares,
        "y": names,
        "hoverinfo": "skip",
        "mode": "markers",
        "marker": {"opacity": 0},
    }
    reach = float(max(highs.max(), 20.0))
    # A sixth of the width is left for the value: 45 pixels on a phone of 360.
    end = reach * 1.2
    bar = {
        "type": "bar",
        "x": shares,
        "y": names,
        "orientation": "h",
        "marker": {
            "color": [colour_of(genres[genre], genres) for genre in order],
            "line": {"width": 0},
        },
        "customdata": [
            f"{percent(a / 100)}, 90 % interval {percent(b / 100)} to {percent(c / 100)}"
            if varies
            else percent(a / 100)
            for a, b, c in zip(shares, lows, highs, strict=True)
        ],
        "hovertext": [escaped(name) for name in names],
        "hovertemplate": "%{hovertext}: %{customdata}<extra></extra>",
    }
    halo = bare | {"error_x": whisker | {"color": _HALO, "thickness": 4, "width": 5}}
    core = bare | {"error_x": whisker | {"color": _CORE, "thickness": 1.5, "width": 4}}
    words = {
        "type": "scatter",
        # Behind the interval's upper end, where nothing is drawn.
        "x": highs,
        "y": names,
        "mode": "text",
        "text": [f"\u00a0\u00a0{percent(share / 100)}" for share in shares],
        "textposition": "middle right",
        "hoverinfo": "skip",
        "cliponaxis": False,
    }
    ticks = [tick for tick in range(0, 101, 10 if reach <= 50 else 20) if tick <= reach]
    return draw(
        [bar, *([halo, core] if varies else []), words],
        xaxis={
            "range": [0, end],
            "tickvals": ticks,
            "ticktext": [f"{tick} %" for tick in ticks],
            "showgrid": True,
            "gridcolor": "rgba(128,128,128,0.25)",
            "zeroline": False,
            "fixedrange": True,
            "automargin": False,
        },
        yaxis={"autorange": "reversed", **named_axis(names, labels)},
        layout={"bargap": 0.3, "showlegend": False, "hovermode": "closest", "dragmode": False},
        height=round(HEIGHTS["bars"] * max(1.0, len(genres) / len(GENRES))),
        top=30,
        revision="bars",
        margin={"l": room(labels, least=MARGIN_LEFT)},
    )


def blend_ribbon(
    starts_s: ArrayLike,
    ends_s: ArrayLike,
    probabilities: ArrayLike,
    duration_s: float,
    *,
    genres: Sequence[str] = GENRES,
    among: Sequence[str] | None = None,
) -> "go.Figure":
    """Draw the shares of the genres through time, stacked to 100 %.

    Parameters
    ----------
    starts_s, ends_s : array_like of float [shape=(n,)]
        Seconds at which each window starts and ends; windows may overlap.
    probabilities : array_like of float [shape=(n, genres)]
        Shares of 1.
    duration_s : float
        Length of the recording in seconds: the end of the time axis.
    genres : sequence of str
        What the shares stand for: those of the model.
    among : sequence of str, optional
        Those of all models in one picture, where there are several: each genre has one
        colour and one name in it.

    Returns
    -------
    plotly.graph_objects.Figure
        Same time axis and margins as the panels.
    """
    times, shares = ribbon_shares(starts_s, ends_s, probabilities, duration_s, genres=genres)
    order = ribbon_order(times, shares)
    among = genres if among is None else among
    labels = dict(zip(among, short_names(among), strict=True))
    traces: list[dict[str, Any]] = []
    for genre in order:
        row, colour = shares[:, genre], colour_of(genres[genre], among)
        traces.append(
            {
                "type": "scatter",
                "x": times,
                "y": np.round(row * 100, 1).astype(np.float32),
                "name": escaped(labels[genres[genre]]),
                "mode": "lines",
                "stackgroup": "blend",
                "line": {"width": 0, "color": colour},
                "fillcolor": colour,
                "hoverinfo": "skip",
                "showlegend": bool(row.max() >= _NAMED),
            }
        )
    # One label for the whole moment: ten of them would cover the figure.
    moments = [
        _moment(time, row, duration_s, genres) for time, row in zip(times, shares, strict=True)
    ]
    traces.append(
        {
            "type": "scatter",
            "x": times,
            "y": np.full(len(times), 50, np.uint8),
            "mode": "markers",
            "marker": {"opacity": 0},
            "showlegend": False,
            "text": moments,
            "hovertemplate": "%{text}<extra></extra>",
        }
    )
    spikes = {"fixedrange": True, "showspikes": True, "spikethickness": 1}
    return draw(
        traces,
        xaxis=time_axis(duration_s) | spikes,
        yaxis={
            "range": [0, 100],
            "tickvals": [0, 50, 100],
            "ticktext": ["0 %", "50 %", "100 %"],
            "showgrid": False,
        },
        layout={
            "hovermode": "closest",
            "hoverdistance": -1,
            "dragmode": False,
            "legend": {
                "orientation": "h",
                "traceorder": "normal",
                "x": 0,
                "y": -0.12,
                "yanchor": "top",
                "itemclick": False,
                "itemdoubleclick": False,
            },
        },
        height=HEIGHTS["ribbon"],
        top=8,
        revision=f"ribbon {duration_s:.3f}",
    )


def bar_order(shares: NDArray[np.float64], *, top_first: bool = True) -> list[int]:
    """Order the genres for the bars: by share, or as the model does."""
    if not top_first:
        return list(range(len(shares)))
    return [int(genre) for genre in np.argsort(-shares, kind="stable")]


def ribbon_order(times_s: NDArray[np.float64], shares: NDArray[np.float64]) -> list[int]:
    """Order the genres for the ribbon: by area, the largest first (at the bottom).

    Parameters
    ----------
    times_s : ndarray of float64 [shape=(n,)]
    shares : ndarray of float64 [shape=(n, genres)]
        As from :func:`ribbon_shares`.
    """
    area = np.trapezoid(shares, times_s, axis=0)
    return [int(genre) for genre in np.argsort(-area, kind="stable")]


def ribbon_shares(
    starts_s: ArrayLike,
    ends_s: ArrayLike,
    probabilities: ArrayLike,
    duration_s: float,
    *,
    genres: Sequence[str] = GENRES,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Turn windows into the corner points of the ribbon.

    A window's blend stands at its centre, straight lines run in between, and
    the first and last blend hold to the ends of the recording. What no window
    covers stays empty: it was too quiet to be read.

    Returns
    -------
    ndarray of float64 [shape=(m,)]
        Seconds, from 0 to ``duration_s``; where a stretch begins or ends that was not
        read, twice.
    ndarray of float64 [shape=(m, genres)]
        Shares of 1, or of 0 where nothing was read.
    """
    starts, ends = np.asarray(starts_s, np.float64), np.asarray(ends_s, np.float64)
    shares = np.asarray(probabilities, np.float64)
    if starts.ndim != 1 or starts.size == 0 or ends.shape != starts.shape:
        raise ValueError(f"windows need a start and an end each: {starts.shape}, {ends.shape}")
    if shares.shape != (starts.size, len(genres)):
        raise ValueError(f"expected ({starts.size}, {len(genres)}) shares, got {shares.shape}")
    centres = np.clip((starts + ends) / 2, 0.0, duration_s)
    order = np.argsort(centres, kind="stable")
    centres, shares = centres[order], shares[order]
    nothing = np.zeros(shares.shape[1])
    corners = [(0.0, shares[0]), *zip(centres, shares, strict=True), (duration_s, shares[-1])]
    for start, end in left_out(starts, ends, duration_s):
        before = [one for one in corners if one[0] < start]
        after = [one for one in corners if one[0] > end]
        edges = [(start, nothing), (end, nothing)]
        if before:
            edges.insert(0, (start, before[-1][1]))
        if after:
            edges.append((end, after[0][1]))
        corners = [*before, *edges, *after]
    return np.array([time for time, _ in corners]), np.stack([row for _, row in corners])


def _row(values: ArrayLike, genres: Sequence[str]) -> NDArray[np.float64]:
    result = np.asarray(values, np.float64)
    if result.shape != (len(genres),):
        raise ValueError(f"expected {len(genres)} values, got shape {result.shape}")
    return result


def _moment(
    time: float, shares: NDArray[np.float64], duration_s: float, genres: Sequence[str]
) -> str:
    when = clock(time) if clock_needed(duration_s) else f"{time:.1f} s"
    if not shares.any():
        return f"{when} too quiet to be read"
    told = [genre for genre in np.argsort(-shares, kind="stable") if shares[genre] >= _NAMED]
    lines = [f"{escaped(inline(genres[genre]))} {percent(shares[genre])}" for genre in told]
    return f"{when} " + "<br>".join(lines)
