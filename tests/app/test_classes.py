"""The page Your classes as Streamlit runs it, without a browser."""

import errno
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from genre_app import isolated, places, zoo
from genre_app.audio import SAMPLE_RATE, wav_bytes
from genre_app.collection import gather, store
from genre_app.collection.job import Desk
from genre_app.collection.songs import Song
from genre_app.collection.store import Collection
from genre_app.ui import classes, classes_work, own_classes


@pytest.fixture(autouse=True)
def own_desk() -> None:
    """At home the work is everybody's: that of the test before as well."""
    own_classes.desk.clear()


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("GENRE_APP_DATA", str(tmp_path))
    # The page alone: what it needs must not come from app.py.
    return AppTest.from_file("../../pages/classes.py", default_timeout=90).run()


def texts(app: AppTest) -> str:
    kinds = ("markdown", "caption", "header", "subheader", "info", "success", "warning", "error")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind))


def song(number: int, genre: str) -> Song:
    cells = np.full((1, 128, 723), number, dtype=np.uint8)
    return Song(f"song {number}.wav", genre, "train", f"{number:064x}", 31.0, cells)


def kept(folder: Path, *classes: str, name: str = "My classes") -> Path:
    """Keep a collection with a song in each class, as a page did before."""
    songs = tuple(song(number, genre) for number, genre in enumerate(classes))
    store.save(Collection(name, songs), folder / "collections")
    return folder / "collections"


def sound(seed: int) -> bytes:
    return wav_bytes(np.random.default_rng(seed).normal(0, 0.1, 12 * SAMPLE_RATE))


def press(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def finished(app: AppTest, words: str) -> AppTest:
    """Wait for the work in the background, as the page itself does."""
    for _ in range(100):
        if words in texts(app):
            return app
        time.sleep(0.2)
        app.run()
    raise AssertionError(texts(app))


def test_the_page_opens_and_invites(app: AppTest) -> None:
    assert not app.exception
    assert "Four songs are the least" in texts(app)
    assert not [button for button in app.button if button.label == "Add the classes"]


def test_a_class_from_uploads_with_too_few_songs_is_explained(app: AppTest, tmp_path: Path) -> None:
    app.text_input[0].set_value("School *band*")
    app.file_uploader(key="class-0-songs").upload("a.wav", sound(1), "audio/wav")
    press(app, "Add to this class")
    finished(app, "1 song added")
    assert not app.exception
    assert "add 3 more" in texts(app)
    assert "**School \\*band\\***" in texts(app)
    assert next(one for one in app.button if one.label == "Add the classes").disabled
    kept = store.load("My classes", tmp_path / "collections")
    assert [song.name for song in kept.songs] == ["a.wav"]
    press(app, "Remove this class")
    assert store.names(tmp_path / "collections") == ()


def test_a_name_in_other_capitals_is_the_same_collection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(places.VARIABLE, str(tmp_path))
    folder = kept(tmp_path, "Ska", name="my band")
    app = AppTest.from_file("../../pages/classes.py", default_timeout=90)
    app.session_state["collection-choice"] = "My BAND"  # As if it had been typed.
    app.run()
    assert app.selectbox(key="collection-choice").value == "my band"
    assert "**Ska**" in texts(app)
    app.text_input[0].set_value("Polka")
    app.file_uploader(key="class-0-songs").upload("a.wav", sound(1), "audio/wav")
    press(app, "Add to this class")
    finished(app, "1 song added")
    assert store.names(folder) == ("my band",)
    assert store.load("my band", folder).classes == ("Polka", "Ska")


def test_the_first_collection_is_not_offered_twice(app: AppTest, tmp_path: Path) -> None:
    kept(tmp_path, "Ska", name="my classes")
    app.run()
    assert app.selectbox(key="collection-choice").options == ["my classes"]


def test_the_class_that_was_clicked_is_removed_whatever_another_tab_did(
    app: AppTest, tmp_path: Path
) -> None:
    folder = kept(tmp_path, "Polka", "Ska", "Tango")
    app.run()
    _, wanted, _ = (one for one in app.button if one.label == "Remove this class")
    store.save(store.load("My classes", folder).without("Polka"), folder)
    wanted.click().run()
    assert store.load("My classes", folder).classes == ("Tango",)
    (last,) = (one for one in app.button if one.label == "Remove this class")
    store.delete("My classes", folder)
    last.click().run()
    assert not app.exception
    assert store.names(folder) == ()


def test_a_class_that_is_removed_while_songs_are_read_stays_away(
    app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = kept(tmp_path, "Polka", "Ska")
    make = gather.to_song

    def meanwhile(data: bytes, name: str, genre: str) -> Song:
        store.save(store.load("My classes", folder).without("Polka"), folder)
        return make(data, name, genre)

    monkeypatch.setattr(gather, "to_song", meanwhile)
    app.run()
    app.text_input[0].set_value("Tango")
    app.file_uploader(key="class-0-songs").upload("a.wav", sound(1), "audio/wav")
    press(app, "Add to this class")
    finished(app, "1 song added")
    assert store.load("My classes", folder).classes == ("Ska", "Tango")


def test_an_import_replaces_no_collection(app: AppTest, tmp_path: Path) -> None:
    folder = kept(tmp_path, "Ska", name="my classes")
    given = store.to_bytes(Collection("My classes", (song(7, "Tango"),)))
    press(app, "Import")
    assert "Choose an exported collection first" in texts(app)
    app.file_uploader(key="import-0-file").upload("x.collection.zip", given, "application/zip")
    press(app, "Import")
    assert r"The imported one is called My classes \(2\)" in texts(app)
    assert "**Tango**" in texts(app)
    assert store.load("my classes", folder).classes == ("Ska",)
    assert store.load("My classes (2)", folder).classes == ("Tango",)
    # A second click makes no second copy.
    assert app.file_uploader(key="import-1-file").value is None
    assert "is called" not in texts(app.run())


def test_a_disk_that_cannot_be_written_is_said(
    app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(tmp_path, "Polka", "Ska")
    app.run()

    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "replace", refused)
    monkeypatch.setattr(Path, "unlink", refused)
    press(app, "Remove this class")
    assert "cannot be written" in app.error[0].value
    press(app, "Delete this collection")
    assert "cannot be deleted" in app.error[0].value
    given = store.to_bytes(Collection("Theirs", (song(7, "Tango"),)))
    app.file_uploader(key="import-0-file").upload("x.collection.zip", given, "application/zip")
    press(app, "Import")
    assert "'Theirs' cannot be written" in app.error[0].value
    assert not app.exception


def test_a_stranger_who_has_to_wait_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(places.VARIABLE, str(tmp_path))
    monkeypatch.setenv(places.PUBLIC, "1")
    shared, go = Desk(), threading.Event()
    for module in (own_classes, classes_work, classes):
        monkeypatch.setattr(module, "desk", lambda: shared)
    shared.begin("adding Gauls", "train", "other", lambda tell: go.wait(20))
    app = AppTest.from_file("../../pages/classes.py", default_timeout=90).run()
    go.set()
    assert "Somebody else on this server has started this" in texts(app)
    assert not [button for button in app.button if button.label == "Stop"]


def test_at_home_a_reload_takes_no_work_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another session finds the work of the one before: it may stop it, and keep what came out."""
    monkeypatch.setenv(places.VARIABLE, str(tmp_path))
    kept(tmp_path, "Abba", name="A band")
    kept(tmp_path, "Gauls", name="Village")
    shown: list[str] = []
    monkeypatch.setattr(classes, "_trained", lambda collection, *_: shown.append(collection.name))
    go = threading.Event()

    def work(tell: Callable[[float], None]) -> tuple[Collection, None]:
        go.wait(20)
        return Collection("Village"), None

    owner = own_classes.visitor()
    job = own_classes.desk().begin("adding Gauls", "train", owner, work, about="Village")
    app = AppTest.from_file("../../pages/classes.py", default_timeout=90).run()
    assert "Somebody else" not in texts(app)
    assert [button for button in app.button if button.label == "Stop"]
    assert not shown
    go.set()
    job.wait(20)
    again = AppTest.from_file("../../pages/classes.py", default_timeout=90).run()
    assert again.selectbox(key="collection-choice").value == "Village"
    assert shown == ["Village"]
    # It waits while other collections are looked at, and deleted.
    again.selectbox(key="collection-choice").set_value("A band").run()
    press(again, "Delete this collection")
    again.selectbox(key="collection-choice").set_value("Village").run()
    assert not again.exception
    assert set(shown) == {"Village"}
    assert own_classes.desk().job is job


def test_a_model_is_called_what_was_typed(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def written(*_: object, title: str, folder: Path) -> dict[str, str]:
        return {"name": zoo.folder_name(title), "title": title}

    monkeypatch.setattr(classes, "write", written)
    monkeypatch.setattr(classes, "_trained", classes._keep)
    job = own_classes.desk().begin(
        "adding Gauls",
        "train",
        own_classes.visitor(),
        lambda tell: (Collection("My classes"), None),
        about="My classes",
    )
    job.wait(20)
    app.run()
    next(one for one in app.text_input if one.label == "Name of the model").set_value("9b's band")
    press(app, "Keep as model")
    assert "Kept as model 9b's band." in texts(app)


def test_a_stranger_is_told_where_a_downloaded_model_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    def page() -> None:
        from types import SimpleNamespace
        from typing import Any

        from genre_app.collection.store import Collection
        from genre_app.ui import classes

        job: Any = SimpleNamespace(id="1")
        outcome: Any = None
        classes._keep(Collection("My classes"), outcome, job)

    monkeypatch.setenv(places.PUBLIC, "1")
    told = texts(AppTest.from_function(page).run())
    assert all(path in told for path in places.USUAL.values())
    assert places.VARIABLE in told


def test_what_was_added_is_said_of_its_collection_only(app: AppTest, tmp_path: Path) -> None:
    kept(tmp_path, "Polka", name="Dances")
    app.run()
    app.selectbox(key="collection-choice").set_value("My classes").run()
    app.text_input[0].set_value("Ska")
    app.file_uploader(key="class-0-songs").upload("a.wav", sound(1), "audio/wav")
    press(app, "Add to this class")
    finished(app, "1 song added")
    assert "1 song added" in texts(app.run())
    app.selectbox(key="collection-choice").set_value("Dances").run()
    assert "added" not in texts(app)
    app.selectbox(key="collection-choice").set_value("My classes").run()
    assert "1 song added" not in texts(app)


def test_what_is_noted_of_a_song_is_said_and_stays(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolated, "load", partial(isolated.load, max_seconds=11.0))
    app.text_input[0].set_value("Ska")
    app.file_uploader(key="class-0-songs").upload("a.wav", sound(1), "audio/wav")
    press(app, "Add to this class")
    finished(app, "Notes on 1 song (1 read only in part): the table has them.")
    first = "Only the first 11 seconds were read; the file says that it lasts 12 s."
    tables = [frame.value for frame in app.dataframe]
    assert [list(one["Notes"]) for one in tables] == [[first], [first]]
    assert tables[0]["Song"][0] == "Ska/a.wav"


def test_a_class_that_was_removed_was_not_just_added(app: AppTest) -> None:
    app.text_input[0].set_value("Ska")
    app.file_uploader(key="class-0-songs").upload("a.wav", sound(1), "audio/wav")
    press(app, "Add to this class")
    finished(app, "1 song added")
    press(app, "Remove this class")
    assert "1 song added" not in texts(app)


def test_what_was_chosen_outlives_a_refusal_and_goes_when_it_is_taken(app: AppTest) -> None:
    app.file_uploader(key="class-0-songs").upload("a.wav", sound(1), "audio/wav")
    press(app, "Add to this class")
    assert "needs a name" in app.error[0].value
    assert [file.name for file in app.file_uploader(key="class-0-songs").value] == ["a.wav"]
    # The browser would empty them, whatever came of it.
    forms = {one.proto.form.form_id: one.proto.form for one in app.get("form")}
    for name in ("class-0", "zip-0"):
        assert not forms[name].clear_on_submit
        assert not forms[name].enter_to_submit
    assert not forms["import-0"].clear_on_submit
    app.file_uploader(key="import-0-file").upload("a.zip", b"no zip", "application/zip")
    press(app, "Import")
    assert "not an exported collection" in app.error[0].value
    assert app.file_uploader(key="import-0-file").value is not None
    app.file_uploader(key="zip-0-file").upload("a.zip", b"no zip", "application/zip")
    press(app, "Add all folders")
    assert app.error
    assert app.file_uploader(key="zip-0-file").value is not None
    app.text_input[0].set_value("Ska")
    press(app, "Add to this class")
    finished(app, "1 song added")
    assert app.text_input[0].value == ""
    assert app.file_uploader(key="class-1-songs").value == []
    # The other form is not the one that was taken.
    assert app.file_uploader(key="zip-0-file").value is not None


def test_what_is_no_music_is_left_out_with_the_reason(app: AppTest) -> None:
    app.text_input[0].set_value("Diary")
    app.file_uploader(key="class-0-songs").upload("a.wav", b"dear diary " * 200, "audio/wav")
    press(app, "Add to this class")
    finished(app, "1 file left out")
    assert "text" in app.dataframe[0].value["Why"][0]


def test_a_class_needs_a_name_and_songs(app: AppTest) -> None:
    press(app, "Add to this class")
    assert "Choose songs" in app.error[0].value
    app.file_uploader(key="class-0-songs").upload("a.wav", sound(1), "audio/wav")
    press(app, "Add to this class")
    assert "needs a name" in app.error[0].value


def test_a_damaged_collection_does_not_block_the_page(app: AppTest, tmp_path: Path) -> None:
    app.text_input[0].set_value("Band")
    app.file_uploader(key="class-0-songs").upload("a.wav", sound(1), "audio/wav")
    press(app, "Add to this class")
    finished(app, "1 song added")
    (path,) = (tmp_path / "collections").iterdir()
    content = bytearray(path.read_bytes())
    content[-200] ^= 255
    content[len(content) // 2] ^= 255
    path.write_bytes(content)
    app.run()
    assert not app.exception
    assert "damaged" in app.error[0].value
    press(app, "Delete this collection")
    assert store.names(tmp_path / "collections") == ()
    assert not app.error
