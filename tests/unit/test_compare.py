"""Several models side by side, and together."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from genre_app import audio, examples, zoo
from genre_app.errors import ModelError
from genre_app.figures.compare import compare_bars, compare_message, compare_table
from genre_app.reading import ENSEMBLE, Reading, ensemble, read

ONE = np.array([0.5, 0.3, 0.2, 0, 0, 0, 0, 0, 0, 0])
TWO = np.array([0.1, 0.7, 0.2, 0, 0, 0, 0, 0, 0, 0])


@pytest.fixture(scope="module")
def swing() -> Reading:
    return read(audio.load(examples.wav("swing-combo"), name="swing.wav"), model="statistics")


def test_bars_have_a_column_a_model_in_one_order() -> None:
    figure = compare_bars(["First", "A model with a long name"], [ONE, TWO])
    assert [bar.y[0] for bar in figure.data] == ["Classical", "Classical"]
    assert figure.data[0].x[0] == pytest.approx(30)
    assert figure.data[1].x[0] == pytest.approx(70)
    assert "<br>" in figure.layout.annotations[1].text
    with pytest.raises(ValueError, match="shares"):
        compare_bars(["First"], [ONE, TWO])


def test_the_message_says_who_says_what() -> None:
    assert compare_message(["A", "B"], [TWO, TWO]) == "Both models name Classical first."
    little = np.array(TWO, dtype=float)
    little[int(np.argmax(ONE))] = np.nan
    assert " B has not learnt " in compare_message(["A", "B"], [ONE, little])
    message = compare_message(["A", "B", "C"], [ONE, TWO, TWO])
    assert "has not learnt" not in message
    assert message.index("Classical (B and C)") < message.index("Blues (A)")
    assert compare_table(["A", "B"], [ONE, TWO])["B"][0] == "70 %"


def test_two_equal_models_say_together_what_each_says(swing: Reading) -> None:
    both = ensemble([swing, swing])
    assert both.model == ENSEMBLE
    assert both.blend == pytest.approx(swing.blend)
    assert both.timeline.sum(axis=1) == pytest.approx(1.0)
    assert both.ends_s[-1] == pytest.approx(swing.duration_s)
    assert "2 of 2 models" in both.reason


def test_a_vote_is_a_mean_and_says_who_disagrees(swing: Reading) -> None:
    other = replace(swing, blend=np.roll(swing.blend, 1), timeline=np.roll(swing.timeline, 1, 1))
    both = ensemble([swing, other, swing])
    assert both.blend == pytest.approx((2 * swing.blend + other.blend) / 3)
    assert "2 of 3 models" in both.reason
    odd = replace(swing, certainty="outside", reason="Unlike anything.")
    assert ensemble([odd, odd, swing]).certainty == "outside"
    with pytest.raises(ModelError, match="same genres"):
        ensemble([swing, replace(swing, genres=("a", "b"))])


def test_thresholds_of_one_model_are_its_own() -> None:
    own = zoo.card("statistics")["thresholds"]
    found = zoo.ensemble_thresholds(["statistics", "statistics"])
    assert found["clear"] == pytest.approx(own["clear"], abs=1e-6)
    assert found["mixed"] == pytest.approx(own["mixed"], abs=1e-6)


def test_models_that_were_trained_from_scratch_vote_too(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "card.json").write_text("{}")
        np.savez(
            tmp_path / name / "evaluation.npz",
            songs_valid_tracks=np.array(["a", "b", "c"]),
            songs_valid_labels=np.array([0, 1, 1]),
            songs_valid_probabilities=np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]]),
        )
    assert zoo.ensemble_thresholds(["one", "two"], tmp_path)["clear"] <= 0.6
    shutil.copytree(zoo.FOLDER / "statistics", tmp_path / "statistics")
    with pytest.raises(ModelError, match="not measured on the same tracks"):
        zoo.ensemble_thresholds(["one", "statistics"], tmp_path)


def test_every_shipped_model_reads(tmp_path: Path) -> None:
    recording = audio.load(examples.wav("boom-bap"), max_seconds=8)
    for name in zoo.names():
        if zoo.has_weights(name):
            reading = read(recording, model=name)
            assert reading.blend.sum() == pytest.approx(1.0), name
            assert reading.genres == tuple(zoo.card(name)["genres"])
