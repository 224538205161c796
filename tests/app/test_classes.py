"""The page Your classes as Streamlit runs it, without a browser."""

import time
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from genre_app.audio import SAMPLE_RATE, wav_bytes
from genre_app.collection import store


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("GENRE_APP_DATA", str(tmp_path))
    # The page alone: what it needs must not come from app.py.
    return AppTest.from_file("../../pages/classes.py", default_timeout=90).run()


def texts(app: AppTest) -> str:
    kinds = ("markdown", "caption", "header", "subheader", "info", "success", "warning", "error")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind))


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
