"""Write a catalogue for other programs: Parquet, CSV or JSON, a row a file.

Columns: what the file is and says of itself, its reading, then for every genre
the share (``rock``) and its 90 % interval (``rock_low``, ``rock_high``; empty where the song is
no longer than one window of the model). ``notes`` says what was done to the file as it was
decoded; it is ``truncated`` where only its start was read. A file that cannot be read has
``error`` and ``error_kind`` instead.

Text comes from strangers' tags. A spreadsheet takes a cell that begins with
``=``, ``+``, ``-`` or ``@`` for a formula and runs it, so in CSV such a text gets
an apostrophe in front, as spreadsheets themselves mark plain text.
"""

import csv
import io
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from genre_app._source import no_formula
from genre_app.catalogue.rows import CatalogueError, Failure, Song
from genre_app.errors import UsageError
from genre_app.files import check_place

if TYPE_CHECKING:
    import pyarrow

__all__ = ["FORMATS", "as_json", "check", "csv_text", "export"]

FORMATS: Final = (".parquet", ".csv", ".json")

_TEXTS: Final = ("file", "title", "artist", "album", "album_artist")
_ABOUT: Final = ("format", "sha256", "model", "top", "certainty", "reason", "notes")
_FLAGS: Final = ("truncated",)
_ERRORS: Final = ("error_kind", "error")
_INTEGERS: Final = ("year", "track")


def check(path: Path) -> None:
    """Say at once, rather than after hours of reading, that nothing can be written there.

    Raises
    ------
    UsageError
        The ending is unknown.
    GenreAppError
        There is no such folder, or it is one itself.
    """
    if path.suffix.lower() not in FORMATS:
        raise UsageError(
            f"{path} must end in {', '.join(FORMATS[:-1])} or {FORMATS[-1]}: that is how the "
            "format is chosen."
        )
    check_place(path)


def export(
    path: Path, songs: Sequence[Song], failures: Sequence[Failure], genres: Sequence[str]
) -> None:
    """Write songs and failures; the file appears when it is complete.

    Parameters
    ----------
    path : Path
        Its ending says how: ``.parquet``, ``.csv`` or ``.json``.
    songs, failures
    genres : sequence of str
        The model's: they fix the columns, even where there is no song.

    Raises
    ------
    GenreAppError
        It cannot be written.
    """
    check(path)
    write: Callable[[Path], None] = {
        ".parquet": lambda place: _write_parquet(place, songs, failures, genres),
        ".csv": lambda place: _write_csv(place, songs, failures, genres),
        ".json": lambda place: _write_json(place, songs, failures),
    }[path.suffix.lower()]
    try:
        handle, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.stem}-")
        os.close(handle)
        try:
            write(Path(name))
            os.chmod(name, 0o666 & ~_umask())
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise CatalogueError(f"{path} cannot be written ({error.strerror or error}).") from error


def as_json(songs: Iterable[Song], failures: Iterable[Failure]) -> list[dict[str, Any]]:
    """Give songs and failures as the command line prints them."""
    return [song.as_dict() for song in songs] + [
        {
            "file": failure.place,
            "error": {"kind": failure.problem.kind, "message": failure.problem.message},
        }
        for failure in failures
    ]


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a table as CSV in which no text is taken for a formula."""
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(columns)
    writer.writerows([no_formula(cell) for cell in row] for row in rows)
    return lines.getvalue()


# A flat row a file ----------------------------------------------------------------------


def _columns(genres: Sequence[str]) -> list[str]:
    shares = [column for genre in genres for column in (genre, f"{genre}_low", f"{genre}_high")]
    return [*_TEXTS, *_INTEGERS, "duration_s", *_ABOUT, *_FLAGS, *_ERRORS, *shares]


def _rows(songs: Iterable[Song], failures: Iterable[Failure]) -> Iterable[dict[str, Any]]:
    for song in songs:
        row = song.as_dict()
        row.update(row.pop("blend"))
        for genre, (low, high) in (row.pop("interval") or {}).items():
            row |= {f"{genre}_low": low, f"{genre}_high": high}
        row["notes"] = " ".join(song.notes) or None
        yield row
    for failure in failures:
        yield {
            "file": failure.place,
            "error_kind": failure.problem.kind,
            "error": failure.problem.message,
        }


def _write_csv(
    path: Path, songs: Iterable[Song], failures: Iterable[Failure], genres: Sequence[str]
) -> None:
    columns = _columns(genres)
    rows = ([row.get(column) for column in columns] for row in _rows(songs, failures))
    # The mark at the start tells Excel that this is UTF-8.
    path.write_text(csv_text(columns, rows), encoding="utf-8-sig", newline="")


def _write_json(path: Path, songs: Iterable[Song], failures: Iterable[Failure]) -> None:
    with path.open("w", encoding="utf-8") as file:
        json.dump(as_json(songs, failures), file, ensure_ascii=False, indent=1)


def _write_parquet(
    path: Path, songs: Iterable[Song], failures: Iterable[Failure], genres: Sequence[str]
) -> None:
    import pyarrow
    import pyarrow.parquet

    schema = _schema(genres)
    columns: dict[str, list[Any]] = {name: [] for name in schema.names}
    for row in _rows(songs, failures):
        for name, values in columns.items():
            values.append(row.get(name))
    pyarrow.parquet.write_table(
        pyarrow.Table.from_pydict(columns, schema=schema), path, compression="zstd"
    )


def _schema(genres: Sequence[str]) -> "pyarrow.Schema":
    import pyarrow

    def kind(column: str) -> Any:  # noqa: ANN401  # pyarrow.DataType
        if column in _TEXTS + _ABOUT + _ERRORS:
            return pyarrow.string()
        if column in _FLAGS:
            return pyarrow.bool_()
        return pyarrow.int32() if column in _INTEGERS else pyarrow.float64()

    return pyarrow.schema([(column, kind(column)) for column in _columns(genres)])


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
