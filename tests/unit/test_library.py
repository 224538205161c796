"""A library in the background, filtered, mapped and drawn."""

import threading
import xml.etree.ElementTree as ET
from base64 import b64decode
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from catalogue_stubs import (  # type: ignore[import-not-found]
    GENRES,
    LOG,
    MODEL,
    noted,
    read_or_fail,
    read_slowly,
    read_stub,
    song,
    write_song,
    write_songs,
)
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from genre_app import genres
from genre_app.catalogue.aggregate import albums, artist_years, artists
from genre_app.catalogue.filters import once, select, shown_title
from genre_app.catalogue.job import Job
from genre_app.catalogue.maps import log_ratios, map_of
from genre_app.catalogue.playlists import m3u8, playlist_csv
from genre_app.catalogue.rows import CatalogueError, Failure, Problem, Song
from genre_app.catalogue.store import Store
from genre_app.catalogue.uploads import PREFIX, Limits, Uploads
from genre_app.catalogue.walk import Walk
from genre_app.catalogue.work import Reader
from genre_app.figures import library, library_words

LARGE = Limits(songs=100, total_bytes=2**30)


def job(
    places: Walk | list[str],
    path: Path,
    reader: Reader = read_stub,
    turn: threading.Semaphore | None = None,
) -> Job:
    return Job(
        places,
        path=path,
        model=MODEL,
        workers=1,
        turn=turn or threading.Semaphore(),
        reader=reader,
    ).start()


# In the background


def test_a_job_reads_and_lists_what_is_broken(tmp_path: Path) -> None:
    write_songs(tmp_path / "music", 5)
    (tmp_path / "music" / "diary.mp3").write_bytes(b"dear diary, " * 400)
    path = tmp_path / "catalogue.sqlite"
    running = job([str(tmp_path / "music")], path)
    assert running.wait(60)
    look = running.look()
    assert (look.status, look.done, look.total, look.failed) == ("done", 6, 6, 1)
    assert look.words == "5 songs read, 1 cannot be read."
    assert look.report is not None
    assert "text" in look.report.failures[0].problem.message
    with Store(path, read_only=True) as store:
        assert len(store.songs(MODEL)) == 5


def test_a_job_that_is_cancelled_keeps_what_it_has_read(tmp_path: Path) -> None:
    write_songs(tmp_path / "music", 40)
    path = tmp_path / "catalogue.sqlite"
    running = job([str(tmp_path / "music")], path, read_slowly)
    while running.look().done == 0:
        assert not running.wait(0.02)
    running.cancel()
    assert running.wait(60)
    look = running.look()
    assert look.status == "cancelled"
    assert look.over
    assert 0 < look.done < look.total
    with Store(path, read_only=True) as store:
        kept = len(store.songs(MODEL))
    assert kept == look.done
    again = job([str(tmp_path / "music")], path)
    assert again.wait(60)
    assert again.look().total == 40 - kept


def test_jobs_take_turns_and_can_be_cancelled_while_they_wait(tmp_path: Path) -> None:
    write_songs(tmp_path / "music", 2)
    turn = threading.Semaphore()
    turn.acquire()
    one = job([str(tmp_path / "music")], tmp_path / "one.sqlite", turn=turn)
    other = job([str(tmp_path / "music")], tmp_path / "other.sqlite", turn=turn)
    assert one.look().status == "waiting"
    other.cancel()
    assert other.wait(60)
    assert other.look().status == "cancelled"
    turn.release()
    assert one.wait(60)
    assert one.look().status == "done"
    assert turn.acquire(blocking=False), "a job has kept its turn"


def test_a_job_says_why_it_could_not_start(tmp_path: Path) -> None:
    running = job([str(tmp_path / "nowhere")], tmp_path / "catalogue.sqlite")
    assert running.wait(60)
    assert running.look().status == "failed"
    assert "nowhere cannot be opened" in running.look().words


def test_a_fault_of_the_program_stays_with_its_song(tmp_path: Path) -> None:
    write_songs(tmp_path / "music", 2)
    write_song(tmp_path / "music" / "odd.wav", 9)
    running = job([str(tmp_path / "music")], tmp_path / "catalogue.sqlite", read_or_fail)
    assert running.wait(60)
    assert running.look().words == "2 songs read, 1 cannot be read."


def test_one_song_is_not_said_to_be_several(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_songs(tmp_path / "music", 1)
    said: list[str] = []
    tell = Job._tell

    def listen(job: Job, done: int, total: int, failed: int) -> None:
        tell(job, done, total, failed)
        said.append(job.look().words)

    monkeypatch.setattr(Job, "_tell", listen)
    one = job([str(tmp_path / "music")], tmp_path / "catalogue.sqlite")
    assert one.wait(60)
    assert said[0].startswith("0 of 1 song read, ")
    assert said[-1].startswith("1 of 1 song read")
    assert one.look().words == "1 song read."
    one._set("cancelled")
    assert one.look().words == "Stopped after 1 of 1 song. What was read is kept."


# Uploads


def test_an_upload_is_read_once_whenever_it_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LOG, str(tmp_path / "log"))
    data = write_song(tmp_path / "a.wav", 1).read_bytes()
    path = tmp_path / "catalogue.sqlite"
    for _ in range(2):  # Two visits.
        uploads = Uploads(LARGE)
        place = uploads.add("a.wav", data)
        assert uploads.add("a.wav", data) == place
        assert job(uploads.walk(), path).wait(60)
        uploads.close()
        assert not uploads.folder.exists()
    assert len(noted(tmp_path / "log")) == 1
    with Store(path, read_only=True) as store:
        (found,) = store.songs(MODEL)
    assert found.place == place
    assert place.startswith(PREFIX)
    assert shown_title(found) == "a.wav"


def test_an_upload_is_dropped_and_its_copy_stays() -> None:
    uploads = Uploads(Limits(songs=2, total_bytes=100))
    one, copy = uploads.add("one.mp3", b"same"), uploads.add("copy.mp3", b"same")
    uploads.drop([one, "/music/other.mp3"])
    assert uploads.path(one) is None
    path = uploads.path(copy)
    assert path is not None
    assert path.read_bytes() == b"same"
    uploads.add("room for another.mp3", b"another")
    uploads.drop([copy])
    assert not path.exists()
    uploads.close()


def test_uploads_are_bounded_in_number_and_bytes() -> None:
    uploads = Uploads(Limits(songs=2, total_bytes=100))
    uploads.add("a", b"x" * 60)
    with pytest.raises(CatalogueError, match="MB a visit"):
        uploads.add("b", b"y" * 41)
    uploads.add("c", b"z" * 40)
    with pytest.raises(CatalogueError, match="2 songs a visit"):
        uploads.add("d", b"")
    assert [one.size for one in uploads.walk().found.values()] == [60, 40]
    uploads.close()


@given(st.text(max_size=300))
def test_no_name_leads_out_of_the_folder(name: str) -> None:
    uploads = Uploads(LARGE)
    place = uploads.add(name, b"data")
    path = uploads.path(place)
    assert path is not None
    assert path.resolve().parent == uploads.folder.resolve()
    assert place.encode()
    assert place.removeprefix(PREFIX).count("/") == 1
    uploads.close()
    assert not path.exists()


def test_a_playlist_names_uploads_as_the_visitor_does() -> None:
    songs = [song([1, 0, 0], place=f"{PREFIX}abc/My song.mp3"), song([1, 0, 0], place="/m/b.mp3")]
    assert m3u8(songs).splitlines()[3::2] == ["My song.mp3", "/m/b.mp3"]
    assert ",My song.mp3" in playlist_csv(songs)


# Choosing


def library_songs() -> list[Song]:
    return [
        song([0.5, 0.4, 0.1], place="/m/1.mp3", title="Rain", artist="Ann", album="One", year=1990),
        song([0.2, 0.7, 0.1], place="/m/2.mp3", title="Sun", artist="Ann", album="One", year=1999),
        song([0.1, 0.2, 0.7], place="/m/Snow.ogg", artist="Bo"),
    ]


def test_filters_combine() -> None:
    one, two, three = songs = library_songs()
    assert select(songs) == songs
    assert select(songs, genre="reggae", at_least=0.3) == [two, one]
    assert select(songs, words="ann RAIN") == [one]
    assert select(songs, words="snow") == [three]
    assert select(songs, words="/m") == [], "folders are not searched"
    assert select(songs, certainties=["unsure"]) == []
    assert select(songs, certainties=["clear"], genre="rock", at_least=0.5, words="bo") == [three]
    with pytest.raises(CatalogueError, match="polka"):
        select(songs, genre="polka")


def test_copies_are_shown_once_and_the_first_stays() -> None:
    first, copy = (song([1, 0, 0], place=f"/m/{name}", content="same") for name in "ab")
    assert once([first, copy]) == [first]


# The map


@given(arrays(np.float64, (5, 4), elements=st.floats(0.02, 1)))
def test_log_ratios_do_not_depend_on_the_total(shares: np.ndarray) -> None:
    ratios = log_ratios(shares)
    np.testing.assert_allclose(ratios.sum(axis=1), 0, atol=1e-9)
    np.testing.assert_allclose(log_ratios(shares * 3), ratios, atol=1e-9)


def test_a_map_is_the_principal_components_of_the_log_ratios() -> None:
    chance = np.random.default_rng(0)
    songs = [song(chance.dirichlet([1, 1, 1]), place=f"/{i}.mp3") for i in range(30)]
    plan = map_of(songs)
    assert plan is not None
    # Three shares that sum to 1 have two degrees of freedom: the plane shows all.
    assert plan.explained.sum() == pytest.approx(1)
    assert plan.explained[0] >= plan.explained[1]
    ratios = log_ratios([one.blend for one in songs])
    wanted = np.linalg.norm(ratios[:, None] - ratios[None], axis=2)
    found = np.linalg.norm(plan.points[:, None] - plan.points[None], axis=2)
    np.testing.assert_allclose(found, wanted, atol=1e-9)
    # The most telling genre points to the positive side: more of it, further along.
    most = int(np.abs(plan.directions[:, 0]).argmax())
    assert plan.directions[most, 0] > 0
    assert np.corrcoef(ratios[:, most], plan.points[:, 0])[0, 1] > 0.5
    turned = map_of(songs[::-1])
    assert turned is not None
    np.testing.assert_allclose(turned.points[::-1], plan.points, atol=1e-9)


def test_too_few_or_equal_songs_make_no_map() -> None:
    assert map_of(library_songs()[:2]) is None
    assert map_of([song([0.5, 0.3, 0.2], place=f"/{i}.mp3") for i in range(5)]) is None


def test_a_share_of_nothing_is_as_far_as_one_percent() -> None:
    np.testing.assert_array_equal(log_ratios([1.0, 0.0]), log_ratios([1.0, 0.01]))


# Figures and words


def ten(count: int = 6, seed: int = 0) -> list[Song]:
    chance = np.random.default_rng(seed)
    return [
        song(
            chance.dirichlet(np.full(10, 0.3)),
            place=f"/m/{i}.mp3",
            genres=genres.GENRES,
            title=f"<b>Song</b> {i}",
            artist=f"Artist {i % 2}",
            album=f"Album {i % 2}",
            year=2000 + i,
        )
        for i in range(count)
    ]


@given(arrays(np.float64, 10, elements=st.floats(0.0, 1)).filter(lambda a: a.sum() > 0.1))
def test_a_strip_shows_the_shares_in_the_colours_of_the_genres(shares: np.ndarray) -> None:
    blend = shares / shares.sum()
    kind, data = library.blend_strip(blend).split(",")
    assert kind == "data:image/svg+xml;base64"
    paths = list(ET.fromstring(b64decode(data)))  # noqa: S314  # Our own.
    widths = {
        path.attrib["fill"]: float(path.attrib["d"].split("h")[1].split("v")[0]) for path in paths
    }
    assert list(widths.values()) == sorted(widths.values(), reverse=True)
    for genre, share in zip(genres.GENRES, blend, strict=True):
        assert widths.get(genres.COLOURS[genre], 0) == pytest.approx(120 * share, abs=0.51)


def test_bars_of_groups_hold_their_means() -> None:
    found = artists(ten())
    figure = library.group_bars(found)
    assert {bar.y[0] for bar in figure.data} == {"Artist 0"}
    for bar in figure.data:
        column = [genres.NAMES[one] for one in genres.GENRES].index(bar.name)
        np.testing.assert_allclose(bar.x, [100 * one.mean[column] for one in found])
        assert bar.marker.color == genres.COLOURS[genres.GENRES[column]]
    assert "<b>" not in str(library.group_bars(albums(ten())))


def test_groups_with_the_same_name_have_a_bar_each() -> None:
    one, other = ten(2)
    both = [albums([one])[0], albums([one])[0], albums([other])[0]]
    assert len(set(library.group_bars(both).data[0].y)) == 3


def test_columns_stand_at_their_years() -> None:
    years = artist_years(ten(), "artist 1")
    figure = library.year_bars(years)
    assert list(figure.data[0].x) == [2001, 2003, 2005]
    total = np.sum([bar.y for bar in figure.data], axis=0)
    np.testing.assert_allclose(total, 100, atol=1)


def test_one_song_does_not_differ_from_itself() -> None:
    songs = ten(3)  # Of artist 0 two, in two years; of artist 1 one.
    years = artist_years(songs, "Artist 0")
    assert "±" not in str(library_words.year_table(years, genres.GENRES))
    assert "±" not in str(library.year_bars(years))
    alone = [one for one in artists(songs) if one.count == 1]
    assert "±" not in str(library.group_bars(alone))
    both = [one for one in artists(songs) if one.count == 2]
    assert "±" in str(library.group_bars(both))


def test_every_song_is_on_the_map_once_and_tags_cannot_format_it() -> None:
    songs = ten(12)
    plan = map_of(songs)
    assert plan is not None
    figure = library.library_map(plan, songs, marked=songs[0], near=songs[1:3])
    points = [trace for trace in figure.data if trace.hovertemplate]
    assert sum(len(trace.x) for trace in points) == 12
    assert len({trace.marker.symbol for trace in points}) == len(points)
    assert all("<b>Song" not in text for trace in points for text in trace.text)
    assert len(figure.data) == len(points) + 3  # A ring and two lines.
    message = library_words.map_message(plan)
    right = genres.NAMES[genres.GENRES[int(plan.directions[:, 0].argmax())]]
    assert f"To the right there is more {right}" in message
    assert f"{100 * plan.explained.sum():.0f} %" in message


def test_tables_have_a_row_each() -> None:
    songs = ten()
    plan = map_of(songs)
    assert plan is not None
    groups = albums(songs)
    tables = [
        (library_words.song_table(songs, "jazz"), 6),
        (library_words.group_table(groups), 2),
        (library_words.map_table(plan, songs), 6),
        (library_words.near_table([(songs[0], 0.25)]), 1),
        (library_words.year_table(artist_years(songs, "Artist 0"), genres.GENRES), 3),
        (library_words.failure_table([Failure("/m/x.mp3", Problem("k", "Why."))]), 1),
        (library_words.shares_table(*[songs[0].blend] * 3), 10),
    ]
    for table, rows in tables:
        assert {len(column) for column in table.values()} == {rows}
    assert tables[0][0]["Jazz share"] == [100 * one.blend[5] for one in songs]
    sure = song([0, 0, 0, 0, 0, 1, 0, 0, 0, 0], genres=genres.GENRES)
    assert library_words.song_table([sure])["Share"][0] < 99.5, "no model can know"
    assert tables[5][0] == {"File": ["x.mp3"], "Why": ["Why."]}


def test_what_is_said_of_songs_is_counted() -> None:
    songs = library_songs()
    message = library_words.songs_message(songs)
    assert message.startswith("3 songs, on average Reggae 43 %, Rock 30 % and Jazz 27 %.")
    assert "3 are clear, 0 mixed" in message
    assert library_words.songs_message(songs[:1]).startswith("One song: Jazz 50 %")
    assert library_words.songs_message([]).startswith("No song fits")


def test_a_song_of_which_only_the_start_was_read_is_marked() -> None:
    songs = ten(3)
    assert "Notes" not in library_words.song_table(songs)
    assert "start" not in library_words.songs_message(songs)
    part = replace(songs[0], notes=("Only the first 15 minutes were read.",), truncated=True)
    damaged = replace(songs[1], notes=("The file is damaged.",))
    table = library_words.song_table([part, damaged, songs[2]])
    assert table["Notes"] == [*part.notes, *damaged.notes, None]
    message = library_words.songs_message([part, damaged, songs[2]])
    assert message.endswith(" Of 1 only the start was read.")
    assert library_words.songs_message([part]).endswith(". Only its start was read.")


def test_what_is_said_of_groups_and_years_follows_the_numbers() -> None:
    songs = library_songs()
    message = library_words.group_message(artists(songs), "artist")
    assert message == "2 artists. Ann: Reggae 55 % ± 15 points over 2 songs."
    assert "none with more than one song" in library_words.group_message(albums(songs[:1]), "album")
    years = artist_years(songs, "Ann")
    said = library_words.year_message("Ann", years, GENRES)
    assert "Ann from 1990 to 1999" in said
    assert "30" not in said
    assert "Few songs" in said
    assert "no timeline" in library_words.year_message("Ann", years[:1], GENRES)
