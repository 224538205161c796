"""What the shipped cards say by artist is what the code gives of the stored answers."""

from dataclasses import replace

import numpy as np
import pytest

from genre_app import gtzan, zoo
from genre_app.evaluation import stored_results, words
from genre_app.evaluation.intervals import wilson
from genre_app.evaluation.models import listener_figures, stored
from genre_app.evaluation.models import summarise as summed
from genre_app.gtzan import Protocol, Subset, artists_of
from genre_app.training.examples import truth

TRACKS = {track.name: track for track in gtzan.load_tracks()}
ROWS = {name: row for row, name in enumerate(TRACKS)}


@pytest.fixture(scope="module")
def subset() -> Subset:
    """Give the table alone: nothing here needs the log-mels."""
    return Subset(tuple(TRACKS.values()), np.zeros((len(TRACKS), 1, 1), dtype=np.uint8))


def test_an_artist_is_known_by_every_spelling_and_a_nameless_track_by_itself() -> None:
    spelt = {track.artist for track in TRACKS.values() if "rage against" in track.artist.lower()}
    assert len(spelt) == 2
    assert len({track.by for track in TRACKS.values() if track.artist in spelt}) == 1
    nameless = [track for track in TRACKS.values() if not track.artist]
    assert len({track.by for track in nameless}) == len(nameless) > 0
    assert artists_of(["my song.mp3", nameless[0].name], TRACKS) == (
        "my song.mp3",
        nameless[0].name,
    )


@pytest.mark.parametrize("protocol", gtzan.PROTOCOLS)
@pytest.mark.parametrize("name", zoo.names(zoo.FOLDER))
def test_a_card_has_the_intervals_that_its_answers_give(
    name: str, protocol: Protocol, subset: Subset
) -> None:
    found, said = zoo.card(name)["protocols"][protocol], stored(name, protocol)
    test, valid = (
        np.array([ROWS[one] for one in names]) for names in (said.tracks, said.valid_tracks)
    )
    true = truth(subset, multi_label=True) > 0
    many = said.scores is not None
    again = summed(
        said.probabilities,
        said.labels,
        subset.genres,
        groups=subset.artists(test),
        scores=said.scores,
        truth=true[test] if many else None,
        valid_scores=said.valid_scores,
        valid_truth=true[valid] if many else None,
    )
    assert (found["low"], found["high"]) == pytest.approx((again["low"], again["high"]))
    assert found["artists"] == again["artists"] == len({TRACKS[one].by for one in said.tracks})
    assert [one["artists"] for one in found["per_genre"]] == [
        one["artists"] for one in again["per_genre"]
    ]
    assert found.get("multi_label") == again.get("multi_label")
    assert "drawn by artist" in words.accuracy_sentence(stored_results.figures_of(found))


@pytest.mark.parametrize("name", zoo.names(zoo.FOLDER))
def test_with_so_few_artists_an_interval_is_wider_than_tracks_alone_would_say(name: str) -> None:
    found = zoo.card(name)["protocols"]["artist"]
    low, high = wilson(round(found["accuracy"] * found["tracks"]), found["tracks"])
    assert found["high"] - found["low"] > 1.3 * (high - low)
    assert [one["genre"] for one in found["per_genre"] if one["artists"] < 6] == [
        "blues",
        "classical",
        "jazz",
    ]


@pytest.mark.parametrize("name", zoo.names(zoo.FOLDER))
def test_a_card_has_what_listeners_say_of_its_answers(name: str, subset: Subset) -> None:
    found = stored_results.listeners_of(zoo.card(name))
    if found is None:
        return
    again = listener_figures(stored(name, "artist"), subset)
    assert zoo.card(name)["blends"]["listeners"] == again.as_dict()
    assert sum(found.usual_of) > 40
    assert "jazz there is none" in words.usual_sentence(found)


def test_the_usual_profiles_are_of_nobody_in_the_test(subset: Subset) -> None:
    """Artists such as Anthrax stand on both sides of the split that was published."""
    tested = set(subset.artists(subset.part("artist", "test")))
    twice = {track.by for track in subset.tracks if track.artist_split in ("train", "valid")}
    assert {"anthrax", "boney m.", "danzig"} <= tested & twice
    # What nobody looks at may say anything.
    other = Subset(
        tuple(
            replace(track, listener_genres={"jazz": 1.0}, listener_count=1_000)
            if track.by in tested and track.artist_split != "test"
            else track
            for track in subset.tracks
        ),
        subset.cells,
    )
    said = stored("blend", "artist")
    assert listener_figures(said, other) == listener_figures(said, subset)
