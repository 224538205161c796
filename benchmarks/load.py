"""Many strangers at once: does each get the bars, how soon, and does memory stay as it is.

    python -m benchmarks.load [--visitors 20] [--minutes 5] [--think 15] [--songs FOLDER]

The app is started as the Dockerfile starts it, on a free port of this machine. Visitors are
real sessions (see :mod:`benchmarks.visitor`), without browsers, which would need the cores
that the server is to have. All but one upload song after song, each never heard before, and
wait for the bars; after every second song they open further pictures of it, after every fourth
they look at another page and come back. Between two clicks they think: ``--think`` seconds on
average, from a third of it to five thirds, evenly; people who look at a picture take longer.
They come within the first two times that.
The last visitor trains the preset of one minute on the Train page, again and again, and
watches it as a browser does, once a second.

Upload to bars: from the first byte sent to the chart of the blend received. Memory: the
resident sizes of the server and of all its processes, summed (what they share counts again for
each), and the server's with its decoders, without the training's process, which comes and
goes. The exit status is 1 when there was an error or a bar was missed.
"""

import argparse
import asyncio
import io
import os
import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import mutagen
import numpy as np
import psutil
import soundfile
from streamlit.proto.Element_pb2 import Element

from benchmarks.server import ROOT, served
from benchmarks.visitor import Trouble, Visitor, key_of
from genre_app import audio, examples, places

SUFFIXES: Final = {".mp3": "audio/mpeg", ".ogg": "audio/ogg", ".flac": "audio/flac"}
PAGES: Final = ("compare-models", "how-it-works", "many-songs", "own-classes")
MARK: Final = re.compile(r"Load(\d\d)x(\d+)")

WAIT_S: Final = 6.0
"""Bar for the 95th percentile of upload to bars."""
MEMORY_MB: Final = 3 * 1024.0
FLAT_MB: Final = 100.0
"""Bar for what the server gains in the last three minutes, by a line through its sizes."""
LAST_S: Final = 180.0
EVERY_S: Final = 2.0


@dataclass
class Tally:
    """What is counted."""

    waits: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    trainings: int = 0
    troubles: list[str] = field(default_factory=list)
    sent: int = 0
    memory: list[tuple[float, float, float]] = field(default_factory=list)


def songs_in(folder: Path | None) -> list[tuple[str, bytes]]:
    """Give songs as suffix and bytes: those of a folder, or the examples in three formats."""
    if folder is not None:
        found = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
        return [(path.suffix.lower(), path.read_bytes()) for path in found]
    made = []
    for number, example in enumerate(examples.EXAMPLES):
        samples, rate = soundfile.read(io.BytesIO(examples.wav(example.key)))
        suffix = list(SUFFIXES)[number % len(SUFFIXES)]
        place = io.BytesIO()
        # In pieces: Vorbis puts a block on the stack, a whole song overflows it.
        channels = 1 if samples.ndim == 1 else samples.shape[1]
        with soundfile.SoundFile(place, "w", rate, channels, format=suffix[1:].upper()) as file:
            for start in range(0, len(samples), 2**16):
                file.write(samples[start : start + 2**16])
        made.append((suffix, place.getvalue()))
    return made


def marked(data: bytes, mark: str) -> bytes:
    """Make a song another one, for every cache and for the eye: its title is the mark."""
    place = io.BytesIO(data)
    file = mutagen.File(place, easy=True)
    if file.tags is None:
        file.add_tags()
    file["title"] = mark
    place.seek(0)
    file.save(place)
    return place.getvalue()


class Person:
    """One visitor and what he or she does."""

    def __init__(self, number: int, address: str, think_s: float, end: float, tally: Tally) -> None:
        self._number = number
        self._think_s = think_s
        self._end = end
        self._tally = tally
        self._random = random.Random(number)  # noqa: S311  # Not a secret.
        self._bars = 0.0
        self._visitor = Visitor(address, seen=self._look)

    def _look(self, element: Element, when: float) -> None:
        if key_of(element) == "chart-bars" and not self._bars:
            self._bars = when

    async def _think(self) -> None:
        await asyncio.sleep(self._random.uniform(1 / 3, 5 / 3) * self._think_s)

    @property
    def _goes_on(self) -> bool:
        return time.monotonic() < self._end

    async def listen(self, songs: Sequence[tuple[str, bytes]]) -> None:
        """Upload song after song."""
        await asyncio.sleep(self._random.uniform(0, 2 * self._think_s))
        async with self._visitor as visitor:
            turn = 0
            while self._goes_on:
                await self._upload(visitor, *self._random.choice(songs), turn)
                turn += 1
                await self._think()
                if turn % 2 == 0 and self._goes_on:
                    await self._timed(visitor.tick("panels-chroma", "panels-mfcc"))
                    await self._think()
                if turn % 4 == 0 and self._goes_on:
                    for page in (self._random.choice(PAGES), ""):
                        await self._timed(visitor.run(page=page))
                        await self._think()
            self._done(visitor)

    async def _upload(self, visitor: Visitor, suffix: str, data: bytes, turn: int) -> None:
        mark = f"Load{self._number:02d}x{turn}"
        data = marked(data, mark)
        self._tally.sent += len(data)
        self._bars, began = 0.0, time.monotonic()
        await visitor.upload("upload", f"{mark}{suffix}", data, mime=SUFFIXES[suffix])
        text = "\n".join(map(str, visitor.elements.values()))
        if {found[0] for found in MARK.finditer(text)} != {mark}:
            raise Trouble("the page shows another song than the one that was uploaded")
        if not self._bars:
            raise Trouble("the page has no bars")
        self._tally.waits.append(self._bars - began)

    async def _timed(self, work: object) -> None:
        began = time.monotonic()
        await work  # type: ignore[misc]
        self._tally.pages.append(time.monotonic() - began)

    async def train(self) -> None:
        """Train again and again, and watch."""
        async with self._visitor as visitor:
            await visitor.run(page="retrain")
            while self._goes_on:
                await visitor.press("start")
                self._tally.trainings += 1
                # While it trains the page draws the buttons of its controls.
                while self._goes_on and visitor.find("cancel") is not None:
                    await asyncio.sleep(1)
                await self._think()
            self._done(visitor)

    def _done(self, visitor: Visitor) -> None:
        self._tally.troubles += visitor.troubles

    async def live(self, songs: Sequence[tuple[str, bytes]] | None) -> None:
        """Do what this visitor does, and note what he or she would complain about."""
        try:
            await (self.train() if songs is None else self.listen(songs))
        except Exception as error:  # Whatever it is: it is what this script is for.
            self._tally.troubles += self._visitor.troubles
            self._tally.troubles.append(f"visitor {self._number}: {error!r}")


async def watch(process: psutil.Process, end: float, tally: Tally) -> None:
    """Note memory until the end: of all processes, and without the training's."""
    while time.monotonic() < end:
        whole = kept = process.memory_info().rss
        for child in process.children(recursive=True):
            try:
                size, command = child.memory_info().rss, child.cmdline()
            except psutil.NoSuchProcess:
                continue
            whole += size
            kept += 0 if "genre_app.jobs.worker" in command else size
        tally.memory.append((time.monotonic(), whole / 2**20, kept / 2**20))
        await asyncio.sleep(EVERY_S)


def dockerfile() -> dict[str, str]:
    """Give the environment that the Dockerfile sets, but for its folders."""
    text = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    pairs = [pair for line in re.findall(r"^ENV (.*)$", text, re.M) for pair in line.split()]
    return dict(pair.split("=", 1) for pair in pairs if "/home/" not in pair)


@contextmanager
def hosted() -> Iterator[tuple[str, psutil.Process]]:
    """Start the app as the Dockerfile does, and wait until it has warmed up."""
    with tempfile.TemporaryDirectory() as data, tempfile.TemporaryFile("w+") as log:
        try:
            environment = {**dockerfile(), places.VARIABLE: data}
            with served(environment=environment, log=log) as (address, number):
                found = psutil.Process(number)
                # A host's server has warmed up before anybody comes.
                while found.cpu_percent(2.0) > 10:
                    pass
                yield address, found
        finally:
            log.seek(0)
            print("the server's log:", log.read().strip()[-4000:])


async def drive(options: argparse.Namespace, songs: Sequence[tuple[str, bytes]]) -> Tally:
    """Let the visitors in, and wait until they have gone."""
    tally = Tally()
    with hosted() as (address, process):
        end = time.monotonic() + 60 * options.minutes
        people = [
            Person(number, address, options.think, end, tally) for number in range(options.visitors)
        ]
        async with asyncio.TaskGroup() as group:
            group.create_task(watch(process, end, tally))
            for number, person in enumerate(people):
                group.create_task(person.live(None if number == 0 else songs))
    return tally


def report(tally: Tally, minutes: float) -> list[str]:
    """Print the figures, and give the bars that were missed."""
    waits = sorted(tally.waits)
    if len(waits) < 2:
        return [*tally.troubles, "nothing was read"]
    late = statistics.quantiles(waits, n=20)[-1]
    print(
        f"{len(waits)} readings ({len(waits) / minutes:.0f} a minute, {tally.sent / 2**20:.0f} MB "
        f"uploaded): upload to bars median {statistics.median(waits):.1f} s, "
        f"p95 {late:.1f} s, longest {waits[-1]:.1f} s"
    )
    if tally.pages:
        print(
            f"{len(tally.pages)} other clicks: median {statistics.median(tally.pages):.1f} s, "
            f"longest {max(tally.pages):.1f} s"
        )
    print(f"{tally.trainings} trainings begun")
    times, whole, kept = (np.array(column) for column in zip(*tally.memory, strict=True))
    last = times > times[-1] - LAST_S
    gained = float(np.polyfit(times[last], kept[last], 1)[0] * (times[-1] - times[last][0]))
    print(
        f"memory: most {whole.max():,.0f} MB with the training, {kept.max():,.0f} MB without; "
        f"the latter gained {gained:+.0f} MB in the last {times[-1] - times[last][0]:.0f} s"
    )
    step = max(1, len(times) // 10)
    print("MB without the training:", *(f"{one:,.0f}" for one in kept[::step]))
    missed = list(tally.troubles)
    if late >= WAIT_S:
        missed.append(f"p95 of upload to bars is not below {WAIT_S:g} s")
    if whole.max() >= MEMORY_MB:
        missed.append(f"memory is not below {MEMORY_MB:,.0f} MB")
    if gained >= FLAT_MB:
        missed.append(f"memory grew by {FLAT_MB:g} MB or more")
    return missed


def main() -> None:
    """Drive the visitors and print what came of it."""
    parser = argparse.ArgumentParser(description="Let many strangers use the app at once.")
    parser.add_argument("--visitors", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--think", type=float, default=15.0, help="seconds between two clicks")
    parser.add_argument("--songs", type=Path, help="a folder of mp3, ogg or flac files")
    options = parser.parse_args()
    songs = songs_in(options.songs)
    lengths = [audio.load(data).duration_s for _, data in songs]
    print(
        f"{options.visitors} visitors for {options.minutes:g} minutes, {options.think:g} s between "
        f"two clicks; {len(songs)} songs of {min(lengths):.0f} to {max(lengths):.0f} s, "
        f"{statistics.mean(lengths):.0f} on average; load before: {os.getloadavg()[0]:.1f} on "
        f"{os.cpu_count()} cores",
        flush=True,
    )
    missed = report(asyncio.run(drive(options, songs)), options.minutes)
    for one, many in sorted({line: missed.count(line) for line in missed}.items()):
        print(f"NOT GOOD: {one}" + (f" ({many} times)" if many > 1 else ""))
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
