"""Add a class in a real Chromium: two songs from the disk, and one that is recorded."""

from collections.abc import Callable
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from waiting import click, record, treated, until, wait_for, write  # type: ignore[import-not-found]

from genre_app import examples

Open = Callable[..., Chrome]

pytestmark = pytest.mark.browser


def test_a_class_from_two_songs_and_a_recording(
    server: str, browser: Open, artefacts: Path, tmp_path: Path
) -> None:
    songs = [tmp_path / f"{name}.wav" for name in ("swing-combo", "chamber-quintet")]
    for song in songs:
        song.write_bytes(examples.wav(song.stem))
    chrome = browser(
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={songs[0]}",
    )
    chrome.get(f"{server}/own-classes")
    wait_for(chrome, "Name of the class")
    write(chrome, "input[type=file]", "\n".join(str(song) for song in songs))
    wait_for(chrome, "chamber-quintet.wav")
    record(chrome, until_it_says="00:11")
    play = "[data-testid=stAudioInput] [aria-label='Play']"
    until(chrome, lambda c: c.find_elements(By.CSS_SELECTOR, play), "nothing was recorded")
    assert treated(chrome, "true") == [False, False, False]
    click(chrome, "//button[contains(., 'Add to this class')]")
    # A refusal takes nothing away, nor does the Enter key.
    wait_for(chrome, "A class needs a name", "chamber-quintet.wav")
    write(chrome, "input[aria-label='Name of the class']", f"School band{Keys.ENTER}")
    click(chrome, "//button[contains(., 'Add to this class')]")
    wait_for(chrome, "3 songs added", "School band", "1 more needed")
    chrome.save_screenshot(str(artefacts / "classes.png"))
