"""One call: choose a region, attribute, test."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from genre_app import zoo
from genre_app.audio import SAMPLE_RATE, must_sound
from genre_app.calibration import at_length
from genre_app.errors import AudioTooShort, ModelError
from genre_app.explain import gradient, occlusion
from genre_app.explain.faithful import Check, check
from genre_app.explain.occlusion import Asker, Grid
from genre_app.logmel import CLIP_SECONDS, COLUMN_RATE, LogMel, log_mel
from genre_app.views import PICTURES

__all__ = [
    "EFFECT",
    "HOW",
    "SHORTEST_S",
    "WAY",
    "Explanation",
    "Method",
    "coarse_and_fine",
    "explain",
    "explain_mel",
    "has_gradient",
    "method_of",
    "region",
]

Method: TypeAlias = Literal["gradient", "occlusion"]

HOW: Final[Mapping[Method, str]] = MappingProxyType(
    {
        "gradient": (
            "Made by gradients: the pieces of the picture appear one after the other, in random "
            "order, from their quiet level, and at each step the network itself tells how much "
            "what appears raises the answer (integrated gradients)."
        ),
        "occlusion": (
            "Made by hiding: piece after piece of the sound is held at its quiet level, alone and "
            "with others, and the model is asked each time (occlusion)."
        ),
    }
)
"""How a map was made, in a sentence for the screen."""

WAY: Final[Mapping[Method, str]] = MappingProxyType(
    {"gradient": "By gradient", "occlusion": "By hiding"}
)
"""How a map was made, in two words."""

EFFECT: Final[Mapping[Method, str]] = MappingProxyType(
    {"gradient": "Part of the log-odds", "occlusion": "Loss of log-odds when hidden"}
)
"""What the values of a map are, as the head of a column."""

SHORTEST_S: Final = 3.0
"""Seconds of a region, at least."""

_COARSE: Final = 0.75
"""Distance of the windows that the map is drawn with, in windows: the test takes all."""

_MAP_SHARE: Final[Mapping[Method, float]] = MappingProxyType({"gradient": 0.3, "occlusion": 0.7})
"""Of the time goes into the map, the rest into its test."""


@dataclass(frozen=True, eq=False)
class Explanation:
    """Where in time and frequency a genre comes from.

    Attributes
    ----------
    model, genre : str
    genres : tuple of str
        What the model knows.
    blend : ndarray of float64 [shape=(genres,)]
        Calibrated probabilities of the region.
    start_s : float
        Where the region begins in the recording.
    mel : LogMel
        Of the region.
    grid : Grid
    values : ndarray of float64 [shape=grid.shape]
        Log-odds that the genre loses when a cell is hidden, or the part of them that it brings.
    check : Check
    method : {"gradient", "occlusion"}
        How the values were found.
    """

    model: str
    genre: str
    genres: tuple[str, ...]
    blend: NDArray[np.float64]
    start_s: float
    mel: LogMel
    grid: Grid
    values: NDArray[np.float64]
    check: Check
    method: Method

    @property
    def sentence(self) -> str:
        """Say how well the map passes its test."""
        return self.check.sentence(self.genre)

    def mask(self, share: float = 0.1) -> NDArray[np.float32]:
        """Mark the cells that carry the genre: the strongest share, without any against it."""
        return self.grid.largest(self.values, share) * (self.values > 0)

    def as_dict(self) -> dict[str, Any]:
        """Give it ready for JSON."""
        return {
            "model": self.model,
            "genre": self.genre,
            "start_s": self.start_s,
            "end_s": self.start_s + self.mel.duration_s,
            "blend": dict(zip(self.genres, self.blend.tolist(), strict=True)),
            "method": self.method,
            "how": HOW[self.method],
            "values": self.values.tolist(),
            "check": self.check.as_dict(),
            "sentence": self.sentence,
        }


def region(
    samples: NDArray[np.float32], *, start_s: float = 0.0, seconds: float = CLIP_SECONDS
) -> tuple[NDArray[np.float32], float]:
    """Cut a region of at most 30 s out of a recording.

    Returns
    -------
    samples : ndarray of float32
    start_s : float
        Moved forward where the recording ends sooner.

    Raises
    ------
    AudioTooShort
        There are less than 3 s.
    SilentAudio
        Nothing sounds there.
    """
    length = round(min(seconds, CLIP_SECONDS) * SAMPLE_RATE)
    first = int(np.clip(round(start_s * SAMPLE_RATE), 0, max(0, len(samples) - length)))
    cut = samples[first : first + length]
    if len(cut) < SHORTEST_S * SAMPLE_RATE:
        raise AudioTooShort(
            f"That is {len(cut) / SAMPLE_RATE:.1f} s of music; an explanation needs at least "
            f"{SHORTEST_S:.0f} s. Choose a longer part, or another song."
        )
    must_sound(cut)
    return cut, first / SAMPLE_RATE


def explain(
    samples: NDArray[np.float32],
    *,
    model: str = zoo.DEFAULT,
    genre: str | None = None,
    method: Method | None = None,
    start_s: float = 0.0,
    progress: Callable[[float], None] | None = None,
) -> Explanation:
    """Explain a region, read as a clip of its own.

    Parameters
    ----------
    samples : ndarray of float32 [shape=(n,)]
        The region (:func:`region`), at most 30 s at 22,050 Hz.
    genre : str, optional
        By default the one with the largest share.
    method : {"gradient", "occlusion"}, optional
        By default the gradient where the model has one (:func:`method_of`).
    start_s : float
        Where the region begins in the recording, to be told.
    progress : callable, optional
        Told the share that is done, 0 to 1; what it raises stops the work.

    Raises
    ------
    ModelError
        The model is unknown, does not know the genre, or has no gradient where one is wanted.
    """
    return explain_mel(
        log_mel(samples),
        zoo.load(model),
        genre=genre,
        method=method,
        start_s=start_s,
        progress=progress,
    )


def explain_mel(
    mel: LogMel,
    model: zoo.LoadedModel,
    *,
    genre: str | None = None,
    method: Method | None = None,
    start_s: float = 0.0,
    progress: Callable[[float], None] | None = None,
) -> Explanation:
    """Explain the log-mel of a region: see :func:`explain`."""
    chosen = method_of(model, method)
    if genre is not None and genre not in model.genres:
        raise ModelError(
            f"Model '{model.name}' does not know '{genre}'. It knows: {', '.join(model.genres)}."
        )
    fine = _asker(model, mel, model.kind.hop_s)
    wanted = int(fine.probabilities.argmax()) if genre is None else model.genres.index(genre)

    def told(first: float, share: float) -> Callable[[float], None] | None:
        return None if progress is None else lambda done: progress(first + share * done)

    share = _MAP_SHARE[chosen]
    if chosen == "gradient":
        view, network = model.kind.view, model.network
        values = gradient.attribute(fine, network, view, wanted, progress=told(0.0, share))
    else:
        values = occlusion.attribute(
            _asker(model, mel, _coarse_s(model)), wanted, progress=told(0.0, share)
        )
    tested = check(fine, values, wanted, progress=told(share, 1 - share))
    return Explanation(
        model=model.name,
        genre=model.genres[wanted],
        genres=model.genres,
        blend=fine.probabilities,
        start_s=start_s,
        mel=mel,
        grid=fine.grid,
        values=values,
        check=tested,
        method=chosen,
    )


def has_gradient(model: zoo.LoadedModel) -> bool:
    """Say whether a model is a network that sees a picture of the log-mel."""
    return model.kind.view in PICTURES


def method_of(model: zoo.LoadedModel, wanted: Method | None = None) -> Method:
    """Choose how a model is explained: by its gradient where it has one, else by hiding.

    Raises
    ------
    ModelError
        The gradient is wanted, and the model has none.
    """
    if wanted is None:
        return "gradient" if has_gradient(model) else "occlusion"
    if wanted == "gradient" and not has_gradient(model):
        raise ModelError(
            f"Model '{model.name}' reads numbers computed from the sound, which have no gradient. "
            "Choose the method 'occlusion', which works for every model."
        )
    return wanted


def coarse_and_fine(model: zoo.LoadedModel, mel: LogMel) -> tuple[Asker, Asker]:
    """Give who asks with few windows, for a map by hiding, and with all, for its test."""
    return _asker(model, mel, _coarse_s(model)), _asker(model, mel, model.kind.hop_s)


def _coarse_s(model: zoo.LoadedModel) -> float:
    return max(model.kind.hop_s, _COARSE * model.kind.window_s)


def _asker(model: zoo.LoadedModel, mel: LogMel, hop_s: float) -> Asker:
    temperature, _ = at_length(model.card, mel.columns / COLUMN_RATE)
    return Asker(model, mel, window_s=model.kind.window_s, hop_s=hop_s, temperature=temperature)
