"""Links that open a page as somebody left it: ``?section=confusion&model=statistics``.

Streamlit's own ``bind="query-params"`` writes labels into the address, which
change with their wording and need not be unique; these are the names.
"""

from collections.abc import Sequence

import streamlit as st

__all__ = ["follow", "remember"]


def follow(key: str, options: Sequence[str], *, default: str) -> None:
    """Start a widget from the address, before it is drawn.

    What the visitor has chosen since stays; what is none of ``options`` (a model
    that is gone) becomes ``default``.
    """
    asked = st.session_state.get(key, st.query_params.get(key))
    wanted = asked if asked in options else default
    if key not in st.session_state or st.session_state[key] != wanted:
        st.session_state[key] = wanted


def remember(**values: str) -> None:
    """Write what is chosen into the address."""
    if st.query_params.to_dict() != values:
        st.query_params.from_dict(values)
