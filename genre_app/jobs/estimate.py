"""About how long a training takes, before it starts.

The table was measured by ``benchmarks/training_speed.py`` (processor seconds, one thread
of a 2-core virtual machine); what past runs took on this machine corrects it.
"""

from collections.abc import Iterable
from statistics import median
from types import MappingProxyType
from typing import Final

from genre_app.jobs.spec import Job
from genre_app.jobs.store import Run

__all__ = ["LEARNING_S", "PREPARING_S", "about", "factor", "in_words"]

PREPARING_S: Final = MappingProxyType(
    {
        "blend": 0.0047,
        "statistics": 0.0005,
        "cs230-cnn": 0.0003,
        "choi-crnn": 0.0034,
        "image-cnn": 0.0008,
        "resnet50-a": 0.0006,
        "jamendo-fcn": 0.0009,
        "lse-cnn": 0.0002,
        "lse-mlp": 0.004,
        "lse-bigru": 0.0005,
        "lse-cnn-mlp": 0.006,
    }
)
"""Seconds to make a window into what the network eats."""

LEARNING_S: Final = MappingProxyType(
    {
        "blend": 0.0004,
        "statistics": 0.0004,
        "cs230-cnn": 0.012,
        "choi-crnn": 0.031,
        "image-cnn": 0.0036,
        "jamendo-fcn": 0.0052,
        "lse-cnn": 0.0012,
        "lse-mlp": 0.0054,
        "lse-bigru": 0.0026,
        "lse-cnn-mlp": 0.02,
        "resnet50-a": 0.15,
        # Not measured: as deep as resnet50-a, whose figure stands in for theirs.
        "resnet50-b": 0.15,
        "xception-a": 0.15,
        "xception-b": 0.15,
    }
)
"""Seconds to learn from a window once."""

_PREPARING_ELSE_S: Final = 0.001
_LEARNING_ELSE_S: Final = 0.02
_ALTERING_S: Final = 0.006
"""To filter, stretch and disturb one clip."""
_STARTING_S: Final = 9.0
"""TensorFlow and the subset."""
_EPOCH_S: Final = 0.2
"""Checkpoint, confusion matrix and validation of an epoch, beside the windows themselves."""
_MEASURING_S: Final = 7.0
_CLIP_S: Final = 30.0
_TRACKS: Final = MappingProxyType({"artist": 44, "random": 70, "windows": 70})
"""Training tracks a genre."""
_CHECKED: Final = MappingProxyType({"artist": 20, "random": 10, "windows": 10})
_REMEMBERED: Final = 5


def about(job: Job, *, factor: float = 1.0) -> float:
    """Give the seconds that a job takes, roughly.

    Parameters
    ----------
    job : Job
    factor : float
        How much slower than the table this machine is (:func:`factor`).
    """
    kind = job.kind
    tracks = min(job.tracks or 100, _TRACKS[job.split]) * len(job.genres)
    pieces = max(1, round(_CLIP_S / job.window_s + 0.4))
    augmented = job.augmented and job.split != "windows"
    windows = tracks * (job.versions + job.clean * pieces if augmented else pieces)
    checked = _CHECKED[job.split] * len(job.genres) * pieces
    preparing = windows * PREPARING_S.get(kind.name, _PREPARING_ELSE_S)
    preparing += tracks * job.versions * _ALTERING_S if augmented else 0.0
    if kind.trees:
        learning = 30.0
    else:
        window = LEARNING_S.get(kind.name, _LEARNING_ELSE_S) * job.window_s / _own_length(job)
        # To answer takes a third of what learning does; validation answers twice.
        learning = job.epochs * (window * (windows + checked * 0.7) + _EPOCH_S)
    return factor * (_STARTING_S + preparing + learning + _MEASURING_S)


def factor(runs: Iterable[Run]) -> float:
    """Say how much slower than the table this machine was lately (1 without any run)."""
    seen = []
    for run in runs:
        ran_on = run.job.patience is None and not run.job.resumes
        if run.state == "done" and ran_on and run.started and run.ended:
            seen.append((run.ended - run.started) / about(run.job))
    return min(10.0, max(0.2, median(seen[:_REMEMBERED]))) if seen else 1.0


def in_words(seconds: float) -> str:
    """Write an estimate as what it is: ``"about 40 s"``, ``"about 3 min"``."""
    if seconds < 90:
        return f"about {max(5, round(seconds / 5) * 5)} s"
    if seconds < 5400:
        return f"about {round(seconds / 60)} min"
    return f"about {seconds / 3600:.1f} h"


def _own_length(job: Job) -> float:
    from genre_app import architectures

    return architectures.get(job.architecture).window_s
