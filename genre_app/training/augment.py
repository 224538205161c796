"""Augmentation of log-mels: what happens to music between the studio and the ear.

GTZAN's labels go with its sound carriers: its blues is band-limited, its metal
is loud. A network that learns that calls every telephone recording blues. So
each training clip is heard through other filters, equalisers, compressors,
rooms, noises and speeds, and mixed with others the way sounds mix: in power.

Conventions
-----------
Clips are float arrays of shape (128, columns), dB relative to the loudest cell,
floor -80 dB, and so are the results. All chance comes from the generator given.
"""

from functools import cache
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genre_app.audio import SAMPLE_RATE
from genre_app.logmel import BANDS, COLUMN_RATE, FLOOR_DB, hertz_to_mel, mel_to_hertz
from genre_app.recipes import Augmentation

__all__ = ["augment", "band_hertz", "mix", "reference"]

Clip = NDArray[np.float32]

_OCTAVE_KNOTS: Final = 7
"""Points from the lowest to the highest band between which a random equaliser bends."""

_BEFORE: Final = 10
"""Columns whose mean stands for what was played before a window, which still rings in it."""

_BESIDE: Final = 0.55
"""Weight of the band below in what a band wavers by, so that neighbours correlate by 0.42."""

_LASTS: Final = (0.4, 0.22)
"""Share of a column's wavering that lasts to the next: the lowest and the highest band's."""

_HOLES: Final = 0.3
"""Share of the faintest cells that a codec leaves empty."""


def augment(clip: Clip, chance: np.random.Generator, how: Augmentation) -> Clip:
    """Give one clip as another carrier, room or player might have delivered it.

    Parameters
    ----------
    clip : ndarray of float32 [shape=(128, columns)]
    chance : numpy.random.Generator
        The same state gives the same result.
    how : Augmentation

    Returns
    -------
    ndarray of float32 [shape=(128, other columns)]
        Where the speed changes, so does the number of columns.
    """
    clip = _stretch(clip, np.exp(chance.uniform(-1, 1) * np.log1p(how.stretch)))
    clip = _shift(clip, int(chance.integers(-how.shift_rows, how.shift_rows + 1)))
    clip = _compress(clip, chance.uniform(-how.compression / 2, how.compression))
    # Recipes without rooms, or without telephones, draw nothing for them and keep their chance.
    if how.room > 0 and chance.random() < how.room:
        clip = _room(clip, chance, how.grain)
    gain = _random_gain(chance, how)
    if chance.random() < how.low_pass:
        gain = gain + low_pass_gain(np.exp(chance.uniform(np.log(2.8e3), np.log(11e3))), chance)
    if chance.random() < how.high_pass:
        gain = gain + high_pass_gain(np.exp(chance.uniform(np.log(40.0), np.log(400.0))), chance)
    if how.telephone > 0 and chance.random() < how.telephone:
        gain = gain + _telephone_gain(chance)
    heard: NDArray[np.floating] = clip + gain[:, None]
    heard = heard - heard.max()
    if chance.random() < how.noise:
        heard = _add_noise(heard, chance)
    if chance.random() < how.codec:
        heard = _codec(heard, chance, how.grain)
    return reference(heard)


def mix(first: Clip, second: Clip, share: float) -> Clip:
    """Mix two clips in power, equally loud before their shares are applied.

    Parameters
    ----------
    first, second : ndarray of float32 [shape=(128, columns)]
        The shorter one's length is the result's.
    share : float
        Of the first one's power in the mix, 0 to 1.
    """
    columns = min(first.shape[1], second.shape[1])
    one, two = (10.0 ** (clip[:, :columns] / 10.0) for clip in (first, second))
    power = share * one / one.mean() + (1.0 - share) * two / two.mean()
    return reference(10.0 * np.log10(power))


def reference(clip: NDArray[np.floating]) -> Clip:
    """Put the loudest cell at 0 dB and the floor at -80 dB."""
    return np.maximum(clip - clip.max(), FLOOR_DB).astype(np.float32)


@cache
def band_hertz() -> NDArray[np.float64]:
    """Centre frequency in hertz of each mel band [shape=(128,)]."""
    edges: NDArray[np.float64] = mel_to_hertz(
        np.linspace(0.0, hertz_to_mel(SAMPLE_RATE / 2), BANDS + 2)
    )
    return edges[1:-1]


def low_pass_gain(cutoff_hz: float, chance: np.random.Generator) -> NDArray[np.float64]:
    """Gain in dB a band of a low-pass, from 18 dB an octave to a codec's wall."""
    slope = float(np.exp(chance.uniform(np.log(18.0), np.log(2000.0))))
    return -slope * _octaves_above(cutoff_hz)


def high_pass_gain(cutoff_hz: float, chance: np.random.Generator) -> NDArray[np.float64]:
    """Gain in dB a band of a high-pass, 6 to 36 dB an octave."""
    return -chance.uniform(6.0, 36.0) * _octaves_below(cutoff_hz)


def _telephone_gain(chance: np.random.Generator) -> NDArray[np.float64]:
    """Gain in dB a band of a telephone line: 300 to 3,400 Hz, give or take."""
    low_hz = 300.0 * np.exp(chance.uniform(-0.2, 0.2))
    high_hz = 3400.0 * np.exp(chance.uniform(-0.15, 0.1))
    slope = float(np.exp(chance.uniform(np.log(24.0), np.log(400.0))))
    return -slope * (_octaves_below(low_hz) + _octaves_above(high_hz))


def _octaves_above(hertz: float) -> NDArray[np.float64]:
    """Say how far each band lies above a frequency, 0 where it does not [shape=(128,)]."""
    octaves: NDArray[np.float64] = np.maximum(np.log2(band_hertz() / hertz), 0.0)
    return octaves


def _octaves_below(hertz: float) -> NDArray[np.float64]:
    """Say how far each band lies below a frequency, 0 where it does not [shape=(128,)]."""
    octaves: NDArray[np.float64] = np.maximum(np.log2(hertz / band_hertz()), 0.0)
    return octaves


def _random_gain(chance: np.random.Generator, how: Augmentation) -> NDArray[np.float64]:
    knots = chance.normal(0.0, how.equaliser_db, _OCTAVE_KNOTS)
    place = np.linspace(0.0, _OCTAVE_KNOTS - 1, BANDS)
    smooth = np.interp(place, np.arange(_OCTAVE_KNOTS), knots)
    tilt = chance.normal(0.0, how.tilt_db) * np.linspace(-0.5, 0.5, BANDS)
    gain: NDArray[np.float64] = smooth + tilt
    return gain


def _stretch(clip: Clip, factor: float) -> Clip:
    columns = max(8, round(clip.shape[1] / factor))
    # The nearest column, as the front end takes the nearest frame: nothing is averaged.
    return clip[:, np.rint(np.linspace(0, clip.shape[1] - 1, columns)).astype(np.intp)]


def _shift(clip: Clip, rows: int) -> Clip:
    if rows == 0:
        return clip
    place = np.clip(np.arange(BANDS) - rows, 0, BANDS - 1)
    return clip[place]


def _compress(clip: Clip, share: float) -> Clip:
    level = clip.max(axis=0)
    return clip - np.float32(share) * (level - level.mean())


def _room(clip: Clip, chance: np.random.Generator, grain: float) -> Clip:
    """Let each band ring on, as in a room: in power, an exponential decay is added to it.

    What is reflected meets what comes straight in no order, and reflections each other:
    so each band wavers, the narrow ones below more than the wide ones above (measured on
    clips and simulated rooms: 3.3 and 1.6 dB from one column to the next, 1.7 and 0.7 dB
    that stay), and beside it its neighbours, which hear the same reflections.
    """
    seconds = np.exp(chance.uniform(np.log(0.2), np.log(1.2)))
    # Air and curtains swallow treble.
    ringing = seconds * np.linspace(1.0, chance.uniform(0.3, 1.0), BANDS)
    tail = 10.0 ** (chance.uniform(-6.0, 8.0) / 10.0)
    kept = (10.0 ** (-6.0 / (ringing * COLUMN_RATE))).astype(np.float32)
    # A sound rings from its middle on, not from the end of its column: so much of its first
    # column is of what came before.
    before = ((1 - kept) / -np.log(kept)).astype(np.float32)
    power = _power(clip)
    # The music has been on for a while when the window begins.
    rung = power[:, :_BEFORE].mean(axis=1)
    heard = np.empty_like(power)
    for column in range(power.shape[1]):
        now = power[:, column]
        heard[:, column] = now + np.float32(tail) * (before * rung + (1 - before) * now)
        rung = kept * rung + (1 - kept) * now
    waver = (np.sqrt(tail / (1 + tail)) * np.linspace(4.0, 2.0, BANDS)).astype(np.float32)[:, None]
    stays = 0.4 * _trembling(1, chance, grain)
    moves = _trembling(clip.shape[1], chance, grain)
    return np.asarray(10 * np.log10(heard) + waver * (stays + moves), dtype=np.float32)


def _trembling(columns: int, chance: np.random.Generator, grain: float) -> NDArray[np.float32]:
    """Draw normal deviations [shape=(128, columns)] in which neighbours have a part in common.

    Bands of a mel spectrogram overlap and so do the frames of its columns: what disturbs a cell
    disturbs those around it. ``grain`` 0: each for itself.
    """
    if grain == 0:
        return chance.standard_normal((BANDS, columns), dtype=np.float32)
    drawn = chance.standard_normal((BANDS + 1, columns + 2), dtype=np.float32)
    beside = np.float32(grain * _BESIDE)
    drawn = (drawn[1:] + beside * drawn[:-1]) / np.sqrt(1 + beside**2)
    lasts = (grain * np.linspace(*_LASTS, BANDS)).astype(np.float32)[:, None]
    field = drawn[:, 2:] + lasts * drawn[:, 1:-1] + lasts**2 * drawn[:, :-2]
    return np.asarray(field / np.sqrt(1 + lasts**2 + lasts**4), dtype=np.float32)


def _add_noise(clip: NDArray[np.floating], chance: np.random.Generator) -> NDArray[np.floating]:
    level = chance.uniform(-70.0, -25.0)
    slope = np.linspace(0.0, chance.uniform(-30.0, 10.0), BANDS)
    # A band's power in one frame of Gaussian noise is close to a gamma variable.
    shape = chance.uniform(1.0, 8.0)
    noise = chance.standard_gamma(shape, clip.shape, dtype=np.float32)
    gain = (10.0 ** ((level + slope) / 10.0) / shape).astype(np.float32)
    return 10 * np.log10(_power(clip) + noise * gain[:, None])


def _power(clip: NDArray[np.floating]) -> NDArray[np.float32]:
    return np.asarray(np.float32(10.0) ** (clip.astype(np.float32) / 10), dtype=np.float32)


def _codec(
    clip: NDArray[np.floating], chance: np.random.Generator, grain: float
) -> NDArray[np.floating]:
    depth = np.clip((clip.max(axis=0) - clip) / 60, 0, 1).astype(np.float32)
    error = _trembling(clip.shape[1], chance, grain) * depth
    faint = depth > chance.uniform(0.6, 1.0)
    if grain == 0:
        empty = chance.random(clip.shape, dtype=np.float32) < np.float32(_HOLES)
    else:
        # Holes are neighbours too. Of normal deviations so many are above this.
        empty = _trembling(clip.shape[1], chance, grain) > NormalDist().inv_cdf(1 - _HOLES)
    strength, drop = np.float32(chance.uniform(0.5, 5.0)), np.float32(chance.uniform(3.0, 20.0))
    return clip + error * strength - (faint & empty) * drop
