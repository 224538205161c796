"""What the page of models computes and draws, without the page."""

import base64
import csv
import html
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genre_app import gtzan, places, report, zoo
from genre_app.errors import DatasetError, ModelError
from genre_app.evaluation import atlas, cells, leaderboard, models, stored_results, words
from genre_app.evaluation.compare import mcnemar
from genre_app.evaluation.metrics import confidence_histogram, figures, reliability
from genre_app.evaluation.models import Measure, Stored
from genre_app.evaluation.multilabel import multi_label
from genre_app.evaluation.per_genre import confusion as count
from genre_app.evaluation.per_genre import per_genre, roc_curves
from genre_app.figures import atlas as map_figures
from genre_app.figures import confusion, measures, static, static_models, tables, tables_models
from genre_app.figures import leaderboard as board_figures
from genre_app.genres import GENRES, NAMES
from genre_app.gtzan import Protocol, Track, clips

EVIL = '<script>alert("1")</script> & $x$ =1+1'


def made_up(tracks: int = 60, *, seed: int = 0) -> Stored:
    """Make answers of a model that is right more often than not."""
    rng = np.random.default_rng(seed)
    labels = np.arange(tracks) % 10
    scores = rng.normal(size=(tracks, 10)) + 2.0 * np.eye(10)[labels]
    said = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    names = tuple(f"{GENRES[label]}.{row:05d}" for row, label in enumerate(labels))
    counts = count(said, labels)
    curves = {"accuracy": np.array([0.3, 0.9]), "val_accuracy": np.array([0.3, 0.5])}
    curves |= {"loss": np.array([2.0, 1.0]), "val_loss": np.array([1.5, 1.8])}
    return Stored(names, labels, said, names, labels, said, counts, curves, None, None)


def card(name: str, title: str, *, artist: float, random: float | None = None) -> dict[str, Any]:
    """Make a card with as little on it as may be."""

    def measured(accuracy: float) -> dict[str, Any]:
        found = made_up()
        values = asdict(figures(found.probabilities, found.labels))
        return values | {"accuracy": accuracy, "low": accuracy - 0.05, "high": accuracy + 0.05}

    protocols = {"artist": measured(artist)}
    if random is not None:
        protocols["random"] = measured(random)
    return {"name": name, "title": title, "genres": list(GENRES), "protocols": protocols}


# The leaderboard


def test_entries_are_sorted_and_miss_what_cards_miss() -> None:
    poor = card("poor", "Poor", artist=0.4)
    rich = card("rich", "Rich", artist=0.7, random=0.9)
    rich |= {"milliseconds_a_clip": 5.0, "claim": {"figure": 0.95, "on_gtzan": True}}
    rich["blends"] = {"mixes": {"share_error": {"value": 0.2, "low": 0.1, "high": 0.3}}}
    first, second = leaderboard.entries([poor, rich])
    assert (first.name, second.name) == ("rich", "poor")
    assert first.gap == pytest.approx(0.2)
    assert (first.blend_error, first.claim, first.claim_on_gtzan) == (0.2, 0.95, True)
    assert second.gap is second.claim is second.milliseconds is second.blend_error is None


def test_sentences_tell_the_gap_and_who_overlaps() -> None:
    found = leaderboard.entries(
        [
            card("a", "Apple", artist=0.7, random=0.8),
            card("b", "Berry", artist=0.65, random=0.95),
            card("c", "Cherry", artist=0.3, random=0.4),
        ]
    )
    leader = leaderboard.leader_sentence(found)
    assert "Apple names" in leader
    assert "intervals of Berry overlap" in leader
    assert "Cherry" not in leader
    gap = leaderboard.gap_sentence(found)
    assert gap.startswith("Berry scores 30 points more")
    assert "on average over 3 models it is 17 points more" in gap


def test_a_gap_the_other_way_is_told_in_words() -> None:
    found = leaderboard.entries(
        [card("a", "Apple", artist=0.7, random=0.71), card("b", "Berry", artist=0.5, random=0.45)]
    )
    gap = leaderboard.gap_sentence(found)
    assert gap.startswith("Apple scores 1 point more on tracks drawn at random")
    assert ", Berry 5 points fewer; on average over 2 models it is 2 points fewer." in gap


def test_the_leader_does_not_stand_on_its_luckiest_training_alone() -> None:
    once, thrice = card("a", "Apple", artist=0.76), card("a", "Apple", artist=0.76)
    thrice["protocols"]["artist"]["seeds"] = [0.76, 0.70, 0.73]
    said = leaderboard.leader_sentence(leaderboard.entries([thrice]))
    assert "76 % (95 % interval 71 to 81 %; mean of 3 trainings 73 %)" in said
    assert "trainings" not in leaderboard.leader_sentence(leaderboard.entries([once]))
    thrice["protocols"]["artist"]["artists"] = 109
    said = leaderboard.leader_sentence(leaderboard.entries([thrice]))
    assert "76 % (95 % interval 71 to 81 %, drawn by artist; mean of 3 trainings 73 %)" in said


def test_every_shipped_model_stands_in_the_table() -> None:
    cards = [zoo.card(name) for name in zoo.names()]
    found = leaderboard.entries(cards)
    table = board_figures.leaderboard_table(found)
    assert sorted(table["Model"]) == sorted(one["title"] for one in cards)
    assert {len(column) for column in table.values()} == {len(cards)}
    assert "%" in leaderboard.cost_sentence(found)


def test_easier_questions_win_no_comparison() -> None:
    alike = [card(name, name.title(), artist=0.7, random=0.8) for name in ("apple", "berry")]
    two = card("two", "My two genres", artist=0.99, random=0.995) | {"genres": ["jazz", "metal"]}
    band = card("band", "With my band", artist=0.98) | {"genres": [*GENRES, "School band"]}
    fewer = card("fewer", "Fewer tracks", artist=0.97, random=0.98)
    fewer["protocols"]["artist"]["tracks"] = 20
    cards = [two, band, fewer, *alike]
    for milliseconds, one in enumerate(cards, start=1):
        one["milliseconds_a_clip"] = milliseconds
    found = leaderboard.entries(cards)
    others = ("My two genres", "With my band", "Fewer tracks")
    assert [one.title for one in found] == ["Apple", "Berry", *others]
    assert board_figures.leaderboard_table(found)["Genres"] == [10, 10, 2, 11, 10]
    leader, apart = leaderboard.leader_sentence(found).split(" Not compared here: ")
    assert "Apple names" in leader
    assert apart.startswith("My two genres, With my band and Fewer tracks,")
    rest = [leader, leaderboard.gap_sentence(found), leaderboard.cost_sentence(found)]
    assert not any(title in text for title in others for text in rest)
    assert len(board_figures.gap_dumbbells(found).data[1].y) == 2
    assert len(board_figures.cost_scatter(found).data) == 2
    assert "No model of the ten genres" in leaderboard.leader_sentence(leaderboard.entries([two]))


def test_how_many_tracks_are_the_test_says_the_default() -> None:
    default, more = card(zoo.DEFAULT, "Ours", artist=0.7), card("more", "More", artist=0.9)
    more["protocols"]["artist"]["tracks"] = 61
    found = leaderboard.entries([default, more])
    assert [(one.name, one.comparable) for one in found] == [(zoo.DEFAULT, True), ("more", False)]


def test_two_models_of_one_title_have_a_row_each() -> None:
    found = leaderboard.entries(
        [card("a", "Same", artist=0.7, random=0.8), card("b", "Same", artist=0.6, random=0.9)]
    )
    assert board_figures.leaderboard_table(found)["Model"] == ["Same", "Same (2)"]
    assert list(board_figures.gap_dumbbells(found).data[1].y) == ["Same", "Same (2)"]
    costs = [replace(one, milliseconds=5.0) for one in found]
    names = [trace.name for trace in board_figures.cost_scatter(costs).data]
    assert names == ["Same", "Same (2)"]


@pytest.mark.parametrize("models_there", [1, 5, 17])
def test_dumbbells_grow_with_the_models(models_there: int) -> None:
    cards = [
        card(f"m{i}", f"Model number {i} {EVIL}", artist=0.5 + i / 100, random=0.8)
        for i in range(models_there)
    ]
    found = leaderboard.entries(cards)
    figure = board_figures.gap_dumbbells(found)
    assert figure.layout.height >= 25 * models_there
    assert len(figure.data[1].x) == len(figure.data[2].x) == models_there
    assert "<script" not in figure.to_json().replace("\\u003c", "<")


# The matrix and its cells


def test_a_matrix_is_drawn_in_order_with_its_numbers() -> None:
    counts = made_up().confusion
    order = list(range(9, -1, -1))
    figure = confusion.confusion_heatmap(counts, order=order, chosen=(2, 3))
    written: dict[tuple[str, str], str] = {}
    for trace in figure.data[1:]:
        written |= {(y, x): text for x, y, text in zip(trace.x, trace.y, trace.text, strict=True)}
    assert len(written) == 100
    for label, answer in np.ndindex(10, 10):
        number = counts[label, answer]
        place = NAMES[GENRES[label]], NAMES[GENRES[answer]]
        assert written[place] == (str(number) if number else "")
    assert list(figure.data[0].y) == [NAMES[genre] for genre in GENRES[::-1]]
    (box,) = figure.layout.shapes
    assert (box.y0, box.x0) == (6.5, 5.5)


def test_rows_sum_to_a_hundred_percent_and_empty_ones_to_nothing() -> None:
    shares = confusion.row_shares([[1, 3], [0, 0]])
    assert shares.tolist() == [[0.25, 0.75], [0.0, 0.0]]
    table = confusion.confusion_table([[1, 3], [0, 0]], genres=("a", "b"), normalised=True)
    assert table == {"Label \\ answer": ["a", "b"], "a (%)": [25, 0], "b (%)": [75, 0]}


def test_a_click_is_read_and_nonsense_is_not() -> None:
    event = {"selection": {"points": [{"x": "Jazz", "y": "Blues"}]}}
    assert confusion.cell_of(event) == (GENRES.index("blues"), GENRES.index("jazz"))
    for nonsense in (None, {}, {"selection": {"points": [{"x": "Polka", "y": "Blues"}]}}):
        assert confusion.cell_of(nonsense) is None


def test_cells_hold_every_track_once_the_surest_first() -> None:
    found = made_up()
    seen: list[int] = []
    for label, answer in np.ndindex(10, 10):
        rows = cells.in_cell(found, label, answer)
        assert len(rows) == found.confusion[label, answer]
        assert (np.diff(found.probabilities[rows, answer]) <= 0).all()
        seen += rows.tolist()
    assert sorted(seen) == list(range(len(found.tracks)))


@given(st.permutations(range(20)), st.integers(1, 20))
@settings(max_examples=25, deadline=None)
def test_pairs_are_matched_by_name_not_by_row(order: list[int], kept: int) -> None:
    first = made_up(20)
    rows = order[:kept]
    names = tuple(first.tracks[row] for row in rows)
    second = Stored(
        names,
        first.labels[rows],
        first.probabilities[rows],
        (),
        first.labels[:0],
        first.probabilities[:0],
        first.confusion,
        {},
        None,
        None,
    )
    pair = cells.paired(first, second)
    assert set(pair.tracks) == set(names)
    assert (pair.first == pair.second).all()
    assert not pair.difference.any()


def test_strangers_cannot_be_paired() -> None:
    one = made_up(20)
    other = Stored(("x",) * 20, *list(vars(one).values())[1:])
    with pytest.raises(ModelError, match="same tracks"):
        cells.paired(one, other)


def test_models_that_know_other_genres_cannot_be_paired() -> None:
    found, others = made_up(20), (*GENRES[1:], "techno")
    assert cells.paired(found, found, genres=others, others=list(others)).first.size == 20
    for genres in (GENRES, others[::-1], others[:9]):
        with pytest.raises(ModelError, match="different genres"):
            cells.paired(found, found, genres=genres, others=others)


def test_differences_say_who_finds_more() -> None:
    one, two = made_up(seed=1), made_up(seed=2)
    pair = cells.paired(one, two)
    assert (pair.difference == one.confusion - two.confusion).all()
    assert "than the other" in cells.difference_sentence(pair, "One", "Two")
    same = cells.paired(one, one)
    assert "same confusion matrix" in cells.difference_sentence(same, "One", "One")


def test_a_cell_is_told_in_both_directions() -> None:
    counts = np.zeros((10, 10), int)
    counts[9, 2], counts[9, 9], counts[2, 9], counts[2, 2] = 7, 25, 3, 27
    sentence = cells.cell_sentence(counts, 9, 2)
    assert sentence == (
        "7 of the 32 rock tracks are called country; "
        "the other way round, country called rock, it is 3 of 30."
    )


def test_of_none_nothing_is_right() -> None:
    found = {"clear": {"share": 0.0, "accuracy": 0.0}, "mixed": {"share": 0.2, "accuracy": 0.6}}
    assert words.certainty_sentence(found) == (
        "Of the test tracks none are called clear; 20 % are called mixed, and 60 % of those are "
        "right."
    )


def test_faults_name_the_twin_and_where_it_stands() -> None:
    one = Track("jazz.00001", "jazz", "A", "B", "test", "test", "jazz1")
    twin = Track("jazz.00002", "jazz", "A", "B", "", "train", "jazz1")
    assert cells.faults(one, [one, twin], "random") == (
        "The same recording as jazz.00002 (in training)"
    )
    alone = Track("jazz.00003", "jazz", "A", "B", "test", "test")
    assert cells.faults(alone, [one, twin, alone], "artist") == ""


def test_voices_are_those_tested_on_the_same_tracks() -> None:
    common = {"a": made_up(), "b": made_up(seed=1), "odd": made_up(20)}
    assert set(cells.voices(common)) == {"a", "b"}
    assert cells.voices({}) == {}


# Figures and their pictures


def test_learning_is_told_from_the_curves() -> None:
    message = measures.learning_message(made_up().curves)
    assert "90 %" in message
    assert "50 %" in message
    assert "lowest after epoch 1 of 2" in message
    assert "no curve" in measures.learning_message({})


def pictures() -> Iterator[tuple[str, Callable[[static.Format], bytes]]]:
    said = made_up()
    given_to = (said.probabilities, said.labels)
    entries = leaderboard.entries([card("a", EVIL, artist=0.5, random=0.8)])
    yield "confusion", lambda f: static_models.confusion_image(said.confusion, format=f)
    yield "difference", lambda f: static_models.difference_image(said.confusion * -1, format=f)
    yield "gap", lambda f: static_models.gap_image(entries, format=f)
    yield "cost", lambda f: static_models.cost_image(entries, format=f)
    yield "genres", lambda f: static_models.genres_image(per_genre(*given_to), format=f)
    yield "roc", lambda f: static_models.roc_image(roc_curves(*given_to), format=f)
    yield "reliability", lambda f: static_models.reliability_image(reliability(*given_to), format=f)
    yield (
        "confidence",
        lambda f: static_models.confidence_image(confidence_histogram(*given_to), format=f),
    )
    yield "learning", lambda f: static_models.learning_image(said.curves, format=f)


@pytest.mark.parametrize(("name", "draw"), list(pictures()), ids=[name for name, _ in pictures()])
def test_pictures_are_what_they_say(name: str, draw: Callable[[static.Format], bytes]) -> None:
    assert draw("png").startswith(b"\x89PNG"), name
    assert b"<svg" in draw("svg")[:1000]


def test_interactive_figures_hold_the_numbers() -> None:
    said = made_up()
    found = per_genre(said.probabilities, said.labels)
    dots = measures.genre_dots(found)
    recall = next(trace for trace in dots.data if trace.name == "Recall")
    assert list(recall.x) == pytest.approx([100 * one.recall.value for one in found])
    bars = measures.confidence_bars(confidence_histogram(said.probabilities, said.labels))
    assert sum(int(np.sum(trace.y)) for trace in bars.data) == len(said.tracks)
    curves = roc_curves(said.probabilities, said.labels)
    assert len(measures.roc_figure(curves).data) == 11
    table = measures.roc_table(curves)
    assert all(0 <= share <= 100 for share in table["Found (%) at 5% false alarms"])
    diagram = measures.reliability_diagram(reliability(said.probabilities, said.labels))
    assert int(np.sum(diagram.data[1].customdata)) == len(said.tracks)


def test_csv_holds_no_formula() -> None:
    content = tables.columns_csv({"name": ["=1+1", "fine", "@x"], "n": [1, None, -2.5]})
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows == [["name", "n"], ["'=1+1", "1"], ["fine", ""], ["'@x", "-2.5"]]


# The map


@pytest.fixture(scope="module")
def small_map() -> atlas.Atlas:
    rng = np.random.default_rng(0)
    centres = 10 * np.repeat(np.eye(8)[:3], 12, axis=0)
    heard = centres + rng.normal(size=(36, 8))
    return atlas.from_embeddings([f"t{i}" for i in range(36)], heard, sha256="abc")


def test_neighbours_on_the_map_are_neighbours_in_the_space(small_map: atlas.Atlas) -> None:
    for layout in atlas.LAYOUTS:
        points = small_map.points(layout)
        apart = np.linalg.norm(points[:, None] - points[None], axis=2)
        np.fill_diagonal(apart, np.inf)
        assert (apart.argmin(axis=1) // 12 == np.arange(36) // 12).mean() > 0.9


def test_what_is_on_the_map_is_placed_where_it_is(small_map: atlas.Atlas) -> None:
    heard = small_map.coordinates @ small_map.components + small_map.mean
    for layout in atlas.LAYOUTS:
        placed = small_map.place(heard, layout)
        assert placed == pytest.approx(small_map.points(layout), abs=0.02)


def test_the_nearest_is_one_of_those_asked_and_never_itself(small_map: atlas.Atlas) -> None:
    found = small_map.nearest("t0", ["t0", "t5", "t20"])
    assert found is not None
    assert found[0] == "t5"
    assert 0.0 <= found[1] < 1.0
    assert small_map.nearest("t0", ["t0"]) is None
    assert small_map.nearest("unknown", ["t5"]) is None


def test_a_map_survives_the_disk_and_not_new_weights(
    small_map: atlas.Atlas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ear").mkdir()
    (tmp_path / "ear" / "card.json").write_text("{}")
    known = {"sha256": "abc"}
    monkeypatch.setattr(zoo, "card", lambda name, folder: known)
    with pytest.raises(ModelError, match="no map"):
        atlas.load("ear", tmp_path)
    atlas.save(small_map, tmp_path / "ear" / "map.npz")
    whole = (tmp_path / "ear" / "map.npz").read_bytes()
    for damaged in (b"", whole[: len(whole) // 2]):
        (tmp_path / "ear" / "map.npz").write_bytes(damaged)
        with pytest.raises(ModelError, match="is damaged"):
            atlas.load("ear", tmp_path)
    (tmp_path / "ear" / "map.npz").write_bytes(whole)
    again = atlas.load("ear", tmp_path)
    assert again.tracks.tolist() == small_map.tracks.tolist()
    assert (again.tsne == small_map.tsne).all()
    known["sha256"] = "new"
    with pytest.raises(ModelError, match="older weights"):
        atlas.load("ear", tmp_path)


def test_the_bundled_map_knows_every_track() -> None:
    found = atlas.load()
    assert sorted(found.tracks.tolist()) == sorted(track.name for track in gtzan.load_tracks())


def test_the_map_draws_every_track_and_the_song() -> None:
    tracks = [Track(f"{g}.{i}", g, artist=EVIL) for g in GENRES for i in range(12)]
    points = np.random.default_rng(0).normal(size=(120, 2))
    figure = map_figures.atlas_figure(tracks, points, song=points[:4])
    assert sum(len(trace.x) for trace in figure.data) == 124
    assert figure.data[-1].name == "Your song"
    assert not any("<script" in text for trace in figure.data for text in trace.text)
    event = {"selection": {"points": [{"customdata": ["a"]}, {"customdata": "b"}, {}]}}
    assert map_figures.selected_tracks(event) == ["a", "b"]


# Tracks


def test_one_track_is_what_the_whole_subset_says(tmp_path: Path) -> None:
    track = gtzan.load_tracks()[3]
    with np.load(gtzan.DATA / f"{track.genre}.npz", allow_pickle=False) as shard:
        cells_of = shard["cells"][shard["track"].tolist().index(track.name)]
    assert (gtzan.load_log_mel(track).to_bytes() == cells_of).all()
    with pytest.raises(DatasetError, match="lacks"):
        gtzan.load_log_mel(Track("blues.99999", "blues"))
    with pytest.raises(DatasetError, match="no shard"):
        gtzan.load_log_mel(Track("../../etc/passwd", "../.."))


def test_clips_are_found_in_their_folder_only(tmp_path: Path) -> None:
    folder = tmp_path / "gtzan"
    (folder / "blues").mkdir(parents=True)
    track = Track("blues.00001", "blues")
    assert clips.find_clip(folder, track) is None
    secret = tmp_path / "secret.wav"
    secret.write_bytes(b"x")
    link = folder / "blues" / "blues.00001.wav"
    link.symlink_to(secret)
    assert clips.find_clip(folder, track) is None
    link.unlink()
    link.write_bytes(b"x")
    assert clips.find_clip(folder, track) == link.resolve()
    assert clips.find_clip(folder, Track("../../secret", "blues")) is None
    for nothing in ("", "  ", "/no/such/folder", "\0"):
        assert clips.find_clip(nothing, track) is None


def test_folders_may_be_named_in_private_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(places.PUBLIC, "1")
    assert not clips.is_private()
    monkeypatch.delenv(places.PUBLIC)
    assert clips.is_private()


# Cards and the report


def test_results_survive_the_card() -> None:
    rng = np.random.default_rng(0)
    truth = rng.random((30, 10)) < 0.2
    found = multi_label(rng.random((30, 10)), truth)
    again = stored_results.multi_label_of({"multi_label": found.as_dict()})
    assert again is not None
    assert again.as_dict() == found.as_dict()
    plain = figures(np.full((30, 10), 0.1), np.arange(30) % 10)
    measured = json.loads(json.dumps(asdict(plain)))
    assert stored_results.figures_of(measured) == plain
    del measured["truthful_ece"]
    assert stored_results.figures_of(measured) == replace(plain, truthful_ece=None)
    assert stored_results.multi_label_of({}) is None
    assert stored_results.stability_of({}) == ()
    assert stored_results.mixes_of({}) is None
    assert stored_results.splices_of({}) is None
    assert stored_results.listeners_of({"blends": {}}) is None


def outside(page: str) -> list[str]:
    """Give what a browser would fetch: every address in it that is not within the file."""
    found = re.findall(r"""(?:src|href|action|data|url)\s*[=(]\s*["']?([^"'\s>)]+)""", page)
    return [one for one in found if not one.startswith(("data:", "#"))]


def test_a_report_fetches_nothing_and_escapes_everything() -> None:
    about = card("evil", EVIL, artist=0.5, random=0.8) | {"limits": [EVIL], "summary": EVIL}
    stored: dict[Measure, Stored] = {one: made_up() for one in get_args(Protocol)}
    page = report.model_report(about, stored, [about]).decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert outside(page) == []
    assert "http" not in page
    drawn = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', page)
    assert len(drawn) == 2 + 6 * 2
    for data in drawn:
        picture = base64.b64decode(data).decode()
        assert "<script" not in picture
        assert not re.findall(r'(?:xlink:)?href="(?!#|data:)', picture)
    assert outside('<img src="https://example.org/x.png">') == ["https://example.org/x.png"]


def test_a_report_holds_the_map_and_a_second_model() -> None:
    first = card("first", "First & best", artist=0.5)
    second = card("second", EVIL, artist=0.6)
    said, other = made_up(seed=1), made_up(seed=2)
    known = {name: Track(name, name.split(".")[0], artist=EVIL) for name in said.tracks}
    vectors = np.random.default_rng(0).normal(size=(len(known), 8))
    drawn = atlas.from_embeddings(list(known), vectors, sha256="")
    page = report.model_report(
        first,
        {"artist": said},
        [first, second],
        rival=report.Rival(second, {"artist": other, "random": other}),
        whole=report.Whole(known, {"artist": {"1": said, "2": other}}, drawn, "First & best"),
    ).decode()
    pair = cells.paired(said, other)
    # All tracks are by one artist: there is nothing to draw.
    test = mcnemar(pair.first, pair.second, pair.labels, [EVIL] * len(pair.tracks))
    assert html.escape(words.mcnemar_sentence(test, "First & best", EVIL)) in page
    assert page.count("<h3>Against ") == 1, "the second model alone was measured under random"
    assert f'Only {html.escape(EVIL)}</td><td class="n">{test.only_second}</td>' in page
    assert "Map of all tracks" in page
    assert page.count(f"<td>{said.tracks[0]}</td>") >= 1
    assert "2 models vote." in page
    assert "<script" not in page
    assert outside(page) == []


def test_answers_are_written_track_by_track() -> None:
    found = models.stored(zoo.DEFAULT, "artist")
    rows = list(csv.DictReader(io.StringIO(report.answers_csv(found, GENRES).decode("utf-8-sig"))))
    assert [row["track"] for row in rows] == list(found.tracks)
    right = sum(row["label"] == row["answer"] for row in rows)
    assert right == int(np.trace(found.confusion))


def test_classes_called_like_columns_overwrite_none() -> None:
    found = replace(made_up(2), labels=np.array([0, 1]), probabilities=np.eye(2))
    text = report.answers_csv(found, ("label", "track")).decode("utf-8-sig")
    first, second = csv.DictReader(io.StringIO(text))
    assert first["label"] == first["answer"] == "label"
    assert (second["track"], second["label"]) == (found.tracks[1], "track")
    assert (second["share of label"], second["share of track"]) == ("0.0", "1.0")


def test_words_of_certainty_are_counted_in_tracks() -> None:
    told = {
        "clear": {"share": 0.5, "accuracy": 0.9},
        "mixed": {"share": 0.495, "accuracy": 0.5},
        "unsure": {"share": 0.005, "accuracy": 1.0},
        "outside": {"share": 0.0, "accuracy": 0.0},
    }
    table = tables_models.certainty_table(told, 200)
    assert table["Tracks"] == [100, 99, 1, 0]
    assert table["Right"] == [90, 50, 1, 0]
    low, high = table["95 % from"], table["95 % to"]
    assert high[0] - low[0] < 15 < 60 < high[2] - low[2]  # One track says next to nothing.
    assert low[3] is None


@pytest.mark.parametrize("form", ["png", "svg"])
def test_what_a_model_says_of_a_track_becomes_a_picture(form: static.Format) -> None:
    drawn = static_models.track_image(np.eye(10)[3], title=EVIL, format=form)
    assert drawn.startswith(b"\x89PNG" if form == "png" else b"<?xml")
