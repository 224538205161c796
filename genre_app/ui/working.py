"""Long work on a page: a bar with an estimate, a way to stop, and results that are kept."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

import streamlit as st

__all__ = ["Kept", "working"]

Value = TypeVar("Value")


@contextmanager
def working(
    words: str, *, key: str, on_stop: Callable[[], None] | None = None
) -> Iterator[Callable[[float], None]]:
    """Show a bar while something long is done; the visitor may stop it.

    Parameters
    ----------
    words : str
        What is being done.
    key : str
        Of the stop button.
    on_stop : callable, optional
        Its callback, which must see to it that the work does not begin again at once.

    Yields
    ------
    callable
        To be told the share that is done; ends the script where the visitor has clicked.
    """
    place = st.empty()
    with place.container():
        bar = st.progress(0.0, text=words)
        if on_stop is not None:
            st.button("Stop", icon=":material/stop:", key=key, on_click=on_stop)
    began = time.monotonic()

    def tell(share: float) -> None:
        spent = time.monotonic() - began
        left = spent * (1 - share) / share if share > 0 else 0.0
        more = f", about {left:.0f} s left" if spent > 0.5 and left >= 1 else ""
        bar.progress(min(1.0, share), text=words + more)

    yield tell
    place.empty()


class Kept(Generic[Value]):
    """Results of late, for all visitors; the oldest goes first.

    Not ``st.cache_resource``, which would not let the bar move.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: OrderedDict[tuple[object, ...], Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[object, ...]) -> Value | None:
        """Give what was kept, if it is still there."""
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
            return self._found.get(key)

    def put(self, key: tuple[object, ...], value: Value) -> None:
        """Keep a result."""
        with self._lock:
            self._found[key] = value
            while len(self._found) > self._most:
                self._found.popitem(last=False)
