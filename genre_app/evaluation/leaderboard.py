"""All models in one table: what each scores, what its report claims, what it costs.

Read off the cards; nothing is computed again. What a card does not have is
``None``: models trained by a user may lack a protocol, a report or a time. Those that know
other genres, or were tested on other tracks, stand in the table but are not compared: two
genres are easier than ten.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any

from genre_app import zoo
from genre_app.evaluation.intervals import Estimate
from genre_app.evaluation.words import joined, percent, span
from genre_app.genres import GENRES
from genre_app.wording import counted

__all__ = [
    "Entry",
    "comparable",
    "cost_sentence",
    "entries",
    "gap_sentence",
    "leader_sentence",
]


@dataclass(frozen=True)
class Entry:
    """One model.

    Attributes
    ----------
    name, title, report : str
    parameters : int or None
    artist, random : Estimate or None
        Accuracy under each protocol with its 95 % interval, drawn by artist.
    artist_tracks, random_tracks : int
        Test tracks; 0 where the protocol was not measured.
    artists : int or None
        Whose the test tracks of ``artist`` are, where its interval was drawn by artist.
    artist_seeds : tuple of float
        Accuracy of each training under ``artist``; the first one's weights are read with.
    claim : float or None
        What its report says.
    claim_words : str
        Of what that is a figure.
    claim_on_gtzan : bool
        Whether that was this music; other music's figures compare with nothing here.
    ece : float or None
        Expected calibration error, protocol ``artist``.
    blend_error : float or None
        Mean error of the bars of mixes with known shares.
    milliseconds : float or None
        To read a clip of 30 s, on one core.
    training_s : float or None
    genres : tuple of str
        What it knows.
    comparable : bool
        Whether that is the ten genres, and it was tested on as many tracks as the default.
    """

    name: str
    title: str
    report: str
    parameters: int | None
    artist: Estimate | None
    random: Estimate | None
    artist_tracks: int
    random_tracks: int
    artists: int | None
    artist_seeds: tuple[float, ...]
    claim: float | None
    claim_words: str
    claim_on_gtzan: bool
    ece: float | None
    blend_error: float | None
    milliseconds: float | None
    training_s: float | None
    genres: tuple[str, ...]
    comparable: bool

    @property
    def gap(self) -> float | None:
        """Accuracy ``random`` minus ``artist``; ``None`` without both."""
        if self.artist is None or self.random is None:
            return None
        return self.random.value - self.artist.value


def entries(cards: Sequence[Mapping[str, Any]]) -> tuple[Entry, ...]:
    """Read the cards; the best under ``artist`` first, those without it last.

    After them all stand those that cannot be compared with them.
    """
    found = [_entry(card) for card in cards]
    counts = {one.name: one.artist_tracks for one in found if one.comparable}
    # Where the default is not there, the most tracks are the whole test.
    tracks = counts.get(zoo.DEFAULT) or max(counts.values(), default=0)
    found = [
        replace(one, comparable=one.comparable and one.artist_tracks in (0, tracks))
        for one in found
    ]
    return tuple(sorted(found, key=lambda one: (not one.comparable, -_value(one))))


def comparable(found: Sequence[Entry]) -> tuple[Entry, ...]:
    """Leave out the models that know other genres or were tested on other tracks."""
    return tuple(one for one in found if one.comparable)


def leader_sentence(found: Sequence[Entry]) -> str:
    """Say which models cannot be told from the best, and which stand apart."""
    measured = [one for one in comparable(found) if one.artist is not None]
    if not measured:
        text = "No model of the ten genres was measured on artists that it had not heard."
        return text + _others(found)
    first, *others = sorted(measured, key=lambda one: -_value(one))
    assert first.artist is not None  # noqa: S101  # For the type checker: filtered above.
    text = (
        f"On {first.artist_tracks} tracks, nearly all by artists it had never heard, {first.title} "
        f"names the genre on the label for {percent(first.artist.value)} "
        f"({span(first.artist, by_artist=first.artists is not None)}{_further(first)})."
    )
    near = [one.title for one in others if one.artist and one.artist.high >= first.artist.low]
    if near:
        text += (
            f" The intervals of {joined(near)} overlap with it: whether one of them is as good, "
            "compare on the same tracks."
        )
    return text + _others(found)


def _others(found: Sequence[Entry]) -> str:
    """Name the models that are not compared."""
    titles = [one.title for one in found if not one.comparable]
    if not titles:
        return ""
    return f" Not compared here: {joined(titles)}, with other genres or other test tracks."


def _further(one: Entry) -> str:
    """Say what other seeds came to: the one that is shipped may be the luckiest."""
    if len(one.artist_seeds) < 2:
        return ""
    return f"; mean of {len(one.artist_seeds)} trainings {percent(fmean(one.artist_seeds))}"


def _points(gap: float) -> str:
    """Say a difference of two shares: ``'32 points more'``, ``'4 points fewer'``."""
    points = round(100 * gap)
    return f"{counted(abs(points), 'point')} {'fewer' if points < 0 else 'more'}"


def gap_sentence(found: Sequence[Entry]) -> str:
    """Say what a random split adds to the figures."""
    gaps = [(one.gap, one) for one in comparable(found) if one.gap is not None]
    if not gaps:
        return "No model was measured under both protocols."
    gaps.sort(key=lambda pair: -pair[0])
    most, least = gaps[0], gaps[-1]
    text = (
        f"{most[1].title} scores {_points(most[0])} on tracks drawn at random than on tracks by "
        "other artists"
    )
    if len(gaps) == 1:
        return f"{text}."
    mean = sum(gap for gap, _ in gaps) / len(gaps)
    return (
        f"{text}, {least[1].title} {_points(least[0])}; on average over {len(gaps)} models it is "
        f"{_points(mean)}. So much of a figure can be the artists' sound, or the very same "
        "recording, that stands on both sides."
    )


def cost_sentence(found: Sequence[Entry]) -> str:
    """Say what accuracy costs in time."""
    known = [
        one for one in comparable(found) if one.artist is not None and one.milliseconds is not None
    ]
    if len(known) < 2:
        return "It takes two models to compare what they cost."
    best = max(known, key=_value)
    quick = min(known, key=lambda one: one.milliseconds or 0.0)
    if best is quick:
        return f"{best.title} is the most accurate of all and the quickest: {_time(best)} a clip."
    return (
        f"{best.title} is right most often ({percent(_value(best))}) and takes {_time(best)} for "
        f"a clip of 30 s; {quick.title} is the quickest ({_time(quick)}, "
        f"{percent(_value(quick))})."
    )


def _entry(card: Mapping[str, Any]) -> Entry:
    protocols = card.get("protocols") or {}
    artist, random = protocols.get("artist"), protocols.get("random")
    claim = card.get("claim") or {}
    return Entry(
        name=str(card["name"]),
        title=str(card.get("title") or card["name"]),
        report=" ".join(filter(None, [card.get("report"), card.get("section")])),
        parameters=card.get("parameters"),
        artist=_estimate(artist),
        random=_estimate(random),
        artist_tracks=artist["tracks"] if artist else 0,
        random_tracks=random["tracks"] if random else 0,
        artists=artist.get("artists") if artist else None,
        artist_seeds=tuple(artist.get("seeds") or ()) if artist else (),
        claim=claim.get("figure"),
        claim_words=": ".join(filter(None, [claim.get("metric"), claim.get("protocol")])),
        claim_on_gtzan=bool(claim.get("on_gtzan")),
        ece=artist["ece"] if artist else None,
        blend_error=_blend_error(card),
        milliseconds=card.get("milliseconds_a_clip"),
        training_s=card.get("training_seconds"),
        genres=tuple(card["genres"]),
        comparable=set(card["genres"]) == set(GENRES),
    )


def _estimate(found: Mapping[str, Any] | None) -> Estimate | None:
    return Estimate(found["accuracy"], found["low"], found["high"]) if found else None


def _blend_error(card: Mapping[str, Any]) -> float | None:
    mixes = (card.get("blends") or {}).get("mixes") or {}
    value = (mixes.get("share_error") or {}).get("value")
    return float(value) if value is not None else None


def _value(one: Entry) -> float:
    return one.artist.value if one.artist else -1.0


def _time(one: Entry) -> str:
    return f"{one.milliseconds:.0f} ms" if one.milliseconds is not None else "an unknown time"
