"""What a person may look at: five views of the sound at full resolution.

Conventions
-----------
- Everything comes from the samples at 22,050 Hz and from one short-time Fourier
  transform (:mod:`genre_app.logmel`): hop 512, so 43.07 frames a second; frame
  ``i`` is centred on ``i * 512`` samples. No model ever sees a panel.
- A panel is rows x frames. Row 0 is the lowest frequency, the coefficient 0,
  the pitch class C.
- Chroma assumes that A is 440 Hz: guessing the tuning costs seconds at first
  use and changes little for the eye.

Chroma filters and the tonal centroids are written out here for the reason that
the mel filters are: librosa compiles for a second before its first answer,
this takes milliseconds. Tests hold every panel to librosa's result.

Examples
--------
>>> sound = Sound(audio.load("song.mp3"))  # doctest: +SKIP
>>> compute(sound, "chroma").values.shape  # doctest: +SKIP
(12, 1292)
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from threading import Lock
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genre_app import logmel
from genre_app.audio import SAMPLE_RATE, Recording

__all__ = [
    "MFCCS",
    "PANELS",
    "PITCH_CLASSES",
    "TITLES",
    "TONNETZ_AXES",
    "Panel",
    "Sound",
    "chroma_filters",
    "compute",
    "explain",
    "mel_band_edges",
    "mel_row",
    "tonal_centroids",
]

PANELS: Final = ("waveform", "mel", "mfcc", "chroma", "tonnetz")
"""The keys of the panels, in the order in which they are shown."""

TITLES: Final = MappingProxyType(
    {
        "waveform": "Waveform",
        "mel": "Mel spectrogram",
        "mfcc": "MFCC",
        "chroma": "Chroma",
        "tonnetz": "Tonnetz",
    }
)
"""What a person reads above each panel."""

MFCCS: Final = 20
"""Mel-frequency cepstral coefficients shown, from number 0 on."""

PITCH_CLASSES: Final = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")
"""Rows of the chroma."""

TONNETZ_AXES: Final = (
    "Fifths x",
    "Fifths y",
    "Minor thirds x",
    "Minor thirds y",
    "Major thirds x",
    "Major thirds y",
)
"""Rows of the tonnetz."""

_EXPLANATIONS: Final = MappingProxyType(
    {
        "waveform": "The air pressure over time: the taller the shape, the louder the sound.",
        "mel": "Brightness shows how much sound there is at each pitch, low notes at the bottom, "
        "high ones at the top, spaced as the ear spaces them.",
        "mfcc": "The tone colour, whatever the notes, in 20 numbers: row 0 follows the loudness, "
        "row 1 how dark or bright the sound is, higher rows ever finer detail of its spectrum.",
        "chroma": "Which of the twelve notes sound at each moment, all octaves folded into one: "
        "the strongest is 100 %.",
        "tonnetz": "Where the harmony stands on three circles, of fifths, minor thirds and major "
        "thirds: while a chord holds the colours hold, and they jump when it changes.",
    }
)

_SILENT_DB: Final = -60.0
"""Frames this far below the loudest one have no pitch that anybody hears."""

_SILENT_MEAN_SQUARE: Final = 1e-9
"""Nor has anything under this, -90 dB of full scale: it is dither and hiss."""

_NOTHING: Final = 1e-30
"""Power below which the loudest cell is digital silence."""


@dataclass(frozen=True, eq=False)
class Panel:
    """One view of a sound: rows x frames of numbers that say what they are.

    Attributes
    ----------
    key : str
        One of :data:`PANELS`.
    values : ndarray of float32 [shape=(rows, frames)]
        In ``unit``.
    start_s, step_s : float
        Seconds: the centre of frame 0, and from one frame to the next.
    duration_s : float
        Length of the recording in seconds.
    rows : tuple of str
        The name of each row, as on the axis: a frequency, a pitch class ...
    unit : str
        Unit of the values; empty where they are plain numbers.
    """

    key: str
    values: NDArray[np.float32]
    start_s: float
    step_s: float
    duration_s: float
    rows: tuple[str, ...]
    unit: str

    @property
    def title(self) -> str:
        """What a person reads above it."""
        return TITLES[self.key]

    @property
    def frames(self) -> int:
        """Number of frames."""
        return int(self.values.shape[1])

    @property
    def times_s(self) -> NDArray[np.floating]:
        """Centre of every frame in seconds, shape ``(frames,)``."""
        return self.start_s + self.step_s * np.arange(self.frames)


class Sound:
    """A recording and what its panels share, computed once when first needed.

    One Fourier transform feeds both the mel power and the chroma, block by
    block, so that a song of 15 minutes needs no gigabyte. May be shared
    between threads: whoever comes second waits for the first one's result.

    Attributes
    ----------
    recording : Recording
        What it was made of.
    """

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self._lock = Lock()
        self._spectra: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None

    @property
    def mel_power(self) -> NDArray[np.float32]:
        """As :func:`genre_app.logmel.mel_power` gives, ``(128, frames)``. Read-only."""
        return self._shared()[0]

    @property
    def chroma(self) -> NDArray[np.float32]:
        """Chroma, ``(12, frames)``, 0 to 1, silent frames 0. Read-only."""
        return self._shared()[1]

    def _shared(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        with self._lock:
            if self._spectra is None:
                self._spectra = _mel_power_and_chroma(self.recording.samples)
            return self._spectra


def compute(sound: Sound, key: str) -> Panel:
    """Compute one panel.

    Parameters
    ----------
    sound : Sound
    key : str
        One of :data:`PANELS`.

    Returns
    -------
    Panel
        Its values are read-only where they are shared.
    """
    if key not in _COMPUTE:
        raise ValueError(f"there is no panel {key!r}; there are {', '.join(PANELS)}")
    return _COMPUTE[key](sound)


def explain(key: str) -> str:
    """Say in one plain sentence what one sees in a panel."""
    return _EXPLANATIONS[key]


def mel_band_edges() -> NDArray[np.float64]:
    """Corner frequencies of the mel bands in hertz.

    Returns
    -------
    ndarray of float64 [shape=(130,)]
        Band ``i`` rises from ``[i]``, peaks at ``[i + 1]`` and ends at ``[i + 2]``.
    """
    top = logmel.hertz_to_mel(SAMPLE_RATE / 2)
    return logmel.mel_to_hertz(np.linspace(0.0, top, logmel.BANDS + 2))


def mel_row(hertz: float) -> float:
    """Say at which row of the mel spectrogram a frequency lies, in fractions of a row."""
    top = logmel.hertz_to_mel(SAMPLE_RATE / 2)
    return logmel.hertz_to_mel(hertz) / top * (logmel.BANDS + 1) - 1.0


@cache
def chroma_filters() -> NDArray[np.float32]:
    """Weights that fold a spectrum into twelve pitch classes, A at 440 Hz.

    The same as ``librosa.filters.chroma(sr=22050, n_fft=2048, tuning=0)``: a
    Gaussian of one semitone, or of one Fourier bin where that is wider, around
    each pitch class; bins far from the fifth octave above 27.5 Hz count less.

    Returns
    -------
    ndarray of float32 [shape=(12, 1025)]
        Read-only.

    References
    ----------
    .. [1] Ellis, D. P. W. (2007). Chroma feature analysis and synthesis.
       https://www.ee.columbia.edu/~dpwe/resources/matlab/chroma-ansyn/
    """
    hertz = np.linspace(0.0, SAMPLE_RATE, logmel.WINDOW, endpoint=False)[1:]
    semitone = 12 * np.log2(hertz / 27.5)
    # 0 Hz has no pitch: it is put 1.5 octaves below bin 1, halfway round the circle.
    semitone = np.concatenate(([semitone[0] - 18.0], semitone))
    width = np.concatenate((np.maximum(np.diff(semitone), 1.0), [1.0]))
    distance = np.remainder(semitone - np.arange(12.0)[:, None] + 6.0, 12.0) - 6.0
    weights = np.exp(-0.5 * (2.0 * distance / width) ** 2)
    weights /= np.linalg.norm(weights, axis=0)
    weights *= np.exp(-0.5 * ((semitone / 12 - 5.0) / 2.0) ** 2)
    # Row 0 is A so far; the rows are to begin at C.
    filters: NDArray[np.float32] = np.roll(weights, -3, axis=0).astype(np.float32)
    filters = np.ascontiguousarray(filters[:, : logmel.WINDOW // 2 + 1])
    filters.flags.writeable = False
    return filters


def tonal_centroids(chroma: NDArray[np.floating]) -> NDArray[np.float32]:
    """Project chroma onto the circles of fifths, minor thirds and major thirds.

    Parameters
    ----------
    chroma : ndarray of float [shape=(12, frames)]
        Not negative; row 0 is C.

    Returns
    -------
    ndarray of float32 [shape=(6, frames)]
        Rows as :data:`TONNETZ_AXES`; the last circle has radius 0.5, as in [1]_.
        Silent frames lie in the middle, at 0.

    References
    ----------
    .. [1] Harte, C., Sandler, M. and Gasser, M. (2006). Detecting harmonic
       change in musical audio. Proc. 1st ACM Workshop on Audio and Music
       Computing Multimedia, 21-26.
    """
    angles = np.pi * np.outer([7 / 6, 3 / 2, 2 / 3], np.arange(12))
    circles = np.stack([np.sin(angles), np.cos(angles)], axis=1).reshape(6, 12)
    circles[4:] *= 0.5
    total = chroma.sum(axis=0)
    shares = chroma / np.where(total > 0, total, 1)
    return np.asarray(circles.astype(np.float32) @ shares, np.float32)


def _mel_power_and_chroma(
    samples: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    folding = chroma_filters()
    mel, folded, energy = [], [], []
    for block in logmel.stft_power(samples):
        mel.append(logmel.to_mel(block))
        folded.append(folding @ block)
        energy.append(block.sum(axis=0))
    power = np.concatenate(mel, axis=1)
    chroma = _normalise(np.concatenate(folded, axis=1), np.concatenate(energy))
    power.flags.writeable = False
    chroma.flags.writeable = False
    return power, chroma


def _normalise(raw: NDArray[np.float32], energy: NDArray[np.float32]) -> NDArray[np.float32]:
    # By Parseval a frame's one-sided power is about N/2 times the energy of its
    # windowed samples, and a Hann window keeps 3/8 of that of N samples.
    hiss = _SILENT_MEAN_SQUARE * logmel.WINDOW**2 * 3 / 16
    silent = energy <= max(hiss, float(energy.max()) * 10 ** (_SILENT_DB / 10))
    peak = raw.max(axis=0)
    peak[silent] = np.inf
    return raw / peak


def _spectral(
    sound: Sound, key: str, values: NDArray[np.float32], rows: tuple[str, ...], unit: str = ""
) -> Panel:
    step = 1 / logmel.FRAME_RATE
    return Panel(key, values, 0.0, step, sound.recording.duration_s, rows, unit)


def _waveform(sound: Sound) -> Panel:
    samples, duration = sound.recording.samples[None, :], sound.recording.duration_s
    step = 1 / SAMPLE_RATE
    return Panel("waveform", samples, 0.0, step, duration, ("Amplitude",), "of full scale")


def _mel(sound: Sound) -> Panel:
    rows = tuple(f"{hertz:.0f} Hz" for hertz in mel_band_edges()[1:-1])
    return _spectral(sound, "mel", _decibels(sound.mel_power), rows, "dB")


def _mfcc(sound: Sound) -> Panel:
    from genre_app._scipy import fft

    values = fft.dct(_decibels(sound.mel_power), axis=0, type=2, norm="ortho")[:MFCCS]
    rows = tuple(str(number) for number in range(MFCCS))
    # A copy lets go of the other 108 coefficients.
    return _spectral(sound, "mfcc", np.array(values, np.float32), rows)


def _chroma(sound: Sound) -> Panel:
    return _spectral(sound, "chroma", sound.chroma, PITCH_CLASSES)


def _tonnetz(sound: Sound) -> Panel:
    return _spectral(sound, "tonnetz", tonal_centroids(sound.chroma), TONNETZ_AXES)


def _decibels(power: NDArray[np.float32]) -> NDArray[np.float32]:
    loudest = power.max()
    if loudest < _NOTHING:
        return np.full(power.shape, logmel.FLOOR_DB, np.float32)
    # The floor goes in before the logarithm: there is no zero to take it of.
    cells = np.maximum(power, loudest * np.float32(10 ** (logmel.FLOOR_DB / 10)))
    np.log10(cells, out=cells)
    cells *= np.float32(10.0)
    cells -= np.float32(10.0) * np.log10(loudest)
    return np.maximum(cells, np.float32(logmel.FLOOR_DB), out=cells)


_COMPUTE: Final[MappingProxyType[str, Callable[[Sound], Panel]]] = MappingProxyType(
    {
        "waveform": _waveform,
        "mel": _mel,
        "mfcc": _mfcc,
        "chroma": _chroma,
        "tonnetz": _tonnetz,
    }
)
