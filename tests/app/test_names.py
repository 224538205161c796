"""Names that people give to models and classes format no page, and fetch nothing from elsewhere."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from genre_app import places, zoo
from genre_app.explain import Explanation
from genre_app.ui import reading_report
from genre_app.ui.player.regions import Region

TITLE = "A ![x](https://e.example/p.png)"
CLASS = "B ![y](https://e.example/q.png)"
NAME = "nasty"

FORMATTED = ("markdown", "caption", "header", "subheader", "info", "success", "warning", "error")
LABELLED = ("expander", "button", "checkbox", "radio", "selectbox", "slider")


def kept(folder: Path, *, genre: str = CLASS) -> Path:
    """Keep a model under a bad name: a shipped one, of which a genre is called otherwise."""
    target = folder / "models" / NAME
    shutil.copytree(zoo.FOLDER / "statistics", target)
    card = zoo.card("statistics")
    genres = [genre if one == "classical" else one for one in card["genres"]]
    text = json.dumps(card | {"name": NAME, "title": TITLE, "genres": genres})
    (target / "card.json").write_text(text)
    return target


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give what is written beside bars, which are gone when a page is done."""
    monkeypatch.setenv(places.VARIABLE, str(tmp_path))
    kept(tmp_path)
    reading_report.explanations.clear()  # Of other tests.
    found: list[str] = []
    progress: Callable[..., Any] = streamlit.progress

    def note(value: float, text: str = "") -> Any:  # noqa: ANN401
        found.append(text)
        return progress(value, text)

    monkeypatch.setattr(streamlit, "progress", note)
    return found


def written(app: AppTest) -> list[str]:
    """Give all texts of a page that Streamlit reads as Markdown."""
    assert not app.exception
    texts = [str(element.value) for kind in FORMATTED for element in getattr(app, kind)]
    labels = [str(element.label) for kind in LABELLED for element in getattr(app, kind)]
    return texts + labels


def harmless(texts: list[str], *names: str) -> None:
    """See that names stand in the texts, and are formatted nowhere."""
    assert [text for text in texts if "![" in text] == []
    for name in names:
        assert any(name.replace("![", r"\!\[") in text for text in texts)


def test_bad_names_are_text_on_listen_and_why(told: list[str]) -> None:
    app = AppTest.from_file("../../app.py", default_timeout=120).run()
    app.selectbox(key="example").set_value("chamber-quintet").run()
    app.multiselect(key="models").set_value([NAME, "statistics"]).run()
    texts = written(app)
    harmless(texts, r"A ![x\]", r"B ![y\]")
    app.multiselect(key="models").set_value([NAME]).run()
    harmless(written(app), r"answers with one of them whatever it hears: Blues, B ![y\]")
    app.session_state["player-region"] = Region(app.session_state["song"].sha256, 2.0, 9.0)
    app.run()
    harmless(written(app), r"0\:09\: B ![y\]")
    app.switch_page("pages/why.py").run()
    genre = next(box for box in app.selectbox if str(box.key).startswith("why-genre"))
    genre.set_value(CLASS).run()
    harmless(written(app), r"Why B ![y\]")
    app.button(key="why-start").click().run()
    app.button(key="part-start").click().run()
    harmless(written(app), r"Read as a song of its own\: B ![y\]")
    harmless(told, r"of music: A ![x\]", r"what is B ![y\]")


@pytest.mark.parametrize(
    "section", ["leaderboard", "confusion", "two", "genres", "certainty", "tracks", "blends"]
)
def test_bad_names_are_text_on_models(section: str, told: list[str]) -> None:
    app = AppTest.from_file("../../pages/models.py", default_timeout=90)
    for key, value in {"section": section, "model": NAME, "label": CLASS}.items():
        app.query_params[key] = value
    app.run()
    harmless(written(app), r"A ![x\]")


def test_bad_names_are_text_on_the_guide(told: list[str]) -> None:
    app = AppTest.from_file("../../app.py", default_timeout=90).run()
    app.switch_page("pages/guide.py").run()
    harmless(written(app), r"A ![x\]")


def test_a_report_holds_what_the_present_models_explained(
    told: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[dict[str, Any], list[Explanation]]] = []

    def note(*values: Any) -> bytes:  # noqa: ANN401
        *_, cards, found = values
        given.append((cards, found))
        return b""

    def report() -> tuple[dict[str, Any], list[Explanation]]:
        app.switch_page("pages/listen.py").run()
        assert not app.exception
        return given[-1]

    monkeypatch.setattr(reading_report, "_html", note)
    # A download's content is made when it is clicked, which this test cannot.
    monkeypatch.setattr(reading_report, "partial", lambda made, *values: made(*values))
    app = AppTest.from_file("../../app.py", default_timeout=120).run()
    app.selectbox(key="example").set_value("chamber-quintet").run()
    app.switch_page("pages/why.py").run()
    app.selectbox(key="why-model").set_value(NAME).run()
    app.button(key="why-start").click().run()
    cards, found = report()
    assert [one.model for one in found] == [NAME]
    assert cards[NAME]["title"] == TITLE
    assert zoo.DEFAULT in cards
    # Another model under the same name is not the one that explained it.
    path = tmp_path / "models" / NAME / "card.json"
    path.write_text(json.dumps(zoo.card(NAME) | {"temperature": 1.5}))
    cards, found = report()
    assert not found
    assert list(cards) == [zoo.DEFAULT]
    shutil.rmtree(path.parent)
    assert report() == ({zoo.DEFAULT: zoo.card(zoo.DEFAULT)}, [])
