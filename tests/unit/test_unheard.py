"""A clip is asked of the networks that have not learnt from it, whatever its file is called."""

import hashlib
import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from genre_app import audio, gtzan, shipping, zoo
from genre_app.audio import SAMPLE_RATE
from genre_app.errors import ModelError
from genre_app.evaluation import models, unheard
from genre_app.evaluation.robustness import VARIANTS, robustness
from genre_app.genres import GENRES
from genre_app.gtzan import Subset, Track
from genre_app.logmel import CLIP_COLUMNS, log_mel
from genre_app.training.crossfit import divide

Samples = NDArray[np.float32]

TEST = "blues.00009"
LEARNT = [f"{genre}.0000{number}" for genre in ("blues", "classical") for number in range(4)]


def music(number: int, seconds: float = 30.0) -> Samples:
    """Play notes that no other number has; the same number begins the same."""
    chance = np.random.default_rng(number)
    time = np.arange(SAMPLE_RATE // 4) / SAMPLE_RATE
    notes = [
        chance.uniform(0.05, 0.4) * np.sin(2 * np.pi * chance.uniform(80, 5_000) * time)
        for _ in range(160)
    ]
    sound = np.concatenate(notes)
    sound += 1e-3 * chance.standard_normal(len(sound))
    return np.asarray(sound, np.float32)[: round(seconds * SAMPLE_RATE)]


@pytest.fixture(scope="module")
def subset() -> Subset:
    names = [*LEARNT, TEST]
    tracks = tuple(
        Track(
            name,
            name.partition(".")[0],
            artist=f"artist {number}",
            artist_split="test" if name == TEST else ("train", "valid")[number % 2],
        )
        for number, name in enumerate(names)
    )
    cells = [log_mel(music(i), columns=CLIP_COLUMNS).to_bytes() for i in range(len(names))]
    return Subset(tracks, np.stack(cells))


def parts_of(subset: Subset) -> list[list[str]]:
    """Give the tracks that each of two networks was taught without."""
    learnt = np.array([i for i, one in enumerate(subset.tracks) if one.name != TEST])
    parts = divide(subset, learnt, 2)
    return [[subset.tracks[i].name for i in learnt[parts == number]] for number in (0, 1)]


def network(says: list[float]) -> Any:  # noqa: ANN401
    """Make a network that says the same of all music."""
    import keras

    given = keras.Input((448,))
    embedding = keras.layers.Dense(2, name="embedding")(given)
    last = keras.layers.Dense(len(GENRES), kernel_initializer="zeros", name="logits")
    logits = last(embedding)
    last.bias.assign(np.pad(says, (0, len(GENRES) - len(says))))
    return keras.Model(given, {"logits": logits, "embedding": embedding})


def model_of(folder: Path, subset: Subset, *, folds: int, left_out: list[str]) -> zoo.LoadedModel:
    """Write a model: its first network says blues of everything, its second, louder, classical."""
    from genre_app.training.crossfit import joined

    made = joined([network([1.0]), network([0.0, 3.0])]) if folds else network([0.0, 3.0])
    weights = shipping.weights_of(made, trees=False)
    place = folder / f"tiny-{folds}"
    place.mkdir(parents=True)
    (place / "model.keras").write_bytes(weights)
    known = zoo.folder_of("statistics") / "familiarity.npz"
    (place / "familiarity.npz").write_bytes(known.read_bytes())
    card = zoo.card("statistics") | {
        "name": place.name,
        "recipe": {"folds": folds},
        "sha256": hashlib.sha256(weights).hexdigest(),
    }
    (place / "card.json").write_text(json.dumps(card))
    empty = np.zeros((0, len(GENRES)))
    arrays: dict[str, Any] = {
        "artist_tracks": np.array([], dtype="U1"),
        "artist_labels": np.array([], dtype=int),
        "artist_probabilities": empty,
        "artist_valid_tracks": np.array(left_out),
        "artist_valid_labels": np.zeros(len(left_out), dtype=int),
        "artist_valid_probabilities": np.zeros((len(left_out), len(GENRES))),
        "artist_confusion": np.zeros((len(GENRES), len(GENRES)), dtype=int),
    }
    np.savez(place / "evaluation.npz", **arrays)
    return zoo.load(place.name, folder)


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do one thing to the clips, not thirteen."""
    one = {"gain-20": VARIANTS["gain-20"]}
    monkeypatch.setattr(models, "robustness", partial(robustness, variants=one))


def one_song(folder: Path, name: str, samples: Samples) -> Path:
    folder.mkdir(parents=True)
    soundfile.write(folder / name, samples, SAMPLE_RATE)
    return folder


@pytest.mark.usefixtures("measured")
def test_a_clip_that_was_learnt_from_is_asked_of_the_network_that_left_it_out(
    tmp_path: Path, subset: Subset
) -> None:
    parts = parts_of(subset)
    model = model_of(tmp_path, subset, folds=2, left_out=[*parts[0], *parts[1]])
    names = [track.name for track in subset.tracks]
    for number, genre in ((0, "blues"), (0, "classical"), (1, "blues"), (1, "classical")):
        name = next(one for one in parts[number] if one.startswith(genre))
        # Called like something else: what it sounds like counts.
        folder = one_song(tmp_path / f"{number}{genre}", "a.flac", music(names.index(name)))
        [found] = models.rough_figures(model, folder, subset)
        new = found["unheard"]
        assert (found["learnt"], new["clips"], new["labelled"]) == (1, 1, 1)
        # The network that left it out says its number's genre; both together say classical.
        right = (number == 0) == (genre == "blues")
        assert (new["right_before"], new["right_after"]) == (right, right), (number, genre)


@pytest.mark.usefixtures("measured")
def test_new_music_is_asked_of_all_networks_whatever_its_name(
    tmp_path: Path, subset: Subset
) -> None:
    parts = parts_of(subset)
    model = model_of(tmp_path, subset, folds=2, left_out=[*parts[0], *parts[1]])
    asked: list[tuple[int, ...]] = []
    tops = models._tops(model)

    def look(_: zoo.LoadedModel) -> Any:  # noqa: ANN401
        def read(samples: Samples, clip: Any) -> tuple[int, int | None]:  # noqa: ANN401
            asked.append(clip.unheard_by)
            return tops(samples, clip)

        return read

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models, "_tops", look)
        foreign = one_song(tmp_path / "foreign", f"{parts[0][0]}.flac", music(77))
        [found] = models.rough_figures(model, foreign, subset)
    assert asked == [(0, 1), (0, 1)]
    assert (found["learnt"], found["unheard"]["clips"], found["unheard"]["labelled"]) == (0, 1, 0)
    # A track of the test part is known by its label, and nobody has learnt from it.
    test = one_song(tmp_path / "test", "test.flac", music(len(LEARNT)))
    [found] = models.rough_figures(model, test, subset)
    assert (found["learnt"], found["unheard"]["labelled"]) == (0, 1)
    assert found["unheard"]["right_before"] == 0


@pytest.mark.usefixtures("measured")
def test_a_model_of_one_network_has_learnt_from_its_training_part(
    tmp_path: Path, subset: Subset
) -> None:
    model = model_of(tmp_path, subset, folds=0, left_out=["whatever"])
    learnt = one_song(tmp_path / "learnt", "x.flac", music(0))
    [found] = models.rough_figures(model, learnt, subset)
    assert (found["clips"], found["learnt"], found["unheard"]) == (1, 1, None)
    soundfile.write(learnt / "y.flac", music(1), SAMPLE_RATE)
    [found] = models.rough_figures(model, learnt, subset)
    assert (found["clips"], found["learnt"], found["unheard"]["clips"]) == (2, 1, 1)


def test_what_cannot_be_told_is_not_guessed(tmp_path: Path, subset: Subset) -> None:
    parts = parts_of(subset)
    model = model_of(tmp_path, subset, folds=2, left_out=[*parts[1], *parts[0]])
    song = one_song(tmp_path / "song", "x.flac", music(0))
    with pytest.raises(ModelError, match="Train it again"):
        models.rough_figures(model, song, subset)


def test_all_networks_together_answer_as_the_model_does(subset: Subset) -> None:
    """The members side by side are the model that is served, and each is itself."""
    model = zoo.load("blend")
    ask, count = models._side_by_side(model.network)
    mel = subset.log_mel(0)
    said = zoo.outputs(ask, model.kind, [mel])[0].logits
    said = said.reshape(len(said), count, -1)
    assert count == 5
    assert said.mean(axis=1) == pytest.approx(model.outputs(mel).logits, abs=1e-3)
    second = zoo.outputs(model.network.get_layer("part_1"), model.kind, [mel])[0].logits
    assert said[:, 1] == pytest.approx(second, abs=1e-3)
    assert np.abs(said[:, 0] - second).max() > 0.1


def test_a_recording_is_known_through_a_codec_and_in_two_places(subset: Subset) -> None:
    known = unheard.prints(subset)
    through = VARIANTS["mp3-128"](music(3))
    assert unheard.same_music(through, known, subset) == [3]
    assert unheard.same_music(music(3, seconds=20), known, subset) == []
    assert unheard.same_music(music(77), known, subset) == []
    tracks = [
        replace(track, repetition_group="one" if number in (3, 5) else "")
        for number, track in enumerate(subset.tracks)
    ]
    twice = Subset(tuple(tracks), subset.cells)
    assert unheard.same_music(music(3), known, twice) == [3, 5]


def test_who_has_heard_the_other_half_has_heard_it() -> None:
    learnt = (frozenset({1, 2}), frozenset({0, 2}), frozenset({0, 1}))
    assert unheard.who_has_not_heard([0], learnt) == ((0,), True)
    assert unheard.who_has_not_heard([0, 1], learnt) == ((), True)
    assert unheard.who_has_not_heard([], learnt) == ((0, 1, 2), False)
    assert unheard.who_has_not_heard([3], learnt) == ((0, 1, 2), False)


def test_real_clips_are_found_among_the_bundled_tracks(shared: Path) -> None:
    bundled = gtzan.load()
    known = unheard.prints(bundled)
    for name in ("blues.00000", "country.00009", "metal.00007", "rock.00003"):
        path = shared / "gtzan" / "audio" / name.partition(".")[0] / f"{name}.opus"
        found = unheard.same_music(audio.load(path).samples, known, bundled)
        assert [bundled.tracks[i].name for i in found] == [name]


def test_the_shipped_default_model_says_what_its_networks_have_not_heard() -> None:
    bundled = gtzan.load()
    card = zoo.card("blend", zoo.FOLDER)
    left_out = models.stored("blend", "artist", zoo.FOLDER).valid_tracks
    learnt = unheard.learnt_by(bundled, folds=card["recipe"]["folds"], left_out=left_out)
    assert len(learnt) == 5
    everything = frozenset.union(*learnt)
    assert len(everything) == 639
    for track in everything:
        assert sum(track not in its for its in learnt) == 1
    shown = card["robustness"]
    assert shown
    for one in shown:
        assert one["learnt"] > 0
        assert one["unheard"]["clips"] > one["clips"] - one["learnt"]
        assert one["unheard"]["same"] <= one["same"]
