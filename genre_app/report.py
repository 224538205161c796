"""All that is known of a model as one HTML file that fetches nothing.

Pictures are SVG within the file, text and numbers are escaped, there is no
script. It can be printed, archived and handed in.
"""

import base64
import html
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from genre_app.evaluation import leaderboard as board
from genre_app.evaluation import metrics, words
from genre_app.evaluation.models import Measure, Stored
from genre_app.evaluation.per_genre import per_genre, roc_curves
from genre_app.evaluation.stored_results import (
    figures_of,
    listeners_of,
    mixes_of,
    multi_label_of,
    splices_of,
    stability_of,
)
from genre_app.evaluation.tracks import ambiguous, mistakes
from genre_app.evaluation.words_blends import (
    listeners_sentence,
    mixes_sentence,
    robustness_sentence,
    splices_sentence,
)
from genre_app.figures import confusion, measures, static_models
from genre_app.figures.leaderboard import leaderboard_table
from genre_app.figures.tables import columns_csv
from genre_app.genres import NAMES

__all__ = ["answers_csv", "model_report"]

_STYLE: Final = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: #1b2430; background: #fff; }
table { border-collapse: collapse; font-size: 12px; margin: 0.5rem 0; display: block;
  overflow-x: auto; }
th, td { border-bottom: 1px solid #d0d5db; padding: 0.2rem 0.5rem; text-align: left; }
td.n { text-align: right; font-variant-numeric: tabular-nums; }
img { max-width: 100%; } figure { margin: 1rem 0; break-inside: avoid; }
figcaption { color: #4a5568; } h2 { margin-top: 2.5rem; }
"""

_CARD: Final = (
    "architecture",
    "report",
    "section",
    "parameters",
    "window_s",
    "hop_s",
    "data",
    "temperature",
    "training_seconds",
    "milliseconds_a_clip",
    "recipe",
    "versions",
    "sha256",
)
"""What of a card is told at the end; its figures stand further up."""

_PROTOCOLS: Final = {
    "artist": "Protocol artist: no artist of the test stands in training, known faults are left "
    "out. The figure to believe.",
    "random": "Protocol random: tracks drawn at random, as most reports do. Artists, and the same "
    "recording twice, stand on both sides, which flatters every model.",
    "songs": "Songs that somebody gave, with the labels that they gave them. Whether their artists "
    "stand in training too, nobody has checked.",
}


def model_report(
    card: Mapping[str, Any],
    stored: Mapping[Measure, Stored],
    cards: Sequence[Mapping[str, Any]],
) -> bytes:
    """Write the report of one model.

    Parameters
    ----------
    card : mapping
        Its card.
    stored : mapping of protocol to Stored
        What it said, under each protocol that it was measured under.
    cards : sequence of mapping
        All models' cards, for the leaderboard.

    Returns
    -------
    bytes
        HTML, UTF-8.
    """
    title = str(card.get("title") or card["name"])
    found = board.entries(cards)
    body = [
        f"<h1>{_text(title)}</h1>",
        f"<p>{_text(card.get('summary', ''))}</p>",
        _list(card.get("limits") or ()),
        "<h2>All models</h2>",
        f"<p>{_text(board.leader_sentence(found))}</p>",
        _table(leaderboard_table(found)),
        _figure(lambda: static_models.gap_image(found, format="svg"), board.gap_sentence(found)),
    ]
    for protocol, said in stored.items():
        body += _protocol(card, protocol, said)
    body += _blends(card)
    stability = stability_of(card)
    if stability:
        genres = tuple(card["genres"])
        body += [
            "<h2>Rough treatment</h2>",
            f"<p>{_text(robustness_sentence(stability, genres=genres))}</p>",
        ]
    body += ["<h2>The card</h2>", _card(card)]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_text(title)}</title><style>{_STYLE}</style></head><body>"
        + "\n".join(body)
        + "</body></html>\n"
    ).encode()


def _blends(card: Mapping[str, Any]) -> list[str]:
    told = card.get("certainty_on_test")
    sentences = [words.certainty_sentence(told)] if told else []
    mixed, spliced, heard = mixes_of(card), splices_of(card), listeners_of(card)
    sentences += [mixes_sentence(mixed)] if mixed else []
    sentences += [splices_sentence(spliced)] if spliced else []
    sentences += [listeners_sentence(heard)] if heard else []
    title = ["<h2>What its words and bars are worth</h2>"] if sentences else []
    return title + [f"<p>{_text(sentence)}</p>" for sentence in sentences]


def answers_csv(stored: Stored, genres: Sequence[str]) -> bytes:
    """Write every test track with its label and the model's probabilities as CSV."""
    columns: dict[str, list[Any]] = {
        "track": list(stored.tracks),
        "label": [genres[place] for place in stored.labels],
        "answer": [genres[place] for place in stored.probabilities.argmax(axis=1)],
    }
    for place, genre in enumerate(genres):
        columns[genre] = stored.probabilities[:, place].round(5).tolist()
    return columns_csv(columns)


def _protocol(card: Mapping[str, Any], protocol: Measure, said: Stored) -> list[str]:
    genres = tuple(card["genres"])
    measured = card["protocols"][protocol]
    found = figures_of(measured)
    each = per_genre(said.probabilities, said.labels, genres)
    curves = roc_curves(said.probabilities, said.labels, genres)
    level = metrics.reliability(said.probabilities, said.labels)
    sure = metrics.confidence_histogram(said.probabilities, said.labels)
    given = (said.probabilities, said.labels, said.tracks)
    wrong, spread = mistakes(*given), ambiguous(*given)
    parts = [
        f"<h2>Protocol {_text(protocol)}</h2>",
        f"<p>{_text(_PROTOCOLS[protocol])}</p>",
        f"<p>{_text(words.accuracy_sentence(found))} {_text(words.auc_sentence(found))}</p>",
        _figure(
            lambda: static_models.confusion_image(
                said.confusion, genres=genres, title=str(card["title"]), format="svg"
            ),
            words.confusion_sentence(said.confusion, genres=genres),
        ),
        _table(confusion.confusion_table(said.confusion, genres=genres)),
        _figure(
            lambda: static_models.genres_image(each, format="svg"), words.genres_sentence(each)
        ),
        _table(measures.genre_table(each)),
        _figure(lambda: static_models.roc_image(curves, format="svg"), words.roc_sentence(curves)),
        _figure(
            lambda: static_models.reliability_image(level, format="svg"),
            words.reliability_sentence(level),
        ),
        _figure(
            lambda: static_models.confidence_image(sure, format="svg"),
            words.histogram_sentence(sure),
        ),
    ]
    if said.curves:
        parts.append(
            _figure(
                lambda: static_models.learning_image(said.curves, format="svg"),
                measures.learning_message(said.curves),
            )
        )
    multi = multi_label_of(measured)
    if multi is not None:
        parts += ["<h3>Several genres at once</h3>"]
        parts += [f"<p>{_text(words.multi_label_sentence(multi))}</p>"]
    for heading, cases, sentence in (
        ("Surest mistakes", wrong, words.mistakes_sentence(wrong, genres=genres)),
        ("Most open cases", spread, words.ambiguous_sentence(spread, genres=genres)),
    ):
        rows: dict[str, list[Any]] = {
            "Track": [case.track for case in cases],
            "Label": [NAMES.get(genres[case.label], genres[case.label]) for case in cases],
            "Called": [NAMES.get(genres[case.answer], genres[case.answer]) for case in cases],
            "How sure (%)": [round(100 * case.confidence) for case in cases],
            "Label gets (%)": [round(100 * case.label_confidence) for case in cases],
        }
        parts += [f"<h3>{heading}</h3>", f"<p>{_text(sentence)}</p>", _table(rows)]
    return parts


def _card(card: Mapping[str, Any]) -> str:
    known = [key for key in _CARD if key in card]
    return _table({"What": known, "Value": [str(card[key]) for key in known]})


def _figure(draw: Callable[[], bytes], caption: str) -> str:
    data = base64.b64encode(draw()).decode("ascii")
    return (
        f'<figure><img src="data:image/svg+xml;base64,{data}" alt="{_text(caption)}">'
        f"<figcaption>{_text(caption)}</figcaption></figure>"
    )


def _table(columns: Mapping[str, Sequence[Any]]) -> str:
    head = "".join(f"<th>{_text(name)}</th>" for name in columns)
    rows = "".join(
        "<tr>" + "".join(map(_cell, row)) + "</tr>" for row in zip(*columns.values(), strict=True)
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _cell(value: object) -> str:
    if value is None:
        return "<td></td>"
    kind = ' class="n"' if isinstance(value, int | float) else ""
    return f"<td{kind}>{_text(value)}</td>"


def _list(lines: Sequence[object]) -> str:
    return "<ul>" + "".join(f"<li>{_text(line)}</li>" for line in lines) + "</ul>"


def _text(value: object) -> str:
    return html.escape(str(value), quote=True)
