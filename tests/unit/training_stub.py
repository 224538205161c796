"""A worker without TensorFlow: epochs that pass quickly, and ends of every kind.

The title of the job says what it does: ``slow`` trains on and on, ``crash`` dies after two
epochs, ``fail`` says why it cannot; anything else is done after three epochs.
"""

import os
import sys
import threading
import time
from pathlib import Path

from genre_app.jobs.files import Folder
from genre_app.jobs.spec import Job


def epoch(folder: Folder, number: int, genres: int) -> None:
    folder.tell(
        "epoch",
        epoch=number,
        seconds=0.1,
        loss=2.0 / number,
        accuracy=1 - 0.5 / number,
        val_loss=1.0 + 0.1 * abs(number - 2),
        val_accuracy=0.5,
        confusion=[
            [2 if row == column else 1 for column in range(genres)] for row in range(genres)
        ],
    )
    # Whole or not at all, as a training does: it may be killed at any moment.
    part = folder.path / "checkpoint.part"
    part.write_text(str(number), encoding="utf-8")
    part.replace(folder.path / "checkpoint")


def die_with_parent() -> None:
    while os.read(0, 64):
        pass
    os._exit(2)


def main() -> None:
    threading.Thread(target=die_with_parent, daemon=True).start()
    folder = Folder(Path(sys.argv[1]))
    job = Job.from_json(folder.job())
    folder.tell("begun", windows=10, tracks=10, validation=5, prepared_s=0.1)
    for number in range(1, 1000 if "slow" in job.title else 4):
        while folder.commanded()[0] == "pause":
            folder.show(stage="Training", share=0.5, paused=True, epoch=number, epochs=job.epochs)
            time.sleep(0.02)
        if "crash" in job.title and number == 3:
            os._exit(3)
        if "fail" in job.title:
            folder.tell("ended", state="failed", message="There is too little music.")
            return
        epoch(folder, number, len(job.genres))
        folder.show(stage="Training", share=0.5, paused=False, epoch=number, epochs=job.epochs)
        time.sleep(0.03)
    figures = {"tracks": 5, "accuracy": 0.6, "low": 0.2, "high": 0.9}
    folder.tell("result", figures=figures, unit="tracks", seconds=1.0, cpu_seconds=1.0)
    folder.tell("ended", state="done", message="")


if __name__ == "__main__":
    main()
