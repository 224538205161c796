"""Instruments without strings: keys, horns, reeds, sub bass, and a voice.

Every voice has the signature of :data:`genre_app.examples.desk.Voice`.
"""

import math
from typing import Final

import numpy as np

from genre_app.examples import effects as fx
from genre_app.examples.desk import Voice
from genre_app.examples.score import Note
from genre_app.examples.synth import (
    RATE,
    Audio,
    count,
    envelope,
    fade,
    modal,
    noise,
    oscillate,
    pitch_curve,
    release,
)

__all__ = ["electric_piano", "horn", "melodica", "organ", "rap", "sub_bass", "vibraphone"]

_FORMANTS: Final = {
    "a": (730, 1090, 2440),
    "A": (660, 1720, 2410),
    "e": (530, 1840, 2480),
    "i": (270, 2290, 3010),
    "o": (570, 840, 2410),
    "u": (300, 870, 2240),
    "U": (640, 1190, 2390),
}
"""Peterson and Barney's averages for men, in Hz; ``A`` as in bat, ``U`` as in but."""
_BANDWIDTHS: Final = (75.0, 95.0, 130.0, 200.0, 260.0)
_CONSONANTS: Final = {
    # (lowest Hz, highest Hz, seconds, loudness)
    "t": (3200, 9000, 0.022, 1.0),
    "k": (1500, 4200, 0.028, 0.8),
    "p": (500, 2200, 0.016, 0.7),
    "s": (4500, 11000, 0.085, 0.7),
    "c": (2200, 7000, 0.065, 0.8),
    "d": (1800, 5000, 0.012, 0.5),
    "b": (300, 1200, 0.012, 0.4),
    "g": (900, 2600, 0.016, 0.4),
}


def electric_piano(note: Note, rng: np.random.Generator) -> Audio:
    """Play a tine piano: frequency modulation whose depth follows the touch and dies away."""
    length = note.length + 0.3
    times = np.arange(count(length)) / RATE
    body = np.exp(-times * (1.1 + note.hz / 500))
    angle = 2 * math.pi * note.hz * times
    depth = (0.5 + 2.2 * note.velocity**2) * np.exp(-times * 2.6) + 0.12
    tone = np.sin(angle + depth * np.sin(angle)) * body
    tine = np.sin(14.02 * angle + float(rng.uniform(0, 6))) * np.exp(-times * 22)
    if 14.02 * note.hz < 16_000:
        tone = tone + 0.09 * note.velocity**2 * tine
    return fade(release(tone * note.velocity**1.4, note.length, 0.2), 0.002, 0.01)


def organ(drawbars: tuple[float, ...]) -> Voice:
    """Build an organ voice of nine drawbars (16', 5 1/3', 8', 4', ...), with key click."""
    ratios = np.array([0.5, 1.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0])[: len(drawbars)]

    def voice(note: Note, rng: np.random.Generator) -> Audio:
        length = note.length + 0.03
        phases = rng.uniform(0, 2 * math.pi, len(drawbars))
        tone = modal(note.hz * ratios, np.array(drawbars), 1e6, length, phases=phases)
        click = fx.equalise(noise(0.006, rng), fx.low_cut(1500)) * 0.12
        tone[: len(click)] += click[: len(tone)]
        return fade(tone * note.velocity, 0.003, 0.02)

    return voice


def vibraphone(note: Note, rng: np.random.Generator) -> Audio:
    """Strike a vibraphone bar with a soft mallet, motor running."""
    length = note.length + 0.5
    ratios = np.array([1.0, 3.98, 9.9])
    gains = np.array([1.0, 0.22 * note.velocity, 0.08 * note.velocity**2])
    tone = modal(note.hz * ratios, gains, np.array([3.2, 1.0, 0.25]), length)
    times = np.arange(len(tone)) / RATE
    tone *= 1 - 0.22 * (1 + np.sin(2 * math.pi * 4.6 * times + float(rng.uniform(0, 6)))) / 2
    thud = modal(rng.uniform(200, 1400, 8), 0.05, 0.03, 0.06)
    tone[: len(thud)] += thud * note.velocity
    return fade(release(tone * note.velocity**1.4, note.length, 0.35), 0.001, 0.02)


def horn(*, formant: float = 1250.0, breath: float = 0.05, edge: float = 1.0) -> Voice:
    """Build a wind voice that grows brighter as it is blown harder.

    Parameters
    ----------
    formant
        Hz where the bell and the reed favour the sound: 600 for a tenor
        saxophone, 1250 for a trumpet.
    breath
        Loudness of the air.
    edge
        How many high partials a hard tone has.
    """
    partials = np.arange(1, 48)

    def voice(note: Note, rng: np.random.Generator) -> Audio:
        tail = 0.07
        length = note.length + tail
        hz = note.hz * partials
        body = 1 / (1 + ((hz - formant) / (0.8 * formant)) ** 2) + 0.25 / partials
        dark = body * partials**-1.2 / (1 + (hz / (900 + formant * 0.4)) ** 3)
        loud = body * partials**-0.35 / (1 + (hz / (2600 * edge)) ** 2)
        curve = pitch_curve(
            length,
            bend=note.bend or 0.35,
            bend_s=0.14 if note.bend else 0.05,
            vibrato=0.2 if note.length > 0.33 else 0.0,
            rate=float(rng.uniform(4.8, 5.6)),
            delay=0.45,
        )
        sweep = note.hz * np.exp2(curve / 12)
        rise = min(0.035, note.length / 3)
        blown = envelope(
            length,
            *((0, 0), (rise, 1), (max(note.length * 0.5, rise * 1.5), 0.82), (note.length, 0.7)),
            (length, 0),
        )
        strength = np.clip(blown * note.velocity, 0, 1)
        tone = oscillate(sweep, dark / dark.max()) * (1 - strength**1.5)
        tone += oscillate(sweep, loud / loud.max()) * strength**1.5
        air = fx.equalise(noise(length, rng), fx.low_cut(formant), fx.high_cut(6500))
        return fade((tone + breath * air) * blown * note.velocity**1.2, 0.002, 0.02)

    return voice


def melodica(note: Note, rng: np.random.Generator) -> Audio:
    """Blow a melodica: a free reed, thin and buzzing, that speaks a little flat at first."""
    length = note.length + 0.05
    partials = np.arange(1, 40)
    wave = partials**-0.85 / (1 + (note.hz * partials / 4200) ** 2) * (1 + 0.25 * (partials % 2))
    curve = pitch_curve(
        length,
        bend=note.bend or 0.4,
        bend_s=0.1,
        vibrato=0.14 if note.length > 0.35 else 0.0,
        rate=5.0,
        delay=0.4,
        phase=float(rng.uniform(0, 6)),
    )
    tone = oscillate(note.hz * np.exp2(curve / 12), wave)
    shape = envelope(
        length, (0, 0), (min(0.045, note.length / 2), 1), (note.length, 0.75), (length, 0)
    )
    air = fx.equalise(noise(length, rng), fx.low_cut(2000)) * 0.02
    return fade((tone + air) * shape * note.velocity**1.2, 0.002, 0.015)


def sub_bass(note: Note, rng: np.random.Generator) -> Audio:
    """Play a deep sine bass, warmed until small speakers can hear it."""
    length = note.length + 0.05
    curve = pitch_curve(length, bend=note.bend or -0.8, bend_s=0.12 if note.bend else 0.04)
    tone = oscillate(note.hz * np.exp2(curve / 12), [1.0, 0.22, 0.08])
    shape = envelope(
        length, (0, 0), (0.008, 1), (0.12, 0.85), (max(note.length, 0.13), 0.6), (length + 0.1, 0)
    )
    warm = np.tanh(1.8 * tone * shape * note.velocity)
    return fade(warm, 0.004, 0.04)


def rap(note: Note, rng: np.random.Generator) -> Audio:
    """Speak one syllable on the beat, such as ``"t:a"`` or ``"k:o>i"`` (text of the note).

    A buzzing larynx through five resonances, as in the speech synthesisers of the
    1970s; two vowels glide from one to the other.
    """
    consonant, _, vowels = note.text.partition(":")
    first, _, last = vowels.partition(">")
    length = note.length + 0.04
    size = count(length)
    fall = np.linspace(0.7, -1.3, size) + pitch_curve(length, vibrato=0.1, rate=4.0, delay=0.1)
    shaky = np.interp(
        np.arange(size),
        np.arange(0, size + 400, 400),
        rng.normal(0, 0.09, len(np.arange(0, size + 400, 400))),
    )
    source = oscillate(
        note.hz * np.exp2((fall + shaky) / 12), np.arange(1, 100) ** (-1.1 + 0.25 * note.velocity)
    )
    source += 0.1 * noise(length, rng)
    start = _mouth(source, first)
    tone = start
    if last:
        slide = np.clip(np.linspace(-0.35, 1.35, size), 0, 1)
        tone = start * (1 - slide) + _mouth(source, last) * slide
    tone *= envelope(length, (0, 0), (0.018, 1), (max(note.length * 0.6, 0.03), 0.8), (length, 0))
    tone /= np.sqrt(np.mean(tone**2)) * 5
    if consonant in _CONSONANTS:
        low, high, seconds, loud = _CONSONANTS[consonant]
        burst = fx.equalise(noise(seconds, rng), fx.low_cut(low), fx.high_cut(high))
        burst *= envelope(seconds, (0, 0.2), (seconds * 0.25, 1), (seconds, 0))
        gap = np.zeros(count(seconds))
        tone = np.concatenate([gap, tone])
        tone[: len(burst)] += 0.5 * loud * burst
    return fade(tone * note.velocity**1.2, 0.002, 0.02)


def _mouth(source: Audio, vowel: str) -> Audio:
    peaks = (*_FORMANTS[vowel], 3400, 4300)
    sections = []
    for hz, width in zip(peaks, _BANDWIDTHS, strict=True):
        radius = math.exp(-math.pi * width / RATE)
        a1, a2 = -2 * radius * math.cos(2 * math.pi * hz / RATE), radius**2
        # Unit gain at 0 Hz, so that the resonances in a row set each other's level.
        sections.append([1 + a1 + a2, 0.0, 0.0, 1.0, a1, a2])
    spoken = fx.equalise(source, *sections, fx.low_cut(110))
    return np.asarray(spoken / (np.std(spoken) + 1e-9), dtype=np.float64)
