"""Year, track and album artist, which a catalogue wants beside title, artist and album."""

import io
import re
import struct
from typing import Any, Final

from genre_app._decoders import id3_end
from genre_app._source import printable
from genre_app.audio import ID3_BYTES, Tags
from genre_app.catalogue.rows import Labels

__all__ = ["labels"]

# ID3 frames, Vorbis comments, MP4 atoms and ASF attributes that mean the same.
_NAMES: Final = {
    "album_artist": ("tpe2", "albumartist", "album artist", "aart", "wm/albumartist"),
    "year": ("tdor", "tory", "tdrc", "tyer", "originaldate", "date", "year", "\xa9day", "wm/year"),
    "track": ("trck", "tracknumber", "trkn", "wm/tracknumber"),
}

_FRAMES: Final = ("TPE2", "TDOR", "TORY", "TDRC", "TYER", "TRCK", "TP2", "TYE", "TRK")

# Damaged tags: mutagen wraps most of what they cause in its own error, but not all.
_LEAKS: Final = (
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    RecursionError,
    struct.error,
)


def labels(data: bytes, tags: Tags) -> Labels:
    """Say what a file says of itself; whatever is odd about it, nothing is raised.

    Parameters
    ----------
    data : bytes
        The whole file.
    tags : Tags
        What :func:`genre_app.audio.load` has found already.

    Returns
    -------
    Labels
        The year is that of the first release, where the file tells it apart.
    """
    from mutagen import MutagenError

    try:
        found = _items(data)
    except (MutagenError, *_LEAKS):
        found = {}
    words = {field: _first(found, keys) for field, keys in _NAMES.items()}
    return Labels(
        tags.title,
        tags.artist,
        tags.album,
        words["album_artist"],
        _number(words["year"], r"(?<!\d)([12]\d{3})(?!\d)"),
        _number(words["track"], r"^\D{0,2}(\d{1,4})(?!\d)"),
    )


def _first(found: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    for key in keys:
        value = found.get(key)
        value = getattr(value, "text", value)
        if isinstance(value, list | tuple) and value:
            value = value[0]
        if value is not None and (text := printable(str(value), 300)):
            return text
    return None


def _number(text: str | None, pattern: str) -> int | None:
    match = re.search(pattern, text or "")
    return int(match[1]) if match else None


def _items(data: bytes) -> dict[str, Any]:
    import mutagen
    from mutagen import asf, flac, id3, mp4, oggflac, oggopus, oggvorbis

    found: Any
    if data[:3] == b"ID3":
        # Of a large tag only the start, as in genre_app.audio: ID3 may be compressed a
        # thousandfold, and the cover picture is not wanted.
        size = min(id3_end(data), ID3_BYTES)
        head = data[:6] + bytes(size - 10 >> shift & 127 for shift in (21, 14, 7, 0))
        frames = {name: getattr(id3, name) for name in _FRAMES}
        found = id3.ID3(io.BytesIO(head + data[10:size]), known_frames=frames)
    elif data[-128:-125] == b"TAG":
        found = id3.ParseID3v1(data[-128:])
    else:
        kinds = [flac.FLAC, mp4.MP4, asf.ASF, oggvorbis.OggVorbis, oggopus.OggOpus, oggflac.OggFLAC]
        found = mutagen.File(io.BytesIO(data), options=kinds)
    return {str(key).lower(): value for key, value in (found or {}).items()}
