"""Spread chunks of work over processes of this machine or a Dask cluster, by joblib.

Results come back as they are finished. A worker that dies, from memory or a fault
of a decoder, ends the stream with :class:`WorkerDied`; on a cluster the scheduler
first tries the chunk on other workers.
"""

import contextlib
import logging
import os
import signal
import threading
import time
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from genre_app.catalogue.rows import CatalogueError
from genre_app.catalogue.work import limit_threads

__all__ = ["Crew", "WorkerDied", "crew"]

_CONNECT_S: Final = 15
"""Seconds that a scheduler and its first worker have to answer."""

_IDLE_S: Final = 60
"""Seconds after which processes that have nothing to do are let go."""

_GROW: Final = 4
"""Chunks in hand for each core of a cluster: so much may it grow during a run."""


Task = TypeVar("Task")
Result = TypeVar("Result")


class WorkerDied(Exception):
    """A process ended while it worked on a chunk."""


@dataclass(frozen=True, kw_only=True)
class Crew:
    """Those who do the work.

    Attributes
    ----------
    size : int
        Chunks that can be worked on at the same time.
    options : dict or None
        For :class:`joblib.Parallel`; ``None``: the calling process works alone.
    ahead : bool
        Whether cores are left over for a second thread of each.
    """

    size: int
    options: dict[str, Any] | None
    ahead: bool = False

    def stream(
        self, function: Callable[[Task], Result], tasks: Iterable[Task]
    ) -> Generator[Result, None, None]:
        """Yield results in the order in which they are finished.

        Parameters
        ----------
        function : callable
            Importable on every worker.
        tasks : iterable
            Taken from as workers become free, in whichever thread finds out.

        Raises
        ------
        WorkerDied
            A process ended; results that were not yielded are lost.
        """
        if self.options is None:
            yield from map(function, tasks)
            return
        import joblib

        parallel = joblib.Parallel(**self.options, return_as="generator_unordered", batch_size=1)
        with _unheard():
            results = parallel(joblib.delayed(function)(task) for task in tasks)
        try:
            yield from results
        except _deaths() as error:
            raise WorkerDied(str(error)) from error
        except CancelledError as error:
            raise _lost() from error
        finally:
            with warnings.catch_warnings():
                # Closing early is how an interruption ends; joblib warns of it.
                warnings.simplefilter("ignore")
                results.close()


@contextlib.contextmanager
def crew(*, workers: int, threads: int, scheduler: str | None = None) -> Iterator[Crew]:
    """Assemble who does the work.

    Parameters
    ----------
    workers : int
        Processes of this machine; 1: the calling one.
    threads : int
        Of each process's numerical libraries.
    scheduler : str, optional
        Address of a Dask scheduler, e.g. ``tcp://10.0.0.5:8786``; its workers do the
        work, then, and ``workers`` does not count.

    Raises
    ------
    CatalogueError
        The cluster does not answer or cannot run this program.
    """
    if scheduler is not None:
        with _cluster(scheduler) as (client, cores):
            backend = _backend()(client=client)
            yield Crew(
                size=cores,
                options={"n_jobs": -1, "backend": backend, "pre_dispatch": _GROW * cores},
            )
    elif workers == 1:
        yield Crew(size=1, options=None, ahead=threads > 1)
    else:
        from joblib import parallel_config

        with parallel_config(
            backend="loky",
            inner_max_num_threads=threads,
            initializer=_begin,
            initargs=(threads,),
            idle_worker_timeout=_IDLE_S,
        ):
            yield Crew(
                size=workers,
                options={"n_jobs": workers, "pre_dispatch": 2 * workers},
                ahead=threads > 1,
            )


@contextlib.contextmanager
def _unheard() -> Iterator[None]:
    """Start processes that hear of no Ctrl-C, from their first moment on.

    It reaches every process of the terminal: the one that coordinates ends the others. What
    is ignored when a program starts it ignores from then on; what is only blocked, joblib
    unblocks.
    """
    if threading.current_thread() is not threading.main_thread():  # The others may not say so.
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _begin(threads: int) -> None:
    # Also in those that a page starts, or that replace others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    limit_threads(threads)


def _end_with(parent: int) -> None:
    """End this process soon after the one that started it, which may have had no time to."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def _deaths() -> tuple[type[BaseException], ...]:
    from concurrent.futures.process import BrokenProcessPool

    try:
        from distributed import KilledWorker
    except ImportError:
        return (BrokenProcessPool,)
    return (BrokenProcessPool, KilledWorker)


# Dask -----------------------------------------------------------------------------------


@contextlib.contextmanager
def _cluster(address: str) -> Iterator[tuple[Any, int]]:
    try:
        from distributed import Client
        from distributed.comm import CommClosedError, get_address_host_port
    except ImportError as error:
        raise CatalogueError(
            "A cluster needs Dask. Install it on every machine: pip install 'dask[distributed]'"
        ) from error
    try:
        # A client of an address that has no port waits half a minute before it ends.
        get_address_host_port(address)
        connect: Any = Client  # Half of its methods have no types.
        client = connect(address, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise CatalogueError(
            f"No Dask scheduler answers at {address}. Check the address, such as "
            "tcp://10.0.0.5:8786, and that it runs."
        ) from error
    # A lost connection is told in one sentence, below, not in tracebacks.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        with client:
            yield client, _welcome(client, address)
    except CommClosedError as error:
        raise _lost() from error


def _welcome(client: Any, address: str) -> int:  # noqa: ANN401
    """Prepare a cluster's workers; give their cores."""
    try:
        client.wait_for_workers(1, timeout=_CONNECT_S)
        client.run(limit_threads, 1)
    except TimeoutError as error:
        raise CatalogueError(
            f"The Dask scheduler at {address} has no workers. Start some: "
            f"dask worker {address} --nthreads 1"
        ) from error
    except ImportError as error:
        raise CatalogueError(
            f"A worker of {address} cannot run this program ({error}). "
            "Install the same version on every machine."
        ) from error
    # Of workers that join later.
    client.register_worker_callbacks(_limit_to_one)
    # joblib would do the work of a single core here rather than there.
    cores: int = sum(client.ncores().values())
    return max(2, cores)


def _lost() -> CatalogueError:
    return CatalogueError(
        "The connection to the Dask scheduler was lost. What was read is kept; the same "
        "command goes on from there."
    )


def _limit_to_one() -> None:
    limit_threads(1)


def _backend() -> Any:  # noqa: ANN401  # A class, made here since importing Dask takes a second.
    from joblib._dask import DaskDistributedBackend

    class Backend(DaskDistributedBackend):  # type: ignore[misc]
        """joblib's, but it tells of failures; joblib's own waits for ever for a lost chunk."""

        def effective_n_jobs(self, n_jobs: int) -> int:
            return max(2, int(super().effective_n_jobs(n_jobs)))

        def submit(self, func: Any, callback: Callable[[Any], None] | None = None) -> Any:  # noqa: ANN401
            future = super().submit(func, callback)

            def tell(done: Any) -> None:  # noqa: ANN401
                error = done.exception()
                if error is not None and callback is not None:
                    callback(error)

            future.add_done_callback(tell)
            return future

    return Backend
