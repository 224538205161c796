"""Built-in examples: eight short pieces that this project composes and renders itself.

They are what a teacher clicks first and what the tests read. Nothing here is a
recording, and no melody is anybody's: the music is text (:mod:`.pieces`), the sound is
NumPy and SciPy (:mod:`.strings`, :mod:`.tones`, :mod:`.drums`, :mod:`.effects`), and the
same key always gives the same samples.

Importing this package is cheap; NumPy, SciPy and the pieces are loaded by :func:`render`.

Examples
--------
>>> from genre_app.examples import EXAMPLES
>>> EXAMPLES[2].key, EXAMPLES[2].style
('swing-combo', 'Swing jazz')
"""

import importlib
import io
import wave
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["EXAMPLES", "EXAMPLE_RATE", "Example", "render", "wav"]

EXAMPLE_RATE: Final = 44_100
"""Samples a second of every example."""


@dataclass(frozen=True)
class Example:
    """A piece that can be rendered.

    Attributes
    ----------
    key : str
        What :func:`render` takes, such as ``"swing-combo"``.
    title, style : str
        For people: an invented title, and the style it is written in.
    how : str
        How it was made, for somebody who is no engineer.
    seconds : float
        Its length.
    """

    key: str
    title: str
    style: str
    how: str
    seconds: float


EXAMPLES: Final[tuple[Example, ...]] = (
    Example(
        "chamber-quintet",
        "Letter from the lake house",
        "Classical chamber music",
        "Composed and rendered by this project's own code: four-part harmony for two violins, "
        "viola and cello over broken piano chords, with a tempo that breathes and the echo of "
        "a computed hall. Every string and hammer is calculated, none is recorded.",
        29.0,
    ),
    Example(
        "shuffle-blues",
        "Last tram to the harbour",
        "Twelve-bar shuffle blues",
        "Composed and rendered by this project's own code: the twelve-bar scheme that nobody "
        "owns, with bent guitar strings sent through a simulated tube amplifier, a walking "
        "bass, an organ and brushed drums.",
        27.4,
    ),
    Example(
        "swing-combo",
        "Blue umbrella",
        "Swing jazz",
        "Composed and rendered by this project's own code: vibraphone and saxophone solos "
        "improvised by a small program that follows the chords, over a walking bass, piano "
        "and a swinging ride cymbal.",
        27.4,
    ),
    Example(
        "four-floor-disco",
        "Mirrors in the elevator",
        "Disco",
        "Composed and rendered by this project's own code: a bass drum on every beat, octave "
        "bass, hi-hats that open between the beats, violins, brass stabs, clavinet and "
        "scratching guitar.",
        25.8,
    ),
    Example(
        "boom-bap",
        "Corner store chess",
        "Boom-bap hip-hop",
        "Composed and rendered by this project's own code: swung drums and sub bass under "
        "electric piano made to sound like a worn record, and a synthetic voice that raps "
        "syllables without words.",
        28.0,
    ),
    Example(
        "one-drop-reggae",
        "Shade of the tamarind",
        "Roots reggae",
        "Composed and rendered by this project's own code: a one-drop beat that leaves out the "
        "one, guitar and organ between the beats, a deep bass melody, a melodica, and echoes "
        "from a simulated spring and tape.",
        28.4,
    ),
    Example(
        "drop-c-metal",
        "Foundry at midnight",
        "Heavy metal",
        "Composed and rendered by this project's own code: two detuned guitars, each played "
        "separately through simulated distortion and loudspeakers, with double bass drum, "
        "crash cymbals and a lead in two voices.",
        24.8,
    ),
    Example(
        "country-two-step",
        "Gravel road Saturday",
        "Country two-step",
        "Composed and rendered by this project's own code: boom-chicka guitar, upright bass "
        "and brushes like a train, a sliding pedal steel, a picked electric guitar, banjo "
        "rolls and a fiddle.",
        26.8,
    ),
)
"""The built-in examples, in the order in which a page shows them."""

_MODULES: Final = {
    "chamber-quintet": "chamber",
    "shuffle-blues": "blues",
    "swing-combo": "swing",
    "four-floor-disco": "disco",
    "boom-bap": "boombap",
    "one-drop-reggae": "reggae",
    "drop-c-metal": "metal",
    "country-two-step": "country",
}


def render(key: str) -> "NDArray[np.float32]":
    """Render an example.

    Parameters
    ----------
    key
        The key of one of :data:`EXAMPLES`.

    Returns
    -------
    numpy.ndarray
        Shape ``(samples,)``, mono at :data:`EXAMPLE_RATE`, no sample beyond 0.9, always the
        same for the same key.

    Raises
    ------
    KeyError
        If there is no such example.
    """
    if key not in _MODULES:
        raise KeyError(f"There is no example {key!r}; there are {', '.join(_MODULES)}.")
    import numpy as np

    piece = importlib.import_module(f"{__name__}.pieces.{_MODULES[key]}")
    return np.asarray(piece.compose(), dtype=np.float32)


@lru_cache(maxsize=8)
def wav(key: str) -> bytes:
    """Render an example as a 16-bit WAV file, for players and for whatever reads audio files.

    A process renders each one once: a class that takes the same example waits for one of thirty.

    Parameters
    ----------
    key
        The key of one of :data:`EXAMPLES`.
    """
    import numpy as np

    pcm = np.round(render(key) * 32_767.0).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(EXAMPLE_RATE)
        writer.writeframes(pcm.tobytes())
    return file.getvalue()
