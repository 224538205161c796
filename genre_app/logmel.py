"""The front end: samples become the log-mel, the only thing that any model sees.

Conventions
-----------
- Input: mono float samples at :data:`genre_app.audio.SAMPLE_RATE` (22,050 Hz).
- Short-time Fourier transform: 2,048 samples, periodic Hann, hop 512, centred
  with zeros, as librosa's defaults.
- 128 Slaney mel bands from 0 to 11,025 Hz; row 0 is the lowest.
- Power in decibels relative to the loudest cell of the *clip*, floor -80 dB.
- Of the STFT's frames every 1.785221th, the nearest one: 24.12 columns a
  second. Nothing is averaged: a column is exactly one frame.

That is how the arrays of the bundled subset were made, so a network that is
trained on them sees the same thing when it is served. A recording longer than
a clip (30 s) keeps its quiet passages: :class:`LogMel` does not apply the floor
to the whole of it, :meth:`LogMel.excerpt` applies it relative to the 30 s
around the excerpt, as a clip of that length would have had it.

The transform is written out here rather than called from librosa because it
stands between a click and an answer: librosa's first call compiles for
seconds, this takes milliseconds. A test holds it to librosa's result.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from genre_app.audio import SAMPLE_RATE
from genre_app.threads import one_thread

__all__ = [
    "BANDS",
    "CLIP_COLUMNS",
    "CLIP_SECONDS",
    "COLUMN_RATE",
    "FLOOR_DB",
    "FRAME_RATE",
    "HOP",
    "STEP_DB",
    "WINDOW",
    "LogMel",
    "column_frames",
    "from_mel_power",
    "log_mel",
    "mel_filters",
    "mel_power",
    "stft_power",
    "to_mel",
    "to_steps",
]

WINDOW: Final = 2_048
"""Samples in one Fourier transform."""

HOP: Final = 512
"""Samples from one frame to the next."""

BANDS: Final = 128
"""Mel bands: rows of every log-mel."""

FLOOR_DB: Final = -80.0
"""Decibels below the loudest cell of a clip under which nothing is told apart."""

STEP_DB: Final = 0.5
"""Decibels between neighbouring values of the bundled subset's bytes."""

FRAME_RATE: Final = SAMPLE_RATE / HOP
"""STFT frames a second (43.07)."""

FRAMES_PER_COLUMN: Final = 1.785221
FIRST_FRAME: Final = 2.797
"""Frames between columns and frame of column 0, as the subset's arrays were sampled."""

COLUMN_RATE: Final = FRAME_RATE / FRAMES_PER_COLUMN
"""Columns of the log-mel a second (24.12)."""

CLIP_COLUMNS: Final = 723
CLIP_FRAMES: Final = 1_293
CLIP_SECONDS: Final = 30.0
"""A clip: 723 of the 1,293 frames of 30 s."""

_SMALLEST: Final = 1e-20
"""Power that stands for nothing: keeps the logarithm finite on digital zeros."""

_BLOCK: Final = 512
"""Frames transformed at once: bounds the memory, whatever the song's length."""

_GROUPS: Final = 8
"""Groups of neighbouring bands that are computed together."""


@dataclass(frozen=True, eq=False)
class LogMel:
    """The log-mel of a recording.

    Attributes
    ----------
    decibels : ndarray of float32 [shape=(128, columns)]
        Power in dB relative to the loudest cell of the whole recording.
    loudest : ndarray of float32 [shape=(columns,)]
        The loudest cell, in the same dB, among all STFT frames from the
        previous column (exclusive) to this one: the reference of an excerpt
        counts the frames between the columns too. Its maximum is 0.
    """

    decibels: NDArray[np.float32]
    loudest: NDArray[np.float32]

    @classmethod
    def from_bytes(cls, cells: NDArray[np.uint8]) -> "LogMel":
        """Make the log-mel of one clip of the bundled subset.

        Parameters
        ----------
        cells : ndarray of uint8 [shape=(128, columns)]
            Steps of half a decibel: 0 stands for -80 dB, 160 for 0 dB.
        """
        decibels = cells.astype(np.float32) * np.float32(STEP_DB) + np.float32(FLOOR_DB)
        loudest = decibels.max(axis=0)
        # The loudest cell may lie between two columns: the clip's reference is 0 dB all the same.
        loudest[np.argmax(loudest)] = 0.0
        return cls(decibels, loudest)

    @property
    def columns(self) -> int:
        """Number of columns."""
        return int(self.decibels.shape[1])

    @property
    def duration_s(self) -> float:
        """Length in seconds that the columns stand for."""
        return self.columns / COLUMN_RATE

    def excerpt(self, start: int, stop: int) -> NDArray[np.float32]:
        """Cut out columns, in dB relative to the clip around them, floor -80 dB.

        Parameters
        ----------
        start, stop : int
            Columns, ``0 <= start < stop <= columns``.

        Returns
        -------
        ndarray of float32 [shape=(128, stop - start)]
            Between -80 and 0 dB. The reference is the loudest cell of the 30 s
            centred on the excerpt (moved inward at the ends), so that a quiet
            passage of a long song is read as a clip of its own would be.
        """
        if not 0 <= start < stop <= self.columns:
            raise ValueError(f"columns {start} to {stop} are not within 0 to {self.columns}")
        span = max(CLIP_COLUMNS, stop - start)
        first = min(max(0, (start + stop - span) // 2), max(0, self.columns - span))
        reference = self.loudest[first : first + span].max()
        cut: NDArray[np.float32] = np.clip(self.decibels[:, start:stop] - reference, FLOOR_DB, 0.0)
        return cut

    def to_bytes(self) -> NDArray[np.uint8]:
        """Round a clip to the subset's steps of half a decibel.

        Returns
        -------
        ndarray of uint8 [shape=(128, columns)]
            0 stands for -80 dB, 160 for 0 dB.
        """
        return to_steps(self.decibels)


def to_steps(decibels: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Round decibels (-80 to 0) to the subset's steps: 0 is -80 dB, 160 is 0 dB."""
    steps = np.rint((decibels - FLOOR_DB) / STEP_DB)
    return np.clip(steps, 0, -FLOOR_DB / STEP_DB).astype(np.uint8)


def log_mel(samples: NDArray[np.floating], *, columns: int | None = None) -> LogMel:
    """Compute the log-mel of mono samples at 22,050 Hz.

    Parameters
    ----------
    samples : ndarray of float [shape=(n,)]
        At least one sample that is not zero.
    columns : int, optional
        Spread this many columns over the whole length, as the subset does with
        its 723 even where a clip is not exactly 30 s. By default columns come
        at the constant rate of :data:`COLUMN_RATE`.

    Returns
    -------
    LogMel
    """
    return from_mel_power(mel_power(samples), columns=columns)


def from_mel_power(power: NDArray[np.float32], *, columns: int | None = None) -> LogMel:
    """Turn mel power at the full frame rate into the log-mel.

    Parameters
    ----------
    power : ndarray of float32 [shape=(128, frames)]
        As from :func:`mel_power`.
    columns : int, optional
        As in :func:`log_mel`.
    """
    frames = column_frames(power.shape[1], columns=columns)
    decibels = 10.0 * np.log10(np.maximum(power, _SMALLEST))
    decibels -= decibels.max()
    loudest_frames = decibels.max(axis=0)
    starts = np.concatenate(([0], frames[:-1] + 1))
    # Frames after the last column belong to it: nothing loud is lost at the end.
    loudest = np.maximum.reduceat(loudest_frames, starts)
    return LogMel(np.ascontiguousarray(decibels[:, frames]), loudest)


def column_frames(frames: int, *, columns: int | None = None) -> NDArray[np.intp]:
    """Say which STFT frame each column of the log-mel is.

    Parameters
    ----------
    frames : int
        Frames of the STFT, ``1 + samples // 512``.
    columns : int, optional
        As in :func:`log_mel`.

    Returns
    -------
    ndarray of int [shape=(columns,)]
        Strictly increasing where there are more frames than columns.
    """
    if columns is None:
        count = max(1, int(np.ceil((frames - 0.5 - FIRST_FRAME) / FRAMES_PER_COLUMN)))
        scale = 1.0
    else:
        count, scale = columns, frames / CLIP_FRAMES * CLIP_COLUMNS / columns
    position = (FRAMES_PER_COLUMN * np.arange(count) + FIRST_FRAME) * scale
    return np.minimum(np.rint(position), frames - 1).astype(np.intp)


def mel_power(samples: NDArray[np.floating]) -> NDArray[np.float32]:
    """Mel power at the full frame rate: what the log-mel and the panels share.

    Returns
    -------
    ndarray of float32 [shape=(128, 1 + n // 512)]
        Power, not yet in decibels.
    """
    with one_thread():
        return np.concatenate([to_mel(block) for block in stft_power(samples)], axis=1)


def to_mel(power: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sum a power spectrogram in mel bands.

    Parameters
    ----------
    power : ndarray of float32 [shape=(1025, frames)]

    Returns
    -------
    ndarray of float32 [shape=(128, frames)]
        What :func:`mel_filters` give, at a quarter of the work: neighbouring bands
        look only at the bins that they cover.
    """
    return np.concatenate([rows @ power[bins] for bins, rows in _mel_groups()])


@cache
def _mel_groups() -> tuple[tuple[slice, NDArray[np.float32]], ...]:
    """Give the mel filters in groups, each with the bins outside which it is zero."""
    found = []
    for group in np.split(mel_filters(), _GROUPS):
        covered = np.flatnonzero(group.any(axis=0))
        bins = slice(int(covered[0]), int(covered[-1]) + 1)
        found.append((bins, np.ascontiguousarray(group[:, bins])))
    return tuple(found)


def stft_power(samples: NDArray[np.floating]) -> Iterator[NDArray[np.float32]]:
    """Yield the power spectrogram in blocks of frames.

    Yields
    ------
    ndarray of float32 [shape=(1025, at most 512)]
        Consecutive frames; together ``1 + n // 512`` of them.
    """
    from genre_app._scipy import fft

    if samples.ndim != 1 or samples.size == 0:
        raise ValueError(f"samples must be one channel and not empty, got shape {samples.shape}")
    padded = np.pad(samples.astype(np.float32, copy=False), WINDOW // 2)
    frames = sliding_window_view(padded, WINDOW)[::HOP]
    window = _hann()
    for first in range(0, len(frames), _BLOCK):
        spectrum = fft.rfft(frames[first : first + _BLOCK] * window, axis=1, overwrite_x=True)
        yield np.ascontiguousarray((spectrum.real**2 + spectrum.imag**2).T)


@cache
def mel_filters() -> NDArray[np.float32]:
    """Slaney mel filters, area-normalised, as ``librosa.filters.mel`` by default.

    Returns
    -------
    ndarray of float32 [shape=(128, 1025)]
        Read-only.

    References
    ----------
    .. [1] Slaney, M. (1998). Auditory Toolbox, version 2. Technical report
       1998-010, Interval Research Corporation.
    """
    hertz = np.linspace(0.0, SAMPLE_RATE / 2, WINDOW // 2 + 1)
    edges = mel_to_hertz(np.linspace(0.0, hertz_to_mel(SAMPLE_RATE / 2), BANDS + 2))
    widths = np.diff(edges)
    ramps = edges[:, None] - hertz[None, :]
    rising = -ramps[:-2] / widths[:-1, None]
    falling = ramps[2:] / widths[1:, None]
    filters = np.maximum(0.0, np.minimum(rising, falling))
    filters *= (2.0 / (edges[2:] - edges[:-2]))[:, None]
    result = filters.astype(np.float32)
    result.flags.writeable = False
    return result


def hertz_to_mel(hertz: float) -> float:
    """Slaney's mel of one frequency: linear below 1 kHz, logarithmic above."""
    if hertz < 1000.0:
        return hertz * 3.0 / 200.0
    return float(15.0 + np.log(hertz / 1000.0) / (np.log(6.4) / 27.0))


def mel_to_hertz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Invert :func:`hertz_to_mel`, elementwise."""
    return np.where(
        mels < 15.0,
        mels * 200.0 / 3.0,
        1000.0 * np.exp((np.log(6.4) / 27.0) * (np.maximum(mels, 15.0) - 15.0)),
    )


@cache
def _hann() -> NDArray[np.float32]:
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)
    window.flags.writeable = False
    return window
