"""All models in one picture: what the split is worth, and what accuracy costs.

The table has all of them, the pictures only those that can be compared.

Plotly reads some HTML in its texts: titles, which users may have given, are escaped.
"""

from collections.abc import Sequence
from html import escape, unescape
from typing import TYPE_CHECKING, Any, Final

from genre_app.evaluation.leaderboard import Entry, comparable
from genre_app.figures.names import apart
from genre_app.figures.theme import finish
from genre_app.genres import COLOURS

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["ARTIST", "RANDOM", "cost_scatter", "gap_dumbbells", "leaderboard_table"]

ARTIST: Final = COLOURS["blues"]
RANDOM: Final = COLOURS["pop"]
"""The two protocols' colours: the same wherever both are drawn."""

_ROW: Final = 34
_LETTER: Final = 6
"""Pixels: a row, and a letter of a name beside it."""

_ROUND_MS: Final = [1, 3, 10, 30, 100, 300, 1_000, 3_000]

_NAME_WIDTH: Final = 22
_LABEL: Final = 34
"""Letters of a title that fit beside a row, and beside a point."""


def leaderboard_table(entries: Sequence[Entry]) -> dict[str, list[Any]]:
    """Give the models as columns of a table; shares in percent, missing ones ``None``."""
    table: dict[str, list[Any]] = {
        "Model": apart([one.title for one in entries]),
    }
    for name, title in (("artist", "Artist"), ("random", "Random")):
        found = [getattr(one, name) for one in entries]
        table[f"{title} (%)"] = [_percent(one and one.value) for one in found]
        table[f"{title} 95 %"] = [
            f"{100 * one.low:.0f} to {100 * one.high:.0f}" if one else None for one in found
        ]
    # The accuracies come first: a phone shows two columns.
    table |= {
        "Genres": [len(one.genres) for one in entries],
        "Gap (points)": [_percent(one.gap) for one in entries],
        "Report says (%)": [_percent(one.claim) for one in entries],
        "ECE": [None if one.ece is None else round(one.ece, 3) for one in entries],
        "Blend error (points)": [_percent(one.blend_error) for one in entries],
        "ms a clip": [one.milliseconds for one in entries],
        "Training (s)": [one.training_s for one in entries],
        "Parameters": [one.parameters for one in entries],
        "Claim is of": [one.claim_words for one in entries],
        "Report": [one.report for one in entries],
    }
    return table


def gap_dumbbells(entries: Sequence[Entry]) -> "go.Figure":
    """Draw each model's accuracy under both protocols with its intervals, joined by a line."""
    import plotly.graph_objects as go

    entries = comparable(entries)
    names = [_broken(title) for title in apart([one.title for one in entries])]
    figure = go.Figure()
    ends = [
        (name, one.artist.value, one.random.value)
        for name, one in zip(names, entries, strict=True)
        if one.artist and one.random
    ]
    line_x: list[float | None] = []
    line_y: list[str | None] = []
    for name, low, high in ends:
        line_x += [100 * low, 100 * high, None]
        line_y += [name, name, None]
    figure.add_trace(
        go.Scatter(
            x=line_x,
            y=line_y,
            mode="lines",
            line={"color": "rgba(128,128,128,0.55)", "width": 7},
            hoverinfo="skip",
            showlegend=False,
        )
    )
    for key, title, colour, symbol in (
        ("artist", "New artists (artist)", ARTIST, "circle"),
        ("random", "Drawn at random (random)", RANDOM, "diamond"),
    ):
        rows = [(name, getattr(one, key)) for name, one in zip(names, entries, strict=True)]
        known = [(name, found) for name, found in rows if found is not None]
        figure.add_trace(
            go.Scatter(
                x=[100 * found.value for _, found in known],
                y=[name for name, _ in known],
                mode="markers",
                name=title,
                marker={"color": colour, "size": 12, "symbol": symbol},
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": [100 * (found.high - found.value) for _, found in known],
                    "arrayminus": [100 * (found.value - found.low) for _, found in known],
                    "thickness": 1.5,
                    "width": 4,
                },
                hovertemplate="%{y}: %{x:.1f} %<extra>" + title + "</extra>",
            )
        )
    for on_gtzan, title, colour in (
        (True, "Its report, on GTZAN", "#5c636a"),
        (False, "Its report, on other music", "rgba(128,128,128,0.5)"),
    ):
        claims = [
            (name, one)
            for name, one in zip(names, entries, strict=True)
            if one.claim is not None and one.claim_on_gtzan == on_gtzan
        ]
        figure.add_trace(
            go.Scatter(
                x=[100 * (one.claim or 0.0) for _, one in claims],
                y=[name for name, _ in claims],
                mode="markers",
                name=title,
                marker={
                    "symbol": "line-ns-open",
                    "size": 16,
                    "color": colour,
                    "line": {"width": 3},
                },
                customdata=[one.claim_words for _, one in claims],
                hovertemplate="%{y}: %{x:.1f} %, %{customdata}<extra>" + title + "</extra>",
                showlegend=bool(claims),
            )
        )
    figure.update_xaxes(
        range=[0, 102], ticksuffix=" %", title={"text": ""}, zeroline=False, automargin=False
    )
    finish(figure, height=120 + _ROW * max(len(names), 3), top=64, revision="gap")
    figure.update_yaxes(
        categoryorder="array",
        categoryarray=names,
        range=[len(names) - 0.5, -0.5],
        title={"text": ""},
    )
    figure.update_layout(
        # Measuring the names by itself, Plotly would draw all of it twice.
        margin={"l": 16 + _LETTER * _widest(names)},
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1.0, "yanchor": "bottom"},
    )
    return figure


def cost_scatter(entries: Sequence[Entry]) -> "go.Figure":
    """Draw accuracy under ``artist`` against the time of a clip (logarithmic)."""
    import plotly.graph_objects as go

    known = [one for one in comparable(entries) if one.artist and one.milliseconds]
    titles = apart([one.title for one in known])
    figure = go.Figure()
    for one, title in zip(known, titles, strict=True):
        assert one.artist is not None  # noqa: S101  # For the type checker: filtered above.
        figure.add_trace(
            go.Scatter(
                x=[one.milliseconds],
                y=[100 * one.artist.value],
                mode="markers",
                name=title,
                marker={"size": 11, "color": ARTIST},
                error_y={
                    "type": "data",
                    "symmetric": False,
                    "array": [100 * (one.artist.high - one.artist.value)],
                    "arrayminus": [100 * (one.artist.value - one.artist.low)],
                    "thickness": 1,
                    "width": 3,
                },
                hovertemplate="%{x:.1f} ms a clip, %{y:.1f} %<extra>" + escape(title) + "</extra>",
                showlegend=False,
            )
        )
    _label_points(figure, known, titles)
    figure.update_xaxes(
        type="log",
        tickvals=_ROUND_MS,
        ticktext=[f"{value:,} ms" for value in _ROUND_MS],
        minor={"showgrid": False},
        title={"text": "Time for a clip of 30 s"},
        zeroline=False,
        automargin=False,
    )
    figure.update_yaxes(ticksuffix=" %", title={"text": ""})
    finish(figure, height=430, top=16, revision="cost")
    figure.update_layout(margin={"b": 56})
    return figure


def _label_points(figure: "go.Figure", known: Sequence[Entry], titles: Sequence[str]) -> None:
    """Name the models that no other beats in both; more names would cover each other on a phone."""
    import math

    times = [math.log10(one.milliseconds) for one in known if one.milliseconds]
    middle = (min(times) + max(times)) / 2 if times else 0.0
    quickest = math.inf
    pairs = zip(known, titles, strict=True)
    for one, title in sorted(pairs, key=lambda e: -(e[0].artist.value if e[0].artist else 0.0)):
        if one.artist is None or not one.milliseconds or one.milliseconds >= quickest:
            continue
        quickest = one.milliseconds
        x, y = math.log10(one.milliseconds), 100 * one.artist.value
        figure.add_annotation(
            x=x,
            y=y,
            text=_short(title),
            showarrow=False,
            xanchor="left" if x <= middle else "right",
            xshift=9 if x <= middle else -9,
            yshift=9,
            font={"size": 11},
        )


def _short(title: str) -> str:
    return escape(title if len(title) <= _LABEL else title[: _LABEL - 1].rstrip() + "…")


def _broken(title: str) -> str:
    if len(title) <= _NAME_WIDTH or " " not in title:
        return escape(title)
    spaces = [place for place, letter in enumerate(title) if letter == " "]
    middle = min(spaces, key=lambda place: abs(place - len(title) / 2))
    return f"{escape(title[:middle])}<br>{escape(title[middle + 1 :])}"


def _widest(names: Sequence[str]) -> int:
    """Count the letters of the longest line."""
    return max((len(unescape(line)) for name in names for line in name.split("<br>")), default=0)


def _percent(value: float | None) -> float | None:
    return None if value is None else round(100 * value, 1)
