"""The mixing desk: performed notes become a track, tracks become a mix."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import numpy as np

from genre_app.examples.score import Clock, Note, perform
from genre_app.examples.synth import RATE, Audio, count

__all__ = ["Voice", "at_level", "drum_kit", "play", "together"]

Voice = Callable[[Note, np.random.Generator], Audio]
"""Renders one note, in seconds, from its own start; longer than the note if it rings."""

_LEVELS = 5
_GRID = 0.05


def play(
    notes: Iterable[Note], voice: Voice, seconds: float, *, seed: int, takes: int = 1
) -> Audio:
    """Render a part: each distinct note once, laid down wherever it occurs.

    Parameters
    ----------
    notes
        In seconds, as :func:`genre_app.examples.score.perform` gives them.
    voice
        The instrument.
    seconds
        Length of the track.
    seed
        Of the instrument's own chance (where a pick scrapes, how a cymbal rings).
    takes
        How many renderings of the same note alternate, so that repeated strokes are
        not copies of one another.

    Returns
    -------
    Audio
        Shape ``(samples,)``.
    """
    track = np.zeros(count(seconds), dtype=np.float32)
    rendered: dict[tuple[float, float, float, float, str, int], Audio] = {}
    for index, note in enumerate(notes):
        level = max(round(note.velocity * _LEVELS), 1) / _LEVELS
        length = max(round(note.length / _GRID), 1) * _GRID
        key = (note.pitch, length, level, note.bend, note.text, index % takes)
        if key not in rendered:
            plain = replace(note, start=0.0, length=length, velocity=level)
            rendered[key] = voice(plain, np.random.default_rng([seed, len(rendered)]))
        sound = rendered[key]
        begin = round(note.start * RATE)
        room = len(track) - begin
        if room > 0:
            gain = float((note.velocity / level) ** 1.5)
            track[begin : begin + len(sound)] += gain * sound[:room]
    return track


def at_level(track: Audio, level_db: float) -> Audio:
    """Scale a track so that its loud half-second stretches have this RMS in dB.

    The median of the louder half, not the mean of all: a cymbal that sounds once is
    as loud as asked when it sounds, and rests do not count.
    """
    block = RATE // 4
    whole = track[: len(track) // block * block].reshape(-1, block)
    power = np.sort(np.einsum("ij,ij->i", whole, whole) / block)
    power = power[power > power[-1] * 1e-3]
    loud = float(np.median(power[len(power) // 2 :]))
    return track * (10 ** (level_db / 20) / math.sqrt(loud))


def drum_kit(
    strokes: Mapping[str, Iterable[Note]],
    voices: Mapping[str, tuple[Voice, float]],
    clock: Clock,
    rng: np.random.Generator,
    seconds: float,
    *,
    timing: float = 0.004,
    takes: int = 3,
    late: Mapping[str, float] | None = None,
) -> dict[str, Audio]:
    """Play every drum on a track of its own.

    Parameters
    ----------
    strokes
        What each drum plays, in beats.
    voices
        For the same names: the instrument, and its level in dB.
    clock, rng, timing
        As for :func:`genre_app.examples.score.perform`.
    seconds
        Length of the tracks.
    takes
        As for :func:`play`.
    late
        Drums that lie behind the beat, and by how many seconds.
    """
    tracks = {}
    for seed, (name, (voice, level)) in enumerate(voices.items()):
        lag = (late or {}).get(name, 0.0)
        part = perform(strokes[name], clock, rng, timing=timing, late=lag)
        tracks[name] = at_level(play(part, voice, seconds, seed=20 + seed, takes=takes), level)
    return tracks


def together(tracks: Iterable[Audio]) -> Audio:
    """Sum tracks of one length."""
    first, *others = tracks
    mix = first.copy()
    for track in others:
        mix += track
    return mix
