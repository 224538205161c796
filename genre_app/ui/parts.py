"""A chart with all that belongs to it: message, table, pictures to download."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from genre_app.collection.source import Skipped
from genre_app.figures.tables import columns_csv
from genre_app.ui.state import escape_markdown

__all__ = ["chart", "left_out", "table", "twins"]

Image = Callable[..., bytes]
"""Draws a picture; takes ``format="png"`` or ``"svg"``."""


def chart(
    figure: Any,  # noqa: ANN401  # plotly is imported late.
    message: str,
    key: str,
    *,
    columns: Mapping[str, Sequence[Any]],
    image: Image | None = None,
) -> None:
    """Show a figure, what it says, and its table."""
    st.plotly_chart(figure, theme="streamlit", alt=message, key=f"chart-{key}")
    st.caption(escape_markdown(message))
    twins(key, columns, image)


def twins(key: str, columns: Mapping[str, Sequence[Any]], image: Image | None = None) -> None:
    """Offer a figure as a table, as CSV and as a picture."""
    with st.expander("As a table or a picture", icon=":material/table_view:"):
        st.dataframe(dict(columns), hide_index=True, key=f"table-{key}")
        with st.container(horizontal=True):
            _csv(key, columns)
            if image is not None:
                for form, mime in (("png", "image/png"), ("svg", "image/svg+xml")):
                    st.download_button(
                        f"Picture ({form.upper()})",
                        partial(image, format=form),
                        file_name=f"{key}.{form}",
                        mime=mime,
                        on_click="ignore",
                        key=f"{form}-{key}",
                    )


def table(
    columns: Mapping[str, Sequence[Any]], key: str, *, config: Mapping[str, Any] | None = None
) -> None:
    """Show a table that can be sorted and downloaded."""
    st.dataframe(
        dict(columns),
        hide_index=True,
        key=f"table-{key}",
        placeholder="",
        column_config=None if config is None else dict(config),
    )
    _csv(key, columns)


def _csv(key: str, columns: Mapping[str, Sequence[Any]]) -> None:
    st.download_button(
        "Table (CSV)",
        lambda: columns_csv(columns),
        file_name=f"{key}.csv",
        mime="text/csv",
        on_click="ignore",
        key=f"csv-{key}",
    )


def left_out(skipped: Sequence[Skipped], key: str) -> None:
    """List the files that were left out, and why."""
    st.dataframe(
        {"File": [one.name for one in skipped], "Why": [one.reason for one in skipped]},
        hide_index=True,
        key=key,
    )
