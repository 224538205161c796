"""Several models on one song, and the report of a reading."""

import html
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from genre_app import audio, cli, examples, report, zoo
from genre_app.disagreement import compare_readings, shares_at
from genre_app.explain import Explanation, explain, region
from genre_app.explain.explanation import HOW
from genre_app.figures.disagreement import (
    disagreement_figure,
    disagreement_message,
    disagreement_table,
)
from genre_app.figures.words import blend_message, clock
from genre_app.genres import GENRES
from genre_app.panels import PANELS, Sound
from genre_app.reading import ENSEMBLE, Reading, ensemble, read

EVIL = '<script>alert("1")</script> & $x$'


def made_up(model: str, genres: tuple[str, ...], timeline: list[list[float]]) -> Reading:
    """Make a reading of windows of 10 s, side by side."""
    rows = np.array(timeline, np.float64)
    starts = np.arange(len(rows), dtype=np.float64) * 10
    blend = rows.mean(axis=0)
    end = 10.0 * len(rows)
    return Reading(
        EVIL, model, genres, end, blend, blend, blend, "mixed", EVIL, starts, starts + 10.0, rows
    )


# Disagreement


def test_models_that_say_the_same_are_not_apart() -> None:
    one = made_up("a", ("blues", "jazz"), [[0.7, 0.3], [0.4, 0.6]])
    found = compare_readings([one, replace(one, model="b")])
    assert found.divergence.max() == 0
    assert (found.mean, found.agreed) == (0, 1)
    assert "nearly the same" in disagreement_message(["A", "B"], found)


def test_nothing_in_common_is_one_and_it_is_told_when() -> None:
    one = made_up("a", ("blues", "jazz"), [[1.0, 0.0]] * 4)
    # It knows other genres, and turns to one of its own in the third window.
    two = made_up("b", ("blues", "polka"), [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    found = compare_readings([one, two])
    assert found.genres == ("blues", "jazz", "polka")
    np.testing.assert_allclose(found.shares.sum(axis=2), 1.0)
    early, late = found.times_s < 14, found.times_s > 26
    assert found.divergence[early].max() == pytest.approx(0, abs=1e-9)
    assert found.divergence[late].min() == pytest.approx(1)
    message = disagreement_message(["A", "B"], found)
    assert f"around {clock(found.times_s[found.widest])} (1.00): blues (A) and polka" in message
    table = disagreement_table(["A", "B"], found)
    assert table["B"][-1] == "polka >99 %"
    assert {len(column) for column in table.values()} == {len(found.times_s)}
    with pytest.raises(ValueError, match="two readings"):
        compare_readings([one])


def test_the_two_that_differ_most_are_named() -> None:
    one, two, three = (
        made_up(name, ("blues", "jazz"), [[share, 1 - share]] * 3)
        for name, share in (("a", 0.9), ("b", 0.8), ("c", 0.1))
    )
    found = compare_readings([one, two, three])
    assert next(iter(found.pairs)) == ("a", "c")
    assert found.mean == pytest.approx(np.mean(list(found.pairs.values())))
    assert "differ most are A and C" in disagreement_message(["A", "B", "C"], found)
    figure = disagreement_figure([one, two, three], ["A", "B", "C"], found)
    groups = {trace.stackgroup for trace in figure.data if trace.stackgroup}
    assert groups == {"blend 1", "blend 2", "blend 3"}
    shown = [trace.name for trace in figure.data if trace.stackgroup and trace.showlegend]
    assert sorted(shown) == ["Blues", "Jazz"]


def test_between_two_windows_runs_a_straight_line() -> None:
    one = made_up("a", ("blues", "jazz"), [[1.0, 0.0], [0.0, 1.0]])
    said = shares_at(one, np.array([0.0, 5.0, 10.0, 15.0, 20.0]))
    assert said[:, 0].tolist() == [1.0, 1.0, 0.5, 0.0, 0.0]


# The report


@pytest.fixture(scope="module")
def heard() -> tuple[Sound, list[Reading], Explanation]:
    recording = audio.load(examples.wav("boom-bap"), name=EVIL)
    recording = replace(recording, tags=replace(recording.tags, artist=EVIL), notes=(EVIL,))
    readings = [read(recording, model=name) for name in ("statistics", "lse-mlp")]
    cut, start = region(recording.samples, start_s=2, seconds=4)
    found = explain(cut, model="statistics", start_s=start)
    return Sound(recording), [ensemble(readings), *readings], found


def test_a_report_of_a_song_is_whole_and_fetches_nothing(
    heard: tuple[Sound, list[Reading], Explanation],
) -> None:
    sound, readings, explanation = heard
    cards = {name: zoo.card(name) for name in ("statistics", "lse-mlp")}
    page = report.reading_report(sound, readings, cards, explanations=[explanation]).decode()
    first = readings[0]
    told = blend_message(first.blend, first.low, first.high)
    how = HOW[explanation.method]
    for sentence in (told, first.reason, explanation.sentence, how, *cards["statistics"]["limits"]):
        assert html.escape(sentence, quote=True) in page
    assert cards["lse-mlp"]["sha256"] in page
    assert f"clear: {cards['statistics']['thresholds']['clear']:.4g}; " in page
    assert "{" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    assert sound.recording.sha256 in page
    assert "<script" not in page
    addresses = re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?([^"'\s>)]+)""", page)
    # Bars, ribbon, the models' ribbons, the explanation and its test, five panels.
    assert len(addresses) == 5 + len(PANELS)
    assert all(one.startswith("data:image/") for one in addresses)
    assert "http" not in re.sub(r'base64,[^"]+', "", page)
    # Every picture says in words what it shows.
    assert all(re.findall(r'alt="([^"]*)"', page))


def test_the_report_as_data_holds_the_same(
    heard: tuple[Sound, list[Reading], Explanation],
) -> None:
    sound, readings, explanation = heard
    cards = {"statistics": zoo.card("statistics")}
    found = json.loads(
        report.reading_json(sound.recording, readings, cards, explanations=[explanation])
    )
    assert [one["model"] for one in found["readings"]] == [ENSEMBLE, "statistics", "lse-mlp"]
    assert found["readings"][1] == readings[1].as_dict()
    assert found["song"]["sha256"] == sound.recording.sha256
    assert found["disagreement"]["pairs"][0]["models"] == ["statistics", "lse-mlp"]
    assert found["explanations"][0]["method"] == "occlusion"
    assert found["explanations"][0]["check"]["trusted"] == explanation.check.trusted
    assert found["models"]["statistics"]["sha256"] == cards["statistics"]["sha256"]
    assert {"Genre Blend", "Python", "keras"} <= set(found["versions"])
    assert set(found["readings"][1]["blend"]) == set(GENRES)


def test_the_command_line_writes_the_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    song = tmp_path / "song.wav"
    song.write_bytes(audio.wav_bytes(audio.load(examples.wav("boom-bap")).samples[:200_000]))
    asked = ["read", str(song), "--model", "statistics", "--report"]
    assert cli.main([*asked, str(tmp_path / "out.json")]) == 0
    assert json.loads((tmp_path / "out.json").read_text("utf-8"))["disagreement"] is None
    assert cli.main([*asked, str(tmp_path / "out.txt")]) == 2
    assert ".html or .json" in capsys.readouterr().err
    assert cli.main([*asked, str(tmp_path / "none" / "out.json")]) == 1
