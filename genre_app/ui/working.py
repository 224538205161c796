"""Long work on a page: a bar with an estimate, a way to stop, turns, results that are kept."""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Generic, TypeVar

import streamlit as st

from genre_app.ui.state import escape_markdown

__all__ = ["Kept", "Turns", "working"]

Value = TypeVar("Value")

_LOOK_S: Final = 0.5
"""Seconds between two looks at how many are before a visitor."""


@contextmanager
def working(
    words: str, *, key: str, on_stop: Callable[[], None] | None = None
) -> Iterator[Callable[[float], None]]:
    """Show a bar while something long is done; the visitor may stop it.

    Parameters
    ----------
    words : str
        What is being done; it may name a class that somebody has made.
    key : str
        Of the stop button.
    on_stop : callable, optional
        Its callback, which must see to it that the work does not begin again at once.

    Yields
    ------
    callable
        To be told the share that is done; ends the script where the visitor has clicked.
    """
    words = escape_markdown(words)
    place = st.empty()
    with place.container():
        bar = st.progress(0.0, text=words)
        if on_stop is not None:
            st.button("Stop", icon=":material/stop:", key=key, on_click=on_stop)
    began = time.monotonic()

    def tell(share: float) -> None:
        nonlocal began
        if share <= 0:
            began = time.monotonic()  # To wait for a turn is no part of the work.
        spent = time.monotonic() - began
        left = spent * (1 - share) / share if share > 0 else 0.0
        more = f", about {left:.0f} s left" if spent > 0.5 and left >= 1 else ""
        bar.progress(min(1.0, share), text=words + more)

    yield tell
    place.empty()


class Turns:
    """Some at a time, in the order in which they came.

    On a few cores many at once would all be late, and need memory all at once.

    Parameters
    ----------
    at_once : int
    """

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._there: deque[object] = deque()
        self._left = threading.Condition()

    @contextmanager
    def turn(self, tell: Callable[[int], None]) -> Iterator[None]:
        """Wait for a turn, and have it until the end of the block.

        Parameters
        ----------
        tell : callable
            Told while one waits how many come before; what it raises ends the waiting.
        """
        mine = object()
        with self._left:
            self._there.append(mine)
        try:
            while (before := self._before(mine)) >= 0:
                tell(before + 1)
                with self._left:
                    self._left.wait_for(lambda: self._before(mine) != before, _LOOK_S)
            yield
        finally:
            with self._left:
                self._there.remove(mine)
                self._left.notify_all()

    def _before(self, mine: object) -> int:
        """Say how many must leave before it is this one's turn; below 0: it is."""
        with self._left:
            return self._there.index(mine) - self._at_once


class Kept(Generic[Value]):
    """Results of late, for all visitors; the oldest goes first.

    Not ``st.cache_resource``, which would not let the bar move, nor count bytes.

    Parameters
    ----------
    most : int
        How many are kept.
    room : int, optional
        Bytes that they may take together; the latest is kept whatever it takes.
    size : callable, optional
        Says how many a value takes.
    """

    def __init__(
        self, most: int, *, room: int = 0, size: Callable[[Value], int] = lambda value: 0
    ) -> None:
        self._most = most
        self._room = room
        self._size = size
        self._found: OrderedDict[tuple[object, ...], Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[object, ...]) -> Value | None:
        """Give what was kept, if it is still there."""
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
            return self._found.get(key)

    def taken(self) -> tuple[int, int]:
        """Say how many are kept, and their bytes as far as they are counted."""
        with self._lock:
            return len(self._found), sum(map(self._size, self._found.values()))

    def put(self, key: tuple[object, ...], value: Value) -> None:
        """Keep a result."""
        with self._lock:
            self._found[key] = value
            self._found.move_to_end(key)
            taken = sum(map(self._size, self._found.values()))
            while len(self._found) > self._most or (taken > self._room and len(self._found) > 1):
                _, gone = self._found.popitem(last=False)
                taken -= self._size(gone)
