"""Ready settings, and trainings that teach something only side by side."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final
from uuid import uuid4

from genre_app.architectures.fine_tuning import FINE_TUNED_GENRES, FINE_TUNINGS
from genre_app.jobs.spec import Job

__all__ = [
    "PRESETS",
    "PRESET_WORDS",
    "SWEEPS",
    "VARIANT_TITLES",
    "fine_tuning",
    "leak",
    "seeds",
    "sweep",
    "window_mistake",
]

PRESETS: Final[Mapping[str, Job]] = MappingProxyType(
    {
        "minute": Job.of("statistics", title="One minute", epochs=40, versions=1, clean=1),
        "lesson": Job.of("statistics", title="Lesson", epochs=60, versions=8, clean=2, patience=15),
        "thorough": Job.of("blend", title="Thorough", epochs=40, versions=16, clean=2),
    }
)

PRESET_WORDS: Final = MappingProxyType(
    {"minute": "One minute", "lesson": "Lesson (5 minutes)", "thorough": "Thorough"}
)

VARIANT_TITLES: Final = MappingProxyType(
    {
        "adam-unfrozen": "Adam, nothing frozen",
        "adam-frozen-4-gru": "Adam, 3 blocks frozen, 4 GRU",
        "adam-frozen-gru-3-lstm": "Adam, 3 blocks frozen, GRU + 3 LSTM",
        "sgd-unfrozen": "SGD, nothing frozen",
        "sgd-frozen-4-gru": "SGD, 3 blocks frozen, 4 GRU",
        "sgd-frozen-gru-3-lstm": "SGD, 3 blocks frozen, GRU + 3 LSTM",
    }
)
"""The six variants of the report, on screen."""

_SMALL: Final = Job.of("statistics", epochs=30, augmented=False)

_NOVEL: Final = Job.of("cs230-cnn", epochs=15)

SWEEPS: Final[Mapping[str, tuple[str, tuple[Mapping[str, Any], ...]]]] = MappingProxyType(
    {
        "table-2": (
            "Table 2: learning rate, with and without normalisation (30 s, 19 tracks a genre)",
            tuple(
                {
                    "title": f"rate {rate:g}, {'normalised' if scaled else 'as it is'}",
                    "learning_rate": rate,
                    "window_s": 30.0,
                    "tracks": 19,
                    "options": {"normalise": scaled, "hidden_units": None},
                }
                for scaled in (False, True)
                for rate in (5e-4, 1e-4, 5e-5)
            ),
        ),
        "table-3": (
            "Table 3: length of the clips and amount of data",
            tuple(
                {
                    "title": f"{seconds:g} s, {tracks or 'all'} tracks a genre",
                    "window_s": seconds,
                    "tracks": tracks,
                    "options": {"hidden_units": None},
                }
                for seconds, tracks in ((30.0, 20), (30.0, None), (10.0, None))
            ),
        ),
        "table-4": (
            "Table 4: hidden units, activation and dropout",
            tuple(
                {
                    "title": f"{units} {activation}, dropout {dropout:.0%}",
                    "dropout": dropout,
                    "options": {"hidden_units": units, "activation": activation},
                }
                for units, activation, dropout in (
                    (10, "relu", 0.0),
                    (10, "tanh", 0.0),
                    (100, "tanh", 0.2),
                    (100, "tanh", 0.5),
                    (100, "tanh", 0.7),
                )
            ),
        ),
    }
)
"""The experiments of the CS230 report's Tables 2 to 4: a sentence, and what changes."""


def leak(*, seed: int = 0) -> tuple[Job, ...]:
    """Give the same small network under both protocols."""
    group = _group("leak")
    small = replace(_SMALL, seed=seed, group=group)
    return (
        replace(small, title="Artists kept apart", split="artist"),
        replace(small, title="Tracks at random", split="random"),
    )


def window_mistake(*, seed: int = 0) -> tuple[Job, ...]:
    """Give the mistake, windows of a track on both sides, and beside it the honest twin.

    Three-second windows, ten a track: the shorter, the more of its neighbours
    a window finds in the training part.
    """
    group = _group("windows")
    short = replace(_SMALL, window_s=3.0, seed=seed, group=group, epochs=60, batch=64, dropout=0.1)
    return (
        replace(short, title="Artists kept apart, 3 s"),
        replace(short, title="MISTAKE: windows of a track on both sides", split="windows"),
    )


def fine_tuning(
    *, base: str, epochs: int = 15, genres: tuple[str, ...] = FINE_TUNED_GENRES, seed: int = 0
) -> tuple[Job, ...]:
    """Give the report's six variants.

    Parameters
    ----------
    base : str
        The run whose ``choi-crnn`` they go on from; it may still be to come.
    """
    group = _group("fine-tuning")
    return tuple(
        Job.of(
            "choi-crnn",
            title=VARIANT_TITLES[name],
            genres=genres,
            epochs=epochs,
            optimiser=way.optimiser,
            learning_rate=way.recipe.learning_rate,
            batch=way.recipe.batch,
            fine_tuning=name,
            base=base,
            group=group,
            seed=seed,
        )
        for name, way in FINE_TUNINGS.items()
    )


def sweep(name: str, *, epochs: int | None = None) -> tuple[Job, ...]:
    """Give the trainings of one of the report's tables."""
    group = _group(name)
    changes = {} if epochs is None else {"epochs": epochs}
    return tuple(
        replace(_NOVEL, group=group, **{**one, **changes}).checked() for one in SWEEPS[name][1]
    )


def seeds(job: Job, count: int) -> tuple[Job, ...]:
    """Give the same training with several seeds: how far chance alone moves the curves."""
    if count == 1:
        return (job,)
    group = _group("seeds")
    return tuple(
        replace(job, seed=seed, group=group, title=f"{job.title}, seed {seed}")
        for seed in range(job.seed, job.seed + count)
    )


def _group(kind: str) -> str:
    return f"{kind}-{uuid4().hex[:8]}"
