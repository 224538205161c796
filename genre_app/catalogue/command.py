"""The command: ``python -m genre_app catalogue DIR_OR_URL ...``."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from genre_app._source import printable
from genre_app.audio import limit_words
from genre_app.errors import UsageError
from genre_app.genres import NAMES
from genre_app.wording import Noted, counted, noted_lines, print_json

__all__ = ["add_command", "positive", "run"]


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``catalogue`` to the command line."""
    parser = commands.add_parser(
        "catalogue",
        help="read all songs of folders, once, and keep the readings",
        description="Read all songs of folders, once, and keep the readings. Of a long file only "
        f"the first {limit_words()} are read; a note says so.",
    )
    parser.add_argument(
        "places", nargs="+", metavar="DIR_OR_URL", help="folders, files, or s3://... and the like"
    )
    parser.add_argument("--model", help="a name that 'models' lists")
    parser.add_argument(
        "--db",
        type=Path,
        metavar="FILE",
        help="the catalogue (default: in your cache folder, or in GENRE_APP_DATA)",
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="export to FILE.parquet, .csv or .json"
    )
    who = parser.add_mutually_exclusive_group()
    who.add_argument("--workers", type=positive, help="processes (default: one a core)")
    who.add_argument(
        "--scheduler", metavar="ADDRESS", help="of a Dask cluster, e.g. tcp://10.0.0.5:8786"
    )
    parser.add_argument("--json", action="store_true", help="print the readings as JSON")
    parser.add_argument(
        "--forget",
        action="store_true",
        help="read nothing: take the songs of these places out, whichever model read them",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command.

    Returns
    -------
    int
        0: all songs are catalogued; 1: some cannot be read, or there is nothing to forget;
        130: interrupted.
    """
    if not all(options.places):
        # As of a variable that is not set; it would be the folder that one stands in.
        raise UsageError("One of the places has no name. Name a folder of music, or a song.")
    if options.forget:
        return _forget(options)
    from genre_app import zoo
    from genre_app.catalogue import export
    from genre_app.catalogue.progress import Progress
    from genre_app.catalogue.run import catalogue, default_path, model_key
    from genre_app.catalogue.store import Store
    from genre_app.catalogue.walk import SUFFIXES

    model = model_key(options.model or zoo.DEFAULT)
    path = options.db or default_path()
    if options.out:
        export.check(options.out)
    progress = Progress()
    try:
        report = catalogue(
            options.places,
            path=path,
            model=model,
            workers=options.workers,
            scheduler=options.scheduler,
            tell=progress,
        )
    except KeyboardInterrupt:
        progress.close()
        print(
            f"Stopped. What was read is kept in {path}; the same command goes on from there.",
            file=sys.stderr,
        )
        return 130
    finally:
        progress.close()
    with Store(path, read_only=True) as store:
        songs = store.songs(model, report.places)
    if options.out:
        export.export(options.out, songs, report.failures, model.genres)
    for failure in report.failures:
        print(f"{printable(failure.place)}: {failure.problem.message}", file=sys.stderr)
    if options.json:
        print_json(export.as_json(songs, report.failures))
    else:
        print(
            f"{counted(len(songs) + len(report.failures), 'song')}: {report.read:,} read now, "
            f"{report.known:,} known already, {len(report.failures):,} cannot be read "
            f"({report.seconds:.1f} s)."
        )
        if not songs and not report.failures:
            print(f"Of a folder, files are tried that end in {', '.join(sorted(SUFFIXES))}.")
        _print_blend(songs)
        _print_notes(songs)
        print(f"Catalogue: {path}" + (f"; exported to {options.out}" if options.out else ""))
    return int(bool(report.failures))


def _forget(options: argparse.Namespace) -> int:
    from genre_app.catalogue import lock
    from genre_app.catalogue.rows import CatalogueError
    from genre_app.catalogue.run import default_path
    from genre_app.catalogue.store import Store
    from genre_app.catalogue.walk import is_url

    others = ("model", "out", "workers", "scheduler", "json")
    given = [f"--{name}" for name in others if getattr(options, name)]
    if given:
        raise UsageError(f"--forget does not go together with {' and '.join(given)}.")
    path = options.db or default_path()
    if not path.exists():
        raise CatalogueError(f"There is no catalogue {path}.")
    asked = [one if is_url(one) else os.path.abspath(one) for one in options.places]
    below = tuple(one.rstrip("/") + "/" if is_url(one) else os.path.join(one, "") for one in asked)
    with lock.held(path), Store(path) as store:
        places = [one for one in store.places() if one in asked or one.startswith(below)]
        store.forget(places)
    print(f"{counted(len(places), 'song')} taken out of the catalogue {path}. The files stay.")
    return int(not places)


def _print_blend(songs: Sequence[Any]) -> None:
    if not songs:
        return
    mean = np.mean([song.blend for song in songs], axis=0)
    order = np.argsort(-mean)[:5].tolist()
    genres = songs[0].genres
    shares = ", ".join(f"{NAMES.get(genres[i], genres[i])} {mean[i]:.0%}" for i in order)
    words = [song.certainty for song in songs]
    sure = ", ".join(
        f"{words.count(word):,} {word}"
        for word in ("clear", "mixed", "unsure", "outside")
        if word in words
    )
    print(f"Together: {shares}. How sure: {sure}.")


def _print_notes(songs: Sequence[Any]) -> None:
    noted = [
        Noted(printable(song.place), song.notes, song.truncated) for song in songs if song.notes
    ]
    for line in noted_lines(noted, elsewhere="--out and --json hold"):
        print(line)


def positive(text: str) -> int:
    """Take an option's number, which is 1 or more."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1 on")
    return int(text)
