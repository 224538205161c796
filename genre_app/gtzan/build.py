"""Build the bundled subset, from arrays of log-mels or from a folder of audio.

Two sources give the same format:

- a folder with ``tracks.csv`` and ``mel/<genre>.npz`` (``mel``: uint8, 255 steps
  from -80 to 0 dB; ``track``: names), as features of GTZAN are handed around;
- a folder of real audio, ``<genre>/<track>.wav`` (or .au, .mp3, ...), which goes
  through :mod:`genre_app.audio` and :mod:`genre_app.logmel`. What is known of
  the tracks (splits, artists) comes from the table that is bundled already.

The result is the same, byte for byte, each time.
"""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genre_app import audio
from genre_app.errors import DAMAGED, AudioError, AudioTooShort, DatasetError, cannot_be_written
from genre_app.files import packed, write_together
from genre_app.genres import GENRES
from genre_app.gtzan.subset import DATA, PARTS, Track, load_tracks, parse_track
from genre_app.logmel import (
    BANDS,
    CLIP_COLUMNS,
    CLIP_SECONDS,
    COLUMN_RATE,
    FLOOR_DB,
    STEP_DB,
    log_mel,
    to_steps,
)

__all__ = ["build", "random_split"]

RANDOM_SHARES: Final = (0.7, 0.1, 0.2)
RANDOM_SEED: Final = 0

SOURCES: Final = (
    "GTZAN: Tzanetakis, G. & Cook, P. (2002). Musical genre classification of audio signals. "
    "IEEE Transactions on Speech and Audio Processing 10(5).",
    "Artist-disjoint, fault-filtered partition: Kereliuk, Sturm & Larsen (2015), after Sturm "
    "(2013), who also identified the artists and titles.",
    "Tempo and meter: Marchand & Peeters (2015), GTZAN-Rhythm. Key: Kraft & Lerch (2013).",
    "Listener genres: HetRec 2011 last.fm data set (Cantador, Brusilovsky & Kuflik 2011), for "
    "non-commercial use.",
)

LICENCE: Final = (
    "GTZAN carries no licence and its audio is copyrighted by its owners. These files hold no "
    "audio: 128 mel bands at 24 columns a second without phase. They are features for research "
    "and teaching, of no use for listening. The listener genres are for non-commercial use."
)

_LEAST_S: Final = 27.0
"""Seconds that an excerpt has at least: its columns are spread over the 30 s of a clip, so that
a shorter one would be heard as much faster music. The shortest of GTZAN has 29.9."""

Progress = Callable[[int, int, str], None]
"""Called with tracks done, tracks in all, and the name of the current one."""


def build(source: Path, target: Path = DATA, *, progress: Progress | None = None) -> list[str]:
    """Build a subset.

    Parameters
    ----------
    source : Path
        Arrays and table, or genre folders of audio: see the module.
    target : Path
        Where to write the shards, the table and the manifest.
    progress : callable, optional
        Told of each track.

    Returns
    -------
    list of str
        A sentence for each file that could not be used.

    Raises
    ------
    DatasetError
        There is nothing to build from in ``source``, or ``target`` cannot be written: an older
        subset stays then.
    """
    if not source.is_dir():
        raise DatasetError(f"{source} is not a folder. Give the folder that holds GTZAN.")
    if (source / "mel").is_dir():
        tracks, shards, problems = _from_arrays(source)
    elif any((source / genre).is_dir() for genre in GENRES):
        tracks, shards, problems = _from_audio(source, progress)
    else:
        raise DatasetError(
            f"{source} holds neither mel/<genre>.npz with a tracks.csv nor folders of audio named "
            f"after the genres ({', '.join(GENRES)})."
        )
    if not shards:
        raise DatasetError(" ".join([f"No track in {source} could be read.", *problems[:3]]))
    present = {name for names, _ in shards.values() for name in names}
    _write(target, random_split(t for t in tracks if t.name in present), shards)
    return problems


def random_split(tracks: Iterable[Track]) -> list[Track]:
    """Assign the ``random`` protocol: by track, stratified by genre, seed 0.

    Parameters
    ----------
    tracks : iterable of Track
        Their order does not matter.

    Returns
    -------
    list of Track
        Sorted by name; within each genre 70 / 10 / 20 % train / valid / test.
    """
    ordered = sorted(tracks, key=lambda track: track.name)
    chance = np.random.default_rng(RANDOM_SEED)
    parts: dict[str, str] = {}
    for genre in GENRES:
        names = [track.name for track in ordered if track.genre == genre]
        chance.shuffle(names)
        ends = np.rint(np.cumsum(RANDOM_SHARES) * len(names)).astype(int)
        for part, start, stop in zip(PARTS, [0, *ends[:-1]], ends, strict=True):
            parts.update(dict.fromkeys(names[start:stop], part))
    return [replace(track, random_split=parts[track.name]) for track in ordered]


Shards = dict[str, tuple[list[str], NDArray[np.uint8]]]


def _from_arrays(source: Path) -> tuple[list[Track], Shards, list[str]]:
    try:
        with (source / "tracks.csv").open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except FileNotFoundError:
        raise DatasetError(f"{source} has mel/ but no tracks.csv beside it.") from None
    try:
        # The source's one split is the artist protocol's.
        tracks = [
            parse_track(row | {"artist_split": row["split"], "random_split": ""}) for row in rows
        ]
    except (KeyError, ValueError, AttributeError, TypeError) as error:
        raise DatasetError(f"tracks.csv in {source} is damaged: {error}") from error
    shards: Shards = {}
    problems = []
    for genre in GENRES:
        path = source / "mel" / f"{genre}.npz"
        if not path.exists():
            problems.append(f"mel/{path.name} is missing.")
            continue
        try:
            with np.load(path, allow_pickle=False) as arrays:
                cells, names = arrays["mel"], [str(name) for name in arrays["track"]]
        except DAMAGED as error:
            # Not NumPy's own words: they tell how to open what may run somebody's program.
            raise DatasetError(f"mel/{path.name} is damaged, or holds other arrays.") from error
        if cells.dtype != np.uint8 or cells.shape != (len(names), BANDS, CLIP_COLUMNS):
            raise DatasetError(f"mel/{path.name} has the wrong shape or type: {cells.shape}")
        # One track at a time: a genre in float64 would be 74 MB.
        steps = np.stack([to_steps(clip * (-FLOOR_DB / 255) + FLOOR_DB) for clip in cells])
        shards[genre] = (names, steps)
    present = {name for names, _ in shards.values() for name in names}
    problems += [f"{t.name} has no array." for t in tracks if t.name not in present]
    return tracks, shards, problems


def _from_audio(source: Path, progress: Progress | None) -> tuple[list[Track], Shards, list[str]]:
    known = {track.name: track for track in load_tracks()}
    files = {
        genre: sorted(p for p in (source / genre).iterdir() if not p.name.startswith("."))
        for genre in GENRES
        if (source / genre).is_dir()
    }
    total, done = sum(map(len, files.values())), 0
    tracks: list[Track] = []
    shards: Shards = {}
    problems = []
    for genre, paths in files.items():
        names, clips = [], []
        for path in paths:
            if progress is not None:
                progress(done, total, path.name)
            done += 1
            try:
                recording = _excerpt(path)
            except AudioError as error:
                problems.append(str(error))
                continue
            names.append(path.stem)
            tracks.append(known.get(path.stem, Track(name=path.stem, genre=genre)))
            clips.append(log_mel(recording.samples, columns=CLIP_COLUMNS).to_bytes())
        if clips:
            shards[genre] = (names, np.stack(clips))
    return tracks, shards, problems


def _excerpt(path: Path) -> audio.Recording:
    shown = f"{path.parent.name}/{path.name}"
    if path.is_dir():
        raise AudioError(f"{shown} is a folder. Only the files beside it are read.")
    recording = audio.load(path, max_seconds=60.0)
    if recording.duration_s < _LEAST_S:
        raise AudioTooShort(
            f"{shown} is too short: it has {recording.duration_s:.1f} seconds, "
            f"{CLIP_SECONDS - recording.duration_s:.1f} less than the {CLIP_SECONDS:g} of an "
            "excerpt."
        )
    return recording


def _write(target: Path, tracks: list[Track], shards: Shards) -> None:
    contents = {"tracks.csv": _table(tracks)}
    for genre, (names, cells) in shards.items():
        order = np.argsort(names)
        contents[f"{genre}.npz"] = packed({"cells": cells[order], "track": np.array(names)[order]})
    manifest = {
        "tracks": len(tracks),
        "bands": BANDS,
        "columns": CLIP_COLUMNS,
        "columns_per_second": round(COLUMN_RATE, 4),
        "step_db": STEP_DB,
        "floor_db": FLOOR_DB,
        "sources": SOURCES,
        "licence": LICENCE,
        "files": {
            name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
            for name, content in sorted(contents.items())
        },
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    try:
        target.mkdir(parents=True, exist_ok=True)
        write_together(target, contents | {"manifest.json": text.encode()})
    except OSError as error:
        raise DatasetError(cannot_be_written(f"The subset in {target}", error)) from error


def _table(tracks: list[Track]) -> bytes:
    lines = io.StringIO()
    columns = ["track", *(name for name in Track.__dataclass_fields__ if name != "name")]
    writer = csv.DictWriter(lines, columns, lineterminator="\n")
    writer.writeheader()
    for track in tracks:
        row = asdict(track)
        row["track"] = row.pop("name")
        listeners = track.listener_genres.items()
        row["listener_genres"] = ";".join(f"{genre}:{weight:.3f}" for genre, weight in listeners)
        writer.writerow({key: "" if value is None else value for key, value in row.items()})
    return lines.getvalue().encode()
