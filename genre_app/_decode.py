"""From bytes to mono samples, whichever decoder reads them: behind :mod:`genre_app.audio`.

Audio moves in blocks: each is mixed to mono and resampled before the next is
decoded, and decoding ends at the limit of seconds. Only the mono result is ever
held whole.
"""

import functools
import math
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from genre_app._decoders import (
    MAX_CHANNELS,
    Damage,
    DecodeError,
    Samples,
    Source,
    check_limits,
    openers,
)

__all__ = ["DecodeError", "Decoded", "decode"]

LOUDEST: Final = 2.0**31
"""Largest credible sample: 32-bit integers written as floats. Its square still fits float32."""

BURST: Final = 4.0
"""Sample that no intact file of a lossy coding has, 12 dB above full scale."""

OFFSET: Final = 0.1
"""Constant offset, as a share of the effective value, that is worth removing.

Music has 0.005 at most; at 0.1 the offset begins to be the loudest thing in the lowest band.
"""

CANCELLED: Final = 0.1
"""The mean cancels below this share of the power that independent channels would leave."""


@dataclass(frozen=True, eq=False)
class Decoded:
    """What one decoder made of the bytes.

    Attributes
    ----------
    samples : ndarray of float32 [shape=(n,)]
        Mono, at the rate that was asked for.
    format : str
    rate, channels : int
        Of the first block; 0 where there was none.
    seconds : float
        How much was decoded.
    truncated : bool
        Stopped at the limit of seconds.
    declared_s : float or None
        Of what was stopped there: how long the file says that it is, where it does.
    damage : {"", "cut", "patchy"}
        Whether nothing, the end, or pieces on the way could not be decoded.
    repaired : int
        Frames in which something was not a credible number and became 0.
    muted_s : float
        Seconds of bursts, from damage, that were muted.
    peak : float
        Half the range of the samples, so that an offset does not count.
    channel : int or None
        The channel that stands for all, where their mean cancels.
    offset : float
        The constant that was removed.
    """

    samples: Samples
    format: str
    rate: int
    channels: int
    seconds: float
    truncated: bool
    declared_s: float | None
    damage: Damage
    repaired: int
    muted_s: float
    peak: float
    channel: int | None
    offset: float


def decode(data: bytes, *, rate: int, max_seconds: float) -> Decoded:
    """Decode bytes to mono.

    Parameters
    ----------
    data : bytes
    rate : int
        Of the result, in hertz.
    max_seconds : float
        Where decoding stops.

    Returns
    -------
    Decoded

    Raises
    ------
    DecodeError
        When no decoder makes anything of the bytes.

    Notes
    -----
    A file that libsndfile reads with a loss is read by FFmpeg too, and the
    longer result is kept: libsndfile stops at the first broken FLAC frame, and
    drops the end of a FLAC stream of unknown length.
    """
    best: Decoded | None = None
    refusal: DecodeError | None = None
    for opener in openers(data):
        try:
            result = _attempt(functools.partial(opener, data), rate=rate, limit=max_seconds)
        except DecodeError as error:
            # The first decoder knows its formats best, unless it has nothing to say.
            refusal = refusal if refusal is not None and str(refusal) else error
            continue
        if best is None or _merit(result) > _merit(best):
            best = result
        if not best.damage:
            break
    if best is None:
        raise refusal or DecodeError
    if best.damage == "patchy":
        best = _without_bursts(best, rate)
    elif not best.truncated and _ends_early(data, best.seconds):
        best = replace(best, damage="cut")
    return best


def _ends_early(data: bytes, seconds: float) -> bool:
    """Return whether a container goes on behind the end; libsndfile passes over that in silence."""
    if data[:4] in (b"RIFF", b"FORM"):
        size = int.from_bytes(data[4:8], "little" if data[:4] == b"RIFF" else "big") + 8
        # Recorders that stream leave the size at its largest value: they promise nothing.
        return size < 0x7FFF_0000 and _falls_short(seconds, seconds * size / len(data))
    if data[:4] == b"OggS":
        page = data.rfind(b"OggS")
        lacing = data[page + 27 : page + 27 + data[page + 26]] if page + 26 < len(data) else b""
        return page + 27 + len(lacing) + sum(lacing) > len(data)
    return False


def _falls_short(seconds: float, declared: float) -> bool:
    # Encoders pad and headers round: half a second is no loss worth a word.
    return seconds < declared - max(0.5, 0.01 * declared)


def _merit(result: Decoded) -> tuple[float, bool]:
    # Decoders differ by some milliseconds at the ends; that must not outweigh a clean read.
    return round(result.seconds, 1), not result.damage


def _attempt(reopen: Callable[[], Source], *, rate: int, limit: float) -> Decoded:
    """Decode once, and again where the end shows that the mix should have been another.

    Whether channels cancel, and how large an offset is, is known only at the end. Such
    files are rare: decoding them again costs less than to carry every channel of every
    file along. The offset goes before resampling, whose filter would ring at both ends.
    """
    mono = _Mono(rate)
    result = _collect(reopen(), mono, limit)
    channel = mono.stand_in()
    if channel is not None:
        mono = _Mono(rate, channel=channel)
        result = _collect(reopen(), mono, limit)
    offset = mono.offset()
    if offset:
        result = _collect(reopen(), _Mono(rate, channel=channel, remove=offset), limit)
    return result


def _collect(source: Source, mono: "_Mono", limit: float) -> Decoded:
    """Run one decoder to its end or to ``limit`` seconds."""
    seconds, first, truncated = 0.0, (0, 0), False
    damage: Damage = ""
    with closing(source.blocks) as blocks:
        while True:
            try:
                samples, block_rate = next(blocks)
            except StopIteration as stop:
                damage = stop.value
                break
            check_limits(samples.shape[0], block_rate)
            first = first if any(first) else (block_rate, samples.shape[0])
            room = max(0, round((limit - seconds) * block_rate))
            truncated = samples.shape[1] > room
            mono.feed(samples[:, :room], block_rate)
            seconds += min(room, samples.shape[1]) / block_rate
            if truncated:
                break
    declared = None if truncated else source.declared_s
    if not damage and declared is not None and _falls_short(seconds, declared):
        damage = "cut"
    result = mono.finish()
    # What lies above half the new rate is heard by nobody here; what rings at the ends of
    # a constant is not in the file. The lower of the two peaks is sound.
    peak = min(mono.peak(), float(np.ptp(result)) / 2) if result.size else 0.0
    return Decoded(
        samples=result,
        format=source.format,
        rate=first[0],
        channels=first[1],
        seconds=seconds,
        truncated=truncated,
        declared_s=source.declared_s if truncated else None,
        damage=damage,
        repaired=mono.repaired,
        muted_s=0.0,
        peak=peak,
        channel=mono.channel,
        offset=mono.remove,
    )


class _Mono:
    """Mixes blocks to mono, resamples them as one stream, and watches levels as it does."""

    def __init__(self, rate: int, *, channel: int | None = None, remove: float = 0.0) -> None:
        self.rate = rate
        self.channel = channel
        self.remove = remove
        self.repaired = 0
        self._pieces: list[Samples] = []
        self._stream: Any = None
        self._stream_rate = rate
        self._frames, self._sum = 0, 0.0
        self._lowest, self._highest = math.inf, -math.inf
        self._power = np.zeros(MAX_CHANNELS)
        self._mean_power = 0.0
        self._expected_power = 0.0

    def feed(self, samples: Samples, rate: int) -> None:
        """Take a block of shape (channels, frames)."""
        if not samples.size:
            return
        mono = self._mix(samples)
        if not max(mono.max(), -mono.min()) <= LOUDEST:  # Also true for NaN: it compares false.
            bad = ~(np.abs(samples) <= LOUDEST)
            self.repaired += int(bad.any(axis=0).sum())
            samples = np.where(bad, np.float32(0), samples)
            mono = self._mix(samples)
        self._watch(samples, mono)
        if rate != self._stream_rate:  # A chained stream may change its rate midway.
            self._flush()
            self._open(rate)
        self._pieces.append(mono if self._stream is None else self._stream.resample_chunk(mono))

    def finish(self) -> Samples:
        """Return all that was fed, at the new rate."""
        self._flush()
        pieces, self._pieces = self._pieces, []
        return np.concatenate(pieces) if pieces else np.zeros(0, np.float32)

    def peak(self) -> float:
        """Return half the range of what was fed."""
        return max(0.0, (self._highest - self._lowest) / 2)

    def offset(self) -> float:
        """Return the constant in what was fed, or 0 where it is too small to matter."""
        mean = self._sum / max(1, self._frames)
        effective = math.sqrt(self._mean_power / max(1, self._frames))
        return mean if abs(mean) > OFFSET * effective else 0.0

    def stand_in(self) -> int | None:
        """Return the loudest channel where the mean cancels, else ``None``."""
        if self._mean_power >= CANCELLED * self._expected_power:
            return None
        return int(self._power.argmax())

    def _mix(self, samples: Samples) -> Samples:
        if self.channel is not None and self.channel < len(samples):
            with np.errstate(invalid="ignore"):
                return np.array(samples[self.channel]) - np.float32(self.remove)
        # Channel by channel: the order of additions, and so every bit, is always the same.
        mono = np.array(samples[0])
        with np.errstate(over="ignore", invalid="ignore"):  # Repaired by the caller.
            for other in samples[1:]:
                mono += other
            if len(samples) > 1:
                mono /= np.float32(len(samples))
            if self.remove:
                mono -= np.float32(self.remove)
        return mono

    def _watch(self, samples: Samples, mono: Samples) -> None:
        # Power around the block's mean, so that a constant offset, which may cancel or
        # not as it likes, counts for nothing.
        mean, power = _moments(mono)
        self._frames += mono.size
        self._sum += mean * mono.size
        self._mean_power += power
        self._lowest = min(self._lowest, float(mono.min()))
        self._highest = max(self._highest, float(mono.max()))
        if self.channel is None and len(samples) > 1:
            powers = np.array([_moments(channel)[1] for channel in samples])
            self._power[: len(powers)] += powers
            self._expected_power += float(powers.sum()) / len(powers) ** 2

    def _open(self, rate: int) -> None:
        import soxr

        self._stream_rate = rate
        self._stream = None
        if rate != self.rate:
            self._stream = soxr.ResampleStream(rate, self.rate, 1, dtype="float32", quality="HQ")

    def _flush(self) -> None:
        if self._stream is not None:
            self._pieces.append(self._stream.resample_chunk(np.zeros(0, np.float32), last=True))
            self._stream = None


def _moments(x: Samples) -> tuple[float, float]:
    """Return the mean, and the power around it times the length."""
    mean = float(x.mean(dtype=np.float64))
    centred = x - np.float32(mean)
    return mean, float(np.dot(centred, centred))


def _without_bursts(result: Decoded, rate: int) -> Decoded:
    """Mute what a decoder makes of broken frames: bursts far above anything that was recorded.

    One burst would set the level to which the decibels of the whole file relate.
    """
    reach = rate // 20
    loud = np.unique(np.flatnonzero(np.abs(result.samples) > BURST) // reach)
    if not 0 < loud.size * reach < result.samples.size / 4:  # More are no bursts, but a loud file.
        return result
    mask = np.zeros(result.samples.size, bool)
    for place in loud:
        mask[max(0, place - 1) * reach : (place + 2) * reach] = True
    samples = np.where(mask, np.float32(0), result.samples)
    peak = float(np.abs(samples).max())
    return replace(result, samples=samples, muted_s=float(mask.sum()) / rate, peak=peak)
