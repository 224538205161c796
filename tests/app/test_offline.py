"""The app reads songs on a machine without internet, and does not even try to reach it."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).parents[2]

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


class Server:
    """The app as its server runs it, driven without a browser."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}/_stcore/"

    def ask(self, **what: Any) -> dict[str, Any]:  # noqa: ANN401
        """Interact as a visitor does; give the page that results."""
        request = urllib.request.Request(  # noqa: S310  # It is our own.
            self.base + "agent/interact",
            json.dumps(what).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=90) as answer:  # noqa: S310
                found: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as error:
            pytest.fail(error.read().decode())
        return found

    def healthy(self) -> bool:
        """Say whether the server answers."""
        try:
            return bool(urllib.request.urlopen(self.base + "health", timeout=2).status == 200)  # noqa: S310
        except OSError:
            return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


@pytest.fixture
def tried(tmp_path: Path) -> Path:
    return tmp_path / "tried"


@pytest.fixture
def server(tmp_path: Path, tried: Path) -> Iterator[Server]:
    (tmp_path / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    port = free_port()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"),
            *("--server.headless=true", "--server.enableAgentApi=true"),
        ],
        cwd=ROOT,
        env=os.environ
        | {
            "PYTHONPATH": str(tmp_path),
            "TRIED": str(tried),
            "GENRE_APP_PUBLIC": "1",
            "GENRE_APP_DATA": str(tmp_path / "data"),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    found = Server(port)
    try:
        deadline = time.monotonic() + 60
        while not found.healthy():
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield found
    finally:
        process.terminate()
        process.communicate(timeout=30)


def test_nothing_is_asked_of_the_internet(server: Server, tried: Path) -> None:
    first = server.ask()
    name = first["session_id"]
    pages = [page["url_path"] for page in first["pages"]]
    assert len(pages) == 8
    for page in reversed(pages):  # The song comes last: some pages would at once explain it.
        found = server.ask(session_id=name, page=page)
        assert "Something went wrong here" not in json.dumps(found)
    read = server.ask(session_id=name, widget_state={"example": "Swing jazz"})
    assert "most likely" in json.dumps(read)
    assert not tried.exists(), tried.read_text()


def test_the_watch_sees_what_is_tried(tmp_path: Path, tried: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    code = "import urllib.request as r; r.urlopen('http://example.org', timeout=1)"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(tmp_path), "TRIED": str(tried)},
        capture_output=True,
        check=False,
        text=True,
    )
    assert "no network in this test" in ran.stderr
    assert "example.org" in tried.read_text()
