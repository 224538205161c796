"""Take a song apart: drums and harmony, five ranges of pitch; louder, softer, away.

Conventions
-----------
Samples are mono at 22,050 Hz. Gains are decibels from minus infinity (away) to +6. The
drums are what is short in time and wide in pitch, the harmony what is long and narrow
[1]_: no separation of instruments. Each of both is divided into the same five ranges,
so a cell of the spectrum gets the product of its two gains, and with all gains at 0 dB
the sound is what it was.

References
----------
.. [1] Fitzgerald, D. (2010). Harmonic/percussive separation using median filtering.
   DAFx-10.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app import zoo
from genre_app.audio import SAMPLE_RATE
from genre_app.calibration import at_length, softmax
from genre_app.evaluation.words import percent
from genre_app.logmel import HOP, WINDOW, log_mel

__all__ = [
    "LOUDEST_DB",
    "PARTS",
    "SOFTEST_DB",
    "TITLES",
    "Left",
    "Spectra",
    "apply",
    "leave_out",
    "sentence",
    "separate",
    "shares",
]

PARTS: Final = ("drums", "harmony", "bass", "low", "middle", "high", "air")
"""Two kinds of sound, and five ranges of pitch."""

TITLES: Final = MappingProxyType(
    {
        "drums": "Drums and attacks",
        "harmony": "Held notes",
        "bass": "Bass, below 150 Hz",
        "low": "Low, 150 to 500 Hz",
        "middle": "Middle, 500 Hz to 2 kHz",
        "high": "High, 2 to 6 kHz",
        "air": "Air, above 6 kHz",
    }
)
"""What a person reads."""

LOUDEST_DB: Final = 6.0
SOFTEST_DB: Final = -40.0
"""From here down a gain counts as minus infinity: the end of a slider."""

_EDGES_HZ: Final = (150.0, 500.0, 2000.0, 6000.0)
_SLOPE: Final = 1 / 3
"""Octaves over which one range fades into the next."""

_NOTHING: Final = 1e-6
"""Largest sample of a song of which nothing is left."""


@dataclass(frozen=True, eq=False)
class Spectra:
    """A song taken apart, for any gains.

    Attributes
    ----------
    samples : ndarray of float32 [shape=(n,)]
        The song.
    drums, harmony : ndarray of complex64 [shape=(1025, frames)]
        Their sum is the song's transform.
    """

    samples: NDArray[np.float32] = field(repr=False)
    drums: NDArray[np.complex64] = field(repr=False)
    harmony: NDArray[np.complex64] = field(repr=False)


@dataclass(frozen=True)
class Left:
    """What the model says when one part is away.

    Attributes
    ----------
    part : str
    share : float
        The genre's probability then; NaN where nothing is left to read.
    fall : float
        What the genre loses; negative where it gains.
    """

    part: str
    share: float
    fall: float


def separate(samples: NDArray[np.float32]) -> Spectra:
    """Take a song apart once (about a tenth of its length on one core)."""
    import librosa
    from librosa.decompose import hpss

    spectrum = librosa.stft(samples, n_fft=WINDOW, hop_length=HOP, pad_mode="constant")
    harmony, drums = hpss(spectrum)
    return Spectra(samples, drums, harmony)


def apply(song: Spectra, gains: Mapping[str, float]) -> NDArray[np.float32]:
    """Change how loud the parts are.

    Parameters
    ----------
    song : Spectra
    gains : mapping of str to float
        Decibels by name of :data:`PARTS`, at most +6; ``-inf``, or -40 and below,
        takes the part away. What is not named stays.

    Returns
    -------
    ndarray of float32 [shape=(n,)]
        May exceed full scale where something was made louder.

    Raises
    ------
    ValueError
        There is no such part, or a gain is above +6 dB or not a number.
    """
    unknown = gains.keys() - set(PARTS)
    if unknown:
        raise ValueError(f"there is no part {sorted(unknown)}; there are {', '.join(PARTS)}")
    if not all(gain <= LOUDEST_DB for gain in gains.values()):
        raise ValueError(f"gains go up to {LOUDEST_DB:g} dB: {dict(gains)}")
    factors = {part: _factor(gains.get(part, 0.0)) for part in PARTS}
    if all(factor == 1.0 for factor in factors.values()):
        return song.samples
    import librosa

    ranges = _ranges()
    curve = np.array([factors[part] for part in PARTS[2:]], np.float32) @ ranges
    both = factors["drums"] * song.drums + factors["harmony"] * song.harmony
    changed: NDArray[np.float32] = librosa.istft(
        both * curve[:, None],
        n_fft=WINDOW,
        hop_length=HOP,
        length=len(song.samples),
        dtype=np.float32,
    )
    return changed


def shares(samples: NDArray[np.float32], model: zoo.LoadedModel) -> NDArray[np.float64] | None:
    """Give a sound's calibrated blend, or None where nothing sounds [shape=(genres,)]."""
    if float(np.abs(samples).max()) <= _NOTHING:
        return None
    logits = model.outputs(log_mel(samples)).logits
    temperature, _ = at_length(model.card, len(samples) / SAMPLE_RATE)
    return np.asarray(softmax(logits, temperature).mean(axis=0))


def leave_out(
    song: Spectra,
    model: zoo.LoadedModel,
    genre: str,
    *,
    progress: Callable[[float], None] | None = None,
) -> tuple[Left, ...]:
    """Take away each part alone: which single one matters most.

    Parameters
    ----------
    genre : str
        One that the model knows.
    progress : callable, optional
        Told the share that is done, 0 to 1; what it raises stops the measuring.

    Returns
    -------
    tuple of Left
        The part with the largest fall first.
    """
    column = model.genres.index(genre)
    whole = _share(shares(song.samples, model), column)
    found = []
    for index, part in enumerate(PARTS, start=1):
        share = _share(shares(apply(song, {part: -np.inf}), model), column)
        found.append(Left(part, share, whole - share))
        if progress is not None:
            progress(index / len(PARTS))
    return tuple(sorted(found, key=lambda left: (np.isnan(left.fall), -left.fall)))


def sentence(found: tuple[Left, ...], genre_name: str) -> str:
    """Say which part matters most."""
    first = found[0]
    if not first.fall >= 0.01:
        return f"No single part carries {genre_name}: whichever one is away, it does not fall."
    return (
        f"{genre_name} falls most without {TITLES[first.part].lower()}: from "
        f"{percent(first.share + first.fall)} to {percent(first.share)}."
    )


def _share(blend: NDArray[np.float64] | None, column: int) -> float:
    return float("nan") if blend is None else float(blend[column])


def _factor(decibels: float) -> float:
    return 0.0 if decibels <= SOFTEST_DB else float(10.0 ** (decibels / 20.0))


def _ranges() -> NDArray[np.float32]:
    """Say which part of each bin belongs to each range [shape=(5, 1025)]; they sum to 1."""
    hertz = np.maximum(np.linspace(0.0, SAMPLE_RATE / 2, WINDOW // 2 + 1), 1.0)
    above: list[NDArray[Any]] = [np.ones_like(hertz)]
    for edge in _EDGES_HZ:
        above.append(np.clip(np.log2(hertz / edge) / _SLOPE + 0.5, 0.0, 1.0))
    above.append(np.zeros_like(hertz))
    return np.stack([high - low for high, low in pairwise(above)]).astype(np.float32)
