"""All that is known of a model as one HTML file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from genre_app.evaluation import cells, metrics, words
from genre_app.evaluation import leaderboard as board
from genre_app.evaluation.atlas import Atlas
from genre_app.evaluation.compare import mcnemar
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
from genre_app.evaluation.tracks import ambiguous, doubtful_labels, mistakes
from genre_app.evaluation.words_blends import (
    listeners_sentence,
    mixes_sentence,
    robustness_sentence,
    splices_sentence,
)
from genre_app.figures import confusion, measures, static_models, tables_models
from genre_app.figures.atlas import atlas_message
from genre_app.figures.leaderboard import leaderboard_table
from genre_app.figures.names import apart
from genre_app.figures.tables import columns_csv
from genre_app.gtzan import Track, artists_of
from genre_app.report.document import (
    bullets,
    document,
    facts,
    figure,
    folded,
    paragraph,
    table,
    text,
)

__all__ = ["Rival", "Whole", "answers_csv", "model_report"]

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
    "artist": "Protocol artist: all but a few of the test's tracks are by artists that do not "
    "stand in training, known faults are left out. The figure to believe.",
    "random": "Protocol random: tracks drawn at random, as most reports do. Artists, and the same "
    "recording twice, stand on both sides, which flatters every model.",
    "songs": "Songs that somebody gave, with the labels that they gave them. Whether their artists "
    "stand in training too, nobody has checked.",
}


@dataclass(frozen=True, eq=False)
class Rival:
    """The model that the one of the report is compared with.

    Attributes
    ----------
    card : mapping
    stored : mapping of protocol to Stored
    """

    card: Mapping[str, Any]
    stored: Mapping[Measure, Stored]


@dataclass(frozen=True, eq=False)
class Whole:
    """What the page shows beside the one model: all models' votes, and the map.

    Attributes
    ----------
    tracks : mapping of str to Track
        By name: artists and titles.
    votes : mapping of protocol to (mapping of str to Stored)
        All models' answers.
    atlas : Atlas, optional
    atlas_title : str
        The model that the map was made with.
    """

    tracks: Mapping[str, Track]
    votes: Mapping[Measure, Mapping[str, Stored]]
    atlas: Atlas | None = None
    atlas_title: str = ""


def model_report(
    card: Mapping[str, Any],
    stored: Mapping[Measure, Stored],
    cards: Sequence[Mapping[str, Any]],
    *,
    rival: Rival | None = None,
    whole: Whole | None = None,
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
    rival : Rival, optional
        To compare it with.
    whole : Whole, optional
        Without it there are no artists, no map and no doubts about labels.

    Returns
    -------
    bytes
        HTML, UTF-8.
    """
    title = str(card.get("title") or card["name"])
    found = board.entries(cards)
    alike = board.comparable(found)
    body = [
        f"<h1>{text(title)}</h1>",
        paragraph(card.get("summary", "")),
        bullets(card.get("limits") or ()),
        "<h2>All models</h2>",
        paragraph(board.leader_sentence(found)),
        *_leaderboard(found),
    ]
    if alike:
        body += [
            figure(partial(static_models.gap_image, alike), board.gap_sentence(alike)),
            figure(partial(static_models.cost_image, alike), board.cost_sentence(alike)),
        ]
    for protocol, said in stored.items():
        body += _protocol(card, protocol, said, whole)
        if rival is not None and protocol in rival.stored:
            body += _against(card, said, rival.card, rival.stored[protocol], protocol, whole)
    body += _map(whole)
    body += _blends(card)
    stability = stability_of(card)
    if stability:
        genres = tuple(card["genres"])
        body += [
            "<h2>Rough treatment</h2>",
            paragraph(robustness_sentence(stability, genres=genres)),
            table(tables_models.robustness_table(stability)),
        ]
    body += ["<h2>The card</h2>", facts(card, _CARD)]
    return document(title, body)


def answers_csv(stored: Stored, genres: Sequence[str]) -> bytes:
    """Write every test track with its label and the model's probabilities as CSV."""
    columns: dict[str, list[Any]] = {
        "track": list(stored.tracks),
        "label": [genres[place] for place in stored.labels],
        "answer": [genres[place] for place in stored.probabilities.argmax(axis=1)],
    }
    # A class may be called "label".
    for place, genre in enumerate(genres):
        columns[f"share of {genre}"] = stored.probabilities[:, place].round(5).tolist()
    return columns_csv(columns)


def _leaderboard(found: Sequence[board.Entry]) -> list[str]:
    """Tell the figures in one table and the reports' claims in another: paper is narrow."""
    columns = leaderboard_table(found)
    claims = ("Report says (%)", "Claim is of", "Report")
    return [
        table({name: values for name, values in columns.items() if name not in claims}),
        table({name: columns[name] for name in ("Model", *claims)}),
    ]


def _blends(card: Mapping[str, Any]) -> list[str]:
    told = card.get("certainty_on_test")
    body = [paragraph(words.certainty_sentence(told))] if told else []
    if told and "artist" in card["protocols"]:
        counted = figures_of(card["protocols"]["artist"]).tracks
        body.append(table(tables_models.certainty_table(told, counted)))
    mixed, spliced, heard = mixes_of(card), splices_of(card), listeners_of(card)
    if mixed:
        body += [paragraph(mixes_sentence(mixed)), table(tables_models.mixes_table(mixed))]
    body += [paragraph(splices_sentence(spliced))] if spliced else []
    if heard:
        usual = words.usual_sentence(heard, genres=tuple(card["genres"]))
        body += [
            paragraph(*filter(None, [listeners_sentence(heard), usual])),
            table(tables_models.listeners_table(heard)),
        ]
    return ["<h2>What its words and bars are worth</h2>", *body] if body else []


def _protocol(
    card: Mapping[str, Any], protocol: Measure, said: Stored, whole: Whole | None
) -> list[str]:
    genres = tuple(card["genres"])
    measured = card["protocols"][protocol]
    found = figures_of(measured)
    artists = _artists(said.tracks, protocol, whole)
    each = per_genre(said.probabilities, said.labels, genres, artists)
    singly = words.singly_sentence(each)
    curves = roc_curves(said.probabilities, said.labels, genres)
    level = metrics.reliability(said.probabilities, said.labels)
    sure = metrics.confidence_histogram(said.probabilities, said.labels)
    matrix = partial(
        static_models.confusion_image, said.confusion, genres=genres, title=str(card["title"])
    )
    parts = [
        f"<h2>Protocol {text(protocol)}</h2>",
        paragraph(_PROTOCOLS[protocol]),
        paragraph(
            words.accuracy_sentence(found),
            *([words.DRAWN] if found.artists is not None else []),
            words.auc_sentence(found),
        ),
        figure(matrix, words.confusion_sentence(said.confusion, genres=genres)),
        table(confusion.confusion_table(said.confusion, genres=genres)),
        figure(partial(static_models.genres_image, each), words.genres_sentence(each)),
        *([paragraph(singly)] if singly else []),
        table(measures.genre_table(each)),
        figure(partial(static_models.roc_image, curves, genres), words.roc_sentence(curves)),
        folded(measures.roc_table(curves)),
        *([paragraph(words.SINGLY)] if singly else []),
        figure(partial(static_models.reliability_image, level), words.reliability_sentence(level)),
        folded(tables_models.reliability_table(level)),
        figure(partial(static_models.confidence_image, sure), words.histogram_sentence(sure)),
        folded(tables_models.confidence_table(sure)),
        paragraph(words.scores_sentence(found, genres=len(genres))),
    ]
    if said.curves:
        learnt = measures.learning_message(said.curves)
        parts += [
            figure(partial(static_models.learning_image, said.curves), learnt),
            folded(tables_models.learning_table(said.curves)),
        ]
    multi = multi_label_of(measured)
    if multi is not None:
        parts += [
            "<h3>Several genres at once</h3>",
            paragraph(words.multi_label_sentence(multi)),
            table(tables_models.multi_label_table(multi)),
            table(tables_models.thresholds_table(multi, genres)),
        ]
    return parts + _cases(said, genres, whole) + _doubts(protocol, genres, whole)


def _artists(
    names: Sequence[str], protocol: Measure, whole: Whole | None
) -> tuple[str, ...] | None:
    """Say whose the test tracks are, where the report is told."""
    if whole is None or protocol == "songs":
        return None
    return artists_of(names, whole.tracks)


def _cases(said: Stored, genres: Sequence[str], whole: Whole | None) -> list[str]:
    given = (said.probabilities, said.labels, said.tracks)
    wrong, spread = mistakes(*given), ambiguous(*given)
    tracks = {} if whole is None else whole.tracks
    return [
        "<h3>Surest mistakes</h3>",
        paragraph(words.mistakes_sentence(wrong, genres=genres)),
        table(tables_models.cases_table(wrong, genres, tracks)),
        "<h3>Most open cases</h3>",
        paragraph(words.ambiguous_sentence(spread, genres=genres)),
        table(tables_models.cases_table(spread, genres, tracks)),
    ]


def _doubts(protocol: Measure, genres: Sequence[str], whole: Whole | None) -> list[str]:
    models = cells.voices({} if whole is None else whole.votes.get(protocol, {}))
    if whole is None or len(models) < 2:
        return []
    first = next(iter(models.values()))
    said = {name: one.probabilities for name, one in models.items()}
    found = doubtful_labels(said, first.labels, first.tracks)
    return [
        "<h3>Is the label wrong?</h3>",
        paragraph(f"{len(models)} models vote.", words.doubts_sentence(found, genres=genres)),
        table(tables_models.doubts_table(found, genres, whole.tracks)),
    ]


def _against(
    card: Mapping[str, Any],
    said: Stored,
    other: Mapping[str, Any],
    said_by_other: Stored,
    protocol: Measure,
    whole: Whole | None,
) -> list[str]:
    """Compare two models: who is better in words, both matrices, their difference."""
    first, second = apart([str(card["title"]), str(other["title"])])
    genres, titles = tuple(card["genres"]), (first, second)
    pair = cells.paired(said, said_by_other, genres=genres, others=tuple(other["genres"]))
    test = mcnemar(pair.first, pair.second, pair.labels, _artists(pair.tracks, protocol, whole))
    matrix = partial(
        static_models.confusion_image, said_by_other.confusion, genres=genres, title=titles[1]
    )
    difference = partial(
        static_models.difference_image,
        pair.difference,
        genres=genres,
        title=f"{titles[0]} minus {titles[1]}",
    )
    return [
        f"<h3>Against {text(titles[1])}, protocol {text(protocol)}</h3>",
        paragraph(words.mcnemar_sentence(test, *titles)),
        table(tables_models.mcnemar_table(test, *titles)),
        figure(matrix, words.confusion_sentence(said_by_other.confusion, genres=genres)),
        folded(confusion.confusion_table(said_by_other.confusion, genres=genres)),
        figure(
            difference,
            f"Blue: commoner with {titles[0]}. Orange: commoner with {titles[1]}. "
            + cells.difference_sentence(pair, *titles, genres=genres),
        ),
        folded(confusion.confusion_table(pair.difference, genres=genres)),
    ]


def _map(whole: Whole | None) -> list[str]:
    if whole is None or whole.atlas is None:
        return []
    atlas = whole.atlas
    tracks = [whole.tracks[name] for name in atlas.tracks.tolist()]
    points = atlas.points("tsne")
    title = f"The music as {whole.atlas_title} hears it"
    return [
        "<h2>Map of all tracks</h2>",
        paragraph(
            f"Each point is a track as {whole.atlas_title} hears it (t-SNE of its last inner "
            "layer). Neighbours here are neighbours to the network; distances between groups, "
            "and their sizes, mean nothing."
        ),
        figure(
            partial(static_models.atlas_image, tracks, points, title=title),
            atlas_message(tracks, atlas.coordinates),
        ),
        folded(tables_models.atlas_table(atlas, points, tracks)),
    ]
