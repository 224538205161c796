"""What each description of a window is worth: kernel machines, by cross-validation.

Every description by itself, then the mean of several machines, then one machine that
reads the same numbers side by side. Only the train and validation tracks of the protocol
``artist`` are looked at, in three divisions of five parts with whole artists; or, with
``--protocol random``, all tracks in the ten parts of ``train --rotations 10``.

    PYTHONPATH=. python benchmarks/descriptions.py
    PYTHONPATH=. python benchmarks/descriptions.py --protocol random
"""

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from genre_app import gtzan
from genre_app.architectures.statistics_mlp import DAMPING
from genre_app.rotation import parts_of
from genre_app.training.crossfit import divide
from genre_app.views import cut_windows, statistics
from genre_app.views.covariances import covariances
from genre_app.views.patterns import patterns
from genre_app.views.scales import loudness, onsets

Numbers = dict[str, NDArray[np.float32]]

DIVISIONS, PARTS = 3, 5
FIRMNESS = 10.0
"""Of the machines: one over what is added to the kernel's diagonal."""

WIDTH = 0.4
"""Of the kernel, over half the mean squared distance of two windows."""

FAITHFUL = 4.0
"""Standard deviations at which a number is cut off."""

TOGETHER = (
    ("statistics", "covariances"),
    ("statistics", "patterns"),
    ("statistics", "patterns", "covariances"),
    ("statistics", "patterns", "covariances", "onsets: patterns"),
    ("statistics", "patterns", "covariances", "loudness: statistics"),
    (
        "statistics",
        "patterns",
        "covariances",
        "onsets: patterns",
        "loudness: statistics",
        "loudness: patterns",
    ),
)


def described(subset: gtzan.Subset, position: int) -> Numbers:
    """Describe the windows of 12 s of one track, side by side, as recorded."""
    windows = cut_windows(subset.log_mel(position), seconds=12.0, hop_s=12.0).values
    rising, loud = onsets(windows), loudness(windows)
    return {
        "statistics": statistics(windows),
        "covariances": covariances(windows),
        "patterns": patterns(windows),
        "onsets: statistics": statistics(rising),
        "onsets: patterns": patterns(rising),
        "loudness: statistics": statistics(loud),
        "loudness: covariances": covariances(loud),
        "loudness: patterns": patterns(loud),
    }


def kernel(numbers: NDArray[np.float32], learnt: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Say how alike windows are, by a Gaussian of their distance [shape=(n, n)]."""
    known = numbers[learnt]
    plain = (numbers - known.mean(axis=0)) / (known.std(axis=0) + DAMPING)
    plain = np.clip(plain, -FAITHFUL, FAITHFUL).astype(np.float64)
    squares = np.square(plain).sum(axis=1)
    distances = squares[:, None] + squares - 2 * plain @ plain.T
    usual = distances[np.ix_(learnt, learnt)].mean() / 2
    return np.asarray(np.exp(-WIDTH * distances / usual))


def said(
    numbers: NDArray[np.float32],
    tracks: NDArray[np.intp],
    labels: NDArray[np.intp],
    divisions: list[NDArray[np.intp]],
) -> NDArray[np.float64]:
    """Give what machines say of tracks they have not heard [shape=(divisions, tracks, genres)]."""
    genres = int(labels.max()) + 1
    found = np.zeros((len(divisions), len(labels), genres))
    for answers, parts in zip(found, divisions, strict=True):
        for part in range(int(parts.max()) + 1):
            left_out = parts[tracks] == part
            alike = kernel(numbers, ~left_out)
            known = alike[np.ix_(~left_out, ~left_out)] + np.eye((~left_out).sum()) / FIRMNESS
            aims = np.eye(genres)[labels[tracks[~left_out]]] - 1 / genres
            weights = np.linalg.solve(known, aims)
            np.add.at(answers, tracks[left_out], alike[np.ix_(left_out, ~left_out)] @ weights)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--protocol", choices=("artist", "random"), default="artist")
    options = parser.parse_args()
    subset = gtzan.load()
    if options.protocol == "artist":
        parts = [subset.part("artist", "train"), subset.part("artist", "valid")]
        positions = np.sort(np.concatenate(parts))
        divisions = [divide(subset, positions, PARTS, seed=seed) for seed in range(DIVISIONS)]
    else:
        positions = np.arange(len(subset))
        divisions = [parts_of(subset, positions, "random", 10)]
    labels = subset.labels[positions]
    jobs = Parallel(n_jobs=options.workers)
    every = jobs(delayed(described)(subset, position) for position in positions.tolist())
    tracks = np.repeat(np.arange(len(positions)), [len(one["statistics"]) for one in every])
    numbers = {name: np.concatenate([one[name] for one in every]) for name in every[0]}

    def accuracy(answers: NDArray[np.float64]) -> str:
        return f"{100 * (answers.argmax(axis=2) == labels).mean():.1f} %"

    apart = "artists apart" if options.protocol == "artist" else "at random"
    count = int(divisions[0].max()) + 1
    print(f"{len(positions)} tracks, {len(divisions)} division(s) in {count} parts, {apart}\n")
    names = list(numbers)
    alone = jobs(delayed(said)(numbers[name], tracks, labels, divisions) for name in names)
    answers = dict(zip(names, alone, strict=True))
    for name in names:
        print(f"{name:75s} {numbers[name].shape[1]:5d} {accuracy(answers[name])}")
    print(f"\n{'several':75s} {'':5s} mean of machines / one machine")
    joint = jobs(
        delayed(said)(
            np.concatenate([numbers[name] for name in some], 1), tracks, labels, divisions
        )
        for some in TOGETHER
    )
    for some, one in zip(TOGETHER, joint, strict=True):
        both = np.sum([answers[name] for name in some], axis=0)
        print(f"{' + '.join(some):75s} {'':5s} {accuracy(both)} / {accuracy(one)}")


if __name__ == "__main__":
    main()
