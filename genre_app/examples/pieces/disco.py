"""Disco in E minor: four on the floor, octave bass, offbeat hats, strings, clavinet."""

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
    voicing,
)
from genre_app.examples.strings import (
    CLAVINET,
    ELECTRIC,
    FINGERED_BASS,
    bowed,
    plucked,
    scratch,
)
from genre_app.examples.synth import Audio
from genre_app.examples.tones import electric_piano, horn

__all__ = ["BPM", "SECONDS", "compose"]

BPM: Final = 120.0
SECONDS: Final = 25.8

LOOP: Final = ("Em9", "A13", "Dmaj9", "Bm7")
BARS: Final = 12
_ROOTS: Final = {"Em9": 40, "A13": 33, "Dmaj9": 38, "Bm7": 35}

# Strings: long notes while the groove settles, then the tune, then the tune an octave up.
TUNE: Final = (
    "E5:.5 F#5 G5 B5:1 A5:.5 G5 F#5 | G5:.5 E5 C#5:1 -:.5 E5 F#5 G5 |"
    "A5:1.5! F#5:.5 E5 D5 C#5 D5 | F#5:2 B4:.25 C#5 D5 E5 F#5 G5 A5 B5 |"
    "B5:1! G5:.5 A5 B5:1 E6 | C#6:1.5! A5:.5 G5:1 E5 |"
    "F#5:.5 A5 D6:1! C#6:.5 A5 F#5 E5 | D5:.5 F#5 B5:1.5! D6:.5 C#6 B5"
)
RISE: Final = "-:4 | -:2 A4:.25 B4 C#5 D5 E5 F#5 G5 A5 | F#5:4? | -:2 B4:.25 C#5 D5 E5 F#5 G5 A5 B5"
CLAV: Final = (
    "E3:.25! E4 -:.25 G3 A3 -:.25 B3 D4! -:.25 E4 D4 B3 A3 -:.25 G3 A3 |"
    "A3:.25! A4 -:.25 G3 E3 -:.25 C#4 E4! -:.25 G4 E4 C#4 B3 -:.25 A3 G3 |"
    "D3:.25! D4 -:.25 E3 F#3 -:.25 A3 B3! -:.25 C#4 B3 A3 F#3 -:.25 E3 D3 |"
    "B3:.25! F#4 -:.25 A3 B3 -:.25 D4 E4! -:.25 F#4 D4 B3 A3 -:.25 F#3 G3"
)


def _bass() -> list[Note]:
    notes: list[Note] = []
    for bar in range(BARS):
        root = _ROOTS[LOOP[bar % 4]]
        for beat in range(4):
            at = bar * 4 + beat
            notes += [Note(at, 0.42, root, 0.8), Note(at + 0.5, 0.3, root + 12, 0.9)]
            if beat == 3:
                notes.append(Note(at + 0.75, 0.2, root + 10, 0.6))
            elif (bar + beat) % 3 == 2:
                notes.append(Note(at + 0.25, 0.2, root, 0.5))
    return [*notes, Note(BARS * 4, 4, 40, 0.95)]


def _chords(pattern: str, *, near: float, length: float, rootless: bool = True) -> list[Note]:
    """Strike each bar's chord wherever a pattern of sixteenths says."""
    notes: list[Note] = []
    hand: tuple[int, ...] = ()
    for bar in range(BARS):
        hand = voicing(chord(LOOP[bar % 4]), near=near, previous=hand, rootless=rootless)
        for hit in hits(pattern, step=0.25, start=bar * 4):
            notes += stack(hand, hit.start, length, hit.velocity)
    return notes


def compose() -> Audio:
    """Render the piece: shape ``(samples,)``."""
    rng = np.random.default_rng(1977)
    clock = steady(BPM, swing=0.52, unit=0.25)
    bars, end = range(BARS), BARS * 4.0
    close = [Note(end, 1.5, 0, 1.0)]

    bass = play(perform(_bass(), clock, rng, timing=0.004), plucked(FINGERED_BASS), SECONDS, seed=1)
    bass = fx.equalise(fx.saturate(at_level(bass, -14), 3.0), fx.bell(90, 2, 1), fx.bell(900, 4, 1))

    tune = line(RISE) + line(TUNE, start=16)
    section = bowed(players=2, bright=0.9, attack=0.045, vibrato=0.18)
    final = stack((64, 67, 71, 74, 76), end, 4, 0.8)
    violins = tune + shift([n for n in tune if n.start >= 32], semitones=-12) + final
    pads = _chords("x...............", near=66, length=3.7)
    strings = at_level(play(perform(violins, clock, rng), section, SECONDS, seed=2), -19.5)
    strings += at_level(
        play(perform(pads, clock, rng), bowed(players=1, bright=0.6), SECONDS, seed=3), -27
    )
    strings = fx.equalise(strings, fx.low_cut(220), fx.bell(2700, 3, 1), fx.high_shelf(7000, 3))

    stabs = _chords("......x.......X.", near=67, length=0.28)
    stabs = [n for n in stabs if n.start >= 16] + stack((64, 67, 71, 76), end, 3, 0.9)
    brass = play(
        perform(stabs, clock, rng), horn(formant=1250, breath=0.03, edge=1.5), SECONDS, seed=4
    )
    keys = play(
        perform(_chords("x..x..x...x..x..", near=62, length=0.4), clock, rng),
        electric_piano,
        SECONDS,
        seed=5,
    )
    clav_notes = [n for bar in (0, 4, 8) for n in shift(line(CLAV), bar * 4)]
    clav = play(perform(clav_notes, clock, rng, timing=0.004), plucked(CLAVINET), SECONDS, seed=6)
    clav = fx.equalise(fx.saturate(at_level(clav, -14), 3.0), fx.low_cut(250), fx.bell(1600, 5, 1))

    chick = hits("g.gog.gog.gog.go" * BARS, step=0.25, pitch=58)
    accents = _chords("..X..X....X..X..", near=70, length=0.16)
    guitar = play(perform(accents, clock, rng, timing=0.004), plucked(ELECTRIC), SECONDS, seed=7)
    guitar = at_level(guitar, -24) + at_level(
        play(perform(chick, clock, rng, timing=0.004), scratch, SECONDS, seed=8, takes=4), -31
    )
    guitar = fx.equalise(guitar, fx.low_cut(300), fx.bell(3200, 5, 1))

    strokes = {
        "kick": [*repeat(hits("XXXX", step=1), 4, at=bars), *close],
        "snare": [*repeat(hits("....X.......X..g", step=0.25), 4, at=bars), *close],
        "clap": [*repeat(hits(".X.X", step=1), 4, at=bars), *close],
        "hat": [*repeat(hits("xg.gxg.gxg.gxg.g", step=0.25), 4, at=bars)],
        "open": [*repeat(hits(".X.X.X.X", step=0.5), 4, at=bars)],
        "conga": [
            *repeat(hits("..x...xx..x..Xx.", step=0.25, pitch=55), 4, at=bars),
            *repeat(hits("x..x....x..x....", step=0.25, pitch=50), 4, at=bars),
        ],
        "shaker": [*repeat(hits("xoXoxoXoxoXoxoXo", step=0.25), 4, at=bars)],
        "tom": [
            *hits("X.x.", step=0.25, pitch=48, start=30),
            *hits("x.Xx", step=0.25, pitch=43, start=31),
            *hits("XxXx", step=0.25, pitch=48, start=46),
            *hits("XxXX", step=0.25, pitch=43, start=47),
        ],
        "crash": [Note(16, 2, 0, 0.8), Note(32, 2, 0, 0.9), *close],
    }
    voices = {
        "kick": (drums.kick(low=57, high=170, drop=0.022, t60=0.26, click=0.5), -15.5),
        "snare": (drums.snare(tone=200, t60=0.16, bright=9500), -19.5),
        "clap": (drums.clap, -23.0),
        "hat": (drums.hat(t60=0.06, low=4200), -31.0),
        "open": (drums.hat(t60=0.42, low=3200, tight=False), -24.5),
        "conga": (drums.conga, -25.5),
        "shaker": (drums.shaker, -33.0),
        "tom": (drums.tom, -21.0),
        "crash": (drums.crash(), -24.0),
    }
    kit = together(drum_kit(strokes, voices, clock, rng, SECONDS, timing=0.003, takes=2).values())

    band = at_level(bass, -17) + strings + guitar + at_level(clav, -25)
    band += at_level(keys, -25) + at_level(brass, -22.5)
    mix = fx.reverb(kit + band, fx.room(1.0, rng, predelay=0.02, dark=0.6), 0.16)
    return fx.master(mix, rng, loudness_db=-16, glue_db=2, hiss_db=-66, warmth=1.4, ending=1.5)
