"""The commands: ``python -m genre_app explain FILE`` and ``... neighbours``."""

import argparse
import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from genre_app._source import printable
from genre_app.errors import GenreAppError, UsageError, cannot_be_written, reason_of
from genre_app.genres import NAMES
from genre_app.wording import print_json

if TYPE_CHECKING:
    from genre_app.audio import Recording

__all__ = ["add_commands", "bar"]


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``explain`` and ``neighbours`` to the command line."""
    from genre_app.audio import limit_words

    long = f"Of a long file only the first {limit_words()} are read; a note says so."
    explain = commands.add_parser(
        "explain",
        help="show, test and make audible what carries a genre",
        description=f"Show, test and make audible what carries a genre. {long}",
    )
    explain.add_argument("file", metavar="FILE")
    explain.add_argument("--model", help="a name that 'models' lists")
    explain.add_argument("--genre", help="which one (default: the first of the region)")
    explain.add_argument(
        "--method",
        choices=("gradient", "occlusion"),
        help="by the network's gradient, or by hiding pieces (default: the gradient of models "
        "that see a picture, hiding for the others)",
    )
    explain.add_argument(
        "--start", type=_start, default=0.0, metavar="S", help="where the 30 s begin"
    )
    explain.add_argument(
        "--out", type=Path, metavar="DIR", help="write explanation.json, only.wav and rest.wav"
    )
    explain.add_argument("--json", action="store_true", help="print the explanation as JSON")
    explain.set_defaults(run=_explain)

    neighbours = commands.add_parser(
        "neighbours",
        help="list the nearest tracks of the subset",
        description=f"List the nearest tracks of the subset. {long}",
    )
    neighbours.add_argument("file", nargs="?", metavar="FILE")
    neighbours.add_argument("--model", help="a name that 'models' lists")
    neighbours.add_argument("--build", action="store_true", help="compute them for a model first")
    neighbours.add_argument(
        "--json",
        action="store_true",
        help="print the tracks as JSON; notes go to standard error",
    )
    neighbours.set_defaults(run=_neighbours)


def _start(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0.0 <= seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds from 0 on")
    return seconds


def _explain(options: argparse.Namespace) -> int:
    from genre_app import audio, zoo
    from genre_app.explain import explain, region, split
    from genre_app.explain.audible import match_loudness
    from genre_app.explain.explanation import HOW
    from genre_app.figures.explain import explain_message
    from genre_app.files import write_together

    recording = audio.load(options.file)
    if options.start >= recording.duration_s:
        name = f"'{printable(options.file)}'"
        ends = f"only the first {audio.limit_words()} of {name} are read"
        if not recording.truncated:
            ends = f"{name} ends after {recording.duration_s:.0f} s"
        raise UsageError(f"There is nothing from {options.start:.0f} s on: {ends}.")
    if options.out:
        _make_folder(options.out)  # Before the work, which takes a while.
    samples = recording.samples
    cut, start = region(samples, start_s=options.start)
    found = explain(
        cut,
        model=options.model or zoo.DEFAULT,
        genre=options.genre,
        method=options.method,
        start_s=start,
        progress=bar if sys.stderr.isatty() else None,
    )
    result: dict[str, Any] = {"file": options.file} | found.as_dict()
    result |= {"notes": list(recording.notes), "truncated": recording.truncated}
    if options.out:
        parts = split(cut, found.mask())
        files = {
            f"{name}.wav": audio.wav_bytes(match_loudness(part, cut))
            for name, part in (("only", parts.only), ("rest", parts.rest))
        }
        files["explanation.json"] = json.dumps(result, indent=2).encode()
        try:
            write_together(options.out, files)
        except OSError as error:
            what = f"The explanation in '{options.out}'"
            raise GenreAppError(cannot_be_written(what, error)) from None
    if options.json:
        print_json(result)
        return 0
    end = start + found.mel.duration_s
    called = NAMES.get(found.genre, found.genre)
    print(f"{printable(options.file)}, {start:.0f} to {end:.0f} s, {called}:")
    print(f"  {explain_message(found)}\n  {found.sentence}")
    print(f"  {found.check.shown_sentence(found.genre)}\n  {HOW[found.method]}")
    _print_notes(recording)
    return 0


def _print_notes(recording: "Recording", file: TextIO | None = None) -> None:
    for note in recording.notes:
        print(f"  note: {note}", file=file)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GenreAppError(
            f"The folder '{folder}' cannot be made ({reason_of(error)}). Choose another for --out."
        ) from None


def _neighbours(options: argparse.Namespace) -> int:
    from genre_app import audio, gtzan, neighbours, zoo
    from genre_app.logmel import log_mel

    name = options.model or zoo.DEFAULT
    if not options.build and options.file is None:
        raise UsageError("Name a FILE, or --build to compute the places of the subset's tracks.")
    # First, as the file may not be there.
    recording = None if options.file is None else audio.load(options.file)
    model, subset = zoo.load(name), gtzan.load()
    if options.build:
        atlas = neighbours.build(subset, model, progress=bar if sys.stderr.isatty() else None)
        atlas.save(zoo.folder_of(name) / neighbours.FILE)
    if recording is None:
        return 0
    found = neighbours.nearest(log_mel(recording.samples), model, subset, neighbours.load(name))
    rows = [
        {
            "track": near.track.name,
            "artist": near.track.artist,
            "title": near.track.title,
            "genre": near.track.genre,
            "distance": round(near.distance, 4),
        }
        for near in found
    ]
    if options.json:
        print_json(rows)
        _print_notes(recording, sys.stderr)  # The list is of tracks alone.
        return 0
    for row in rows:
        who = " - ".join(str(row[key]) for key in ("artist", "title") if row[key])
        print(f"{row['distance']:.3f}  {NAMES[str(row['genre'])]:<10} {who or row['track']}")
    _print_notes(recording)
    return 0


def bar(share: float) -> None:
    """Show on standard error how much is done, 0 to 1."""
    print(f"\r{share:.0%}", end="" if share < 1 else "\n", file=sys.stderr, flush=True)
