"""How a training went: curves an epoch, and what they say in words.

Conventions
-----------
Epochs count from 1; shares are 0 to 1 and are drawn in percent. Training is a solid line,
validation a dashed one: colour alone carries nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from genre_app.figures.names import apart, escaped
from genre_app.figures.theme import draw
from genre_app.figures.words import percent

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = [
    "LINE_COLOURS",
    "Line",
    "curves_figure",
    "curves_table",
    "learning_lines",
    "learning_message",
    "line_style",
    "seed_band",
]

LINE_COLOURS: Final = (
    "#3e7fc4",
    "#d9642a",
    "#2f9e77",
    "#a65fc0",
    "#b8860b",
    "#c9507a",
    "#5f8f99",
    "#8a6d5a",
)
"""Of runs: none is a genre's, and each has a contrast of 3 on both themes' grounds."""

_DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
_HEIGHT: Final = 280
_TICKS: Final = 10
_RISE: Final = 0.02
"""Rise of the validation loss, relative to its least, that is no chance."""


@dataclass(frozen=True, eq=False)
class Line:
    """One curve.

    Attributes
    ----------
    name : str
    values : sequence of float
        A value an epoch, from the first on.
    colour : str
    dash : str
    low, high : sequence of float, optional
        The band around it.
    """

    name: str
    values: Sequence[float]
    colour: str = LINE_COLOURS[0]
    dash: str = "solid"
    low: Sequence[float] | None = None
    high: Sequence[float] | None = None


def learning_lines(curves: Mapping[str, Sequence[float]], what: str) -> list[Line]:
    """Give training and validation of ``"loss"`` or ``"accuracy"``, where they are known."""
    found = []
    if curves.get(what):
        found.append(Line("Training", curves[what], LINE_COLOURS[0]))
    if curves.get(f"val_{what}"):
        found.append(Line("Validation", curves[f"val_{what}"], LINE_COLOURS[1], "dash"))
    return found


def curves_figure(
    lines: Sequence[Line], *, what: str, epochs: int | None = None, chance: float | None = None
) -> "go.Figure":
    """Draw curves over epochs.

    Parameters
    ----------
    lines : sequence of Line
    what : {"loss", "accuracy"}
    epochs : int, optional
        Where the axis ends, so that growing curves do not shrink.
    chance : float, optional
        The accuracy of guessing, as a thin line.
    """
    traces: list[dict[str, Any]] = []
    scale = 100.0 if what == "accuracy" else 1.0
    unit = " %" if what == "accuracy" else ""
    for line, name in zip(lines, apart([line.name for line in lines]), strict=True):
        steps = list(range(1, len(line.values) + 1))
        if line.low is not None and line.high is not None:
            ends = [*line.high, *reversed(line.low)]
            traces.append(
                {
                    "type": "scatter",
                    "x": [*steps, *reversed(steps)],
                    "y": [value * scale for value in ends],
                    "fill": "toself",
                    "fillcolor": _faint(line.colour),
                    "line": {"width": 0},
                    "hoverinfo": "skip",
                    "showlegend": False,
                }
            )
        traces.append(
            {
                "type": "scatter",
                "x": steps,
                "y": [value * scale for value in line.values],
                "name": escaped(name),
                "mode": "lines+markers" if len(steps) < 4 else "lines",
                "line": {"color": line.colour, "dash": line.dash, "width": 2.5},
                "hovertemplate": f"%{{y:.3g}}{unit}<extra>{escaped(name)}</extra>",
            }
        )
    last = max([epochs or 2, *(len(line.values) for line in lines)])
    title = "Accuracy (%)" if what == "accuracy" else "Loss"
    yaxis: dict[str, Any] = {"title": {"text": title, "standoff": 4}, "rangemode": "tozero"}
    layout: dict[str, Any] = {
        "hovermode": "x unified",
        "showlegend": len(lines) > 1,
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        "dragmode": False,
    }
    if what == "accuracy":
        yaxis["range"] = [0, 101]
        if chance is not None:
            across = {"type": "line", "xref": "x domain", "x0": 0, "x1": 1, "yref": "y"}
            thin = {"width": 1, "dash": "dot", "color": "#808080"}
            layout["shapes"] = [{**across, "y0": 100 * chance, "y1": 100 * chance, "line": thin}]
    rows = 1 if len(lines) <= 2 else len(lines)
    return draw(
        traces,
        xaxis={
            "range": [0.5, last + 0.5],
            "title": {"text": "Epoch"},
            "fixedrange": True,
            # There is no half of an epoch.
            "tick0": 0,
            "dtick": -(-last // _TICKS),
        },
        yaxis=yaxis,
        layout=layout,
        height=_HEIGHT + 16 * max(0, len(lines) - 2),
        top=14 + 18 * rows,
        revision=what,
        margin={"b": 42, "l": 56},
    )


def learning_message(curves: Mapping[str, Sequence[float]]) -> str:
    """Say how far the training is and whether it over-fits."""
    accuracy, checked = curves.get("accuracy", ()), curves.get("val_accuracy", ())
    if not accuracy:
        return "The first epoch is not over yet."
    epochs = len(accuracy)
    text = (
        f"After {epochs} {'epoch' if epochs == 1 else 'epochs'}: {percent(accuracy[-1])} of the "
        "training windows right"
    )
    if not checked:
        return text + "."
    text += f", {percent(checked[-1])} of the validation windows."
    losses = np.asarray(curves.get("val_loss", ()), dtype=np.float64)
    if losses.size < 3:
        return text
    best = int(losses.argmin())
    if losses[-1] > losses[best] * (1 + _RISE) and best < losses.size - 1:
        return (
            f"{text} Over-fitting: the validation loss was least after epoch {best + 1} and has "
            f"risen by {losses[-1] / losses[best] - 1:.0%} since, while the training goes on "
            "learning its own tracks by heart."
        )
    gap = accuracy[-1] - checked[-1]
    if gap > 0.15:
        return (
            f"{text} The gap of {100 * gap:.0f} points is what it knows by heart; the validation "
            "loss has not begun to rise."
        )
    return f"{text} No over-fitting so far."


def curves_table(lines: Sequence[Line]) -> dict[str, list[Any]]:
    """Give curves as columns: a row an epoch."""
    most = max((len(line.values) for line in lines), default=0)
    table: dict[str, list[Any]] = {"Epoch": list(range(1, most + 1))}
    for line, name in zip(
        lines, apart([line.name for line in lines], taken=tuple(table)), strict=True
    ):
        values = [round(float(value), 4) for value in line.values]
        table[name] = values + [None] * (most - len(values))
    return table


def seed_band(name: str, curves: Sequence[Sequence[float]], *, colour: str, dash: str) -> Line:
    """Make one line of several seeds' curves: their mean, and from the least to the most."""
    shortest = min(len(curve) for curve in curves)
    values = np.array([curve[:shortest] for curve in curves], dtype=np.float64)
    return Line(
        f"{name} ({len(curves)} seeds)",
        values.mean(axis=0).tolist(),
        colour,
        dash,
        values.min(axis=0).tolist(),
        values.max(axis=0).tolist(),
    )


def line_style(number: int) -> tuple[str, str]:
    """Give the colour and the dash of the n-th run: no two of the first 24 share both."""
    return LINE_COLOURS[number % len(LINE_COLOURS)], _DASHES[number // len(LINE_COLOURS) % 6]


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"
