"""Swing in C: ride cymbal, walking bass, piano, and a solo that a seeded improviser invents."""

from typing import Final

import numpy as np

from genre_app.examples import drums
from genre_app.examples import effects as fx
from genre_app.examples.desk import at_level, drum_kit, play, together
from genre_app.examples.improvise import Change, solo, walking_bass
from genre_app.examples.score import (
    Note,
    chord,
    hits,
    perform,
    repeat,
    stack,
    steady,
    voicing,
)
from genre_app.examples.strings import UPRIGHT, piano, plucked
from genre_app.examples.synth import Audio
from genre_app.examples.tones import horn, vibraphone

__all__ = ["BPM", "SECONDS", "compose"]

BPM: Final = 152.0
SECONDS: Final = 27.4

# Sixteen bars of the cadences that every jazz player practises.
CHANGES: Final = (
    "Dm9:4 G13:4 Cmaj9:4 A7b9:4 Dm9:4 G13:4 Em7:2 A7b9:2 Dm9:2 G13:2 "
    "Fmaj9:4 Bb13:4 Em7:4 A7b9:4 Dm9:4 G13:4 C69:2 A7b9:2 Dm9:2 G13:2"
)
_COMPING: Final = (
    ((0.0, 1.3), (1.5, 0.4)),
    ((1.5, 0.4), (3.5, 0.9)),
    ((0.5, 0.4), (2.0, 1.2)),
    ((0.0, 0.4), (2.5, 1.2)),
    ((1.0, 0.4), (2.5, 0.4)),
)


def _changes() -> list[Change]:
    changes, beat = [], 0.0
    for item in CHANGES.split():
        symbol, _, beats = item.partition(":")
        changes.append(Change(beat, float(beats), symbol))
        beat += float(beats)
    return changes


def _comping(changes: list[Change], rng: np.random.Generator) -> list[Note]:
    notes: list[Note] = []
    hand: tuple[int, ...] = ()
    for change in changes:
        hand = voicing(chord(change.symbol), near=60, previous=hand, rootless=True)
        rhythm = _COMPING[int(rng.integers(len(_COMPING)))]
        for at, length in rhythm:
            if at < change.beats:
                notes += stack(hand, change.start + at, length, float(rng.uniform(0.4, 0.62)))
    return notes + stack((52, 57, 62, 67, 71), 64, 6, 0.6)


def compose() -> Audio:
    """Render the piece: shape ``(samples,)``."""
    rng = np.random.default_rng(1959)
    clock = steady(BPM, swing=0.64)
    changes = _changes()

    first = solo(changes, (0, 31), rng, low=60, high=84)
    second = solo(changes, (32, 63), rng, low=57, high=80)
    mallets = play(
        perform([*first, Note(64, 6, 83, 0.6)], clock, rng, timing=0.009, late=0.012),
        vibraphone,
        SECONDS,
        seed=1,
    )
    sax = play(
        perform([*second, Note(64, 5, 64, 0.65)], clock, rng, timing=0.011, late=0.02),
        horn(formant=720, breath=0.12, edge=1.5),
        SECONDS,
        seed=2,
    )
    sax = fx.equalise(sax, fx.low_cut(120), fx.bell(1500, 5, 0.9), fx.high_cut(7500))
    grand = play(perform(_comping(changes, rng), clock, rng, late=-0.004), piano, SECONDS, seed=3)
    walk = [*walking_bass(changes, rng, low=28, high=48), Note(64, 6, 36, 0.8)]
    bass = play(perform(walk, clock, rng, timing=0.005), plucked(UPRIGHT), SECONDS, seed=4)
    bass = fx.equalise(bass, fx.bell(95, 3, 1), fx.bell(700, 4, 0.8))

    bars = range(16)
    chatter = [
        Note(bar * 4 + float(rng.choice([0.5, 1.5, 2.5, 3.5, 2.0])), 0.3, 0, rng.uniform(0.25, 0.6))
        for bar in bars
        for _ in range(int(rng.integers(1, 3)))
    ]
    strokes = {
        "ride": [*repeat(hits("x.Xox.Xo", step=0.5), 4, at=bars), Note(64, 2, 0, 0.9)],
        "foot": [*repeat(hits(".x.x", step=1), 4, at=bars)],
        "kick": [
            *repeat(hits("gggg", step=1), 4, at=bars),
            Note(31.5, 1, 0, 0.6),
            Note(64, 1, 0, 0.7),
        ],
        "snare": chatter + hits("xoxx", step=0.5, start=30) + hits("oxoX", step=0.5, start=62),
        "crash": [Note(32, 2, 0, 0.55)],
    }
    voices = {
        "ride": (drums.ride(t60=2.4), -25.0),
        "foot": (drums.hat(t60=0.06), -33.0),
        "kick": (drums.kick(low=62, high=95, t60=0.35, click=0.1), -26.0),
        "snare": (drums.brush_tap, -29.0),
        "crash": (drums.crash(t60=2.2), -29.0),
    }
    kit = together(drum_kit(strokes, voices, clock, rng, SECONDS, timing=0.005).values())

    leads = at_level(mallets, -18.5) + at_level(sax, -18.5)
    mix = together([leads, at_level(grand, -22), at_level(bass, -18.5), kit])
    mix = fx.equalise(mix, fx.bell(1800, 2, 0.7), fx.high_shelf(6000, -4))
    mix = fx.reverb(mix, fx.room(0.95, rng, predelay=0.015, dark=0.5), 0.22)
    return fx.master(mix, rng, loudness_db=-20, glue_db=-2, hiss_db=-64, ending=1.8)
