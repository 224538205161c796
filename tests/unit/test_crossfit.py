"""Several networks that answer together: nobody is asked about what it has heard."""

from dataclasses import replace

import numpy as np
import pytest

from genre_app import architectures, gtzan, zoo
from genre_app.errors import TrainingError
from genre_app.recipes import Augmentation, Recipe
from genre_app.training.crossfit import divide
from genre_app.training.examples import as_served, for_training, truth
from genre_app.training.run import fit

TINY = Recipe(
    versions=2, clean=1, mixed=0.5, epochs=8, batch=16, folds=3, augmentation=Augmentation()
)


@pytest.fixture(scope="module")
def subset() -> gtzan.Subset:
    return gtzan.load()


def few(subset: gtzan.Subset, part: gtzan.Part, count: int) -> np.ndarray:
    found = subset.part("artist", part)
    three = np.isin(subset.labels[found], [1, 4, 6])
    return found[three][:: max(1, three.sum() // count)]


def test_no_artist_stands_in_two_parts(subset: gtzan.Subset) -> None:
    positions = np.concatenate([subset.part("artist", "train"), subset.part("artist", "valid")])
    parts = divide(subset, positions, 5)
    home: dict[str, int] = {}
    for position, part in zip(positions.tolist(), parts.tolist(), strict=True):
        artist = subset.tracks[position].artist
        if artist:
            assert home.setdefault(artist, part) == part
    assert set(parts.tolist()) == set(range(5))
    assert (divide(subset, positions, 5) == parts).all()
    with pytest.raises(TrainingError, match="at least 5 tracks"):
        divide(subset, positions[:12], 5)


def test_mixes_stay_within_a_part_and_say_their_shares(subset: gtzan.Subset) -> None:
    positions = few(subset, "train", 24)
    groups = np.arange(len(positions)) % 2
    aims = truth(subset, multi_label=False)
    recipe = replace(TINY, mixed=1.0, clean=0, versions=4)
    examples = for_training(
        subset, positions, architectures.get("statistics"), recipe, groups=groups
    )
    assert examples.targets.sum(axis=1) == pytest.approx(1.0)
    assert (examples.targets.max(axis=1) < 0.999).any()
    for track, target in zip(examples.tracks.tolist(), examples.targets, strict=True):
        own = groups[positions.tolist().index(track)]
        heard = aims[positions[groups == own]].max(axis=0)
        assert (target[heard == 0] == 0).all()


def test_clean_windows_are_those_that_are_served(subset: gtzan.Subset) -> None:
    positions = few(subset, "train", 6)
    kind = architectures.get("statistics")
    served = as_served(subset, positions, kind)
    examples = for_training(subset, positions, kind, replace(TINY, clean=2))
    assert len(examples) == len(positions) * TINY.versions + 2 * len(served)
    assert np.array_equal(examples.view[-len(served) :], served.view)
    assert set(examples.of(positions[:2]).tracks.tolist()) == set(positions[:2].tolist())


def test_the_parts_answer_together(subset: gtzan.Subset) -> None:
    train, valid = few(subset, "train", 24), few(subset, "valid", 9)
    kind = architectures.get("blend")
    recipe = replace(TINY, folds=2, versions=1, epochs=6)
    trained = fit(subset, train, kind, recipe, validation=valid)
    heard = [set(positions.tolist()) for _, positions in trained.members]
    assert set.union(*heard) == {*train.tolist(), *valid.tolist()}
    assert sum(map(len, heard)) == len(train) + len(valid)
    mel = subset.log_mel(int(valid[0]))
    logits = [zoo.outputs(network, kind, [mel])[0].logits for network, _ in trained.members]
    together = zoo.outputs(trained.model, kind, [mel])[0]
    assert together.logits == pytest.approx(np.mean(logits, axis=0), abs=1e-4)
    assert together.embedding.shape[1] == 2 * 4 * 128
    test = few(subset, "test", 12)
    said = [zoo.outputs(trained.model, kind, [subset.log_mel(i)])[0].logits for i in test.tolist()]
    right = [
        logits.mean(0).argmax() == subset.labels[i] for logits, i in zip(said, test, strict=True)
    ]
    assert np.mean(right) >= 0.7


def test_pairs_are_two_tracks_of_one_part_and_change_nothing_else(subset: gtzan.Subset) -> None:
    positions = few(subset, "train", 12)
    groups = np.arange(len(positions)) % 2
    kind = architectures.get("statistics")
    alone = for_training(subset, positions, kind, replace(TINY, clean=0), groups=groups)
    both = for_training(subset, positions, kind, replace(TINY, clean=0, pairs=3), groups=groups)
    np.testing.assert_array_equal(both.view[: len(alone)], alone.view)
    assert both.tracks[len(alone) :].tolist() == np.repeat(positions, 3).tolist()
    genres = truth(subset, multi_label=False)
    for track, target in zip(both.tracks[len(alone) :], both.targets[len(alone) :], strict=True):
        assert target.sum() == pytest.approx(1.0)
        possible = genres[positions[groups == groups[positions.tolist().index(track)]]].any(axis=0)
        assert not target[~possible].any()
    assert (both.targets[len(alone) :].max(axis=1) < 0.99).any()
