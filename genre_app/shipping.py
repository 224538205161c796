"""Train by both protocols and several seeds, measure, calibrate, write ``models/<name>/``.

The weights that are shipped are those of the first seed under the ``artist``
protocol; under ``random`` only figures are kept. Temperature and thresholds come
from the validation part; the test part is read once, at the end.
"""

import hashlib
import io
import json
import os
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre_app import __version__, calibration, zoo
from genre_app.architectures import Architecture
from genre_app.evaluation import figures
from genre_app.gtzan import PROTOCOLS, Protocol, Subset
from genre_app.training.run import Recipe, Trained, fit

__all__ = ["Measured", "measure", "ship"]

LIMITS = [
    "It knows ten genres and must divide every song among them: electronic music, folk or soul "
    "come out as their nearest relatives or as 'outside'.",
    "It has learnt from 442 excerpts of 30 seconds, most of them older than 2002.",
    "A bar is the model's calibrated belief, not a proof of musical ancestry.",
]


@dataclass(frozen=True, eq=False)
class Measured:
    """One trained network, calibrated on validation and read on test.

    Attributes
    ----------
    probabilities : ndarray [shape=(test tracks, 10)]
    positions : ndarray of int
        The test tracks.
    """

    trained: Trained
    temperature: float
    thresholds: dict[str, float]
    positions: NDArray[np.intp]
    probabilities: NDArray[np.float64]
    figures: dict[str, float]
    certainty: dict[str, dict[str, float]]


def measure(
    subset: Subset,
    protocol: Protocol,
    architecture: Architecture,
    recipe: Recipe,
    *,
    progress: Callable[[float], None] | None = None,
) -> Measured:
    """Train on the protocol's train part, calibrate on valid, read test."""
    from genre_app.reading import judge

    trained = fit(subset, subset.part(protocol, "train"), architecture, recipe, progress=progress)

    def outputs(positions: NDArray[np.intp]) -> list[zoo.WindowOutputs]:
        mels = (subset.log_mel(position) for position in positions.tolist())
        return [zoo.outputs(trained.model, architecture, mel) for mel in mels]

    valid = subset.part(protocol, "valid")
    checks = outputs(valid)
    logits = [said.logits for said in checks]
    temperature = calibration.fit_temperature(logits, subset.labels[valid])
    thresholds = calibration.certainty_thresholds(
        calibration.track_probabilities(logits, temperature),
        subset.labels[valid],
        np.array([calibration.novelty(said.place) for said in checks]),
        np.array([np.median(said.structure) for said in checks]),
    )
    positions = subset.part(protocol, "test")
    said_of_test = outputs(positions)
    probabilities = calibration.track_probabilities(
        [said.logits for said in said_of_test], temperature
    )
    labels = subset.labels[positions]
    words = np.array(
        [
            judge(
                row,
                calibration.novelty(said.place),
                float(np.median(said.structure)),
                thresholds,
            )[0]
            for row, said in zip(probabilities, said_of_test, strict=True)
        ]
    )
    right = probabilities.argmax(axis=1) == labels
    certainty = {
        word: {
            "share": float((words == word).mean()),
            "accuracy": float(right[words == word].mean()) if (words == word).any() else 0.0,
        }
        for word in ("clear", "mixed", "unsure", "outside")
    }
    return Measured(
        trained,
        temperature,
        thresholds,
        positions,
        probabilities,
        asdict(figures(probabilities, labels)),
        certainty,
    )


def ship(
    subset: Subset,
    architecture: Architecture,
    recipe: Recipe,
    *,
    name: str | None = None,
    seeds: int = 3,
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
    progress : callable, optional
        Told a sentence now and then.

    Returns
    -------
    dict
        The card.
    """
    tell = progress or (lambda sentence: None)
    runs: dict[Protocol, list[Measured]] = {}
    for protocol in PROTOCOLS:
        runs[protocol] = []
        for seed in range(recipe.seed, recipe.seed + seeds):
            tell(f"Protocol {protocol}, seed {seed} ...")
            run = measure(subset, protocol, architecture, replace(recipe, seed=seed))
            runs[protocol].append(run)
            tell(f"  test accuracy {run.figures['accuracy']:.3f}, ECE {run.figures['ece']:.3f}")
    target = folder / (name or architecture.name)
    shipped = runs["artist"][0]
    weights = _weights(shipped.trained.model)
    card = _card(target.name, architecture, recipe, runs, weights)
    target.mkdir(parents=True, exist_ok=True)
    _replace(target / "model.keras", weights)
    _replace(target / "evaluation.npz", _evaluation(subset, runs))
    _replace(target / "card.json", (json.dumps(card, indent=2) + "\n").encode())
    return card


def _card(
    name: str,
    architecture: Architecture,
    recipe: Recipe,
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
        "summary": architecture.summary,
        "report": architecture.report,
        "parameters": int(sum(np.prod(w.shape) for w in shipped.trained.model.trainable_weights)),
        "window_s": architecture.window_s,
        "hop_s": architecture.hop_s,
        "data": "999 log-mels of GTZAN: see genre_app/gtzan/data/manifest.json",
        "recipe": asdict(recipe),
        "temperature": shipped.temperature,
        "thresholds": shipped.thresholds,
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
        "limits": LIMITS,
        "versions": {
            "genre_app": __version__,
            "python": platform.python_version(),
            "keras": keras.version(),
            "tensorflow": tf.__version__,
            "numpy": np.__version__,
        },
        "sha256": hashlib.sha256(weights).hexdigest(),
    }


def _evaluation(subset: Subset, runs: dict[Protocol, list[Measured]]) -> bytes:
    arrays: dict[str, NDArray[Any]] = {}
    for protocol, measured in runs.items():
        first = measured[0]
        labels = subset.labels[first.positions]
        confusion = np.zeros((10, 10), dtype=np.int32)
        np.add.at(confusion, (labels, first.probabilities.argmax(axis=1)), 1)
        arrays |= {
            f"{protocol}_tracks": np.array([subset.tracks[i].name for i in first.positions]),
            f"{protocol}_labels": labels.astype(np.int8),
            f"{protocol}_probabilities": first.probabilities.astype(np.float32),
            f"{protocol}_confusion": confusion,
        }
        for curve, values in first.trained.history.items():
            arrays[f"{protocol}_history_{curve}"] = np.array(values, dtype=np.float32)
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def _weights(model: Any) -> bytes:  # noqa: ANN401  # keras.Model
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return path.read_bytes()


def _replace(path: Path, content: bytes) -> None:
    """Write all of a file or nothing of it."""
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
