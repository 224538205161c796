"""Show single tracks of the test: who it is, what models say, how it looks and sounds."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from genre_app.errors import GenreAppError
from genre_app.evaluation import cells, words
from genre_app.evaluation.models import Measure, Stored
from genre_app.evaluation.tracks import ambiguous, doubtful_labels, mistakes
from genre_app.figures import static_models, tables_models
from genre_app.figures.compare import compare_table
from genre_app.figures.static import panel_image
from genre_app.figures.tables import as_table
from genre_app.genres import NAMES
from genre_app.gtzan import Track
from genre_app.gtzan.clips import find_clip, is_private, set_folder
from genre_app.ui import models_data, models_figures, parts
from genre_app.ui.state import escape_markdown

__all__ = ["audio_folder", "cases", "doubts", "look_at", "table"]

_FOLDER = "gtzan-folder"


def audio_folder() -> None:
    """Let the owner of this computer say where GTZAN's audio lies."""
    if not is_private():
        return
    given = st.session_state.get(_FOLDER) or set_folder()
    with st.expander(
        "Play the tracks" if not given else f"Tracks are played from {escape_markdown(given)}",
        icon=":material/folder_open:",
        key="gtzan",
    ):
        st.text_input(
            "Folder of your GTZAN audio",
            value=set_folder(),
            key=_FOLDER,
            persist_state="session",
            placeholder="/home/me/gtzan/genres",
            help="With a folder a genre in it, such as blues/blues.00000.wav. Tracks found there "
            "can be played below. GTZAN's audio is copyrighted and does not come with this app.",
        )


def table(
    card: Mapping[str, Any],
    protocol: Measure,
    found: Stored,
    tracks: Sequence[str],
    *,
    key: str,
) -> None:
    """List tracks with what the model says of each."""
    known = models_data.tracks()
    everyone = list(known.values())
    genres = models_data.genres_of(card)
    about = [known.get(name, Track(name, "")) for name in tracks]
    rows = [found.tracks.index(name) for name in tracks]
    said = found.probabilities[rows]
    columns: dict[str, list[Any]] = {
        "Track": list(tracks),
        "Artist": [track.artist for track in about],
        "Title": [track.title for track in about],
    }
    for rank, title in enumerate(("First", "Second")):
        best = (-said).argsort(axis=1, kind="stable")[:, rank]
        columns[title] = [
            f"{NAMES.get(genres[genre], genres[genre])} {words.percent(float(row[genre]))}"
            for genre, row in zip(best, said, strict=True)
        ]
    columns["Label gets"] = [
        words.percent(float(row[found.labels[place]]))
        for place, row in zip(rows, said, strict=True)
    ]
    columns["Listeners tag the artist"] = [cells.listeners_say(track) for track in about]
    columns["Known faults"] = [cells.faults(track, everyone, protocol) for track in about]
    if not any(name in known for name in tracks):
        # Of songs from elsewhere some columns are known of none.
        columns = {name: values for name, values in columns.items() if set(values) != {""}}
    parts.table(columns, f"tracks-{key}")


def look_at(
    card: Mapping[str, Any],
    protocol: Measure,
    found: Stored,
    tracks: Sequence[str],
    *,
    key: str,
    begun: bool = True,
) -> None:
    """Let the visitor choose one of the tracks, and show all there is of it.

    Parameters
    ----------
    begun : bool
        Begin with the first.
    """
    widget = f"track-{key}"
    # The box keeps what it had, also nothing, when its tracks become others.
    if begun and st.session_state.get(widget) not in tracks:
        st.session_state[widget] = tracks[0]
    chosen = st.selectbox(
        "Look at a track",
        tracks,
        index=None,
        format_func=_name,
        key=widget,
        placeholder="See and hear one of them",
    )
    if chosen is None:
        return
    track = models_data.tracks().get(chosen, Track(chosen, ""))
    row, genres = found.tracks.index(chosen), models_data.genres_of(card)
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.markdown("**What the model says**")
        said = found.probabilities[row]
        label = words.name_of(int(found.labels[row]), genres)
        message = (
            f"{words.name_of(int(said.argmax()), genres).capitalize()} first with "
            f"{words.percent(float(said.max()))}; the label, {label}, gets "
            f"{words.percent(float(said[found.labels[row]]))}."
        )
        title = str(card["title"])
        parts.chart(
            models_figures.track_bars(card, found, row),
            message,
            f"track-{key}",
            columns=compare_table([title], [said], genres=genres),
            image=partial(
                static_models.track_image,
                said,
                genres=genres,
                title=f"{_name(chosen)}: what {title} says",
            ),
        )
        _about(track, protocol)
    with right:
        if chosen not in models_data.tracks():
            st.caption("Open this song on the page Listen to see and hear it.")
            return
        _hear(track)
        _spectrogram(track, f"mel-{key}")
        _nearest(track, protocol, f"near-{key}")


def _about(track: Track, protocol: Measure) -> None:
    tags = cells.listeners_say(track)
    if tags:
        st.markdown(f"**Listeners tag the artist:** {escape_markdown(tags)}")
    faults = cells.faults(track, list(models_data.tracks().values()), protocol)
    if faults:
        st.warning(f"{escape_markdown(faults)}.", icon=":material/flag:")


def _hear(track: Track) -> None:
    folder = st.session_state.get(_FOLDER, set_folder()) if is_private() else set_folder()
    path = find_clip(folder, track)
    if path is not None:
        st.audio(str(path))
    elif folder:
        st.caption(escape_markdown(f"{track.name} is not in the folder of audio."))


def _spectrogram(track: Track, key: str) -> None:
    try:
        figure, message = models_figures.spectrogram(track.name)
    except (GenreAppError, KeyError) as error:
        st.caption(escape_markdown(f"Its mel spectrogram cannot be shown: {error}"))
        return
    st.plotly_chart(figure, theme="streamlit", alt=message, key=f"chart-{key}")
    title = f"{_name(track.name)}: mel spectrogram"
    st.caption(f"{escape_markdown(title)}. {message}")
    parts.twins(
        key,
        lambda: as_table(models_data.spectrogram(track.name)),
        lambda format: panel_image(models_data.spectrogram(track.name), title=title, format=format),
    )


def _nearest(track: Track, protocol: Measure, key: str) -> None:
    """Show the nearest track that the model has learnt from."""
    cards = models_data.cards()
    name = next(iter(cards), "")
    try:
        found = models_data.atlas_of(cards[name])
    except (GenreAppError, KeyError) as error:
        st.caption(escape_markdown(str(error)))
        return
    known = models_data.tracks()
    part = f"{protocol}_split"
    training = [one.name for one in known.values() if getattr(one, part) == "train"]
    near = found.nearest(track.name, training)
    if near is None:
        return
    other = known[near[0]]
    words_of = [f"The nearest track in training is {_name(other.name)}, labelled "]
    words_of.append(NAMES.get(other.genre, other.genre).lower())
    if track.artist and other.artist == track.artist:
        words_of.append(": the same artist")
    st.markdown(f"**{escape_markdown(''.join(words_of))}.**")
    st.caption(
        f"Nearest to the ear of {escape_markdown(cards[name]['title'])}, whichever model is shown: "
        f"Euclidean distance in its last inner layer (main components, weights of protocol artist)."
        f" {words.percent(near[1])} of all tracks are farther away."
    )
    _hear_near(other)
    with st.expander(
        "Its spectrogram", icon=":material/graphic_eq:", key=f"near-{key}", on_change="rerun"
    ) as opened:
        # Drawn when it is looked at.
        if opened.open:
            _spectrogram(other, key)


def _hear_near(track: Track) -> None:
    folder = st.session_state.get(_FOLDER, set_folder()) if is_private() else set_folder()
    path = find_clip(folder, track)
    if path is not None:
        st.audio(str(path))


def cases(card: Mapping[str, Any], protocol: Measure) -> None:
    """Show the surest mistakes and the most open cases."""
    found, genres = models_data.stored(card, protocol), models_data.genres_of(card)
    given = (found.probabilities, found.labels, found.tracks)
    wrong, spread = mistakes(*given), ambiguous(*given)
    st.header("Surest mistakes", anchor=False)
    st.caption(escape_markdown(words.mistakes_sentence(wrong, genres=genres)))
    known = models_data.tracks()
    parts.table(tables_models.cases_table(wrong, genres, known), "mistakes")
    st.header("Most open cases", anchor=False)
    st.caption(escape_markdown(words.ambiguous_sentence(spread, genres=genres)))
    parts.table(tables_models.cases_table(spread, genres, known), "ambiguous")
    names = list(dict.fromkeys(case.track for case in (*wrong, *spread)))
    if names:
        look_at(card, protocol, found, names, key="cases")


def doubts(cards: Mapping[str, Mapping[str, Any]], protocol: Measure) -> None:
    """Show the tracks on which most models agree against the label."""
    st.header("Is the label wrong?", anchor=False)
    models = cells.voices(models_data.everything_stored(cards, protocol))
    if len(models) < 2:
        st.caption("It takes at least two models, tested on the same tracks, to doubt a label.")
        return
    first = next(iter(models.values()))
    genres = models_data.genres_of(cards[next(iter(models))])
    found = doubtful_labels(
        {name: one.probabilities for name, one in models.items()}, first.labels, first.tracks
    )
    message = f"{len(models)} models vote. {words.doubts_sentence(found, genres=genres)}"
    st.caption(escape_markdown(message))
    parts.table(tables_models.doubts_table(found, genres, models_data.tracks()), "doubts")


def _name(name: str) -> str:
    track = models_data.tracks().get(name)
    who = " – ".join(filter(None, [track.artist, track.title])) if track else ""
    return f"{who} ({name})" if who else name
