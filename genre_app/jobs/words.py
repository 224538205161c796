"""What came of a training, in sentences that cannot be taken for more than they are."""

from collections.abc import Sequence
from typing import Any, Final

from genre_app.jobs.spec import Job
from genre_app.jobs.store import Run

__all__ = ["SPLIT_WORDS", "STATE_WORDS", "leak_message", "result_message", "row", "settings"]

SPLIT_WORDS: Final = {
    "artist": "Artists kept apart (honest)",
    "random": "Tracks at random (flatters)",
    "windows": "Windows shuffled (a mistake)",
}
STATE_WORDS: Final = {
    "queued": "waiting",
    "running": "training",
    "done": "done",
    "cancelled": "cancelled",
    "failed": "failed",
    "interrupted": "interrupted",
}


def result_message(run: Run) -> str:
    """Say how a run did on the test part, and what the figure is worth."""
    result = run.result
    if result is None:
        return "It has not been measured on the test part."
    figures = result["figures"]
    unit = result["unit"]
    text = (
        f"{_interval(figures)} of {figures['tracks']} test {unit} right "
        f"(split: {SPLIT_WORDS[run.job.split].lower()}; {result['seconds']:.0f} s)."
    )
    if run.job.split == "random":
        text += (
            " The same artists stand on both sides, which flatters every network: believe only "
            "the twin with the artists kept apart."
        )
    if run.job.split == "windows":
        text += (
            " This figure is worth nothing: windows of every test track were learnt from. Its "
            "interval does not help either. Look at the twin with the artists kept apart."
        )
    return text


def leak_message(runs: Sequence[Run]) -> str:
    """Say what the difference between runs of a group under several splits means."""
    done = {run.job.split: run for run in runs if run.result is not None}
    honest = done.pop("artist", None)
    if honest is None or not done:
        return "The lesson is the difference between the two; it comes when both are done."
    return " ".join(_gap(run, honest) for run in done.values())


def _gap(run: Run, honest: Run) -> str:
    """Say by how much a run under a leaking split is ahead, and what else differs than the leak."""
    said, worth = _figures(run), _figures(honest)
    gap = 100 * (said["accuracy"] - worth["accuracy"])
    text = "; ".join(f"{SPLIT_WORDS[one.job.split]}: {_measured(one)}" for one in (run, honest))
    text += f". That is {gap:+.0f} points with the same network and the same settings."
    more = run.begun.get("tracks", 0) > honest.begun.get("tracks", 0) > 0
    learnt = "it also learnt from more tracks and" if more else "it also"
    asked = "single windows, not whole tracks" if run.job.split == "windows" else "other tracks"
    if round(gap) <= 0:
        return (
            f"{text} What it knew of the test music beforehand does not show this time. That is "
            f"no proof that it does no harm: {learnt} was asked about {asked}, and with so few "
            "tracks chance has a large share."
        )
    text += (
        " A good part of it can be what it knew of the test music beforehand; "
        f"{learnt} was asked about {asked}."
    )
    if said["low"] <= worth["high"]:
        text += " The intervals overlap: it may also be chance."
    return text


def _measured(run: Run) -> str:
    figures, begun = _figures(run), run.begun
    text = f"{_interval(figures)} of {figures['tracks']} test {run.result['unit']} right"  # type: ignore[index]
    return f"{text}, learnt from {begun['tracks']} tracks" if "tracks" in begun else text


def _figures(run: Run) -> dict[str, Any]:
    return dict(run.result["figures"])  # type: ignore[index]  # Of a run that has a result.


def settings(job: Job) -> str:
    """Give a run's settings in a line."""
    parts = [
        job.kind.title,
        f"{len(job.genres)} genres",
        f"{job.window_s:g} s windows",
        f"{job.epochs} epochs",
        f"batch {job.batch}",
        f"{job.optimiser} {job.learning_rate:g}",
        _altered(job),
    ]
    if job.tracks is not None:
        parts.append(f"at most {job.tracks} tracks a genre")
    if job.dropout is not None:
        parts.append(f"dropout {job.dropout:.0%}")
    if job.patience is not None:
        parts.append(f"stops after {job.patience} epochs without gain")
    return ", ".join([*parts, f"seed {job.seed}"])


def row(run: Run) -> dict[str, Any]:
    """Give a run as a row of a table."""
    result = run.result or {"figures": {}, "seconds": None, "unit": ""}
    figures = result["figures"]
    checked = run.curve("val_accuracy")
    return {
        "Run": run.title,
        "State": STATE_WORDS[run.state],
        "Split": SPLIT_WORDS[run.job.split],
        "Validation (%)": round(100 * checked[-1], 1) if checked else None,
        "Test (%)": round(100 * figures["accuracy"], 1) if figures else None,
        "95 % from": round(100 * figures["low"], 1) if figures else None,
        "95 % to": round(100 * figures["high"], 1) if figures else None,
        "Measured on": f"{figures['tracks']} {result['unit']}" if figures else "",
        "Epochs": len(run.epochs),
        "Seconds": result["seconds"],
        "Seed": run.job.seed,
        "Kept as": run.kept,
        "Settings": settings(run.job),
    }


def _altered(job: Job) -> str:
    if not job.augmented:
        return "sounds as recorded"
    if job.versions == 1:
        return "an altered version of each track"
    return f"{job.versions} altered versions of each track"


def _interval(figures: dict[str, Any]) -> str:
    return (
        f"{100 * figures['accuracy']:.0f} % "
        f"(95 % interval {100 * figures['low']:.0f} to {100 * figures['high']:.0f} %"
        # Runs of earlier versions counted each track as if it were by another artist.
        f"{', drawn by artist' if figures.get('artists') else ''})"
    )
