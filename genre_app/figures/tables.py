"""Panels as tables: a short one beneath the chart, and all of it as CSV."""

import csv
import io
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app._source import no_formula
from genre_app.figures.pooling import envelope, group_size, pool_panel
from genre_app.figures.words import clock
from genre_app.panels import Panel, mel_band_edges

__all__ = ["CSV_FRAMES", "as_table", "columns_csv", "to_csv"]

CSV_FRAMES: Final = 1_000_000
"""Frames that a CSV holds at most: what Excel opens. Only long waveforms have more."""

_MEL_GROUPS: Final = 8
_DECIMALS: Final = {"waveform": 4, "mel": 1, "mfcc": 1, "chroma": 0, "tonnetz": 2}
_CSV_DECIMALS: Final = {"waveform": 5, "mel": 2, "mfcc": 3, "chroma": 4, "tonnetz": 4}


def as_table(panel: Panel, *, rows: int = 60) -> dict[str, list[float] | list[str]]:
    """Thin a panel to a table for a person: one line a moment.

    Parameters
    ----------
    panel : Panel
    rows : int
        Lines at most.

    Returns
    -------
    dict
        Column name with unit -> values, the time first: the centre of each
        moment in minutes and seconds where the sound is a minute or longer,
        in seconds otherwise. The 128 bands of the mel spectrogram come in
        eight groups (the loudest cell of each); chroma is in percent.
    """
    if panel.key == "waveform":
        values, start, step = envelope(panel, columns=rows)
        names = ["Lowest (of full scale)", "Highest (of full scale)"]
    else:
        values, start, step = pool_panel(panel, columns=rows)
        names = [_column(panel, row) for row in panel.rows]
    if panel.key == "mel":
        values = values.reshape(_MEL_GROUPS, -1, values.shape[1]).max(axis=1)
        names = _group_names()
    if panel.key == "chroma":
        values = values * 100
    table: dict[str, list[float] | list[str]] = {}
    # The last moment may be cut short by the end: its centre must not lie beyond it.
    times = np.minimum(start + step * np.arange(values.shape[1]), panel.duration_s)
    if panel.duration_s >= 60:
        table["Time (min:s)"] = [clock(time) for time in times]
    else:
        table["Time (s)"] = np.round(times, 2).tolist()
    digits = _DECIMALS[panel.key]
    for name, row in zip(names, values, strict=True):
        table[name] = np.round(row.astype(np.float64), digits).tolist()
    return table


def to_csv(panel: Panel) -> bytes:
    """Write a panel as CSV at full resolution: a line a frame, a column a row.

    A waveform of more than :data:`CSV_FRAMES` samples (45 s) would fill hundreds
    of megabytes with what the song's own file says better: of that, the lowest
    and highest sample of groups of equal size are written.

    Returns
    -------
    bytes
        UTF-8, comma-separated, with a header; times in seconds.
    """
    names = [_column(panel, row).replace("♯", "#") for row in panel.rows]
    values, start, step = panel.values, panel.start_s, panel.step_s
    if group_size(panel.frames, CSV_FRAMES) > 1:
        values, start, step = envelope(panel, columns=CSV_FRAMES)
        names = ["Lowest (of full scale)", "Highest (of full scale)"]
    times = start + step * np.arange(values.shape[1])
    scale = 100 if panel.key == "chroma" else 1
    header = ",".join(["Time (s)", *names])
    return header.encode() + b"\n" + _lines(times, values * scale, _CSV_DECIMALS[panel.key])


def columns_csv(table: Mapping[str, Sequence[Any]]) -> bytes:
    """Write a table of columns of equal length as CSV.

    Text that a spreadsheet would take for a formula gets an apostrophe before
    it, in the header too: titles come from files, and names of classes from users.

    Returns
    -------
    bytes
        UTF-8 with a mark that tells Excel so; missing values are empty.
    """
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow([no_formula(name) for name in table])
    for row in zip(*table.values(), strict=True):
        writer.writerow(["" if cell is None else no_formula(cell) for cell in row])
    return lines.getvalue().encode("utf-8-sig")


def _lines(times: NDArray[np.floating], values: NDArray[np.float32], digits: int) -> bytes:
    # One format string for a whole line is several times faster than numpy.savetxt.
    line = "%.6f" + f",%.{digits}f" * len(values) + "\n"
    cells = np.empty((256 * 64, len(values) + 1))
    parts = []
    for first in range(0, len(times), len(cells)):
        count = min(len(cells), len(times) - first)
        cells[:count, 0] = times[first : first + count]
        cells[:count, 1:] = values[:, first : first + count].T
        parts.append((line * count % tuple(cells[:count].ravel().tolist())).encode())
    return b"".join(parts)


def _column(panel: Panel, row: str) -> str:
    match panel.key:
        case "mel":
            return f"{row} (dB)"
        case "mfcc":
            return f"Coefficient {row}"
        case "chroma":
            return f"{row} (%)"
        case "waveform":
            return "Amplitude (of full scale)"
        case _:
            return row


def _group_names() -> list[str]:
    edges = mel_band_edges()
    size = (len(edges) - 2) // _MEL_GROUPS
    # Neighbouring bands overlap; halfway is where one takes over from the other.
    borders = ((edges[:-1] + edges[1:]) / 2)[::size]
    return [
        f"{round(low):d} to {round(high):d} Hz (dB)" for low, high in pairwise(borders.tolist())
    ]
