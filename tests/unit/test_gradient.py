"""The gradient's map finds what was planted, adds up, and stands its test."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from genre_app import architectures, audio, cli, examples, zoo
from genre_app.errors import ModelError
from genre_app.explain import Explanation, explain, gradient, region
from genre_app.explain.explanation import EFFECT, HOW, has_gradient, method_of
from genre_app.explain.faithful import check
from genre_app.explain.occlusion import Asker, Grid, log_odds
from genre_app.figures.explain import explain_figure, explain_table, ways_message, ways_table
from genre_app.logmel import COLUMN_RATE, LogMel
from genre_app.views import PICTURES, clip_image, crnn_image, picture, piece_sequence
from genre_app.zoo import WindowOutputs

PLANTED, MOMENT = 5, 2
"""Band and time of the grid in which something sounds."""

ROWS = slice(8 * PLANTED, 8 * PLANTED + 8)


class Seen:
    """A Keras network that listens to the planted band, which it sees through a view."""

    def __init__(self, view: Callable[..., NDArray[np.float32]], mel: LogMel) -> None:
        import keras

        place = np.full((1, 128, mel.columns), -80, np.float32)
        place[:, ROWS] = 0
        weight = view(place)
        source = keras.Input(weight.shape[1:])
        axes = tuple(range(1, weight.ndim))
        heard = keras.ops.sum(source * (weight / weight.sum()), axis=axes)[:, None]
        level = 40 * keras.ops.square(heard)
        logits = keras.ops.concatenate([level - 4, level * 0, level * 0 - 1], axis=1)
        self.network = keras.Model(source, {"logits": logits})
        self.view = view

    def outputs_of(self, mels: Sequence[LogMel]) -> list[WindowOutputs]:
        """Give the logits of clips of one length."""
        given = np.stack([mel.excerpt(0, mel.columns) for mel in mels])
        said, zero = np.asarray(self.network(self.view(given))["logits"]), np.zeros(1)
        return [WindowOutputs(row[None], row[None], zero, zero) for row in said]


def music(seconds: float) -> LogMel:
    """Make even noise, and a louder band within one time of the grid."""
    columns = round(seconds * COLUMN_RATE)
    decibels = np.random.default_rng(0).uniform(-62, -58, (128, columns)).astype(np.float32)
    decibels[0, 0] = 0
    mel = LogMel(decibels, decibels.max(axis=0))
    cells = np.zeros(Grid.of(mel).shape)
    cells[PLANTED, MOMENT] = 1
    decibels[Grid.of(mel).spread(cells) > 0] = -5
    return LogMel(decibels, decibels.max(axis=0))


@pytest.mark.parametrize(
    ("view", "seconds", "window_s"),
    [
        (clip_image, 20.0, 10.0),  # Three windows that overlap.
        (crnn_image, 30.0, 30.0),  # Resampled: more columns, fewer rows.
        (picture, 12.0, 30.0),  # Repeated until it fills the picture, in three colours.
        (piece_sequence, 6.0, 6.0),  # Time first.
    ],
)
def test_the_planted_band_and_time_are_found(
    view: Callable[..., NDArray[np.float32]], seconds: float, window_s: float
) -> None:
    mel = music(seconds)
    model = Seen(view, mel if window_s > seconds else music(window_s))
    asker = Asker(model, mel, window_s=window_s, hop_s=window_s / 2, temperature=1.5)
    told: list[float] = []
    values = gradient.attribute(asker, model.network, view, 0, progress=told.append)
    assert values.shape == asker.grid.shape
    assert values.argmax() == PLANTED * asker.grid.times + MOMENT
    # Resampling smears a band over the edges of its neighbours.
    elsewhere = np.delete(np.delete(values, PLANTED, axis=0), MOMENT, axis=1)
    assert values.max() > 20 * np.abs(elsewhere).max()
    assert told == sorted(told)
    assert told[-1] == 1
    tested = check(asker, values, 0)
    assert tested.trusted
    # What the cells bring together is what hiding all of them takes away.
    change = float(log_odds(tested.whole) - log_odds(tested.nothing))
    assert change > 0.5
    assert values.sum() == pytest.approx(change, rel=0.05)


def test_every_picture_is_linear_in_the_log_mel() -> None:
    chance = np.random.default_rng(1)
    for view in PICTURES:
        one, two = chance.uniform(-80, 0, (2, 1, 128, 150)).astype(np.float32)
        np.testing.assert_allclose(view((one + two) / 2), (view(one) + view(two)) / 2, atol=1e-5)
        # At the floor it is nothing, at 0 dB it is one: so masks have pictures too.
        assert np.abs(view(one * 0 - 80)).max() < 1e-5
        assert np.abs(view(one * 0) - 1).max() < 1e-5


def test_only_models_that_see_a_picture_have_a_gradient() -> None:
    seeing = {name for name, kind in architectures.ARCHITECTURES.items() if kind.view in PICTURES}
    assert {"cs230-cnn", "choi-crnn", "lse-bigru", "umass-time-cnn", "image-cnn"} <= seeing
    assert not {"blend", "statistics", "lse-cnn-mlp", "boosted-trees", "jamendo-fcn"} & seeing
    blend, small = zoo.load("statistics"), zoo.load("image-cnn")
    assert (has_gradient(blend), has_gradient(small)) == (False, True)
    assert (method_of(blend), method_of(small)) == ("occlusion", "gradient")
    assert method_of(small, "occlusion") == "occlusion"
    with pytest.raises(ModelError, match="have no gradient"):
        method_of(blend, "gradient")


@pytest.fixture(scope="module")
def found() -> Explanation:
    cut, start = region(audio.load(examples.wav("chamber-quintet")).samples)
    return explain(cut, model="cs230-cnn", start_s=start)


def test_a_shipped_network_is_explained_better_than_at_random(found: Explanation) -> None:
    fall, usual = found.check.falls
    assert found.method == "gradient"
    assert fall > usual
    # Where that is too little, it is said.
    assert found.check.trusted != ("do not trust" in found.sentence)
    change = float(log_odds(found.check.whole) - log_odds(found.check.nothing))
    assert found.values.sum() == pytest.approx(change, rel=0.1)


def test_the_method_is_named_wherever_the_map_is(found: Explanation) -> None:
    said = found.as_dict()
    assert (said["method"], said["how"]) == ("gradient", HOW["gradient"])
    table = explain_table(found, found.mask())
    assert EFFECT["gradient"] in table
    assert EFFECT["occlusion"] not in table
    template = explain_figure(found, found.mask()).data[0].hovertemplate
    assert "part of the log-odds" in template


def test_two_ways_to_one_map_are_set_beside_each_other(found: Explanation) -> None:
    # A map that marks one piece in four of the same, and takes away nothing.
    marked = np.flatnonzero(found.mask())
    values = found.values.copy()
    values.flat[marked[marked.size // 4 :]] = -1
    useless = replace(found.check, deletion=np.full_like(found.check.deletion, found.check.whole))
    good = replace(found, check=replace(found.check, deletion=0 * found.check.deletion, whole=0.9))
    bad = replace(found, method="occlusion", values=values, check=useless)
    assert good.check.trusted
    assert not bad.check.trusted
    assert "Only the map made by gradient passes" in ways_message(good, bad)
    assert "Neither map passes" in ways_message(bad, bad)
    assert "Of the pieces that one marks, the other marks" in ways_message(good, bad)
    assert "marks >99 %" in ways_message(good, replace(good, method="occlusion"))
    table = ways_table([good, bad])
    assert list(table)[1:] == ["By gradient", "By hiding"]
    assert [column[-1] for column in table.values()] == ["Passes the test", "yes", "no"]
    assert table["By gradient"][:2] == ["90 %", "<1 %"]
    assert {len(column) for column in table.values()} == {6}


def test_the_same_twice(found: Explanation) -> None:
    again = gradient.attribute(
        Asker(
            zoo.load("cs230-cnn"),
            found.mel,
            window_s=10.0,
            hop_s=5.0,
            temperature=float(zoo.card("cs230-cnn")["temperature"]),
        ),
        zoo.load("cs230-cnn").network,
        clip_image,
        found.genres.index(found.genre),
    )
    np.testing.assert_allclose(again, found.values, atol=1e-6)


def test_the_method_is_chosen_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    song = tmp_path / "song.wav"
    song.write_bytes(audio.wav_bytes(audio.load(examples.wav("boom-bap")).samples[:100_000]))
    for method in ("gradient", "occlusion"):
        command = ["explain", str(song), "--model", "image-cnn", "--method", method]
        assert cli.main([*command, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["method"] == method
    assert cli.main(["explain", str(song), "--model", "image-cnn"]) == 0
    assert HOW["gradient"] in capsys.readouterr().out
    refused = ["explain", str(song), "--model", "statistics", "--method", "gradient"]
    assert cli.main(refused) == 1
    assert "no gradient" in capsys.readouterr().err
