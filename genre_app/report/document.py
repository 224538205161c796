"""Pieces of a self-contained HTML document: escaped text, tables, pictures."""

import base64
import html
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

__all__ = [
    "bullets",
    "document",
    "facts",
    "figure",
    "folded",
    "paragraph",
    "picture",
    "table",
    "text",
]

_STYLE: Final = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: #1b2430; background: #fff; }
table { border-collapse: collapse; font-size: 12px; margin: 0.5rem 0; display: block;
  overflow-x: auto; }
th, td { border-bottom: 1px solid #d0d5db; padding: 0.2rem 0.5rem; text-align: left; }
td.n { text-align: right; font-variant-numeric: tabular-nums; }
img { max-width: 100%; } figure { margin: 1rem 0; break-inside: avoid; }
figcaption { color: #4a5568; } h2 { margin-top: 2.5rem; }
summary { cursor: pointer; color: #4a5568; } p.said { font-weight: 600; }
"""


def document(title: str, body: Sequence[str]) -> bytes:
    """Put pieces together as one HTML file, UTF-8."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{text(title)}</title><style>{_STYLE}</style></head><body>"
        + "\n".join(body)
        + "</body></html>\n"
    ).encode()


def paragraph(*sentences: object) -> str:
    """Write sentences as a paragraph."""
    return f"<p>{' '.join(text(sentence) for sentence in sentences)}</p>"


def figure(draw: Callable[..., bytes], caption: str) -> str:
    """Put a picture with its message into the document.

    Parameters
    ----------
    draw : callable
        Takes ``format="svg"``.
    caption : str
    """
    return picture(draw(format="svg"), "image/svg+xml", caption)


def picture(data: bytes, kind: str, caption: str) -> str:
    """Put the bytes of a picture into the document, its message beneath it and as ``alt``."""
    inside = base64.b64encode(data).decode("ascii")
    return (
        f'<figure><img src="data:{kind};base64,{inside}" alt="{text(caption)}">'
        f"<figcaption>{text(caption)}</figcaption></figure>"
    )


def table(columns: Mapping[str, Sequence[Any]]) -> str:
    """Write columns as a table; numbers stand right."""
    head = "".join(f"<th>{text(name)}</th>" for name in columns)
    rows = "".join(
        "<tr>" + "".join(map(_cell, row)) + "</tr>" for row in zip(*columns.values(), strict=True)
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def folded(columns: Mapping[str, Sequence[Any]], title: str = "As a table") -> str:
    """Write a table that opens at a click."""
    return f"<details><summary>{text(title)}</summary>{table(columns)}</details>"


def facts(of: Mapping[str, Any], keys: Sequence[str]) -> str:
    """Write some entries of a dictionary as a table of two columns, in words."""
    known = [key for key in keys if key in of]
    return table({"What": [_name(key) for key in known], "Value": [_words(of[k]) for k in known]})


def bullets(lines: Sequence[object]) -> str:
    """Write a list."""
    return "<ul>" + "".join(f"<li>{text(line)}</li>" for line in lines) + "</ul>"


def text(value: object) -> str:
    """Escape what is written into the document."""
    return html.escape(str(value), quote=True)


def _cell(value: object) -> str:
    if value is None:
        return "<td></td>"
    kind = ' class="n"' if isinstance(value, int | float) else ""
    return f"<td{kind}>{text(value)}</td>"


def _name(key: str) -> str:
    unit = " (s)" if key.endswith("_s") else ""
    return key.removesuffix("_s").replace("_", " ").capitalize() + unit


def _words(value: object) -> str:
    if isinstance(value, Mapping):
        kept = {key: one for key, one in value.items() if one not in (None, {}, [])}
        # In a sentence, what has parts itself needs its own brackets.
        return "; ".join(
            f"{_name(str(key)).lower()}: "
            + (f"({_words(one)})" if isinstance(one, Mapping) else _words(one))
            for key, one in kept.items()
        )
    if isinstance(value, list | tuple):
        return ", ".join(map(_words, value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)
