"""Two strangers on one server: neither sees, hears or stops what is the other's."""

import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from genre_app import places, zoo
from genre_app.audio import SAMPLE_RATE, wav_bytes
from genre_app.collection.job import Desk
from genre_app.collection.store import Collection, names
from genre_app.errors import TrainingError
from genre_app.jobs import manager
from genre_app.jobs.manager import Manager
from genre_app.jobs.spec import Job
from genre_app.ui import classes, classes_work, cockpit, own, own_classes

ROOT: Final = Path(__file__).parents[2]
STUB: Final = (sys.executable, str(ROOT / "tests" / "unit" / "training_stub.py"))


@pytest.fixture
def trainings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    monkeypatch.setenv(places.VARIABLE, str(tmp_path))
    monkeypatch.setenv(places.PUBLIC, "1")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    found = Manager(tmp_path / "visitors", worker=STUB)
    monkeypatch.setattr(cockpit, "_manager", lambda home: found)
    yield found
    found.close()


def visitor() -> AppTest:
    return AppTest.from_file("../../app.py", default_timeout=90).run()


def everything(app: AppTest) -> str:
    return "\n".join(str(element.proto) for element in app.main if hasattr(element, "proto"))


def until(true: Callable[[], bool]) -> None:
    for _ in range(1500):
        if true():
            return
        time.sleep(0.02)
    pytest.fail("it did not happen")


def keys(app: AppTest) -> set[str]:
    return {str(button.key) for button in app.button}


def give(app: AppTest, trainings: Manager, *titles: str) -> tuple[str, ...]:
    """Put runs in the queue as this visitor's, as the page does with its own titles."""
    names = trainings.submit(Job.of("statistics", title=title) for title in titles)
    app.session_state["my-runs"] = names
    return names


def test_runs_are_their_visitors_own(trainings: Manager) -> None:
    one, other = (visitor().switch_page("pages/train.py").run() for _ in range(2))
    first, second = give(one, trainings, "Asterix slow", "Obelix")
    until(lambda: trainings.run(first).epochs != [])
    assert "Asterix" in everything(one.run())
    assert {"cancel", "pause", f"withdraw-{second}"} <= keys(one)
    seen = everything(other.run())
    assert "Asterix" not in seen
    assert "Obelix" not in seen
    assert "Somebody else" in seen
    assert "Waiting, place 1" in seen
    assert not {"cancel", "pause", "step", f"withdraw-{second}"} & keys(other)
    one.button(key="cancel").click().run()
    until(lambda: not trainings.active())
    for mode in ("retrain", "fine-tune", "leak", "runs"):
        other.radio(key="train-mode").set_value(mode).run()
        assert not other.exception
        assert "Asterix" not in everything(other)
        assert "Obelix" not in everything(other)
    assert "Nothing has been trained yet" in everything(other)
    one.radio(key="train-mode").set_value("runs").run()
    assert "Obelix" in everything(one)


def test_what_a_visitor_starts_is_the_visitors_and_goes_with_the_visit(
    trainings: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[own._Visit] = []
    make = own._Visit

    def noted(manager: Manager) -> own._Visit:
        made.append(make(manager))
        return made[-1]

    monkeypatch.setattr(own, "_Visit", noted)
    app = visitor().switch_page("pages/train.py").run()
    app.button(key="start").click().run()
    (run,) = trainings.store.runs()
    assert app.session_state["my-runs"] == (run.id,)
    assert made[0].names == {run.id}
    made[0].close()
    until(lambda: not trainings.store.runs())
    until(lambda: not trainings.folder(run.id).path.exists())


def test_one_visitor_cannot_fill_the_queue(trainings: Manager) -> None:
    one, other = (visitor().switch_page("pages/train.py").run() for _ in range(2))
    give(one, trainings, *["slow"] * 4)
    assert one.run().button(key="start").disabled
    assert "4 of your trainings are waiting" in everything(one)
    assert not other.run().button(key="start").disabled


def test_nor_by_going_on_with_what_was_stopped(trainings: Manager) -> None:
    app = visitor().switch_page("pages/train.py").run()
    (stopped,) = give(app, trainings, "slow")
    until(lambda: trainings.run(stopped).epochs != [])
    trainings.cancel(stopped)
    until(lambda: not trainings.active())
    (trainings.folder(stopped).path / "checkpoint").write_text("1", encoding="utf-8")
    app.radio(key="train-mode").set_value("runs").run()
    assert not app.button(key="closer-resume").disabled
    waiting = give(app, trainings, *["slow"] * 4)
    app.session_state["my-runs"] = (stopped, *waiting)
    assert app.run().button(key="closer-resume").disabled


def test_songs_of_others_are_not_shown(trainings: Manager) -> None:
    one, other = visitor(), visitor()
    one.file_uploader(key="upload").upload("Idefix.wav", b"Dear diary", "audio/wav").run()
    assert "Idefix" in everything(one)
    assert "Idefix" not in everything(other.run())
    for page in ("library", "why"):
        other.switch_page(f"pages/{page}.py").run()
        assert not other.exception
        assert "Idefix" not in everything(other)


def test_the_hosts_models_are_not_strangers_to_delete(
    trainings: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = zoo.user_folder() / "of-the-host"
    target.mkdir(parents=True)
    shutil.copy(zoo.folder_of(zoo.DEFAULT) / "card.json", target)
    for public in ("0", "1"):
        monkeypatch.setenv(places.PUBLIC, public)
        app = visitor().switch_page("pages/train.py").run()
        app.radio(key="train-mode").set_value("runs").run()
        assert ("model-delete" in keys(app)) == (public == "0")


def test_strangers_runs_lie_apart_and_have_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(places.VARIABLE, str(tmp_path))
    for public, home in (("1", tmp_path / "visitors"), ("0", tmp_path)):
        monkeypatch.setenv(places.PUBLIC, public)
        found = cockpit.manager()
        assert found.home == home
        assert (found._limit_s is not None, found._keep_s is not None) == (public == "1",) * 2


def test_a_training_ends_when_its_time_is_up_and_is_forgotten_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    limited = Manager(tmp_path, worker=STUB, limit_s=1.2, keep_s=0.0)
    (name,) = limited.submit([Job.of("statistics", title="slow")])
    until(lambda: not limited.active())
    run = limited.store.run(name)
    assert run.state == "interrupted"
    assert run.message.startswith("Stopped after 0.02 minutes, the most")
    (newer,) = limited.submit([Job.of("statistics", title="another")])
    assert [run.id for run in limited.store.runs()] == [newer]
    assert not limited.folder(name).path.exists()
    limited.close()


def test_what_a_killed_server_has_left_of_strangers_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    killed = Manager(tmp_path, worker=STUB, keep_s=86_400.0)
    killed.start = lambda: None  # type: ignore[method-assign]
    names = killed.submit(Job.of("statistics", title=title) for title in ("one", "two", "three"))
    killed.store.finish(names[0], "done", events=[])
    for name in names[:2]:
        killed.folder(name).create("{}")
    assert killed.store.claim() is not None
    home = Manager(tmp_path, worker=STUB)  # Not for strangers: there runs stay.
    home._recover()
    assert len(home.store.runs()) == 3
    server = Manager(tmp_path, worker=STUB, keep_s=86_400.0)
    server.start()
    until(lambda: not server.store.runs())
    until(lambda: not any((tmp_path / "runs").iterdir()))
    (own,) = server.submit([Job.of("statistics", title="new")])
    until(lambda: server.run(own).state == "done")
    server.close()


def test_what_ended_long_ago_is_forgotten_though_nobody_trains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setattr(manager, "_FORGET_S", 0.05)
    server = Manager(tmp_path, worker=STUB, keep_s=0.3)
    (name,) = server.submit([Job.of("statistics", title="short")])
    until(lambda: not server.store.runs())
    until(lambda: not server.folder(name).path.exists())
    server.close()


def classes_page() -> AppTest:
    return AppTest.from_file("../../pages/classes.py", default_timeout=90).run()


def teach(app: AppTest, name: str, *songs: str) -> None:
    app.text_input[0].set_value(name)
    files = [(song, noise(number), "audio/wav") for number, song in enumerate(songs)]
    app.file_uploader(key="class-0-songs").set_value(files)
    next(one for one in app.button if one.label == "Add to this class").click().run()


def noise(seed: int) -> bytes:
    return wav_bytes(np.random.default_rng(seed).normal(0, 0.1, 12 * SAMPLE_RATE))


def test_classes_are_their_visitors_own_and_go_with_the_visit(
    trainings: Manager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[own_classes._Visit] = []
    make = own_classes._Visit

    def noted(owner: str, desk: Desk) -> own_classes._Visit:
        made.append(make(owner, desk))
        return made[-1]

    shared = Desk()
    for module in (own_classes, classes_work, classes):
        monkeypatch.setattr(module, "desk", lambda: shared)
    monkeypatch.setattr(own_classes, "_Visit", noted)
    one, other = classes_page(), classes_page()
    teach(one, "Gauls", "Asterix.wav")
    until(lambda: "1 song added" in everything(one.run()))
    assert "Gauls" in everything(one)
    seen = everything(other.run())
    assert not other.exception
    assert "Gauls" not in seen
    assert "added" not in seen
    assert not (tmp_path / "collections").exists()
    folders = {visit.folder for visit in made}
    assert [names(folder / "collections") for folder in folders] != []
    # What the one has found stays when the other begins something.
    teach(other, "Romans", "Brutus.wav")
    until(lambda: "1 song added" in everything(other.run()))
    assert "1 song added" in everything(one.run())
    assert "Romans" not in everything(one)
    for visit in made:
        visit.close()
    until(lambda: not any(folder.exists() for folder in folders))
    assert shared.job is None


def test_a_strangers_classes_have_bounds(
    trainings: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_classes, "MOST_SONGS", 2)
    shared = Desk()
    for module in (own_classes, classes_work, classes):
        monkeypatch.setattr(module, "desk", lambda: shared)
    app = classes_page()
    teach(app, "Gauls", "a.wav", "b.wav", "c.wav")
    assert "2 songs a visit are the most" in app.error[0].value
    assert shared.job is None
    monkeypatch.setenv(places.PUBLIC, "0")
    own_classes.check_room(Collection("My classes"), 1000)


def test_what_others_do_at_the_desk_is_not_told(trainings: Manager) -> None:
    shared, go = Desk(), threading.Event()
    shared.begin("adding Gauls", "train", "one", lambda tell: go.wait(20))
    with pytest.raises(TrainingError, match=r"busy with somebody else's work\. Wait"):
        shared.begin("more", "train", "other", lambda tell: None)
    go.set()


def test_a_strangers_work_ends_when_its_time_is_up() -> None:
    def work(tell: Callable[[float], None]) -> None:
        for _ in range(1000):
            time.sleep(0.01)
            tell(0.1)

    job = Desk(limit_s=0.05).begin("work", "train", "me", work)
    job.wait(10)
    assert job.state == "failed"
    assert "the most on this server" in job.error
