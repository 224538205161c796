"""Many songs: read once, kept, whatever happens on the way."""

import argparse
import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import platformdirs
import pytest
from catalogue_stubs import (  # type: ignore[import-not-found]
    LOG,
    MODEL,
    OTHER,
    begin,
    hears,
    noted,
    processes,
    read_or_die,
    read_or_fail,
    read_stub,
    write_song,
    write_songs,
)

from genre_app import audio, places, wording, zoo
from genre_app.catalogue import command, lock, parallel, schema
from genre_app.catalogue import run as running
from genre_app.catalogue.progress import Progress, span
from genre_app.catalogue.rows import CatalogueError, ModelKey
from genre_app.catalogue.run import Report, catalogue, model_key
from genre_app.catalogue.store import Store
from genre_app.catalogue.tags import labels
from genre_app.catalogue.walk import walk
from genre_app.catalogue.work import Reader
from genre_app.errors import GenreAppError, ModelError, UsageError
from genre_app.reading import read

ROOT = Path(__file__).parents[2]


@pytest.fixture
def music(tmp_path: Path) -> Path:
    return tmp_path / "music"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "catalogue.sqlite"


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(LOG, str(tmp_path / "log"))
    return tmp_path / "log"


def run(
    *places: Path | str,
    path: Path,
    model: ModelKey = MODEL,
    reader: Reader = read_stub,
    workers: int = 1,
) -> Report:
    return catalogue(
        [str(place) for place in places], path=path, model=model, reader=reader, workers=workers
    )


def counts(report: Report) -> tuple[int, int, int]:
    return report.read, report.known, len(report.failures)


# Only what is new


def test_a_second_run_reads_nothing(music: Path, path: Path, log: Path) -> None:
    write_songs(music, 5)
    assert counts(run(music, path=path)) == (5, 0, 0)
    assert counts(run(music, path=path)) == (0, 5, 0)
    assert len(noted(log)) == 5


def test_a_new_song_is_read_alone(music: Path, path: Path, log: Path) -> None:
    write_songs(music, 3)
    run(music, path=path)
    write_song(music / "deeper" / "new.wav", 99)
    assert counts(run(music, path=path)) == (1, 3, 0)
    assert len(noted(log)) == 4


def test_copies_are_read_once(music: Path, path: Path, log: Path) -> None:
    write_songs(music, 2)
    shutil.copy(music / "000.wav", music / "copy.wav")
    report = run(music, path=path)
    assert counts(report) == (2, 1, 0)
    assert len(noted(log)) == 2
    with Store(path) as store:
        songs = {Path(song.place).name: song for song in store.songs(MODEL)}
    assert songs["copy.wav"].content == songs["000.wav"].content
    assert songs["copy.wav"].blend == pytest.approx(songs["000.wav"].blend)


def test_a_renamed_song_is_not_read_again(music: Path, path: Path, log: Path) -> None:
    write_songs(music, 2)
    run(music, path=path)
    (music / "000.wav").rename(music / "other.wav")
    assert counts(run(music, path=path)) == (0, 2, 0)
    assert len(noted(log)) == 2
    with Store(path) as store:
        assert [Path(song.place).name for song in store.songs(MODEL)] == ["001.wav", "other.wav"]


def test_a_changed_song_is_read_again(music: Path, path: Path) -> None:
    write_songs(music, 2)
    run(music, path=path)
    write_song(music / "000.wav", 50)  # As long as before: only the time tells.
    assert counts(run(music, path=path)) == (1, 1, 0)


def test_a_song_that_was_only_touched_is_recognised(music: Path, path: Path, log: Path) -> None:
    write_songs(music, 1)
    run(music, path=path)
    os.utime(music / "000.wav", ns=(1, 1))
    assert counts(run(music, path=path)) == (0, 1, 0)
    assert len(noted(log)) == 1


def test_another_model_reads_everything_and_replaces_nothing(music: Path, path: Path) -> None:
    write_songs(music, 3)
    run(music, path=path)
    assert counts(run(music, path=path, model=OTHER)) == (3, 0, 0)
    with Store(path) as store:
        assert len(store.songs(MODEL)) == len(store.songs(OTHER)) == 3
        assert set(store.models()) == {MODEL, OTHER}
    assert counts(run(music, path=path)) == (0, 3, 0)


def test_a_deleted_song_goes_and_comes_back(music: Path, path: Path, log: Path) -> None:
    write_songs(music, 2)
    run(music, path=path)
    (music / "000.wav").rename(music.parent / "elsewhere.wav")
    run(music, path=path)
    with Store(path) as store:
        assert len(store.songs(MODEL)) == 1
    (music.parent / "elsewhere.wav").rename(music / "000.wav")
    run(music, path=path)
    with Store(path) as store:
        assert len(store.songs(MODEL)) == 2
    assert len(noted(log)) == 2


def test_what_is_forgotten_is_gone_whichever_model_read_it(
    music: Path, path: Path, log: Path
) -> None:
    first, second, third = write_songs(music, 3)
    copy = Path(shutil.copy(first, music / "copy.wav"))
    (music / "diary.mp3").write_bytes(b"dear diary, " * 400)
    run(music, path=path)
    run(music, path=path, model=OTHER)
    with Store(path) as store:
        kept = next(one for one in store.songs(MODEL) if one.place == str(first)).content
        assert store.places(kept) == [str(first), str(copy)]
        store.forget([str(first), str(second)])
        assert {one.place for one in store.songs(MODEL)} == {str(copy), str(third)}
        assert {one.place for one in store.songs(OTHER)} == {str(copy), str(third)}
        assert store.timeline(kept, MODEL) is not None, "its copy is here"
        store.forget(store.places(kept))
        assert store.timeline(kept, MODEL) is None
        assert len(store.failures()) == 1
    full = path.stat().st_size
    read_before = len(noted(log))
    run(music, path=path)
    assert len(noted(log)) == read_before + 2, "read again, they come back; the copy is one song"
    with Store(path) as store:
        store.forget(store.places())
        assert store.places() == []
        assert store.songs(MODEL) == []
        assert store.failures() == []
        assert store.models() == []
    assert path.stat().st_size <= full


def test_what_is_kept_is_what_was_said(music: Path, path: Path) -> None:
    write_songs(music, 1)
    run(music, path=path)
    with Store(path, read_only=True) as store:
        (song,) = store.songs(MODEL)
        timeline = store.timeline(song.content, MODEL)
    assert song.blend.sum() == pytest.approx(1.0, abs=1e-12)
    assert song.low == pytest.approx(song.blend * 0.9, rel=1e-15)
    assert (song.certainty, song.model, song.format) == ("mixed", "stub", "WAV")
    assert song.duration_s == pytest.approx(1.2, abs=0.01)
    assert timeline is not None
    assert timeline.windows == pytest.approx(np.array([[0.0, song.duration_s]]))
    assert timeline.probabilities[0] == pytest.approx(song.blend, abs=1e-3)


# What is noted of files

FIRST = "Only the first 2 seconds were read; the file says that it lasts 3 s."


@pytest.fixture
def long(music: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with a song that is longer than is read, one whose channels cancel, and one."""
    left = np.random.default_rng(5).uniform(-0.5, 0.5, 22_050)
    write_song(music / "usual.wav", 1)
    write_song(music / "long.wav", 2, seconds=3.0)
    (music / "antiphase.wav").write_bytes(audio.wav_bytes(np.stack([left, -left], axis=1)))
    monkeypatch.setattr(audio, "load", partial(audio.load, max_seconds=2.0))
    return music


def notes(path: Path, *, read_only: bool = True) -> dict[str, tuple[tuple[str, ...], bool]]:
    with Store(path, read_only=read_only) as store:
        return {
            Path(one.place).stem: (one.notes, one.truncated)
            for one in store.songs(MODEL)
            if one.notes
        }


def test_what_is_noted_of_a_file_is_kept(long: Path, path: Path) -> None:
    run(long, path=path)
    found = notes(path)
    assert found.keys() == {"long", "antiphase"}
    assert found["long"] == ((FIRST,), True)
    assert "The channels cancel" in found["antiphase"][0][0]
    assert not found["antiphase"][1]
    shutil.copy(long / "long.wav", long / "copy.wav")
    run(long, path=path)
    assert notes(path)["copy"] == ((FIRST,), True)


def test_the_command_says_what_is_noted(
    long: Path, path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(running, "catalogue", partial(catalogue, reader=read_stub))
    arguments = [str(long), "--db", str(path), "--workers", "1"]
    assert command.run(options(*arguments)) == 0
    said = capsys.readouterr().out
    assert f"Notes on 2 songs (1 read only in part):\n  {long}/long.wav: {FIRST}" in said
    assert f"\n  {long}/antiphase.wav: The channels cancel" in said
    assert "usual.wav" not in said
    monkeypatch.setattr(wording, "MOST_NOTED", 1)
    assert command.run(options(*arguments)) == 0
    said = capsys.readouterr().out
    assert "antiphase.wav" not in said
    assert "and 1 more: --out and --json hold the notes of all." in said
    assert command.run(options(*arguments, "--json")) == 0
    rows = {Path(row["file"]).stem: row for row in json.loads(capsys.readouterr().out)}
    assert (rows["long"]["notes"], rows["long"]["truncated"]) == ([FIRST], True)
    assert (rows["usual"]["notes"], rows["usual"]["truncated"]) == ([], False)


# What goes wrong with files


def test_broken_files_are_listed_and_stop_nothing(music: Path, path: Path, log: Path) -> None:
    write_songs(music, 2)
    (music / "broken.mp3").write_bytes(b"no music" * 100)
    (music / "empty.wav").write_bytes(b"")
    write_song(music / "short.wav", 7, seconds=0.2)
    for attempt in range(2):
        report = run(music, path=path)
        assert counts(report) == (2 - 2 * attempt, 2 * attempt, 3)
        kinds = {Path(one.place).name: one.problem.kind for one in report.failures}
        assert kinds == {
            "broken.mp3": "unreadable-audio",
            "empty.wav": "unreadable-audio",
            "short.wav": "audio-too-short",
        }
    assert len(noted(log)) == 2


def test_a_fault_of_the_program_stays_with_its_song(music: Path, path: Path) -> None:
    write_songs(music, 3)
    write_song(music / "odd.wav", 77)
    report = run(music, path=path, reader=read_or_fail)
    assert counts(report) == (3, 0, 1)
    assert "ZeroDivisionError" in report.failures[0].problem.message


def test_a_file_that_vanishes_is_tried_again(
    music: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_songs(music, 2)

    def walk_and_lose(places: Any) -> Any:  # noqa: ANN401
        found = walk(places)
        (music / "000.wav").rename(music / "000.part")
        return found

    monkeypatch.setattr(running, "walk", walk_and_lose)
    report = run(music, path=path)
    assert [one.problem.kind for one in report.failures] == ["unopenable"]
    monkeypatch.undo()
    (music / "000.part").rename(music / "000.wav")
    assert counts(run(music, path=path)) == (1, 1, 0)


def test_a_song_that_ends_its_process_is_listed_and_not_tried_again(
    music: Path, path: Path, log: Path
) -> None:
    write_songs(music, 7)
    write_song(music / "killer.wav", 66)
    report = run(music, path=path, reader=read_or_die, workers=2)
    assert counts(report) == (7, 0, 1)
    assert os.getpid() not in processes(log)
    assert report.failures[0].problem.kind == "crashed"
    before = len(noted(log))
    assert counts(run(music, path=path, reader=read_or_die, workers=2)) == (0, 7, 1)
    assert len(noted(log)) == before


def test_a_model_that_cannot_be_had_is_one_error(music: Path, path: Path) -> None:
    write_songs(music, 2)

    def without(songs: Any, model: Any) -> Any:  # noqa: ANN401
        raise ModelError("There is no such model.")

    with pytest.raises(ModelError):
        run(music, path=path, reader=without)
    with pytest.raises(ModelError, match="no model 'nonsense'"):
        model_key("nonsense")


# Interruptions


@contextlib.contextmanager
def another_run(music: Path, path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start a run of its own process group and wait until it has saved something."""
    began = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("catalogue_stubs.py")), music, path],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        until(lambda: saved(path) > 0)
        yield began
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(began.pid, signal.SIGKILL)
        began.wait()


def until(true: Any, seconds: float = 40.0) -> None:  # noqa: ANN401
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def saved(path: Path) -> int:
    try:
        with Store(path, read_only=True) as store:
            return len(store.songs(MODEL))
    except CatalogueError:
        return 0


def alive(process: int) -> bool:
    with contextlib.suppress(OSError):
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        return state not in "ZX"
    return False


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="asks the kernel which processes live")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_ended_goes_on_where_it_was(
    music: Path, path: Path, log: Path, how: signal.Signals
) -> None:
    write_songs(music, 32)
    with another_run(music, path) as began:
        with pytest.raises(CatalogueError, match="Another run is writing"):
            run(music, path=path)
        if how == signal.SIGINT:  # As Ctrl-C does: to all processes of the terminal.
            os.killpg(began.pid, how)
        else:
            os.kill(began.pid, how)
        began.wait(20)
        kept = saved(path)
        workers = processes(log)
        assert began.stderr is not None
        # The workers hold the pipe too: it ends with the last of them.
        told = began.stderr.read().decode()
        until(lambda: not any(map(alive, workers)), 20)
        if how == signal.SIGINT:
            assert began.returncode == -signal.SIGINT
            assert told.count("Traceback") == 1, "the workers should end silently"
    assert 0 < kept < 32
    report = run(music, path=path, reader=read_stub)
    assert counts(report) == (32 - kept, kept, 0)
    assert len(set(noted(log))) == 32
    # What two workers had in hand, and what waited for the next of them: chunks of 8 songs at most.
    assert len(noted(log)) <= 32 + 3 * 8


def test_workers_hear_of_no_ctrl_c_from_their_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "_begin", begin)
    # Whoever starts these tests in the background has them hear of none either.
    was = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with parallel.crew(workers=2, threads=1) as hands:
            assert set(hands.stream(hears, range(2))) == {False}
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, was)


def test_ctrl_c_says_how_to_go_on(
    music: Path, path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> Report:
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "catalogue", interrupted)
    assert command.run(options(str(music), "--db", str(path))) == 130
    assert "goes on from there" in capsys.readouterr().err


def test_a_lock_file_that_was_left_behind_locks_nobody_out(music: Path, path: Path) -> None:
    write_songs(music, 1)
    path.parent.mkdir()
    path.with_name(path.name + ".lock").write_text("process 1, since 12:00:00")
    assert counts(run(music, path=path)) == (1, 0, 0)


def test_the_second_run_is_told_who_writes(music: Path, path: Path) -> None:
    write_songs(music, 1)
    path.parent.mkdir()
    with (
        lock.held(path),
        pytest.raises(CatalogueError, match=rf"Another run .*process {os.getpid()}, since"),
    ):
        run(music, path=path)
    assert counts(run(music, path=path)) == (1, 0, 0)


def test_a_chunk_is_saved_whole_or_not_at_all(
    music: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_songs(music, 4)
    save = Store._save

    def full_disk(self: Store, outcome: Any, model: ModelKey) -> None:  # noqa: ANN401
        if outcome.found.place.endswith("001.wav"):
            raise sqlite3.OperationalError("database or disk is full")
        save(self, outcome, model)

    monkeypatch.setattr(Store, "_save", full_disk)
    monkeypatch.setattr(running, "CHUNK_SONGS", 2)
    with pytest.raises(CatalogueError, match="disk is full"):
        run(music, path=path)
    assert saved(path) == 0
    monkeypatch.undo()
    assert counts(run(music, path=path)) == (4, 0, 0)


def test_chunks_shrink_towards_the_end(music: Path, path: Path) -> None:
    write_songs(music, 40)
    told: list[int] = []
    catalogue(
        [str(music)],
        path=path,
        model=MODEL,
        reader=read_stub,
        workers=1,
        tell=lambda done, *_: told.append(done),
    )
    assert np.diff(told).tolist() == [16, 12, 6, 3, 1, 1, 1]


# The file


def test_a_file_of_another_program_is_refused(music: Path, tmp_path: Path) -> None:
    write_songs(music, 1)
    (tmp_path / "text.sqlite").write_text("no database at all, but long enough to be one" * 50)
    with contextlib.closing(sqlite3.connect(tmp_path / "other.sqlite")) as other:
        other.execute("CREATE TABLE recipes (name)")
        other.commit()
    for name in ("text.sqlite", "other.sqlite"):
        before = (tmp_path / name).read_bytes()
        with pytest.raises(CatalogueError, match=name):
            run(music, path=tmp_path / name)
        assert (tmp_path / name).read_bytes() == before


def test_a_catalogue_of_a_newer_version_is_left_alone(music: Path, path: Path) -> None:
    write_songs(music, 1)
    run(music, path=path)
    with contextlib.closing(sqlite3.connect(path)) as newer:
        newer.execute("PRAGMA user_version = 3")
    with pytest.raises(CatalogueError, match="newer version"):
        run(music, path=path)


def made_old(path: Path) -> None:
    """Make a catalogue as version 1 of the program left it: it kept no notes."""
    with contextlib.closing(sqlite3.connect(path)) as old:
        for column in ("notes", "truncated"):
            old.execute(f"ALTER TABLE contents DROP COLUMN {column}")
        old.execute("UPDATE contents SET duration_s = 900 WHERE duration_s > 1.9")
        old.execute("PRAGMA user_version = 1")
        old.commit()


def test_a_catalogue_of_an_earlier_version_is_read_and_brought_up(long: Path, path: Path) -> None:
    run(long, path=path)
    made_old(path)
    kept = path.read_bytes()
    # Who reads only may not change the file.
    before = notes(path)
    assert before.keys() == {"long"}
    assert before["long"][0][0].startswith("If the file is longer than 15 minutes")
    assert before["long"][1]
    assert path.read_bytes() == kept
    assert len(Store(path, read_only=True).songs(MODEL)) == 3

    write_song(long / "longer.wav", 9, seconds=3.0)
    assert counts(run(long, path=path)) == (1, 3, 0)
    after = notes(path)
    assert after["long"] == before["long"]
    assert after["longer"] == ((FIRST,), True)
    with contextlib.closing(sqlite3.connect(path)) as opened:
        assert opened.execute("PRAGMA user_version").fetchone() == (2,)
    (long / "long.wav").touch()
    assert counts(run(long, path=path, model=OTHER)) == (4, 0, 0)
    assert notes(path)["long"] == ((FIRST,), True), "it was read again, and is known better"


def test_bringing_up_that_is_broken_off_leaves_the_catalogue(
    music: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_songs(music, 2)
    run(music, path=path)
    made_old(path)
    with monkeypatch.context() as broken:
        broken.setattr(schema, "_FROM_1", (*schema._FROM_1[:2], "no SQL"))
        with pytest.raises(CatalogueError, match="cannot be used"):
            run(music, path=path)
    assert counts(run(music, path=path)) == (0, 2, 0)
    with Store(path) as store:
        assert len(store.songs(MODEL)) == 2


def test_pages_may_look_while_a_run_writes(music: Path, path: Path) -> None:
    write_songs(music, 2)
    run(music, path=path)
    with Store(path) as writer, Store(path, read_only=True) as page, writer._transaction():
        writer._db.execute("DELETE FROM readings")
        assert len(page.songs(MODEL)) == 2
    with (
        Store(path, read_only=True) as page,
        pytest.raises(CatalogueError, match="readonly"),
    ):
        page.mark_gone(["/music"])


def test_a_catalogue_that_is_not_there_is_not_made_by_looking(path: Path) -> None:
    with pytest.raises(CatalogueError):
        Store(path, read_only=True)
    assert not path.exists()


# Walking


def test_the_catalogue_goes_where_the_users_things_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(places.VARIABLE, str(tmp_path))
    assert running.default_path() == tmp_path / "cache" / "catalogue.sqlite"
    assert running.default_path().is_relative_to(places.home())
    # Without a folder it stays where everybody's catalogue lies already.
    monkeypatch.setenv(places.VARIABLE, "")
    expected = platformdirs.user_cache_path("genre-blend", appauthor=False)
    assert running.default_path() == expected / "catalogue.sqlite"


def test_the_walk_takes_songs_and_leaves_the_rest(music: Path) -> None:
    for name in ["b.MP3", "a.flac", "sub/c.opus", "cover.jpg", ".hidden.mp3", ".git/d.mp3"]:
        (music / name).parent.mkdir(parents=True, exist_ok=True)
        (music / name).write_bytes(b"x")
    (music / "circle").symlink_to(music)
    (music / "nowhere.mp3").symlink_to(music / "missing")
    os.mkfifo(music / "pipe.mp3")
    found = walk([str(music), str(music / "sub")])
    names = [Path(place).relative_to(music).as_posix() for place in found.found]
    assert names == ["a.flac", "b.MP3", "sub/c.opus"]
    assert [Path(one.place).name for one in found.failures] == ["nowhere.mp3"]


def test_a_file_that_is_named_is_tried_whatever_its_name(music: Path, path: Path) -> None:
    odd = write_song(music / "song.data", 1)
    assert counts(run(odd, path=path)) == (1, 0, 0)


def test_a_place_that_does_not_exist_is_one_sentence(music: Path, path: Path) -> None:
    with pytest.raises(CatalogueError, match="no such file or directory"):
        run(music / "nowhere", path=path)
    with pytest.raises(CatalogueError, match="cannot be listed"):
        run("memory://nowhere/at/all", path=path)
    with pytest.raises(CatalogueError, match="cannot be listed"):
        run("nonsense://music", path=path)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_names_that_are_no_text_are_read_too(music: Path, path: Path) -> None:
    write_song(music / "a.wav", 1).rename(music / os.fsdecode(b"caf\xe9.wav"))
    assert counts(run(music, path=path)) == (1, 0, 0)
    assert counts(run(music, path=path)) == (0, 1, 0)
    with Store(path) as store:
        assert Path(store.songs(MODEL)[0].place).name == "caf\\xe9.wav"


def test_urls_are_walked_and_read_like_folders(music: Path, path: Path, log: Path) -> None:
    storage = fsspec.filesystem("memory")
    try:
        for number, song in enumerate(write_songs(music, 3)):
            storage.pipe(f"/bucket/folder{number}/{song.name}", song.read_bytes())
        storage.pipe("/bucket/cover.jpg", b"x")
        assert counts(run("memory://bucket", path=path)) == (3, 0, 0)
        assert counts(run("memory://bucket", path=path)) == (0, 3, 0)
        storage.mv("/bucket/folder0/000.wav", "/bucket/moved.wav")
        storage.pipe("/bucket/folder1/001.wav", write_song(music / "x.wav", 9).read_bytes())
        assert counts(run("memory://bucket", path=path)) == (1, 2, 0)
        assert len(noted(log)) == 4
        with Store(path) as store:
            assert store.songs(MODEL)[-1].place == "memory:///bucket/moved.wav"
    finally:
        storage.rm("/bucket", recursive=True)


# What files say of themselves


def test_labels_of_an_mp3(tmp_path: Path) -> None:
    from mutagen import id3

    tags = id3.ID3()
    tags.add(id3.TPE2(text=["Various"]))
    tags.add(id3.TDRC(text=["1977-05-02"]))
    tags.add(id3.TRCK(text=["3/12"]))
    tags.save(tmp_path / "song.mp3")
    found = labels((tmp_path / "song.mp3").read_bytes(), audio.Tags(title="One"))
    assert (found.title, found.album_artist, found.year, found.track) == ("One", "Various", 1977, 3)


def test_labels_of_a_flac_reach_the_catalogue(music: Path, path: Path) -> None:
    import soundfile
    from mutagen.flac import FLAC

    music.mkdir()
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 22_050)
    soundfile.write(music / "song.flac", noise, 22_050)
    tags = FLAC(music / "song.flac")
    tags.update(artist="A", title="T", album="L", date="c. 1969?", tracknumber="07")
    tags.save()
    run(music, path=path)
    with Store(path) as store:
        (song,) = store.songs(MODEL)
    assert (song.labels.artist, song.labels.title, song.labels.album) == ("A", "T", "L")
    assert (song.labels.year, song.labels.track) == (1969, 7)


@pytest.mark.parametrize("data", [b"", b"ID3", b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + b"\xff" * 99])
def test_damaged_labels_are_none(data: bytes) -> None:
    found = labels(data, audio.Tags())
    assert (found.year, found.track, found.album_artist) == (None, None, None)


# The real thing


def test_songs_are_read_together_as_alone(music: Path, path: Path) -> None:
    """With TensorFlow: two songs of different length in one call of the network."""
    music.mkdir()
    chance = np.random.default_rng(0)
    beat = np.tile(np.geomspace(0.5, 0.001, 11_025), 40)  # Two noises a second, over a chord.
    chord = sum(np.sin(np.arange(beat.size) * hertz / 3509.0) for hertz in (220, 277, 330))
    samples = beat * chance.uniform(-1, 1, beat.size) + 0.1 * chord
    for name, piece in {"long.wav": samples, "short.wav": samples[: 4 * 22_050]}.items():
        (music / name).write_bytes(audio.wav_bytes(piece))
    model = model_key("statistics")
    catalogue([str(music)], path=path, model=model, workers=1)
    with Store(path) as store:
        songs = store.songs(model)
    assert [Path(song.place).name for song in songs] == ["long.wav", "short.wav"]
    for song in songs:
        alone = read(audio.load(song.place), model=model.name)
        assert song.blend == pytest.approx(alone.blend, abs=1e-4)
        assert song.low == pytest.approx(alone.low, abs=1e-4, nan_ok=True)
        assert (song.certainty, song.reason) == (alone.certainty, alone.reason)


def test_a_model_that_is_calibrated_again_reads_again() -> None:
    card = zoo.card("statistics")
    found = model_key("statistics").fingerprint
    assert found == zoo.fingerprint(card) != card["sha256"]
    other = card | {"thresholds": card["thresholds"] | {"together": 9.0}}
    assert zoo.fingerprint(other) != found
    assert zoo.fingerprint(card | {"temperature": 9.0}) != found
    assert zoo.fingerprint(card | {"title": "Another"}) == found


# The command


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_command(parser.add_subparsers())
    return parser.parse_args(["catalogue", "--model", "statistics", *arguments])


def test_the_command_prints_and_exports(
    music: Path, path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_songs(music, 2)
    (music / "broken.mp3").write_bytes(b"no music" * 100)
    monkeypatch.setattr(running, "catalogue", partial(catalogue, reader=read_stub))
    arguments = [str(music), "--db", str(path), "--workers", "1"]
    out = path.parent.parent / "out.json"
    assert command.run(options(*arguments, "--json", "--out", str(out))) == 1
    printed = capsys.readouterr()
    rows = json.loads(printed.out)
    assert [Path(row["file"]).name for row in rows] == ["000.wav", "001.wav", "broken.mp3"]
    assert sum(rows[0]["blend"].values()) == pytest.approx(1.0, abs=1e-3)
    assert rows[2]["error"]["kind"] == "unreadable-audio"
    assert "3 of 3 songs" in printed.err
    assert json.loads(out.read_text("utf-8")) == rows
    (music / "broken.mp3").unlink()
    assert command.run(options(*arguments)) == 0
    assert "2 songs: 0 read now, 2 known already" in capsys.readouterr().out


def test_the_command_forgets_a_folder(
    music: Path, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def forgetting(*arguments: str) -> argparse.Namespace:
        parser = argparse.ArgumentParser()
        command.add_command(parser.add_subparsers())
        return parser.parse_args(["catalogue", "--forget", *arguments])

    write_songs(music / "jazz", 2)
    write_song(music / "jazzier" / "one.wav", 7)
    with pytest.raises(CatalogueError, match="There is no catalogue"):
        command.run(forgetting(str(music), "--db", str(path)))
    run(music, path=path)
    assert command.run(forgetting(str(music / "jazz"), "--db", str(path))) == 0
    assert "2 songs taken out" in capsys.readouterr().out
    with Store(path) as store:
        assert store.places() == [str(music / "jazzier" / "one.wav")]
    assert command.run(forgetting(str(music / "jazz"), "--db", str(path))) == 1
    song = str(music / "jazzier" / "one.wav")
    assert command.run(forgetting(song, "--db", str(path))) == 0
    assert "1 song taken out" in capsys.readouterr().out
    with pytest.raises(UsageError, match="does not go together with --json"):
        command.run(forgetting(song, "--json"))


def test_an_export_that_cannot_be_written_is_refused_before_the_reading(
    music: Path, path: Path
) -> None:
    (music.parent / "taken.csv").mkdir()
    for name, kind in (
        ("out.xlsx", UsageError),
        ("nowhere/out.csv", GenreAppError),
        ("taken.csv", GenreAppError),
    ):
        with pytest.raises(kind):
            command.run(options(str(music), "--db", str(path), "--out", str(music.parent / name)))
        assert not path.exists()


def test_the_command_says_what_it_looked_for_in_vain(
    music: Path, path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(running, "catalogue", partial(catalogue, reader=read_stub))
    music.mkdir(exist_ok=True)
    arguments = [str(music), "--db", str(path), "--workers", "1"]
    assert command.run(options(*arguments)) == 0
    assert "files are tried that end in .aac, " in capsys.readouterr().out
    write_songs(music, 1)
    assert command.run(options(*arguments)) == 0
    said = capsys.readouterr()
    assert said.out.startswith("1 song: 1 read now")
    assert "1 of 1 song" in said.err


def test_progress_tells_rate_and_time_left(capsys: pytest.CaptureFixture[str]) -> None:
    now = iter([0.0, 0.0, 40.0, 80.0])
    tell = Progress(sys.stderr, clock=lambda: next(now))
    for done in (0, 20, 40):
        tell(done, 1000, failed=done // 40)
    tell.close()
    assert capsys.readouterr().err.splitlines() == [
        "20 of 1,000 songs, 30.0 a minute, about 33 minutes left",
        "40 of 1,000 songs, 30.0 a minute, about 32 minutes left, 1 cannot be read",
    ]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(59, "59 seconds"), (600, "10 minutes"), (9000, "2.5 hours"), (9e5, "10.4 days")],
)
def test_lengths_of_time_are_said_plainly(seconds: float, words: str) -> None:
    assert span(seconds) == words
