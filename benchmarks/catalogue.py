"""How fast a folder of songs is catalogued, here and "the way the peers do it".

    PYTHONPATH=. python benchmarks/catalogue.py [--clips N] [--songs DIR] [--model NAME]
        [--rows N] [--skip PART ...]

Every line is a process of its own, from its start to its end, on files that were
read once before. The peers' way is that of read_song.py, song by song in one process.
"Memory" is the peak of the resident sizes of a process and its children together;
pages that they share count for each.

Parts: one (one process), local (a process a core), dask (a scheduler and two workers,
which are running already), peers, rerun (a catalogue of N rows in which nothing is new).
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from numpy.typing import NDArray

from genre_app import zoo
from genre_app.catalogue.rows import Found, Labels, ModelKey, Outcome
from genre_app.catalogue.run import catalogue, model_key
from genre_app.catalogue.store import Store
from genre_app.catalogue.walk import walk
from genre_app.reading import Reading

ROOT = Path(__file__).resolve().parents[1]
SONGS = ROOT.parent / "shared" / "gtzan" / "audio"
PARTS = ("one", "local", "dask", "peers", "rerun")


@dataclass(frozen=True)
class Measured:
    """Wall-clock time and largest memory of a process and its children."""

    seconds: float
    peak_bytes: int


def measured(arguments: Sequence[str]) -> Measured:
    """Run this script again as something to be measured."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, __file__, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
    )
    peak = 0
    while process.poll() is None:
        peak = max(peak, resident(process.pid))
        time.sleep(0.25)  # Looking through all processes takes milliseconds of a core.
    seconds = time.perf_counter() - began
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with {process.returncode}")
    return Measured(seconds, peak)


def resident(process: int) -> int:
    total = 0
    try:
        top = psutil.Process(process)
        everyone = [top, *top.children(recursive=True)]
    except psutil.Error:
        return 0
    for one in everyone:
        try:
            total += one.memory_info().rss
        except psutil.Error:
            continue  # It has just ended.
    return total


def tell(what: str, found: Measured, songs: int) -> None:
    print(
        f"{what:34} {found.seconds:8.1f} s {songs / found.seconds:8.2f} songs/s "
        f"{found.peak_bytes / 2**20:8.0f} MB",
        flush=True,
    )


# Songs ----------------------------------------------------------------------------------


def make_songs(source: Path, folder: Path, count: int) -> None:
    """Copy songs until there are enough, each copy with bytes of its own at its end."""
    originals = list(walk([str(source)]).found.values())
    if not originals:
        raise SystemExit(f"there are no songs in {source}: name another folder with --songs")
    for number in range(count):
        original = Path(originals[number % len(originals)].path)
        turn = number // len(originals)
        place = folder / f"{number:05}{original.suffix}"
        place.write_bytes(original.read_bytes() + bytes([turn % 256] * bool(turn)))


def read_as_peers(folder: Path) -> None:
    """Read every song the way the peers do it."""
    from read_song import peers, peers_network  # type: ignore[import-not-found]

    network = peers_network()
    for path in sorted(folder.iterdir()):
        peers(path, network)


# A cluster ------------------------------------------------------------------------------


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """Start a scheduler and two workers with one thread each, and give the address."""
    file = folder / "scheduler.json"
    parts = [["scheduler", "--host", "127.0.0.1", "--port", "0"]]
    parts += [["worker", "--nthreads", "1", "--no-nanny"]] * 2
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "dask", *part, "--scheduler-file", file, "--no-dashboard"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for part in parts
    ]
    try:
        while not file.exists():
            time.sleep(0.1)
        address = str(json.loads(file.read_text("utf-8"))["address"])
        from distributed import Client

        connect: Callable[[str], Client] = Client
        with connect(address) as client:
            client.wait_for_workers(2, timeout=60)
        yield address
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


# A large catalogue ----------------------------------------------------------------------


def make_catalogue(folder: Path, path: Path, count: int, model: ModelKey) -> float:
    """Make files and rows as if they had been read; give the seconds of saving."""
    chance = np.random.default_rng(0)
    outcomes = []
    for number in range(count):
        place = folder / f"{number // 100:04}" / f"{number:06}.mp3"
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(str(number).encode())
        blends = chance.dirichlet(np.full(len(model.genres), 0.3), size=80)
        starts: NDArray[np.float64] = np.arange(0.0, 240.0, 3.0)
        outcomes.append(
            Outcome(
                Found("", "", 0, ""),
                hashlib.sha256(place.read_bytes()).hexdigest(),
                Labels(f"Title {number}", f"Artist {number // 12}", f"Album {number // 12}"),
                "MP3",
                249.0,
                Reading(
                    place.name,
                    model.name,
                    model.genres,
                    249.0,
                    blends.mean(axis=0),
                    blends.min(axis=0),
                    blends.max(axis=0),
                    "mixed",
                    "Made up for a measurement, as long as such a sentence usually is.",
                    starts,
                    starts + 12.0,
                    blends,
                ),
            )
        )
    found = list(walk([str(folder)]).found.values())
    rows = [
        Outcome(one, row.content, row.labels, row.format, row.duration_s, row.reading)
        for one, row in zip(found, outcomes, strict=True)
    ]
    began = time.perf_counter()
    with Store(path) as store:
        for start in range(0, count, 16):
            store.save(rows[start : start + 16], model)
    return time.perf_counter() - began


# The measurements -----------------------------------------------------------------------


def measure(options: argparse.Namespace, folder: Path) -> None:
    songs, clips = folder / "songs", options.clips
    songs.mkdir()
    parts = [part for part in PARTS if part not in options.skip]
    if set(parts) - {"rerun"}:
        make_songs(options.songs, songs, clips)
    print(f"{clips} songs, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    found: dict[str, Measured] = {}
    for part, workers in (("one", "1"), ("local", str(os.cpu_count() or 1))):
        if part in parts:
            path = str(folder / f"{part}.sqlite")
            found[part] = measured(["--as", "run", options.model, str(songs), path, workers])
            tell(f"catalogue, {workers} process(es)", found[part], clips)
    if "dask" in parts:
        with cluster(folder) as address:
            path = str(folder / "dask.sqlite")
            # The coordinator's memory alone: the workers are nobody's children here.
            found["dask"] = measured(["--as", "run", options.model, str(songs), path, "2", address])
        tell("catalogue, Dask, 2 workers", found["dask"], clips)
    if "peers" in parts:
        found["peers"] = measured(["--as", "peers", str(songs)])
        tell("the peers' way", found["peers"], clips)
    if "peers" in found:
        for part in found.keys() - {"peers"}:
            ratio = found["peers"].seconds / found[part].seconds
            print(f"{'ratio to ' + part:34} {ratio:8.1f}")
    if "local" in found and "dask" in found:
        ratio = found["local"].seconds / found["dask"].seconds
        print(f"{'throughput, Dask to local':34} {ratio:8.2f}")
    if "rerun" in parts:
        measure_rerun(folder, options.rows, options.model)


def measure_rerun(folder: Path, rows: int, model: str) -> None:
    (folder / "many").mkdir()
    path = folder / "many.sqlite"
    seconds = make_catalogue(folder / "many", path, rows, model_key(model))
    print(f"{'saving rows of 4-minute songs':34} {rows / seconds:8.0f} songs/s")
    print(f"{'catalogue on disk':34} {path.stat().st_size / rows:8.0f} bytes a song")
    again = ["--as", "run", model, str(folder / "many"), str(path), "2"]
    times = [measured(again).seconds for _ in range(3)]
    print(f"{f'rerun over {rows:,} known songs':34} {sorted(times)[1]:8.2f} s (median of 3)")


def be_measured(what: str, arguments: Sequence[str]) -> None:
    if what == "peers":
        read_as_peers(Path(arguments[0]))
        return
    model, place, path, workers, *scheduler = arguments
    report = catalogue(
        [place],
        path=Path(path),
        model=model_key(model),
        workers=int(workers),
        scheduler=scheduler[0] if scheduler else None,
    )
    if report.failures:
        raise SystemExit(f"{len(report.failures)} songs could not be read")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--clips", type=int, default=200, help="songs (default: 200)")
    parser.add_argument("--songs", type=Path, default=SONGS, help="folder to take them from")
    parser.add_argument("--model", default=zoo.DEFAULT, help="a name that 'models' lists")
    parser.add_argument("--rows", type=int, default=10_000, help="songs of the rerun")
    parser.add_argument("--skip", nargs="*", default=[], choices=PARTS)
    parser.add_argument("--as", dest="role", help=argparse.SUPPRESS)
    parser.add_argument("arguments", nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.role:
        be_measured(options.role, options.arguments)
        return
    with tempfile.TemporaryDirectory() as folder:
        measure(options, Path(folder))


if __name__ == "__main__":
    main()
