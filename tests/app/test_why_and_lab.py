"""The pages Why and Blend Lab as Streamlit runs them, without a browser."""

import hashlib
import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from genre_app import audio, examples
from genre_app.errors import ModelError
from genre_app.panels import Sound
from genre_app.ui import why
from genre_app.ui.player import Region
from genre_app.ui.state import Song


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_file("../../app.py", default_timeout=120).run()


def texts(app: AppTest) -> str:
    kinds = ("markdown", "caption", "subheader", "info", "success", "warning", "error")
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
    genre = next(box for box in app.selectbox if str(box.key).startswith("why-genre"))
    first = genre.value
    genre.set_value("classical" if first != "classical" else "metal").run()
    assert "Everything else" not in texts(app)
    next(box for box in app.selectbox if str(box.key).startswith("why-genre")).set_value(first)
    app.run()
    assert "Everything else" in texts(app)
    # All away leaves nothing; the neighbours of another model's embedding are not stored.
    app.slider(key="gain-drums").set_value(-40)
    app.slider(key="gain-harmony").set_value(-40).run()
    assert "Nothing is left to hear" in texts(app)
    assert "--build --model statistics" in texts(app).replace("\\", "")
    app.button(key="gain-reset").click().run()
    assert "Nothing is left" not in texts(app)
    app.button(key="part-start").click().run()
    assert not app.exception
    assert any("Without" in frame.value for frame in app.dataframe)


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
    assert "From 0:02 to 0:09: Reggae most likely" in texts(app)
    part = app.session_state["why-part-" + app.session_state["song"].sha256[:12]]
    assert part == (0.0, 20.0)
    song, sound = app.session_state["song"], Sound(audio.load(app.session_state["song"].data))
    app.session_state["why-part-" + song.sha256[:12]] = why.halves(sound, 7.24, 13.9)
    app.run()
    assert not app.exception
    (slider,) = (one for one in app.slider if str(one.key).startswith("why-part"))
    assert slider.value == (7.0, 14.0)
    app.switch_page("pages/guide.py").run()
    app.switch_page("pages/why.py").run()
    (slider,) = (one for one in app.slider if str(one.key).startswith("why-part"))
    assert slider.value == (7.0, 14.0)
    assert why.halves(sound, 18.9, 25) == (19.0, 20.0)


def test_what_is_too_short_is_explained(app: AppTest) -> None:
    open_why(app, "boom-bap", 2)
    assert not app.exception
    assert "at least 3 s" in app.error[0].value.replace("\\", "")


def test_a_stopped_explanation_does_not_begin_again(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_why(app, "boom-bap", 4)
    begun: list[str] = []

    def endless(*_: object, **__: object) -> None:
        begun.append("again")
        raise ModelError("stands for work that goes on")

    monkeypatch.setattr(why, "explain", endless)
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
