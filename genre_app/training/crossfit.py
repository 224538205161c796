"""Several networks, each trained without one part of the tracks, that answer together.

With a few hundred tracks every one counts: a validation part that only waits to set
a temperature is a fifth of the music never learnt from. Here each network leaves
out another part; what it says of that part is as honest as a validation, and in the
end all tracks have been learnt from. An artist stands in one part only, as far as the
table spells its name in one way, and two tracks are mixed only where neither stands in
the part that is left out.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre_app.errors import TrainingError
from genre_app.gtzan import Subset

__all__ = ["divide", "joined", "members_of"]


def divide(
    subset: Subset, positions: NDArray[np.intp], folds: int, *, seed: int = 0
) -> NDArray[np.intp]:
    """Give each track the number of its part: stratified by genre, whole artists.

    Parameters
    ----------
    positions : ndarray of int [shape=(tracks,)]
    folds : int
        At least 2.

    Returns
    -------
    ndarray of int [shape=(tracks,)]

    Raises
    ------
    TrainingError
        There are fewer tracks of a genre, or fewer artists, than parts.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    labels = subset.labels[positions]
    # Not as ``Track.by`` has it, which knows two spellings of one artist: that would divide other
    # tracks than those that the shipped weights have not learnt from.
    artists = [subset.tracks[i].artist or subset.tracks[i].name for i in positions.tolist()]
    if min(np.bincount(labels)[np.unique(labels)]) < folds or len(set(artists)) < folds:
        raise TrainingError(f"Each genre needs at least {folds} tracks, by several artists.")
    parts = np.zeros(len(positions), dtype=np.intp)
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    for number, (_, left_out) in enumerate(splitter.split(positions, labels, artists)):
        parts[left_out] = number
    return parts


def joined(networks: list[Any]) -> Any:  # noqa: ANN401  # keras.Model
    """Make one network of several with the same input: the mean of their logits.

    Its embedding is theirs, side by side.
    """
    import keras

    for number, network in enumerate(networks):
        network.name = f"part_{number}"
    given = keras.Input(networks[0].input.shape[1:], name="view")
    said = [network(given) for network in networks]
    logits = keras.layers.Average(name="logits")([one["logits"] for one in said])
    embedding = keras.layers.Concatenate(name="embedding")([one["embedding"] for one in said])
    return keras.Model(given, {"logits": logits, "embedding": embedding}, name="joined")


def members_of(network: Any) -> list[Any]:  # noqa: ANN401  # keras.Model
    """Give the networks that were joined, or the one network itself."""
    found = [layer for layer in getattr(network, "layers", []) if layer.name.startswith("part_")]
    return found or [network]
