"""A chart with all that belongs to it: message, table, pictures to download."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeAlias

import streamlit as st

from genre_app.collection.source import Skipped
from genre_app.figures.confusion import Ground
from genre_app.figures.tables import columns_csv
from genre_app.ui.state import escape_markdown
from genre_app.wording import Noted

__all__ = ["chart", "ground", "left_out", "noted", "table", "twins"]

Columns: TypeAlias = Mapping[str, Sequence[Any]]

Image = Callable[..., bytes]
"""Draws a picture; takes ``format="png"`` or ``"svg"``."""

_WHOLE: Final = 20
"""Rows up to which a table is shown without scrolling within it."""

_DECIMALS: Final = 4


def chart(
    figure: Any,  # noqa: ANN401  # plotly is imported late.
    message: str,
    key: str,
    *,
    columns: Columns,
    image: Image | None = None,
) -> None:
    """Show a figure, what it says, and its table."""
    st.plotly_chart(figure, theme="streamlit", alt=message, key=f"chart-{key}")
    st.caption(escape_markdown(message))
    twins(key, columns, image)


@st.fragment
def twins(key: str, columns: Columns | Callable[[], Columns], image: Image | None = None) -> None:
    """Offer a figure as a table, as CSV and as a picture: made when it is opened.

    A fragment: what is opened comes without the rest of the page, and what stays closed
    costs another model's page nothing.
    """
    with st.expander(
        "As a table or a picture",
        icon=":material/table_view:",
        key=f"twins-{key}",
        on_change="rerun",
    ) as opened:
        if not opened.open:
            return
        found = columns() if callable(columns) else columns
        _frame(found, key)
        with st.container(horizontal=True):
            _csv(key, found)
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


def table(columns: Columns, key: str, *, config: Mapping[str, Any] | None = None) -> None:
    """Show a table that can be sorted and downloaded."""
    _frame(columns, key, config)
    _csv(key, columns)


def _frame(columns: Columns, key: str, config: Mapping[str, Any] | None = None) -> None:
    st.dataframe(
        dict(columns),
        hide_index=True,
        key=f"table-{key}",
        placeholder="",
        height="content" if max(map(len, columns.values()), default=0) <= _WHOLE else "auto",
        column_config={**_formats(columns), **(config or {})},
    )


def _formats(columns: Columns) -> dict[str, Any]:
    """Give every number of a column as many decimals: 4.0 beneath 3.7, not 4."""
    found: dict[str, Any] = {}
    for name, values in columns.items():
        numbers = [value for value in values if isinstance(value, float)]
        if numbers:
            decimals = max(_decimals(value) for value in numbers)
            found[name] = st.column_config.NumberColumn(format=f"%.{decimals}f")
    return found


def _decimals(value: float) -> int:
    """Count the decimals that a number has, as far as a table shows them."""
    return len(f"{value:.{_DECIMALS}f}".rstrip("0").partition(".")[2])


def _csv(key: str, columns: Columns) -> None:
    st.download_button(
        "Table (CSV)",
        lambda: columns_csv(columns),
        file_name=f"{key}.csv",
        mime="text/csv",
        on_click="ignore",
        key=f"csv-{key}",
    )


def ground() -> Ground | None:
    """Say what the page's ground is, where the browser has told."""
    found = st.context.theme.type
    return found if found in {"light", "dark"} else None


def left_out(skipped: Sequence[Skipped], key: str) -> None:
    """List the files that were left out, and why."""
    st.dataframe(
        {"File": [one.name for one in skipped], "Why": [one.reason for one in skipped]},
        hide_index=True,
        key=key,
    )


def noted(files: Sequence[Noted], key: str) -> None:
    """List what was done to songs as they were decoded."""
    st.dataframe(
        {
            "Song": [one.name for one in files],
            "Notes": [" ".join(one.notes) for one in files],
        },
        hide_index=True,
        key=key,
    )
