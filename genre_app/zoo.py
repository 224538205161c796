"""The models on disk: ``models/<name>/`` with weights, card and evaluation.

Models are loaded by name from two folders only, the project's own and that of the
models that the user has trained and kept, in Keras's safe mode, after their checksum
has been compared with the card's. A name of the project's own always means that one.
"""

import contextlib
import hashlib
import json
import os
import re
import threading
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from genre_app import architectures, calibration, places
from genre_app.architectures.lengths import of_length
from genre_app.errors import DAMAGED, ModelError
from genre_app.familiarity import Familiarity
from genre_app.logmel import BANDS, COLUMN_RATE, LogMel
from genre_app.plain import Plain
from genre_app.threads import one_thread
from genre_app.views import cut_windows

__all__ = [
    "DEFAULT",
    "FOLDER",
    "NAME",
    "LoadedModel",
    "WindowOutputs",
    "called",
    "card",
    "check_title",
    "ensemble_thresholds",
    "fingerprint",
    "folder_name",
    "folder_of",
    "has_weights",
    "is_deep",
    "is_own",
    "load",
    "names",
    "needs_keras",
    "outputs",
    "quick",
    "readable",
    "ready",
    "user_folder",
]

FOLDER: Final = Path(__file__).parent.parent / "models"
"""Where the models lie that come with the project."""

NAME: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
"""What a model may be called: nothing that could leave its folder."""

DEFAULT: Final = "blend"
"""The model that reads unless another is chosen."""

_LONGEST: Final = 40
"""Letters of a folder's name that is made of a title."""

_KEPT: Final = 4
"""Loaded models that stay in memory."""

_CARDS: Final = 64
"""Cards that stay in memory, which are read some forty times a page."""

_AT_ONCE: Final = 64
"""Windows that a network is given in one call: bounds the memory of long songs."""

_DEEP: Final = 200
"""Arrays of weights from which on compiling takes seconds, more than it saves on a song."""

_TOO_MANY: Final = 5_000_000
"""Parameters from which on weights are too large to be shipped: at least two bytes each."""

_NEEDED: Final[Mapping[str, type]] = {"name": str, "title": str, "genres": list}
"""What every page reads of a card."""

_loading = threading.Lock()
_building = threading.Lock()


Network: TypeAlias = Callable[[NDArray[np.float32]], Mapping[str, Any]]
"""From windows to their ``logits`` and ``embedding``, as a Keras model or trees."""


@dataclass(frozen=True, eq=False)
class WindowOutputs:
    """What a network says of each window of one recording.

    Attributes
    ----------
    logits : ndarray of float32 [shape=(n, genres)]
    embedding : ndarray of float32 [shape=(n, any)]
        Its last inner layer.
    starts_s, ends_s : ndarray of float64 [shape=(n,)]
    """

    logits: NDArray[np.float32]
    embedding: NDArray[np.float32]
    starts_s: NDArray[np.float64]
    ends_s: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A network with its card, ready to read."""

    name: str
    card: dict[str, Any]
    familiarity: Familiarity
    path: Path
    plain: Network | None
    """It without TensorFlow, where it is simple enough."""

    @property
    def genres(self) -> tuple[str, ...]:
        """What its outputs stand for, in their order."""
        return tuple(self.card["genres"])

    @property
    def kind(self) -> architectures.Architecture:
        """What it is, with the windows that it was trained on."""
        return of_length(architectures.get(self.card["architecture"]), float(self.card["window_s"]))

    @cached_property
    def network(self) -> Any:  # noqa: ANN401  # keras.Model, or Trees
        """It as it was trained.

        Raises
        ------
        ModelError
            Its file was changed since.
        """
        if self.kind.trees:
            return self.plain
        _verified(self.name, self.path, str(self.card["sha256"]))
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        import keras

        with _building:  # Keras names and counts layers in one place for all threads.
            return keras.models.load_model(self.path, compile=False, safe_mode=True)

    @cached_property
    def _quick(self) -> Network:
        return quick(self.network) if self.plain is None else self.plain

    def outputs(
        self, mel: LogMel, *, progress: Callable[[float], None] | None = None
    ) -> WindowOutputs:
        """Read all windows of a log-mel."""
        return self.outputs_of([mel], progress=progress)[0]

    def outputs_of(
        self, mels: Sequence[LogMel], *, progress: Callable[[float], None] | None = None
    ) -> list[WindowOutputs]:
        """Read all windows of several log-mels, in few calls of the network."""
        return outputs(self._quick, self.kind, mels, progress=progress)


def outputs(
    network: Network,
    architecture: architectures.Architecture,
    mels: Sequence[LogMel],
    *,
    progress: Callable[[float], None] | None = None,
) -> list[WindowOutputs]:
    """Cut log-mels into windows and give them to a network.

    Parameters
    ----------
    network : keras.Model, Trees, or what :func:`quick` makes of them
    architecture : Architecture
        What the network is; that is not checked.
    mels : sequence of LogMel
        Of any lengths.
    progress : callable, optional
        Told the share that is done, 0 to 1; what it raises stops the reading.
    """
    cuts = [
        cut_windows(mel, seconds=architecture.window_s, hop_s=architecture.hop_s) for mel in mels
    ]
    windows = _in_batches([cut.values for cut in cuts])
    parts, done, total = [], 0, sum(len(cut) for cut in cuts)
    for batch in windows:
        with one_thread():
            view = architecture.view(batch)
        said = network(view)
        parts.append((np.asarray(said["logits"]), np.asarray(said["embedding"])))
        done += len(batch)
        if progress is not None:
            progress(done / total)
    logits, embedding = (np.concatenate(column) for column in zip(*parts, strict=True))
    stops = np.cumsum([len(cut) for cut in cuts])
    return [
        WindowOutputs(
            logits[stop - len(cut) : stop],
            embedding[stop - len(cut) : stop],
            cut.starts_s,
            cut.ends_s,
        )
        for cut, stop in zip(cuts, stops.tolist(), strict=True)
    ]


def quick(network: Network) -> Network:
    """Compile a network that is to be asked more than once.

    Keras works through a network layer by layer, which takes 50 ms of a dozen dense
    layers and a second of recurrent ones; as one graph they take 1 to 20 ms.

    Parameters
    ----------
    network : keras.Model or Trees

    Returns
    -------
    callable
        From windows to ``logits`` and ``embedding``, with the same answers but for
        the last bit. It compiles at its first call; trees and networks of
        a hundred and more layers are given back as they are.
    """
    import keras

    if not isinstance(network, keras.Model) or is_deep(network):
        return network
    import tensorflow as tf

    given = tf.TensorSpec(network.input.shape, network.input.dtype)
    compiled: Network = tf.function(
        lambda view: network(view, training=False), input_signature=[given]
    )
    return compiled


def is_deep(network: Any) -> bool:  # noqa: ANN401  # Keras has no types.
    """Say whether compiling a Keras network takes more time than it saves on a song."""
    return len(network.weights) > _DEEP


def _in_batches(stacks: Sequence[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    """Join windows of equal width, in order, to stacks of at most ``_AT_ONCE``."""
    waiting: list[NDArray[np.float32]] = []
    for stack in stacks:
        for start in range(0, len(stack), _AT_ONCE):
            piece = stack[start : start + _AT_ONCE]
            fits = not waiting or (
                waiting[0].shape[2] == piece.shape[2]
                and sum(map(len, waiting)) + len(piece) <= _AT_ONCE
            )
            if not fits:
                yield np.concatenate(waiting)
                waiting = []
            waiting.append(piece)
    if waiting:
        yield np.concatenate(waiting)


def user_folder() -> Path:
    """Give the folder of the models that the user has kept; it need not exist."""
    return places.home() / "models"


def names(folder: Path | None = None) -> tuple[str, ...]:
    """List the models that have a card: the default first, the user's own last.

    Parameters
    ----------
    folder : Path, optional
        List that folder only.
    """
    if folder is None:
        shipped = names(FOLDER)
        return shipped + tuple(name for name in names(user_folder()) if name not in shipped)
    try:
        found = sorted(name for name in os.listdir(folder) if _is_there(name, folder))
    except (FileNotFoundError, NotADirectoryError):
        return ()
    return tuple(sorted(found, key=lambda name: name != DEFAULT))


def readable(folder: Path | None = None) -> tuple[str, ...]:
    """List the models that :func:`names` does, without those whose card is damaged."""
    found = []
    for name in names(folder):
        with contextlib.suppress(ModelError):
            card(name, folder)
            found.append(name)
    return tuple(found)


def ready(folder: Path | None = None) -> tuple[str, ...]:
    """List the models that can read a song: readable, and their weights are here."""
    return tuple(name for name in readable(folder) if has_weights(name, folder))


def folder_name(title: str) -> str:
    """Make the name of a model's folder out of what a person calls it.

    Parameters
    ----------
    title : str
        In any script. Letters that a folder's name cannot hold are told apart by a hash: two
        titles with the same number behind them are two models.

    Raises
    ------
    ModelError
        There is no letter and no digit in it.
    """
    plain = _alike(title)
    if not any(letter.isalnum() for letter in plain):
        raise ModelError("A model needs a name of letters and digits, such as: my-class.")
    kept = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if all(letter.isascii() for letter in plain if letter.isalnum()):
        return kept[:_LONGEST].strip("-")
    told = hashlib.sha256(plain.encode()).hexdigest()[:8]
    return f"{kept[: _LONGEST - 9].strip('-') or 'model'}-{told}"


def check_title(title: str, folder: Path, *, but: str | None = None) -> None:
    """See that no other model is called the same on screen: nobody could tell them apart.

    Parameters
    ----------
    title : str
        Compared as :func:`called` does.
    folder : Path
        Of the user's models, beside which there are the project's.
    but : str, optional
        The model in that folder that is called so, or will be.

    Raises
    ------
    ModelError
        There is one.
    """
    for place in (FOLDER, folder):
        other = called(title, place)
        if other is not None and (place, other) != (folder, but):
            wanted = " ".join(title.split())
            raise ModelError(f"There is a model called '{wanted}' already. Choose another name.")


def called(title: str, folder: Path) -> str | None:
    """Give the name of the model in a folder that is called so on screen, if there is one.

    Parameters
    ----------
    title : str
        Compared without regard to capitals, further blanks and how accents are stored.
    """
    wanted = _alike(title)
    titles = {name: str(card(name, folder)["title"]) for name in readable(folder)}
    return next((name for name, one in titles.items() if _alike(one) == wanted), None)


def _alike(title: str) -> str:
    """Give what two titles have in common that nobody could tell apart."""
    return unicodedata.normalize("NFC", " ".join(title.split())).casefold()


def _is_there(name: str, folder: Path) -> bool:
    # Asked hundreds of times a page: neither a glob nor a list of all the others.
    return NAME.fullmatch(name) is not None and os.path.exists(f"{folder}/{name}/card.json")


def is_own(name: str) -> bool:
    """Say whether the user has trained and kept this model; the project's cannot be changed."""
    return not _is_there(name, FOLDER) and _is_there(name, user_folder())


def folder_of(name: str, folder: Path | None = None) -> Path:
    """Give the folder that holds a model's files.

    Raises
    ------
    ModelError
        There is no such model.
    """
    for place in (FOLDER, user_folder()) if folder is None else (folder,):
        if _is_there(name, place):
            return place / name
    known = ", ".join(names(folder)) or "none"
    raise ModelError(f"There is no model '{name}'. Known: {known}.")


def card(name: str, folder: Path | None = None) -> dict[str, Any]:
    """Read what a model says of itself.

    Raises
    ------
    ModelError
        There is no such model, or its card is damaged.
    """
    path = folder_of(name, folder) / "card.json"
    try:
        about = path.stat()
        # A copy of its own for each caller; what is inside is not for changing.
        return dict(_parsed(path, about.st_mtime_ns, about.st_size))
    except (OSError, ValueError):
        raise ModelError(f"The card of model '{name}' is damaged. {_restore(name)}") from None


@lru_cache(maxsize=_CARDS)
def _parsed(path: Path, mtime_ns: int, size: int) -> dict[str, Any]:  # The stamp: what it says.
    found = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(found, dict):
        raise ValueError("a card is an object")
    if not all(isinstance(found.get(key), kind) for key, kind in _NEEDED.items()):
        raise ValueError(f"a card has {', '.join(_NEEDED)}")
    return found


def fingerprint(card: Mapping[str, Any]) -> str:
    """Give what changes when a model's readings may: by its weights, or by what is made of them.

    Parameters
    ----------
    card : mapping
        As :func:`card` gives it.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    parts = {key: card.get(key) for key in ("sha256", "temperature", "thresholds", "pieces")}
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def ensemble_thresholds(
    members: Sequence[str], folder: Path | None = None, *, seconds: float = calibration.WHOLE_S
) -> dict[str, float]:
    """Measure where ``clear`` and ``mixed`` begin for several models' mean.

    From what the models said of the validation tracks, which is stored with them;
    nothing is computed again. Whether a recording is outside, its members say.

    Parameters
    ----------
    members : sequence of str
    seconds : float
        How much was heard. For pieces the thresholds rise as those of the members
        do, in the mean.

    Raises
    ------
    ModelError
        A member is unknown, its evaluation is missing or damaged, or it was not measured on
        the same tracks.
    """
    said: list[dict[str, NDArray[np.float32]]] = []
    labels: dict[str, int] = {}
    for name in members:
        path = folder_of(name, folder) / "evaluation.npz"
        try:
            with np.load(path, allow_pickle=False) as stored:
                # Models that were trained from scratch on somebody's songs know no artists.
                part = "artist_valid" if "artist_valid_tracks" in stored else "songs_valid"
                tracks = stored[f"{part}_tracks"].tolist()
                labels |= zip(tracks, stored[f"{part}_labels"].tolist(), strict=True)
                said.append(dict(zip(tracks, stored[f"{part}_probabilities"], strict=True)))
        except DAMAGED as error:
            raise ModelError(f"The evaluation of model '{name}' is missing or damaged.") from error
    common = sorted(set.intersection(*(set(rows) for rows in said)))
    if not common:
        raise ModelError("These models were not measured on the same tracks: they cannot vote.")
    truth = np.array([labels[track] for track in common])
    mean = np.mean([[rows[track] for track in common] for rows in said], axis=0, dtype=np.float64)
    found = dict(zip(("clear", "mixed"), calibration.sure_from(mean, truth), strict=True))
    whole = [card(name, folder) for name in members] if seconds < calibration.WHOLE_S else []
    brief = [calibration.at_length(known, seconds)[1] for known in whole]
    for word in found if whole else ():
        rises = [
            after[word] - known["thresholds"][word]
            for after, known in zip(brief, whole, strict=True)
        ]
        found[word] += float(np.mean(rises))
    return found | {"outside": np.inf, "featureless": 0.0}


def load(name: str = DEFAULT, folder: Path | None = None) -> LoadedModel:
    """Load a model, or give the one that is loaded already.

    Raises
    ------
    ModelError
        It is unknown, or its weights are missing or differ from their checksum.
    """
    # One at a time: two visitors' first clicks must not load the same network twice.
    with _loading:
        # A model that is trained, or calibrated, again under its old name is another one; one
        # that was given another title says so from then on.
        about = card(name, folder)
        return _load(name, folder_of(name, folder), fingerprint(about), str(about["title"]))


def has_weights(name: str, folder: Path | None = None) -> bool:
    """Say whether a model can read; some are shipped with their figures only."""
    return any((folder_of(name, folder) / file).exists() for file in ("model.keras", "model.npz"))


def needs_keras(name: str = DEFAULT, folder: Path | None = None) -> bool:
    """Say whether reading with a model takes Keras and TensorFlow; dense networks do without.

    Raises
    ------
    ModelError
        As :func:`load`.
    """
    about = card(name, folder)
    path = folder_of(name, folder) / _weights_file(about)
    return _plain(name, path, str(about["sha256"])) is None


@lru_cache(maxsize=_KEPT)
def _load(name: str, place: Path, _fingerprint: str, _title: str) -> LoadedModel:
    about = card(name, place.parent)
    path = place / _weights_file(about)
    plain = _plain(name, path, str(about["sha256"]))
    loaded = LoadedModel(name, about, Familiarity.load(place / "familiarity.npz"), path, plain)
    if isinstance(plain, Plain) and plain.width not in (None, _numbers(loaded.kind)):
        raise ModelError(
            f"The model '{name}' was trained by an earlier version of this program, in which its "
            "architecture read other numbers. Train it again."
        )
    if loaded.plain is None:
        _ = loaded.network  # Now, while the caller expects to wait.
    return loaded


def _numbers(kind: architectures.Architecture) -> int:
    """Say how many numbers an architecture makes of a window."""
    none = np.empty((0, BANDS, round(kind.window_s * COLUMN_RATE)), np.float32)
    return int(kind.view(none).shape[1])


@lru_cache(maxsize=_KEPT)
def _plain(name: str, path: Path, sha256: str) -> Network | None:
    content = _verified(name, path, sha256)
    if path.suffix == ".npz":
        from genre_app.architectures.trees import Trees

        return Trees.load(path)
    return Plain.load(content)


def _weights_file(about: Mapping[str, Any]) -> str:
    return "model.npz" if architectures.get(about["architecture"]).trees else "model.keras"


def _verified(name: str, path: Path, sha256: str) -> bytes:
    """Read a model's weights, and compare them with the card's checksum."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        if path.parent.parent == FOLDER and card(name, FOLDER).get("parameters", 0) >= _TOO_MANY:
            raise ModelError(
                f"The weights of model '{name}' are too large to be shipped: only its figures are "
                "here. The page Train can train such a network, and keep it as a model of yours."
            ) from None
        raise ModelError(f"The weights of model '{name}' are missing. {_restore(name)}") from None
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ModelError(
            f"The weights of model '{name}' are damaged: they differ from their checksum. "
            f"{_restore(name)}"
        )
    return content


def _restore(name: str) -> str:
    if is_own(name):
        return "Make it again on the page where you made it, or delete its folder."
    return (
        f"Restore models/{name} from the project's repository, or train it again with: "
        f"python -m genre_app train --architecture ARCHITECTURE --name {name}"
    )
