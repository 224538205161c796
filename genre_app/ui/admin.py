"""One line in the sidebar for whoever runs the app: memory, what is kept, what trains.

At home only: what a server holds is no stranger's business.
"""

import sys

import psutil
import streamlit as st

from genre_app import places
from genre_app.errors import GenreAppError
from genre_app.ui.sounds import sounds

__all__ = ["line"]


def line() -> None:
    """Show it; nothing where strangers come."""
    if not places.public():
        # No help to hover over: in a closed sidebar it would be reached by keyboard all the same.
        st.sidebar.caption(_words())


# All processes are looked through for it. Not cached as data, whose cache complains when it is
# made before anybody has come.
@st.cache_resource(show_spinner=False, ttl=3.0)
def _words() -> str:
    songs, taken = sounds().taken()
    return (
        f"Memory {_memory() / 2**20:,.0f} MB, with all that it has started · "
        f"{songs} song{'s' * (songs != 1)} at hand ({taken / 2**20:,.0f} MB) · {_queue()}"
    )


def _memory() -> int:
    """Sum the resident sizes of this process and of those that it has started."""
    here = psutil.Process()
    total = int(here.memory_info().rss)
    for one in here.children(recursive=True):
        try:
            total += int(one.memory_info().rss)
        except psutil.Error:  # It has just ended.
            continue
    return total


def _queue() -> str:
    running, waiting = _own_classes_train(), 0
    # Asking makes the record of runs: not before there is one.
    if (places.home() / "runs.sqlite").exists():
        from genre_app.ui import cockpit  # Which the first page of a new house does without.

        try:
            active = cockpit.manager().store.active()
        except GenreAppError:  # This line stands on every page; the page Train says why.
            return "the record of runs cannot be used"
        begun = sum(run.state == "running" for run in active)
        running, waiting = running + begun, len(active) - begun
    if not running and not waiting:
        return "nothing trains"
    return f"{running} training runs, {waiting} wait{'s' * (waiting == 1)}"


def _own_classes_train() -> int:
    """Count the trainings of the page Your classes: one at most."""
    # Where nobody has opened that page there are none, and the first page need not import it.
    found = sys.modules.get("genre_app.ui.own_classes")
    job = None if found is None else found.desk().job
    return int(job is not None and job.kind == "train" and job.state == "running")
