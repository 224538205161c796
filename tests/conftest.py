"""Fixtures for all tests."""

import os
from pathlib import Path

import pytest

from genre_app import audio
from genre_app.logmel import CLIP_COLUMNS, LogMel, log_mel


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of music beside the checkout; never skipped in CI, which has it."""
    folder = Path(__file__).resolve().parents[1].parent / "shared"
    if not folder.is_dir():
        reason = f"{folder} is absent: it holds music that the repository must not contain"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


@pytest.fixture(scope="session")
def opus_mels(shared: Path) -> dict[str, tuple[LogMel, LogMel]]:
    """Give the log-mels of the 100 Opus clips: as served, and as the subset's columns stand."""
    found = {}
    for path in sorted((shared / "gtzan" / "audio").glob("*/*.opus")):
        samples = audio.load(path).samples
        found[path.stem] = (log_mel(samples), log_mel(samples, columns=CLIP_COLUMNS))
    return found
