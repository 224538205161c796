"""The numbers of the panels: held to librosa, and to sounds whose answer is known."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from genre_app import logmel, panels
from genre_app.audio import SAMPLE_RATE, Recording
from genre_app.panels import PANELS, PITCH_CLASSES, Sound, compute

Samples = NDArray[np.float32]


def sound_of(samples: NDArray[np.floating]) -> Sound:
    return Sound(Recording(samples.astype(np.float32), "test", "0", "WAV", SAMPLE_RATE, 1))


def sine(hertz: float, seconds: float = 2.0, level: float = 0.5) -> Samples:
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (level * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def music(seconds: float = 5.0) -> Samples:
    """Chords over noise that swells: something in every band, at every moment."""
    rng = np.random.default_rng(0)
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    chord = sum(np.sin(2 * np.pi * hertz * time) for hertz in (220.0, 277.2, 329.6, 1318.5))
    noise = rng.normal(size=time.size) * (0.02 + 0.1 * (time % 1.0))
    return (0.15 * chord * (1 + 0.5 * np.sin(3 * time)) + noise).astype(np.float32)


@pytest.fixture(scope="module")
def song() -> Sound:
    return sound_of(music())


@pytest.fixture(scope="module")
def power(song: Sound) -> Samples:
    import librosa

    spectrum = librosa.stft(song.recording.samples, n_fft=logmel.WINDOW, hop_length=logmel.HOP)
    return np.asarray(np.abs(spectrum) ** 2, np.float32)


@pytest.mark.parametrize("key", PANELS)
def test_a_panel_says_what_its_numbers_are(song: Sound, key: str) -> None:
    panel = compute(song, key)
    rows = {"waveform": 1, "mel": 128, "mfcc": 20, "chroma": 12, "tonnetz": 6}[key]
    assert panel.key == key
    assert panel.values.dtype == np.float32
    assert panel.values.shape == (rows, panel.frames)
    assert len(set(panel.rows)) == rows
    assert np.isfinite(panel.values).all()
    assert panel.times_s[0] == 0.0
    assert panel.times_s[-1] <= panel.duration_s == pytest.approx(5.0)
    assert panel.duration_s - panel.times_s[-1] <= 1.0001 * panel.step_s
    assert panel.title
    assert panels.explain(key).endswith(".")


def test_an_unknown_panel_is_refused_by_name(song: Sound) -> None:
    with pytest.raises(ValueError, match="no panel 'cqt'"):
        compute(song, "cqt")


def test_mel_equals_librosa(song: Sound, power: Samples) -> None:
    import librosa

    mel = librosa.feature.melspectrogram(S=power, sr=SAMPLE_RATE, n_mels=128)
    expected = librosa.power_to_db(mel, ref=np.max)
    np.testing.assert_allclose(compute(song, "mel").values, expected, atol=1e-2)


def test_mel_is_the_front_ends(song: Sound) -> None:
    np.testing.assert_array_equal(song.mel_power, logmel.mel_power(song.recording.samples))


def test_mfcc_equals_librosa_of_the_same_decibels(song: Sound) -> None:
    import librosa

    expected = librosa.feature.mfcc(S=compute(song, "mel").values, n_mfcc=panels.MFCCS)
    np.testing.assert_allclose(compute(song, "mfcc").values, expected, atol=1e-3)


def test_chroma_filters_equal_librosas() -> None:
    from librosa.filters import chroma

    expected = chroma(sr=SAMPLE_RATE, n_fft=logmel.WINDOW, tuning=0.0)
    np.testing.assert_allclose(panels.chroma_filters(), expected, atol=1e-6)


def test_chroma_equals_librosa(song: Sound, power: Samples) -> None:
    import librosa

    expected = librosa.feature.chroma_stft(S=power, sr=SAMPLE_RATE, tuning=0.0)
    np.testing.assert_allclose(compute(song, "chroma").values, expected, atol=1e-4)


def test_tonnetz_equals_librosa(song: Sound) -> None:
    import librosa

    expected = librosa.feature.tonnetz(chroma=song.chroma, sr=SAMPLE_RATE)
    np.testing.assert_allclose(compute(song, "tonnetz").values, expected, atol=1e-5)


def test_waveform_is_the_samples(song: Sound) -> None:
    np.testing.assert_array_equal(compute(song, "waveform").values[0], song.recording.samples)


@settings(deadline=None, max_examples=12)
@given(midi=st.integers(48, 95))
def test_a_sine_is_its_pitch_class_and_its_mel_row(midi: int) -> None:
    hertz = 440.0 * 2 ** ((midi - 69) / 12)
    sound = sound_of(sine(hertz, 0.5))
    middle = compute(sound, "chroma").values[:, 10]
    assert PITCH_CLASSES[int(np.argmax(middle))] == PITCH_CLASSES[midi % 12]
    row = int(np.argmax(compute(sound, "mel").values[:, 10]))
    assert abs(row - panels.mel_row(hertz)) <= 1.0


def test_440_hertz_is_an_a_in_the_row_named_after_it() -> None:
    sound = sound_of(sine(440.0))
    assert PITCH_CLASSES[int(np.argmax(compute(sound, "chroma").values[:, 40]))] == "A"
    mel = compute(sound, "mel")
    name = mel.rows[int(np.argmax(mel.values[:, 40]))]
    assert abs(float(name.removesuffix(" Hz")) - 440) < 13.0  # Half of a band.


def test_mel_rows_and_band_edges_agree() -> None:
    centres = panels.mel_band_edges()[1:-1]
    rows = [panels.mel_row(float(hertz)) for hertz in centres]
    np.testing.assert_allclose(rows, np.arange(128), atol=1e-9)


def test_silence_between_notes_has_no_pitch() -> None:
    hiss = np.random.default_rng(1).normal(size=2 * SAMPLE_RATE) * 1e-5
    chroma = compute(sound_of(np.concatenate([sine(440.0), hiss])), "chroma").values
    assert chroma[:, 10].max() == 1.0
    np.testing.assert_array_equal(chroma[:, 100:], 0.0)


@pytest.mark.parametrize("level", [0.0, 1e-6], ids=["digital silence", "hiss"])
def test_silence_gives_numbers_and_no_pitch(level: float) -> None:
    hiss = np.random.default_rng(1).normal(size=SAMPLE_RATE) * level
    sound = sound_of(hiss)
    for key in PANELS:
        assert np.isfinite(compute(sound, key).values).all()
    assert not compute(sound, "chroma").values.any()
    assert not compute(sound, "tonnetz").values.any()
    if level == 0.0:
        assert (compute(sound, "mel").values == logmel.FLOOR_DB).all()


@settings(deadline=None, max_examples=15)
@given(gain=st.floats(0.01, 1.0), seed=st.integers(0, 2**16))
def test_ranges_hold_and_loudness_does_not_matter(gain: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    samples = rng.normal(size=SAMPLE_RATE // 4) * 0.2
    loud, soft = sound_of(samples), sound_of(samples * gain)
    mel = compute(soft, "mel").values
    assert mel.max() == pytest.approx(0.0, abs=1e-4)
    assert mel.min() >= logmel.FLOOR_DB
    chroma = compute(soft, "chroma").values
    assert chroma.min() >= 0.0
    np.testing.assert_allclose(chroma.max(axis=0), 1.0)
    assert np.abs(compute(soft, "tonnetz").values).max() <= 1.0
    np.testing.assert_allclose(mel, compute(loud, "mel").values, atol=1e-2)
    np.testing.assert_allclose(chroma, compute(loud, "chroma").values, atol=1e-3)


def test_chords_a_fifth_apart_turn_the_circle_of_fifths_evenly() -> None:
    notes = np.zeros((12, 12))
    notes[7 * np.arange(12) % 12, np.arange(12)] = 1
    fifths = panels.tonal_centroids(notes)[:2]
    angles = np.unwrap(np.arctan2(fifths[1], fifths[0]))
    np.testing.assert_allclose(np.abs(np.diff(angles)), np.pi / 6, atol=1e-5)


def test_the_transform_runs_once_whoever_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[int] = []
    transform = logmel.stft_power

    def counted(samples: Samples) -> object:
        runs.append(samples.size)
        return transform(samples)

    monkeypatch.setattr(logmel, "stft_power", counted)
    sound = sound_of(music(1.0))
    ask: Callable[[str], panels.Panel] = lambda key: compute(sound, key)  # noqa: E731
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(ask, PANELS * 4))
    assert runs == [SAMPLE_RATE]
    for first, again in zip(results[:5], results[15:], strict=True):
        np.testing.assert_array_equal(first.values, again.values)


def test_what_is_shared_cannot_be_changed(song: Sound) -> None:
    with pytest.raises(ValueError, match="read-only"):
        song.chroma[0, 0] = 2.0
    with pytest.raises(ValueError, match="read-only"):
        song.mel_power[0, 0] = 2.0


def test_panels_are_quick_and_need_neither_librosa_nor_plotly() -> None:
    import subprocess
    import sys
    import time

    code = (
        "import sys, genre_app.panels, genre_app.figures.panels, genre_app.figures.static\n"
        "print({'librosa', 'plotly', 'matplotlib', 'streamlit', 'tensorflow'} & set(sys.modules))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "set()"

    samples = music(30.0)
    compute(sound_of(samples), "mfcc")
    took = []
    for _ in range(3):
        start = time.perf_counter()
        sound = sound_of(samples)
        for key in PANELS:
            compute(sound, key)
        took.append(time.perf_counter() - start)
    assert min(took) < 0.6  # Measured: 0.03 s.
