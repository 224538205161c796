"""Train by both protocols and several seeds, measure, calibrate, write ``models/<name>/``.

The weights that are shipped are those of the first seed under the ``artist``
protocol; under ``random`` only figures are kept. Temperature and thresholds come
from the validation part, or where the recipe has folds from what each network says of the
tracks it has not heard; the test part is read once, at the end.
"""

import hashlib
import io
import json
import platform
import tempfile
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from genre_app import __version__, architectures, calibration, zoo
from genre_app.architectures import Architecture
from genre_app.errors import ModelError, cannot_be_written
from genre_app.evaluation.models import summarise
from genre_app.evaluation.per_genre import confusion
from genre_app.familiarity import Familiarity, Look, described, learn
from genre_app.files import packed, write_together, write_whole
from genre_app.gtzan import PROTOCOLS, Protocol, Subset
from genre_app.logmel import COLUMN_RATE, LogMel
from genre_app.recipes import ANYWHERE, Recipe
from genre_app.training.augment import reference
from genre_app.training.examples import for_training, truth
from genre_app.training.run import Trained, fit

__all__ = [
    "LARGEST",
    "Measured",
    "add_to_card",
    "assess",
    "certainty_shares",
    "check_name",
    "cut_out",
    "learn_familiarity",
    "limits",
    "measure",
    "measure_pieces",
    "milliseconds_a_clip",
    "parameters",
    "round_if_large",
    "ship",
    "summary",
    "weights_of",
    "write",
]

LARGEST: Final = 9_500_000
"""Bytes of a weights file that can be shipped: Hugging Face takes 10 MB in plain git."""

_HALF_FROM: Final = 2_000_000
"""Parameters from which on weights are rounded to half precision, before they are measured."""

_PIECES_A_TRACK: Final = 2
_PIECES_SEED: Final = 0

_ANY_DATE: Final = "1980-01-01@00:00:00"

_LARGE_ARRAY: Final = 1_000
"""Numbers from which on an array is worth packing."""


@dataclass(frozen=True, eq=False)
class Measured:
    """One trained network, calibrated on validation and read on test.

    Attributes
    ----------
    trained : Trained
    familiarity : Familiarity
        Of the training part.
    temperature : float
    thresholds : dict
    pieces : tuple of Piece
        What else holds of a few seconds.
    positions : dict of str to ndarray of int
        The tracks of ``valid`` and ``test``.
    probabilities : dict of str to ndarray [shape=(tracks, genres)]
    scores : dict of str to ndarray [shape=(tracks, genres)]
        Of multi-label networks: each genre's own probability; else empty.
    figures : dict
        Of test (:func:`genre_app.evaluation.models.summarise`).
    certainty : dict
        For each word, the share of test tracks that get it and how many of those
        are right.
    milliseconds : float
        A 30-second clip through view and network, median.
    """

    trained: Trained
    familiarity: Familiarity
    temperature: float
    thresholds: dict[str, float]
    pieces: tuple[calibration.Piece, ...]
    positions: dict[str, NDArray[np.intp]]
    probabilities: dict[str, NDArray[np.float64]]
    scores: dict[str, NDArray[np.float64]]
    figures: dict[str, Any]
    certainty: dict[str, dict[str, float]]
    milliseconds: float


def learn_familiarity(
    subset: Subset,
    positions: NDArray[np.intp],
    *,
    versions: int = 8,
    progress: Callable[[float], None] | None = None,
) -> Familiarity:
    """Learn what the training music sounds like, also through bad speakers, rooms and codecs."""
    recipe = Recipe(augmentation=ANYWHERE, versions=versions, lengths_s=(9.0, 20.0), seed=0)
    kind = replace(architectures.get("statistics"), view=described)
    return learn(for_training(subset, positions, kind, recipe, progress=progress).view)


def measure(
    subset: Subset,
    protocol: Protocol,
    architecture: Architecture,
    recipe: Recipe,
    *,
    familiarity: Familiarity | None = None,
    progress: Callable[[float], None] | None = None,
) -> Measured:
    """Train on the protocol's train part, calibrate on valid, read test.

    Parameters
    ----------
    familiarity : Familiarity, optional
        Of the protocol's train part, where that is at hand.
    """
    parts = {part: subset.part(protocol, part) for part in ("train", "valid", "test")}
    trained = fit(
        subset,
        parts["train"],
        architecture,
        recipe,
        validation=parts["valid"],
        progress=progress,
    )
    round_if_large(trained.model, architecture)
    known = familiarity or learn_familiarity(subset, parts["train"])
    return assess(subset, parts, architecture, trained, known)


def assess(
    subset: Subset,
    parts: Mapping[str, NDArray[np.intp]],
    architecture: Architecture,
    trained: Trained,
    known: Familiarity,
) -> Measured:
    """Calibrate a trained network on the tracks of ``valid``, then read those of ``test``."""
    parts = dict(parts)

    def logits(network: Any, positions: NDArray[np.intp]) -> list[NDArray[np.float32]]:  # noqa: ANN401
        mels = (subset.log_mel(position) for position in positions.tolist())
        ask = zoo.quick(network)
        return [zoo.outputs(ask, architecture, [mel])[0].logits for mel in mels]

    def looks(positions: NDArray[np.intp]) -> list[Look]:
        return [known.look(subset.log_mel(position)) for position in positions.tolist()]

    valid_looks = looks(parts["valid"])
    # Each network of several is asked about the tracks that it has not heard.
    askers = trained.members or ((trained.model, parts["valid"]),)
    parts["valid"] = np.concatenate([positions for _, positions in askers])
    valid_logits = [said for network, positions in askers for said in logits(network, positions)]
    valid_labels = subset.labels[parts["valid"]]
    temperature = calibration.fit_temperature(valid_logits, valid_labels)
    probabilities = {"valid": calibration.track_probabilities(valid_logits, temperature)}
    thresholds = calibration.certainty_thresholds(
        probabilities["valid"],
        valid_labels,
        valid_looks,
    )
    pieces = measure_pieces(subset, architecture, askers, temperature)
    test_logits = logits(trained.model, parts["test"])
    probabilities["test"] = calibration.track_probabilities(test_logits, temperature)
    labels = subset.labels[parts["test"]]
    multi: dict[str, Any] = {}
    scores: dict[str, NDArray[np.float64]] = {}
    if architecture.multi_label:
        scores = {"valid": _own_shares(valid_logits), "test": _own_shares(test_logits)}
        true = truth(subset, multi_label=True) > 0
        multi = {
            "scores": scores["test"],
            "truth": true[parts["test"]],
            "valid_scores": scores["valid"],
            "valid_truth": true[parts["valid"]],
        }
    return Measured(
        trained,
        known,
        temperature,
        thresholds,
        pieces,
        {part: parts[part] for part in ("valid", "test")},
        probabilities,
        scores,
        summarise(
            probabilities["test"],
            labels,
            subset.genres,
            groups=subset.artists(parts["test"]),
            **multi,
        ),
        certainty_shares(
            probabilities["test"], labels, looks(parts["test"]), thresholds, subset.genres
        ),
        milliseconds_a_clip(trained.model, architecture, subset),
    )


def measure_pieces(
    subset: Subset,
    architecture: Architecture,
    askers: Sequence[tuple[Any, NDArray[np.intp]]],
    temperature: float,
) -> tuple[calibration.Piece, ...]:
    """Calibrate short pieces: networks are asked about pieces of tracks they have not heard.

    Parameters
    ----------
    askers : sequence of (keras.Model or Trees, ndarray of int)
        Each network, and the tracks.
    temperature : float
        Of whole tracks.
    """
    chance = np.random.default_rng(_PIECES_SEED)
    found = []
    for seconds in calibration.PIECES_S:
        said, labels = [], []
        for network, positions in askers:
            ask = zoo.quick(network)
            for position in np.repeat(positions, _PIECES_A_TRACK).tolist():
                piece = cut_out(subset.log_mel(position), seconds, chance)
                said.append(zoo.outputs(ask, architecture, [piece])[0].logits)
                labels.append(subset.labels[position])
        found.append(
            calibration.of_pieces(seconds, said, np.array(labels), temperature=temperature)
        )
    return tuple(found)


def cut_out(mel: LogMel, seconds: float, chance: np.random.Generator) -> LogMel:
    """Give a piece as if it had been recorded by itself: its loudest cell is the reference.

    Parameters
    ----------
    mel : LogMel
    seconds : float
        At most; of a shorter recording the piece is all of it.
    chance : numpy.random.Generator
        Says where the piece begins.
    """
    width = min(round(seconds * COLUMN_RATE), mel.columns)
    start = int(chance.integers(mel.columns - width + 1))
    cells = reference(mel.decibels[:, start : start + width])
    return LogMel(cells, cells.max(axis=0))


def _own_shares(logits: Sequence[NDArray[np.floating]]) -> NDArray[np.float64]:
    """Average each track's windows, every genre by itself."""
    return np.stack([(1.0 / (1.0 + np.exp(-windows))).mean(axis=0) for windows in logits])


def add_to_card(folder: Path, more: Mapping[str, Any]) -> None:
    """Write further figures into a model's card."""
    path = folder / "card.json"
    card = json.loads(path.read_text(encoding="utf-8")) | dict(more)
    write_whole(path, (json.dumps(card, indent=1) + "\n").encode())


def certainty_shares(
    probabilities: NDArray[np.float64],
    labels: NDArray[np.intp],
    looks: Sequence[Look],
    thresholds: dict[str, float],
    genres: Sequence[str],
) -> dict[str, dict[str, float]]:
    """Say how many tracks get each word of certainty, and how many of those are right."""
    from genre_app.reading import judge

    words = np.array(
        [
            judge(row, look, thresholds, genres)[0]
            for row, look in zip(probabilities, looks, strict=True)
        ]
    )
    right = probabilities.argmax(axis=1) == labels
    return {
        word: {
            "share": float((words == word).mean()),
            "accuracy": float(right[words == word].mean()) if (words == word).any() else 0.0,
        }
        for word in ("clear", "mixed", "unsure", "outside")
    }


def milliseconds_a_clip(model: Any, architecture: Architecture, subset: Subset) -> float:  # noqa: ANN401
    """Measure how long a 30-second clip takes through view and network: the median."""
    times = []
    ask = zoo.quick(model)
    for position in range(min(6, len(subset))):
        mel = subset.log_mel(position)
        began = time.perf_counter()
        zoo.outputs(ask, architecture, [mel])
        times.append(time.perf_counter() - began)
    return round(1000 * float(np.median(times[1:] or times)), 1)


def ship(
    subset: Subset,
    architecture: Architecture,
    recipe: Recipe,
    *,
    name: str | None = None,
    seeds: int = 1,
    workers: int = 1,
    folder: Path = zoo.FOLDER,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Train, measure and write a model.

    Parameters
    ----------
    name : str, optional
        The folder's name; by default the architecture's.
    seeds : int
        Trainings a protocol; ``recipe.seed`` and those after it.
    workers : int
        Processes that train at the same time.
    progress : callable, optional
        Told a sentence now and then.

    Returns
    -------
    dict
        The card.

    Raises
    ------
    ModelError
        The name cannot be used, which is said before the trainings; or the model cannot be
        written, and an older one stays.
    """
    name = architecture.name if name is None else name
    check_name(name, architecture, folder)
    tell = progress or (lambda sentence: None)
    runs: dict[Protocol, list[Measured]] = {protocol: [] for protocol in PROTOCOLS}
    wanted = [
        (protocol, seed)
        for seed in range(recipe.seed, recipe.seed + seeds)
        for protocol in PROTOCOLS
    ]
    # Seeds differ in the network only: what the music sounds like is learnt once a protocol.
    known = {
        protocol: learn_familiarity(subset, subset.part(protocol, "train"))
        for protocol in PROTOCOLS
    }
    jobs = Parallel(n_jobs=workers, return_as="generator")(
        delayed(_measure_alone)(
            subset, protocol, architecture.name, replace(recipe, seed=seed), known[protocol]
        )
        for protocol, seed in wanted
    )
    tell(f"{architecture.name}: {len(wanted)} trainings ...")
    for (protocol, seed), run in zip(wanted, jobs, strict=True):
        runs[protocol].append(run)
        tell(
            f"  {protocol}, seed {seed}: test accuracy {run.figures['accuracy']:.3f}, "
            f"ECE {run.figures['ece']:.3f}, {run.trained.seconds:.0f} s"
        )
    card = write(folder / name, subset, architecture, recipe, runs)
    if not zoo.has_weights(name, folder):
        tell(f"  The weights take more than {LARGEST / 1e6:.1f} MB: only the figures were kept.")
    return card


def check_name(name: str, architecture: Architecture, folder: Path = zoo.FOLDER) -> None:
    """See that a model may be written under a name, or in the place of an older one.

    Raises
    ------
    ModelError
        :mod:`genre_app.zoo` would not find it, or it would replace another architecture's, or
        among the project's models hide one of the user's.
    """
    if not zoo.NAME.fullmatch(name):
        raise ModelError(
            f"A model cannot be called '{name}': its folder's name has small letters, digits and "
            "single hyphens between them, such as my-model."
        )
    if folder == zoo.FOLDER and zoo.is_own(name):
        raise ModelError(
            f"There is a model '{name}' of yours in {zoo.user_folder()}: one of that name among "
            "the project's would hide it. Choose another name."
        )
    # One that is damaged may be replaced.
    if name not in zoo.readable(folder):
        return
    older = zoo.card(name, folder).get("architecture")
    if older != architecture.name:
        raise ModelError(
            f"There is a model '{name}' already, of the architecture '{older}'. Choose another "
            f"name for one of '{architecture.name}'."
        )


def write(
    target: Path,
    subset: Subset,
    architecture: Architecture,
    recipe: Recipe,
    runs: dict[Protocol, list[Measured]],
    *,
    title: str | None = None,
    limits: Sequence[str] = (),
    largest: int = LARGEST,
) -> dict[str, Any]:
    """Write what was measured as a model.

    Parameters
    ----------
    target : Path
        Its folder, called as the model is.
    runs : dict of str to list of Measured
        At least of ``artist``, whose first network is written.
    title : str, optional
        By default the architecture's.
    limits : sequence of str
        What to say first among the card's limits.
    largest : int
        Bytes from which on only the figures are written.

    Returns
    -------
    dict
        The card.

    Raises
    ------
    ModelError
        The disk is full, or the folder may not be written to. An older model stays then.
    """
    shipped = runs["artist"][0]
    weights = weights_of(shipped.trained.model, trees=architecture.trees)
    card = _card(target.name, architecture, recipe, subset.genres, runs, weights)
    card["title"] = title or card["title"]
    card["limits"] = [*limits, *card["limits"]]
    files = {
        "familiarity.npz": packed(shipped.familiarity.arrays()),
        "evaluation.npz": _evaluation(subset, runs),
        "card.json": (json.dumps(card, indent=1) + "\n").encode(),
    }
    if len(weights) <= largest:
        files = {"model.npz" if architecture.trees else "model.keras": weights} | files
    try:
        target.mkdir(parents=True, exist_ok=True)
        write_together(target, files)
        # Weights that the new card does not speak of.
        for old in {"model.keras", "model.npz"} - files.keys():
            (target / old).unlink(missing_ok=True)
    except OSError as error:
        what = f"The model '{title or target.name}'"
        raise ModelError(cannot_be_written(what, error)) from error
    return card


def _measure_alone(
    subset: Subset,
    protocol: Protocol,
    architecture: str,
    recipe: Recipe,
    familiarity: Familiarity,
) -> Measured:
    """Measure in a process of its own; what cannot or need not travel stays there."""
    kind = architectures.get(architecture)
    run = measure(subset, protocol, kind, recipe, familiarity=familiarity)
    return replace(run, trained=replace(run.trained, members=()))


def _card(
    name: str,
    architecture: Architecture,
    recipe: Recipe,
    genres: Sequence[str],
    runs: dict[Protocol, list[Measured]],
    weights: bytes,
) -> dict[str, Any]:
    import keras
    import tensorflow as tf

    shipped = runs["artist"][0]
    return {
        "name": name,
        "title": architecture.title,
        "architecture": architecture.name,
        "summary": summary(architecture, recipe),
        "report": architecture.report,
        "section": architecture.section,
        "claim": asdict(architecture.claim) if architecture.claim else None,
        "genres": list(genres),
        "parameters": parameters(shipped.trained.model),
        "window_s": architecture.window_s,
        "hop_s": architecture.hop_s,
        "data": "999 log-mels of GTZAN: see genre_app/gtzan/data/manifest.json",
        "recipe": asdict(recipe),
        "temperature": shipped.temperature,
        "thresholds": shipped.thresholds,
        "pieces": [asdict(piece) for piece in shipped.pieces],
        "certainty_on_test": shipped.certainty,
        "protocols": {
            protocol: measured[0].figures
            | {
                "seeds": [run.figures["accuracy"] for run in measured],
                "mean_of_seeds": float(np.mean([run.figures["accuracy"] for run in measured])),
            }
            for protocol, measured in runs.items()
        },
        "training_seconds": round(shipped.trained.seconds, 1),
        "milliseconds_a_clip": shipped.milliseconds,
        "limits": limits(genres, recipe, size=len(weights)),
        "versions": {
            "genre_app": __version__,
            "python": platform.python_version(),
            "keras": keras.version(),
            "tensorflow": tf.__version__,
            "numpy": np.__version__,
        },
        "sha256": hashlib.sha256(weights).hexdigest(),
    }


def summary(architecture: Architecture, recipe: Recipe) -> str:
    """Say what a model is: its architecture, and how many networks answer together."""
    if recipe.folds < 2:
        return architecture.summary
    count = recipe.folds
    return (
        f"{architecture.summary} The model is {count} of them that answer together, each taught "
        f"without another of {count} parts of the music."
    )


def limits(genres: Sequence[str], recipe: Recipe, *, size: int) -> list[str]:
    """Say in sentences what cannot be expected of a model.

    Parameters
    ----------
    size : int
        Bytes of its weights.
    """
    heard = "639" if recipe.folds else "at most 442"
    found = [
        f"It must divide every song among its {len(genres)} genres: electronic music, folk or soul "
        "come out as their nearest relatives or as 'outside'.",
        f"It has learnt from {heard} excerpts of 30 seconds, most of them older than 2002.",
        "A bar is the model's calibrated belief, not a proof of musical ancestry.",
    ]
    if size > LARGEST:
        found.append(
            f"Its weights take {size / 1e6:.0f} MB, too much to be shipped; the figures are. To "
            "have it read songs, train it on the page Train and keep it."
        )
    return found


def parameters(model: Any) -> int:  # noqa: ANN401  # keras.Model or Trees
    """Count what was learnt: weights, or the nodes of trees."""
    if hasattr(model, "trainable_weights"):
        return int(sum(np.prod(weight.shape) for weight in model.trainable_weights))
    return int(model.count_params())


def _evaluation(subset: Subset, runs: dict[Protocol, list[Measured]]) -> bytes:
    arrays: dict[str, NDArray[Any]] = {}
    for protocol, measured in runs.items():
        first = measured[0]
        for part, positions in first.positions.items():
            # Of test simply "artist_labels", of validation "artist_valid_labels".
            start = protocol if part == "test" else f"{protocol}_{part}"
            arrays |= {
                f"{start}_tracks": np.array([subset.tracks[i].name for i in positions]),
                f"{start}_labels": subset.labels[positions].astype(np.int8),
                f"{start}_probabilities": first.probabilities[part].astype(np.float32),
            }
            if first.scores:
                arrays[f"{start}_scores"] = first.scores[part].astype(np.float32)
        labels = subset.labels[first.positions["test"]]
        counts = confusion(first.probabilities["test"], labels)
        arrays[f"{protocol}_confusion"] = counts.astype(np.int32)
        for curve, values in first.trained.history.items():
            arrays[f"{protocol}_history_{curve}"] = np.array(values, dtype=np.float32)
    return packed(arrays)


def round_if_large(model: Any, architecture: Architecture) -> None:  # noqa: ANN401
    """Round the weights of a large network to half precision, so that its file is small."""
    if not architecture.trees and model.count_params() >= _HALF_FROM:
        _round_to_half(model)


def _round_to_half(model: Any) -> None:  # noqa: ANN401  # keras.Model
    """Keep of each weight what half a float holds; the rest compresses away."""
    model.set_weights([w.astype(np.float16).astype(w.dtype) for w in model.get_weights()])


def weights_of(model: Any, *, trees: bool) -> bytes:  # noqa: ANN401  # keras.Model or Trees
    """Give a network as the bytes of ``model.keras``, or of ``model.npz`` for trees."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("model.npz" if trees else "model.keras")
        model.save(path)
        return path.read_bytes() if trees else _compressed(path)


def _compressed(path: Path) -> bytes:
    """Pack a ``.keras`` file, which is a zip without compression, again with it.

    With fixed dates and without places in memory, so that the same weights give the same
    bytes. Weights are packed inside their HDF5 file, the first bytes of all numbers
    together, then the second and so on: of what was rounded to half precision that takes
    a sixth less.
    """
    file = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(file, "w") as target:
        for entry in sorted(source.infolist(), key=lambda info: info.filename):
            packed = zipfile.ZipInfo(entry.filename, date_time=(1980, 1, 1, 0, 0, 0))
            packed.compress_type = zipfile.ZIP_DEFLATED
            content = source.read(entry)
            if entry.filename.endswith(".h5"):
                content = _shuffled(content)
            elif entry.filename == "metadata.json":
                content = json.dumps(json.loads(content) | {"date_saved": _ANY_DATE}).encode()
            elif entry.filename == "config.json":
                content = _renumbered(content)
            target.writestr(packed, content, compresslevel=9)
    return file.getvalue()


def _renumbered(config: bytes) -> bytes:
    """Give what layers share the numbers 1, 2 and so on: Keras writes where it lay in memory."""
    numbers: dict[int, int] = {}

    def number(found: dict[str, Any]) -> dict[str, Any]:
        if "shared_object_id" in found:
            key = found["shared_object_id"]
            found["shared_object_id"] = numbers.setdefault(key, len(numbers) + 1)
        return found

    return json.dumps(json.loads(config, object_hook=number)).encode()


def _shuffled(content: bytes) -> bytes:
    """Copy an HDF5 file with its large arrays packed; it is read as before."""
    import h5py

    file = io.BytesIO()
    with h5py.File(io.BytesIO(content)) as source, h5py.File(file, "w") as target:

        def copy(name: str, found: Any) -> None:  # noqa: ANN401  # Group or Dataset.
            if isinstance(found, h5py.Group):
                made = target.require_group(name)
            else:
                packing = {"compression": "gzip", "shuffle": True, "chunks": found.shape}
                large = found.size >= _LARGE_ARRAY
                made = target.create_dataset(name, data=found[()], **(packing if large else {}))
            made.attrs.update(found.attrs)

        source.visititems(copy)
        target.attrs.update(source.attrs)
    return file.getvalue()
