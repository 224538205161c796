"""Where audio comes from, before it is decoded: behind :mod:`genre_app.audio`.

Reads paths, bytes and uploads within a limit, makes names fit to be shown, and
says what a file is that turned out not to be audio.
"""

import os
import re
import stat
import unicodedata
from typing import Any, Final

from genre_app.errors import AudioTooLong, UnreadableAudio

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def read(source: Any, shown: str, max_bytes: int) -> bytes:  # noqa: ANN401  # Checked here.
    """Return all bytes of the source, having refused too many before they fill the memory."""
    if isinstance(source, bytes | bytearray | memoryview):
        size = source.nbytes if isinstance(source, memoryview) else len(source)
        data = b"" if size > max_bytes else bytes(source)
    elif isinstance(source, str | os.PathLike):
        size, data = _read_path(source, shown, max_bytes)
    elif hasattr(source, "read"):
        data = _read_file(source, max_bytes)
        size = len(data)
    else:
        raise TypeError(f"audio comes as a path, bytes or a file, not as {type(source).__name__}")
    if size > max_bytes:
        raise AudioTooLong(
            f"{shown} is larger than {max_bytes / 2**20:,.3g} MB, the most that is read here. "
            "Cut out the part to look at, or save it as MP3."
        )
    if not data:
        raise UnreadableAudio(
            f"{shown} is empty: it holds 0 bytes. Download, record or export it again."
        )
    return data


def _read_path(path: str | os.PathLike[str], shown: str, max_bytes: int) -> tuple[int, bytes]:
    if not os.fspath(path):
        raise UnreadableAudio("One of the files has no name. Name a music file.")
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise UnreadableAudio(f"{shown} is a folder. Choose a music file in it.")
        if not stat.S_ISREG(status.st_mode):  # A pipe or a device may never end.
            raise UnreadableAudio(f"{shown} is not a file. Choose a music file.")
        if status.st_size > max_bytes:
            return status.st_size, b""
        with open(path, "rb") as file:
            data = file.read(max_bytes + 1)
    except FileNotFoundError as error:
        raise UnreadableAudio(f"{shown} does not exist. Check the name and the folder.") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path.
        why = getattr(error, "strerror", None) or "the name is not valid"
        raise UnreadableAudio(
            f"{shown} cannot be opened ({why.lower()}). Check the file and its permissions."
        ) from error
    return len(data), data


def _read_file(file: Any, max_bytes: int) -> bytes:  # noqa: ANN401  # Anything with read().
    if hasattr(file, "getvalue"):
        data = file.getvalue()
    elif hasattr(file, "seekable") and file.seekable():
        position = file.tell()
        file.seek(0)
        data = file.read(max_bytes + 1)
        file.seek(position)
    else:
        data = file.read(max_bytes + 1)
    if not isinstance(data, bytes | bytearray | memoryview):
        raise TypeError("audio files must be opened in binary mode")
    return bytes(data)


def shown_name(source: object, name: str | None) -> str:
    """Return a name that is safe and short on screen: one line, no directions, 80 characters."""
    if name is None:
        own = source if isinstance(source, str | os.PathLike) else getattr(source, "name", "")
        path = os.fsdecode(own) if isinstance(own, str | os.PathLike) else ""
        # A folder may be written with a slash at its end.
        name = os.path.basename(path.rstrip("/" + os.sep)) or path
    name = printable(name)
    return (name if len(name) <= 80 else f"{name[:60]}…{name[-19:]}") or "recording"


def no_formula(cell: object) -> object:
    """Give a cell of a table as no spreadsheet takes it for a formula: users name things."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def printable(text: str, limit: int = 1000) -> str:
    """Collapse blanks and drop what does not print, such as a switch to right-to-left."""
    joiners = "\u200c\u200d"  # Persian, Indic scripts and emoji are spelt with these.
    kept = (
        " " if c.isspace() else c
        for c in text[: 4 * limit]
        if c.isspace() or c in joiners or unicodedata.category(c)[0] != "C"
    )
    return " ".join("".join(kept).split())[:limit].strip()


_OTHER_KINDS: Final = (
    (b"\x89PNG", "is a picture (PNG)"),
    (b"\xff\xd8\xff", "is a picture (JPEG)"),
    (b"GIF8", "is a picture (GIF)"),
    (b"%PDF", "is a PDF document"),
    (b"PK\x03\x04", "is a ZIP archive, or a document packed as one"),
    (b"Rar!", "is a RAR archive"),
    (b"7z\xbc\xaf", "is a 7z archive"),
    (b"\x1f\x8b", "is a compressed archive"),
    (b"MThd", "is a MIDI file: notes, and no sound"),
    (b"\x7fELF", "is a program"),
    (b"MZ", "is a program"),
)


def why_not(data: bytes, reason: str) -> str:
    """Return the end of the sentence on bytes that no decoder took."""
    if reason:
        return f"{reason}. Choose another file, or save it as WAV, FLAC or MP3."
    for magic, kind in _OTHER_KINDS:
        if data.startswith(magic):
            return f"{kind}, not audio. Choose a music file."
    text = _as_text(data[:4096])
    if text is not None:
        start = text.lstrip("\ufeff \t\r\n").lower()
        if re.match(r"<(!doctype html|html|head|body|\?xml[^>]*>\s*<(!doctype )?html)", start):
            return (
                "is a web page, not audio: the download went wrong. "
                "Open the link in a browser and save the music itself."
            )
        if start.startswith(("#extm3u", "[playlist]", "ffconcat")):
            return "is a playlist: it only points to music. Choose a music file itself."
        return "is text, not audio. Choose a music file."
    if data[4:8] == b"ftyp" and b"moov" not in data:
        return (
            "was cut before its index, which an M4A or MP4 file keeps at the end. "
            "Export or download it again, completely."
        )
    if data[:4] in (b"RIFF", b"RF64", b"FORM") and len(data) < 256:
        return "has a header but no sound in it. Export or download it again."
    return (
        "could not be read as audio: it is damaged, or in a format that is not known here. "
        "Save it as WAV, FLAC, MP3, M4A or Ogg and try again."
    )


def _as_text(head: bytes) -> str | None:
    """Return the bytes as text, or ``None`` where they do not look like any."""
    encoding = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    text = head.decode(encoding, errors="replace")
    odd = sum(not (c.isprintable() or c in "\t\r\n\f\ufeff") or c == "\ufffd" for c in text)
    return text if odd <= 0.02 * len(text) else None
