"""What nobody foresaw: a sentence with a short id on the page, a line with the same id in the log.

Streamlit calls :func:`tell` for every exception that leaves a page, a callback or a
fragment. Its own signals, that a run stops or begins anew, are not among them.
"""

import json
import logging
import secrets
import time
import traceback
from collections.abc import Iterator
from typing import Any, Final

import streamlit as st

from genre_app.places import public

__all__ = ["hush", "record", "tell"]

_LETTERS: Final = "23456789abcdefghjkmnpqrstuvwxyz"
"""For ids: none that is taken for another when it is read out."""

_CAUSES: Final = 5
_FRAMES: Final = 30

_log = logging.getLogger(__name__)


def tell(error: Exception) -> bool:
    """Show a sentence in place of the exception, and log the rest.

    Returns
    -------
    bool
        True: Streamlit need not show it.
    """
    short = "".join(secrets.choice(_LETTERS) for _ in range(6))
    # Logged first: showing it may fail as well.
    _log.error("%s", json.dumps(record(error, short), ensure_ascii=False))
    st.error(
        "Something went wrong here that should not have. Reload the page, or go on with another "
        f"song; if it happens again, tell whoever runs this page the number **{short}**.",
        icon=":material/error:",
    )
    return True


def record(error: BaseException, short: str) -> dict[str, Any]:
    """Describe an exception for the log.

    Parameters
    ----------
    error : BaseException
    short : str
        The id that is on the page too.

    Returns
    -------
    dict
        ``event``, ``id``, ``time``, ``type``, ``traceback`` (places in the program and its
        lines, never values) and ``causes``. What the exception says may hold a visitor's
        file name: it is there, as ``message``, only where no strangers come.
    """
    first, *causes = _chain(error)
    return {
        "event": "error",
        "id": short,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        **first,
        "causes": causes,
    }


def _chain(error: BaseException) -> Iterator[dict[str, Any]]:
    one: BaseException | None = error
    for _ in range(_CAUSES):
        if one is None:
            return
        places = traceback.extract_tb(one.__traceback__)[-_FRAMES:]
        yield {
            "type": f"{type(one).__module__}.{type(one).__qualname__}",
            "traceback": [f"{at.filename}:{at.lineno} {at.name}: {at.line}" for at in places],
        } | ({} if public() else {"message": str(one)[:2000]})
        one = one.__cause__ or one.__context__


def hush() -> None:
    """Keep Streamlit, where strangers come, from logging what their exceptions say."""
    logger = logging.getLogger("streamlit.error_util")
    if _no_words not in logger.filters:
        logger.addFilter(_no_words)


def _no_words(entry: logging.LogRecord) -> bool:
    return not (public() and entry.exc_info)
