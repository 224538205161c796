"""The two decoders behind :mod:`genre_app.audio`, each as a stream of blocks.

libsndfile reads WAV, FLAC, Ogg Vorbis, AIFF, AU and CAF; FFmpeg (PyAV) reads MP3,
Opus, M4A, WebM, WMA, and FLAC and Ogg where libsndfile loses some. The first bytes choose,
never a name.

MP3 goes to FFmpeg although libsndfile reads it too: on sound files the two agree
to 3e-6 and are equally fast, but libmpg123 gives up at the first bad stretch (10
of 30 s of a file with bit rot, where FFmpeg reads 29) and writes to stderr what
nothing can silence. Ogg Opus goes to FFmpeg too, which takes half the time; the two
differ by 0.005 dB in the mean of the log-mel's cells.

Everything here is untrusted input: nothing is allocated because a header says so.
"""

import functools
import io
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from av import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

BLOCK: Final = 1 << 16
"""Frames that are decoded at once."""

MAX_CHANNELS: Final = 16
"""Third-order ambisonics; music has 1, 2, 6 or 8."""

MIN_RATE: Final = 1_000
MAX_RATE: Final = 768_000
"""Hertz. Between them lies every converter ever sold, telephone to studio."""

Samples = NDArray[np.float32]


class DecodeError(Exception):
    """A decoder refuses; the text ends a sentence that starts with the file's name, or is empty."""


class Block(NamedTuple):
    """Decoded audio: samples of shape (channels, frames) and their rate in hertz."""

    samples: Samples
    rate: int


Damage = Literal["", "cut", "patchy"]
"""What was lost: nothing, the end, or pieces on the way."""

Blocks = Generator[Block, None, Damage]
"""Yields blocks, and returns what was lost between or after them."""


class Source(NamedTuple):
    """An opened file: what it is, how long it says it is (seconds), and its blocks."""

    format: str
    declared_s: float | None
    blocks: Blocks


def openers(data: bytes) -> tuple[Callable[[bytes], Source], ...]:
    """Return the decoders to try, the better one first."""
    if data[:4] in _PLAIN:
        return (_open_sndfile,)
    if data[:4] == b"OggS" and b"OpusHead" in data[:64]:
        return _open_ffmpeg, _open_sndfile
    if data[:4] in _PACKED:
        return _open_sndfile, _open_ffmpeg
    return (_open_ffmpeg,)


def check_limits(channels: int, rate: int) -> None:
    """Raise where no music has so many channels or such a rate."""
    if not 1 <= channels <= MAX_CHANNELS:
        raise DecodeError(f"claims {channels} channels, and at most {MAX_CHANNELS} can be read")
    if not MIN_RATE <= rate <= MAX_RATE:
        raise DecodeError(f"claims a sampling rate of {rate:,} Hz, which no music has")


# libsndfile -----------------------------------------------------------------------------

# Mostly plain samples, in which FFmpeg could recover nothing more. It is kept away from
# them: for a chunk that claims 2 GB, FFmpeg takes 2 GB.
_PLAIN: Final = frozenset({b"RIFF", b"RIFX", b"RF64", b"riff", b"FORM", b".snd", b"caff"})

_PACKED: Final = frozenset({b"fLaC", b"OggS"})

_SNDFILE_WORDS: Final = {"WAVEX": "WAV", "RF64": "WAV", "W64": "WAV (W64)"}


class _Reader(io.BytesIO):
    """Bytes for libsndfile, which may seek before the start when a header lies."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Seek like a C file does: to a bad place not at all, and without an exception."""
        try:
            return super().seek(offset, whence)
        except (ValueError, OverflowError):
            return self.tell()


def _open_sndfile(data: bytes) -> Source:
    import soundfile

    try:
        sound = soundfile.SoundFile(_Reader(data))
    except soundfile.LibsndfileError as error:
        raise DecodeError from error
    check_limits(sound.channels, sound.samplerate)
    word = _SNDFILE_WORDS.get(sound.format, sound.format)
    if sound.format == "OGG":
        word = f"Ogg {sound.subtype.title()}"
    return Source(word, sound.frames / sound.samplerate, _sndfile_blocks(sound))


def _sndfile_blocks(sound: Any) -> Blocks:  # noqa: ANN401  # soundfile has no types.
    import soundfile

    with sound:
        while True:
            try:
                block = sound.read(BLOCK, dtype="float32", always_2d=True)
            except soundfile.LibsndfileError:
                return "cut"
            if not len(block):
                return ""
            yield Block(block.T, sound.samplerate)


# FFmpeg ---------------------------------------------------------------------------------

# Containers that hold sound in themselves. Playlists, HLS and concat scripts, which
# make FFmpeg open other files and addresses, are not among them.
_CONTAINERS: Final = "mp3,mov,mp4,m4a,3gp,matroska,webm,asf,aac,ogg,flac,amr,wv,ape,ac3,eac3"

# Decoders that may run, and the word for each. It keeps the video decoders of a film
# or a cover picture, a wide surface for attacks, out of reach.
_DECODERS: Final = {
    "mp3float": "MP3",
    "mp3": "MP3",
    "mp2float": "MP2",
    "mp2": "MP2",
    "aac": "AAC",
    "alac": "ALAC",
    "opus": "Opus",
    "libopus": "Opus",
    "vorbis": "Vorbis",
    "flac": "FLAC",
    "wmav1": "WMA",
    "wmav2": "WMA",
    "wmapro": "WMA Pro",
    "wmalossless": "WMA Lossless",
    "amrnb": "AMR",
    "amrwb": "AMR",
    "libopencore_amrnb": "AMR",
    "libopencore_amrwb": "AMR",
    "ac3": "AC-3",
    "eac3": "E-AC-3",
    "wavpack": "WavPack",
    "ape": "Monkey's Audio",
    "adpcm_ima_qt": "ADPCM",
} | {
    f"pcm_{kind}": "PCM"
    for kind in (
        *("u8", "s16le", "s16be", "s24le", "s24be", "s32le", "s32be"),
        *("f32le", "f32be", "f64le", "f64be", "alaw", "mulaw"),
    )
}


@functools.cache
def _ffmpeg_settings() -> dict[str, Any]:
    import av

    options = {
        "format_whitelist": _CONTAINERS,
        "codec_whitelist": ",".join(_DECODERS),
        "protocol_whitelist": "none",
    }
    # Before version 19 PyAV raises on a tag that is not UTF-8, unless told not to.
    old = int(av.__version__.split(".")[0]) < 19
    return {"options": options} | ({"metadata_errors": "replace"} if old else {})


def _open_ffmpeg(data: bytes) -> Source:
    import av

    data = _without_id3(data)
    try:
        container = av.open(io.BytesIO(data), mode="r", **_ffmpeg_settings())
    except av.FFmpegError as error:
        raise DecodeError from error
    if not container.streams.audio:
        container.close()
        raise DecodeError("holds no sound, only pictures or text")
    stream = container.streams.audio[0]
    coding = stream.codec_context.name if stream.codec_context else "unknown"
    if coding not in _DECODERS:
        container.close()
        raise DecodeError(f"is coded in a way that cannot be read here ({coding})")
    check_limits(max(1, stream.codec_context.layout.nb_channels), MIN_RATE)  # Rate: see frames.
    blocks = _ffmpeg_blocks(container, stream)
    return Source(_word(container.format.name, coding, data), _declared(container, data), blocks)


def _word(container: str, coding: str, data: bytes) -> str:
    word = _DECODERS[coding]
    match container.split(",")[0]:
        case "mov":
            return f"{word} (M4A)"
        case "matroska":
            return f"{'WebM' if b'webm' in data[:64] else 'Matroska'} {word}"
        case "ogg":
            return f"Ogg {word}"
    return word


def _declared(container: "InputContainer", data: bytes) -> float | None:
    """Return the seconds a header vouches for; FFmpeg's guesses from a bit rate are left out."""
    name = container.format.name.split(",")[0]
    if name == "mp3":
        # Only a frame count (Xing, or Info where the bit rate is constant) is a promise.
        if not any(mark in data[:256] for mark in (b"Xing", b"Info")):
            return None
    elif name not in {"mov", "matroska", "flac", "wv", "ape", "asf"}:
        return None
    stream = container.streams.audio[0]
    if stream.duration and stream.time_base:
        seconds = float(stream.duration * stream.time_base)
    elif container.duration and len(container.streams) == 1:
        seconds = container.duration / 1e6
    else:
        return None
    return seconds if seconds > 0 else None


def id3_end(data: bytes) -> int:
    """Return where an ID3v2 tag at the start ends; 0 where there is none."""
    if data[:3] != b"ID3" or len(data) < 10:
        return 0
    a, b, c, d = data[6:10]
    footer = 10 if data[5] & 0x10 else 0
    return 10 + ((a & 127) << 21 | (b & 127) << 14 | (c & 127) << 7 | (d & 127)) + footer


def _without_id3(data: bytes) -> bytes:
    """Return the data behind its ID3 tags.

    FFmpeg unpacks every frame of a tag, up to 256 MB each, before it plays a note: 4 MB of
    them keep a processor busy for half a minute.
    """
    start = 0
    for _ in range(16):
        end = id3_end(data[start : start + 10])
        if not end:
            return data[start:]
        # Of a tag longer than the file only the header goes: the music may follow soon.
        start += end if start + end < len(data) else 10
    raise DecodeError("is damaged: it begins with one tag after another")


def _ffmpeg_blocks(container: "InputContainer", stream: "AudioStream") -> Blocks:
    """Decode packet by packet: one that is broken costs itself, not what follows."""
    import av
    from av.audio.fifo import AudioFifo

    good, bad, fruitless, broken_off = 0, 0, 0, False
    fifo = AudioFifo()  # Joins frames of some 1,000 samples, which halves the time.
    rate, channels = 0, 0
    with container:
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                break
            except av.FFmpegError:
                broken_off = True
                break
            try:
                frames = packet.decode()
            except av.FFmpegError:
                frames, bad = [], bad + 1
            except ValueError as error:  # "Unknown codec": the headers contradict each other.
                raise DecodeError from error
            if not frames:
                fruitless += 1
                if fruitless > max(500, good):
                    break  # Noise that looks like a header now and then.
            for frame in frames:
                good += 1
                frame.pts = None  # The fifo insists on time stamps without gaps.
                # A stream may change midway. The fifo itself does not look at the channels:
                # it would read the second of a mono frame, and the process would die.
                if frame.sample_rate == rate and frame.layout.nb_channels == channels:
                    try:
                        fifo.write(frame)
                        continue
                    except ValueError:  # Another sample format or unit of time.
                        pass
                yield from _drain(fifo, 0)
                fifo, rate, channels = AudioFifo(), frame.sample_rate, frame.layout.nb_channels
                fifo.write(frame)
            if fifo.samples >= BLOCK:
                yield from _drain(fifo, BLOCK)
        yield from _drain(fifo, 0)
    if bad > good:
        raise DecodeError
    if bad > 2:  # One or two are a foreign tag at the end, and no loss.
        return "patchy"
    return "cut" if broken_off else ""


def _drain(fifo: Any, size: int) -> Iterator[Block]:  # noqa: ANN401  # Not in the stubs of av 14.
    """Yield what the fifo holds in blocks of ``size`` frames; 0: all, if anything."""
    while fifo.samples and fifo.samples >= size:
        frame = fifo.read(size, partial=True)
        yield Block(_as_float(frame), frame.sample_rate)


def _as_float(frame: "AudioFrame") -> Samples:
    try:
        samples = frame.to_ndarray()
    except ValueError as error:  # 64-bit integers; nobody has met them in music.
        raise DecodeError from error
    if not frame.format.is_planar:
        samples = samples.reshape(-1, frame.layout.nb_channels).T
    if samples.dtype.kind == "f":
        with np.errstate(over="ignore"):  # From float64; repaired in the mix.
            return samples.astype(np.float32, copy=False)
    scaled = samples.astype(np.float32) / np.float32(2 ** (8 * samples.dtype.itemsize - 1))
    return scaled - np.float32(samples.dtype.kind == "u")  # Unsigned samples rest at half.
