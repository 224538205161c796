"""The pages Why and Blend Lab as Streamlit runs them, without a browser."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Selectbox, Slider

from genre_app import audio, examples, gtzan, places, zoo
from genre_app.errors import ModelError
from genre_app.panels import Sound
from genre_app.ui import why, why_map, why_near
from genre_app.ui.player import Region
from genre_app.ui.state import Song


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_file("../../app.py", default_timeout=120).run()


def texts(app: AppTest) -> str:
    kinds = ("markdown", "caption", "header", "subheader", "info", "success", "warning", "error")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind))


def open_why(app: AppTest, key: str, seconds: float) -> None:
    """Open Why with the start of an example in hand, and the quickest model."""
    samples = audio.load(examples.wav(key)).samples[: int(seconds * audio.SAMPLE_RATE)]
    data = audio.wav_bytes(samples)
    app.session_state["song"] = Song(data, f"{key}.wav", hashlib.sha256(data).hexdigest())
    app.session_state["why-model"] = "statistics"
    app.switch_page("pages/why.py").run()


def playing(app: AppTest) -> str:
    return str(getattr(app.get("audio")[0], "url"))  # noqa: B009  # Untyped in Streamlit.


def genre(app: AppTest) -> Selectbox[str]:
    return next(box for box in app.selectbox if str(box.key).startswith("why-genre"))


def part(app: AppTest) -> Slider[Any]:
    return next(one for one in app.slider if str(one.key).startswith("why-part"))


def test_why_invites_without_a_song(app: AppTest) -> None:
    app.switch_page("pages/why.py").run()
    assert not app.exception
    assert "no song in hand" in texts(app)
    assert not app.get("plotly_chart")


def test_why_explains_plays_and_takes_apart(app: AppTest) -> None:
    open_why(app, "one-drop-reggae", 5)
    assert not app.exception
    assert "Everything else" not in texts(app)
    app.button(key="why-start").click().run()
    assert not app.exception
    assert "Removing the 10 % of the picture" in texts(app)
    assert "Everything else" in texts(app)
    assert len(app.get("audio")) == 3  # Only, rest, and the changed sound.
    # Another genre is another question, and is not answered unasked.
    first = genre(app).value
    other = "classical" if first != "classical" else "metal"
    genre(app).set_value(other).run()
    assert "Everything else" not in texts(app)
    # It stays chosen for other parts, and after other pages.
    part(app).set_value((0.5, 4.5)).run()
    app.switch_page("pages/guide.py").run()
    app.switch_page("pages/why.py").run()
    assert genre(app).value == other
    genre(app).set_value(first)
    part(app).set_value((0.0, 5.0)).run()
    assert "Everything else" in texts(app)
    # This network reads numbers: there is one way to a map of it.
    assert "Both ways, one test" not in texts(app)
    assert all(one.key != "why-method" for one in app.radio)
    # All away leaves nothing.
    app.select_slider(key="gain-drums").set_value(-40)
    app.select_slider(key="gain-harmony").set_value(-40).run()
    assert "Nothing is left to hear" in texts(app)
    app.button(key="gain-reset").click().run()
    assert "Nothing is left" not in texts(app)
    app.button(key="part-start").click().run()
    assert not app.exception
    assert any("Without" in frame.value for frame in app.dataframe)


def test_a_model_of_other_genres_has_its_bars_too(
    app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(places.VARIABLE, str(tmp_path))
    folder = zoo.user_folder() / "mine"
    shutil.copytree(zoo.FOLDER / "statistics", folder)
    card = zoo.card("statistics")
    genres = ["Klezmer" if genre == "jazz" else genre for genre in card["genres"]]
    text = json.dumps(card | {"name": "mine", "title": "Mine", "genres": genres})
    (folder / "card.json").write_text(text)
    open_why(app, "one-drop-reggae", 5)
    app.selectbox(key="why-model").set_value("mine").run()
    app.select_slider(key="gain-drums").set_value(-40).run()
    assert not app.exception
    (table,) = (frame.value for frame in app.dataframe if "Changed" in frame.value)
    assert "Klezmer" in set(table["Genre"])
    assert any("Klezmer" in str(chart.proto) for chart in app.get("plotly_chart"))
    # So has a track of its test on the page Models.
    models = AppTest.from_file("../../pages/models.py", default_timeout=90)
    for key, value in {"section": "confusion", "model": "mine", "label": "Klezmer"}.items():
        models.query_params[key] = value
    models.run()
    models.selectbox(key="track-cell").select_index(0)
    models.session_state["twins-track-cell"] = True
    models.run()
    assert not models.exception
    assert any("Klezmer" in set(frame.value.get("Genre", ())) for frame in models.dataframe)


def test_a_network_that_sees_a_picture_is_explained_in_both_ways(app: AppTest) -> None:
    open_why(app, "one-drop-reggae", 5)
    app.selectbox(key="why-model").set_value("image-cnn").run()
    app.button(key="why-start").click().run()
    assert not app.exception
    assert "Made by gradients" in texts(app)
    assert "Both ways, one test" not in texts(app)
    app.radio(key="why-method").set_value("occlusion").run()
    assert "Made by" not in texts(app)  # Another question, which is not answered unasked.
    app.button(key="why-start").click().run()
    assert not app.exception
    assert "Made by hiding" in texts(app)
    assert "Both ways, one test" in texts(app)
    (table,) = (frame.value for frame in app.dataframe if "By gradient" in frame.value)
    assert set(table["By gradient"]) != set(table["By hiding"])


def test_the_nearest_tracks_are_found_for_any_model(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = gtzan.load()
    few = gtzan.Subset(full.tracks[::50], full.cells[::50])
    monkeypatch.setattr(why_near, "_subset", lambda: few)
    open_why(app, "boom-bap", 20)
    key = "why-part-" + app.session_state["song"].sha256[:12]
    app.session_state[key] = (0.0, 5.0)
    app.run()
    assert not any("Artist" in frame.value for frame in app.dataframe)
    app.button(key="near-start").click().run()
    assert not app.exception
    (near_part,) = (frame.value for frame in app.dataframe if "Artist" in frame.value)
    app.radio(key="near-scope").set_value("song").run()
    (near_song,) = (frame.value for frame in app.dataframe if "Artist" in frame.value)
    assert len(near_part) == len(near_song) == 5
    assert "The mel spectrograms of the whole song and of" in texts(app)
    assert not near_part.equals(near_song)


def test_why_explains_the_model_that_was_chosen_last(app: AppTest) -> None:
    def on(page: str) -> None:
        app.switch_page(f"pages/{page}.py").run()
        assert not app.exception

    app.selectbox(key="example").set_value("boom-bap").run()
    on("why")
    assert app.selectbox(key="why-model").value == "blend"
    on("listen")
    app.multiselect(key="models").set_value(["statistics"]).run()
    on("why")
    assert app.selectbox(key="why-model").value == "statistics"
    app.selectbox(key="why-model").set_value("image-cnn").run()
    assert app.selectbox(key="why-model").value == "image-cnn"
    for page in ("listen", "guide", "why"):
        on(page)
    assert app.selectbox(key="why-model").value == "image-cnn", "it was chosen here, and last"
    on("listen")
    app.multiselect(key="models").set_value(["blend", "statistics"]).run()
    on("why")
    assert app.selectbox(key="why-model").value == "blend"


def test_a_part_chosen_in_the_player_stays_chosen(app: AppTest) -> None:
    open_why(app, "boom-bap", 20)
    (told,) = app.get("bidi_component")
    about = json.loads(told.proto.json)
    assert (about["action"], about["take"]) == ("Read this region", "Take this part")
    assert {one["name"] for one in about["ribbon"]["genres"]} >= {"Hip-hop", "Reggae"}
    assert "From 0:02" not in texts(app)
    # What the callbacks of the player do.
    app.session_state["player-region"] = Region(app.session_state["song"].sha256, 2.0, 9.0)
    app.run()
    assert not app.exception
    assert "From 0:02 to 0:09: Reggae most likely" in texts(app).replace("\\", "")
    assert part(app).value == (0.0, 20.0)
    song, sound = app.session_state["song"], Sound(audio.load(app.session_state["song"].data))
    app.session_state["why-part-" + song.sha256[:12]] = why.tenths(sound, 7.24, 13.9)
    app.run()
    assert not app.exception
    assert part(app).value == (7.2, 13.9)
    app.switch_page("pages/guide.py").run()
    app.switch_page("pages/why.py").run()
    assert part(app).value == (7.2, 13.9)
    assert why.tenths(sound, 18.9, 25) == (18.9, 20.0)


def test_a_region_read_on_another_page_is_the_part_that_is_asked_about(app: AppTest) -> None:
    open_why(app, "boom-bap", 20)
    sha256 = app.session_state["song"].sha256
    app.session_state["player-carried"] = Region(sha256, 7.24, 13.9)
    app.run()
    assert app.session_state[f"why-part-{sha256[:12]}"] == (7.2, 13.9)
    # What is too short to be explained, or of another song, changes nothing.
    for region in (Region(sha256, 1.0, 2.0), Region("other", 1.0, 9.0)):
        app.session_state["player-carried"] = region
        app.run()
        assert app.session_state[f"why-part-{sha256[:12]}"] == (7.2, 13.9)


def test_what_is_too_short_or_silent_is_explained(app: AppTest) -> None:
    open_why(app, "boom-bap", 2)
    assert not app.exception
    assert "at least 3 s" in app.error[0].value.replace("\\", "")
    samples = audio.load(examples.wav("boom-bap")).samples[: 8 * audio.SAMPLE_RATE].copy()
    samples[: 4 * audio.SAMPLE_RATE] = 0
    data = audio.wav_bytes(samples)
    song = Song(data, "late.wav", hashlib.sha256(data).hexdigest())
    app.session_state["song"] = song
    app.session_state[f"why-part-{song.sha256[:12]}"] = (0.0, 3.5)
    app.run()
    assert "Nothing sounds in this part" in app.error[0].value.replace("\\", "")
    # Nor can two seconds be mixed; the other song can still be chosen.
    app.session_state["song"] = Song(audio.wav_bytes(samples[-44_100:]), "short.wav", "short")
    app.switch_page("pages/blend_lab.py").run()
    app.selectbox(key="lab-First song").set_value("hand").run()
    assert not app.exception
    assert "a mix needs at least 3 s" in app.error[0].value.replace("\\", "")
    assert app.selectbox(key="lab-Second song")


def test_a_stopped_explanation_does_not_begin_again(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_why(app, "boom-bap", 4)
    begun: list[str] = []

    def endless(*_: object, **__: object) -> None:
        begun.append("again")
        raise ModelError("stands for work that goes on")

    monkeypatch.setattr(why_map, "explain", endless)
    app.button(key="why-start").click().run()
    assert begun == ["again"]
    app.button(key="why-stop").click().run()
    assert begun == ["again"]
    assert app.button(key="why-start")


def test_the_lab_mixes_and_follows_the_fader(app: AppTest) -> None:
    app.session_state["lab-model"] = "statistics"
    app.switch_page("pages/blend_lab.py").run()
    assert not app.exception
    assert "rank correlation" in texts(app)
    assert "taken for another genre than they are meant as" in texts(app)
    assert len(app.get("plotly_chart")) == 1
    assert app.metric[0].value == "50 %"
    before = playing(app)
    app.slider(key="lab-fader").set_value(100).run()
    assert app.metric[0].value == "100 %"
    assert playing(app) != before
    assert len(app.get("download_button")) == 2
    table = app.dataframe[0].value
    assert np.array_equal(table["True share"], [f"{10 * step} %" for step in range(11)])
    app.selectbox(key="lab-First song").set_value("upload").run()
    assert "Choose two songs" in texts(app)
    app.file_uploader(key="lab-upload-First song").upload("x.wav", b"dear diary " * 99, "audio/wav")
    app.run()
    assert not app.exception
    assert "text" in app.error[0].value
