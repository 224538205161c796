"""How faithful explanations are: what hiding a tenth of the picture takes away.

    PYTHONPATH=. python benchmarks/explain.py [--model NAME] [--method gradient|occlusion]
                                   [--part valid|test] [--tracks N]

Explains the first genre of clips of the bundled subset, drawn from a part of the
``artist`` split (seed 0). The share of explanations that pass their own test is of
those clips; medians have a 95 % interval from a bootstrap over clips. The method was
chosen on ``valid``; ``test`` is for the figures.
"""

import argparse
import os
import time

import numpy as np
from numpy.typing import NDArray

from genre_app import gtzan, zoo
from genre_app.explain.explanation import explain_mel


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model", default=zoo.DEFAULT)
    parser.add_argument("--method", choices=("gradient", "occlusion"))
    parser.add_argument("--part", choices=("valid", "test"), default="test")
    parser.add_argument("--tracks", type=int, default=60)
    options = parser.parse_args()
    subset, model = gtzan.load(), zoo.load(options.model)
    positions = np.random.default_rng(0).permutation(subset.part("artist", options.part))
    falls, trusted, seconds, areas = [], [], [], []
    for position in positions[: options.tracks].tolist():
        began = time.perf_counter()
        found = explain_mel(subset.log_mel(position), model, method=options.method)
        seconds.append(time.perf_counter() - began)
        tested = found.check
        falls.append(tested.falls)
        trusted.append(tested.trusted)
        areas.append(
            (
                tested.deletion.mean(),
                tested.random_deletion.mean(),
                tested.insertion.mean(),
                tested.random_insertion.mean(),
            )
        )
        print(
            f"{subset.tracks[position].name:<18} {found.genre:<10} {tested.whole:.3f} "
            f"-{falls[-1][0]:.3f} random -{falls[-1][1]:.3f} {trusted[-1]!s:<6}"
            f"{seconds[-1]:.1f} s",
            flush=True,
        )
    top, random = np.array(falls).T
    print(f"\n{options.model} by {found.method}")
    print(f"{len(top)} clips of {options.part} (artist), first genre of each")
    print(f"fall of the strongest tenth, median: {_median(top)}")
    print(f"fall of a random tenth, median:      {_median(random)}")
    # A random mask may take nothing away: half a point keeps the ratio finite and humble.
    print(f"ratio clip by clip, median:          {_median(top / np.maximum(random, 0.005))}")
    print(f"clips with a ratio of 3 or more:     {np.mean(top >= 3 * random):.0%}")
    print(f"explanations that pass their test:   {np.mean(trusted):.0%}")
    deletion, other, insertion, another = np.median(areas, axis=0)
    print(f"mean of the deletion curve, median:  {deletion:.3f} (random {other:.3f})")
    print(f"mean of the insertion curve, median: {insertion:.3f} (random {another:.3f})")
    print(f"seconds an explanation, median:      {np.median(seconds):.1f}")
    print(
        f"load at the end:                     {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )


def _median(values: NDArray[np.float64]) -> str:
    chance = np.random.default_rng(0)
    draws = values[chance.integers(len(values), size=(2000, len(values)))]
    low, high = np.quantile(np.median(draws, axis=1), [0.025, 0.975])
    return f"{np.median(values):.3f} (95 % interval {low:.3f} to {high:.3f})"


if __name__ == "__main__":
    main()
