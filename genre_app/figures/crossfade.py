"""A sweep of mixes: what the bars say against what the fader did."""

from typing import TYPE_CHECKING

from genre_app.crossfade import Sweep
from genre_app.figures.names import escaped, short
from genre_app.figures.theme import finish
from genre_app.genres import colour_of, name_of

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["sweep_figure", "sweep_table"]


def sweep_figure(found: Sweep, share: float) -> "go.Figure":
    """Draw the predicted share over the true one, and both genres' own bars.

    Parameters
    ----------
    found : Sweep
    share : float
        Where the fader stands, 0 to 1, for the first song.
    """
    import plotly.graph_objects as go

    x = 100 * found.shares
    figure = go.Figure()
    figure.add_trace(
        go.Scatter(
            x=x,
            y=x,
            name="true share",
            mode="lines",
            line={"color": "rgb(128, 128, 128)", "dash": "dash", "width": 2},
            hovertemplate="true: %{y:.0f} %<extra></extra>",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=x,
            y=100 * found.predicted,
            name="predicted share",
            mode="lines+markers",
            line={"color": "#3f90da", "width": 3},
            hovertemplate="predicted: %{y:.0f} %<extra></extra>",
        )
    )
    for genre in (found.first, found.second):
        name = name_of(genre)
        figure.add_trace(
            go.Scatter(
                x=x,
                y=100 * found.blends[:, found.genres.index(genre)],
                name=f"{escaped(short(name))}'s bar",
                mode="lines",
                line={"color": colour_of(genre, found.genres), "dash": "dot", "width": 2},
                hovertemplate=f"{escaped(name)}: %{{y:.0f}} %<extra></extra>",
            )
        )
    figure.add_vline(x=100 * share, line={"color": "rgb(128, 128, 128)", "width": 1})
    figure.update_xaxes(
        range=[-2, 102], ticksuffix=" %", fixedrange=True, title={"text": "of the first song"}
    )
    figure.update_yaxes(range=[-2, 102], ticksuffix=" %")
    figure.update_layout(
        legend={"orientation": "h", "y": -0.3, "yanchor": "top"}, dragmode=False, hovermode="x"
    )
    finish(figure, height=400, top=12, revision="sweep")
    return figure.update_layout(margin_b=110)


def sweep_table(found: Sweep) -> dict[str, list[str]]:
    """Give the sweep as columns in percent."""
    return {
        name_of(name) if name in found.genres else name.capitalize(): [
            f"{100 * value:.0f} %" for value in values
        ]
        for name, values in found.table().items()
    }
