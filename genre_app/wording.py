"""What commands and pages say alike: counts, notes on files, JSON."""

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

__all__ = ["MOST_NOTED", "Noted", "counted", "noted_heading", "noted_lines", "print_json"]

MOST_NOTED: Final = 20
"""Songs of which notes are printed where something else holds the notes of all."""


@dataclass(frozen=True)
class Noted:
    """A file with what was done to it as it was decoded.

    Attributes
    ----------
    name : str
        Fit to be printed.
    notes : tuple of str
        Sentences; at least one.
    truncated : bool
        Whether only its start was read.
    """

    name: str
    notes: tuple[str, ...]
    truncated: bool


def counted(number: int, thing: str) -> str:
    """Say how many of something there are: ``"1 song"``, ``"1,200 songs"``."""
    return f"{number:,} {thing}{'s' * (number != 1)}"


def noted_heading(noted: Iterable[Noted]) -> str:
    """Say of how many songs something is noted, and how many were read only in part."""
    found = list(noted)
    parts = sum(one.truncated for one in found)
    start = f" ({parts:,} read only in part)" if parts else ""
    return f"Notes on {counted(len(found), 'song')}{start}"


def noted_lines(noted: Iterable[Noted], *, elsewhere: str = "") -> list[str]:
    """Give the notes on songs as lines to print: nothing where there are none.

    Parameters
    ----------
    noted : iterable of Noted
        Those that were read only in part come first.
    elsewhere : str
        What holds the notes of all, e.g. ``"--json holds"``: only some are printed then.
    """
    found = sorted(noted, key=lambda one: not one.truncated)
    if not found:
        return []
    most = MOST_NOTED if elsewhere else len(found)
    lines = [f"  {one.name}: {' '.join(one.notes)}" for one in found[:most]]
    if len(found) > most:
        lines.append(f"  and {len(found) - most:,} more: {elsewhere} the notes of all.")
    return [f"{noted_heading(found)}:", *lines]


def print_json(value: object) -> None:
    """Print JSON, its letters as they are wherever the output's encoding has them all.

    A file's name may hold any bytes, and not every terminal writes every script.
    """
    text = json.dumps(value, indent=2, ensure_ascii=False)
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(value, indent=2)
    print(text)
