"""A real server and a real Chromium."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from selenium import webdriver

from benchmarks.server import ROOT, STILL, served

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--force-prefers-reduced-motion",  # Drawing what moves costs more than all else.
)

WATCH: Final = """
import os, sys

def watch(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else ""
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else str(host or "")
    if host and host not in ("localhost", "127.0.0.1", "0.0.0.0", "::1", "::"):
        with open(os.environ["TRIED"], "a") as file:
            print(event, host, *sys.argv[:3], file=file)
        raise OSError("no network in this test")

sys.addaudithook(watch)
"""
"""``sitecustomize.py``: every Python process of the app, and every thread of it, has it."""

Open = Callable[..., webdriver.Chrome]


@pytest.fixture(scope="session")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the file in which is written whom the server tried to reach outside this machine."""
    return tmp_path_factory.mktemp("tried") / "tried"


@pytest.fixture(scope="session")
def watched(tmp_path_factory: pytest.TempPathFactory, tried: Path) -> dict[str, str]:
    """Give the environment of a Python that reaches nobody outside, and says when it tries."""
    folder = tmp_path_factory.mktemp("watch")
    (folder / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    return {"PYTHONPATH": str(folder), "TRIED": str(tried)}


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder in which the server keeps runs, models and collections."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def server(
    tmp_path_factory: pytest.TempPathFactory, watched: dict[str, str], home: Path
) -> Iterator[str]:
    """Start the app as a user would, and give its address."""
    # What the tests train and catalogue stays out of the things of whoever tests.
    environment = {
        **watched,
        "GENRE_APP_DATA": str(home),
        "XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache")),
    }
    flags = (STILL, "--server.enableAgentApi=true")
    with served(*flags, environment=environment) as (address, _):
        yield address


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Open]:
    """Give a function that opens a Chromium with more flags; all are closed in the end."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        reason = "needs chromium and chromedriver on the PATH"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    opened: list[webdriver.Chrome] = []

    def open_browser(*more: str, width: int = 1200, height: int = 1600) -> webdriver.Chrome:
        options = webdriver.ChromeOptions()
        options.binary_location = chromium
        profile = tmp_path / f"profile{len(opened)}"
        for flag in (*FLAGS, f"--user-data-dir={profile}", *more):
            options.add_argument(flag)
        chrome = webdriver.Chrome(options, webdriver.ChromeService(driver))
        chrome.set_window_size(width, height)
        opened.append(chrome)
        return chrome

    yield open_browser
    for chrome in opened:
        chrome.quit()


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """Give the folder in which screenshots are kept."""
    folder = ROOT / "artefacts"
    folder.mkdir(exist_ok=True)
    return folder
