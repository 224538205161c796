"""Trainings in the background: what is asked for, the queue, the ends, the record, models."""

import errno
import io
import json
import subprocess
import sys
import threading
import time
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genre_app import architectures, gtzan, places, shipping, zoo
from genre_app.architectures.lengths import lengths, of_length
from genre_app.errors import DatasetError, ModelError, TrainingError
from genre_app.genres import GENRES
from genre_app.jobs import estimate, keep, presets, worker
from genre_app.jobs.files import Folder
from genre_app.jobs.manager import Manager
from genre_app.jobs.spec import Job, takes_dropout
from genre_app.jobs.store import Run, Store
from genre_app.jobs.training import Gate, window_parts, work
from genre_app.jobs.words import leak_message, result_message

STUB = (sys.executable, str(Path(__file__).with_name("training_stub.py")))
TINY = Job.of(
    "statistics",
    title="Tiny",
    genres=("classical", "metal"),
    tracks=4,
    epochs=2,
    batch=8,
    augmented=False,
)


def until(true: Callable[[], bool], *, seconds: float = 30) -> None:
    for _ in range(round(seconds / 0.02)):
        if true():
            return
        time.sleep(0.02)
    pytest.fail("it did not happen")


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    """Give trainings that take no time."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    found = Manager(tmp_path, worker=STUB)
    yield found
    found.close()


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """Give the folder of a real, tiny training."""
    folder = Folder(tmp_path_factory.mktemp("runs") / "tiny")
    folder.create(TINY.to_json())
    work(TINY, folder)
    return folder


# What is asked for


@given(
    st.sampled_from(sorted(architectures.ARCHITECTURES)),
    st.sets(st.sampled_from(GENRES), min_size=2),
    st.integers(0, 1000),
    st.one_of(st.none(), st.floats(0, 0.9)),
)
def test_a_job_is_the_same_after_writing_and_reading(
    name: str, genres: set[str], seed: int, dropout: float | None
) -> None:
    job = Job.of(name, genres=tuple(sorted(genres)), seed=seed, dropout=dropout)
    assert Job.from_json(job.to_json()) == job
    assert job.recipe.seed == seed
    assert job.recipe.folds == 0


def test_every_architecture_takes_the_dropout_it_claims_to_take() -> None:
    for name in ("statistics", "lse-mlp", "jamendo-fcn"):
        job = Job.of(name, dropout=0.35, augmented=False)
        assert takes_dropout(job.kind)
        assert any(value in (0.35, (0.35, 0.35)) for value in job.recipe.options.values())
    assert not takes_dropout(architectures.get("boosted-trees"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"genres": ("rock",)}, "at least two"),
        ({"genres": ("rock", "polka")}, "at least two of the ten"),
        ({"epochs": 0}, "epochs"),
        ({"learning_rate": 3.0}, "learning rate"),
        ({"window_s": 7.0}, "cannot hear clips"),
        ({"fine_tuning": "adam-unfrozen"}, "choi-crnn"),
    ],
)
def test_what_cannot_be_trained_is_said(changes: dict[str, object], words: str) -> None:
    with pytest.raises(TrainingError, match=words):
        Job.of("statistics", **changes)


def test_damaged_settings_are_said() -> None:
    with pytest.raises(TrainingError, match="damaged"):
        Job.from_json('{"genres": 3}')


def test_clips_of_another_length() -> None:
    kind = architectures.get("cs230-cnn")
    assert lengths(kind) == (10.0, 30.0)
    longer = of_length(kind, 30.0)
    assert (longer.window_s, longer.hop_s) == (30.0, 15.0)
    assert of_length(kind, 10.0) is kind


def test_groups_belong_together_and_differ_in_one_thing() -> None:
    honest, flattered = presets.leak(seed=3)
    assert (honest.split, flattered.split) == ("artist", "random")
    assert honest.recipe == flattered.recipe
    assert honest.group == flattered.group != presets.leak()[0].group
    assert [job.split for job in presets.window_mistake()] == ["artist", "windows"]
    assert len(presets.fine_tuning(base="x")) == 6
    assert [job.seed for job in presets.seeds(TINY, 3)] == [0, 1, 2]
    assert all(presets.sweep(name) for name in presets.SWEEPS)


def test_estimates_grow_with_the_work() -> None:
    minute = presets.PRESETS["minute"]
    assert estimate.about(minute) < estimate.about(presets.PRESETS["lesson"])
    assert estimate.about(minute, factor=2) == 2 * estimate.about(minute)
    assert estimate.about(TINY) < estimate.about(minute)
    assert estimate.factor([]) == 1.0


def test_genres_and_tracks_are_chosen() -> None:
    few = gtzan.load().of_genres(("metal", "classical"))
    assert few.genres == ("classical", "metal")
    drawn = few.at_most(few.part("artist", "train"), 3, seed=1)
    assert sorted(few.labels[drawn].tolist()) == [0, 0, 0, 1, 1, 1]
    with pytest.raises(DatasetError, match="at least two"):
        few.of_genres(("metal",))


@given(st.integers(10, 3000))
def test_shuffled_windows_are_all_used_once(windows: int) -> None:
    parts = window_parts(windows)
    assert sorted(i for rows in parts.values() for i in rows.tolist()) == list(range(windows))


# A real, tiny training


def test_a_training_tells_every_epoch_and_a_result(trained: Folder) -> None:
    events = trained.events()
    epochs = [event for event in events if event["kind"] == "epoch"]
    assert [event["epoch"] for event in epochs] == [1, 2]
    begun = next(event for event in events if event["kind"] == "begun")
    subset = gtzan.load().of_genres(TINY.genres)
    assert begun["tracks"] == 8
    assert sum(map(sum, epochs[0]["confusion"])) == len(subset.part("artist", "valid"))
    (result,) = [event for event in events if event["kind"] == "result"]
    assert result["figures"]["tracks"] == len(subset.part("artist", "test"))
    assert result["figures"]["low"] <= result["figures"]["accuracy"] <= result["figures"]["high"]
    by = subset.artists(subset.part("artist", "test"))
    assert result["figures"]["artists"] == len(set(by))
    assert trained.checkpoint_epoch() == 2
    assert not list(trained.path.glob("*.part*"))


def test_a_training_goes_on_from_a_checkpoint(trained: Folder) -> None:
    more = Folder(trained.path.parent / "more")
    job = Job.of(
        "statistics",
        genres=TINY.genres,
        tracks=4,
        epochs=12,
        batch=8,
        learning_rate=0.3,
        patience=1,
        augmented=False,
        resumes=trained.path.name,
    )
    more.create(job.to_json())
    work(job, more)
    epochs = [event for event in more.events() if event["kind"] == "epoch"]
    assert [event["epoch"] for event in epochs] == list(range(1, len(epochs) + 1))
    assert epochs[:2] == [event for event in trained.events() if event["kind"] == "epoch"]
    # Steps that are too long have made it worse, so it stopped and went back; what a
    # fine-tuning would go on from is what was measured.
    assert 3 < len(epochs) < 12
    assert epochs[-1]["val_loss"] > min(event["val_loss"] for event in epochs[2:])
    kept, written = (
        keras.models.load_model(more.path / name, compile=False).get_weights()
        for name in (more.checkpoint.name, "model/model.keras")
    )
    assert all(map(np.array_equal, kept, written))


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """Give the folder of a training with a patience that has ended at its third epoch."""
    folder = Folder(tmp_path_factory.mktemp("stopped") / "stopped")
    job = replace(TINY, epochs=3, patience=10, learning_rate=0.3)
    folder.create(job.to_json())
    work(job, folder)
    losses = [event["val_loss"] for event in folder.events() if event["kind"] == "epoch"]
    epoch, loss = folder.best_epoch() or (0, 0.0)
    assert epoch == losses.index(min(losses)) + 1
    assert round(loss, 5) == min(losses)
    # As if it had never been so good again as after the first.
    (folder.path / "best").write_text('{"epoch": 1, "val_loss": 0.0}')
    return folder


@pytest.mark.parametrize(
    ("epochs", "patience", "trained_to"),
    [(3, 10, 3), (12, 2, 3), (12, 4, 5)],
    ids=["all epochs are done", "the patience is over", "some patience is left"],
)
def test_what_goes_on_after_a_stop_knows_its_best_epoch(
    stopped: Folder, epochs: int, patience: int, trained_to: int
) -> None:
    more = Folder(stopped.path.parent / f"{epochs}-{patience}")
    job = replace(
        TINY, epochs=epochs, patience=patience, learning_rate=0.3, resumes=stopped.path.name
    )
    more.create(job.to_json())
    work(job, more)
    run = Run(1, "more", job, "done", "more", 0.0, events=more.events())
    assert [epoch["epoch"] for epoch in run.epochs] == list(range(1, trained_to + 1))
    assert run.result is not None
    assert (more.checkpoint_epoch(), more.best_epoch()) == (trained_to, (1, 0.0))
    best, kept, written = (
        keras.models.load_model(path, compile=False).get_weights()
        for path in (stopped.best, more.checkpoint, more.model / "model.keras")
    )
    assert all(map(np.array_equal, best, written))
    assert all(map(np.array_equal, best, kept))
    with np.load(more.model / "evaluation.npz") as found:
        assert len(found["artist_history_val_loss"]) == trained_to


def test_a_fine_tuning_without_its_first_network_says_so(tmp_path: Path) -> None:
    job = Job.of("choi-crnn", fine_tuning="adam-unfrozen", genres=TINY.genres, tracks=2, epochs=1)
    folder = Folder(tmp_path / "tuned")
    folder.create(job.to_json())
    with pytest.raises(TrainingError, match="Train it first"):
        work(job, folder)


def test_the_worker_ends_when_its_server_is_gone(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "run")
    folder.create(Job.of("statistics", genres=TINY.genres, epochs=500, tracks=4).to_json())
    with subprocess.Popen(
        [sys.executable, "-m", "genre_app.jobs.worker", str(folder.path)],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=60) == 2
    assert folder.events()[-1]["state"] == "interrupted"


def test_the_worker_ends_though_its_run_was_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[int] = []
    monkeypatch.setattr("genre_app.jobs.worker.os.read", lambda *_: b"")
    monkeypatch.setattr("genre_app.jobs.worker.os._exit", ended.append)
    worker._end_with_parent(Folder(tmp_path / "gone"))
    assert ended == [2]


def test_a_pause_waits_and_a_step_passes_one_epoch(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    gate = Gate(folder)
    assert not gate._waits()
    folder.command("pause")
    assert gate._waits()
    folder.command("step")
    assert not gate._waits()
    gate.epoch_ends()
    assert gate._waits()
    folder.command("run")
    assert not gate._waits()
    folder.command("step")
    assert not gate._waits()


# The queue and the ends


def test_one_trains_and_the_others_wait_in_order(manager: Manager) -> None:
    names = manager.submit([Job.of("statistics", title=title) for title in ("slow a", "b", "c")])
    until(lambda: bool(manager.active()[0].epochs))
    assert [(run.id, run.state) for run in manager.active()] == [
        (names[0], "running"),
        (names[1], "queued"),
        (names[2], "queued"),
    ]
    manager.cancel(names[1])
    manager.cancel(names[0])
    until(lambda: not manager.active())
    assert [manager.run(name).state for name in names] == ["cancelled", "cancelled", "done"]
    assert manager.run(names[0]).epochs, "the curves so far are kept"


def test_what_goes_on_from_another_is_queued_whole_or_not_at_all(tmp_path: Path) -> None:
    manager = Manager(tmp_path, worker=STUB)
    manager.start = lambda: None  # type: ignore[method-assign]  # Nothing is taken from the queue.
    manager.submit([Job.of("statistics", title="waits")] * 20)
    base, more = Job.of("statistics", title="base"), [Job.of("statistics", title="on")] * 6
    with pytest.raises(TrainingError, match="20 trainings are waiting"):
        manager.submit_after(base, more)
    assert [run.title for run in manager.active()] == ["waits"] * 20
    with pytest.raises(TrainingError, match="epochs"):
        manager.submit_after(base, [Job.of("statistics", epochs=0)])
    assert len(manager.active()) == 20
    names = manager.submit_after(base, more[:3])
    assert [manager.run(name).job.base for name in names] == ["", *[names[0]] * 3]


def test_what_goes_on_from_a_network_that_is_not_done_fails_in_words(manager: Manager) -> None:
    base, on = (Job.of("statistics", title=title) for title in ("slow base", "on"))
    first, variant = manager.submit_after(base, [on])
    until(lambda: manager.folder(first).checkpoint_epoch() > 1)
    manager.cancel(first)
    until(lambda: not manager.active())
    run = manager.run(variant)
    assert (run.state, run.epochs) == ("failed", [])
    assert "not trained to its end" in run.message
    # When the base is gone on with, what was to follow it follows again, behind it.
    manager.store.rename(first, "base")
    again = manager.resume(first)
    until(lambda: not manager.active())
    done = manager.run(variant)
    assert (done.state, done.message, done.job.base) == ("done", "", again)
    assert done.started >= (manager.run(again).ended or 0)  # type: ignore[operator]


@pytest.mark.parametrize("title", ["crash", "fail"])
def test_what_goes_on_from_a_network_that_failed_fails_too(manager: Manager, title: str) -> None:
    base, on = (Job.of("statistics", title=one) for one in (title, "on"))
    names = manager.submit_after(base, [on])
    until(lambda: not manager.active())
    assert [manager.run(name).state for name in names] == ["failed", "failed"]


def test_what_a_killed_server_has_left_half_trained_is_no_base(manager: Manager) -> None:
    manager.start = lambda: None  # type: ignore[method-assign]
    base, on = (Job.of("statistics", title=title) for title in ("base", "on"))
    first, variant = manager.submit_after(base, [on])
    manager.store.claim()
    manager.folder(first).create(base.to_json())
    (manager.folder(first).path / "checkpoint").write_text("2")
    del manager.start
    manager.start()
    until(lambda: not manager.active())
    assert manager.run(first).state == "interrupted"
    assert "Train it first" in manager.run(variant).message


def test_a_job_waits_for_its_base_wherever_that_stands_in_the_queue(tmp_path: Path) -> None:
    store = Store(tmp_path / "runs.sqlite")
    on = store.add(replace(TINY, base="later"))
    base = store.add(TINY)
    store.wait_for(base, instead_of="later")
    first = store.claim()
    assert first is not None
    assert first.id == base
    assert store.claim() is None
    store.finish(base, "done", events=[])
    second = store.claim()
    assert second is not None
    assert second.id == on
    assert store.claim() is None


def test_a_list_of_runs_leaves_their_events_unread(manager: Manager) -> None:
    (name,) = manager.submit([Job.of("statistics", title="short")])
    until(lambda: not manager.active())
    (light,), (whole,) = manager.store.runs(), manager.store.runs(events=True)
    assert (light.id, light.state, light.events) == (name, "done", [])
    assert len(whole.epochs) == len(manager.run(name).epochs) == 3
    assert manager.store.runs(ids=[]) == []


def test_a_run_that_was_just_taken_from_the_queue_can_be_cancelled(tmp_path: Path) -> None:
    manager = Manager(tmp_path, worker=STUB)
    manager.start = lambda: None  # type: ignore[method-assign]
    (name,) = manager.submit([Job.of("statistics", title="slow")])
    run = manager.store.claim()
    assert run is not None
    assert not manager.folder(name).path.exists()
    manager.cancel(name)
    manager._train(run)
    assert manager.run(name).state == "cancelled"
    manager.delete(name)
    manager.cancel(name)
    assert not manager.folder(name).path.exists(), "what is forgotten comes back"


def test_two_servers_train_one_at_a_time(manager: Manager) -> None:
    other = Manager(manager.home, worker=STUB)
    (first,) = manager.submit([Job.of("statistics", title="slow")])
    until(lambda: manager.run(first).state == "running")
    (second,) = other.submit([Job.of("statistics", title="next")])
    time.sleep(0.3)
    assert other.run(second).state == "queued"
    other.cancel(first)
    until(lambda: other.run(second).state == "done")
    other.close()


def test_a_crash_leaves_a_message_and_the_curves(manager: Manager) -> None:
    names = manager.submit([Job.of("statistics", title=title) for title in ("crash", "fail")])
    until(lambda: not manager.active())
    crashed, failed = (manager.run(name) for name in names)
    assert crashed.state == failed.state == "failed"
    assert "exit status 3" in crashed.message
    assert len(crashed.epochs) == 2
    assert failed.message == "There is too little music."


def test_what_a_killed_server_has_left_can_be_gone_on_with(manager: Manager) -> None:
    store = Store(manager.home / "runs.sqlite")
    name = store.add(Job.of("statistics", title="left"))
    store.claim()
    folder = manager.folder(name)
    folder.create(Job.of("statistics").to_json())
    folder.tell("epoch", epoch=1, seconds=1.0, loss=1.0, confusion=[])
    with (folder.path / "events.jsonl").open("a") as file:
        file.write('{"kind": "epo')  # Cut short.
    (folder.path / "checkpoint").write_text("1")
    manager.start()
    until(lambda: not manager.active())
    assert manager.run(name).state == "interrupted"
    assert len(manager.run(name).epochs) == 1
    new = manager.resume(name)
    until(lambda: manager.run(new).state == "done")
    assert manager.run(new).job.resumes == name


def test_what_was_stopped_after_all_its_epochs_is_still_to_be_measured(manager: Manager) -> None:
    name = manager.store.add(Job.of("statistics", title="left", epochs=3))
    manager.store.finish(name, "cancelled", events=[])
    manager.folder(name).create("{}")
    with pytest.raises(TrainingError, match="nothing to go on from"):
        manager.resume(name)
    (manager.folder(name).path / "checkpoint").write_text("3")
    new = manager.resume(name)
    until(lambda: manager.run(new).state == "done")


def test_a_queue_has_an_end(manager: Manager) -> None:
    with pytest.raises(TrainingError, match="waiting already"):
        manager.submit([TINY] * 40)
    assert not manager.active()


def test_runs_are_renamed_and_deleted_and_survive_a_restart(manager: Manager) -> None:
    (name,) = manager.submit([Job.of("statistics", title="short")])
    until(lambda: manager.run(name).state == "done")
    manager.store.rename(name, "The best")
    again = Manager(manager.home, worker=STUB)
    assert again.run(name).title == "The best"
    assert again.run(name).curve("val_accuracy") == [0.5] * 3
    again.delete(name)
    assert not again.folder(name).path.exists()
    with pytest.raises(TrainingError, match="deleted"):
        again.run(name)


def test_a_record_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "runs.sqlite").write_text("dear diary, " * 100)
    with pytest.raises(TrainingError, match="cannot be used"):
        Store(tmp_path / "runs.sqlite").runs()


# Words


def done(split: str, accuracy: float, *, learnt: int = 400, unit: str = "tracks") -> Run:
    figures = {"tracks": 100, "accuracy": accuracy, "low": accuracy - 0.1, "high": accuracy + 0.1}
    events = [
        {"kind": "begun", "windows": 9 * learnt, "tracks": learnt},
        {"kind": "result", "figures": figures, "unit": unit, "seconds": 9.0},
    ]
    return Run(1, split, Job.of("statistics", split=split), "done", split, 0.0, events=events)


def test_a_figure_says_what_it_is_worth() -> None:
    assert "95 % interval 50 to 70 %) of 100 test tracks" in result_message(done("artist", 0.6))
    by_artist = done("artist", 0.6)
    by_artist.result["figures"]["artists"] = 40  # type: ignore[index]  # It has been measured.
    assert "95 % interval 50 to 70 %, drawn by artist) of 100" in result_message(by_artist)
    assert "artists kept apart" in result_message(done("random", 0.8))
    assert "worth nothing" in result_message(done("windows", 0.9))


def test_a_leak_is_not_said_to_be_all_of_the_difference() -> None:
    honest = done("artist", 0.6)
    told = leak_message([honest, done("random", 0.85, learnt=700)])
    assert "85 % (95 % interval 75 to 95 %) of 100 test tracks right, learnt from 700" in told
    assert "60 % (95 % interval 50 to 70 %) of 100 test tracks right, learnt from 400" in told
    assert "+25 points" in told
    assert "A good part of it can be" in told
    assert "also learnt from more tracks and was asked about other tracks." in told
    assert "all of the difference" not in told
    assert "overlap" not in told
    assert "The intervals overlap" in leak_message([honest, done("random", 0.7)])
    assert "learnt from more" not in leak_message([honest, done("random", 0.7)])
    assert "single windows" in leak_message([honest, done("windows", 0.9, unit="windows")])
    assert "comes when both" in leak_message([done("random", 0.8)])


@pytest.mark.parametrize("accuracy", [0.55, 0.6, 0.604])
def test_a_leak_that_does_not_show_is_said(accuracy: float) -> None:
    told = leak_message([done("artist", 0.6), done("random", accuracy, learnt=700)])
    assert "does not show this time" in told
    assert "no proof" in told
    assert "A good part" not in told


# Models


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(places.VARIABLE, str(tmp_path))
    return tmp_path


def test_a_run_becomes_a_model_that_reads(trained: Folder, own: Path) -> None:
    name = keep.keep(trained, "My first model!")
    assert name == "my-first-model"
    assert zoo.names()[-1] == name
    assert zoo.is_own(name)
    assert not zoo.is_own(zoo.DEFAULT)
    loaded = zoo.load(name)
    assert loaded.genres == TINY.genres
    subset = gtzan.load()
    assert loaded.outputs(subset.log_mel(0)).logits.shape[1] == 2
    assert zoo.card(name)["title"] == "My first model!"
    with pytest.raises(ModelError, match="already"):
        keep.keep(trained, "my first  MODEL!")
    keep.delete(name)
    assert zoo.names() == zoo.names(zoo.FOLDER)
    assert not list((own / "models").glob("*"))


def test_what_is_no_model_any_more_stands_in_nobodys_way(trained: Folder, own: Path) -> None:
    # As a deletion leaves it that was interrupted.
    (own / "models" / "again").mkdir(parents=True)
    (own / "models" / "again" / "model.keras").write_bytes(b"half")
    assert keep.keep(trained, "Again") == "again"
    assert zoo.load("again").genres == TINY.genres
    assert [path.name for path in (own / "models").iterdir()] == ["again"]


@pytest.mark.parametrize("title", ["Ρεμπέτικο", "演歌", "Ёлка 7"])
def test_a_model_is_called_in_any_script(title: str, trained: Folder, own: Path) -> None:
    name = keep.keep(trained, title)
    assert name == zoo.folder_name(title), "as on the page Your classes"
    assert zoo.card(name)["title"] == title
    with pytest.raises(ModelError, match="already"):
        keep.keep(trained, unicodedata.normalize("NFD", title.upper()))


def test_a_model_that_is_renamed_is_still_found(trained: Folder, own: Path) -> None:
    name = keep.keep(trained, "Mine")
    before = zoo.load(name)
    keep.rename(name, " Μου  \n")
    assert zoo.names(own / "models") == (name,)
    assert zoo.card(name)["title"] == zoo.load(name).card["title"] == "Μου"
    assert zoo.card(name)["name"] == name
    assert zoo.fingerprint(zoo.card(name)) == zoo.fingerprint(before.card), "it reads as before"
    with zipfile.ZipFile(io.BytesIO(keep.packed(name))) as archive:
        assert {path.split("/")[0] for path in archive.namelist()} == {name}
        assert "Μου" in json.loads(archive.read(f"{name}/card.json"))["title"]
    # The title that is free again is for another model, in a folder of its own.
    assert keep.keep(trained, "Mine") == "mine-2"
    assert keep.keep(trained, "Mine!") == "mine-3"
    assert [zoo.card(one)["title"] for one in zoo.names(own / "models")] == ["Μου", "Mine", "Mine!"]
    keep.delete("mine-2")
    assert keep.keep(trained, "Mine?") == "mine-2"


def test_a_full_disk_is_said_and_changes_nothing(
    trained: Folder, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("genre_app.jobs.keep.shutil.copy2", full)
        with pytest.raises(ModelError, match=r"\(no space left on device\)\. Check the disk"):
            keep.keep(trained, "Mine")
    assert not list((own / "models").iterdir())
    keep.keep(trained, "Mine")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", full)
        with pytest.raises(ModelError, match="Check the disk"):
            keep.keep(trained, "Ours")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        with pytest.raises(ModelError, match="Check the disk"):
            keep.rename("mine", "Yours")
    assert zoo.card("mine")["title"] == "Mine"
    assert zoo.names(own / "models") == ("mine",)
    assert not list((own / "models").glob("*/*.part"))


def test_two_tabs_that_keep_one_title_make_one_model(trained: Folder, own: Path) -> None:
    said: list[str] = []
    ready = threading.Barrier(4)

    def tab() -> None:
        ready.wait(20)
        try:
            said.append(keep.keep(trained, "Ours"))
        except ModelError as error:
            said.append(str(error))

    tabs = [threading.Thread(target=tab) for _ in range(4)]
    for one in tabs:
        one.start()
    for one in tabs:
        one.join(60)
    assert said.count("ours") == 1
    assert sum("already" in one for one in said) == 3
    assert zoo.load("ours").genres == TINY.genres


@pytest.mark.parametrize("title", ["blend", "Statistics", "..", "/", ""])
def test_names_of_the_project_and_of_folders_are_refused(
    title: str, trained: Folder, own: Path
) -> None:
    with pytest.raises(ModelError):
        keep.keep(trained, title)
    name = keep.keep(trained, "Mine")
    with pytest.raises(ModelError):
        keep.rename(name, title)
    assert zoo.card(name)["title"] == "Mine"


def test_no_two_models_are_called_the_same(trained: Folder, own: Path) -> None:
    # Its folder is called 'statistics': the name of the folder would be free.
    with pytest.raises(ModelError, match="called 'statistics NETWORK' already"):
        keep.keep(trained, "statistics  NETWORK ")
    name = keep.keep(trained, "Mine")
    with pytest.raises(ModelError, match="called 'Statistics network' already"):
        keep.rename(name, "Statistics network")
    keep.rename(name, "MINE")
    assert zoo.card(name)["title"] == "MINE"


def test_models_of_the_project_cannot_be_changed(own: Path) -> None:
    with pytest.raises(ModelError, match="none of your models"):
        keep.delete("statistics")
    with pytest.raises(ModelError, match="none of your models"):
        keep.rename("blend", "x")
    assert (zoo.FOLDER / "statistics" / "card.json").exists()


def test_a_folder_cannot_stand_in_for_a_model_of_the_project(own: Path) -> None:
    (own / "models" / "blend").mkdir(parents=True)
    (own / "models" / "blend" / "card.json").write_text(json.dumps({"title": "false"}))
    assert zoo.card("blend")["title"] != "false"
    assert zoo.names().count("blend") == 1


def test_no_model_of_the_project_is_trained_over_one_of_the_users(own: Path) -> None:
    for name in ("mine", "blend"):
        (own / "models" / name).mkdir(parents=True)
        (own / "models" / name / "card.json").write_text("{}")
    kind = architectures.get("blend")
    with pytest.raises(ModelError, match=r"'mine' of yours in .*models: .* would hide it"):
        shipping.check_name("mine", kind)
    # That one was hidden before; and a folder of one's own hides nothing.
    shipping.check_name("blend", kind)
    shipping.check_name("mine", kind, own / "others")


def test_a_run_without_a_model_is_said(tmp_path: Path, own: Path) -> None:
    with pytest.raises(ModelError, match="artists kept apart"):
        keep.keep(Folder(tmp_path / "none"), "Some name")
