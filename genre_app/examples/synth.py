"""The raw material of every instrument: modes, waves, noise, envelopes, glides.

Sounds are arrays of shape ``(samples,)`` at :data:`RATE`: single notes in double
precision, whole tracks in single, which halves the time. Every random choice comes
from the generator that is passed in.
"""

import math
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "COARSE",
    "RATE",
    "Audio",
    "count",
    "envelope",
    "expand",
    "fade",
    "glide",
    "modal",
    "noise",
    "oscillate",
    "pitch_curve",
    "release",
]

RATE: Final = 44_100
"""Samples a second of everything that is rendered here."""

Audio = NDArray[np.floating[Any]]

COARSE: Final = 32
"""Samples between two values of a slow curve."""

_DECAY: Final = math.log(1000.0)  # 60 dB as a natural exponent.
_TABLE: Final = 2048
_PRODUCT: Final = 250_000  # Multiplications that OpenBLAS does on one thread.


def count(seconds: float) -> int:
    """Give the number of samples in so many seconds."""
    return max(round(seconds * RATE), 1)


def modal(
    hz: ArrayLike,
    gains: ArrayLike,
    t60: ArrayLike,
    seconds: float,
    *,
    phases: ArrayLike = -0.5 * math.pi,
) -> Audio:
    """Sum decaying sinusoids: what any struck or plucked thing does.

    Parameters
    ----------
    hz, gains, t60, phases
        Shape ``(modes,)`` or a scalar: frequency, amplitude, seconds to fall by
        60 dB, and phase in radians (the default starts each mode at zero).
    seconds
        Length of the result.

    Notes
    -----
    A decaying sinusoid at sample ``a * block + b`` is a product of one factor of
    ``a`` and one of ``b``, so the whole sum is one small matrix product: sixty
    modes of two seconds cost about as much as two plain sines.
    """
    freq, gain, decay, phase = np.broadcast_arrays(
        *(np.atleast_1d(np.asarray(x, dtype=np.float64)) for x in (hz, gains, t60, phases))
    )
    heard = (freq < 0.46 * RATE) & (np.abs(gain) > 3e-4 * np.max(np.abs(gain)))
    freq, gain, decay, phase = freq[heard], gain[heard], decay[heard], phase[heard]
    poles = (-_DECAY / decay + 2j * math.pi * freq) / RATE
    starts = gain * np.exp(1j * phase)
    # What has died away after a third of the time need not be summed any longer.
    brief = decay < seconds / 3
    total = _rings(poles[~brief], starts[~brief], count(seconds))
    early = _rings(poles[brief], starts[brief], count(seconds / 3))
    total[: len(early)] += early
    return total


def _rings(poles: NDArray[np.complex128], starts: NDArray[np.complex128], samples: int) -> Audio:
    if len(poles) == 0:
        return np.zeros(samples)
    block = math.isqrt(samples) + 1
    # A few rows at a time: a larger product would wake the threads of BLAS, which costs
    # more than it brings, and makes the last bit depend on the number of cores.
    rows = max(_PRODUCT // (2 * len(poles) * block), 1)
    groups = math.ceil(samples / (block * rows))
    fine = _powers(poles, block)
    coarse = _powers(poles * block, groups * rows) * starts[:, None]
    # Single precision doubles the speed; its error lies 120 dB down.
    left = np.concatenate([coarse.real, -coarse.imag]).T.astype(np.float32, order="C")
    right = np.concatenate([fine.real, fine.imag]).astype(np.float32)
    summed = left.reshape(groups, rows, -1) @ right
    return summed.ravel()[:samples].astype(np.float64)


def _powers(poles: NDArray[np.complex128], size: int) -> NDArray[np.complex128]:
    """``exp(poles * k)`` for ``k`` below ``size``, by the same splitting once more."""
    step = math.isqrt(size) + 1
    low = np.exp(np.outer(poles, np.arange(step)))
    high = np.exp(np.outer(poles, np.arange(step) * step))
    return (high[:, :, None] * low[:, None, :]).reshape(len(poles), -1)[:, :size]


def oscillate(hz: Audio, harmonics: ArrayLike) -> Audio:
    """Play a wave whose pitch may move.

    Parameters
    ----------
    hz
        Shape ``(samples,)``: the frequency at each sample.
    harmonics
        Shape ``(partials,)``: amplitude of the first, second, ... harmonic. Those
        that would rise above 18 kHz are left out, so that nothing folds back.
    """
    wanted = np.asarray(harmonics, dtype=np.float64)
    room = min(int(18_000 / float(hz.max())), _TABLE // 2 - 1, len(wanted))
    spectrum = np.zeros(_TABLE // 2 + 1, dtype=np.complex128)
    spectrum[1 : room + 1] = -0.5j * _TABLE * wanted[:room]
    table = np.fft.irfft(spectrum)
    slope = np.append(table[1:], table[0]) - table
    place = np.cumsum(hz * (_TABLE / RATE))
    left = place.astype(np.int32)
    place -= left
    left &= _TABLE - 1
    return np.asarray(table[left] + place * slope[left], dtype=np.float64)


def noise(seconds: float, rng: np.random.Generator) -> Audio:
    """White noise of unit variance."""
    return rng.standard_normal(count(seconds))


def envelope(seconds: float, *points: tuple[float, float]) -> Audio:
    """Straight lines through ``(second, level)`` points, sampled at the rate."""
    size = count(seconds)
    shape = np.full(size, float(points[-1][1]))
    shape[: count(points[0][0])] = points[0][1]
    for (start, low), (end, high) in pairwise(points):
        first, last = min(round(start * RATE), size), min(round(end * RATE), size)
        if last > first:
            full = max(round(end * RATE) - round(start * RATE), 1)
            shape[first:last] = low + (high - low) / full * np.arange(last - first)
    return shape


def expand(curve: Audio, samples: int, *, step: int = COARSE) -> Audio:
    """Draw straight lines through values that lie ``step`` samples apart.

    Vibrato and bends are slow: computing them once every few samples costs nothing.
    """
    steps = (np.arange(step) / step).astype(curve.dtype)
    lines = curve[:-1, None] + np.diff(curve)[:, None] * steps
    return np.asarray(lines.ravel()[:samples])


def release(sound: Audio, at: float, t60: float) -> Audio:
    """Let a sound ring until ``at`` seconds, then fall by 60 dB in ``t60`` seconds."""
    start = min(count(at), len(sound))
    tail = np.arange(len(sound) - start) * (-_DECAY / (t60 * RATE))
    return np.concatenate([sound[:start], sound[start:] * np.exp(tail)])


def fade(sound: Audio, rise: float, fall: float) -> Audio:
    """Raise the first ``rise`` seconds from nothing and lower the last ``fall`` to nothing."""
    shaped = sound.copy()
    first, last = min(count(rise), len(sound)), min(count(fall), len(sound))
    shaped[:first] *= (np.sin(np.linspace(0, math.pi / 2, first)) ** 2).astype(sound.dtype)
    shaped[-last:] *= (np.cos(np.linspace(0, math.pi / 2, last)) ** 2).astype(sound.dtype)
    return shaped


def glide(sound: Audio, semitones: Audio) -> Audio:
    """Bend a finished sound by reading it faster or slower, as a hand bends a string."""
    place = np.cumsum(np.exp2(semitones / 12.0)) - 1.0
    return np.interp(place, np.arange(len(sound)), sound, right=0.0)


def pitch_curve(
    seconds: float,
    *,
    bend: float = 0.0,
    bend_s: float = 0.12,
    vibrato: float = 0.0,
    rate: float = 5.5,
    delay: float = 0.25,
    phase: float = 0.0,
) -> Audio:
    """Semitones away from the written pitch: a bend that arrives, then a vibrato.

    Parameters
    ----------
    seconds
        Length of the curve.
    bend, bend_s
        Semitones below at which it starts, and seconds until it arrives.
    vibrato, rate, delay
        Depth in semitones, speed in Hz, and seconds before it has fully opened.
    phase
        Where the vibrato begins, in radians.
    """
    samples = count(seconds)
    times = np.arange(samples // COARSE + 2) * (COARSE / RATE)
    curve = np.zeros(len(times))
    if bend:
        share = np.clip(times / bend_s, 0.0, 1.0)
        curve -= bend * (1.0 - share * share * (3.0 - 2.0 * share))
    if vibrato:
        opened = np.clip(times / max(delay, 1e-3) - 0.4, 0.0, 1.0)
        curve += vibrato * opened * np.sin(2 * math.pi * rate * times + phase)
    return expand(curve, samples)
