"""The line for whoever runs the app: there at home, and nowhere else."""

import contextlib
import re
import sqlite3
import threading
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from genre_app import places
from genre_app.jobs.manager import Manager
from genre_app.jobs.spec import Job
from genre_app.ui import admin, cockpit, own_classes


@pytest.mark.parametrize("public", [False, True])
def test_the_line_is_there_at_home_only(
    public: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(places.VARIABLE, str(tmp_path))
    monkeypatch.setenv(places.PUBLIC, str(int(public)))
    admin._words.clear()
    app = AppTest.from_file("../../app.py", default_timeout=90).run()
    assert not app.exception
    if public:
        assert len(app.sidebar) == 0
        return
    words = app.sidebar.caption[0].value
    assert not app.sidebar.caption[0].help, "a stop for the keyboard that nobody sees"
    told = r"Memory ([\d,]+) MB, with all that it has started · \d+ songs? at hand \([\d,]+ MB\) · "
    found = re.match(told + "nothing ", words)
    assert found is not None
    assert int(found[1].replace(",", "")) > 50
    assert not (tmp_path / "runs.sqlite").exists()


def test_the_line_counts_what_trains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(places.VARIABLE, str(tmp_path))
    trainings = Manager(tmp_path)
    for title in ("one", "two", "three"):
        trainings.store.add(Job.of("statistics", title=title))
    trainings.store.claim()
    monkeypatch.setattr(trainings, "start", lambda: None)
    monkeypatch.setattr(cockpit, "_manager", lambda home: trainings)
    admin._words.clear()
    app = AppTest.from_file("../../app.py", default_timeout=90).run()
    assert app.sidebar.caption[0].value.endswith("1 training runs, 2 wait")


def test_a_model_that_is_taught_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(places.VARIABLE, str(tmp_path))
    own_classes.desk.clear()
    desk, go = own_classes.desk(), threading.Event()
    for kind, words in (("gather", "nothing trains"), ("train", "1 training runs, 0 wait")):
        job = desk.begin("work", kind, "me", lambda tell: go.wait(20))
        assert admin._queue() == words
        go.set()
        job.wait(20)
        go.clear()
        assert admin._queue() == "nothing trains"
    assert not (tmp_path / "runs.sqlite").exists()


@pytest.mark.parametrize("what", ["damaged", "newer"])
def test_a_record_that_cannot_be_used_stops_no_page(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(places.VARIABLE, str(tmp_path))
    if what == "damaged":
        (tmp_path / "runs.sqlite").write_bytes(b"garbage" * 1000)
    else:
        with contextlib.closing(sqlite3.connect(tmp_path / "runs.sqlite")) as record:
            record.execute("PRAGMA user_version = 99")
    admin._words.clear()
    app = AppTest.from_file("../../app.py", default_timeout=90).run()
    assert not app.exception
    assert app.sidebar.caption[0].value.endswith("the record of runs cannot be used")
    assert app.title[0].value == "What is this song made of?"
