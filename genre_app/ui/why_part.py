"""The part of a song that is asked about: chosen by ear, by picture or by its seconds."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from genre_app import components, zoo
from genre_app.errors import GenreAppError
from genre_app.explain import region
from genre_app.explain.explanation import SHORTEST_S
from genre_app.figures.words import clock, percent
from genre_app.genres import NAMES
from genre_app.logmel import CLIP_SECONDS
from genre_app.panels import Sound
from genre_app.reading import Reading
from genre_app.ui import loading, player
from genre_app.ui.state import Song, stopped

__all__ = ["Asked", "by_ear", "choose", "read_whole", "tenths"]

_HEARD: Final = "why-heard"
"""Which model read on the page Listen when this page was drawn last."""


@dataclass(frozen=True, eq=False)
class Asked:
    """What the visitor wants to know.

    Attributes
    ----------
    song : Song
    model, genre : str
    samples : ndarray of float32
        Of the part of the song.
    start_s : float
    blend : ndarray of float64
        Calibrated probabilities of the part.
    """

    song: Song
    model: str
    genre: str
    samples: NDArray[np.float32]
    start_s: float
    blend: NDArray[np.float64]

    @property
    def key(self) -> tuple[object, ...]:
        """Tells it from every other question about a part of a song."""
        made = zoo.fingerprint(zoo.card(self.model))
        return (self.song.sha256, self.start_s, self.samples.size, self.model, made)


def by_ear(song: Song, sound: Sound, model: str | None = None) -> None:
    """Let the visitor hear the song, have a region read, and choose the part to explain.

    Without a model, or where it cannot read the song, there is no blend beneath the pictures.
    """
    reading = None if model is None else read_whole(song, sound, model)
    models = () if reading is None else (reading.model,)
    player.listen(song, sound, reading, models, on_part=partial(_take_part, song, sound))


def read_whole(song: Song, sound: Sound, model: str) -> Reading | None:
    """Give the reading of the whole song; ``None`` where it was stopped or cannot be read."""
    if stopped():
        return None
    try:
        return loading.read_song(song, sound, model)
    except GenreAppError:
        # The page says of its part what there is to say.
        return None


def choose(song: Song, sound: Sound) -> Asked:
    """Let the visitor choose a part, a model and a genre.

    Raises
    ------
    GenreAppError
        The part is too short or silent, or the model cannot be loaded.
    """
    length = sound.recording.duration_s
    left, middle, right = st.columns([2, 1, 1])
    end = _last(length)
    # The player chooses a part too: the slider's value is set here, and not as its default.
    key = _part_key(song)
    st.session_state.setdefault(key, (0.0, min(end, CLIP_SECONDS)))
    carried = player.take_carried(song)
    if carried is not None and carried.end_s - carried.start_s >= SHORTEST_S:
        _take_part(song, sound, carried.start_s, carried.end_s)
    # Without a value, Streamlit's types take it for a slider with one end.
    part: Any = left.slider(
        "Part of the song, seconds",
        0.0,
        max(end, 0.1),
        step=0.1,
        format="%.1f",
        # A longer song has other ends: its slider is another one.
        key=key,
        persist_state="session",
        help="At most 30 seconds, which are read as a clip of their own.",
    )
    first, last = part
    models = list(zoo.ready())
    _follow_listen(models)
    model = middle.selectbox(
        "Model",
        models,
        format_func=lambda name: str(zoo.card(name)["title"]),
        key="why-model",
        persist_state="session",
    )
    if last - first > CLIP_SECONDS:
        st.caption(
            f"Of these {last - first:.0f} seconds the first 30 are explained, "
            f"{clock(first)} to {clock(first + CLIP_SECONDS)}."
        )
    samples, start = region(sound.recording.samples, start_s=first, seconds=last - first)
    loaded = zoo.load(model)
    made = zoo.fingerprint(loaded.card)
    blend = _blend((song.sha256, start, samples.size, model, made), samples, model)
    order = np.argsort(-blend, kind="stable").tolist()
    shares = {loaded.genres[i]: float(blend[i]) for i in order}
    # The words change with the part, so Streamlit alone would not keep what was chosen.
    place, kept = f"why-genre-{song.sha256[:12]}-{model}", f"why-asked-{song.sha256[:12]}"
    wanted = st.session_state.get(kept)
    st.session_state[place] = wanted if wanted in shares else next(iter(shares))
    genre = right.selectbox(
        "Genre",
        list(shares),
        format_func=lambda name: f"{NAMES.get(name, name)}, {percent(shares[name])}",
        key=place,
        on_change=_keep_genre,
        args=(place, kept),
        help="With its share in this part of the song.",
    )
    return Asked(song, model, genre, samples, start, blend)


def tenths(sound: Sound, start_s: float, end_s: float) -> tuple[float, float]:
    """Round a part of a song to where the slider can stand: tenths of a second, and the end."""
    end = _last(sound.recording.duration_s)
    return min(round(start_s, 1), end), min(round(end_s, 1), end)


def _follow_listen(models: Sequence[str]) -> None:
    """Take the model that reads on the page Listen, unless another was chosen here since."""
    heard = [name for name in st.session_state.get("models", ()) if name in models]
    first = heard[0] if heard else models[0]
    if st.session_state.setdefault(_HEARD, first) != first or (
        st.session_state.get("why-model") not in models
    ):
        st.session_state["why-model"] = first
    st.session_state[_HEARD] = first


def _keep_genre(place: str, kept: str) -> None:
    st.session_state[kept] = st.session_state[place]


def _part_key(song: Song) -> str:
    return f"why-part-{song.sha256[:12]}"


def _last(seconds: float) -> float:
    return float(np.floor(seconds * 10) / 10)


def _take_part(song: Song, sound: Sound, start_s: float, end_s: float) -> None:
    st.session_state[_part_key(song)] = tenths(sound, start_s, end_s)


@st.cache_data(show_spinner="Reading this part of the song ...", max_entries=256)
def _blend(key: tuple[Any, ...], _samples: NDArray[np.float32], _model: str) -> NDArray[np.float64]:
    found = components.shares(_samples, zoo.load(_model))
    # What hardly sounds has no blend: no genre more than another.
    genres = zoo.load(_model).genres
    return np.full(len(genres), 1 / len(genres)) if found is None else found
