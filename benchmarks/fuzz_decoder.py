"""Damage files at random, decode them in watched processes, and count what comes of it.

    PYTHONPATH=. python benchmarks/fuzz_decoder.py FOLDER [--inputs 20000] [--keep FOLDER]

Every input follows from the seed and its number alone: ``--only NUMBER`` makes it again.
What must never happen, a process that dies, one that takes longer than :data:`HANG_S`, an
exception that is not the project's own, or sound that is not finite, is printed as it
happens and makes the exit status 1.
"""

import argparse
import multiprocessing
import random
import resource
import signal
import struct
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Final

import numpy as np

from genre_app import audio
from genre_app.errors import GenreAppError

HANG_S: Final = 5.0
"""Seconds after which a process hangs and is ended."""

MEGABYTE: Final = 2**20
ROOM: Final = 3 * 2**30
"""Bytes of address space for a child: a larger request fails, rather than the machine."""

EXTREMES: Final = (0, 1, 2, 255, 2**15, 2**16 - 1, 2**24, 2**31 - 1, 2**31, 2**32 - 1)


@dataclass(frozen=True)
class Outcome:
    """What came of one input: a word, more words, megabytes above idle, and seconds."""

    number: int
    word: str
    details: str
    megabytes: float
    seconds: float


# Damage ---------------------------------------------------------------------------------

Damage = Callable[[bytearray, random.Random, Sequence[bytes]], bytearray]


def place(data: bytearray, chance: random.Random) -> int:
    """Choose a byte; headers, at the start and sometimes at the end, more often than others."""
    if chance.random() < 0.5:
        return min(len(data) - 1, int(chance.expovariate(1 / 200)))
    if chance.random() < 0.2:
        return max(0, len(data) - 1 - int(chance.expovariate(1 / 500)))
    return chance.randrange(len(data))


def flip_bits(data: bytearray, chance: random.Random, others: Sequence[bytes]) -> bytearray:
    for _ in range(1 << chance.randrange(8)):
        data[place(data, chance)] ^= 1 << chance.randrange(8)
    return data


def cut(data: bytearray, chance: random.Random, others: Sequence[bytes]) -> bytearray:
    return data[: int(len(data) * chance.random() ** 2)]


def splice(data: bytearray, chance: random.Random, others: Sequence[bytes]) -> bytearray:
    other = chance.choice(others)
    start = chance.randrange(len(other)) if chance.random() < 0.5 else 0
    piece = other[start : start + (1 << chance.randrange(4, 16))]
    at = place(data, chance)
    over = len(piece) if chance.random() < 0.5 else 0
    data[at : at + over] = piece
    return data


def lie(data: bytearray, chance: random.Random, others: Sequence[bytes]) -> bytearray:
    """Write an extreme number over what may be a length."""
    for _ in range(chance.randrange(1, 4)):
        size, letter = chance.choice(((1, "B"), (2, "H"), (4, "I"), (8, "Q")))
        at = place(data, chance)
        if at + size <= len(data):
            value = chance.choice((*EXTREMES, 2**40, 2**63, chance.getrandbits(64)))
            order = chance.choice("<>")
            struct.pack_into(order + letter, data, at, value % (1 << 8 * size))
    return data


def repeat(data: bytearray, chance: random.Random, others: Sequence[bytes]) -> bytearray:
    start = place(data, chance)
    piece = data[start : start + (1 << chance.randrange(2, 12))]
    data[start:start] = piece * chance.randrange(1, 50)
    return data


def blank(data: bytearray, chance: random.Random, others: Sequence[bytes]) -> bytearray:
    at, size = place(data, chance), 1 << chance.randrange(2, 14)
    size = min(size, len(data) - at)
    data[at : at + size] = chance.randbytes(size) if chance.random() < 0.5 else bytes(size)
    return data


DAMAGES: Final[tuple[Damage, ...]] = (flip_bits, cut, splice, lie, lie, repeat, blank)


def damaged(number: int, seed: int, files: Sequence[bytes]) -> bytes:
    """Make the input of a number: one file with one to four kinds of damage."""
    chance = random.Random(f"{seed}/{number}")  # noqa: S311  # No secret.
    data = bytearray(files[number % len(files)])
    if chance.random() < 0.5:  # Short ones are as wicked and quicker.
        del data[1 << chance.randrange(9, 18) :]
    for _ in range(chance.randrange(1, 5)):
        if data:
            data = chance.choice(DAMAGES)(data, chance, files)
    return bytes(data)


def read_files(folder: Path) -> list[bytes]:
    paths = sorted(path for path in folder.iterdir() if path.suffix != ".csv")
    return [data for path in paths if (data := path.read_bytes())]


# The child ------------------------------------------------------------------------------


def kilobytes(field: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field))


def decode(data: bytes, seconds: float) -> tuple[str, str]:
    try:
        recording = audio.load(data, name="fuzz", max_seconds=seconds)
    except GenreAppError as error:
        return error.kind, str(error)
    except Exception as error:
        return "EXCEPTION", repr(error)
    samples = recording.samples
    sane = np.isfinite(samples).all() and samples.size <= (seconds + 1) * audio.SAMPLE_RATE
    return ("read" if sane else "NOT FINITE"), recording.format


def child(pipe: Connection, folder: Path, seed: int, seconds: float) -> None:
    """Decode the inputs whose numbers come through the pipe."""
    files = read_files(folder)
    for data in files:  # So that idle memory includes every decoder's tables.
        decode(data, seconds)
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (kilobytes("VmSize") * 1024 + ROOM, most))
    idle = kilobytes("VmRSS")
    pipe.send(None)
    while (number := pipe.recv()) is not None:
        data = damaged(number, seed, files)
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # Forgets the peak.
        began = time.perf_counter()
        word, details = decode(data, seconds)
        spent = time.perf_counter() - began
        above = (kilobytes("VmHWM") - idle) / 1024
        pipe.send(Outcome(number, word, details, above, spent))


# The parent -----------------------------------------------------------------------------


class Child:
    """One process that decodes, replaced when it dies or hangs."""

    def __init__(self, folder: Path, seed: int, seconds: float) -> None:
        self._arguments = (folder, seed, seconds)
        self.number: int | None = None
        self.since = 0.0
        self.start()

    def start(self) -> None:
        """Begin a fresh process, and wait until it is warm."""
        context = multiprocessing.get_context("spawn")
        self.pipe, end = context.Pipe()
        self.process = context.Process(target=child, args=(end, *self._arguments), daemon=True)
        self.process.start()
        end.close()
        self.pipe.recv()

    def give(self, number: int) -> None:
        """Have it decode one input."""
        self.number, self.since = number, time.monotonic()
        self.pipe.send(number)

    def end(self) -> None:
        """Let it go."""
        self.pipe.send(None)
        self.process.join()

    def lost(self, word: str) -> Outcome:
        """End the process, begin another, and say what was lost."""
        assert self.number is not None  # noqa: S101  # It had work.
        if word == "HANG":
            self.process.kill()
        self.process.join()
        code = self.process.exitcode or 0
        name = signal.Signals(-code).name if code < 0 else f"exit {code}"
        outcome = Outcome(self.number, word, name, 0.0, time.monotonic() - self.since)
        self.start()
        return outcome


def outcomes(children: Sequence[Child], numbers: Iterator[int]) -> Iterator[Outcome]:
    """Decode all numbers, in whatever order the children are done."""
    busy: dict[Connection, Child] = {}

    def feed(one: Child) -> None:
        number = next(numbers, None)
        if number is not None:
            one.give(number)
            busy[one.pipe] = one

    for one in children:
        feed(one)
    while busy:
        ready = wait(list(busy), timeout=0.5)
        for pipe, one in list(busy.items()):
            if pipe in ready:
                del busy[pipe]
                try:
                    yield pipe.recv()
                except EOFError:
                    yield one.lost("CRASH")
                feed(one)
            elif time.monotonic() - one.since > HANG_S:
                del busy[pipe]
                yield one.lost("HANG")
                feed(one)


def main() -> int:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("folder", type=Path)
    options.add_argument("--inputs", type=int, default=20_000)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--seconds", type=float, default=3.0, help="of sound, at most")
    options.add_argument("--processes", type=int, default=1)
    options.add_argument("--keep", type=Path, help="folder for the inputs that must not be")
    options.add_argument("--only", type=int, help="decode one input, here")
    given = options.parse_args()
    if given.only is not None:
        data = damaged(given.only, given.seed, read_files(given.folder))
        print(len(data), data[:16], *decode(data, given.seconds))
        return 0
    began = time.monotonic()
    files = read_files(given.folder)
    children = [Child(given.folder, given.seed, given.seconds) for _ in range(given.processes)]
    words: Counter[str] = Counter()
    slowest = largest = Outcome(0, "", "", 0.0, 0.0)
    for outcome in outcomes(children, iter(range(given.inputs))):
        words[outcome.word] += 1
        slowest = max(slowest, outcome, key=lambda one: one.seconds)
        largest = max(largest, outcome, key=lambda one: one.megabytes)
        if outcome.word.isupper():
            print(f"input {outcome.number}: {outcome.word} {outcome.details}", flush=True)
            if given.keep:
                given.keep.mkdir(parents=True, exist_ok=True)
                data = damaged(outcome.number, given.seed, files)
                (given.keep / f"{given.seed}-{outcome.number}").write_bytes(data)
    for one in children:
        one.end()
    print(f"{words.total():,} inputs in {(time.monotonic() - began) / 60:.1f} minutes")
    for word, count in words.most_common():
        print(f"  {count:7,}  {word}")
    print(f"slowest: {slowest.seconds:.2f} s, input {slowest.number} ({slowest.word})")
    print(f"largest: {largest.megabytes:.0f} MB above idle, input {largest.number}")
    return int(any(word.isupper() for word in words))


if __name__ == "__main__":
    sys.exit(main())
