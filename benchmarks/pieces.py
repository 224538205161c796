"""How much a few seconds tell a model, and whether its words say so.

    PYTHONPATH=. python benchmarks/pieces.py [NAME]

One piece of each of the 290 test tracks of the protocol ``artist``, from a place at random, is
read as if it were all that there is: how often the first genre is right, how long the first bar
is in the mean (calibrated bars are as long as they are often right), how many pieces are called
*clear*, and how many of these are right.
"""

import argparse
from typing import Final

import numpy as np

from genre_app import gtzan, zoo
from genre_app.evaluation.intervals import share
from genre_app.reading import from_outputs
from genre_app.shipping import cut_out

LENGTHS_S: Final = (1.0, 2.0, 3.0, 5.0, 10.0, 15.0, 20.0, 30.0)


def main() -> None:
    """Print a row for each length."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", default=zoo.DEFAULT)
    model, subset = zoo.load(parser.parse_args().name), gtzan.load()
    test = subset.part("artist", "test")
    print("| seconds | right | first bar, mean | clear | right where clear | outside |")
    print("|---|---|---|---|---|---|")
    chance = np.random.default_rng(1)
    for seconds in LENGTHS_S:
        words, right, bars = [], [], []
        for position in test.tolist():
            mel = cut_out(subset.log_mel(position), seconds, chance)
            found = from_outputs("piece", seconds, model, model.outputs(mel), mel)
            words.append(found.certainty)
            bars.append(found.blend.max())
            right.append(found.top == subset.genres[subset.labels[position]])
        clear = np.array(words) == "clear"
        hits = int(np.array(right)[clear].sum())
        sure = share(hits, int(clear.sum())) if clear.any() else None
        told = f"{sure.value:.0%} ({sure.low:.0%} to {sure.high:.0%})" if sure else "none"
        row = (
            f"| {seconds:g} | {np.mean(right):.0%} | {np.mean(bars):.0%} | {clear.mean():.0%} "
            f"| {told} | {np.mean(np.array(words) == 'outside'):.0%} |"
        )
        print(row.replace("%", " %"), flush=True)


if __name__ == "__main__":
    main()
