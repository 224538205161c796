"""What the command line refuses, what it says of trouble, and the user's own models on it."""

import io
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from genre_app import (
    architectures,
    audio,
    cli,
    examples,
    explain,
    gtzan,
    neighbours,
    places,
    shipping,
    zoo,
)
from genre_app.evaluation import atlas
from genre_app.familiarity import Familiarity
from genre_app.recipes import Recipe

ROOT: Final = Path(__file__).parents[2]
OWN: Final = ("classical", "jazz", "metal")


@pytest.fixture
def song(tmp_path: Path) -> Path:
    """Give a song of nine seconds."""
    path = tmp_path / "song.wav"
    path.write_bytes(audio.wav_bytes(audio.load(examples.wav("boom-bap")).samples[:200_000]))
    return path


def command(*arguments: str) -> list[str]:
    """Give a command as the system starts it."""
    return [sys.executable, "-m", "genre_app", *arguments]


# Usage


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("train --data F --name n --protocol artist", "--data .* --protocol"),
        ("train --data F --name n --seeds 2 --workers 2", "--data .* --seeds and --workers"),
        ("train --data F --name n --versions 2", "--data .* --versions"),
        ("train --data F --name n --rotations 5", "--data .* --rotations"),
        ("train --data F --name n --extend blend --architecture lse-mlp", "--architecture"),
        ("train --data F --name n --extend blend --seed 0", "--extend .* --seed"),
        ("train --data F --name n --extend blend --epochs 3", "--extend .* --epochs"),
        ("train --data F", "--data needs --name"),
        ("train --extend blend", "--extend needs --data"),
        ("train --rotations 10 --name n", "--rotations .* --name"),
        ("train --rotations 10 --seeds 3", "--rotations .* --seeds"),
        ("train --protocol artist --name n", "--protocol artist .* --name"),
        ("train --protocol random --workers 2", "--protocol random .* --workers"),
        (
            "evaluate blend --folder F --blends --save --robustness F",
            "--folder .* --blends and --robustness and --save",
        ),
        ("evaluate blend --folder F --protocol artist", "--folder .* --protocol"),
        ("evaluate blend --save", "--save writes what"),
        ("evaluate blend --pairs 3", "--pairs needs --blends"),
        ("neighbours", "--build"),
        ("train --architecture none", "no architecture 'none'"),
        ("train --data F --name n --architecture none", "no architecture 'none'"),
        ("train --data F --name a/b", "cannot be the name of a collection"),
        ("train --rotations 3 --architecture lse-mlp", "more rotations than they have folds"),
        ("read song.mp3 --report out.txt", r"ends in \.html or \.json"),
        ("read a.mp3 b.mp3 --report out.html", "is of one FILE"),
        ("catalogue F --out out.txt", r"out\.txt must end in"),
    ],
)
def test_options_that_say_nothing_or_nonsense_are_refused(
    given: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for work in ("genre_app.audio.load", "genre_app.gtzan.load"):
        monkeypatch.setattr(work, lambda *_, **__: pytest.fail("done before it was refused"))
    assert cli.main(given.split()) == 2
    assert re.search(said, capsys.readouterr().err)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("train --seed -1", "-1 is not a number from 0 to 2147483647"),
        ("train --seed 2147483648", "is not a number from 0"),
        ("train --epochs 0", "0 is not a whole number from 1 on"),
        ("train --seeds two", "two is not a whole number from 1 on"),
        ("catalogue F --workers two", "two is not a whole number from 1 on"),
        ("explain song.wav --start nan", "nan is not a number of seconds"),
        ("explain song.wav --start inf", "inf is not a number of seconds"),
        ("explain song.wav --start=-5", "-5 is not a number of seconds"),
        ("explain song.wav --start now", "now is not a number of seconds"),
        ("catalogue F --scheduler tcp://a:1 --workers 2", "not allowed with argument"),
        ("models --json --markdown", "not allowed with argument"),
    ],
)
def test_values_that_cannot_be_are_refused(
    given: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(given.split())
    assert said in capsys.readouterr().err


def documented() -> Iterator[str]:
    """Give every command line of README and docs."""
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        text = path.read_text(encoding="utf-8")
        for found in re.findall(r"`(python\s+-m\s+genre_app[^`]*)`", text):
            yield " ".join(found.split())
        yield from re.findall(r"^python -m genre_app[^#\n]*", text, re.MULTILINE)


def test_the_commands_of_the_documents_are_understood() -> None:
    found = list(documented())
    assert len(found) > 12
    for line in found:
        words = shlex.split(re.sub(r"\[.*?\]", "", line).replace("...", ""))[3:]
        # "--extend" and others have their rules beyond what argparse knows: tried above.
        assert cli._parser().parse_args(words).run, line


@pytest.mark.parametrize("name", ["My_Model", "../x", "a--b", ""])
def test_a_name_is_looked_at_before_the_music_is_loaded(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gtzan, "load", lambda: pytest.fail("loaded"))
    assert cli.main(["train", "--name", name]) == 2
    assert "small letters, digits" in capsys.readouterr().err


def test_places_without_a_name_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    # As "$MUSIC" gives where nothing is called so: it would be the folder that one stands in.
    for more in ([], ["--forget"]):
        assert cli.main(["catalogue", "", *more]) == 2
        assert "no name" in capsys.readouterr().err
    assert cli.main(["read", ""]) == 1
    assert "no name" in capsys.readouterr().err


def test_a_model_is_not_replaced_by_another_architecture(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gtzan, "load", lambda: pytest.fail("loaded"))
    assert cli.main(["train", "--name", "blend", "--architecture", "lse-mlp"]) == 1
    assert "'blend' already, of the architecture 'blend'" in capsys.readouterr().err


# Trouble


def test_who_reads_the_output_may_leave_early() -> None:
    with subprocess.Popen(
        command("models", "--json"), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read().decode()
        assert process.wait(60) == 141
    assert said == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_output_that_cannot_be_written_is_one_sentence() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            command("models"), cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr == "The system cannot read or write: no space left on device.\n"


def test_what_the_system_refuses_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_source: Path, target: Path, **_more: object) -> None:
        target.read_bytes()

    monkeypatch.setattr("genre_app.gtzan.build.build", refuse)
    assert cli.main(["build-subset", "F", "--out", str(tmp_path / "none")]) == 1
    reason = "no such file or directory"
    said = capsys.readouterr().err
    assert said == f"The system cannot read or write '{tmp_path}/none': {reason}.\n"


def test_an_explanation_is_not_computed_for_a_folder_that_cannot_be_made(
    song: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("genre_app.explain.explain", lambda *_, **__: pytest.fail("computed"))
    (tmp_path / "taken").write_bytes(b"")
    asked = ["explain", str(song), "--model", "statistics"]
    assert cli.main([*asked, "--out", str(tmp_path / "taken")]) == 1
    assert "taken' cannot be made (file exists)" in capsys.readouterr().err
    assert cli.main([*asked, "--start", "60"]) == 2
    assert "nothing from 60 s on" in capsys.readouterr().err


def test_a_place_for_a_report_is_looked_at_before_the_song(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(audio, "load", lambda *_: pytest.fail("loaded"))
    (tmp_path / "taken.html").mkdir()
    for name, said in (("none/out.html", "no folder"), ("taken.html", "html is a folder")):
        assert cli.main(["read", "song.mp3", "--report", str(tmp_path / name)]) == 1
        assert said in capsys.readouterr().err


def test_a_model_without_weights_is_one_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["read", "a.mp3", "b.mp3", "--model", "resnet50-a"]) == 1
    assert capsys.readouterr().err.count("too large to be shipped") == 1
    assert cli.main(["train", "--data", "none", "--name", "n", "--extend", "resnet50-a"]) == 1
    assert "too large to be shipped" in capsys.readouterr().err


def test_a_folder_for_a_file_is_called_by_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "music").mkdir()
    for command in ("read", "explain", "neighbours"):
        assert cli.main([command, f"{tmp_path}/music/"]) == 1
        assert capsys.readouterr().err == "music is a folder. Choose a music file in it.\n"


def test_a_file_for_a_folder_is_said_to_be_one(
    song: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gtzan, "load", lambda: pytest.fail("loaded"))
    assert cli.main(["evaluate", "statistics", "--robustness", str(song)]) == 1
    assert capsys.readouterr().err == f"{song} is a file, not a folder.\n"


def test_letters_that_the_output_does_not_have_are_spelt_out(
    song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = song.rename(song.with_name("f\u00fcr \u591c.wav"))
    for more in ([], ["--json"]):
        output = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
        with monkeypatch.context() as now:
            now.setattr(sys, "stdout", output)
            assert cli.main(["read", str(named), "--model", "statistics", *more]) == 0
        assert isinstance(output.buffer, io.BytesIO)
        said = output.buffer.getvalue()
        if more:
            assert json.loads(said)[0]["file"] == str(named)
        else:
            assert b"f\xfcr \\u591c.wav: " in said


def test_ctrl_c_while_the_libraries_load_is_one_word(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_parser", interrupted)
    assert cli.main(["models"]) == 130
    assert capsys.readouterr().err == "Stopped.\n"


# What was done to a file


def test_what_is_noted_of_a_file_is_said(
    song: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    left = audio.load(song).samples
    turned = tmp_path / "turned.wav"
    turned.write_bytes(audio.wav_bytes(np.stack([left, -left], axis=1)))
    asked = ["read", str(song), str(turned), "--model", "statistics"]
    assert cli.main(asked) == 0
    before, after = capsys.readouterr().out.split("turned.wav: ")
    assert "note:" not in before
    assert "\n  note: The channels cancel when mixed to mono; channel" in after

    monkeypatch.setattr(audio, "load", partial(audio.load, max_seconds=4.0))
    assert cli.main(asked) == 0
    first = "Only the first 4 seconds were read; the file says that it lasts 9 s."
    assert capsys.readouterr().out.count(f"\n  note: {first}\n") == 2
    assert cli.main([*asked, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["truncated"] for one in found] == [True, True]
    assert found[0]["notes"] == [first]
    assert found[1]["notes"][1].startswith("The channels cancel")

    assert cli.main(["explain", str(song), "--model", "statistics", "--start", "6"]) == 2
    said = capsys.readouterr().err
    assert f"only the first 15 minutes of '{song}' are read" in said
    assert "ends after" not in said


def test_what_is_noted_is_said_of_explanations_and_neighbours(
    song: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found: list[explain.Explanation] = []
    work = explain.explain

    def once(*given: Any, **more: Any) -> explain.Explanation:  # noqa: ANN401
        found[:] = found or [work(*given, **more)]
        return found[0]

    monkeypatch.setattr(explain, "explain", once)
    monkeypatch.setattr(audio, "load", partial(audio.load, max_seconds=4.0))
    first = "Only the first 4 seconds were read; the file says that it lasts 9 s."
    asked = ["explain", str(song), "--model", "statistics"]
    assert cli.main(asked) == 0
    assert capsys.readouterr().out.endswith(f"\n  note: {first}\n")
    assert cli.main([*asked, "--json", "--out", str(tmp_path / "out")]) == 0
    written = (tmp_path / "out" / "explanation.json").read_text("utf-8")
    for text in (capsys.readouterr().out, written):
        said = json.loads(text)
        assert (said["notes"], said["truncated"]) == ([first], True)

    for name, given in (("load", None), ("nearest", ())):
        monkeypatch.setattr(neighbours, name, lambda *_, given=given: given)
    monkeypatch.setattr(gtzan, "load", lambda: None)
    asked[0] = "neighbours"
    assert cli.main(asked) == 0
    assert capsys.readouterr().out == f"  note: {first}\n"
    assert cli.main([*asked, "--json"]) == 0
    printed = capsys.readouterr()
    assert (json.loads(printed.out), printed.err) == ([], f"  note: {first}\n")


@pytest.mark.shared
def test_a_damaged_file_is_said_to_be(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cut = str(shared / "audio_cases" / "truncated.mp3")
    assert cli.main(["read", cut, "--model", "statistics"]) == 0
    note = "The file is damaged or cut short; the first 9.9 seconds could be read."
    assert f"\n  note: {note}\n" in capsys.readouterr().out
    assert cli.main(["read", cut, "--model", "statistics", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["notes"], found["truncated"]) == ([note], False)


@pytest.mark.parametrize("name", ["read", "catalogue", "explain", "neighbours", "evaluate"])
def test_the_help_says_how_much_of_a_long_file_is_read(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="0"):
        cli.main([name, "--help"])
    assert "only the first 15 minutes are read" in " ".join(capsys.readouterr().out.split())


# Models of one's own


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a model as the page Train keeps it, of three genres."""
    target = tmp_path_factory.mktemp("kept") / "three"
    kind, recipe = architectures.get("statistics"), Recipe(versions=1, epochs=1)
    subset = gtzan.load().of_genres(OWN)
    known = Familiarity.load(zoo.FOLDER / zoo.DEFAULT / "familiarity.npz")
    run = shipping.measure(subset, "artist", kind, recipe, familiarity=known)
    shipping.write(target, subset, kind, recipe, {"artist": [run]}, title="Three")
    return target


@pytest.fixture
def own(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give its folder among the user's models."""
    monkeypatch.setenv(places.VARIABLE, str(tmp_path / "data"))
    return Path(shutil.copytree(trained, zoo.user_folder() / "three"))


def test_a_model_of_three_genres_is_measured_on_them(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["evaluate", "three", "--blends", "--pairs", "5", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["read_again"]
    assert [one["genre"] for one in found["per_genre"]] == list(OWN)
    assert found["blends"]["mixes"]["pairs"] == 5
    # As of a network that gives each genre its own probability.
    with np.load(own / "evaluation.npz", allow_pickle=False) as stored:
        arrays = dict(stored)
    for part in ("artist", "artist_valid"):
        arrays[f"{part}_scores"] = arrays[f"{part}_probabilities"]
    np.savez(own / "evaluation.npz", **arrays)
    assert cli.main(["evaluate", "three", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["multi_label"]


def test_a_protocol_that_a_model_was_not_measured_by_is_said(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["evaluate", "three", "--protocol", "random"]) == 1
    said = capsys.readouterr().err
    assert "measured by the protocol 'artist' only, not by 'random'" in said


def test_the_map_of_a_model_of_ones_own_lies_beside_it(
    own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    heard: list[tuple[str, ...]] = []

    def build(model: zoo.LoadedModel, subset: gtzan.Subset, **_more: object) -> atlas.Atlas:
        heard.append(subset.genres)
        names = [track.name for track in subset.tracks[:9]]
        chance = np.random.default_rng(0)
        sha256 = str(model.card["sha256"])
        return atlas.from_embeddings(names, chance.normal(size=(9, 4)), sha256=sha256)

    monkeypatch.setattr(atlas, "build", build)
    assert cli.main(["map", "three"]) == 0
    assert str(own / atlas.FILE) in capsys.readouterr().out
    assert heard == [OWN]
    assert len(atlas.load("three").tracks) == 9


def test_tables_hold_models_with_both_protocols_only(
    own: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(zoo, "FOLDER", own.parent)
    monkeypatch.setenv(places.VARIABLE, str(tmp_path / "other"))
    assert cli.main(["models", "--markdown"]) == 0
    assert "`three`" not in capsys.readouterr().out


def test_the_usual_folder_is_where_the_app_looks() -> None:
    from platformdirs.macos import MacOS
    from platformdirs.unix import Unix

    for system, kind in (("Linux", Unix), ("macOS", MacOS)):
        found = kind("genre-blend", appauthor=False).user_data_path
        assert found == Path(places.USUAL[system]).expanduser(), system
