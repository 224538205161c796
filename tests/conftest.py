"""Fixtures for all tests."""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

# Tests run side by side, one to a core: threads of their own would only be in each other's way.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of music beside the checkout; never skipped in CI, which has it."""
    folder = Path(__file__).resolve().parents[1].parent / "shared"
    if not folder.is_dir():
        reason = f"{folder} is absent: it holds music that the repository must not contain"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


@pytest.fixture(scope="session", autouse=True)
def bundled_once() -> Iterator[None]:
    """Unpack the bundled subset once a process: some fifty tests want it, none can write it."""
    from genre_app import gtzan

    unpack = gtzan.load

    @cache
    def bundled() -> gtzan.Subset:
        return unpack()

    def load(folder: Path = gtzan.DATA) -> gtzan.Subset:
        return bundled() if folder == gtzan.DATA else unpack(folder)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gtzan, "load", load)
        yield


class Together(LoadScopeScheduling):  # type: ignore[misc]  # It has no types.
    """Tests of a file, and all of the folder ``browser``, run in one process.

    What a file's tests prepare for each other is then prepared once, and one server of the
    app, which loads TensorFlow, is enough. (xdist's own groups are noted in the names of the
    tests, which pytest 9.2 no longer lets it change: they were without effect.)
    """

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return "browser" if "/browser/" in path else path


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:  # noqa: ANN401
    """Spread the tests over the processes."""
    return Together(config, log)
