"""Every page in light and dark: what axe-core objects to, whether it fits a phone, how it looks.

    npm pack axe-core@4.14.1
    python -m benchmarks.looks --axe axe-core-4.14.1.tgz [--screenshots docs/screenshots]

Axe-core (MPL-2.0) is not part of this project: npm fetches it, and it runs inside the page. The
app is started for it; the pages are seen with an example read, one after the other in one visit:
as they come, then with all that unfolds, then step by step with what else a visitor opens there.
The exit status is 1 when there is a violation that axe calls more than minor, or a page that is
wider than a phone. Minor is one of Streamlit's own (presentation-role-conflict).
"""

import argparse
import io
import shutil
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from PIL import Image
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from benchmarks.load import hosted
from genre_app import examples

FLAGS: Final = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
)

UNMOVED: Final = "--force-prefers-reduced-motion"
"""For pictures; how soon something is seen is measured with what moves, as users have it."""

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


class Step(NamedTuple):
    """What a visitor does, and words that are there when it is done."""

    words: str
    press: str = ""
    write: tuple[str, str] = ("", "")
    upload: bool = False


STEPS: Final = {
    "": (Step("pitch classes", "Chroma"),),
    "why-this-genre": (Step("Mark of the picture", "Why "),),
    "mix-two-songs": (),
    "many-songs": (
        Step("The songs", upload=True),
        Step("songs", "Clear"),
        *(Step(view, view) for view in ("Albums", "Artists", "Map", "Playlist")),
        Step("At least", write=(".st-key-library-genre input", f"Jazz{Keys.ENTER}")),
    ),
    "own-classes": (
        Step(
            "Add to this class",
            write=("[aria-label='Name of the class']", "School band"),
            upload=True,
        ),
        Step("Teach a model", "Add to this class"),
    ),
    "retrain": (
        Step("Learning rate", "Lesson"),
        Step("Dropout", "Set the dropout"),
        Step("Which genres", "My choice"),
        Step("Variants", "Fine-tune"),
        Step("Train both", "The leak"),
        Step("Nothing has been trained", "Runs and models"),
    ),
    "compare-models": (
        Step("Labelled", "What it mistakes"),
        Step("The first minus the second", "Two models"),
        Step("Each genre against the rest", "Genre by genre"),
        Step("How it learnt", "How sure it is"),
        Step("Surest mistakes", "Tracks"),
        Step("Draw around points", "Map"),
        Step("What rough treatment changes", "Blends and rough treatment"),
        Step("Read them", "Your songs"),
        Step("Everything in one file", "Take it away"),
    ),
    "how-it-works": (),
}
"""What is opened on each page, one after the other."""

MINOR: Final = ("minor", None)
SONGS: Final = ("swing-combo", "boom-bap", "chamber-quintet")
"""Examples that are uploaded where several songs are wanted."""

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
def chromium(*more: str) -> Iterator[webdriver.Chrome]:
    """Open a Chromium without a window, with more flags where wanted."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for flag in (*FLAGS, *more):
        options.add_argument(flag)
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
        text = chrome.execute_script("return document.body.innerText")
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


def unfolded(chrome: webdriver.Chrome, words: str) -> None:
    """Open everything that is folded."""
    closed = "details:not([open]) > summary"
    while found := chrome.find_elements(By.CSS_SELECTOR, closed):
        chrome.execute_script("arguments[0].click()", found[0])
        settled(chrome, words)


def done(chrome: webdriver.Chrome, step: Step, songs: Sequence[Path]) -> None:
    """Do as a visitor does."""
    field, text = step.write
    if field:
        chrome.find_element(By.CSS_SELECTOR, field).send_keys(text)
    if step.upload:
        uploader = chrome.find_element(By.CSS_SELECTOR, "input[type=file]")
        uploader.send_keys("\n".join(str(song) for song in songs))
    if step.press:
        main = "//*[@data-testid='stMain']"
        label = f"{main}//label[contains(., '{step.press}')]//input"
        button = f"{main}//button[contains(., '{step.press}')]"
        # What the server has made once is there at once, without a button.
        for found in chrome.find_elements(By.XPATH, f"{label} | {button}")[:1]:
            chrome.execute_script("arguments[0].click()", found)
    settled(chrome, step.words)


def objections(chrome: webdriver.Chrome, axe: str, name: str) -> list[str]:
    """Say what axe objects to, and whether the page is too wide for a phone."""
    chrome.execute_script(axe)
    chrome.set_script_timeout(120)
    found: list[dict[str, Any]] = chrome.execute_async_script(RUN)
    wrong = []
    for one in found:
        print(f"{name}: {one['impact']} {one['id']}, {len(one['nodes'])} times")
        if one["impact"] not in MINOR:
            wrong.append(f"{name}: {one['id']}")
            print(*(f"    {node}" for node in one["nodes"][:4]), sep="\n")
    sized(chrome, PHONE)
    time.sleep(1)
    wide = chrome.execute_script("return document.documentElement.scrollWidth")
    main = chrome.execute_script(
        "const e = document.querySelector('[data-testid=stMain]'); return e ? e.scrollWidth : 0"
    )
    if max(wide, main) > PHONE:
        wrong.append(f"{name}: {max(wide, main)} px wide on a phone of {PHONE}")
    return wrong


def looked_at(
    chrome: webdriver.Chrome,
    axe: str,
    page: str,
    theme: str,
    songs: Sequence[Path],
    shots: Path | None,
) -> list[str]:
    """Look at the page that is open and at what can be opened on it, and say what is wrong."""
    name, words = page or "listen", PAGES[page]
    if shots is not None:
        picture(chrome, shots / f"{name}-{theme}.png")
    wrong = objections(chrome, axe, f"{name}-{theme}")
    if shots is not None:
        picture(chrome, shots / f"{name}-{theme}-phone.png")
    sized(chrome, WIDTH)
    unfolded(chrome, words)
    wrong += objections(chrome, axe, f"{name}-{theme}, unfolded")
    for step in STEPS[page]:
        sized(chrome, WIDTH)
        done(chrome, step, songs)
        unfolded(chrome, step.words)
        wrong += objections(chrome, axe, f"{name}-{theme}, {step.words}")
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
    with (
        tempfile.TemporaryDirectory() as folder,
        hosted() as (address, _),
        chromium(UNMOVED) as chrome,
    ):
        songs = [Path(folder, f"{key}.wav") for key in SONGS]
        for song in songs:
            song.write_bytes(examples.wav(song.stem))
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
                    # In one step: Streamlit may draw the menu anew between finding and clicking.
                    find = "document.querySelector(arguments[0]).click()"
                    chrome.execute_script(find, f'a[href$="/{page}"]')
                settled(chrome, words)
                time.sleep(1.5)
                wrong += looked_at(chrome, axe, page, theme, songs, options.screenshots)
    for line in wrong:
        print("NOT GOOD:", line)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
