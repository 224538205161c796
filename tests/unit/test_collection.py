"""Classes of one's own: split before cut, kept as features, added without forgetting."""

import errno
import io
import json
import threading
import time
import unicodedata
import zipfile
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from genre_app import architectures, gtzan, isolated, places, zoo
from genre_app.audio import SAMPLE_RATE, Recording, wav_bytes
from genre_app.collection import command, rehearsal, store
from genre_app.collection.archive import Archive
from genre_app.collection.dataset import as_subset, beside, by_song, check
from genre_app.collection.extend import extend
from genre_app.collection.gather import Gathered, add_files, add_source, keep
from genre_app.collection.heads import heads_of
from genre_app.collection.model import file_name, write
from genre_app.collection.rehearsal import Heard, Rehearsal
from genre_app.collection.result import message, rows
from genre_app.collection.scratch import scratch
from genre_app.collection.songs import Song, assign, class_name, cut_clips
from genre_app.collection.store import Collection
from genre_app.errors import AudioTooShort, CollectionError, ModelError
from genre_app.evaluation.intervals import wilson
from genre_app.logmel import LogMel
from genre_app.reading import from_outputs
from genre_app.recipes import Recipe
from genre_app.wording import Noted

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
    nearly = samples[: round(9.97 * SAMPLE_RATE)]
    with pytest.raises(AudioTooShort, match=r"x has 9\.9 seconds; a class needs at least 10"):
        cut_clips(Recording(nearly, "x", "ab" * 32, "WAV", SAMPLE_RATE, 1))


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


def test_what_is_noted_of_a_song_is_said_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolated, "load", partial(isolated.load, max_seconds=11.0))
    given = [(f"{i}.wav", lambda i=i: wav_bytes(tone(i, 10.5 + i))) for i in range(2)]
    found = add_files(Collection("Mine"), BAND, given)
    first = "Only the first 11 seconds were read; the file says that it lasts 12 s."
    assert found.noted == (Noted(f"{BAND}/1.wav", (first,), True),)
    assert keep(found, Collection("Mine"), tmp_path).noted == found.noted
    kept = store.load("Mine", tmp_path).songs
    assert [(one.notes, one.truncated) for one in kept] == [((), False), ((first,), True)]


def test_a_collection_of_before_there_were_notes_is_read() -> None:
    data = store.to_bytes(Collection("Mine", (song(1),)))
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        assert b'"notes"' in file.read("collection.json")
    (one,) = store.from_bytes(changed(data, without=("notes", "truncated"))).songs
    assert (one.notes, one.truncated) == ((), False)


def test_a_name_that_is_taken_gets_a_number(tmp_path: Path) -> None:
    for name in ("Mine", "Mine (2)", "x" * 40):
        store.save(Collection(name, (song(1),)), tmp_path)
    assert store.free_name("Yours", tmp_path) == "Yours"
    assert store.free_name("mine", tmp_path) == "mine (3)"
    assert store.free_name("x" * 40, tmp_path) == class_name("x" * 36 + " (2)")


def test_a_disk_that_cannot_be_written_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(Collection("Mine", (song(1),)), tmp_path)

    def full(_number: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as now:
        now.setattr("genre_app.files.os.fsync", full)
        with pytest.raises(CollectionError, match=r"cannot be written \(no space left"):
            store.save(Collection("Mine", (song(1), song(2))), tmp_path)
    assert len(list(tmp_path.iterdir())) == 1
    assert len(store.load("Mine", tmp_path).songs) == 1
    with pytest.raises(CollectionError, match="cannot be written"):
        store.save(Collection("Mine", (song(1),)), next(tmp_path.iterdir()) / "below")

    def closed(path: Path, missing_ok: bool = False) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "unlink", closed)
    with pytest.raises(CollectionError, match=r"cannot be deleted \(read-only file"):
        store.delete("Mine", tmp_path)


# What happens while songs are read


def gathered(before: Collection, *songs: Song) -> Gathered:
    return Gathered(before.with_songs(songs)[0], len(songs), ())


def test_a_class_that_was_removed_meanwhile_stays_away(tmp_path: Path) -> None:
    before = Collection("Mine", (song(1), song(2, "Ska")))
    store.save(before, tmp_path)
    store.save(before.without("Ska"), tmp_path)
    store.save(Collection("Mine", (song(1), song(3))), tmp_path)
    found = keep(gathered(before, song(3), song(4)), before, tmp_path)
    now = store.load("Mine", tmp_path)
    assert [one.name for one in now.songs] == ["song 1.wav", "song 3.wav", "song 4.wav"]
    assert found.added == 1
    assert [(one.name, one.reason) for one in found.skipped] == [
        ("song 3.wav", f"it is in {BAND} already")
    ]


def test_a_collection_that_was_deleted_meanwhile_stays_away(tmp_path: Path) -> None:
    before = Collection("Mine", (song(1),))
    with pytest.raises(CollectionError, match=r"was deleted or damaged meanwhile.*Add them again"):
        keep(gathered(before, song(2)), before, tmp_path)
    assert store.names(tmp_path) == ()


def test_a_new_collection_is_begun_or_joined(tmp_path: Path) -> None:
    before = Collection("Mine")
    for number in (1, 2):
        assert keep(gathered(before, song(number)), before, tmp_path).added == 1
    assert len(store.load("Mine", tmp_path).songs) == 2


def test_two_tabs_lose_no_songs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Collection("Mine", (song(0),))
    store.save(before, tmp_path)
    pack = store.to_bytes

    def slow(collection: Collection) -> bytes:
        time.sleep(0.05)
        return pack(collection)

    monkeypatch.setattr(store, "to_bytes", slow)
    tabs = [
        threading.Thread(target=keep, args=(gathered(before, song(number)), before, tmp_path))
        for number in (1, 2, 3)
    ]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert len(store.load("Mine", tmp_path).songs) == 4


# The command line


def test_the_command_replaces_no_collection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(places.VARIABLE, str(tmp_path))
    folder = tmp_path / "collections"
    store.save(Collection("mine", (song(1),)), folder)
    of: list[str] = []

    def write(outcome: object, collection: Collection, *rest: object, **more: object) -> object:
        of.append(collection.name)
        return {"name": "mine"}

    note = Noted("Ska/long.mp3", ("Only the first 15 minutes were read.",), True)
    made = Gathered(Collection("Mine", (song(2), song(3))), 2, (), (note,))
    monkeypatch.setattr(command, "gather", lambda place, name: made)
    monkeypatch.setattr(command, "_train", lambda *rest: None)
    monkeypatch.setattr(command, "message", lambda outcome: "Learnt.")
    monkeypatch.setattr(command, "rows", lambda outcome: ())
    monkeypatch.setattr(command, "write", write)
    told: list[str] = []
    command.train_own(tmp_path, name="Mine", tell=told.append)
    assert len(store.load("mine", folder).songs) == 1
    assert len(store.load("Mine (2)", folder).songs) == 2
    assert of == ["Mine (2)"]
    assert "There is a collection 'Mine' already: this one is 'Mine (2)'." in told
    assert f"    {note.name}: {note.notes[0]}" in told


@pytest.mark.parametrize("name", ["x" * 41, "a/b"])
def test_the_command_takes_no_name_that_cannot_be_loaded(tmp_path: Path, name: str) -> None:
    (tmp_path / "ska").mkdir()
    with pytest.raises(CollectionError, match="name of a collection"):
        command.train_own(tmp_path, name=name)


def changed(data: bytes, **changes: Any) -> bytes:  # noqa: ANN401
    """Write an exported collection again with other claims."""
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        about, cells = json.loads(old.read("collection.json")), old.read("cells.bin")
    about |= {key: value for key, value in changes.items() if key not in ("row", "without")}
    about["songs"][0] |= changes.get("row", {})
    for key in changes.get("without", ()):
        del about["songs"][0][key]
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
        {"row": {"notes": "all of it"}},
        {"row": {"notes": ["x"] * 9}},
        {"row": {"notes": [7]}},
        {"row": {"truncated": "yes"}},
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


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Rehearsal]:
    """Give what is computed, in place of the minutes that it takes."""
    made: list[Rehearsal] = []

    def compute(*_: object) -> Rehearsal:
        whole = np.arange(400)
        some = Heard(np.random.default_rng(len(made)).normal(size=(400, 1, 9)), whole)
        made.append(Rehearsal(whole, whole, some, some, np.zeros((400, 4)), whole, whole / 400))
        return made[-1]

    monkeypatch.setattr(rehearsal, "_rehearse", compute)
    return made


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "name"])
def test_a_damaged_rehearsal_is_made_again(
    heard: list[Rehearsal], bundled: gtzan.Subset, tmp_path: Path, damage: str
) -> None:
    model = zoo.load("statistics")
    for _ in range(2):
        rehearsal.rehearse(model, bundled, tmp_path)
    assert len(heard) == 1
    (path,) = tmp_path.iterdir()
    content = path.read_bytes()
    spoilt = bytearray(content)
    spoilt[2_000] ^= 255
    path.write_bytes(
        {
            "cut": content[: len(content) // 2],
            "flipped": bytes(spoilt),
            "empty": b"",
            "name": content.replace(b"served.npy", b"served.npx"),
        }[damage]
    )
    assert rehearsal.rehearse(model, bundled, tmp_path) is heard[1]
    assert path.read_bytes() != b""
    rehearsal.rehearse(model, bundled, tmp_path)
    assert len(heard) == 2


def test_a_rehearsal_that_cannot_be_kept_is_not_lost(
    heard: list[Rehearsal],
    bundled: gtzan.Subset,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (tmp_path / "file").touch()
    found = rehearsal.rehearse(zoo.load("statistics"), bundled, tmp_path / "file" / "cache")
    assert found is heard[0]
    assert "is not kept" in caplog.text


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
    # The bundled tracks are by fewer artists, who are drawn.
    assert outcome.test.artists is not None
    assert len(set(outcome.test.artists)) < len(outcome.test.artists)
    counted = wilson(round(known.before.value * known.songs), known.songs)
    assert (known.before.low, known.before.high) != counted
    assert table[BAND].before is None
    assert table[BAND].after.value == 1.0
    assert "kept back" in message(outcome)

    card = write(outcome, band, bundled, title="Our model", folder=tmp_path)
    assert card["protocols"]["artist"]["artists"] == len(set(outcome.test.artists))
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


def test_from_scratch_on_two_classes(
    band: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "model.npz").write_bytes(b"of an older one")
    write(outcome, both, as_subset(both), title="two", folder=tmp_path)
    assert zoo.load("two", tmp_path).genres == outcome.genres
    files = {path.name for path in (tmp_path / "two").iterdir()}
    assert files == {"card.json", "model.keras", "familiarity.npz", "evaluation.npz"}

    def full(path: Path, content: bytes) -> None:
        if path.name == "card.json":
            raise OSError(errno.ENOSPC, "No space left on device")
        path.write_bytes(content)

    monkeypatch.setattr("genre_app.collection.model.write_whole", full)
    with pytest.raises(ModelError, match=r"'two' cannot be written \(no space left on device\)"):
        write(outcome, both, as_subset(both), title="Two", folder=tmp_path)
    assert zoo.card("two", tmp_path)["title"] == "two"
    assert zoo.has_weights("two", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["two"]
    with pytest.raises(CollectionError, match="One class alone"):
        scratch(band, kind, kind.recipe)


def test_names_of_shipped_models_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(places.VARIABLE, str(tmp_path))
    (tmp_path / "models" / "our-model").mkdir(parents=True)
    (tmp_path / "models" / "our-model" / "card.json").write_text("{}")
    assert "our-model" in zoo.names()
    with pytest.raises(ModelError, match="comes with the project"):
        file_name("Blend", tmp_path / "models")
    with pytest.raises(ModelError, match="needs a name"):
        file_name("../", tmp_path / "models")
    assert file_name("../Our Model!", tmp_path / "models") == "our-model"
    trained = {"name": "our-model", "title": "Our model", "genres": ["blues", "jazz"]}
    card = tmp_path / "models" / "our-model" / "card.json"
    card.write_text(json.dumps(trained))
    with pytest.raises(ModelError, match="There is a model 'our-model' already"):
        file_name("Our model", tmp_path / "models")
    card.write_text(json.dumps(trained | {"collection": {"name": "Mine"}}))
    assert file_name("Our model", tmp_path / "models") == "our-model"
    with pytest.raises(ModelError, match="There is a model 'our-model' already"):
        file_name("Our model?", tmp_path / "models")  # It is another one: it stays.
    card.write_text(json.dumps(trained | {"title": "School band"}))
    for title in ("statistics network", "School  BAND"):  # Of the project, and of the user.
        with pytest.raises(ModelError, match=f"called '{' '.join(title.split())}' already"):
            file_name(title, tmp_path / "models")
    # Called otherwise by its maker, it is still the one that a further training replaces.
    card.write_text(json.dumps(trained | {"title": "School band", "collection": {"name": "Mine"}}))
    assert file_name("School band", tmp_path / "models") == "our-model"


@pytest.mark.parametrize("title", ["吹奏楽部", "Наш хор", "Ωδείο", "Café", "バンド 2", "हमारा बैंड"])
def test_letters_of_any_script_make_the_name_of_a_model(title: str, tmp_path: Path) -> None:
    name = file_name(title, tmp_path)
    assert zoo.NAME.fullmatch(name)
    assert file_name(f" {unicodedata.normalize('NFD', title.upper())}", tmp_path) == name
    assert file_name(f"{title} и", tmp_path) != name
    assert len(file_name(f"{title} {'long ' * 12}", tmp_path)) <= 40


def test_a_name_without_a_letter_is_none(tmp_path: Path) -> None:
    assert file_name("Straße 7", tmp_path) == "strasse-7"
    for title in ("", "  ", "🎸 !"):
        with pytest.raises(ModelError, match="needs a name"):
            file_name(title, tmp_path)


def test_a_collection_stands_behind_the_bundled_tracks(
    band: Collection, bundled: gtzan.Subset
) -> None:
    both = beside(bundled, band)
    assert both.genres == (*bundled.genres, BAND)
    assert (both.labels[: len(bundled)] == bundled.labels).all()
    assert (both.labels[len(bundled) :] == 10).all()
