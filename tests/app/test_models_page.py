"""The page of models as Streamlit runs it, without a browser."""

import io
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from genre_app import examples, places, zoo
from genre_app.collection.measured import OwnTest, measure_source
from genre_app.evaluation import models
from genre_app.genres import GENRES, NAMES
from genre_app.ui import models_more, models_own
from genre_app.ui.working import Kept, Turns
from genre_app.wording import Noted

MATRIX = "Label \\ answer"
"""First column of a confusion matrix as a table."""

SECTIONS = ("confusion", "two", "genres", "certainty", "tracks", "map", "blends", "export")


def opened(**link: str) -> AppTest:
    """Open the page by itself, as a deep link does before app.py has run."""
    app = AppTest.from_file("../../pages/models.py", default_timeout=90)
    for key, value in link.items():
        app.query_params[key] = value
    return app.run()


def unfolded(app: AppTest, *keys: str) -> AppTest:
    """Open what is under figures: it is made when somebody looks at it."""
    for key in keys:
        app.session_state[f"twins-{key}"] = True
    return app.run()


def texts(app: AppTest) -> str:
    kinds = ("markdown", "caption", "header", "subheader", "info", "success", "warning", "error")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind))


def frame(app: AppTest, column: str) -> Any:  # noqa: ANN401  # pandas has no types here.
    """Give the first table that has a column."""
    found = [one.value for one in app.dataframe]
    return next(one for one in found if column in one.columns)


def test_the_router_opens_it_with_all_models() -> None:
    app = AppTest.from_file("../../app.py", default_timeout=90).run()
    app.switch_page("pages/models.py").run()
    assert not app.exception
    table = frame(app, "Gap (points)")
    assert len(table) == len(zoo.names())
    assert {"Artist (%)", "Artist 95 %", "Random (%)", "Random 95 %"} <= set(table.columns)
    assert len(app.get("plotly_chart")) == 2


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_opens_by_its_link(section: str) -> None:
    app = opened(section=section, model="jamendo-fcn", protocol="random")
    assert not app.exception
    assert not app.error
    assert app.radio(key="section").value == section
    if section != "map":
        assert app.selectbox(key="model").value == "jamendo-fcn"
        assert "Under artist it is" in texts(app), "a random figure stands without its twin"
    assert "%, drawn by artist)" in texts(app) or section == "map"
    if section == "genres":
        assert "Hamming loss" in texts(app)
        assert "few artists have many tracks" in texts(app)
        table = frame(unfolded(app, "genres"), "Recall 95 %")
        assert table["Artists"].min() == 7, "of blues, drawn at random"
    if section == "certainty":
        assert "as if it were by another artist" in texts(app)
    if section == "blends":
        assert "without artists who stand in the test too" in texts(app)


def test_rough_treatment_is_told_of_music_that_was_not_learnt_from() -> None:
    app = opened(section="blends", model="blend")
    assert not app.exception
    card = zoo.card("blend")["robustness"]
    worst = min((one["unheard"] for one in card), key=lambda one: one["same"])
    said = texts(app)
    assert f"{worst['same']} of {worst['clips']} clips keep their first genre" in said
    assert f"has learnt from {card[0]['learnt']} of these" in said
    table = frame(app, "What was done")
    assert table["Keep their first genre"].tolist() == [one["unheard"]["same"] for one in card]
    assert table["Whole model: keep it"].tolist() == [one["same"] for one in card]


def test_nonsense_in_a_link_opens_the_leaderboard() -> None:
    app = opened(section="../..", model="<b>", protocol="x")
    assert not app.exception
    assert app.radio(key="section").value == "leaderboard"


def test_models_and_protocols_can_be_switched() -> None:
    app = opened(section="confusion")
    assert MATRIX not in [column for one in app.dataframe for column in one.value.columns]
    before = frame(unfolded(app, "confusion"), MATRIX)
    app.selectbox(key="model").set_value("statistics").run()
    assert not app.exception
    after = frame(app, MATRIX)
    assert not after.equals(before)
    app.radio(key="protocol").set_value("random").run()
    found = models.stored("statistics", "random")
    shown = frame(app, MATRIX)
    assert shown[[NAMES[genre] for genre in GENRES]].to_numpy().tolist() == found.confusion.tolist()
    assert app.query_params["model"] in ("statistics", ["statistics"])


def test_a_cell_is_chosen_with_the_keyboard() -> None:
    app = opened(section="confusion")
    assert app.selectbox(key="track-cell").value is None, "nobody has asked for this cell"
    found = models.stored(zoo.DEFAULT, "artist")
    rock, start = (GENRES.index(genre) for genre in ("rock", app.selectbox("cell-said").value))
    # From one cell with tracks to another: also then the first of the new ones is shown.
    assert found.confusion[start, start]
    app.selectbox(key="cell-true").set_value(GENRES[start]).run()
    assert app.selectbox(key="track-cell").value is not None
    app.selectbox(key="cell-true").set_value("rock").run()
    app.selectbox(key="cell-said").set_value("rock").run()
    assert not app.exception
    assert app.selectbox(key="track-cell").value is not None
    listed = frame(app, "Known faults")
    assert len(listed) == found.confusion[rock, rock]
    assert "nearest track in training" in texts(app)
    last = listed["Track"].iloc[-1]
    app.selectbox(key="track-cell").set_value(last).run()
    assert not app.exception
    assert "Listeners tag" in texts(app) or last in texts(app).replace("\\", "")
    app.selectbox(key="cell-said").set_value("classical").run()
    if not found.confusion[rock, GENRES.index("classical")]:
        assert "No track stands in this cell" in texts(app)


def test_it_says_what_its_words_are_worth() -> None:
    app = opened(section="certainty", model="blend", protocol="artist")
    told = zoo.card("blend")["certainty_on_test"]["clear"]
    table = frame(app, "It says")
    assert table["It says"].tolist() == ["Clear", "Mixed", "Unsure", "Outside"]
    assert table["Of those right (%)"][0] == round(100 * told["accuracy"], 1)
    assert table["Tracks"].sum() == zoo.card("blend")["protocols"]["artist"]["tracks"]
    assert "are called clear" in texts(app)


def test_the_order_by_similarity_is_another_one() -> None:
    app = unfolded(opened(section="confusion"), "confusion")
    by_name = list(frame(app, MATRIX).columns)
    app.radio(key="confusion-order").set_value("By similarity").run()
    app.radio(key="confusion-unit").set_value("Percent of the row").run()
    assert not app.exception
    shown = frame(app, MATRIX)
    assert list(shown.columns) != by_name
    assert all(name.endswith("(%)") for name in shown.columns[1:])


def test_two_models_are_compared_on_the_same_tracks() -> None:
    app = opened(section="two", model="blend")
    found = {name: zoo.card(name)["protocols"]["artist"]["accuracy"] for name in zoo.names()}
    best = max(found.keys() - {"blend"}, key=lambda name: found[name])
    assert app.selectbox(key="second-model").value == best
    app.selectbox(key="second-model").set_value("lse-mlp").run()
    assert not app.exception
    assert "points, drawn by artist" in texts(app)
    assert "McNemar's exact test, artist by artist" in texts(app)
    assert frame(app, "Right")["Tracks"].sum() == 290
    assert len(app.get("plotly_chart")) == 3


def test_a_model_of_other_genres_is_no_match(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(places.VARIABLE, str(tmp_path))
    for name, genres in (("one", ["blues", "jazz", "metal"]), ("two", ["blues", "jazz", "pop"])):
        folder = zoo.user_folder() / name
        shutil.copytree(zoo.FOLDER / "statistics", folder)
        card = zoo.card("statistics") | {"name": name, "title": f"Model {name}", "genres": genres}
        (folder / "card.json").write_text(json.dumps(card))
    for section in ("two", "export"):
        monkeypatch.setattr(models_more, "_whole", lambda *given: None)
        app = opened(section=section, model="one")
        assert not app.exception
        assert not [box for box in app.selectbox if box.key == "second-model"]
    assert "knows the same genres" in texts(opened(section="two", model="one"))


def test_the_report_is_of_the_model_and_of_the_one_beside_it() -> None:
    app = opened(section="export", model="statistics")
    app.selectbox(key="second-model").set_value("lse-mlp").run()
    assert not app.exception
    (button,) = (one for one in app.get("download_button") if one.proto.label == "Report (HTML)")
    assert button.proto.deferred_file_id


def test_a_folder_is_asked_for_in_private_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(places.PUBLIC, "1")
    assert not opened(section="confusion").text_input
    monkeypatch.delenv(places.PUBLIC)
    app = opened(section="confusion")
    assert len(app.text_input) == 1
    app.text_input(key="gtzan-folder").set_value("/no/such/folder").run()
    assert not app.exception
    assert "not in the folder of audio" not in texts(app), "no track was asked for yet"
    app.selectbox(key="track-cell").select_index(0).run()
    assert "not in the folder of audio" in texts(app)


def test_songs_of_ones_own_get_the_same_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(places.PUBLIC, raising=False)
    for genre, name in (("classical", "chamber-quintet"), ("Hip hop", "swing-combo")):
        (tmp_path / genre).mkdir()
        (tmp_path / genre / f"{name}.wav").write_bytes(examples.wav(name))
    app = opened(section="own", model="statistics")
    app.button[0].click().run()
    assert "Choose a zip file first" in texts(app)
    app.text_input(key="own-folder").set_value(str(tmp_path / "none"))
    app.button[0].click().run()
    assert "There is no folder" in texts(app)
    app.text_input(key="own-folder").set_value("~nobody-of-that-name/music")
    app.button[0].click().run()
    assert not app.exception
    assert "There is no folder ~nobody-of-that-name/music" in texts(app).replace("\\", "")
    app.text_input(key="own-folder").set_value(str(tmp_path))
    app.button[0].click().run()
    assert not app.exception
    assert "Of 2 songs, the model names the genre on the label for 1" in texts(app)
    assert frame(unfolded(app, "confusion"), MATRIX)["Classical"].sum() == 1
    for view in ("genres", "certainty", "songs"):
        app.radio(key="own-view").set_value(view).run()
        assert not app.exception
    assert frame(app, "How sure (%)")["Label"].tolist() == ["Hip-hop"]
    monkeypatch.setenv(places.PUBLIC, "1")
    assert not opened(section="own").text_input


@pytest.fixture
def packed(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Give a zip file with a song, on a server for strangers that has read nothing yet."""
    monkeypatch.setenv(places.PUBLIC, "1")
    kept: Kept[OwnTest] = Kept(4)
    monkeypatch.setattr(models_own, "_results", lambda: kept)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("classical/chamber.wav", examples.wav("chamber-quintet"))
    return file.getvalue()


def give(app: AppTest, packed: bytes) -> AppTest:
    app.file_uploader(key="own-zip").upload("ours.zip", packed, "application/zip")
    return app.button[0].click().run()


def test_an_uploaded_zip_is_not_kept_for_the_visit(packed: bytes) -> None:
    app = opened(section="own", model="statistics")
    assert app.file_uploader(key="own-zip").proto.max_upload_size_mb == 50
    give(app, packed)
    assert not app.exception
    assert "the model names the genre on the label for" in texts(app)
    assert not [value for value in app.session_state["own-asked"].values() if len(value) > 100]
    # What came out is there as long as the server remembers it, the file or not: a change of
    # page empties the uploader.
    app.session_state["own-asked"] = {**app.session_state["own-asked"], "file": "gone"}
    assert "the model names the genre on the label for" in texts(app.run())
    models_own._results()._found.clear()
    assert "choose it again" in texts(app.run())


def test_the_songs_of_one_visitor_are_read_at_a_time(
    packed: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns, said, read = Turns(1), [], []

    class Told(Turns):
        @contextmanager
        def turn(self, tell: Callable[[int], None]) -> Iterator[None]:
            said.append("waits")
            tell(1)
            with turns.turn(tell):
                yield

    def measured(*args: Any, **more: Any) -> OwnTest:  # noqa: ANN401
        read.append(len(turns._there))
        long = Noted("Classical/long.mp3", ("Only the first 15 minutes were read.",), True)
        return replace(measure_source(*args, **more), noted=(long,))

    monkeypatch.setattr(models_own, "_turns", lambda: Told(1))
    monkeypatch.setattr(models_own, "measure_source", measured)
    app = give(opened(section="own", model="statistics"), packed)
    assert not app.exception
    assert (said, read) == (["waits"], [1])
    assert "before yours" not in texts(app)
    assert "Notes on 1 song (1 read only in part)" in [one.label for one in app.expander]
    assert frame(app, "Notes")["Notes"].tolist() == ["Only the first 15 minutes were read."]
    assert not turns._there


def test_a_strangers_songs_are_read_for_some_time_only(
    packed: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models_own, "_LIMIT_S", -1.0)
    app = give(opened(section="own", model="statistics"), packed)
    assert "the most on this server" in app.error[0].value
    assert "own-asked" not in app.session_state, "the next click begins it anew"
    monkeypatch.delenv(places.PUBLIC)
    app = give(opened(section="own", model="statistics"), packed)
    assert not app.error


def test_the_section_survives_a_change_of_page() -> None:
    app = AppTest.from_file("../../app.py", default_timeout=90).run()
    app.switch_page("pages/models.py").run()
    app.radio(key="section").set_value("genres").run()
    app.selectbox(key="model").set_value("statistics").run()
    app.switch_page("pages/guide.py").run()
    app.switch_page("pages/models.py").run()
    assert app.radio(key="section").value == "genres"
    assert app.selectbox(key="model").value == "statistics"


def test_a_link_wins_over_what_was_looked_at_before() -> None:
    app = opened(section="map")
    app.query_params.clear()
    app.query_params["section"] = "confusion"
    app.query_params["label"] = "rock"
    app.run()
    assert app.radio(key="section").value == "confusion"
    assert app.selectbox(key="cell-true").value == "rock"
    rock = models.stored(zoo.DEFAULT, "artist").confusion[GENRES.index("rock")].copy()
    rock[GENRES.index("rock")] = 0
    assert app.selectbox(key="cell-said").value == GENRES[rock.argmax()]
    app.selectbox(key="cell-true").set_value("jazz").run()
    app.radio(key="section").set_value("genres").run()
    assert app.radio(key="section").value == "genres"
    app.radio(key="section").set_value("confusion").run()
    assert app.selectbox(key="cell-true").value == "jazz"


def test_the_song_of_listen_is_placed_on_the_map() -> None:
    app = AppTest.from_file("../../app.py", default_timeout=90).run()
    app.selectbox(key="example").set_value("boom-bap").run()
    app.switch_page("pages/models.py").run()
    app.radio(key="section").set_value("map").run()
    assert "a point for each window" not in texts(app)
    app.button(key="map-place").click().run()
    assert not app.exception
    assert "a point for each window" in texts(app)
    app.radio(key="map-layout").set_value("pca").run()
    assert "A song is projected exactly" in texts(app)
    assert "a point for each window" in texts(app)
