"""Train a network on nothing but a collection, with any architecture and its recipe."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre_app import zoo
from genre_app.architectures import Architecture
from genre_app.collection.dataset import as_subset, by_song, check
from genre_app.collection.result import Asked, Outcome, calibrated
from genre_app.collection.store import Collection
from genre_app.errors import CollectionError
from genre_app.familiarity import Look
from genre_app.recipes import Recipe
from genre_app.shipping import learn_familiarity
from genre_app.training.run import fit

__all__ = ["scratch"]


def scratch(
    collection: Collection,
    architecture: Architecture,
    recipe: Recipe,
    *,
    progress: Callable[[float], None] | None = None,
) -> Outcome:
    """Train on a collection's train part, calibrate on valid, read test.

    Parameters
    ----------
    progress : callable, optional
        Told the share that is done; what it raises stops the training.

    Raises
    ------
    CollectionError
        There are fewer than two classes, or one has too few songs.
    TrainingError
        The recipe needs more songs than there are.
    """
    check(collection)
    if len(collection.classes) < 2:
        raise CollectionError(
            "One class alone cannot be told from anything. Add a second, or add the class to a "
            "model that knows others."
        )
    tell = progress or (lambda share: None)
    subset = as_subset(collection)
    parts = {part: subset.part("artist", part) for part in ("train", "valid", "test")}
    trained = fit(
        subset,
        parts["train"],
        architecture,
        recipe,
        validation=parts["valid"],
        progress=lambda share: tell(0.8 * share),
    )
    known = learn_familiarity(
        subset, parts["train"], progress=lambda share: tell(0.8 + 0.15 * share)
    )

    def ask(networks: list[tuple[Any, NDArray[np.intp]]]) -> Asked:
        names, labels, logits, looks = [], [], [], []
        for network, positions in networks:
            heard = zoo.quick(network)
            for song in by_song(subset, positions):
                mels = [subset.log_mel(clip) for clip in song.tolist()]
                said = zoo.outputs(heard, architecture, mels)
                names.append(subset.tracks[int(song[0])].name)
                labels.append(subset.labels[song[0]])
                logits.append(np.concatenate([one.logits for one in said]))
                found = [known.look(mel) for mel in mels]
                looks.append(
                    Look(
                        float(np.median([one.novelty for one in found])),
                        float(np.median([one.structure for one in found])),
                        float(np.median([one.together for one in found])),
                    )
                )
        return Asked(tuple(names), np.array(labels, dtype=np.intp), tuple(logits), tuple(looks))

    # Each network of several is asked about the songs that it has not heard.
    valid = ask(list(trained.members) or [(trained.model, parts["valid"])])
    test = ask([(trained.model, parts["test"])])
    temperature, thresholds, probabilities = calibrated(valid, test)
    tell(1.0)
    return Outcome(
        network=trained.model,
        architecture=architecture.name,
        genres=subset.genres,
        new=subset.genres,
        base=None,
        familiarity=known,
        temperature=temperature,
        thresholds=thresholds,
        pieces=[],
        valid=valid,
        test=test,
        probabilities=probabilities,
        before=None,
        recipe=asdict(recipe),
        history=trained.history,
        seconds=trained.seconds,
    )
