"""Names that people type: long, with dollar signs or markup, or the same for two models."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from genre_app.crossfade import Sweep
from genre_app.disagreement import Disagreement, compare_readings
from genre_app.evaluation import words
from genre_app.evaluation.compare import McNemar
from genre_app.evaluation.intervals import Estimate
from genre_app.evaluation.per_genre import per_genre, roc_curves
from genre_app.figures import blend, confusion, curves, measures, static, static_models
from genre_app.figures.compare import compare_bars, compare_message, compare_table
from genre_app.figures.crossfade import sweep_figure, sweep_table
from genre_app.figures.disagreement import (
    disagreement_figure,
    disagreement_image,
    disagreement_message,
    disagreement_table,
)
from genre_app.figures.names import apart, escaped, short, short_names
from genre_app.figures.tables import columns_csv
from genre_app.figures.tables_models import mcnemar_table
from genre_app.genres import COLOURS, FURTHER, GENRES
from genre_app.reading import Reading

LONG = "Norwegian traditional Hardanger fiddle mu"
SHORT = "Norwegian tradi…"
DOLLARS = ("A$$AP school", "Ca$h M$ney", "$x_$ y", "rock")
MARKUP = "<b>Ours</b> %{y}"
SAFE = "&lt;b&gt;Ours&lt;/b&gt; % {y}"


def made_up(model: str, genres: tuple[str, ...], rows: list[list[float]]) -> Reading:
    """Make a reading of windows of 10 s, side by side."""
    timeline = np.array(rows, np.float64)
    starts = np.arange(len(rows), dtype=np.float64) * 10
    mean, end = timeline.mean(axis=0), 10.0 * len(rows)
    return Reading(
        "song", model, genres, end, mean, mean, mean, "mixed", "", starts, starts + 10, timeline
    )


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """Collect what Matplotlib saves."""
    found: list[Figure] = []
    save = Figure.savefig

    def keep(figure: Figure, *given: object, **named: object) -> None:
        found.append(figure)
        save(figure, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Figure, "savefig", keep)
    return found


def fonts(figure: Figure, title: str) -> list[str]:
    """Give the fonts of a picture's title."""
    (found,) = (text for text in figure.findobj(Text) if text.get_text() == title)
    return list(found.get_fontfamily())


# Names -----------------------------------------------------------------------------------


@given(st.lists(st.sampled_from(["A", "A (2)", "A (2) (2)", "Genre", "B"]), max_size=7))
def test_titles_are_told_apart_and_never_taken(titles: list[str]) -> None:
    found = apart(titles, taken=["Genre"])
    assert len({*found, "Genre"}) == len(titles) + 1
    assert apart(found) == found
    assert all(name.startswith(title) for name, title in zip(found, titles, strict=True))


def test_a_title_keeps_its_name_where_it_can() -> None:
    assert apart(["Blend", "Blend", "Other"]) == ["Blend", "Blend (2)", "Other"]
    assert apart(["Blend", "Blend", "Blend (2)"]) == ["Blend", "Blend (3)", "Blend (2)"]


def test_long_names_are_shortened_to_a_width_and_stay_apart() -> None:
    assert (short(LONG), short("x" * 16)) == (SHORT, "x" * 16)
    assert short("日本の伝統的な音楽") == "日本の伝統的な…"
    assert short_names([LONG, f"{LONG[:-1]}x", "hiphop"]) == [SHORT, f"{SHORT} (2)", "Hip-hop"]


# Matplotlib ------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["png", "svg"])
def test_dollar_signs_are_no_formulas(drawn: list[Figure], format: static.Format) -> None:
    shares, counts = np.array([0.4, 0.3, 0.2, 0.1]), np.arange(16).reshape(4, 4)
    static.bars_image(shares, shares, shares, genres=DOLLARS, format=format)
    static.ribbon_image([0], [30], shares[None], 30.0, genres=DOLLARS, format=format)
    static_models.confusion_image(counts, genres=DOLLARS, format=format)
    static_models.track_image(shares, genres=DOLLARS, title="$$", format=format)
    readings = [made_up(name, DOLLARS, [shares.tolist()]) for name in ("a", "b")]
    found = compare_readings(readings)
    disagreement_image(readings, ["$$", "$$"], found, format=format)
    assert len(drawn) == 5
    labels = [*drawn[0].axes[0].get_yticklabels(), *drawn[1].legends[0].get_texts()]
    assert {label.get_text() for label in labels} == {*DOLLARS[:3], "Rock"}
    assert not any(label.get_parse_math() for label in labels)


def test_powers_of_ten_stay_formulas(drawn: list[Figure]) -> None:
    figure, axes = static.canvas((3, 2), "Log", dpi=50)
    axes.set(xscale="log", xlim=(1, 1000))
    static.saved(figure, "png")
    assert all(label.get_parse_math() for label in drawn[0].axes[0].get_xticklabels())


@pytest.mark.parametrize("format", ["png", "svg"])
def test_the_same_data_give_the_same_file(format: static.Format) -> None:
    shares = np.array([0.5, 0.3, 0.2])
    files = {
        static.bars_image(shares, shares, shares, genres=GENRES[:3], format=format)
        for _ in range(2)
    }
    files |= {static_models.confusion_image(np.eye(3), genres=GENRES[:3], format=format)}
    files |= {static_models.confusion_image(np.eye(3), genres=GENRES[:3], format=format)}
    assert len(files) == 2


def test_long_names_fit_into_pictures(drawn: list[Figure]) -> None:
    shares, wide = np.array([0.6, 0.4]), ("W" * 40, "rock")
    static.bars_image(shares, shares, shares, genres=wide)
    bars = drawn[0]
    assert min(label.get_window_extent().x0 for label in bars.axes[0].get_yticklabels()) >= 0
    static.ribbon_image([0], [30], shares[None], 30.0, genres=wide)
    ribbon = drawn[1]
    assert ribbon.legends[0].get_window_extent().x0 >= ribbon.axes[0].get_window_extent().x1
    usual = np.full(10, 0.1)
    static.bars_image(usual, usual, usual)
    static.ribbon_image([0], [30], usual[None], 30.0)
    # Shipped names leave the plots where those of the panels stand.
    for figure in drawn[2:]:
        assert figure.axes[0].get_position().x0 == pytest.approx(1 / 9)
        assert figure.axes[0].get_position().x1 == pytest.approx(1 - 1.15 / 9)


def test_pictures_grow_with_the_genres() -> None:
    many = [f"class {number}" for number in range(20)]
    shares = np.full(20, 0.05)
    bars = [static.bars_image(*[shares[:n]] * 3, genres=many[:n]) for n in (10, 20)]
    matrices = [static_models.confusion_image(np.eye(n), genres=many[:n]) for n in (10, 20)]
    heights = [Image.open(io.BytesIO(one)).height for one in (*bars, *matrices)]
    assert heights == [840, 1680, 992, 1984]
    ten, twenty = (
        confusion.confusion_heatmap(np.eye(n, dtype=int), genres=many[:n]) for n in (10, 20)
    )
    assert (ten.layout.height, twenty.layout.height) == (460, 920)
    assert compare_bars(["A"], [shares], genres=many).layout.height == 760


# Plotly ----------------------------------------------------------------------------------


def test_axes_have_short_names_and_the_hover_whole_ones() -> None:
    genres, shares = (LONG, MARKUP), np.array([0.6, 0.4])
    shown = [SHORT, escaped(short(MARKUP))]
    for figure in (
        blend.blend_bars(shares, shares, shares, genres=genres),
        compare_bars(["A"], [shares], genres=genres),
    ):
        assert list(figure.layout.yaxis.ticktext) == shown
        assert figure.layout.margin.l >= 110
        assert list(figure.data[0].hovertext) == [LONG, SAFE]
    matrix = confusion.confusion_heatmap([[1, 2], [3, 4]], genres=genres)
    assert list(matrix.layout.xaxis.ticktext) == list(matrix.layout.yaxis.ticktext) == shown
    assert matrix.layout.margin.l >= 110
    assert matrix.layout.margin.t >= 110
    assert matrix.layout.xaxis.tickangle == -90
    assert matrix.data[0].customdata[0][1] == f"{LONG} called {SAFE}: 2 of 3 (67%)"
    ribbon = blend.blend_ribbon([0], [30], shares[None], 30.0, genres=genres)
    assert [trace.name for trace in ribbon.data[:2]] == shown
    assert SAFE in ribbon.data[2].text[0]
    ten = blend.blend_bars(np.full(10, 0.1), np.full(10, 0.1), np.full(10, 0.1))
    assert ten.layout.margin.l == 72


def test_a_click_on_a_shortened_name_is_understood() -> None:
    figure = confusion.confusion_heatmap([[1, 2], [3, 4]], genres=(LONG, "rock"))
    point = {"x": figure.data[0].x[0], "y": figure.data[0].y[1]}
    event = {"selection": {"points": [point]}}
    assert confusion.cell_of(event, genres=(LONG, "rock")) == (1, 0)


def test_titles_of_models_are_no_markup() -> None:
    compared = compare_bars([MARKUP], [[0.6, 0.4]], genres=("rock", "pop"))
    assert compared.data[0].hovertemplate.startswith(f"{SAFE}<br>")
    title = compared.layout.annotations[0].text
    assert title.replace("<br>", " ") == SAFE
    readings = [made_up(name, ("rock", "pop"), [[0.9, 0.1]]) for name in ("a", "b")]
    found = compare_readings(readings)
    figure = disagreement_figure(readings, [MARKUP, "B"], found)
    assert figure.layout.annotations[0].text == SAFE
    lines = curves.curves_figure([curves.Line(MARKUP, [0.5, 0.6])], what="accuracy")
    assert lines.data[0].name == SAFE
    assert f"<extra>{SAFE}</extra>" in lines.data[0].hovertemplate


# Two models of one title -----------------------------------------------------------------


def test_models_of_one_title_have_a_column_each() -> None:
    both, shares = ["Blend", "Blend"], [[0.9, 0.1], [0.2, 0.8]]
    genres = ("rock", "pop")
    assert list(compare_table(both, shares, genres=genres)) == ["Genre", "Blend", "Blend (2)"]
    assert list(compare_table(["Genre"], shares[:1], genres=genres)) == ["Genre", "Genre (2)"]
    message = compare_message(both, shares, genres=genres)
    assert "Rock (Blend)" in message
    assert "Pop (Blend (2))" in message
    readings = [made_up(name, genres, [row]) for name, row in zip("ab", shares, strict=True)]
    found = compare_readings(readings)
    columns = [*disagreement_table(both, found)]
    assert columns == ["Time (min:s)", "Divergence", "Blend", "Blend (2)"]
    assert "Divergence (2)" in disagreement_table(["Divergence", "A"], found)
    assert "rock (Blend) and pop (Blend (2))" in disagreement_message(both, found)
    titles = [one.text for one in disagreement_figure(readings, both, found).layout.annotations]
    assert titles[:2] == ["Blend", "Blend (2)"]
    lines = [curves.Line("Epoch", [1.0]), curves.Line("A", [2.0]), curves.Line("A", [3.0])]
    assert list(curves.curves_table(lines)) == ["Epoch", "Epoch (2)", "A", "A (2)"]
    drawn = curves.curves_figure(lines, what="loss").data
    assert [trace.name for trace in drawn] == ["Epoch", "A", "A (2)"]
    counted = mcnemar_table(McNemar(5, 1, 2, 0, 1.0, Estimate(-1 / 8, -0.5, 0.25)), "A", "A")
    assert counted["Right"][1:3] == ["Only A", "Only A (2)"]


# Colours ---------------------------------------------------------------------------------


def test_each_genre_has_one_colour_among_several_models(drawn: list[Figure]) -> None:
    one = made_up("a", ("rock", "Ska"), [[0.6, 0.4]])
    two = made_up("b", ("rock", "Choir"), [[0.6, 0.4]])
    found = compare_readings([one, two])
    figure = disagreement_figure([one, two], ["A", "B"], found)
    colours = {trace.name: trace.fillcolor for trace in figure.data if trace.stackgroup}
    assert colours == {"Rock": COLOURS["rock"], "Ska": FURTHER[0], "Choir": FURTHER[1]}
    disagreement_image([one, two], ["A", "B"], found)
    legend = drawn[0].legends[0]
    assert len({patch.get_facecolor() for patch in legend.get_patches()}) == 3


def test_own_classes_are_not_all_grey(drawn: list[Figure]) -> None:
    genres = ("Ska", "Techno", "Choir")
    shares = np.array([[0.9, 0.05, 0.05], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6], [0.4, 0.3, 0.3]])
    found = roc_curves(shares, np.array([0, 1, 2, 1]), genres)
    colours = [trace.line.color for trace in measures.roc_figure(found).data[1:]]
    assert colours == list(FURTHER[:3])
    # One that does not occur in the test has no curve, but keeps its colour.
    kept = measures.roc_figure(found[1:], genres).data[1:]
    assert [trace.line.color for trace in kept] == list(FURTHER[1:3])
    static_models.roc_image(found)
    assert [line.get_color() for line in drawn[0].axes[0].get_lines()[1:]] == colours
    lines = sweep_figure(swept(), 0.5).data[2:]
    assert [line.line.color for line in lines] == [FURTHER[0], COLOURS["rock"]]


# Words and tables ------------------------------------------------------------------------


def swept() -> Sweep:
    ends = np.array([0.0, 1.0])
    return Sweep(("EDM", "rock"), "EDM", "rock", ends, np.array([[0.1, 0.9], [0.9, 0.1]]), ends)


def test_own_names_keep_their_spelling() -> None:
    assert list(sweep_table(swept())) == ["True share", "Predicted share", "EDM", "Rock"]
    genres = ("EDM", "jazz", "iPop")
    assert [words.name_of(place, genres) for place in range(3)] == ["EDM", "jazz", "iPop"]
    assert words.confusion_sentence(np.array([[1, 0, 0], [1, 1, 0], [0, 0, 1]]), genres=genres) == (
        "Jazz is called EDM once of 2."
    )
    assert words.confusion_sentence(
        np.array([[1, 0, 0], [0, 1, 0], [1, 0, 1]]), genres=genres
    ).startswith("iPop is called EDM")
    shares = np.array([[0.9, 0.1, 0.0], [0.8, 0.2, 0.0], [0.3, 0.7, 0.0]])
    found = per_genre(shares, np.array([0, 1, 1]), genres)
    assert "Of EDM 1 of 1 tracks are found, of jazz 1 of 2" in words.genres_sentence(found)


def test_a_class_with_brackets_is_named_whole() -> None:
    shares = np.array([[[0.9, 0.1]] * 2, [[0.6, 0.4], [0.55, 0.45]]])
    found = Disagreement(
        ("a", "b"),
        ("Rock (live)", "pop"),
        np.array([0.5, 1.5]),
        shares,
        np.array([0.1, 0.2]),
        {("a", "b"): 0.15},
    )
    assert "all name Rock (live) first" in disagreement_message(["A", "B"], found)


def test_nothing_has_no_interval() -> None:
    shares = np.array([[0.9, 0.1, 0.0], [0.8, 0.2, 0.0], [0.3, 0.7, 0.0]])
    table = measures.genre_table(per_genre(shares, np.array([0, 0, 1]), ("rock", "pop", "jazz")))
    for name in ("Precision", "Recall", "F1"):
        values, spans = table[f"{name} (%)"], table[f"{name} 95 %"]
        assert [value is None for value in values] == [span is None for span in spans]
        assert spans[2] is None
        assert spans[0] is not None


def test_a_header_is_no_formula() -> None:
    written = columns_csv({"=1+1": [1], "x": ["=2"]}).decode("utf-8-sig")
    assert written.splitlines() == ["'=1+1,x", "1,'=2"]


def test_scripts_that_the_usual_font_lacks_fall_back_on_the_systems(
    drawn: list[Figure], monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if it knew these letters: it comes with Matplotlib, so it is there.
    monkeypatch.setattr(static, "_FAMILIES", ("No Such Font", "STIXGeneral"))
    shares = np.full(10, 0.1)
    titles = ("Song", "P\u00edsni\u010dka", "Pie\u015b\u0144 \u2e82")
    for title in titles:
        static.bars_image(shares, shares, shares, title=title)
    families = [fonts(figure, title) for figure, title in zip(drawn, titles, strict=True)]
    assert families[1] == ["DejaVu Sans"]
    assert families[2] == ["DejaVu Sans", "STIXGeneral"]


def test_a_picture_of_several_models_says_of_what_song(drawn: list[Figure]) -> None:
    one = made_up("a", GENRES, [[0.55] + [0.05] * 9])
    found = compare_readings([one, one])
    disagreement_image([one, one], ["A", "B"], found, title="Where they disagree · song.mp3")
    disagreement_image([one, one], ["A", "B"], found)
    assert [figure.get_suptitle() for figure in drawn] == ["Where they disagree · song.mp3", ""]
