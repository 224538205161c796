"""What the page Why promises: an explanation, its two sounds, a move of a fader.

    PYTHONPATH=. python benchmarks/why.py [SONG] [--model NAME] [--times N]

Times 30 seconds of a song (an example of the project's own, repeated, unless one is given):

- attribution: the map of what speaks for the first genre, by hiding cells and, where the model
  sees a picture, by its gradient;
- its test: deletion and insertion curves against masks that know nothing;
- audible masks: "only what made it" and "everything else", made as loud as the song;
- a fader: from changed loudness of the parts to new bars;
- taking the sound apart, once a part of a song, before the first of them.

Wall-clock seconds, medians of N with the slowest, beside the seconds of processor time.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable

import numpy as np

from genre_app import audio, components, examples, zoo
from genre_app.explain import gradient, region, split
from genre_app.explain.audible import match_loudness
from genre_app.explain.explanation import coarse_and_fine, has_gradient
from genre_app.explain.faithful import check
from genre_app.explain.occlusion import attribute
from genre_app.logmel import CLIP_SECONDS, log_mel


def timed(title: str, work: Callable[[int], object], times: int) -> None:
    wall, spent = [], []
    for turn in range(times):
        began, used = time.perf_counter(), time.process_time()
        work(turn)
        wall.append(time.perf_counter() - began)
        spent.append(time.process_time() - used)
    print(
        f"{title:<34} {statistics.median(wall):6.2f} s, slowest {max(wall):6.2f} s, "
        f"processor {statistics.median(spent):6.2f} s",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("song", nargs="?")
    parser.add_argument("--model", default=zoo.DEFAULT)
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    samples = audio.load(options.song or examples.wav("one-drop-reggae")).samples
    if not options.song:
        samples = np.tile(samples, 2)
    cut, _ = region(samples, seconds=CLIP_SECONDS)
    model, mel = zoo.load(options.model), log_mel(cut)
    kind = model.kind
    coarse, fine = coarse_and_fine(model, mel)
    genre = int(fine.probabilities.argmax())
    print(
        f"{model.card['title']}, {len(cut) / audio.SAMPLE_RATE:.0f} s, windows of "
        f"{kind.window_s:g} s; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )
    values = attribute(coarse, genre)  # Once for the caches and TensorFlow's first calls.
    timed("attribution by hiding", lambda _: attribute(coarse, genre), options.times)
    if has_gradient(model):

        def follow(_: int) -> None:
            gradient.attribute(fine, model.network, kind.view, genre)

        timed("attribution by gradient, first", follow, 1)
        timed("attribution by gradient", follow, options.times)
    timed("its test", lambda _: check(fine, values, genre), options.times)
    mask = fine.grid.largest(values, 0.1) * (values > 0)
    split(cut, mask)

    def sounds(_: int) -> None:
        parts = split(cut, mask)
        for part in (parts.only, parts.rest):
            audio.wav_bytes(match_loudness(part, cut))

    timed("audible masks", sounds, options.times)
    timed("taking the sound apart", lambda _: components.separate(cut), 2)
    spectra = components.separate(cut)

    def fader(turn: int) -> None:
        changed = components.apply(spectra, {components.PARTS[turn % len(components.PARTS)]: -20.0})
        components.shares(changed, model)

    fader(0)
    timed("a fader, to new bars", fader, 2 * options.times)


if __name__ == "__main__":
    main()
