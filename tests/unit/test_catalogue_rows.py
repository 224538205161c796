"""What is made of a catalogue: albums, artists, neighbours, playlists, exports."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest
from catalogue_stubs import GENRES, song  # type: ignore[import-not-found]

from genre_app.catalogue.aggregate import (
    albums,
    artist_years,
    artists,
    distances,
    similar,
    with_share,
)
from genre_app.catalogue.export import export
from genre_app.catalogue.playlists import choose, m3u8, playlist_csv
from genre_app.catalogue.rows import CatalogueError, Failure, Problem, Song

# Distances


def test_jensen_shannon_distances_by_hand() -> None:
    found = distances([1.0, 0.0], [[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]])
    # H(3/4, 1/4) - (H(1, 0) + H(1/2, 1/2)) / 2 = 0.811278 - 1/2
    assert found == pytest.approx([0.0, 1.0, 0.311278**0.5], abs=1e-6)


def test_jensen_shannon_agrees_with_scipy() -> None:
    from scipy.spatial.distance import jensenshannon

    blends = np.random.default_rng(0).dirichlet(np.full(10, 0.3), size=50)
    blends[:5, :4] = 0.0
    blends /= blends.sum(axis=1, keepdims=True)
    expected = [jensenshannon(blends[0], other, base=2) for other in blends]
    # Of equal blends SciPy takes the root of a rounding error.
    assert distances(blends[0], blends) == pytest.approx(expected, abs=1e-7)


# Albums and artists


def test_an_album_by_hand() -> None:
    tracks = [
        song([0.7, 0.2, 0.1], place="/1", artist="A", album="Blue", title="one"),
        song([0.6, 0.2, 0.2], place="/2", artist="a ", album="BLUE", title="two"),
        song([0.2, 0.2, 0.6], place="/3", artist="A", album="Blue", title="three"),
    ]
    (album,) = albums([*tracks, song([1, 0, 0], place="/4", artist="A")])
    assert (album.title, album.artist, album.count, album.top) == ("Blue", "A", 3, "jazz")
    assert album.mean == pytest.approx([0.5, 0.2, 0.3])
    # Away from the mean by 0.2, 0.1 and -0.3 of jazz, 0 of reggae, -0.2, -0.1 and 0.3 of rock.
    assert album.spread == pytest.approx([(0.14 / 3) ** 0.5, 0.0, (0.14 / 3) ** 0.5])
    assert album.typical.labels.title == "two"
    assert album.odd is not None
    assert album.odd.labels.title == "three"


def test_same_titles_of_different_artists_are_different_albums() -> None:
    found = albums(
        [
            song([1, 0, 0], place="/1", artist="B", album="Hits"),
            song([1, 0, 0], place="/2", artist="A", album="Hits"),
            song([1, 0, 0], place="/3", artist="C", album="Mix", album_artist="Various"),
            song([0, 1, 0], place="/4", artist="D", album="Mix", album_artist="Various"),
        ]
    )
    assert [(one.artist, one.title, one.count) for one in found] == [
        ("A", "Hits", 1),
        ("B", "Hits", 1),
        ("Various", "Mix", 2),
    ]
    assert all(one.odd is None for one in found)


def test_copies_count_once() -> None:
    rows = [
        song([1, 0, 0], place="/1", content="x", artist="A"),
        song([1, 0, 0], place="/2", content="x", artist="A"),
        song([0, 1, 0], place="/3", content="y", artist="A"),
    ]
    (artist,) = artists(rows)
    assert artist.count == 2
    assert artist.mean == pytest.approx([0.5, 0.5, 0.0])


def test_an_artist_through_the_years() -> None:
    rows = [
        song([0, 1, 0], place="/1", artist="A", year=1980),
        song([1, 0, 0], place="/2", artist="a", year=1970),
        song([0, 1, 0], place="/3", artist="A", year=1970),
        song([0, 0, 1], place="/4", artist="A"),
        song([0, 0, 1], place="/5", artist="B", year=1970),
    ]
    found = artist_years(rows, " A")
    assert [(one.year, one.count) for one in found] == [(1970, 2), (1980, 1)]
    assert found[0].mean == pytest.approx([0.5, 0.5, 0.0])
    assert found[0].spread == pytest.approx([0.5, 0.5, 0.0])


def test_songs_of_different_models_are_not_mixed() -> None:
    with pytest.raises(CatalogueError, match="one model"):
        artists(
            [
                song([1, 0, 0], place="/1", artist="A"),
                song([1, 0], place="/2", artist="A", genres=("jazz", "rock")),
            ]
        )


def test_nothing_gives_nothing() -> None:
    for found in (albums([]), artists([]), artist_years([], "A"), with_share([], "rock")):
        assert not found
    assert not choose([], {"rock": 1})
    assert not similar(song([1, 0, 0]), [])


# Choosing


@pytest.fixture
def shelf() -> list[Song]:
    return [
        song([0.9, 0.1, 0.0], place="/jazz"),
        song([0.5, 0.3, 0.2], place="/between"),
        song([0.1, 0.8, 0.1], place="/reggae"),
        song([0.0, 0.1, 0.9], place="/rock"),
    ]


def places(songs: list[Song]) -> list[str]:
    return [one.place for one in songs]


def test_more_like_this(shelf: list[Song]) -> None:
    copy = song([0.9, 0.1, 0.0], place="/copy", content="/jazz")
    found = similar(shelf[0], [*shelf, copy], count=2)
    assert places([one for one, _ in found]) == ["/between", "/reggae"]
    assert found[0][1] == pytest.approx(float(distances(shelf[0].blend, shelf[1].blend)[0]))


def test_at_least_thirty_percent_reggae(shelf: list[Song]) -> None:
    assert places(with_share(shelf, "reggae", at_least=0.3)) == ["/reggae", "/between"]
    assert places(with_share(shelf, "reggae", at_least=0.05, at_most=0.1)) == ["/jazz", "/rock"]
    with pytest.raises(CatalogueError, match="does not know the genre 'polka'"):
        with_share(shelf, "polka")


def test_a_playlist_by_blend(shelf: list[Song]) -> None:
    assert places(choose(shelf, {"reggae": 2}, count=2)) == ["/reggae", "/between"]
    assert places(choose([*shelf, shelf[0]], {"jazz": 3, "rock": 1})) == [
        "/between",
        "/jazz",
        "/rock",
        "/reggae",
    ]
    for wrong in ({"polka": 1.0}, {"jazz": -1.0}, {}, {"jazz": float("nan")}):
        with pytest.raises(CatalogueError):
            choose(shelf, wrong)


def test_an_m3u8_has_two_lines_a_song_whatever_the_names_hold() -> None:
    text = m3u8(
        [
            song([1, 0, 0], place="/music/a\nb.mp3", artist="A\n#EXTM3U", title="Ü"),
            song([1, 0, 0], place="s3://bucket/c.mp3"),
        ],
        title="Late\nnight",
    )
    assert text.splitlines() == [
        "#EXTM3U",
        "#PLAYLIST:Late night",
        "#EXTINF:180,A #EXTM3U - Ü",
        "/music/a b.mp3",
        "#EXTINF:180,c.mp3",
        "s3://bucket/c.mp3",
    ]


def test_a_playlist_as_a_table() -> None:
    rows = list(csv.DictReader(playlist_csv([song([0.7, 0.3, 0.0], title="=1+1")]).splitlines()))
    assert rows[0]["title"] == "'=1+1"
    assert rows[0]["blend"] == "jazz 70%, reggae 30%, rock 0%"
    assert rows[0]["minutes"] == "3.0"


# Exports


ROWS = [
    song([0.7, 0.2, 0.1], place="/a.mp3", title="=cmd|' /C calc'!A0", artist="Ünal", year=1999),
    song([0.1, 0.2, 0.7], place="/b.mp3", title="+1", artist="@home", album="-", album_artist="x"),
]
FAILED = [Failure("/c.mp3", Problem("unreadable-audio", "c.mp3 is text, not audio."))]


def test_parquet_comes_back(tmp_path: Path) -> None:
    export(tmp_path / "out.parquet", ROWS, FAILED, GENRES)
    table = pyarrow.parquet.read_table(tmp_path / "out.parquet")
    rows = table.to_pylist()
    assert [row["file"] for row in rows] == ["/a.mp3", "/b.mp3", "/c.mp3"]
    assert [row["rock"] for row in rows] == [0.1, 0.7, None]
    assert rows[0]["rock_low"] == 0.05
    assert rows[0]["rock_high"] == 0.15
    assert rows[0]["title"] == "=cmd|' /C calc'!A0", "Parquet is no spreadsheet: nothing is changed"
    assert (rows[0]["year"], rows[1]["year"]) == (1999, None)
    assert rows[2]["error_kind"] == "unreadable-audio"


def test_csv_comes_back_and_runs_nothing(tmp_path: Path) -> None:
    export(tmp_path / "out.csv", ROWS, FAILED, GENRES)
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["rock"] or -1) for row in rows] == [0.1, 0.7, -1]
    assert [row["artist"] for row in rows] == ["Ünal", "'@home", ""]
    assert rows[0]["title"] == "'=cmd|' /C calc'!A0"
    assert (rows[1]["title"], rows[1]["album"], rows[1]["album_artist"]) == ("'+1", "'-", "x")
    assert not any(value.startswith(tuple("=+-@")) for row in rows for value in row.values())


def test_json_comes_back(tmp_path: Path) -> None:
    export(tmp_path / "out.json", ROWS, FAILED, GENRES)
    rows = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert rows[0] == ROWS[0].as_dict() | {"interval": rows[0]["interval"]}
    assert rows[0]["blend"] == {"jazz": 0.7, "reggae": 0.2, "rock": 0.1}
    assert rows[2] == {
        "file": "/c.mp3",
        "error": {"kind": "unreadable-audio", "message": "c.mp3 is text, not audio."},
    }


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".json"])
def test_an_empty_catalogue_has_the_same_columns(tmp_path: Path, suffix: str) -> None:
    export(tmp_path / f"out{suffix}", [], [], GENRES)
    if suffix == ".json":
        assert json.loads((tmp_path / "out.json").read_text("utf-8")) == []
    elif suffix == ".csv":
        assert "rock_high" in (tmp_path / "out.csv").read_text("utf-8")
    else:
        names = pyarrow.parquet.read_schema(tmp_path / "out.parquet").names
        assert names[-3:] == ["rock", "rock_low", "rock_high"]


def test_a_song_of_one_window_has_no_interval() -> None:
    one, nothing = ROWS[0], np.full(3, np.nan)
    assert one.varies
    assert one.as_dict()["interval"] is not None
    alone = replace(one, low=nothing, high=nothing)
    assert not alone.varies
    assert alone.as_dict()["interval"] is None


def test_notes_are_exported(tmp_path: Path) -> None:
    noted = replace(ROWS[0], notes=("One thing.", "Another."), truncated=True)
    for suffix in (".parquet", ".csv", ".json"):
        export(tmp_path / f"out{suffix}", [noted, ROWS[1]], FAILED, GENRES)
    rows = pyarrow.parquet.read_table(tmp_path / "out.parquet").to_pylist()
    assert [row["notes"] for row in rows] == ["One thing. Another.", None, None]
    assert [row["truncated"] for row in rows] == [True, False, None]
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        texts = list(csv.DictReader(file))
    assert [row["notes"] for row in texts] == ["One thing. Another.", "", ""]
    assert [row["truncated"] for row in texts] == ["True", "False", ""]
    first, second, failed = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert (first["notes"], first["truncated"]) == (["One thing.", "Another."], True)
    assert (second["notes"], second["truncated"]) == ([], False)
    assert "notes" not in failed


def test_an_export_that_fails_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out.json"
    export(path, ROWS, FAILED, GENRES)
    before = path.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(json, "dump", full)
    with pytest.raises(CatalogueError, match="No space left"):
        export(path, ROWS[:1], [], GENRES)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["out.json"]
