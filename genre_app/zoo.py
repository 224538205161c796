"""The models on disk: ``models/<name>/`` with weights, card and evaluation.

Models are loaded by name from the project's own folder only, in Keras's safe
mode, after their checksum has been compared with the card's.
"""

import hashlib
import json
import os
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app import architectures
from genre_app.errors import ModelError
from genre_app.logmel import LogMel
from genre_app.views import cut_windows, structure

__all__ = ["DEFAULT", "FOLDER", "LoadedModel", "WindowOutputs", "card", "load", "names", "outputs"]

FOLDER: Final = Path(__file__).parent.parent / "models"
"""Where the models lie."""

DEFAULT: Final = "statistics"
"""The model that reads unless another is chosen."""

_KEPT: Final = 4
"""Loaded models that stay in memory."""

_loading = threading.Lock()


@dataclass(frozen=True, eq=False)
class WindowOutputs:
    """What a network says of each window.

    Attributes
    ----------
    logits : ndarray of float32 [shape=(n, 10)]
    place : ndarray of float32 [shape=(n, coordinates)]
        Where the window lies among the training windows (whitened).
    structure : ndarray of float64 [shape=(n,)]
        How much it repeats or evolves (:func:`genre_app.views.structure`).
    starts_s, ends_s : ndarray of float64 [shape=(n,)]
    """

    logits: NDArray[np.float32]
    place: NDArray[np.float32]
    structure: NDArray[np.float64]
    starts_s: NDArray[np.float64]
    ends_s: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A network with its card, ready to read."""

    name: str
    card: dict[str, Any]
    network: Any

    def outputs(self, mel: LogMel) -> WindowOutputs:
        """Read all windows of a log-mel."""
        return outputs(self.network, architectures.get(self.card["architecture"]), mel)


def outputs(network: Any, architecture: architectures.Architecture, mel: LogMel) -> WindowOutputs:  # noqa: ANN401
    """Cut a log-mel into windows and give them to a network (no checks of its name)."""
    windows = cut_windows(mel, seconds=architecture.window_s, hop_s=architecture.hop_s)
    said = network(architecture.view(windows.values), training=False)
    return WindowOutputs(
        np.asarray(said["logits"]),
        np.asarray(said["place"]),
        structure(windows.values),
        windows.starts_s,
        windows.ends_s,
    )


def names(folder: Path = FOLDER) -> tuple[str, ...]:
    """List the models that have a card, the default first."""
    found = sorted(path.parent.name for path in folder.glob("*/card.json"))
    return tuple(sorted(found, key=lambda name: name != DEFAULT))


def card(name: str, folder: Path = FOLDER) -> dict[str, Any]:
    """Read what a model says of itself.

    Raises
    ------
    ModelError
        There is no such model, or its card is damaged.
    """
    known = names(folder)
    if name not in known:
        raise ModelError(f"There is no model '{name}'. Known: {', '.join(known) or 'none'}.")
    try:
        return dict(json.loads((folder / name / "card.json").read_text(encoding="utf-8")))
    except ValueError:
        raise ModelError(f"The card of model '{name}' is damaged. {_restore(name)}") from None


def load(name: str = DEFAULT, folder: Path = FOLDER) -> LoadedModel:
    """Load a model, or give the one that is loaded already.

    Raises
    ------
    ModelError
        It is unknown, or its weights are missing or differ from their checksum.
    """
    # One at a time: two visitors' first clicks must not load the same network twice.
    with _loading:
        return _load(name, folder)


@lru_cache(maxsize=_KEPT)
def _load(name: str, folder: Path) -> LoadedModel:
    about = card(name, folder)
    path = folder / name / "model.keras"
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        raise ModelError(f"The weights of model '{name}' are missing. {_restore(name)}") from None
    if found != about["sha256"]:
        raise ModelError(
            f"The weights of model '{name}' are damaged: they differ from their checksum. "
            f"{_restore(name)}"
        )
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    return LoadedModel(name, about, keras.models.load_model(path, compile=False, safe_mode=True))


def _restore(name: str) -> str:
    return (
        f"Restore models/{name} from the project's repository, or train it again with: "
        f"python -m genre_app train --name {name}"
    )
