"""Piano quintet in D major: four-part harmony, rubato, a hall."""

from typing import Final

import numpy as np

from genre_app.examples import effects as fx
from genre_app.examples.desk import at_level, play
from genre_app.examples.score import (
    Note,
    dynamics,
    line,
    midi,
    perform,
    rubato,
)
from genre_app.examples.strings import bowed, piano
from genre_app.examples.synth import Audio, count

__all__ = ["SECONDS", "compose"]

SECONDS: Final = 29.0

# Twelve bars of three: four that ask, four that lean on the dominant, and four in which
# the subdominant turns minor (bar 10) before the cadence. Voice leading by the book.
VIOLIN_1: Final = (
    "F#5:1.5 G5:.5 A5:1 | B5:1.5 A5:.5 G5:1 | E5:1.5 F#5:.5 G5:1 | F#5:2 D5:1 |"
    "D5:1 F#5 B5! | B5:1 E5 D5 | D5:1 C#5 E5 | G5:1.5! F#5:.5 E5:1 |"
    "F#5:1.5 E5:.5 D5:1 | E5:1 G5 Bb5! | A5:1 F#5 E5 | D5:3"
)
VIOLIN_2: Final = (
    "D5:3 | D5:3 | A4:3 | A4:3 | B4:3 | B4:3 | A4:3 | A4:2 C#5:1 |A4:3 | D5:3 | D5:1 C#5:2 | A4:3"
)
VIOLA: Final = (
    "A4:3 | G4:3 | E4:3 | D4:2 F#4:1 | F#4:3 | E4:3 | E4:3 | E4:3 |D4:3 | E4:3 | F#4:1 G4:2 | F#4:3"
)
CELLO: Final = (
    "D3:3 | B2:3 | C#3:3 | D3:2 C#3:1 | B2:3 | G#2:3 | A2:3 | G2:3 |F#2:3 | G2:3 | A2:3 | D2:3"
)
PIANO: Final = (
    "D3 A3 D4 F#4|B2 G3 D4 G4|C#3 A3 E4 G4|D3 A3 D4 F#4|B2 F#3 D4 F#4|G#2 E3 B3 D4|"
    "A2 E3 A3 D4|G2 E3 A3 C#4|F#2 D3 A3 D4|G2 E3 Bb3 D4|A2 F#3 A3 D4|D2 A2 F#3 D4"
)
TEMPO: Final = (
    (0, 80),
    (9, 84),
    (11.5, 70),
    (13, 84),
    (21, 92),
    (24, 84),
    (27, 80),
    (30, 70),
    (33, 56),
    (34, 62),
    (36, 60),
)
SWELL: Final = (
    (0, 0.62),
    (4, 0.85),
    (9, 0.72),
    (12, 0.7),
    (15, 0.95),
    (21, 1.05),
    (24, 0.85),
    (29, 1.1),
    (32, 0.8),
    (36, 0.5),
)


def _broken_chords() -> list[Note]:
    notes = []
    for bar, tones in enumerate(PIANO.split("|")):
        low, mid, high, top = (midi(name) for name in tones.split())
        for eighth, pitch in enumerate((low, mid, high, top, high, mid)):
            # The pedal holds what the hand has left, until the harmony changes.
            length = 3.0 - eighth / 2
            notes.append(Note(bar * 3 + eighth / 2, length, pitch, 0.55 if eighth == 0 else 0.4))
    last = [Note(33 + 3 + i * 0.25, 4 - i * 0.25, p, 0.35) for i, p in enumerate((69, 74, 78))]
    return notes + last


def compose() -> Audio:
    """Render the piece: shape ``(samples,)``."""
    rng = np.random.default_rng(1809)
    clock = rubato(TEMPO)
    parts = [
        (line(VIOLIN_1), bowed(bright=0.55, vibrato=0.2), -20.0),
        (line(VIOLIN_2), bowed(players=1, bright=0.35), -26.5),
        (line(VIOLA), bowed(players=1, bright=0.3), -25.0),
        (line(CELLO), bowed(players=1, bright=0.35, attack=0.12), -22.5),
    ]
    strings = np.zeros(count(SECONDS), dtype=np.float32)
    for seat, (notes, voice, level) in enumerate(parts):
        held = [
            Note(n.start, n.length * (1.04 if n.start < 33 else 1.15), n.pitch, n.velocity)
            for n in dynamics(notes, SWELL)
        ]
        played = perform(held, clock, rng, timing=0.014, touch=0.03)
        strings += at_level(play(played, voice, SECONDS, seed=seat), level)
    strings = fx.equalise(
        strings,
        fx.low_cut(65),
        fx.bell(280, 3, 3),
        fx.bell(470, 3, 4),
        fx.bell(1250, -3, 1.2),
        fx.bell(2600, 3, 1.4),
        fx.high_cut(7500),
    )
    keys = perform(dynamics(_broken_chords(), SWELL), clock, rng, timing=0.012, touch=0.05)
    grand = at_level(play(keys, piano, SECONDS, seed=9), -20.5)
    hall = fx.room(2.1, rng, predelay=0.022, dark=0.4, size=2.2)
    mix = fx.reverb(strings + grand, hall, 0.55)
    return fx.master(mix, rng, loudness_db=-22, glue_db=-6, hiss_db=-72, warmth=0.5, ending=2.2)
