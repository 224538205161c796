"""A run's folder, through which the process that trains and those that look talk.

Files
-----
``job.json``
    What is wanted.
``events.jsonl``
    A line an event, only ever appended to: epochs with curves and confusion, the result,
    the end. A line that a crash cut short is ignored.
``progress.json``
    What is being done now; replaced several times a second.
``command``
    What the visitor wants of it: ``run``, ``pause``, ``step N`` or ``cancel``.
``checkpoint.keras``
    The network after the last whole epoch; ``checkpoint`` says which that was.
``best.keras``
    Where a training may stop early, the network after its best epoch; ``best`` says which
    that was, and its validation loss.
``model/``
    What can be kept as a model; there only once it is complete.
``worker.log``
    What the libraries print.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from genre_app.files import write_whole

__all__ = ["COMMANDS", "Folder"]

COMMANDS: Final = ("run", "pause", "step", "cancel")


@dataclass(frozen=True)
class Folder:
    """The files of one run."""

    path: Path

    def create(self, job: str) -> None:
        """Make the folder, with what is wanted in it."""
        self.path.mkdir(parents=True, exist_ok=True)
        write_whole(self.path / "job.json", job.encode())

    @property
    def model(self) -> Path:
        """Where the model stands once it is complete."""
        return self.path / "model"

    @property
    def checkpoint(self) -> Path:
        """The network after the last whole epoch; after the best, once it has stopped early."""
        return self.path / "checkpoint.keras"

    @property
    def best(self) -> Path:
        """The network after the best epoch so far, where the training may stop early."""
        return self.path / "best.keras"

    def job(self) -> str:
        """Give what is wanted."""
        return (self.path / "job.json").read_text(encoding="utf-8")

    def tell(self, kind: str, **values: Any) -> None:  # noqa: ANN401
        """Append an event."""
        line = json.dumps({"kind": kind, **values}, allow_nan=False) + "\n"
        with (self.path / "events.jsonl").open("a", encoding="utf-8") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    def events(self) -> list[dict[str, Any]]:
        """Give the events so far, those that are whole."""
        try:
            lines = (self.path / "events.jsonl").read_text(encoding="utf-8").split("\n")
        except FileNotFoundError:
            return []
        found = []
        for line in lines:
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
        return [event for event in found if isinstance(event, dict)]

    def show(self, **values: Any) -> None:  # noqa: ANN401
        """Say what is being done now."""
        write_whole(self.path / "progress.json", json.dumps(values).encode(), lasting=False)

    def progress(self) -> dict[str, Any]:
        """Give what is being done now; nothing before the first word."""
        try:
            return dict(json.loads((self.path / "progress.json").read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError):
            return {}

    def command(self, word: str) -> None:
        """Tell the process what is wanted of it; every ``step`` is another one.

        Raises
        ------
        ValueError
            There is no such command.
        """
        if word not in COMMANDS:
            raise ValueError(f"unknown command {word!r}")
        if word == "step":
            word = f"step {self.commanded()[1] + 1}"
        elif word != "cancel":
            word = f"{word} {self.commanded()[1]}"
        write_whole(self.path / "command", word.encode(), lasting=False)

    def commanded(self) -> tuple[str, int]:
        """Give the last command, and how many steps have been asked for."""
        try:
            word, _, count = (self.path / "command").read_text(encoding="utf-8").partition(" ")
        except FileNotFoundError:
            return "run", 0
        return word, int(count or 0)

    def checkpoint_epoch(self) -> int:
        """Say after which epoch the checkpoint was taken; 0: there is none."""
        try:
            return int((self.path / "checkpoint").read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return 0

    def keep_best(self, network: Path, epoch: int, val_loss: float) -> None:
        """Keep a network as the best so far."""
        write_whole(self.best, network.read_bytes())
        number = json.dumps({"epoch": epoch, "val_loss": val_loss})
        write_whole(self.path / "best", number.encode())

    def best_epoch(self) -> tuple[int, float] | None:
        """Give the best epoch so far and its validation loss, if they are known."""
        try:
            found = json.loads((self.path / "best").read_text(encoding="utf-8"))
            return int(found["epoch"]), float(found["val_loss"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None
