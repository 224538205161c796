"""What a pause does to what a model says of the music around it.

    PYTHONPATH=. python benchmarks/pauses.py [NAME]

The middle 12 seconds of each of the 290 test tracks of the protocol ``artist`` are read without
a pause, and with one that is so long and so quiet, where the windows hold it as if it were music,
and where it is passed over as the app does: how often the first genre is right, and how often it
is classical. Then the whole clips with a fade at their end: what their last window says.
"""

import argparse
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genre_app import gtzan, zoo
from genre_app.calibration import softmax
from genre_app.logmel import COLUMN_RATE, FLOOR_DB, LogMel

SECONDS: Final = 12
PAUSES_S: Final = (0.5, 1.0, 1.5, 2.0, 3.0)
FALLS_DB: Final = (-30.0, -60.0)
FADES_S: Final = (3.0, 6.0, 10.0)


def main() -> None:
    """Print a row for each place, fall and length of the pause."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", default=zoo.DEFAULT)
    model, subset = zoo.load(parser.parse_args().name), gtzan.load()
    test = subset.part("artist", "test")
    width = round(SECONDS * COLUMN_RATE)
    wholes = [subset.log_mel(position).decibels for position in test.tolist()]
    clips = [one[:, (one.shape[1] - width) // 2 :][:, :width] for one in wholes]
    labels, classical = subset.labels[test], subset.genres.index("classical")

    def told(changed: list[NDArray[np.float32]], *, known: bool, last: bool) -> str:
        mels = []
        for cells in changed:
            loudest = cells.max(axis=0) if known else np.zeros(cells.shape[1], np.float32)
            mels.append(LogMel(cells, loudest - loudest.max()))
        said = zoo.outputs(zoo.quick(model.network), model.kind, mels)
        blends = [softmax(one.logits, model.card["temperature"]) for one in said]
        firsts = np.array([(one[-1] if last else one.mean(axis=0)).argmax() for one in blends])
        right, taken = np.mean(firsts == labels), np.mean(firsts == classical)
        return f"{right:.0%}, {taken:.0%}".replace("%", " %")

    def fallen(places: slice, fall: float) -> list[NDArray[np.float32]]:
        changed = [one.copy() for one in clips]
        for cells in changed:
            cells[:, places] = np.maximum(cells[:, places] + fall, FLOOR_DB)
        return changed

    def faded(seconds: float, *, straight: bool) -> list[NDArray[np.float32]]:
        rest = np.linspace(1.0, 0.0, round(seconds * COLUMN_RATE), endpoint=False)
        falls = 20 * np.log10(rest) if straight else -60 * (1 - rest)
        changed = [one.copy() for one in wholes]
        for cells in changed:
            cells[:, -rest.size :] = np.maximum(cells[:, -rest.size :] + falls, FLOOR_DB)
        return changed

    print(f"without: {told(clips, known=False, last=False)}")
    print("| pause | dB | held as music: right, classical | passed over |")
    print("|---|---|---|---|")
    for place in ("end", "middle"):
        for fall in FALLS_DB:
            for seconds in PAUSES_S:
                count = round(seconds * COLUMN_RATE)
                first = width - count if place == "end" else (width - count) // 2
                gone = slice(first, first + count)
                changed = fallen(gone, fall)
                row = (told(changed, known=known, last=False) for known in (False, True))
                print(f"| {seconds:g} s, {place} | {fall:g} | {' | '.join(row)} |", flush=True)
    print(f"last window, without: {told(wholes, known=False, last=True)}")
    print("| fade | of | held as music: right, classical | passed over |")
    print("|---|---|---|---|")
    for straight in (True, False):
        for seconds in FADES_S:
            changed = faded(seconds, straight=straight)
            row = (told(changed, known=known, last=True) for known in (False, True))
            kind = "amplitude" if straight else "60 dB"
            print(f"| {seconds:g} s | {kind} | {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
