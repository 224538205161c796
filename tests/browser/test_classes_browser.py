"""Add a class in a real Chromium: two songs from the disk, and one that is recorded."""

from collections.abc import Callable
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait
from waiting import wait_for  # type: ignore[import-not-found]

from genre_app import examples

Open = Callable[..., Chrome]

pytestmark = pytest.mark.browser

RECORD = "[data-testid=stAudioInputActionButton]"


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
    chrome.find_element(By.CSS_SELECTOR, "input[aria-label='Name of the class']").send_keys(
        "School band"
    )
    chrome.find_element(By.CSS_SELECTOR, "input[type=file]").send_keys(
        "\n".join(str(song) for song in songs)
    )
    wait_for(chrome, "chamber-quintet.wav")
    chrome.find_element(By.CSS_SELECTOR, RECORD).click()
    recorder = chrome.find_element(By.CSS_SELECTOR, "[data-testid=stAudioInput]")
    WebDriverWait(chrome, 30).until(lambda _: "00:11" in recorder.text)
    chrome.find_element(By.CSS_SELECTOR, RECORD).click()
    WebDriverWait(chrome, 30).until(
        lambda _: recorder.find_elements(By.CSS_SELECTOR, "[aria-label='Play']")
    )
    chrome.find_element(By.XPATH, "//button[contains(., 'Add to this class')]").click()
    body = wait_for(chrome, "3 songs added")
    assert "School band" in body
    assert "1 more needed" in body
    chrome.save_screenshot(str(artefacts / "classes.png"))
