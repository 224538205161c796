"""The page of models in a real Chromium: a click on a cell, a phone."""

from collections.abc import Callable
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from waiting import settle, shown, wait_for  # type: ignore[import-not-found]

from genre_app import zoo
from genre_app.evaluation import models
from genre_app.evaluation.cells import cell_sentence
from genre_app.genres import GENRES

Open = Callable[..., Chrome]

pytestmark = pytest.mark.browser


def test_a_click_on_a_cell_lists_its_tracks(server: str, browser: Open, artefacts: Path) -> None:
    chrome = browser()
    # app.py must have run before Streamlit knows the page's address without a notice.
    chrome.get(server)
    wait_for(chrome, "Nothing leaves the computer")
    chrome.get(f"{server}/compare-models?section=confusion")
    wait_for(chrome, "Which cell?")
    label = answer = GENRES.index("classical")
    sentence = cell_sentence(models.stored(zoo.DEFAULT, "artist").confusion, label, answer)
    assert sentence not in shown(chrome)
    settle(chrome.execute_script, ".js-plotly-plot .nsewdrag")
    plot = chrome.find_element(By.CSS_SELECTOR, ".js-plotly-plot .nsewdrag")
    size = plot.size
    ActionChains(chrome).move_to_element_with_offset(
        plot,
        round(size["width"] * ((answer + 0.5) / len(GENRES) - 0.5)),
        round(size["height"] * ((label + 0.5) / len(GENRES) - 0.5)),
    ).pause(0.5).click().perform()
    wait_for(chrome, sentence)
    wait_for(chrome, "Labelled Classical, called Classical")
    chrome.save_screenshot(str(artefacts / "models.png"))


def test_models_need_no_sideways_scroll_on_a_phone(
    server: str, browser: Open, artefacts: Path
) -> None:
    chrome = browser()
    phone = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    chrome.get(f"{server}/compare-models?section=two&model=statistics")
    wait_for(chrome, "McNemar")
    script = "return document.documentElement.scrollWidth - window.innerWidth"
    assert chrome.execute_script(script) <= 0
    chrome.save_screenshot(str(artefacts / "models-phone.png"))
