"""The process that trains: ``python -m genre_app.jobs.worker FOLDER``.

It reads ``job.json`` in the folder, writes what happens there, and ends when it is done
or when whoever started it is gone: its standard input then comes to an end.
"""

import contextlib
import logging
import os
import sys
import threading
from pathlib import Path
from typing import Final

from genre_app.errors import GenreAppError
from genre_app.jobs.files import Folder
from genre_app.jobs.spec import Job

__all__ = ["main"]

_NICENESS: Final = 5
"""Readings and the page itself go first."""

_log = logging.getLogger(__name__)


def main(folder: Folder) -> int:
    """Do the job of a folder.

    Returns
    -------
    int
        0: done; 1: it failed, and the folder says why.
    """
    try:
        # Imported here: a machine without room for TensorFlow is a failure to be told.
        from genre_app.jobs.training import work

        work(Job.from_json(folder.job()).checked(), folder)
    except GenreAppError as error:
        folder.tell("ended", state="failed", message=str(error))
        return 1
    except Exception as error:
        _log.exception("the training failed")
        folder.tell("ended", state="failed", message=_in_words(error))
        return 1
    folder.tell("ended", state="done", message="")
    return 0


def _in_words(error: Exception) -> str:
    if isinstance(error, MemoryError) or "OOM" in str(error):
        return (
            "There was not enough memory. Take fewer versions a track, fewer tracks or a smaller "
            "batch. The curves so far are kept."
        )
    return (
        f"The training stopped because of an error in the program ({type(error).__name__}). "
        "The curves so far are kept; the run's worker.log says more."
    )


def _stand_back() -> None:
    """Leave half of the processor to readings, and let them go first."""
    with contextlib.suppress(AttributeError, OSError):  # Windows has no niceness.
        os.nice(_NICENESS)
    import tensorflow as tf

    threads = max(1, (os.cpu_count() or 2) // 2)
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def _end_with_parent(folder: Folder) -> None:
    # Not sys.stdin, whose lock would stand in the way of a normal end.
    while os.read(0, 1024):
        pass
    with contextlib.suppress(OSError):  # The next server may have deleted the run by now.
        folder.tell(
            "ended",
            state="interrupted",
            message="The app was closed while this was training.",
        )
    # Now, whatever TensorFlow is doing: an orphan would train for nobody.
    os._exit(2)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    place = Folder(Path(sys.argv[1]))
    threading.Thread(target=_end_with_parent, args=(place,), daemon=True).start()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    place.show(stage="Starting TensorFlow", share=0.0, paused=False)
    _stand_back()
    sys.exit(main(place))
