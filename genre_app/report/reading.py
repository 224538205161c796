"""All that is known of one song as one HTML file, and the same as JSON."""

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from importlib import metadata
from typing import Any, Final

import numpy as np

from genre_app import __version__, panels
from genre_app.audio import Recording
from genre_app.disagreement import Disagreement, compare_readings
from genre_app.explain import Explanation
from genre_app.explain.explanation import HOW, WAY
from genre_app.figures import disagreement, static, static_explain
from genre_app.figures.blend import bar_order
from genre_app.figures.compare import compare_message, compare_table
from genre_app.figures.explain import check_table, explain_message, explain_table
from genre_app.figures.names import apart
from genre_app.figures.tables import as_table
from genre_app.figures.words import blend_message, clock, panel_message, percent, ribbon_message
from genre_app.genres import name_of
from genre_app.panels import Sound
from genre_app.reading import ENSEMBLE, Reading
from genre_app.report.document import (
    bullets,
    document,
    facts,
    figure,
    folded,
    paragraph,
    picture,
    table,
    text,
)

__all__ = ["CERTAINTY_WORDS", "reading_json", "reading_report", "versions"]

CERTAINTY_WORDS: Final = {
    "clear": "Clear",
    "mixed": "Mixed",
    "unsure": "Unsure",
    "outside": "Outside what the model knows",
}

_PACKAGES: Final = ("keras", "tensorflow-cpu", "tensorflow", "numpy", "librosa", "soundfile", "av")
_CARD: Final = (
    "architecture",
    "report",
    "parameters",
    "window_s",
    "hop_s",
    "data",
    "temperature",
    "thresholds",
    "versions",
    "sha256",
)


def reading_report(
    sound: Sound,
    readings: Sequence[Reading],
    cards: Mapping[str, Mapping[str, Any]],
    *,
    explanations: Sequence[Explanation] = (),
) -> bytes:
    """Write the report of one song.

    Parameters
    ----------
    sound : Sound
        The song.
    readings : sequence of Reading
        At least one; the first is the one that is told at length.
    cards : mapping of str to mapping
        Of the models that read it, and of those that explained it.
    explanations : sequence of Explanation
        Those that were made of this song.

    Returns
    -------
    bytes
        HTML, UTF-8. It holds its pictures and fetches nothing.
    """
    recording, first = sound.recording, readings[0]
    name = recording.tags.title or recording.name
    body = [
        f"<h1>What is “{text(name)}” made of?</h1>",
        paragraph(_about(recording)),
        *([bullets(recording.notes)] if recording.notes else []),
        f'<p class="said">{text(CERTAINTY_WORDS[first.certainty])}. {text(first.reason)}</p>',
        paragraph(f"Read by {_title(first.model, cards)}."),
        *_blend(first),
        *_models(readings, cards),
        *_explained(explanations, cards),
        *_sound(sound),
        *(piece for card in cards.values() for piece in _card(card)),
        "<h2>Versions</h2>",
        table({"What": list(versions()), "Version": list(versions().values())}),
        paragraph(f"SHA-256 of the song: {recording.sha256}"),
    ]
    return document(f"{name}: its blend of genres", body)


def reading_json(
    recording: Recording,
    readings: Sequence[Reading],
    cards: Mapping[str, Mapping[str, Any]],
    *,
    explanations: Sequence[Explanation] = (),
) -> bytes:
    """Write the same as JSON: song, readings, disagreement, explanations, models, versions."""
    voices = _voices(readings)
    found = {
        "song": {
            "name": recording.name,
            "sha256": recording.sha256,
            "duration_s": round(recording.duration_s, 3),
            "format": recording.format,
            "original_rate": recording.original_rate,
            "tags": asdict(recording.tags),
            "notes": list(recording.notes),
        },
        "readings": [reading.as_dict() for reading in readings],
        "disagreement": compare_readings(voices).as_dict() if len(voices) > 1 else None,
        "explanations": [explanation.as_dict() for explanation in explanations],
        "models": {
            name: {
                key: card[key] for key in ("title", *_CARD, "limits", "protocols") if key in card
            }
            for name, card in cards.items()
        },
        "versions": versions(),
    }
    return json.dumps(found, indent=2, ensure_ascii=False, default=str).encode()


def versions() -> dict[str, str]:
    """Say which versions read the song."""
    found = {"Genre Blend": __version__, "Python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def _about(recording: Recording) -> str:
    tags = recording.tags
    words = [tags.artist, tags.album, recording.name if tags.title else None, recording.format]
    words += [clock(recording.duration_s), f"{recording.original_rate:,} Hz"]
    return " · ".join(word for word in words if word)


def _blend(reading: Reading) -> list[str]:
    parts = (reading.blend, reading.low, reading.high)
    times = (reading.starts_s, reading.ends_s, reading.timeline, reading.duration_s)
    genres = reading.genres
    rows = bar_order(reading.blend)
    columns: dict[str, list[Any]] = {"Genre": [name_of(genres[row]) for row in rows]}
    for name, values in zip(("Share", "90 % from", "90 % to"), parts, strict=True):
        if reading.varies or values is reading.blend:
            columns[name] = [percent(float(values[row])) for row in rows]
    drawn = (
        "The interval comes from drawing the song's windows again and again."
        if reading.varies
        else "It was heard in one piece, so how far a bar moves through the song is not known."
    )
    timeline: dict[str, list[Any]] = {
        "From (s)": reading.starts_s.round(1).tolist(),
        "To (s)": reading.ends_s.round(1).tolist(),
    }
    for place, genre in enumerate(genres):
        timeline[name_of(genre)] = [percent(float(share)) for share in reading.timeline[:, place]]
    return [
        "<h2>The blend</h2>",
        figure(
            partial(static.bars_image, *parts, genres=genres),
            blend_message(*parts, genres=genres, outside=reading.certainty == "outside"),
        ),
        table(columns),
        paragraph(
            "A bar is how sure the calibrated model is of a genre, not a proof of musical "
            f"ancestry. {drawn}"
        ),
        "<h2>Through time</h2>",
        figure(
            partial(static.ribbon_image, *times, genres=genres),
            ribbon_message(*times, genres=genres),
        ),
        folded(timeline),
    ]


def _voices(readings: Sequence[Reading]) -> list[Reading]:
    """Leave out what all models say together."""
    return [reading for reading in readings if reading.model != ENSEMBLE]


def _models(readings: Sequence[Reading], cards: Mapping[str, Mapping[str, Any]]) -> list[str]:
    voices = _voices(readings)
    if len(voices) < 2:
        return []
    titles = apart([_title(reading.model, cards) for reading in voices])
    found: Disagreement = compare_readings(voices)
    places = {genre: place for place, genre in enumerate(found.genres)}
    blends = np.full((len(voices), len(places)), np.nan)
    for row, reading in zip(blends, voices, strict=True):
        row[[places[genre] for genre in reading.genres]] = reading.blend
    return [
        "<h2>Do the models agree?</h2>",
        paragraph(compare_message(titles, blends, genres=found.genres)),
        table(compare_table(titles, blends, genres=found.genres)),
        figure(
            partial(disagreement.disagreement_image, voices, titles, found),
            disagreement.disagreement_message(titles, found),
        ),
        folded(disagreement.disagreement_table(titles, found)),
    ]


def _explained(
    explanations: Sequence[Explanation], cards: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    if not explanations:
        return []
    body = ["<h2>Why?</h2>"]
    for found in explanations:
        mask, span = found.mask(), (found.start_s, found.start_s + found.mel.duration_s)
        body += [
            f"<h3>{text(name_of(found.genre))}, {clock(span[0])} to {clock(span[1])}, "
            f"{text(_title(found.model, cards))}, {WAY[found.method].lower()}</h3>",
            f'<p class="said">{text(found.sentence)}</p>',
            picture(static_explain.explain_image(found, mask), "image/png", explain_message(found)),
            paragraph(HOW[found.method]),
            folded(explain_table(found, mask), "All cells as a table"),
            figure(
                partial(static_explain.check_image, found.check, found.genre, found.genres),
                f"{found.sentence} {found.check.shown_sentence(found.genre)}",
            ),
            folded(check_table(found.check)),
        ]
    return body


def _sound(sound: Sound) -> list[str]:
    body = ["<h2>The sound</h2>"]
    for key in panels.PANELS:
        panel = panels.compute(sound, key)
        body += [
            f"<h3>{text(panel.title)}</h3>",
            paragraph(panels.explain(key)),
            picture(static.panel_image(panel), "image/png", panel_message(panel)),
            folded(as_table(panel)),
        ]
    return body


def _card(card: Mapping[str, Any]) -> list[str]:
    measured = card.get("protocols") or {}
    rows: dict[str, list[Any]] = {
        "Test tracks": list(measured),
        "Tracks": [found["tracks"] for found in measured.values()],
        "Right": [percent(found["accuracy"]) for found in measured.values()],
        "95 % interval": [
            f"{percent(found['low'])} to {percent(found['high'])}"
            + (", drawn by artist" if found.get("artists") else "")
            for found in measured.values()
        ],
        "Calibration error": [round(found["ece"], 3) for found in measured.values()],
    }
    return [
        f"<h2>The model: {text(card.get('title') or card['name'])}</h2>",
        paragraph(card.get("summary", "")),
        bullets(card.get("limits") or ()),
        *([table(rows)] if measured else []),
        facts(card, _CARD),
    ]


def _title(model: str, cards: Mapping[str, Mapping[str, Any]]) -> str:
    if model == ENSEMBLE:
        return "All models together"
    return str(cards.get(model, {}).get("title") or model)
