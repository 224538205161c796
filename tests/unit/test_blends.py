"""Mixes, splices and listeners: who knows the truth makes no error, who knows nothing this one."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from genre_app import gtzan
from genre_app.evaluation import words, words_blends
from genre_app.evaluation.blends import draw_pairs, mixed, mixes
from genre_app.evaluation.distances import jensen_shannon, rank_correlation
from genre_app.evaluation.intervals import Estimate
from genre_app.evaluation.listeners import listeners, profile
from genre_app.evaluation.splices import change_point, spliced, splices
from genre_app.evaluation.stored_results import mixes_of
from genre_app.genres import GENRES
from genre_app.gtzan import Subset, Track
from genre_app.logmel import BANDS, CLIP_COLUMNS, COLUMN_RATE, LogMel
from genre_app.views import cut_windows

ROWS = 12
"""Bands that only one genre of the made-up tracks sounds in."""

quick = settings(max_examples=40, deadline=None)


@pytest.fixture(scope="module")
def ten() -> Subset:
    """Give two tracks a genre, each with power in the rows of its genre alone."""
    chance = np.random.default_rng(0)
    cells = np.zeros((20, BANDS, CLIP_COLUMNS), dtype=np.uint8)
    for row in range(20):
        start = ROWS * (row % 10)
        cells[row, start : start + ROWS] = chance.integers(130, 161, (ROWS, CLIP_COLUMNS))
    tracks = tuple(Track(f"{GENRES[i % 10]}.{i}", GENRES[i % 10]) for i in range(20))
    return Subset(tracks, cells)


def heard(decibels: NDArray[np.float32]) -> NDArray[np.float64]:
    """Give each genre the share of power in its rows."""
    power = 10.0 ** (decibels[: 10 * ROWS].astype(np.float64) / 10.0)
    # What stands at the floor is silence.
    power[decibels[: 10 * ROWS] <= -79.9] = 0.0
    shares = power.reshape(10, -1).sum(axis=1)
    return np.asarray(shares / shares.sum())


def knowing(clips: Sequence[LogMel]) -> NDArray[np.float64]:
    return np.stack([heard(clip.decibels) for clip in clips])


def constant(clips: Sequence[LogMel]) -> NDArray[np.float64]:
    return np.full((len(clips), 10), 0.1)


def one_hot(clips: Sequence[LogMel]) -> NDArray[np.float64]:
    return np.eye(10)[knowing(clips).argmax(axis=1)]


def upside_down(clips: Sequence[LogMel]) -> NDArray[np.float64]:
    shares = knowing(clips)
    # Of a song by itself nothing is turned.
    turned = np.where((shares > 0) & (shares < 1), 1.0 - shares, shares)
    return np.asarray(turned / turned.sum(axis=1, keepdims=True))


Answers = tuple[NDArray[np.floating], NDArray[np.floating], NDArray[np.floating]]


def timeline_of(
    read: Callable[[Sequence[LogMel]], NDArray[np.float64]], seconds: float, hop_s: float
) -> Callable[[LogMel], Answers]:
    def timeline(mel: LogMel) -> Answers:
        cut = cut_windows(mel, seconds=seconds, hop_s=hop_s)
        rows = read([LogMel(values, values.max(axis=0)) for values in cut.values])
        return cut.starts_s, cut.ends_s, rows

    return timeline


WINNER = (0.1 + 0.25 + 0 + 0.25 + 0.1) / 5
"""How far off is who gives all to the louder track, and half to each where neither is."""


# Mixes


def test_pairs_are_of_different_genres_and_use_every_track(ten: Subset) -> None:
    drawn = draw_pairs(ten.labels, np.arange(20), pairs=60, seed=3)
    assert (ten.labels[drawn[:, 0]] != ten.labels[drawn[:, 1]]).all()
    assert (np.bincount(drawn[:, 0]) == 3).all()
    assert np.array_equal(drawn, draw_pairs(ten.labels, np.arange(20), pairs=60, seed=3))
    assert not np.array_equal(drawn, draw_pairs(ten.labels, np.arange(20), pairs=60, seed=4))
    with pytest.raises(ValueError, match="two genres"):
        draw_pairs(ten.labels, np.array([0, 10]), pairs=3)


def test_who_knows_the_shares_makes_no_error(ten: Subset) -> None:
    found = mixes(knowing, ten, np.arange(20), pairs=25)
    assert found.pairs == 25
    assert found.share_error.value == pytest.approx(0.0, abs=1e-4)
    assert found.plain_error.value == pytest.approx(0.0, abs=1e-4)
    assert found.rank_mean.value == found.rank_median.value == pytest.approx(1.0)
    assert found.both_first.value == 1.0
    assert [one.value for one in found.answers] == pytest.approx(found.shares, abs=1e-4)
    assert "the bars know more than that" in words_blends.mixes_sentence(found)


def mistaken(clips: Sequence[LogMel]) -> NDArray[np.float64]:
    """Take the first genre for the second and the other way round."""
    return knowing(clips)[:, [1, 0, *range(2, 10)]]


def test_errors_about_the_songs_themselves_are_told_apart(ten: Subset) -> None:
    """Who parts mixes perfectly is no better than who hears the songs one by one."""
    found = mixes(mistaken, ten, np.arange(20), pairs=60)
    pairs = ten.labels[draw_pairs(ten.labels, np.arange(20), pairs=60)]
    mistaken_ones = (pairs < 2).any(axis=1).mean()
    assert 0 < mistaken_ones < 1
    assert found.share_error.value > 0.1
    assert found.apart_error.value == pytest.approx(found.share_error.value, abs=1e-4)
    assert found.apart_both_first.value == found.both_first.value
    assert found.both_first.value == pytest.approx(1 - mistaken_ones)


def test_errors_about_mixing_are_not_the_songs(ten: Subset) -> None:
    """Who hears only the louder song knows both songs, and no mix."""
    found = mixes(one_hot, ten, np.arange(20), pairs=20)
    assert found.share_error.value == pytest.approx(WINNER + 0.1)
    assert found.apart_error.value == pytest.approx(0.0, abs=1e-6)
    assert (found.both_first.value, found.apart_both_first.value) == (0.0, 1.0)
    said = words_blends.mixes_sentence(found)
    assert "one by one" in said
    assert "still miss by 0 points (0 to 0), and both genres would be the longest in 100 %" in said


def test_a_card_of_an_earlier_version_is_read(ten: Subset) -> None:
    found = mixes(knowing, ten, np.arange(20), pairs=20)
    written = found.as_dict()
    again = mixes_of({"blends": {"mixes": written}})
    assert again is not None
    assert again.as_dict() == written
    earlier = {name: value for name, value in written.items() if not name.startswith("apart")}
    read = mixes_of({"blends": {"mixes": earlier | {"known": {"value": 0.5}}}})
    assert read is not None
    assert read.share_error == again.share_error
    assert np.isnan(read.apart_error.value)
    assert "one by one" not in words_blends.mixes_sentence(read)


def test_half_a_point_is_rounded_as_in_the_tables(ten: Subset) -> None:
    found = replace(
        mixes(constant, ten, np.arange(20), pairs=20), share_error=Estimate(0.225, 0.21, 0.24)
    )
    assert f"{found.share_error.value:.2f}" == "0.23"
    assert "misses the share by 23 points" in words_blends.mixes_sentence(found)


def test_who_says_nothing_has_the_errors_of_the_hand(ten: Subset) -> None:
    found = mixes(constant, ten, np.arange(20), pairs=20)
    assert found.share_error.value == pytest.approx((0.4 + 0.25 + 0.25 + 0.4) / 5)
    assert found.share_error.value == pytest.approx(found.half_error)
    assert found.plain_error.value == pytest.approx((0 + 0.15 + 0.4 + 0.65 + 0.8) / 5)
    assert found.rank_mean.value == found.rank_median.value == 0.0
    assert found.both_first.value == 0.0


def test_who_names_the_winner_has_the_winners_error_but_where_there_is_none(ten: Subset) -> None:
    found = mixes(one_hot, ten, np.arange(20), pairs=20)
    assert found.winner_error == pytest.approx(WINNER)
    # At half and half its bars name one of the two all the same.
    assert found.share_error.value == pytest.approx(WINNER + 0.5 / 5)
    assert found.both_first.value == 0.0


def test_bars_that_fall_when_they_should_rise_are_found_out(ten: Subset) -> None:
    found = mixes(upside_down, ten, np.arange(20), pairs=20)
    assert found.rank_mean.value == pytest.approx(-1.0)
    assert found.share_error.low > found.half_error
    assert "no better than that" in words_blends.mixes_sentence(found)


def test_mixes_repeat_and_tell_how_far_they_are(ten: Subset) -> None:
    told: list[float] = []
    one = mixes(knowing, ten, np.arange(20), pairs=20, progress=told.append)
    assert one == mixes(knowing, ten, np.arange(20), pairs=20)
    assert told == sorted(told)
    assert told[-1] == 1.0
    json.dumps(one.as_dict(), allow_nan=False)
    with pytest.raises(ValueError, match="shares need"):
        mixes(knowing, ten, np.arange(20), shares=(0.1, 0.9))


def test_a_mix_does_not_mind_how_loud_its_tracks_were(ten: Subset) -> None:
    first, second = ten.log_mel(0), ten.log_mel(1)
    faint = LogMel(np.maximum(first.decibels - 15, -80), first.loudest - 15)
    assert heard(mixed(faint, second, 0.25).decibels)[:2] == pytest.approx([0.25, 0.75], abs=1e-3)
    assert mixed(first, second, 0.5).decibels.max() == 0.0


# Splices


def test_the_cut_is_where_it_was_made(ten: Subset) -> None:
    first = ten.log_mel(0)
    faint = LogMel(np.maximum(first.decibels - 15, -80), first.loudest - 15)
    second = ten.log_mel(1)
    clip, switch = spliced(faint, second, switch_s=10.0)
    column = round(switch * COLUMN_RATE)
    assert switch == pytest.approx(10.0, abs=0.03)
    assert clip.columns == column + CLIP_COLUMNS, "the second is heard to its end"
    assert heard(clip.decibels[:, :column])[0] == pytest.approx(1.0, abs=1e-3)
    assert heard(clip.decibels[:, column:])[1] == pytest.approx(1.0, abs=1e-3)
    before, after = (10.0 ** (part / 10.0) for part in np.split(clip.decibels, [column], axis=1))
    assert before.mean() == pytest.approx(after.mean(), rel=0.05)
    with pytest.raises(ValueError, match="not within"):
        spliced(ten.log_mel(0), ten.log_mel(1), switch_s=40.0)


@pytest.mark.parametrize(("seconds", "hop_s"), [(3.0, 1.0), (6.0, 6.0), (12.0, 3.0)])
def test_a_timeline_that_knows_finds_the_cut(ten: Subset, seconds: float, hop_s: float) -> None:
    found = splices(timeline_of(knowing, seconds, hop_s), ten, np.arange(20), pairs=20)
    assert found.found == found.pairs == 20
    assert found.window_s == pytest.approx(seconds, abs=0.05)
    assert found.error_s.value < 0.15
    assert "in the middle case" in words_blends.splices_sentence(found)


def test_a_timeline_that_stands_still_has_the_largest_error(ten: Subset) -> None:
    found = splices(timeline_of(constant, 3.0, 1.0), ten, np.arange(20), pairs=20)
    assert found.found == 0
    # All that follows the cut.
    assert found.error_s.value == pytest.approx(30.0, abs=0.05)
    assert 6.5 < found.guess_error_s < 8.5
    assert "20 timelines do not change at all" in words_blends.splices_sentence(found)


def test_cuts_are_made_anywhere_and_repeat(ten: Subset) -> None:
    heard_for: list[float] = []

    def timeline(mel: LogMel) -> Answers:
        heard_for.append(mel.duration_s)
        return timeline_of(knowing, 3.0, 1.0)(mel)

    one = splices(timeline, ten, np.arange(20), pairs=40)
    cuts = np.array(heard_for) - CLIP_COLUMNS / COLUMN_RATE
    assert cuts.min() == pytest.approx(12.0, abs=0.6)
    assert cuts.max() == pytest.approx(18.0, abs=0.6)
    assert cuts.std() == pytest.approx(6 / 12**0.5, abs=0.3)
    assert one == splices(timeline, ten, np.arange(20), pairs=40)
    other = splices(timeline, ten, np.arange(20), pairs=40, seed=1)
    assert not np.allclose(heard_for[:40], heard_for[-40:])
    assert other.pairs == 40


def test_windows_longer_than_a_part_tell_no_moment(ten: Subset) -> None:
    found = splices(timeline_of(knowing, 30.0, 5.0), ten, np.arange(20), pairs=5)
    assert math.isnan(found.error_s.value)
    assert found.as_dict()["error_s"]["value"] is None
    assert "hears 30 s at once" in words_blends.splices_sentence(found)


@given(st.floats(5.0, 25.0), st.floats(1.0, 8.0), st.floats(0.5, 3.0))
@quick
def test_a_step_is_found_through_windows_of_any_length(
    change: float, seconds: float, hop_s: float
) -> None:
    starts = np.arange(0.0, 30.0 - seconds, hop_s)
    ends = starts + seconds
    after = np.clip((ends - change) / seconds, 0.0, 1.0)
    found = change_point(starts, ends, 0.7 - 1.1 * after)
    first, last = ends[0], starts[-1]
    if first < change < last:
        # Between windows that leave a gap any moment fits.
        assert found == pytest.approx(change, abs=0.06 + max(0.0, hop_s - seconds))
    assert change_point(starts, ends, 0.7 + 1.1 * after) is None


# Distances


@given(st.integers(0, 2**32 - 1))
@quick
def test_distances_are_scipys(seed: int) -> None:
    from scipy.spatial.distance import jensenshannon
    from scipy.stats import spearmanr

    one, other = np.random.default_rng(seed).dirichlet(np.full(10, 0.3), (2, 1))
    other[0, :3] = other[0, 3]
    other /= other.sum()
    expected = jensenshannon(one[0], other[0], base=2) ** 2
    assert jensen_shannon(one, other)[0] == pytest.approx(expected, abs=1e-9)
    rounded = [np.round(row[0], 9) for row in (one, other)]
    assert rank_correlation(one, other)[0] == pytest.approx(spearmanr(*rounded)[0])


def test_distances_at_the_ends() -> None:
    ends = np.eye(2)
    assert jensen_shannon(ends, ends[::-1]).tolist() == [1.0, 1.0]
    assert jensen_shannon(ends, ends).tolist() == [0.0, 0.0]
    still, moving = np.full((1, 4), 0.25), np.array([[0.1, 0.2, 0.3, 0.4]])
    assert rank_correlation(still, moving).tolist() == [0.0]


# Listeners


def tagged(artist: str, genre: str, count: int, **shares: float) -> Track:
    return Track(artist + genre, genre, artist=artist, listener_count=count, listener_genres=shares)


def shares_of(**shares: float) -> NDArray[np.float64]:
    return np.array([shares.get(genre, 0.0) for genre in GENRES])


@pytest.fixture(scope="module")
def artists() -> Subset:
    tracks = (
        tagged("Morphine", "rock", 40, jazz=0.5, rock=0.25, blues=0.25),
        tagged("Morphine", "rock", 40, jazz=0.5, rock=0.25, blues=0.25),
        tagged("Slayer", "metal", 50, metal=1.0),
        tagged("Chic", "disco", 60, funk=0.8, disco=0.2),
        tagged("", "rock", 0),
        tagged("Trained", "rock", 30, rock=0.8, pop=0.2),
        tagged("Taught", "rock", 30, rock=0.4, metal=0.6),
    )
    return Subset(tracks, np.zeros((7, BANDS, 2), dtype=np.uint8))


TEST, TRAIN = np.arange(5), np.array([5, 6])


def test_a_profile_takes_enough_tags_on_the_genres(artists: Subset) -> None:
    chic, unknown = artists.tracks[3], artists.tracks[4]
    assert profile(chic, GENRES) is None, "60 tags, but only 12 of them are disco"
    assert profile(chic, GENRES, least=12) == pytest.approx(shares_of(disco=1.0))
    assert profile(unknown, GENRES, least=0) is None


def test_bars_that_are_the_listeners_are_no_distance_away(artists: Subset) -> None:
    morphine = shares_of(jazz=0.5, rock=0.25, blues=0.25)
    # Wrong in each track, right in the artist's mean.
    one, two = morphine + shares_of(jazz=0.2, rock=-0.2), morphine + shares_of(jazz=-0.2, rock=0.2)
    said = np.stack([one, two, shares_of(metal=1.0), shares_of(pop=1.0), shares_of(pop=1.0)])
    found = listeners(said, artists, TEST, TRAIN)
    assert (found.artists, found.tracks) == (2, 3)
    model = found.agreement["model"]
    assert model.divergence.value == pytest.approx(0.0, abs=1e-9)
    assert model.rank.value == pytest.approx(1.0)
    assert model.first_two.value == pytest.approx(1.0)
    assert model.beyond.value == 0.0
    assert found.agreement["uniform"].beyond.value < 0
    json.dumps(found.as_dict(), allow_nan=False)
    assert "tagged 2 of the artists" in words_blends.listeners_sentence(found)


def test_answers_that_need_no_model_are_as_far_as_the_hand_says(artists: Subset) -> None:
    said = np.tile(shares_of(rock=0.9, metal=0.1), (5, 1))
    agreement = listeners(said, artists, TEST, TRAIN).agreement
    morphine, slayer = shares_of(jazz=0.5, rock=0.25, blues=0.25), shares_of(metal=1.0)

    def mean(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
        both = (jensen_shannon(a[None], b[None])[0] for a, b in ((one, morphine), (other, slayer)))
        return float(np.mean(list(both)))

    even, rock = shares_of(**dict.fromkeys(GENRES, 0.1)), shares_of(rock=1.0)
    usual = shares_of(rock=0.6, pop=0.1, metal=0.3)
    for name, expected in (
        ("uniform", mean(even, even)),
        ("label", mean(rock, slayer)),
        ("usual", mean(usual, usual)),
    ):
        assert agreement[name].divergence.value == pytest.approx(expected)
    # Any two of ten: metal is there in 2 of 10; jazz too, and rock or blues unless both of the
    # two are among the other eight.
    expected = ((0.2 + 1 - 28 / 45) / 2 + 0.2) / 2
    assert agreement["uniform"].first_two.value == pytest.approx(expected)
    # Rock and any other of nine: jazz makes both of Morphine's, all else one.
    expected = (0.5 + 0.5 / 9 + 1.0) / 2
    assert agreement["label"].first_two.value == pytest.approx(expected)
    assert agreement["uniform"].rank.value == 0.0


def test_a_genre_without_training_artists_stands_for_itself(artists: Subset) -> None:
    said = np.tile(shares_of(metal=1.0), (5, 1))
    usual = listeners(said, artists, TEST, TRAIN).agreement["usual"]
    assert usual.beyond.value == pytest.approx(0.0)


def test_what_is_usual_knows_no_artist_of_the_test(artists: Subset) -> None:
    """Also where one stands among the tracks that it is learnt from, as some of GTZAN do."""
    leaking = Subset(
        (
            *artists.tracks,
            tagged("Slayer", "metal", 50, metal=1.0),
            tagged("Morphine", "rock", 40, jazz=0.5, rock=0.25, blues=0.25),
            tagged("Chic", "disco", 60, funk=0.8, disco=0.2),
        ),
        np.zeros((10, BANDS, 2), dtype=np.uint8),
    )
    said = np.tile(shares_of(rock=0.9, metal=0.1), (5, 1))
    fair = listeners(said, artists, TEST, TRAIN)
    found = listeners(said, leaking, TEST, np.arange(5, 10))
    assert found == fair
    assert dict(zip(GENRES, found.usual_of, strict=True)) == dict.fromkeys(GENRES, 0) | {"rock": 2}
    told = words.usual_sentence(found)
    assert "So many they are: rock 2. Of blues, classical" in told
    assert told.endswith("pop and reggae there is none: there all goes to that genre.")
    assert words.usual_sentence(replace(found, usual_of=())) == ""
    assert found.as_dict()["usual_of"] == list(found.usual_of)


def test_listeners_need_somebody_whom_they_tagged(artists: Subset) -> None:
    with pytest.raises(ValueError, match="no artist"):
        listeners(np.full((1, 10), 0.1), artists, np.array([4]), TRAIN)
    with pytest.raises(ValueError, match="does not fit"):
        listeners(np.full((2, 10), 0.1), artists, np.array([4]), TRAIN)


def test_the_bundled_table_has_listeners_of_enough_test_artists() -> None:
    tracks = gtzan.subset.load_tracks()
    named = {
        track.artist
        for track in tracks
        if track.artist_split == "test" and profile(track, GENRES) is not None
    }
    assert len(named) == 34
