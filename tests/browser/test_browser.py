"""What a person does, in a real Chromium: open, upload, record, look at a phone."""

from collections.abc import Callable
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from waiting import record, treated, until, wait_for, write  # type: ignore[import-not-found]

from genre_app import audio, examples
from genre_app.genres import NAMES
from genre_app.reading import read

Open = Callable[..., Chrome]

pytestmark = pytest.mark.browser


def test_a_deep_link_is_the_first_request(server: str, browser: Open, artefacts: Path) -> None:
    chrome = browser()
    chrome.get(f"{server}/how-it-works")
    body = wait_for(chrome, "What a bar means", "Listen")
    assert "Traceback" not in body
    assert "Page not found" not in chrome.page_source
    # Nothing is fetched from elsewhere, not even the page's icon.
    icon = chrome.execute_script("return document.querySelector('link[rel~=icon]').href")
    assert str(icon).startswith(("data:", server))
    fetched = chrome.execute_script(
        "return performance.getEntriesByType('resource').map(one => one.name)"
    )
    assert fetched
    assert all(str(name).startswith(("data:", "blob:", server)) for name in fetched)
    chrome.save_screenshot(str(artefacts / "guide.png"))


def test_a_song_from_disk_gets_its_bars(
    server: str,
    browser: Open,
    artefacts: Path,
    tmp_path: Path,
) -> None:
    song = tmp_path / "quintet.wav"
    song.write_bytes(examples.wav("chamber-quintet"))
    chrome = browser()
    chrome.get(server)
    write(chrome, "input[type=file]", str(song))
    body = wait_for(chrome, "most likely")
    found = read(audio.load(song))
    assert f"{NAMES[found.top]} most likely" in body
    # The page may draw its bars anew meanwhile.
    plotted = until(
        chrome,
        lambda c: next(
            text
            for chart in c.find_elements(By.CSS_SELECTOR, ".js-plotly-plot")
            if NAMES[found.top] in (text := chart.text)
        ),
        "the bars did not appear",
    )
    assert "%" in plotted
    chrome.save_screenshot(str(artefacts / "listen.png"))


@pytest.mark.shared
def test_a_real_mp3_gets_its_bars(
    server: str, browser: Open, artefacts: Path, shared: Path
) -> None:
    chrome = browser("--force-dark-mode")
    chrome.get(server)
    write(chrome, "input[type=file]", str(shared / "songs" / "hiphop_awol_food.mp3"))
    assert "Hip-hop most likely" in wait_for(chrome, "most likely")
    chrome.save_screenshot(str(artefacts / "listen-dark.png"))


def test_a_recording_is_read(server: str, browser: Open, tmp_path: Path) -> None:
    voice = tmp_path / "voice.wav"
    voice.write_bytes(examples.wav("swing-combo"))
    chrome = browser(
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={voice}",
    )
    chrome.get(server)
    record(chrome, until_it_says="00:04")
    wait_for(chrome, "most likely", "Your recording")
    # A browser that is not told otherwise treats music as it treats a telephone call.
    assert treated(chrome, "true") == [False, False, False]
    assert treated(chrome, "{sampleRate: 48000}") == [False, False, False]
    assert treated(chrome, "{echoCancellation: true}")[0]


def test_a_phone_needs_no_sideways_scroll(server: str, browser: Open, artefacts: Path) -> None:
    chrome = browser()
    phone = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    chrome.get(server)
    wait_for(chrome, "Nothing leaves the computer")
    script = "return document.documentElement.scrollWidth - window.innerWidth"
    assert chrome.execute_script(script) <= 0
    chrome.save_screenshot(str(artefacts / "phone.png"))
