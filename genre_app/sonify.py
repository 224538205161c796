"""Hear a panel: sound made of nothing but the numbers that it shows.

What one hears is what the picture knows. All that is missing from it, the picture
has thrown away: the tune in MFCC, the octave and the tone colour in chroma.

Conventions
-----------
- In: the :class:`~genre_app.panels.Sound` whose panel it is. Out: float32 samples
  at 22,050 Hz, of the same length or the part asked for, as loud as each other
  whatever the panel.
- No chance: the noise is the same every time.
"""

from collections.abc import Callable
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genre_app import logmel
from genre_app.audio import SAMPLE_RATE
from genre_app.panels import MFCCS, PANELS, Sound, tonal_centroids

__all__ = ["HEARD_AS", "hear", "nearest_triads"]

Samples = NDArray[np.float32]

HEARD_AS: Final = MappingProxyType(
    {
        "waveform": "The sound itself: nothing is missing.",
        "mel": "Noise, shaped in each band as the picture shows. Rhythm, words and tone colour "
        "are there; the exact pitch is blurred, the lower the more.",
        "mfcc": "The same noise, shaped by 20 numbers a moment only. One knows speech from "
        "drums from strings, but there is no tune left.",
        "chroma": "Twelve organ tones, as strong as the rows of the picture, in many octaves at "
        "once. Chords are there; who plays them, how high, is not.",
        "tonnetz": "The one chord of 24, major or minor, that lies nearest to where the picture "
        "stands, twice a second.",
    }
)
"""What one hears of each panel, and what is missing."""

_LEVEL: Final = 0.1
"""Root mean square of what comes out; -20 dB of full scale."""

_CHORD_S: Final = 0.5

_ROUNDS: Final = 10

_OCTAVES: Final = 2.0 ** np.arange(-2, 4)
"""Of a pitch class's tone, around its place above middle C."""


def hear(sound: Sound, key: str, *, start_s: float = 0.0, seconds: float = 15.0) -> Samples:
    """Turn a part of a panel back into sound.

    Parameters
    ----------
    sound : Sound
    key : str
        One of :data:`genre_app.panels.PANELS`.
    start_s, seconds : float
        The part; what lies beyond the end is left out.

    Returns
    -------
    ndarray of float32 [shape=(samples,)]
        At 22,050 Hz, within -1 to 1.

    Raises
    ------
    ValueError
        There is no such panel, or the part is empty.
    """
    if key not in PANELS:
        raise ValueError(f"there is no panel {key!r}; there are {', '.join(PANELS)}")
    first = round(start_s * logmel.FRAME_RATE)
    last = min(first + round(seconds * logmel.FRAME_RATE), sound.mel_power.shape[1])
    if first < 0 or last - first < 2:
        raise ValueError(f"there is nothing at {start_s:g} s")
    part = slice(first, last)
    if not sound.mel_power[:, part].any():
        return np.zeros((last - first) * logmel.HOP, dtype=np.float32)
    return _as_loud(_HEAR[key](sound, part))


def nearest_triads(centroids: NDArray[np.floating]) -> NDArray[np.intp]:
    """Name the major or minor triad nearest to each point of the tonnetz.

    Parameters
    ----------
    centroids : ndarray of float [shape=(6, n)]

    Returns
    -------
    ndarray of int [shape=(n,)]
        0 to 11: C major to B major; 12 to 23: C minor to B minor.
    """
    places = tonal_centroids(_TRIADS.T)
    distances = ((centroids[:, None] - places[:, :, None]) ** 2).sum(axis=0)
    return np.asarray(distances.argmin(axis=0))


def _triads() -> NDArray[np.float32]:
    chords = np.zeros((24, 12), dtype=np.float32)
    for root in range(12):
        for row, third in ((root, 4), (root + 12, 3)):
            chords[row, [root, (root + third) % 12, (root + 7) % 12]] = 1.0
    return chords


_TRIADS: Final = _triads()


def _itself(sound: Sound, part: slice) -> Samples:
    return sound.recording.samples[part.start * logmel.HOP : part.stop * logmel.HOP]


def _mel(sound: Sound, part: slice) -> Samples:
    return _shaped_noise(sound.mel_power[:, part])


def _mfcc(sound: Sound, part: slice) -> Samples:
    from genre_app._scipy import fft

    power = sound.mel_power[:, part]
    decibels = 10 * np.log10(np.maximum(power, power.max() * 1e-8))
    kept = fft.dct(decibels, axis=0, type=2, norm="ortho")[:MFCCS]
    smooth = fft.idct(kept, axis=0, type=2, norm="ortho", n=logmel.BANDS)
    return _shaped_noise(10 ** (smooth / 10))


def _chroma(sound: Sound, part: slice) -> Samples:
    return _organ(sound.chroma[:, part], _loudness(sound, part))


def _tonnetz(sound: Sound, part: slice) -> Samples:
    chroma = sound.chroma[:, part]
    step = round(_CHORD_S * logmel.FRAME_RATE)
    starts = np.arange(0, chroma.shape[1], step)
    # The mean of what sounds, then its place: silence has no chord.
    mean = np.add.reduceat(chroma, starts, axis=1)
    chords = _TRIADS[nearest_triads(tonal_centroids(mean))].T * (mean.max(axis=0) > 0)
    return _organ(np.repeat(chords, step, axis=1)[:, : chroma.shape[1]], _loudness(sound, part))


def _loudness(sound: Sound, part: slice) -> NDArray[np.float32]:
    return np.sqrt(sound.mel_power[:, part].sum(axis=0))


def _shaped_noise(power: NDArray[np.floating]) -> Samples:
    """Give noise whose mel power [shape=(128, frames)] is this, as far as noise can."""
    from genre_app._scipy_more import signal

    filters = logmel.mel_filters()
    reach = np.maximum(filters.sum(axis=0), 1e-12)[:, None]
    spectrum = np.ones((filters.shape[1], power.shape[1]), dtype=np.float32)
    # Richardson and Lucy: it comes ever nearer to a spectrum that has these bands, and none
    # of its cells can fall below zero.
    for _ in range(_ROUNDS):
        wanted = power / np.maximum(filters @ spectrum, 1e-12)
        spectrum *= (filters.T @ wanted) / reach
    phases = np.random.default_rng(0).uniform(0, 2 * np.pi, spectrum.shape)
    _, samples = signal.istft(
        np.sqrt(spectrum) * np.exp(1j * phases),
        nperseg=logmel.WINDOW,
        noverlap=logmel.WINDOW - logmel.HOP,
        window="hann",
    )
    return np.asarray(samples, dtype=np.float32)


def _organ(shares: NDArray[np.floating], loudness: NDArray[np.floating]) -> Samples:
    """Play twelve pitch classes [shape=(12, frames)], each in all octaves."""
    samples = shares.shape[1] * logmel.HOP
    frames = np.arange(samples) / logmel.HOP
    times = np.arange(samples) / SAMPLE_RATE
    heard = np.zeros(samples)
    for number, share in enumerate(shares):
        if not share.any():
            continue
        middle = 440.0 * 2.0 ** ((number - 9) / 12)
        # Middle octaves loudest: no octave stands out, as none does in the picture.
        tone = sum(
            np.exp(-0.5 * np.log2(octave) ** 2) * np.sin(2 * np.pi * middle * octave * times)
            for octave in _OCTAVES
        )
        heard += tone * np.interp(frames, np.arange(len(share)), share * loudness)
    return heard.astype(np.float32)


def _as_loud(samples: Samples) -> Samples:
    level = float(np.sqrt(np.mean(samples.astype(np.float64) ** 2)))
    loudest = float(np.abs(samples).max())
    gain = min(_LEVEL / level, 0.99 / loudest) if loudest > 0 else 0.0
    return samples * np.float32(gain)


_HEAR: Final = MappingProxyType[str, Callable[[Sound, slice], Samples]](
    {
        "waveform": _itself,
        "mel": _mel,
        "mfcc": _mfcc,
        "chroma": _chroma,
        "tonnetz": _tonnetz,
    }
)
