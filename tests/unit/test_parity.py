"""Train equals serve: audio files give what the bundled subset holds, and read the same."""

from pathlib import Path

import numpy as np
import pytest

from genre_app import audio, gtzan, zoo
from genre_app.evaluation.models import predictor
from genre_app.logmel import CLIP_COLUMNS, LogMel, from_mel_power, mel_power

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def opus_mels(shared: Path) -> dict[str, tuple[LogMel, LogMel]]:
    """Give the log-mels of the 100 Opus clips: as served, and as the subset's columns stand."""
    found = {}
    for path in sorted((shared / "gtzan" / "audio").glob("*/*.opus")):
        power = mel_power(audio.load(path).samples)
        served, aligned = from_mel_power(power), from_mel_power(power, columns=CLIP_COLUMNS)
        found[path.stem] = (served, aligned)
    return found


def test_audio_gives_what_the_subset_holds(
    opus_mels: dict[str, tuple[LogMel, LogMel]],
) -> None:
    """100 Opus clips: median correlation 0.99, spectrum 0.97 each and 0.998, level 1 dB."""
    subset = gtzan.load()
    place = {track.name: i for i, track in enumerate(subset.tracks)}
    cells, spectra, levels = [], [], []
    for name, (_, aligned) in opus_mels.items():
        ours = np.maximum(aligned.decibels, -80)
        theirs = subset.log_mel(place[name]).decibels
        cells.append(np.corrcoef(ours.ravel(), theirs.ravel())[0, 1])
        spectra.append(np.corrcoef(ours.mean(axis=1), theirs.mean(axis=1))[0, 1])
        levels.append(ours.mean() - theirs.mean())
    assert len(cells) == 100
    assert np.median(cells) >= 0.99
    assert min(spectra) >= 0.97
    assert np.median(spectra) >= 0.998
    assert np.abs(levels).max() < 1.0


def test_audio_and_subset_are_read_alike(opus_mels: dict[str, tuple[LogMel, LogMel]]) -> None:
    """Train equals serve: of 100 clips at least 96 get the same genre from both."""
    subset = gtzan.load()
    place = {track.name: i for i, track in enumerate(subset.tracks)}
    predict = predictor(zoo.load())
    same = [
        predict([served])[0].argmax() == predict([subset.log_mel(place[name])])[0].argmax()
        for name, (served, _) in opus_mels.items()
    ]
    assert len(same) == 100
    assert sum(same) >= 96
