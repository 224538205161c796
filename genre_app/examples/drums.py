"""Drums and cymbals: modes for skins and bronze, noise for wires, brushes and air.

Each function builds a voice (:data:`genre_app.examples.desk.Voice`); of the note only
the velocity matters, except where a function says otherwise.
"""

import math

import numpy as np

from genre_app.examples import effects as fx
from genre_app.examples.desk import Voice
from genre_app.examples.score import Note
from genre_app.examples.synth import RATE, Audio, count, envelope, fade, modal, noise

__all__ = [
    "brush_sweep",
    "brush_tap",
    "clap",
    "conga",
    "crackle",
    "crash",
    "cross_stick",
    "hat",
    "kick",
    "ride",
    "shaker",
    "snare",
    "tom",
]


def kick(
    *,
    low: float = 55.0,
    high: float = 150.0,
    drop: float = 0.03,
    t60: float = 0.35,
    click: float = 0.3,
    click_hz: float = 3000.0,
) -> Voice:
    """Build a bass drum.

    Parameters
    ----------
    low, high
        Hz where the skin settles, and where the blow starts.
    drop
        Seconds for most of the way between the two.
    t60
        Seconds to die away by 60 dB.
    click, click_hz
        Loudness and pitch of the beater.
    """

    def voice(note: Note, rng: np.random.Generator) -> Audio:
        length = t60 * 0.9
        times = np.arange(count(length)) / RATE
        sweep = low + (high - low) * (0.5 + 0.5 * note.velocity) * np.exp(-times / drop)
        skin = np.sin(2 * math.pi * np.cumsum(sweep) / RATE) * 10 ** (-3 * times / t60)
        blow = noise(0.02, rng) * envelope(0.02, (0, 1), (0.004, 0.5), (0.02, 0))
        tap = fx.equalise(blow, fx.bell(click_hz, 10, 1.0), fx.high_cut(click_hz * 2))
        sound = np.tanh(1.6 * skin * note.velocity)
        sound[: len(tap)] += 0.5 * click * note.velocity**2 * tap
        return fade(sound * note.velocity**0.8, 0.0008, 0.02)

    return voice


def snare(
    *, tone: float = 190.0, t60: float = 0.18, wires: float = 1.0, bright: float = 7000.0
) -> Voice:
    """Build a snare drum: two skins, and wires that rattle after them.

    Parameters
    ----------
    tone
        Hz of the lowest mode.
    t60
        Seconds for the wires to die away.
    wires
        Their loudness.
    bright
        Hz up to which they reach.
    """

    def voice(note: Note, rng: np.random.Generator) -> Audio:
        length = max(t60 * 1.3, 0.15)
        hz = tone * np.array([1.0, 1.59, 1.78, 2.14, 2.65, 3.16]) * rng.uniform(0.99, 1.01, 6)
        skin = modal(hz, [1.0, 0.7, 0.4, 0.35, 0.25, 0.2], t60 * 0.75, length)
        times = np.arange(count(length)) / RATE
        rattle = fx.equalise(
            noise(length, rng),
            fx.low_cut(900),
            fx.bell(2300, 4, 0.8),
            fx.high_cut(bright * (0.6 + 0.4 * note.velocity)),
        )
        rattle *= 0.6 * 10 ** (-3 * times / (t60 * 1.6)) + 0.8 * np.exp(-times / 0.012)
        crack = modal(rng.uniform(900, 5200, 20), rng.normal(0, 0.12, 20), 0.03, length)
        sound = 0.55 * skin + 0.55 * wires * rattle + crack * note.velocity
        return fade(sound * note.velocity**1.5, 0.0006, 0.03)

    return voice


def brush_tap(note: Note, rng: np.random.Generator) -> Audio:
    """Tap a snare drum with a brush: a soft "tah"."""
    length = 0.16
    times = np.arange(count(length)) / RATE
    wires = fx.equalise(noise(length, rng), fx.low_cut(700), fx.high_cut(6500))
    wires *= np.clip(times / 0.003, 0, 1) * (
        0.8 * np.exp(-times / 0.02) + 0.25 * np.exp(-times / 0.06)
    )
    skin = modal([175, 280, 350], [0.35, 0.2, 0.12], 0.1, length)
    return fade((0.7 * wires + skin) * note.velocity**1.4, 0.001, 0.02)


def brush_sweep(note: Note, rng: np.random.Generator) -> Audio:
    """Draw a brush over the skin for the length of the note."""
    length = note.length + 0.05
    swish = fx.equalise(noise(length, rng), fx.low_cut(1500), fx.high_cut(8000))
    return fade(
        swish
        * envelope(length, (0, 0.15), (length * 0.45, 1.0), (length, 0.1))
        * (0.3 * note.velocity),
        0.03,
        0.05,
    )


def _bronze(
    length: float,
    rng: np.random.Generator,
    *,
    low: float,
    modes: int,
    t60: float,
    tilt: float,
    top: float = 18_000.0,
) -> Audio:
    """Let a bronze plate ring: many modes without harmony, the high ones dying first."""
    # The plate is the same at every stroke; where and how the stick meets it is not.
    plate = np.random.default_rng([modes, int(low)])
    hz = low + (top - low) * plate.random(modes) ** 1.4
    gains = plate.normal(0, 1, modes) * (low / hz) ** tilt * rng.uniform(0.5, 1.5, modes)
    decay = t60 * (2500 / (hz + 1200)) ** 0.45 * plate.uniform(0.6, 1.3, modes)
    ring = modal(hz, gains, decay, length, phases=rng.uniform(0, 2 * math.pi, modes))
    return np.asarray(ring / np.sqrt(np.mean(ring[: count(0.05)] ** 2)), dtype=np.float64)


def hat(*, t60: float = 0.09, low: float = 2800.0, tight: bool = True) -> Voice:
    """Build a hi-hat: ``t60`` of 0.05 to 0.1 closed, 0.3 to 0.6 open."""

    def voice(note: Note, rng: np.random.Generator) -> Audio:
        rings = t60 * (0.6 + 0.5 * note.velocity)
        length = rings * 1.05 + 0.01
        metal = _bronze(length, rng, low=low, modes=90, t60=rings, tilt=-0.2)
        times = np.arange(count(length)) / RATE
        sizzle = fx.equalise(noise(length, rng), fx.low_cut(6500)) * 10 ** (-3 * times / rings)
        sound = 0.5 * metal + (0.5 if tight else 0.9) * sizzle
        return fade(sound * 0.5 * note.velocity**1.4, 0.0008, 0.012)

    return voice


def ride(*, t60: float = 2.2, ping: float = 1.0) -> Voice:
    """Build a ride cymbal: a stick's "ting" over a wash that goes on."""

    def voice(note: Note, rng: np.random.Generator) -> Audio:
        length = 1.3
        wash = _bronze(length, rng, low=350, modes=260, t60=t60, tilt=0.25)
        plate = np.random.default_rng(22)
        bell = modal(
            plate.uniform(2200, 7800, 24),
            plate.normal(0, 0.42, 24) * rng.uniform(0.6, 1.4, 24),
            plate.uniform(0.1, 0.5, 24),
            length,
        )
        stick = fx.equalise(noise(0.012, rng), fx.low_cut(3000))
        stick *= envelope(0.012, (0, 1), (0.012, 0))
        sound = 0.16 * wash + 0.3 * ping * bell * note.velocity
        sound[: len(stick)] += 0.35 * note.velocity * stick
        return fade(sound * note.velocity**1.2, 0.001, 0.4)

    return voice


def crash(*, t60: float = 2.6, china: bool = False) -> Voice:
    """Build a crash cymbal, or a trashier china."""

    def voice(note: Note, rng: np.random.Generator) -> Audio:
        length = min(t60, 2.4) * (0.6 if china else 1.0)
        wash = _bronze(length, rng, low=420, modes=320, t60=t60, tilt=-0.1 if china else 0.1)
        times = np.arange(count(length)) / RATE
        air = fx.equalise(noise(length, rng), fx.low_cut(4000)) * np.exp(-times / (t60 * 0.16))
        # Energy climbs into the treble during the first hundredths of a second.
        bloom = 0.5 + 0.5 * np.clip(times / 0.04, 0, 1)
        return fade((0.5 * wash + 0.6 * air * bloom) * note.velocity**1.3, 0.001, 0.3)

    return voice


def cross_stick(note: Note, rng: np.random.Generator) -> Audio:
    """Lay the stick over the snare and knock the rim: a dry wooden click."""
    length = 0.14
    hz = np.array([430, 810, 1180, 1720, 2480, 3350, 4700]) * rng.uniform(0.99, 1.01, 7)
    wood = modal(
        hz, [0.4, 0.5, 0.5, 1.0, 0.8, 0.4, 0.25], [0.1, 0.08, 0.06, 0.07, 0.05, 0.04, 0.03], length
    )
    snap = noise(0.004, rng) * 0.3
    wood[: len(snap)] += snap
    return fade(wood * 0.6 * note.velocity**1.4, 0.0005, 0.02)


def clap(note: Note, rng: np.random.Generator) -> Audio:
    """Clap with several pairs of hands, not quite together."""
    length = 0.32
    times = np.arange(count(length)) / RATE
    shape = 0.35 * np.exp(-times / 0.06)
    for hand in (0.0, 0.009, 0.019, 0.027):
        late = times - hand - 0.002 * float(rng.random())
        shape += np.where(late > 0, np.exp(-np.maximum(late, 0) / 0.006), 0.0)
    hands = fx.equalise(
        noise(length, rng), fx.low_cut(700), fx.bell(1300, 7, 1.2), fx.high_cut(7500)
    )
    return fade(hands * shape * 0.5 * note.velocity**1.3, 0.0008, 0.05)


def tom(note: Note, rng: np.random.Generator) -> Audio:
    """Strike a tom-tom tuned to the pitch of the note."""
    length = 0.45
    times = np.arange(count(length)) / RATE
    sweep = note.hz * (1 + 0.35 * note.velocity * np.exp(-times / 0.05))
    skin = np.sin(2 * math.pi * np.cumsum(sweep) / RATE) * np.exp(-times / 0.11)
    upper = modal(note.hz * np.array([1.59, 2.14, 2.3, 2.92]), [0.4, 0.25, 0.2, 0.15], 0.25, length)
    stick = fx.equalise(noise(0.02, rng), fx.high_cut(5000)) * envelope(0.02, (0, 1), (0.02, 0))
    sound = skin + upper
    sound[: len(stick)] += 0.4 * stick
    return fade(sound * note.velocity**1.4, 0.001, 0.03)


def conga(note: Note, rng: np.random.Generator) -> Audio:
    """Play a conga tuned to the pitch of the note; accents are slaps."""
    length = 0.35
    slap = max(note.velocity - 0.7, 0.0) * 2.5
    tone = modal(
        note.hz * np.array([1.0, 2.02, 3.1, 4.4]), [1.0, 0.25, 0.15, 0.1], 0.3 - 0.2 * slap, length
    )
    hand = fx.equalise(noise(0.03, rng), fx.low_cut(800), fx.high_cut(4500))
    hand *= envelope(0.03, (0, 1), (0.006, 0.4), (0.03, 0))
    tone[: len(hand)] += (0.2 + slap) * 0.7 * hand
    return fade(tone * note.velocity**1.4, 0.001, 0.03)


def shaker(note: Note, rng: np.random.Generator) -> Audio:
    """Shake seeds in a tube: they arrive over a few hundredths of a second."""
    length = 0.09
    seeds = fx.equalise(noise(length, rng), fx.low_cut(4500), fx.high_cut(12000))
    shape = envelope(length, (0, 0), (0.025, 1), (0.04, 0.5), (length, 0))
    return fade(seeds * shape * 0.4 * note.velocity**1.3, 0.002, 0.01)


def crackle(seconds: float, rng: np.random.Generator, *, pops: float = 9.0) -> Audio:
    """Let dust lie on the record: ``pops`` clicks a second over a bed of surface noise."""
    track = fx.equalise(rng.standard_normal(count(seconds)), fx.low_cut(500), fx.high_cut(7000))
    track *= 0.012 * (1 + 0.35 * np.sin(2 * math.pi * 0.556 / RATE * np.arange(len(track))))
    places = rng.integers(0, len(track) - 200, rng.poisson(pops * seconds))
    for place in places:
        size = int(rng.integers(8, 60))
        pop = rng.standard_normal(size) * np.exp(-np.arange(size) / (size / 4))
        track[place : place + size] += pop * rng.exponential(0.16)
    return fx.equalise(track, fx.high_cut(9000))
