"""The page for many songs as Streamlit runs it."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mutagen
import numpy as np
import pytest
import soundfile
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from genre_app import audio, examples
from genre_app.catalogue import job, run
from genre_app.ui import library_state

SONGS = ("chamber-quintet", "boom-bap", "swing-combo")


@pytest.fixture(params=["private"])
def app(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[AppTest]:
    monkeypatch.setattr(run, "default_path", lambda: tmp_path / "kept" / "catalogue.sqlite")
    monkeypatch.setenv("GENRE_APP_PUBLIC", "1" if request.param == "public" else "0")
    app = AppTest.from_file("../../app.py", default_timeout=90).run()
    yield app.switch_page("pages/library.py").run()
    app.switch_page("pages/guide.py")


def texts(app: AppTest) -> str:
    kinds = ("markdown", "caption", "header", "subheader", "info", "success", "warning", "error")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind))


def upload(app: AppTest, files: dict[str, bytes]) -> AppTest:
    app.file_uploader[0].set_value(
        [(name, data, "audio/wav") for name, data in files.items()]
    ).run()
    return finished(app)


def finished(app: AppTest) -> AppTest:
    for _ in range(300):
        if not any(one.key == "library-stop" for one in app.button):
            return app
        time.sleep(0.2)
        app.run()
    pytest.fail("the songs were not read within a minute")


def three(app: AppTest) -> AppTest:
    return upload(app, {f"{key}.wav": examples.wav(key) for key in SONGS} | {"no.mp3": b"no " * 99})


def titles(app: AppTest) -> list[str]:
    return list(frame(app, "Certainty")["Title"])


def frame(app: AppTest, column: str) -> Any:  # noqa: ANN401  # pandas, which has no types here.
    """Give the first table with such a column: those in which nothing is chosen have no key."""
    return next(one.value for one in app.dataframe if column in one.value)


def tagged(folder: Path, key: str, title: str, artist: str, *, start_s: int = 0) -> Path:
    """Write eight seconds of an example with tags."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{key}-{start_s}.flac"
    samples = audio.load(examples.wav(key)).samples[start_s * audio.SAMPLE_RATE :]
    soundfile.write(path, samples[: 8 * audio.SAMPLE_RATE], audio.SAMPLE_RATE)
    tags = mutagen.File(path)
    tags.update({"title": title, "artist": artist, "album": f"Songs of {artist}"})
    tags.save()
    return path


def read(app: AppTest, folder: Path) -> AppTest:
    app.text_input(key="library-folder").set_value(str(folder)).run()
    app.button(key="library-read").click().run()
    return finished(app)


def songs_table(app: AppTest) -> Any:  # noqa: ANN401
    return next(one for one in app.dataframe if (one.key or "").startswith("library-table"))


def tick(app: AppTest, *rows: int) -> AppTest:
    """Tick a row of the songs, as a browser would: the test bench has no hands for tables."""
    states = app._tree.get_widget_states()
    selection = {"selection": {"rows": rows, "columns": [], "cells": []}}
    states.widgets.append(
        WidgetState(id=songs_table(app).proto.id, string_value=json.dumps(selection))
    )
    return app._run(states)


def ticked(app: AppTest) -> list[int]:
    return list(app.session_state[songs_table(app).key]["selection"]["rows"])


def test_first_paint_invites_and_asks_for_a_folder(app: AppTest) -> None:
    assert not app.exception
    assert "Upload several songs" in texts(app)
    assert app.text_input(key="library-folder")
    assert not app.get("plotly_chart")


def test_three_songs_are_read_filtered_and_kept(app: AppTest) -> None:
    three(app)
    assert not app.exception
    assert not app.error
    assert "3 songs read, 1 cannot be read" in texts(app)
    assert sorted(titles(app)) == sorted(f"{key}.wav" for key in SONGS)
    broken = frame(app, "Why")
    assert list(broken["File"]) == ["no.mp3"]
    assert "text" in broken["Why"][0]

    app.selectbox(key="library-genre").set_value("classical").run()
    app.slider(key="library-share").set_value(50).run()
    assert titles(app) == ["chamber-quintet.wav"]
    app.switch_page("pages/guide.py").run()
    app.switch_page("pages/library.py").run()
    assert titles(app) == ["chamber-quintet.wav"], "songs and filters outlive a change of page"
    app.selectbox(key="library-genre").set_value(None).run()
    app.text_input(key="library-words").set_value("swing").run()
    assert titles(app) == ["swing-combo.wav"]
    app.text_input(key="library-words").set_value("polka").run()
    assert "No song fits" in texts(app)
    app.text_input(key="library-words").set_value("").run()
    said = list(frame(app, "Certainty")["Certainty"])
    app.checkbox(key=f"library-certainty-{said[0]}").check().run()
    assert len(titles(app)) == said.count(said[0])
    app.checkbox(key=f"library-certainty-{said[0]}").uncheck().run()
    assert len(titles(app)) == len(said), "nothing chosen is all"

    chosen = app.selectbox(key="library-song")
    chosen.set_value(chosen.options[0]).run()
    assert not app.exception
    assert len(app.get("plotly_chart")) == 1
    assert len(frame(app, "Distance")) == 2
    assert app.get("audio")

    for view, charts in {"Map": 2, "Playlist": 0, "Albums": 0, "Artists": 0}.items():
        app.radio(key="library-view").set_value(view).run()
        assert not app.exception
        assert len(app.get("plotly_chart")) == charts
        assert len(app.get("download_button")) == (5 if view == "Playlist" else 3)

    upload(app, {"boom-bap.wav": examples.wav("boom-bap")})
    assert "Nothing new" in texts(app)


@pytest.mark.parametrize("app", ["public"], indirect=True)
def test_strangers_name_no_folders_and_leave_nothing(app: AppTest, tmp_path: Path) -> None:
    assert not [one for one in app.text_input if one.key == "library-folder"]
    assert "forgotten" in texts(app)
    app.session_state["library-folder"] = str(tmp_path)
    upload(app, {"boom-bap.wav": examples.wav("boom-bap")})
    assert titles(app) == ["boom-bap.wav"]
    assert not (tmp_path / "kept").exists()


def test_a_folder_is_read_and_what_is_wrong_with_its_name_is_said(
    app: AppTest, tmp_path: Path
) -> None:
    app.text_input(key="library-folder").set_value(str(tmp_path / "nowhere")).run()
    app.button(key="library-read").click().run()
    finished(app)
    assert "nowhere cannot be opened" in app.error[0].value.replace("\\", "")
    app.text_input(key="library-folder").set_value("s3://bucket/music").run()
    app.button(key="library-read").click().run()
    assert "Name a folder of this computer" in texts(app).replace("\\", "")
    app.text_input(key="library-folder").set_value("~nobody-of-that-name/Music").run()
    app.button(key="library-read").click().run()
    assert not app.exception
    assert "There is no folder ~nobody-of-that-name/Music" in texts(app).replace("\\", "")


def test_a_folder_that_is_named_while_others_are_read_is_read_after_them(
    app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    music = tmp_path / "music"
    music.mkdir()
    (music / "boom-bap.wav").write_bytes(examples.wav("boom-bap"))
    go_on, read = threading.Event(), run.catalogue

    def slow(*given: Any, **more: Any) -> Any:  # noqa: ANN401
        go_on.wait(60)
        return read(*given, **more)

    monkeypatch.setattr(job, "catalogue", slow)
    app.file_uploader[0].set_value([("one.wav", examples.wav("swing-combo"), "audio/wav")]).run()
    app.text_input(key="library-folder").set_value(str(music)).run()
    for _ in range(2):  # Twice is as good as once.
        app.button(key="library-read").click().run()
    app.file_uploader[0].set_value([("two.wav", examples.wav("drop-c-metal"), "audio/wav")]).run()
    go_on.set()
    finished(app)
    assert not app.exception
    assert "There is no music" not in texts(app)
    assert sorted(titles(app)) == ["boom-bap.wav", "one.wav", "two.wav"]


def test_the_ticked_row_is_the_song_that_is_shown(app: AppTest, tmp_path: Path) -> None:
    for key, artist in (("swing-combo", "Quartet"), ("boom-bap", "Turntables")):
        tagged(tmp_path / "music", key, key, artist)
    # Another take under the same name.
    tagged(tmp_path / "music", "swing-combo", "swing-combo", "Quartet", start_s=10)
    read(app, tmp_path / "music")
    assert titles(app) == ["boom-bap", "swing-combo", "swing-combo"]
    assert app.selectbox(key="library-song").options == [
        "boom-bap, Turntables",
        "swing-combo, Quartet",
        "swing-combo, Quartet (2)",
    ]

    tick(app, 1)
    first = app.selectbox(key="library-song").value
    assert ticked(app) == [1]
    tick(app, 2)
    second = app.selectbox(key="library-song").value
    assert second not in (first, None)
    app.text_input(key="library-words").set_value("swing").run()
    assert titles(app) == ["swing-combo", "swing-combo"]
    assert app.selectbox(key="library-song").value == second
    assert ticked(app) == [1], "the tick stays with its song"
    app.selectbox(key="library-song").set_value(first).run()
    assert ticked(app) == [0], "and follows what is chosen elsewhere"

    app.text_input(key="library-words").set_value("boom").run()
    assert ticked(app) == []
    assert app.selectbox(key="library-song").value is None
    app.text_input(key="library-words").set_value("").run()
    assert ticked(app) == []

    tick(app, 0)
    assert app.selectbox(key="library-song").value is not None
    tick(app)
    assert app.selectbox(key="library-song").value is None, "no tick, no song"
    assert not app.exception


def test_what_is_said_of_an_artist_is_of_the_one_in_the_box(app: AppTest, tmp_path: Path) -> None:
    music = tmp_path / "music"
    tagged(music, "swing-combo", "Blue hour", "Quartet")
    tagged(music, "boom-bap", "Corner", "Turntables")
    tagged(music, "boom-bap", "Kerb", "Turntables", start_s=10)
    read(app, music)
    for view, name in (("Artists", "Quartet"), ("Albums", "Songs of Quartet, Quartet")):
        app.radio(key="library-view").set_value(view).run()
        box = f"library-{view.lower()[:-1]}"
        app.selectbox(key=box).set_value(name).run()
        app.text_input(key="library-words").set_value("quart").run()
        assert app.selectbox(key=box).options == [name]
        app.text_input(key="library-words").set_value("").run()
        assert len(app.selectbox(key=box).options) == 2
        assert app.selectbox(key=box).value == name
        assert f"{name}: one song, with this blend." in texts(app).replace("\\", "")
        app.text_input(key="library-words").set_value("turn").run()
        shown = app.selectbox(key=box).value
        assert shown == app.selectbox(key=box).options[0] != name
        said = texts(app).replace("\\", "")
        assert f"{shown}: 2 songs, on average" in said, "the chosen one is not among them"
        app.text_input(key="library-words").set_value("").run()
        assert app.selectbox(key=box).value == shown
        assert not app.exception


def test_what_one_model_has_read_another_can_read_too(app: AppTest, tmp_path: Path) -> None:
    app.button(key="library-read").click().run()
    assert "Name a folder first" in texts(app)

    music = tmp_path / "music"
    for key in ("swing-combo", "boom-bap"):
        tagged(music, key, key, "Somebody")
    read(app, music)
    assert "2 songs read." in texts(app).replace("\\", "")
    assert not [one for one in app.button if one.key == "library-waiting"]

    models = app.selectbox(key="library-model")
    usual = models.value
    models.set_value(next(one for one in library_state.models() if one != usual)).run()
    said = texts(app).replace("\\", "")
    assert "2 songs read." not in said, "that was another model"
    assert "The chosen model has read none of these songs yet." in said
    assert "Upload several songs" not in said
    assert app.button(key="library-waiting").label == "Read 2 songs with this model"
    (music / "boom-bap-0.flac").rename(tmp_path / "elsewhere.flac")
    app.button(key="library-waiting").click().run()
    finished(app)
    assert titles(app) == ["swing-combo"]
    said = texts(app).replace("\\", "")
    assert "1 song is no longer where it was. Read its folder again." in said
    app.selectbox(key="library-model").set_value(usual).run()
    assert titles(app) == ["boom-bap", "swing-combo"]
    assert not app.exception


@pytest.mark.parametrize("app", ["private", "public"], indirect=True)
def test_songs_are_taken_out_one_by_one_and_all(app: AppTest, tmp_path: Path) -> None:
    three(app)
    box = app.selectbox(key="library-song")
    box.set_value(box.options[0]).run()
    gone = titles(app)[0]
    app.button(key="library-take-out").click().run()
    assert not app.exception
    assert gone not in titles(app)
    assert "3 songs read" not in texts(app)
    assert len(titles(app)) == 2
    assert app.selectbox(key="library-song").value is None
    assert not [one for one in app.button if one.key == "library-waiting"], "it is let go"
    upload(app, {gone: examples.wav(gone.removesuffix(".wav"))})
    assert gone in titles(app), "it may come back"

    app.button(key="library-empty").click().run()
    assert not app.exception
    assert not app.dataframe
    assert not app.success
    assert "Upload several songs" in texts(app)
    assert not [one for one in app.button if one.key in ("library-empty", "library-waiting")]


def test_what_is_noted_of_a_song_is_shown(app: AppTest) -> None:
    left = audio.load(examples.wav("swing-combo")).samples[: 8 * audio.SAMPLE_RATE]
    turned = audio.wav_bytes(np.stack([left, -left], axis=1))
    upload(app, {"usual.wav": audio.wav_bytes(left)})
    assert "Notes" not in songs_table(app).value
    upload(app, {"turned.wav": turned})
    said = dict(zip(titles(app), songs_table(app).value["Notes"], strict=True))
    assert not isinstance(said["usual.wav"], str)
    assert said["turned.wav"].startswith("The channels cancel")
    box = app.selectbox(key="library-song")
    box.set_value(next(one for one in box.options if "turned" in one)).run()
    assert not app.exception
    assert "The channels cancel" in "\n".join(one.value for one in app.info)


def test_nothing_is_taken_out_while_songs_are_read(
    app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(app, {"one.wav": examples.wav("swing-combo")})
    go_on, catalogue = threading.Event(), run.catalogue

    def slow(*given: Any, **more: Any) -> Any:  # noqa: ANN401
        go_on.wait(60)
        return catalogue(*given, **more)

    monkeypatch.setattr(job, "catalogue", slow)
    app.file_uploader[0].set_value([("two.wav", examples.wav("boom-bap"), "audio/wav")]).run()
    app.button(key="library-empty").click().run()
    assert "stop the reading first" in texts(app)
    go_on.set()
    finished(app)
    assert titles(app) == ["one.wav", "two.wav"]
