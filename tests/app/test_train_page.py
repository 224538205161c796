"""The Train page as Streamlit runs it, with trainings that take no time."""

import sys
import time
from collections.abc import Callable, Collection
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from genre_app import places, zoo
from genre_app.jobs import keep
from genre_app.jobs.manager import WORKER, Manager
from genre_app.jobs.spec import Job
from genre_app.jobs.store import Run
from genre_app.ui import cockpit

STUB = (sys.executable, str(Path(__file__).parents[1] / "unit" / "training_stub.py"))


@pytest.fixture
def trainings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Manager:
    root = str(Path(__file__).parents[2])
    monkeypatch.setenv(places.VARIABLE, str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", root)
    found = Manager(tmp_path, worker=STUB)
    monkeypatch.setattr(cockpit, "_manager", lambda home: found)
    return found


@pytest.fixture
def page(trainings: Manager) -> AppTest:
    app = AppTest.from_file("../../app.py", default_timeout=90).run()
    return app.switch_page("pages/train.py").run()


def texts(app: AppTest) -> str:
    kinds = ("markdown", "caption", "header", "subheader", "info", "success", "warning", "error")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind))


def until(true: Callable[[], bool]) -> None:
    for _ in range(9000):  # Three minutes: a real worker starts TensorFlow, maybe beside others.
        if true():
            return
        time.sleep(0.02)
    pytest.fail("it did not happen")


def test_a_training_is_started_watched_and_cancelled(page: AppTest, trainings: Manager) -> None:
    assert not page.exception
    assert "About" in texts(page)
    assert not page.get("progress")
    page.button(key="start").click().run()
    # Done by now or soon: three epochs of the stub.
    until(lambda: not trainings.active())
    page.run()
    assert not page.exception
    assert "of 5 test tracks right" in texts(page)
    assert len(page.get("plotly_chart")) == 3
    assert trainings.store.runs()[0].job.title == "One minute"
    trainings.submit([trainings.store.runs()[0].job.checked()])
    (slow,) = trainings.submit([trainings.store.runs()[0].job.of("statistics", title="slow one")])
    until(lambda: trainings.run(slow).epochs != [])
    page.run()
    assert "Training: slow one" in texts(page)
    page.button(key="pause").click().run()
    assert trainings.folder(slow).commanded()[0] == "pause"
    page.button(key="cancel").click().run()
    until(lambda: not trainings.active())
    page.run()
    assert "cancelled after" in texts(page)


def test_a_preset_that_was_changed_is_not_called_by_its_name(
    page: AppTest, trainings: Manager
) -> None:
    page.number_input(key="seed-minute-statistics").set_value(3).run()
    page.select_slider(key="tracks-minute-statistics").set_value(10).run()
    page.button(key="start").click().run()
    until(lambda: not trainings.active())
    (run,) = trainings.store.runs()
    assert (run.job.title, run.job.tracks, run.job.seed) == ("One minute, changed", 10, 3)


def test_settings_that_cannot_be_are_said_before_the_start(page: AppTest) -> None:
    page.radio(key="genres-minute-statistics").set_value("own").run()
    page.multiselect(key="own-minute-statistics").set_value(["rock"]).run()
    assert not page.exception
    assert "at least two" in page.warning[0].value


def test_all_networks_and_modes_open(page: AppTest, trainings: Manager) -> None:
    for name in ("boosted-trees", "cs230-cnn"):
        page.selectbox(key="network-minute").set_value(name).run()
        assert not page.exception
        assert page.button(key="start")
    for mode, word in (("fine-tune", "six ways"), ("leak", "The mistake"), ("runs", "Nothing")):
        page.radio(key="train-mode").set_value(mode).run()
        assert not page.exception
        assert word in texts(page)


def test_the_leak_puts_two_twins_in_the_queue_and_says_the_difference(
    page: AppTest, trainings: Manager
) -> None:
    page.radio(key="train-mode").set_value("leak").run()
    page.number_input(key="leak-seed").set_value(7).run()
    page.button(key="leak").click().run()
    until(lambda: len(trainings.store.runs()) == 2 and not trainings.active())
    page.run()
    assert not page.exception
    assert "+0 points" in texts(page)
    page.radio(key="train-mode").set_value("runs").run()
    runs = [run.id for run in trainings.store.runs()]
    page.multiselect(key="compare-runs").set_value(runs).run()
    assert not page.exception
    assert {run.job.split for run in trainings.store.runs()} == {"artist", "random"}
    assert {run.job.seed for run in trainings.store.runs()} == {7}


def test_a_run_is_kept_and_reads_a_song_on_listen(
    trainings: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainings, "_worker", WORKER)
    job = Job.of("statistics", genres=("classical", "metal"), tracks=3, epochs=1, augmented=False)
    (run,) = trainings.submit([job])
    until(lambda: trainings.run(run).state != "running" and not trainings.active())
    page = AppTest.from_file("../../app.py", default_timeout=90).run()
    page.switch_page("pages/train.py").run()
    # A model of the project is called as its network is.
    assert page.text_input(key=f"latest-keep-{run}").value == "Statistics network (2)"
    page.text_input(key=f"latest-keep-{run}").set_value("Genre Blend").run()
    page.button(key=f"latest-keep-{run}-button").click().run()
    shown = [(one.type, one.key) for one in page.main]
    refused = next(place for place, (kind, _) in enumerate(shown) if kind == "error")
    # Where the click was, and not at the top, out of sight.
    assert refused > shown.index(("text_input", f"latest-keep-{run}"))
    page.text_input(key=f"latest-keep-{run}").set_value("Our two").run()
    page.button(key=f"latest-keep-{run}-button").click().run()
    assert not page.error
    assert not page.exception
    assert trainings.run(run).kept == "our-two"
    assert "choose it on the page Listen" in texts(page)
    page.switch_page("pages/listen.py").run()
    page.selectbox(key="example").set_value("chamber-quintet").run()
    page.multiselect(key="models").set_value(["our-two"]).run()
    assert not page.exception
    assert not page.error
    assert (
        "knows 2 genres, and answers with one of them whatever it hears: Classical, Metal"
        in texts(page)
    )
    page.switch_page("pages/guide.py").run()
    assert not page.exception
    page.switch_page("pages/train.py").run()
    page.radio(key="train-mode").set_value("runs").run()
    keep.keep(trainings.folder(run), "A first")  # Or the one in the list would be found by chance.
    page.run()
    page.selectbox(key="own-model").set_value("our-two").run()
    page.text_input(key="model-title-our-two").set_value("Our pair").run()
    page.button(key="model-rename").click().run()
    assert not page.exception
    assert "Kept as the model 'Our pair'" in texts(page)
    assert list(page.dataframe[0].value["Kept as"]) == ["Our pair"]
    assert page.selectbox(key="own-model").value == "our-two"
    # What was chosen elsewhere, and links, still mean it.
    page.switch_page("pages/listen.py").run()
    assert page.multiselect(key="models").value == ["our-two"]
    page.switch_page("pages/models.py")
    page.query_params["section"], page.query_params["model"] = "genres", "our-two"
    page.run()
    assert not page.exception
    assert page.selectbox(key="model").value == "our-two"
    page.switch_page("pages/train.py").run()
    page.selectbox(key="own-model").set_value("our-two").run()
    page.button(key="model-delete").click().run()
    assert not page.exception
    assert "our-two" not in zoo.names()
    assert trainings.run(run).kept == ""


def test_only_the_list_of_runs_reads_what_came_of_all(
    page: AppTest, trainings: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainings.submit([Job.of("statistics", title="over")])
    until(lambda: not trainings.active())
    asked: list[bool] = []
    listed = trainings.store.runs

    def noted(*, ids: Collection[str] | None = None, events: bool = False) -> list[Run]:
        asked.append(events)
        return listed(ids=ids, events=events)

    monkeypatch.setattr(trainings.store, "runs", noted)
    (slow,) = trainings.submit([Job.of("statistics", title="slow one")])
    until(lambda: trainings.run(slow).epochs != [])
    for mode in ("retrain", "fine-tune", "leak"):
        page.radio(key="train-mode").set_value(mode).run()
        assert not page.exception
    trainings.cancel(slow)
    until(lambda: not trainings.active())
    page.run()
    assert asked
    assert not any(asked)
    assert "cancelled after" in texts(page), "the one that is shown has its events"
    page.radio(key="train-mode").set_value("runs").run()
    assert any(asked)
    assert "of 5 test tracks right" in texts(page.selectbox(key="run").select_index(1).run())
