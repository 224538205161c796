"""Figures as sentences, for a person who has never heard of AUC and true for one who has.

Every sentence is computed from the figures it tells and says nothing where they
say nothing. Genres are named by position in ``genres``. What blends, listeners
and rough treatment show is told in :mod:`genre_app.evaluation.words_blends`.
An interval that was drawn by artist is called so; one that is not was counted as if
each track were by another artist.
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genre_app.evaluation.compare import McNemar
from genre_app.evaluation.intervals import GROUP_DRAWS, Estimate
from genre_app.evaluation.listeners import Listeners
from genre_app.evaluation.metrics import ConfidenceHistogram, Figures, Reliability
from genre_app.evaluation.multilabel import MultiLabel
from genre_app.evaluation.per_genre import GenreFigures, Roc
from genre_app.evaluation.tracks import Case, Doubt
from genre_app.genres import GENRES, NAMES, inline

__all__ = [
    "DRAWN",
    "SINGLY",
    "accuracy_sentence",
    "ambiguous_sentence",
    "auc_sentence",
    "certainty_sentence",
    "confusion_sentence",
    "doubts_sentence",
    "genres_sentence",
    "histogram_sentence",
    "joined",
    "mcnemar_sentence",
    "mistakes_sentence",
    "multi_label_sentence",
    "name_of",
    "numbered",
    "percent",
    "reliability_sentence",
    "roc_sentence",
    "scores_sentence",
    "singly_sentence",
    "span",
    "usual_sentence",
]

DRAWN: Final = (
    "Tracks by one artist tend to be right or wrong together. So whole artists of the test were "
    f"drawn again, by chance, {GROUP_DRAWS:,} times: 95 % of the shares that came out lie within "
    "the interval."
)
"""What an interval is that was drawn by artist."""

SINGLY: Final = (
    "The intervals here count each track as if it were by another artist, and are too narrow: "
    "tracks by one artist tend to be right or wrong together."
)
"""What the others are worth."""

_HONEST: Final = 0.02
"""Difference of confidence and accuracy that is none worth telling."""

_SURE: Final = 0.8
_UNSURE: Final = 0.5
"""Confidence from which on, and below which, the histogram's sentence counts."""


def percent(share: float) -> str:
    """Write a share in percent; what is not quite all or nothing is not called so."""
    if 0.0 < share < 0.005:
        return "<1 %"
    if 0.995 <= share < 1.0:
        return ">99 %"
    return f"{100 * share:.0f} %"


def span(estimate: Estimate, *, by_artist: bool = False) -> str:
    """Write the interval of a share: ``"95 % interval 63 to 74 %"``, and how it was drawn."""
    drawn = ", drawn by artist" if by_artist else ""
    return f"95 % interval {100 * estimate.low:.0f} to {100 * estimate.high:.0f} %{drawn}"


def name_of(genre: int, genres: Sequence[str]) -> str:
    """Give a genre's name as it stands within a sentence."""
    return inline(genres[genre])


def numbered(count: int, thing: str) -> str:
    """Say how many, as sentences do: ``'one track'``, ``'12 tracks'``."""
    return f"one {thing}" if count == 1 else f"{count} {thing}s"


def joined(parts: Sequence[str]) -> str:
    """Join parts as in speech: ``"a, b and c"``."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def accuracy_sentence(found: Figures, *, asked: str = "tracks that it never heard before") -> str:
    """Say how often the first genre is the one on the label."""
    right = round(found.accuracy * found.tracks)
    known = found.artists is not None
    by = f", by {found.artists} artists" if known else ""
    interval = span(Estimate(found.accuracy, found.low, found.high), by_artist=known)
    return (
        f"Of {found.tracks} {asked}{by}, the model names the genre on the "
        f"label for {right}: {percent(found.accuracy)} ({interval}). With every genre counted "
        f"alike, however many tracks it has, that is {percent(found.balanced_accuracy)}."
    )


def auc_sentence(found: Figures) -> str:
    """Say what the area under the curve means."""
    if found.auc is None:
        return "With one genre alone there is nothing to tell apart."
    return (
        "Take a track of a genre and one of another: the first has the higher bar of that genre "
        f"in {percent(found.auc)} of such pairs (AUC {found.auc:.2f}; guessing gives 50 %)."
    )


def scores_sentence(found: Figures, *, genres: int) -> str:
    """Say how far all bars together, not only the first, are from the labels."""
    return (
        f"All bars taken together: Brier score {found.brier:.3f}, negative log-likelihood "
        f"{found.nll:.3f}. Of both 0 is perfect, and {genres} equal bars have "
        f"{1 - 1 / genres:.3f} and {math.log(genres):.3f}."
    )


def roc_sentence(curves: Sequence[Roc], *, genres: Sequence[str] = GENRES) -> str:
    """Say which genre is told from the rest best and worst."""
    if not curves:
        return "With one genre alone there is nothing to tell apart."
    best, worst = max(curves, key=lambda c: c.auc), min(curves, key=lambda c: c.auc)
    first = f"{_title(best.genre)} is told from all other genres best (AUC {best.auc:.2f})"
    if best.auc == worst.auc:
        return f"{_title(best.genre)}'s curve has an area of {best.auc:.2f}; guessing gives 0.50."
    return f"{first}, {inline(worst.genre)} worst ({worst.auc:.2f}); guessing gives 0.50."


def confusion_sentence(
    counts: NDArray[np.integer], *, genres: Sequence[str] = GENRES, limit: int = 3
) -> str:
    """Say what is taken for what most often."""
    wrong = np.array(counts)
    np.fill_diagonal(wrong, 0)
    if not wrong.any():
        return "No track is called anything but the genre on its label."
    places = np.argsort(-wrong, axis=None, kind="stable")[:limit]
    pairs = [divmod(int(place), len(wrong)) for place in places]
    parts = [
        f"{name_of(label, genres)} is called {name_of(answer, genres)} "
        f"{_times(int(wrong[label, answer]))} of {int(counts[label].sum())}"
        for label, answer in pairs
        if wrong[label, answer]
    ]
    told = int(sum(wrong[pair] for pair in pairs))
    every = int(wrong.sum())
    of_all = f" {told} of the {every} mistakes are of these kinds." if told < every else ""
    end = of_all if parts[1:] else ""
    text = "; ".join(parts)
    if genres[pairs[0][0]] in NAMES:
        text = _capital(text)
    return f"{text}.{end}"


def genres_sentence(found: Sequence[GenreFigures]) -> str:
    """Say which genre is found best and worst, and whose name can be trusted least."""
    occur = [one for one in found if one.support]
    if not occur:
        return "No genre occurs."
    best = max(occur, key=lambda one: one.recall.value)
    worst = min(occur, key=lambda one: one.recall.value)
    if best.recall.value == worst.recall.value:
        text = f"Of every genre {percent(best.recall.value)} of the tracks are found"
    else:
        text = (
            f"Of {inline(best.genre)} {best.right} of {best.support} tracks are found, of "
            f"{inline(worst.genre)} {worst.right} of {worst.support}"
        )
    named = [one for one in found if one.answers]
    least = min(named, key=lambda one: one.precision.value)
    return (
        f"{text}. When the model says {inline(least.genre)}, believe it least: it is right "
        f"{_times(least.right)} of {least.answers}."
        if least.right < least.answers
        else f"{text}. Whatever it says is right."
    )


def reliability_sentence(found: Reliability) -> str:
    """Say whether the model is as sure as it should be."""
    filled = found.counts > 0
    weights = found.counts[filled] / found.counts.sum()
    sure = float(weights @ found.confidence[filled])
    right = float(weights @ found.accuracy[filled])
    if abs(sure - right) < _HONEST:
        verdict = "about as sure as it should be"
    else:
        verdict = "too sure of itself" if sure > right else "less sure than it could be"
    return (
        f"On average the first bar stands at {percent(sure)} and is right in {percent(right)}: the "
        f"model is on the whole {verdict}. Taken level by level, bar and truth differ by "
        f"{100 * found.ece:.0f} points on average (expected calibration error {found.ece:.3f}). "
        f"{_chance_sentence(found)}"
    )


def _chance_sentence(found: Reliability) -> str:
    chance, tracks = found.truthful, numbered(int(found.counts.sum()), "track")
    verdict = "is more than chance" if found.ece > chance.high else "may be chance alone"
    return (
        f"Bars that are right just as often as they say would show {chance.value:.3f} too with "
        f"{tracks} ({chance.low:.3f} to {chance.high:.3f} in 95 % of draws): so this one {verdict}."
    )


def histogram_sentence(found: ConfidenceHistogram) -> str:
    """Say how many answers are sure and unsure, and how many of each are right."""
    total = int((found.right + found.wrong).sum())
    parts = []
    for text, inside in (
        (f"at {_SURE:.0%} or more", found.edges[:-1] >= _SURE - 1e-9),
        (f"below {_UNSURE:.0%}", found.edges[1:] <= _UNSURE + 1e-9),
    ):
        right = int(found.right[inside].sum())
        count = right + int(found.wrong[inside].sum())
        if count:
            are = "is" if right == 1 else "are"
            parts.append(f"{text} in {count} of {total} tracks, of which {right} {are} right")
    if not parts:
        return f"The first bar stands between {_UNSURE:.0%} and {_SURE:.0%} in every track."
    return f"The first bar stands {'; it stands '.join(parts).replace('%', ' %')}."


def certainty_sentence(found: Mapping[str, Mapping[str, float]]) -> str:
    """Say how far the words of certainty can be trusted; as on a card."""
    parts = []
    for word in ("clear", "mixed"):
        one = found[word]
        # Of none, no share can be right.
        right = f", and {percent(one['accuracy'])} of those are right" if one["share"] else ""
        parts.append(
            f"{percent(one['share']) if one['share'] else 'none'} are called {word}{right}"
        )
    return f"Of the test tracks {'; '.join(parts)}."


def multi_label_sentence(found: MultiLabel) -> str:
    """Say how yes-or-no answers for every genre fare."""
    return (
        f"A track has {found.labels_a_track:.1f} genres on average. All of them, and no other, are "
        f"named for {percent(found.subset_accuracy.value)} of {found.tracks} tracks "
        f"({span(found.subset_accuracy, by_artist=found.artists is not None)}). Of what the model "
        f"names, {percent(found.micro_precision)} is right, and it names "
        f"{percent(found.micro_recall)} of what there is (F1 {found.micro_f1:.2f}; every genre "
        f"counted alike {found.macro_f1:.2f}). One answer in itself is wrong in "
        f"{percent(found.hamming_loss)} (Hamming loss); saying no to everything is wrong in "
        f"{percent(1 - found.no_accuracy)}."
    )


def mcnemar_sentence(found: McNemar, first: str, second: str) -> str:
    """Say whether one of two models is better.

    Parameters
    ----------
    first, second : str
        The models' names.
    """
    if found.only_first + found.only_second == 0:
        return f"{first} and {second} are right and wrong on the same {found.tracks} tracks."
    won = found.only_first >= found.only_second
    better = first if won else second
    gain, low, high = (100 * end for end in _from_above(found.gain, turned=not won))
    more = f"{gain:.1f} points more with {better}" if gain else "as many with each"
    drawn, each = (
        (", drawn by artist", ", artist by artist") if found.artists is not None else ("", "")
    )
    text = (
        f"Of {found.tracks} tracks {found.only_first} are right with {first} only and "
        f"{found.only_second} with {second} only: {more} (95 % interval "
        f"{low:.1f} to {high:.1f} points{drawn}). If neither were better, a difference like that "
        f"or a larger one would come up in {_chance(found.p)} of such comparisons "
        f"(McNemar's exact test{each})"
    )
    if not found.proved:
        return f"{text}: no proof that either is better."
    return f"{text}: so {better} is better on tracks like these."


def mistakes_sentence(cases: Sequence[Case], *, genres: Sequence[str] = GENRES) -> str:
    """Tell the surest mistake."""
    if not cases:
        return "There is no mistake."
    worst = cases[0]
    return (
        f"The surest mistake: {worst.track} is called {name_of(worst.answer, genres)} with "
        f"{percent(worst.confidence)}; its label says {name_of(worst.label, genres)}, which got "
        f"{percent(worst.label_confidence)}."
    )


def ambiguous_sentence(cases: Sequence[Case], *, genres: Sequence[str] = GENRES) -> str:
    """Tell the track that the model can decide on least."""
    if not cases:
        return "There is no track."
    open_case = cases[0]
    return (
        f"The most open case: {open_case.track}, where {name_of(open_case.answer, genres)} leads "
        f"with {percent(open_case.confidence)}, followed by {name_of(open_case.second, genres)} "
        f"with {percent(open_case.second_confidence)}; its label says "
        f"{name_of(open_case.label, genres)}."
    )


def doubts_sentence(doubts: Sequence[Doubt], *, genres: Sequence[str] = GENRES) -> str:
    """Say how many labels most models contradict, and tell the clearest case."""
    if not doubts:
        return "No label is contradicted by most of the models with one voice."
    first = doubts[0]
    count = "One track is" if len(doubts) == 1 else f"{len(doubts)} tracks are"
    return (
        f"{count} called the same other genre than the label's by most of the models. The clearest "
        f"case is {first.track}: {first.votes} of {first.models} say "
        f"{name_of(first.answer, genres)}, the label says {name_of(first.label, genres)}. Listen, "
        f"and judge yourself: the models may share an error."
    )


def singly_sentence(found: Sequence[GenreFigures]) -> str:
    """Say what the intervals of single genres are worth; empty where nobody knows the artists."""
    known = [one for one in found if one.artists is not None and one.support]
    if not known:
        return ""
    fewest = min(known, key=lambda one: (one.artists or 0, -one.support))
    of = f"{numbered(fewest.support, 'track')} by {numbered(fewest.artists or 0, 'artist')}"
    return (
        "The intervals count each track as if it were by another artist, so they are too narrow, "
        f"most of all where few artists have many tracks: of {inline(fewest.genre)} there are "
        f"{of}."
    )


def usual_sentence(found: Listeners, *, genres: Sequence[str] = GENRES) -> str:
    """Say whose tags the usual profiles are; empty on cards that do not."""
    if not found.usual_of:
        return ""
    counted = zip(found.usual_of, genres, strict=True)
    some = [f"{inline(genre)} {count}" for count, genre in counted if count]
    none = [inline(genre) for count, genre in zip(found.usual_of, genres, strict=True) if not count]
    text = (
        "What is usual for a genre is the mean of its tagged artists among the tracks outside the "
        f"test, without artists who stand in the test too. So many they are: {joined(some)}."
        if some
        else "Outside the test there is no tagged artist to learn from what is usual."
    )
    if not none:
        return text
    return f"{text} Of {joined(none)} there is none: there all goes to that genre."


def _from_above(found: Estimate, *, turned: bool) -> tuple[float, float, float]:
    """Give a difference and the ends of its interval, or those of its opposite."""
    ends = (-found.value, -found.high, -found.low) if turned else dataclasses.astuple(found)
    # Not "-0.0".
    value, low, high = (round(float(end), 4) + 0.0 for end in ends)
    return value, low, high


def _chance(p: float) -> str:
    # 4.6 and 5.4 % are on two sides of what counts as a proof.
    return f"{100 * p:.1f} %" if 0.01 <= p < 0.1 else percent(p)


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _title(genre: str) -> str:
    return NAMES.get(genre, genre)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
