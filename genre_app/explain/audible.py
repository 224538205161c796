"""Hear an explanation: what carries the genre, and everything else.

Conventions
-----------
Samples are mono at 22,050 Hz. The mask acts on the Fourier transform of the sound at
full resolution, with the phase that it has; both parts sum to the original. A marked
cell is lowered to its band's quiet level, as :mod:`genre_app.explain.occlusion` hides
it, and what is taken away there is the other part.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genre_app.audio import SAMPLE_RATE
from genre_app.explain.occlusion import BAND_COUNT
from genre_app.logmel import BANDS, HOP, WINDOW, mel_filters

__all__ = ["Parts", "match_loudness", "rms", "split"]

_QUIET: Final = 0.1
_FADE_S: Final = 0.05
"""Seconds over which a gain changes: no clicks."""

_PEAK: Final = 0.98
_NOTHING: Final = 1e-10


@dataclass(frozen=True, eq=False)
class Parts:
    """A sound in two.

    Attributes
    ----------
    only, rest : ndarray of float32 [shape=(n,)]
        Their sum is the original.
    """

    only: NDArray[np.float32]
    rest: NDArray[np.float32]


def split(samples: NDArray[np.float32], mask: NDArray[np.floating]) -> Parts:
    """Take the marked cells out of a sound.

    Parameters
    ----------
    samples : ndarray of float32 [shape=(n,)]
        The region that was explained.
    mask : ndarray [shape=(16, times)]
        1 takes out, 0 leaves; between them a part of it.
    """
    import librosa

    spectrum = librosa.stft(samples, n_fft=WINDOW, hop_length=HOP, pad_mode="constant")
    taken = _taken(np.abs(spectrum) ** 2, mask)
    only = librosa.istft(
        spectrum * taken, n_fft=WINDOW, hop_length=HOP, length=len(samples), dtype=np.float32
    )
    return Parts(only, (samples - only).astype(np.float32))


def match_loudness(samples: NDArray[np.float32], like: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give a sound the root mean square of another, as far as its peaks allow.

    Silence stays silent.
    """
    level = rms(samples)
    if level <= _NOTHING:
        return samples
    gain = min(rms(like) / level, _PEAK / float(np.abs(samples).max()))
    return (samples * gain).astype(np.float32)


def rms(samples: NDArray[np.floating]) -> float:
    """Root mean square of samples."""
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))


def _taken(power: NDArray[np.float32], mask: NDArray[np.floating]) -> NDArray[np.float32]:
    """Say how much of each bin and frame is taken out [shape=(1025, frames)]."""
    from genre_app._scipy_more import ndimage

    filters = mel_filters()
    mel = np.maximum(filters @ power, _NOTHING)
    level = np.quantile(mel, _QUIET, axis=1, keepdims=True)
    lowered = 1.0 - np.sqrt(np.minimum(1.0, level / mel))
    frames = power.shape[1]
    place = np.minimum(np.arange(frames) * mask.shape[1] // frames, mask.shape[1] - 1)
    rows = np.repeat(mask, BANDS // BAND_COUNT, axis=0)[:, place] * lowered
    width = max(3, round(_FADE_S * SAMPLE_RATE / HOP) | 1)
    smooth = np.hanning(width + 2)[1:-1]
    rows = ndimage.convolve1d(rows, smooth / smooth.sum(), axis=1, mode="nearest")
    # Each bin belongs to the bands whose filters it passes, by their heights.
    heights = filters / filters.max(axis=1, keepdims=True)
    heights[0, :2] = heights[-1, -2:] = 1e-3  # The ends of the spectrum are in no filter.
    heights = heights / np.maximum(heights.sum(axis=0, keepdims=True), _NOTHING)
    return np.asarray(heights.T @ rows, dtype=np.float32)
