"""What a song, or a part of it, reminds a model of: the nearest tracks of the subset."""

from typing import Any, Final

import streamlit as st

from genre_app import gtzan, neighbours, zoo
from genre_app.audio import SAMPLE_RATE
from genre_app.errors import ModelError
from genre_app.figures.explain import mel_pair
from genre_app.genres import NAMES
from genre_app.logmel import LogMel, from_mel_power, log_mel
from genre_app.panels import Sound
from genre_app.ui.state import escape_markdown
from genre_app.ui.why_part import Asked
from genre_app.ui.working import Kept, Turns, working

__all__ = ["nearest"]

_WANTED: Final = "near-wanted"
_SCOPES: Final = {"part": "This part", "song": "The whole song"}


def nearest(asked: Asked, sound: Sound) -> None:
    """Show the tracks of the subset that are nearest, and one of them beside the song."""
    subset, atlas = _subset(), _atlas(asked.model)
    if atlas is None:
        return
    scope = "part"
    if sound.recording.duration_s > len(asked.samples) / SAMPLE_RATE + 1:
        scope = st.radio(
            "Nearest to",
            list(_SCOPES),
            format_func=_SCOPES.__getitem__,
            horizontal=True,
            key="near-scope",
            persist_state="session",
        )
    mel = log_mel(asked.samples)
    whole = from_mel_power(sound.mel_power) if scope == "song" else mel
    found = _found((*asked.key, scope), whole, asked.model, atlas, subset)
    genres = [NAMES.get(near.track.genre, near.track.genre) for near in found]
    st.dataframe(
        {
            # What a phone has room for comes first.
            "Genre": genres,
            "Distance": [f"{near.distance:.2f}" for near in found],
            "Artist": [near.track.artist or "not identified" for near in found],
            "Title": [near.track.title or near.track.name for near in found],
        },
        hide_index=True,
        key="table-neighbours",
    )
    most = max(dict.fromkeys(genres), key=genres.count)
    st.caption(
        f"{genres.count(most)} of the {len(genres)} nearest are {most}. Distance 0 is the same, 1 "
        "has nothing in common, as this model hears it. It has learnt from many of these tracks."
    )
    names = {near.position: _track_name(near) for near in found}
    place = st.selectbox(
        "Look at one beside the song",
        list(names),
        # Some recordings are in the collection twice.
        format_func=lambda position: (
            names[position]
            if list(names.values()).count(names[position]) == 1
            else f"{names[position]} ({subset.tracks[position].name})"
        ),
        # Other tracks are another choice.
        key="neighbour-" + "-".join(map(str, names)),
    )
    what = "The whole song" if scope == "song" else "This part of the song"
    message = f"The mel spectrograms of {what[0].lower()}{what[1:]} and of {names[place]}."
    st.plotly_chart(
        mel_pair([whole, subset.log_mel(place)], [what, names[place]]),
        theme="streamlit",
        alt=message,
        key="chart-neighbour",
    )
    st.caption(escape_markdown(message))


def _atlas(model: str) -> neighbours.Atlas | None:
    """Give where a model puts the tracks: stored, kept or computed now, if it is wanted."""
    key = (model, str(zoo.card(model)["sha256"]))
    try:
        return neighbours.load(model)
    except ModelError:
        # Stored for the model that is shipped as the default; all others are asked when needed.
        found = _atlases().get(key)
    if found is not None:
        return found
    subset = _subset()
    if st.session_state.get(_WANTED) != key:
        st.button(
            "Find the nearest tracks",
            icon=":material/travel_explore:",
            key="near-start",
            on_click=_want,
            args=(key,),
        )
        st.caption(
            f"The model first has to hear the {len(subset)} tracks of the collection, once. That "
            "takes up to half a minute, more on a busy computer; it can be stopped."
        )
        return None
    words = f"Hearing the {len(subset)} tracks of the collection"
    with working(words, key="near-stop", on_stop=_forget) as tell, _turns().turn(lambda _: tell(0)):
        # Somebody who came before may have wanted the same.
        found = _atlases().get(key)
        if found is None:
            found = neighbours.build(subset, zoo.load(model), progress=tell)
            _atlases().put(key, found)
    return found


def _found(
    key: tuple[Any, ...],
    mel: LogMel,
    model: str,
    atlas: neighbours.Atlas,
    subset: gtzan.Subset,
) -> tuple[neighbours.Neighbour, ...]:
    found = _answers().get(key)
    if found is None:
        with st.spinner("Looking for the nearest tracks ..."):
            found = neighbours.nearest(mel, zoo.load(model), subset, atlas)
        _answers().put(key, found)
    return found


def _track_name(near: neighbours.Neighbour) -> str:
    track = near.track
    return " – ".join(filter(None, [track.artist, track.title])) or track.name


def _want(key: tuple[object, ...]) -> None:
    st.session_state[_WANTED] = key


def _forget() -> None:
    st.session_state[_WANTED] = None


@st.cache_resource(show_spinner=False)
def _atlases() -> Kept[neighbours.Atlas]:
    return Kept(16)


@st.cache_resource(show_spinner=False)
def _answers() -> Kept[tuple[neighbours.Neighbour, ...]]:
    return Kept(256)


@st.cache_resource(show_spinner=False)
def _turns() -> Turns:
    return Turns(1)


@st.cache_resource(show_spinner="Loading the tracks ...")
def _subset() -> gtzan.Subset:
    return gtzan.load()
