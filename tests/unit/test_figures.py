"""Figures, sentences and tables: true to their numbers, and light enough for a phone."""

import base64
import json
import re
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from genre_app.audio import SAMPLE_RATE, Recording
from genre_app.figures import blend, pooling, static, tables, theme, words
from genre_app.figures import panels as figures
from genre_app.genres import COLOURS, GENRES
from genre_app.logmel import FRAME_RATE
from genre_app.panels import (
    PANELS,
    PITCH_CLASSES,
    TONNETZ_AXES,
    Panel,
    Sound,
    compute,
    mel_band_edges,
)


def panel_of(samples: NDArray[np.floating], key: str) -> Panel:
    recording = Recording(samples.astype(np.float32), "test", "0", "WAV", SAMPLE_RATE, 1)
    return compute(Sound(recording), key)


def sine(hertz: float, seconds: float = 4.0, level: float = 0.5) -> NDArray[np.float64]:
    return level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE)


def made_up(key: str, seconds: float) -> Panel:
    """Make a panel of noise: no number is short, so its payload is the worst case."""
    rng = np.random.default_rng(3)
    rate = SAMPLE_RATE if key == "waveform" else FRAME_RATE
    rows: tuple[str, ...] = {
        "waveform": ("Amplitude",),
        "mel": tuple(f"{hertz:.0f} Hz" for hertz in mel_band_edges()[1:-1]),
        "mfcc": tuple(str(number) for number in range(20)),
        "chroma": PITCH_CLASSES,
        "tonnetz": TONNETZ_AXES,
    }[key]
    values = rng.random((len(rows), int(seconds * rate) + 1), np.float32)
    low, high = {"waveform": (-1, 1), "mel": (-80, 0), "mfcc": (-200, 200)}.get(key, (0, 1))
    return Panel(key, low + (high - low) * values, 0.0, 1 / rate, seconds, rows, "")


def ribbon_of(windows: int, seconds: float) -> tuple[Any, Any, Any, float]:
    shares = np.random.default_rng(4).dirichlet(np.ones(10), windows)
    starts = np.linspace(0, max(0.0, seconds - 3), windows)
    return starts, np.minimum(starts + 3, seconds), shares, seconds


def decoded(array: dict[str, Any]) -> NDArray[Any]:
    """Read a typed array as the browser does."""
    values = np.frombuffer(base64.b64decode(array["bdata"]), array["dtype"])
    return values.reshape([int(size) for size in str(array.get("shape", "-1")).split(",")])


BLEND = np.array([0.05, 0.0, 0.02, 0.03, 0.20, 0.0, 0.0, 0.05, 0.45, 0.20])
LOW, HIGH = np.maximum(0, BLEND - 0.07), np.minimum(1, BLEND + 0.07)


# --- Pooling ---------------------------------------------------------------------------


@settings(deadline=None, max_examples=40)
@given(frames=st.integers(1, 5000), columns=st.integers(1, 300), seed=st.integers(0, 99))
def test_an_envelope_keeps_every_extreme(frames: int, columns: int, seed: int) -> None:
    samples = np.random.default_rng(seed).normal(size=(1, frames)).astype(np.float32)
    panel = Panel("waveform", samples, 0.0, 0.1, frames / 10, ("Amplitude",), "")
    values, start, step = pooling.envelope(panel, columns=columns)
    assert values.shape[1] <= columns
    assert values[0].min() == samples.min()
    assert values[1].max() == samples.max()
    size = pooling.group_size(frames, columns)
    for column in (0, values.shape[1] - 1):
        group = samples[0, column * size : (column + 1) * size]
        assert (values[0, column], values[1, column]) == (group.min(), group.max())
    assert start == pytest.approx((size - 1) / 2 * 0.1)
    assert step == pytest.approx(size * 0.1)


def test_a_click_survives_thinning_but_not_a_mean() -> None:
    values = np.zeros((2, 10_000), np.float32)
    values[1, 7_777] = 1
    size = pooling.group_size(10_000, 1000)
    assert pooling.pool(values, size, how="max")[1, 777] == 1
    assert pooling.pool(values, size, how="mean")[1, 777] == pytest.approx(0.1)


# --- Panels in Plotly ------------------------------------------------------------------


def test_a_page_of_a_ten_minute_song_is_light() -> None:
    drawn = [figures.panel_figure(made_up(key, 600.0)) for key in PANELS]
    drawn += [blend.blend_ribbon(*ribbon_of(400, 600.0)), blend.blend_bars(BLEND, LOW, HIGH)]
    assert sum(len(figure.to_json()) for figure in drawn) < 1_200_000


@pytest.mark.parametrize("seconds", [1.0, 30.0, 900.0])
@pytest.mark.parametrize("key", PANELS)
def test_panels_of_any_length_line_up(key: str, seconds: float) -> None:
    figure = figures.panel_figure(made_up(key, seconds))
    other = blend.blend_ribbon(*ribbon_of(5, seconds))
    assert tuple(figure.layout.xaxis.range) == tuple(other.layout.xaxis.range) == (0, seconds)
    assert (figure.layout.margin.l, figure.layout.margin.r) == (
        other.layout.margin.l,
        other.layout.margin.r,
    )
    assert figure.layout.yaxis.automargin is False
    assert figure.layout.paper_bgcolor == "rgba(0,0,0,0)"
    assert figure.layout.title.text is None
    trace = json.loads(figure.to_json())["data"][-1]
    columns = decoded(trace["y"] if key == "waveform" else trace["z"]).shape[-1]
    assert columns <= 1000
    # The last column ends with the song, or within one column of it.
    assert abs(trace["x0"] + (columns - 0.5) * trace["dx"] - seconds) <= trace["dx"]


@pytest.mark.parametrize(("key", "kind"), [("mel", "i1"), ("chroma", "u1"), ("tonnetz", "f4")])
def test_cells_are_small_and_are_the_real_values(key: str, kind: str) -> None:
    panel = made_up(key, 5.0)
    cells = json.loads(figures.panel_figure(panel).to_json())["data"][0]["z"]
    assert cells["dtype"] == kind
    scale = 100 if key == "chroma" else 1
    np.testing.assert_allclose(decoded(cells), panel.values * scale, atol=0.5)


def test_mfcc_colours_are_relative_but_its_hover_is_the_coefficient() -> None:
    panel = made_up("mfcc", 5.0)
    trace = json.loads(figures.panel_figure(panel).to_json())["data"][0]
    np.testing.assert_allclose(decoded(trace["customdata"]), panel.values, atol=0.5)
    np.testing.assert_allclose(decoded(trace["z"]).mean(axis=1), 0, atol=0.01)
    assert "%{customdata}" in trace["hovertemplate"]
    assert (trace["zmin"], trace["zmax"]) == (-3, 3)


def test_a_row_that_never_changes_has_no_colour() -> None:
    steady = np.full((2, 50), 123.4567, np.float32)
    np.testing.assert_array_equal(figures.standardised(steady), 0)


def test_mel_ticks_stand_at_their_frequencies() -> None:
    panel = made_up("mel", 2.0)
    rows, names = figures.row_labels(panel)
    assert names == ["64", "", "256", "512", "1k", "2k", "4k", "8k"]
    centres = mel_band_edges()[1:-1]
    np.testing.assert_allclose(np.interp(rows, np.arange(128), centres), figures.MEL_TICKS_HZ, 5e-3)
    figure = figures.panel_figure(panel)
    assert figure.layout.yaxis.type == "category"
    assert figure.data[0].y[0] == "26 Hz"  # What the hover says of row 0.
    # No label upon another: 12 pixels each at least.
    height = figure.layout.height - figure.layout.margin.t - figure.layout.margin.b
    labelled = [row for row, name in zip(rows, names, strict=True) if name]
    assert min(np.diff(labelled)) * height / 128 > 12


def test_rows_of_chroma_and_tonnetz_are_named() -> None:
    assert figures.row_labels(made_up("chroma", 1.0))[1] == list(PITCH_CLASSES)
    assert figures.row_labels(made_up("tonnetz", 1.0))[1][:3] == [
        "Fifths x",
        "Fifths y",
        "Minor 3rd x",
    ]


@pytest.mark.parametrize("key", ["mel", "mfcc", "chroma", "tonnetz"])
def test_no_colour_is_one_of_streamlits_placeholders(key: str) -> None:
    text = figures.panel_figure(made_up(key, 1.0)).data[0].to_plotly_json()["colorscale"]
    assert all(re.fullmatch(r"rgb\(\d+, \d+, \d+\)", colour) for _, colour in text)


def test_diverging_maps_have_zero_in_the_middle() -> None:
    for key in ("mfcc", "tonnetz"):
        low, high = figures.colour_range(made_up(key, 2.0))
        assert low == -high


def test_without_zoom_a_finger_scrolls() -> None:
    figure = figures.panel_figure(made_up("mel", 1.0), zoom=False)
    assert figure.layout.dragmode is False
    assert figure.layout.xaxis.fixedrange
    assert figures.panel_figure(made_up("mel", 1.0)).layout.dragmode == "zoom"


# --- Time axes -------------------------------------------------------------------------


@given(seconds=st.floats(0.5, 7200.0))
def test_time_ticks_are_few_round_and_inside(seconds: float) -> None:
    values, texts = theme.time_ticks(seconds)
    assert 1 <= len(values) == len(texts) == len(set(texts)) <= 7
    assert values[0] == 0
    assert values[-1] <= seconds + 1e-6


@pytest.mark.parametrize(
    ("seconds", "first"),
    [(1.0, "0.2 s"), (30.0, "5 s"), (75.0, "0:15"), (180.0, "0:30"), (900.0, "3:00")],
)
def test_time_ticks_read_as_people_count(seconds: float, first: str) -> None:
    assert theme.time_ticks(seconds)[1][1] == first


def test_a_long_songs_hover_reads_minutes_and_seconds() -> None:
    axis = theme.time_axis(185.4)
    assert axis["labelalias"]["72"] == "1:12"
    assert axis["labelalias"]["185"] == "3:05"
    assert axis["hoverformat"] == ".0f"


# --- Blend -----------------------------------------------------------------------------


def test_bars_are_sorted_coloured_and_never_under_their_value() -> None:
    figure = blend.blend_bars(BLEND, LOW, HIGH)
    bars, _, whiskers, values = figure.data
    assert list(bars.y[:3]) == ["Reggae", "Hip-hop", "Rock"]
    assert bars.marker.color[0] == COLOURS["reggae"]
    np.testing.assert_allclose(bars.x[0], 45)
    assert values.text[0].strip() == "45 %"
    ends = np.asarray(whiskers.x) + np.asarray(whiskers.error_x.array)
    assert (np.asarray(values.x) >= ends).all()
    assert values.textposition == "middle right"
    # On a phone of 360 pixels the longest value fits between its place and the edge.
    plot = 360 - figure.layout.margin.l - figure.layout.margin.r
    free = (figure.layout.xaxis.range[1] - max(values.x)) / figure.layout.xaxis.range[1] * plot
    assert free > 40
    assert "38 % to 52 %" in bars.customdata[0]


def test_bars_in_the_order_of_the_genres() -> None:
    figure = blend.blend_bars(BLEND, LOW, HIGH, top_first=False)
    assert list(figure.data[0].y)[:2] == ["Blues", "Classical"]


@given(
    shares=st.lists(st.floats(0.001, 1.0), min_size=10, max_size=10),
    width=st.floats(0.0, 0.5),
)
@settings(deadline=None, max_examples=20)
def test_bars_hold_for_any_blend(shares: list[float], width: float) -> None:
    p = np.array(shares) / sum(shares)
    # Ends a little on the wrong side, as percentiles of few draws can be.
    figure = blend.blend_bars(p, np.maximum(0, p - width) + 1e-9, np.minimum(1, p + width) - 1e-9)
    whiskers = figure.data[2].error_x
    assert min(whiskers.array) >= 0
    assert min(whiskers.arrayminus) >= 0
    assert (np.diff(figure.data[0].x) <= 0).all()
    assert re.fullmatch(r"[A-Z][a-z-]+ most likely, .*%.*\.", words.blend_message(p, p, p))


def test_bars_and_ribbons_refuse_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match="expected 10 values"):
        blend.blend_bars(BLEND[:9], LOW, HIGH)
    with pytest.raises(ValueError, match=r"expected \(2, 10\) shares"):
        blend.blend_ribbon([0, 3], [3, 6], BLEND[None], 6.0)
    with pytest.raises(ValueError, match="a start and an end each"):
        blend.blend_ribbon([], [], np.zeros((0, 10)), 6.0)


@pytest.mark.parametrize(("windows", "seconds"), [(1, 3.0), (2, 5.0), (400, 900.0)])
def test_a_ribbon_is_full_from_start_to_end(windows: int, seconds: float) -> None:
    starts, ends, shares, _ = ribbon_of(windows, seconds)
    figure = blend.blend_ribbon(starts, ends, shares, seconds)
    areas = figure.data[:10]
    np.testing.assert_allclose(sum(np.asarray(area.y, float) for area in areas), 100, atol=0.6)
    assert areas[0].x[0] == 0
    assert areas[0].x[-1] == seconds
    assert (np.diff(areas[0].x) >= 0).all()
    assert len(figure.to_json()) < 200_000
    sizes = [np.trapezoid(np.asarray(area.y, float), area.x) for area in areas]
    assert all(np.diff(sizes) < 1.0)  # Biggest first: it lies at the bottom.


def test_a_ribbons_hover_says_when_and_what() -> None:
    figure = blend.blend_ribbon([0, 41], [84, 120], np.stack([BLEND, BLEND]), 120.0)
    assert (
        figure.data[-1].text[1]
        == "0:42 reggae 45 %<br>hip-hop 20 %<br>rock 20 %<br>blues 5 %<br>pop 5 %"
    )
    named = [area.name for area in figure.data[:10] if area.showlegend]
    assert named == ["Reggae", "Hip-hop", "Rock", "Blues", "Pop"]


# --- Sentences -------------------------------------------------------------------------


def test_times_and_numbers_as_people_say_them() -> None:
    assert words.clock(72.4) == "1:12"
    assert words.clock(59.6) == "1:00"
    assert [words.percent(share) for share in (0, 0.004, 0.45, 0.999, 1.0)] == [
        "<1 %",
        "<1 %",
        "45 %",
        ">99 %",
        ">99 %",
    ]
    assert [words.hertz_text(hertz) for hertz in (62.4, 437, 999, 1234, 8000)] == [
        "62 Hz",
        "440 Hz",
        "1 kHz",
        "1.2 kHz",
        "8 kHz",
    ]
    assert words.listed(["A", "E", "C♯"]) == "A, E and C♯"
    assert words.listed(["A"]) == "A"


def test_the_waveforms_loudest_and_quietest_moments() -> None:
    gains = np.full(90, 0.1)
    gains[72], gains[30] = 0.5, 0.01
    samples = np.repeat(gains, SAMPLE_RATE) * sine(440.0, 90.0, 1.0)
    assert words.panel_message(panel_of(samples, "waveform")) == (
        "Loudest around 1:12; quietest around 0:30, 34 dB softer."
    )


def test_a_steady_a_silent_and_a_clipped_waveform() -> None:
    message = words.panel_message(panel_of(sine(440.0), "waveform"))
    assert message == "About equally loud from start to end."
    silent = panel_of(np.zeros(SAMPLE_RATE), "waveform")
    assert words.panel_message(silent) == "Silent from start to end."
    clipped = panel_of(np.clip(sine(440.0, 12.0, 3.0), -1, 1), "waveform")
    assert words.panel_message(clipped).endswith("peaks touch full scale and may be clipped.")


@settings(deadline=None, max_examples=10)
@given(low=st.floats(100, 900), ratio=st.floats(1.5, 6.0))
def test_the_band_that_holds_the_energy(low: float, ratio: float) -> None:
    high = low * ratio
    rng = np.random.default_rng(5)
    spectrum = np.zeros(2 * SAMPLE_RATE + 1, complex)
    hertz = np.fft.rfftfreq(4 * SAMPLE_RATE, 1 / SAMPLE_RATE)
    inside = (hertz >= low) & (hertz <= high)
    spectrum[inside] = np.exp(2j * np.pi * rng.random(inside.sum()))
    samples = np.fft.irfft(spectrum)
    message = words.panel_message(panel_of(0.5 * samples / np.abs(samples).max(), "mel"))
    found = re.search(r"between (\S+)( k?Hz)? and (\S+) (k?Hz).*above (\S+) (k?Hz)", message)
    assert found
    a, own, b, unit, top, top_unit = found.groups()
    factor = {"Hz": 1.0, "kHz": 1000.0}
    first = float(a) * factor[(own or unit).strip()]
    second, third = float(b) * factor[unit], float(top) * factor[top_unit]
    # Flat noise: 80 % of its energy lies in the middle 80 % of the band, give or take a mel band.
    slack = 40 + 0.08 * high
    assert first == pytest.approx(low + 0.1 * (high - low), abs=slack)
    assert second == pytest.approx(low + 0.9 * (high - low), abs=slack)
    assert high - slack < third < high + 2 * slack


def test_darkest_and_brightest() -> None:
    samples = np.concatenate(
        [sine(1000.0, 10), sine(6000.0, 10), sine(100.0, 10), sine(1000.0, 10, 1e-4)]
    )
    message = words.panel_message(panel_of(samples, "mfcc"))
    times = [int(text) for text in re.findall(r"0:(\d\d)", message)]
    assert message.startswith("The sound is brightest around ")
    assert 10 <= times[0] <= 20 <= times[1] <= 30
    steady = words.panel_message(panel_of(sine(440.0, 12.0), "mfcc"))
    assert steady == "The tone colour stays much the same from start to end."


def test_the_strongest_pitch_classes() -> None:
    chord = sine(440.0, level=0.4) + sine(659.3, level=0.34) + sine(554.4, level=0.31)
    message = words.panel_message(panel_of(chord, "chroma"))
    assert message == "The strongest pitch classes are A, E and C♯."
    assert words.panel_message(panel_of(sine(440.0), "chroma")) == "The strongest pitch class is A."
    noise = np.random.default_rng(6).normal(size=4 * SAMPLE_RATE) * 0.1
    assert "equally strong" in words.panel_message(panel_of(noise, "chroma"))


@pytest.mark.parametrize(
    ("notes", "chord"),
    [((261.6, 329.6, 392.0), "C major"), ((440.0, 523.3, 659.3), "A minor")],
)
def test_the_chord_that_the_harmony_lies_nearest_to(notes: tuple[float, ...], chord: str) -> None:
    samples = sum((sine(hertz, 12.0, 0.2) for hertz in notes), np.zeros(12 * SAMPLE_RATE))
    message = words.panel_message(panel_of(samples, "tonnetz"))
    assert message == (
        f"Taken together, the notes lie nearest to a chord of {chord}; the harmony hardly moves."
    )


def test_the_moment_that_the_harmony_moves() -> None:
    samples = np.concatenate([sine(440.0, 20), sine(622.3, 20)])
    message = words.panel_message(panel_of(samples, "tonnetz"))
    moment = re.search(r"moves most around 0:(\d\d)", message)
    assert moment
    assert 19 <= int(moment.group(1)) <= 21


@pytest.mark.parametrize("key", PANELS)
@pytest.mark.parametrize("seconds", [0.02, 0.3, 1.0])
def test_short_and_silent_sounds_get_sentences_and_tables(key: str, seconds: float) -> None:
    for samples in (sine(440.0, seconds), np.zeros(round(seconds * SAMPLE_RATE))):
        panel = panel_of(samples, key)
        assert words.panel_message(panel).endswith(".")
        assert tables.as_table(panel)
        figures.panel_figure(panel).to_json()


def test_blend_messages() -> None:
    assert words.blend_message(BLEND, LOW, HIGH) == (
        "Reggae most likely, 45 % (38 to 52 %); then hip-hop, 20 %."
    )
    certain = np.eye(10)[9]
    assert words.blend_message(BLEND, LOW, HIGH, outside=True) == (
        "If it were one of these: reggae, 45 % (38 to 52 %); then hip-hop, 20 %."
    )
    assert words.blend_message(certain, certain, certain) == "Rock most likely, >99 % (>99 %)."


def lead(*genres: str) -> NDArray[np.float64]:
    shares = np.full((len(genres), 10), 0.05)
    shares[np.arange(len(genres)), [GENRES.index(genre) for genre in genres]] = 0.55
    return shares


def test_ribbon_messages() -> None:
    starts = np.arange(0, 180, 10.0)
    led = lead(*(["rock"] * 7 + ["pop"] * 3 + ["rock"] * 8))
    assert words.ribbon_message(starts, starts + 10, led, 180.0) == (
        "Rock leads most of the time; from 1:10 to 1:40 pop leads."
    )
    assert words.ribbon_message([0], [30], lead("jazz"), 30.0) == "Jazz leads from start to end."
    many = lead("rock", "pop", "jazz", "metal", "rock", "disco")
    assert words.ribbon_message(starts[:6], starts[:6] + 10, many, 60.0) == (
        "Rock leads for 33 % of the time; from 0:10 to 0:20 pop leads, "
        "from 0:20 to 0:30 jazz leads and others lead 2 more times."
    )


def test_what_is_too_quiet_to_be_read_stays_empty_and_is_told() -> None:
    starts, ends = np.array([20.0, 23.0, 60.0]), np.array([32.0, 35.0, 72.0])
    led = lead("rock", "rock", "pop")
    times, shares = blend.ribbon_shares(starts, ends, led, 90.0)
    assert times.tolist() == [0, 20, 20, 26, 29, 35, 35, 60, 60, 66, 72, 72, 90]
    empty = (shares.sum(axis=1) == 0).tolist()
    assert empty == [True, True, *[False] * 4, True, True, *[False] * 3, True, True]
    assert np.array_equal(shares[[2, 5, 8, 10]], led[[0, 1, 2, 2]])
    figure = blend.blend_ribbon(starts, ends, led, 90.0)
    assert figure.data[-1].text[0] == "0:00 too quiet to be read"
    assert words.ribbon_message(starts, ends, led, 90.0) == (
        "Rock leads most of the time; from 1:00 to 1:12 pop leads. 3 stretches, 1:03 in all, are "
        "too quiet to be read."
    )
    assert words.ribbon_message(starts[:2], ends[:2], led[:2], 35.0) == (
        "Rock leads wherever it was read. From 0:00 to 0:20 it is too quiet to be read."
    )


# --- Tables ----------------------------------------------------------------------------


@pytest.mark.parametrize("key", PANELS)
def test_a_table_is_short_named_and_even(key: str) -> None:
    table = tables.as_table(made_up(key, 90.0), rows=50)
    assert len({len(column) for column in table.values()}) == 1
    assert 40 <= len(next(iter(table.values()))) <= 50
    assert next(iter(table)) == "Time (min:s)"
    assert len(table) == {"waveform": 3, "mel": 9, "mfcc": 21, "chroma": 13, "tonnetz": 7}[key]


def test_the_mel_table_puts_a_tone_in_its_group() -> None:
    table = tables.as_table(panel_of(sine(440.0), "mel"))
    assert next(iter(table)) == "Time (s)"
    loudest = max(list(table)[1:], key=lambda name: float(table[name][5]))
    low, high = re.findall(r"\d+", loudest)
    assert int(low) < 440 < int(high)
    assert table[loudest][5] == pytest.approx(0, abs=0.5)


@pytest.mark.parametrize("key", PANELS)
def test_csv_holds_every_frame(key: str) -> None:
    panel = made_up(key, 2.0)
    lines = tables.to_csv(panel).decode().splitlines()
    assert lines[0].startswith("Time (s),")
    values = np.array([[float(cell) for cell in line.split(",")] for line in lines[1:]])
    scale = 100 if key == "chroma" else 1
    np.testing.assert_allclose(values[:, 0], panel.times_s, atol=1e-6)
    np.testing.assert_allclose(values[:, 1:].T, panel.values * scale, atol=0.006)


def test_csv_of_a_long_waveform_keeps_its_extremes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "CSV_FRAMES", 1000)
    panel = made_up("waveform", 1.0)
    lines = tables.to_csv(panel).decode().splitlines()
    assert lines[0] == "Time (s),Lowest (of full scale),Highest (of full scale)"
    assert len(lines) <= 1001
    values = np.array([[float(cell) for cell in line.split(",")] for line in lines[1:]])
    assert values[:, 2].max() == pytest.approx(panel.values.max(), abs=1e-5)


# --- Pictures --------------------------------------------------------------------------


def png_size(data: bytes) -> tuple[int, int]:
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", data[16:24])
    return width, height


@pytest.mark.parametrize("key", PANELS)
def test_a_panel_as_png(key: str) -> None:
    height = {"waveform": 440, "mel": 720, "mfcc": 640, "chroma": 640, "tonnetz": 520}[key]
    picture = static.panel_image(made_up(key, 70.0), title="100 $ of $ales")
    assert png_size(picture) == (1800, height)


def test_blends_as_png() -> None:
    assert png_size(static.bars_image(BLEND, LOW, HIGH)) == (1800, 840)
    assert png_size(static.ribbon_image(*ribbon_of(1, 2.0))) == (1800, 680)
    assert png_size(static.ribbon_image(*ribbon_of(400, 900.0))) == (1800, 680)


def test_pictures_as_svg() -> None:
    from xml.etree import ElementTree

    for data in (
        static.panel_image(made_up("chroma", 1.0), format="svg"),
        static.bars_image(BLEND, LOW, HIGH, format="svg"),
        static.ribbon_image(*ribbon_of(3, 9.0), format="svg"),
    ):
        root = ElementTree.fromstring(data)  # noqa: S314 - written a line above.
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert root.attrib["width"] == "648pt"  # 9 inches.


def test_pictures_leave_pyplot_alone() -> None:
    import subprocess
    import sys

    # Its own interpreter: Streamlit's test runner, in this one, imports pyplot.
    script = (
        "import sys; from genre_app.figures import static; "
        "static.bars_image([0.1] * 10, [0.0] * 10, [0.2] * 10); "
        "sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
