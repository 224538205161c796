"""The page Library in a real Chromium: upload, see, filter, albums, artists."""

from collections.abc import Callable
from pathlib import Path

import mutagen
import pytest
import soundfile
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from genre_app import audio, examples

Open = Callable[..., Chrome]

pytestmark = pytest.mark.browser

SONGS = {
    "chamber-quintet": ("Slow air", "Quiet Strings", "Rooms"),
    "boom-bap": ("Corner", "Two Turntables", "Kerb"),
    "swing-combo": ("Blue hour", "Two Turntables", "Kerb"),
}
"""Title, artist and album that each example is tagged with."""


def tagged(folder: Path) -> list[Path]:
    """Write the first eight seconds of each example with tags."""
    paths = []
    for key, (title, artist, album) in SONGS.items():
        path = folder / f"{key}.flac"
        samples = audio.load(examples.wav(key)).samples[: 8 * audio.SAMPLE_RATE]
        soundfile.write(path, samples, audio.SAMPLE_RATE)
        tags = mutagen.File(path)
        tags.update({"title": title, "artist": artist, "album": album})
        tags.save()
        paths.append(path)
    return paths


def wait_for(chrome: Chrome, *texts: str, without: str = "\0", seconds: float = 60) -> None:
    def shown(chrome: Chrome) -> bool:
        body = chrome.find_element(By.TAG_NAME, "body").text
        return all(text in body for text in texts) and without not in body

    WebDriverWait(chrome, seconds, poll_frequency=0.1, ignored_exceptions=[Exception]).until(
        shown, message=f"{texts} did not appear"
    )


def view(chrome: Chrome, name: str) -> None:
    (button,) = (
        one
        for one in chrome.find_elements(By.CSS_SELECTOR, ".st-key-library-view button")
        if name in one.text
    )
    button.click()


def test_songs_are_uploaded_filtered_and_grouped(
    server: str, browser: Open, artefacts: Path, tmp_path: Path
) -> None:
    chrome = browser()
    chrome.get(f"{server}/many-songs")
    WebDriverWait(chrome, 60).until(lambda c: c.find_elements(By.CSS_SELECTOR, "input[type=file]"))
    field = chrome.find_element(By.CSS_SELECTOR, "input[type=file]")
    field.send_keys("\n".join(str(path) for path in tagged(tmp_path)))
    wait_for(chrome, "3 songs read")
    wait_for(chrome, "The songs")
    WebDriverWait(chrome, 60).until(
        lambda c: c.find_elements(By.CSS_SELECTOR, "[data-testid=stDataFrame] canvas")
    )

    search = chrome.find_element(By.CSS_SELECTOR, ".st-key-library-words input")
    search.send_keys("Quiet Strings", Keys.ENTER)
    wait_for(chrome, "One song: ")
    search.send_keys(Keys.CONTROL, "a")
    search.send_keys(Keys.BACKSPACE, Keys.ENTER)

    view(chrome, "Artists")
    wait_for(chrome, "Two Turntables: 2 songs, on average this blend.")
    view(chrome, "Albums")
    wait_for(chrome, "Kerb", "2 songs, on average this blend.")
    WebDriverWait(chrome, 30).until(
        lambda c: len(c.find_elements(By.CSS_SELECTOR, ".js-plotly-plot .point")) > 0
    )
    chrome.save_screenshot(str(artefacts / "library.png"))
