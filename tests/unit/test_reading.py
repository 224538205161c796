"""What the shipped model says of real music, of noise, and of the same music twice."""

import io
import json
import os
import shutil
import sys
from collections import Counter
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
import pytest

from benchmarks import outside, own_class
from genre_app import audio, cli, examples, gtzan, zoo
from genre_app.crossfade import Sweep
from genre_app.errors import ModelError
from genre_app.examples.synth import RATE
from genre_app.figures.blend import blend_bars
from genre_app.figures.static import bars_image
from genre_app.figures.words import blend_message
from genre_app.genres import GENRES
from genre_app.logmel import LogMel, log_mel
from genre_app.reading import Reading, ensemble, from_outputs, judge, read
from genre_app.shipping import cut_out


@pytest.fixture(scope="module")
def swing() -> Reading:
    return read(audio.load(examples.wav("swing-combo"), name="swing.wav"))


def test_a_reading_is_whole(swing: Reading) -> None:
    assert swing.blend.sum() == pytest.approx(1.0)
    assert (swing.low <= swing.blend).all()
    assert (swing.blend <= swing.high).all()
    assert swing.timeline.mean(axis=0) == pytest.approx(swing.blend)
    assert swing.starts_s[0] == 0
    assert swing.ends_s[-1] == pytest.approx(swing.duration_s, abs=0.1)


def test_the_same_song_gives_the_same_reading(swing: Reading) -> None:
    again = read(audio.load(examples.wav("swing-combo"), name="swing.wav"))
    assert again.as_dict() == swing.as_dict()


def test_silence_is_not_read_and_changes_nothing_else() -> None:
    music = audio.load(examples.wav("swing-combo"), name="swing.wav")
    hiss = 1e-5 * np.random.default_rng(0).standard_normal(24 * audio.SAMPLE_RATE)
    longer = replace(music, samples=np.append(music.samples, hiss.astype(np.float32)))
    found, alone = read(longer), read(music)
    assert found.duration_s == pytest.approx(alone.duration_s + 24)
    # A window with a moment of music in it is read; none lies in the silence alone.
    assert found.starts_s.max() < alone.duration_s
    assert found.ends_s.max() < found.duration_s - 11
    for model in ("lse-cnn", "statistics"):
        assert read(longer, model=model).starts_s.max() < alone.duration_s
    both = ensemble([found, read(longer, model="statistics")])
    assert both.ends_s.max() < both.duration_s - 11
    assert both.duration_s == found.duration_s


def test_json_and_csv_tell_the_same(swing: Reading) -> None:
    whole = json.loads(json.dumps(swing.as_dict()))
    assert list(whole["blend"]) == list(GENRES)
    lines = swing.to_csv().decode().splitlines()
    assert len(lines) == 2 + len(whole["timeline"])
    assert [line.split(",")[0] for line in lines[:3]] == ["what", "whole song", "window"]
    assert float(lines[1].split(",")[3]) == pytest.approx(whole["blend"]["blues"], abs=1e-4)


def test_a_class_is_no_formula_in_a_spreadsheet(swing: Reading) -> None:
    named = replace(swing, genres=("=1+1", *GENRES[1:]))
    assert named.to_csv().decode().startswith("what,start_s,end_s,'=1+1,classical,")
    shares = np.array([0.0, 1.0])
    found = Sweep(("@A1", "rock"), "@A1", "rock", shares, np.eye(2), shares)
    assert found.to_csv().decode().startswith("true share,predicted share,'@A1,rock")


def test_the_card_tells_what_the_evaluation_holds() -> None:
    for name in zoo.names():
        about = zoo.card(name)
        stored = np.load(zoo.FOLDER / name / "evaluation.npz", allow_pickle=False)
        for protocol in gtzan.PROTOCOLS:
            right = stored[f"{protocol}_probabilities"].argmax(1) == stored[f"{protocol}_labels"]
            found = about["protocols"][protocol]
            assert found["accuracy"] == pytest.approx(right.mean())
            assert found["tracks"] == len(right) == stored[f"{protocol}_confusion"].sum()
            assert found["low"] < found["accuracy"] < found["high"]


def test_the_shipped_weights_give_the_figures_on_the_card() -> None:
    """Every fifth test track, read again from the bundled subset."""
    subset = gtzan.load()
    model = zoo.load()
    stored = np.load(zoo.FOLDER / zoo.DEFAULT / "evaluation.npz", allow_pickle=False)
    positions = subset.part("artist", "test")
    for row in range(0, len(positions), 5):
        logits = model.outputs(subset.log_mel(positions[row])).logits
        powers = np.exp(logits / model.card["temperature"])
        blend = (powers / powers.sum(axis=1, keepdims=True)).mean(axis=0)
        assert np.abs(blend - stored["artist_probabilities"][row]).max() < 1e-3


def test_the_bars_of_our_own_models() -> None:
    assert zoo.card("statistics")["protocols"]["artist"]["mean_of_seeds"] >= 0.66
    assert zoo.card("blend")["protocols"]["artist"]["mean_of_seeds"] >= 0.70
    clear = zoo.card("blend")["certainty_on_test"]["clear"]
    assert clear["accuracy"] >= 0.9
    assert clear["share"] >= 0.45


@pytest.mark.shared
@pytest.mark.parametrize("name", ["sine440.wav", "pink_noise.wav", "dc_offset.wav"])
def test_what_is_not_music_is_not_named(shared: Path, name: str) -> None:
    assert read(audio.load(shared / "audio_cases" / name)).certainty in ("unsure", "outside")


def test_noises_tones_and_single_instruments_are_outside() -> None:
    played = outside.alone(["piano", "banjo", "violin"])
    sounds = outside.made(chain(outside.noises(), outside.pure(), played))
    said = {sound.name: read(sound).certainty for sound in sounds}
    assert len(said) == 16
    assert Counter(said.values())["outside"] >= 0.8 * len(said), said


def test_what_a_computer_plays_from_notes_is_outside() -> None:
    """Found by how its bands go together alone: its statistics are usual enough."""
    model = zoo.load()
    statistics_only = {
        name: value for name, value in model.card["thresholds"].items() if name != "together"
    }
    for seed in range(1, 4):
        recording = audio.load(audio.wav_bytes(own_class.electronic(seed), RATE))
        reading = read(recording)
        assert reading.certainty == "outside", seed
        assert "plays from notes" in reading.reason
        look = model.familiarity.look(log_mel(recording.samples))
        assert judge(reading.blend, look, statistics_only, reading.genres)[0] != "outside"


@pytest.mark.shared
def test_level_does_not_change_a_reading(shared: Path) -> None:
    recording = audio.load(shared / "songs" / "reggae_miedo.mp3", max_seconds=40)
    quiet = audio.load(audio.wav_bytes(recording.samples * 0.1))
    assert np.abs(read(recording).blend - read(quiet).blend).max() < 0.02


@pytest.mark.shared
@pytest.mark.parametrize(
    ("song", "genres"),
    [
        ("classical_hungarian_dance_5.ogg", {"classical"}),
        ("classical_sugar_plum.ogg", {"classical"}),
        ("hiphop_awol_food.mp3", {"hiphop"}),
    ],
)
def test_real_songs(shared: Path, song: str, genres: set[str]) -> None:
    found = read(audio.load(shared / "songs" / song))
    assert set(np.array(GENRES)[np.argsort(-found.blend)[:2]]) & genres


def test_a_one_second_song_is_read() -> None:
    samples = examples.render("boom-bap")[44_100:90_000]
    found = read(audio.load(audio.wav_bytes(samples, 44_100)))
    assert len(found.timeline) == 1
    # One window cannot say how far a bar moves.
    assert found.as_dict()["interval"] is None
    parts = found.blend, found.low, found.high
    assert " to " not in blend_message(*parts)
    assert len(blend_bars(*parts).data) == 2
    assert bars_image(*parts).startswith(b"\x89PNG")


def test_of_a_second_the_bars_are_no_longer_than_they_are_right() -> None:
    subset, model = gtzan.load(), zoo.load()
    chance = np.random.default_rng(5)
    bars, right, sure = [], [], []
    for position in subset.part("artist", "test")[::2].tolist():
        mel = cut_out(subset.log_mel(position), 1.0, chance)
        found = from_outputs("piece", 1.0, model, model.outputs(mel), mel)
        bars.append(found.blend.max())
        right.append(found.top == subset.genres[subset.labels[position]])
        sure.append(found.certainty == "clear")
    assert np.mean(bars) == pytest.approx(np.mean(right), abs=0.1)
    assert np.mean(right) > 0.4
    assert np.mean(sure) < 0.15


def test_models_together_have_the_interval_of_those_that_have_one() -> None:
    song = audio.load(examples.wav("swing-combo"))
    first = read(replace(song, samples=song.samples[: 14 * audio.SAMPLE_RATE]))
    whole = replace(first, low=np.full(10, np.nan), high=np.full(10, np.nan), model="statistics")
    assert ensemble([first, whole]).low == pytest.approx(first.low)
    assert not ensemble([whole, whole]).varies
    # It is one about the mean of both, also where they say different things.
    other = replace(whole, blend=first.blend[::-1], timeline=first.timeline[:, ::-1])
    found = ensemble([first, other])
    assert np.all((found.low <= found.blend) & (found.blend <= found.high))
    assert found.blend - found.low == pytest.approx(
        np.minimum(first.blend - first.low, found.blend)
    )
    assert np.all((found.low >= 0) & (found.high <= 1))


def test_unknown_and_damaged_models_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="Known: blend, "):
        zoo.load("vggish")
    shutil.copytree(zoo.FOLDER / "statistics", tmp_path / "statistics")
    with (tmp_path / "statistics" / "model.keras").open("ab") as file:
        file.write(b"x")
    with pytest.raises(ModelError, match="'statistics' are damaged"):
        zoo.load("statistics", tmp_path)


def test_the_command_line_reads_what_it_can(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    song, text = tmp_path / "song.wav", tmp_path / "notes.mp3"
    song.write_bytes(examples.wav("drop-c-metal"))
    text.write_text("not audio at all, just words " * 50)
    assert cli.main(["read", str(text), str(song), "--json"]) == 1
    bad, good = json.loads(capsys.readouterr().out)
    assert bad["error"]["kind"] == "unreadable-audio"
    assert bad["file"] == str(text)
    assert set(good) == {
        *("file", "duration_s", "model", "blend", "interval", "top"),
        *("certainty", "reason", "timeline", "notes", "truncated"),
    }
    assert (good["notes"], good["truncated"]) == ([], False)
    assert good["timeline"][0]["start_s"] == 0
    assert cli.main(["read", str(song)]) == 0
    assert "%" in capsys.readouterr().out
    assert cli.main(["read", str(song), "--model", "nothing"]) == 1
    assert "Known: blend, " in capsys.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="its file names are Unicode")
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_name_may_hold_any_bytes(
    form: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = os.path.join(os.fsencode(tmp_path), b"caf\xe9.wav")
    with open(file, "wb") as song:
        song.write(examples.wav("drop-c-metal"))
    out = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out, encoding="utf-8", errors="strict"))
    assert cli.main(["read", os.fsdecode(file), *form]) == 0
    sys.stdout.flush()
    said = out.getvalue().decode()
    if form:
        assert json.loads(said)[0]["file"] == os.fsdecode(file)
    else:
        assert "caf.wav: " in said


def test_excerpts_of_the_subset_are_logmels() -> None:
    assert isinstance(gtzan.load().log_mel(3), LogMel)
