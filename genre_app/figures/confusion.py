"""Confusion matrices as heatmaps with their numbers printed, and as tables.

Conventions
-----------
Rows are the labels, columns the answers. A cell's colour runs from transparent
to one blue, so that large numbers stand out on white and on black alike; numbers
on deep cells are white, on others they have the colour of the page's text.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genre_app.figures.names import escaped, named_axis, room, short_names
from genre_app.figures.theme import MARGIN_LEFT, draw
from genre_app.genres import GENRES, NAMES

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = [
    "BLUE",
    "ORANGE",
    "Ground",
    "cell_of",
    "confusion_heatmap",
    "confusion_table",
    "difference_heatmap",
    "genre_names",
    "row_shares",
]

_SIZE: Final = 460
BLUE: Final = "28, 93, 153"
ORANGE: Final = "200, 90, 0"
"""Red, green and blue of the ends of the colour scales."""

_DEEP: Final = {"light": 0.72, "dark": 0.5}
"""Share of the colour scale from which on white is read better than the text's colour."""

_TEXT: Final = {"light": "#1b2430", "dark": "#e6eaf0"}
"""Of numbers on pale cells; where the ground is unknown, the theme's grey reads on both."""

Ground = Literal["light", "dark"]

_CHOSEN: Final = "#e8590c"


def genre_names(genres: Sequence[str] = GENRES) -> list[str]:
    """Give the names on screen."""
    return [NAMES.get(genre, genre) for genre in genres]


def row_shares(counts: ArrayLike) -> NDArray[np.float64]:
    """Give each cell as a share of its row; empty rows stay zero."""
    found = np.asarray(counts, dtype=np.float64)
    return np.asarray(found / np.maximum(found.sum(axis=1, keepdims=True), 1.0))


def confusion_heatmap(
    counts: ArrayLike,
    *,
    genres: Sequence[str] = GENRES,
    order: Sequence[int] | None = None,
    normalised: bool = False,
    chosen: tuple[int, int] | None = None,
    ground: Ground | None = None,
) -> "go.Figure":
    """Draw a confusion matrix.

    Parameters
    ----------
    counts : array_like of int [shape=(genres, genres)]
    order : sequence of int, optional
        In which order genres are drawn, from top and from left.
    normalised : bool
        Percent of each row instead of tracks.
    chosen : (int, int), optional
        Label and answer of the cell that is outlined.
    ground : {"light", "dark"}, optional
        What the figure stands on.

    Returns
    -------
    plotly.graph_objects.Figure
        Its points can be selected; :func:`cell_of` says which genres they are.
    """
    found = _square(counts, genres)
    places = list(range(len(genres))) if order is None else [int(place) for place in order]
    shares = row_shares(found)[np.ix_(places, places)]
    found = found[np.ix_(places, places)]
    shown = np.rint(100 * shares).astype(int) if normalised else found
    scale = shares if normalised else found / max(int(found.max()), 1)
    said = [
        [f"{count} of {row.sum()} ({share:.0%})" for count, share in zip(row, part, strict=True)]
        for row, part in zip(found, shares, strict=True)
    ]
    colours = [[0.0, f"rgba({BLUE}, 0)"], [1.0, f"rgb({BLUE})"]]
    shown_genres = [genres[place] for place in places]
    outlines = []
    if chosen is not None:
        row, column = places.index(chosen[0]), places.index(chosen[1])
        outlines.append(
            {
                "type": "rect",
                "x0": column - 0.5,
                "x1": column + 0.5,
                "y0": row - 0.5,
                "y1": row + 0.5,
                "line": {"color": _CHOSEN, "width": 3},
            }
        )
    traces = _heatmap(scale, shown, said, shown_genres, colours, 0.0, ground=ground)
    return _drawn(traces, shown_genres, revision="confusion", outlines=outlines)


def difference_heatmap(
    difference: ArrayLike,
    *,
    genres: Sequence[str] = GENRES,
    order: Sequence[int] | None = None,
    ground: Ground | None = None,
) -> "go.Figure":
    """Draw one model's confusions minus another's, in tracks.

    Blue cells are commoner with the first, orange ones with the second.
    """
    found = _square(difference, genres)
    places = list(range(len(genres))) if order is None else [int(place) for place in order]
    found = found[np.ix_(places, places)]
    reach = max(int(np.abs(found).max()), 1)
    said = [
        [f"{cell:+d} tracks with the first model" if cell else "no difference" for cell in row]
        for row in found.tolist()
    ]
    colours = [[0.0, f"rgb({ORANGE})"], [0.5, f"rgba({BLUE}, 0)"], [1.0, f"rgb({BLUE})"]]
    colours.insert(1, [0.4999, f"rgba({ORANGE}, 0)"])
    shown = [genres[place] for place in places]
    traces = _heatmap(found / reach, found, said, shown, colours, -1.0, ground=ground, signed=True)
    return _drawn(traces, shown, revision="difference")


def confusion_table(
    counts: ArrayLike,
    *,
    genres: Sequence[str] = GENRES,
    order: Sequence[int] | None = None,
    normalised: bool = False,
) -> dict[str, list[Any]]:
    """Give the same as columns of a table: a row a label, a column an answer."""
    found = _square(counts, genres)
    values = np.rint(100 * row_shares(found)).astype(int) if normalised else found
    places = list(range(len(genres))) if order is None else [int(place) for place in order]
    names = genre_names(genres)
    table: dict[str, list[Any]] = {"Label \\ answer": [names[place] for place in places]}
    unit = " (%)" if normalised else ""
    for place in places:
        table[names[place] + unit] = values[places, place].tolist()
    return table


def cell_of(event: Any, *, genres: Sequence[str] = GENRES) -> tuple[int, int] | None:  # noqa: ANN401  # What Streamlit gives.
    """Read a selection in the heatmap: label and answer of the first cell in it."""
    points = ((event or {}).get("selection") or {}).get("points") or []
    names = genre_names(genres)
    for point in points:
        if point.get("x") in names and point.get("y") in names:
            return names.index(point["y"]), names.index(point["x"])
    return None


def _heatmap(
    scale: NDArray[np.floating],
    shown: NDArray[np.integer],
    said: list[list[str]],
    genres: Sequence[str],
    colours: list[list[Any]],
    lowest: float,
    *,
    ground: Ground | None,
    signed: bool = False,
) -> list[dict[str, Any]]:
    names = genre_names(genres)
    # The axes have short names, the hover whole ones.
    full = [escaped(name) for name in names]
    hover = [
        [f"{label} called {answer}: {cell}" for answer, cell in zip(full, row, strict=True)]
        for label, row in zip(full, said, strict=True)
    ]
    template = "%{customdata}<extra></extra>"
    heat = {
        "type": "heatmap",
        "z": scale,
        "x": names,
        "y": names,
        "zmin": lowest,
        "zmax": 1.0,
        "colorscale": colours,
        "showscale": False,
        "xgap": 1,
        "ygap": 1,
        "customdata": hover,
        "hovertemplate": template,
    }
    traces: list[dict[str, Any]] = [heat]
    # Text as points over the cells: those answer a click, and cells of a heatmap do not.
    from_here = _DEEP[ground or "dark"]
    for deep in (False, True):
        rows, columns = np.nonzero((np.abs(scale) >= from_here) == deep)
        texts = [_cell_text(int(shown[r, c]), signed=signed) for r, c in zip(rows, columns)]  # noqa: B905
        colour = "#ffffff" if deep else _TEXT.get(ground or "")
        font = {"size": 13, **({"color": colour} if colour else {})}
        traces.append(
            {
                "type": "scatter",
                "x": [names[column] for column in columns],
                "y": [names[row] for row in rows],
                "mode": "markers+text",
                "text": texts,
                "textfont": font,
                "marker": {"symbol": "square", "size": 26, "opacity": 0},
                "selected": {"marker": {"opacity": 0}},
                "unselected": {"marker": {"opacity": 0}},
                "customdata": [hover[r][c] for r, c in zip(rows, columns)],  # noqa: B905
                "hovertemplate": template,
                "showlegend": False,
            }
        )
    return traces


def _drawn(
    traces: Sequence[dict[str, Any]],
    genres: Sequence[str],
    *,
    revision: str,
    outlines: Sequence[dict[str, Any]] = (),
) -> "go.Figure":
    names, labels = genre_names(genres), short_names(genres)
    left = room(labels, least=MARGIN_LEFT)
    # Aslant, long names would reach beyond the right edge.
    upright = left > MARGIN_LEFT
    both = {
        **named_axis(names, labels),
        "zeroline": False,
        "categoryorder": "array",
        "categoryarray": names,
        "title": {"text": ""},
    }
    across = {
        "side": "top",
        "tickangle": -90 if upright else -40,
        "range": [-0.5, len(names) - 0.5],
        "fixedrange": True,
        # There is room for the names; measuring them, Plotly would draw all of it twice.
        "automargin": False,
    }
    return draw(
        traces,
        xaxis=both | across,
        yaxis=both | {"range": [len(names) - 0.5, -0.5]},
        layout={"dragmode": False, "clickmode": "event+select", "shapes": list(outlines)},
        height=round(_SIZE * max(1.0, len(names) / len(GENRES))),
        top=left if upright else 52,
        revision=revision,
        margin={"l": left, "r": 40},  # Clear of the button that a touch screen always shows.
    )


def _cell_text(value: int, *, signed: bool) -> str:
    if value == 0:
        return ""
    return f"{value:+d}".replace("-", "−") if signed else str(value)


def _square(counts: ArrayLike, genres: Sequence[str]) -> NDArray[np.intp]:
    found = np.asarray(counts)
    if found.shape != (len(genres), len(genres)):
        raise ValueError(f"expected {len(genres)} rows and columns, got shape {found.shape}")
    return found.astype(np.intp)
