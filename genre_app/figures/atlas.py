"""The map of all tracks, with a song's path through it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app.figures.theme import finish
from genre_app.figures.words import clock, percent
from genre_app.genres import COLOURS, GENRES, NAMES
from genre_app.gtzan import Track

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["atlas_figure", "atlas_message", "selected_tracks"]

_SYMBOLS: Final = {"train": "circle", "valid": "circle", "test": "diamond", "": "circle-open"}
_ORDER: Final = ("train", "valid", "test", "")
_HEIGHT: Final = 620
_NEIGHBOURS: Final = 10


def atlas_figure(
    tracks: Sequence[Track],
    points: NDArray[np.floating],
    *,
    song: NDArray[np.floating] | None = None,
    times_s: NDArray[np.floating] | None = None,
) -> "go.Figure":
    """Draw every track as a point in its genre's colour.

    Parameters
    ----------
    tracks : sequence of Track
    points : ndarray of float [shape=(tracks, 2)]
    song : ndarray of float [shape=(windows, 2)], optional
        The windows of a song, drawn as a path.
    times_s : ndarray of float [shape=(windows,)], optional
        Their centres.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for genre in GENRES:
        rows = [row for row, track in enumerate(tracks) if track.genre == genre]
        # The legend takes the first point's symbol: the same for every genre.
        rows.sort(key=lambda row: _ORDER.index(tracks[row].artist_split))
        if not rows:
            continue
        figure.add_trace(
            go.Scattergl(
                x=points[rows, 0],
                y=points[rows, 1],
                mode="markers",
                name=NAMES[genre],
                marker={
                    "color": COLOURS[genre],
                    "size": 7,
                    "opacity": 0.85,
                    "symbol": [_SYMBOLS.get(tracks[row].artist_split, "circle") for row in rows],
                },
                customdata=[tracks[row].name for row in rows],
                text=[_caption(tracks[row]) for row in rows],
                hovertemplate="%{text}<extra>" + NAMES[genre] + "</extra>",
            )
        )
    if song is not None and len(song):
        moments = np.arange(len(song)) if times_s is None else times_s
        figure.add_trace(
            go.Scatter(
                x=song[:, 0],
                y=song[:, 1],
                mode="lines+markers",
                name="Your song",
                line={"color": "#e8590c", "width": 2},
                marker={
                    "size": [14, *[9] * (len(song) - 1)],
                    "symbol": ["star", *["circle"] * (len(song) - 1)],
                    "color": "#e8590c",
                    "line": {"color": "white", "width": 1},
                },
                # A lasso that leaves it out must not rub it out.
                selected={"marker": {"opacity": 1}},
                unselected={"marker": {"opacity": 1}},
                text=[clock(float(moment)) for moment in moments],
                hovertemplate="Your song at %{text}<extra></extra>",
            )
        )
    for axis in (figure.update_xaxes, figure.update_yaxes):
        axis(showticklabels=False, showgrid=False, zeroline=False, title={"text": ""})
    finish(figure, height=_HEIGHT, top=16, revision="atlas")
    figure.update_yaxes(fixedrange=False)
    figure.update_layout(
        margin={"l": 8, "r": 8, "b": 70},
        dragmode="lasso",
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": -0.02, "yanchor": "top"},
    )
    return figure


def atlas_message(tracks: Sequence[Track], coordinates: NDArray[np.floating]) -> str:
    """Say which genre keeps to itself most and which mingles most.

    Counted among the ten nearest neighbours of the test tracks (of all, where there
    are none), in the whole space, not on the map. The network has learnt to keep
    its training tracks apart: those prove nothing.
    """
    from sklearn.neighbors import NearestNeighbors

    labels = np.array([track.genre for track in tracks])
    count = min(_NEIGHBOURS, len(tracks) - 1)
    finder = NearestNeighbors(n_neighbors=count).fit(coordinates)
    near = finder.kneighbors(return_distance=False)
    test = np.array([track.artist_split == "test" for track in tracks])
    test = test if test.any() else ~test
    near, labels, all_labels = near[test], labels[test], labels
    same = (all_labels[near] == labels[:, None]).mean(axis=1)
    shares = {genre: float(same[labels == genre].mean()) for genre in sorted(set(labels.tolist()))}
    best, worst = max(shares, key=shares.__getitem__), min(shares, key=shares.__getitem__)
    if len(shares) < 2:
        return f"All tracks are {NAMES.get(best, best).lower()}."
    others = all_labels[near][labels == worst]
    names, counts = np.unique(others[others != worst], return_counts=True)
    text = (
        f"Of the {count} tracks nearest to a {NAMES.get(best, best).lower()} test track "
        f"{percent(shares[best])} are of the same genre, of those nearest to "
        f"{NAMES.get(worst, worst).lower()} {percent(shares[worst])}"
    )
    if not counts.size:
        return f"{text}."
    guest = str(names[counts.argmax()])
    return f"{text}; most often {NAMES.get(guest, guest).lower()} is among them."


def selected_tracks(event: Any) -> list[str]:  # noqa: ANN401  # What Streamlit gives.
    """Read a selection on the map: the tracks' names."""
    points = ((event or {}).get("selection") or {}).get("points") or []
    found = [point.get("customdata") for point in points]
    names = [one[0] if isinstance(one, list | tuple) and one else one for one in found]
    return [name for name in names if isinstance(name, str)]


def _caption(track: Track) -> str:
    who = " – ".join(filter(None, [track.artist, track.title])) or "not identified"
    # A title is no HTML, and Plotly reads some.
    return f"{track.name}<br>{who.replace('&', '&amp;').replace('<', '&lt;')}"
