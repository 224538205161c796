"""The parts of the page Blend Lab: two songs, a fader, what the bars make of it."""

import hashlib
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from genre_app import crossfade, examples, zoo
from genre_app.audio import SAMPLE_RATE, must_sound, wav_bytes
from genre_app.crossfade import SHORTEST_S, Sweep
from genre_app.errors import AudioTooShort, GenreAppError
from genre_app.figures.crossfade import sweep_figure, sweep_table
from genre_app.figures.words import clock, percent
from genre_app.genres import NAMES
from genre_app.logmel import CLIP_SECONDS
from genre_app.ui import loading, state
from genre_app.ui.state import Song
from genre_app.ui.working import Kept, working

__all__ = ["Side", "mixed", "shown", "side", "swept"]

_STYLES: Final = {example.key: example.style for example in examples.EXAMPLES}
_TITLES: Final = {example.key: example.title for example in examples.EXAMPLES}
_UPLOAD: Final = "upload"
_HAND: Final = "hand"
_STOPPED: Final = "lab-stopped"


@dataclass(frozen=True, eq=False)
class Side:
    """One of the two songs.

    Attributes
    ----------
    name : str
    samples : ndarray of float32
        Of the part that is mixed.
    """

    name: str
    samples: NDArray[np.float32]


def side(label: str, *, default: str, types: list[str]) -> Side | None:
    """Let the visitor choose a song and its part; says why where it cannot be mixed.

    Parameters
    ----------
    label : str
        Such as ``"First song"``.
    default : str
        Key of an example.
    types : list of str
        Endings of files.
    """
    song = _choose(label, default, types)
    if song is None:
        return None
    try:
        samples = _part(song, label)
    except GenreAppError as error:
        # Here, and not where the page ends: the other song can still be chosen.
        st.error(state.escape_markdown(str(error)), icon=":material/error:")
        return None
    return Side(song.name, samples)


def _choose(side: str, default: str, types: list[str]) -> Song | None:
    """Let the visitor choose a song: an example, the last one read, or a file."""
    hand = state.song()
    options = [*_STYLES, _UPLOAD] if hand is None else [_HAND, *_STYLES, _UPLOAD]
    names = dict(_STYLES) | {_UPLOAD: "A file of yours", _HAND: "The song that was read last"}
    picked = st.selectbox(
        side,
        options,
        index=options.index(default),
        format_func=names.__getitem__,
        key=f"lab-{side}",
        persist_state="session",
    )
    kept: Song | None
    if picked == _HAND:
        kept = hand
    elif picked != _UPLOAD:
        kept = _example(picked)
    else:
        st.file_uploader(
            "Upload a song",
            type=types,
            key=f"lab-upload-{side}",
            on_change=_keep,
            args=(side,),
        )
        kept = st.session_state.get(_kept_as(side))
    if kept is not None:
        st.caption(state.escape_markdown(kept.name))
    return kept


def _part(song: Song, side: str) -> NDArray[np.float32]:
    """Give the samples to mix: at most 30 s, from where the visitor says."""
    recording = loading.decode(song).recording
    room, start = recording.duration_s - CLIP_SECONDS, 0
    if room >= 1:
        start = st.slider(
            "From second",
            0,
            int(room),
            0,
            key=f"lab-start-{side}-{song.sha256[:12]}",
            persist_state="session",
            help=f"30 of its {clock(recording.duration_s)} are mixed.",
        )
    first = start * SAMPLE_RATE
    samples = recording.samples[first : first + round(CLIP_SECONDS * SAMPLE_RATE)]
    if len(samples) < SHORTEST_S * SAMPLE_RATE:
        raise AudioTooShort(
            f"That is {len(samples) / SAMPLE_RATE:.1f} s of music; a mix needs at least "
            f"{SHORTEST_S:.0f} s. Choose another song."
        )
    must_sound(samples)
    return samples


def swept(parts: tuple[NDArray[np.float32], NDArray[np.float32]], model: str) -> Sweep | None:
    """Give what the model says at every place of the fader, kept or computed now.

    None where the visitor has stopped it.

    Raises
    ------
    GenreAppError
        With a sentence for the visitor.
    """
    prints = tuple(hashlib.sha256(np.ascontiguousarray(one)).hexdigest() for one in parts)
    key = (*prints, model, zoo.fingerprint(zoo.card(model)))
    found = _sweeps().get(key)
    if found is not None:
        return found
    if st.session_state.get(_STOPPED) == key:
        st.info("The mixes were not all read.", icon=":material/stop:")
        st.button(
            "Read them after all", icon=":material/play_arrow:", key="lab-again", on_click=_go_on
        )
        return None
    with working(
        f"Mixing and reading at {crossfade.STEPS} places of the fader",
        key="lab-stop",
        on_stop=lambda: _stop(key),
    ) as tell:
        found = crossfade.sweep(*parts, zoo.load(model), progress=tell)
    _sweeps().put(key, found)
    return found


def mixed(parts: tuple[NDArray[np.float32], NDArray[np.float32]], share: float) -> None:
    """Play the mix, and offer it as a file."""
    sound = wav_bytes(crossfade.mix(*parts, share))
    st.audio(sound, format="audio/wav", alt=f"The mix with {share:.0%} of the first song")
    st.download_button(
        "This mix (WAV)",
        sound,
        file_name=f"mix-{100 * share:.0f}.wav",
        mime="audio/wav",
        icon=":material/download:",
        on_click="ignore",
        key="lab-wav",
    )


def shown(found: Sweep, share: float, names: tuple[str, str]) -> None:
    """Show the curve over the whole sweep and what it is at the fader."""
    here = int(np.abs(found.shares - share).argmin())
    predicted = float(found.predicted[here])
    left, middle, right = st.columns(3)
    left.metric("True share of the first song", f"{100 * share:.0f} %")
    middle.metric(
        "Predicted share",
        percent(predicted),
        f"{100 * (predicted - share):+.0f} points",
        delta_color="off",
        delta_arrow="off",
        help=state.escape_markdown(
            f"How {NAMES.get(found.first, found.first)} and "
            f"{NAMES.get(found.second, found.second)} divide what both bars have."
        ),
    )
    right.metric(
        "Mean error of the sweep",
        f"{100 * found.error:.0f} points",
        f"rank correlation {found.rank:.2f}",
        delta_color="off",
        delta_arrow="off",
        help="Rank correlation (Spearman): 1 where more of a song always is a longer bar.",
    )
    message = found.message(*names)
    st.plotly_chart(sweep_figure(found, share), theme="streamlit", alt=message, key="chart-sweep")
    st.caption(state.escape_markdown(message))
    if set(names) & set(_TITLES.values()):
        st.caption(
            "The examples are made by this project, while the models have learnt from recordings: "
            "most of them are taken for another genre than they are meant as, and then it is that "
            "genre's bar which stands for the song."
        )
    with st.expander("As a table", icon=":material/table_view:"):
        st.dataframe(sweep_table(found), hide_index=True, key="table-sweep")
    st.download_button(
        "Table (CSV)",
        found.to_csv,
        file_name="sweep.csv",
        mime="text/csv",
        icon=":material/table:",
        on_click="ignore",
        key="lab-csv",
    )


def _kept_as(side: str) -> str:
    # Not a widget's key: Streamlit drops those on a change of page.
    return f"lab-song-{side}"


def _keep(side: str) -> None:
    file = st.session_state.get(f"lab-upload-{side}")
    if file is not None:
        data = file.getvalue()
        kept = Song(data, file.name, hashlib.sha256(data).hexdigest())
        st.session_state[_kept_as(side)] = kept


def _stop(key: tuple[Any, ...]) -> None:
    st.session_state[_STOPPED] = key


def _go_on() -> None:
    st.session_state[_STOPPED] = None


@st.cache_resource(show_spinner="Making the example ...")
def _example(key: str) -> Song:
    data = examples.wav(key)
    return Song(data, _TITLES[key], hashlib.sha256(data).hexdigest())


@st.cache_resource(show_spinner=False)
def _sweeps() -> Kept[Sweep]:
    return Kept(64)
