"""Find a track's audio in the folder of somebody who has GTZAN; it is not bundled.

Only files whose whole path below the folder is ``<genre>/<track>.<ending>``,
with a genre and a track of the bundled table, are ever opened: no name that a
visitor gives becomes part of a path.
"""

import os
from pathlib import Path
from typing import Final

from genre_app import places
from genre_app.gtzan.subset import Track

__all__ = ["ENDINGS", "FOLDER_SETTING", "find_clip", "is_private", "set_folder"]

FOLDER_SETTING: Final = "GENRE_APP_GTZAN"
"""Environment variable: where GTZAN's audio lies."""

ENDINGS: Final = ("wav", "au", "flac", "mp3", "ogg", "opus", "m4a")


def is_private() -> bool:
    """Whether visitors may name a folder of this computer."""
    return not places.public()


def set_folder() -> str:
    """Give the folder that the environment names; empty where it names none."""
    return os.environ.get(FOLDER_SETTING, "")


def find_clip(folder: str | Path, track: Track) -> Path | None:
    """Find the audio of a track; ``None`` where it is not there.

    Parameters
    ----------
    folder : str or Path
        Holds a folder a genre; an empty name finds nothing.
    """
    if not str(folder).strip():
        return None
    try:
        root = Path(folder).expanduser().resolve(strict=True)
        for genre, stem in ((track.genre, track.name), (track.genre, _without_dot(track))):
            for ending in ENDINGS:
                path = (root / genre / f"{stem}.{ending}").resolve()
                # A link may lead out of the folder: what is there was not offered.
                if path.is_file() and path.is_relative_to(root):
                    return path
    except (OSError, ValueError, RuntimeError):  # Not a folder, a NUL in it, or no home.
        return None
    return None


def _without_dot(track: Track) -> str:
    """Give the name that some copies have: ``blues00000``."""
    return track.name.replace(".", "")
