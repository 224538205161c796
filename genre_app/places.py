"""Where the user's own things lie: the models that were kept, the runs."""

import os
from pathlib import Path
from typing import Final

__all__ = ["VARIABLE", "home"]

VARIABLE: Final = "GENRE_BLEND_DATA"
"""Environment variable that names another folder, such as a host's lasting disk."""


def home() -> Path:
    """Give the user's data folder; it need not exist yet."""
    given = os.environ.get(VARIABLE)
    if given:
        return Path(given)
    import platformdirs

    return platformdirs.user_data_path("genre-blend", appauthor=False)
