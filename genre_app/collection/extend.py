"""Add genres to a model that is trained, without forgetting the others, in seconds.

The body is frozen; each of the networks that answer together learns one row for each
new genre, beside the old rows and with the old music rehearsed (:mod:`.heads`,
:mod:`.rehearsal`). As in the training of the body, each network leaves out another part
of the new songs, so that what it says of them is honest enough to calibrate with.
"""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genre_app import architectures, calibration, zoo
from genre_app.architectures import Architecture
from genre_app.collection.dataset import beside, by_song, check
from genre_app.collection.heads import Head, heads_of, learn_rows, widened
from genre_app.collection.rehearsal import Heard, Rehearsal, embed, hear, numbers_of, rehearse
from genre_app.collection.result import Asked, Outcome, calibrated
from genre_app.collection.store import Collection
from genre_app.errors import ModelError
from genre_app.familiarity import Familiarity, Look
from genre_app.gtzan import Subset
from genre_app.recipes import ANYWHERE, Recipe
from genre_app.training.examples import Examples, as_served, for_training, truth

__all__ = ["extend"]

PENALTY: Final = 1e-4
"""Of the new rows: enough to keep them from growing without end; other values were not compared."""

_ENTRIES: Final = 48
"""Clips of a class, repeated where there are fewer, that are augmented and mixed."""

_PARTNERS: Final = 72
"""Bundled tracks that are mixed with them."""

_RECIPE: Final = Recipe(versions=2, mixed=0.33, augmentation=ANYWHERE, seed=7)


@dataclass(frozen=True, eq=False)
class _Music:
    """The bundled tracks with the collection's clips behind them, and who has heard what."""

    subset: Subset
    collection: Collection
    old: Rehearsal
    clips: Heard
    versions: Heard
    aims: NDArray[np.float32]
    own: NDArray[np.intp]
    left_out_of: dict[int, int]
    members: int
    old_genres: int

    def part(self, name: str) -> NDArray[np.intp]:
        """Give the collection's clips of one part."""
        return np.array(
            [i for i in self.own.tolist() if self.subset.tracks[i].artist_split == name],
            dtype=np.intp,
        )


def extend(
    collection: Collection,
    model: zoo.LoadedModel,
    bundled: Subset,
    *,
    cache: Path,
    progress: Callable[[float], None] | None = None,
) -> Outcome:
    """Add a collection's classes to a model.

    Parameters
    ----------
    collection : Collection
        Each of its classes becomes a genre.
    model : LoadedModel
        It is not changed.
    bundled : Subset
    cache : Path
        Folder of the rehearsals.
    progress : callable, optional
        Told the share that is done; what it raises stops the work.

    Raises
    ------
    CollectionError
        A class has too few songs, or the model knows it already.
    ModelError
        The model is of a kind to which no genre can be added.
    """
    check(collection, taken=model.genres)
    if model.genres != bundled.genres:
        raise ModelError(
            f"{model.card['title']} has been added to already. Add all classes at once to the "
            "model that it came from."
        )
    tell = progress or (lambda share: None)
    kind = architectures.get(model.card["architecture"])
    first = as_served(bundled, np.arange(1), kind)
    old = rehearse(model, bundled, cache, progress=lambda share: tell(0.7 * share))
    heads = heads_of(model.network, first.view)
    music = _listen(collection, model, kind, bundled, old, lambda share: tell(0.7 + 0.2 * share))
    began = time.perf_counter()
    rows = []
    for number, head in enumerate(heads):
        rows.append(_learn(music, number, head))
        tell(0.9 + 0.07 * (number + 1) / len(heads))
    full = [head.beside(more) for head, more in zip(heads, rows, strict=True)]
    known = _widened_familiarity(model.familiarity, music)
    valid, test = _ask_valid(music, full, known), _ask_test(music, full, known)
    temperature, thresholds, probabilities = calibrated(valid, test)
    was = [logits[:, : len(model.genres)] for logits in test.logits]
    return Outcome(
        network=widened(model.network, rows),
        architecture=kind.name,
        genres=music.subset.genres,
        new=music.subset.genres[len(model.genres) :],
        base=str(model.card["title"]),
        familiarity=known,
        temperature=temperature,
        thresholds=thresholds,
        pieces=model.card.get("pieces") or [],
        valid=valid,
        test=test,
        probabilities=probabilities,
        before=calibration.track_probabilities(was, model.card["temperature"]),
        recipe=model.card["recipe"] | {"added": asdict(_RECIPE) | {"penalty": PENALTY}},
        history={},
        seconds=time.perf_counter() - began,
    )


def _listen(
    collection: Collection,
    model: zoo.LoadedModel,
    kind: Architecture,
    bundled: Subset,
    old: Rehearsal,
    tell: Callable[[float], None],
) -> _Music:
    """Compute the features of the new songs: as they are, and as real files would be."""
    subset = beside(bundled, collection)
    own = np.arange(len(bundled), len(subset), dtype=np.intp)
    clips = hear(model.network, kind, subset, own, progress=lambda share: tell(0.4 * share))
    members = max(1, int(old.left_out_of.max()) + 1)
    left_out = _left_out(subset, own, members)
    learn = np.array([i for i in own.tolist() if _learns(subset, i, members)], dtype=np.intp)
    chance = np.random.default_rng(_RECIPE.seed)
    repeated = np.concatenate(
        [
            np.resize(mine, max(_ENTRIES, len(mine)))
            for genre in range(len(bundled.genres), len(subset.genres))
            for mine in [learn[subset.labels[learn] == genre]]
        ]
    )
    partners = chance.permutation(len(old.learnt))[:_PARTNERS]
    groups = np.concatenate([[left_out[i] for i in repeated.tolist()], old.left_out_of[partners]])
    lengths = kind.recipe.lengths_s
    examples = for_training(
        subset,
        np.concatenate([repeated, old.learnt[partners]]),
        kind,
        replace(_RECIPE, lengths_s=lengths),
        groups=groups,
        progress=lambda share: tell(0.4 + 0.5 * share),
    )
    heard = Heard(embed(model.network, examples.view), examples.tracks)
    left_out |= dict(zip(old.learnt.tolist(), old.left_out_of.tolist(), strict=True))
    tell(1.0)
    return _Music(
        subset,
        collection,
        old,
        clips,
        heard,
        examples.targets,
        own,
        left_out,
        members,
        len(bundled.genres),
    )


def _learns(subset: Subset, position: int, members: int) -> bool:
    """Whether a clip is learnt from: where each network leaves some out, also validation is."""
    part = subset.tracks[position].artist_split
    return part == "train" or (part == "valid" and members > 1)


def _left_out(subset: Subset, own: NDArray[np.intp], members: int) -> dict[int, int]:
    """Say which network does not learn from each clip: all clips of a song are left out together.

    Of a single network -1: it has a validation part instead.
    """
    found: dict[int, int] = {}
    turn: dict[str, int] = {}
    for songs in by_song(subset, own):
        track = subset.tracks[int(songs[0])]
        if members > 1 and track.artist_split != "test":
            turn[track.genre] = turn.get(track.genre, -1) + 1
            number = turn[track.genre] % members
        else:
            number = -1
        found |= dict.fromkeys(songs.tolist(), number)
    return found


def _learn(music: _Music, number: int, head: Head) -> Head:
    """Learn one network's rows from what it may hear."""
    learn = [
        i for i in music.own.tolist() if _learns(music.subset, i, music.members)
    ] + music.old.learnt.tolist()
    mine = np.array(
        [i for i in learn if number != music.left_out_of[i] or music.members == 1], dtype=np.intp
    )
    aims = truth(music.subset, multi_label=False)
    parts = [
        Examples(heard.embedding, aims[heard.tracks], heard.tracks)
        for heard in (music.old.served, music.old.versions, music.clips)
    ]
    parts.append(Examples(music.versions.embedding, music.aims, music.versions.tracks))
    allowed = [part.of(mine) for part in parts]
    embedding = np.concatenate([part.view[:, number].astype(np.float32) for part in allowed])
    return learn_rows(
        embedding,
        head(embedding),
        np.concatenate([part.targets for part in allowed]),
        penalty=PENALTY,
    )


def _ask(
    music: _Music, heads: list[Head], known: Familiarity, songs: list[NDArray[np.intp]]
) -> Asked:
    """Ask the members that have not heard a song; of a test song, all of them."""
    names, labels, logits, looks = [], [], [], []
    for song in songs:
        first = int(song[0])
        heard = music.clips if first in music.left_out_of and first in music.own else None
        source = heard or music.old.served
        embedding = source.embedding[np.isin(source.tracks, song)]
        only = music.left_out_of.get(first, -1)
        asked = range(len(heads)) if only < 0 else [only]
        said = [heads[member](embedding[:, member]) for member in asked]
        names.append(music.subset.tracks[first].name)
        labels.append(music.subset.labels[first])
        logits.append(np.mean(said, axis=0))
        looks += _looks(music, known, song)
    return Asked(
        tuple(names),
        np.array(labels, dtype=np.intp),
        tuple(logits),
        tuple(looks),
        music.subset.artists(np.array([song[0] for song in songs], dtype=np.intp)),
    )


def _looks(music: _Music, known: Familiarity, song: NDArray[np.intp]) -> list[Look]:
    if int(song[0]) in music.own:
        pairs = [numbers_of(music.subset.log_mel(i)) for i in song.tolist()]
        numbers, structures = (np.concatenate(column) for column in zip(*pairs, strict=True))
    else:
        mine = np.isin(music.old.numbers_of, song)
        if not mine.any():
            return []  # A track of the training part: it would look too familiar.
        numbers, structures = music.old.numbers[mine], music.old.structures[mine]
    novelties = known.sound.novelties(numbers)
    return [Look(float(np.median(novelties)), float(np.median(structures)))]


def _ask_valid(music: _Music, heads: list[Head], known: Familiarity) -> Asked:
    if music.members > 1:
        old = music.old.learnt
        own = np.concatenate([music.part("train"), music.part("valid")])
    else:
        old, own = music.subset.part("artist", "valid"), music.part("valid")
        old = old[old < music.own[0]]
    return _ask(music, heads, known, [*by_song(music.subset, old), *by_song(music.subset, own)])


def _ask_test(music: _Music, heads: list[Head], known: Familiarity) -> Asked:
    positions = music.subset.part("artist", "test")
    return _ask(music, heads, known, by_song(music.subset, positions))


def _widened_familiarity(known: Familiarity, music: _Music) -> Familiarity:
    """Let the new genres count as known, each as much as any old one."""
    learn = [i for i in music.own.tolist() if _learns(music.subset, i, music.members)]
    numbers = np.concatenate([numbers_of(music.subset.log_mel(i))[0] for i in learn])
    new = len(music.subset.genres) - music.old_genres
    return known.widened(numbers, share=new / len(music.subset.genres))
