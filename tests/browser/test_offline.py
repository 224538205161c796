"""The app reads songs on a machine without internet, and does not even try to reach it."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest


def ask(server: str, **what: Any) -> dict[str, Any]:  # noqa: ANN401
    """Interact as a visitor does, without a browser; give the page that results."""
    request = urllib.request.Request(  # noqa: S310  # It is our own.
        f"{server}/_stcore/agent/interact",
        json.dumps(what).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=90) as answer:  # noqa: S310
            found: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as error:
        pytest.fail(error.read().decode())
    return found


def test_nothing_is_asked_of_the_internet(server: str, tried: Path) -> None:
    # Of what the browsers of other tests do with the same server, all counts as well.
    first = ask(server)
    name = first["session_id"]
    pages = [page["url_path"] for page in first["pages"]]
    assert len(pages) == 8
    for page in reversed(pages):  # The song comes last: some pages would at once explain it.
        found = ask(server, session_id=name, page=page)
        assert "Something went wrong here" not in json.dumps(found)
    read = ask(server, session_id=name, widget_state={"example": "Swing jazz"})
    assert "most likely" in json.dumps(read)
    assert not tried.exists(), tried.read_text()


def test_the_watch_sees_what_is_tried(watched: dict[str, str], tmp_path: Path) -> None:
    code = "import urllib.request as r; r.urlopen('http://example.org', timeout=1)"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | watched | {"TRIED": str(tmp_path / "tried")},
        capture_output=True,
        check=False,
        text=True,
    )
    assert "no network in this test" in ran.stderr
    assert "example.org" in (tmp_path / "tried").read_text()
