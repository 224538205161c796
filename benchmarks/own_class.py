"""What it costs and what it spoils to add a genre of one's own to a model.

    PYTHONPATH=. python benchmarks/own_class.py [--model blend] [--songs 8] [--further 24]

The songs are synthesised by the project's own instruments: 30 seconds of electronic
dance music each, with another tempo, key, pattern and sound. That is an easy class: all
of them come out of one studio. ``--folder FOLDER`` measures with songs of one's own instead.
``--room`` gives the songs as if they had been recorded across a room. Songs that are never
given are asked for as they are and across that room.
"""

import argparse
import os
import resource
import tempfile
import time
from functools import partial
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from genre_app import gtzan, zoo
from genre_app.audio import load, wav_bytes
from genre_app.collection.extend import extend
from genre_app.collection.gather import add_files, to_song
from genre_app.collection.model import write
from genre_app.collection.rehearsal import rehearse
from genre_app.collection.result import message, rows
from genre_app.collection.store import Collection
from genre_app.evaluation.intervals import share
from genre_app.evaluation.robustness import VARIANTS
from genre_app.examples import drums
from genre_app.examples import effects as fx
from genre_app.examples.desk import at_level, drum_kit, together
from genre_app.examples.score import hits, repeat, steady
from genre_app.examples.synth import RATE, Audio, count, envelope, fade, oscillate
from genre_app.logmel import LogMel
from genre_app.places import home
from genre_app.reading import from_outputs

SECONDS = 30.0
SCALES = ((0, 3, 7, 10), (0, 3, 7, 12), (0, 4, 7, 11), (0, 5, 7, 10))
KICKS = ("XXXX", "X..X", "X.X.")


def electronic(seed: int) -> Audio:
    """Render a piece of electronic dance music."""
    rng = np.random.default_rng([7, seed])
    bpm = float(rng.uniform(118, 172))
    clock = steady(bpm)
    bars = int(SECONDS / (240 / bpm)) + 1
    every = range(bars)
    strokes = {
        "kick": [*repeat(hits(str(rng.choice(KICKS)), step=1), 4, at=every)],
        "clap": [*repeat(hits(".X.X", step=1), 4, at=every)],
        "hat": [
            *repeat(hits("x" * 16 if rng.random() < 0.5 else ".xXx" * 4, step=0.25), 4, at=every)
        ],
    }
    voices = {
        "kick": (drums.kick(low=rng.uniform(42, 60), t60=rng.uniform(0.2, 0.5), click=0.6), -13.0),
        "clap": (drums.clap, -22.0),
        "hat": (drums.hat(t60=rng.uniform(0.04, 0.2), low=rng.uniform(3000, 7000)), -27.0),
    }
    kit = together(drum_kit(strokes, voices, clock, rng, SECONDS, timing=0.0, takes=2).values())
    root = rng.integers(33, 45)
    scale = SCALES[rng.integers(len(SCALES))]
    moves = rng.choice([0, -4, 3, 5, -2], size=4)
    saw = 1.0 / np.arange(1, 40) ** rng.uniform(0.8, 1.4)
    step = 15 / bpm
    size = count(SECONDS)
    lead, bass, pad = (np.zeros(size) for _ in range(3))
    pattern = rng.integers(0, len(scale) * 2, size=16)
    for tick in range(int(SECONDS / step) - 2):
        chord = root + moves[tick // 16 % 4]
        at = round(tick * step * RATE)
        note = chord + 24 + scale[pattern[tick % 16] % len(scale)] + 12 * (pattern[tick % 16] % 2)
        _lay(lead, at, note, step * 0.9, saw)
        if tick % 4 != 0 or rng.random() < 0.2:
            _lay(bass, at, chord, step * 0.8, saw[:12])
        if tick % 16 == 0:
            for above in scale:
                for apart in (-0.08, 0.07):
                    _lay(pad, at, chord + 12 + above + apart, step * 15.5, saw[:20])
    sweep = envelope(SECONDS, (0, 0.2), (SECONDS / 2, 1.0), (SECONDS, 0.4))
    bright: Audio = fx.equalise(lead, fx.low_cut(200)) * sweep
    echoes = fx.delay(bright, step * 3, feedback=0.4, wet=0.3) if rng.random() < 0.7 else bright
    mix = kit + at_level(bass, -17) + at_level(echoes, rng.uniform(-24, -18))
    mix = mix + at_level(fx.equalise(pad, fx.low_cut(250)), rng.uniform(-28, -20))
    return fx.master(mix, rng, loudness_db=-12, glue_db=5, hiss_db=-80, warmth=1.6, ending=0.5)


def _lay(track: Audio, at: int, note: float, seconds: float, harmonics: Audio) -> None:
    hz = np.full(count(seconds), 440.0 * 2 ** ((note - 69) / 12))
    sound = fade(oscillate(hz, harmonics), 0.004, seconds * 0.3)
    room = len(track) - at
    track[at : at + len(sound)] += sound[:room]


def across(data: bytes) -> bytes:
    """Play a song in a room, as ``evaluate --robustness`` does."""
    return wav_bytes(VARIANTS["room"](load(data).samples))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="blend")
    parser.add_argument("--songs", type=int, default=8)
    parser.add_argument("--further", type=int, default=24, help="songs that are never given")
    parser.add_argument("--folder", type=Path, help="songs of one class instead of synthesised")
    parser.add_argument("--room", action="store_true", help="the given songs come across a room")
    options = parser.parse_args()
    began = time.perf_counter()
    if options.folder:
        files = [(path.name, path.read_bytes()) for path in sorted(options.folder.iterdir())]
    else:
        number = options.songs + options.further
        files = [(f"{i:02d}.wav", wav_bytes(electronic(i), RATE)) for i in range(number)]
    print(f"{len(files)} songs in {time.perf_counter() - began:.0f} s", flush=True)
    given, further = files[: options.songs], files[options.songs :]
    if options.room:
        given = [(name, across(data)) for name, data in given]
    clock = _Clock()
    gathered = add_files(
        Collection("benchmark"),
        "Electronic",
        [(name, partial(bytes, data)) for name, data in given],
    )
    clock("decoding and cutting the given songs")
    bundled, model = gtzan.load(), zoo.load(options.model)
    clock("loading the subset and the model")
    cache = home() / "cache"
    rehearse(model, bundled, cache)
    clock("rehearsal: the subset through the frozen body (once a model, then from disk)")
    outcome = extend(gathered.collection, model, bundled, cache=cache)
    clock("adding the genre: features of its windows, rows, calibration, figures")
    print(f"  of that the training {outcome.seconds:.1f} s")
    with tempfile.TemporaryDirectory() as folder:
        card = write(outcome, gathered.collection, bundled, title="bench", folder=Path(folder))
        clock("writing the model")
        loaded = zoo.load(card["name"], Path(folder))
    print(message(outcome))
    for row in rows(outcome):
        before = f"{row.before.value:.1%}" if row.before else "not known"
        print(
            f"  {row.title:<18} {row.songs:>3} songs: {before} -> {row.after.value:.1%} "
            f"({row.after.low:.1%} to {row.after.high:.1%})"
        )
    for where in ("as they are", "across a room") if further else ():
        heard = [data if where == "as they are" else across(data) for _, data in further]
        songs = [to_song(data, f"{where}.wav", "Electronic") for data in heard]
        mels = [LogMel.from_bytes(song.cells[0]) for song in songs]
        said = [from_outputs("", 30.0, loaded, loaded.outputs(mel), mel) for mel in mels]
        found = sum(one.top == outcome.genres[-1] for one in said)
        rate = share(found, len(songs))
        print(
            f"songs never given, {where}: {found} of {len(songs)} found, {rate.value:.1%} "
            f"({rate.low:.1%} to {rate.high:.1%}); "
            f"{sum(one.certainty == 'outside' for one in said)} called outside"
        )


class _Clock:
    """Prints wall-clock and processor seconds since it was last asked."""

    def __init__(self) -> None:
        self._last = self._now()

    def __call__(self, what: str) -> None:
        now = self._now()
        wall, cpu = (b - a for a, b in zip(self._last, now, strict=True))
        self._last = now
        print(f"{wall:6.1f} s wall, {cpu:6.1f} s CPU: {what}", flush=True)

    @staticmethod
    def _now() -> tuple[float, float]:
        used = resource.getrusage(resource.RUSAGE_SELF)
        return time.perf_counter(), used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
