"""The page Library in a real Chromium: upload, see, filter, albums, artists."""

from collections.abc import Callable
from pathlib import Path

import mutagen
import pytest
import soundfile
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from waiting import click, settle, until, wait_for, write  # type: ignore[import-not-found]

from genre_app import audio, examples

Open = Callable[..., Chrome]

pytestmark = pytest.mark.browser

SONGS = {
    "chamber-quintet": ("Slow air", "Quiet Strings", "Rooms"),
    "boom-bap": ("Corner", "Two Turntables", "Kerb"),
    "swing-combo": ("Blue hour", "Two Turntables", "Kerb"),
}
"""Title, artist and album that each example is tagged with."""

BLUE = "Blue hour, Two Turntables"
TABLE = "[class*=st-key-library-table]"


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


def view(chrome: Chrome, name: str) -> None:
    click(
        chrome, f"//*[contains(@class, 'st-key-library-view')]//label[contains(., '{name}')]//input"
    )


def tick_third(chrome: Chrome) -> None:
    """Click the box before the third song: the table is a picture, 35 pixels a row."""
    settle(chrome.execute_script, TABLE)
    table = chrome.find_element(By.CSS_SELECTOR, f"{TABLE} canvas")
    chrome.execute_script("arguments[0].scrollIntoView({block: 'center'})", table)
    size = table.size
    left, top = 15 - size["width"] / 2, 3.5 * 35 - size["height"] / 2
    ActionChains(chrome).move_to_element_with_offset(table, int(left), int(top)).click().perform()


def ticked(chrome: Chrome) -> tuple[int, str]:
    """Give the ticked row, 0 where there is none, and the song that is shown below."""
    rows = chrome.find_elements(By.CSS_SELECTOR, f"{TABLE} canvas tr[aria-selected=true]")
    box = chrome.find_element(By.CSS_SELECTOR, ".st-key-library-song input")
    # The header is row 1.
    row = int(rows[0].get_attribute("aria-rowindex") or 1) - 1 if rows else 0
    return row, box.get_attribute("value") or ""


def test_songs_are_uploaded_filtered_and_grouped(
    server: str, browser: Open, artefacts: Path, tmp_path: Path
) -> None:
    chrome = browser()
    chrome.get(f"{server}/many-songs")
    write(chrome, "input[type=file]", "\n".join(str(path) for path in tagged(tmp_path)))
    wait_for(chrome, "3 songs read")
    wait_for(chrome, "The songs")
    grid = "[data-testid=stDataFrame] canvas"
    until(chrome, lambda c: c.find_elements(By.CSS_SELECTOR, grid), "no table")

    search = ".st-key-library-words input"
    write(chrome, search, "Quiet Strings", Keys.ENTER)
    wait_for(chrome, "One song: ")
    write(chrome, search, Keys.CONTROL + "a" + Keys.NULL, Keys.BACKSPACE, Keys.ENTER)
    wait_for(chrome, "3 songs")

    tick_third(chrome)
    until(chrome, lambda c: ticked(c) == (3, BLUE), "the third row is not ticked")
    write(chrome, search, "Two", Keys.ENTER)
    until(chrome, lambda c: ticked(c) == (2, BLUE), "the tick stayed at its place")
    write(chrome, search, Keys.CONTROL + "a" + Keys.NULL, Keys.BACKSPACE, Keys.ENTER)
    until(chrome, lambda c: ticked(c) == (3, BLUE), "the tick did not come back")

    view(chrome, "Artists")
    wait_for(chrome, "Two Turntables: 2 songs, on average this blend.")
    view(chrome, "Albums")
    wait_for(chrome, "Kerb", "2 songs, on average this blend.")
    points = ".js-plotly-plot .point"
    until(chrome, lambda c: c.find_elements(By.CSS_SELECTOR, points), "no chart")
    chrome.save_screenshot(str(artefacts / "library.png"))
