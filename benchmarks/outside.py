"""Which sounds that are no songs a model calls *outside*, and how many test tracks it does.

    PYTHONPATH=. python benchmarks/outside.py [NAME]

- *noise*: white, pink, brown, swelling, in bursts;
- *tones*: sines, a chord, a sweep, clicks, beeps, a square wave;
- *one instrument*: those of the bundled examples, each by itself, improvising for 20 seconds;
- *speech*: eight voices of espeak-ng, where that is installed.

The share of test tracks is of the 290 of the protocol ``artist``, from the model's card.
"""

import argparse
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genre_app import audio, zoo
from genre_app.examples import desk, drums, strings, tones
from genre_app.examples.score import Note
from genre_app.examples.synth import RATE, count, noise
from genre_app.reading import read

Sound = NDArray[np.float32]

SECONDS: Final = 20
VOICES: Final = ("en", "en-us", "en+f3", "en+m3", "de", "fr", "es", "it")
TEXT: Final = "The gentle art of listening begins when somebody speaks and others are quiet. " * 6
INSTRUMENTS: Final = {
    "acoustic guitar": (strings.plucked(strings.ACOUSTIC), 52),
    "electric guitar": (strings.plucked(strings.ELECTRIC), 52),
    "banjo": (strings.plucked(strings.BANJO), 60),
    "double bass": (strings.plucked(strings.UPRIGHT), 33),
    "clavinet": (strings.plucked(strings.CLAVINET), 48),
    "piano": (strings.piano, 60),
    "violin": (strings.bowed(players=1, bright=0.55), 67),
    "cello": (strings.bowed(players=1, bright=0.35), 45),
    "horn": (tones.horn(), 58),
    "organ": (tones.organ((0.6, 0.3, 0.8, 0.3, 0.1)), 60),
    "electric piano": (tones.electric_piano, 60),
    "vibraphone": (tones.vibraphone, 67),
    "melodica": (tones.melodica, 67),
    "hi-hat": (drums.hat(), 0),
    "ride": (drums.ride(), 0),
    "conga": (drums.conga, 0),
}
"""Voices of the examples, and the note that they play around."""

SCALE: Final = (-5, -3, 0, 2, 4, 7, 9, 12)


def moments() -> NDArray[np.float64]:
    """Give the time of each sample in seconds."""
    return np.arange(count(SECONDS)) / RATE


def noises() -> Iterator[tuple[str, Sound]]:
    white, time = noise(SECONDS, np.random.default_rng(0)), moments()
    spectrum = np.fft.rfft(white)
    place = np.arange(len(spectrum)) + 1.0
    for name, slope in (("white", 0.0), ("pink", 0.5), ("brown", 1.0)):
        yield name, np.fft.irfft(spectrum / place**slope, len(time)).astype(np.float32)
    yield "swelling", (white * (1 + np.sin(4 * np.pi * time))).astype(np.float32)
    yield "bursts", (white * (time % 1 < 0.3)).astype(np.float32)


def pure() -> Iterator[tuple[str, Sound]]:
    time = moments()

    def sine(hertz: float) -> NDArray[np.float64]:
        return np.asarray(np.sin(2 * np.pi * hertz * time))

    made = {
        **{f"{hertz} Hz": sine(hertz) for hertz in (110, 440, 2000)},
        "chord": sine(262) + sine(330) + sine(392),
        "sweep": np.sin(2 * np.pi * (100 * time + 100 * time**2)),
        "clicks": (time % 0.5 < 0.001).astype(np.float64),
        "beeps": sine(800) * (time % 1 < 0.2),
        "square": np.sign(sine(220)),
    }
    for name, sound in made.items():
        yield name, sound.astype(np.float32)


def alone(names: Iterable[str] = tuple(INSTRUMENTS)) -> Iterator[tuple[str, Sound]]:
    for name in names:
        voice, middle = INSTRUMENTS[name]
        chance = np.random.default_rng(1)
        notes, at, step = [], 0.0, 2
        while at < SECONDS - 1:
            step = int(np.clip(step + chance.integers(-2, 3), 0, len(SCALE) - 1))
            length = float(chance.choice([0.25, 0.25, 0.5, 1.0]))
            pitch = middle + SCALE[step] if middle else 0
            notes.append(Note(at, length, pitch, float(chance.uniform(0.5, 0.9))))
            at += length
        yield name, desk.play(notes, voice, SECONDS, seed=1, takes=2)


def made(sounds: Iterable[tuple[str, Sound]]) -> Iterator[audio.Recording]:
    for name, sound in sounds:
        level = (0.5 * sound / np.abs(sound).max()).astype(np.float32)
        yield audio.load(audio.wav_bytes(level, RATE), name=name)


def spoken() -> Iterator[audio.Recording]:
    program = shutil.which("espeak-ng")
    if program is None:
        print("speech is left out: espeak-ng is not installed")
        return
    with tempfile.TemporaryDirectory() as folder:
        for voice in VOICES:
            path = Path(folder) / f"{voice}.wav"
            subprocess.run([program, "-v", voice, "-s", "150", "-w", str(path), TEXT], check=True)
            whole = audio.load(path, name=voice)
            yield replace(whole, samples=whole.samples[: SECONDS * audio.SAMPLE_RATE])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("name", nargs="?", default=zoo.DEFAULT, help="a model")
    options = parser.parse_args()
    kinds = {
        "noise": made(noises()),
        "tones": made(pure()),
        "one instrument": made(alone()),
        "speech": spoken(),
    }
    for kind, sounds in kinds.items():
        said = {sound.name: read(sound, model=options.name) for sound in sounds}
        words = Counter(one.certainty for one in said.values())
        print(f"{kind:15s} outside {words['outside']:3d} of {len(said):3d}   {dict(words)}")
        for name, one in said.items():
            if one.certainty != "outside":
                print(f"    {name}: {one.certainty}, {one.top} {one.blend.max():.0%}")
    outside = zoo.card(options.name)["certainty_on_test"]["outside"]
    print(f"test tracks     outside {outside['share']:.1%}")


if __name__ == "__main__":
    main()
