"""A labelled folder of somebody's own songs as a test of a model."""

import json
import os
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from genre_app import audio, cli, examples, isolated
from genre_app.collection.measured import measure_source
from genre_app.collection.source import Folder
from genre_app.errors import CollectionError
from genre_app.reading import read

MODEL = "statistics"


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    for place, name in (
        ("Hip hop", "beat"),
        ("classical", "quintet"),
        ("classical", "again"),
        ("polka", "polka"),
        ("classical", "broken"),
    ):
        (folder / place).mkdir(parents=True, exist_ok=True)
        data = examples.wav("swing-combo" if name == "beat" else "chamber-quintet")
        (folder / place / f"{name}.wav").write_bytes(b"no music" if name == "broken" else data)
    return folder


def test_songs_are_counted_by_their_folders(music: Path) -> None:
    told: list[float] = []
    found = measure_source(Folder(music), MODEL, progress=told.append)
    assert found.found.tracks == ("Hip hop/beat.wav", "classical/again.wav")
    assert found.found.labels.tolist() == [4, 1]
    swing = read(audio.load(examples.wav("swing-combo")), model=MODEL)
    np.testing.assert_allclose(found.found.probabilities[0], swing.blend)
    right = swing.genres[int(swing.blend.argmax())] == "hiphop"
    assert found.figures["accuracy"] == (1 + right) / 2
    assert found.found.confusion.sum() == 2
    assert found.found.confusion[1, 1] == 1
    why = {one.name: one.reason for one in found.skipped}
    assert "the model knows no genre 'polka'" in why["polka/polka.wav"]
    assert "same file as classical/again.wav" in why["classical/quintet.wav"]
    assert "classical/broken.wav" in why
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_names_that_are_not_utf_8_can_be_shown(tmp_path: Path) -> None:
    (tmp_path / "jazz").mkdir()
    try:
        for name, piece in (
            (b"jazz/caf\xe8.wav", "swing-combo"),
            (b"jazz/caf\xe9.wav", "chamber-quintet"),
            (b"jazz/caf\xea.wav", "chamber-quintet"),
        ):
            (tmp_path / os.fsdecode(name)).write_bytes(examples.wav(piece))
    except OSError:
        pytest.skip("this file system takes no such names")
    found = measure_source(Folder(tmp_path), MODEL)
    # Whoever looks for a song by its name must find that one.
    assert len(set(found.found.tracks)) == 2
    assert all(name.isprintable() for name in found.found.tracks)
    (same,) = found.skipped
    assert f"{same.name}: {same.reason}".isprintable()


def test_a_folder_without_known_genres_is_explained(tmp_path: Path) -> None:
    (tmp_path / "polka").mkdir()
    (tmp_path / "polka" / "one.wav").write_bytes(examples.wav("swing-combo"))
    with pytest.raises(CollectionError, match="The model knows: Blues, Classical"):
        measure_source(Folder(tmp_path), MODEL)


def test_songs_that_cannot_be_read_are_no_result(tmp_path: Path) -> None:
    (tmp_path / "jazz").mkdir()
    (tmp_path / "jazz" / "one.wav").write_bytes(b"nothing")
    with pytest.raises(CollectionError, match=r"None of these songs can be read: jazz/one\.wav"):
        measure_source(Folder(tmp_path), MODEL)


def test_the_command_measures_a_folder(
    music: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(isolated, "load", partial(isolated.load, max_seconds=15.0))
    asked = ["evaluate", MODEL, "--folder"]
    assert cli.main([*asked, str(music)]) == 0
    told = capsys.readouterr().out
    assert "Of 2 songs, the model names" in told
    assert "left out: polka/polka.wav" in told
    first = "Only the first 15 seconds were read; the file says that it lasts 27 s."
    assert f"Notes on 2 songs (2 read only in part):\n  Hip hop/beat.wav: {first}\n" in told
    packed = shutil.make_archive(str(music), "zip", music)
    assert cli.main([*asked, packed, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["notes"]["Hip hop/beat.wav"] == [first]
    assert len(said["truncated"]) == len(said["songs"]) == 2
