"""What a pause does to what a model says of the music around it.

    PYTHONPATH=. python benchmarks/pauses.py [NAME]

The middle 12 seconds of each of the 290 test tracks of the protocol ``artist`` are read without
a pause, and with one that is so long and so quiet, where the windows hold it as if it were music,
and where it is passed over as the app does: how often the first genre is right, and how often it
is classical.
"""

import argparse
from typing import Final

import numpy as np

from genre_app import gtzan, zoo
from genre_app.calibration import softmax
from genre_app.logmel import COLUMN_RATE, FLOOR_DB, LogMel

SECONDS: Final = 12
PAUSES_S: Final = (0.5, 1.0, 1.5, 2.0, 3.0)
FALLS_DB: Final = (-30.0, -60.0)


def main() -> None:
    """Print a row for each place, fall and length of the pause."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", default=zoo.DEFAULT)
    model, subset = zoo.load(parser.parse_args().name), gtzan.load()
    test = subset.part("artist", "test")
    width = round(SECONDS * COLUMN_RATE)
    clips = [subset.log_mel(position).decibels for position in test.tolist()]
    clips = [one[:, (one.shape[1] - width) // 2 :][:, :width] for one in clips]
    labels, classical = subset.labels[test], subset.genres.index("classical")

    def told(places: slice, fall: float, *, known: bool) -> str:
        mels = []
        for clip in clips:
            cells = clip.copy()
            cells[:, places] = np.maximum(cells[:, places] + fall, FLOOR_DB)
            loudest = cells.max(axis=0) if known else np.zeros(width, np.float32)
            mels.append(LogMel(cells, loudest - loudest.max()))
        said = zoo.outputs(zoo.quick(model.network), model.kind, mels)
        temperature = model.card["temperature"]
        firsts = np.array([softmax(one.logits, temperature).mean(axis=0).argmax() for one in said])
        right, taken = np.mean(firsts == labels), np.mean(firsts == classical)
        return f"{right:.0%}, {taken:.0%}".replace("%", " %")

    print(f"without: {told(slice(0, 0), 0.0, known=False)}")
    print("| pause | dB | held as music: right, classical | passed over |")
    print("|---|---|---|---|")
    for place in ("end", "middle"):
        for fall in FALLS_DB:
            for seconds in PAUSES_S:
                count = round(seconds * COLUMN_RATE)
                first = width - count if place == "end" else (width - count) // 2
                gone = slice(first, first + count)
                row = (told(gone, fall, known=known) for known in (False, True))
                print(f"| {seconds:g} s, {place} | {fall:g} | {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
