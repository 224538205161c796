"""Cross-validation: every track is once among those that nothing has been learnt from.

What a model of one split says depends on which tracks fell into its test part; of
ten rotations each track is asked about once. Tracks, not windows, are divided;
under ``random``, like every division by track, artists stand on both sides.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from genre_app.architectures import Architecture
from genre_app.calibration import fit_temperature, track_probabilities
from genre_app.errors import TrainingError
from genre_app.gtzan import Protocol, Subset
from genre_app.recipes import Recipe
from genre_app.training.crossfit import divide
from genre_app.training.examples import Examples, for_training
from genre_app.training.run import fit_parts
from genre_app.zoo import outputs

__all__ = ["Rotation", "parts_of", "rotate"]


@dataclass(frozen=True, eq=False)
class Rotation:
    """What was said of each track by networks that had not heard it.

    Attributes
    ----------
    positions : ndarray of int [shape=(tracks,)]
    probabilities : ndarray of float64 [shape=(tracks, genres)]
    parts : ndarray of int [shape=(tracks,)]
        In which rotation each track was left out.
    """

    positions: NDArray[np.intp]
    probabilities: NDArray[np.float64]
    parts: NDArray[np.intp]


def rotate(
    subset: Subset,
    protocol: Protocol,
    architecture: Architecture,
    recipe: Recipe,
    *,
    rotations: int = 10,
    workers: int = 1,
    progress: Callable[[float], None] | None = None,
) -> Rotation:
    """Cross-validate an architecture on all tracks of a protocol.

    Each rotation trains as a model that is shipped does: several networks, each
    without a part of what is left to learn from, calibrated on those parts. Altered
    and mixed windows are made once; two tracks are mixed only where they are left
    out together.

    Parameters
    ----------
    protocol : {"artist", "random"}
        Parts are of whole artists, or of tracks by genre at random.
    rotations : int
        More than the recipe has folds.
    workers : int
        Processes that train at the same time.
    progress : callable, optional
        Told the share that is done, 0 to 1.

    Raises
    ------
    TrainingError
        There are too few rotations, or the recipe does not divide its tracks.
    """
    check(recipe, rotations)
    tell = progress or (lambda share: None)
    positions = np.sort(
        np.concatenate([subset.part(protocol, part) for part in ("train", "valid", "test")])
    )
    parts = parts_of(subset, positions, protocol, rotations)
    examples = for_training(
        subset,
        positions,
        architecture,
        recipe,
        groups=parts,
        progress=lambda share: tell(share / 4),
    )
    probabilities = np.zeros((len(positions), len(subset.genres)))
    jobs = Parallel(n_jobs=workers, return_as="generator")(
        delayed(_said_of)(subset, positions, parts, number, examples, architecture, recipe)
        for number in range(rotations)
    )
    for number, said in enumerate(jobs):
        probabilities[parts == number] = said
        tell(0.25 + 0.75 * (number + 1) / rotations)
    return Rotation(positions, probabilities, parts)


def check(recipe: Recipe, rotations: int) -> None:
    """See that a recipe can be cross-validated in so many parts.

    Raises
    ------
    TrainingError
        There are too few rotations, or the recipe does not divide its tracks.
    """
    if not 2 <= recipe.folds < rotations:
        raise TrainingError(
            "Only recipes that divide their tracks, as the default model's does, can be "
            "cross-validated, and with more rotations than they have folds."
        )


def _said_of(
    subset: Subset,
    positions: NDArray[np.intp],
    parts: NDArray[np.intp],
    number: int,
    examples: Examples,
    architecture: Architecture,
    recipe: Recipe,
) -> NDArray[np.float64]:
    """Train without one part; give what is said of its tracks [shape=(tracks, genres)]."""
    asked = parts == number
    # The parts that are left, dealt out to the recipe's folds.
    left = np.unique(parts[~asked], return_inverse=True)[1]
    trained = fit_parts(
        subset, positions[~asked], left % recipe.folds, examples, architecture, recipe
    )
    calibrated = np.concatenate([tracks for _, tracks in trained.members])
    temperature = fit_temperature(
        [
            windows
            for network, tracks in trained.members
            for windows in _logits(subset, network, architecture, tracks)
        ],
        subset.labels[calibrated],
    )
    said = _logits(subset, trained.model, architecture, positions[asked])
    return track_probabilities(said, temperature)


def parts_of(
    subset: Subset, positions: NDArray[np.intp], protocol: Protocol, rotations: int
) -> NDArray[np.intp]:
    """Give each track the number of the part in which it is tested: see :func:`rotate`."""
    if protocol == "artist":
        return divide(subset, positions, rotations)
    from sklearn.model_selection import StratifiedKFold

    parts = np.zeros(len(positions), dtype=np.intp)
    splitter = StratifiedKFold(rotations, shuffle=True, random_state=0)
    for number, (_, left_out) in enumerate(splitter.split(positions, subset.labels[positions])):
        parts[left_out] = number
    return parts


def _logits(
    subset: Subset,
    network: Any,  # noqa: ANN401  # keras.Model
    architecture: Architecture,
    positions: NDArray[np.intp],
) -> list[NDArray[np.float32]]:
    mels = [subset.log_mel(position) for position in positions.tolist()]
    return [said.logits for said in outputs(network, architecture, mels)]
