"""A reading: what a model says of a whole recording, and how sure it is.

Conventions
-----------
Probabilities are calibrated and in the order of ``genres.GENRES``; times are
seconds. The blend is the mean over overlapping windows. Its 90 % interval comes
from drawing windows again and again; as overlapping windows tell the same thing
twice, each draw takes only as many as fit side by side.
"""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from genre_app import zoo
from genre_app.audio import Recording
from genre_app.calibration import novelty, softmax
from genre_app.genres import GENRES, NAMES
from genre_app.logmel import LogMel, log_mel

__all__ = ["Certainty", "Reading", "judge", "read"]

Certainty = Literal["clear", "mixed", "unsure", "outside"]

_DRAWS: Final = 1_000
_SEED: Final = 0


@dataclass(frozen=True, eq=False)
class Reading:
    """The genre blend of one recording.

    Attributes
    ----------
    file, model : str
    duration_s : float
    blend, low, high : ndarray of float64 [shape=(10,)]
        Probabilities and their 90 % interval.
    certainty : {"clear", "mixed", "unsure", "outside"}
    reason : str
        Why, in one sentence.
    starts_s, ends_s : ndarray of float64 [shape=(n,)]
        The windows.
    timeline : ndarray of float64 [shape=(n, 10)]
        The probabilities of each window.
    """

    file: str
    model: str
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
        return GENRES[int(self.blend.argmax())]

    def as_dict(self) -> dict[str, Any]:
        """Give the reading as the command line prints it, ready for JSON."""

        def shares(values: NDArray[np.float64]) -> dict[str, float]:
            return {g: round(float(v), 4) for g, v in zip(GENRES, values, strict=True)}

        low, high = shares(self.low), shares(self.high)
        return {
            "file": self.file,
            "duration_s": round(self.duration_s, 3),
            "model": self.model,
            "blend": shares(self.blend),
            "interval": {genre: [low[genre], high[genre]] for genre in GENRES},
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
        """Give the timeline as a table: a row a window, and first the whole song."""
        lines = io.StringIO()
        writer = csv.writer(lines)
        writer.writerow(["start_s", "end_s", *GENRES])
        writer.writerow([0, f"{self.duration_s:.3f}", *(f"{p:.4f}" for p in self.blend)])
        for start, end, row in zip(self.starts_s, self.ends_s, self.timeline, strict=True):
            writer.writerow([f"{start:.3f}", f"{end:.3f}", *(f"{p:.4f}" for p in row)])
        return lines.getvalue().encode()


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
        Told the share that is done, 0 to 1.

    Raises
    ------
    ModelError
        The model is unknown or damaged.
    """
    tell = progress or (lambda share: None)
    loaded = zoo.load(model)
    tell(0.2)
    said = loaded.outputs(mel if mel is not None else log_mel(recording.samples))
    tell(0.9)
    timeline = softmax(said.logits, loaded.card["temperature"])
    blend = timeline.mean(axis=0)
    window_s = float((said.ends_s - said.starts_s).mean())
    low, high = _interval(timeline, side_by_side=max(1, round(recording.duration_s / window_s)))
    certainty, reason = judge(
        blend,
        novelty(said.place),
        float(np.median(said.structure)),
        loaded.card["thresholds"],
    )
    tell(1.0)
    return Reading(
        file=recording.name,
        model=model,
        duration_s=recording.duration_s,
        blend=blend,
        low=np.minimum(low, blend),
        high=np.maximum(high, blend),
        certainty=certainty,
        reason=reason,
        starts_s=said.starts_s,
        ends_s=np.minimum(said.ends_s, recording.duration_s),
        timeline=timeline,
    )


def judge(
    blend: NDArray[np.floating],
    unfamiliar: float,
    structured: float,
    thresholds: dict[str, float],
) -> tuple[Certainty, str]:
    """Say how sure a blend is, with thresholds that were measured on validation.

    Parameters
    ----------
    blend : ndarray [shape=(10,)]
    unfamiliar : float
        Novelty of the recording (:func:`genre_app.calibration.novelty`).
    structured : float
        Median over its windows of :func:`genre_app.views.structure`.
    thresholds : dict
        ``clear``, ``mixed``, ``outside``, ``featureless``: see
        :func:`genre_app.calibration.certainty_thresholds`.

    Returns
    -------
    certainty, reason : str
    """
    order = np.argsort(-blend)
    first, second = (NAMES[GENRES[i]] for i in order[:2])
    top, both = float(blend[order[0]]), float(blend[order[:2]].sum())
    if unfamiliar > thresholds["outside"]:
        return "outside", (
            "This sounds unlike the music that the model has learnt from "
            f"({unfamiliar:.1f} times the usual distance), so the bars may mean nothing."
        )
    if structured < thresholds["featureless"]:
        return "outside", (
            "Nothing repeats or evolves in this, as in steady noise or a single tone, so the bars "
            "may mean nothing."
        )
    if top >= thresholds["clear"]:
        return "clear", (
            f"{first} has {top:.0%}; of the songs held back to check, nine in ten with a lead "
            "like that were right."
        )
    if both >= thresholds["mixed"]:
        return "mixed", f"{first} and {second} together have {both:.0%}; neither stands alone."
    return "unsure", f"No genre leads: {first} has {top:.0%}, {second} {both - top:.0%}."


def _interval(
    timeline: NDArray[np.float64], *, side_by_side: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    chance = np.random.default_rng(_SEED)
    draws = chance.integers(len(timeline), size=(_DRAWS, min(side_by_side, len(timeline))))
    low, high = np.quantile(timeline[draws].mean(axis=1), [0.05, 0.95], axis=0)
    return low, high
