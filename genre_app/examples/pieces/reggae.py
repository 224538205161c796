"""Roots reggae in A minor: one-drop, offbeat skank, organ bubble, deep bass, melodica, echo."""

from typing import Final

import numpy as np

from genre_app.examples import drums
from genre_app.examples import effects as fx
from genre_app.examples.desk import at_level, drum_kit, play, together
from genre_app.examples.score import (
    Note,
    chord,
    hits,
    line,
    perform,
    repeat,
    shift,
    stack,
    steady,
    strum,
    voicing,
)
from genre_app.examples.strings import ELECTRIC, FINGERED_BASS, piano, plucked
from genre_app.examples.synth import Audio
from genre_app.examples.tones import melodica, organ

__all__ = ["BPM", "SECONDS", "compose"]

BPM: Final = 146.0
SECONDS: Final = 28.4
BARS: Final = 16

LOOP: Final = ("Am", "Am", "G", "G", "F", "F", "Em", "Em")
BASS: Final = (
    "A1:1.5! A1:.5 C2 D2 E2:1 | -:.5 E2 D2 C2 A1:1 G1:.5 A1 |"
    "G1:1.5! G1:.5 B1 C2 D2:1 | -:.5 D2 C2 B1 G1:1 F#1:.5 G1 |"
    "F1:1.5! F1:.5 A1 C2 D2:1 | -:.5 D2 C2 A1 F1:1 -:1 |"
    "E1:1.5! E1:.5 G1 A1 B1:1 | -:.5 B1 A1 G1 E1:1 G1:.5 G#1"
)
MELODY: Final = (
    "-:1 E5:.5 D5 E5:1 A4:1 | -:.5 C5:.5 D5:1 C5:.5 A4:1.5 |"
    "-:1 D5:.5 C5 D5:1 G4:1 | -:.5 B4 C5:1 B4:.5 G4:1.5 |"
    "-:1 C5:.5 D5 F5:1! E5:1 | D5:.5 C5 A4:2 -:1 |"
    "-:.5 B4 D5 E5:1.5! D5:.5 B4 | E5:3 -:1"
)


def _chords(beats: tuple[float, ...], length: float, *, near: float, loud: float) -> list[Note]:
    notes: list[Note] = []
    hand: tuple[int, ...] = ()
    for bar in range(BARS):
        hand = voicing(chord(LOOP[bar % 8]), near=near, previous=hand)
        for beat in beats:
            notes += stack(hand, bar * 4 + beat, length, loud)
    return notes


def compose() -> Audio:
    """Render the piece: shape ``(samples,)``."""
    rng = np.random.default_rng(1975)
    clock = steady(BPM, swing=0.6)
    bars, end = range(BARS), BARS * 4.0

    low = [n for turn in (0, 1) for n in shift(line(BASS), turn * 32)]
    low.append(Note(end, 5, 33, 0.9))
    bass = play(perform(low, clock, rng, timing=0.006), plucked(FINGERED_BASS), SECONDS, seed=1)
    bass = fx.equalise(
        fx.saturate(at_level(bass, -14), 2.0), fx.low_shelf(120, 4), fx.high_cut(1400)
    )

    skank = [
        note
        for beat in range(1, BARS * 4, 2)
        for note in strum(
            [n for n in _chords((1, 3), 0.26, near=66, loud=0.8) if n.start == beat],
            spread=0.05,
            up=True,
        )
    ]
    guitar = play(perform(skank, clock, rng, timing=0.004), plucked(ELECTRIC), SECONDS, seed=2)
    guitar = fx.equalise(guitar, fx.low_cut(350), fx.bell(2600, 5, 1), fx.high_cut(6500))
    chops = perform(_chords((1, 3), 0.3, near=60, loud=0.6), clock, rng, timing=0.004)
    keys = play(chops, piano, SECONDS, seed=3)
    bubble = _chords((1, 3), 0.3, near=64, loud=0.8) + _chords(
        (0.5, 1.5, 2.5, 3.5), 0.3, near=52, loud=0.6
    )
    bubble += stack((57, 60, 64, 69), end, 5, 0.7)
    hammond = organ((0.5, 0.2, 0.9, 0.5, 0.1, 0.1))
    bubbles = play(perform(bubble, clock, rng, timing=0.005), hammond, SECONDS, seed=4)
    bubbles = fx.leslie(fx.saturate(at_level(bubbles, -15), 2.2), 6.3)

    tune = (
        line(MELODY, start=16)
        + [n for n in line(MELODY, start=48) if n.start < 60]
        + line("A4:5", start=end)
    )
    lead = play(perform(tune, clock, rng, timing=0.012, late=0.02), melodica, SECONDS, seed=5)
    lead = fx.equalise(lead, fx.low_cut(200), fx.bell(1700, 3, 1))
    lead = fx.delay(at_level(lead, -18), 60 / BPM * 1.5, feedback=0.42, wet=0.35)

    strokes = {
        "kick": [*repeat(hits("..X.", step=1), 4, at=bars), Note(end, 1, 0, 0.9)],
        "rim": [
            *repeat(hits("....X...", step=0.5), 4, at=bars),
            *repeat(hits(".......o", step=0.5), 4, at=(2, 5, 9, 13)),
        ],
        "hat": [*repeat(hits("xoXoxoXo", step=0.5), 4, at=bars)],
        "open": [*repeat(hits(".......x", step=0.5), 4, at=(1, 5, 9, 13))],
        "tom": [
            *hits("XxXx", step=0.5, pitch=57, start=12),
            *hits("XxX.", step=0.5, pitch=52, start=14),
            *hits("X.xX", step=0.5, pitch=54, start=46),
        ],
        "shaker": [*repeat(hits("oxoxoxox", step=0.5), 4, at=range(4, BARS))],
        "crash": [Note(16, 2, 0, 0.6), Note(end, 2, 0, 0.6)],
    }
    voices = {
        "kick": (drums.kick(low=52, high=95, t60=0.32, click=0.15, click_hz=1800), -15.5),
        "rim": (drums.cross_stick, -20.5),
        "hat": (drums.hat(t60=0.07), -27.5),
        "open": (drums.hat(t60=0.35, tight=False), -29),
        "tom": (drums.tom, -20.0),
        "shaker": (drums.shaker, -34.0),
        "crash": (drums.crash(t60=2.2), -28.0),
    }
    kit = drum_kit(strokes, voices, clock, rng, SECONDS, takes=2)

    tank = fx.spring(1.9)
    # The engineer opens the echo for a bar here and there, as dub mixers do.
    throw = np.zeros_like(bass)
    for bar in (3, 7, 11, 15):
        first, last = int(clock(bar * 4 + 1.8) * 44_100), int(clock(bar * 4 + 3.8) * 44_100)
        throw[first:last] = (kit["rim"] + 0.6 * at_level(guitar, -22))[first:last]
    echo = fx.delay(throw, 60 / BPM * 1.5, feedback=0.6, wet=0.8, tone=1800) - throw
    wet = fx.reverb(kit["rim"] * 0.5 + at_level(guitar, -22) + lead + echo, tank, 0.3)
    kit["rim"] *= 0.5
    parts = (bass, -14.5), (keys, -25), (bubbles, -23.5)
    mix = together([wet, *kit.values(), *(at_level(track, level) for track, level in parts)])
    return fx.master(mix, rng, loudness_db=-17, glue_db=1, hiss_db=-63, warmth=1.4, ending=2.0)
