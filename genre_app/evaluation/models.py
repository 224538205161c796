"""What is stored with a model, and the same figures made again from its weights.

A model's ``evaluation.npz`` holds, for each protocol, what it said of every test
and validation track. Under ``artist`` the shipped weights said it, so they can be
asked again; the weights trained under ``random`` are not kept, only their answers.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from genre_app import audio, zoo
from genre_app.calibration import softmax, track_probabilities
from genre_app.errors import DAMAGED, AudioError, ModelError
from genre_app.evaluation.blends import Predict, mixes
from genre_app.evaluation.listeners import listeners
from genre_app.evaluation.metrics import figures
from genre_app.evaluation.multilabel import choose_thresholds, multi_label
from genre_app.evaluation.per_genre import per_genre
from genre_app.evaluation.robustness import robustness
from genre_app.evaluation.splices import Timeline, splices
from genre_app.gtzan import Protocol, Subset
from genre_app.logmel import LogMel, log_mel

__all__ = [
    "Measure",
    "Stored",
    "ask_again",
    "blend_figures",
    "predictor",
    "rough_figures",
    "stored",
    "summarise",
    "timeliner",
]

Measure: TypeAlias = Protocol | Literal["songs"]
"""Which tracks a model was asked about: those of a protocol, or songs that somebody gave."""


@dataclass(frozen=True, eq=False)
class Stored:
    """A model's answers under one protocol.

    Attributes
    ----------
    tracks, valid_tracks : tuple of str
        Names of the test and of the validation tracks.
    labels, valid_labels : ndarray of int
    probabilities, valid_probabilities : ndarray of float64 [shape=(tracks, genres)]
        Calibrated.
    confusion : ndarray of int [shape=(genres, genres)]
        Rows: the label; columns: the answer.
    curves : dict of str to ndarray of float
        Loss and accuracy of training and validation, a value an epoch.
    scores, valid_scores : ndarray of float64 [shape=(tracks, genres)] or None
        Of multi-label models: each genre's own probability.
    """

    tracks: tuple[str, ...]
    labels: NDArray[np.intp]
    probabilities: NDArray[np.float64]
    valid_tracks: tuple[str, ...]
    valid_labels: NDArray[np.intp]
    valid_probabilities: NDArray[np.float64]
    confusion: NDArray[np.intp]
    curves: dict[str, NDArray[np.float64]]
    scores: NDArray[np.float64] | None
    valid_scores: NDArray[np.float64] | None


def stored(name: str, protocol: Measure, folder: Path | None = None) -> Stored:
    """Read what is stored with a model.

    Raises
    ------
    ModelError
        There is no such model, or its evaluation is missing or damaged.
    """
    place = zoo.folder_of(name, folder)
    try:
        with np.load(place / "evaluation.npz", allow_pickle=False) as found:
            arrays = {key: found[key] for key in found.files if key.startswith(f"{protocol}_")}
        start = f"{protocol}_history_"
        return Stored(
            tracks=tuple(arrays[f"{protocol}_tracks"].tolist()),
            labels=arrays[f"{protocol}_labels"].astype(np.intp),
            probabilities=arrays[f"{protocol}_probabilities"].astype(np.float64),
            valid_tracks=tuple(arrays[f"{protocol}_valid_tracks"].tolist()),
            valid_labels=arrays[f"{protocol}_valid_labels"].astype(np.intp),
            valid_probabilities=arrays[f"{protocol}_valid_probabilities"].astype(np.float64),
            confusion=arrays[f"{protocol}_confusion"].astype(np.intp),
            curves={
                key.removeprefix(start): values.astype(np.float64)
                for key, values in arrays.items()
                if key.startswith(start)
            },
            scores=_optional(arrays, f"{protocol}_scores"),
            valid_scores=_optional(arrays, f"{protocol}_valid_scores"),
        )
    except DAMAGED as error:
        raise ModelError(f"The evaluation of model '{name}' is missing or damaged.") from error


def summarise(
    probabilities: NDArray[np.floating],
    labels: NDArray[np.integer],
    genres: Sequence[str],
    *,
    scores: NDArray[np.floating] | None = None,
    truth: NDArray[np.bool_] | None = None,
    valid_scores: NDArray[np.floating] | None = None,
    valid_truth: NDArray[np.bool_] | None = None,
) -> dict[str, Any]:
    """Give all figures of one set of tracks, ready for JSON.

    Parameters
    ----------
    scores, valid_scores, truth, valid_truth : ndarray [shape=(tracks, genres)], optional
        Of a multi-label model: its scores, and which genres listeners name. The
        thresholds are chosen on validation.
    """
    found: dict[str, Any] = asdict(figures(probabilities, labels))
    found["per_genre"] = [one.as_dict() for one in per_genre(probabilities, labels, genres)]
    given = (scores, truth, valid_scores, valid_truth)
    if scores is not None and truth is not None:
        if valid_scores is None or valid_truth is None:
            raise ValueError(f"multi-label figures need all four: {[one is None for one in given]}")
        thresholds = choose_thresholds(valid_scores, valid_truth)
        found["multi_label"] = multi_label(scores, truth, thresholds=thresholds).as_dict()
    return found


def ask_again(
    model: zoo.LoadedModel,
    subset: Subset,
    positions: NDArray[np.integer],
    *,
    progress: Callable[[float], None] | None = None,
) -> NDArray[np.float64]:
    """Read tracks with a model's weights; give calibrated probabilities a track."""
    predict = predictor(model)
    rows = []
    for done, position in enumerate(positions.tolist()):
        rows.append(predict([subset.log_mel(position)])[0])
        if progress is not None:
            progress((done + 1) / len(positions))
    return np.stack(rows)


def predictor(model: zoo.LoadedModel) -> Predict:
    """Give the model as a function from clips to their blends."""

    def predict(mels: Sequence[LogMel]) -> NDArray[np.float64]:
        logits = [said.logits for said in model.outputs_of(mels)]
        return track_probabilities(logits, model.card["temperature"])

    return predict


def timeliner(model: zoo.LoadedModel) -> Timeline:
    """Give the model as a function from a clip to its windows and their blends."""

    def timeline(
        mel: LogMel,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        said = model.outputs(mel)
        return said.starts_s, said.ends_s, softmax(said.logits, model.card["temperature"])

    return timeline


def blend_figures(
    model: zoo.LoadedModel,
    subset: Subset,
    *,
    pairs: int = 300,
    splice_pairs: int = 100,
    progress: Callable[[float], None] | None = None,
) -> dict[str, Any]:
    """Test a model's bars as shares: mixes, splices, and what listeners say."""
    test = subset.part("artist", "test")
    tell = progress or (lambda share: None)
    found = stored(model.name, "artist")
    return {
        "mixes": mixes(
            predictor(model), subset, test, pairs=pairs, progress=lambda share: tell(0.8 * share)
        ).as_dict(),
        "splices": splices(
            timeliner(model),
            subset,
            test,
            pairs=splice_pairs,
            progress=lambda share: tell(0.8 + 0.2 * share),
        ).as_dict(),
        "listeners": listeners(
            found.probabilities, subset, test, subset.part("artist", "train")
        ).as_dict(),
    }


def rough_figures(
    model: zoo.LoadedModel, folder: Path, *, progress: Callable[[float], None] | None = None
) -> list[dict[str, Any]]:
    """Treat songs roughly and count how many keep their first genre.

    Parameters
    ----------
    folder : Path
        Songs in it, and in folders within, that can be read; others are left out.

    Raises
    ------
    ModelError
        There is no song.
    """
    clips = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        try:
            clips.append(audio.load(path).samples)
        except AudioError:
            continue  # A table, a picture: not what was asked for.
    if not clips:
        raise ModelError(f"There is no song in {folder}.")
    ask = predictor(model)
    found = robustness(
        lambda samples: int(ask([log_mel(samples)])[0].argmax()), clips, progress=progress
    )
    return [one.as_dict() for one in found]


def _optional(arrays: dict[str, NDArray[Any]], key: str) -> NDArray[np.float64] | None:
    return arrays[key].astype(np.float64) if key in arrays else None
