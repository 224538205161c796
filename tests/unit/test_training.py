"""A real, tiny training: it learns, it is the same twice, and it ships."""

import errno
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from genre_app import architectures, gtzan, shipping, zoo
from genre_app.errors import ModelError, TrainingError
from genre_app.familiarity import Familiarity
from genre_app.genres import GENRES
from genre_app.gtzan.build import random_split
from genre_app.recipes import Recipe
from genre_app.shipping import learn_familiarity
from genre_app.training.run import fit

TINY = Recipe(versions=2, epochs=12, batch=16)


@pytest.fixture(scope="module")
def few() -> gtzan.Subset:
    """Give thirty tracks of three genres with splits of their own."""
    whole = gtzan.load()
    chosen = [i for i, t in enumerate(whole.tracks) if t.genre in ("classical", "metal", "hiphop")]
    chosen = chosen[::10]
    split = {t.name: t for t in random_split(whole.tracks[i] for i in chosen)}
    tracks = tuple(split[whole.tracks[i].name] for i in chosen)
    return gtzan.Subset(tracks, whole.cells[chosen])


def test_it_learns_and_repeats(few: gtzan.Subset) -> None:
    kind = architectures.get("statistics")
    train, test = few.part("random", "train"), few.part("random", "test")
    one, two = (fit(few, train, kind, TINY) for _ in range(2))
    for a, b in zip(one.model.get_weights(), two.model.get_weights(), strict=True):
        assert np.array_equal(a, b)
    assert one.history["loss"][-1] < one.history["loss"][0] * 0.7
    said = [zoo.outputs(one.model, kind, [few.log_mel(i)])[0].logits.mean(0).argmax() for i in test]
    assert np.mean(np.array(said) == few.labels[test]) >= 0.8


def test_it_ships_and_loads(
    few: gtzan.Subset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The tiny set has one split; both protocols take it here.
    tracks = tuple(_both(track) for track in few.tracks)
    subset = gtzan.Subset(tracks, few.cells)
    # Eight versions of each track would take longer than all the rest.
    monkeypatch.setattr(shipping, "learn_familiarity", partial(learn_familiarity, versions=2))
    card = shipping.ship(
        subset, architectures.get("statistics"), TINY, name="tiny", seeds=1, folder=tmp_path
    )
    assert zoo.names(tmp_path) == ("tiny",)
    assert card["protocols"]["random"]["tracks"] == len(few.part("random", "test"))
    loaded = zoo.load("tiny", tmp_path)
    stored = np.load(tmp_path / "tiny" / "evaluation.npz", allow_pickle=False)
    logits = loaded.outputs(few.log_mel(few.part("random", "test")[0])).logits
    assert logits.mean(0).argmax() == stored["artist_probabilities"][0].argmax()
    assert not list(tmp_path.glob("**/*.part"))


def test_a_name_is_refused_before_the_training(few: gtzan.Subset, tmp_path: Path) -> None:
    kind = architectures.get("statistics")
    for name in ("My_Model", "../outside"):
        with pytest.raises(ModelError, match="small letters, digits"):
            shipping.ship(few, kind, TINY, name=name, folder=tmp_path / "models")
    shutil.copytree(zoo.FOLDER / "lse-mlp", tmp_path / "models" / "mine")
    with pytest.raises(ModelError, match="'mine' already, of the architecture 'lse-mlp'"):
        shipping.ship(few, kind, TINY, name="mine", folder=tmp_path / "models")
    (tmp_path / "models" / "mine" / "card.json").write_text("{")
    shipping.check_name("mine", kind, tmp_path / "models")
    assert [path.name for path in tmp_path.iterdir()] == ["models"]


def test_an_older_model_stays_where_the_disk_is_full(
    few: gtzan.Subset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subset = gtzan.Subset(tuple(_both(track) for track in few.tracks), few.cells)
    kind, recipe = architectures.get("statistics"), replace(TINY, epochs=1, versions=1)
    known = Familiarity.load(zoo.FOLDER / zoo.DEFAULT / "familiarity.npz")
    run = shipping.measure(subset, "artist", kind, recipe, familiarity=known)
    target = tmp_path / "tiny"
    shipping.write(target, subset, kind, recipe, {"artist": [run]}, title="Old")
    for name in ("map.npz", "model.npz"):
        (target / name).write_bytes(b"of the older one")
    before = {path.name: path.read_bytes() for path in target.iterdir()}
    left = [3]

    def full(_number: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as context:
        context.setattr("genre_app.files.os.fsync", full)
        with pytest.raises(ModelError, match=r"'New' cannot be written \(no space left on device"):
            shipping.write(target, subset, kind, recipe, {"artist": [run]}, title="New")
    assert {path.name: path.read_bytes() for path in target.iterdir()} == before
    shipping.write(target, subset, kind, recipe, {"artist": [run]}, title="New")
    assert zoo.card("tiny", tmp_path)["title"] == "New"
    assert (target / "map.npz").read_bytes() == b"of the older one"
    assert not (target / "model.npz").exists(), "the new card speaks of other weights"
    shipping.write(target, subset, kind, recipe, {"artist": [run]}, largest=1)
    assert not zoo.has_weights("tiny", tmp_path)


def test_one_genre_is_not_enough(few: gtzan.Subset) -> None:
    alone = np.flatnonzero(few.labels == few.labels[0])
    with pytest.raises(TrainingError, match="at least two genres"):
        fit(few, alone, architectures.get("statistics"), TINY)


def test_unknown_architecture() -> None:
    with pytest.raises(ModelError, match="Known: blend, statistics"):
        architectures.get("resnet")


def _both(track: gtzan.Track) -> gtzan.Track:
    from dataclasses import replace

    return replace(track, artist_split=track.random_split)


def test_a_card_says_how_many_networks_answer_and_from_how_much() -> None:
    kind = architectures.get("blend")
    assert shipping.summary(kind, kind.recipe).endswith(
        "The model is 5 of them that answer together, each taught without another of 5 parts of "
        "the music."
    )
    alone = replace(kind.recipe, folds=0)
    assert shipping.summary(kind, alone) == kind.summary
    three = shipping.limits(("classical", "jazz", "metal"), alone, size=1)
    assert "among its 3 genres" in three[0]
    assert "at most 442 excerpts" in three[1]
    assert "639 excerpts" in shipping.limits(GENRES, kind.recipe, size=1)[1]
    large = shipping.limits(GENRES, alone, size=53_000_000)
    assert large[:3] == shipping.limits(GENRES, alone, size=1)
    assert "53 MB" in large[3]


@pytest.mark.parametrize("name", zoo.names(zoo.FOLDER))
def test_a_shipped_card_says_what_a_training_today_would(name: str) -> None:
    card = zoo.card(name, zoo.FOLDER)
    recipe = Recipe(folds=card["recipe"].get("folds", 0))
    assert card["summary"] == shipping.summary(architectures.get(card["architecture"]), recipe)
    assert card["limits"][:3] == shipping.limits(card["genres"], recipe, size=1)
