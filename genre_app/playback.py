"""Samples to a small file that a browser can play.

Conventions
-----------
Samples are float32, mono, at :data:`genre_app.audio.SAMPLE_RATE`. What is played is what
the models read: the same samples, not resampled; only what is so quiet that a class would not
hear it, as a microphone's recording may be, is made louder as a whole.

A short piece is kept as it is, in 16 bits. One of the usual length becomes FLAC, which takes a
tenth of a second and loses nothing; three minutes are 4 to 7 MB. A longer one becomes Ogg
Vorbis: ten minutes are less than 3 MB instead of 26, and take some three seconds to encode,
seven times as long as FLAC. Vorbis, not MP3, because it encodes three times as fast and adds no
silence in front: the cursor stays where the sound is.
"""

import io
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genre_app.audio import SAMPLE_RATE, wav_bytes

__all__ = ["LOSSLESS_S", "PLAIN_S", "Playable", "encode"]

PLAIN_S: Final = 45.0
"""Seconds up to which the samples are sent as they are: 2 MB at most."""

LOSSLESS_S: Final = 300.0
"""Seconds up to which nothing is lost: 13 MB at most, of noise; of music about 8."""

_QUALITY: Final = 0.9
"""Of libsndfile, 0 the largest file to 1 the smallest: 31 to 39 kbit a second of music."""

_QUICK: Final = 0.0
"""Likewise, for FLAC, where it is time against size: the slowest saves a tenth."""

_QUIET: Final = 0.1
"""Loudest sample below which a class hears little: -20 dB of full scale. No published song is."""

_LOUD: Final = 0.5
"""Where the loudest sample of something quiet is put."""

_BLOCK: Final = 2**16
"""Samples written at once. Vorbis puts a block on the stack: a whole song overflows it."""


@dataclass(frozen=True)
class Playable:
    """An encoded sound.

    Attributes
    ----------
    data : bytes
    mime : str
        ``"audio/wav"``, ``"audio/flac"`` or ``"audio/ogg"``.
    """

    data: bytes
    mime: str


def encode(samples: NDArray[np.float32]) -> Playable:
    """Encode mono samples for a browser.

    Parameters
    ----------
    samples : ndarray of float32 [shape=(n,)]
        Full scale is 1.0; what exceeds it is clipped. What stays below -20 dB of it is played
        with its loudest sample at -6 dB.
    """
    loudest = max(float(samples.max()), -float(samples.min()))
    if 0.0 < loudest < _QUIET:
        samples = samples * np.float32(_LOUD / loudest)
    if samples.size <= PLAIN_S * SAMPLE_RATE:
        return Playable(wav_bytes(samples), "audio/wav")
    if samples.size <= LOSSLESS_S * SAMPLE_RATE:
        return Playable(_written(samples, "FLAC", "PCM_16", _QUICK), "audio/flac")
    return Playable(_written(samples, "OGG", "VORBIS", _QUALITY), "audio/ogg")


def _written(samples: NDArray[np.float32], form: str, subtype: str, level: float) -> bytes:
    import soundfile

    place = io.BytesIO()
    with soundfile.SoundFile(
        place,
        "w",
        samplerate=SAMPLE_RATE,
        channels=1,
        format=form,
        subtype=subtype,
        compression_level=level,
    ) as file:
        for start in range(0, samples.size, _BLOCK):
            file.write(np.clip(samples[start : start + _BLOCK], -1.0, 1.0))
    return place.getvalue()
