"""One thread for the small products of log-mels and views.

NumPy's linear algebra starts a thread a core for products that take a tenth of a
millisecond. On a machine with other work these wait for each other: a hundred times
longer than the product takes.
"""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

from threadpoolctl import ThreadpoolController

__all__ = ["one_thread"]


@contextmanager
def one_thread() -> Iterator[None]:
    """Within this context linear algebra uses one thread, in the whole process.

    Several threads may be within at once: the first one sets the limit, the last one lifts it.
    """
    _LIMIT.enter()
    try:
        yield
    finally:
        _LIMIT.leave()


class _Limit:
    """The limit of this process, and how many want it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._within = 0
        self._controller: ThreadpoolController | None = None
        self._setter: ThreadPoolExecutor | None = None
        self._set: Any = None

    def enter(self) -> None:
        with self._lock:
            if self._setter is None:
                # Looking for the libraries takes milliseconds, so once; SciPy brings its own.
                import genre_app._scipy  # noqa: F401

                self._controller = ThreadpoolController()
                # Who has set a limit owns it in threadpoolctl: only the same thread can lift it.
                self._setter = ThreadPoolExecutor(1, "one-thread")
            if self._within == 0:
                self._setter.submit(self._begin).result()
            self._within += 1

    def leave(self) -> None:
        with self._lock:
            self._within -= 1
            if self._within == 0 and self._setter is not None:
                self._setter.submit(self._end).result()

    def _begin(self) -> None:
        assert self._controller is not None  # noqa: S101  # For the type checker.
        self._set = self._controller.limit(limits=1, user_api="blas").__enter__()

    def _end(self) -> None:
        self._set.__exit__(None, None, None)


_LIMIT: Final = _Limit()
