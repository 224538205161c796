"""The pages as Streamlit runs them, without a browser."""

import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from streamlit.testing.v1 import AppTest

from genre_app import audio, examples, panels, places, zoo
from genre_app.ui.player import Region
from genre_app.ui.state import escape_markdown


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_file("../../app.py", default_timeout=90).run()


def texts(app: AppTest) -> str:
    kinds = ("markdown", "caption", "header", "subheader", "info", "success", "warning", "error")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind))


def upload(app: AppTest, name: str, data: bytes) -> AppTest:
    return app.file_uploader(key="upload").upload(name, data, "audio/wav").run()


def test_first_paint_invites(app: AppTest) -> None:
    assert not app.exception
    assert "Upload a song" in texts(app)
    assert not app.get("plotly_chart")


@pytest.mark.parametrize("public", ["0", "1"])
def test_it_says_where_a_song_goes(public: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(places.PUBLIC, public)
    words = texts(AppTest.from_file("../../app.py", default_timeout=90).run())
    assert ("The song goes to this server and no further." in words) == (public == "1")
    assert ("Nothing leaves the computer" in words) == (public == "0")


def test_a_link_chooses_an_example_and_the_page_says_what_it_is_worth() -> None:
    app = AppTest.from_file("../../app.py", default_timeout=90)
    app.query_params["example"] = "shuffle-blues"
    app.run()
    assert not app.exception
    assert app.selectbox(key="example").value == "shuffle-blues"
    assert "name most of these pieces wrongly" in texts(app)
    assert "Clear." in texts(app)
    app.selectbox(key="example").set_value("swing-combo").run()
    assert "Jazz most likely" in texts(app)


def test_damaged_models_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(places.VARIABLE, str(tmp_path))
    cards = {"mine": "{", "yours": '{"name": "yours", "title": "Yours"}'}
    for name, card in cards.items():
        folder = zoo.user_folder() / name
        folder.mkdir(parents=True)
        (folder / "card.json").write_text(card)
        (folder / "model.keras").write_bytes(b"x")
    app = AppTest.from_file("../../app.py", default_timeout=90).run()
    app.selectbox(key="example").set_value("boom-bap").run()
    assert not app.exception
    assert "Genre Blend" in app.multiselect(key="models").options
    for page in ("library", "guide", "why", "blend_lab", "train"):
        app.switch_page(f"pages/{page}.py").run()
        assert not app.exception, page
    app.radio(key="train-mode").set_value("runs").run()
    assert not app.exception
    app.switch_page("pages/models.py").run()
    assert not app.exception
    for name in cards:
        assert f"The card of model '{name}' is damaged" in texts(app)


def test_a_model_with_a_poor_card_is_listed_on_the_guide(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(places.VARIABLE, str(tmp_path))
    folder = zoo.user_folder() / "mine"
    folder.mkdir(parents=True)
    card = {"name": "mine", "title": "Of mine", "genres": ["blues", "jazz"]}
    (folder / "card.json").write_text(json.dumps(card))
    app = AppTest.from_file("../../app.py", default_timeout=90).run()
    app.switch_page("pages/guide.py").run()
    assert not app.exception
    assert "Of mine" in [one.label for one in app.expander]


def test_the_guide_says_how_much_of_a_long_file_is_read() -> None:
    app = AppTest.from_file("../../app.py", default_timeout=90).run()
    app.switch_page("pages/guide.py").run()
    assert "longer than 15 minutes only the first 15 minutes are read" in texts(app)


def test_an_upload_becomes_a_blend(app: AppTest) -> None:
    upload(app, "<b>my_song</b>.wav", examples.wav("chamber-quintet"))
    assert not app.exception
    assert not app.error
    assert "Classical most likely" in texts(app)
    assert len(app.get("plotly_chart")) == 3  # Bars, ribbon, and the one panel looked at.
    assert len(app.get("download_button")) >= 5
    assert told(app)["lanes"]  # The player.
    assert "<b>" not in texts(app).replace("\\<", "")


def test_all_panels_can_be_looked_at(app: AppTest) -> None:
    app.selectbox(key="example").set_value("boom-bap").run()
    app.checkbox(key="panels-waveform").uncheck()
    for key in ("mel", "mfcc", "chroma", "tonnetz"):
        app.checkbox(key=f"panels-{key}").check()
    app.run()
    assert not app.exception
    assert len(app.get("plotly_chart")) == 6


def test_a_link_opens_panels_and_the_choice_survives_a_change_of_page() -> None:
    app = AppTest.from_file("../../app.py", default_timeout=90)
    app.query_params["example"], app.query_params["panels"] = "boom-bap", "chroma,nonsense"
    app.run()
    assert ticked(app) == ["chroma"]
    assert [lane["key"] for lane in told(app)["lanes"]] == ["waveform", "mel", "chroma"]
    app.checkbox(key="panels-chroma").uncheck()
    app.checkbox(key="panels-mfcc").check().run()
    app.switch_page("pages/guide.py").run()
    app.query_params.clear()  # As the menu's links do.
    app.switch_page("pages/listen.py").run()
    assert ticked(app) == ["mfcc"]
    assert [lane["key"] for lane in told(app)["lanes"]] == ["waveform", "mel", "mfcc"]


def follow(app: AppTest, **query: str) -> AppTest:
    """Come from another page by a link, as a lesson's."""
    app.query_params.clear()
    app.switch_page("pages/guide.py").run()
    for name, value in query.items():
        app.query_params[name] = value
    return app.switch_page("pages/listen.py").run()


def test_a_link_works_again_after_another_song_and_other_panels(app: AppTest) -> None:
    link = {"example": "shuffle-blues", "panels": "mel,mfcc,chroma"}
    follow(app, **link)
    assert ticked(app) == ["mel", "mfcc", "chroma"]
    assert not app.warning
    upload(app, "mine.wav", examples.wav("boom-bap"))
    assert app.selectbox(key="example").value is None
    assert "name most of these pieces wrongly" not in texts(app)
    assert not app.query_params
    app.checkbox(key="panels-mfcc").uncheck().run()
    assert app.session_state["song"].name == "mine.wav"
    # Nor does the box come back to what it had, on another visit to the page.
    assert follow(app).selectbox(key="example").value is None
    assert ticked(app) == ["mel", "chroma"]
    follow(app, **link)
    assert not app.exception
    assert "Last tram to the harbour" in texts(app)
    assert app.selectbox(key="example").value == "shuffle-blues"
    assert ticked(app) == ["mel", "mfcc", "chroma"]
    # Until then a click on the page does not bring back what the link said.
    assert ticked(app.checkbox(key="panels-mel").uncheck().run()) == ["mfcc", "chroma"]
    assert ticked(follow(app, **link)) == ["mel", "mfcc", "chroma"]


def test_the_fields_tell_where_the_song_in_hand_is_from(app: AppTest) -> None:
    app.selectbox(key="example").set_value("swing-combo").run()
    upload(app, "mine.wav", examples.wav("boom-bap"))
    assert app.session_state["song"].name == "mine.wav"
    assert app.selectbox(key="example").value is None
    app.selectbox(key="example").set_value("swing-combo").run()
    assert "Blue umbrella" in texts(app)
    assert app.file_uploader[0].value is None
    app.file_uploader[0].upload("mine.wav", examples.wav("boom-bap"), "audio/wav").run()
    assert app.session_state["song"].name == "mine.wav"
    # A click elsewhere takes nothing back, nor does an emptied box.
    app.selectbox(key="example").set_value("one-drop-reggae").run()
    app.checkbox(key="panels-mel").check().run()
    assert app.selectbox(key="example").value == "one-drop-reggae"
    title = app.session_state["song"].name
    app.selectbox(key="example").set_value(None).run()
    assert app.selectbox(key="example").value is None
    assert app.session_state["song"].name == title


def ticked(app: AppTest) -> list[str]:
    """Give the panels that are chosen, whose charts have to be there."""
    found = [key for key in panels.PANELS if app.checkbox(key=f"panels-{key}").value]
    assert len(app.get("plotly_chart")) == 2 + len(found)  # Bars, ribbon, panels.
    return found


def silence() -> bytes:
    file = io.BytesIO()
    soundfile.write(file, np.zeros(50_000), 22_050, format="WAV")
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "word"),
    [(b"dear diary, " * 400, "text"), (b"", "empty"), (silence(), "silent")],
    ids=["text", "empty", "silence"],
)
def test_what_is_no_music_is_explained(app: AppTest, data: bytes, word: str) -> None:
    upload(app, "song.mp3", data)
    assert not app.exception
    assert word in app.error[0].value
    upload(app, "song.wav", examples.wav("swing-combo"))
    assert not app.error
    assert "most likely" in texts(app)


def test_the_song_survives_a_change_of_page(app: AppTest) -> None:
    app.selectbox(key="example").set_value("swing-combo").run()
    before = [caption.value for caption in app.caption]
    app.switch_page("pages/guide.py").run()
    assert not app.exception
    assert "calibrated" in texts(app)
    assert len(app.dataframe) == 1
    app.switch_page("pages/listen.py").run()
    assert "Blue umbrella" in texts(app)
    assert [line for line in before if "most likely" in line] == [
        caption.value for caption in app.caption if "most likely" in caption.value
    ]


def test_two_models_are_shown_side_by_side_and_together(app: AppTest) -> None:
    app.selectbox(key="example").set_value("swing-combo").run()
    assert len(app.get("plotly_chart")) == 3
    app.multiselect(key="models").set_value(["blend", "statistics"]).run()
    assert not app.exception
    assert len(app.get("plotly_chart")) == 5
    assert "Do the models agree?" in texts(app)
    assert "of 2 models name" in texts(app)
    assert app.selectbox(key="closer").options[0] == "All models together"
    app.multiselect(key="models").set_value(["statistics"]).run()
    assert "Do the models agree?" not in texts(app)
    app.multiselect(key="models").set_value([]).run()
    assert "at least one model" in texts(app)


def test_of_a_few_seconds_nothing_is_said_to_be_not_a_number(app: AppTest) -> None:
    samples = audio.load(examples.wav("boom-bap")).samples
    for seconds, models in (
        (5, ["blend"]),
        (5, ["blend", "statistics"]),
        (11, ["blend", "lse-cnn"]),
    ):
        upload(app, "few.wav", audio.wav_bytes(samples[: seconds * audio.SAMPLE_RATE]))
        app.multiselect(key="models").set_value(models).run()
        song = app.session_state["song"].sha256
        app.session_state["player-region"] = Region(song, 0.0, 4.0)
        app.run()
        assert not app.exception
        assert "From 0:00 to 0:04" in texts(app)
        assert not re.search(r"(?i)\bnan\b", "".join(str(one.proto) for one in app.main))
        assert not any(re.search("(?i)nan", frame.value.to_csv()) for frame in app.dataframe)


def test_the_choice_of_models_survives_a_change_of_page(app: AppTest) -> None:
    app.selectbox(key="example").set_value("boom-bap").run()
    app.multiselect(key="models").set_value(["statistics"]).run()
    app.switch_page("pages/guide.py").run()
    app.switch_page("pages/listen.py").run()
    assert app.multiselect(key="models").value == ["statistics"]


def test_a_reading_can_be_stopped_and_taken_up_again(app: AppTest) -> None:
    app.selectbox(key="example").set_value("boom-bap").run()
    app.session_state["stopped"] = True
    app.run()
    assert "was stopped" in texts(app)
    assert not app.get("plotly_chart")
    app.button(key="again").click().run()
    assert "most likely" in texts(app)


def told(app: AppTest) -> dict[str, Any]:
    """Give what the player has been told."""
    components = app.get("bidi_component")
    (element,) = (one for one in components if one.proto.component_name == "genre_blend_player")
    return dict(json.loads(element.proto.json))


def test_the_player_has_the_lanes_and_the_blend(app: AppTest) -> None:
    app.selectbox(key="example").set_value("boom-bap").run()
    found = told(app)
    assert [lane["key"] for lane in found["lanes"]] == ["waveform", "mel"]
    assert found["ribbon"]["genres"][0]["named"]
    assert found["action"] == "Read this region"
    app.checkbox(key="panels-chroma").check().run()
    assert [lane["key"] for lane in told(app)["lanes"]] == ["waveform", "mel", "chroma"]
    # Without a model it plays all the same.
    app.multiselect(key="models").set_value([]).run()
    assert told(app)["ribbon"] is None
    assert told(app)["action"] is None
    assert told(app)["audio"] == found["audio"]


def test_a_region_gets_bars_beside_those_of_the_song(app: AppTest) -> None:
    app.selectbox(key="example").set_value("boom-bap").run()
    app.multiselect(key="models").set_value(["statistics"]).run()
    before = len(app.get("plotly_chart"))
    song = app.session_state["song"].sha256
    app.session_state["player-region"] = Region(song, 12.0, 20.0)
    app.run()
    assert not app.exception
    assert "From 0:12 to 0:20" in texts(app)
    assert len(app.get("plotly_chart")) == before + 1
    table = next(frame.value for frame in app.dataframe if "The whole song" in frame.value)
    assert list(table.columns) == ["Genre", "From 0:12 to 0:20", "The whole song"]
    # Several models have one vote each in a region too.
    app.multiselect(key="models").set_value(["statistics", "blend"]).run()
    said = [caption.value.replace("\\", "") for caption in app.caption]
    assert "of 2 models name" in next(text for text in said if "From 0:12" in text)
    app.session_state["player-region"] = Region(song, 12.0, 12.4)
    app.run()
    assert "That region has 0.4 s of music" in texts(app).replace("\\", "")
    app.button(key="region-close").click().run()
    assert "That region" not in texts(app)
    # A region of another song is none of this one.
    app.session_state["player-region"] = Region("another", 12.0, 20.0)
    app.run()
    assert "From 0:12" not in texts(app)


def test_names_cannot_format_the_page() -> None:
    assert escape_markdown("a_b *c*\n[x](y) <i>") == r"a\_b \*c\* \[x\]\(y\) \<i\>"
