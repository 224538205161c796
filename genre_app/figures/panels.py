"""Panels as interactive Plotly figures, thinned and quantised for the browser.

Conventions
-----------
Heatmaps carry real values rounded to what an eye can tell (whole decibels,
whole percent), in the smallest type that holds them; Plotly sends typed arrays
as base64, so a cell of the mel spectrogram costs 1.3 bytes.
"""

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app import logmel
from genre_app.figures.pooling import envelope, pool_panel
from genre_app.figures.theme import COLOUR_MAPS, HEIGHTS, colour_scale, draw, time_axis
from genre_app.panels import Panel, mel_row

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = [
    "MEL_TICKS_HZ",
    "WAVE_COLOUR",
    "cells",
    "colour_range",
    "panel_figure",
    "row_labels",
    "standardised",
]

MEL_TICKS_HZ: Final = (64, 128, 256, 512, 1024, 2048, 4096, 8192)
"""Octaves on the axis of the mel spectrogram."""

WAVE_COLOUR: Final = "#3f90da"
"""Readable on white and on black."""

_BAR_ROOM: Final = 34
"""Pixels above the plot for the colour scale: beside it, it would break the alignment."""


def panel_figure(panel: Panel, *, zoom: bool = True) -> "go.Figure":
    """Draw a panel.

    Parameters
    ----------
    panel : Panel
    zoom : bool
        Whether dragging zooms in time. Without it a finger scrolls the page.

    Returns
    -------
    plotly.graph_objects.Figure
        For ``st.plotly_chart(..., theme="streamlit")``. At most 1,000 columns.
    """
    return draw(
        _waveform(panel) if panel.key == "waveform" else [_heatmap(panel)],
        xaxis={**time_axis(panel.duration_s), "fixedrange": not zoom},
        yaxis=_rows_axis(panel),
        layout={
            "dragmode": "zoom" if zoom else False,
            "showlegend": False,
            # A waveform is a pixel wide: anywhere above or below it counts as pointing at it.
            "hovermode": "x" if panel.key == "waveform" else "closest",
        },
        height=HEIGHTS[panel.key],
        top=8 if panel.key == "waveform" else _BAR_ROOM,
        revision=f"{panel.key} {panel.duration_s:.3f}",
    )


def row_labels(panel: Panel) -> tuple[list[float], list[str]]:
    """Say which rows of a panel carry which tick labels.

    Returns
    -------
    list of float
        Rows; fractions where a frequency lies between two bands.
    list of str
    """
    if panel.key == "mel":
        names = [f"{hz}" if hz < 1000 else f"{hz // 1000}k" for hz in MEL_TICKS_HZ]
        # The mel scale is linear down there: 128 lies five pixels above 64. It keeps its mark.
        names[1] = ""
        return [mel_row(hz) for hz in MEL_TICKS_HZ], names
    if panel.key == "mfcc":
        return [float(row) for row in range(0, len(panel.rows), 5)], list(panel.rows[::5])
    names = [
        row.replace("Minor thirds", "Minor 3rd").replace("Major thirds", "Major 3rd")
        for row in panel.rows
    ]
    return [float(row) for row in range(len(names))], names


def standardised(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Subtract each row's mean and divide by its standard deviation.

    Coefficient 0 of the MFCC is fifty times coefficient 19: on one scale only
    one row would have colours. A row that never changes becomes 0.
    """
    deviation = values.std(axis=1, keepdims=True)
    centred = values - values.mean(axis=1, keepdims=True)
    # Rounding alone makes a constant row deviate by some 1e-5.
    return np.where(deviation > 1e-3, centred / np.maximum(deviation, 1e-3), 0).astype(np.float32)


def colour_range(panel: Panel) -> tuple[float, float]:
    """Say which values the two ends of the colour map stand for."""
    match panel.key:
        case "mel":
            return logmel.FLOOR_DB, 0.0
        case "mfcc":
            return -3.0, 3.0
        case "chroma":
            return 0.0, 100.0
        case _:
            # Real music stays far inside the circles; all of their radius would leave it pale.
            reach = np.percentile(np.abs(pool_panel(panel)[0]), 99)
            reach = max(0.1, float(np.ceil(reach * 10) / 10))
            return -reach, reach


def _waveform(panel: Panel) -> list[dict[str, Any]]:
    values, start, step = envelope(panel)
    shared: dict[str, Any] = {
        "type": "scatter",
        "x0": start,
        "dx": step,
        "mode": "lines",
        "line": {"width": 1, "color": WAVE_COLOUR},
    }
    low = {"y": values[0], "hoverinfo": "skip"}
    high = {
        "y": values[1],
        "fill": "tonexty",
        "fillcolor": WAVE_COLOUR,
        "customdata": values[0],
        # The time stands at the axis already, as it does wherever hovermode is "x".
        "hovertemplate": "from %{customdata:.2f} to %{y:.2f}<extra></extra>",
    }
    return [shared | low, shared | high]


def _heatmap(panel: Panel) -> dict[str, Any]:
    values, start, step = pool_panel(panel)
    low, high = colour_range(panel)
    return {
        "type": "heatmap",
        "z": cells(panel.key, values),
        "customdata": _hover_values(panel.key, values),
        "x0": start,
        "dx": step,
        "y": [_row_name(panel, row) for row in panel.rows],
        "zmin": low,
        "zmax": high,
        "colorscale": colour_scale(COLOUR_MAPS[panel.key]),
        "colorbar": _colour_bar(panel.key, low, high),
        "hovertemplate": _hover_text(panel.key),
    }


def cells(key: str, values: NDArray[np.float32]) -> NDArray[Any]:
    """Round a panel's thinned values to what an eye can tell, on the scale of its colours."""
    match key:
        case "mel":
            return np.rint(values).astype(np.int8)
        case "mfcc":
            return np.round(standardised(values), 2)
        case "chroma":
            return np.rint(values * 100).astype(np.uint8)
        case _:
            return values


def _hover_values(key: str, values: NDArray[np.float32]) -> NDArray[np.int16] | None:
    # Colours of the MFCC are relative to each row; the hover gives the coefficient itself.
    return np.rint(values).astype(np.int16) if key == "mfcc" else None


def _hover_text(key: str) -> str:
    what = {
        "mel": "%{y}: %{z} dB",
        "mfcc": "%{y}: %{customdata}<br>%{z:+.1f} standard deviations from its mean",
        "chroma": "%{y}: %{z} % of the strongest",
        "tonnetz": "%{y}: %{z:.2f}",
    }[key]
    return f"%{{x}}<br>{what}<extra></extra>"


def _row_name(panel: Panel, row: str) -> str:
    return f"Coefficient {row}" if panel.key == "mfcc" else row


def _rows_axis(panel: Panel) -> dict[str, Any]:
    if panel.key == "waveform":
        reach = max(1.0, float(np.abs(panel.values).max()))
        return {
            "range": [-reach, reach],
            "tickvals": [-1, 0, 1],
            "zeroline": False,
            "showgrid": False,
            "title": {"text": "Amplitude", "standoff": 4},
        }
    rows, names = row_labels(panel)
    titles = {"mel": "Hz", "mfcc": "Coefficient"}
    return {
        # Categories, so that the hover names the row; ticks may still lie between two of them.
        "type": "category",
        "tickmode": "array",
        "tickvals": rows,
        "ticktext": names,
        "ticks": "outside" if panel.key == "mel" else "",
        "ticklen": 4,
        "showgrid": False,
        "zeroline": False,
        "title": {"text": titles.get(panel.key, ""), "standoff": 4},
    }


def _colour_bar(key: str, low: float, high: float) -> dict[str, Any]:
    ends = {
        "mel": ["−80 dB", "−40", "0 dB"],
        "mfcc": ["≤ −3 SD", "row's mean", "≥ 3 SD"],
        "chroma": ["0 %", "50", "100 %"],
        "tonnetz": [f"≤ −{high:.1f}", "0", f"≥ {high:.1f}"],
    }[key]
    return {
        "orientation": "h",
        "thickness": 8,
        "lenmode": "pixels",
        "len": 180,
        "x": 0,
        "xanchor": "left",
        "xpad": 0,
        "yref": "container",
        "y": 1,
        "yanchor": "top",
        "ypad": 0,
        "outlinewidth": 0,
        "tickvals": [low, (low + high) / 2, high],
        "ticktext": ends,
        "ticklen": 0,
    }
