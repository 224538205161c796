"""What each ingredient of the default model is worth: left out, everything else as it is.

Cross-validation of the 639 train and validation tracks of the protocol ``artist``: five
parts of whole artists, a network for each that has not heard it, two divisions. An hour
and a half on two cores.

    PYTHONPATH=. python benchmarks/ablation.py [--only NAME ...]

- *tracks*: named rightly, windows as recorded;
- *altered*: windows that come through bad speakers, as in training, named rightly;
- *share off by*: windows in which two tracks of other genres are mixed as recorded: mean
  distance of the first one's share of both bars from the true one. Half and half is
  off by a quarter.

Where windows of a kind are left out, others are drawn again, so that as many are learnt from.
"""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# A network for each core: several threads for one are slower.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from genre_app import architectures, gtzan
from genre_app.architectures.blend import BRANCHES, DROPOUTS, build
from genre_app.calibration import fit_temperature, softmax, track_probabilities
from genre_app.evaluation.blends import divide as shared
from genre_app.training.crossfit import divide
from genre_app.training.examples import Examples, as_served, for_training
from genre_app.training.run import train_network

Branches = Sequence[tuple[str, ...]]

PARTS: Final = 5
DIVISIONS: Final = 2


@dataclass(frozen=True)
class Variant:
    """A recipe of the ablation.

    Attributes
    ----------
    sounds : str
        Letters of the windows to learn from: "a" altered, every second one mixed with
        another track; "o" altered, of one track; "r" as recorded, twice; "p" pairs as
        recorded.
    branches : sequence of tuple of str
    dropouts : (float, float)
    one_loss : bool
        On the mean of the branches, instead of one each.
    """

    sounds: str = "arp"
    branches: Branches = BRANCHES
    dropouts: tuple[float, float] = DROPOUTS
    one_loss: bool = False


def without(*families: str) -> Branches:
    """Give the branches without some descriptions; a branch without any is left out."""
    rest = [(name, *(one for one in read if one not in families)) for name, *read in BRANCHES]
    return [branch for branch in rest if len(branch) > 1]


VARIANTS: Final = {
    "everything": Variant(),
    "without altered windows": Variant("rp"),
    "without windows as recorded": Variant("ap"),
    "without mixes and pairs": Variant("or"),
    "without pairs": Variant("ar"),
    "one branch on all numbers": Variant(branches=BRANCHES[:1]),
    "one loss for all branches": Variant(one_loss=True),
    "half dropped out before the hidden layers": Variant(dropouts=(0.5, 0.5)),
    "without patterns": Variant(
        branches=without("patterns", "patterns of onsets", "patterns of loudness")
    ),
    "without what is of loudness": Variant(
        branches=without("statistics of loudness", "patterns of loudness")
    ),
    "without covariances": Variant(branches=without("covariances")),
    "without patterns of onsets": Variant(branches=without("patterns of onsets")),
    "statistics only": Variant(branches=[("statistics", "statistics")]),
}


@dataclass(frozen=True, eq=False)
class Sounds:
    """All windows of a division, and the part of each track."""

    altered: Examples
    recorded: Examples
    pairs: Examples
    parts: NDArray[np.intp]

    @property
    def of_one_track(self) -> Examples:
        """The altered windows that are not mixed."""
        return self.altered.rows(np.flatnonzero(self.altered.targets.max(axis=1) > 0.999))


def sounds(subset: gtzan.Subset, positions: NDArray[np.intp], seed: int) -> Sounds:
    """Make the windows of one division."""
    kind = architectures.get("blend")
    recipe = replace(kind.recipe, seed=seed, clean=0)
    groups = divide(subset, positions, PARTS, seed=seed)
    both = for_training(subset, positions, kind, recipe, groups=groups)
    altered = len(positions) * recipe.versions
    parts = np.full(len(subset), -1, dtype=np.intp)
    parts[positions] = groups
    return Sounds(
        both.rows(np.arange(altered)),
        as_served(subset, positions, kind),
        both.rows(np.arange(altered, len(both))),
        parts,
    )


def learnt_from(heard: Sounds, variant: Variant, chance: np.random.Generator) -> Examples:
    """Choose the windows that a variant learns from: as many as of all kinds together."""
    kinds = {
        "a": [heard.altered],
        "o": [heard.of_one_track],
        "r": [heard.recorded] * 2,
        "p": [heard.pairs],
    }
    chosen = Examples.joined([one for letter in variant.sounds for one in kinds[letter]])
    wanted = len(heard.altered) + 2 * len(heard.recorded) + len(heard.pairs)
    again = chance.integers(0, len(chosen), wanted - len(chosen))
    return chosen.rows(np.concatenate([np.arange(len(chosen)), again]))


def said(heard: Sounds, variant: Variant, part: int, seed: int) -> list[NDArray[np.float32]]:
    """Train without one part; give the logits of its windows: recorded, altered, pairs."""
    import keras

    chance = np.random.default_rng([seed, part])
    kept = np.flatnonzero(heard.parts != part)
    learnt = learnt_from(heard, variant, chance).of(kept)
    keras.utils.set_random_seed(1000 * seed + part)
    network = build(learnt.view, branches=variant.branches, dropouts=variant.dropouts)
    logits = {"logits": network.output["logits"]}
    learner = keras.Model(network.input, logits) if variant.one_loss else network
    train_network(learner, learnt, None, architectures.get("blend").recipe)
    answers = keras.Model(network.input, network.output["logits"])
    left_out = np.flatnonzero(heard.parts == part)
    asked = (heard.recorded, heard.of_one_track, heard.pairs)
    return [answers.predict(one.of(left_out).view, verbose=0) for one in asked]


def measured(heard: Sounds, answers: list[list[NDArray[np.float32]]]) -> tuple[float, float, float]:
    """Give the shares of tracks and altered windows that are right, and how far shares are off."""
    kinds = (heard.recorded, heard.of_one_track, heard.pairs)
    asked = [
        Examples.joined([one.of(np.flatnonzero(heard.parts == part)) for part in range(PARTS)])
        for one in kinds
    ]
    recorded, altered, pairs = (np.concatenate(one) for one in zip(*answers, strict=True))
    tracks = np.unique(asked[0].tracks)
    windows = [recorded[asked[0].tracks == track] for track in tracks]
    labels = np.array([asked[0].targets[asked[0].tracks == track][0].argmax() for track in tracks])
    temperature = fit_temperature(windows, labels)
    right = track_probabilities(windows, temperature).argmax(axis=1) == labels
    well = altered.argmax(axis=1) == asked[1].targets.argmax(axis=1)
    two = (asked[2].targets > 0).sum(axis=1) == 2
    bars, truth = softmax(pairs[two], temperature), asked[2].targets[two]
    rows, first = np.arange(len(bars)), np.argsort(-truth, axis=1)[:, :2].T
    ratio = shared(bars[rows, first[0]], bars[rows, first[1]])
    return (
        float(right.mean()),
        float(well.mean()),
        float(np.abs(ratio - truth[rows, first[0]]).mean()),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--only", nargs="+", default=list(VARIANTS), choices=VARIANTS)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    subset = gtzan.load()
    positions = np.sort(np.concatenate([subset.part("artist", p) for p in ("train", "valid")]))
    divisions = Parallel(n_jobs=options.workers)(
        delayed(sounds)(subset, positions, seed) for seed in range(DIVISIONS)
    )
    print("| recipe | tracks | altered | share off by |\n|---|---|---|---|", flush=True)
    for name in options.only:
        jobs = Parallel(n_jobs=options.workers)(
            delayed(said)(heard, VARIANTS[name], part, seed)
            for seed, heard in enumerate(divisions)
            for part in range(PARTS)
        )
        figures = [
            measured(heard, jobs[seed * PARTS : (seed + 1) * PARTS])
            for seed, heard in enumerate(divisions)
        ]
        tracks, altered, shares = zip(*figures, strict=True)
        print(
            f"| {name} | {_both(tracks)} % | {_both(altered)} % "
            f"| {', '.join(f'{one:.3f}' for one in shares)} |",
            flush=True,
        )


def _both(shares: Sequence[float]) -> str:
    return ", ".join(f"{100 * one:.1f}" for one in shares)


if __name__ == "__main__":
    main()
