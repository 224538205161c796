"""Train in a real Chromium: watch the curves grow, reload, cancel; keep a model and use it."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from genre_app import examples

Open = Callable[..., Chrome]

pytestmark = pytest.mark.browser


def wait_for(chrome: Chrome, text: str, *, seconds: float = 120) -> str:
    """Wait for a regular expression."""

    def shown(chrome: Chrome) -> str:
        body = chrome.find_element(By.TAG_NAME, "body").text
        return body if re.search(text, body) else ""

    return WebDriverWait(chrome, seconds, ignored_exceptions=[Exception]).until(
        shown, message=f"'{text}' did not appear"
    )


def click(chrome: Chrome, label: str) -> None:
    def found(chrome: Chrome) -> bool:
        for button in chrome.find_elements(By.TAG_NAME, "button"):
            if label in button.text and button.is_enabled():
                chrome.execute_script("arguments[0].click()", button)
                return True
        return False

    WebDriverWait(chrome, 60, ignored_exceptions=[Exception]).until(
        found, message=f"there is no button '{label}'"
    )


def set_number(chrome: Chrome, label: str, value: int) -> None:
    field = chrome.find_element(By.CSS_SELECTOR, f"input[aria-label='{label}']")
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys(str(value), Keys.ENTER)


def start_on_three_genres(chrome: Chrome, server: str, *, epochs: int) -> None:
    chrome.get(f"{server}/retrain")
    wait_for(chrome, "Start training")
    chrome.find_element(By.XPATH, "//summary[contains(., 'Settings')]").click()
    click(chrome, "My choice")
    wait_for(chrome, "Which genres")
    set_number(chrome, "Epochs", epochs)
    wait_for(chrome, "on this machine")
    click(chrome, "Start training")


def test_the_curve_grows_and_the_training_can_be_cancelled(
    server: str, browser: Open, artefacts: Path
) -> None:
    chrome = browser()
    start_on_three_genres(chrome, server, epochs=200)
    body = wait_for(chrome, r"After \d+ epoch", seconds=300)
    seen = int(re.findall(r"After (\d+) epoch", body)[0])
    wait_for(chrome, rf"After (?!{seen} )\d+ epochs")
    chrome.save_screenshot(str(artefacts / "train.png"))
    chrome.refresh()
    wait_for(chrome, "Cancel")
    click(chrome, "Cancel")
    body = wait_for(chrome, "was cancelled after")
    assert "Start training" in body


def test_a_model_is_kept_and_reads_a_song(server: str, browser: Open, tmp_path: Path) -> None:
    chrome = browser()
    start_on_three_genres(chrome, server, epochs=2)
    wait_for(chrome, "Keep as model", seconds=300)
    field = chrome.find_element(By.CSS_SELECTOR, "input[aria-label='Keep as model']")
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys("Our three", Keys.ENTER)
    click(chrome, "Keep")
    wait_for(chrome, "Kept as the model 'Our three'")
    chrome.find_element(By.XPATH, "//a[contains(., 'Listen')]").click()
    wait_for(chrome, "Upload")
    song = tmp_path / "quintet.wav"
    song.write_bytes(examples.wav("chamber-quintet"))
    chrome.find_element(By.CSS_SELECTOR, "input[type=file]").send_keys(str(song))
    wait_for(chrome, "most likely")
    chrome.find_element(By.CSS_SELECTOR, "input[aria-label*='Models']").send_keys(
        "Our three", Keys.ENTER
    )
    # One bar a model and genre, and seven of the ten genres it was never told of.
    body = wait_for(chrome, "not known")
    assert body.count("not known") == 7
    assert "Our three" in body
