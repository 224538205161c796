"""Every page in light and dark: what axe-core objects to, whether it fits a phone, how it looks.

    npm pack axe-core@4.14.1
    python -m benchmarks.looks --axe axe-core-4.14.1.tgz [--screenshots docs/screenshots]

Axe-core (MPL-2.0) is not part of this project: npm fetches it, and it runs inside the page. The
app is started for it; the pages are seen with an example read, one after the other in one visit.
The exit status is 1 when there is a violation that axe calls serious or critical and that is not
excused below, or a page that is wider than a phone.
"""

import argparse
import io
import shutil
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from PIL import Image
from selenium import webdriver
from selenium.webdriver.common.by import By

from benchmarks.load import served

PAGES: Final = {
    "": "What is this song made of",
    "why-this-genre": "What it reminds the model of",
    "mix-two-songs": "What the bars make of it",
    "many-songs": "Upload several songs",
    "own-classes": "This collection",
    "retrain": "on this machine",
    "compare-models": "Which model can one believe",
    "how-it-works": "Data and licence",
}
"""Addresses, and words that are there when a page is."""

EXCUSED: Final = {
    ("color-contrast", "foreground color: #3e79b8"): "Streamlit writes the chosen option of a "
    "segmented control and the value of a slider in the dark theme's primary colour, the former on "
    "a tint of it, and labels of buttons in white on the same colour. No colour has 4.5 to both, "
    "not even on black: the labels have it, the option has 3.8 and the value 4.2.",
}
"""Rules with a part of what axe says, which are Streamlit's own markup, and why they stay."""

SERIOUS: Final = ("serious", "critical")
WIDTH, HEIGHT, PHONE = 1200, 900, 390
COLOURS: Final = 128
RUN: Final = """
const done = arguments[arguments.length - 1];
const what = {resultTypes: ["violations"]};
axe.run(document, what).then((found) => done(found.violations.map((one) => ({
  id: one.id, impact: one.impact, help: one.help,
  nodes: one.nodes.map((node) => node.target.join(" ") + " | " + node.html.slice(0, 160) + " | "
    + (node.any[0] ? node.any[0].message : "")),
}))), (error) => done([{id: "error", impact: "critical", help: String(error), nodes: []}]));
"""


def script_in(package: Path) -> str:
    """Take axe out of what ``npm pack`` fetched."""
    with tarfile.open(package) as file:
        member = file.extractfile("package/axe.min.js")
        if member is None:
            raise SystemExit(f"{package} holds no package/axe.min.js")
        return member.read().decode()


@contextmanager
def chromium() -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(flag)
    options.add_argument("--force-prefers-reduced-motion")
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    with webdriver.Chrome(options, service) as chrome:
        yield chrome


def sized(chrome: webdriver.Chrome, width: int) -> None:
    size = {"width": width, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
    chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def settled(chrome: webdriver.Chrome, words: str) -> None:
    """Wait until a page is drawn."""
    quiet = 0
    for _ in range(600):
        text = chrome.find_element(By.TAG_NAME, "body").text
        busy = chrome.find_elements(
            By.CSS_SELECTOR, '[data-test-script-state="running"], [data-stale="true"], .stSkeleton'
        )
        quiet = quiet + 1 if words in text and not busy else 0
        if quiet == 4:
            return
        time.sleep(0.25)
    raise SystemExit(f"{words!r} did not come")


def picture(chrome: webdriver.Chrome, place: Path) -> None:
    """Keep what is to be seen, with few colours: a hundred kilobytes."""
    image = Image.open(io.BytesIO(chrome.get_screenshot_as_png())).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(place, optimize=True)


def looked_at(chrome: webdriver.Chrome, axe: str, name: str, shots: Path | None) -> list[str]:
    """Look at the page that is open, and say what is wrong with it."""
    if shots is not None:
        picture(chrome, shots / f"{name}.png")
    chrome.execute_script(axe)
    chrome.set_script_timeout(60)
    found: list[dict[str, Any]] = chrome.execute_async_script(RUN)
    wrong = []
    for one in found:
        left = [
            node
            for node in one["nodes"]
            if not any(one["id"] == rule and part in node for rule, part in EXCUSED)
        ]
        print(
            f"{name}: {one['impact']} {one['id']}, {len(left)} of {len(one['nodes'])} not excused"
        )
        if left and one["impact"] in SERIOUS:
            wrong.append(f"{name}: {one['id']}")
            print(*(f"    {node}" for node in left[:4]), sep="\n")
    sized(chrome, PHONE)
    time.sleep(1)
    wide = chrome.execute_script("return document.documentElement.scrollWidth")
    main = chrome.execute_script(
        "const e = document.querySelector('[data-testid=stMain]'); return e ? e.scrollWidth : 0"
    )
    if max(wide, main) > PHONE:
        wrong.append(f"{name}: {max(wide, main)} px wide on a phone of {PHONE}")
    if shots is not None:
        picture(chrome, shots / f"{name}-phone.png")
    sized(chrome, WIDTH)
    return wrong


def main() -> None:
    """Look at every page."""
    parser = argparse.ArgumentParser(description="Look at every page in both themes.")
    parser.add_argument("--axe", type=Path, required=True)
    parser.add_argument("--screenshots", type=Path)
    parser.add_argument("--pages", nargs="+", choices=PAGES, default=list(PAGES))
    options = parser.parse_args()
    axe, wrong = script_in(options.axe), []
    if options.screenshots:
        options.screenshots.mkdir(parents=True, exist_ok=True)
    with served() as (address, _), chromium() as chrome:
        for theme in ("light", "dark"):
            media = {"features": [{"name": "prefers-color-scheme", "value": theme}]}
            chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
            sized(chrome, WIDTH)
            chrome.get(f"{address}/?example=swing-combo")
            settled(chrome, "most likely")
            for page, words in PAGES.items():
                if page not in options.pages:
                    continue
                if page:
                    chrome.find_element(By.CSS_SELECTOR, f'a[href$="/{page}"]').click()
                settled(chrome, words)
                time.sleep(1.5)
                wrong += looked_at(chrome, axe, f"{page or 'listen'}-{theme}", options.screenshots)
    for line in wrong:
        print("NOT GOOD:", line)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
