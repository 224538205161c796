"""An explanation over its log-mel, its test as curves, and songs side by side."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app.explain.explanation import EFFECT, WAY, Explanation
from genre_app.explain.faithful import Check
from genre_app.explain.occlusion import BAND_COUNT
from genre_app.figures.names import escaped, short
from genre_app.figures.panels import MEL_TICKS_HZ
from genre_app.figures.pooling import COLUMNS, group_size, pool
from genre_app.figures.theme import COLOUR_MAPS, HEIGHTS, colour_scale, finish, time_axis
from genre_app.figures.words import hertz_text, percent
from genre_app.genres import NAMES, colour_of
from genre_app.logmel import BANDS, COLUMN_RATE, LogMel
from genre_app.panels import mel_band_edges, mel_row

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = [
    "check_curves",
    "check_table",
    "explain_figure",
    "explain_message",
    "explain_table",
    "mel_pair",
    "ways_message",
    "ways_table",
]

_GREY: Final = "rgb(128, 128, 128)"
_ROWS: Final = BANDS // BAND_COUNT
_TITLE: Final = 44
"""Letters of a title above a picture, on a phone."""


def explain_figure(found: Explanation, mask: NDArray[np.floating]) -> "go.Figure":
    """Draw the log-mel in full colour where the genre comes from, and dimmed elsewhere.

    Parameters
    ----------
    found : Explanation
    mask : ndarray [shape=found.grid.shape]
        The cells that are marked.
    """
    import plotly.graph_objects as go

    effects = found.grid.spread(found.values)
    said = EFFECT[found.method].lower()
    figure = go.Figure(_mel(found.mel, start_s=found.start_s, effects=effects, said=said))
    dim = np.where(found.grid.spread(mask) > 0, np.nan, 1.0)
    figure.add_trace(
        go.Heatmap(
            z=dim,
            x0=found.start_s,
            dx=1 / COLUMN_RATE,
            colorscale=[[0, "rgba(24,24,32,0.72)"], [1, "rgba(24,24,32,0.72)"]],
            showscale=False,
            hoverinfo="skip",
        )
    )
    figure.add_trace(_outline(found, mask))
    axis = time_axis(found.mel.duration_s, start_s=found.start_s)
    figure.update_xaxes(axis, fixedrange=True)
    figure.update_yaxes(_mel_axis())
    figure.update_layout(dragmode=False, showlegend=False, hovermode="closest")
    return finish(figure, height=HEIGHTS["mel"], top=12, revision="explain")


def explain_message(found: Explanation, share: float = 0.1) -> str:
    """Say where the genre comes from: the range of pitch and the time that carry most."""
    name, mask = NAMES.get(found.genre, found.genre), found.mask(share)
    if not mask.any():
        return f"No part of the picture speaks for {name}."
    weight = np.where(mask > 0, found.values, 0.0)
    edges = mel_band_edges()
    bands = weight.sum(axis=1) / weight.sum()
    low, high = _most(bands)
    lowest, highest = float(edges[low * _ROWS]), float(edges[high * _ROWS + 1])
    times = weight.sum(axis=0) / weight.sum()
    first, last = _most(times)
    step = found.mel.duration_s / found.grid.times
    spread = last - first > 0.7 * found.grid.times
    # Whole seconds would give a short piece the same start and end.
    digits = 0 if step > 1 else 1
    when = (
        "spread over the whole part"
        if spread
        else f"mostly from {found.start_s + first * step:.{digits}f} to "
        f"{found.start_s + last * step:.{digits}f} s"
    )
    return (
        f"What speaks most for {name} lies mostly between {hertz_text(lowest)} and "
        f"{hertz_text(highest)} ({percent(float(bands[low:high].sum()))} of the marked effect), "
        f"{when}."
    )


def explain_table(found: Explanation, mask: NDArray[np.floating]) -> dict[str, list[Any]]:
    """List the cells, the strongest first."""
    edges, step = mel_band_edges(), found.mel.duration_s / found.grid.times
    order = np.argsort(-found.values.ravel(), kind="stable")
    cells = [(int(place) // found.grid.times, int(place) % found.grid.times) for place in order]
    return {
        "From (s)": [round(found.start_s + time * step, 2) for _, time in cells],
        "To (s)": [round(found.start_s + (time + 1) * step, 2) for _, time in cells],
        "From (Hz)": [round(float(edges[band * _ROWS])) for band, _ in cells],
        "To (Hz)": [round(float(edges[(band + 1) * _ROWS + 1])) for band, _ in cells],
        EFFECT[found.method]: [round(float(found.values[cell]), 3) for cell in cells],
        "Marked": [bool(mask[cell]) for cell in cells],
    }


def check_curves(tested: Check, genre: str, genres: Sequence[str] | None = None) -> "go.Figure":
    """Draw what the genre's share does when more and more is hidden or shown.

    Parameters
    ----------
    tested : Check
    genre : str
    genres : sequence of str, optional
        All genres of the model: they decide on the colour of one that a user added.
    """
    import plotly.graph_objects as go

    shares = [0, *(100 * share for share in tested.shares)]
    colour = colour_of(genre, genres or (genre,))
    figure = go.Figure()
    # Some genres are nearly grey: what is random has a dash and a marker of its own.
    for name, start, values, dash, symbol in (
        ("strongest hidden", tested.whole, tested.deletion, "solid", "circle"),
        ("random hidden", tested.whole, tested.random_deletion.mean(axis=0), "dash", "x"),
        ("only strongest kept", tested.nothing, tested.insertion, "dot", "circle"),
        ("only random kept", tested.nothing, tested.random_insertion.mean(axis=0), "dashdot", "x"),
    ):
        figure.add_trace(
            go.Scatter(
                x=shares,
                y=[100 * start, *(100 * values)],
                name=name,
                mode="lines+markers",
                line={"color": _GREY if "random" in name else colour, "dash": dash, "width": 2},
                marker={"symbol": symbol, "size": 7},
                hovertemplate=f"{name}: %{{y:.0f}} %<extra></extra>",
            )
        )
    figure.update_xaxes(title={"text": "of the picture"}, ticksuffix=" %", fixedrange=True)
    figure.update_yaxes(range=[0, 100], ticksuffix=" %")
    figure.update_layout(
        legend={"orientation": "h", "y": -0.35, "yanchor": "top"}, dragmode=False, hovermode="x"
    )
    finish(figure, height=330, top=12, revision="check")
    return figure.update_layout(margin_b=110)


def check_table(tested: Check) -> dict[str, list[Any]]:
    """Give the curves as columns."""
    return {
        "Of the picture": ["0 %", *(f"{100 * share:.0f} %" for share in tested.shares)],
        "Strongest hidden": _percents(tested.whole, tested.deletion),
        "Random hidden": _percents(tested.whole, tested.random_deletion.mean(axis=0)),
        "Only strongest kept": _percents(tested.nothing, tested.insertion),
        "Only random kept": _percents(tested.nothing, tested.random_insertion.mean(axis=0)),
    }


def ways_message(one: Explanation, other: Explanation) -> str:
    """Say which of two maps of one question, found in two ways, passes the test."""
    ways, passed = (one, other), [found for found in (one, other) if found.check.trusted]
    if len(passed) == 1:
        said = f"Only the map made {WAY[passed[0].method].lower()} passes the test: go by that one."
    elif passed:
        best = max(ways, key=lambda found: found.check.falls[0] - found.check.falls[1])
        said = (
            "Both maps pass the test; the one made "
            f"{WAY[best.method].lower()} finds more of what the genre cannot do without."
        )
    else:
        said = "Neither map passes the test: trust neither."
    first, second = (found.mask() > 0 for found in ways)
    if not (first.any() and second.any()):
        return said
    shared = float((first & second).sum() / min(first.sum(), second.sum()))
    chance = float(max(first.mean(), second.mean()))
    return (
        f"{said} Of the pieces that one marks, the other marks {percent(shared)}; by chance it "
        f"would be {percent(chance)}."
    )


def ways_table(found: Sequence[Explanation]) -> dict[str, list[Any]]:
    """Set what the test says of several maps of one question beside each other."""
    rows = (
        "As it is",
        "Strongest 10 % removed",
        "Random 10 % removed",
        "Only strongest 40 % shown",
        "Only random 40 % shown",
        "Passes the test",
    )
    columns: dict[str, list[Any]] = {"The genre's share": list(rows)}
    for one in found:
        test = one.check
        lost = (test.whole - fall for fall in test.falls)
        said = [percent(share) for share in (test.whole, *lost, *test.rises)]
        columns[WAY[one.method]] = [*said, "yes" if test.trusted else "no"]
    return columns


def mel_pair(mels: Sequence[LogMel], titles: Sequence[str]) -> "go.Figure":
    """Draw log-mels under each other, at one scale of time."""
    from plotly.subplots import make_subplots

    figure = make_subplots(
        rows=len(mels),
        cols=1,
        # Titles of songs may hold what Plotly takes for markup.
        subplot_titles=[escaped(short(title, _TITLE)) for title in titles],
        vertical_spacing=0.16,
        shared_xaxes=True,
    )
    for row, mel in enumerate(mels, start=1):
        figure.add_trace(_mel(mel), row=row, col=1)
    figure.update_xaxes(time_axis(max(mel.duration_s for mel in mels)), fixedrange=True)
    figure.update_yaxes(_mel_axis())
    figure.update_layout(dragmode=False, showlegend=False)
    figure.update_annotations(font={"size": 12})
    return finish(figure, height=200 * len(mels) + 40, top=32, revision="pair")


def _mel(
    mel: LogMel,
    *,
    start_s: float = 0.0,
    effects: NDArray[np.float32] | None = None,
    said: str = "",
) -> "go.Heatmap":
    import plotly.graph_objects as go

    hover = "%{x:.1f} s: %{z} dB"
    if effects is not None:
        hover += f"<br>{said}: %{{customdata:.2f}}"
    # A whole song has more columns than a screen; what is explained has fewer.
    size = group_size(mel.columns, COLUMNS)
    return go.Heatmap(
        z=np.rint(pool(mel.excerpt(0, mel.columns), size, how="max")).astype(np.int8),
        customdata=None if effects is None else np.round(effects, 2),
        x0=start_s + (size - 1) / 2 / COLUMN_RATE,
        dx=size / COLUMN_RATE,
        zmin=-80,
        zmax=0,
        colorscale=colour_scale(COLOUR_MAPS["mel"]),
        showscale=False,
        hovertemplate=f"{hover}<extra></extra>",
    )


def _mel_axis() -> dict[str, Any]:
    ticks = [hertz for hertz in MEL_TICKS_HZ if hertz != 128]
    return {
        "tickmode": "array",
        "tickvals": [mel_row(hertz) for hertz in ticks],
        "ticktext": [f"{hz}" if hz < 1000 else f"{hz // 1000}k" for hz in ticks],
        "showgrid": False,
        "zeroline": False,
        "range": [-0.5, BANDS - 0.5],
        "title": {"text": "Hz", "standoff": 4},
    }


def _outline(found: Explanation, mask: NDArray[np.floating]) -> "go.Scatter":
    """Draw the edge of each marked cell as one line with gaps."""
    import plotly.graph_objects as go

    step = found.mel.duration_s / found.grid.times
    x: list[float | None] = []
    y: list[float | None] = []
    for band, time in np.argwhere(mask > 0).tolist():
        left, low = found.start_s + time * step, band * _ROWS - 0.5
        x += [left, left + step, left + step, left, left, None]
        y += [low, low, low + _ROWS, low + _ROWS, low, None]
    return go.Scatter(
        x=x,
        y=y,
        mode="lines",
        line={"color": colour_of(found.genre, found.genres), "width": 1.5},
        hoverinfo="skip",
    )


def _most(weights: NDArray[np.floating]) -> tuple[int, int]:
    """Give the shortest run of places that holds 60 % of the weight: first and stop."""
    sums = np.concatenate(([0.0], np.cumsum(weights)))
    for length in range(1, len(weights) + 1):
        held = sums[length:] - sums[:-length]
        first = int(held.argmax())
        if held[first] >= 0.6 * sums[-1]:
            return first, first + length
    return 0, len(weights)


def _percents(start: float, values: NDArray[np.floating]) -> list[str]:
    return [percent(start), *(percent(float(value)) for value in values)]
