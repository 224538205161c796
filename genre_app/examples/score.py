"""Notes, chords and time: how the example pieces are written down.

A piece is text that a musician can read back: melodies as ``"F#5:1.5 G5:.5 -:1"``,
chords as ``"Bm7"``, drums as ``"X..x"``. Times are beats until :func:`perform`
turns them into seconds with the small unevenness of human hands.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

__all__ = [
    "Clock",
    "Note",
    "chord",
    "dynamics",
    "hertz",
    "hits",
    "line",
    "midi",
    "perform",
    "repeat",
    "rubato",
    "shift",
    "stack",
    "steady",
    "strum",
    "voicing",
]

Clock = Callable[[float], float]
"""Seconds at which a beat (counted from 0) sounds."""

_NAME: Final = re.compile(r"([A-G])([#b]?)(-?\d)?")
_TOKEN: Final = re.compile(
    r"(?P<pitches>-|[A-G][#b]?\d(?:\+[A-G][#b]?\d)*)"
    r"(?:/(?P<bend>-?[\d.]+))?(?::(?P<beats>[\d.]+))?(?P<touch>[!?]?)"
)
_STEPS: Final = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_QUALITIES: Final = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "5": (0, 7, 12),
    "6": (0, 4, 7, 9),
    "7": (0, 4, 7, 10),
    "m7": (0, 3, 7, 10),
    "maj7": (0, 4, 7, 11),
    "9": (0, 4, 7, 10, 14),
    "m9": (0, 3, 7, 10, 14),
    "maj9": (0, 4, 7, 11, 14),
    "69": (0, 4, 7, 9, 14),
    "13": (0, 4, 7, 10, 14, 21),
    "7sus": (0, 5, 7, 10),
    "7b9": (0, 4, 7, 10, 13),
    "m7b5": (0, 3, 6, 10),
}
_TOUCH: Final = {"!": 0.95, "": 0.72, "?": 0.42}
_STROKES: Final = {"X": 1.0, "x": 0.75, "o": 0.5, "g": 0.28}


@dataclass(frozen=True, slots=True)
class Note:
    """One note, as written (times in beats) or as performed (times in seconds).

    Attributes
    ----------
    start, length : float
        In beats as written, in seconds once performed.
    pitch : float
        MIDI number, 69 = A4 = 440 Hz. Drums use it to tell strokes apart.
    velocity : float
        How hard it is played, 0 to 1.
    bend : float
        Semitones that the note begins below its pitch (negative: above).
    text : str
        What a voice says; empty for instruments.
    """

    start: float
    length: float
    pitch: float
    velocity: float = 0.72
    bend: float = 0.0
    text: str = ""

    @property
    def hz(self) -> float:
        """The pitch as a frequency in Hz."""
        return hertz(self.pitch)


def hertz(pitch: float) -> float:
    """Frequency in Hz of a MIDI number, in equal temperament at A4 = 440 Hz."""
    return 440.0 * math.exp2((pitch - 69.0) / 12.0)


def midi(name: str) -> int:
    """MIDI number of a note name.

    Examples
    --------
    >>> midi("A4"), midi("Bb2")
    (69, 46)
    """
    found = _NAME.fullmatch(name)
    if found is None or found[3] is None:
        raise ValueError(f"{name!r} is not a note with an octave, such as F#4.")
    return 12 * (int(found[3]) + 1) + _pitch_class(found[1], found[2])


def _pitch_class(letter: str, sign: str) -> int:
    return _STEPS[letter] + {"#": 1, "b": -1, "": 0}[sign]


def chord(symbol: str) -> tuple[int, ...]:
    """Semitones above C of a chord symbol, root first.

    Examples
    --------
    >>> chord("Dm9")
    (2, 5, 9, 12, 16)
    """
    found = _NAME.match(symbol)
    if found is None or symbol[found.end(2) :] not in _QUALITIES:
        raise ValueError(f"{symbol!r} is not a chord symbol known here.")
    root = _pitch_class(found[1], found[2]) % 12
    return tuple(root + step for step in _QUALITIES[symbol[found.end(2) :]])


def voicing(
    tones: Sequence[int], *, near: float, previous: Sequence[int] = (), rootless: bool = False
) -> tuple[int, ...]:
    """Place a chord's tones as close as they come to a centre or to the chord before.

    Parameters
    ----------
    tones
        Semitones above C, root first, as :func:`chord` gives them.
    near
        MIDI number around which the hand rests.
    previous
        The voicing before; with it the hand moves as little as it can.
    rootless
        Leave the root to the bass, as jazz pianists do.
    """
    wanted = sorted({tone % 12 for tone in (tones[1:] if rootless else tones)})
    centre = sum(previous) / len(previous) * 0.6 + near * 0.4 if previous else near
    candidates = []
    for turn in range(len(wanted)):
        turned = wanted[turn:] + [tone + 12 for tone in wanted[:turn]]
        middle = sum(turned) / len(turned)
        octave = 12 * round((centre - middle) / 12)
        candidates.append(tuple(tone + octave for tone in turned))
    return min(candidates, key=lambda pitches: abs(sum(pitches) / len(pitches) - centre))


def line(text: str, *, start: float = 0.0) -> list[Note]:
    """Read a melody: ``pitch[+pitch...][/bend][:beats][!|?]``, a hyphen for a rest.

    A length counts until the next one that is given. ``!`` is an accent, ``?`` a
    ghost note, ``/2`` a note that is bent or slid up from two semitones below.
    """
    notes: list[Note] = []
    beats, clock = 1.0, start
    for token in text.replace("|", " ").split():
        found = _TOKEN.fullmatch(token)
        if found is None:
            raise ValueError(f"{token!r} is not a note as written here, such as F#5/2:1.5!.")
        beats = float(found["beats"]) if found["beats"] else beats
        if found["pitches"] != "-":
            notes += [
                Note(clock, beats, midi(name), _TOUCH[found["touch"]], float(found["bend"] or 0))
                for name in found["pitches"].split("+")
            ]
        clock += beats
    return notes


def hits(pattern: str, *, step: float, pitch: float = 0.0, start: float = 0.0) -> list[Note]:
    """Read a drum pattern: ``X`` accent, ``x`` stroke, ``o`` soft, ``g`` ghost, ``.`` nothing.

    Spaces and bar lines are for the eye only; ``step`` is in beats.
    """
    strokes = pattern.replace("|", "").replace(" ", "")
    return [
        Note(start + index * step, step, pitch, _STROKES[stroke])
        for index, stroke in enumerate(strokes)
        if stroke != "."
    ]


def stack(
    pitches: Iterable[float], start: float, length: float, velocity: float = 0.72
) -> list[Note]:
    """Give every pitch the same start, length and velocity: a chord."""
    return [Note(start, length, pitch, velocity) for pitch in pitches]


def strum(notes: Sequence[Note], *, spread: float, up: bool = False) -> list[Note]:
    """Spread a chord's notes over ``spread`` beats, low string first unless ``up``."""
    ordered = sorted(notes, key=lambda note: note.pitch, reverse=up)
    gap = spread / max(len(ordered) - 1, 1)
    return [replace(n, start=n.start + gap * i) for i, n in enumerate(ordered)]


def shift(notes: Iterable[Note], beats: float = 0.0, *, semitones: float = 0.0) -> list[Note]:
    """Move notes in time, in pitch, or both."""
    return [replace(n, start=n.start + beats, pitch=n.pitch + semitones) for n in notes]


def repeat(notes: Sequence[Note], every: float, *, at: Iterable[int]) -> Iterator[Note]:
    """Place the same notes at the bars ``at``, each ``every`` beats long."""
    for bar in at:
        yield from shift(notes, bar * every)


def dynamics(notes: Iterable[Note], points: Sequence[tuple[float, float]]) -> list[Note]:
    """Scale velocities along ``(beat, factor)`` points: crescendo and diminuendo."""
    beats, factors = [beat for beat, _ in points], [factor for _, factor in points]
    return [
        replace(n, velocity=min(n.velocity * float(np.interp(n.start, beats, factors)), 1.0))
        for n in notes
    ]


def steady(bpm: float, *, swing: float = 0.5, unit: float = 0.5) -> Clock:
    """Keep one tempo, with swing.

    Parameters
    ----------
    bpm
        Beats a minute.
    swing
        Share of each pair of units that the first takes: 0.5 is even, 0.67 a shuffle.
    unit
        The note value that swings, in beats: 0.5 for eighths, 0.25 for sixteenths.
    """

    def seconds(beat: float) -> float:
        pair, within = divmod(beat / (2 * unit), 1.0)
        uneven = within * 2 * swing if within < 0.5 else swing + (within - 0.5) * 2 * (1 - swing)
        return (pair + uneven) * 2 * unit * 60.0 / bpm

    return seconds


def rubato(tempi: Sequence[tuple[float, float]]) -> Clock:
    """Let the tempo breathe: ``(beat, bpm)`` points with straight lines between them."""
    grid = np.linspace(tempi[0][0], tempi[-1][0], 2048)
    bpm = np.interp(grid, [beat for beat, _ in tempi], [speed for _, speed in tempi])
    pace = 60.0 / bpm
    times = np.concatenate([[0.0], np.cumsum((pace[1:] + pace[:-1]) / 2 * np.diff(grid))])

    def seconds(beat: float) -> float:
        beyond = max(beat - float(grid[-1]), 0.0) * float(pace[-1])
        return float(np.interp(beat, grid, times)) + beyond

    return seconds


def perform(
    notes: Iterable[Note],
    clock: Clock,
    rng: np.random.Generator,
    *,
    timing: float = 0.006,
    touch: float = 0.06,
    late: float = 0.0,
) -> list[Note]:
    """Turn beats into seconds, as a player of flesh and blood would.

    Parameters
    ----------
    notes
        As written, in beats.
    clock
        When each beat sounds.
    rng
        Source of the unevenness; a fixed seed makes it the same every time.
    timing
        Standard deviation of the starts in seconds.
    touch
        Standard deviation of the velocities.
    late
        Seconds that the player lies behind the beat (negative: pushes).
    """
    played = []
    for note in sorted(notes, key=lambda note: (note.start, note.pitch)):
        start, end = clock(note.start), clock(note.start + note.length)
        # Beyond two deviations it sounds like a mistake, not like a hand.
        slip, weight = np.clip(rng.standard_normal(2), -2.0, 2.0)
        played.append(
            replace(
                note,
                start=max(start + late + timing * float(slip), 0.0),
                length=end - start,
                velocity=float(np.clip(note.velocity + touch * weight, 0.05, 1.0)),
            )
        )
    return played
