"""What mixes, splices, listeners and rough treatment show, as sentences."""

import math
from collections.abc import Mapping, Sequence

from genre_app.evaluation.blends import Mixes
from genre_app.evaluation.intervals import Estimate
from genre_app.evaluation.listeners import Listeners
from genre_app.evaluation.robustness import AIM, TITLES, Stability, Unheard
from genre_app.evaluation.splices import Splices
from genre_app.evaluation.words import joined, name_of, percent, span
from genre_app.genres import GENRES

__all__ = ["listeners_sentence", "mixes_sentence", "robustness_sentence", "splices_sentence"]


def mixes_sentence(found: Mixes) -> str:
    """Say how well bars follow the shares of a mix."""
    error = found.share_error
    useless = found.half_error
    verdict = (
        "the bars know more than that"
        if error.high < useless
        else "so the bars are no better than that"
        if error.low > useless
        else "so it is open whether the bars know more"
    )
    apart = found.apart_error
    limit = (
        ""
        if math.isnan(apart.value)
        else " Could the model hear the two songs of a mix one by one, and were its bars for them "
        f"added in the true shares, the bars would still miss by {_points(apart)} "
        f"({_range(apart)}), and both genres would be the longest in "
        f"{percent(found.apart_both_first.value)} ({span(found.apart_both_first)})."
    )
    return (
        f"{found.pairs} pairs of tracks of different genres were mixed at known shares. How the "
        f"two genres' bars divide what both have misses the share by {_points(error)} on average "
        f"(95 % interval {_range(error)}); always saying half and half would miss by "
        f"{100 * found.half_error:.0f}: {verdict}. Who is told which of the two is louder, and "
        f"gives it all, misses by {100 * found.winner_error:.0f}. The bars themselves, of which "
        f"other genres take a part, miss by {_points(found.plain_error)} "
        f"({_range(found.plain_error)}). The more there is of a track, the longer its "
        f"bar: rank correlation {found.rank_mean.value:.2f} on average, "
        f"{found.rank_median.value:.2f} in the middle pair (1 is always, 0 is not at all). At half "
        f"and half both genres are the two longest bars in {percent(found.both_first.value)} of "
        f"the pairs ({span(found.both_first)}).{limit}"
    )


def splices_sentence(found: Splices) -> str:
    """Say how well a timeline tells when the music changes."""
    if math.isnan(found.error_s.value):
        return (
            f"The model hears {found.window_s:.0f} s at once: too long to tell when the music "
            "changes within half a minute."
        )
    missed = found.pairs - found.found
    tail = f"; {missed} timelines do not change at all" if missed > 1 else ""
    tail = "; one timeline does not change at all" if missed == 1 else tail
    return (
        f"In {found.pairs} pairs one track was cut to another of a different genre. Where the one "
        f"genre gives way to the other in the timeline, looked for by who knows both, is "
        f"{found.error_s.value:.1f} s from the cut in the middle case (95 % interval "
        f"{found.error_s.low:.1f} to {found.error_s.high:.1f} s; the middle of what is heard is "
        f"{found.guess_error_s:.1f} s from it){tail}."
    )


def listeners_sentence(found: Listeners) -> str:
    """Say whether bars agree with how listeners tag the artists."""
    model, usual = found.agreement["model"], found.agreement["usual"]
    label, uniform = found.agreement["label"], found.agreement["uniform"]
    if usual.beyond.high < 0:
        verdict = "the bars know more about an artist than the name of a genre does"
    elif usual.beyond.low > 0:
        verdict = "that simple answer is nearer"
    else:
        verdict = "no difference can be shown"
    return (
        f"Listeners of last.fm have tagged {found.artists} of the artists often enough to compare. "
        f"The bars are {model.divergence.value:.2f} away from the tags (Jensen-Shannon divergence: "
        f"0 is the same, 1 nothing in common); ten equal bars are {uniform.divergence.value:.2f} "
        f"away, all on the label's genre {label.divergence.value:.2f}, and what is usual for "
        f"artists of the genre that the model names {usual.divergence.value:.2f}: {verdict}. "
        f"Of the listeners' first two genres {percent(model.first_two.value)} are among the "
        f"model's first two."
    )


def robustness_sentence(
    found: Sequence[Stability],
    *,
    genres: Sequence[str] = GENRES,
    titles: Mapping[str, str] = TITLES,
) -> str:
    """Say what changes the first genre most and what does not, on new music where there is any."""
    if not found:
        return "Nothing was done to the clips."
    called = [titles.get(one.variant, one.variant) for one in found]
    new = [one.unheard for one in found if one.unheard is not None]
    if len(new) < len(found):
        return f"{_kept(found, called, genres)} {_nothing_new(found[0])}"
    return " ".join(
        [
            _who_was_asked(found[0], new[0]),
            _kept(new, called, genres),
            *([_as_served(found, called)] if found[0].learnt else []),
        ]
    )


def _kept(
    found: Sequence[Stability | Unheard], called: Sequence[str], genres: Sequence[str]
) -> str:
    """Say what hurts most, what misses the aim, and with what all keep their genre."""
    rows = sorted(zip(found, called, strict=True), key=lambda row: row[0].same)
    worst, title = rows[0]
    steady = [name for one, name in zip(found, called, strict=True) if one.same == one.clips]
    if len(steady) == len(rows):
        return f"All {worst.clips} clips keep their first genre, whatever is done to them."
    goes = f"; most of the others become {name_of(worst.went_to[0][0], genres)}"
    clear = 2 * worst.went_to[0][1] > worst.clips - worst.same > 1
    below = [f"{name} ({one.same} of {one.clips})" for one, name in rows if one.share.value < AIM]
    return " ".join(
        [
            f"What hurts most: {title}. {worst.same} of {worst.clips} clips keep their first "
            f"genre ({span(worst.share)}){goes if clear else ''}.",
            *([_right(worst)] if isinstance(worst, Unheard) and worst.labelled else []),
            f"The aim is {percent(AIM)}, whatever is done. "
            + (f"Below it are: {'; '.join(below)}." if below else "It is reached."),
            *([f"All keep it with: {joined(steady)}."] if steady else []),
        ]
    )


def _right(found: Unheard) -> str:
    known = "" if found.labelled == found.clips else f" of the {found.labelled} with a label"
    return (
        f"Before it the model names {found.right_before}{known} as the label says, after it "
        f"{found.right_after}."
    )


def _who_was_asked(found: Stability, new: Unheard) -> str:
    if not found.learnt:
        return f"The model has learnt from none of these {found.clips} clips."
    start = f"The model has learnt from {found.learnt} of these {found.clips} clips"
    if found.learnt + new.clips == found.clips:
        return f"{start}. How it would do with new music, only the others tell."
    which = "each clip" if new.clips == found.clips else f"each of {new.clips} clips"
    return (
        f"{start}. To tell how it would do with new music, {which} is read only by those of its "
        "networks that have not learnt from it."
    )


def _as_served(found: Sequence[Stability], called: Sequence[str]) -> str:
    worst, title = min(zip(found, called, strict=True), key=lambda row: row[0].same)
    return (
        "The whole model, also with the clips that it has learnt from, keeps at least "
        f"{worst.same} of {worst.clips} ({title}): no promise for new music."
    )


def _nothing_new(found: Stability) -> str:
    if found.learnt is None:
        return (
            "How many of these clips the model has learnt from is not known: with new music it "
            "may do worse."
        )
    return "The model has learnt from these clips: with new music it may do worse."


def _points(error: Estimate) -> str:
    # Half a point is rounded up, as in the tables, where Python's own way is to the even one.
    return f"{int(100 * error.value + 0.5)} points"


def _range(error: Estimate) -> str:
    return f"{100 * error.low:.0f} to {100 * error.high:.0f}"
