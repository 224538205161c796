"""Songs taken apart, mixed, and put beside their neighbours."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from genre_app import audio, cli, components, crossfade, examples, gtzan, neighbours, zoo
from genre_app.errors import ModelError, SilentAudio
from genre_app.figures.crossfade import sweep_figure, sweep_table

RATE = audio.SAMPLE_RATE


@pytest.fixture(scope="module")
def song() -> components.Spectra:
    time = np.arange(3 * RATE) / RATE
    tone = 0.3 * np.sin(2 * np.pi * 80 * time) + 0.2 * np.sin(2 * np.pi * 3000 * time)
    tone[:: RATE // 4] += 0.9
    return components.separate(tone.astype(np.float32))


def test_all_gains_at_zero_give_the_song_back(song: components.Spectra) -> None:
    assert np.array_equal(
        components.apply(song, dict.fromkeys(components.PARTS, 0.0)), song.samples
    )
    # Not only because nothing is done then: what does nearly nothing is near it.
    near = components.apply(song, dict.fromkeys(components.PARTS, -1e-6))
    assert np.abs(near - song.samples).max() < 1e-4


def test_a_range_that_is_away_is_away(song: components.Spectra) -> None:
    def level(samples: np.ndarray, hertz: int) -> float:
        return float(np.abs(np.fft.rfft(samples))[hertz * 3])

    without = components.apply(song, {"bass": -np.inf})
    assert level(without, 80) < 0.01 * level(song.samples, 80)
    assert level(without, 3000) == pytest.approx(level(song.samples, 3000), rel=0.01)
    louder = components.apply(song, {"high": 6.0})
    assert level(louder, 3000) == pytest.approx(10**0.3 * level(song.samples, 3000), rel=0.01)


def test_drums_are_clicks_and_harmony_is_tones(song: components.Spectra) -> None:
    drums = components.apply(song, {"harmony": -40})
    harmony = components.apply(song, {"drums": -np.inf})
    assert np.abs(drums).max() > 9 * np.abs(drums).mean()
    assert np.abs(harmony - song.samples).mean() < np.abs(drums - song.samples).mean()
    assert not components.apply(song, {"harmony": -np.inf, "drums": -np.inf}).any()


@pytest.mark.parametrize("gains", [{"vocals": 0.0}, {"bass": 7.0}, {"bass": float("nan")}])
def test_impossible_gains_are_refused(song: components.Spectra, gains: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"gains go up|no part"):
        components.apply(song, gains)


def test_leaving_out_names_every_part_and_the_first_falls_most(song: components.Spectra) -> None:
    model = zoo.load("statistics")
    told: list[float] = []
    blend = components.shares(song.samples, model)
    assert blend is not None
    genre = model.genres[int(blend.argmax())]
    found = components.leave_out(song, model, genre, progress=told.append)
    assert {left.part for left in found} == set(components.PARTS)
    assert found[0].fall == max(left.fall for left in found)
    assert told[-1] == 1
    assert components.sentence(found, "Rock")
    assert components.shares(np.zeros(RATE, np.float32), model) is None


def test_a_part_that_hides_a_genre_is_told_from_one_that_carries_it() -> None:
    risen = (components.Left("drums", 0.5, 0.005), components.Left("bass", 0.95, -0.45))
    said = components.sentence(risen, "Rock")
    assert said == "No single part carries Rock: whichever one is away, it does not fall."
    gone = components.sentence((components.Left("drums", 0.001, 0.7),), "Rock")
    assert "Rock falls most without drums and attacks: from 70 % to <1 %." in gone


# Neighbours


@pytest.fixture(scope="module")
def subset() -> gtzan.Subset:
    full = gtzan.load()
    return gtzan.Subset(full.tracks[:140:7], full.cells[:140:7])


def test_a_track_is_its_own_nearest_neighbour(subset: gtzan.Subset, tmp_path: Path) -> None:
    model = zoo.load("statistics")
    atlas = neighbours.build(subset, model)
    (tmp_path / "statistics").mkdir()
    card = (zoo.FOLDER / "statistics" / "card.json").read_bytes()
    (tmp_path / "statistics" / "card.json").write_bytes(card)
    atlas.save(tmp_path / "statistics" / neighbours.FILE)
    stored = neighbours.load("statistics", tmp_path)
    for position in (0, 11):
        found = neighbours.nearest(subset.log_mel(position), model, subset, stored)
        assert found[0].position == position
        assert found[0].distance < 1e-3
        assert [near.distance for near in found] == sorted(near.distance for near in found)
        assert found[1].distance > 0.01


def test_places_of_other_weights_are_refused(subset: gtzan.Subset, tmp_path: Path) -> None:
    folder = tmp_path / "statistics"
    folder.mkdir()
    card = json.loads((zoo.FOLDER / "statistics" / "card.json").read_text("utf-8"))
    (folder / "card.json").write_text(json.dumps(card))
    with pytest.raises(ModelError, match="--build --model statistics"):
        neighbours.load("statistics", tmp_path)
    atlas = neighbours.build(subset, zoo.load("statistics"))
    atlas.save(folder / neighbours.FILE)
    (folder / "card.json").write_text(json.dumps(card | {"sha256": "other"}))
    with pytest.raises(ModelError, match="of other weights"):
        neighbours.load("statistics", tmp_path)
    whole = (folder / neighbours.FILE).read_bytes()
    for damaged in (b"", b"PK", whole[: len(whole) // 2]):
        (folder / neighbours.FILE).write_bytes(damaged)
        (folder / "card.json").write_text(json.dumps(card | {"sha256": f"of {len(damaged)}"}))
        with pytest.raises(ModelError, match="damaged"):
            neighbours.load("statistics", tmp_path)


def test_the_default_models_places_are_shipped_and_are_its_own() -> None:
    path = zoo.FOLDER / zoo.DEFAULT / neighbours.FILE
    assert path.stat().st_size < 2_000_000
    atlas, full, model = neighbours.load(), gtzan.load(), zoo.load()
    assert atlas.names == tuple(track.name for track in full.tracks)
    found = neighbours.nearest(full.log_mel(500), model, full, atlas)
    assert found[0].position == 500
    assert found[0].distance < 1e-3


# Mixes


@pytest.fixture(scope="module")
def two() -> tuple[np.ndarray, np.ndarray]:
    first, second = (
        audio.load(examples.wav(key)).samples for key in ("chamber-quintet", "drop-c-metal")
    )
    return first[: 12 * RATE], second[: 12 * RATE]


def test_a_mix_has_the_powers_that_it_says() -> None:
    time = np.arange(2 * RATE) / RATE
    one, other = (
        (level * np.sin(2 * np.pi * hertz * time)).astype(np.float32)
        for level, hertz in ((0.9, 400), (0.01, 1000))
    )
    mixed = crossfade.mix(one, other, 0.25)
    power = np.abs(np.fft.rfft(mixed)) ** 2
    assert power[800] / (power[800] + power[2000]) == pytest.approx(0.25, abs=1e-3)
    assert np.abs(mixed).max() == pytest.approx(0.98, abs=1e-3)
    with pytest.raises(SilentAudio):
        crossfade.mix(one, 0 * other, 0.5)


def test_a_sweep_goes_from_one_song_to_the_other(two: tuple[np.ndarray, np.ndarray]) -> None:
    model = zoo.load("statistics")
    told: list[float] = []
    found = crossfade.sweep(*two, model, progress=told.append)
    assert len(told) == crossfade.STEPS
    assert found.first != found.second
    assert found.predicted[-1] > found.predicted[0]
    assert found.rank > 0.5
    assert found.error == pytest.approx(np.abs(found.predicted - found.shares).mean())
    assert found.blends.sum(axis=1) == pytest.approx(1)
    rows = found.to_csv().decode().splitlines()
    assert len(rows) == crossfade.STEPS + 1
    assert rows[0].startswith("true share,predicted share,blues")
    assert len(sweep_figure(found, 0.5).data) == 4
    assert len(sweep_table(found)) == 12
    assert "points off on average" in found.message("A", "B")
    # A song against itself: nothing that could be told apart.
    same = replace(found, blends=np.repeat(found.blends[:1], crossfade.STEPS, axis=0))
    assert "sound alike" in same.message("A", "B")
    # The right order at the wrong places is not the right share.
    late = replace(found, predicted=found.shares**0.05)
    assert late.rank > 0.9
    assert "by the wrong amounts" in late.message("A", "B")


def test_explain_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], two: tuple[np.ndarray, np.ndarray]
) -> None:
    path = tmp_path / "song.wav"
    path.write_bytes(audio.wav_bytes(two[1]))
    command = ["explain", str(path), "--model", "statistics", "--json"]
    assert cli.main([*command, "--genre", "metal", "--out", str(tmp_path / "out")]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["genre"] == "metal"
    assert found["check"]["whole"] == pytest.approx(found["blend"]["metal"])
    assert {file.name for file in (tmp_path / "out").iterdir()} == {
        "explanation.json",
        "only.wav",
        "rest.wav",
    }
    assert audio.load(tmp_path / "out" / "rest.wav").duration_s == pytest.approx(12, abs=0.01)
    assert cli.main([*command, "--genre", "polka"]) == 1
    assert "does not know 'polka'" in capsys.readouterr().err
    assert cli.main(["neighbours"]) == 2
