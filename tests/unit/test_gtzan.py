"""The bundled subset: what is in it, its splits, and that it can be built again."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from genre_app import examples, gtzan
from genre_app.errors import DatasetError
from genre_app.gtzan.build import build
from genre_app.gtzan.subset import DATA


@pytest.fixture(scope="module")
def subset() -> gtzan.Subset:
    return gtzan.load()


def test_there_are_999_tracks(subset: gtzan.Subset) -> None:
    assert subset.cells.shape == (999, 128, 723)
    assert np.bincount(subset.labels).tolist() == [100, 100, 100, 100, 100, 99, 100, 100, 100, 100]
    assert "jazz.00054" not in {track.name for track in subset.tracks}
    assert subset.cells.max() == 160


SHARED_ARTISTS = {
    "Anthrax",
    "Boney M.",
    "Burning Spear",
    "Danzig",
    "Dark Tranquillity",
    "Earth, Wind & Fire",
    "Metallica",
    "Peter Tosh",
    "Slayer",
}
"""Artists on two sides of the published partition, by the names in the table: README says so."""


def test_the_artist_split_parts_recordings_and_all_but_nine_artists(subset: gtzan.Subset) -> None:
    parts = [set(subset.part("artist", part).tolist()) for part in gtzan.PARTS]
    # jazz.00054, whose usual copy is damaged, is the 443rd of train.
    assert [len(part) for part in parts] == [442, 197, 290]

    def on_two_sides(attribute: str) -> set[str]:
        one, two, three = (
            {getattr(subset.tracks[i], attribute) for i in part} - {""} for part in parts
        )
        return one & two | one & three | two & three

    assert not (parts[0] & parts[1] | parts[0] & parts[2] | parts[1] & parts[2])
    assert on_two_sides("repetition_group") == set()
    assert on_two_sides("artist") == SHARED_ARTISTS


def test_the_random_split_is_stratified_and_whole(subset: gtzan.Subset) -> None:
    parts = [subset.part("random", part) for part in gtzan.PARTS]
    assert [len(part) for part in parts] == [699, 100, 200]
    assert sorted(np.concatenate(parts).tolist()) == list(range(999))
    assert np.bincount(subset.labels[parts[2]]).tolist() == [20] * 10


def test_listener_genres_are_shares(subset: gtzan.Subset) -> None:
    weights = [track.listener_genres for track in subset.tracks if track.listener_genres]
    assert len(weights) > 700
    assert all(0.9 < sum(weight.values()) < 1.01 for weight in weights)


def test_a_damaged_shard_is_refused_by_name(tmp_path: Path) -> None:
    shutil.copytree(DATA, tmp_path / "data")
    shard = tmp_path / "data" / "rock.npz"
    shard.write_bytes(shard.read_bytes()[:-1] + b"x")
    with pytest.raises(DatasetError, match=r"rock\.npz is damaged"):
        gtzan.load(tmp_path / "data")
    shard.unlink()
    with pytest.raises(DatasetError, match=r"rock\.npz of the bundled subset is missing"):
        gtzan.load(tmp_path / "data")


@pytest.mark.shared
def test_building_from_the_arrays_gives_the_bundled_files(shared: Path, tmp_path: Path) -> None:
    problems = build(shared / "gtzan", tmp_path)
    assert problems == ["jazz.00054 has no array."]
    manifest = json.loads((DATA / "manifest.json").read_text(encoding="utf-8"))
    for name, about in manifest["files"].items():
        assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == about["sha256"], name


def test_building_from_audio(tmp_path: Path) -> None:
    samples = examples.render("one-drop-reggae")
    (tmp_path / "in" / "reggae").mkdir(parents=True)
    soundfile.write(tmp_path / "in" / "reggae" / "reggae.00001.wav", samples, 44_100)
    (tmp_path / "in" / "reggae" / "broken.wav").write_bytes(b"not audio")
    soundfile.write(tmp_path / "in" / "reggae" / "short.wav", samples[: 44_100 * 12], 44_100)
    (tmp_path / "in" / "reggae" / "live").mkdir()
    told: list[tuple[int, int, str]] = []
    problems = build(tmp_path / "in", tmp_path / "out", progress=lambda *a: told.append(a))
    assert "broken.wav" in problems[0]
    assert problems[1:] == [
        "reggae/live is a folder. Only the files beside it are read.",
        "reggae/short.wav is too short: it has 12.0 seconds, 18.0 less than the 30 of an excerpt.",
    ]
    names = [name for _, _, name in told]
    assert names == ["broken.wav", "live", "reggae.00001.wav", "short.wav"]
    built = gtzan.load(tmp_path / "out")
    assert [track.name for track in built.tracks] == ["reggae.00001"]
    assert built.cells.shape == (1, 128, 723)
    assert built.tracks[0].artist  # Known from the bundled table.


def test_a_folder_without_music_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="holds neither"):
        build(tmp_path, tmp_path / "out")


def test_arrays_that_are_damaged_are_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "mel").mkdir()
    (tmp_path / "tracks.csv").write_text("track,genre\nblues.00000,blues\n", encoding="utf-8")
    with pytest.raises(DatasetError, match=r"tracks\.csv in .* is damaged"):
        build(tmp_path, tmp_path / "out")
    (tmp_path / "tracks.csv").write_text("track,genre\n", encoding="utf-8")
    (tmp_path / "mel" / "blues.npz").write_bytes(b"no arrays")
    with pytest.raises(DatasetError, match=r"mel/blues\.npz is damaged"):
        build(tmp_path, tmp_path / "out")
