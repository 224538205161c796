"""The command line: ``python -m genre_app ...``; the pages call the same functions."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from genre_app.errors import GenreAppError
from genre_app.genres import NAMES

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns
    -------
    int
        0: done; 1: something could not be read or done, which a line on standard
        error (or the JSON) says; 2: the command itself was not understood.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except GenreAppError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m genre_app", description="What a song is made of, and how sure one can be."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    read = commands.add_parser("read", help="read the genre blend of audio files")
    read.add_argument("files", nargs="+", metavar="FILE")
    read.add_argument("--model", help="a name that 'models' lists")
    read.add_argument("--json", action="store_true", help="print a list of readings as JSON")
    read.set_defaults(run=_read)

    models = commands.add_parser("models", help="list the models and their figures")
    models.add_argument("--json", action="store_true")
    models.set_defaults(run=_models)

    train = commands.add_parser("train", help="train, measure and save a model by both protocols")
    train.add_argument("--architecture", default="statistics")
    train.add_argument("--name", help="its folder in models/ (default: the architecture)")
    train.add_argument("--seeds", type=_positive, default=3, help="trainings a protocol")
    train.add_argument("--seed", type=int, default=0, help="the first seed")
    train.add_argument("--epochs", type=_positive)
    train.add_argument("--versions", type=_positive, help="augmented windows a track")
    train.set_defaults(run=_train)

    build = commands.add_parser("build-subset", help="build the bundled GTZAN subset")
    build.add_argument("source", type=Path, metavar="GTZAN_DIR")
    build.add_argument("--out", type=Path, help="where to (default: the bundled folder)")
    build.set_defaults(run=_build_subset)
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number


def _read(options: argparse.Namespace) -> int:
    from genre_app import audio, reading, zoo

    model = options.model or zoo.DEFAULT
    zoo.card(model)  # An unknown model is one error, not one a file.
    results: list[dict[str, Any]] = []
    for file in options.files:
        try:
            result = reading.read(audio.load(file), model=model).as_dict() | {"file": file}
        except GenreAppError as error:
            result = {"file": file, "error": {"kind": error.kind, "message": str(error)}}
        results.append(result)
        if not options.json:
            _print_reading(result)
    if options.json:
        print(json.dumps(results, indent=2, ensure_ascii=False))
    return int(any("error" in result for result in results))


def _print_reading(result: dict[str, Any]) -> None:
    if "error" in result:
        print(result["error"]["message"], file=sys.stderr)
        return
    blend = sorted(result["blend"].items(), key=lambda pair: -pair[1])
    shares = ", ".join(f"{NAMES[genre]} {share:.0%}" for genre, share in blend[:4])
    print(f"{result['file']}: {shares}\n  {result['certainty']}: {result['reason']}")


def _models(options: argparse.Namespace) -> int:
    from genre_app import zoo

    cards = [zoo.card(name) for name in zoo.names()]
    if options.json:
        print(json.dumps(cards, indent=2))
        return 0
    for card in cards:
        print(f"{card['name']}: {card['title']} ({card['parameters']:,} parameters)")
        for protocol, found in card["protocols"].items():
            print(
                f"  {protocol}: {found['accuracy']:.1%} of {found['tracks']} test tracks "
                f"(95 % interval {found['low']:.1%} to {found['high']:.1%}); "
                f"mean of {len(found['seeds'])} seeds {found['mean_of_seeds']:.1%}"
            )
    return 0


def _train(options: argparse.Namespace) -> int:
    from dataclasses import replace

    from genre_app import architectures, gtzan, shipping
    from genre_app.training.run import Recipe

    recipe = Recipe(seed=options.seed)
    given = {key: getattr(options, key) for key in ("epochs", "versions")}
    recipe = replace(recipe, **{key: value for key, value in given.items() if value is not None})
    shipping.ship(
        gtzan.load(),
        architectures.get(options.architecture),
        recipe,
        name=options.name,
        seeds=options.seeds,
        progress=lambda sentence: print(sentence, flush=True),
    )
    return 0


def _build_subset(options: argparse.Namespace) -> int:
    from genre_app.gtzan import DATA
    from genre_app.gtzan.build import build

    problems = build(
        options.source,
        options.out or DATA,
        progress=lambda done, total, name: print(
            f"\r{done + 1}/{total} {name}", end="", flush=True
        ),
    )
    print("\n".join(problems))
    return 0
