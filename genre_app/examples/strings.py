"""Instruments with strings: guitars, basses, piano, clavinet, and the bowed family.

A string is rendered as its modes: each partial with the loudness that the place of
the pick gives it, slightly sharp because real strings are stiff, and dying faster the
higher it lies. Every voice has the signature of :data:`genre_app.examples.desk.Voice`.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from genre_app.examples import effects as fx
from genre_app.examples.desk import Voice
from genre_app.examples.score import Note
from genre_app.examples.synth import (
    COARSE,
    RATE,
    Audio,
    count,
    envelope,
    expand,
    fade,
    glide,
    modal,
    noise,
    oscillate,
    pitch_curve,
    release,
)

__all__ = [
    "ACOUSTIC",
    "BANJO",
    "CLAVINET",
    "DRIVEN",
    "ELECTRIC",
    "FINGERED_BASS",
    "MUTED",
    "PICKED_BASS",
    "STEEL",
    "UPRIGHT",
    "Strung",
    "bowed",
    "piano",
    "plucked",
    "power_chord",
    "scratch",
]


@dataclass(frozen=True, slots=True)
class Strung:
    """What makes one plucked instrument unlike another.

    Attributes
    ----------
    sustain : float
        Seconds for the fundamental at 110 Hz to fall by 60 dB.
    damping : float
        Hz at which partials die twice as fast as the fundamental.
    pick : float
        Hz above which the pick excites little, at full velocity.
    place : float
        Where it is plucked, as a share of the string.
    pickup : float
        Where a magnetic pickup sits, likewise; 0 for an acoustic instrument.
    stiffness : float
        Inharmonicity coefficient at 110 Hz.
    scrape : float
        Loudness of the pick's own noise.
    stop : float
        Seconds to fall silent after the note ends.
    bend_s : float
        Seconds that a bend or a slide takes.
    vibrato : float
        Depth on long notes, in semitones.
    """

    sustain: float
    damping: float
    pick: float
    place: float
    pickup: float = 0.0
    stiffness: float = 6e-5
    scrape: float = 0.1
    stop: float = 0.12
    bend_s: float = 0.12
    vibrato: float = 0.0


ACOUSTIC: Final = Strung(4.2, 1500, 4400, 0.17, stiffness=9e-5, scrape=0.25, stop=0.15)
BANJO: Final = Strung(0.55, 2600, 6500, 0.11, stiffness=5e-5, scrape=0.4, stop=0.1)
CLAVINET: Final = Strung(1.6, 2400, 7000, 0.09, 0.16, scrape=0.3, stop=0.03)
ELECTRIC: Final = Strung(4.5, 1800, 4000, 0.16, 0.21, vibrato=0.22, bend_s=0.16)
DRIVEN: Final = Strung(7.0, 2600, 6500, 0.13, 0.07, scrape=0.3, stop=0.05, vibrato=0.25)
MUTED: Final = Strung(0.42, 1100, 6000, 0.12, 0.07, scrape=0.5, stop=0.03)
STEEL: Final = Strung(6.0, 2200, 4600, 0.1, 0.14, vibrato=0.16, bend_s=0.22, stop=0.35)
UPRIGHT: Final = Strung(2.4, 380, 950, 0.24, stiffness=4e-5, scrape=0.22, stop=0.09)
FINGERED_BASS: Final = Strung(3.0, 700, 1500, 0.2, 0.12, scrape=0.06, stop=0.05)
PICKED_BASS: Final = Strung(3.4, 1300, 4000, 0.1, 0.08, scrape=0.3, stop=0.04)


def plucked(kind: Strung) -> Voice:
    """Build the voice of a plucked instrument, with bends, slides and vibrato."""

    def voice(note: Note, rng: np.random.Generator) -> Audio:
        length = note.length + kind.stop * 1.2
        sustain = kind.sustain * (110.0 / note.hz) ** 0.45
        rings = min(length, sustain * 1.1)
        moves = note.bend != 0 or (kind.vibrato > 0 and note.length > 0.42)
        # A bent string is read faster than it was recorded, so record more of it.
        sound = _string(kind, note, rings * (1.12 if moves else 1.0), sustain, rng)
        if moves:
            curve = pitch_curve(
                min(rings, len(sound) / RATE / 1.06),
                bend=note.bend,
                bend_s=min(kind.bend_s, note.length * 0.6),
                vibrato=kind.vibrato if note.length > 0.42 else 0.0,
                rate=5.2 + 0.6 * rng.random(),
                delay=0.35,
            )
            sound = glide(sound, curve)
        if kind.scrape:
            width = max(round(0.35 * RATE / kind.pick), 1)
            pick = np.diff(np.convolve(noise(0.012, rng), np.ones(width) / width, mode="same"))
            pick *= envelope(0.012, (0, 0), (0.001, 1), (0.012, 0))[1:]
            size = min(len(pick), len(sound))
            sound[:size] += kind.scrape * note.velocity**2 * 0.7 * pick[:size]
        return fade(release(sound, note.length, kind.stop), 0.0004, 0.004)

    return voice


def _string(
    kind: Strung, note: Note, seconds: float, sustain: float, rng: np.random.Generator
) -> Audio:
    partials = np.arange(1, min(int(15_000 / note.hz), 70) + 1)
    stiff = kind.stiffness * (note.hz / 110.0) ** 1.3
    hz = note.hz * partials * np.sqrt((1 + stiff * partials**2) / (1 + stiff))
    cutoff = kind.pick * (0.25 + 0.75 * note.velocity)
    gains = np.sin(math.pi * partials * kind.place) / partials / (1 + (hz / cutoff) ** 2)
    if kind.pickup:
        gains *= 2 * np.sin(math.pi * partials * kind.pickup)
    t60 = sustain / (1 + (hz / kind.damping) ** 1.25)
    # Each string swings in two planes, a shade apart in pitch and decay: the slow beat
    # and the double slope of real decays. High up nobody hears it.
    split = 1 + 0.00035 * (0.5 + rng.random())
    loudness = 1.2 * note.velocity**1.4
    return modal(
        np.concatenate([hz, hz[:20] * split]),
        np.concatenate([gains * 0.75, gains[:20] * 0.35]) * loudness,
        np.concatenate([t60, t60[:20] * 0.45]),
        seconds,
    )


def power_chord(kind: Strung, *, detune: float = 0.0) -> Voice:
    """Build a voice that strikes root, fifth and octave at once, as metal and rock do."""
    single = plucked(kind)

    def voice(note: Note, rng: np.random.Generator) -> Audio:
        parts = [
            single(replace(note, pitch=note.pitch + step + detune * rng.normal()), rng)
            for step in (0, 7, 12)
        ]
        size = min(map(len, parts))
        return np.asarray(parts[0][:size] + 0.8 * parts[1][:size] + 0.6 * parts[2][:size])

    return voice


def scratch(note: Note, rng: np.random.Generator) -> Audio:
    """Strum damped strings: a short "chick" with hardly a pitch."""
    length = 0.07
    modes = note.hz * np.array([1.0, 1.34, 1.78, 2.52, 3.1, 4.3, 5.2]) * rng.uniform(0.98, 1.02, 7)
    rasp = fx.equalise(noise(length, rng), fx.low_cut(900), fx.bell(2400, 6, 1.2))
    shape = envelope(length, (0, 0), (0.002, 1), (0.02, 0.35), (length, 0))
    body = modal(modes, rng.uniform(0.4, 1.0, 7), 0.09, length)
    return fade((0.5 * rasp * shape + 0.4 * body) * note.velocity**1.5, 0.0005, 0.01)


def piano(note: Note, rng: np.random.Generator) -> Audio:
    """Strike a grand piano: three strings a note, a felt hammer, a wooden body."""
    length = note.length + 0.35
    stiff = 4e-4 * math.exp2((note.pitch - 69) / 8.5) + 6e-5
    partials = np.arange(1, min(int(9_000 / note.hz), 36) + 1)
    hz = note.hz * partials * np.sqrt(1 + stiff * partials**2)
    # Felt is soft when it is slow: the harder the blow, the brighter the tone.
    felt = (350 + 2300 * note.velocity**1.6) * math.exp2((note.pitch - 60) / 30)
    gains = np.abs(np.sin(math.pi * partials / 8.3)) * partials**-0.5 / (1 + (hz / felt) ** 2.2)
    sustain = 9.0 * math.exp2((48 - note.pitch) / 14)
    slow = sustain / (1 + (hz / 1800) ** 1.1)
    # Together the three strings lose their energy quickly; what one keeps rings on. High
    # partials die before the strings drift apart, so there one stands for all.
    low = slice(0, 14)
    apart = rng.uniform(0.6, 0.8, 2) / 1200
    sound = modal(
        np.concatenate([hz, hz[low] * 2 ** -apart[0], hz[low] * 2 ** apart[1]]),
        np.concatenate([gains * 0.45, gains[low] * 0.42, gains[low] * 0.42]),
        np.concatenate([slow, slow[low] * 0.28, slow[low] * 0.3]),
        length,
    )
    knock = modal(
        rng.uniform(90, 900, 14), rng.normal(0, 0.06, 14), rng.uniform(0.04, 0.12, 14), 0.15
    )
    size = min(len(knock), len(sound))
    sound[:size] += knock[:size] * (0.4 + note.velocity)
    return fade(release(sound * note.velocity**1.5, note.length, 0.25), 0.001, 0.01)


def bowed(
    *, players: int = 2, bright: float = 0.5, attack: float = 0.09, vibrato: float = 0.16
) -> Voice:
    """Build a voice of bowed strings; the body belongs on the track (:mod:`effects`).

    Parameters
    ----------
    players
        How many play the same part, each a little apart in pitch and vibrato.
    bright
        From 0 (over the fingerboard) to 1 (close to the bridge).
    attack
        Seconds until the bow has gripped.
    vibrato
        Depth in semitones.
    """

    def voice(note: Note, rng: np.random.Generator) -> Audio:
        tail = 0.16
        length = note.length + tail
        rises = min(attack * (1.4 - 0.7 * note.velocity), note.length * 0.5)
        partials = np.arange(1, 90)
        corner = 1400 + 4200 * bright * (0.4 + 0.8 * note.velocity)
        wave = partials**-1.0 / (1 + (note.hz * partials / corner) ** 2)
        total = np.zeros(count(length))
        swell = envelope(
            length,
            *((0, 0), (rises, 0.9), (note.length * 0.55, 1.0), (note.length, 0.82), (length, 0)),
        )
        for _ in range(players):
            knots = len(total) // COARSE + 2
            drift = expand(
                np.interp(
                    np.arange(knots),
                    np.linspace(0, knots, 5),
                    rng.normal(0, 0.035 if players > 1 else 0.02, 5),
                ),
                len(total),
            )
            curve = drift + pitch_curve(
                length,
                bend=note.bend or float(rng.uniform(0.05, 0.2)),
                bend_s=0.2 if note.bend else 0.07,
                vibrato=vibrato if note.length > 0.3 else 0.0,
                rate=float(rng.uniform(5.0, 6.1)),
                delay=0.4,
                phase=float(rng.uniform(0, 6)),
            )
            total += oscillate(note.hz * np.exp2(curve / 12), wave * rng.uniform(0.9, 1.1, 89))
        bow = fx.equalise(noise(length, rng), fx.low_cut(1200), fx.high_cut(6000))
        total += 0.05 * bow * players * (0.3 + envelope(length, (0, 1), (0.12, 0)))
        return fade(total * swell * note.velocity**1.3 / players, 0.002, 0.02)

    return voice
