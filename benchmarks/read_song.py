"""How long a reading takes, here and "the way the peers do it", in the same run.

    PYTHONPATH=. python benchmarks/read_song.py [SONG]

Medians of wall-clock seconds. The peers' way: every feature by its default librosa
call from the waveform, the song cut into 3-second windows, ``model.predict`` for each
window's mel spectrogram. Its network is untrained and small: what it says does not
matter here, and it costs less than the peers' do.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import librosa
import numpy as np
import soundfile

from benchmarks.server import ROOT, STILL, command, free_port
from genre_app import audio, examples, panels
from genre_app.logmel import from_mel_power, log_mel
from genre_app.panels import Sound
from genre_app.reading import read

RATE = audio.SAMPLE_RATE
WINDOW = 3 * RATE


def median(work: Callable[[], Any], *, runs: int = 5) -> float:
    work()  # Warm: compilation and caches are not what is compared.
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def ours(data: bytes) -> Sound:
    sound = Sound(audio.load(data))
    read(sound.recording, mel=from_mel_power(sound.mel_power))
    return sound


def all_panels(recording: audio.Recording) -> None:
    sound = Sound(recording)
    for key in panels.PANELS:
        panels.compute(sound, key)


def peers(path: Path, network: Any) -> None:  # noqa: ANN401  # keras.Model
    samples, _ = librosa.load(path, sr=RATE)
    librosa.power_to_db(librosa.feature.melspectrogram(y=samples, sr=RATE), ref=np.max)
    librosa.feature.mfcc(y=samples, sr=RATE)
    librosa.feature.chroma_stft(y=samples, sr=RATE)
    librosa.feature.tonnetz(y=samples, sr=RATE)
    for start in range(0, len(samples) - WINDOW + 1, WINDOW):
        mel = librosa.feature.melspectrogram(y=samples[start : start + WINDOW], sr=RATE)
        network.predict(librosa.power_to_db(mel, ref=np.max)[None, :, :, None], verbose=0)


def peers_network() -> Any:  # noqa: ANN401
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((128, 1 + WINDOW // 512, 1)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(4),
            layers.Conv2D(32, 3, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(10, activation="softmax"),
        ]
    )


def first_page() -> float:
    """Time from the command to the first page, as Streamlit would send it to a browser."""
    port = free_port()
    line = command(port, STILL, "--server.enableAgentApi=true")
    began = time.perf_counter()
    with subprocess.Popen(line, stdout=subprocess.DEVNULL, cwd=ROOT) as server:
        while True:
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}/_stcore/agent/interact",
                data=b"{}",
                headers={"Content-Type": "application/json"},
            )
            try:
                with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310  # Loopback.
                    page = answer.read()
            except OSError:
                time.sleep(0.02)
                continue
            server.terminate()
            if b"Upload a song" not in page:
                raise RuntimeError(f"this is not the first page: {page[:300]!r}")
            return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("song", nargs="?", type=Path, help="by default an example, repeated")
    song = parser.parse_args().song
    whole = audio.load(song if song else examples.wav("swing-combo")).samples
    network = peers_network()
    with tempfile.TemporaryDirectory() as folder:
        for seconds in (30, 240):
            samples = np.resize(whole, seconds * RATE)
            path = Path(folder) / f"{seconds}.mp3"
            soundfile.write(path, samples, RATE)
            data = path.read_bytes()
            recording = audio.load(data)
            reading = median(partial(ours, data))
            looking = median(partial(all_panels, recording))
            theirs = median(partial(peers, path, network), runs=3)
            print(f"{seconds:4d} s  upload to blend     {reading:7.3f} s")
            print(f"{seconds:4d} s  all five panels     {looking:7.3f} s")
            print(f"{seconds:4d} s  the peers' way      {theirs:7.3f} s")
            print(f"{seconds:4d} s  ratio               {theirs / (reading + looking):7.1f}")
            if seconds == 30:
                mel = median(partial(log_mel, recording.samples))
                print(f"{seconds:4d} s  log-mel alone       {mel:7.3f} s")
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import genre_app"], check=True)
    empty = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    print(f"import genre_app          {2 * empty - began - time.perf_counter():7.3f} s")
    times = sorted(first_page() for _ in range(3))
    print(f"streamlit run, first page {times[1]:7.3f} s")


if __name__ == "__main__":
    main()
