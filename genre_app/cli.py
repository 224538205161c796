"""The command line: ``python -m genre_app ...``; the pages call the same functions."""

import argparse
import contextlib
import io
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genre_app._source import printable
from genre_app.errors import GenreAppError, UsageError, cannot_be_written, reason_of
from genre_app.genres import GENRES, name_of
from genre_app.wording import counted, print_json

if TYPE_CHECKING:  # They bring NumPy; a command such as --help needs none.
    from genre_app.architectures import Architecture
    from genre_app.audio import Recording
    from genre_app.gtzan import Protocol, Subset
    from genre_app.reading import Reading
    from genre_app.recipes import Recipe

__all__ = ["main"]

_APART = 0.01
"""Largest difference of a probability that another processor's arithmetic can explain."""


_REPORTS = (".html", ".json")

_LARGEST_SEED = 2**31 - 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns
    -------
    int
        0: done; 1: something could not be read or done, which a line on standard
        error (or the JSON) says; 2: the command itself was not understood; 130:
        interrupted; 141: what read the output has ended, as ``head`` does.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Songs have any name: letters that the terminal does not have are spelt out.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        options = _parser().parse_args(arguments)
        code = int(options.run(options))
        if sys.stdout is not None:  # None: it was closed.
            sys.stdout.flush()
        return code
    except GenreAppError as error:
        print(error, file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    except BrokenPipeError:
        _give_up_output()
        return 141
    except OSError as error:
        where = f" '{printable(str(error.filename))}'" if error.filename else ""
        print(f"The system cannot read or write{where}: {reason_of(error)}.", file=sys.stderr)
        _give_up_output()
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130


def _give_up_output() -> None:
    """Send what still waits for standard output nowhere, where it cannot be written.

    Python would try once more as it ends, and complain.
    """
    try:
        sys.stdout.flush()
    except OSError:
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    from genre_app import explaining
    from genre_app.audio import limit_words
    from genre_app.catalogue.command import add_command, positive

    parser = argparse.ArgumentParser(
        prog="python -m genre_app", description="What a song is made of, and how sure one can be."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    read = commands.add_parser(
        "read",
        help="read the genre blend of audio files",
        description="Read the genre blend of audio files. Of a long file only the first "
        f"{limit_words()} are read; a note says so.",
    )
    read.add_argument("files", nargs="+", metavar="FILE")
    read.add_argument("--model", help="a name that 'models' lists")
    read.add_argument("--json", action="store_true", help="print a list of readings as JSON")
    read.add_argument(
        "--report",
        type=Path,
        metavar="OUT",
        help=f"of one FILE: write OUT, {' or '.join(_REPORTS)}",
    )
    read.set_defaults(run=_read)

    models = commands.add_parser("models", help="list the models and their figures")
    form = models.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="all that is known of each")
    form.add_argument("--markdown", action="store_true", help="as the table in README")
    models.set_defaults(run=_models)

    train = commands.add_parser("train", help="train and measure a model, and save it")
    # What is not given is None, so that it can be told from what says nothing beside another.
    train.add_argument("--architecture", help="default: statistics")
    train.add_argument("--name", help="its folder in models/ (default: the architecture)")
    train.add_argument(
        "--protocol",
        choices=("artist", "random", "both"),
        help="a single one only prints its figures; both write models/NAME (default)",
    )
    train.add_argument("--seeds", type=positive, help="trainings a protocol (default: 1)")
    train.add_argument("--workers", type=positive, help="trainings side by side (default: 1)")
    train.add_argument("--seed", type=_seed, help="the first seed (default: 0)")
    train.add_argument("--epochs", type=positive)
    train.add_argument("--versions", type=positive, help="augmented windows a track")
    train.add_argument(
        "--rotations",
        type=positive,
        help="cross-validate the default model (recipes with folds) by the protocol in so many "
        "parts, and write nothing",
    )
    train.add_argument(
        "--data", type=Path, metavar="FOLDER", help="songs of one's own: a folder a class, or a zip"
    )
    train.add_argument(
        "--extend", metavar="MODEL", help="with --data: add the classes to this model"
    )
    train.set_defaults(run=_train)

    chart = commands.add_parser("map", help="draw the music as a model hears it (page Models)")
    chart.add_argument(
        "name", metavar="NAME", nargs="?", default="blend", help="of a model (default: blend)"
    )
    chart.set_defaults(run=_map)

    evaluate = commands.add_parser(
        "evaluate",
        help="measure a model again from its weights",
        description="Measure a model again from its weights, or on songs of your own. Of a long "
        f"file only the first {limit_words()} are read; a note says so.",
    )
    evaluate.add_argument("name", metavar="NAME", help="a name that 'models' lists")
    evaluate.add_argument(
        "--protocol",
        choices=("artist", "random"),
        help="artist: the test tracks are read again (default); random: the stored answers",
    )
    evaluate.add_argument("--blends", action="store_true", help="test the bars as shares")
    evaluate.add_argument("--pairs", type=positive, help="of tracks that are mixed (default: 300)")
    evaluate.add_argument(
        "--robustness", type=Path, metavar="FOLDER", help="treat the songs in it roughly"
    )
    evaluate.add_argument(
        "--save", action="store_true", help="write what these two found into the model's card"
    )
    evaluate.add_argument(
        "--folder",
        type=Path,
        metavar="MUSIC",
        help="songs of your own: a folder, or a zip, with a folder for each genre",
    )
    evaluate.add_argument("--json", action="store_true", help="print the figures as JSON")
    evaluate.set_defaults(run=_evaluate)

    build = commands.add_parser("build-subset", help="build the bundled GTZAN subset")
    build.add_argument(
        "source", type=Path, metavar="GTZAN_DIR", help="folders of audio, or arrays and a table"
    )
    build.add_argument("--out", type=Path, help="where to (default: the bundled folder)")
    build.set_defaults(run=_build_subset)
    add_command(commands)
    explaining.add_commands(commands)
    return parser


def _seed(text: str) -> int:
    if not text.isdecimal() or int(text) > _LARGEST_SEED:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 0 to {_LARGEST_SEED}")
    return int(text)


def _alone(options: argparse.Namespace, what: str, others: Sequence[str]) -> None:
    """Refuse options that would say nothing beside what was asked for.

    Parameters
    ----------
    what : str
        As it was written on the command line.
    others : sequence of str
        Names of the options.
    """
    values = ((name, getattr(options, name)) for name in others)
    given = [f"--{name}" for name, value in values if value is not None and value is not False]
    if given:
        raise UsageError(f"{what} does not go together with {' and '.join(given)}.")


@contextlib.contextmanager
def _usage() -> Iterator[None]:
    """Take what is wrong for wrong usage: an option says what cannot be on any computer."""
    try:
        yield
    except GenreAppError as error:
        raise UsageError(str(error)) from error


def _read(options: argparse.Namespace) -> int:
    from genre_app import audio, reading, zoo

    model = options.model or zoo.DEFAULT
    # A model that is unknown, or has no weights, is one error, not one a file.
    zoo.card(model)
    if not zoo.has_weights(model):
        zoo.load(model)
    if options.report:
        _check_report(options.report, options.files)
    results: list[dict[str, Any]] = []
    for file in options.files:
        try:
            recording = audio.load(file)
            found = reading.read(recording, model=model)
            result = found.as_dict() | {
                "file": file,
                "notes": list(recording.notes),
                "truncated": recording.truncated,
            }
            if options.report:
                _report(options.report, recording, found)
        except GenreAppError as error:
            result = {"file": file, "error": {"kind": error.kind, "message": str(error)}}
        results.append(result)
        if not options.json:
            _print_reading(result)
    if options.json:
        print_json(results)
    return int(any("error" in result for result in results))


def _check_report(out: Path, files: Sequence[str]) -> None:
    """Refuse a report that cannot be written before the song is read."""
    from genre_app.files import check_place

    if len(files) > 1 or out.suffix.lower() not in _REPORTS:
        raise UsageError(f"A report is of one FILE, and ends in {' or '.join(_REPORTS)}.")
    check_place(out)


def _report(out: Path, recording: "Recording", found: "Reading") -> None:
    from genre_app import report, zoo
    from genre_app.files import write_whole
    from genre_app.panels import Sound

    cards = {found.model: zoo.card(found.model)}
    if out.suffix.lower() == ".json":
        data = report.reading_json(recording, [found], cards)
    else:
        data = report.reading_report(Sound(recording), [found], cards)
    try:
        write_whole(out, data)
    except OSError as error:
        raise GenreAppError(cannot_be_written(f"The report '{out}'", error)) from None


def _print_reading(result: dict[str, Any]) -> None:
    if "error" in result:
        print(result["error"]["message"], file=sys.stderr)
        return
    blend = sorted(result["blend"].items(), key=lambda pair: -pair[1])
    shares = ", ".join(f"{name_of(genre)} {share:.0%}" for genre, share in blend[:4])
    print(f"{printable(result['file'])}: {shares}\n  {result['certainty']}: {result['reason']}")
    for note in result["notes"]:
        print(f"  note: {note}")


def _models(options: argparse.Namespace) -> int:
    from genre_app import zoo
    from genre_app.errors import ModelError

    cards = []
    for name in zoo.names():
        try:
            cards.append(zoo.card(name))
        except ModelError as error:
            print(error, file=sys.stderr)
    if options.json:
        print(json.dumps(cards, indent=2))
        return 0
    if options.markdown:
        # The project's own: a model that a user keeps has one protocol, and is of one computer.
        ours = [
            card
            for card in cards
            if not zoo.is_own(card["name"]) and {"artist", "random"} <= card["protocols"].keys()
        ]
        print("\n".join([*_table(ours), "", *_blend_table(ours)]))
        return 0
    for card in cards:
        print(f"{card['name']}: {card['title']} ({card['parameters']:,} parameters)")
        for protocol, found in card["protocols"].items():
            mean = f"; mean of {counted(len(found['seeds']), 'seed')} {found['mean_of_seeds']:.1%}"
            print("  " + _figures(protocol, found) + mean)
    return 0


def _table(cards: Sequence[Mapping[str, Any]]) -> list[str]:
    rows = [
        "| model | parameters | artist, 290 tracks | random, 200 tracks | seeds | ECE artist "
        "| by chance | Brier | NLL | AUC artist | ms a clip | its report says |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for card in cards:
        shares = []
        for protocol in ("artist", "random"):
            found = card["protocols"][protocol]
            shares.append(
                f"{found['mean_of_seeds']:.1%} ({found['low']:.1%} to {found['high']:.1%})".replace(
                    "%", " %"
                )
            )
        claim = card["claim"]
        said = f"{claim['figure']:.1%} {claim['metric']}".replace("%", " %") if claim else ""
        artist = card["protocols"]["artist"]
        rows.append(
            f"| `{card['name']}` | {card['parameters']:,} | {shares[0]} | {shares[1]} "
            f"| {len(artist['seeds'])} | {artist['ece']:.3f} "
            f"| {_within(artist['truthful_ece'], digits=3)} "
            f"| {artist['brier']:.3f} | {artist['nll']:.3f} | {artist['auc']:.3f} "
            f"| {card['milliseconds_a_clip']:.0f} | {said} |"
        )
    return rows


def _blend_table(cards: Sequence[Mapping[str, Any]]) -> list[str]:
    """Give how well bars stand for shares, of the models for which that was measured."""
    rows = [
        "| model | share is off by | the bar itself | rank | both first at half "
        "| songs heard apart: off by | both first | splice found within | listeners, divergence "
        "| usual profile's |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for card in cards:
        if not card.get("blends"):
            continue
        mixes, splices, heard = (card["blends"][key] for key in ("mixes", "splices", "listeners"))
        agreement = heard["agreement"]
        rows.append(
            f"| `{card['name']}` | {_within(mixes['share_error'])} "
            f"| {mixes['plain_error']['value']:.2f} "
            f"| {mixes['rank_mean']['value']:.2f} | {mixes['both_first']['value']:.0%} "
            f"{_heard_apart(mixes)} "
            f"| {_within(splices['error_s'], digits=1, unit=' s')} "
            f"| {_within(agreement['model']['divergence'])} "
            f"| {agreement['usual']['divergence']['value']:.2f} |"
        )
    return [row.replace("%", " %") for row in rows]


def _heard_apart(mixes: Mapping[str, Any]) -> str:
    """Give two cells on the songs heard one by one; empty where a card does not have them."""
    if "apart_error" not in mixes:
        return "| |"
    return f"| {_within(mixes['apart_error'])} | {mixes['apart_both_first']['value']:.0%}"


def _within(found: Mapping[str, Any], *, digits: int = 2, unit: str = "") -> str:
    if found["value"] is None:  # The windows are as long as the clips.
        return "never"
    value, low, high = (f"{found[key]:.{digits}f}" for key in ("value", "low", "high"))
    return f"{value}{unit} ({low} to {high})"


def _train(options: argparse.Namespace) -> int:
    from dataclasses import replace

    from genre_app import architectures, gtzan, shipping, zoo
    from genre_app.rotation import check

    if options.data is not None:
        return _train_own(options)
    if options.extend is not None:
        raise UsageError("--extend needs --data: the songs of the classes that are to be added.")
    if options.rotations:
        _alone(options, "--rotations", ("name", "seeds"))
    elif options.protocol in ("artist", "random"):
        _alone(options, f"--protocol {options.protocol}", ("name", "workers"))
    with _usage():
        architecture = architectures.get(options.architecture or "statistics")
    if options.name is not None:
        # That a name is taken is no wrong usage.
        with contextlib.nullcontext() if zoo.NAME.fullmatch(options.name) else _usage():
            shipping.check_name(options.name, architecture)
    given = {key: getattr(options, key) for key in ("seed", "epochs", "versions")}
    given = {key: value for key, value in given.items() if value is not None}
    recipe = replace(architecture.recipe, **given)
    if options.rotations:
        with _usage():
            check(recipe, options.rotations)
    subset = gtzan.load()
    if options.rotations:
        return _rotate(options, subset, architecture, recipe)
    seeds = options.seeds or 1
    if options.protocol in ("artist", "random"):
        for seed in range(recipe.seed, recipe.seed + seeds):
            run = shipping.measure(
                subset, options.protocol, architecture, replace(recipe, seed=seed)
            )
            print(f"seed {seed}: " + _figures(options.protocol, run.figures), flush=True)
        return 0
    shipping.ship(
        subset,
        architecture,
        recipe,
        name=options.name,
        seeds=seeds,
        workers=options.workers or 1,
        progress=lambda sentence: print(sentence, flush=True),
    )
    return 0


def _rotate(
    options: argparse.Namespace,
    subset: "Subset",
    architecture: "Architecture",
    recipe: "Recipe",
) -> int:
    from genre_app.evaluation.models import summarise
    from genre_app.rotation import rotate

    for protocol in ("artist", "random"):
        if options.protocol not in (protocol, "both", None):
            continue
        found = rotate(
            subset,
            protocol,
            architecture,
            recipe,
            rotations=options.rotations,
            workers=options.workers or 1,
        )
        labels = subset.labels[found.positions]
        artists = subset.artists(found.positions)
        figures = summarise(found.probabilities, labels, subset.genres, groups=artists)
        print(
            f"cross-validated in {options.rotations} parts, {_figures(protocol, figures)}, "
            f"ECE {figures['ece']:.3f}",
            flush=True,
        )
    return 0


def _train_own(options: argparse.Namespace) -> int:
    from genre_app import architectures
    from genre_app.collection.command import train_own
    from genre_app.collection.songs import class_name

    if options.name is None:
        raise UsageError("--data needs --name: what the model is to be called.")
    _alone(options, "--data", ("protocol", "seeds", "workers", "versions", "rotations"))
    if options.extend is not None:
        # A row is added to the model's networks, as they are.
        _alone(options, "--extend", ("architecture", "seed", "epochs"))
    with _usage():
        class_name(options.name, what="collection")
        architectures.get(options.architecture or "statistics")
    train_own(
        options.data,
        name=options.name,
        base=options.extend,
        architecture=options.architecture or "statistics",
        seed=options.seed or 0,
        epochs=options.epochs,
        tell=lambda sentence: print(sentence, flush=True),
    )
    return 0


def _figures(protocol: str, found: Mapping[str, Any]) -> str:
    # Models that were kept earlier, and songs whose artists nobody knows, have none.
    drawn = f", drawn by artist: {found['artists']}" if found.get("artists") else ""
    return (
        f"{protocol}: {found['accuracy']:.1%} of {found['tracks']} test tracks "
        f"(95 % interval {found['low']:.1%} to {found['high']:.1%}{drawn})"
    )


def _evaluate(options: argparse.Namespace) -> int:
    if options.folder is not None:
        _alone(options, "--folder", ("protocol", "blends", "pairs", "robustness", "save"))
        from genre_app.collection.command import measure_own

        measure_own(options.folder, options.name, as_json=options.json)
        return 0
    from genre_app.files import no_folder

    if options.save and not (options.blends or options.robustness):
        raise UsageError("--save writes what --blends and --robustness find: add one of them.")
    if options.pairs and not options.blends:
        raise UsageError("--pairs needs --blends: the test that mixes them.")
    if options.robustness and not options.robustness.is_dir():
        raise GenreAppError(no_folder(options.robustness))
    import numpy as np

    from genre_app import gtzan, zoo
    from genre_app.errors import ModelError
    from genre_app.evaluation import models, words
    from genre_app.training.examples import truth

    protocol: Protocol = options.protocol or "artist"
    card = zoo.card(options.name)
    own = ModelError(
        f"The model '{options.name}' was measured on songs that are not kept with it. Measure it "
        f"on a folder of songs: python -m genre_app evaluate {options.name} --folder MUSIC"
    )
    # It was trained from scratch on somebody's songs, or their classes were added to it.
    if "songs" in card["protocols"] or not {*card["genres"]} <= {*GENRES}:
        raise own
    if protocol not in card["protocols"]:
        known = " and ".join(f"'{one}'" for one in card["protocols"])
        raise ModelError(
            f"The model '{options.name}' was measured by the protocol {known} only, not by "
            f"'{protocol}'."
        )
    found = models.stored(options.name, protocol)
    # A model of the page Train may know some of the genres only.
    subset = gtzan.load().of_genres(card["genres"])
    place = {track.name: position for position, track in enumerate(subset.tracks)}
    if not place.keys() >= {*found.tracks, *found.valid_tracks}:
        raise own
    test, valid = (
        np.array([place[name] for name in names]) for names in (found.tracks, found.valid_tracks)
    )
    probabilities, again = found.probabilities, protocol == "artist"
    if again:
        model = zoo.load(options.name)
        probabilities = models.ask_again(model, subset, test)
        apart = float(np.abs(probabilities - found.probabilities).max())
        if apart > _APART:
            raise ModelError(
                f"The weights of '{options.name}' give other answers than those stored with it "
                f"(up to {apart:.3f} apart). Train it again, or restore models/{options.name}."
            )
    true = truth(subset, multi_label=True) > 0
    result = models.summarise(
        probabilities,
        found.labels,
        card["genres"],
        groups=subset.artists(test),
        scores=found.scores,
        truth=None if found.scores is None else true[test],
        valid_scores=found.valid_scores,
        valid_truth=None if found.scores is None else true[valid],
    )
    result = {"name": options.name, "protocol": protocol, "read_again": again} | result
    if options.blends:
        result["blends"] = models.blend_figures(
            zoo.load(options.name), subset, pairs=options.pairs or 300
        )
    if options.robustness:
        result["robustness"] = models.rough_figures(
            zoo.load(options.name), options.robustness, subset
        )
    if options.save:
        from genre_app.shipping import add_to_card

        found_now = ("blends", "robustness")
        more: dict[str, Any] = {key: result[key] for key in found_now if key in result}
        add_to_card(zoo.folder_of(options.name), more)
    if options.json:
        print(json.dumps(result, indent=2))
        return 0
    how = "read again from the weights" if again else "as stored: these weights are not kept"
    print(f"{card['title']}, protocol {protocol}, {how}.")
    print(_figures(protocol, result))
    print(
        f"balanced accuracy {result['balanced_accuracy']:.1%}, AUC {result['auc']:.3f}, "
        f"ECE {result['ece']:.3f}, by chance {_within(result['truthful_ece'], digits=3)}, "
        f"Brier {result['brier']:.3f}, NLL {result['nll']:.3f}"
    )
    print(words.confusion_sentence(found.confusion, genres=card["genres"]))
    for one in result["per_genre"]:
        # A genre that a model never names has no precision.
        told = [
            f"{title} {one[name]['value']:.2f}"
            for name, title in (("precision", "precision"), ("recall", "recall"), ("f1", "F1"))
            if one[name]["value"] is not None
        ]
        by = counted(one["artists"], "artist")
        print(f"  {one['genre']:<10} {'  '.join(told)}  of {one['support']} by {by}")
    for name, value in result.get("multi_label", {}).items():
        print(f"  {name}: {value}")
    for name, value in result.get("blends", {}).items():
        print(f"{name}: {json.dumps(value)}")
    for one in result.get("robustness", []):
        print(_robustness_line(one))
    return 0


def _robustness_line(one: Mapping[str, Any]) -> str:
    """Tell what one treatment does: to new music first, where there is any."""
    served = f"{one['same']} of {one['clips']} keep their first genre"
    new = one["unheard"]
    if new is None:
        return f"{one['variant']}: {served}"
    right = (
        f" ({new['right_before']} of {new['labelled']} named rightly before, "
        f"{new['right_after']} after)"
        if new["labelled"]
        else ""
    )
    return (
        f"{one['variant']}: {new['same']} of {new['clips']} keep their first genre, read by "
        f"networks that have not learnt from them{right}; as served, {one['same']} of "
        f"{one['clips']}"
    )


def _map(options: argparse.Namespace) -> int:
    from genre_app import gtzan, zoo
    from genre_app.evaluation import atlas
    from genre_app.explaining import bar

    model, subset = zoo.load(options.name), gtzan.load()
    known = [genre for genre in model.genres if genre in subset.genres]
    if len(known) > 1:  # One of somebody's own classes hears all tracks.
        subset = subset.of_genres(known)
    path = zoo.folder_of(options.name) / atlas.FILE
    found = atlas.build(model, subset, progress=bar if sys.stderr.isatty() else None)
    atlas.save(found, path)
    print(f"{path}: {counted(len(found.tracks), 'track')}")
    return 0


def _build_subset(options: argparse.Namespace) -> int:
    from genre_app.gtzan import DATA
    from genre_app.gtzan.build import build

    target = options.out or DATA
    shows = sys.stderr.isatty()
    problems = build(options.source, target, progress=_show_track if shows else None)
    if shows:
        print(file=sys.stderr)
    print("\n".join([*problems, f"The subset is in {target}."]))
    return 0


def _show_track(done: int, total: int, name: str) -> None:
    # Blanks over what is left of a longer name.
    print(f"\r{done + 1}/{total} {printable(name)[:50]:<50}", end="", file=sys.stderr, flush=True)
