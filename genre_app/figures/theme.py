"""What all figures share: heights, margins, time axes and colour maps.

Conventions
-----------
- Every time axis is in seconds and runs from 0 to the recording's length; all
  figures have the same margins, so that stacked ones line up.
- Papers are transparent and no text has a colour of its own: Streamlit's light
  and dark themes give both.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from math import ceil
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from genre_app.figures.words import clock

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = [
    "COLOUR_MAPS",
    "HEIGHTS",
    "MARGIN_LEFT",
    "MARGIN_RIGHT",
    "clock_needed",
    "colour_scale",
    "draw",
    "finish",
    "time_axis",
    "time_ticks",
]

HEIGHTS: Final = MappingProxyType(
    {
        "waveform": 150,
        "mel": 320,
        "mfcc": 280,
        "chroma": 280,
        "tonnetz": 220,
        "bars": 360,
        "ribbon": 310,
    }
)
"""Pixels."""

MARGIN_LEFT: Final = 72
MARGIN_RIGHT: Final = 16
"""Pixels beside the plot: room for the longest row name, and for half a tick label."""

COLOUR_MAPS: Final = MappingProxyType(
    {"mel": "magma", "mfcc": "RdBu_r", "chroma": "viridis", "tonnetz": "RdBu_r"}
)
"""Perceptually uniform maps; diverging ones where 0 is the middle. Matplotlib and Plotly
know them by the same names."""

_ROWS: Final = MappingProxyType({"automargin": False, "fixedrange": True, "ticklabelstandoff": 4})
"""What all vertical axes share."""

_STEPS_S: Final = (1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 300, 600, 900, 1800, 3600)
_MOST_TICKS: Final = 7
"""As many "10:00" as fit side by side on a phone."""


def clock_needed(duration_s: float) -> bool:
    """Whether times are shown as minutes and seconds rather than seconds."""
    return duration_s >= 60


def time_ticks(duration_s: float, *, start_s: float = 0.0) -> tuple[list[float], list[str]]:
    """Choose round times for an axis.

    Parameters
    ----------
    duration_s : float
        What the axis shows.
    start_s : float
        Where it begins, of a part of a recording.

    Returns
    -------
    list of float
        Seconds, at most seven.
    list of str
        ``"1:30"`` from a minute on, ``"15 s"`` below.
    """
    wanted = duration_s / (_MOST_TICKS - 1)
    if wanted <= 0.5:
        step = next(step for step in (0.1, 0.2, 0.5) if step >= min(wanted, 0.5))
    else:
        hours = 3600.0 * ceil(wanted / 3600)
        step = next((float(step) for step in _STEPS_S if step >= wanted), hours)
    end_s = start_s + duration_s
    if clock_needed(end_s):
        # A clock has no halves.
        step = max(step, 1.0)
    first, last = ceil(start_s / step - 1e-9), int(end_s / step + 1e-9)
    values = [round(index * step, 6) for index in range(first, last + 1)]
    if clock_needed(end_s):
        return values, [clock(value) for value in values]
    return values, [f"{value:g} s" for value in values]


def time_axis(duration_s: float, *, start_s: float = 0.0) -> dict[str, Any]:
    """Describe the time axis of a Plotly figure; arguments as :func:`time_ticks`.

    Long recordings have round minutes as ticks. Short ones leave the ticks to
    Plotly, which adapts them to the zoom.
    """
    end_s = start_s + duration_s
    axis: dict[str, Any] = {
        "range": [start_s, end_s],
        # Nothing lies outside: zooming out stops at the recording.
        "minallowed": start_s,
        "maxallowed": end_s,
        "showgrid": False,
        "zeroline": False,
        "ticks": "outside",
        "ticklen": 4,
        "automargin": False,
        "title": {"text": ""},
    }
    if clock_needed(end_s):
        values, texts = time_ticks(duration_s, start_s=start_s)
        axis |= {
            "tickmode": "array",
            "tickvals": values,
            "ticktext": texts,
            # Whole seconds, and each spelt as minutes and seconds: Plotly has no such format.
            "hoverformat": ".0f",
            "labelalias": {str(second): clock(second) for second in range(ceil(end_s) + 1)},
        }
    else:
        axis |= {"ticksuffix": " s", "nticks": _MOST_TICKS, "hoverformat": ".2f"}
    return axis


@cache
def colour_scale(name: str) -> tuple[str, ...]:
    """Give the colours of a map as Plotly wants them, written ``rgb(r, g, b)``.

    Never as ``#rrggbb``: Streamlit's theme takes ``#000001`` to ``#000040`` for
    its placeholders and would turn magma's first colour, ``#000004``, into red.
    """
    from plotly.colors import convert_colors_to_same_type, get_colorscale, unlabel_rgb

    named = [colour for _, colour in get_colorscale(name)]
    colours = convert_colors_to_same_type(named, colortype="rgb")[0]
    return tuple(f"rgb({r:.0f}, {g:.0f}, {b:.0f})" for r, g, b in map(unlabel_rgb, colours))


def draw(
    traces: Sequence[Mapping[str, Any]],
    *,
    xaxis: Mapping[str, Any],
    yaxis: Mapping[str, Any],
    layout: Mapping[str, Any],
    height: int,
    top: int,
    revision: str,
    margin: Mapping[str, int] | None = None,
) -> "go.Figure":
    """Make a figure of one plot from its description, finished as by :func:`finish`.

    Plotly checks a whole description in a tenth of the time that it needs to add traces and
    to update axes one after the other, and a page has several figures.

    Parameters
    ----------
    traces : sequence of mapping
        Each with its ``"type"``.
    xaxis, yaxis, layout : mapping
        As Plotly wants them.
    height, top, revision
        As for :func:`finish`.
    margin : mapping, optional
        Pixels that differ from those of the others.

    Returns
    -------
    plotly.graph_objects.Figure

    Raises
    ------
    ValueError
        Where Plotly knows no such property.
    """
    import plotly.graph_objects as go

    shared = _shared(height=height, top=top, revision=revision)
    whole = {**layout, **shared, "margin": {**shared["margin"], **(margin or {})}}
    axes = {"xaxis": dict(xaxis), "yaxis": {**yaxis, **_ROWS}}
    return go.Figure({"data": [dict(trace) for trace in traces], "layout": {**whole, **axes}})


def finish(figure: "go.Figure", *, height: int, top: int, revision: str) -> "go.Figure":
    """Give a figure the size, margins and behaviour that all of them share.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
        Changed in place.
    height, top : int
        Pixels: the whole figure, and above the plot.
    revision : str
        While it stays the same, a redrawn figure keeps its zoom.

    Returns
    -------
    plotly.graph_objects.Figure
        The same figure.
    """
    figure.update_layout(_shared(height=height, top=top, revision=revision))
    figure.update_yaxes(_ROWS)
    return figure


def _shared(*, height: int, top: int, revision: str) -> dict[str, Any]:
    return {
        "height": height,
        "margin": {"l": MARGIN_LEFT, "r": MARGIN_RIGHT, "t": top, "b": 28, "pad": 0},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "uirevision": revision,
        "font": {"size": 12},
        "hoverlabel": {"align": "left"},
        # A double click resets the zoom; on a phone the buttons would cover the plot.
        # Its own ground would be grey here, as the paper's is transparent.
        "modebar": {
            "bgcolor": "rgba(0,0,0,0)",
            "color": "rgba(128,128,128,0.8)",
            "activecolor": "rgb(128,128,128)",
            "remove": ["zoom", "pan", "zoomin", "zoomout", "autoscale", "resetscale", "toimage"],
        },
    }
