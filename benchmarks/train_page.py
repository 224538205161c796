"""What the Train page promises, measured on real trainings as the page starts them.

    PYTHONPATH=. python benchmarks/train_page.py [--skip PART ...]

Parts: minute (the preset of one minute: seconds and accuracy), cancel (from the command to
an idle machine), listen (a reading while a training runs, against the same alone), fifty (how
much the server's memory grows over fifty tiny trainings), leak (the same small network under
both protocols), windows (windows of a track on both sides, beside its honest twin), fine (the
six fine-tunings of the CS230 report), tables (its Tables 2 to 4), choose (validation accuracy
and seconds of settings for the preset of one minute; the test is not looked at). The last
three take long and are left out unless asked for by ``--only``.

Seconds are from the click to the result, the start of the training's process included.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import psutil

from genre_app import audio, examples
from genre_app.jobs import presets
from genre_app.jobs.manager import Manager
from genre_app.jobs.spec import Job
from genre_app.jobs.store import Run
from genre_app.reading import read

PARTS: Final = (
    "minute",
    "cancel",
    "listen",
    "fifty",
    "leak",
    "windows",
    "fine",
    "tables",
    "choose",
)
LONG: Final = ("fine", "tables", "choose")


def until_idle(manager: Manager) -> None:
    while manager.active():
        time.sleep(0.01)


def trained(manager: Manager, jobs: Sequence[Job]) -> list[Run]:
    """Train, wait, and give the runs in their order."""
    ids = manager.submit(jobs)
    until_idle(manager)
    return [manager.run(name) for name in ids]


def line(run: Run, seconds: float | None = None) -> str:
    found = run.result
    if found is None:
        return f"{run.job.title}: {run.state} {run.message}"
    test = found["figures"]
    spent = "" if seconds is None else f", {seconds:.1f} s from the click"
    return (
        f"{run.job.title}: {test['accuracy']:.1%} of {test['tracks']} test {found['unit']} "
        f"({test['low']:.1%} to {test['high']:.1%}){spent}"
    )


def minute(manager: Manager) -> None:
    began = time.perf_counter()
    (run,) = trained(manager, [presets.PRESETS["minute"]])
    print(line(run, time.perf_counter() - began), flush=True)


def cancel(manager: Manager) -> None:
    spent = []
    for _ in range(5):
        (name,) = manager.submit([presets.PRESETS["lesson"]])
        while not manager.run(name).epochs:
            time.sleep(0.05)
        began = time.perf_counter()
        manager.cancel(name)
        until_idle(manager)
        spent.append(time.perf_counter() - began)
    print(f"cancel to idle: median {statistics.median(spent):.2f} s, worst {max(spent):.2f} s")


def listen(manager: Manager) -> None:
    recording = audio.load(examples.wav("swing-combo"), max_seconds=30)
    read(recording)

    def median() -> float:
        spent = []
        for _ in range(15):
            began = time.perf_counter()
            read(recording)
            spent.append(time.perf_counter() - began)
        return statistics.median(spent)

    alone = median()
    (name,) = manager.submit([presets.PRESETS["lesson"]])
    while not manager.run(name).epochs:
        time.sleep(0.05)
    beside = median()
    manager.cancel(name)
    until_idle(manager)
    print(f"reading: {alone:.3f} s alone, {beside:.3f} s beside a training: {beside / alone:.1f} x")


def fifty(manager: Manager) -> None:
    tiny = Job.of(
        "statistics", genres=("classical", "metal"), tracks=3, epochs=1, augmented=False, title="T"
    )
    process = psutil.Process()
    trained(manager, [tiny])
    before = process.memory_info().rss
    for _ in range(5):
        trained(manager, [tiny] * 10)
    grown = (process.memory_info().rss - before) / 2**20
    print(f"after fifty trainings the server holds {grown:+.1f} MB more", flush=True)


def several(manager: Manager, jobs: Sequence[Job]) -> None:
    for job in jobs:
        (run,) = trained(manager, [job])
        print("  " + line(run), flush=True)


def fine(manager: Manager) -> None:
    base = Job.of("choi-crnn", title="Base", epochs=15)
    (first,) = trained(manager, [base])
    print("  " + line(first), flush=True)
    several(manager, presets.fine_tuning(base=first.id))


def choose(manager: Manager) -> None:
    for versions, clean, epochs in (
        *((1, 1, epochs) for epochs in (20, 40, 60)),
        *((2, 1, epochs) for epochs in (20, 40)),
        (3, 1, 20),
    ):
        job = Job.of("statistics", versions=versions, clean=clean, epochs=epochs, title="Choice")
        began = time.perf_counter()
        (run,) = trained(manager, [job])
        spent = time.perf_counter() - began
        counts = np.array(run.epochs[-1]["confusion"])
        print(
            f"  {versions} altered and {clean} clean versions, {epochs} epochs: "
            f"{np.trace(counts) / counts.sum():.1%} of {counts.sum()} validation tracks, "
            f"{spent:.0f} s from the click",
            flush=True,
        )


def main() -> None:
    """Measure the parts that are asked for."""
    parser = argparse.ArgumentParser(description="Measure what the Train page promises.")
    parser.add_argument("--skip", nargs="+", choices=PARTS, default=list(LONG))
    parser.add_argument("--only", nargs="+", choices=PARTS)
    options = parser.parse_args()
    wanted = options.only or [part for part in PARTS if part not in options.skip]
    print(f"load {psutil.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        manager = Manager(Path(folder))
        for part in wanted:
            print(f"{part}:", flush=True)
            match part:
                case "minute":
                    minute(manager)
                case "cancel":
                    cancel(manager)
                case "listen":
                    listen(manager)
                case "fifty":
                    fifty(manager)
                case "leak":
                    several(manager, presets.leak())
                case "windows":
                    several(manager, presets.window_mistake())
                case "fine":
                    fine(manager)
                case "tables":
                    for name in presets.SWEEPS:
                        print(f"  {name}")
                        several(manager, presets.sweep(name))
                case "choose":
                    choose(manager)
        manager.close()


if __name__ == "__main__":
    main()
