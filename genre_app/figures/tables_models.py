"""What was measured of models as columns of tables: the twins of their figures."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app.evaluation.atlas import Atlas
from genre_app.evaluation.blends import Mixes
from genre_app.evaluation.cells import listeners_say
from genre_app.evaluation.compare import McNemar
from genre_app.evaluation.intervals import Estimate, share
from genre_app.evaluation.listeners import Listeners
from genre_app.evaluation.metrics import ConfidenceHistogram, Reliability
from genre_app.evaluation.multilabel import MultiLabel
from genre_app.evaluation.robustness import TITLES, Stability
from genre_app.evaluation.tracks import Case, Doubt
from genre_app.figures.measures import LEARNING
from genre_app.figures.names import apart
from genre_app.genres import NAMES
from genre_app.gtzan import Track

__all__ = [
    "atlas_table",
    "cases_table",
    "certainty_table",
    "confidence_table",
    "doubts_table",
    "learning_table",
    "listeners_table",
    "mcnemar_table",
    "mixes_table",
    "multi_label_table",
    "reliability_table",
    "robustness_table",
    "thresholds_table",
]

Columns = dict[str, list[Any]]

_ANSWERS: Final = {
    "model": "The model's bars",
    "uniform": "Ten equal bars",
    "label": "All on the label's genre",
    "usual": "What is usual for the genre that the model names",
}
"""What the model's bars are compared with."""


def atlas_table(atlas: Atlas, points: NDArray[np.floating], tracks: Sequence[Track]) -> Columns:
    """List the tracks of the map, or some of them, with their places.

    Parameters
    ----------
    atlas : Atlas
    points : ndarray of float [shape=(len(atlas.tracks), 2)]
    tracks : sequence of Track
        Those to list.
    """
    places = {name: row for row, name in enumerate(atlas.tracks.tolist())}
    rows = [places[track.name] for track in tracks]
    return {
        "Track": [track.name for track in tracks],
        "Genre": [NAMES[track.genre] for track in tracks],
        "Artist": [track.artist for track in tracks],
        "Title": [track.title for track in tracks],
        "Part (artist)": [track.artist_split or "left out" for track in tracks],
        "x": points[rows, 0].round(2).tolist(),
        "y": points[rows, 1].round(2).tolist(),
    }


def mcnemar_table(found: McNemar, first: str, second: str) -> Columns:
    """Count on how many tracks both, one or none of two models are right."""
    first, second = apart([first, second])
    return {
        "Right": ["Both right", f"Only {first}", f"Only {second}", "Both wrong"],
        "Tracks": [found.both_right, found.only_first, found.only_second, found.both_wrong],
    }


def cases_table(
    cases: Sequence[Case], genres: Sequence[str], tracks: Mapping[str, Track]
) -> Columns:
    """List mistakes or open cases; who it is, where any of the tracks is known."""
    about = [tracks.get(case.track, Track(case.track, "")) for case in cases]

    def named(places: Sequence[int]) -> list[str]:
        return [NAMES.get(genres[place], genres[place]) for place in places]

    columns: Columns = {
        "Track": [case.track for case in cases],
        "Artist": [track.artist for track in about],
        "Title": [track.title for track in about],
        "Label": named([case.label for case in cases]),
        "Called": named([case.answer for case in cases]),
        "How sure (%)": [round(100 * case.confidence) for case in cases],
        "Second": named([case.second for case in cases]),
        "Its share (%)": [round(100 * case.second_confidence) for case in cases],
        "Label gets (%)": [round(100 * case.label_confidence) for case in cases],
    }
    if any(case.track in tracks for case in cases):
        return columns
    return {name: values for name, values in columns.items() if set(values) != {""}}


def doubts_table(
    doubts: Sequence[Doubt], genres: Sequence[str], tracks: Mapping[str, Track]
) -> Columns:
    """List the tracks on which most models agree against the label."""
    about = [tracks.get(one.track, Track(one.track, "")) for one in doubts]
    return {
        "Track": [one.track for one in doubts],
        "Artist": [track.artist for track in about],
        "Title": [track.title for track in about],
        "Label": [NAMES.get(genres[one.label], genres[one.label]) for one in doubts],
        "Models say": [NAMES.get(genres[one.answer], genres[one.answer]) for one in doubts],
        "Votes": [f"{one.votes} of {one.models}" for one in doubts],
        "Mean share (%)": [round(100 * one.answer_confidence) for one in doubts],
        "Label gets (%)": [round(100 * one.label_confidence) for one in doubts],
        "Listeners tag the artist": [listeners_say(track) for track in about],
    }


def reliability_table(found: Reliability) -> Columns:
    """Give the points of the reliability diagram."""
    filled = found.counts > 0
    return {
        "From (%)": (100 * found.edges[:-1][filled]).round().tolist(),
        "To (%)": (100 * found.edges[1:][filled]).round().tolist(),
        "Tracks": found.counts[filled].tolist(),
        "Says (%)": (100 * found.confidence[filled]).round(1).tolist(),
        "Right (%)": (100 * found.accuracy[filled]).round(1).tolist(),
        "95 % from": (100 * found.low[filled]).round().tolist(),
        "95 % to": (100 * found.high[filled]).round().tolist(),
    }


def confidence_table(found: ConfidenceHistogram) -> Columns:
    """Give the bars of the confidence histogram."""
    return {
        "From (%)": (100 * found.edges[:-1]).round().tolist(),
        "To (%)": (100 * found.edges[1:]).round().tolist(),
        "Right": found.right.tolist(),
        "Wrong": found.wrong.tolist(),
    }


def learning_table(curves: Mapping[str, NDArray[np.floating]]) -> Columns:
    """Give loss and accuracy, a row an epoch."""
    epochs = max(len(values) for values in curves.values())
    columns: Columns = {"Epoch": list(range(1, epochs + 1))}
    for key, (name, _, _) in LEARNING.items():
        if key in curves:
            values = curves[key].round(4).tolist()
            columns[name] = values + [None] * (epochs - len(values))
    return columns


def multi_label_table(found: MultiLabel) -> Columns:
    """Give the averages of yes-or-no answers."""
    return {
        "Average": ["Micro: every answer alike", "Macro: every genre alike"],
        "Precision (%)": [_percent(found.micro_precision), _percent(found.macro_precision)],
        "Recall (%)": [_percent(found.micro_recall), _percent(found.macro_recall)],
        "F1 (%)": [_percent(found.micro_f1), _percent(found.macro_f1)],
        "Hamming loss (%)": [_percent(found.hamming_loss), None],
    }


def thresholds_table(found: MultiLabel, genres: Sequence[str]) -> Columns:
    """Give the score from which on each genre's answer is yes."""
    return {
        "Genre": [NAMES.get(genre, genre) for genre in genres],
        "Threshold": [round(float(value), 3) for value in found.thresholds],
        "Right answers (%)": [_percent(float(value)) for value in found.accuracy_of],
    }


def mixes_table(found: Mixes) -> Columns:
    """Give true shares of mixes against the bars."""
    return {
        "True share of the first track (%)": [round(100 * one) for one in found.shares],
        "Its bar, of both (%)": [_percent(one.value) for one in found.answers],
        "95 % from": [_percent(one.low) for one in found.answers],
        "95 % to": [_percent(one.high) for one in found.answers],
    }


def certainty_table(told: Mapping[str, Mapping[str, float]], tracks: int) -> Columns:
    """Give how often each word of certainty was said, and how often rightly.

    Parameters
    ----------
    told : mapping of str to mapping
        As on a card: of each word its share of the test tracks, and its accuracy.
    tracks : int
        Test tracks.
    """
    words = ("clear", "mixed", "unsure", "outside")
    said = [round(tracks * told[word]["share"]) for word in words]
    right = [round(n * told[word]["accuracy"]) for n, word in zip(said, words, strict=True)]
    of_those = [share(k, n) if n else None for k, n in zip(right, said, strict=True)]
    return {
        "It says": [word.capitalize() for word in words],
        "Tracks": said,
        "Of the test tracks (%)": [_percent(told[word]["share"]) for word in words],
        "Right": right,
        "Of those right (%)": [one and _percent(one.value) for one in of_those],
        "95 % from": [one and _percent(one.low) for one in of_those],
        "95 % to": [one and _percent(one.high) for one in of_those],
    }


def listeners_table(found: Listeners) -> Columns:
    """Give how near answers come to what listeners say."""
    agreement = found.agreement
    return {
        "Answer": [_ANSWERS.get(name, name) for name in agreement],
        "Divergence": [one.divergence.value for one in agreement.values()],
        "Rank correlation": [one.rank.value for one in agreement.values()],
        "First two (%)": [_percent(one.first_two.value) for one in agreement.values()],
    }


def robustness_table(found: Sequence[Stability]) -> Columns:
    """Give how many clips keep their first genre under rough treatment.

    What networks say of clips that they have not learnt from comes first, where that is
    known; what the model says as it is served, of all clips, stands beside it.
    """
    called = {"What was done": [TITLES.get(one.variant, one.variant) for one in found]}
    new = [one.unheard for one in found if one.unheard is not None]
    if not new:
        return called | {
            "Clips": [one.clips for one in found],
            "Keep their first genre": [one.same for one in found],
            **_shares([one.share for one in found]),
        }
    columns: Columns = called | {
        "Clips read as new": [one.clips for one in new],
        "Keep their first genre": [one.same for one in new],
        **_shares([one.share for one in new]),
    }
    if new[0].labelled:
        columns |= {
            "With a label": [one.labelled for one in new],
            "Named rightly before": [one.right_before for one in new],
            "Named rightly after": [one.right_after for one in new],
        }
    return columns | {
        "Whole model: clips": [one.clips for one in found],
        "Whole model: keep it": [one.same for one in found],
        "Whole model: share (%)": [_percent(one.share.value) for one in found],
    }


def _shares(found: Sequence[Estimate]) -> Columns:
    return {
        "Share (%)": [_percent(one.value) for one in found],
        "95 % from": [_percent(one.low) for one in found],
        "95 % to": [_percent(one.high) for one in found],
    }


def _percent(value: float) -> float:
    return round(100 * value, 1)
