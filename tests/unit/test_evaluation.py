"""Metrics against scikit-learn, SciPy and the hand, and the sentences that tell them."""

import dataclasses
import itertools
import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from genre_app.evaluation import compare, intervals, metrics, multilabel, per_genre, tracks, words
from genre_app.evaluation.intervals import Estimate
from genre_app.genres import GENRES

ROCK, COUNTRY, METAL = (GENRES.index(name) for name in ("rock", "country", "metal"))

quick = settings(max_examples=40, deadline=None)


def drawn(tracks: int = 300, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Give probabilities and labels that come true as often as they say."""
    chance = np.random.default_rng(seed)
    probabilities = chance.dirichlet(np.full(10, 0.2), tracks)
    labels = np.array([chance.choice(10, p=row) for row in probabilities])
    return probabilities, labels


def sure(answers: list[int], confidence: float = 0.91) -> NDArray[np.float64]:
    rows = np.full((len(answers), 10), (1 - confidence) / 9)
    rows[np.arange(len(answers)), answers] = confidence
    return rows


# Intervals


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
@quick
def test_wilsons_interval_is_within_0_to_1_and_holds_the_share(counts: tuple[int, int]) -> None:
    low, high = intervals.wilson(*counts)
    assert 0.0 <= low <= counts[0] / counts[1] <= high <= 1.0
    from scipy.stats import binomtest

    expected = binomtest(*counts).proportion_ci(method="wilson")
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_without_trials_nothing_is_known() -> None:
    assert intervals.wilson(0, 0) == (0.0, 1.0)
    assert math.isnan(intervals.share(0, 0).value)
    with pytest.raises(ValueError, match="3 of 2"):
        intervals.wilson(3, 2)


def test_the_bootstrap_of_a_mean_is_as_wide_as_its_standard_error_says() -> None:
    values = np.random.default_rng(0).normal(5.0, 2.0, 400)
    found = intervals.bootstrap(values)
    assert found.value == pytest.approx(values.mean())
    assert found.high - found.low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.08)
    assert intervals.bootstrap(values) == found
    middle = intervals.bootstrap(values, statistic="median")
    assert middle.low < np.median(values) == middle.value < middle.high
    assert math.isnan(intervals.bootstrap(np.array([])).value)


def by_three(right: list[int]) -> tuple[NDArray[np.bool_], list[str]]:
    """Give answers to ten tracks by each of some artists, so many of them right."""
    answers = np.concatenate([np.arange(10) < count for count in right])
    return answers, [f"artist {row // 10}" for row in range(len(answers))]


def test_artists_whose_tracks_are_alike_make_the_interval_wider() -> None:
    right, artists = by_three([10, 9, 1, 0, 10, 2, 8, 10, 0, 9])
    low, high = intervals.wilson(int(right.sum()), len(right))
    found = intervals.share_by_group(right, artists)
    assert found.value == right.mean()
    # Ten artists with shares about 0.4 from their mean: 1.96 * 0.43 / sqrt(10) on each side.
    assert found.high - found.low == pytest.approx(2 * 1.96 * 0.43 / np.sqrt(10), rel=0.1)
    assert found.high - found.low > 2 * (high - low)
    assert found.low < found.value < found.high


def test_artists_with_a_track_each_leave_the_interval_as_it_was() -> None:
    right = np.arange(290) % 10 < 7
    low, high = intervals.wilson(int(right.sum()), len(right))
    found = intervals.share_by_group(right, [f"artist {row}" for row in range(290)])
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.01)
    assert intervals.share_by_group(right, None) == intervals.share(int(right.sum()), 290)


def test_an_interval_by_artist_is_drawn_the_same_twice() -> None:
    right, artists = by_three([7, 3, 10, 4])
    assert intervals.share_by_group(right, artists) == intervals.share_by_group(right, artists)


@pytest.mark.parametrize("each", [0, 5, 10])
def test_artists_who_are_all_alike_count_as_so_many_trials(each: int) -> None:
    found = intervals.share_by_group(*by_three([each] * 4))
    assert (found.low, found.high) == intervals.wilson(4 * each / 10, 4)
    assert found.high - found.low > 0.4


def test_a_value_without_its_artist_is_refused() -> None:
    with pytest.raises(ValueError, match="2 groups"):
        intervals.with_groups(np.ones(3), ["a", "b"])
    with pytest.raises(ValueError, match="0 groups"):
        intervals.with_groups(np.ones(0), [])


def test_pairs_with_an_artist_in_common_tell_much_the_same() -> None:
    chance = np.random.default_rng(0)
    own = [f"{number}" for number in range(400)]
    values = chance.normal(0.2, 0.1, 200)
    apart = intervals.with_pairs(values, own[:200], own[200:])
    assert apart.value == pytest.approx(values.mean())
    # Both of a pair are drawn, so its interval is wider than of pairs drawn as one.
    alone = intervals.bootstrap(values)
    assert alone.high - alone.low < apart.high - apart.low < 2.2 * (alone.high - alone.low)
    # Twenty artists, each with a figure of its own that all of its pairs have.
    first, second = (chance.integers(0, 20, 200) for _ in range(2))
    shared = chance.normal(0.2, 0.1, 20)[first]
    wide = intervals.with_pairs(shared, first.astype(str).tolist(), second.astype(str).tolist())
    narrow = intervals.bootstrap(shared)
    assert wide.value == pytest.approx(narrow.value)
    assert wide.high - wide.low > 2.5 * (narrow.high - narrow.low)
    assert wide.low < 0.2 < wide.high
    middle = intervals.with_pairs(values, own[:200], own[200:], statistic="median")
    assert middle.value == pytest.approx(np.median(values))
    assert middle.low < middle.value < middle.high
    assert middle == intervals.with_pairs(values, own[:200], own[200:], statistic="median")
    with pytest.raises(ValueError, match="do not fit"):
        intervals.with_pairs(np.ones(3), ["a", "b"], ["a", "b"])
    with pytest.raises(ValueError, match="do not fit"):
        intervals.with_pairs(np.ones(0), [], [])
    with pytest.raises(ValueError, match="1 groups"):
        metrics.figures(*drawn(40), groups=["a"])


def test_figures_by_artist_are_the_same_but_for_the_interval() -> None:
    probabilities, labels = drawn(60)
    artists = [f"{label} {row % 2}" for row, label in enumerate(labels)]
    plain, by_artist = (metrics.figures(probabilities, labels, one) for one in (None, artists))
    assert by_artist.artists == len(set(artists))
    right = probabilities.argmax(axis=1) == labels
    found = intervals.share_by_group(right, artists)
    assert (by_artist.low, by_artist.high) == (found.low, found.high) != (plain.low, plain.high)
    same = dataclasses.replace(by_artist, low=plain.low, high=plain.high, artists=None)
    assert same == plain


def test_yes_or_no_answers_are_drawn_by_artist_too() -> None:
    scores = np.tile([[0.9, 0.1, 0.8]], (40, 1))
    truth = np.tile([[True, False, False]], (40, 1))
    truth[20:, 2] = True
    artists = [f"artist {row // 10}" for row in range(40)]
    plain = multilabel.multi_label(scores, truth)
    found = multilabel.multi_label(scores, truth, groups=artists)
    for name in ("subset_accuracy", "label_accuracy"):
        narrow, wide = getattr(plain, name), getattr(found, name)
        assert wide.value == narrow.value
        assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)
    assert (plain.artists, found.artists) == (None, 4)
    assert "%, drawn by artist). Of what the model names" in words.multi_label_sentence(found)
    assert "drawn by artist" not in words.multi_label_sentence(plain)


def test_a_genre_counts_its_artists() -> None:
    labels = np.array([ROCK] * 6 + [METAL] * 2)
    artists = ["a", "a", "a", "b", "b", "a", "c", "b"]
    found = per_genre.per_genre(sure(labels.tolist()), labels, groups=artists)
    assert (found[ROCK].artists, found[METAL].artists, found[COUNTRY].artists) == (2, 2, 0)
    assert words.singly_sentence(found).endswith(
        "most of all where few artists have many tracks: of rock there are 6 tracks by 2 artists."
    )
    assert words.singly_sentence(per_genre.per_genre(sure(labels.tolist()), labels)) == ""


def test_results_are_written_down_as_strict_json() -> None:
    probabilities, labels = drawn(40)
    labels[labels == ROCK] = METAL
    results: list[Any] = [
        *per_genre.per_genre(probabilities, labels),
        *per_genre.roc_curves(probabilities, labels),
        metrics.reliability(probabilities, labels),
        metrics.confidence_histogram(probabilities, labels),
        multilabel.multi_label(probabilities, probabilities > 0.2),
        compare.mcnemar(labels, labels, labels),
        *tracks.mistakes(probabilities, labels, [f"t{i}" for i in range(40)]),
    ]
    for result in results:
        json.dumps(result.as_dict(), allow_nan=False)
    rock = per_genre.per_genre(probabilities, labels)[ROCK].as_dict()
    assert rock["recall"] == {"value": None, "low": 0.0, "high": 1.0}
    assert rock["auc"] is None


# All genres together


def test_figures_are_scikit_learns() -> None:
    from sklearn import metrics as sk

    probabilities, labels = drawn()
    found = metrics.figures(probabilities, labels)
    answers = probabilities.argmax(axis=1)
    assert found.accuracy == pytest.approx(sk.accuracy_score(labels, answers))
    assert found.balanced_accuracy == pytest.approx(sk.balanced_accuracy_score(labels, answers))
    assert found.nll == pytest.approx(sk.log_loss(labels, probabilities, labels=range(10)))
    expected = sk.roc_auc_score(labels, probabilities, multi_class="ovr", average="macro")
    assert found.auc == pytest.approx(expected)


def test_one_genre_alone_has_no_auc() -> None:
    assert metrics.figures(sure([ROCK] * 3), np.full(3, ROCK)).auc is None


@pytest.mark.parametrize(
    ("probabilities", "labels", "complaint"),
    [
        (sure([1, 2]), np.array([1]), "do not fit"),
        (sure([1]) * 2, np.array([1]), "sum to 1"),
        (sure([1]), np.array([10]), "0 to 9"),
        (sure([]), np.array([], dtype=int), "do not fit"),
    ],
)
def test_what_does_not_belong_together_is_refused(
    probabilities: NDArray[np.float64], labels: NDArray[np.intp], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        metrics.figures(probabilities, labels)


def test_reliability_of_a_known_case() -> None:
    answers = [ROCK] * 10 + [METAL] * 4
    probabilities = np.concatenate([sure(answers[:10], 0.91), sure(answers[10:], 0.55)])
    labels = np.array([ROCK] * 8 + [COUNTRY] * 2 + [METAL] * 1 + [COUNTRY] * 3)
    found = metrics.reliability(probabilities, labels)
    assert found.counts.nonzero()[0].tolist() == [8, 13]
    assert found.accuracy[[8, 13]].tolist() == pytest.approx([0.25, 0.8])
    assert found.confidence[[8, 13]].tolist() == pytest.approx([0.55, 0.91])
    assert found.ece == pytest.approx((10 * 0.11 + 4 * 0.30) / 14)
    assert metrics.figures(probabilities, labels).ece == pytest.approx(found.ece)
    assert np.isnan(found.accuracy[0])
    assert found.low[13] < 0.8 < found.high[13]
    assert "too sure of itself" in words.reliability_sentence(found)


def test_probabilities_that_come_true_are_well_calibrated() -> None:
    found = metrics.reliability(*drawn(5000))
    assert found.ece < 0.02
    assert "about as sure as it should be" in words.reliability_sentence(found)
    assert found.truthful.low < found.ece < found.truthful.high
    assert "may be chance alone" in words.reliability_sentence(found)


def test_few_tracks_make_truthful_bars_look_wrong() -> None:
    few, many = (metrics.reliability(*drawn(count)).truthful.value for count in (50, 5000))
    assert few > 0.1
    assert many < 0.02


def test_what_chance_makes_is_told_exactly_of_one_bin() -> None:
    # Two tracks at 0.5: both right or both wrong in half of all draws, which is 0.5 off; else 0.
    found = metrics.truthful_ece(np.array([0.5, 0.5]), draws=4001)
    assert (found.low, found.high) == (0.0, 0.5)
    assert found.value in {0.0, 0.5}
    mean = metrics.truthful_ece(np.full(100, 0.8), draws=20_000)
    # Half-normal: the median of |right - said| is 0.6745 standard deviations.
    assert mean.value == pytest.approx(0.6745 * np.sqrt(0.8 * 0.2 / 100), abs=0.005)


def test_bars_that_are_far_too_high_are_more_than_chance() -> None:
    answers = np.arange(300) % 10
    found = metrics.reliability(sure(answers.tolist(), 0.9), (answers + np.arange(300) // 150) % 10)
    assert found.ece == pytest.approx(0.4)
    assert "so this one is more than chance" in words.reliability_sentence(found)


def test_equal_bars_have_the_scores_that_are_told_beside() -> None:
    found = metrics.figures(np.full((20, 10), 0.1), np.arange(20) % 10)
    assert words.scores_sentence(found, genres=10) == (
        "All bars taken together: Brier score 0.900, negative log-likelihood 2.303. Of both 0 is "
        "perfect, and 10 equal bars have 0.900 and 2.303."
    )


def test_the_histogram_counts_every_track_once() -> None:
    probabilities, labels = drawn()
    found = metrics.confidence_histogram(probabilities, labels)
    right = probabilities.argmax(axis=1) == labels
    assert found.right.sum() == right.sum()
    assert found.wrong.sum() == (~right).sum()
    high = probabilities.max(axis=1) >= 0.8
    assert f"in {high.sum()} of 300 tracks, of which {(high & right).sum()} are" in (
        words.histogram_sentence(found)
    )
    assert " are right; it stands below 50 % in " in words.histogram_sentence(found)
    certain = metrics.confidence_histogram(np.eye(10), np.arange(10))
    assert certain.right[-1] == 10


# Each genre by itself


def test_each_genre_is_measured_as_scikit_learn_does() -> None:
    from sklearn import metrics as sk

    probabilities, labels = drawn()
    answers = probabilities.argmax(axis=1)
    found = per_genre.per_genre(probabilities, labels)
    expected = sk.precision_recall_fscore_support(labels, answers, labels=range(10))
    for values, name in zip(expected, ("precision", "recall", "f1"), strict=False):
        mine = [getattr(one, name).value for one in found]
        assert mine == pytest.approx(values.tolist())
    assert [one.support for one in found] == expected[3].tolist()
    counts = per_genre.confusion(probabilities, labels)
    assert np.array_equal(counts, sk.confusion_matrix(labels, answers, labels=range(10)))
    assert np.mean([one.auc for one in found]) == pytest.approx(
        metrics.figures(probabilities, labels).auc
    )


def test_the_interval_of_f1_is_that_of_resampled_tracks() -> None:
    probabilities, labels = drawn()
    said, true = probabilities.argmax(axis=1) == ROCK, labels == ROCK
    rows = np.random.default_rng(5).integers(300, size=(1000, 300))
    both = (said & true)[rows].sum(axis=1)
    draws = 2 * both / (said[rows].sum(axis=1) + true[rows].sum(axis=1))
    low, high = np.quantile(draws, [0.025, 0.975])
    found = per_genre.per_genre(probabilities, labels)[ROCK].f1
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.03)
    assert found.low < found.value < found.high


def test_a_genre_that_neither_occurs_nor_is_answered_has_no_figures() -> None:
    (found,) = [
        one
        for one in per_genre.per_genre(sure([ROCK, METAL]), np.array([ROCK, METAL]))
        if one.genre == "blues"
    ]
    assert found.support == found.answers == 0
    assert all(math.isnan(e.value) for e in (found.precision, found.recall, found.f1))


def test_roc_curves_run_from_corner_to_corner_over_their_area() -> None:
    probabilities, labels = drawn()
    labels[labels == ROCK] = METAL
    curves = per_genre.roc_curves(probabilities, labels)
    assert "rock" not in [curve.genre for curve in curves]
    for curve in curves:
        ends = [curve.false_positive[[0, -1]].tolist(), curve.true_positive[[0, -1]].tolist()]
        assert ends == [[0, 1], [0, 1]]
        under = np.trapezoid(curve.true_positive, curve.false_positive)
        assert under == pytest.approx(curve.auc)
    best = max(curves, key=lambda curve: curve.auc)
    assert words.roc_sentence(curves).startswith(words._title(best.genre))


def test_similar_genres_stand_side_by_side() -> None:
    counts = np.diag([20] * 6)
    # 0 goes with 4, 4 with 2; 1 goes with 5, 5 with 3.
    for one, other in ((0, 4), (4, 2), (1, 5), (5, 3)):
        counts[one, other] = 8
    order = per_genre.seriation(counts).tolist()
    places = {genre: place for place, genre in enumerate(order)}
    for one, other in ((0, 4), (4, 2), (1, 5), (5, 3)):
        assert abs(places[one] - places[other]) == 1
    assert order[0] < order[-1]
    with pytest.raises(ValueError, match="square"):
        per_genre.seriation(counts[:2])


@given(st.lists(st.lists(st.integers(0, 30), min_size=10, max_size=10), min_size=10, max_size=10))
@quick
def test_an_order_of_genres_names_each_once(rows: list[list[int]]) -> None:
    assert sorted(per_genre.seriation(np.array(rows))) == list(range(10))


# Several genres a track


def multi(seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    chance = np.random.default_rng(seed)
    truth = chance.random((200, 10)) < 0.2
    truth[:, 7] = False
    return np.clip(0.5 * truth + 0.6 * chance.random(truth.shape), 0.0, 1.0), truth


def test_multi_label_figures_are_scikit_learns() -> None:
    from sklearn import metrics as sk

    scores, truth = multi()
    found = multilabel.multi_label(scores, truth)
    said = scores >= 0.5
    assert found.subset_accuracy.value == pytest.approx(sk.accuracy_score(truth, said))
    assert found.hamming_loss == pytest.approx(sk.hamming_loss(truth, said))
    assert found.label_accuracy.value == pytest.approx(1 - found.hamming_loss)
    for average in ("micro", "macro"):
        expected = sk.precision_recall_fscore_support(truth, said, average=average, zero_division=0)
        mine = [getattr(found, f"{average}_{name}") for name in ("precision", "recall", "f1")]
        assert mine == pytest.approx(list(expected[:3]))
    both = [genre for genre in range(10) if genre != 7]
    assert found.auc == pytest.approx(sk.roc_auc_score(truth[:, both], scores[:, both]))
    losses = [sk.log_loss(truth[:, i], scores[:, i], labels=[False, True]) for i in range(10)]
    assert found.loss == pytest.approx(np.mean(losses), rel=1e-4)
    assert found.accuracy_of[3] == pytest.approx((said == truth)[:, 3].mean())


def test_no_other_threshold_has_a_better_f1() -> None:
    from sklearn.metrics import f1_score

    scores, truth = multi(1)
    chosen = multilabel.choose_thresholds(scores, truth)
    assert chosen[7] == 0.5
    for genre in (0, 9):
        reached = f1_score(truth[:, genre], scores[:, genre] >= chosen[genre])
        tried = [f1_score(truth[:, genre], scores[:, genre] >= t) for t in scores[::2, genre]]
        assert reached >= max(tried) - 1e-9
    better = multilabel.multi_label(scores, truth, thresholds=chosen)
    assert better.macro_f1 > multilabel.multi_label(scores, truth).macro_f1


def test_a_threshold_lies_half_way_and_is_the_strictest_of_equals() -> None:
    scores = np.array([[0.9], [0.7], [0.3], [0.1]])
    truth = np.array([[True], [True], [False], [False]])
    assert multilabel.choose_thresholds(scores, truth).tolist() == pytest.approx([0.5])
    everything = multilabel.choose_thresholds(scores, np.ones((4, 1), dtype=bool))
    assert everything.tolist() == pytest.approx([0.05])


def test_saying_no_to_everything_is_told_beside_the_hamming_loss() -> None:
    truth = np.eye(10, dtype=bool)
    found = multilabel.multi_label(np.zeros((10, 10)), truth)
    assert found.no_accuracy == pytest.approx(0.9) == 1 - found.hamming_loss
    assert found.micro_f1 == found.macro_precision == 0.0
    assert "saying no to everything is wrong in 10 %" in words.multi_label_sentence(found)


@pytest.mark.parametrize(
    ("scores", "truth", "complaint"),
    [
        (np.zeros((2, 3)), np.zeros((2, 2), dtype=bool), "do not fit"),
        (np.zeros((2, 3)), np.zeros((2, 3)), "boolean"),
        (np.full((2, 3), 1.5), np.zeros((2, 3), dtype=bool), "between 0 and 1"),
    ],
)
def test_scores_that_are_none_are_refused(
    scores: NDArray[np.float64], truth: NDArray[np.bool_], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        multilabel.multi_label(scores, truth)


# Two models


def answers_of(both: int, first: int, second: int, neither: int) -> compare.McNemar:
    right_one = np.repeat([1, 1, 0, 0], [both, first, second, neither])
    right_two = np.repeat([1, 0, 1, 0], [both, first, second, neither])
    return compare.mcnemar(right_one, right_two, np.ones_like(right_one))


def test_mcnemars_test_of_a_known_case() -> None:
    found = answers_of(150, 10, 2, 38)
    # Twice the chance of 10, 11 or 12 heads of 12 coins.
    assert found.p == pytest.approx(2 * (66 + 12 + 1) / 4096)
    assert (found.both_right, found.only_first, found.only_second, found.both_wrong) == (
        (150, 10, 2, 38)
    )
    told = words.mcnemar_sentence(found, "Big", "Small")
    assert "10 are right with Big only and 2 with Small only" in told
    assert told.endswith("so Big is better on tracks like these.")


@given(st.integers(0, 30), st.integers(0, 30))
@quick
def test_mcnemars_test_does_not_mind_who_comes_first(one: int, other: int) -> None:
    p = answers_of(5, one, other, 1).p
    assert p == pytest.approx(answers_of(5, other, one, 1).p)
    assert 0 < p <= 1.0


@given(st.lists(st.integers(-4, 4), min_size=1, max_size=9))
@quick
def test_the_test_by_artist_counts_every_turn_of_the_signs(gains: list[int]) -> None:
    """Artists' differences in tracks, each of which could as well be the other model's."""
    gain = np.concatenate([np.full(max(abs(one), 1), np.sign(one)) for one in gains])
    artists = [str(row) for row, one in enumerate(gains) for _ in range(max(abs(one), 1))]
    found = compare.mcnemar(
        (gain >= 0).astype(int), (gain <= 0).astype(int), np.ones_like(gain), artists
    )
    turns = np.array(list(itertools.product((-1, 1), repeat=len(gains)))) @ np.array(gains)
    assert found.p == pytest.approx(float((np.abs(turns) >= abs(sum(gains))).mean()))


@given(st.integers(0, 30), st.integers(0, 30))
@quick
def test_without_artists_it_is_mcnemars_exact_test(one: int, other: int) -> None:
    from scipy.stats import binomtest

    expected = binomtest(one, one + other).pvalue if one + other else 1.0
    assert answers_of(5, one, other, 1).p == pytest.approx(expected)


def test_the_same_difference_by_one_artist_is_no_proof() -> None:
    many = answers_of(20, 12, 1, 7)
    assert many.proved
    right_one = np.repeat([1, 1, 0, 0], [20, 12, 1, 7])
    right_two = np.repeat([1, 0, 1, 0], [20, 12, 1, 7])
    artists = [f"artist {row}" for row in range(20)] + ["one"] * 12 + ["two"] + ["three"] * 7
    found = compare.mcnemar(right_one, right_two, np.ones_like(right_one), artists)
    assert (found.only_first, found.only_second) == (12, 1)
    assert found.artists == 23
    assert found.gain.value == many.gain.value == pytest.approx(11 / 40)
    assert found.gain.low <= 0.0 < many.gain.low
    assert not found.proved
    told = words.mcnemar_sentence(found, "Big", "Small")
    assert "27.5 points more with Big (95 % interval" in told
    assert "points, drawn by artist)" in told
    assert told.endswith(
        "(McNemar's exact test, artist by artist): no proof that either is better."
    )
    turned = compare.mcnemar(right_two, right_one, np.ones_like(right_one), artists)
    again = words.mcnemar_sentence(turned, "Small", "Big")
    assert again.split(" only: ")[1] == told.split(" only: ")[1]


def test_four_tracks_are_no_proof_whatever_the_bootstrap_says() -> None:
    found = answers_of(9, 4, 0, 0)
    assert found.gain.low > 0.0
    assert not found.proved
    assert "in 12 % of such comparisons" in words.mcnemar_sentence(found, "A", "B")
    even = words.mcnemar_sentence(answers_of(10, 3, 3, 0), "A", "B")
    assert "3 with B only: as many with each (95 % interval" in even


def test_a_small_difference_is_no_proof() -> None:
    assert "no proof" in words.mcnemar_sentence(answers_of(100, 12, 9, 30), "A", "B")
    assert answers_of(10, 0, 0, 3).p == 1.0
    assert "the same 13 tracks" in words.mcnemar_sentence(answers_of(10, 0, 0, 3), "A", "B")


# Single tracks


def test_the_surest_mistake_comes_first() -> None:
    probabilities = np.concatenate([sure([ROCK], 0.6), sure([METAL], 0.9), sure([ROCK], 0.95)])
    labels = np.array([COUNTRY, ROCK, ROCK])
    found = tracks.mistakes(probabilities, labels, ["a", "b", "c"])
    assert [case.track for case in found] == ["b", "a"]
    assert found[0].answer == METAL
    told = words.mistakes_sentence(found)
    assert told == (
        "The surest mistake: b is called metal with 90 %; its label says rock, which got 1 %."
    )
    assert words.mistakes_sentence(()) == "There is no mistake."


def test_the_widest_spread_comes_first() -> None:
    even = np.full((1, 10), 0.1)
    half = np.zeros((1, 10))
    half[0, [ROCK, METAL]] = 0.5
    found = tracks.ambiguous(
        np.concatenate([np.eye(10)[:1], half, even]), np.array([0, ROCK, 1]), ["a", "b", "c"]
    )
    assert [case.track for case in found] == ["c", "b", "a"]
    assert [case.entropy for case in found] == pytest.approx([1.0, math.log10(2), 0.0])
    assert {found[1].answer, found[1].second} == {ROCK, METAL}
    assert "metal leads with 50 %, followed by rock" in words.ambiguous_sentence(found[1:])


def test_a_label_is_doubted_where_most_models_agree_against_it() -> None:
    labels = np.array([ROCK, ROCK, ROCK])
    said = {
        # Agreed against; agreed with the label; against it, but each with another genre.
        "one": sure([METAL, ROCK, METAL]),
        "two": sure([METAL, ROCK, COUNTRY]),
        "three": sure([ROCK, METAL, 0]),
    }
    (doubt,) = tracks.doubtful_labels(said, labels, ["a", "b", "c"])
    assert (doubt.track, doubt.answer, doubt.votes, doubt.models) == ("a", METAL, 2, 3)
    assert doubt.answer_confidence == pytest.approx((0.91 + 0.91 + 0.01) / 3)
    assert "a: 2 of 3 say metal, the label says rock" in words.doubts_sentence([doubt])
    with pytest.raises(ValueError, match="two models"):
        tracks.doubtful_labels({"one": said["one"]}, labels, ["a", "b", "c"])


# Sentences


def test_the_sentence_of_confusions() -> None:
    counts = np.diag([30] * 10)
    counts[ROCK, COUNTRY], counts[METAL, ROCK], counts[0, 1] = 7, 2, 1
    assert words.confusion_sentence(counts) == (
        "Rock is called country 7 times of 37; metal is called rock twice of 32; blues is called "
        "classical once of 31."
    )
    counts[0, 2] = 1
    assert words.confusion_sentence(counts).endswith("10 of the 11 mistakes are of these kinds.")
    assert words.confusion_sentence(np.diag([3] * 10)).startswith("No track is called")


def test_the_sentences_of_accuracy() -> None:
    found = metrics.Figures(290, 200 / 290, 0.634, 0.740, 0.66, 0.05, 0.4, 1.0, 0.93)
    assert "for 200: 69 % (95 % interval 63 to 74 %)" in words.accuracy_sentence(found)
    assert "counted alike, however many tracks it has, that is 66 %" in (
        words.accuracy_sentence(found)
    )
    assert "in 93 % of such pairs (AUC 0.93" in words.auc_sentence(found)
    by_artist = words.accuracy_sentence(dataclasses.replace(found, artists=109))
    assert by_artist.startswith("Of 290 tracks that it never heard before, by 109 artists, the")
    assert "(95 % interval 63 to 74 %, drawn by artist)" in by_artist


def test_the_sentence_of_genres_names_the_extremes() -> None:
    answers = [ROCK] * 10 + [METAL] * 10
    labels = np.array([ROCK] * 4 + [METAL] * 6 + [METAL] * 10)
    told = words.genres_sentence(per_genre.per_genre(sure(answers), labels))
    assert "Of rock 4 of 4 tracks are found, of metal 10 of 16" in told
    assert told.endswith("When the model says rock, believe it least: it is right 4 times of 10.")
    perfect = per_genre.per_genre(sure(answers), np.array(answers))
    assert words.genres_sentence(perfect).endswith("Whatever it says is right.")


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0 %"), (0.001, "<1 %"), (0.5, "50 %"), (0.999, ">99 %"), (1.0, "100 %")],
)
def test_hardly_ever_is_not_never(share: float, text: str) -> None:
    assert words.percent(share) == text
    assert words.span(Estimate(0.5, 0.4, 0.6)) == "95 % interval 40 to 60 %"
