"""Seconds that a window costs, to prepare and to learn from once, for each architecture.

    PYTHONPATH=. python benchmarks/training_speed.py [ARCHITECTURE ...]

The first two columns go into ``genre_app/jobs/estimate.py``; then come how many windows
were measured with, and the seconds of an altered window. Processor time of one thread, as
the worker has it on two cores.
"""

import os
import sys
import time

from genre_app import gtzan
from genre_app.architectures import ARCHITECTURES
from genre_app.jobs.spec import Job
from genre_app.training.examples import as_served, for_training
from genre_app.training.run import train_network


def main() -> None:
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    subset = gtzan.load()
    chosen = subset.at_most(subset.part("artist", "train"), 2, seed=0)
    for name, kind in ARCHITECTURES.items():
        if kind.trees or (sys.argv[1:] and name not in sys.argv[1:]):
            continue
        job = Job.of(name, epochs=3, versions=2, augmented=False)
        began = time.process_time()
        plain = as_served(subset, chosen, kind)
        prepared = (time.process_time() - began) / len(plain)
        altered = 0.0
        if kind.recipe.augmentation is not None:
            began = time.process_time()
            recipe = Job.of(name, versions=2, clean=0).recipe
            windows = len(for_training(subset, chosen, kind, recipe))
            altered = (time.process_time() - began) / windows
        network = kind.build(plain.view, genres=10, **job.recipe.options)
        began = time.process_time()
        train_network(network, plain, None, Job.of(name, epochs=1, augmented=False).recipe)
        first = time.process_time() - began
        began = time.process_time()
        recipe = Job.of(name, epochs=2, augmented=False).recipe
        train_network(network, plain, None, recipe)
        both = time.process_time() - began
        learnt = max(both - first, first / 20) / len(plain)
        print(f'"{name}": ({prepared:.5f}, {learnt:.5f}, {len(plain)}, {altered:.4f}),', flush=True)


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    main()
