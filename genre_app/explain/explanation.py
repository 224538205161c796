"""One call: choose a region, attribute, test."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app import architectures, zoo
from genre_app.audio import SAMPLE_RATE
from genre_app.errors import AudioTooShort, ModelError
from genre_app.explain.faithful import Check, check
from genre_app.explain.occlusion import Asker, Grid, attribute
from genre_app.logmel import CLIP_SECONDS, LogMel, log_mel

__all__ = ["SHORTEST_S", "Explanation", "coarse_and_fine", "explain", "explain_mel", "region"]

SHORTEST_S: Final = 3.0
"""Seconds of a region, at least."""

_COARSE: Final = 0.75
"""Distance of the windows that the map is drawn with, in windows: the test takes all."""

_MAP_SHARE: Final = 0.7
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
        Log-odds that the genre loses when a cell is hidden.
    check : Check
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
    """
    length = round(min(seconds, CLIP_SECONDS) * SAMPLE_RATE)
    first = int(np.clip(round(start_s * SAMPLE_RATE), 0, max(0, len(samples) - length)))
    cut = samples[first : first + length]
    if len(cut) < SHORTEST_S * SAMPLE_RATE:
        raise AudioTooShort(
            f"That is {len(cut) / SAMPLE_RATE:.1f} s of music; an explanation needs at least "
            f"{SHORTEST_S:.0f} s. Choose a longer part, or another song."
        )
    return cut, first / SAMPLE_RATE


def explain(
    samples: NDArray[np.float32],
    *,
    model: str = zoo.DEFAULT,
    genre: str | None = None,
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
    start_s : float
        Where the region begins in the recording, to be told.
    progress : callable, optional
        Told the share that is done, 0 to 1; what it raises stops the work.

    Raises
    ------
    ModelError
        The model is unknown or does not know the genre.
    """
    return explain_mel(
        log_mel(samples), zoo.load(model), genre=genre, start_s=start_s, progress=progress
    )


def explain_mel(
    mel: LogMel,
    model: zoo.LoadedModel,
    *,
    genre: str | None = None,
    start_s: float = 0.0,
    progress: Callable[[float], None] | None = None,
) -> Explanation:
    """Explain the log-mel of a region: see :func:`explain`."""
    if genre is not None and genre not in model.genres:
        raise ModelError(
            f"Model '{model.name}' does not know '{genre}'. It knows: {', '.join(model.genres)}."
        )
    coarse, fine = coarse_and_fine(model, mel)
    wanted = int(fine.probabilities.argmax()) if genre is None else model.genres.index(genre)

    def told(first: float, share: float) -> Callable[[float], None] | None:
        return None if progress is None else lambda done: progress(first + share * done)

    values = attribute(coarse, wanted, progress=told(0.0, _MAP_SHARE))
    tested = check(fine, values, wanted, progress=told(_MAP_SHARE, 1 - _MAP_SHARE))
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
    )


def coarse_and_fine(model: zoo.LoadedModel, mel: LogMel) -> tuple[Asker, Asker]:
    """Give who asks with few windows, for the map, and with all, for its test."""
    kind = architectures.get(model.card["architecture"])
    temperature = float(model.card["temperature"])
    fine = Asker(model, mel, window_s=kind.window_s, hop_s=kind.hop_s, temperature=temperature)
    coarse_s = max(kind.hop_s, _COARSE * kind.window_s)
    coarse = Asker(model, mel, window_s=kind.window_s, hop_s=coarse_s, temperature=temperature)
    return coarse, fine
