"""Where the user's own things lie, and who may see them."""

import os
from pathlib import Path
from typing import Final

__all__ = ["PUBLIC", "VARIABLE", "home", "public"]

VARIABLE: Final = "GENRE_APP_DATA"
"""Environment variable that names another folder, such as a host's lasting disk."""

PUBLIC: Final = "GENRE_APP_PUBLIC"
"""Environment variable: ``1`` where strangers use the same server."""


def home() -> Path:
    """Give the folder of kept models, runs and collections; it need not exist yet."""
    given = os.environ.get(VARIABLE)
    if given:
        return Path(given)
    import platformdirs

    return platformdirs.user_data_path("genre-blend", appauthor=False)


def public() -> bool:
    """Whether strangers use this server: they see none of its files, nor each other's things."""
    return os.environ.get(PUBLIC, "") not in ("", "0")
