"""Lesson plans that fit an hour, links that lead somewhere, a sheet that prints anywhere."""

from pathlib import Path

import pytest

from genre_app.examples import EXAMPLES
from genre_app.lessons import LESSONS, Lesson, worksheet
from genre_app.panels import PANELS

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.key)
def test_a_lesson_takes_45_minutes_and_its_links_exist(lesson: Lesson) -> None:
    assert sum(minutes for minutes, _ in lesson.steps) == 45
    assert lesson.questions
    for link in lesson.links:
        assert (ROOT / link.page).is_file()
        assert link.query.get("example", EXAMPLES[0].key) in {one.key for one in EXAMPLES}
        assert set(link.query.get("panels", PANELS[0]).split(",")) <= set(PANELS)


def test_the_sheet_needs_nothing_from_elsewhere_and_escapes() -> None:
    whole = worksheet().decode()
    assert "http" not in whole
    assert "src=" not in whole
    assert all(question in whole for question in LESSONS[0].questions)
    odd = Lesson("x", "<script>", "a & b", (), (), ("1 < 2?",))
    text = worksheet((odd,)).decode()
    assert "<script>" not in text
    assert "a &amp; b" in text
    assert "1 &lt; 2?" in text
