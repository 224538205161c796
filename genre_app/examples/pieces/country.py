"""Country two-step in G: boom-chicka guitar, train-beat brushes, pedal steel, picked lead."""

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
    strum,
)
from genre_app.examples.strings import ACOUSTIC, BANJO, ELECTRIC, STEEL, UPRIGHT, bowed, plucked
from genre_app.examples.synth import Audio

__all__ = ["BPM", "SECONDS", "compose"]

BPM: Final = 192.0
SECONDS: Final = 26.8
BARS: Final = 20

CHANGES: Final = [
    "G",
    "G",
    "C",
    "G",
    "G",
    "G",
    "D",
    "D",
    "G",
    "G7",
    "C",
    "C",
    "G",
    "D",
    "G",
    "G",
    "C",
    "G",
    "D",
    "G",
]
_ROOTS: Final = {"G": 43, "G7": 43, "C": 48, "D": 50}
_SHAPES: Final = {
    "G": (47, 50, 55, 59, 67),
    "G7": (47, 50, 55, 59, 65),
    "C": (52, 55, 60, 64, 67),
    "D": (50, 57, 62, 66, 69),
}

# The steel glides into its chords; the telecaster answers; at the end they meet.
STEEL_PART: Final = (
    "B4+D5/2:3 D5:1 | B4/2:2 G4:2 | E5+G5/2:3 E5:1 | D5+B4/1:4 |"
    "-:4 | -:4 | -:4 | F#4+A4/2:3.5 -:.5 |"
    "B4+D5/2:3 D5:1 | F5+B4/2:4 | E5+G5/2:2 A5/2:2 | G5+E5/-2:4 |"
    "-:4 | -:4 | -:4 | B4+D5/2:4 | E5+C5/2:3 G5/2:1 | G5+B4/1:4 | F#5+A4/2:4 | G4+B4+D5/2:8"
)
PICKED: Final = (
    "G4:.5! A4/1:.5 B4 D5 E5 D5 B4 A4 | G4:.5! B4 A4 G4 E4 G4 D4 E4 |"
    "F#4:.5! A4 D5 A4 F#5/1 E5 D5 A4 | B4/1:.5! A4 F#4 E4 D4:1 -:1"
)
PICKED_2: Final = (
    "D5:.5! B4 G4 B4 D5 E5 G5/2 E5 | D5:.5! F#5 A5 F#5 E5 D5 A4 F#4 |"
    "G4:.5! A4/1:.5 B4 D5 G5/2:1! E5:.5 D5 | B4:.5 A4 G4 E4 D4 E4 G4:1!"
)
# Long bows from the second half on.
FIDDLE: Final = (
    "D5+B5:4 | D5+B5:2 F5+B5:2 | E5+C6:4 | E5+G5:4 | D5+G5:4 | F#5+A5:4 |"
    "D5+B5:2 B4+G5:2 | B4+G5:4 | E5+C6:4 | D5+B5:4 | F#5+A5:4 | D5+B5:4 | D5+B5:8"
)
_ROLL: Final = (0, 2, 3, 1, 2, 3, 0, 3)


def _boom() -> list[Note]:
    """Bass: root on one, fifth on three, a run where the chord is about to change."""
    notes: list[Note] = []
    for bar, symbol in enumerate(CHANGES):
        root = _ROOTS[symbol] - 12
        fifth = root - 5 if root > 34 else root + 7
        notes += [Note(bar * 4, 1.6, root, 0.85), Note(bar * 4 + 2, 1.6, fifth, 0.75)]
        if bar + 1 < BARS and CHANGES[bar + 1] != symbol and bar % 4 == 3:
            goal = _ROOTS[CHANGES[bar + 1]] - 12
            step = 2 if goal > root else -2
            notes[-1] = Note(bar * 4 + 2, 0.9, goal - 2 * step, 0.75)
            notes.append(Note(bar * 4 + 3, 0.9, goal - step, 0.75))
    return [*notes, Note(80, 7, 31, 0.9)]


def _chicka() -> list[Note]:
    notes: list[Note] = []
    for bar, symbol in enumerate(CHANGES):
        shape, start = _SHAPES[symbol], bar * 4
        for beat in (0, 2):
            notes.append(Note(start + beat, 0.9, shape[0] - (0 if beat == 0 else 5), 0.7))
            notes += strum(stack(shape[1:], start + beat + 1, 0.42, 0.72), spread=0.07)
            notes += strum(stack(shape[2:], start + beat + 1.5, 0.4, 0.45), spread=0.06, up=True)
    return notes + strum(stack((43, 47, 50, 55, 59, 67), 80, 8, 0.8), spread=0.25)


def _banjo() -> list[Note]:
    notes: list[Note] = []
    for bar in range(8, BARS):
        tones = sorted(62 + (tone - 62) % 12 for tone in chord(CHANGES[bar])[:3])
        pitches = (*tones, tones[0] + 12)
        for eighth, string in enumerate(_ROLL):
            loud = 0.75 if eighth in (0, 3, 6) else 0.5
            notes.append(Note(bar * 4 + eighth / 2, 0.48, pitches[string], loud))
    return notes


def compose() -> Audio:
    """Render the piece: shape ``(samples,)``."""
    rng = np.random.default_rng(1968)
    clock = steady(BPM, swing=0.53)
    bars = range(BARS)

    guitar = play(
        perform(_chicka(), clock, rng, timing=0.003), plucked(ACOUSTIC), SECONDS, seed=1, takes=2
    )
    guitar = fx.equalise(
        guitar, fx.bell(105, 4, 2), fx.bell(210, 3, 2.5), fx.bell(420, 3, 1), fx.high_shelf(5000, 5)
    )
    bass = play(perform(_boom(), clock, rng, timing=0.004), plucked(UPRIGHT), SECONDS, seed=2)

    slides = perform(line(STEEL_PART), clock, rng, timing=0.015, late=0.02)
    steel = play(slides, plucked(STEEL), SECONDS, seed=3)
    steel = fx.compress(at_level(steel, -16), threshold_db=-26, ratio=4, attack=0.05, rest=0.3)
    steel = fx.equalise(steel, fx.low_cut(180), fx.bell(2000, 3, 1), fx.high_cut(5200))
    steel = fx.reverb(steel, fx.spring(2.0), 0.3)

    picked = line(PICKED, start=16) + line(PICKED_2, start=48)
    tele = play(perform(picked, clock, rng, timing=0.006), plucked(ELECTRIC), SECONDS, seed=4)
    tele = fx.compress(at_level(tele, -16), threshold_db=-24, ratio=4, attack=0.006)
    tele = fx.equalise(
        fx.saturate(tele, 2.5), fx.low_cut(200), fx.bell(3200, 6, 1), fx.high_shelf(5000, 3)
    )
    tele = fx.delay(tele, 0.11, feedback=0.1, wet=0.3, tone=4000)
    roll = play(perform(_banjo(), clock, rng, timing=0.003), plucked(BANJO), SECONDS, seed=5)
    roll = fx.equalise(roll, fx.low_cut(250), fx.bell(900, 4, 1.2), fx.bell(3000, 4, 1))

    bows = perform(line(FIDDLE, start=32), clock, rng, timing=0.02, late=0.02)
    fiddle = play(bows, bowed(players=1, bright=0.8, attack=0.14), SECONDS, seed=6)
    fiddle = fx.equalise(fiddle, fx.low_cut(250), fx.bell(480, 3, 3), fx.bell(2600, 4, 1.2))

    strokes = {
        "snare": [
            *repeat(hits("gxXxgxXx", step=0.5), 4, at=range(BARS - 1)),
            *hits("gxXxXxXX", step=0.5, start=76),
        ],
        "kick": [*repeat(hits("x.x.", step=1), 4, at=bars), Note(80, 1, 0, 0.9)],
        "hat": [*repeat(hits(".x.x", step=1), 4, at=bars)],
        "ride": [*repeat(hits("xxxx", step=1), 4, at=range(8, 16))],
        "crash": [Note(32, 2, 0, 0.5), Note(80, 2, 0, 0.6)],
    }
    voices = {
        "snare": (drums.brush_tap, -22.5),
        "kick": (drums.kick(low=60, high=110, t60=0.25, click=0.25, click_hz=2500), -20),
        "hat": (drums.hat(t60=0.06), -31),
        "ride": (drums.ride(t60=1.6), -33),
        "crash": (drums.crash(t60=2.2), -29),
    }
    kit = together(drum_kit(strokes, voices, clock, rng, SECONDS, timing=0.003, takes=4).values())

    parts = (guitar, -20), (bass, -19), (steel, -19.5), (tele, -19.5), (roll, -26), (fiddle, -25.5)
    mix = together([kit, *(at_level(track, level) for track, level in parts)])
    mix = fx.equalise(mix, fx.bell(400, 3, 0.8), fx.high_shelf(6500, -4))
    mix = fx.reverb(mix, fx.room(0.7, rng, dark=0.55), 0.15)
    return fx.master(mix, rng, loudness_db=-17.5, hiss_db=-65, warmth=1.2, ending=1.4)
