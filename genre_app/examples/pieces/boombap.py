"""Boom-bap in D minor: swung drums, sub bass, chords off a dusty record, a synthetic MC."""

from typing import Final

import numpy as np

from genre_app.examples import drums
from genre_app.examples import effects as fx
from genre_app.examples.desk import at_level, drum_kit, play, together
from genre_app.examples.score import Note, hits, line, midi, perform, repeat, stack, steady
from genre_app.examples.synth import RATE, Audio, count, fade, glide, pitch_curve
from genre_app.examples.tones import electric_piano, rap, sub_bass, vibraphone

__all__ = ["BPM", "SECONDS", "compose"]

BPM: Final = 91.0
SECONDS: Final = 28.0
BARS: Final = 10

# Two bars that a producer would have found on a forgotten jazz record.
CHOPS: Final = (
    (0.0, 1.4, "F3 A3 C4 E4", 0.8),
    (1.5, 0.4, "F3 A3 C4 E4", 0.55),
    (2.5, 1.4, "F3 Bb3 D4 A4", 0.8),
    (4.0, 1.4, "G3 Bb3 D4 F4", 0.8),
    (5.75, 0.7, "G3 Bb3 C#4 E4", 0.7),
    (6.5, 1.4, "G3 Bb3 C#4 F4", 0.75),
)
BELLS: Final = "-:2.5 A4:.5 C5 E5? | D5:.75 C5:.25 A4:1.5 -:1.5"
BASS: Final = "D2:1.25! -:.25 D2:.5? -:.5 G1:1 A1:.5 | G1:1.25! -:.5 Bb1:.5? A1:1.25 C2/1:.5"

# Which sixteenths carry a syllable; the last stressed one of each bar rhymes.
FLOW: Final = (
    "x.xxX.xxx.xxX.R.",
    "xxx.X.xx.xxxX.R.",
    "..xxX.x.xxx.X.R.",
    "x.xxXxxx.xx.X.R.",
)
SYLLABLES: Final = (
    "k:a",
    "t:i",
    "d:U",
    "b:o>u",
    "s:e",
    "t:A",
    "g:o",
    "p:i",
    "d:e>i",
    "k:U",
    "m:a>i",
    "t:u",
    "b:A",
    "s:i",
    "c:e",
    "k:o>u",
    "n:o",
    "d:A",
    "p:a",
    "l:e>i",
)
RHYMES: Final = ("t:a>i", "k:a>i", "s:o>u", "g:o>u")


def _verse(rng: np.random.Generator) -> list[Note]:
    notes: list[Note] = []
    for bar in range(2, BARS):
        for step, mark in enumerate(FLOW[(bar - 2) % 4]):
            if mark == ".":
                continue
            text = RHYMES[(bar - 2) // 2 % 4] if mark == "R" else str(rng.choice(SYLLABLES))
            stressed = mark in "XR"
            pitch = 45 + (3 if stressed else 0) + float(rng.uniform(-1.8, 1.8)) - step * 0.12
            length = 0.42 if mark == "R" else 0.27 if stressed else 0.2
            loud = 0.85 if stressed else 0.6
            notes.append(Note(bar * 4 + step / 4, length, round(pitch * 2) / 2, loud, text=text))
    return notes


def _scratched(sound: Audio, moves: tuple[tuple[float, float], ...]) -> Audio:
    """Push a record to and fro under the needle: ``(second, place in seconds)`` points."""
    times = np.arange(count(moves[-1][0])) / RATE
    place = np.interp(times, [t for t, _ in moves], [p for _, p in moves]) * RATE
    place = np.convolve(place, np.ones(400) / 400, mode="same")
    speed = np.abs(np.gradient(place))
    return fade(np.interp(place, np.arange(len(sound)), sound) * np.minimum(speed, 1), 0.01, 0.02)


def compose() -> Audio:
    """Render the piece: shape ``(samples,)``."""
    rng = np.random.default_rng(1993)
    clock = steady(BPM, swing=0.585, unit=0.25)
    bars, end = range(BARS), BARS * 4.0

    chops = [
        note
        for start, length, names, loud in CHOPS
        for note in stack([midi(name) for name in names.split()], start, length, loud)
    ]
    looped = [*repeat(chops, 8, at=range(5)), *stack((53, 57, 60, 64), end, 3, 0.7)]
    keys = at_level(play(perform(looped, clock, rng), electric_piano, SECONDS, seed=1), -18)
    bells = perform([*repeat(line(BELLS), 8, at=range(5))], clock, rng)
    keys += at_level(play(bells, vibraphone, SECONDS, seed=2), -26)
    keys = fx.reverb(keys, fx.room(0.8, rng), 0.3)
    # The sampler: a warped record, eight-bit grit, a low-pass filter.
    wow = pitch_curve(SECONDS, vibrato=0.1, rate=0.556)
    wow += pitch_curve(SECONDS, vibrato=0.015, rate=5.1)
    keys = np.round(glide(keys, wow).astype(np.float32) * 3 * 127) / (3 * 127)
    keys = fx.equalise(keys, fx.low_cut(140), fx.bell(1800, 4, 0.8), fx.high_cut(5200))
    dust = drums.crackle(SECONDS, rng)

    low = [*repeat(line(BASS), 8, at=range(5)), Note(end, 3.0, 38, 0.8)]
    bass = play(perform(low, clock, rng, timing=0.004), sub_bass, SECONDS, seed=3)

    verse = perform(_verse(rng), clock, rng, timing=0.008, touch=0.05, late=0.015)
    voice = play(verse, rap, SECONDS, seed=4)
    double = [n for n in verse if n.text in RHYMES]
    voice = at_level(voice, -15) + at_level(play(double, rap, SECONDS, seed=5), -24)
    voice = fx.compress(voice, threshold_db=-22, ratio=4, attack=0.004)
    voice = fx.equalise(voice, fx.low_cut(120), fx.bell(2800, 5, 0.7), fx.high_shelf(5500, 4))
    voice = fx.delay(voice, 60 / BPM * 0.75, feedback=0.3, wet=0.1)

    word = rap(Note(0, 0.45, 50, 0.9, text="c:a>i"), rng)
    cut = (
        (0, 0.02),
        (0.09, 0.16),
        (0.17, 0.03),
        (0.25, 0.2),
        (0.33, 0.05),
        (0.5, 0.3),
        (0.62, 0.02),
    )
    scratches = np.zeros_like(voice)
    for beat in (6.0, 7.0, 38.5):
        at, sound = count(clock(beat)), _scratched(word, cut)
        scratches[at : at + len(sound)] += sound

    strokes = {
        "kick": [
            *repeat(hits("X......x..X.....", step=0.25), 4, at=range(0, BARS, 2)),
            *repeat(hits("X..x...x..Xx....", step=0.25), 4, at=range(1, BARS, 2)),
            Note(end, 1, 0, 1.0),
        ],
        "snare": [
            *repeat(hits("....X.......X...", step=0.25), 4, at=bars),
            *repeat(hits(".......g.......g", step=0.25), 4, at=range(1, BARS, 2)),
        ],
        "hat": [*repeat(hits("x.xgx.xox.x.xgxo", step=0.25), 4, at=bars)],
        "open": [*repeat(hits("..............x.", step=0.25), 4, at=range(1, BARS, 2))],
        "crash": [Note(8, 2, 0, 0.5), Note(end, 2, 0, 0.5)],
    }
    voices = {
        "kick": (drums.kick(low=52, high=165, drop=0.025, t60=0.34, click=0.5, click_hz=2200), -15),
        "snare": (drums.snare(tone=182, t60=0.22, wires=1.5, bright=9000), -17.5),
        "hat": (drums.hat(t60=0.07, low=3600), -26.5),
        "open": (drums.hat(t60=0.32, low=3300, tight=False), -28),
        "crash": (drums.crash(t60=2.0), -29),
    }
    kit = together(
        drum_kit(
            strokes, voices, clock, rng, SECONDS, timing=0.003, takes=2, late={"snare": 0.012}
        ).values()
    )
    kit = fx.compress(kit, threshold_db=-20, ratio=3, attack=0.012, rest=0.1)
    kit = fx.saturate(fx.reverb(kit, fx.room(0.35, rng, dark=0.6), 0.14), 2.2)

    parts = (keys, -23.5), (bass, -16.5), (voice, -15.5), (scratches, -23), (dust, -36)
    mix = together([kit, *(at_level(track, level) for track, level in parts)])
    return fx.master(mix, rng, loudness_db=-15.5, glue_db=2, hiss_db=-64, warmth=1.5, ending=1.8)
