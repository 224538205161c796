"""Names and colours of genres that users add; figures for more than ten."""

import numpy as np

from genre_app.figures.blend import blend_bars, blend_ribbon
from genre_app.figures.compare import compare_message, compare_table
from genre_app.figures.static import bars_image, ribbon_image
from genre_app.figures.words import blend_message, ribbon_message
from genre_app.genres import COLOURS, FURTHER, GENRES, colour_of, name_of

ELEVEN = (*GENRES, "School Band")


def test_added_genres_have_names_and_colours_of_their_own() -> None:
    assert name_of("hiphop") == "Hip-hop"
    assert name_of("School Band") == "School Band"
    assert [colour_of(genre, ELEVEN) for genre in GENRES] == [COLOURS[genre] for genre in GENRES]
    assert colour_of("School Band", ELEVEN) == FURTHER[0]
    many = [f"class {i}" for i in range(12)]
    colours = [colour_of(genre, many) for genre in many]
    assert len(set(colours)) == 12


def test_figures_show_the_eleventh_genre() -> None:
    shares = np.full(11, 0.04)
    shares[10] = 0.6
    parts = (shares, shares - 0.02, shares + 0.02)
    bars = blend_bars(*parts, genres=ELEVEN)
    assert bars.data[0].y[0] == "School Band"
    assert bars.data[0].marker.color[0] == FURTHER[0]
    assert blend_message(*parts, genres=ELEVEN).startswith("School Band most likely, 60 %")
    windows = ([0.0, 3.0], [12.0, 15.0], np.stack([shares, shares]), 15.0)
    assert blend_ribbon(*windows, genres=ELEVEN).data[0].name == "School Band"
    assert "School Band leads" in ribbon_message(*windows, genres=ELEVEN)
    assert bars_image(*parts, genres=ELEVEN).startswith(b"\x89PNG")
    assert ribbon_image(*windows, genres=ELEVEN).startswith(b"\x89PNG")


def test_models_with_other_genres_are_compared() -> None:
    ten, eleven = np.full(11, 0.1), np.full(11, 0.05)
    ten[10], eleven[10] = np.nan, 0.5
    titles, blends = ["Old", "New"], [ten, eleven]
    table = compare_table(titles, blends, genres=ELEVEN)
    row = table["Genre"].index("School Band")
    assert (table["Old"][row], table["New"][row]) == ("not known", "50 %")
    assert "School Band (New)" in compare_message(titles, blends, genres=ELEVEN)
