"""Links that open a page as somebody left it: ``?section=confusion&model=statistics``.

Streamlit's own ``bind="query-params"`` writes labels into the address, which
change with their wording and need not be unique; these are the names.
"""

from collections.abc import Sequence
from typing import Final

import streamlit as st

__all__ = ["follow", "remember"]

_WRITTEN: Final = "links-written"
"""What of each key the address said when this visitor was here last."""


def follow(key: str, options: Sequence[str], *, default: str) -> None:
    """Start a widget from the address, before it is drawn.

    A link that was followed just now wins; otherwise what the visitor has chosen stays.
    What is none of ``options`` (a model that is gone) becomes ``default``.
    """
    link, written = st.query_params.get(key), st.session_state.setdefault(_WRITTEN, {})
    fresh = link in options and link != written.get(key)
    asked = link if fresh else st.session_state.get(key, link)
    written[key] = link  # Followed once: the next click on the page must not be undone.
    wanted = asked if asked in options else default
    if key not in st.session_state or st.session_state[key] != wanted:
        st.session_state[key] = wanted


def remember(**values: str) -> None:
    """Write what is chosen into the address."""
    st.session_state.setdefault(_WRITTEN, {}).update(values)
    if st.query_params.to_dict() != values:
        st.query_params.from_dict(values)
