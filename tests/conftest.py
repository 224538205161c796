"""Fixtures for all tests."""

import os
from pathlib import Path

import pytest

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a file, and all of the folder ``browser``, in one process.

    What a file's tests prepare for each other is then prepared once, and one server of the
    app, which loads TensorFlow, is enough.
    """
    for item in items:
        group = "browser" if item.path.parent.name == "browser" else item.path.stem
        item.add_marker(pytest.mark.xdist_group(group))
