"""Several models' ribbons of one song one over another, and how far apart they are."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from genre_app.disagreement import Disagreement
from genre_app.figures.blend import blend_ribbon
from genre_app.figures.names import apart, escaped
from genre_app.figures.static import Format, ribbons_image
from genre_app.figures.theme import MARGIN_LEFT, finish, time_axis
from genre_app.figures.words import clock, listed, percent
from genre_app.genres import inline, name_of
from genre_app.reading import Reading

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = [
    "disagreement_figure",
    "disagreement_image",
    "disagreement_message",
    "disagreement_table",
]

_RIBBON: Final = 96
_CURVE: Final = 110
_GAP: Final = 30
_LEGEND: Final = 90
"""Pixels of a ribbon, of the curve, between them (a title fits in) and beneath."""

_SAME: Final = 0.05
"""Divergence that is none worth telling."""

_COLOUR: Final = "#e8590c"


def disagreement_figure(
    readings: Sequence[Reading], titles: Sequence[str], found: Disagreement
) -> "go.Figure":
    """Draw a ribbon for each model, and beneath them how far they are apart.

    Parameters
    ----------
    readings : sequence of Reading
    titles : sequence of str
        What the models are called.
    found : Disagreement
        Of these readings.
    """
    from plotly.subplots import make_subplots

    rows = len(readings) + 1
    plots = [_RIBBON] * len(readings) + [_CURVE]
    inside = sum(plots) + _GAP * (rows - 1)
    figure = make_subplots(
        rows=rows,
        cols=1,
        shared_xaxes=True,
        row_heights=plots,
        vertical_spacing=_GAP / inside,
        subplot_titles=[*map(escaped, apart(titles)), "How far apart, 0 to 1"],
    )
    named: set[str] = set()
    for row, reading in enumerate(readings, start=1):
        drawn = blend_ribbon(
            reading.starts_s,
            reading.ends_s,
            reading.timeline,
            reading.duration_s,
            genres=reading.genres,
            among=found.genres,
        )
        for trace in drawn.data:
            if trace.stackgroup is not None:
                trace.stackgroup = f"blend {row}"
                trace.showlegend = bool(trace.showlegend) and trace.name not in named
                named |= {trace.name} if trace.showlegend else set()
            figure.add_trace(trace, row=row, col=1)
    duration = readings[0].duration_s
    figure.add_scatter(
        x=found.times_s.round(2),
        y=found.divergence.round(3),
        mode="lines",
        fill="tozeroy",
        line={"color": _COLOUR, "width": 2},
        showlegend=False,
        text=[_when(time, duration) for time in found.times_s],
        hovertemplate="%{text}: %{y:.2f}<extra></extra>",
        row=rows,
        col=1,
    )
    figure.update_xaxes(time_axis(duration), fixedrange=True)
    # The axis of time is written once, at the bottom.
    for row in range(1, rows):
        figure.update_xaxes(showticklabels=False, ticks="", row=row, col=1)
    figure.update_yaxes(range=[0, 100], tickvals=[0, 100], ticktext=["0 %", "100 %"])
    figure.update_yaxes(range=[0, 1], tickvals=[0, 0.5, 1], ticktext=["0", "0.5", "1"], row=rows)
    figure.update_annotations(font={"size": 12}, x=0, xanchor="left")
    figure.update_layout(
        hovermode="closest",
        dragmode=False,
        legend={
            "orientation": "h",
            "x": 0,
            "y": -34 / inside,
            "yanchor": "top",
            "itemclick": False,
            "itemdoubleclick": False,
        },
    )
    top = 28
    finish(figure, height=inside + top + _LEGEND, top=top, revision="disagreement")
    figure.update_yaxes(showgrid=False)
    return figure.update_layout(margin={"l": MARGIN_LEFT, "b": _LEGEND})


def disagreement_message(titles: Sequence[str], found: Disagreement) -> str:
    """Say how far apart the models are, when most, and over what."""
    titles = apart(titles)
    names = dict(zip(found.models, titles, strict=True))
    value = f"divergence {found.mean:.2f} on average, where 0 is the same and 1 nothing in common"
    if found.mean < _SAME and found.divergence.max() < 2 * _SAME:
        return f"The models say nearly the same throughout ({value})."
    place = found.widest
    heard: dict[str, list[str]] = {}
    for title, genre in zip(titles, found.firsts(place), strict=True):
        heard.setdefault(genre, []).append(title)
    at = f"around {clock(float(found.times_s[place]))} ({found.divergence[place]:.2f})"
    text = f"All name the same genre first for {percent(found.agreed)} of the time ({value}). "
    if len(heard) > 1:
        over = listed([f"{inline(genre)} ({listed(who)})" for genre, who in heard.items()])
        text += f"They are farthest apart {at}: {over}."
    else:
        text += f"They are farthest apart {at}, where all name {inline(*heard)} first."
    if len(found.pairs) > 1:
        (one, two), mean = next(iter(found.pairs.items()))
        text += f" The two that differ most are {names[one]} and {names[two]} ({mean:.2f})."
    return text


def disagreement_table(
    titles: Sequence[str], found: Disagreement, *, rows: int = 60
) -> dict[str, list[Any]]:
    """List moments with the divergence and each model's first genre."""
    step = max(1, -(-len(found.times_s) // rows))
    places = range(0, len(found.times_s), step)
    table: dict[str, list[Any]] = {
        "Time (min:s)": [clock(float(found.times_s[place])) for place in places],
        "Divergence": [round(float(found.divergence[place]), 2) for place in places],
    }
    for title, shares in zip(apart(titles, taken=tuple(table)), found.shares, strict=True):
        tops = shares.argmax(axis=1)
        table[title] = [
            f"{name_of(found.genres[int(tops[place])])} {percent(float(shares[place].max()))}"
            for place in places
        ]
    return table


def disagreement_image(
    readings: Sequence[Reading],
    titles: Sequence[str],
    found: Disagreement,
    *,
    title: str = "",
    format: Format = "png",
) -> bytes:
    """Draw the same as a picture."""
    return ribbons_image(
        readings,
        apart(titles),
        found.times_s,
        found.divergence,
        among=found.genres,
        title=title,
        format=format,
    )


def _when(time: float, duration_s: float) -> str:
    return clock(time) if duration_s >= 60 else f"{time:.1f} s"
