"""The front end: librosa's numbers, the subset's columns, quiet passages kept."""

import librosa
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from librosa import filters  # type: ignore[attr-defined]

from genre_app import audio, logmel
from genre_app.logmel import CLIP_COLUMNS, COLUMN_RATE, LogMel, column_frames, log_mel


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    chance = np.random.default_rng(seed)
    return chance.normal(0, 0.1, round(seconds * audio.SAMPLE_RATE)).astype(np.float32)


def test_filters_and_power_are_librosas() -> None:
    samples = noise(3.3)
    assert np.allclose(logmel.mel_filters(), filters.mel(sr=22050, n_fft=2048), atol=1e-8)
    reference = librosa.feature.melspectrogram(y=samples, sr=22050)
    power = logmel.mel_power(samples)
    assert power.shape == reference.shape
    assert np.abs(power - reference).max() < 1e-5 * reference.max()
    decibels = librosa.power_to_db(reference, ref=np.max)
    ours = np.maximum(log_mel(samples).decibels, -80)
    assert np.abs(ours - decibels[:, column_frames(reference.shape[1])]).max() < 1e-3


def test_a_clip_of_thirty_seconds_has_the_columns_of_the_subset() -> None:
    frames = 1 + 30 * audio.SAMPLE_RATE // 512
    places = column_frames(frames)
    assert len(places) in (CLIP_COLUMNS - 1, CLIP_COLUMNS)
    assert np.array_equal(column_frames(1293, columns=723), column_frames(1293))
    assert pytest.approx(24.12, abs=0.01) == COLUMN_RATE


@given(st.integers(4, 60_000))
def test_columns_are_frames_in_order(frames: int) -> None:
    places = column_frames(frames)
    assert places[0] >= 0
    assert places[-1] <= frames - 1
    assert (np.diff(places) >= 1).all()


def test_level_does_not_matter() -> None:
    samples = noise(5.0)
    loud, quiet = log_mel(samples), log_mel(samples * np.float32(1e-3))
    assert np.abs(loud.decibels - quiet.decibels).max() < 0.01


def test_a_quiet_passage_of_a_long_song_is_read_as_its_own_clip() -> None:
    quiet = noise(40.0, seed=1) * np.float32(0.001)
    song = log_mel(np.concatenate([noise(40.0), quiet]))
    alone = log_mel(quiet)
    start = song.columns - 300
    passage = song.excerpt(start, start + 200)
    assert passage.max() > -15
    assert abs(passage.mean() - alone.excerpt(100, 300).mean()) < 1.5


def test_bytes_round_to_a_quarter_decibel() -> None:
    mel = log_mel(noise(30.0), columns=CLIP_COLUMNS)
    back = LogMel.from_bytes(mel.to_bytes())
    assert np.abs(back.decibels - np.maximum(mel.decibels, -80)).max() <= 0.2501
    assert back.loudest.max() == 0


@pytest.mark.parametrize("place", [(-1, 3), (5, 5), (0, 10_000)])
def test_an_excerpt_outside_is_refused(place: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="not within"):
        log_mel(noise(3.0)).excerpt(*place)
