"""Twelve-bar shuffle in A: an electric guitar that sings, a walking bass, brushes."""

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
    stack,
    steady,
    voicing,
)
from genre_app.examples.strings import ELECTRIC, FINGERED_BASS, plucked
from genre_app.examples.synth import Audio
from genre_app.examples.tones import organ

__all__ = ["BPM", "SECONDS", "compose"]

BPM: Final = 110.0
SECONDS: Final = 27.4

# The scheme that nobody owns: tonic, subdominant, dominant.
CHANGES: Final = ["A7", "D7", "A7", "A7", "D7", "D7", "A7", "A7", "E7", "D7", "A7", "E7"]

# Three lines of four bars, as the blues is sung: a line, the line again, an answer.
# C is bent towards C sharp, D up to E: the notes between the piano's keys.
LEAD: Final = (
    "-:1 E4:.5 G4 A4/2:1! C5/-.5:.5 A4 | G4:.5 E4 A4:2 -:1 |"
    "-:.5 C5 D5/2:1! C5:.5 A4 G4 E4 | G4/1:.5 A4:2.5 -:1 |"
    "-:1 E4:.5 G4 A4/2:1! C5/-.5:.5 A4 | F#4:.5 A4 D5/2:1.5! C5:.5 A4:1 |"
    "-:.5 A4 C5 D5 E5/2:1.5! D5:.5 | C5/.5:.5 A4 G4 A4:1.5 -:1 |"
    "-:.5 E5 G5/2:1! E5:.5 D5 B4:1 | D5:.5 C5 A4 F#4 A4 C5/.5 A4:1 |"
    "A5/2:.5! G5 F#5 F5 E5:1 C5/.5:.5 A4 | G4:.5 E4 C5/1:.5 A4:4!"
)
_ROOTS: Final = {"A7": 33, "D7": 38, "E7": 40}
_WALK: Final = ((0, 4, 7, 9), (10, 9, 7, 4))


def _bass() -> list[Note]:
    notes: list[Note] = []
    for bar, symbol in enumerate(CHANGES[:-1]):
        # Up in one bar, down in the next when the chord stays.
        up = bar == 0 or CHANGES[bar - 1] != symbol
        for beat, step in enumerate(_WALK[0 if up else 1]):
            notes.append(Note(bar * 4 + beat, 0.92, _ROOTS[symbol] + step, 0.8))
        notes.append(Note(bar * 4 + 3.5, 0.4, _ROOTS[symbol] + 7, 0.45))
    return notes + line("E2:1 E2:.5 Bb1:1 A1:4", start=44)


def _boogie() -> list[Note]:
    notes: list[Note] = []
    for bar, symbol in enumerate(CHANGES[:-1]):
        root = _ROOTS[symbol] + (12 if symbol != "E7" else 0)
        for eighth in range(8):
            sixth = 9 if eighth in (2, 3, 6) else 7
            if eighth == 7:
                sixth = 10
            loud = 0.75 if eighth % 2 == 0 else 0.5
            notes += stack((root, root + sixth), bar * 4 + eighth / 2, 0.42, loud)
    stab = stack((46, 56, 60, 65), 45.5, 0.4, 0.85) + stack((45, 55, 59, 64), 46.5, 4, 0.85)
    return notes + stack((40, 50, 56), 44, 1.0, 0.7) + stab


def _pads() -> list[Note]:
    notes: list[Note] = []
    hand: tuple[int, ...] = ()
    for bar, symbol in enumerate(CHANGES):
        hand = voicing(chord(symbol), near=61, previous=hand, rootless=True)
        notes += stack(hand, bar * 4, 3.9 if bar < 11 else 1.4, 0.6)
    return notes + stack((61, 64, 67, 71), 46.5, 4, 0.6)


def compose() -> Audio:
    """Render the piece: shape ``(samples,)``."""
    rng = np.random.default_rng(1947)
    clock = steady(BPM, swing=0.655)
    bars = range(11)

    lead = perform(line(LEAD), clock, rng, timing=0.012, touch=0.06, late=0.012)
    guitar = at_level(play(lead, plucked(ELECTRIC), SECONDS, seed=1), -14)
    guitar = fx.compress(guitar, threshold_db=-24, ratio=3.5, attack=0.015)
    amp = fx.overdrive(fx.equalise(guitar, fx.low_cut(160), fx.bell(900, 4, 0.8)), 9.0)
    amp = fx.equalise(
        amp, fx.low_cut(110), fx.bell(420, -2, 1), fx.bell(2500, 5, 1), fx.high_cut(4800, 0.9)
    )
    amp = fx.equalise(amp, fx.high_cut(5600))
    lead_track = fx.reverb(at_level(amp, -17.5), fx.spring(1.6), 0.28)

    boogie = perform(_boogie(), clock, rng, timing=0.006)
    rhythm = play(boogie, plucked(ELECTRIC), SECONDS, seed=2)
    rhythm = fx.saturate(at_level(rhythm, -16), 3.0)
    rhythm = fx.equalise(rhythm, fx.low_cut(120), fx.bell(1800, 3, 1), fx.high_cut(4500))
    bass = play(perform(_bass(), clock, rng), plucked(FINGERED_BASS), SECONDS, seed=3)
    keys = play(perform(_pads(), clock, rng), organ((0.6, 0.3, 0.8, 0.3, 0.1)), SECONDS, seed=4)
    keys = fx.leslie(fx.saturate(at_level(keys, -14), 2.0), 5.9)

    end = [Note(46.5, 2, 0, 0.9)]
    strokes = {
        "kick": [*repeat(hits("x.....o.", step=0.5), 4, at=bars), *end],
        "snare": [
            *repeat(hits("..X...X.", step=0.5), 4, at=bars),
            *repeat(hits("...g.g.g", step=0.5), 4, at=(3, 7, 10)),
            *hits("X..x", step=0.5, start=44),
        ],
        "hat": [
            *repeat(hits("xoXoxoXo", step=0.5), 4, at=range(11)),
            *hits("xox", step=0.5, start=44),
        ],
        "sweep": [Note(beat, 0.95, 0, 0.6) for beat in range(44)],
        "crash": [Note(0, 1, 0, 0.45), *end],
    }
    voices = {
        "kick": (drums.kick(low=58, high=110, t60=0.3, click=0.2, click_hz=2200), -19.5),
        "snare": (drums.snare(tone=205, t60=0.14, wires=0.9, bright=7500), -22.5),
        "hat": (drums.hat(t60=0.11), -31.0),
        "sweep": (drums.brush_sweep, -39.0),
        "crash": (drums.crash(t60=2.2), -31.0),
    }
    kit = together(drum_kit(strokes, voices, clock, rng, SECONDS, timing=0.005).values())

    dry = at_level(bass, -18.5) + at_level(rhythm, -23) + at_level(keys, -30) + kit
    mix = fx.reverb(lead_track + dry, fx.room(0.7, rng, dark=0.5), 0.16)
    return fx.master(mix, rng, loudness_db=-18, hiss_db=-62, warmth=1.3, ending=1.7)
