"""Classes of one's own: split before cut, kept as features, added without forgetting."""

import io
import json
import zipfile
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from genre_app import architectures, gtzan, zoo
from genre_app.audio import SAMPLE_RATE, Recording, wav_bytes
from genre_app.collection import store
from genre_app.collection.archive import Archive
from genre_app.collection.dataset import as_subset, beside, by_song, check
from genre_app.collection.extend import extend
from genre_app.collection.gather import add_files, add_source
from genre_app.collection.heads import heads_of
from genre_app.collection.model import file_name, write
from genre_app.collection.result import message, rows
from genre_app.collection.scratch import scratch
from genre_app.collection.songs import Song, assign, class_name, cut_clips
from genre_app.collection.store import Collection
from genre_app.errors import AudioTooShort, CollectionError, ModelError
from genre_app.logmel import LogMel
from genre_app.reading import from_outputs
from genre_app.recipes import Recipe

BAND: Final = "School band"


def tone(seed: int, seconds: float = 31.0) -> np.ndarray:
    """Beep at random: a music like none in GTZAN."""
    chance = np.random.default_rng(seed)
    times = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    pitch = np.repeat(chance.choice([440, 660, 880, 1320], len(times) // 4000 + 1), 4000)
    sound = np.sign(np.sin(2 * np.pi * np.cumsum(pitch[: len(times)]) / SAMPLE_RATE))
    return np.asarray(0.2 * sound * (times * 4 % 1 < 0.5) + chance.normal(0, 1e-3, len(times)))


def song(number: int, genre: str = BAND, *, part: gtzan.Part = "train", clips: int = 1) -> Song:
    cells = np.random.default_rng(number).integers(0, 161, (clips, 128, 723)).astype(np.uint8)
    return Song(f"song {number}.wav", genre, part, f"{number:064x}", 31.0, cells)


@pytest.fixture(scope="module")
def band() -> Collection:
    """Give a class of eight beeping songs."""
    files = [(f"{i}.wav", lambda i=i: wav_bytes(tone(i))) for i in range(8)]
    return add_files(Collection("Mine"), BAND, files).collection


@pytest.fixture(scope="module")
def bundled() -> gtzan.Subset:
    """Give a part of the subset: every sixth track, all genres."""
    whole = gtzan.load()
    chosen = np.arange(0, len(whole), 6)
    return gtzan.Subset(tuple(whole.tracks[i] for i in chosen), whole.cells[chosen])


# Splits and clips


@pytest.mark.parametrize(("count", "parts"), [(4, (2, 1, 1)), (8, (5, 1, 2)), (20, (12, 3, 5))])
def test_songs_are_divided(count: int, parts: tuple[int, int, int]) -> None:
    found = list(assign({}, [f"{i}" for i in range(count)]).values())
    assert tuple(found.count(part) for part in gtzan.PARTS) == parts


def test_a_song_never_changes_sides() -> None:
    first = assign({}, list("abcd"))
    assert assign({}, list("dcba")) == first
    later = assign(first, list("abcdefgh"))
    assert later.keys() == set("efgh")
    both = list((first | later).values())
    assert (both.count("test"), both.count("valid")) == (2, 1)
    one_by_one: dict[str, gtzan.Part] = {}
    for name in "abcd":
        one_by_one |= assign(one_by_one, [name])
    assert sorted(one_by_one.values()) == ["test", "train", "train", "valid"]


def test_clips_stand_where_their_song_stands() -> None:
    collection, _ = Collection("Mine").with_songs(song(i, clips=3) for i in range(9))
    subset = as_subset(collection)
    sides: dict[str, set[str]] = {}
    for track in subset.tracks:
        sides.setdefault(track.artist, set()).add(track.artist_split)
    assert len(sides) == 9
    assert all(len(side) == 1 for side in sides.values())
    groups = by_song(subset, subset.part("artist", "test"))
    assert [len(group) for group in groups] == [3, 3]


def test_clips_are_random_and_the_same_twice() -> None:
    samples = tone(3, seconds=75.0).astype(np.float32)
    recording = Recording(samples, "x", "ab" * 32, "WAV", SAMPLE_RATE, 1)
    one, two = cut_clips(recording), cut_clips(recording)
    assert np.array_equal(one, two)
    assert one.shape == (4, 128, 723)
    assert not np.array_equal(one, cut_clips(recording, seed=1))
    short = Recording(samples[: 20 * SAMPLE_RATE], "x", "ab" * 32, "WAV", SAMPLE_RATE, 1)
    assert cut_clips(short).shape == (1, 128, 723)
    with pytest.raises(AudioTooShort, match="at least"):
        cut_clips(Recording(samples[: 5 * SAMPLE_RATE], "x", "ab" * 32, "WAV", SAMPLE_RATE, 1))


@pytest.mark.parametrize("name", ["", "  ", "a/b", "..", "x" * 41, "!?", "a\\b"])
def test_names_that_cannot_be_used(name: str) -> None:
    with pytest.raises(CollectionError):
        class_name(name)


def test_names_are_tidied_and_genres_found() -> None:
    assert class_name("  Our\n band ") == "Our band"
    assert class_name("Hip-Hop") == "hiphop"


# Gathering


def test_a_zip_file_becomes_classes() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as target:
        for i in range(2):
            target.writestr(f"all/ska/{i}.wav", wav_bytes(tone(i, 12.0)))
        target.writestr("all/ska/again.wav", wav_bytes(tone(0, 12.0)))
        target.writestr("all/rock/x.mp3", b"dear diary " * 100)
        target.writestr("all/rock/read me.txt", b"hello")
    with Archive(file.getvalue()) as archive:
        found = add_source(Collection("Mine"), archive)
    assert found.collection.classes == ("ska",)
    assert found.added == 2
    why = {one.name: one.reason for one in found.skipped}
    assert "already" in why["all/ska/again.wav"]
    assert "text" in why["all/rock/x.mp3"]
    assert "not a kind of music" in why["all/rock/read me.txt"]


def test_too_few_songs_are_explained() -> None:
    collection, again = Collection("Mine").with_songs([song(1), song(2), song(2)])
    assert len(again) == 1
    assert "add 2 more" in collection.problems[0]
    assert not collection.ready.songs
    with pytest.raises(CollectionError, match="2 songs"):
        check(collection)
    with pytest.raises(CollectionError, match="no class yet"):
        check(Collection("Mine"))
    rock, _ = Collection("Mine").with_songs(song(i, "rock") for i in range(4))
    with pytest.raises(CollectionError, match="knows Rock already"):
        check(rock, taken=("rock",))


# Keeping


def test_a_collection_comes_back_as_it_was(tmp_path: Path) -> None:
    collection, _ = Collection("Höhere Töne").with_songs(song(i, clips=2) for i in range(5))
    store.save(collection, tmp_path)
    assert store.names(tmp_path) == ("Höhere Töne",)
    again = store.load("Höhere Töne", tmp_path)
    assert store.to_bytes(again) == store.to_bytes(collection)
    assert [one.part for one in again.songs] == [one.part for one in collection.songs]
    store.delete("Höhere Töne", tmp_path)
    assert store.names(tmp_path) == ()
    with pytest.raises(CollectionError, match="no collection"):
        store.load("Höhere Töne", tmp_path)


def changed(data: bytes, **changes: object) -> bytes:
    """Write an exported collection again with other claims."""
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        about, cells = json.loads(old.read("collection.json")), old.read("cells.bin")
    about |= {key: value for key, value in changes.items() if key != "row"}
    about["songs"][0] |= changes.get("row", {})
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as target:
        target.writestr("collection.json", json.dumps(about))
        target.writestr("cells.bin", cells)
    return file.getvalue()


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 99},
        {"sha256": "0" * 64},
        {"name": "../../etc"},
        {"name": 3},
        {"songs": [{}]},
        {"row": {"genre": "../x"}},
        {"row": {"part": "everything"}},
        {"row": {"clips": 10**12}},
        {"row": {"clips": -1}},
        {"row": {"duration_s": 1e300}},
        {"row": {"sha256": "/etc/passwd"}},
    ],
)
def test_what_a_file_claims_is_checked(changes: dict[str, object]) -> None:
    collection, _ = Collection("Mine").with_songs([song(1), song(2)])
    data = store.to_bytes(collection)
    assert len(store.from_bytes(changed(data)).songs) == 2
    with pytest.raises(CollectionError):
        store.from_bytes(changed(data, **changes))


def test_other_files_are_no_collections() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as target:
        target.writestr("collection.json", "[]")
        target.writestr("cells.bin", "x")
    for data in (b"", b"x" * 100, wav_bytes(tone(1, 2.0)), file.getvalue()):
        with pytest.raises(CollectionError, match="not an exported collection"):
            store.from_bytes(data)


# Training


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def test_a_genre_is_added_and_the_others_stay(
    band: Collection, bundled: gtzan.Subset, cache: Path, tmp_path: Path
) -> None:
    model = zoo.load("statistics")
    shares: list[float] = []
    outcome = extend(band, model, bundled, cache=cache, progress=shares.append)
    assert shares == sorted(shares)
    assert outcome.genres == (*model.genres, BAND)
    table = {row.title: row for row in rows(outcome)}
    known = table["All genres it knew"]
    assert known.before is not None
    assert known.before.value - known.after.value <= 0.03
    assert table[BAND].before is None
    assert table[BAND].after.value == 1.0
    assert "kept back" in message(outcome)

    card = write(outcome, band, bundled, title="Our model", folder=tmp_path)
    loaded = zoo.load("our-model", tmp_path)
    assert loaded.genres == outcome.genres
    assert card["collection"]["new"] == [BAND]
    mel = LogMel.from_bytes(band.songs[0].cells[0])
    was, now = model.outputs(mel).logits, loaded.outputs(mel).logits
    assert now[:, :10] == pytest.approx(was, abs=1e-4)
    fresh = LogMel.from_bytes(
        add_files(Collection("x"), "x", [("n", lambda: wav_bytes(tone(99)))])
        .collection.songs[0]
        .cells[0]
    )
    reading = from_outputs("new.wav", 30.0, loaded, loaded.outputs(fresh), fresh)
    assert reading.top == BAND
    assert reading.certainty != "outside"
    # A few songs do not tell how the bands of their genre go together.
    assert model.familiarity.together is not None
    assert loaded.familiarity.together is None
    assert "together" not in loaded.card["thresholds"]
    with pytest.raises(ModelError, match="added to already"):
        extend(band.only([BAND]), _renamed(loaded), bundled, cache=cache)


def _renamed(model: zoo.LoadedModel) -> zoo.LoadedModel:
    from dataclasses import replace

    return replace(model, card=model.card | {"genres": [*model.genres[:10], "Another"]})


def test_every_network_of_several_learns_its_own_row(bundled: gtzan.Subset) -> None:
    model = zoo.load("blend")
    kind = architectures.get("blend")
    mel = bundled.log_mel(0)
    view = kind.view(mel.decibels[None, :, :300])
    heads = heads_of(model.network, view)
    said = model.network(view, training=False)
    embedding = np.split(np.asarray(said["embedding"]), len(heads), axis=1)
    mean = np.mean([head(part) for head, part in zip(heads, embedding, strict=True)], axis=0)
    assert mean == pytest.approx(np.asarray(said["logits"]), abs=1e-3)


def test_trees_cannot_be_added_to(band: Collection, bundled: gtzan.Subset, cache: Path) -> None:
    with pytest.raises(ModelError, match="cannot be added"):
        extend(band, zoo.load("boosted-trees"), bundled, cache=cache)


def test_from_scratch_on_two_classes(band: Collection, tmp_path: Path) -> None:
    whole = gtzan.load()
    found = [i for i, track in enumerate(whole.tracks) if track.genre == "classical"][:8]
    quiet = [
        Song(f"{i}", "Orchestra", "train", f"{i:064x}", 30.0, whole.cells[i : i + 1]) for i in found
    ]
    both, _ = band.with_songs(quiet)
    kind = architectures.get("statistics")
    outcome = scratch(both, kind, Recipe(versions=2, epochs=10, batch=16))
    assert outcome.genres == ("Orchestra", BAND)
    (whole_row, *_) = rows(outcome)
    assert whole_row.songs == 4
    assert whole_row.after.value >= 0.75
    write(outcome, both, as_subset(both), title="two", folder=tmp_path)
    assert zoo.load("two", tmp_path).genres == outcome.genres
    with pytest.raises(CollectionError, match="One class alone"):
        scratch(band, kind, kind.recipe)


def test_names_of_shipped_models_are_taken() -> None:
    with pytest.raises(ModelError, match="comes with the project"):
        file_name("Blend")
    with pytest.raises(ModelError, match="needs a name"):
        file_name("../")
    assert file_name("../Our Model!") == "our-model"


def test_a_collection_stands_behind_the_bundled_tracks(
    band: Collection, bundled: gtzan.Subset
) -> None:
    both = beside(bundled, band)
    assert both.genres == (*bundled.genres, BAND)
    assert (both.labels[: len(bundled)] == bundled.labels).all()
    assert (both.labels[len(bundled) :] == 10).all()
