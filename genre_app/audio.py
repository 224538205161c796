"""Audio in: bytes, a path or an upload become a :class:`Recording`.

Conventions
-----------
Samples are float32, mono, at :data:`SAMPLE_RATE` hertz, full scale is 1.0.
Times are seconds. File names and types are never believed: the bytes decide.

Mono is the mean of the channels. Where they cancel (over the whole file the mean
holds less than a tenth of the power that independent channels would leave in
it), the louder channel stands for all, and a note says so.

Examples
--------
>>> recording = load("song.mp3")  # doctest: +SKIP
>>> recording.format, recording.duration_s  # doctest: +SKIP
('MP3', 187.4)
"""

import hashlib
import html
import io
import math
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final, Literal

import numpy as np
from numpy.typing import NDArray

from genre_app._decode import Decoded, DecodeError, decode
from genre_app._decoders import id3_end
from genre_app._source import printable, read, shown_name, why_not
from genre_app.errors import AudioTooShort, SilentAudio, UnreadableAudio

__all__ = [
    "MAX_BYTES",
    "MAX_SECONDS",
    "MIN_SECONDS",
    "SAMPLE_RATE",
    "Recording",
    "Tags",
    "limit_words",
    "load",
    "must_sound",
    "wav_bytes",
]

SAMPLE_RATE: Final = 22_050
"""Hertz. The rate of GTZAN, and so of everything that a model hears."""

MIN_SECONDS: Final = 1.0
"""Seconds of audio below which there is no reading."""

MAX_SECONDS: Final = 900.0
"""Seconds after which decoding stops, unless told otherwise."""

MAX_BYTES: Final = 200 * 2**20
"""Size of the largest file that is decoded; uploads are bounded by Streamlit's too."""

SILENCE: Final = 1e-4
"""Peak, -80 dB of full scale, below which nobody hears anything."""

ID3_BYTES: Final = 2**16
"""How much of an ID3 tag is looked at."""

A_DAY: Final = 86_400.0
"""Seconds from which on a length in a header is a mark for "unknown" rather than a length."""

OVERLOAD: Final = 100.0
"""Peak above which the samples are on another scale, e.g. integers written as floats."""


@dataclass(frozen=True)
class Tags:
    """What the file says of itself; ``None`` where it says nothing."""

    title: str | None = None
    artist: str | None = None
    album: str | None = None


@dataclass(frozen=True, eq=False)
class Recording:
    """One piece of audio, ready to be looked at and read.

    Attributes
    ----------
    samples : ndarray of float32 [shape=(n,)]
        Mono, at :data:`SAMPLE_RATE`, finite, full scale 1.0.
    name : str
        What to call it on screen: the file's name, or e.g. ``"recording"``.
    sha256 : str
        Of the bytes that were decoded: the key of every cache.
    format : str
        Container and coding as found in the bytes, e.g. ``"MP3"``.
    original_rate : int
        Hertz, before resampling.
    original_channels : int
        Before mixing to mono.
    truncated : bool
        Whether decoding stopped at the limit of seconds.
    notes : tuple of str
        Plain sentences on what was done to it ("the channels cancel ...").
    """

    samples: NDArray[np.float32]
    name: str
    sha256: str
    format: str
    original_rate: int
    original_channels: int
    truncated: bool = False
    tags: Tags = field(default_factory=Tags)
    notes: tuple[str, ...] = ()

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.samples.size / SAMPLE_RATE


def load(
    source: str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO,
    *,
    name: str | None = None,
    max_seconds: float = MAX_SECONDS,
    max_bytes: int = MAX_BYTES,
) -> Recording:
    """Decode audio of any usual format to mono at :data:`SAMPLE_RATE`.

    Parameters
    ----------
    source : path, bytes or binary file
        A file such as Streamlit's upload is read whole, wherever it stands, and
        left standing there.
    name : str, optional
        What to call it in messages; by default the file's own name.
    max_seconds : float > 0
        Where decoding stops; the recording is then ``truncated``.
    max_bytes : int > 0
        Size of the largest file that is looked at.

    Returns
    -------
    Recording
        The same bytes and limits give the same samples, bit for bit.

    Raises
    ------
    UnreadableAudio
        When there is no such file, or no sound can be decoded from it.
    AudioTooShort
        When it is shorter than :data:`MIN_SECONDS`.
    AudioTooLong
        When it has more than ``max_bytes``.
    SilentAudio
        When nothing in it reaches :data:`SILENCE` and there is no constant offset
        either.
    ValueError, TypeError
        For limits that are not positive and sources that are not binary.
    """
    if not (math.isfinite(max_seconds) and max_seconds > 0 and max_bytes > 0):
        raise ValueError(f"limits must be positive: {max_seconds=}, {max_bytes=}")
    shown = shown_name(source, name)
    data = read(source, shown, max_bytes)
    try:
        decoded = decode(data, rate=SAMPLE_RATE, max_seconds=max_seconds)
    except DecodeError as error:
        raise UnreadableAudio(f"{shown} {why_not(data, str(error))}") from error
    _check_length(decoded, shown)
    _check_level(decoded, shown)
    overload = decoded.peak > OVERLOAD
    return Recording(
        samples=decoded.samples / np.float32(decoded.peak) if overload else decoded.samples,
        name=shown,
        sha256=hashlib.sha256(data).hexdigest(),
        format=decoded.format,
        original_rate=decoded.rate,
        original_channels=decoded.channels,
        truncated=decoded.truncated,
        tags=_tags(data),
        notes=tuple(_notes(decoded)),
    )


def limit_words() -> str:
    """Say how much of a long file is read: ``"15 minutes"``."""
    return _time(MAX_SECONDS)


def wav_bytes(samples: NDArray[np.floating[Any]], rate: int = SAMPLE_RATE) -> bytes:
    """Encode samples as a 16-bit WAV file, at the level that they have.

    Parameters
    ----------
    samples : ndarray of float [shape=(n,) or (n, channels)]
        Full scale is 1.0; what exceeds it is clipped, and nothing is normalised,
        so that a quiet passage also plays as one.
    rate : int
        Hertz.

    Returns
    -------
    bytes
        For a player, e.g. ``st.audio(wav_bytes(x), format="audio/wav")``.
    """
    import soundfile

    file = io.BytesIO()
    clipped = np.clip(samples, -1.0, 1.0)
    soundfile.write(file, clipped, rate, format="WAV", subtype="PCM_16")
    return file.getvalue()


# Judging what was decoded ---------------------------------------------------------------


def _check_length(decoded: Decoded, shown: str) -> None:
    if not decoded.samples.size:
        why = "is damaged" if decoded.damage else "has a header but no sound in it"
        raise UnreadableAudio(f"{shown} {why}. Export or download it again.")
    seconds = decoded.samples.size / SAMPLE_RATE
    if seconds < MIN_SECONDS and not decoded.truncated:
        usable = " that can be read, for it is damaged" if decoded.damage else ""
        raise AudioTooShort(
            f"{shown} has only {seconds:.2f} seconds of sound{usable}; a reading needs at least "
            f"{MIN_SECONDS:g}, and is better with 10 or more. Choose a longer piece."
        )


def _check_level(decoded: Decoded, shown: str) -> None:
    # A constant offset is no silence to a decoder, so it is let through, with a note.
    if decoded.peak < SILENCE and not decoded.offset:
        if decoded.repaired:
            raise UnreadableAudio(
                f"{shown} holds no sound: its samples are not numbers, or impossibly large. "
                "Export it again, e.g. as FLAC or 16-bit WAV."
            )
        where = f"its first {_time(decoded.seconds)}" if decoded.truncated else "it"
        raise SilentAudio(
            f"{shown} is silent: nothing in {where} reaches -80 dB of full scale. "
            "Check that the right track was exported, or that the microphone was on."
        )


def _notes(decoded: Decoded) -> Iterator[str]:
    if decoded.truncated:
        yield f"Only the first {_time(round(decoded.seconds, 1))} were read; {_rest(decoded)}."
    if decoded.damage == "cut":
        yield (
            "The file is damaged or cut short; "
            f"the first {decoded.seconds:.1f} seconds could be read."
        )
    elif decoded.damage == "patchy":
        muted = f", of which {decoded.muted_s:.1f} were noise and are muted"
        yield (
            f"The file is damaged in places; {decoded.seconds:.1f} seconds could be read"
            f"{muted if decoded.muted_s else ''}."
        )
    if decoded.channel is not None:
        yield (
            "The channels cancel when mixed to mono; "
            f"channel {decoded.channel + 1} of {decoded.channels}, the loudest, was used."
        )
    if decoded.repaired:
        yield (
            f"{decoded.repaired:,} samples were not numbers, or impossibly large, "
            "and were set to zero."
        )
    if decoded.offset:
        alone = "; beside it there is nothing that sounds, so the bars mean nothing"
        yield f"A constant offset (DC) was removed{alone if decoded.peak < SILENCE else ''}."
    if decoded.peak > OVERLOAD:
        yield "The samples were far above full scale and were scaled down to it."


def _rest(decoded: Decoded) -> str:
    """Say how far a file goes on; its own word for that may be wrong, so it is given as such."""
    declared = decoded.declared_s
    if declared is None or not decoded.seconds < declared < A_DAY:
        return "the file goes on"
    minutes, seconds = divmod(round(declared), 60)
    return f"the file says that it lasts {f'{minutes} min ' if minutes else ''}{seconds} s"


def _time(seconds: float) -> str:
    return f"{seconds / 60:g} minutes" if seconds >= 120 else f"{seconds:g} seconds"


# Tags -----------------------------------------------------------------------------------

# ID3 frames, Vorbis comments, MP4 atoms and ASF attributes that mean the same.
_TAG_NAMES: Final = {
    "title": ("TIT2", "title", "\xa9nam"),
    "artist": ("TPE1", "artist", "\xa9ART", "Author"),
    "album": ("TALB", "album", "\xa9alb", "WM/AlbumTitle"),
}


def _tags(data: bytes) -> Tags:
    """Return what the file says of itself; whatever is odd about it, nothing is raised."""
    from mutagen import MutagenError

    # Damaged tags: mutagen wraps most of what they cause in its own error, but not all.
    leaks = (ValueError, TypeError, LookupError, ArithmeticError, struct.error, RecursionError)
    try:
        found = _tag_items(data)
        words = {
            field: next((text for key in keys if (text := _tag_text(found.get(key.lower())))), None)
            for field, keys in _TAG_NAMES.items()
        }
    except (MutagenError, *leaks):
        return Tags()
    return Tags(**words)


def _tag_text(value: Any) -> str | None:  # noqa: ANN401  # Each format has its own classes.
    value = getattr(value, "text", value)
    first = next(iter(value), None) if isinstance(value, list | tuple) else value
    # Web shops write entities into their tags: &quot;J.A.R&quot;.
    words = html.unescape(str(first)[:2000]) if first is not None else ""
    return printable(words, 300) or None


def _tag_items(data: bytes) -> dict[str, Any]:
    import mutagen
    from mutagen import asf, flac, id3, mp4, oggflac, oggopus, oggvorbis

    chunk = data if data[:3] == b"ID3" else _id3_chunk(data)
    if chunk:
        # ID3 may be compressed a thousandfold. Of a large tag mutagen therefore gets the
        # start, where taggers put the words, and the cover picture is not wanted.
        size = min(id3_end(chunk), ID3_BYTES)
        head = chunk[:6] + bytes(size - 10 >> shift & 127 for shift in (21, 14, 7, 0))
        words = {name: getattr(id3, name) for name in ("TIT2", "TPE1", "TALB", "TT2", "TP1", "TAL")}
        found: Any = id3.ID3(io.BytesIO(head + chunk[10:size]), known_frames=words)
    elif data[-128:-125] == b"TAG":
        found = id3.ParseID3v1(data[-128:])
    else:
        kinds = [flac.FLAC, mp4.MP4, asf.ASF, oggvorbis.OggVorbis, oggopus.OggOpus, oggflac.OggFLAC]
        found = mutagen.File(io.BytesIO(data), options=kinds)
    return {str(key).lower(): value for key, value in (found or {}).items()}


def _id3_chunk(data: bytes) -> bytes:
    """Return the ID3 tag in a WAV or AIFF file; empty where there is none."""
    if data[:4] not in (b"RIFF", b"FORM"):
        return b""
    order: Literal["little", "big"] = "little" if data[:4] == b"RIFF" else "big"
    place = 12
    for _ in range(1000):
        size = int.from_bytes(data[place + 4 : place + 8], order)
        if data[place : place + 4].lower() == b"id3 ":
            return data[place + 8 : place + 8 + size]
        place += 8 + size + size % 2
    return b""


def must_sound(
    samples: NDArray[np.float32],
    message: str = "Nothing sounds in this part of the song. Choose another part.",
) -> None:
    """Refuse a part of a song in which nothing reaches :data:`SILENCE`.

    Raises
    ------
    SilentAudio
        With the message.
    """
    if float(np.abs(samples).max()) < SILENCE:
        raise SilentAudio(message)
