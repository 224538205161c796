"""The player, in a real Chromium: play, seek, choose a region, have it read."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from waiting import INSIDE, click, settle, until, wait_for  # type: ignore[import-not-found]

Open = Callable[..., Chrome]

pytestmark = pytest.mark.browser


def ask(chrome: Chrome, expression: str) -> Any:  # noqa: ANN401
    return chrome.execute_script(f"{INSIDE} return {expression};")


def becomes(chrome: Chrome, expression: str) -> Any:  # noqa: ANN401
    return until(chrome, lambda c: ask(c, expression), f"never true: {expression}")


def on_track(chrome: Chrome, share: float) -> ActionChains:
    """Move the mouse to a share of the song's length."""
    track = ask(chrome, "find('.track')")
    across = round((share - 0.5) * track.size["width"])
    return ActionChains(chrome).move_to_element_with_offset(track, across, 0)


def test_the_player_plays_seeks_loops_and_has_a_region_read(
    server: str, browser: Open, artefacts: Path
) -> None:
    chrome = browser("--autoplay-policy=no-user-gesture-required")
    chrome.get(f"{server}/?example=swing-combo")
    # The sound is there as soon as the pictures are.
    becomes(chrome, "find('audio')?.readyState >= 3 && !find('.blend').hidden")
    length = ask(chrome, "find('audio').duration")
    assert length == pytest.approx(27.4, abs=0.1)
    assert ask(chrome, "find('.track').getAttribute('aria-valuemax')") == "27.4"
    assert ask(chrome, "find('.act').disabled") is True

    settle(chrome.execute_script, "[data-testid=stBidiComponentIsolated]")

    # Playing moves the cursor, and the bars with it, without a word to the server.
    start = ask(chrome, "find('.cursor').getBoundingClientRect().x")
    ask(chrome, "find('.play').click()")
    becomes(chrome, f"find('.cursor').getBoundingClientRect().x > {start} + 5")
    assert ask(chrome, "find('.play').getAttribute('aria-label')") == "Pause"

    # A click seeks, and the keys go on from there.
    on_track(chrome, 0.75).click().perform()
    becomes(chrome, "find('audio').currentTime > 20")
    ActionChains(chrome).send_keys(Keys.SPACE, Keys.HOME, Keys.ARROW_RIGHT).perform()
    becomes(chrome, "find('audio').paused && find('audio').currentTime === 5")
    assert "5 seconds of 27 seconds, " in ask(
        chrome, "find('.track').getAttribute('aria-valuetext')"
    )
    now = ask(chrome, "find('.bars').innerText")
    ask(chrome, "find('.whole').click()")
    assert ask(chrome, "find('.bars').innerText") != now

    # Dragging chooses a region, in which it stays.
    on_track(chrome, 0.5).click_and_hold().move_by_offset(30, 0).perform()
    on_track(chrome, 0.8).release().perform()
    assert ask(chrome, "find('.chosen').textContent") == "Region 0:14 to 0:22"
    assert ask(chrome, "find('.loop').getAttribute('aria-pressed')") == "true"
    ask(chrome, "find('audio').currentTime = 21.5")
    ActionChains(chrome).send_keys(Keys.SPACE).perform()
    becomes(chrome, "find('audio').currentTime < 20")
    assert ask(chrome, "find('audio').currentTime") >= 13.6
    ActionChains(chrome).send_keys("l").perform()
    assert ask(chrome, "find('.loop').getAttribute('aria-pressed')") == "false"

    # Brackets choose it too, on keyboards that have them with Alt or AltGr only as well.
    def bracket(key: str, steps: int, **held: bool) -> str:
        ActionChains(chrome).send_keys(Keys.HOME, *[Keys.ARROW_RIGHT] * steps).perform()
        event = json.dumps({"key": key, "bubbles": True, **held})
        ask(chrome, f"find('.track').dispatchEvent(new KeyboardEvent('keydown', {event}))")
        return str(ask(chrome, "find('.chosen').textContent"))

    ActionChains(chrome).send_keys(Keys.SPACE).perform()
    assert bracket("[", 3, altKey=True) == "Region 0:15 to 0:22"
    assert bracket("]", 4, altKey=True, ctrlKey=True) == "Region 0:15 to 0:20"
    assert bracket("[", 2, ctrlKey=True) == "Region 0:15 to 0:20", "that is the browser's"
    assert bracket("[", 2) == "Region 0:10 to 0:20"

    # Reading it shows its bars; the player goes on as it was.
    ask(chrome, "host.dataset.seen = 'the same'")
    ask(chrome, "find('.act').click()")
    wait_for(chrome, "From 0:10 to 0:20: Jazz most likely")
    assert ask(chrome, "host.dataset.seen") == "the same"
    assert ask(chrome, "find('audio').currentTime") >= 10
    assert ask(chrome, "find('.chosen').textContent") == "Region 0:10 to 0:20"
    chrome.save_screenshot(str(artefacts / "player.png"))

    # Another song begins at its beginning, and has no region.
    chooser = chrome.find_element(By.CSS_SELECTOR, ".st-key-example input")
    chooser.send_keys("Hip-hop", Keys.ENTER)
    becomes(chrome, f"find('audio').readyState >= 3 && find('audio').duration !== {length}")
    assert ask(chrome, "host.dataset.seen") == "the same"
    assert ask(chrome, "find('audio').paused && find('audio').currentTime === 0")
    assert ask(chrome, "find('.chosen').textContent") == ""

    # A region that was read is the part that the page Why asks about.
    settle(chrome.execute_script, "[data-testid=stBidiComponentIsolated]")
    on_track(chrome, 0.25).click_and_hold().move_by_offset(30, 0).perform()
    on_track(chrome, 0.75).release().perform()
    region = ask(chrome, "find('.chosen').textContent")
    ask(chrome, "find('.act').click()")
    wait_for(chrome, f"From {region.removeprefix('Region ')}: ")
    click(chrome, "//a[contains(., 'Why')]")
    ends = "return [...document.querySelectorAll('[class*=st-key-why-part] input')]"
    first, last = until(
        chrome, lambda c: c.execute_script(f"{ends}.map(end => Number(end.value))"), "no part"
    )
    assert region == f"Region 0:{round(first):02d} to 0:{round(last):02d}"
