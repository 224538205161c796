"""What is stored with a model, and the command that measures it again."""

import contextlib
import io
import json
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile

from genre_app import calibration, cli, examples, gtzan, places, shipping, zoo
from genre_app.errors import ModelError
from genre_app.evaluation import models, stored_results
from genre_app.genres import GENRES


def test_a_genre_that_is_never_named_has_no_precision(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["evaluate", "lse-cnn-mlp", "--protocol", "random"]) == 0
    lines = capsys.readouterr().out.splitlines()
    genres = [line.split()[0] for line in lines if line.startswith("  ")]
    assert len(genres) == 10
    found = models.stored("lse-cnn-mlp", "random").confusion
    without = {line.split()[0] for line in lines if line.startswith("  ") and "prec" not in line}
    assert without == {GENRES[column] for column in np.flatnonzero(found.sum(axis=0) == 0)}


def test_evaluate_measures_again_what_the_card_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["evaluate", "statistics", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    card = zoo.card("statistics")["protocols"]["artist"]
    assert found["read_again"]
    assert found["accuracy"] == pytest.approx(card["accuracy"])
    assert found["ece"] == pytest.approx(card["ece"], abs=1e-3)
    for end, value in card["truthful_ece"].items():
        assert found["truthful_ece"][end] == pytest.approx(value, abs=2e-3)
    ends = [card[name] for name in ("low", "high", "artists")]
    assert [found[name] for name in ("low", "high", "artists")] == pytest.approx(ends)
    assert len(found["per_genre"]) == 10
    assert sum(genre["right"] for genre in found["per_genre"]) == round(found["accuracy"] * 290)


def test_songs_of_any_number_are_read_by_kernels_as_tall_as_the_image() -> None:
    # A batch of another size than the one before has ended the whole process.
    model = zoo.load("umass-time-cnn")
    mels = [gtzan.load().log_mel(position) for position in range(0, 900, 300)]
    alone = [model.outputs(mel).logits for mel in mels]
    for count in (2, 3, 1):
        together = model.outputs_of(mels[:count])
        for said, wanted in zip(together, alone, strict=False):
            assert said.logits == pytest.approx(wanted, abs=1e-3)


def test_random_is_told_from_the_stored_answers(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["evaluate", "statistics", "--protocol", "random"]) == 0
    said = capsys.readouterr().out
    assert "these weights are not kept" in said
    assert "of 200 test tracks" in said
    assert said.count("precision") == 10


def test_answers_that_are_not_the_weights_own_are_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(zoo.FOLDER / "statistics", tmp_path / "statistics")
    path = tmp_path / "statistics" / "evaluation.npz"
    arrays = dict(np.load(path, allow_pickle=False))
    arrays["artist_probabilities"] = np.roll(arrays["artist_probabilities"], 1, axis=1)
    np.savez(path, **arrays)
    monkeypatch.setattr(models, "stored", partial(models.stored, folder=tmp_path))
    assert cli.main(["evaluate", "statistics"]) == 1
    assert "other answers than those stored" in capsys.readouterr().err


def test_words_of_certainty_follow_from_what_is_stored() -> None:
    subset = gtzan.load()
    known = zoo.load().familiarity
    looks = {
        subset.tracks[place].name: known.look(subset.log_mel(place))
        for part in ("valid", "test")
        for place in subset.part("artist", part).tolist()
    }
    held_back = [looks[subset.tracks[place].name] for place in subset.part("artist", "valid")]
    default = (zoo.FOLDER / zoo.DEFAULT / "familiarity.npz").read_bytes()
    for name in zoo.names():
        folder, card = zoo.FOLDER / name, zoo.card(name)
        assert (folder / "familiarity.npz").read_bytes() == default, name
        with np.load(folder / "evaluation.npz", allow_pickle=False) as stored:
            found = calibration.certainty_thresholds(
                stored["artist_valid_probabilities"], stored["artist_valid_labels"], held_back
            )
            words = shipping.certainty_shares(
                stored["artist_probabilities"].astype(np.float64),
                stored["artist_labels"],
                [looks[track] for track in stored["artist_tracks"].tolist()],
                card["thresholds"],
                card["genres"],
            )
        assert card["thresholds"] == pytest.approx(found, rel=1e-3), name
        for word, said in words.items():
            assert card["certainty_on_test"][word] == pytest.approx(said), (name, word)


def test_a_model_of_an_earlier_version_says_so(tmp_path: Path) -> None:
    shutil.copytree(zoo.FOLDER / "statistics", tmp_path / "statistics")
    assert zoo.load("statistics", tmp_path).genres == GENRES
    shutil.copytree(zoo.FOLDER / "statistics", tmp_path / "old")
    card = zoo.card("old", tmp_path) | {"architecture": "blend"}
    (tmp_path / "old" / "card.json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(ModelError, match="'old' was trained by an earlier version"):
        zoo.load("old", tmp_path)


def test_weights_are_packed_without_loss_and_alike(tmp_path: Path) -> None:
    import keras

    keras.utils.set_random_seed(0)
    network = keras.Sequential([keras.Input((300,)), keras.layers.Dense(200)])
    shipping._round_to_half(network)
    content = shipping.weights_of(network, trees=False)
    assert shipping.weights_of(network, trees=False) == content
    assert len(content) < 0.55 * 4 * network.count_params()
    (tmp_path / "packed.keras").write_bytes(content)
    again = keras.models.load_model(tmp_path / "packed.keras", compile=False, safe_mode=True)
    for found, wanted in zip(again.get_weights(), network.get_weights(), strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_the_same_weights_give_the_same_bytes_in_every_process() -> None:
    # Two layers share how they count; Keras says so by where that lies in memory.
    pack = """
import hashlib, keras
from genre_app import shipping
keras.utils.set_random_seed(0)
given = keras.Input((3,), name="given")
layers = [keras.layers.Dense(4, name="first"), keras.layers.Dense(2, name="second")]
network = keras.Sequential([given, *layers], name="tiny")
print(hashlib.sha256(shipping.weights_of(network, trees=False)).hexdigest())
"""
    elsewhere = subprocess.run(
        [sys.executable, "-c", pack],
        cwd=zoo.FOLDER.parent,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    here = io.StringIO()
    with contextlib.redirect_stdout(here):
        exec(pack, {})  # noqa: S102
    assert elsewhere == here.getvalue()


def test_bars_are_tested_as_shares() -> None:
    found = models.blend_figures(zoo.load("statistics"), gtzan.load(), pairs=6, splice_pairs=3)
    assert set(found) == {"mixes", "splices", "listeners"}
    assert 0 < found["mixes"]["share_error"]["value"] < 0.5
    assert 0 <= found["splices"]["error_s"]["value"] < 15


def test_a_damaged_evaluation_is_named(tmp_path: Path) -> None:
    shutil.copytree(zoo.FOLDER / "statistics", tmp_path / "statistics")
    path = tmp_path / "statistics" / "evaluation.npz"
    whole = path.read_bytes()
    for damaged in (b"PK", b"", whole[: len(whole) // 2]):
        path.write_bytes(damaged)
        with pytest.raises(ModelError, match="evaluation of model 'statistics'"):
            models.stored("statistics", "artist", tmp_path)
        with pytest.raises(ModelError, match="evaluation of model 'statistics'"):
            zoo.ensemble_thresholds(["statistics", "statistics"], tmp_path)
    assert cli.main(["evaluate", "vggish"]) == 1


def test_weights_that_are_too_large_are_not_to_be_restored(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["evaluate", "resnet50-a", "--blends"]) == 1
    said = capsys.readouterr().err
    assert "too large to be shipped" in said
    assert "page Train" in said
    assert "Restore" not in said
    with pytest.raises(ModelError, match="too large to be shipped"):
        zoo.load("xception-b")


def test_weights_that_were_shipped_are(tmp_path: Path) -> None:
    shutil.copytree(zoo.FOLDER / "statistics", tmp_path / "statistics")
    (tmp_path / "statistics" / "model.keras").unlink()
    with pytest.raises(ModelError, match=r"are missing\. Restore models/statistics"):
        zoo.load("statistics", tmp_path)


@pytest.mark.parametrize("card", ["", "{", "[]", "null", '{"name": "mine", "title": "Mine"}'])
def test_a_damaged_card_is_named_and_left_out(
    card: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(places.VARIABLE, str(tmp_path))
    path = zoo.user_folder() / "mine" / "card.json"
    path.parent.mkdir(parents=True)
    path.write_text(card)
    assert "mine" in zoo.names()
    assert zoo.readable() == zoo.names(zoo.FOLDER)
    with pytest.raises(ModelError, match="card of model 'mine' is damaged") as caught:
        zoo.card("mine")
    assert "repository" not in str(caught.value), "it was never there"
    assert cli.main(["models"]) == 0
    told = capsys.readouterr()
    assert "blend: Genre Blend" in told.out, "the others are listed all the same"
    assert "'mine' is damaged" in told.err
    path.write_text(json.dumps({"name": "mine", "title": "Mine", "genres": ["a", "b"]}))
    assert zoo.readable() == zoo.names()


def test_models_that_were_measured_on_ones_own_songs_are_measured_on_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(places.VARIABLE, str(tmp_path))
    mine = zoo.user_folder() / "mine"
    shutil.copytree(zoo.FOLDER / "statistics", mine)
    with np.load(mine / "evaluation.npz", allow_pickle=False) as stored:
        arrays = dict(stored)
    arrays["artist_tracks"] = np.append(arrays["artist_tracks"][:-1], "0123456789abcdef#0")
    np.savez(mine / "evaluation.npz", **arrays)
    scratch = zoo.user_folder() / "scratch"
    shutil.copytree(mine, scratch)
    protocols = {"songs": zoo.card("mine")["protocols"]["artist"]}
    shipping.add_to_card(scratch, {"protocols": protocols})
    for name in ("mine", "scratch"):
        assert cli.main(["evaluate", name]) == 1
        assert f"evaluate {name} --folder MUSIC" in capsys.readouterr().err


def test_rough_treatment_is_told_and_kept_in_the_card(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    songs = tmp_path / "songs" / "within"
    songs.mkdir(parents=True)
    soundfile.write(songs / "swing.flac", examples.render("swing-combo")[: 5 * 44_100], 44_100)
    (songs / "notes.txt").write_text("not a song")
    subset = gtzan.load()
    found = models.rough_figures(zoo.load("statistics"), tmp_path / "songs", subset)
    same = next(one for one in found if one["variant"] == "gain-20")
    assert (same["clips"], same["same"]) == (1, 1)
    with pytest.raises(ModelError, match="no song"):
        models.rough_figures(zoo.load("statistics"), tmp_path / "nowhere", subset)
    (tmp_path / "card.json").write_text('{"name": "x"}')
    shipping.add_to_card(tmp_path, {"robustness": found})
    kept = json.loads((tmp_path / "card.json").read_text())
    assert kept["name"] == "x"
    read = stored_results.stability_of(kept)[0]
    assert (read.same, read.learnt) == (1, 0)
    assert read.unheard is not None
    assert (read.unheard.same, read.unheard.labelled) == (1, 0)
    command = ["evaluate", "statistics", "--protocol", "random", "--robustness", str(tmp_path)]
    assert cli.main(command) == 0
    assert (
        "gain-20: 1 of 1 keep their first genre, read by networks that have not learnt from them; "
        "as served, 1 of 1\n"
    ) in capsys.readouterr().out


def test_what_a_model_of_ones_own_has_learnt_from_is_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(places.VARIABLE, str(tmp_path / "home"))
    shutil.copytree(zoo.folder_of("statistics"), zoo.user_folder() / "mine")
    card = zoo.user_folder() / "mine" / "card.json"
    card.write_text(json.dumps(json.loads(card.read_text()) | {"name": "mine"}))
    soundfile.write(tmp_path / "swing.flac", examples.render("swing-combo")[: 5 * 44_100], 44_100)
    found = models.rough_figures(zoo.load("mine"), tmp_path, gtzan.load())
    assert {(one["learnt"], one["unheard"]) for one in found} == {(None, None)}
