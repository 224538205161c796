"""One model's figures: each genre by itself, how sure it is, and how it learnt."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app.evaluation.intervals import Estimate
from genre_app.evaluation.metrics import ConfidenceHistogram, Reliability
from genre_app.evaluation.per_genre import GenreFigures, Roc
from genre_app.figures.names import escaped, room, short_names
from genre_app.figures.theme import MARGIN_LEFT, finish
from genre_app.genres import COLOURS, NAMES, colour_of

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = [
    "LEARNING",
    "RIGHT",
    "WRONG",
    "confidence_bars",
    "genre_dots",
    "genre_table",
    "learning_curves",
    "learning_message",
    "reliability_diagram",
    "roc_figure",
    "roc_table",
]

RIGHT: Final = COLOURS["blues"]
WRONG: Final = COLOURS["rock"]
_GREY: Final = "rgba(128,128,128,0.8)"

LEARNING: Final = {
    "accuracy": ("Right, training", COLOURS["blues"], "solid"),
    "val_accuracy": ("Right, validation", COLOURS["pop"], "solid"),
    "loss": ("Loss, training", COLOURS["blues"], "dot"),
    "val_loss": ("Loss, validation", COLOURS["pop"], "dot"),
}
"""Name, colour and dash of each learning curve."""

_MEASURES: Final = (
    ("precision", "Precision", COLOURS["disco"], "diamond"),
    ("recall", "Recall", COLOURS["blues"], "circle"),
    ("f1", "F1", COLOURS["jazz"], "square"),
)


def genre_dots(found: Sequence[GenreFigures]) -> "go.Figure":
    """Draw precision, recall and F1 of each genre with their intervals."""
    import plotly.graph_objects as go

    figure = go.Figure()
    rows = np.arange(len(found))
    labels = short_names([one.genre for one in found])
    for place, (key, name, colour, symbol) in enumerate(_MEASURES):
        values = [getattr(one, key) for one in found]
        known = [not np.isnan(value.value) for value in values]
        figure.add_trace(
            go.Scatter(
                x=[100 * v.value for v, ok in zip(values, known, strict=True) if ok],
                y=(rows + 0.24 * (place - 1))[known],
                mode="markers",
                name=name,
                marker={"color": colour, "size": 9, "symbol": symbol},
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": [
                        max(0.0, 100 * (v.high - v.value))
                        for v, ok in zip(values, known, strict=True)
                        if ok
                    ],
                    "arrayminus": [
                        max(0.0, 100 * (v.value - v.low))
                        for v, ok in zip(values, known, strict=True)
                        if ok
                    ],
                    "thickness": 1.3,
                    "width": 3,
                },
                customdata=[
                    escaped(_title(one.genre)) for one, ok in zip(found, known, strict=True) if ok
                ],
                hovertemplate="%{customdata}: %{x:.0f} %<extra>" + name + "</extra>",
            )
        )
    figure.update_xaxes(range=[0, 102], ticksuffix=" %", zeroline=False, title={"text": ""})
    finish(figure, height=90 + 42 * len(found), top=40, revision="genres")
    figure.update_yaxes(
        tickvals=rows,
        ticktext=[escaped(label) for label in labels],
        range=[len(found) - 0.5, -0.5],
        showgrid=False,
        zeroline=False,
        title={"text": ""},
    )
    figure.update_layout(legend=_legend(), margin={"l": room(labels, least=MARGIN_LEFT)})
    return figure


def genre_table(found: Sequence[GenreFigures]) -> dict[str, list[Any]]:
    """Give the same as columns of a table."""
    table: dict[str, list[Any]] = {
        "Genre": [_title(one.genre) for one in found],
        "Tracks": [one.support for one in found],
        **(
            {"Artists": [one.artists for one in found]}
            if any(one.artists is not None for one in found)
            else {}
        ),
        "Answers": [one.answers for one in found],
        "Right": [one.right for one in found],
    }
    for key, name, _, _ in _MEASURES:
        values: list[Estimate] = [getattr(one, key) for one in found]
        table[f"{name} (%)"] = [_percent(value.value) for value in values]
        table[f"{name} 95 %"] = [
            # Of nothing, the interval is everything from 0 to 100: that is no finding.
            None if np.isnan(v.value) else f"{100 * v.low:.0f} to {100 * v.high:.0f}"
            for v in values
        ]
    table["AUC"] = [None if one.auc is None else round(one.auc, 3) for one in found]
    return table


def roc_figure(curves: Sequence[Roc], genres: Sequence[str] | None = None) -> "go.Figure":
    """Draw the ROC curve of every genre against the rest.

    Parameters
    ----------
    curves : sequence of Roc
    genres : sequence of str, optional
        All genres of the model: they decide on the colours of those that a user added.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    figure.add_trace(
        go.Scatter(
            x=[0, 100],
            y=[0, 100],
            mode="lines",
            line={"color": _GREY, "dash": "dot", "width": 1},
            name="Guessing",
            hoverinfo="skip",
        )
    )
    drawn = [curve.genre for curve in curves]
    for curve, label in zip(curves, short_names(drawn), strict=True):
        figure.add_trace(
            go.Scatter(
                x=100 * curve.false_positive,
                y=100 * curve.true_positive,
                mode="lines",
                name=f"{escaped(label)} {curve.auc:.2f}",
                line={"color": colour_of(curve.genre, genres or drawn), "width": 2, "shape": "hv"},
                hovertemplate="%{y:.0f} % of its own, %{x:.0f} % of others<extra>"
                f"{escaped(_title(curve.genre))} {curve.auc:.2f}</extra>",
            )
        )
    figure.update_xaxes(
        range=[-1, 101], ticksuffix=" %", title={"text": "Other genres' tracks that are called it"}
    )
    figure.update_yaxes(range=[-1, 101], ticksuffix=" %", title={"text": "Its own tracks found"})
    finish(figure, height=520, top=12, revision="roc")
    below = {"orientation": "h", "x": 0, "xanchor": "left", "y": -0.16, "yanchor": "top"}
    figure.update_layout(margin={"b": 130, "l": 80}, legend=below)
    return figure


def roc_table(curves: Sequence[Roc]) -> dict[str, list[Any]]:
    """Give the areas, and how many tracks are found at three prices."""
    table: dict[str, list[Any]] = {
        "Genre": [_title(curve.genre) for curve in curves],
        "AUC": [round(curve.auc, 3) for curve in curves],
    }
    for price in (0.01, 0.05, 0.1):
        table[f"Found (%) at {price:.0%} false alarms"] = [
            round(100 * float(curve.true_positive[curve.false_positive <= price].max()))
            for curve in curves
        ]
    return table


def reliability_diagram(found: Reliability) -> "go.Figure":
    """Draw how often the first bar is right, level by level, against how high it stands."""
    import plotly.graph_objects as go

    filled = found.counts > 0
    x, y = 100 * found.confidence[filled], 100 * found.accuracy[filled]
    figure = go.Figure(
        go.Scatter(
            x=[0, 100],
            y=[0, 100],
            mode="lines",
            line={"color": _GREY, "dash": "dot", "width": 1.5},
            name="As sure as right",
            hoverinfo="skip",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=x,
            y=y,
            mode="lines+markers",
            name="Measured",
            line={"color": RIGHT, "width": 1.5},
            marker={"color": RIGHT, "size": 5 + 2.2 * np.sqrt(found.counts[filled])},
            error_y={
                "type": "data",
                "symmetric": False,
                "array": 100 * found.high[filled] - y,
                "arrayminus": y - 100 * found.low[filled],
                "thickness": 1,
                "width": 3,
            },
            customdata=found.counts[filled],
            hovertemplate="says %{x:.0f} %, right %{y:.0f} % of %{customdata} tracks"
            "<extra></extra>",
        )
    )
    figure.update_xaxes(range=[0, 104], ticksuffix=" %", title={"text": "The first bar stands at"})
    figure.update_yaxes(range=[0, 106], ticksuffix=" %", title={"text": "and is right in"})
    finish(figure, height=360, top=36, revision="reliability")
    figure.update_layout(legend=_legend(), margin={"b": 48})
    return figure


def confidence_bars(found: ConfidenceHistogram) -> "go.Figure":
    """Draw how high the first bar stands, where it is right and where it is wrong."""
    import plotly.graph_objects as go

    centres = 50 * (found.edges[1:] + found.edges[:-1])
    figure = go.Figure()
    for name, counts, colour, pattern in (
        ("Right", found.right, RIGHT, ""),
        ("Wrong", found.wrong, WRONG, "/"),
    ):
        figure.add_trace(
            go.Bar(
                x=centres,
                y=counts,
                name=name,
                marker={"color": colour, "pattern": {"shape": pattern}, "line": {"width": 0}},
                hovertemplate="%{y} tracks<extra>" + name + "</extra>",
            )
        )
    figure.update_xaxes(range=[0, 101], ticksuffix=" %", title={"text": "The first bar stands at"})
    figure.update_yaxes(title={"text": "Tracks"})
    finish(figure, height=360, top=36, revision="confidence")
    figure.update_layout(barmode="stack", bargap=0.06, legend=_legend(), margin={"b": 48})
    return figure


def learning_curves(curves: Mapping[str, NDArray[np.floating]]) -> "go.Figure":
    """Draw accuracy and loss of training and validation, epoch by epoch."""
    from plotly.graph_objects import Scatter
    from plotly.subplots import make_subplots

    figure = make_subplots(rows=1, cols=2, subplot_titles=["Right", "Loss"])
    for key, (name, colour, _) in LEARNING.items():
        if key not in curves:
            continue
        right = "accuracy" in key
        values = np.asarray(curves[key], np.float64) * (100 if right else 1)
        figure.add_trace(
            Scatter(
                x=np.arange(1, len(values) + 1),
                y=values,
                mode="lines",
                name=name.split(", ")[1].capitalize(),
                legendgroup=colour,
                showlegend=right,
                line={"color": colour, "width": 2},
                hovertemplate="epoch %{x}: %{y:.3g}<extra>" + name + "</extra>",
            ),
            row=1,
            col=1 if right else 2,
        )
    figure.update_xaxes(title={"text": "Epoch"})
    figure.update_yaxes(title={"text": ""})
    figure.update_yaxes(ticksuffix=" %", row=1, col=1)
    figure.update_annotations(font={"size": 12})
    finish(figure, height=330, top=56, revision="learning")
    figure.update_layout(legend=_legend(1.1), margin={"b": 48, "l": 52})
    return figure


def learning_message(curves: Mapping[str, NDArray[np.floating]]) -> str:
    """Say how far training and validation came apart."""
    if not curves:
        return "This model does not learn in epochs: there is no curve to draw."
    parts = []
    if {"accuracy", "val_accuracy"} <= curves.keys():
        train, valid = (float(curves[key][-1]) for key in ("accuracy", "val_accuracy"))
        epochs = len(curves["accuracy"])
        text = f"After {epochs} epochs it is right in {train:.0%} of what it learns from and in "
        text += f"{valid:.0%} of what is held back to check"
        if train - valid > 0.02:
            text += ": the rest of what it learnt does not carry over to new music"
        parts.append(text.replace("%", " %"))
    if "val_loss" in curves:
        best = int(np.argmin(curves["val_loss"])) + 1
        last = len(curves["val_loss"])
        parts.append(
            "its loss on validation was lowest at the end"
            if best == last
            else f"its loss on validation was lowest after epoch {best} of {last}"
        )
    return "; ".join(parts) + "."


def _legend(y: float = 1.0) -> dict[str, Any]:
    return {"orientation": "h", "x": 0, "xanchor": "left", "y": y, "yanchor": "bottom"}


def _title(genre: str) -> str:
    return NAMES.get(genre, genre)


def _percent(value: float) -> float | None:
    return None if np.isnan(value) else round(100 * value, 1)
