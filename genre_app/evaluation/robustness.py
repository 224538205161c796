"""What happens to music between the studio and the listener, done to clean audio.

Conventions
-----------
Samples are mono float32 at 22,050 Hz, full scale 1.0, and so are the results,
except that a tempo has its own length. Nothing here is random: noise comes from
a fixed seed.
"""

import io
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app.audio import SAMPLE_RATE
from genre_app.evaluation.intervals import Estimate, plain, share_by_group

__all__ = [
    "AIM",
    "TITLES",
    "VARIANTS",
    "Clip",
    "Stability",
    "Unheard",
    "Variant",
    "band",
    "gain",
    "mp3",
    "noise",
    "pitch",
    "rate",
    "robustness",
    "room",
    "tempo",
]

Samples = NDArray[np.float32]
Variant = Callable[[Samples], Samples]

AIM: Final = 0.85
"""Share of the clips that are to keep their first genre, whatever is done to them."""

_ORDER: Final = 6
"""Of the Butterworth filters, run forwards and backwards: 72 dB an octave, no delay."""

_MP3_RATE: Final = 44_100
"""Hertz, as nearly every mp3 has it."""

_DECAYS: Final = (
    (40.0, 250.0, 1.2),
    (250.0, 1_000.0, 1.0),
    (1_000.0, 4_000.0, 0.85),
    (4_000.0, 10_500.0, 0.6),
)
"""From and to hertz, and how long a room rings there beside its middle."""


@dataclass(frozen=True, eq=False)
class Clip:
    """A clip, and what a model knows of it.

    Attributes
    ----------
    samples : ndarray of float32 [shape=(n,)]
    unheard_by : tuple of int
        Numbers of the model's networks that have not learnt from it; empty where all
        have, or where nobody knows.
    learnt : bool or None
        Whether any network has learnt from it; ``None``: nobody knows.
    label : int or None
        Its genre, where that is known.
    artist : str
        Whose it is, or nothing.
    """

    samples: Samples
    unheard_by: tuple[int, ...] = ()
    learnt: bool | None = None
    label: int | None = None
    artist: str = ""


@dataclass(frozen=True)
class Unheard:
    """What a variant does to clips that are read by networks that have not learnt from them.

    Attributes
    ----------
    clips, same : int
        Clips, and those whose first genre stays what it was.
    share : Estimate
        ``same`` of ``clips``, with a 95 % interval: whole artists drawn with replacement,
        where any is known, else Wilson's.
    went_to : tuple of (int, int)
        As in :class:`Stability`.
    labelled : int
        Clips whose genre is known.
    right_before, right_after : int
        Of those, how many are named rightly as they are, and in the variant.
    """

    clips: int
    same: int
    share: Estimate
    went_to: tuple[tuple[int, int], ...]
    labelled: int
    right_before: int
    right_after: int


@dataclass(frozen=True)
class Stability:
    """What a variant does to the answers.

    Attributes
    ----------
    variant : str
    clips, same : int
        Clips, and those whose first genre stays what it was, as the model is served: also
        clips that it has learnt from.
    share : Estimate
        ``same`` of ``clips``, with a 95 % interval: whole artists drawn with replacement,
        where any is known, else Wilson's.
    went_to : tuple of (int, int)
        Of the other clips: the first genre now, and how many have it; most first.
    learnt : int or None
        Clips that the model has learnt from; ``None``: nobody knows.
    unheard : Unheard or None
        What it does on new music; ``None``: there is no clip that could say so.
    """

    variant: str
    clips: int
    same: int
    share: Estimate
    went_to: tuple[tuple[int, int], ...]
    learnt: int | None = None
    unheard: Unheard | None = None

    def as_dict(self) -> dict[str, Any]:
        """Give it ready for JSON."""
        return dict(plain(self))


def gain(samples: Samples, *, decibels: float) -> Samples:
    """Make it louder or quieter as a 16-bit file holds it: clipped and rounded."""
    louder = np.clip(samples * 10.0 ** (decibels / 20.0), -1.0, 1.0)
    return np.asarray(np.rint(louder * 32_767.0) / 32_767.0, dtype=np.float32)


def band(samples: Samples, *, low_hz: float | None = None, high_hz: float | None = None) -> Samples:
    """Keep what lies between two frequencies, either of them open.

    The filter is run forwards and backwards, so what is 3 dB down once is 6 dB down at each
    of them.
    """
    from genre_app._scipy_more import signal

    match low_hz, high_hz:
        case None, None:
            return samples
        case None, high:
            sos = signal.butter(_ORDER, high, "lowpass", fs=SAMPLE_RATE, output="sos")
        case low, None:
            sos = signal.butter(_ORDER, low, "highpass", fs=SAMPLE_RATE, output="sos")
        case edges:
            sos = signal.butter(_ORDER, edges, "bandpass", fs=SAMPLE_RATE, output="sos")
    return np.asarray(signal.sosfiltfilt(sos, samples), dtype=np.float32)


def mp3(samples: Samples, *, kilobits: int) -> Samples:
    """Encode as a stereo mp3 of this rate would be, and decode again (LAME).

    Such a file has 44,100 Hz and two channels, which share the bits; the one
    channel that is here gets half of them. At 64 kbit/s that cuts above 9 kHz.
    """
    import av
    import soundfile
    import soxr

    wide = soxr.resample(samples, SAMPLE_RATE, _MP3_RATE).astype(np.float32)
    file = io.BytesIO()
    with av.open(file, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=_MP3_RATE)
        stream.bit_rate = kilobits * 1000 // 2
        stream.layout = "mono"
        stream.format = "fltp"
        frame = av.AudioFrame.from_ndarray(wide[None], format="fltp", layout="mono")
        frame.sample_rate = _MP3_RATE
        for piece in (frame, None):
            container.mux(stream.encode(piece))
    file.seek(0)
    decoded, decoded_rate = soundfile.read(file, dtype="float32")
    back = soxr.resample(decoded, decoded_rate, SAMPLE_RATE)
    return np.asarray(back, dtype=np.float32)


def noise(samples: Samples, *, snr_db: float, seed: int = 0) -> Samples:
    """Add white noise so many decibels below the mean power of the music."""
    hiss = np.random.default_rng(seed).standard_normal(samples.size)
    power = float(np.mean(np.square(samples, dtype=np.float64)))
    wanted = power / 10.0 ** (snr_db / 10.0)
    return np.asarray(samples + hiss * np.sqrt(wanted / np.mean(hiss**2)), dtype=np.float32)


def pitch(samples: Samples, *, semitones: float) -> Samples:
    """Move the pitch and leave the tempo (phase vocoder)."""
    from librosa.effects import pitch_shift

    with warnings.catch_warnings():
        # librosa 1.0 warns of its own calls.
        warnings.simplefilter("ignore")
        moved = pitch_shift(samples, sr=SAMPLE_RATE, n_steps=semitones)
    return np.asarray(moved, dtype=np.float32)


def tempo(samples: Samples, *, percent: float) -> Samples:
    """Play faster (above 0) or slower and leave the pitch (phase vocoder)."""
    from librosa.effects import time_stretch

    with warnings.catch_warnings():
        # As above.
        warnings.simplefilter("ignore")
        played = time_stretch(samples, rate=1.0 + percent / 100.0)
    return np.asarray(played, dtype=np.float32)


def rate(samples: Samples, *, hertz: int) -> Samples:
    """Resample to a lower rate and back: nothing is left above half of it."""
    import soxr

    low = soxr.resample(samples, SAMPLE_RATE, hertz)
    back = np.asarray(soxr.resample(low, hertz, SAMPLE_RATE), dtype=np.float32)
    # A rate that does not divide the other adds or loses a sample or two.
    return np.pad(back, (0, max(0, samples.size - back.size)))[: samples.size]


def room(samples: Samples, *, seconds: float, direct_db: float, seed: int = 0) -> Samples:
    """Play it through a small loudspeaker and record it across a room.

    The loudspeaker has 180 Hz to 9 kHz, 12 dB an octave on both sides. The room's response is
    noise that decays, 4 ms after the sound that comes straight: bass longest, treble shortest.

    Parameters
    ----------
    samples : ndarray of float32 [shape=(n,)]
    seconds : float
        In which the middle of the spectrum has decayed by 60 dB.
    direct_db : float
        Energy of what comes straight, beside that of all that is reflected.
    seed : int
        Of the room.

    Returns
    -------
    ndarray of float32 [shape=(n,)]
        Its loudest sample as before; what rings on after the end is cut.
    """
    from genre_app._scipy_more import signal

    chance = np.random.default_rng(seed)
    times = np.arange(round(1.2 * seconds * SAMPLE_RATE)) / SAMPLE_RATE
    tail = np.zeros(times.size)
    for low_hz, high_hz, longer in _DECAYS:
        sos = signal.butter(3, [low_hz, high_hz], "bandpass", fs=SAMPLE_RATE, output="sos")
        diffuse = signal.sosfilt(sos, chance.standard_normal(times.size))
        tail += diffuse * 10.0 ** (-3.0 * times / (seconds * longer))
    tail *= 10.0 ** (-direct_db / 20.0) / np.sqrt(np.sum(tail**2))
    response = np.concatenate([[1.0], np.zeros(round(0.004 * SAMPLE_RATE) - 1), tail])
    speaker = signal.butter(2, [180.0, 9_000.0], "bandpass", fs=SAMPLE_RATE, output="sos")
    heard = signal.fftconvolve(signal.sosfilt(speaker, samples), response)[: samples.size]
    loudest = max(float(np.abs(heard).max()), 1e-12)
    return np.asarray(heard * (float(np.abs(samples).max()) / loudest), dtype=np.float32)


VARIANTS: Final[Mapping[str, Variant]] = MappingProxyType(
    {
        "gain-20": partial(gain, decibels=-20.0),
        "gain+6": partial(gain, decibels=6.0),
        "phone": partial(band, low_hz=300.0, high_hz=3_400.0),
        "low-pass-8k": partial(band, high_hz=8_000.0),
        "rate-8k": partial(rate, hertz=8_000),
        "mp3-128": partial(mp3, kilobits=128),
        "mp3-64": partial(mp3, kilobits=64),
        "noise-20": partial(noise, snr_db=20.0),
        "pitch+1": partial(pitch, semitones=1.0),
        "pitch-1": partial(pitch, semitones=-1.0),
        "tempo+6": partial(tempo, percent=6.0),
        "tempo-6": partial(tempo, percent=-6.0),
        "room": partial(room, seconds=0.6, direct_db=-3.0),
    }
)
"""What is done to real files; each takes samples and gives new ones."""

TITLES: Final = MappingProxyType(
    {
        "gain-20": "20 dB quieter",
        "gain+6": "6 dB louder, clipped",
        "phone": "Through a telephone (300 to 3,400 Hz)",
        "low-pass-8k": "Nothing above 8 kHz",
        "rate-8k": "Recorded at 8 kHz (nothing above 4 kHz)",
        "mp3-128": "MP3 at 128 kbit/s",
        "mp3-64": "MP3 at 64 kbit/s",
        "noise-20": "With noise, 20 dB below the music",
        "pitch+1": "A semitone higher",
        "pitch-1": "A semitone lower",
        "tempo+6": "6 % faster",
        "tempo-6": "6 % slower",
        "room": "From a small loudspeaker, across a room",
    }
)
"""What a person reads for each of :data:`VARIANTS`."""


def robustness(
    read_tops: Callable[[Samples, Clip], tuple[int, int | None]],
    clips: Sequence[Clip],
    variants: Mapping[str, Variant] = VARIANTS,
    *,
    progress: Callable[[float], None] | None = None,
) -> tuple[Stability, ...]:
    """Count how many clips keep their first genre in each variant.

    Parameters
    ----------
    read_tops : callable
        Gives the position of the first genre of samples that were made of a clip: as the
        model is served, and by the networks that have not learnt from the clip (``None``
        where there are none).
    clips : sequence of Clip
    progress : callable, optional
        Told the share that is done, 0 to 1; what it raises stops the measuring.

    Raises
    ------
    ValueError
        There is no clip.
    """
    if not clips:
        raise ValueError("there is no clip to listen to")
    tell = progress or (lambda share: None)
    before: list[tuple[int, int | None]] = []
    after: dict[str, list[tuple[int, int | None]]] = {name: [] for name in variants}
    for done, clip in enumerate(clips):
        before.append(read_tops(clip.samples, clip))
        for name, change in variants.items():
            after[name].append(read_tops(change(clip.samples), clip))
        tell((done + 1) / len(clips))
    return tuple(_stability(name, clips, before, after[name]) for name in variants)


def _stability(
    name: str,
    clips: Sequence[Clip],
    before: Sequence[tuple[int, int | None]],
    after: Sequence[tuple[int, int | None]],
) -> Stability:
    same, went_to = _kept([(was, now) for (was, _), (now, _) in zip(before, after, strict=True)])
    learnt = [clip.learnt for clip in clips if clip.learnt is not None]
    return Stability(
        variant=name,
        clips=len(clips),
        same=same,
        share=_estimate(
            clips, [was == now for (was, _), (now, _) in zip(before, after, strict=True)]
        ),
        went_to=went_to,
        learnt=sum(learnt) if len(learnt) == len(clips) else None,
        unheard=_unheard(clips, before, after),
    )


def _unheard(
    clips: Sequence[Clip],
    before: Sequence[tuple[int, int | None]],
    after: Sequence[tuple[int, int | None]],
) -> Unheard | None:
    new = [
        (was, now, clip)
        for clip, (_, was), (_, now) in zip(clips, before, after, strict=True)
        if was is not None and now is not None
    ]
    if not new:
        return None
    same, went_to = _kept([(was, now) for was, now, _ in new])
    return Unheard(
        clips=len(new),
        same=same,
        share=_estimate([clip for _, _, clip in new], [was == now for was, now, _ in new]),
        went_to=went_to,
        labelled=sum(clip.label is not None for _, _, clip in new),
        right_before=sum(was == clip.label for was, _, clip in new),
        right_after=sum(now == clip.label for _, now, clip in new),
    )


def _estimate(clips: Sequence[Clip], same: Sequence[bool]) -> Estimate:
    """Give the share that stays; who is unknown is nobody else."""
    artists = [clip.artist or str(number) for number, clip in enumerate(clips)]
    known = any(clip.artist for clip in clips)
    return share_by_group(np.array(same), artists if known else None)


def _kept(tops: Sequence[tuple[int, int]]) -> tuple[int, tuple[tuple[int, int], ...]]:
    """Count the first genres that stay, and where the others went: most first."""
    moved = [now for was, now in tops if now != was]
    counts = [(genre, moved.count(genre)) for genre in sorted(set(moved))]
    return len(tops) - len(moved), tuple(sorted(counts, key=lambda pair: -pair[1]))
