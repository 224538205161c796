"""Train in a real Chromium: watch the curves grow, reload, cancel."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

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


def test_the_curve_grows_and_the_training_can_be_cancelled(
    server: str, browser: Open, artefacts: Path
) -> None:
    chrome = browser()
    chrome.get(f"{server}/retrain")
    wait_for(chrome, "Start training")
    click(chrome, "Lesson")
    chrome.find_element(By.XPATH, "//summary[contains(., 'Settings')]").click()
    click(chrome, "My choice")
    wait_for(chrome, "Which genres")
    wait_for(chrome, "on this machine")
    click(chrome, "Start training")
    wait_for(chrome, r"After \d+ epochs", seconds=300)
    chrome.save_screenshot(str(artefacts / "train.png"))
    chrome.refresh()
    wait_for(chrome, "Cancel")
    click(chrome, "Cancel")
    body = wait_for(chrome, "was cancelled after")
    assert "Start training" in body
