"""Figures as plain sentences: captions, and the alternative text of a chart.

Every statement is computed from the numbers that the figure shows, and says
nothing where they say nothing.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genre_app import logmel
from genre_app.figures.pooling import pool
from genre_app.genres import GENRES, inline, name_of
from genre_app.panels import PITCH_CLASSES, Panel, mel_band_edges, tonal_centroids
from genre_app.reading import has_interval
from genre_app.views import left_out

__all__ = [
    "blend_message",
    "clock",
    "hertz_text",
    "listed",
    "panel_message",
    "percent",
    "ribbon_message",
]

_MOMENT_S = 1.0
"""Seconds over which "around" looks: shorter is a drum hit, not a passage."""

_STEADY_SLOPE: Final = 10.0
"""Spread of coefficient 1 that is no audible change: about 2 dB from low to high bands."""

_NO_CHORD: Final = 0.05
"""Distance from the middle of the tonnetz within which no chord is meant (a triad: 0.7)."""

_STILL: Final = 0.05
"""Step between two moments on the tonnetz that is no change of harmony."""


def clock(seconds: float) -> str:
    """Write a time as minutes and seconds: ``"1:12"``."""
    whole = int(seconds + 0.5)
    return f"{whole // 60}:{whole % 60:02d}"


def percent(share: float) -> str:
    """Write a share of 1 in percent, without claiming certainty: never 0 % or 100 %."""
    if share < 0.005:
        return "<1 %"
    if share >= 0.995:
        return ">99 %"
    return f"{100 * share:.0f} %"


def hertz_text(hertz: float) -> str:
    """Write a frequency with two digits: ``"440 Hz"``, ``"1.2 kHz"``."""
    digits = float(f"{hertz:.2g}")
    return f"{digits:.0f} Hz" if digits < 1000 else f"{digits / 1000:g} kHz"


def listed(words: Sequence[str]) -> str:
    """Join words as in speech: ``"A, E and C♯"``."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def panel_message(panel: Panel) -> str:
    """Say what a panel shows of this very sound."""
    match panel.key:
        case "waveform":
            return _waveform_message(panel)
        case "mel":
            return _mel_message(panel)
        case "mfcc":
            return _mfcc_message(panel)
        case "chroma":
            return _chroma_message(panel)
        case _:
            return _tonnetz_message(panel)


def blend_message(
    probabilities: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    *,
    genres: Sequence[str] = GENRES,
    outside: bool = False,
) -> str:
    """Say which genres lead a blend.

    Parameters
    ----------
    probabilities, low, high : array_like of float [shape=(genres,)]
        Shares of 1, and their 90 % interval; NaN where there is none.
    genres : sequence of str
        What the shares stand for.
    outside : bool
        Whether it is of something unlike all that the model has learnt: then its first genre
        is not called likely.
    """
    shares, lows, highs = (np.asarray(one, float) for one in (probabilities, low, high))
    first, second = np.argsort(-shares, kind="stable")[:2]
    if outside:
        text = f"If it were one of these: {inline(genres[first])}, {percent(shares[first])}"
    else:
        text = f"{name_of(genres[first])} most likely, {percent(shares[first])}"
    if has_interval(lows):
        text += f" ({_span(lows[first], highs[first])})"
    if shares[second] >= 0.01:
        text += f"; then {inline(genres[second])}, {percent(shares[second])}"
    return text + "."


def ribbon_message(
    starts_s: ArrayLike,
    ends_s: ArrayLike,
    probabilities: ArrayLike,
    duration_s: float,
    *,
    genres: Sequence[str] = GENRES,
) -> str:
    """Say which genres lead when.

    Parameters
    ----------
    starts_s, ends_s : array_like of float [shape=(n,)]
        Seconds at which each window starts and ends; windows may overlap.
    probabilities : array_like of float [shape=(n, genres)]
        Shares of 1.
    duration_s : float
        Length of the recording in seconds.
    genres : sequence of str
        What the shares stand for.
    """
    starts, ends = np.asarray(starts_s, float), np.asarray(ends_s, float)
    unread = left_out(starts, ends, duration_s)
    runs = _leading_runs(starts, ends, np.asarray(probabilities, float), duration_s, unread)
    time_of = np.zeros(len(genres))
    for genre, start, end in runs:
        time_of[genre] += end - start
    most = int(np.argmax(time_of))
    name = name_of(genres[most])
    others = [run for run in runs if run[0] != most]
    quiet = _quiet_words(unread)
    if not others:
        return (
            f"{name} leads wherever it was read{quiet}."
            if unread
            else (f"{name} leads from start to end.")
        )
    share = time_of[most] / time_of.sum()
    # Not "mostly rock": who leads most of the time need not have the longest bar.
    how_long = "most" if share > 0.5 else f"for {percent(share)}"
    opening = f"{name} leads {how_long} of the time"
    told = sorted(sorted(others, key=lambda run: run[1] - run[2])[:2], key=lambda run: run[1])
    parts = [
        f"from {clock(start)} to {clock(end)} {inline(genres[genre])} leads"
        for genre, start, end in told
    ]
    rest = len(others) - len(told)
    if rest:
        parts.append("others lead " + ("once more" if rest == 1 else f"{rest} more times"))
    return f"{opening}; {listed(parts)}{quiet}."


def _quiet_words(unread: Sequence[tuple[float, float]]) -> str:
    if not unread:
        return ""
    if len(unread) > 2:
        seconds = sum(end - start for start, end in unread)
        return f". {len(unread)} stretches, {clock(seconds)} in all, are too quiet to be read"
    told = listed([f"from {clock(start)} to {clock(end)}" for start, end in unread])
    return f". {told[0].upper()}{told[1:]} it is too quiet to be read"


def _span(low: float, high: float) -> str:
    ends = percent(low), percent(high)
    if ends[0] == ends[1]:
        return ends[0]
    return f"{ends[0].removesuffix(' %')} to {ends[1]}"


def _leading_runs(
    starts: NDArray[np.float64],
    ends: NDArray[np.float64],
    shares: NDArray[np.float64],
    duration: float,
    unread: Sequence[tuple[float, float]],
) -> list[tuple[int, float, float]]:
    """Give (genre, start, end) of the stretches that one genre leads, in order."""
    centres = (starts + ends) / 2
    order = np.argsort(centres, kind="stable")
    centres, leaders = centres[order], np.argmax(shares[order], axis=1).tolist()
    # Each moment belongs to the window whose centre is nearest, unless it was not read.
    edges = np.concatenate(([0.0], (centres[:-1] + centres[1:]) / 2, [duration])).tolist()
    runs: list[tuple[int, float, float]] = []
    for genre, centre, start, end in zip(leaders, centres, edges[:-1], edges[1:], strict=True):
        for silent_from, silent_to in unread:
            if silent_to <= centre:
                start = max(start, silent_to)
            else:
                end = min(end, silent_from) if silent_from >= centre else end
        if runs and runs[-1][0] == genre and runs[-1][2] == start:
            runs[-1] = genre, runs[-1][1], end
        else:
            runs.append((genre, start, end))
    return runs


def _at(panel: Panel, seconds: float) -> str:
    if panel.duration_s < 10 * _MOMENT_S:
        return f"around {seconds:.1f} s"
    if seconds < _MOMENT_S:
        return "at the start"
    if seconds > panel.duration_s - _MOMENT_S:
        return "at the end"
    return f"around {clock(seconds)}"


def _moments(
    panel: Panel, values: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.floating]]:
    """Average rows over moments of a second, shorter ones where the sound is short.

    Returns
    -------
    ndarray of float32 [shape=(rows, moments)]
    ndarray of float [shape=(moments,)]
        Centre of each moment in seconds.
    """
    size = max(1, min(round(_MOMENT_S / panel.step_s), panel.frames // 4))
    # A remainder would be a moment of few frames, which stands out by chance.
    count = panel.frames // size
    times = panel.start_s + (np.arange(count) * size + (size - 1) / 2) * panel.step_s
    return pool(values[:, : count * size], size, how="mean"), times


def _waveform_message(panel: Panel) -> str:
    peak = float(max(panel.values.max(), -panel.values.min()))
    if peak == 0.0:
        return "Silent from start to end."
    power, times = _moments(panel, np.square(panel.values))
    level = 10 * np.log10(np.maximum(power[0], 1e-12))
    loudest, quietest = int(np.argmax(level)), int(np.argmin(level))
    gap = float(level[loudest] - level[quietest])
    if gap < 1.0:
        text = "About equally loud from start to end"
    else:
        text = f"Loudest {_at(panel, times[loudest])}; quietest {_at(panel, times[quietest])}"
        text += ", near silence" if gap > 60 else f", {gap:.0f} dB softer"
    # Decoders of lossy files stop a little short of full scale, or just above.
    tail = "; peaks touch full scale and may be clipped." if peak >= 0.999 else "."
    return text + tail


def _mel_message(panel: Panel) -> str:
    if panel.values.max() <= logmel.FLOOR_DB:
        return "Nothing sounds."
    edges = mel_band_edges()
    # The filters have equal area: their output is power a hertz, up to a factor.
    density = np.mean(10.0 ** (panel.values / 10), axis=1, dtype=np.float64)
    borders = (edges[:-1] + edges[1:]) / 2
    energy = np.concatenate(([0.0], np.cumsum(density * np.diff(borders))))
    low, high, top = np.interp([0.1, 0.9, 0.99], energy / energy[-1], borders)
    # Rounded outwards, so that the sentence stays true.
    ends = [hertz_text(_two_digits(low, np.floor)), hertz_text(_two_digits(high, np.ceil))]
    if ends[0].split()[1] == ends[1].split()[1]:
        ends[0] = ends[0].split()[0]
    text = f"Most of the energy (80 %) lies between {ends[0]} and {ends[1]}"
    ceiling = _two_digits(top, np.ceil)
    if ceiling < 0.95 * borders[-1]:
        text += f"; less than 1 % above {hertz_text(ceiling)}"
    return text + "."


def _two_digits(hertz: float, towards: np.ufunc) -> float:
    unit = 10.0 ** (np.floor(np.log10(hertz)) - 1)
    return float(towards(hertz / unit) * unit)


def _mfcc_message(panel: Panel) -> str:
    means, times = _moments(panel, panel.values)
    # Coefficient 0 is the mean level of the bands times the root of their number.
    level = means[0] / np.sqrt(logmel.BANDS)
    if level.max() <= logmel.FLOOR_DB + 0.01:
        return "Nothing sounds."
    # In near silence the spectrum is flat: that is neither bright nor dark.
    heard = np.flatnonzero(level > max(level.max() - 25, logmel.FLOOR_DB + 0.01))
    slope = means[1, heard]
    darkest, brightest = times[heard[np.argmax(slope)]], times[heard[np.argmin(slope)]]
    if np.ptp(slope) < _STEADY_SLOPE:
        return "The tone colour stays much the same from start to end."
    return f"The sound is brightest {_at(panel, brightest)} and darkest {_at(panel, darkest)}."


def _chroma_message(panel: Panel) -> str:
    strength = panel.values.mean(axis=1, dtype=np.float64)
    strongest = strength.max()
    if strongest == 0.0:
        return "Nothing sounds."
    if strength.min() > 0.7 * strongest:
        return "All twelve pitch classes are about equally strong."
    order = np.argsort(-strength, kind="stable")[:3]
    names = [PITCH_CLASSES[row] for row in order if strength[row] >= 0.5 * strongest]
    if len(names) == 1:
        return f"The strongest pitch class is {names[0]}."
    return f"The strongest pitch classes are {listed(names)}."


def _tonnetz_message(panel: Panel) -> str:
    if not panel.values.any():
        return "Nothing sounds."
    centre = panel.values.mean(axis=1, dtype=np.float64)
    if np.linalg.norm(centre) < _NO_CHORD:
        text = "No chord stands out"
    else:
        text = f"Taken together, the notes lie nearest to a chord of {_nearest_chord(centre)}"
    means, times = _moments(panel, panel.values)
    steps = np.linalg.norm(np.diff(means, axis=1), axis=0)
    if steps.size == 0 or steps.max() < _STILL:
        return f"{text}; the harmony hardly moves."
    jump = int(np.argmax(steps))
    when = _at(panel, (times[jump] + times[jump + 1]) / 2)
    return f"{text}; the harmony moves most {when}."


def _nearest_chord(centre: NDArray[np.float64]) -> str:
    """Name the one of the 24 major and minor triads that lies in the same direction."""
    triads = np.zeros((12, 24))
    for root in range(12):
        triads[[root, (root + 4) % 12, (root + 7) % 12], root] = 1
        triads[[root, (root + 3) % 12, (root + 7) % 12], 12 + root] = 1
    places = tonal_centroids(triads)
    best = int(np.argmax(centre @ (places / np.linalg.norm(places, axis=0))))
    return f"{PITCH_CLASSES[best % 12]} {'major' if best < 12 else 'minor'}"
