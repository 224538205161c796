"""Say how far a long run is, how fast it goes and how long it still takes."""

import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Final, TextIO

from genre_app.wording import counted

__all__ = ["Pace", "Progress", "span"]

_LINE_S: Final = 0.2
_LOG_S: Final = 30.0
"""Seconds between two messages on a terminal, and in a log."""

_RECENT_S: Final = 60.0
"""Seconds over which the rate is taken: songs differ, and the first wait for a worker."""


class Pace:
    """How fast songs are done, over the last minute."""

    def __init__(self) -> None:
        self._recent: deque[tuple[float, int]] = deque()

    def note(self, now: float, done: int) -> None:
        """Take note of how many songs are done at a time in seconds."""
        self._recent.append((now, done))
        while now - self._recent[0][0] > _RECENT_S and len(self._recent) > 2:
            self._recent.popleft()

    @property
    def rate(self) -> float | None:
        """Songs a second; ``None`` until there is something to say."""
        if not self._recent:
            return None
        (began, before), (now, done) = self._recent[0], self._recent[-1]
        return (done - before) / (now - began) if done > before and now > began else None

    def words(self, done: int, total: int) -> list[str]:
        """Say the rate and the time that is left, as far as they are known."""
        if (rate := self.rate) is None:
            return []
        spoken = [f"{rate:.1f} a second" if rate >= 1 else f"{60 * rate:.1f} a minute"]
        if done < total:
            spoken.append(f"about {span((total - done) / rate)} left")
        return spoken


class Progress:
    """A line on standard error: how many songs, how fast, how long still.

    Parameters
    ----------
    stream : text file, optional
        By default standard error. Where it is no terminal, a line every half minute.
    clock : callable, optional
        Seconds; for tests.
    """

    def __init__(
        self, stream: TextIO | None = None, *, clock: Callable[[], float] | None = None
    ) -> None:
        self._stream = stream or sys.stderr
        self._clock = clock or time.monotonic
        self._terminal = self._stream.isatty()
        self._pace = Pace()
        self._told = -_LOG_S if self._terminal else self._clock()
        self._width = 0

    def __call__(self, done: int, total: int, failed: int) -> None:
        """Take note of how many songs are done, and tell it from time to time."""
        now = self._clock()
        self._pace.note(now, done)
        if now - self._told < (_LINE_S if self._terminal else _LOG_S) and done < total:
            return
        self._told = now
        text = self._text(done, total, failed)
        if self._terminal:
            self._stream.write("\r" + text.ljust(self._width))
            self._width = len(text)
        else:
            self._stream.write(text + "\n")
        self._stream.flush()

    def close(self) -> None:
        """End the line, so that what follows begins its own."""
        if self._terminal and self._width:
            self._stream.write("\n")
            self._width = 0

    def _text(self, done: int, total: int, failed: int) -> str:
        parts = [f"{done:,} of {counted(total, 'song')}", *self._pace.words(done, total)]
        if failed:
            parts.append(f"{failed:,} cannot be read")
        return ", ".join(parts)


def span(seconds: float) -> str:
    """Put a length of time as people say it."""
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} minutes"
    if seconds < 36 * 3600:
        return f"{seconds / 3600:.1f} hours"
    return f"{seconds / 86400:.1f} days"
