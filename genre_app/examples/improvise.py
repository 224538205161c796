"""Two players without a score: a walking bass and a soloist, both from a seeded generator.

They follow what beginners are taught: chord tones on the beat, steps and chromatic
approaches between, phrases that breathe.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from genre_app.examples.score import Note, chord

__all__ = ["Change", "solo", "walking_bass"]

_SCALES: Final = {
    "minor": (0, 2, 3, 5, 7, 9, 10),
    "dominant": (0, 2, 4, 5, 7, 9, 10),
    "altered": (0, 1, 3, 4, 6, 8, 10),
    "major": (0, 2, 4, 6, 7, 9, 11),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One chord of the scheme.

    Attributes
    ----------
    start, beats : float
        Where it begins and how long it lasts, in beats.
    symbol : str
        Such as ``"Dm9"``.
    """

    start: float
    beats: float
    symbol: str

    @property
    def scale(self) -> tuple[int, ...]:
        """Pitch classes that a soloist would run through."""
        root, *rest = chord(self.symbol)
        steps = {tone - root for tone in rest}
        kind = "major"
        if 10 in steps:
            kind = "minor" if 3 in steps else "altered" if 13 in steps else "dominant"
        return tuple((root + step) % 12 for step in _SCALES[kind])


def _at(changes: Sequence[Change], beat: float) -> Change:
    return [change for change in changes if change.start <= beat][-1]


def _near(classes: Sequence[int], aim: float, low: int, high: int) -> int:
    """Give the pitch of these classes, within a range, that lies nearest to an aim."""
    wanted = {tone % 12 for tone in classes}
    return min(
        (pitch for pitch in range(low, high + 1) if pitch % 12 in wanted),
        key=lambda pitch: abs(pitch - aim),
    )


def walking_bass(
    changes: Sequence[Change], rng: np.random.Generator, *, low: int, high: int
) -> list[Note]:
    """Walk in quarters: root on the change, chord tones after it, a step into the next root."""
    notes: list[Note] = []
    pitch = (low + high) // 2
    for change, following in zip(changes, [*changes[1:], changes[0]], strict=True):
        tones = chord(change.symbol)
        root = _near(tones[:1], pitch, low, high)
        goal = _near(chord(following.symbol)[:1], root, low, high)
        beats = round(change.beats)
        path = [root]
        for beat in range(1, beats - 1):
            aim = root + (goal - root) * beat / beats + float(rng.choice([-5, 5, 7]))
            choices = [t for t in tones[1:4] if t % 12 != path[-1] % 12]
            path.append(_near(choices, aim, low, high))
        if beats > 1:
            step = int(rng.choice([-1, 1, 1, 2, -2]))
            path.append(goal + step)
        for beat, pitch in enumerate(path):
            loud = 0.8 if beat == 0 else 0.7
            notes.append(Note(change.start + beat, 0.95, pitch, loud))
            if rng.random() < 0.08:
                notes.append(Note(change.start + beat + 0.5, 0.35, pitch, 0.4))
    return notes


def solo(
    changes: Sequence[Change],
    span: tuple[float, float],
    rng: np.random.Generator,
    *,
    low: int,
    high: int,
) -> list[Note]:
    """Improvise in swung eighths over a stretch of the scheme.

    Parameters
    ----------
    changes
        The scheme.
    span
        First and last beat.
    rng
        The improviser's mood.
    low, high
        The instrument's range, as MIDI numbers.
    """
    notes: list[Note] = []
    beat, pitch, heading = span[0] + 0.5, (low + high) / 2, 1
    while beat < span[1] - 1:
        phrase_end = min(beat + float(rng.choice([3, 4.5, 5, 6.5, 7.5])), span[1])
        while beat < phrase_end:
            change = _at(changes, beat)
            if beat % 1 == 0:
                if pitch > high - 5:
                    heading = -1
                elif pitch < low + 5 or rng.random() < 0.25:
                    heading = 1 if pitch < low + 5 else -heading
                leap = float(rng.choice([2, 3, 3, 4, 6]))
                pitch = _near(chord(change.symbol)[1:], pitch + heading * leap, low, high)
                length = 1.0 if rng.random() < 0.16 else 0.5
                loud = 0.68
            else:
                # Look ahead: the off-beat leads to where the next chord will be.
                coming = _at(changes, min(beat + 0.5, span[1]))
                goal = _near(chord(coming.symbol)[1:], pitch + heading * 2, low, high)
                if rng.random() < 0.35:
                    pitch = goal + float(rng.choice([-1, 1]))
                else:
                    pitch = _near(change.scale, (pitch + goal) / 2 + heading, low, high)
                length, loud = 0.5, 0.58
            if notes and notes[-1].pitch == pitch:
                pitch = _near(change.scale, pitch + 2 * heading, low, high)
            peak = 0.14 if notes and pitch > notes[-1].pitch + 2 else 0.0
            if length == 0.5 and beat % 1 == 0 and rng.random() < 0.1:
                # A turn: three notes in the time of two.
                for third, step in enumerate((0, 2, 0)):
                    turned = _near(change.scale, pitch + step, low, high)
                    notes.append(Note(beat + third / 6, 0.16, turned, 0.55))
            else:
                notes.append(Note(beat, length * 0.95, pitch, loud + peak))
            beat += length
        last = notes.pop()
        notes.append(Note(last.start, last.length + 0.4, last.pitch, last.velocity))
        beat = float(np.floor(beat)) + float(rng.choice([1.0, 1.5, 2.0, 1.5]))
    return [note for note in notes if note.start < span[1]]
