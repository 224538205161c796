"""Every error that a user of Genre Blend can cause, as one tree.

::

    GenreAppError
      AudioError
        UnreadableAudio     not audio, or damaged beyond use
        AudioTooShort       audio, but not enough of it for a reading
        AudioTooLong        longer or larger than the limits allow
        SilentAudio         audio, but nothing sounds
      ModelError            a model that is unknown, damaged or does not fit
      DatasetError          the bundled subset is missing, damaged or malformed
      TrainingError         a training that cannot start or could not finish
      ArchiveError          a zip file that is damaged or not safe to open
      CollectionError       classes of one's own that are too few, damaged or misnamed
      UsageError            options of a command that do not go together, or make no sense

Each message is a sentence for the person in front of the screen: what is
wrong, why, and what to do. ``kind`` is the same thing for programs.

Examples
--------
>>> try:
...     raise UnreadableAudio("notes.mp3 is text, not audio. Choose a music file.")
... except GenreAppError as error:
...     print(error.kind)
unreadable-audio
"""

import zipfile
import zlib
from typing import ClassVar, Final

__all__ = [
    "DAMAGED",
    "ArchiveError",
    "AudioError",
    "AudioTooLong",
    "AudioTooShort",
    "CollectionError",
    "DatasetError",
    "GenreAppError",
    "ModelError",
    "SilentAudio",
    "TrainingError",
    "UnreadableAudio",
    "UsageError",
    "cannot_be_written",
    "reason_of",
]

DAMAGED: Final = (
    OSError,
    ValueError,
    KeyError,
    EOFError,
    RuntimeError,  # Of a flag that says encrypted, or a way of packing that there is not.
    zipfile.BadZipFile,
    zlib.error,
)
"""What NumPy raises of an ``.npz`` that is damaged, cut short or missing, for ``except``."""


class GenreAppError(Exception):
    """Base of every error that this package raises on purpose."""

    kind: ClassVar[str] = "error"


class AudioError(GenreAppError):
    """The audio that was given cannot be read."""

    kind = "audio"


class UnreadableAudio(AudioError):
    """The bytes are not audio, or are damaged beyond use."""

    kind = "unreadable-audio"


class AudioTooShort(AudioError):
    """There is audio, but too little of it for a reading."""

    kind = "audio-too-short"


class AudioTooLong(AudioError):
    """The audio is longer, or the file larger, than the limits allow."""

    kind = "audio-too-long"


class SilentAudio(AudioError):
    """There is audio, but nothing sounds in it."""

    kind = "silent-audio"


class ModelError(GenreAppError):
    """A model is unknown, damaged, or does not fit what it is asked to read."""

    kind = "model"


class DatasetError(GenreAppError):
    """The bundled subset, or the data it is built from, is missing or damaged."""

    kind = "dataset"


class TrainingError(GenreAppError):
    """A training cannot start with these settings, or could not finish."""

    kind = "training"


class ArchiveError(GenreAppError):
    """A zip file is damaged, or opening it would not be safe."""

    kind = "archive"


class CollectionError(GenreAppError):
    """Classes of one's own are too few, damaged, or have a name that cannot be used."""

    kind = "collection"


class UsageError(GenreAppError):
    """The options of a command do not go together, one is missing, or makes no sense."""

    kind = "usage"


def reason_of(error: OSError) -> str:
    """Give the system's reason, to stand within a sentence."""
    return (error.strerror or "no reason given").lower()


def cannot_be_written(what: str, error: OSError) -> str:
    """Say that something cannot be written, why, and what to look at.

    Parameters
    ----------
    what : str
        As a sentence begins, e.g. ``"The model 'mine'"``.
    """
    return (
        f"{what} cannot be written ({reason_of(error)}). See that the disk has room and that the "
        "app may write to its folder."
    )
