"""Curves of a training: drawn as they are, and said without saying too much."""

import json

from hypothesis import given
from hypothesis import strategies as st

from genre_app.figures.curves import (
    Line,
    curves_figure,
    curves_table,
    learning_lines,
    learning_message,
    line_style,
    seed_band,
)

OVER = {
    "loss": [2.0, 1.0, 0.5, 0.2],
    "accuracy": [0.3, 0.6, 0.9, 0.99],
    "val_loss": [1.8, 1.2, 1.5, 1.8],
    "val_accuracy": [0.3, 0.5, 0.5, 0.48],
}


def test_over_fitting_is_named_with_its_epoch() -> None:
    told = learning_message(OVER)
    assert "least after epoch 2" in told
    assert "risen by 50%" in told
    good = OVER | {"val_loss": [1.8, 1.2, 1.0, 0.9], "val_accuracy": [0.3, 0.6, 0.8, 0.9]}
    assert "No over-fitting so far" in learning_message(good)
    assert "by heart" in learning_message(good | {"val_accuracy": [0.3, 0.5, 0.5, 0.5]})
    assert "not over yet" in learning_message({"loss": [], "accuracy": []})


def test_a_figure_holds_the_values_and_keeps_its_axis() -> None:
    figure = curves_figure(learning_lines(OVER, "accuracy"), what="accuracy", epochs=40, chance=0.1)
    one, two = figure.data
    assert list(one.y) == [30.0, 60.0, 90.0, 99.0]
    assert (one.name, two.name) == ("Training", "Validation")
    assert one.line.dash != two.line.dash
    assert figure.layout.xaxis.range == (0.5, 40.5)
    json.loads(figure.to_json())


@given(st.lists(st.lists(st.floats(0, 1), min_size=1, max_size=9), min_size=2, max_size=5))
def test_a_band_holds_every_seed(curves: list[list[float]]) -> None:
    line = seed_band("x", curves, colour="#3e7fc4", dash="solid")
    assert line.low is not None
    assert line.high is not None
    assert len(line.values) == min(map(len, curves))
    for curve in curves:
        for low, value, high in zip(line.low, curve, line.high, strict=False):
            assert low <= value <= high


def test_lines_of_unequal_length_stand_in_one_table() -> None:
    table = curves_table([Line("a", [1.0, 2.0]), Line("b", [3.0])])
    assert table == {"Epoch": [1, 2], "a": [1.0, 2.0], "b": [3.0, None]}


def test_no_two_runs_look_the_same() -> None:
    assert len({line_style(number) for number in range(24)}) == 24
