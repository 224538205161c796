"""One thread for the small products of log-mels and views.

NumPy's linear algebra starts a thread a core for products that take a tenth of a
millisecond. On a machine with other work these wait for each other: a hundred times
longer than the product takes.
"""

from contextlib import AbstractContextManager
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController

__all__ = ["one_thread"]


def one_thread() -> AbstractContextManager[Any]:
    """Give a context within which linear algebra uses one thread, in the whole process."""
    limited: AbstractContextManager[Any] = _controller().limit(limits=1, user_api="blas")
    return limited


@cache
def _controller() -> ThreadpoolController:
    # Looking for the libraries takes milliseconds, so once; SciPy brings its own.
    import genre_app._scipy  # noqa: F401

    return ThreadpoolController()
