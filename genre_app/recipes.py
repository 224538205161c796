"""Recipes: everything that a training depends on besides the network and the data."""

from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

__all__ = ["ANYWHERE", "OPTIMISERS", "SCHEDULES", "Augmentation", "Optimiser", "Recipe", "Schedule"]

Optimiser = Literal["adam", "sgd", "adamw"]
Schedule = Literal["constant", "cosine"]
OPTIMISERS: tuple[Optimiser, ...] = get_args(Optimiser)
SCHEDULES: tuple[Schedule, ...] = get_args(Schedule)


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """How often and how strongly; probabilities 0 to 1, decibels, factors.

    Attributes
    ----------
    low_pass : float
        Probability of a low-pass between 2.8 and 11 kHz, 18 dB an octave to a wall.
    high_pass : float
        Probability of a high-pass between 40 and 400 Hz.
    telephone : float
        Probability of a telephone's band, near 300 to 3,400 Hz, with steep edges.
    room : float
        Probability of a room between loudspeaker and microphone: each band rings on for
        0.2 to 1.2 s (60 dB), treble shorter, 6 dB fainter to 8 dB louder than what comes
        straight, and wavers by up to 4 dB, treble less.
    equaliser_db : float
        Standard deviation of a smooth random gain over the bands.
    tilt_db : float
        Standard deviation of a straight tilt, end to end.
    compression : float
        Largest share by which the movement of loudness is flattened or, at half
        that, exaggerated.
    noise : float
        Probability of added noise, 25 to 70 dB below the loudest cell.
    codec : float
        Probability of what a lossy codec leaves: cells that tremble, more so the
        fainter they are beside their column's loudest, and holes where it saved bits.
    stretch : float
        Largest change of speed (0.15: 0.87 to 1.15 times).
    shift_rows : int
        Largest shift of the spectrum up or down, in mel bands.
    grain : float
        How much of what rooms and codecs do to a cell they do to its neighbours too: 0,
        nothing; 1, as much as was measured of real ones.
    """

    low_pass: float = 0.6
    high_pass: float = 0.2
    telephone: float = 0.0
    room: float = 0.0
    equaliser_db: float = 7.0
    tilt_db: float = 8.0
    compression: float = 0.6
    noise: float = 0.5
    codec: float = 0.8
    stretch: float = 0.15
    shift_rows: int = 3
    grain: float = 0.0


ANYWHERE: Final = Augmentation(high_pass=0.3, telephone=0.1, room=0.4, grain=1.0)
"""What happens to songs anywhere, rooms and telephones included.

The default model hears it as it learns, what is familiar to any model is learnt from it, and
so are the classes that are added: one that was recorded in a classroom is to be known
elsewhere, and the other way round.
"""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How one network is trained.

    Attributes
    ----------
    epochs, batch : int
    optimiser : {"adam", "sgd", "adamw"}
    learning_rate : float
    schedule : {"constant", "cosine"}
        Cosine: the rate falls to 0 along half a cosine.
    weight_decay : float
        Of AdamW; the others ignore it.
    label_smoothing : float
        Ignored by multi-label networks.
    patience : int or None
        Stop after so many epochs without a lower loss on the validation part and
        go back to the best one; None: all epochs, and validation is not looked at.
    augmentation : Augmentation or None
        None: a track's windows stand side by side, as recorded.
    versions : int
        Augmented windows made of each track; without augmentation ignored.
    clean : int
        How often the windows as recorded are among the augmented ones.
    lengths_s : (float, float) or None
        Shortest and longest augmented window, for networks that take any length;
        None: the architecture's window.
    mixed : float
        Share of the augmented windows that are two tracks mixed in power; their
        target is the share of each.
    pairs : int
        Windows a track that are mixed with another one as recorded, with no other
        change; without augmentation ignored.
    folds : int
        From 2 on: train and validation tracks together are divided into so many
        parts, by artist; a network is trained without each, and these networks
        answer together. What each says of the part it has not heard stands in for
        the validation part in everything that is measured there.
    options : dict
        Keyword arguments of the architecture's ``build``: dropout, units, ...
    seed : int
        Of the augmentation, the initial weights and the order.
    """

    epochs: int = 20
    batch: int = 128
    optimiser: Optimiser = "adamw"
    learning_rate: float = 1e-3
    schedule: Schedule = "cosine"
    weight_decay: float = 0.02
    label_smoothing: float = 0.1
    patience: int | None = None
    augmentation: Augmentation | None = field(default_factory=Augmentation)
    versions: int = 16
    clean: int = 0
    lengths_s: tuple[float, float] | None = None
    mixed: float = 0.0
    pairs: int = 0
    folds: int = 0
    options: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
