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
from genre_app.calibration import at_length, softmax, track_probabilities
from genre_app.errors import DAMAGED, AudioError, ModelError
from genre_app.evaluation.blends import Predict, mixes
from genre_app.evaluation.listeners import Listeners, listeners
from genre_app.evaluation.metrics import figures
from genre_app.evaluation.multilabel import choose_thresholds, multi_label
from genre_app.evaluation.per_genre import per_genre
from genre_app.evaluation.robustness import Clip, robustness
from genre_app.evaluation.splices import Timeline, splices
from genre_app.evaluation.unheard import learnt_by, prints, same_music, who_has_not_heard
from genre_app.gtzan import Protocol, Subset
from genre_app.logmel import LogMel, log_mel
from genre_app.training.crossfit import members_of

__all__ = [
    "Measure",
    "Stored",
    "ask_again",
    "blend_figures",
    "listener_figures",
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
    groups: Sequence[str] | None = None,
    scores: NDArray[np.floating] | None = None,
    truth: NDArray[np.bool_] | None = None,
    valid_scores: NDArray[np.floating] | None = None,
    valid_truth: NDArray[np.bool_] | None = None,
) -> dict[str, Any]:
    """Give all figures of one set of tracks, ready for JSON.

    Parameters
    ----------
    groups : sequence of str, optional
        Whose each track is: intervals are drawn by artist, not by track. Of songs whose
        artists nobody knows leave it out.
    scores, valid_scores, truth, valid_truth : ndarray [shape=(tracks, genres)], optional
        Of a multi-label model: its scores, and which genres listeners name. The
        thresholds are chosen on validation.
    """
    found: dict[str, Any] = asdict(figures(probabilities, labels, groups))
    found["per_genre"] = [one.as_dict() for one in per_genre(probabilities, labels, genres, groups)]
    given = (scores, truth, valid_scores, valid_truth)
    if scores is not None and truth is not None:
        if valid_scores is None or valid_truth is None:
            raise ValueError(f"multi-label figures need all four: {[one is None for one in given]}")
        thresholds = choose_thresholds(valid_scores, valid_truth)
        found["multi_label"] = multi_label(
            scores, truth, thresholds=thresholds, groups=groups
        ).as_dict()
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
        "listeners": listener_figures(found, subset).as_dict(),
    }


def listener_figures(found: Stored, subset: Subset) -> Listeners:
    """Compare what a model said of the artist test with what listeners call the artists.

    What is usual for a genre is learnt from train and valid for every model, also those
    that learn from train only: so all have the same opponent, and it is as strong as the
    tracks outside the test can make it.
    """
    learnt = np.concatenate([subset.part("artist", part) for part in ("train", "valid")])
    place = {track.name: position for position, track in enumerate(subset.tracks)}
    test = np.array([place[name] for name in found.tracks])
    return listeners(found.probabilities, subset, test, learnt)


def rough_figures(
    model: zoo.LoadedModel,
    folder: Path,
    subset: Subset,
    *,
    progress: Callable[[float], None] | None = None,
) -> list[dict[str, Any]]:
    """Treat songs roughly and count how many keep their first genre.

    Parameters
    ----------
    model : LoadedModel
        Of one of the user's own nobody knows here what it has learnt from.
    folder : Path
        Songs in it, and in folders within, that can be read; others are left out.
    subset : Subset
        What the project's models have learnt from.

    Raises
    ------
    ModelError
        There is no song, or what the model has learnt from cannot be told.
    """
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        try:
            found.append(audio.load(path).samples)
        except AudioError:
            continue  # A table, a picture: not what was asked for.
    if not found:
        raise ModelError(f"There is no song in {folder}.")
    clips = _clips(model, found, subset)
    return [one.as_dict() for one in robustness(_tops(model), clips, progress=progress)]


def _clips(
    model: zoo.LoadedModel, samples: Sequence[NDArray[np.float32]], subset: Subset
) -> list[Clip]:
    """Say of each clip which of the model's networks have not learnt from it."""
    if zoo.is_own(model.name):
        return [Clip(one) for one in samples]
    folds = int(model.card["recipe"].get("folds") or 0)
    left_out = stored(model.name, "artist", model.path.parent.parent).valid_tracks
    learnt = learnt_by(subset, folds=folds, left_out=left_out)
    known = prints(subset)
    clips = []
    for one in samples:
        same = same_music(one, known, subset)
        networks, any_has = who_has_not_heard(same, learnt)
        # The same recording stands in the subset under two genres, too: then there is none.
        labels = {int(subset.labels[position]) for position in same}
        label = labels.pop() if len(labels) == 1 else None
        artist = next((subset.tracks[position].artist for position in same), "").casefold()
        clips.append(Clip(one, unheard_by=networks, learnt=any_has, label=label, artist=artist))
    return clips


def _tops(
    model: zoo.LoadedModel,
) -> Callable[[NDArray[np.float32], Clip], tuple[int, int | None]]:
    """Give the model as a function to the first genre of all its networks, and of some."""
    ask, count = _side_by_side(model.network)

    def tops(samples: NDArray[np.float32], clip: Clip) -> tuple[int, int | None]:
        # The windows are described once, which takes longer than all networks' answers.
        logits = zoo.outputs(ask, model.kind, [log_mel(samples)])[0].logits
        logits = logits.reshape(len(logits), count, -1)
        temperature, _ = at_length(model.card, len(samples) / audio.SAMPLE_RATE)

        def top(numbers: Sequence[int]) -> int:
            together = logits[:, list(numbers)].mean(axis=1)
            return int(track_probabilities([together], temperature)[0].argmax())

        return top(range(count)), top(clip.unheard_by) if clip.unheard_by else None

    return tops


def _side_by_side(network: Any) -> tuple[zoo.Network, int]:  # noqa: ANN401  # keras.Model or Trees
    """Give the logits of each network in a row, not their mean, and how many networks there are."""
    members = members_of(network)
    if len(members) == 1:
        return zoo.quick(network), 1
    import keras

    given = keras.Input(network.input.shape[1:])
    said = [member(given) for member in members]
    logits = keras.layers.Concatenate()([one["logits"] for one in said])
    row = keras.Model(given, {"logits": logits, "embedding": said[0]["embedding"]})
    return zoo.quick(row), len(members)


def _optional(arrays: dict[str, NDArray[Any]], key: str) -> NDArray[np.float64] | None:
    return arrays[key].astype(np.float64) if key in arrays else None
