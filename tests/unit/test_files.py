"""A disk that is full while files are written: what was there before stays."""

import errno
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import soundfile

from genre_app import audio, cli, examples, gtzan, neighbours
from genre_app.errors import DatasetError, cannot_be_written
from genre_app.evaluation import atlas
from genre_app.files import packed, write_together, write_whole
from genre_app.gtzan.build import build

ROOM = Callable[[int], None]


@pytest.fixture
def room_for(monkeypatch: pytest.MonkeyPatch) -> ROOM:
    """Give what fills the disk after so many more files."""

    def fill(files: int) -> None:
        left = [files]

        def fsync(_number: int) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr("genre_app.files.os.fsync", fsync)

    return fill


def test_files_that_belong_together_are_all_written_or_none(tmp_path: Path, room_for: ROOM) -> None:
    write_together(tmp_path, {"a": b"old", "b": b"old"})
    write_whole(tmp_path / "other", b"stays")
    room_for(1)
    with pytest.raises(OSError, match="No space left"):
        write_together(tmp_path, {"a": b"new", "b": b"new", "c": b"new"})
    kept = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert kept == {"a": b"old", "b": b"old", "other": b"stays"}
    room_for(3)
    write_together(tmp_path, {"a": b"new", "b": b"new", "c": b"new"})
    kept = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert kept == {"a": b"new", "b": b"new", "c": b"new", "other": b"stays"}


def test_who_writes_at_the_same_time_writes_whole_files(tmp_path: Path) -> None:
    contents = [bytes([number]) * 200_000 for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(10):
            list(pool.map(lambda one: write_whole(tmp_path / "a", one), contents))
            assert (tmp_path / "a").read_bytes() in contents
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_what_is_interrupted_leaves_no_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_number: int) -> None:
        raise KeyboardInterrupt

    write_whole(tmp_path / "a", b"old")
    monkeypatch.setattr("genre_app.files.os.fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "a", b"new")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


def test_what_cannot_be_written_is_said_alike_everywhere(tmp_path: Path) -> None:
    said = cannot_be_written("The list", OSError(errno.ENOSPC, "No space left on device"))
    assert said == (
        "The list cannot be written (no space left on device). See that the disk has room and "
        "that the app may write to its folder."
    )
    written_out = [
        path.name
        for path in Path(audio.__file__).parent.rglob("*.py")
        if "that the disk has" in " ".join(path.read_text("utf-8").split())
    ]
    assert written_out == ["errors.py"]


def test_the_same_arrays_give_the_same_bytes() -> None:
    assert packed({"a": np.arange(3)}) == packed({"a": np.arange(3)})


def test_maps_and_places_stay_on_a_full_disk(tmp_path: Path, room_for: ROOM) -> None:
    few = np.ones((4, 2), np.float32)
    drawn = atlas.Atlas(np.array(list("abcd")), few, few, few[0], few, few[0], "abc")
    near = neighbours.Atlas(tuple("abcd"), few[0], few, few, "abc")
    drawn_at, near_at = tmp_path / atlas.FILE, tmp_path / neighbours.FILE
    atlas.save(drawn, drawn_at)
    near.save(near_at)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    room_for(0)
    with pytest.raises(OSError, match="No space left"):
        atlas.save(drawn, drawn_at)
    with pytest.raises(OSError, match="No space left"):
        near.save(near_at)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_subset_stays_whole_on_a_full_disk(tmp_path: Path, room_for: ROOM) -> None:
    (tmp_path / "in" / "reggae").mkdir(parents=True)
    samples = examples.render("one-drop-reggae")
    for number in (1, 2):
        file = tmp_path / "in" / "reggae" / f"reggae.0000{number}.wav"
        soundfile.write(file, samples[number:], 44_100)
        if number == 1:
            build(tmp_path / "in", tmp_path / "out")
    room_for(2)
    with pytest.raises(DatasetError, match=r"cannot be written .*no space left on device"):
        build(tmp_path / "in", tmp_path / "out")
    assert len(gtzan.load(tmp_path / "out")) == 1


def test_a_report_stays_on_a_full_disk(
    tmp_path: Path, room_for: ROOM, capsys: pytest.CaptureFixture[str]
) -> None:
    song, report = tmp_path / "song.wav", tmp_path / "out.json"
    song.write_bytes(audio.wav_bytes(audio.load(examples.wav("boom-bap")).samples[:200_000]))
    report.write_bytes(b"{}")
    room_for(0)
    assert cli.main(["read", str(song), "--model", "statistics", "--report", str(report)]) == 1
    assert "cannot be written" in capsys.readouterr().err
    assert report.read_bytes() == b"{}"
