"""Several models' blends of one song, side by side."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genre_app.figures.blend import bar_order
from genre_app.figures.names import apart, escaped, named_axis, room, short_names
from genre_app.figures.theme import MARGIN_LEFT, finish
from genre_app.figures.words import listed, percent
from genre_app.genres import GENRES, colour_of, name_of

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["compare_bars", "compare_message", "compare_table"]

_HEIGHT: Final = 380
_NARROW: Final = 16
"""Letters of a model's title that fit above its column."""


def compare_bars(
    titles: Sequence[str], blends: ArrayLike, *, genres: Sequence[str] = GENRES
) -> "go.Figure":
    """Draw a column of bars for each model, all with the same genres and scale.

    Parameters
    ----------
    titles : sequence of str
        What the models are called.
    blends : array_like of float [shape=(models, genres)]
        Shares of 1; NaN where a model does not know a genre.
    genres : sequence of str
        What the shares stand for.

    Returns
    -------
    plotly.graph_objects.Figure
        The genres are sorted by their mean share.
    """
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    shares = _checked(titles, blends, genres) * 100
    order = bar_order(np.nanmean(shares, axis=0))
    names = [name_of(genres[genre]) for genre in order]
    labels = short_names([genres[genre] for genre in order])
    titles = apart(titles)
    figure = make_subplots(
        rows=1,
        cols=len(titles),
        shared_yaxes=True,
        horizontal_spacing=0.02,
        subplot_titles=[_broken(title) for title in titles],
    )
    for column, (title, row) in enumerate(zip(titles, shares, strict=True), start=1):
        figure.add_trace(
            go.Bar(
                x=np.nan_to_num(row[order]),
                y=names,
                orientation="h",
                marker={
                    "color": [colour_of(genres[genre], genres) for genre in order],
                    "line": {"width": 0},
                },
                text=[_told(share / 100) for share in row[order]],
                textposition="outside",
                cliponaxis=False,
                hovertext=[escaped(name) for name in names],
                hovertemplate=f"{escaped(title)}<br>%{{hovertext}}: %{{text}}<extra></extra>",
            ),
            row=1,
            col=column,
        )
    # The widest bar and its label fit into the column.
    figure.update_xaxes(
        range=[0, max(30.0, float(np.nanmax(shares)) * (1.15 + 0.12 * len(titles)))],
        showticklabels=False,
        showgrid=False,
        zeroline=False,
        fixedrange=True,
        automargin=False,
    )
    figure.update_yaxes(autorange="reversed", **named_axis(names, labels))
    figure.update_layout(bargap=0.3, showlegend=False, dragmode=False)
    figure.update_annotations(font={"size": 12})
    height = round(_HEIGHT * max(1.0, len(genres) / len(GENRES)))
    finish(figure, height=height, top=56, revision="compare")
    return figure.update_layout(margin={"l": room(labels, least=MARGIN_LEFT)})


def compare_message(
    titles: Sequence[str], blends: ArrayLike, *, genres: Sequence[str] = GENRES
) -> str:
    """Say in a sentence whether the models agree."""
    shares = _checked(titles, blends, genres)
    tops = [int(np.nanargmax(row)) for row in shares]
    found = sorted(set(tops), key=lambda genre: (-tops.count(genre), genre))
    if len(found) == 1:
        every = "Both" if len(titles) == 2 else f"All {len(titles)}"
        return f"{every} models name {name_of(genres[found[0]])} first."
    parts = []
    for genre in found:
        who = [title for title, top in zip(apart(titles), tops, strict=True) if top == genre]
        parts.append(f"{name_of(genres[genre])} ({listed(who)})")
    # Who has not learnt a genre cannot agree on it.
    unknown = [
        f"{title} has not learnt {listed([name_of(genres[one]) for one in found if none[one]])}"
        for title, none in zip(apart(titles), np.isnan(shares), strict=True)
        if none[found].any()
    ]
    cannot = f" {'; '.join(unknown)}." if unknown else ""
    return f"The models do not agree. First comes: {'; '.join(parts)}.{cannot}"


def compare_table(
    titles: Sequence[str], blends: ArrayLike, *, genres: Sequence[str] = GENRES
) -> dict[str, list[str]]:
    """Give the same as columns of a table: a row a genre, a column a model."""
    shares = _checked(titles, blends, genres)
    order = bar_order(np.nanmean(shares, axis=0))
    table = {"Genre": [name_of(genres[genre]) for genre in order]}
    for title, row in zip(apart(titles, taken=tuple(table)), shares, strict=True):
        table[title] = [_told(float(row[genre])) for genre in order]
    return table


def _checked(
    titles: Sequence[str], blends: ArrayLike, genres: Sequence[str]
) -> NDArray[np.float64]:
    shares = np.asarray(blends, np.float64)
    if shares.shape != (len(titles), len(genres)):
        raise ValueError(f"expected ({len(titles)}, {len(genres)}) shares, got {shares.shape}")
    return shares


def _told(share: float) -> str:
    return "not known" if np.isnan(share) else percent(share)


def _broken(title: str) -> str:
    """Break a long title into two lines at the space nearest to its middle."""
    if len(title) <= _NARROW or " " not in title:
        return escaped(title)
    spaces = [place for place, letter in enumerate(title) if letter == " "]
    middle = min(spaces, key=lambda place: abs(place - len(title) / 2))
    return f"{escaped(title[:middle])}<br>{escaped(title[middle + 1 :])}"
