"""The same run on a Dask cluster: a scheduler and workers in processes of their own."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from catalogue_stubs import (  # type: ignore[import-not-found]
    LOG,
    MODEL,
    noted,
    processes,
    read_or_die,
    read_slowly,
    write_song,
    write_songs,
)

from genre_app.catalogue.rows import CatalogueError
from genre_app.catalogue.run import Report, catalogue
from genre_app.catalogue.store import Store

pytest.importorskip("distributed")

HERE = Path(__file__).parent
ROOT = Path(__file__).parents[2]


class Cluster:
    """A scheduler on the loopback interface, and its workers."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "scheduler.json"
        self._folder = folder
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0")
        self.workers: list[subprocess.Popen[bytes]] = []

    @property
    def address(self) -> str:
        """Where it listens, as soon as it does."""
        # The file is there a moment before what it says; its last brace is not indented.
        until(lambda: self._file.exists() and self._file.read_text("utf-8").endswith("\n}"))
        return str(json.loads(self._file.read_text("utf-8"))["address"])

    def add_worker(self, *options: str) -> None:
        """Start a worker; it joins by itself."""
        self.workers.append(self._start("worker", "--nthreads", "1", *options))

    def _start(self, what: str, *options: str) -> subprocess.Popen[bytes]:
        where = ["--scheduler-file", str(self._file), "--no-dashboard"]
        return subprocess.Popen(
            [sys.executable, "-m", "dask", what, *where, *options],
            cwd=self._folder,
            env={
                **os.environ,
                "PYTHONPATH": f"{ROOT}{os.pathsep}{HERE}",
                # A task that has ended a worker by itself is given up; after 4 by default.
                "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0",
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def close(self) -> None:
        """End them all."""
        for process in [*self.workers, self.scheduler]:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(LOG, str(tmp_path / "log"))
    return tmp_path / "log"


@pytest.fixture
def cluster(tmp_path: Path, log: Path) -> Iterator[Cluster]:
    started = Cluster(tmp_path)
    yield started
    started.close()


def until(true: Callable[[], object], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def test_a_worker_is_killed_and_nothing_is_lost_or_stored_twice(
    tmp_path: Path, cluster: Cluster, log: Path
) -> None:
    songs = write_songs(tmp_path / "music", 24)
    cluster.add_worker("--no-nanny")
    cluster.add_worker("--no-nanny")
    saved: list[int] = []

    def kill_one(done: int, total: int, failed: int) -> None:
        # After the second chunk that came back, when both are at work.
        saved.append(done)
        if len(saved) == 2:
            cluster.workers[0].kill()

    report = catalogue(
        [str(tmp_path / "music")],
        path=tmp_path / "catalogue.sqlite",
        model=MODEL,
        scheduler=cluster.address,
        reader=read_slowly,
        tell=kill_one,
    )
    assert cluster.workers[0].wait(5) == -signal.SIGKILL
    assert cluster.workers[1].poll() is None
    assert (report.read, report.known, report.failures) == (24, 0, ())
    assert saved[0] < 24, "results should come back as they are finished"
    assert saved == sorted(saved)
    with Store(tmp_path / "catalogue.sqlite") as store:
        found = store.songs(MODEL)
        assert store._db.execute("SELECT count(*) FROM readings").fetchone() == (24,)
    assert [song.place for song in found] == [str(song) for song in songs]
    assert len({song.content for song in found}) == 24
    assert os.getpid() not in processes(log), "nothing should be read here"


def test_a_song_that_kills_every_worker_is_listed(
    tmp_path: Path, cluster: Cluster, log: Path
) -> None:
    write_songs(tmp_path / "music", 5)
    write_song(tmp_path / "music" / "killer.wav", 66)
    cluster.add_worker("--nworkers", "2")  # With a nanny, which starts another in its place.
    report = catalogue(
        [str(tmp_path / "music")],
        path=tmp_path / "catalogue.sqlite",
        model=MODEL,
        scheduler=cluster.address,
        reader=read_or_die,
    )
    assert (report.read, len(report.failures)) == (5, 1)
    assert report.failures[0].problem.kind == "crashed"
    assert noted(log).count("killed") >= 2, "once with others, once alone"


def test_a_scheduler_that_goes_away_ends_the_run_and_keeps_the_songs(
    tmp_path: Path, cluster: Cluster
) -> None:
    write_songs(tmp_path / "music", 24)
    cluster.add_worker("--no-nanny")
    ended: list[BaseException | Report] = []

    def tell(done: int, total: int, failed: int) -> None:
        if done:
            cluster.scheduler.kill()

    def work() -> None:
        try:
            ended.append(
                catalogue(
                    [str(tmp_path / "music")],
                    path=tmp_path / "catalogue.sqlite",
                    model=MODEL,
                    scheduler=cluster.address,
                    reader=read_slowly,
                    tell=tell,
                )
            )
        except CatalogueError as error:
            ended.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(60)
    assert ended, "the run should not wait for ever"
    assert isinstance(ended[0], CatalogueError)
    with Store(tmp_path / "catalogue.sqlite") as store:
        assert 0 < len(store.songs(MODEL)) < 24


def test_an_address_where_nobody_answers_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from genre_app.catalogue import parallel

    monkeypatch.setattr(parallel, "_CONNECT_S", 1)
    write_songs(tmp_path / "music", 1)
    for address in ("tcp://127.0.0.1:9", "nonsense", "127.0.0.1", "tcp://127.0.0.1"):
        if not address.endswith(":9"):  # A client of it would take half a minute to end.
            monkeypatch.setattr("distributed.Client", lambda *_, **__: pytest.fail("begun"))
        with pytest.raises(CatalogueError, match="No Dask scheduler answers"):
            catalogue(
                [str(tmp_path / "music")],
                path=tmp_path / "catalogue.sqlite",
                model=MODEL,
                scheduler=address,
            )
