"""Cross-validation: each track is asked about once, by those that have not heard it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genre_app import architectures, gtzan
from genre_app.errors import TrainingError
from genre_app.evaluation.intervals import share
from genre_app.evaluation.metrics import reliability
from genre_app.recipes import Recipe
from genre_app.rotation import parts_of, rotate
from genre_app.training import run
from genre_app.training.examples import Examples

TINY = Recipe(versions=2, clean=1, mixed=0.5, epochs=8, batch=16, folds=2)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> gtzan.Subset:
    subset = gtzan.load()
    # Classical, hip-hop and metal can be told apart from few tracks.
    tracks = np.concatenate([np.flatnonzero(subset.labels == genre)[:60:6] for genre in (1, 4, 6)])
    third = {part: tracks[number::3] for number, part in enumerate(("train", "valid", "test"))}
    monkeypatch.setattr(gtzan.Subset, "part", lambda self, protocol, part: third[part])
    monkeypatch.setattr(run, "train_network", solve)
    return subset


def solve(network: Any, examples: Examples, *_: object, **__: object) -> dict[str, list[float]]:  # noqa: ANN401
    """Learn the last layer alone, by least squares: it knows its tracks by heart, and at once."""
    hidden = np.asarray(network(examples.view, training=False)["embedding"])
    hidden = np.column_stack([hidden, np.ones(len(hidden))])
    ridge = hidden.T @ hidden + np.eye(hidden.shape[1])
    weights = np.linalg.solve(ridge, hidden.T @ (10 * examples.targets))
    network.get_layer("logits").set_weights([weights[:-1], weights[-1]])
    return {"loss": [0.0]}


def test_each_track_is_asked_about_by_networks_that_have_not_heard_it(small: gtzan.Subset) -> None:
    # Were a track among what its own rotation has learnt, its wrong label would come back.
    position = int(small.part("random", "train")[0])
    tracks = list(small.tracks)
    assert tracks[position].genre == "classical"
    tracks[position] = replace(tracks[position], genre="metal")
    wrong = replace(small, tracks=tuple(tracks))
    told: list[float] = []
    kind = architectures.get("statistics")
    found = rotate(wrong, "random", kind, TINY, rotations=3, progress=told.append)
    assert len(set(found.positions.tolist())) == len(found.positions) == 30
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1.0)
    right = found.probabilities.argmax(axis=1) == small.labels[found.positions]
    assert right.mean() > 0.6
    row = found.positions.tolist().index(position)
    assert wrong.genres[found.probabilities[row].argmax()] == "classical"
    assert np.bincount(found.parts).tolist() == [10, 10, 10]
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_there_are_more_rotations_than_folds(small: gtzan.Subset) -> None:
    with pytest.raises(TrainingError, match="more rotations"):
        rotate(small, "random", architectures.get("statistics"), TINY, rotations=2)


def test_what_was_said_in_ten_parts_is_kept_and_is_what_the_record_says() -> None:
    """The figure can be counted again; no track was asked of networks that had heard it."""
    root = Path(__file__).parents[2]
    with np.load(root / "docs" / "rotations.npz") as kept:
        names, numbers, said = (kept[key] for key in ("tracks", "parts", "probabilities"))
    subset = gtzan.load()
    everything = np.arange(len(subset))
    assert [track.name for track in subset.tracks] == names.tolist()
    assert np.array_equal(parts_of(subset, everything, "random", 10), numbers)
    right = int((said.argmax(axis=1) == subset.labels).sum())
    found = share(right, len(names))
    assert said.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    ece = reliability(said.astype(np.float64), subset.labels).ece
    value, low, high = (f"{100 * one:.1f}" for one in (found.value, found.low, found.high))
    written = (root / "docs" / "experiments.md").read_text(encoding="utf-8")
    told = f"{value} % of 999 tracks ({right}; {low} to {high} %, track by track)"
    assert f"{told}, ECE {100 * ece:.1f} %; the fourth model" in written
    readme = (root / "README.md").read_text(encoding="utf-8")
    assert f"{value} % of 999 tracks ({low} to {high}, track by track)" in readme
