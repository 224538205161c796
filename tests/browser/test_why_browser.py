"""Why and Blend Lab in a real Chromium: a fader moves the bars, and the curve appears."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By
from waiting import until, write  # type: ignore[import-not-found]

Open = Callable[..., Chrome]

pytestmark = pytest.mark.browser

BARS: Final = (
    "return [...document.querySelectorAll("
    "'.st-key-chart-parts .subplot.{place} .barlayer .point path')]"
    ".map(bar => Math.round(bar.getBBox().width))"
)
"""JavaScript: the widths of one column of bars as they are drawn."""

CURVE: Final = (
    "return [...document.querySelectorAll('.st-key-chart-sweep .scatterlayer path.js-line')]"
    ".map(line => line.getTotalLength())"
)
"""JavaScript: the lengths of the curves as they are drawn."""


def told(chrome: Chrome, place: str, pattern: str) -> str:
    """Wait until an element says something, and give it."""

    def said(chrome: Chrome) -> str:
        for element in chrome.find_elements(By.CSS_SELECTOR, place):
            if found := re.search(pattern, element.text):
                return found[0]
        return ""

    return str(until(chrome, said, f"'{pattern}' did not appear"))


def test_a_fader_moves_the_bars(server: str, browser: Open, artefacts: Path) -> None:
    chrome = browser()
    chrome.get(f"{server}/why-this-genre")
    choose = ".st-key-example input"
    write(chrome, choose, "Reggae", Keys.ENTER)
    before = until(chrome, lambda c: c.execute_script(BARS.format(place="x2y2")), "no bars")
    whole = chrome.execute_script(BARS.format(place="xy"))
    write(chrome, ".st-key-gain-drums input[type=range]", Keys.HOME)
    until(
        chrome,
        lambda c: c.execute_script(BARS.format(place="x2y2")) not in ([], before),
        "no bar moved",
    )
    said = told(chrome, "[data-testid=stCaptionContainer]", r"(\d+) % as it is, (\d+) % changed")
    first, changed = map(int, re.findall(r"\d+", said))
    assert first != changed
    assert len(whole) == len(before) == 10
    chrome.save_screenshot(str(artefacts / "why-faders.png"))


def test_the_crossfaders_curve_appears(server: str, browser: Open, artefacts: Path) -> None:
    chrome = browser()
    chrome.get(f"{server}/mix-two-songs")
    lengths = until(chrome, lambda c: c.execute_script(CURVE), "no curve")
    assert max(lengths) > 300
    told(chrome, "[data-testid=stMetric]", r"True share of the first song\s+50 %")
    write(chrome, ".st-key-lab-fader input[type=range]", Keys.END)
    told(chrome, "[data-testid=stMetric]", r"True share of the first song\s+100 %")
    assert chrome.execute_script(CURVE)
    chrome.save_screenshot(str(artefacts / "lab.png"))
