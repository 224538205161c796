"""The page Your classes as Streamlit runs it, without a browser."""

import errno
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from genre_app import places
from genre_app.audio import SAMPLE_RATE, wav_bytes
from genre_app.collection import gather, store
from genre_app.collection.job import Desk
from genre_app.collection.songs import Song
from genre_app.collection.store import Collection
from genre_app.ui import classes, classes_work, own_classes


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
    app.file_uploader(key="songs").upload("a.wav", sound(1), "audio/wav")
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
    app.file_uploader(key="songs").upload("a.wav", sound(1), "audio/wav")
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
    app.file_uploader(key="songs").upload("a.wav", sound(1), "audio/wav")
    press(app, "Add to this class")
    finished(app, "1 song added")
    assert store.load("My classes", folder).classes == ("Ska", "Tango")


def test_an_import_replaces_no_collection(app: AppTest, tmp_path: Path) -> None:
    folder = kept(tmp_path, "Ska", name="my classes")
    given = store.to_bytes(Collection("My classes", (song(7, "Tango"),)))
    press(app, "Import")
    assert "Choose an exported collection first" in texts(app)
    app.file_uploader(key="import").upload("x.collection.zip", given, "application/zip")
    press(app, "Import")
    assert r"The imported one is called My classes \(2\)" in texts(app)
    assert "**Tango**" in texts(app)
    assert store.load("my classes", folder).classes == ("Ska",)
    assert store.load("My classes (2)", folder).classes == ("Tango",)
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
    app.file_uploader(key="import").upload("x.collection.zip", given, "application/zip")
    press(app, "Import")
    assert "'Theirs' cannot be written" in app.error[0].value
    assert not app.exception


@pytest.mark.parametrize(("public", "where"), [("0", "computer"), ("1", "server")])
def test_who_has_to_wait_is_told_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, public: str, where: str
) -> None:
    monkeypatch.setenv(places.VARIABLE, str(tmp_path))
    monkeypatch.setenv(places.PUBLIC, public)
    shared, go = Desk(), threading.Event()
    for module in (own_classes, classes_work, classes):
        monkeypatch.setattr(module, "desk", lambda: shared)
    shared.begin("adding Gauls", "train", "other", lambda tell: go.wait(20))
    app = AppTest.from_file("../../pages/classes.py", default_timeout=90).run()
    go.set()
    assert f"Somebody else on this {where} has started this" in texts(app)


def test_what_is_no_music_is_left_out_with_the_reason(app: AppTest) -> None:
    app.text_input[0].set_value("Diary")
    app.file_uploader(key="songs").upload("a.wav", b"dear diary " * 200, "audio/wav")
    press(app, "Add to this class")
    finished(app, "1 file left out")
    assert "text" in app.dataframe[0].value["Why"][0]


def test_a_class_needs_a_name_and_songs(app: AppTest) -> None:
    press(app, "Add to this class")
    assert "Choose songs" in app.error[0].value
    app.file_uploader(key="songs").upload("a.wav", sound(1), "audio/wav")
    press(app, "Add to this class")
    assert "needs a name" in app.error[0].value


def test_a_damaged_collection_does_not_block_the_page(app: AppTest, tmp_path: Path) -> None:
    app.text_input[0].set_value("Band")
    app.file_uploader(key="songs").upload("a.wav", sound(1), "audio/wav")
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
