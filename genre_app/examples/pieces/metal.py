"""Metal in drop C: palm-muted riffs on two guitars, double bass drum, crashes, harmonised lead."""

from dataclasses import replace
from itertools import pairwise
from typing import Final

import numpy as np

from genre_app.examples import drums
from genre_app.examples import effects as fx
from genre_app.examples.desk import at_level, drum_kit, play, together
from genre_app.examples.score import Note, hits, line, perform, repeat, shift, steady
from genre_app.examples.strings import DRIVEN, MUTED, PICKED_BASS, plucked, power_chord
from genre_app.examples.synth import RATE, Audio

__all__ = ["BPM", "SECONDS", "compose"]

BPM: Final = 172.0
SECONDS: Final = 24.8
BARS: Final = 17
ROOT: Final = 36

# A bar of sixteenths: "m" chokes the open low string, a hexadecimal digit strikes a power
# chord so many semitones above it (held until the next sign), a dot lets go on.
GALLOP: Final = ("m.mmm.mmm.mm3.1.", "m.mmm.mmm.mm6.5.", "m.mmm.mmm.mm3.1.", "8...7...6.5.3.1.")
BREAK: Final = ("0.....m.mm..6.5.", "0.....m.mm..1...", "0.....m.mm..6.7.", "8.m.8.m.7.m.6.m.")
CHORUS: Final = ("0...............", "8.......7.......", "3...............", "a.......b.......")
FORM: Final = (*GALLOP, *GALLOP, *BREAK, *CHORUS)
LEAD: Final = (
    "G5:.5! Eb5 C5 Eb5 G5 Ab5 G5 Eb5 | C6/1:1! Bb5:.5 Ab5 B5/1:1! Ab5:.5 G5 |"
    "Eb5:.5 G5 Bb5 G5 Eb6/2:2! | D6:.5! Bb5 F5 Bb5 D6 Eb6 F6/2:1!"
)


def _riff() -> tuple[list[Note], list[Note]]:
    """Read the form into choked notes and ringing power chords."""
    choked: list[Note] = []
    ringing: list[Note] = []
    for bar, text in enumerate(FORM):
        marks = [i for i, mark in enumerate(text) if mark != "."] + [16]
        for here, then in pairwise(marks):
            start, length = bar * 4 + here / 4, (then - here) / 4
            if text[here] == "m":
                choked.append(Note(start, 0.24, ROOT, 0.95 if here % 4 == 0 else 0.8))
            else:
                ringing.append(Note(start, length * 0.97, ROOT + int(text[here], 16), 0.9))
    return choked, [*ringing, Note(64, 8, ROOT, 0.95)]


def _guitar(side: int, rng: np.random.Generator) -> Audio:
    """Play the whole riff once more, as a second guitarist would: never quite alike."""
    clock = steady(BPM)
    choked, ringing = _riff()
    track = play(
        perform(choked, clock, rng, timing=0.004),
        power_chord(MUTED, detune=0.03),
        SECONDS,
        seed=10 + side,
        takes=2,
    )
    track += 0.8 * play(
        perform(ringing, clock, rng, timing=0.005),
        power_chord(DRIVEN, detune=0.03),
        SECONDS,
        seed=20 + side,
    )
    # Thin before the distortion, so that the low string stays tight under it.
    track = fx.equalise(at_level(track, -12), fx.low_cut(130), fx.bell(850, 5, 0.7))
    return fx.overdrive(track, 38.0 + 6 * side, bias=0.05)


def _cabinet(sound: Audio, *, presence: float) -> Audio:
    """Mike a closed box with four twelve-inch speakers."""
    return fx.equalise(
        sound,
        fx.low_cut(85),
        fx.bell(125, 4, 1.4),
        fx.bell(420, -4, 0.9),
        fx.bell(presence, 5, 1.3),
        fx.bell(3900, 3, 2.0),
        fx.high_cut(5400, 1.0),
        fx.high_cut(7500, 0.7),
    )


def _double_kick() -> list[Note]:
    notes = [*repeat(hits("X.xxx.xxx.xxX.x.", step=0.25), 4, at=(0, 1, 2, 4, 5, 6))]
    notes += [*repeat(hits("xxxxxxxxxxxxxxxx", step=0.25), 4, at=(3, 7, 12, 13, 14, 15))]
    notes += [*repeat(hits("X.....x.xx..X.x.", step=0.25), 4, at=(8, 9, 10, 11))]
    return [*notes, Note(64, 1, 0, 1.0)]


def compose() -> Audio:
    """Render the piece: shape ``(samples,)``."""
    rng = np.random.default_rng(1986)
    clock = steady(BPM)
    amplifiers = at_level(_guitar(0, rng), -19) + at_level(_guitar(1, rng), -19.5)
    guitars = at_level(_cabinet(amplifiers, presence=2500), -16.5)

    choked, ringing = _riff()
    low = [*choked, *ringing]
    bass = play(
        perform(shift(low, semitones=-12), clock, rng, timing=0.004),
        plucked(PICKED_BASS),
        SECONDS,
        seed=3,
    )
    bass = fx.saturate(at_level(bass, -12), 8.0)
    bass = fx.equalise(
        bass, fx.low_cut(40), fx.bell(80, 3, 1), fx.bell(1200, 3, 1), fx.high_cut(4500)
    )

    tune = line(LEAD, start=48) + line("C6/2:8!", start=64)
    # A third below, major or minor as the scale has it.
    harmony = [
        replace(n, pitch=n.pitch - (4 if n.pitch % 12 in (0, 2, 7, 11) else 3)) for n in tune
    ]
    lead = np.zeros_like(bass)
    enters = int(clock(47) * RATE)
    for seat, part in enumerate((tune, harmony)):
        solo = play(
            perform(part, clock, rng, timing=0.008), plucked(DRIVEN), SECONDS, seed=30 + seat
        )
        solo = fx.equalise(at_level(solo[enters:], -14), fx.low_cut(300))
        lead[enters:] += fx.overdrive(solo, 22.0)
    lead[enters:] = _cabinet(lead[enters:], presence=1900)
    lead = fx.delay(lead, 60 / BPM * 1.5, feedback=0.3, wet=0.22)

    strokes = {
        "kick": _double_kick(),
        "snare": [
            *repeat(hits(".X.X", step=1), 4, at=(0, 1, 2, 4, 5, 6, 12, 13, 14)),
            *hits(".X.X.XxX", step=0.5, start=12),
            *hits(".X.XXXXX", step=0.5, start=28),
            *repeat(hits("..X.", step=1), 4, at=(8, 9, 10, 11)),
            *hits("XXXX", step=0.25, start=46),
            *hits("X.X.xxXX", step=0.25, start=62),
            Note(64, 1, 0, 1.0),
        ],
        "hat": [*repeat(hits("Xxxxxxxx", step=0.5), 4, at=range(8))],
        "ride": [*repeat(hits("XxXxXxXx", step=0.5), 4, at=range(12, 16))],
        "china": [*repeat(hits("XXXX", step=1), 4, at=range(8, 12))],
        "crash": [Note(bar * 4.0, 2, 0, 1.0) for bar in (0, 4, 8, 12, 13, 14, 15, 16)],
        "tom": [
            *hits("XX", step=0.25, pitch=50, start=47),
            *hits("XX", step=0.25, pitch=43, start=47.5),
        ],
    }
    voices = {
        "kick": (drums.kick(low=58, high=190, drop=0.012, t60=0.16, click=1.3, click_hz=4300), -17),
        "snare": (drums.snare(tone=215, t60=0.2, wires=1.3, bright=11000), -17.5),
        "hat": (drums.hat(t60=0.24, low=3000, tight=False), -26),
        "ride": (drums.ride(t60=1.6, ping=1.3), -25),
        "china": (drums.crash(t60=1.3, china=True), -26),
        "crash": (drums.crash(t60=2.6), -22),
        "tom": (drums.tom, -18),
    }
    kit = together(drum_kit(strokes, voices, clock, rng, SECONDS, timing=0.002, takes=2).values())
    kit = fx.reverb(fx.equalise(kit, fx.high_shelf(7500, -4)), fx.room(0.8, rng, dark=0.6), 0.2)
    mix = together([guitars, at_level(bass, -19), at_level(lead, -21), kit])
    return fx.master(mix, rng, loudness_db=-13.5, glue_db=3, hiss_db=-62, warmth=1.6, ending=1.8)
