"""A reading: what a model says of a whole recording, and how sure it is.

Conventions
-----------
Probabilities are calibrated and in the order of the model's genres; times are
seconds. The blend is the mean over overlapping windows. Its 90 % interval comes
from drawing windows again and again; as overlapping windows tell the same thing
twice, each draw takes only as many as fit side by side. What is no longer than one
window has no interval.
"""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genre_app import zoo
from genre_app._source import no_formula
from genre_app.audio import MIN_SECONDS, SAMPLE_RATE, Recording, must_sound
from genre_app.calibration import WHOLE_S, at_length, softmax, stand_out
from genre_app.errors import AudioTooShort, ModelError
from genre_app.familiarity import Look
from genre_app.genres import inline, name_of
from genre_app.logmel import LogMel, log_mel
from genre_app.views import left_out

__all__ = [
    "ENSEMBLE",
    "Certainty",
    "Reading",
    "ensemble",
    "from_outputs",
    "has_interval",
    "judge",
    "read",
    "read_region",
]

Certainty = Literal["clear", "mixed", "unsure", "outside"]

ENSEMBLE: Final = "ensemble"
"""Name of the reading in which several models have one vote each."""

_GRID_S: Final = 3.0
"""Seconds between the moments at which an ensemble's timeline is taken."""

_LEADS: Final = 0.5
"""From here on the first genre has more than all others together."""

_DRAWS: Final = 1_000
_SEED: Final = 0


@dataclass(frozen=True, eq=False)
class Reading:
    """The genre blend of one recording.

    Attributes
    ----------
    file, model : str
    genres : tuple of str
        What the model knows: for those that come with the project,
        ``genres.GENRES``.
    duration_s : float
    blend, low, high : ndarray of float64 [shape=(genres,)]
        Probabilities and their 90 % interval, both ends of which are NaN where only one
        window was heard.
    certainty : {"clear", "mixed", "unsure", "outside"}
    reason : str
        Why, in one sentence.
    starts_s, ends_s : ndarray of float64 [shape=(n,)]
        The windows.
    timeline : ndarray of float64 [shape=(n, genres)]
        The probabilities of each window.
    """

    file: str
    model: str
    genres: tuple[str, ...]
    duration_s: float
    blend: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    certainty: Certainty
    reason: str
    starts_s: NDArray[np.float64]
    ends_s: NDArray[np.float64]
    timeline: NDArray[np.float64]

    @property
    def top(self) -> str:
        """The genre with the largest share."""
        return self.genres[int(self.blend.argmax())]

    @property
    def varies(self) -> bool:
        """Whether there is an interval: several windows were heard."""
        return has_interval(self.low)

    def as_dict(self) -> dict[str, Any]:
        """Give the reading as the command line prints it, ready for JSON."""

        def shares(values: NDArray[np.float64]) -> dict[str, float]:
            return {g: round(float(v), 4) for g, v in zip(self.genres, values, strict=True)}

        low, high = shares(self.low), shares(self.high)
        return {
            "file": self.file,
            "duration_s": round(self.duration_s, 3),
            "model": self.model,
            "blend": shares(self.blend),
            "interval": (
                {genre: [low[genre], high[genre]] for genre in self.genres} if self.varies else None
            ),
            "top": self.top,
            "certainty": self.certainty,
            "reason": self.reason,
            "timeline": [
                {"start_s": round(start, 3), "end_s": round(end, 3), "blend": shares(row)}
                for start, end, row in zip(
                    self.starts_s.tolist(), self.ends_s.tolist(), self.timeline, strict=True
                )
            ],
        }

    def to_csv(self) -> bytes:
        """Give the timeline as a table: first the whole song, then a row for each window."""
        lines = io.StringIO()
        writer = csv.writer(lines)
        writer.writerow(["what", "start_s", "end_s", *map(no_formula, self.genres)])
        writer.writerow(
            ["whole song", 0, f"{self.duration_s:.3f}", *(f"{p:.4f}" for p in self.blend)]
        )
        for start, end, row in zip(self.starts_s, self.ends_s, self.timeline, strict=True):
            writer.writerow(["window", f"{start:.3f}", f"{end:.3f}", *(f"{p:.4f}" for p in row)])
        return lines.getvalue().encode()


def has_interval(low: ArrayLike) -> bool:
    """Say by the lower ends of a blend's interval whether it has one, or they are NaN."""
    return bool(np.isfinite(np.asarray(low, np.float64)).all())


def read(
    recording: Recording,
    *,
    model: str = zoo.DEFAULT,
    mel: LogMel | None = None,
    progress: Callable[[float], None] | None = None,
) -> Reading:
    """Read a recording.

    Parameters
    ----------
    recording : Recording
    model : str
        A name out of :func:`genre_app.zoo.names`.
    mel : LogMel, optional
        Its log-mel, where that is at hand.
    progress : callable, optional
        Told the share that is done, 0 to 1; what it raises stops the reading.

    Raises
    ------
    ModelError
        The model is unknown or damaged.
    """
    tell = progress or (lambda share: None)
    loaded = zoo.load(model)
    tell(0.05)
    heard = mel if mel is not None else log_mel(recording.samples)
    said = loaded.outputs(heard, progress=lambda share: tell(0.1 + 0.8 * share))
    reading = from_outputs(recording.name, recording.duration_s, loaded, said, heard)
    tell(1.0)
    return reading


def read_region(
    recording: Recording, *, start_s: float, end_s: float, model: str = zoo.DEFAULT
) -> Reading:
    """Read a region of a recording as a song of its own.

    Parameters
    ----------
    recording : Recording
    start_s, end_s : float
        Seconds; what lies outside the recording is cut off.
    model : str
        A name out of :func:`genre_app.zoo.names`.

    Returns
    -------
    Reading
        The same as if the region had been cut out and given alone, so its times count
        from the region's start.

    Raises
    ------
    AudioTooShort, SilentAudio
        There is too little in the region, with a sentence that says so.
    ModelError
        The model is unknown or damaged.
    """
    first, last = (round(max(0.0, moment) * SAMPLE_RATE) for moment in (start_s, end_s))
    samples = recording.samples[first:last]
    if samples.size < MIN_SECONDS * SAMPLE_RATE:
        raise AudioTooShort(
            f"That region has {samples.size / SAMPLE_RATE:.1f} s of music; a reading needs at "
            f"least {MIN_SECONDS:g} s, and is better with 10 or more. Choose a longer one."
        )
    must_sound(samples, "Nothing sounds in that region. Choose another one.")
    return read(replace(recording, samples=samples), model=model)


def from_outputs(
    file: str,
    duration_s: float,
    loaded: zoo.LoadedModel,
    said: zoo.WindowOutputs,
    mel: LogMel,
) -> Reading:
    """Make the reading of what a network said of a recording's windows."""
    # What was too quiet to be read tells no more than if it were not there.
    unread = left_out(said.starts_s, said.ends_s, duration_s)
    heard_s = duration_s - sum(end - start for start, end in unread)
    temperature, thresholds = at_length(loaded.card, heard_s)
    timeline = softmax(said.logits, temperature)
    blend = timeline.mean(axis=0)
    window_s = float((said.ends_s - said.starts_s).mean())
    low, high = _interval(timeline, side_by_side=max(1, round(heard_s / window_s)))
    certainty, reason = judge(
        blend,
        loaded.familiarity.look(mel),
        thresholds,
        loaded.genres,
        brief=heard_s < WHOLE_S,
    )
    return Reading(
        file=file,
        model=loaded.name,
        genres=loaded.genres,
        duration_s=duration_s,
        blend=blend,
        low=np.minimum(low, blend),
        high=np.maximum(high, blend),
        certainty=certainty,
        reason=reason,
        starts_s=said.starts_s,
        ends_s=np.minimum(said.ends_s, duration_s),
        timeline=timeline,
    )


def ensemble(readings: Sequence[Reading]) -> Reading:
    """Give several models' readings of one recording one vote each.

    Parameters
    ----------
    readings : sequence of Reading
        At least two, of the same recording, by models that know the same genres.

    Returns
    -------
    Reading
        Its thresholds come from the members' mean on the validation tracks; its
        interval reaches as far from the blend as those of the members that have one,
        in the mean.

    Raises
    ------
    ModelError
        The models know different genres.
    """
    first = readings[0]
    if any(reading.genres != first.genres for reading in readings):
        raise ModelError("Only models that know the same genres can vote together.")
    starts, ends = _moments(readings)
    timeline = np.mean([_at(reading, (starts + ends) / 2) for reading in readings], axis=0)
    blend = np.mean([reading.blend for reading in readings], axis=0)
    # Models with long windows may have heard only one. Of the others the arms count and not the
    # ends, which lie about blends of their own.
    varying = [one for one in readings if one.varies] or [first]
    low, high = np.clip(
        blend + np.mean([(one.low - one.blend, one.high - one.blend) for one in varying], axis=0),
        0.0,
        1.0,
    )
    top = first.genres[int(blend.argmax())]
    agreed = [reading.top for reading in readings].count(top)
    outside = [reading for reading in readings if reading.certainty == "outside"]
    if len(outside) * 2 > len(readings):
        certainty, reason = outside[0].certainty, outside[0].reason
    else:
        # A look that passes: the members have looked already.
        certainty, reason = judge(
            blend,
            Look(novelty=0.0, structure=np.inf),
            zoo.ensemble_thresholds(
                [reading.model for reading in readings], seconds=first.duration_s
            ),
            first.genres,
            brief=first.duration_s < WHOLE_S,
        )
    return Reading(
        file=first.file,
        model=ENSEMBLE,
        genres=first.genres,
        duration_s=first.duration_s,
        blend=blend,
        low=low,
        high=high,
        certainty=certainty,
        reason=f"{reason} {agreed} of {len(readings)} models name {inline(top)} first.",
        starts_s=starts,
        ends_s=ends,
        timeline=timeline,
    )


def _moments(
    readings: Sequence[Reading],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Divide the recording into pieces of 3 s, without those that no member has read."""
    duration_s = readings[0].duration_s
    starts = np.arange(0.0, max(duration_s - _GRID_S / 2, _GRID_S / 2), _GRID_S)
    ends = np.append(starts[1:], duration_s)
    middles = (starts + ends) / 2
    heard = np.zeros(len(middles), dtype=bool)
    for one in readings:
        unread = left_out(one.starts_s, one.ends_s, duration_s)
        heard |= ~np.any([(start < middles) & (middles < end) for start, end in unread], axis=0)
    return starts[heard], ends[heard]


def _at(reading: Reading, moments: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the probabilities of the window whose middle is nearest to each moment."""
    middles = (reading.starts_s + reading.ends_s) / 2
    return reading.timeline[np.abs(middles[None, :] - moments[:, None]).argmin(axis=1)]


def judge(
    blend: NDArray[np.floating],
    look: Look,
    thresholds: dict[str, float],
    genres: Sequence[str],
    *,
    brief: bool = False,
) -> tuple[Certainty, str]:
    """Say how sure a blend is, with thresholds that were measured on validation.

    Parameters
    ----------
    blend : ndarray [shape=(genres,)]
    look : Look
        Novelties and structure of the recording.
    thresholds : dict
        ``clear``, ``mixed``, ``outside``, ``featureless``, and ``together``, which not
        all models have: see
        :func:`genre_app.calibration.certainty_thresholds`.
    genres : sequence of str
        Names of the blend's columns.
    brief : bool
        Less than a whole song was heard, and the thresholds are of such pieces.

    Returns
    -------
    certainty, reason : str
    """
    order = np.argsort(-blend)
    first, second = (inline(genres[i]) for i in order[:2])
    start = name_of(genres[order[0]])
    top, both = float(blend[order[0]]), float(blend[order[:2]].sum())
    if look.novelty > thresholds["outside"]:
        return "outside", (
            "This sounds unlike the music that the model has learnt from "
            f"({look.novelty:.1f} times the usual distance), so the bars may mean nothing."
        )
    if look.together > thresholds.get("together", np.inf):
        return "outside", (
            "High and low sounds rise and fall together in another way than in the music that the "
            f"model has learnt from ({look.together:.1f} times the usual distance). One cause is "
            "a computer that plays from notes. The bars may mean nothing."
        )
    if look.structure < thresholds["featureless"]:
        return "outside", (
            "Nothing repeats or evolves in this, as in steady noise or a single tone, so the bars "
            "may mean nothing."
        )
    if top >= thresholds["clear"]:
        checked = "pieces as short as this of the songs" if brief else "the songs"
        return "clear", (
            f"{start} has {_percent(top)}; of {checked} held back to check whose first bar was "
            f"{_percent(thresholds['clear'])} or longer, nine in ten were right."
        )
    two = stand_out(blend)
    if two and both >= thresholds["mixed"]:
        together = f"{start} and {second} together have {_percent(both)}"
        return "mixed", f"{together}; neither stands alone."
    if top >= _LEADS and not two:
        little = " Less than half a minute was heard." if brief else ""
        return "unsure", (
            f"{start} leads with {_percent(top)}, which is too little to rely on, and no second "
            f"genre stands out.{little}"
        )
    return "unsure", (
        f"No genre leads: {first} has {_percent(top)}, {second} {_percent(both - top)}."
    )


def _percent(share: float) -> str:
    """Write a share as the bars do: never as if it were certain."""
    return ">99 %" if share >= 0.995 else f"{100 * share:.0f} %"


def _interval(
    timeline: NDArray[np.float64], *, side_by_side: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if len(timeline) == 1:
        # There is nothing to draw from; no width would look like certainty.
        nothing = np.full(timeline.shape[1], np.nan)
        return nothing, nothing
    chance = np.random.default_rng(_SEED)
    draws = chance.integers(len(timeline), size=(_DRAWS, min(side_by_side, len(timeline))))
    low, high = np.quantile(timeline[draws].mean(axis=1), [0.05, 0.95], axis=0)
    return low, high
