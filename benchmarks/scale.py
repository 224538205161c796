"""How long, and for how much, a large library would take: the formulas of docs/scale.md.

    python benchmarks/scale.py --rate SONGS_A_SECOND [--songs N] [--price PER_CORE_HOUR] ...

``--rate`` is what one worker with one core reads, measured by benchmarks/catalogue.py
on songs like those of the library; it has no default. The other defaults are
assumptions, and docs/scale.md says which of them have been measured.
"""

import argparse
from dataclasses import dataclass

WORKERS = (1, 2, 8, 32, 128, 512, 2048)


@dataclass(frozen=True, kw_only=True)
class Library:
    """What is to be read, and with what.

    Attributes
    ----------
    songs : int
    megabytes : float
        Of a song, 10^6 bytes.
    rate : float
        Songs a second of one worker with one core.
    storage : float
        Megabytes a second that all workers together can read.
    listing : float
        Files a second that the walk meets.
    saving : float
        Songs a second that the coordinator can save.
    tasks : float
        Chunks a second that the scheduler can hand out.
    chunk : int
        Songs of a chunk.
    start : float
        Seconds until a worker has the model.
    lost : float
        Workers that are lost, as a share of all, each hour.
    price : float
        Of one worker for an hour; the coordinator costs as much.
    """

    songs: int
    megabytes: float
    rate: float
    storage: float
    listing: float
    saving: float
    tasks: float
    chunk: int
    start: float
    lost: float
    price: float


@dataclass(frozen=True)
class Estimate:
    """Hours, money, and what keeps it from being faster."""

    workers: int
    hours: float
    cost: float
    limit: str


def limits(library: Library, workers: int) -> dict[str, float]:
    """Songs a second that each part allows.

    A worker that is lost costs half a chunk, on average, and the start of another.
    """
    wasted = library.lost / 3600 * (library.chunk / library.rate / 2 + library.start)
    return {
        "workers": workers * library.rate * max(0.0, 1.0 - wasted),
        "storage": library.storage / library.megabytes,
        "saving": library.saving,
        "scheduler": library.tasks * library.chunk,
    }


def estimate(library: Library, workers: int) -> Estimate:
    """Estimate one run.

    The walk, the start, the songs at the rate of the narrowest part, and half a
    chunk until the last worker has finished.
    """
    allowed = limits(library, workers)
    limit = min(allowed, key=lambda part: allowed[part])
    walk = library.songs / library.listing
    last = library.chunk / library.rate / 2
    seconds = walk + library.start + library.songs / allowed[limit] + last
    # The workers are there only after the walk, if they are started then.
    paid = workers * (seconds - walk) + seconds
    return Estimate(workers, seconds / 3600, paid / 3600 * library.price, limit)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rate", type=float, required=True, help="songs a second of a worker")
    parser.add_argument("--songs", type=int, default=1_000_000)
    parser.add_argument("--megabytes", type=float, default=5.0, help="of a song")
    parser.add_argument("--storage", type=float, default=1_000.0, help="MB a second, together")
    parser.add_argument("--listing", type=float, default=5_000.0, help="files a second")
    parser.add_argument("--saving", type=float, default=1_500.0, help="songs a second")
    parser.add_argument("--tasks", type=float, default=200.0, help="chunks a second")
    parser.add_argument("--chunk", type=int, default=6, help="songs; 32 MB or 16 songs at most")
    parser.add_argument("--start", type=float, default=3.0, help="seconds")
    parser.add_argument("--lost", type=float, default=0.05, help="share of the workers an hour")
    parser.add_argument("--price", type=float, default=0.05, help="of a core for an hour")
    library = Library(**vars(parser.parse_args()))
    print(f"{library.songs:,} songs, {library.rate:g} songs/s a worker")
    print("| workers | hours | cost | limited by |\n| ---: | ---: | ---: | --- |")
    for workers in WORKERS:
        found = estimate(library, workers)
        print(f"| {workers:,} | {found.hours:,.1f} | {found.cost:,.2f} | {found.limit} |")
    alone = limits(library, 1)
    for part in ("storage", "scheduler", "saving"):
        print(f"{part} is full with {alone[part] / alone['workers']:,.0f} workers")


if __name__ == "__main__":
    main()
