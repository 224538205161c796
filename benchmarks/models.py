"""How long each shipped model takes to its first reading, and what they hold together.

    PYTHONPATH=. python benchmarks/models.py

One process, as a visitor who clicks through all of them: TensorFlow is imported before the
clock starts; "first" is loading and reading 30 seconds, "again" the same song once more;
"memory" is the resident size of the process after that.
"""

import time

import psutil

from genre_app import audio, examples, zoo
from genre_app.logmel import log_mel
from genre_app.reading import read


def main() -> None:
    """Print a line for each model."""
    import keras  # noqa: F401  # A visitor waits for it once; it is not the model's time.

    recording = audio.load(examples.wav("swing-combo"), max_seconds=30)
    mel = log_mel(recording.samples)
    process = psutil.Process()
    print(f"{'TensorFlow alone':24} {'':>7} {'':>7} {process.memory_info().rss / 2**20:7.0f} MB")
    for name in zoo.names(zoo.FOLDER):
        if not zoo.has_weights(name):
            print(f"{name:24} its weights are not shipped")
            continue
        spent = []
        for _ in range(2):
            began = time.perf_counter()
            read(recording, model=name, mel=mel)
            spent.append(time.perf_counter() - began)
        memory = process.memory_info().rss / 2**20
        print(f"{name:24} {spent[0]:5.2f} s {spent[1]:5.2f} s {memory:7.0f} MB", flush=True)


if __name__ == "__main__":
    main()
