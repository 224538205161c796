"""What the player is given: a small file to play, thin pictures, regions that can be trusted."""

import base64
import io
import json
from dataclasses import replace

import matplotlib.image
import numpy as np
import pytest
import soundfile

from genre_app import audio, examples, playback
from genre_app.audio import SAMPLE_RATE, Recording
from genre_app.errors import AudioTooShort, SilentAudio
from genre_app.figures.lanes import LEVELS, POINTS, SCALE, lane, palette, png, ribbon
from genre_app.panels import PANELS, Panel, Sound, compute
from genre_app.playback import encode
from genre_app.reading import Reading, read, read_region
from genre_app.ui.player import Region, span
from genre_app.ui.player.show import region_message

TEN_MINUTES = 600


@pytest.fixture(scope="module")
def song() -> Recording:
    return audio.load(examples.wav("boom-bap"))


# The sound


def test_a_short_song_is_played_as_it_is(song: Recording) -> None:
    found = encode(song.samples)
    played, rate = soundfile.read(io.BytesIO(found.data), dtype="float32")
    assert found.mime == "audio/wav"
    assert rate == SAMPLE_RATE
    np.testing.assert_allclose(played, np.clip(song.samples, -1, 1), atol=2 / 2**15)


def test_a_song_of_the_usual_length_loses_nothing(song: Recording) -> None:
    samples = np.tile(song.samples, 3)[: 60 * SAMPLE_RATE]
    found = encode(samples)
    played, rate = soundfile.read(io.BytesIO(found.data), dtype="float32")
    assert found.mime == "audio/flac"
    assert rate == SAMPLE_RATE
    np.testing.assert_allclose(played, np.clip(samples, -1, 1), atol=2 / 2**15)
    assert len(found.data) < samples.size * 1.6


def test_a_long_song_is_small_and_not_late(
    song: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playback, "LOSSLESS_S", 50.0)
    samples = np.tile(song.samples, 3)[: 60 * SAMPLE_RATE]
    found = encode(samples)
    played, rate = soundfile.read(io.BytesIO(found.data), dtype="float32")
    assert found.mime == "audio/ogg"
    assert (rate, len(played)) == (SAMPLE_RATE, len(samples))
    assert len(found.data) * TEN_MINUTES / 60 < 3e6
    # No encoder's delay: shifted by a sample, it is less like the song.
    fits = [
        float(np.dot(played[1000 + by : 500_000 + by], samples[1000:500_000])) for by in (-1, 0, 1)
    ]
    assert np.argmax(fits) == 1


@pytest.mark.parametrize("lossless_s", [300.0, 45.0])
def test_what_exceeds_full_scale_is_clipped_not_wrapped(
    lossless_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playback, "LOSSLESS_S", lossless_s)
    loud = np.full(50 * SAMPLE_RATE, 1.5, np.float32)
    played, _ = soundfile.read(io.BytesIO(encode(loud).data))
    assert played[SAMPLE_RATE:-SAMPLE_RATE].min() > 0.5


def test_a_faint_recording_can_be_heard(song: Recording) -> None:
    loudest = float(np.abs(song.samples).max())
    faint = song.samples * np.float32(0.01 / loudest)
    played, _ = soundfile.read(io.BytesIO(encode(faint).data), dtype="float32")
    np.testing.assert_allclose(played, song.samples * (0.5 / loudest), atol=2 / 2**15)
    soft = song.samples * np.float32(0.2 / loudest)
    played, _ = soundfile.read(io.BytesIO(encode(soft).data), dtype="float32")
    np.testing.assert_allclose(played, soft, atol=2 / 2**15)


# The lanes


def test_a_png_is_read_back_as_it_was_drawn() -> None:
    levels = np.random.default_rng(0).integers(0, LEVELS, (7, 13)).astype(np.uint8)
    colours = palette("magma")
    read_back = matplotlib.image.imread(io.BytesIO(png(levels, colours)))
    np.testing.assert_array_equal(np.rint(read_back[..., :3] * 255), colours[levels])


def test_a_picture_has_its_low_rows_at_the_bottom() -> None:
    values = np.full((128, 50), -80, np.float32)
    values[0] = 0  # The lowest band is loud.
    found = lane(Panel("mel", values, 0.0, 0.1, 5.0, ("",) * 128, "dB"))
    drawn = matplotlib.image.imread(io.BytesIO(base64.b64decode(found["png"])))[..., :3]
    assert drawn[-1].mean() > 0.7 > 0.1 > drawn[:-1].mean()
    assert (found["start"], found["end"]) == pytest.approx((-0.05, 4.95))


def test_the_waveform_keeps_its_extremes() -> None:
    values = np.zeros((1, 1_000_003), np.float32)
    values[0, 123_456], values[0, 654_321] = 0.5, -0.25
    found = lane(Panel("waveform", values, 0.0, 1e-5, 10.0, ("Amplitude",), ""))
    assert len(found["low"]) == len(found["high"]) <= 1_000
    assert (max(found["high"]), min(found["low"])) == (SCALE, -SCALE // 2)
    assert np.argmax(found["high"]) == pytest.approx(123, abs=1)


def test_silence_is_a_line() -> None:
    found = lane(Panel("waveform", np.zeros((1, 500), np.float32), 0.0, 1e-3, 0.5, ("",), ""))
    assert set(found["low"]) == set(found["high"]) == {0}


def noise(key: str, rows: int) -> Panel:
    """Give a panel of ten minutes that no compression makes smaller."""
    frames = int(TEN_MINUTES * 43.07)
    values = np.random.default_rng(0).uniform(-80, 0, (rows, frames)).astype(np.float32)
    return Panel(key, values, 0.0, 1 / 43.07, TEN_MINUTES, ("",) * rows, "")


def test_ten_minutes_are_told_in_few_bytes(song: Recording) -> None:
    long = long_reading(read(song, model="statistics"), TEN_MINUTES)
    told = [ribbon(long), lane(noise("waveform", 1)), lane(noise("mel", 128))]
    told += [lane(noise("chroma", 12)), lane(noise("tonnetz", 6)), lane(noise("mfcc", 20))]
    assert len(json.dumps(told)) < 250_000


@pytest.mark.parametrize("key", PANELS)
def test_every_panel_of_a_song_can_be_a_lane(song: Recording, key: str) -> None:
    short = replace(song, samples=song.samples[: 5 * SAMPLE_RATE])
    found = lane(compute(Sound(short), key))
    assert found["start"] <= 0.05
    assert found["end"] == pytest.approx(5.0, abs=0.1)
    assert json.dumps(found)


def long_reading(reading: Reading, seconds: float) -> Reading:
    count = int(seconds * 4)
    starts = np.linspace(0, seconds - 10, count)
    chance = np.random.default_rng(0).dirichlet(np.ones(len(reading.genres)), count)
    return replace(
        reading, duration_s=seconds, starts_s=starts, ends_s=starts + 10, timeline=chance
    )


def test_the_ribbon_adds_up_and_is_thinned(song: Recording) -> None:
    reading = read(song, model="statistics")
    found = ribbon(long_reading(reading, 900))
    shares = np.array([genre["shares"] for genre in found["genres"]])
    assert len(found["times"]) == shares.shape[1] <= POINTS
    assert (found["times"][0], found["times"][-1]) == (0, 900)
    np.testing.assert_allclose(shares.sum(axis=0), SCALE, atol=5)
    short = ribbon(reading)
    assert short["genres"][0]["whole"] == pytest.approx(reading.blend.max(), abs=1e-4)
    assert sum(genre["whole"] for genre in short["genres"]) == pytest.approx(1, abs=1e-3)


# Regions


def test_a_region_is_read_as_a_song_of_its_own(song: Recording) -> None:
    cut = song.samples[5 * SAMPLE_RATE : 17 * SAMPLE_RATE]
    alone = audio.load(audio.wav_bytes(cut))
    found = read_region(song, start_s=5, end_s=17, model="statistics")
    assert found.duration_s == 12
    np.testing.assert_allclose(found.blend, read(alone, model="statistics").blend, atol=0.02)


def test_the_whole_song_as_a_region_is_the_song(song: Recording) -> None:
    found = read_region(song, start_s=-1, end_s=1e4, model="statistics")
    np.testing.assert_array_equal(found.blend, read(song, model="statistics").blend)


def test_regions_with_nothing_to_read_are_explained(song: Recording) -> None:
    with pytest.raises(AudioTooShort, match=r"0\.4 s of music; a reading needs at least 1 s"):
        read_region(song, start_s=3, end_s=3.4)
    with pytest.raises(AudioTooShort, match=r"0\.0 s"):
        read_region(song, start_s=9e3, end_s=9e4)
    quiet = replace(song, samples=np.zeros(5 * SAMPLE_RATE, np.float32))
    with pytest.raises(SilentAudio, match="Nothing sounds"):
        read_region(quiet, start_s=0, end_s=3)


@pytest.mark.parametrize(
    "sent",
    [
        None,
        "0-5",
        {},
        {"song": 7, "start": 0, "end": 5},
        {"song": "a", "start": 0},
        {"song": "a", "start": "0", "end": "5"},
        {"song": "a", "start": float("nan"), "end": 5},
        {"song": "a", "start": 5, "end": 5},
        {"song": "a", "start": 6, "end": 5},
        {"song": "a", "start": 40, "end": 50},
    ],
)
def test_what_is_no_region_is_ignored(sent: object) -> None:
    assert Region.from_browser(sent, 30.0) is None


def test_a_region_stays_within_the_song() -> None:
    sent = {"song": "a", "start": -3, "end": 99.0}
    assert Region.from_browser(sent, 30.0) == Region("a", 0.0, 30.0)
    assert Region.from_browser({"song": "a", "start": 0, "end": 1.23456}, 30.0) == Region(
        "a", 0.0, 1.2
    )
    assert Region.from_browser(sent, 27.47) == Region("a", 0.0, 27.4)


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        ((12, 20), "From 0:12 to 0:20"),
        ((59.6, 125.2), "From 1:00 to 2:05"),
        ((0.25, 1.75), "From 0:00.2 to 0:01.8"),
        ((59.96, 61.5), "From 1:00.0 to 1:01.5"),
    ],
)
def test_a_region_is_told_in_words(ends: tuple[float, float], words: str) -> None:
    assert span(*ends) == words


def test_the_message_compares_the_region_with_its_song(song: Recording) -> None:
    whole = read(song, model="statistics")
    blend = np.roll(np.sort(whole.blend)[::-1], 3)  # Disco leads.
    part = replace(whole, blend=blend)
    words = region_message(Region("a", 12, 20), part, whole)
    assert words.startswith("From 0:12 to 0:20: Disco most likely")
    assert "in the whole song it has" in words
    assert "points less than in the whole song" in words
