"""What has been trained: every run kept, compared, made a model; the user's own models."""

from collections.abc import Callable
from typing import Any, Final

import streamlit as st

from genre_app import places, zoo
from genre_app.errors import GenreAppError
from genre_app.figures.names import apart
from genre_app.figures.words import percent
from genre_app.jobs import keep
from genre_app.jobs.store import ACTIVE, Run
from genre_app.jobs.words import row
from genre_app.ui import cockpit, own
from genre_app.ui.state import escape_markdown

__all__ = ["latest", "models", "problem", "runs"]

_LONGEST: Final = 54
"""Letters of a run's title that leave room for a number within the 60 of a model's."""


def latest() -> None:
    """Show what came of the last run, while nothing trains."""
    trainings = cockpit.manager()
    found = own.runs(trainings)
    if not found or any(run.state in ACTIVE for run in found):
        return
    st.divider()
    last = trainings.run(found[0].id)
    cockpit.show_run(last, key="latest")
    actions(last, key="latest")


def runs() -> None:
    """List all runs; compare some, look closer at one."""
    # The table says what came of each: the only list that wants all events.
    listed = own.runs(cockpit.manager(), events=True)
    over = [run for run in listed if run.state not in ACTIVE]
    if not over:
        st.info("Nothing has been trained yet.", icon=":material/inbox:")
        return
    titles = _titles()
    table = [row(run) | {"Kept as": titles.get(run.kept, run.kept)} for run in over]
    st.dataframe(table, hide_index=True, key="all-runs")
    st.caption(
        "Test: read once, at the end of a run; it has chosen nothing. Figures of other splits "
        "than the artists kept apart are too good; compare them with their honest twins only."
    )
    known = {run.id: run for run in over}
    called = {run.id: f"{run.title} (no. {run.number})" for run in over}
    chosen = st.multiselect(
        "Compare",
        [run.id for run in over if run.epochs],
        format_func=called.__getitem__,
        max_selections=12,
        key="compare-runs",
        placeholder="Choose runs for one chart",
    )
    if chosen:
        cockpit.compare([known[name] for name in chosen], key="compare")
    closer = st.selectbox("Look closer at", list(known), format_func=called.__getitem__, key="run")
    cockpit.show_run(known[closer], key="closer")
    actions(known[closer], key="closer")


def actions(run: Run, *, key: str) -> None:
    """Offer what can be done with a run that is over."""
    trainings = cockpit.manager()
    folder = trainings.folder(run.id)
    titles = _titles()
    if run.kept in titles:
        st.info(
            f"Kept as the model '{escape_markdown(titles[run.kept])}': choose it on the page "
            "Listen.",
            icon=":material/bookmark_added:",
        )
    elif (folder.model / "card.json").exists() and places.public():
        st.caption("This server is shared with strangers: models are not kept on it.")
    elif (folder.model / "card.json").exists():
        name, button = st.columns([3, 1], vertical_alignment="bottom")
        field = f"{key}-keep-{run.id}"
        # A network is often called as a model that is there already.
        free = apart([*titles.values(), run.title[:_LONGEST]])[-1]
        name.text_input("Keep as model", value=free, max_chars=60, key=field)
        button.button(
            "Keep",
            icon=":material/bookmark_add:",
            key=f"{field}-button",
            width="stretch",
            on_click=_keep,
            args=(run.id, field),
        )
        problem("run")
    elif run.state == "done":
        st.caption("Only what was trained with the artists kept apart can be kept as a model.")
    left, right = st.columns(2)
    done = folder.checkpoint_epoch()
    if run.state in ("interrupted", "cancelled") and 0 < done <= run.job.epochs:
        right.button(
            f"Go on from epoch {done}" if done < run.job.epochs else "Measure it",
            icon=":material/resume:",
            key=f"{key}-resume",
            disabled=bool(own.full(trainings)),
            on_click=_do,
            args=("run", _resume, run.id),
        )
    with left.popover("Rename or delete", icon=":material/edit:"):
        field = f"{key}-title-{run.id}"
        st.text_input("Name of the run", run.title, max_chars=60, key=field)
        st.button("Rename", key=f"{key}-rename", on_click=_retitle, args=(run.id, field))
        st.button(
            "Delete this run",
            icon=":material/delete:",
            key=f"{key}-delete",
            on_click=_do,
            args=("run", trainings.delete, run.id),
        )
    problem("run")


def models() -> None:
    """List the user's own models: rename, delete, download; where strangers come, none are."""
    names = [name for name in zoo.readable() if zoo.is_own(name)]
    if not names or places.public():
        return
    st.header("Your models", anchor=False)
    name = st.selectbox(
        "Model", names, format_func=lambda one: str(zoo.card(one)["title"]), key="own-model"
    )
    protocol, figures = next(iter(zoo.card(name)["protocols"].items()))
    drawn = ", drawn by artist" if figures.get("artists") else ""
    apart = "artists kept apart" if protocol == "artist" else "songs kept apart"
    st.caption(
        f"{percent(figures['accuracy'])} (95 % interval {percent(figures['low'])} to "
        f"{percent(figures['high'])}"
        f"{drawn}) of {figures['tracks']} test tracks right, {apart}."
    )
    left, right = st.columns(2)
    left.download_button(
        "Weights and card (ZIP)",
        lambda: keep.packed(name),
        file_name=f"{name}.zip",
        mime="application/zip",
        icon=":material/download:",
        on_click="ignore",
        key="model-zip",
    )
    with right.popover("Rename or delete", icon=":material/edit:"):
        field = f"model-title-{name}"
        st.text_input(
            "Name",
            str(zoo.card(name)["title"]),
            max_chars=60,
            key=field,
            help=f"What it is called on screen. Links and the command line know it as {name}.",
        )
        st.button("Rename", key="model-rename", on_click=_call, args=(name, field))
        st.button(
            "Delete this model",
            icon=":material/delete:",
            key="model-delete",
            on_click=_do,
            args=("models", _delete, name),
        )
    problem("models")


def _titles() -> dict[str, str]:
    """Give what each model is called on screen."""
    return {name: str(zoo.card(name)["title"]) for name in zoo.readable()}


def _resume(run: str) -> None:
    trainings = cockpit.manager()
    own.claim(trainings, [trainings.resume(run)])


def _keep(run: str, field: str) -> None:
    trainings = cockpit.manager()

    def act() -> None:
        trainings.store.keep_as(run, keep.keep(trainings.folder(run), st.session_state[field]))

    _do("run", act)


def _retitle(run: str, field: str) -> None:
    title = " ".join(str(st.session_state[field]).split())
    if title:
        _do("run", cockpit.manager().store.rename, run, title)


def _call(name: str, field: str) -> None:
    _do("models", keep.rename, name, st.session_state[field])
    # The browser knows what is chosen by its title: it is to be told the new one.
    st.session_state["own-model"] = name


def _delete(name: str) -> None:
    keep.delete(name)
    cockpit.manager().store.forget_kept(name)


def _do(place: str, act: Callable[..., Any], *values: str) -> None:
    """Do it; what it has to complain of is shown at a place of the page."""
    st.session_state.pop("train-problem", None)
    try:
        act(*values)
    except GenreAppError as error:
        st.session_state["train-problem"] = (place, str(error))


def problem(place: str | None = None) -> None:
    """Show what the last click had to complain of, once.

    Parameters
    ----------
    place : str, optional
        Beside ``"run"`` or ``"models"``: what was clicked there. By default, wherever it was.
    """
    where, text = st.session_state.get("train-problem", (None, ""))
    if text and place in (where, None):
        del st.session_state["train-problem"]
        st.error(escape_markdown(text), icon=":material/error:")
