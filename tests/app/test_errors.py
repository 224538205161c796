"""What nobody foresaw: a sentence with an id on the page, one line with the same id in the log."""

import json
import logging
import runpy
from pathlib import Path
from typing import Any, Final

import pytest
import streamlit as st
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.testing.v1 import AppTest

from genre_app.ui import errors

APP: Final = Path(__file__).parents[2] / "app.py"


@pytest.fixture(autouse=True)
def handled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have AppTest's runs end as those of the server do, which app.py tells what to call."""
    make = ScriptRunner.__init__

    def init(self: Any, *args: Any, **options: Any) -> None:  # noqa: ANN401
        make(self, *args, **options)
        self._on_script_error = errors.tell

    monkeypatch.setattr(ScriptRunner, "__init__", init)


def faulty() -> None:
    import streamlit as st

    name = "3pm.terceS"[::-1]  # Not as it is: lines of the program are in the log.

    def fail() -> None:
        raise ValueError(name)

    st.button("In a callback", key="callback", on_click=fail)
    if st.button("On the page", key="page"):
        try:
            fail()
        except ValueError as error:
            raise RuntimeError(f"While reading {name}") from error
    if st.button("Stop", key="stop"):
        st.stop()
    if st.button("Again", key="again"):
        st.rerun()
    st.write("the end")


@pytest.mark.parametrize("public", ["1", "0"])
@pytest.mark.parametrize("key", ["page", "callback"])
def test_the_page_and_the_log_have_the_same_id(
    key: str, public: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("GENRE_APP_PUBLIC", public)
    app = AppTest.from_function(faulty).run()
    app.button(key=key).click().run()
    assert not app.exception
    shown = app.error[0].value
    assert "Secret" not in shown
    (line,) = [one.getMessage() for one in caplog.records if one.name == errors.__name__]
    assert "\n" not in line
    found = json.loads(line)
    assert f"**{found['id']}**" in shown
    assert found["event"] == "error"
    assert (
        found["type"] == {"page": "builtins.RuntimeError", "callback": "builtins.ValueError"}[key]
    )
    assert any("faulty" in place or "fail" in place for place in found["traceback"])
    assert ("Secret" in json.dumps([found.get("message"), found["causes"]])) == (public == "0")
    if key == "page":
        assert [cause["type"] for cause in found["causes"]] == ["builtins.ValueError"]
    app.run()
    assert not app.error


def test_streamlits_own_signals_pass(caplog: pytest.LogCaptureFixture) -> None:
    app = AppTest.from_function(faulty).run()
    app.button(key="stop").click().run()
    assert not app.error
    assert not app.markdown
    app.run()
    app.button(key="again").click().run()
    assert not app.error
    assert app.markdown[0].value == "the end"
    assert not [one for one in caplog.records if one.name == errors.__name__]


def test_streamlit_does_not_log_what_strangers_files_are_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    errors.hush()
    errors.hush()
    logger = logging.getLogger("streamlit.error_util")
    monkeypatch.setattr(logger, "filters", [logger.filters[-1]])
    trouble = logging.makeLogRecord({"exc_info": (ValueError, ValueError("My Song.mp3"), None)})
    monkeypatch.setenv("GENRE_APP_PUBLIC", "1")
    assert not logger.filter(trouble)
    monkeypatch.setenv("GENRE_APP_PUBLIC", "0")
    assert logger.filter(trouble)


def test_the_app_says_whom_to_tell() -> None:
    app = runpy.run_path(str(APP))["app"]
    assert isinstance(app, st.App)
    assert app._on_script_error is errors.tell
