"""Audio of every kind, good and bad, through the one door: ``genre_app.audio.load``."""

import csv
import dataclasses
import hashlib
import io
import os
import random
import subprocess
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from genre_app import _decode, _decoders, audio
from genre_app.audio import SAMPLE_RATE, load, wav_bytes
from genre_app.errors import (
    AudioError,
    AudioTooLong,
    AudioTooShort,
    SilentAudio,
    UnreadableAudio,
)

Samples = NDArray[np.float32]


# What the tests are made of -------------------------------------------------------------


def tone(seconds: float = 2.0, rate: int = 44_100, hertz: float = 440.0) -> Samples:
    """Return a sine of amplitude 0.5."""
    time: NDArray[np.float64] = np.arange(round(seconds * rate)) / rate
    return np.asarray(0.5 * np.sin(2 * np.pi * hertz * time), np.float32)


def music(seconds: float = 2.0, rate: int = 44_100, seed: int = 0) -> Samples:
    """Return something with an onset everywhere, so that a shift or a gap cannot hide."""
    noise = np.random.default_rng(seed).standard_normal(round(seconds * rate))
    smooth = np.convolve(noise, np.hanning(32), "same")
    return np.asarray(0.3 * smooth / np.abs(smooth).max(), np.float32)


def by_soundfile(samples: Samples, rate: int = 44_100, *, kind: str = "WAV/PCM_16") -> bytes:
    """Encode samples of shape (n,) or (n, channels)."""
    file = io.BytesIO()
    container, subtype = kind.split("/")
    soundfile.write(file, samples, rate, format=container, subtype=subtype)
    return file.getvalue()


def by_ffmpeg(
    samples: Samples, rate: int, *, container: str, codec: str, tags: dict[str, str] | None = None
) -> bytes:
    """Encode mono samples of shape (n,)."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        output.metadata.update(tags or {})
        stream: Any = output.add_stream(codec, rate=rate, layout="mono")
        stream.bit_rate = 128_000
        frame = av.AudioFrame.from_ndarray(samples[np.newaxis], format="fltp", layout="mono")
        frame.sample_rate = rate
        resampler = av.AudioResampler(
            format=stream.codec_context.format,
            layout="mono",
            rate=rate,
            frame_size=stream.codec_context.frame_size or 1024,
        )
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            output.mux(stream.encode(part))
        output.mux(stream.encode(None))
    return file.getvalue()


def resampled(samples: Samples, rate: int) -> Samples:
    """Return what :func:`load` must make of mono samples, by the shortest way."""
    result: Samples = soxr.resample(samples, rate, SAMPLE_RATE, quality="HQ")
    return result


def likeness(one: Samples, other: Samples) -> tuple[float, int]:
    """Return the largest correlation of the common start over all shifts, and the shift."""
    n = min(one.size, other.size)
    one, other = one[:n] - one[:n].mean(), other[:n] - other[:n].mean()
    spectrum = np.fft.rfft(one, 2 * n) * np.conj(np.fft.rfft(other, 2 * n))
    curve = np.fft.irfft(spectrum) / max(1e-12, float(np.sqrt((one @ one) * (other @ other))))
    place = int(curve.argmax())
    return float(curve[place]), place if place < n else place - 2 * n


MP3 = by_soundfile(music(), kind="MP3/MPEG_LAYER_III")
WAV = by_soundfile(music())
FLAC = by_soundfile(music(), kind="FLAC/PCM_16")
M4A = by_ffmpeg(music(), 44_100, container="mp4", codec="aac")
WEBM = by_ffmpeg(music(rate=48_000), 48_000, container="webm", codec="libopus")
VORBIS = by_soundfile(music(), kind="OGG/VORBIS")


# The files of shared/audio_cases --------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """What must come of one file; ``like`` is its correlation with the music in the wav files."""

    format: str = ""
    rate: int = 44_100
    channels: int = 2
    seconds: float = 0.0
    like: float | None = None
    shift: int = 0
    note: str = ""
    error: type[AudioError] | None = None
    says: str = ""


CASES = {
    "aac_adts.aac": Case("AAC", seconds=30.02, like=0.96, shift=-512),
    "aac_lc.m4a": Case("AAC (M4A)", seconds=30, like=0.98),
    "aiff.aiff": Case("AIFF", seconds=5.016, like=0.999),
    "alac.m4a": Case("ALAC (M4A)", seconds=5, like=0.999),
    "bitrot.mp3": Case("MP3", seconds=29.28, like=0.75, note="damaged in places; 29.3 seconds"),
    "browser_mediarecorder_like.webm": Case("WebM Opus", 48_000, seconds=30, like=0.96),
    # The file holds the constant 0.7 and nothing else.
    "dc_offset.wav": Case("WAV", channels=1, seconds=5, note="nothing that sounds"),
    "digital_silence.wav": Case(error=SilentAudio, says="silent"),
    "double64.wav": Case("WAV", channels=1, seconds=1),
    "empty.mp3": Case(error=UnreadableAudio, says="0 bytes"),
    "flac16.flac": Case("FLAC", seconds=5, like=0.999),
    "flac24.flac": Case("FLAC", seconds=5, like=0.999),
    "float_nan_inf.wav": Case("WAV", channels=1, seconds=5, note="1,001 samples were not numbers"),
    "float_over_unity.wav": Case("WAV", channels=1, seconds=5),
    "half_second.wav": Case(error=AudioTooShort, says="only 0.50 seconds"),
    "hard_clipped.wav": Case("WAV", seconds=5.016, like=0.8),
    "header_lies_size.wav": Case("WAV", 48_000, seconds=5.013, like=0.999),
    "header_only.wav": Case(error=UnreadableAudio, says="no sound"),
    "html_error_page.mp3": Case(error=UnreadableAudio, says="is a web page, not audio"),
    "mono_11k_u8.wav": Case("WAV", 11_025, 1, 30, like=0.96),
    "mono_8k_mulaw.wav": Case("WAV", 8_000, 1, 30, like=0.96),
    "mono_8k_s16.wav": Case("WAV", 8_000, 1, 30, like=0.96),
    "mp3_32k_mono.mp3": Case("MP3", 22_050, 1, 30, like=0.96),
    "mp3_id3_cover_unicode.mp3": Case("MP3", seconds=30, like=0.98),
    "mp3_named.wav": Case("MP3", seconds=30, like=0.99),
    "mp3_vbr.mp3": Case("MP3", seconds=30, like=0.99),
    "noext": Case("MP3", seconds=30, like=0.99),
    "opus.opus": Case("Ogg Opus", 48_000, seconds=30, like=0.96),
    "phone_quality.mp3": Case("MP3", 8_000, 1, 30),
    "pink_noise.wav": Case("WAV", channels=1, seconds=5.016),
    "random_bytes.wav": Case(error=UnreadableAudio, says="could not be read as audio"),
    "sine440.wav": Case("WAV", channels=1, seconds=5.016),
    "stereo_44k_float32.wav": Case("WAV", seconds=5.004, like=0.999),
    "stereo_48k_s16.wav": Case("WAV", 48_000, seconds=5.013, like=0.9999),
    "stereo_96k_s24.wav": Case("WAV", 96_000, seconds=5.001, like=0.999),
    "stereo_antiphase.wav": Case("WAV", seconds=5.016, like=0.89, note="channels cancel"),
    "stereo_left_only.wav": Case("WAV", seconds=5.016, like=0.89),
    "sun.au": Case("AU", 22_050, 1, 30, like=0.99),
    "surround51.wav": Case("WAV", channels=6, seconds=5.003, like=0.99),
    "text.mp3": Case(error=UnreadableAudio, says="is text, not audio"),
    # Not cut at all: byte for byte flac16.flac.
    "truncated.flac": Case("FLAC", seconds=5, like=0.999),
    "truncated.mp3": Case("MP3", seconds=9.9, like=0.99, note="cut short; the first 9.9 seconds"),
    "truncated.webm": Case("WebM Opus", 48_000, seconds=14.57, like=0.96, note="14.6 seconds"),
    "truncated_half.wav": Case("WAV", 48_000, seconds=2.506, like=0.999, note="2.5 seconds"),
    "truncated_no_moov.m4a": Case(error=UnreadableAudio, says="cut before its index"),
    "twenty_ms.wav": Case(error=AudioTooShort, says="only 0.02 seconds"),
    "two_seconds.mp3": Case("MP3", seconds=2, like=0.98),
    "very_quiet.wav": Case("WAV", seconds=5.016, like=0.999),
    "vorbis.ogg": Case("Ogg Vorbis", seconds=30, like=0.98),
    # Not WAV, whatever its name promises: an MP3 of the same music.
    "wav_named.mp3": Case("MP3", 48_000, seconds=5, like=0.98),
    "webm_no_duration.webm": Case("WebM Opus", 48_000, seconds=30, like=0.98),
    "wma.wma": Case("WMA", seconds=29.95, like=0.98, shift=1024),
    "zero_samples.wav": Case(error=UnreadableAudio, says="no sound"),
}


@pytest.fixture(scope="module")
def cases(shared: Path) -> Path:
    return shared / "audio_cases"


@pytest.fixture(scope="module")
def reference(cases: Path) -> Samples:
    """Return the mono mix of the music that most of the files hold, read without the app."""
    samples, rate = soundfile.read(cases / "stereo_48k_s16.wav", dtype="float32")
    return resampled(samples.mean(axis=1), rate)


@pytest.mark.shared
def test_the_table_knows_every_case(cases: Path) -> None:
    with (cases / "cases.csv").open(encoding="utf-8") as file:
        assert {row["file"] for row in csv.DictReader(file)} == set(CASES)


@pytest.mark.shared
@pytest.mark.parametrize("name", CASES)
def test_case(
    name: str, cases: Path, reference: Samples, capfd: pytest.CaptureFixture[str]
) -> None:
    case = CASES[name]
    if case.error:
        with pytest.raises(case.error) as caught:
            load(cases / name)
        assert type(caught.value) is case.error
        assert case.says in str(caught.value)
        assert str(caught.value).startswith(name)
    else:
        recording = load(cases / name)
        assert (recording.name, recording.format) == (name, case.format)
        assert recording.original_rate == case.rate
        assert recording.original_channels == case.channels
        assert recording.duration_s == pytest.approx(case.seconds, abs=0.01)
        assert recording.sha256 == hashlib.sha256((cases / name).read_bytes()).hexdigest()
        assert recording.samples.dtype == np.float32
        assert np.isfinite(recording.samples).all()
        assert not recording.truncated
        assert case.note in " ".join(recording.notes)
        assert len(recording.notes) == bool(case.note)
        if case.like is not None:
            like, shift = likeness(reference, recording.samples)
            assert like > case.like
            assert shift == case.shift
    assert capfd.readouterr() == ("", "")  # No decoder talks behind the app's back.


@pytest.mark.shared
def test_levels_of_cases(cases: Path) -> None:
    def peak(name: str) -> float:
        return float(np.abs(load(cases / name).samples).max())

    assert peak("very_quiet.wav") == pytest.approx(peak("aiff.aiff") / 1000, rel=0.03)
    assert peak("float_over_unity.wav") > 5  # The level is kept; nothing is clipped.
    assert peak("bitrot.mp3") < 4  # Bursts of 70,000 from broken frames are gone.
    assert peak("sine440.wav") == pytest.approx(0.125, rel=0.01)


@pytest.mark.shared
def test_lossless_cases_equal_a_reference_decode(cases: Path, reference: Samples) -> None:
    np.testing.assert_array_equal(load(cases / "stereo_48k_s16.wav").samples, reference)
    left, rate = soundfile.read(cases / "stereo_left_only.wav", dtype="float32")
    antiphase = load(cases / "stereo_antiphase.wav")
    np.testing.assert_allclose(antiphase.samples, resampled(left[:, 0].copy(), rate), atol=1e-6)
    surround, rate = soundfile.read(cases / "surround51.wav", dtype="float32")
    mixed = resampled(surround.mean(axis=1), rate)
    np.testing.assert_allclose(load(cases / "surround51.wav").samples, mixed, atol=1e-6)


@pytest.mark.shared
def test_tags_of_cases(cases: Path) -> None:
    tags = load(cases / "mp3_id3_cover_unicode.mp3").tags
    assert tags == audio.Tags("Ünïcødé 標題 🎵", "Greg Annussek", "Little Palaces")
    for name in ("aac_lc.m4a", "flac16.flac", "opus.opus", "vorbis.ogg", "wma.wma", "mp3_vbr.mp3"):
        assert load(cases / name).tags == audio.Tags(
            "Young Again", "Greg Annussek", "Little Palaces"
        )


@pytest.mark.shared
def test_mp3_is_the_same_from_both_decoders(shared: Path) -> None:
    data = (shared / "songs" / "hiphop_awol_food.mp3").read_bytes()
    samples, rate = soundfile.read(io.BytesIO(data), dtype="float32")
    np.testing.assert_allclose(load(data).samples, resampled(samples.mean(axis=1), rate), atol=1e-5)


# Formats --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "word", "tolerance"),
    [
        ("WAV/PCM_16", "WAV", 5e-5),
        ("WAV/PCM_24", "WAV", 1e-6),
        ("WAV/PCM_U8", "WAV", 1.2e-2),
        ("WAV/FLOAT", "WAV", 0),
        ("WAV/DOUBLE", "WAV", 0),
        ("RF64/PCM_16", "WAV", 5e-5),
        ("AIFF/PCM_16", "AIFF", 5e-5),
        ("AU/PCM_16", "AU", 5e-5),
        ("CAF/ALAC_16", "CAF", 5e-5),
        ("FLAC/PCM_16", "FLAC", 5e-5),
        ("FLAC/PCM_24", "FLAC", 1e-6),
    ],
)
@pytest.mark.parametrize("name", ["song", "song.mp3"])
def test_lossless_formats(kind: str, word: str, tolerance: float, name: str) -> None:
    recording = load(by_soundfile(music(), kind=kind), name=name)
    assert recording.format == word
    np.testing.assert_allclose(
        recording.samples, resampled(music(), 44_100), rtol=0, atol=tolerance
    )


@pytest.mark.parametrize(
    ("data", "word", "rate"),
    [
        (MP3, "MP3", 44_100),
        (VORBIS, "Ogg Vorbis", 44_100),
        (by_soundfile(music(rate=48_000), 48_000, kind="OGG/OPUS"), "Ogg Opus", 48_000),
        (M4A, "AAC (M4A)", 44_100),
        (WEBM, "WebM Opus", 48_000),
        (by_ffmpeg(music(), 44_100, container="mp4", codec="alac"), "ALAC (M4A)", 44_100),
        (by_ffmpeg(music(), 44_100, container="adts", codec="aac"), "AAC", 44_100),
        (by_ffmpeg(music(), 44_100, container="asf", codec="wmav2"), "WMA", 44_100),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("name", ["song", "song.wav"])
def test_lossy_and_packed_formats(data: bytes, word: str, rate: int, name: str) -> None:
    recording = load(data, name=name)
    assert (recording.format, recording.original_rate) == (word, rate)
    assert recording.original_channels == 1
    assert recording.duration_s == pytest.approx(2, abs=0.08)
    assert recording.notes == ()
    like, shift = likeness(resampled(music(rate=rate), rate), recording.samples)
    assert like > 0.95
    assert abs(shift) <= 1024  # Raw AAC and WMA cannot say how much their encoder padded.


def test_a_second_decoder_reads_flac_of_unknown_length() -> None:
    data = bytearray(FLAC)
    data[21] &= 0xF0  # The number of samples: 36 bits, as a pipe leaves them.
    data[22:26] = bytes(4)
    recording = load(bytes(data))
    np.testing.assert_allclose(recording.samples, resampled(music(), 44_100), atol=3e-5)
    assert recording.notes == ()


def test_the_sound_of_a_film_is_read() -> None:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as output:
        video: Any = output.add_stream("mpeg4", rate=10, width=64, height=64, pix_fmt="yuv420p")
        sound: Any = output.add_stream("aac", rate=44_100, layout="mono")
        for number in range(20):
            picture = av.VideoFrame(64, 64, "yuv420p")
            picture.pts = number
            output.mux(video.encode(picture))
        for start in range(0, 88_064, 1024):
            part = tone()[np.newaxis, start : start + 1024]
            frame = av.AudioFrame.from_ndarray(part.copy(), format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 44_100, start
            output.mux(sound.encode(frame))
        output.mux([*video.encode(None), *sound.encode(None)])
    assert load(file.getvalue()).format == "AAC (M4A)"


# Mixing and resampling ------------------------------------------------------------------


@pytest.mark.parametrize(
    "rate", [1_000, 8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000]
)
def test_a_sine_keeps_its_frequency_and_level(rate: int) -> None:
    recording = load(by_soundfile(tone(2, rate, 300), rate, kind="WAV/FLOAT"))
    assert recording.samples.size == pytest.approx(2 * SAMPLE_RATE, abs=1)
    middle = recording.samples[SAMPLE_RATE // 2 : -SAMPLE_RATE // 2]  # 1 s: bins of 1 Hz.
    spectrum = np.abs(np.fft.rfft(middle)) / (middle.size / 2)
    assert int(spectrum.argmax()) == 300
    assert spectrum[300] == pytest.approx(0.5, rel=1e-3)
    assert np.delete(spectrum, 300).max() < 1e-4


def test_what_22_kilohertz_cannot_hold_does_not_fold_back() -> None:
    mixture = tone(2, 44_100, 440) + tone(2, 44_100, 15_000)
    middle = load(by_soundfile(mixture, kind="WAV/FLOAT")).samples[11_025:-11_025]
    folded = np.abs(np.fft.rfft(middle))[SAMPLE_RATE - 15_000] / (middle.size / 2)
    assert folded < 1e-5


def test_mono_is_the_mean_of_the_channels() -> None:
    channels = np.stack([music(seed=seed) for seed in range(6)], axis=1)
    recording = load(by_soundfile(channels, kind="WAV/FLOAT"))
    assert recording.original_channels == 6
    assert recording.notes == ()
    mean = resampled(channels.mean(axis=1, dtype=np.float64).astype(np.float32), 44_100)
    np.testing.assert_allclose(recording.samples, mean, atol=1e-6)


@pytest.mark.parametrize("offset", [0.0, 0.3])
def test_where_channels_cancel_the_louder_one_is_used(offset: float) -> None:
    # The offset is the same in both channels: it does not cancel and must not count.
    pair = np.stack([0.9 * music(), -music()], axis=1) + np.float32(offset)
    recording = load(by_soundfile(pair, kind="WAV/FLOAT"))
    np.testing.assert_allclose(recording.samples, resampled(-music(), 44_100), atol=1e-3)
    assert "channel 2 of 2, the loudest, was used" in recording.notes[0]


def test_cancelling_is_judged_over_the_whole_file() -> None:
    wide = np.stack([music(2), -music(2)], axis=1)
    plain = np.stack([music(6, seed=1)] * 2, axis=1)
    recording = load(by_soundfile(np.concatenate([wide, plain])))
    assert recording.notes == ()
    assert np.abs(recording.samples[1000:40_000]).max() < 1e-3


@pytest.mark.parametrize("pair", [(1.0, 0.0), (1.0, 0.3), (1.0, -0.4)])
def test_unequal_channels_do_not_count_as_cancelling(pair: tuple[float, float]) -> None:
    recording = load(by_soundfile(np.outer(music(), np.array(pair, np.float32))))
    assert recording.notes == ()
    np.testing.assert_allclose(
        recording.samples, resampled(music() * np.float32(sum(pair) / 2), 44_100), atol=5e-5
    )


def test_an_offset_is_removed_before_it_rings() -> None:
    recording = load(by_soundfile(0.1 * music() + np.float32(0.5), kind="WAV/FLOAT"))
    assert recording.notes == ("A constant offset (DC) was removed.",)
    np.testing.assert_allclose(recording.samples, resampled(0.1 * music(), 44_100), atol=1e-3)


def test_nan_and_infinity_become_silence() -> None:
    broken = music()
    broken[1000:1100] = np.nan
    broken[[3000, 4000, 5000]] = np.inf, -np.inf, 3e38
    recording = load(by_soundfile(broken, kind="WAV/FLOAT"))
    repaired = np.where(np.abs(broken) < 10, broken, np.float32(0))
    np.testing.assert_array_equal(recording.samples, resampled(repaired, 44_100))
    assert recording.notes[0].startswith("103 samples were not numbers")


def test_integers_written_as_floats_are_scaled() -> None:
    recording = load(by_soundfile(music() * 32_768, kind="WAV/FLOAT"))
    assert np.abs(recording.samples).max() == pytest.approx(1, rel=0.1)
    assert "scaled down" in recording.notes[0]


@pytest.mark.parametrize(("peak", "silent"), [(0.0, True), (5e-5, True), (1e-3, False)])
@pytest.mark.parametrize("offset", [0.0, 0.25])
def test_silence(peak: float, silent: bool, offset: float) -> None:
    samples = 2 * np.float32(peak) * tone() + np.float32(offset)
    data = by_soundfile(samples, kind="WAV/FLOAT")
    if silent and offset:
        assert "nothing that sounds" in load(data).notes[0]
    elif silent:
        with pytest.raises(SilentAudio, match="is silent"):
            load(data)
    else:
        assert np.abs(load(data).samples).max() == pytest.approx(peak, rel=0.05)


def test_what_only_bats_hear_is_silence() -> None:
    with pytest.raises(SilentAudio):
        load(by_soundfile(tone(2, 96_000, 30_000) * np.hanning(192_000).astype(np.float32), 96_000))


@pytest.mark.parametrize("parts", [(2, 1), (1, 2)])
def test_a_stream_that_changes_its_channels_and_rate_midway(parts: tuple[int, int]) -> None:
    # FFmpeg's fifo reads a plane that is not there, and the process dies, unless asked not to.
    rates = {1: 32_000, 2: 44_100}
    pieces = [
        by_soundfile(
            np.stack([music(2, rates[n])] * n, axis=1), rates[n], kind="MP3/MPEG_LAYER_III"
        )
        for n in parts
    ]
    recording = load(b"".join(pieces))
    assert recording.duration_s == pytest.approx(4, abs=0.2)
    for n, half in zip(parts, np.split(recording.samples, [2 * SAMPLE_RATE]), strict=True):
        assert likeness(resampled(music(2, rates[n]), rates[n]), half)[0] > 0.9
    assert recording.original_channels == parts[0]


# Limits ---------------------------------------------------------------------------------


@pytest.fixture
def blocks_decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the lengths, in frames, of the blocks that the decoders have delivered."""
    lengths: list[int] = []

    def counted(blocks: _decoders.Blocks) -> _decoders.Blocks:
        while True:
            try:
                block = next(blocks)
            except StopIteration as stop:
                damage: _decoders.Damage = stop.value
                return damage
            lengths.append(block.samples.shape[1])
            yield block

    def openers(data: bytes) -> Any:  # noqa: ANN401
        return [
            lambda data, opener=opener: (s := opener(data))._replace(blocks=counted(s.blocks))
            for opener in _decoders.openers(data)
        ]

    monkeypatch.setattr(_decode, "openers", openers)
    return lengths


@pytest.mark.parametrize("kind", ["WAV/PCM_U8", "FLAC/PCM_16", "MP3/MPEG_LAYER_III"])
def test_decoding_stops_at_the_limit(kind: str, blocks_decoded: list[int]) -> None:
    data = by_soundfile(np.tile(music(10, 16_000), 12), 16_000, kind=kind)  # Two minutes.
    recording = load(data, max_seconds=20.5)
    assert recording.truncated
    assert recording.samples.size == round(20.5 * SAMPLE_RATE)
    whole = "the file says that it lasts 2 min 0 s"
    assert recording.notes == (f"Only the first 20.5 seconds were read; {whole}.",)
    assert sum(blocks_decoded) < 20.5 * 16_000 + 2 * _decoders.BLOCK
    assert max(blocks_decoded) <= _decoders.BLOCK


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        (None, "the file goes on"),
        (20.0, "the file goes on"),  # Its own word is shorter than what was there.
        (1e14, "the file goes on"),  # libsndfile's, where the header leaves the length open.
        (31.2, "the file says that it lasts 31 s"),
        (3_700.0, "the file says that it lasts 61 min 40 s"),
    ],
)
def test_how_long_a_file_goes_on_is_its_own_word(
    declared: float | None, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decode(*given: Any, **more: Any) -> _decode.Decoded:  # noqa: ANN401
        return dataclasses.replace(_decode.decode(*given, **more), declared_s=declared)

    monkeypatch.setattr(audio, "decode", decode)
    long = by_soundfile(music(25, 16_000), 16_000)
    notes = load(long, max_seconds=20.5).notes
    assert notes == (f"Only the first 20.5 seconds were read; {said}.",)


def test_the_limit_in_words() -> None:
    assert audio.limit_words() == "15 minutes"


def test_a_file_as_long_as_the_limit_is_whole() -> None:
    recording = load(WAV, max_seconds=2)
    assert not recording.truncated
    np.testing.assert_array_equal(recording.samples, load(WAV).samples)
    np.testing.assert_allclose(
        load(WAV, max_seconds=1.25).samples[:20_000], recording.samples[:20_000], atol=1e-6
    )


def test_too_many_bytes(tmp_path: Path) -> None:
    path = tmp_path / "big.wav"
    path.write_bytes(WAV)
    sources: list[Any] = [WAV, memoryview(WAV), io.BytesIO(WAV), path]
    for source in sources:
        assert load(source, max_bytes=len(WAV)).format == "WAV"
        with pytest.raises(AudioTooLong, match="is larger than"):
            load(source, max_bytes=len(WAV) - 1)
    with path.open("r+b") as file:
        file.truncate(10**12)  # Sparse: a terabyte that is not there is not read either.
    with pytest.raises(AudioTooLong, match="larger than 200 MB"):
        load(path)


@pytest.mark.parametrize(
    ("channels", "rate", "says"),
    [(17, 44_100, "17 channels"), (1, 500, "500 Hz"), (1, 999_999, "999,999 Hz")],
)
def test_impossible_channels_and_rates(channels: int, rate: int, says: str) -> None:
    with pytest.raises(UnreadableAudio, match=says):
        load(by_soundfile(np.ones((4000, channels), np.float32), rate))


@pytest.mark.parametrize("limits", [{"max_seconds": 0}, {"max_seconds": np.inf}, {"max_bytes": 0}])
def test_limits_must_be_limits(limits: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="positive"):
        load(WAV, **limits)


def test_ffmpeg_never_sees_plain_formats(monkeypatch: pytest.MonkeyPatch) -> None:
    # It takes 2 GB of memory for a chunk that claims so.
    monkeypatch.setattr(_decoders, "_open_ffmpeg", lambda data: pytest.fail("was asked"))
    lie = WAV[:12] + b"fmt " + (2**31 - 100).to_bytes(4, "little") + WAV[20:]
    with pytest.raises(UnreadableAudio):
        load(lie)


def test_a_packed_id3_bomb_is_not_unpacked() -> None:
    packed = zlib.compress(b"\x03" + bytes(64 * 2**20), 9)

    def length(n: int) -> bytes:
        return bytes(n >> shift & 127 for shift in (21, 14, 7, 0))

    frame = length(64 * 2**20) + packed
    frame = b"APIC" + length(len(frame)) + b"\0\x09" + frame
    tagged = b"ID3\x04\0\0" + length(len(frame)) + frame + MP3
    assert _decoders._without_id3(tagged) == MP3  # What FFmpeg gets: it would unpack it.
    recording = load(tagged)
    np.testing.assert_array_equal(recording.samples, load(MP3).samples)
    assert recording.tags == audio.Tags()


# Damage ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["WAV/PCM_16", "AIFF/PCM_16", "FLAC/PCM_16", "OGG/VORBIS"])
def test_of_a_file_cut_short_the_first_part_is_read(kind: str) -> None:
    data = by_soundfile(music(10), kind=kind)
    recording = load(data[: len(data) * 6 // 10])
    assert recording.duration_s == pytest.approx(6, abs=0.6)
    assert recording.notes[0].startswith("The file is damaged or cut short; the first ")
    start = resampled(music(10), 44_100)[: 5 * SAMPLE_RATE]
    assert likeness(start, recording.samples)[0] > 0.95


def test_a_cut_mp3_with_a_frame_count(capfd: pytest.CaptureFixture[str]) -> None:
    data = by_ffmpeg(music(10), 44_100, container="mp3", codec="libmp3lame")
    recording = load(data[: len(data) // 2])
    assert recording.duration_s == pytest.approx(5, abs=0.2)
    assert "cut short; the first" in recording.notes[0]
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    "data",
    [
        by_soundfile(music(10), kind="MP3/MPEG_LAYER_III"),
        by_soundfile(music(10), kind="FLAC/PCM_16"),
        by_ffmpeg(music(10), 44_100, container="adts", codec="aac"),
    ],
    ids=["mp3", "flac", "aac"],
)
def test_damage_in_the_middle_costs_only_the_middle(
    data: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    damaged = bytearray(data)
    middle = len(data) // 2
    damaged[middle : middle + 4000] = random.Random(0).randbytes(4000)
    recording = load(bytes(damaged))
    assert 8.5 < recording.duration_s < 10.2
    assert np.abs(recording.samples).max() < 4
    assert likeness(load(data).samples[-SAMPLE_RATE:], recording.samples[-SAMPLE_RATE:])[0] > 0.9
    assert capfd.readouterr().err == ""


def test_bursts_from_broken_frames_are_muted() -> None:
    whole = _decode.decode(MP3, rate=SAMPLE_RATE, max_seconds=900)
    samples = whole.samples.copy()
    samples[20_000:20_010] = 70_000
    quiet = _decode._without_bursts(dataclasses.replace(whole, samples=samples), SAMPLE_RATE)
    assert quiet.peak == np.abs(quiet.samples).max() < 0.5
    assert 0.1 < quiet.muted_s < 0.2
    np.testing.assert_array_equal(quiet.samples[:18_000], whole.samples[:18_000])
    np.testing.assert_array_equal(quiet.samples[23_000:], whole.samples[23_000:])


def test_an_m4a_without_its_index() -> None:
    moov = M4A.index(b"moov") - 4
    with pytest.raises(UnreadableAudio, match=r"cut before its index.*Export or download it again"):
        load(M4A[:moov])


# What is not audio ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty: it holds 0 bytes"),
        (b"\n <!DOCTYPE html><html lang=en><p>404 Not Found", "is a web page, not audio"),
        (b"\xef\xbb\xbf<HTML><BODY>Please log in</BODY></HTML>", "is a web page, not audio"),
        (b"Dear diary,\r\n" * 50, "is text, not audio"),
        ("Liebe Grüße\n".encode("utf-16"), "is text, not audio"),
        (b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n", "is a playlist"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "is a picture"),
        (b"PK\x03\x04" + bytes(100), "is a ZIP archive"),
        (b"%PDF-1.7\n" + bytes(100), "is a PDF document"),
        (b"MThd" + bytes(100), "is a MIDI file"),
        (b"RIFF\x24\0\0\0WAVE", "has a header but no sound"),
        (random.Random(1).randbytes(50_000), "could not be read as audio"),
        (bytes(50_000), "could not be read as audio"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_audio_is_called_by_its_name(data: bytes, says: str) -> None:
    with pytest.raises(UnreadableAudio) as caught:
        load(data, name="song.mp3")
    message = str(caught.value)
    assert message.startswith(f"song.mp3 {says}")
    assert message.endswith(".")
    assert message.count(". ") <= 1  # One or two sentences, the last of which says what to do.


def test_a_film_without_sound_says_so() -> None:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as output:
        video: Any = output.add_stream("mpeg4", rate=10, width=64, height=64, pix_fmt="yuv420p")
        output.mux(video.encode(av.VideoFrame(64, 64, "yuv420p")))
        output.mux(video.encode(None))
    with pytest.raises(UnreadableAudio, match="holds no sound"):
        load(file.getvalue())


@pytest.mark.parametrize(
    "script",
    ["ffconcat version 1.0\nfile '{}'\n", "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{}\n"],
)
def test_no_script_makes_a_decoder_open_other_files(script: str, tmp_path: Path) -> None:
    (tmp_path / "secret.wav").write_bytes(WAV)
    (tmp_path / "list").write_text(script.format(tmp_path / "secret.wav"))
    with pytest.raises(UnreadableAudio):
        load(tmp_path / "list")
    settings = _decoders._ffmpeg_settings()["options"]
    assert not {"hls", "concat", "dash", "image2"} & set(settings["format_whitelist"].split(","))
    assert settings["protocol_whitelist"] == "none"


magic = st.sampled_from(
    [b"", *(d[:n] for d in (MP3, WAV, FLAC, M4A, VORBIS, WEBM) for n in (4, 60))]
)


@settings(max_examples=150, deadline=None)
@given(head=magic, tail=st.binary(max_size=3000))
def test_random_bytes_raise_nothing_but_audio_errors(head: bytes, tail: bytes) -> None:
    try:
        recording = load(head + tail)
    except AudioError:
        return
    assert np.isfinite(recording.samples).all()


@settings(max_examples=120, deadline=None)
@given(
    data=st.sampled_from([MP3, WAV, FLAC, M4A, VORBIS, WEBM]),
    places=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=30),
    length=st.floats(0.2, 1),
)
def test_damaged_files_raise_nothing_but_audio_errors(
    data: bytes, places: list[tuple[float, int]], length: float
) -> None:
    damaged = bytearray(data)
    for place, value in places:  # The cube: headers are hit more often.
        damaged[int(place**3 * (len(data) - 1))] = value
    try:
        recording = load(bytes(damaged[: int(len(data) * length)]))
    except AudioError:
        return
    assert np.isfinite(recording.samples).all()
    assert recording.samples.dtype == np.float32


# Sources, names, tags -------------------------------------------------------------------


class Upload(io.BytesIO):
    """Like what Streamlit hands over."""

    name = "upload.wav"


def test_all_sources_give_the_same(tmp_path: Path) -> None:
    path = tmp_path / "song.wav"
    path.write_bytes(WAV)
    read_before = Upload(WAV)
    read_before.read(1000)
    with path.open("rb") as opened, path.open("rb", buffering=0) as raw:
        opened.seek(100)
        sources: list[Any] = [
            path,
            str(path),
            WAV,
            bytearray(WAV),
            memoryview(WAV),
            read_before,
            opened,
            raw,
        ]
        recordings = [load(source) for source in sources]
        assert opened.tell() == 100
    assert read_before.tell() == 1000
    for recording in recordings:
        np.testing.assert_array_equal(recording.samples, recordings[0].samples)
        assert recording.sha256 == hashlib.sha256(WAV).hexdigest()
    names = [recording.name for recording in recordings]
    assert names == ["song.wav"] * 2 + ["recording"] * 3 + ["upload.wav"] + ["song.wav"] * 2


def test_a_pipe_is_read_as_far_as_allowed() -> None:
    source, sink = os.pipe()
    with open(sink, "wb") as file:
        file.write(by_soundfile(music(2, 8_000), 8_000))  # Less than a pipe holds.
    with open(source, "rb") as file:
        assert load(file).name == "recording"


def test_sources_that_cannot_be_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    paths: list[tuple[str | Path, str]] = [
        (tmp_path, "is a folder"),
        (tmp_path / "none.mp3", "does not exist"),
        (tmp_path / "pipe", "is not a file"),
        ("/dev/zero", "is not a file"),
        ("a\0b", "cannot be opened"),
    ]
    for path, says in paths:
        with pytest.raises(UnreadableAudio, match=says):
            load(path)
    wrong: list[Any] = [3, None, io.StringIO("text")]
    for source in wrong:
        with pytest.raises(TypeError):
            load(source)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ünïcødé 標題 🎵.mp3", "Ünïcødé 標題 🎵.mp3"),
        ("two\nlines\t\x1b[31mred\x07.mp3", "two lines [31mred.mp3"),
        ("evil\u202e3pm.exe", "evil3pm.exe"),
        ("lone \udcff surrogate.mp3", "lone surrogate.mp3"),
        ("\u200b \x00", "recording"),
        ("", "recording"),
        ("x" * 100_000 + ".flac", "x" * 60 + "…" + "x" * 14 + ".flac"),
    ],
)
def test_hostile_names_are_fit_to_be_shown(name: str, shown: str) -> None:
    if len(name) < 1000:
        assert load(WAV, name=name).name == shown
    with pytest.raises(UnreadableAudio) as caught:
        load(b"text", name=name)
    assert str(caught.value).startswith(f"{shown} is text") or len(name) >= 1000
    assert len(str(caught.value)) < 200


def test_tags_are_short_clean_and_optional() -> None:
    tags = {"title": "Line\none \x07" + "é" * 500, "artist": "Ünïcødé"}
    for container, codec in [("mp3", "libmp3lame"), ("mp4", "aac"), ("asf", "wmav2")]:
        found = load(by_ffmpeg(music(), 44_100, container=container, codec=codec, tags=tags)).tags
        assert found.title is not None
        assert found.title.startswith("Line one é")
        assert len(found.title) == 300
        assert (found.artist, found.album) == ("Ünïcødé", None)
    assert load(WAV).tags == audio.Tags()


def test_entities_in_tags_are_read_as_what_they_stand_for() -> None:
    tags = {"title": "Rock &amp; Roll", "artist": "&quot;J.A.R&quot; &lt;b&gt;"}
    found = load(by_ffmpeg(music(), 44_100, container="flac", codec="flac", tags=tags)).tags
    assert (found.title, found.artist) == ("Rock & Roll", '"J.A.R" <b>')


def test_tags_in_wav_and_of_the_first_kind() -> None:
    found = load(
        by_ffmpeg(music(), 44_100, container="mp3", codec="libmp3lame", tags={"title": "A"})
    )
    assert found.tags.title == "A"
    old = MP3 + b"TAG" + b"Old".ljust(30, b"\0") + b"Hand".ljust(30, b"\0") + bytes(65)
    assert load(old).tags == audio.Tags("Old", "Hand")
    frame = b"TIT2\0\0\0\x05\0\0\0Wave"[:15]
    tag = b"ID3\x03\0\0\0\0\0\x0f" + frame
    chunked = WAV + b"id3 " + len(tag).to_bytes(4, "little") + tag + b"\0" * (len(tag) % 2)
    assert load(chunked).tags.title == "Wave"


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([b"ID3\x04\0\0\0\0\x0f\0", M4A[:8], FLAC[:42], b"OggS"]), st.binary())
def test_tags_never_raise(head: bytes, tail: bytes) -> None:
    assert isinstance(audio._tags(head + tail), audio.Tags)


# The rest -------------------------------------------------------------------------------


def test_the_same_bytes_give_the_same_samples() -> None:
    for data in (MP3, VORBIS, M4A, WEBM):
        np.testing.assert_array_equal(load(data).samples, load(data).samples)


def test_wav_bytes_keeps_the_level() -> None:
    for level in (1e-3, 0.9):
        samples = music() * np.float32(level)
        back, rate = soundfile.read(io.BytesIO(wav_bytes(samples)), dtype="float32")
        assert rate == SAMPLE_RATE
        np.testing.assert_allclose(back, samples, atol=1 / 32_768)
    loud, rate = soundfile.read(io.BytesIO(wav_bytes(np.array([-9.0, 0, 9.0]), 8_000)))
    assert (loud.tolist(), rate) == ([-1.0, 0.0, 32_767 / 32_768], 8_000)
    pair = soundfile.info(io.BytesIO(wav_bytes(np.zeros((100, 2)))))
    assert (pair.channels, pair.subtype, pair.frames) == (2, "PCM_16", 100)


def test_importing_is_cheap() -> None:
    code = (
        "import sys, genre_app.audio;"
        "print({'soundfile', 'soxr', 'av', 'mutagen', 'librosa', 'tensorflow'} & set(sys.modules))"
    )
    root = Path(__file__).resolve().parents[2]
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "set()"
