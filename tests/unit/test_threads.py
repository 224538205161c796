"""One thread for linear algebra, wanted by several threads at once."""

import os
import subprocess
import sys

import pytest

SCRIPT = """
import threading
import genre_app._scipy
from threadpoolctl import ThreadpoolController
from genre_app.threads import one_thread

def blas():
    return {one["num_threads"] for one in ThreadpoolController().select(user_api="blas").info()}

came, may_go = threading.Event(), threading.Event()

def first():
    with one_thread():
        came.set()
        may_go.wait(10)

before = blas()
other = threading.Thread(target=first)
other.start()
came.wait(10)
with one_thread():
    both = blas()
    may_go.set()
    other.join()
    alone = blas()
print(max(before), both == {1}, alone == {1}, blas() == before)
"""


def test_who_leaves_first_does_not_lift_the_limit_of_the_others() -> None:
    # In a process of its own: what else runs here limits threads too.
    said = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, "OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"},
        capture_output=True,
        text=True,
        check=True,
    )
    before, *rest = said.stdout.split()
    if before == "1":
        pytest.skip("needs two cores: linear algebra has one thread anyway")
    assert rest == ["True"] * 3, "both within, the last one within, nobody within"
