"""Train in a real Chromium: watch the curves grow, reload, cancel; keep a model and use it."""

import re
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from waiting import click, settle, until, wait_for, wait_for_match, write  # type: ignore[import-not-found]

from genre_app import examples, zoo
from genre_app.jobs.manager import Manager
from genre_app.jobs.spec import Job

ROOT = Path(__file__).resolve().parents[2]

Open = Callable[..., Chrome]

pytestmark = pytest.mark.browser


def press(chrome: Chrome, label: str) -> None:
    click(chrome, f"//button[contains(., '{label}')]")


def set_number(chrome: Chrome, label: str, value: int) -> None:
    settle(chrome.execute_script, f'input[aria-label="{label}"]')
    write(chrome, f"input[aria-label='{label}']", Keys.CONTROL + "a" + Keys.NULL, str(value))
    write(chrome, f"input[aria-label='{label}']", Keys.ENTER)


def start_on_three_genres(chrome: Chrome, server: str, *, epochs: int) -> None:
    chrome.get(f"{server}/retrain")
    wait_for(chrome, "Start training")
    click(chrome, "//summary[contains(., 'Settings')]")
    click(chrome, "//label[contains(., 'My choice')]//input")
    wait_for(chrome, "Which genres")
    # Each clip once, as it is: the pages are what is tested.
    click(chrome, "//label[contains(., 'Alter the sounds')]//input")
    gone = "//label[contains(., 'Versions a track')]"
    until(chrome, lambda c: not c.find_elements(By.XPATH, gone), "the sounds stay altered")
    set_number(chrome, "Epochs", epochs)
    wait_for(chrome, "on this machine")
    press(chrome, "Start training")


def finished_run(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave a run behind whose training took no time and whose network is a shipped one."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    stub = (sys.executable, str(ROOT / "tests" / "unit" / "training_stub.py"))
    trainings = Manager(home, worker=stub)
    (name,) = trainings.submit([Job.of("statistics", title="Dense")])
    while trainings.active():
        time.sleep(0.05)
    shutil.copytree(zoo.folder_of("statistics", zoo.FOLDER), trainings.folder(name).model)
    trainings.close()


def test_the_curve_grows_and_the_training_can_be_cancelled(
    server: str, browser: Open, artefacts: Path
) -> None:
    chrome = browser()
    start_on_three_genres(chrome, server, epochs=200)
    body = wait_for_match(chrome, r"After \d+ epoch", seconds=300)
    seen = int(re.findall(r"After (\d+) epoch", body)[0])
    wait_for_match(chrome, rf"After (?!{seen} )\d+ epochs")
    chrome.save_screenshot(str(artefacts / "train.png"))
    chrome.refresh()
    wait_for(chrome, "Cancel")
    press(chrome, "Cancel")
    wait_for(chrome, "was cancelled after", "Start training")


def test_a_model_is_kept_and_reads_a_song(
    server: str, browser: Open, home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    finished_run(home, monkeypatch)
    chrome = browser()
    chrome.get(f"{server}/retrain")
    wait_for(chrome, "Keep as model")
    settle(chrome.execute_script, 'input[aria-label="Keep as model"]')
    name = "input[aria-label='Keep as model']"
    write(chrome, name, Keys.CONTROL + "a" + Keys.NULL, "Our first", Keys.ENTER)
    press(chrome, "Keep")
    wait_for(chrome, "Kept as the model 'Our first'")
    click(chrome, "//a[contains(., 'Listen')]")
    wait_for(chrome, "Upload")
    song = tmp_path / "quintet.wav"
    song.write_bytes(examples.wav("chamber-quintet"))
    write(chrome, "input[type=file]", str(song))
    wait_for(chrome, "most likely")
    write(chrome, "input[aria-label*='Models']", "Our first", Keys.ENTER)
    # The sentence comes with the bars, a moment after their heading.
    wait_for_match(chrome, r"Both models name \w+ first|First comes: .*Our first")
