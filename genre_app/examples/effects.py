"""What stands between the instruments and the record: filters, rooms, amplifiers, the desk.

All take and give arrays of shape ``(samples,)`` at ``synth.RATE``, and keep their precision.
"""

import math
from typing import Any

import numpy as np

from genre_app._scipy_more import ndimage, signal
from genre_app.examples.synth import COARSE, RATE, Audio, count, expand, fade

__all__ = [
    "bell",
    "compress",
    "delay",
    "equalise",
    "high_cut",
    "high_shelf",
    "leslie",
    "limit",
    "low_cut",
    "low_shelf",
    "master",
    "overdrive",
    "reverb",
    "room",
    "saturate",
    "spring",
]

Section = list[float]
"""One second-order filter: b0, b1, b2, a0, a1, a2."""


def _section(kind: str, hz: float, gain_db: float, q: float) -> Section:
    """Robert Bristow-Johnson's cookbook filters."""
    angle = 2 * math.pi * hz / RATE
    cosine, alpha = math.cos(angle), math.sin(angle) / (2 * q)
    a = 10 ** (gain_db / 40)
    if kind == "low":
        b = [(1 - cosine) / 2, 1 - cosine, (1 - cosine) / 2]
        return _normal(b, [1 + alpha, -2 * cosine, 1 - alpha])
    if kind == "high":
        b = [(1 + cosine) / 2, -(1 + cosine), (1 + cosine) / 2]
        return _normal(b, [1 + alpha, -2 * cosine, 1 - alpha])
    if kind == "bell":
        return _normal(
            [1 + alpha * a, -2 * cosine, 1 - alpha * a],
            [1 + alpha / a, -2 * cosine, 1 - alpha / a],
        )
    c = cosine if kind == "low shelf" else -cosine
    sign = 1 if kind == "low shelf" else -1
    root = 2 * math.sqrt(a) * alpha
    return _normal(
        [
            a * ((a + 1) - (a - 1) * c + root),
            sign * 2 * a * ((a - 1) - (a + 1) * c),
            a * ((a + 1) - (a - 1) * c - root),
        ],
        [
            (a + 1) + (a - 1) * c + root,
            -sign * 2 * ((a - 1) + (a + 1) * c),
            (a + 1) + (a - 1) * c - root,
        ],
    )


def _normal(b: list[float], a: list[float]) -> Section:
    return [value / a[0] for value in (*b, *a)]


def low_cut(hz: float, q: float = 0.707) -> Section:
    """Take away what lies below, 12 dB an octave."""
    return _section("high", hz, 0.0, q)


def high_cut(hz: float, q: float = 0.707) -> Section:
    """Take away what lies above, 12 dB an octave."""
    return _section("low", hz, 0.0, q)


def bell(hz: float, gain_db: float, q: float = 1.0) -> Section:
    """Raise or lower the neighbourhood of a frequency."""
    return _section("bell", hz, gain_db, q)


def low_shelf(hz: float, gain_db: float) -> Section:
    """Raise or lower everything below."""
    return _section("low shelf", hz, gain_db, 0.707)


def high_shelf(hz: float, gain_db: float) -> Section:
    """Raise or lower everything above."""
    return _section("high shelf", hz, gain_db, 0.707)


def equalise(sound: Audio, *sections: Section) -> Audio:
    """Run a sound through second-order filters, one after the other."""
    filtered: Any = signal.sosfilt(np.array(sections), sound)
    return np.asarray(filtered, dtype=sound.dtype)


def _convolve(sound: Audio, response: Audio) -> Audio:
    # Single precision halves the time; its error lies 130 dB down.
    wet: Any = signal.oaconvolve(sound.astype(np.float32), response.astype(np.float32))
    return np.asarray(wet[: len(sound)], dtype=sound.dtype)


def room(
    t60: float,
    rng: np.random.Generator,
    *,
    predelay: float = 0.01,
    dark: float = 0.45,
    size: float = 1.0,
) -> Audio:
    """Impulse response of a room: a few early walls, then decaying noise.

    Parameters
    ----------
    t60
        Seconds until the middle of the spectrum has fallen by 60 dB.
    rng
        Decides where the walls are.
    predelay
        Seconds before the first wall answers.
    dark
        How much faster the treble dies: its decay is ``dark * t60``.
    size
        Stretches the early reflections.
    """
    length = count(t60 * 1.05)
    times = np.arange(length) / RATE
    raw = rng.standard_normal(length)
    bands = (
        (equalise(raw, high_cut(400), low_cut(90)), t60 * 1.1),
        (equalise(raw, low_cut(400), high_cut(3000)), t60),
        (equalise(raw, low_cut(3000), high_cut(9000)), t60 * dark),
    )
    tail = sum((band * 10 ** (-3 * times / decay) for band, decay in bands), np.zeros(length))
    # A tail that starts at full density sounds like a bathroom.
    tail *= np.clip(times / (0.03 * size), 0.05, 1.0)
    for wall in range(9):
        arrives = count(size * (0.005 + 0.045 * rng.random()))
        tail[arrives] += 9.0 * rng.choice([-1.0, 1.0]) * 0.85**wall
    tail = np.concatenate([np.zeros(count(predelay)), tail])
    return np.asarray(tail / np.sqrt(np.sum(tail**2)), dtype=np.float64)


def spring(t60: float, *, passes: int = 9, loop: float = 0.042) -> Audio:
    """Impulse response of a spring tank: echoes in which the treble lags more each time."""
    size = 1 << math.ceil(math.log2(t60 * RATE))
    hz = np.fft.rfftfreq(size, 1 / RATE)
    # Group delay grows towards the spring's cutoff near 4.2 kHz: the "drip".
    chirp = loop * (hz + 0.9 * hz**3 / (3 * 4200.0**2))
    spectrum = np.zeros(len(hz), dtype=np.complex128)
    for turn in range(1, passes + 1):
        spectrum += 10 ** (-3 * turn * loop / t60) * np.exp(-2j * math.pi * chirp * turn)
    spectrum /= (1 + (hz / 3800) ** 6) * (1 + (140 / np.maximum(hz, 1)) ** 4)
    response = np.fft.irfft(spectrum)
    return np.asarray(response / np.sqrt(np.sum(response**2)), dtype=np.float64)


def reverb(sound: Audio, response: Audio, wet: float) -> Audio:
    """Add a room, or a spring, to a dry sound."""
    return sound + wet * _convolve(sound, response)


def delay(
    sound: Audio, seconds: float, *, feedback: float, wet: float, tone: float = 2500.0
) -> Audio:
    """Tape echo: each repeat quieter and duller than the one before."""
    step = count(seconds)
    repeats = math.ceil(math.log(0.03) / math.log(feedback))
    response = np.zeros(step * (repeats + 1) + count(0.05))
    echo: Audio = np.zeros(count(0.05))
    echo[0] = wet
    for turn in range(1, repeats + 1):
        echo = equalise(echo, high_cut(tone), low_cut(160))
        response[turn * step : turn * step + len(echo)] += echo
        echo = echo * feedback
    return sound + _convolve(sound, response)


def saturate(sound: Audio, drive: float) -> Audio:
    """Warm a track as tape does: peaks round off, quiet parts stay as they are."""
    return np.tanh(sound * drive) / drive


def overdrive(sound: Audio, drive: float, *, bias: float = 0.12) -> Audio:
    """Push a tube stage; at twice the rate, so that little of it folds back.

    ``bias`` makes the two half-waves unlike, which gives the even harmonics.
    """
    # Single precision: at these levels of distortion nobody hears 120 dB down.
    taps = signal.firwin(17, 0.5, window=("kaiser", 6.0)).astype(np.float32)
    fine: Any = signal.upfirdn(2 * taps, (sound * drive).astype(np.float32), up=2)
    bent = np.tanh(fine + np.float32(bias)) - np.float32(math.tanh(bias))
    back: Any = signal.upfirdn(taps, bent, down=2)
    # Each of the two filters delays by half its length at twice the rate.
    lag = (len(taps) - 1) // 2
    return np.asarray(back[lag : lag + len(sound)], dtype=sound.dtype)


def leslie(sound: Audio, rate: float, *, depth_ms: float = 0.35, swell: float = 0.18) -> Audio:
    """Turn a horn in front of the microphone: pitch and level waver together."""
    coarse = np.arange(len(sound) // COARSE + 2) * COARSE
    turn = expand(np.sin(2 * math.pi * rate / RATE * coarse), len(sound))
    place = np.arange(len(sound)) + depth_ms * RATE / 1000 * turn
    moved = np.interp(place, np.arange(len(sound)), sound)
    return np.asarray(moved * (1 + swell * turn), dtype=sound.dtype)


def compress(
    sound: Audio,
    *,
    threshold_db: float,
    ratio: float,
    attack: float = 0.01,
    rest: float = 0.15,
) -> Audio:
    """Turn down what is louder than a threshold, with the times of a bus compressor.

    Parameters
    ----------
    sound
        The track.
    threshold_db, ratio
        Level (RMS, dB re full scale) from which it works, and how hard.
    attack, rest
        Seconds to turn down and to come back.
    """
    hop = 128
    frames = -(-len(sound) // hop)
    padded = np.pad(sound, (0, frames * hop - len(sound))).reshape(frames, hop)
    power = ndimage.uniform_filter1d(np.einsum("ij,ij->i", padded, padded) / hop, 3)
    over = 10 * np.log10(power + 1e-12) - threshold_db
    wanted = np.maximum(over, 0.0) * (1 / ratio - 1)
    down, up = math.exp(-hop / (attack * RATE)), math.exp(-hop / (rest * RATE))
    gain, smooth = 0.0, []
    for target in wanted.tolist():
        keep = down if target < gain else up
        gain = target + (gain - target) * keep
        smooth.append(gain)
    factors = (10 ** (np.array([*smooth, gain]) / 20)).astype(sound.dtype)
    return sound * expand(factors, len(sound), step=hop)


def limit(sound: Audio, ceiling: float, *, look: float = 0.004) -> Audio:
    """Keep every sample under a ceiling by turning down shortly before it comes."""
    hop = 32
    frames = -(-len(sound) // hop)
    padded = np.pad(np.abs(sound), (0, frames * hop - len(sound))).reshape(frames, hop)
    gain = np.minimum(1.0, ceiling / np.maximum(padded.max(axis=1), 1e-9))
    width = 2 * max(round(look * RATE / hop), 1) + 1
    # The average of a minimum over the same width never lies above the gain needed.
    gain = ndimage.uniform_filter1d(ndimage.minimum_filter1d(gain, width + 2), width)
    curve = expand(np.append(gain, gain[-1]).astype(sound.dtype), len(sound), step=hop)
    return np.clip(sound * curve, -ceiling, ceiling)


def _rms(sound: Audio) -> float:
    return math.sqrt(float(np.mean(np.square(sound), dtype=np.float64)))


def master(
    mix: Audio,
    rng: np.random.Generator,
    *,
    loudness_db: float = -17.0,
    glue_db: float = 3.0,
    hiss_db: float = -66.0,
    warmth: float = 1.0,
    ending: float = 1.5,
) -> Audio:
    """Make a record of a mix: bus compressor, tape, hiss, limiter, fades.

    Parameters
    ----------
    mix
        The sum of all tracks, at any level.
    rng
        For the hiss.
    loudness_db
        RMS of the result, before the limiter, in dB re full scale.
    glue_db
        How far the bus compressor's threshold lies below the loudness.
    hiss_db
        Level of the tape hiss in dB re full scale.
    warmth
        Drive of the tape.
    ending
        Seconds of the fade at the end.
    """
    level = 10 ** (loudness_db / 20)
    mix = equalise(mix, low_cut(28))
    mix = compress(
        mix * (level / _rms(mix)), threshold_db=loudness_db - glue_db, ratio=2.0, attack=0.02
    )
    mix = saturate(mix * (level / _rms(mix)), warmth)
    hiss = equalise(rng.standard_normal(len(mix), dtype=np.float32), low_shelf(900, 9.0))
    mix = mix + hiss * (10 ** (hiss_db / 20) / _rms(hiss))
    return fade(limit(mix, 0.89), 0.004, ending)
