"""What a pause does to what a model says of the music around it.

    PYTHONPATH=. python benchmarks/pauses.py [NAME]

The middle 12 seconds of each track of the train and valid parts of the protocol ``artist`` are
read by the network that has not learnt from it (of a model with one network, only those of valid):
without a pause, and with one that is so long and so quiet, where the windows hold it as if it were
music, and where it is passed over as the app does: how often the first genre is right, and how
often it is classical. Then the whole clips with a fade at their end: what their last window says.
The test part is left alone, as the rules for pauses were made by looking at such tables.
"""

import argparse
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genre_app import gtzan, zoo
from genre_app.calibration import softmax
from genre_app.evaluation.models import stored
from genre_app.evaluation.unheard import learnt_by
from genre_app.logmel import COLUMN_RATE, FLOOR_DB, LogMel
from genre_app.training.crossfit import members_of

SECONDS: Final = 12
PAUSES_S: Final = (0.5, 1.0, 1.5, 2.0, 3.0)
QUARTER_S: Final = (3.5,)
"""More than a quarter of what is read, which is not taken for the end of a fade."""
FALLS_DB: Final = (-30.0, -60.0)
FADES_S: Final = (3.0, 6.0, 10.0)


def asked(
    model: zoo.LoadedModel, subset: gtzan.Subset
) -> tuple[NDArray[np.intp], list[tuple[zoo.Network, list[int]]]]:
    """Give tracks that are not of the test, and which of them each network has not learnt from."""
    folds = int(model.card["recipe"].get("folds") or 0)
    left_out = stored(model.name, "artist").valid_tracks
    learnt = learnt_by(subset, folds=folds, left_out=left_out)
    valid = subset.part("artist", "valid")
    tracks = np.sort(np.concatenate([subset.part("artist", "train"), valid])) if folds else valid
    networks = [
        (zoo.quick(member), [row for row, one in enumerate(tracks.tolist()) if one not in heard])
        for member, heard in zip(members_of(model.network), learnt, strict=True)
    ]
    return tracks, networks


def main() -> None:
    """Print a row for each place, fall and length of the pause."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", default=zoo.DEFAULT)
    model, subset = zoo.load(parser.parse_args().name), gtzan.load()
    tracks, networks = asked(model, subset)
    width = round(SECONDS * COLUMN_RATE)
    wholes = [subset.log_mel(position).decibels for position in tracks.tolist()]
    clips = [one[:, (one.shape[1] - width) // 2 :][:, :width] for one in wholes]
    labels, classical = subset.labels[tracks], subset.genres.index("classical")

    def told(changed: list[NDArray[np.float32]], *, known: bool, last: bool) -> str:
        mels = []
        for cells in changed:
            loudest = cells.max(axis=0) if known else np.zeros(cells.shape[1], np.float32)
            mels.append(LogMel(cells, loudest - loudest.max()))
        firsts = np.zeros(len(mels), dtype=np.intp)
        for network, rows in networks:
            said = zoo.outputs(network, model.kind, [mels[row] for row in rows])
            for row, one in zip(rows, said, strict=True):
                blend = softmax(one.logits, model.card["temperature"])
                firsts[row] = (blend[-1] if last else blend.mean(axis=0)).argmax()
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

    print(f"{len(tracks)} tracks, without: {told(clips, known=False, last=False)}")
    print("| pause | dB | held as music: right, classical | passed over |")
    print("|---|---|---|---|")
    for place in ("end", "middle"):
        for fall in FALLS_DB:
            for seconds in PAUSES_S + QUARTER_S:
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
