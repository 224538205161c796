"""The training itself: prepare, train with a word after each epoch, measure, write.

Runs inside the worker's process. Validation is looked at during training, test once,
at the end.
"""

import math
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app import gtzan, shipping, zoo
from genre_app.architectures.fine_tuning import FINE_TUNINGS, fine_tuned
from genre_app.calibration import softmax
from genre_app.errors import TrainingError
from genre_app.evaluation.intervals import plain
from genre_app.evaluation.models import summarise
from genre_app.evaluation.per_genre import confusion
from genre_app.familiarity import Familiarity
from genre_app.genres import GENRES
from genre_app.gtzan import Subset
from genre_app.jobs.files import Folder
from genre_app.jobs.spec import NO_BASE, Job
from genre_app.training.examples import Examples, as_served, for_training
from genre_app.training.run import Best, Trained, finished, train_network

__all__ = ["Gate", "window_parts", "work"]

_SHARES: Final = (0.7, 0.8)
"""Of the shuffled windows: up to here training, up to there validation, the rest test."""

_NOTHING_WORSE: Final = 1e6


@dataclass
class Gate:
    """Where a training waits while it is paused, and says how far it is.

    Attributes
    ----------
    folder : Folder
    stage : str
        What is being done, on screen.
    """

    folder: Folder
    stage: str = ""
    _steps: int = 0
    _shown: float = 0.0

    def pass_(self, share: float, **more: Any) -> None:  # noqa: ANN401
        """Say how far this stage is; wait here while a pause is wanted."""
        now = time.monotonic()
        if now - self._shown > 0.2 or share >= 1.0:
            self._shown = now
            self.folder.show(stage=self.stage, share=round(share, 4), paused=False, **more)
        while self._waits():
            self.folder.show(stage=self.stage, share=round(share, 4), paused=True, **more)
            time.sleep(0.1)

    def epoch_ends(self) -> None:
        """Note that a step that was asked for has been taken."""
        self._steps = min(self._steps + 1, self.folder.commanded()[1])

    def _waits(self) -> bool:
        word, steps = self.folder.commanded()
        if word == "run":
            self._steps = steps
        return word == "pause" or (word == "step" and self._steps >= steps)


def work(job: Job, folder: Folder, subset: Subset | None = None) -> None:
    """Do a job; everything it has to say goes into the folder.

    Parameters
    ----------
    subset : Subset, optional
        By default the bundled one.

    Raises
    ------
    TrainingError
        It cannot be done, or the loss has become infinite.
    """
    gate = Gate(folder, "Loading the music")
    gate.pass_(0.0)
    began, cpu = time.monotonic(), time.process_time()
    kind, recipe = job.kind, job.recipe
    subset = (subset or gtzan.load()).of_genres(job.genres)
    gate.stage = "Preparing the music"
    parts, learnt, checks = _examples(subset, job, gate)
    folder.tell(
        "begun",
        windows=len(learnt),
        tracks=len(np.unique(learnt.tracks)),
        validation=len(np.unique(checks.tracks)),
        prepared_s=round(time.monotonic() - began, 2),
    )
    import keras

    keras.utils.set_random_seed(recipe.seed)
    network = kind.build(learnt.view, genres=len(subset.genres), **recipe.options)
    fitting = time.monotonic()
    if kind.trees:
        gate.stage = "Growing trees (no epochs to watch)"
        gate.pass_(0.0)
        network = network.fit(learnt.view, learnt.targets.argmax(axis=1), seed=recipe.seed)
        history: dict[str, list[float]] = {}
    else:
        network, begin, best = _begun(network, job, folder)
        gate.stage = "Training"
        callback = _callback(gate, network, checks, job, folder, begin)
        train_network(
            network,
            learnt,
            checks,
            recipe,
            multi_label=kind.multi_label,
            callbacks=[callback],
            begin=begin,
            best=best,
            # Of the epoch whose checkpoint was written just now.
            better=lambda now: folder.keep_best(folder.checkpoint, now.epoch, now.val_loss),
        )
        # With the epochs before a stop, after which it has gone on.
        history = _curves(folder)
        if recipe.patience is not None or begin == job.epochs:
            # It has gone back to its best epoch, from which a fine-tuning would go on.
            _keep_checkpoint(network, folder, len(history["loss"]))
    network = finished(network, kind)
    trained = Trained(network, history, time.monotonic() - fitting)
    gate.stage = "Measuring on the test part"
    gate.pass_(0.0)
    if job.split == "windows":
        figures = _on_windows(subset, trained, parts["test_windows"], parts["order"], job)
        _tell_result(folder, figures, began, cpu, unit="windows")
        return
    known = _familiarity(subset, parts["train"], job)
    shipping.round_if_large(network, kind)
    measured = shipping.assess(subset, parts, kind, trained, known)
    _tell_result(folder, measured.figures, began, cpu, unit="tracks")
    if job.split == "artist":
        gate.stage = "Writing the model"
        gate.pass_(0.5)
        _write(folder, subset, job, measured)
    gate.pass_(1.0)


def window_parts(windows: int, *, seed: int = 0) -> dict[str, NDArray[np.intp]]:
    """Shuffle windows, whatever track they come from, into 70, 10 and 20 %: the mistake."""
    order = np.random.default_rng(seed).permutation(windows)
    first, second = (round(windows * share) for share in _SHARES)
    return {"train": order[:first], "valid": order[first:second], "test": order[second:]}


def _examples(
    subset: Subset, job: Job, gate: Gate
) -> tuple[dict[str, NDArray[np.intp]], Examples, Examples]:
    kind, recipe = job.kind, job.recipe
    if job.split == "windows":
        everything = np.arange(len(subset), dtype=np.intp)
        if job.tracks is not None:
            everything = subset.at_most(everything, job.tracks, seed=job.seed)
        examples = as_served(subset, everything, kind, progress=gate.pass_)
        rows = window_parts(len(examples))
        learnt, checks = (examples.rows(rows[part]) for part in ("train", "valid"))
        return {"order": everything, "test_windows": rows["test"]}, learnt, checks
    split: gtzan.Protocol = "random" if job.split == "random" else "artist"
    parts = {part: subset.part(split, part) for part in gtzan.PARTS}
    if job.tracks is not None:
        parts["train"] = subset.at_most(parts["train"], job.tracks, seed=job.seed)
    found = {str(part): positions for part, positions in parts.items()}
    if any(
        len(np.unique(subset.labels[positions])) < len(subset.genres)
        for positions in found.values()
    ):
        raise TrainingError("A part of the split has no track of one of these genres.")
    learnt = for_training(
        subset, parts["train"], kind, recipe, progress=lambda share: gate.pass_(0.9 * share)
    )
    checks = as_served(
        subset, parts["valid"], kind, progress=lambda share: gate.pass_(0.9 + 0.1 * share)
    )
    return found, learnt, checks


def _curves(folder: Folder) -> dict[str, list[float]]:
    epochs = [event for event in folder.events() if event["kind"] == "epoch"]
    names = [name for name in epochs[0] if name.endswith(("loss", "accuracy"))]
    return {name: [epoch[name] for epoch in epochs] for name in names}


def _begun(
    network: Any,  # noqa: ANN401
    job: Job,
    folder: Folder,
) -> tuple[Any, int, Best | None]:
    """Give the network to train, the epochs that it has behind it, and the best of them."""
    if job.fine_tuning:
        way = FINE_TUNINGS[job.fine_tuning]
        base = _network_of(folder.path.parent / job.base if job.base else None)
        network = fine_tuned(
            base,
            frozen_blocks=way.frozen_blocks,
            recurrent=way.recurrent,
            genres=len(job.genres),
        )
    if not job.resumes:
        return network, 0, None
    source = Folder(folder.path.parent / job.resumes)
    network.set_weights(_network_of(source.path).get_weights())
    for event in source.events():
        if event["kind"] == "epoch" and event["epoch"] <= source.checkpoint_epoch():
            folder.tell(**event)
    return network, min(source.checkpoint_epoch(), job.epochs), _best(job, source, folder)


def _best(job: Job, source: Folder, folder: Folder) -> Best | None:
    """Give the best epoch of the run that this one goes on from, and keep it here as well."""
    known = source.best_epoch() if job.patience is not None else None
    if known is None:
        return None
    folder.keep_best(source.best, *known)
    import keras

    network = keras.models.load_model(folder.best, compile=False, safe_mode=True)
    return Best(*known, network.get_weights())


def _network_of(place: Path | None) -> Any:  # noqa: ANN401
    if place is None or Folder(place).checkpoint_epoch() == 0:
        raise TrainingError(NO_BASE)
    import keras

    return keras.models.load_model(Folder(place).checkpoint, compile=False, safe_mode=True)


def _callback(
    gate: Gate,
    network: Any,  # noqa: ANN401
    checks: Examples,
    job: Job,
    folder: Folder,
    begin: int,
) -> Any:  # noqa: ANN401
    import keras

    multi_label = job.kind.multi_label

    class Watch(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no types.
        def __init__(self) -> None:
            super().__init__()
            self.epoch, self.began = begin, time.monotonic()

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ANN401
            self.epoch, self.began = epoch, time.monotonic()
            self._say(0.0)

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:  # noqa: ANN401
            self._say((batch + 1) / max(1, self.params.get("steps") or 1))
            _finite(float((logs or {}).get("loss", 0.0)))

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:  # noqa: ANN401
            values = {name: round(float(value), 5) for name, value in (logs or {}).items()}
            for value in values.values():
                _finite(value)
            counts = _validation(network, checks, len(job.genres), multi_label=multi_label)
            folder.tell(
                "epoch",
                epoch=epoch + 1,
                seconds=round(time.monotonic() - self.began, 3),
                confusion=counts.tolist(),
                **values,
            )
            _keep_checkpoint(network, folder, epoch + 1)
            gate.epoch_ends()

        def _say(self, share: float) -> None:
            done = (self.epoch - begin + share) / (job.epochs - begin)
            gate.pass_(done, epoch=self.epoch + 1, epochs=job.epochs)

    return Watch()


def _finite(value: float) -> None:
    if not math.isfinite(value) or value > _NOTHING_WORSE:
        raise TrainingError(
            "The loss became infinite: the steps were too large. Take a tenth of the learning "
            "rate and start again. The curves so far are kept."
        )


def _validation(
    network: Any,  # noqa: ANN401
    checks: Examples,
    genres: int,
    *,
    multi_label: bool,
) -> NDArray[np.intp]:
    """Count label against answer for the validation tracks, each by the mean of its windows."""
    said = np.concatenate(
        [
            np.asarray(network(checks.view[start : start + 64], training=False)["logits"])
            for start in range(0, len(checks), 64)
        ]
    )
    shares = 1.0 / (1.0 + np.exp(-said)) if multi_label else softmax(said, 1.0)
    tracks, places = np.unique(checks.tracks, return_inverse=True)
    sums = np.zeros((len(tracks), genres))
    np.add.at(sums, places, shares)
    labels = np.zeros(len(tracks), dtype=np.intp)
    labels[places] = checks.targets.argmax(axis=1)
    return confusion(sums / sums.sum(axis=1, keepdims=True), labels)


def _keep_checkpoint(network: Any, folder: Folder, epoch: int) -> None:  # noqa: ANN401
    part = folder.path / "part.keras"
    network.save(part)
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.replace(folder.checkpoint)
    number = folder.path / "checkpoint.part"
    number.write_text(str(epoch), encoding="utf-8")
    number.replace(folder.path / "checkpoint")


def _on_windows(
    subset: Subset,
    trained: Trained,
    rows: NDArray[np.intp],
    positions: NDArray[np.intp],
    job: Job,
) -> dict[str, Any]:
    examples = as_served(subset, positions, job.kind)
    said = np.asarray(trained.model(examples.view[rows], training=False)["logits"])
    labels = subset.labels[examples.tracks[rows]]
    artists = subset.artists(examples.tracks[rows])
    return summarise(softmax(said, 1.0), labels, subset.genres, groups=artists)


def _familiarity(subset: Subset, positions: NDArray[np.intp], job: Job) -> Familiarity:
    """Learn what the training music sounds like, unless a model that is shipped knows it."""
    if subset.genres == GENRES or job.split != "artist":
        return Familiarity.load(zoo.folder_of(zoo.DEFAULT, zoo.FOLDER) / "familiarity.npz")
    return shipping.learn_familiarity(subset, positions, versions=3)


def _tell_result(
    folder: Folder, figures: dict[str, Any], began: float, cpu: float, *, unit: str
) -> None:
    folder.tell(
        "result",
        figures=plain(figures),
        unit=unit,
        seconds=round(time.monotonic() - began, 2),
        cpu_seconds=round(time.process_time() - cpu, 2),
    )


def _write(folder: Folder, subset: Subset, job: Job, measured: shipping.Measured) -> None:
    part = folder.path / "model.part"
    few = "" if job.tracks is None else f" At most {job.tracks} training tracks a genre."
    shipping.write(
        part,
        subset,
        job.kind,
        job.recipe,
        {"artist": [measured]},
        title=job.title,
        limits=[
            f"Trained on the Train page, one network, seed {job.seed}; it knows "
            f"{len(subset.genres)} genres.{few}"
        ],
        largest=2**40,
    )
    part.replace(folder.model)
