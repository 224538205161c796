"""What all tests of pages share."""

import gc

import pytest


@pytest.fixture(autouse=True)
def objects_that_stay() -> None:
    """Spare Streamlit the walk over TensorFlow's objects after every run of a script.

    It collects garbage then, a quarter of a second each time; the app itself does
    the same once it has warmed up.
    """
    gc.freeze()
