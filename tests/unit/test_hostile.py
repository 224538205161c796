"""Files made to do harm, through the door that strangers use: a sentence or a sane recording.

All of them are read by one child process, whose memory and time are watched: what a
decoder takes is taken by C, where Python's own accounting does not see it.
"""

import io
import json
import pickle
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
import pytest
import soundfile

from genre_app.audio import SAMPLE_RATE, Recording, load
from genre_app.errors import AudioError
from genre_app.ui.state import escape_markdown, file_stem

ROOT: Final = Path(__file__).parents[2]
MEGABYTE: Final = 2**20
RATE: Final = 44_100

COVER: Final = 40 * MEGABYTE


# Making them ----------------------------------------------------------------------------


def sound(seconds: float = 2.0) -> np.ndarray[Any, np.dtype[np.float32]]:
    noise = np.random.default_rng(0).standard_normal(round(seconds * RATE))
    return (0.1 * noise).astype(np.float32)


def encoded(samples: Any, rate: int = RATE, kind: str = "WAV/PCM_16") -> bytes:  # noqa: ANN401
    file = io.BytesIO()
    container, subtype = kind.split("/")
    soundfile.write(file, samples, rate, format=container, subtype=subtype)
    return file.getvalue()


def m4a(tags: dict[str, str] | None = None) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as output:
        output.metadata.update(tags or {})
        stream: Any = output.add_stream("aac", rate=RATE, layout="mono")
        whole = sound()
        for start in range(0, whole.size - 1024, 1024):
            part = np.ascontiguousarray(whole[np.newaxis, start : start + 1024])
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = RATE, start
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return file.getvalue()


def with_field(data: bytes, at: int, form: str, value: float) -> bytes:
    """Return the bytes with one field of a header overwritten."""
    changed = bytearray(data)
    struct.pack_into(form, changed, at, value)
    return bytes(changed)


def after(data: bytes, mark: bytes, more: int = 0) -> int:
    """Return the place behind a mark."""
    return data.index(mark) + len(mark) + more


def ogg_page(body: list[bytes], *, number: int, position: int, flags: int = 0) -> bytes:
    """Return one page of packets shorter than 255 bytes."""
    head = struct.pack("<4sBBqIII", b"OggS", 0, flags, position, 1, number, 0)
    page = bytearray(head + bytes([len(body), *map(len, body)]) + b"".join(body))
    checksum = 0
    for byte in page:
        checksum = (checksum << 8) & 0xFFFFFFFF ^ _TABLE[checksum >> 24 ^ byte]
    page[22:26] = checksum.to_bytes(4, "little")
    return bytes(page)


def _entry(number: int) -> int:
    number <<= 24
    for _ in range(8):
        number = (number << 1 ^ 0x04C11DB7 * (number >> 31)) & 0xFFFFFFFF
    return number


_TABLE: Final = [_entry(number) for number in range(256)]


def opus_silence(seconds: int) -> bytes:
    """Return Opus of two bytes for every 120 milliseconds: six frames that hold nothing."""
    packets = seconds * 1000 // 120
    head = b"OpusHead\1\1" + struct.pack("<HIhB", 0, 48_000, 0, 0)
    pages = [
        ogg_page([head], number=0, position=0, flags=2),
        ogg_page([b"OpusTags" + bytes(8)], number=1, position=0),
    ]
    for start in range(0, packets, 250):
        count = min(250, packets - start)
        end = start + count
        last = 4 if end == packets else 0
        body = [b"\xfb\x06"] * count
        pages.append(ogg_page(body, number=len(pages), position=end * 5760, flags=last))
    return b"".join(pages)


def id3(*frames: tuple[bytes, bytes]) -> bytes:
    def length(n: int) -> bytes:
        return bytes(n >> shift & 127 for shift in (21, 14, 7, 0))

    body = b"".join(name + length(len(text)) + b"\0\0" + text for name, text in frames)
    return b"ID3\x04\0\0" + length(len(body)) + body


def keras() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as target:
        target.writestr("config.json", '{"class_name": "Lambda"}')
        target.writestr("model.weights.h5", bytes(2000))
    return file.getvalue()


def flac_cover() -> bytes:
    block = struct.pack(">II", 3, 9) + b"image/png" + bytes(20) + bytes(16 * MEGABYTE - 100)
    picture = struct.pack(">I", 6 << 24 | len(block)) + block
    return FLAC[:42] + picture * 2 + FLAC[42:]


def m4a_cover() -> bytes:
    def atom(name: bytes, *content: bytes) -> bytes:
        inside = b"".join(content)
        return struct.pack(">I", 8 + len(inside)) + name + inside

    data = atom(b"data", struct.pack(">II", 14, 0), bytes(COVER))
    hdlr = atom(b"hdlr", bytes(8), b"mdirappl", bytes(9))
    udta = atom(b"udta", atom(b"meta", bytes(4), hdlr, atom(b"ilst", atom(b"covr", data))))
    at = M4A.index(b"moov") - 4
    size = int.from_bytes(M4A[at : at + 4], "big")
    return with_field(M4A[: at + size] + udta + M4A[at + size :], at, ">I", size + len(udta))


WAV: Final = encoded(sound())
FLOAT: Final = encoded(sound(), kind="WAV/FLOAT")
FLAC: Final = encoded(sound(), kind="FLAC/PCM_16")
AIFF: Final = encoded(sound(), kind="AIFF/PCM_16")
AU: Final = encoded(sound(), kind="AU/PCM_16")
CAF: Final = encoded(sound(), kind="CAF/PCM_16")
MP3: Final = encoded(sound(), kind="MP3/MPEG_LAYER_III")
VORBIS: Final = encoded(sound(), kind="OGG/VORBIS")
M4A: Final = m4a()

TERABYTE: Final = (2**40).to_bytes(8, "big")
SCRIPT: Final = "<script>alert(1)</script>![x](http://x/?q)"


@dataclass(frozen=True)
class Hostile:
    """One file; what must come of it, and the megabytes that reading it may take at most."""

    make: Callable[[], bytes]
    error: str | None = None
    says: str = ""
    format: str = ""
    seconds: float | None = None
    megabytes: int = 60


WHOLE: Final = 250
"""Megabytes: fifteen minutes of sound are 76, joined once from their pieces."""

FILES: Final = {
    "hour_of_silence.opus": Hostile(
        lambda: opus_silence(3600), "silent-audio", "its first 15 minutes", megabytes=WHOLE
    ),
    "200_channels.wav": Hostile(
        lambda: encoded(np.zeros((4000, 200), np.int16)), "unreadable-audio", "200 channels"
    ),
    "65535_channels.wav": Hostile(lambda: with_field(WAV, 22, "<H", 65_535), "unreadable-audio"),
    "no_channels.wav": Hostile(lambda: with_field(WAV, 22, "<H", 0), "unreadable-audio"),
    "1_hertz.wav": Hostile(
        lambda: with_field(WAV, 24, "<I", 1), "unreadable-audio", "sampling rate of 1 Hz"
    ),
    "0_hertz.wav": Hostile(lambda: with_field(WAV, 24, "<I", 0), "unreadable-audio"),
    "2^31_hertz.wav": Hostile(lambda: with_field(WAV, 24, "<I", 2**31), "unreadable-audio"),
    "2^31_hertz.aiff": Hostile(
        lambda: with_field(AIFF, after(AIFF, b"COMM", 12), ">H", 0x401E), "unreadable-audio"
    ),
    "1_hertz.au": Hostile(lambda: with_field(AU, 16, ">I", 1), "unreadable-audio", "1 Hz"),
    "nan_hertz.caf": Hostile(
        lambda: with_field(CAF, after(CAF, b"desc", 8), ">d", float("nan")), "unreadable-audio"
    ),
    "1_hertz.m4a": Hostile(  # The true rate stands in the AAC itself.
        lambda: with_field(M4A, after(M4A, b"mp4a", 24), ">I", 1 << 16), seconds=2
    ),
    "data_4_gigabytes.wav": Hostile(
        lambda: with_field(WAV, after(WAV, b"data"), "<I", 2**32 - 1), seconds=2
    ),
    "data_nothing.wav": Hostile(
        lambda: with_field(WAV, after(WAV, b"data"), "<I", 0), "unreadable-audio"
    ),
    "fmt_2_gigabytes.wav": Hostile(
        lambda: with_field(WAV, after(WAV, b"fmt "), "<I", 2**31 - 100), "unreadable-audio"
    ),
    "frame_of_0_bytes.wav": Hostile(lambda: with_field(WAV, 32, "<H", 0)),
    "sample_of_0_bits.wav": Hostile(lambda: with_field(WAV, 34, "<H", 0)),
    "2^36_samples.flac": Hostile(
        lambda: with_field(FLAC, 21, ">B", FLAC[21] | 15)[:22] + b"\xff" * 4 + FLAC[26:], seconds=2
    ),
    "2^32_frames.aiff": Hostile(lambda: with_field(AIFF, after(AIFF, b"COMM", 6), ">I", 2**32 - 1)),
    "2^32_frames.mp3": Hostile(
        lambda: with_field(MP3, after(MP3, b"Xing", 4), ">I", 2**32 - 1), seconds=2
    ),
    "2^32_sizes.m4a": Hostile(lambda: with_field(M4A, after(M4A, b"stsz", 8), ">I", 2**32 - 1)),
    "2^32_chunks.m4a": Hostile(lambda: with_field(M4A, after(M4A, b"stsc", 4), ">I", 2**32 - 1)),
    "2^32_times.m4a": Hostile(lambda: with_field(M4A, after(M4A, b"stts", 8), ">I", 2**32 - 1)),
    "terabyte_of_moov.m4a": Hostile(
        lambda: M4A[:32] + b"\0\0\0\1moov" + TERABYTE + bytes(5000), "unreadable-audio"
    ),
    "terabyte_at_the_end.m4a": Hostile(lambda: M4A + b"\0\0\0\1moov" + TERABYTE, seconds=2),
    "2_gigabytes_of_ftyp.m4a": Hostile(lambda: b"\x7f\xff\xff\xffftyp" + M4A[8:]),
    "all_nan.wav": Hostile(
        lambda: encoded(np.full(RATE * 2, np.nan, np.float32), kind="WAV/FLOAT"),
        "unreadable-audio",
        "not numbers",
    ),
    "some_inf.wav": Hostile(
        lambda: FLOAT[:-4000] + np.full(1000, -np.inf, np.float32).tobytes(), seconds=2
    ),
    "largest_floats.wav": Hostile(
        lambda: encoded(np.tile(np.array([3e38, -3e38], np.float32), RATE), kind="WAV/FLOAT"),
        "unreadable-audio",
        "not numbers",
    ),
    "cover.mp3": Hostile(
        lambda: id3((b"TIT2", b"\3x"), (b"APIC", b"\0image/png\0\3\0" + bytes(COVER))) + MP3,
        seconds=2,
        megabytes=130,
    ),
    "cover.flac": Hostile(flac_cover, seconds=2, megabytes=130),
    "cover.m4a": Hostile(m4a_cover, seconds=2, megabytes=200),
    "script_in_tags.mp3": Hostile(lambda: id3((b"TIT2", b"\3" + SCRIPT.encode())) + MP3, seconds=2),
    "empty.mp3": Hostile(bytes, "unreadable-audio", "holds 0 bytes"),
    "model.wav": Hostile(keras, "unreadable-audio", "ZIP archive"),
    "pickle.wav": Hostile(lambda: pickle.dumps({"a": [1.0] * 1000}), "unreadable-audio"),
    "ebml_terabyte.webm": Hostile(
        lambda: b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x01" + TERABYTE[1:] + bytes(2000),
        "unreadable-audio",
    ),
    "vorbis_comment_4_gigabytes.ogg": Hostile(
        lambda: with_field(VORBIS, after(VORBIS, b"\3vorbis"), "<I", 2**32 - 1)
    ),
    "flac_comment_16_megabytes.flac": Hostile(
        lambda: FLAC[:42] + b"\x04\xff\xff\xff" + b"\xff" * 8 + FLAC[42:]
    ),
}

READER: Final = """
import json, sys, time
from pathlib import Path
from genre_app import audio, errors

def memory(field):
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(field)), 0) / 1024

def forget_the_peak():
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pass

audio.load(Path(sys.argv[1], "warm.wav")), audio.load(Path(sys.argv[1], "warm.m4a"))
for path in sorted(Path(sys.argv[1]).iterdir()):
    forget_the_peak()
    before, began = memory("VmRSS"), time.process_time()
    found = {"file": path.name}
    try:
        recording = audio.load(path)
    except errors.GenreAppError as error:
        found |= {"kind": error.kind, "message": str(error)}
    except BaseException as error:
        found |= {"raised": repr(error)}
    else:
        samples = recording.samples
        found |= {
            "seconds": recording.duration_s,
            "finite": bool(abs(samples.sum()) < float("inf") and samples.dtype == "float32"),
            "title": recording.tags.title,
        }
    found |= {"megabytes": memory("VmHWM") - before, "cpu_s": time.process_time() - began}
    print(json.dumps(found), flush=True)
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Return what one process, which must outlive them all, made of each file."""
    folder = tmp_path_factory.mktemp("hostile")
    for name, case in FILES.items():
        (folder / name).write_bytes(case.make())
    (folder / "warm.wav").write_bytes(WAV)
    (folder / "warm.m4a").write_bytes(M4A)
    ran = subprocess.run(
        [sys.executable, "-c", READER, str(folder)],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, f"died with {ran.returncode}: {ran.stdout[-200:]}{ran.stderr}"
    assert ran.stderr == ""  # No decoder talks behind the app's back.
    found = map(json.loads, ran.stdout.splitlines())
    return {one["file"]: one for one in found}


@pytest.mark.parametrize("name", FILES)
def test_a_sentence_or_a_sane_recording(name: str, outcomes: dict[str, dict[str, Any]]) -> None:
    case, found = FILES[name], outcomes[name]
    assert "raised" not in found
    if case.error:
        assert found.get("kind") == case.error
    if "kind" in found:
        assert found["message"].startswith(name)
        assert case.says in found["message"]
        assert 1 <= found["message"].count(". ") <= 2 or found["message"].endswith(".")
        assert case.seconds is None
    else:
        assert found["finite"]
        assert found["seconds"] <= 900
        if case.seconds is not None:
            assert found["seconds"] == pytest.approx(case.seconds, abs=0.1)
    assert found["megabytes"] < case.megabytes


# What they may call themselves ----------------------------------------------------------

NAMES: Final = (
    "one\ntwo\r\n\x00three.mp3",
    SCRIPT + ".mp3",
    "x" * 4000 + ".mp3",
    "**bold** [link](javascript:alert(1)) `code` $x$ :material/delete: :red[red] # head | a | b",
    "../../etc/passwd",
    "\u202egnp.mp3",
    "a" + "\u0301" * 4000,
)


@pytest.mark.parametrize("name", NAMES, ids=lambda name: repr(name[:12]))
def test_names_are_one_short_line_and_escaped_on_screen(name: str) -> None:
    recording = load(WAV, name=name)
    assert len(recording.name) <= 80
    assert recording.name.isprintable()
    with pytest.raises(AudioError) as caught:
        load(b"text", name=name)
    assert len(str(caught.value)) < 250
    for shown in (recording.name, str(caught.value)):
        escaped = escape_markdown(shown)
        assert "\n" not in escaped
        # Whatever could begin markup, a colour, an icon or a formula has a backslash before it.
        plain = escaped
        for letter in "\\`*_{}[]()<>#+-.!|~$:&":
            plain = plain.replace(f"\\{letter}", "")
        assert not set(plain) & set("`*_[]<>#$|:~&")


def test_tags_are_words_and_nothing_more() -> None:
    long = id3((b"TIT2", b"\3" + SCRIPT.encode() * 1000), (b"TPE1", b"\3a\nb\x1b[31m")) + MP3
    recording: Recording = load(long)
    assert recording.tags.title is not None
    assert recording.tags.title.startswith(SCRIPT)  # Kept as it is; pages escape it.
    assert len(recording.tags.title) <= 300
    assert recording.tags.artist == "a b[31m"
    assert recording.samples.size == pytest.approx(2 * SAMPLE_RATE, rel=0.05)


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("Café del Mar.mp3", "café-del-mar"),
        ("../../etc/passwd", "etc-passwd"),
        ("吹奏楽部 2.wav", "吹奏楽部-2"),
        ("=cmd|x!A1.ogg", "cmd-x-a1"),
        ("... .mp3", "song"),
        ("a" * 300 + ".flac", "a" * 40),
    ],
)
def test_downloads_are_called_as_the_song_and_nothing_worse(name: str, stem: str) -> None:
    assert file_stem(name) == stem
