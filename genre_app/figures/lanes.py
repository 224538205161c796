"""What the player draws: a song's pictures, thinned, as plain data for a browser.

Conventions
-----------
A lane is a dictionary that JSON can hold. Its times are seconds of the recording; all lanes
share one time axis from 0 to the recording's length. The waveform is two rows of whole
numbers, the other panels are small PNG files with a palette of their own, so that the
browser only has to paint them. A song of any length becomes some 100 kB.
"""

import base64
import io
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app.figures.blend import ribbon_order, ribbon_shares
from genre_app.figures.panels import WAVE_COLOUR, cells, colour_range
from genre_app.figures.pooling import envelope, pool_panel
from genre_app.figures.theme import COLOUR_MAPS, colour_scale
from genre_app.genres import colour_of, name_of
from genre_app.panels import Panel
from genre_app.reading import Reading

__all__ = ["LEVELS", "POINTS", "SCALE", "lane", "palette", "png", "ribbon"]

SCALE: Final = 1_000
"""What stands for 1 in the waveform and in the ribbon: whole numbers are short in JSON."""

LEVELS: Final = 64
"""Colours of a picture: 1.3 dB apart in the mel spectrogram."""

POINTS: Final = 1_000
"""Moments that the ribbon has at most."""

_NAMED: Final = 0.05
"""A genre whose share never reaches this gets no bar of its own."""

_TITLES: Final = {"mel": "Mel"}
"""Names that are too long for the room beside a lane."""


def lane(panel: Panel) -> dict[str, Any]:
    """Describe a panel for the player.

    Returns
    -------
    dict
        ``key``, ``title``, ``kind``: of a ``"wave"``, ``low`` and ``high`` (the envelope,
        the loudest moment is :data:`SCALE`) and ``colour``; of a ``"picture"``, ``png``
        (base64). And ``start`` and ``end``: the seconds that its width stands for.
    """
    about = {"key": panel.key, "title": _TITLES.get(panel.key, panel.title)}
    if panel.key == "waveform":
        values, start, step = envelope(panel)
        peak = max(float(np.abs(values).max()), 1e-9)
        low, high = np.rint(values / peak * SCALE).astype(int).tolist()
        drawn: dict[str, Any] = {"kind": "wave", "low": low, "high": high, "colour": WAVE_COLOUR}
    else:
        values, start, step = pool_panel(panel)
        drawn = {"kind": "picture", "png": base64.b64encode(_picture(panel, values)).decode()}
    left = start - step / 2
    return about | drawn | {"start": left, "end": left + values.shape[1] * step}


def ribbon(reading: Reading) -> dict[str, Any]:
    """Describe a blend through time for the player.

    Returns
    -------
    dict
        ``times`` (seconds); ``genres``, the largest area first, each with ``name``,
        ``colour``, ``whole`` (its share of the whole song, of 1), ``named`` (whether it is
        worth a bar) and ``shares`` (of :data:`SCALE`, one a time).
    """
    known = reading.genres
    times, shares = ribbon_shares(
        reading.starts_s, reading.ends_s, reading.timeline, reading.duration_s, genres=known
    )
    order = ribbon_order(times, shares)
    kept = _spread(len(times))
    times, shares = times[kept], np.rint(shares[kept] * SCALE).astype(int)
    return {
        "times": times.round(2).tolist(),
        "genres": [
            {
                "name": name_of(known[genre]),
                "colour": colour_of(known[genre], known),
                "whole": round(float(reading.blend[genre]), 4),
                "named": bool(
                    max(reading.blend[genre], reading.timeline[:, genre].max()) >= _NAMED
                ),
                "shares": shares[:, genre].tolist(),
            }
            for genre in order
        ],
    }


def palette(name: str) -> NDArray[np.uint8]:
    """Give a colour map as :data:`LEVELS` colours, shape ``(levels, 3)``."""
    stops = [[int(part) for part in rgb[4:-1].split(",")] for rgb in colour_scale(name)]
    table = np.array(stops, np.float64)
    places = np.linspace(0, len(table) - 1, LEVELS)
    columns = [np.interp(places, np.arange(len(table)), column) for column in table.T]
    return np.rint(np.stack(columns, axis=1)).astype(np.uint8)


def png(levels: NDArray[np.uint8], colours: NDArray[np.uint8]) -> bytes:
    """Write a picture with a palette as PNG.

    Parameters
    ----------
    levels : ndarray of uint8 [shape=(height, width)]
        The topmost row first.
    colours : ndarray of uint8 [shape=(n, 3)]
        Red, green and blue of each level.
    """
    from PIL import Image

    picture = Image.fromarray(levels)
    picture.putpalette(colours.tobytes())
    place = io.BytesIO()
    picture.save(place, "PNG", compress_level=9)
    return place.getvalue()


def _picture(panel: Panel, values: NDArray[np.float32]) -> bytes:
    low, high = colour_range(panel)
    share = (cells(panel.key, values).astype(np.float64) - low) / (high - low)
    levels = np.rint(np.clip(share, 0, 1) * (LEVELS - 1)).astype(np.uint8)
    return png(levels[::-1], palette(COLOUR_MAPS[panel.key]))


def _spread(count: int) -> Sequence[int]:
    """Choose at most :data:`POINTS` of so many, the first and the last among them."""
    return np.unique(np.rint(np.linspace(0, count - 1, min(count, POINTS))).astype(int)).tolist()  # type: ignore[no-any-return]
