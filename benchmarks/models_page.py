"""How soon the page Models is there, and how soon it shows another model.

    PYTHONPATH=. python benchmarks/models_page.py [--times N]

A real server and a real Chromium (headless, its cache warm), both on this machine. A script
within the page looks at every frame, so that each figure ends when the visitor sees the thing:

- opened: from the address to the page's title, to the leaderboard's sentence, to its table, and to
  both charts;
- gone to: the same from a click in the menu of another page;
- switched: from the key that chooses another model to its sentence, and to its matrix drawn.

Medians of N runs, with the slowest. The server is warm: every page was there once, and so was
each model.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from selenium import webdriver
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.by import By

from benchmarks.looks import chromium
from benchmarks.server import STILL, served
from genre_app import places, zoo
from genre_app.evaluation import models, words

MODELS: Final = ("statistics", "cs230-cnn", "lse-mlp", "blend", "boosted-trees", "umass-time-cnn")

WATCH: Final = """
window.watch = (conditions, start) => {
  const seen = {};
  window.seen = seen;
  window.done = false;
  const look = () => {
    for (const [name, test] of Object.entries(conditions)) {
      let there = false;
      try { there = test(); } catch { there = false; }
      if (!(name in seen) && there) seen[name] = performance.now() - start();
    }
    if (Object.keys(seen).length < Object.keys(conditions).length) requestAnimationFrame(look);
    else window.done = true;
  };
  requestAnimationFrame(look);
};
window.says = (text) => document.querySelector('[data-testid=stMain]').textContent.includes(text);
window.plots = () => [...document.querySelectorAll('.js-plotly-plot')];
"""
"""JavaScript: notes when each condition is first true, in milliseconds since a start."""

FIRST: Final = """{
  title: () => says('Which model can one believe?'),
  sentence: () => says('names the genre on the label'),
  table: () => document.querySelector('[data-testid=stDataFrame] canvas'),
  charts: () => plots().filter((plot) => plot.querySelector('.points')).length === 2,
}"""


@contextmanager
def browsing() -> Iterator[webdriver.Chrome]:
    with tempfile.TemporaryDirectory() as profile, chromium(f"--user-data-dir={profile}") as chrome:
        chrome.set_window_size(1280, 1600)
        chrome.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
        yield chrome


def seen(chrome: webdriver.Chrome, *, seconds: float = 60) -> dict[str, float]:
    """Wait until every condition was true, and give when each was."""
    for _ in range(round(seconds / 0.05)):
        if chrome.execute_script("return window.done"):
            found: dict[str, float] = chrome.execute_script("return window.seen")
            return found
        time.sleep(0.05)
    raise SystemExit(f"not seen in time; seen: {chrome.execute_script('return window.seen')}")


def opened(chrome: webdriver.Chrome, address: str) -> dict[str, float]:
    """Open the page by its address."""
    chrome.get("about:blank")
    chrome.get(f"{address}/compare-models")
    chrome.execute_script(f"watch({FIRST}, () => 0)")
    return seen(chrome)


def gone_to(chrome: webdriver.Chrome, address: str) -> dict[str, float]:
    """Come from another page of the app."""
    chrome.get(address)
    link = until_there(chrome, "a[href*=compare-models]")
    settle(chrome)
    chrome.execute_script(
        f"watch({FIRST}, () => window.began ?? Infinity);"
        "addEventListener('click', () => { window.began = performance.now(); }, true);"
    )
    link.click()
    return seen(chrome)


def switched(chrome: webdriver.Chrome, name: str, before: str) -> dict[str, float]:
    """Choose another model in the section of the confusion matrix."""
    said, other = (
        words.confusion_sentence(models.stored(one, "artist").confusion) for one in (name, before)
    )
    if said == other:
        raise SystemExit("these two models cannot be told apart")
    field = chrome.find_element(By.CSS_SELECTOR, ".st-key-model input")
    field.click()
    field.send_keys(str(zoo.card(name)["title"]))
    time.sleep(0.5)
    chrome.execute_script(
        """
        const [said] = arguments;
        const old = JSON.stringify(plots()[0].data[0].z);
        watch({
          sentence: () => says(said),
          chart: () => JSON.stringify(plots()[0].data[0].z) !== old
            && !document.querySelector('[data-testid=stPlotlyChart] [data-stale=true]'),
        }, () => window.began ?? Infinity);
        window.began = undefined;
        addEventListener('keydown', (event) => {
          if (event.key === 'Enter') window.began = performance.now();
        }, true);
        """,
        said,
    )
    ActionChains(chrome).send_keys(Keys.ENTER).perform()
    found = seen(chrome)
    settle(chrome)
    return found


def until_there(chrome: webdriver.Chrome, css: str) -> Any:  # noqa: ANN401  # WebElement
    for _ in range(1200):
        found = chrome.find_elements(By.CSS_SELECTOR, css)
        if found:
            return found[0]
        time.sleep(0.05)
    raise SystemExit(f"{css} did not appear")


def settle(chrome: webdriver.Chrome) -> None:
    """Wait until the server has nothing more to say."""
    time.sleep(0.3)
    for _ in range(600):
        state = "return document.querySelector('[data-test-script-state]')?.dataset.testScriptState"
        if chrome.execute_script(state) in (None, "notRunning"):
            return
        time.sleep(0.05)


def tell(title: str, found: Sequence[dict[str, float]]) -> None:
    print(title)
    for name in found[0]:
        values = [one[name] for one in found]
        print(f"  {name:<10} {statistics.median(values):6.0f} ms, slowest {max(values):6.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--times", type=int, default=7)
    options = parser.parse_args()
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with (
        tempfile.TemporaryDirectory() as data,
        served(STILL, environment={places.VARIABLE: data}) as (address, _),
        browsing() as chrome,
    ):
        opened(chrome, address)
        time.sleep(8)  # Meanwhile the server loads TensorFlow for the other pages.
        times = range(options.times)
        tell("opened by its address", [opened(chrome, address) for _ in times])
        tell("gone to from Listen", [gone_to(chrome, address) for _ in times])
        chrome.get(f"{address}/compare-models?section=confusion&model=blend")
        until_there(chrome, ".js-plotly-plot .points")
        settle(chrome)
        order = ["blend", *MODELS]
        rounds = [(order[i + 1], order[i]) for i in range(len(MODELS)) if order[i + 1] != order[i]]
        first = [switched(chrome, *pair) for pair in rounds]
        tell("switched, never looked at before", first)
        again = [("statistics", MODELS[-1]), *rounds[1:]]
        tell("switched, looked at before", [switched(chrome, *pair) for pair in again])


if __name__ == "__main__":
    main()
