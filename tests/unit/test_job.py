"""Work in the background: one at a time, with progress, stopped where it tells how far it is."""

import threading
from collections.abc import Callable

import pytest

from genre_app import places
from genre_app.collection.job import Desk
from genre_app.errors import TrainingError


def test_it_works_one_at_a_time_and_gives_its_result() -> None:
    desk, go = Desk(), threading.Event()

    def work(tell: Callable[[float], None]) -> object:
        tell(0.5)
        go.wait(10)
        return 7

    job = desk.begin("counting", "count", "me", work)
    with pytest.raises(TrainingError, match="busy \\(counting\\)"):
        desk.begin("again", "count", "me", work)
    go.set()
    job.wait(10)
    assert (job.state, job.result, job.share) == ("done", 7, 0.5)
    desk.clear("me")
    assert desk.job is None


def test_it_stops_where_it_tells() -> None:
    desk, asked, go = Desk(), threading.Event(), threading.Event()

    def work(tell: Callable[[float], None]) -> object:
        asked.set()
        go.wait(10)
        tell(0.1)
        return "too far"

    job = desk.begin("counting", "count", "me", work)
    assert asked.wait(10)
    job.stop()
    go.set()
    job.wait(10)
    assert (job.state, job.result) == ("stopped", None)


def test_no_job_is_taken_for_another() -> None:
    # Addresses in memory are used again as soon as a job is forgotten.
    found = [Desk().begin("counting", "count", "me", lambda tell: 7).id for _ in range(20)]
    assert len(set(found)) == 20


def test_a_busy_server_says_that_it_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    desk, go = Desk(), threading.Event()
    desk.begin("counting", "count", "me", lambda tell: go.wait(10))
    monkeypatch.setenv(places.PUBLIC, "1")
    with pytest.raises(TrainingError, match="This server is busy"):
        desk.begin("again", "count", "other", lambda tell: None)
    go.set()


@pytest.mark.parametrize(
    ("problem", "words"),
    [(TrainingError("No songs. Add some."), "Add some"), (KeyError("x"), "not yours")],
)
def test_failures_are_told(problem: Exception, words: str) -> None:
    def work(tell: Callable[[float], None]) -> object:
        raise problem

    job = Desk().begin("counting", "count", "me", work)
    job.wait(10)
    assert job.state == "failed"
    assert words in job.error
