"""Waiting for a page, in tests of several pages."""

import re
import time
from collections.abc import Callable
from typing import Any

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

_STILL_S = 0.8
"""Seconds without a move after which a page is taken to be done."""

INSIDE = (
    "const host = document.querySelector('[data-testid=stBidiComponentIsolated]');"
    "const player = host?.shadowRoot.querySelector('.player');"
    "const find = (name) => player?.querySelector(name);"
)
"""JavaScript that finds the player's parts."""


def until(
    chrome: Chrome,
    found: Callable[[Chrome], Any],
    message: str,
    *,
    seconds: float = 120,
) -> Any:  # noqa: ANN401
    """Wait until something is true, whatever fails meanwhile, and give it."""
    waiting = WebDriverWait(chrome, seconds, poll_frequency=0.1, ignored_exceptions=[Exception])
    return waiting.until(found, message=message)


def shown(chrome: Chrome) -> str:
    """Give all text that the page shows."""
    # Selenium's own way walks through every element, and keeps a large page busy.
    return str(chrome.execute_script("return document.body.innerText"))


def wait_for(chrome: Chrome, *texts: str, seconds: float = 120) -> str:
    """Wait until the page shows all of the texts at once, and give all that it shows."""

    def there(chrome: Chrome) -> str:
        body = shown(chrome)
        return body if all(text in body for text in texts) else ""

    return str(until(chrome, there, f"{texts} did not appear", seconds=seconds))


def wait_for_match(chrome: Chrome, pattern: str, *, seconds: float = 120) -> str:
    """Wait until the page shows what a regular expression finds, and give all that it shows."""

    def there(chrome: Chrome) -> str:
        body = shown(chrome)
        return body if re.search(pattern, body) else ""

    return str(until(chrome, there, f"'{pattern}' did not appear", seconds=seconds))


def click(chrome: Chrome, xpath: str) -> None:
    """Click an element as soon as it is there and may be clicked, though it be drawn anew."""

    def clicked(chrome: Chrome) -> bool:
        element = chrome.find_element(By.XPATH, xpath)
        if not element.is_enabled():
            return False
        chrome.execute_script("arguments[0].click()", element)
        return True

    until(chrome, clicked, f"nothing to click: {xpath}")


def write(chrome: Chrome, css: str, *keys: str) -> None:
    """Send keys to a field as soon as it is there, though it be drawn anew."""

    def written(chrome: Chrome) -> bool:
        chrome.find_element(By.CSS_SELECTOR, css).send_keys(*keys)
        return True

    until(chrome, written, f"no field {css}")


def record(chrome: Chrome, *, until_it_says: str) -> None:
    """Record from the microphone until the recorder's clock says so."""
    button = "//*[@data-testid='stAudioInputActionButton']"
    click(chrome, button)

    def said(chrome: Chrome) -> bool:
        recorder = chrome.find_element(By.CSS_SELECTOR, "[data-testid=stAudioInput]")
        return until_it_says in recorder.text

    until(chrome, said, f"the recorder never said {until_it_says}")
    click(chrome, button)


def treated(chrome: Chrome, wanted: str) -> list[bool]:
    """Say whether a microphone that the page asks for is cleared of echoes, of noise, levelled."""
    found: list[bool] = chrome.execute_async_script(f"""
        const done = arguments[0];
        navigator.mediaDevices.getUserMedia({{audio: {wanted}}}).then((stream) => {{
            const track = stream.getAudioTracks()[0];
            const is = track.getSettings();
            track.stop();
            done([is.echoCancellation, is.noiseSuppression, is.autoGainControl]);
        }}, (error) => done(String(error)));
    """)
    return found


def settle(run: Callable[[str], Any], place: str, *, seconds: float = 120) -> None:
    """Wait until the server has nothing more to say and an element no longer moves.

    A click in the middle of that falls beside the element, or on one that is being
    replaced.

    Parameters
    ----------
    run
        Runs the body of a JavaScript function and gives what it returns, in any browser.
    place
        CSS selector of the element, outside any shadow tree.
    """
    look = (
        "const app = document.querySelector('[data-test-script-state]');"
        f"const box = document.querySelector({place!r})?.getBoundingClientRect();"
        "const running = app?.dataset.testScriptState === 'running';"
        "return running || !box ? null : [box.x, box.y, box.width, box.height];"
    )
    before, since = None, time.monotonic()
    end = since + seconds
    while time.monotonic() < end:
        box = run(look)
        if box is None or box != before:
            before, since = box, time.monotonic()
        elif time.monotonic() - since > _STILL_S:
            return
        time.sleep(0.1)
    raise TimeoutError(f"{place} never stood still")
