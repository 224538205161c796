"""What trains now: progress, curves as they come, the confusion matrix, and its controls."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import streamlit as st

from genre_app import places
from genre_app.evaluation.words import confusion_sentence
from genre_app.figures.confusion import confusion_heatmap, confusion_table
from genre_app.figures.curves import (
    Line,
    curves_figure,
    curves_table,
    learning_lines,
    learning_message,
    line_style,
    seed_band,
)
from genre_app.genres import GENRES
from genre_app.jobs import estimate
from genre_app.jobs.manager import Manager
from genre_app.jobs.store import Run
from genre_app.jobs.words import leak_message, result_message, settings
from genre_app.ui import own, parts
from genre_app.ui.state import escape_markdown

__all__ = ["compare", "manager", "show_run", "watch"]

_LIMIT_S: Final = 600.0
_KEEP_S: Final = 86_400.0
"""Seconds that a stranger's training gets, and that what has come of it is kept at most."""

_EVERY_S: Final = 1.0
_MEASURING_S: Final = 8.0
_WHAT: Final = {"accuracy": "Accuracy", "loss": "Loss"}


def manager() -> Manager:
    """Give this server's trainings, and make sure that the queue is looked after."""
    # Strangers' runs lie apart: they are forgotten, and the host's own are not theirs to see.
    found = _manager(str(places.home() / "visitors" if places.public() else places.home()))
    if found.store.active():
        found.start()
    return found


@st.cache_resource(show_spinner=False)
def _manager(home: str) -> Manager:
    if places.public():
        found = Manager(Path(home), limit_s=_LIMIT_S, keep_s=_KEEP_S)
        found.start()  # Whether anybody trains or not, what is over is to be forgotten.
        return found
    return Manager(Path(home))


def watch() -> None:
    """Show what trains, every second anew while something does."""
    busy = bool(manager().store.active())
    # At the top level of the page, and without a timer when idle: a hidden one would go on.
    st.fragment(_live, run_every=_EVERY_S if busy else None)(busy=busy)


def _live(*, busy: bool) -> None:
    trainings = manager()
    active = trainings.active()
    if busy != bool(active):
        st.rerun()
    if not active:
        return
    running = [run for run in active if run.state == "running"]
    for run in running:
        if own.may_see(run):
            _running(trainings, run)
        else:
            st.info(
                "Somebody else's training is running; yours comes after.", icon=":material/group:"
            )
    _queue(trainings, [run for run in active if run.state == "queued"])
    if running and own.may_see(running[0]):
        siblings = [one for one in _group_of(trainings, running[0]) if one.epochs]
        if len(siblings) > 1:
            compare(siblings, key="live-group")
        show_curves(running[0], key="live")


def _running(trainings: Manager, run: Run) -> None:
    progress = trainings.folder(run.id).progress()
    paused = bool(progress.get("paused"))
    st.header(f"Training: {escape_markdown(run.title)}", anchor=False)
    st.caption(settings(run.job))
    words = str(progress.get("stage", "Starting"))
    if "epoch" in progress:
        words += f", epoch {progress['epoch']} of {progress['epochs']}"
    words += ", paused" if paused else f", {_left(run)} left"
    st.progress(min(1.0, float(progress.get("share", 0.0))), text=words)
    one, two, three = st.columns(3)
    one.button(
        "Go on" if paused else "Pause",
        icon=":material/play_arrow:" if paused else ":material/pause:",
        key="pause",
        width="stretch",
        on_click=trainings.command,
        args=(run.id, "run" if paused else "pause"),
    )
    two.button(
        "One epoch",
        icon=":material/skip_next:",
        key="step",
        width="stretch",
        help="Train to the end of one epoch, then wait.",
        on_click=trainings.command,
        args=(run.id, "step"),
    )
    three.button(
        "Cancel",
        icon=":material/stop:",
        key="cancel",
        width="stretch",
        on_click=trainings.cancel,
        args=(run.id,),
    )


def _left(run: Run) -> str:
    epochs = run.epochs
    if not epochs:
        spent = time.time() - (run.started or time.time())
        return estimate.in_words(max(5.0, _expected(run) - spent))
    lately = [float(epoch["seconds"]) for epoch in epochs[-5:]]
    to_come = max(0, run.job.epochs - int(epochs[-1]["epoch"]))
    return estimate.in_words(to_come * sum(lately) / len(lately) * 1.1 + _MEASURING_S)


def _expected(run: Run) -> float:
    return estimate.about(run.job, factor=estimate.factor(manager().store.runs()))


def _queue(trainings: Manager, waiting: Sequence[Run]) -> None:
    for place, run in enumerate(waiting, start=1):
        words, button = st.columns([4, 1], vertical_alignment="center")
        whose = "yours" if own.is_mine(run) else "somebody's"
        if not own.may_see(run):
            words.markdown(f"Waiting, place {place} ({whose})")
            continue
        words.markdown(f"Waiting, place {place} ({whose}): {escape_markdown(run.title)}")
        button.button(
            "Withdraw",
            key=f"withdraw-{run.id}",
            width="stretch",
            on_click=trainings.cancel,
            args=(run.id,),
        )


def _group_of(trainings: Manager, run: Run) -> list[Run]:
    """Give the runs that belong beside this one, the first first; with what is known by now."""
    if not run.job.group:
        return []
    found = [one for one in own.runs(trainings) if one.job.group == run.job.group]
    return [trainings.run(one.id) for one in reversed(found)]


def show_run(run: Run, *, key: str) -> None:
    """Show what came of a run: words, its group side by side, curves, confusion matrix."""
    trainings = manager()
    st.header(escape_markdown(run.title), anchor=False)
    st.caption(settings(run.job))
    if run.message:
        st.error(escape_markdown(run.message), icon=":material/error:")
    elif run.state in ("cancelled", "interrupted"):
        st.info(f"This run was {run.state} after {len(run.epochs)} epochs.", icon=":material/stop:")
    if run.result is not None:
        box = st.success if run.job.split == "artist" else st.warning
        box(result_message(run), icon=":material/flag:")
    group = _group_of(trainings, run)
    if len([one for one in group if one.epochs]) > 1:
        if run.job.group.startswith(("leak", "windows")):
            st.info(leak_message(group), icon=":material/balance:")
        compare([one for one in group if one.epochs], key=f"{key}-group")
    show_curves(run, key=key)


def show_curves(run: Run, *, key: str) -> None:
    """Show loss and accuracy of training and validation, and each epoch's confusion matrix."""
    epochs = run.epochs
    if not epochs:
        if run.state == "running":
            st.caption("The curves begin with the end of the first epoch.")
        return
    names = ("loss", "accuracy", "val_loss", "val_accuracy")
    curves: Mapping[str, list[float]] = {name: run.curve(name) for name in names}
    message = learning_message(curves)
    for column, what in zip(st.columns(2), ("loss", "accuracy"), strict=True):
        chance = 1 / len(run.job.genres) if what == "accuracy" else None
        figure = curves_figure(
            learning_lines(curves, what), what=what, epochs=run.job.epochs, chance=chance
        )
        with column:
            st.plotly_chart(
                figure, theme="streamlit", alt=f"{_WHAT[what]}. {message}", key=f"{key}-{what}"
            )
    st.caption(message)
    both = [
        Line(f"{line.name}, {what}", line.values)
        for what in ("loss", "accuracy")
        for line in learning_lines(curves, what)
    ]
    _table(curves_table(both), key=f"{key}-curves")
    _confusions(run, epochs, key=key)


def _confusions(run: Run, epochs: Sequence[Mapping[str, Any]], *, key: str) -> None:
    st.markdown(f"**What is taken for what**: the {run.begun.get('validation', '')} tracks of the "
                "validation part, a row a label, a column an answer.")  # fmt: skip
    last = int(epochs[-1]["epoch"])
    chosen = last
    if last > 1:
        # Follows the latest epoch until somebody looks back; a number that grows is a new
        # widget to Streamlit, so what was chosen is kept beside it.
        kept = f"replay-{run.id}"
        chosen = st.slider(
            "Epoch",
            1,
            last,
            min(last, st.session_state.get(kept, last)),
            key=f"{key}-epoch-{last}",
            on_change=_replay,
            args=(kept, f"{key}-epoch-{last}", last),
        )
    counts = epochs[chosen - 1]["confusion"]
    genres = [genre for genre in GENRES if genre in run.job.genres]
    message = f"Epoch {chosen}: {confusion_sentence(np.array(counts), genres=genres)}"
    figure = confusion_heatmap(counts, genres=genres, ground=parts.ground())
    st.plotly_chart(figure, theme="streamlit", alt=message, key=f"{key}-confusion")
    st.caption(message)
    _table(confusion_table(counts, genres=genres), key=f"{key}-confusion")


def _replay(kept: str, key: str, last: int) -> None:
    chosen = st.session_state[key]
    if chosen == last:
        st.session_state.pop(kept, None)
    else:
        st.session_state[kept] = chosen


def compare(runs: Sequence[Run], *, key: str) -> None:
    """Draw the validation curves of several runs on one chart; seeds of a setting as a band."""
    for column, what in zip(st.columns(2), ("loss", "accuracy"), strict=True):
        lines = _lines(runs, f"val_{what}")
        message = _compare_message(lines) if what == "accuracy" else "Validation loss an epoch."
        with column:
            st.plotly_chart(
                curves_figure(lines, what=what),
                theme="streamlit",
                alt=message,
                key=f"{key}-{what}",
            )
            st.caption(escape_markdown(message))
    _table(curves_table(_lines(runs, "val_accuracy")), key=f"{key}-table")


def _lines(runs: Sequence[Run], name: str) -> list[Line]:
    found: list[Line] = []
    done: set[str] = set()
    for run in runs:
        curve = run.curve(name)
        colour, dash = line_style(len(found))
        if run.job.group.startswith("seeds"):
            if run.job.group in done:
                continue
            done.add(run.job.group)
            others = [one for one in runs if one.job.group == run.job.group and one.curve(name)]
            if len(others) > 1:
                title = run.title.rpartition(", seed")[0] or run.title
                found.append(
                    seed_band(title, [one.curve(name) for one in others], colour=colour, dash=dash)
                )
                continue
        if curve:
            found.append(Line(run.title, curve, colour, dash))
    return found


def _compare_message(lines: Sequence[Line]) -> str:
    ends = sorted(((line.values[-1], line.name) for line in lines), reverse=True)
    if len(ends) < 2:
        return "Accuracy on the validation windows."
    return (
        f"Accuracy on the validation windows: {ends[0][1]} ends highest with {ends[0][0]:.0%}, "
        f"{ends[-1][1]} lowest with {ends[-1][0]:.0%}."
    )


def _table(table: Mapping[str, Any], *, key: str) -> None:
    with st.expander("As a table", icon=":material/table_view:", key=f"{key}-expander"):
        st.dataframe(table, hide_index=True, key=f"{key}-dataframe")
