"""Panels that are heard: what is in the picture is in the sound, and only that."""

import numpy as np
import pytest

from genre_app import examples, sonify
from genre_app.audio import SAMPLE_RATE, Recording, load
from genre_app.panels import PANELS, Sound, compute, tonal_centroids

KEY = "swing-combo"


@pytest.fixture(scope="module")
def sound() -> Sound:
    recording = load(examples.wav(KEY), name=KEY)
    return Sound(recording)


def again(samples: np.ndarray) -> Sound:
    return Sound(Recording(samples, "heard", "", "heard", SAMPLE_RATE, 1))


def alike(one: np.ndarray, other: np.ndarray) -> float:
    columns = min(one.shape[1], other.shape[1])
    return float(np.corrcoef(one[:, :columns].ravel(), other[:, :columns].ravel())[0, 1])


@pytest.mark.parametrize("key", PANELS)
def test_what_is_heard_is_bounded_equally_loud_and_the_same_twice(sound: Sound, key: str) -> None:
    heard = sonify.hear(sound, key, start_s=2.0, seconds=4.0)
    assert heard.dtype == np.float32
    assert len(heard) == pytest.approx(4 * SAMPLE_RATE, abs=1024)
    assert np.abs(heard).max() < 1
    # Peaks may hold it below the common level.
    assert 0.03 < np.sqrt(np.mean(heard**2)) <= 0.101
    np.testing.assert_array_equal(heard, sonify.hear(sound, key, start_s=2.0, seconds=4.0))


@pytest.mark.parametrize(("key", "least"), [("mel", 0.9), ("mfcc", 0.75), ("chroma", 0.75)])
def test_the_picture_of_what_is_heard_is_the_picture(sound: Sound, key: str, least: float) -> None:
    part = slice(round(2 * SAMPLE_RATE / 512), round(8 * SAMPLE_RATE / 512))
    heard = again(sonify.hear(sound, key, start_s=2.0, seconds=6.0))
    assert alike(compute(sound, key).values[:, part], compute(heard, key).values) > least


def test_there_is_no_tune_left_in_mfcc(sound: Sound) -> None:
    heard = again(sonify.hear(sound, "mfcc", start_s=2.0, seconds=6.0))
    part = slice(round(2 * SAMPLE_RATE / 512), round(8 * SAMPLE_RATE / 512))
    assert alike(sound.chroma[:, part], heard.chroma) < 0.4


@pytest.mark.parametrize(
    ("notes", "triad"), [((0, 4, 7), 0), ((9, 0, 4), 21), ((2, 6, 9), 2), ((4, 7, 11), 16)]
)
def test_chords_are_found_on_the_tonnetz(notes: tuple[int, ...], triad: int) -> None:
    chroma = np.zeros((12, 1))
    chroma[list(notes)] = 1.0
    assert sonify.nearest_triads(tonal_centroids(chroma)).tolist() == [triad]


def test_silence_stays_silent() -> None:
    for key in PANELS:
        assert not sonify.hear(again(np.zeros(SAMPLE_RATE, np.float32)), key).any()


@pytest.mark.parametrize(("key", "start_s"), [("colour", 0.0), ("mel", 1e4), ("mel", -1.0)])
def test_what_is_not_there_is_refused(sound: Sound, key: str, start_s: float) -> None:
    with pytest.raises(ValueError, match="there is no"):
        sonify.hear(sound, key, start_s=start_s)
