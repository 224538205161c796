"""Temperature, thresholds, metrics and the words of certainty."""

import numpy as np
import pytest

from genre_app.calibration import (
    at_length,
    certainty_thresholds,
    fit_temperature,
    of_pieces,
    softmax,
    stand_out,
    sure_from,
)
from genre_app.evaluation import figures, wilson
from genre_app.familiarity import Look
from genre_app.genres import GENRES
from genre_app.reading import judge

THRESHOLDS = {"clear": 0.7, "mixed": 0.6, "outside": 2.0, "featureless": 0.03}


def shares(*first: float) -> np.ndarray:
    rest = (1 - sum(first)) / (10 - len(first))
    return np.array([*first, *[rest] * (10 - len(first))])


def test_the_temperature_of_overconfident_logits_is_found() -> None:
    chance = np.random.default_rng(0)
    honest = chance.normal(0, 2, (4000, 10))
    labels = np.array([chance.choice(10, p=softmax(row)) for row in honest])
    found = fit_temperature([row[None] * 3.0 for row in honest], labels)
    assert found == pytest.approx(3.0, rel=0.08)


def test_wrong_labels_do_not_make_everything_timid() -> None:
    # Songs that are easy, or hard; of the easy ones some bear a wrong label.
    chance = np.random.default_rng(2)
    heights = chance.choice([1.5, 12.0], 4000)
    logits = np.eye(10)[np.zeros(4000, int)] * heights[:, None]
    labels = np.array([chance.choice(10, p=softmax(row)) for row in logits])
    wrong = (heights > 10) & (chance.random(4000) < 0.03)
    labels[wrong] = chance.integers(1, 10, wrong.sum())
    found = fit_temperature([row[None] for row in logits], labels)
    assert found == pytest.approx(1.0, abs=0.1)


def test_thresholds_hold_where_they_were_measured() -> None:
    chance = np.random.default_rng(1)
    probabilities = chance.dirichlet(np.full(10, 0.1), 2000)
    labels = np.array([chance.choice(10, p=row) for row in probabilities])
    looks = [Look(novelty, 1.0) for novelty in range(2000)]
    found = certainty_thresholds(probabilities, labels, looks)
    clear = probabilities.max(axis=1) >= found["clear"]
    assert 0.02 < clear.mean() < 0.9
    assert (probabilities.argmax(axis=1) == labels)[clear].mean() >= 0.9
    assert found["outside"] == pytest.approx(1979, abs=2)
    assert found["featureless"] == 0.5
    assert "together" not in found


def test_one_in_a_hundred_is_outside_whatever_for() -> None:
    chance = np.random.default_rng(2)
    looks = [Look(*one) for one in chance.gamma(3.0, size=(2000, 3)).tolist()]
    found = certainty_thresholds(np.tile(shares(0.9), (2000, 1)), np.zeros(2000, int), looks)
    novel = np.array([look.novelty > found["outside"] for look in looks])
    apart = np.array([look.together > found["together"] for look in looks])
    assert (novel | apart).mean() == pytest.approx(0.01, abs=0.001)
    assert novel.any()
    assert apart.any()


@pytest.mark.parametrize(
    ("blend", "unfamiliar", "structured", "word"),
    [
        (shares(0.8), 1.0, 0.1, "clear"),
        (shares(0.4, 0.35), 1.0, 0.1, "mixed"),
        (shares(0.2, 0.2), 1.0, 0.1, "unsure"),
        (shares(0.97), 5.0, 0.1, "outside"),
        (shares(0.97), 1.0, 0.01, "outside"),
    ],
)
def test_words_of_certainty(
    blend: np.ndarray, unfamiliar: float, structured: float, word: str
) -> None:
    found, reason = judge(blend, Look(unfamiliar, structured), THRESHOLDS, GENRES)
    assert found == word
    assert reason.endswith(".")
    if word != "outside":
        assert "blues" in reason.lower()


def test_parts_that_do_not_belong_together_are_outside() -> None:
    look = Look(1.0, 0.1, together=2.5)
    found, reason = judge(shares(0.97), look, THRESHOLDS | {"together": 2.0}, GENRES)
    assert found == "outside"
    assert "2.5 times the usual distance" in reason
    assert judge(shares(0.97), look, THRESHOLDS | {"together": 3.0}, GENRES)[0] == "clear"
    # A model of an earlier version does not look at it.
    assert judge(shares(0.97), look, THRESHOLDS, GENRES)[0] == "clear"


def test_figures_of_a_known_case() -> None:
    probabilities = np.stack([shares(0.9)] * 8 + [np.roll(shares(0.9), 1)] * 2)
    found = figures(probabilities, np.zeros(10, dtype=int))
    assert found.accuracy == pytest.approx(0.8)
    assert found.ece == pytest.approx(0.1)
    assert found.low < 0.5 < 0.9 < found.high
    with pytest.raises(ValueError, match="sum to 1"):
        figures(probabilities * 2, np.zeros(10, dtype=int))


def test_wilsons_interval_at_290_tracks() -> None:
    low, high = wilson(200, 290)
    assert low == pytest.approx(0.634, abs=1e-3)
    assert high == pytest.approx(0.740, abs=1e-3)


def test_clear_readings_do_not_make_others_mixed() -> None:
    # Half are clear and right; the label of the others is neither of their first two.
    clear = [shares(0.9)] * 200
    other = [shares(0.45 - step / 10_000, 0.3) for step in range(200)]
    probabilities, labels = np.stack([*clear, *other]), np.repeat([0, 5], 200)
    assert sure_from(probabilities, labels)[1] == 1.0
    labels[200:] = 1
    assert sure_from(probabilities, labels)[1] == pytest.approx(0.7301)


def test_two_genres_stand_out_only_where_the_second_is_no_other_s_equal() -> None:
    assert stand_out(shares(0.5, 0.4))
    assert not stand_out(shares(0.7, 0.08))
    assert not stand_out(np.array([0.33, 0.29, 0.27, 0.11]))
    assert stand_out(np.array([0.6, 0.4]))


def test_a_leader_alone_is_not_mixed() -> None:
    look = Look(0.0, 1.0)
    word, reason = judge(shares(0.65, 0.08), look, THRESHOLDS, GENRES)
    assert word == "unsure"
    assert "Blues leads with 65 %" in reason
    word, reason = judge(np.array([0.33, 0.29, 0.27, *[0.11 / 7] * 7]), look, THRESHOLDS, GENRES)
    assert word == "unsure"
    assert reason.startswith("No genre leads")


def test_what_a_few_seconds_tell_is_measured_by_itself() -> None:
    chance = np.random.default_rng(3)
    honest = chance.normal(0, 2, (3000, 10))
    labels = np.array([chance.choice(10, p=softmax(row)) for row in honest])
    piece = of_pieces(2.0, [row[None] * 3.0 for row in honest], labels, temperature=1.5)
    assert piece.softer == pytest.approx(2.0, rel=0.08)
    sure = softmax(honest).max(axis=1) >= piece.clear
    assert (honest.argmax(axis=1) == labels)[sure].mean() == pytest.approx(0.9, abs=0.02)


def test_the_shorter_the_softer() -> None:
    card = {
        "temperature": 0.8,
        "thresholds": THRESHOLDS,
        "pieces": [
            {"seconds": 1.0, "softer": 2.5, "clear": 0.95, "mixed": 0.5},
            {"seconds": 10.0, "softer": 1.5, "clear": 0.8, "mixed": 0.7},
        ],
    }
    assert at_length(card, 30.0) == (0.8, THRESHOLDS)
    temperature, thresholds = at_length(card, 1.0)
    assert temperature == pytest.approx(2.0)
    # Never less than is asked of whole songs.
    assert thresholds == THRESHOLDS | {"clear": 0.95, "mixed": 0.6}
    between = at_length(card, 10**0.5)
    assert between[0] == pytest.approx(1.6)
    assert between[1]["clear"] == pytest.approx(0.875)
    assert at_length(card, 0.5) == at_length(card, 1.0)
    lengths = [at_length(card, seconds)[0] for seconds in (1, 2, 5, 10, 20, 28)]
    assert lengths == sorted(lengths, reverse=True)


def test_a_model_whose_pieces_were_not_measured_calls_nothing_short_clear() -> None:
    card = {"temperature": 0.8, "thresholds": THRESHOLDS}
    temperature, thresholds = at_length(card, 5.0)
    assert temperature == 0.8
    word, reason = judge(shares(0.97), Look(0.0, 1.0), thresholds, GENRES, brief=True)
    assert word == "unsure"
    assert "Less than half a minute was heard" in reason
    assert at_length(card, 12.0) == (0.8, THRESHOLDS)
