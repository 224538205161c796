"""Where the user's own things lie, and who may see them."""

import os
from pathlib import Path
from typing import Final

__all__ = ["PUBLIC", "USUAL", "VARIABLE", "cache", "home", "public"]

VARIABLE: Final = "GENRE_APP_DATA"
"""Environment variable that names another folder, such as a host's lasting disk."""

PUBLIC: Final = "GENRE_APP_PUBLIC"
"""Environment variable: ``1`` where strangers use the same server."""

USUAL: Final = {
    "Linux": "~/.local/share/genre-blend",
    "macOS": "~/Library/Application Support/genre-blend",
    "Windows": r"%LOCALAPPDATA%\genre-blend",
}
"""What :func:`home` is where nothing else is named, for who is to go there on another computer."""


def home() -> Path:
    """Give the folder of kept models, runs and collections; it need not exist yet."""
    given = os.environ.get(VARIABLE)
    if given:
        return Path(given)
    import platformdirs

    return platformdirs.user_data_path("genre-blend", appauthor=False)


def cache() -> Path:
    """Give the folder of what can be computed again; it need not exist yet.

    The user's cache, or below :func:`home` where that was named: who moves the app's things
    to another disk wants none of them left behind.
    """
    if os.environ.get(VARIABLE):
        return home() / "cache"
    import platformdirs

    return platformdirs.user_cache_path("genre-blend", appauthor=False)


def public() -> bool:
    """Whether strangers use this server: they see none of its files, nor each other's things."""
    return os.environ.get(PUBLIC, "") not in ("", "0")
