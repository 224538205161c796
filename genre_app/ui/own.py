"""Which trainings are this visitor's: on a server for strangers nobody sees another's.

At home all runs are everybody's, and stay. Where strangers come, a visitor sees and
commands the runs of this visit only, and they go with it.
"""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from uuid import uuid4

import streamlit as st

from genre_app.jobs.manager import Manager
from genre_app.jobs.store import ACTIVE, Run
from genre_app.places import public

__all__ = ["claim", "full", "is_mine", "may_see", "runs"]

_MINE: Final = "my-runs"
_VISIT: Final = "runs-visit"

_MOST: Final = 4
"""Trainings of one stranger in the queue from which on no more can be added."""

_PATIENCE_S: Final = 10.0
"""Seconds that a training has to end when its visitor has left."""


def claim(trainings: Manager, names: Iterable[str]) -> None:
    """Note that runs are this visitor's."""
    given = tuple(names)
    st.session_state[_MINE] = (*st.session_state.get(_MINE, ()), *given)
    if public():
        visit = _visit(st.session_state.setdefault(_VISIT, uuid4().hex), trainings)
        visit.names.update(given)


def is_mine(run: Run) -> bool:
    """Whether this visitor has started the run."""
    return run.id in st.session_state.get(_MINE, ())


def may_see(run: Run) -> bool:
    """Whether this visitor may see and command the run."""
    return not public() or is_mine(run)


def runs(trainings: Manager, *, events: bool = False) -> list[Run]:
    """List the runs that this visitor may see, the latest first; with their events if wanted."""
    return [run for run in trainings.store.runs(events=events) if may_see(run)]


def full(trainings: Manager) -> str:
    """Say why this visitor can start no more for now; empty where there is no reason."""
    mine = [run for run in trainings.store.active() if is_mine(run)]
    if not public() or len(mine) < _MOST:
        return ""
    return f" {len(mine)} of your trainings are waiting: start more when some have ended."


@dataclass
class _Visit:
    """The runs of one visit; they end and go with it."""

    trainings: Manager
    names: set[str] = field(default_factory=set)

    def close(self) -> None:
        # In a thread: the server says good-bye to others meanwhile.
        threading.Thread(target=self._close, name="runs-close", daemon=True).start()

    def _close(self) -> None:
        for name in self.names:
            self.trainings.cancel(name)
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline and any(
            run.state in ACTIVE for run in self.trainings.store.runs(ids=self.names)
        ):
            time.sleep(0.1)
        for name in self.names:
            self.trainings.delete(name)


@st.cache_resource(show_spinner=False, scope="session", on_release=lambda one: one.close())
def _visit(name: str, _trainings: Manager) -> _Visit:  # The name: whose it is.
    return _Visit(_trainings)
