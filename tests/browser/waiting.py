"""Waiting for a page, in tests of several pages."""

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait


def wait_for(chrome: Chrome, text: str, *, seconds: float = 60) -> str:
    """Wait until the page shows a text, and give all that it shows."""

    def shown(chrome: Chrome) -> str:
        body = chrome.find_element(By.TAG_NAME, "body").text
        return body if text in body else ""

    return WebDriverWait(chrome, seconds, ignored_exceptions=[Exception]).until(
        shown, message=f"'{text}' did not appear"
    )
