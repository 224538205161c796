"""The parts of the page Why: choose, explain, listen, take apart, compare."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from genre_app import components, gtzan, neighbours, zoo
from genre_app.audio import wav_bytes
from genre_app.explain import Explanation, Method, explain, split
from genre_app.explain.audible import match_loudness
from genre_app.explain.explanation import HOW, method_of
from genre_app.figures.compare import compare_bars, compare_table
from genre_app.figures.explain import (
    check_curves,
    check_table,
    explain_figure,
    explain_message,
    explain_table,
    mel_pair,
)
from genre_app.figures.words import percent
from genre_app.genres import GENRES, NAMES
from genre_app.logmel import log_mel
from genre_app.ui import reading_report
from genre_app.ui.state import escape_markdown
from genre_app.ui.why_part import Asked, by_ear, choose, halves, read_whole
from genre_app.ui.working import Kept, working

__all__ = [
    "Asked",
    "apart",
    "by_ear",
    "choose",
    "explained",
    "halves",
    "heard",
    "nearest",
    "read_whole",
    "shown",
]

_WANTED: Final = "why-wanted"
_PART_WANTED: Final = "why-part-wanted"

_BEFORE: Final[Mapping[Method, str]] = MappingProxyType(
    {
        "gradient": (
            "Lets the pieces of the picture appear one after the other, follows how the network's "
            "answer changes with each, and tests what it finds. That takes a few seconds, more on "
            "a busy computer; it can be stopped."
        ),
        "occlusion": (
            "Hides one small piece of the sound after the other and asks the model each time. "
            "That takes some ten seconds, more on a busy computer; it can be stopped."
        ),
    }
)
_MEANWHILE: Final[Mapping[Method, str]] = MappingProxyType(
    {
        "gradient": "Following the picture as it appears: what makes it {name}?",
        "occlusion": "Hiding pieces of the sound: what is {name} without them?",
    }
)
_MARKED: Final[Mapping[Method, str]] = MappingProxyType(
    {"gradient": "that adds most to the answer", "occlusion": "whose hiding hurts most"}
)


def explained(asked: Asked) -> Explanation | None:
    """Give the explanation, kept or computed now; None until the visitor wants it."""
    key = (*asked.key, asked.genre)
    found = reading_report.explanations().get(key)
    if found is not None:
        reading_report.remember(asked.song, key)
        return found
    name, method = NAMES.get(asked.genre, asked.genre), method_of(zoo.load(asked.model))
    if st.session_state.get(_WANTED) != key:
        st.button(
            f"Why {name}?",
            type="primary",
            icon=":material/troubleshoot:",
            key="why-start",
            on_click=_want,
            args=(_WANTED, key),
        )
        st.caption(_BEFORE[method])
        return None
    with working(_MEANWHILE[method].format(name=name), key="why-stop", on_stop=_forget) as tell:
        found = explain(
            asked.samples,
            model=asked.model,
            genre=asked.genre,
            method=method,
            start_s=asked.start_s,
            progress=tell,
        )
    reading_report.explanations().put(key, found)
    reading_report.remember(asked.song, key)
    return found


def shown(found: Explanation, share: float) -> None:
    """Show the explanation over the mel, and how it stood its test."""
    mask, message = found.mask(share), explain_message(found, share)
    box, icon = (
        (st.success, ":material/verified:")
        if found.check.trusted
        else (st.warning, ":material/report:")
    )
    box(found.sentence, icon=icon)
    st.caption(found.check.shown_sentence(found.genre))
    st.plotly_chart(
        explain_figure(found, mask), theme="streamlit", alt=message, key="chart-explain"
    )
    st.caption(
        f"{message} Marked: the {100 * share:.0f} % of the picture {_MARKED[found.method]}; the "
        f"rest is dimmed. {HOW[found.method]}"
    )
    with st.expander("As a table", icon=":material/table_view:"):
        st.dataframe(explain_table(found, mask), hide_index=True, key="table-explain")
    with st.expander("How this was tested", icon=":material/science:"):
        st.plotly_chart(
            check_curves(found.check, found.genre),
            theme="streamlit",
            alt=found.sentence,
            key="chart-check",
        )
        st.caption(
            f"{found.sentence} {found.check.shown_sentence(found.genre)} A good explanation "
            "falls fast when its strongest pieces are hidden and rises fast when only they are "
            "kept; grey are pieces of equal size and shape in random places. With a tenth of the "
            "picture or less, wherever it lies, a model hears no music: the lower curves begin to "
            "tell at a fifth."
        )
        st.dataframe(check_table(found.check), hide_index=True, key="table-check")


def heard(asked: Asked, found: Explanation, share: float) -> None:
    """Play what carries the genre, and everything else; and read both."""
    name = NAMES.get(found.genre, found.genre)
    mask = found.mask(share)
    if not mask.any():
        st.info(f"No piece of the sound speaks for {name}, so there is nothing to hear.")
        return
    parts = split(asked.samples, mask)
    column = found.genres.index(found.genre)
    titles = (f"Only what made it {name}", "Everything else")
    for place, title, part in zip(st.columns(2), titles, (parts.only, parts.rest), strict=True):
        with place:
            st.markdown(f"**{title}**")
            sound = wav_bytes(match_loudness(part, asked.samples))
            st.audio(sound, format="audio/wav", alt=title)
            said = components.shares(part, zoo.load(asked.model))
            if said is not None:
                st.caption(f"Read as a song of its own: {name} {percent(float(said[column]))}.")
    st.caption(
        "The two sum to the song exactly, before each is made as loud as the song. What is left "
        "of a song may sound like no song at all, so the test above counts more than these bars."
    )


def apart(asked: Asked) -> None:
    """Let the visitor change how loud the parts are, and see what the bars do."""
    spectra = _spectra(asked.key, asked.samples)
    model, gains = zoo.load(asked.model), {}
    left, right = st.columns([2, 3])
    with left:
        for part in components.PARTS:
            gains[part] = float(
                st.slider(
                    components.TITLES[part],
                    int(components.SOFTEST_DB),
                    int(components.LOUDEST_DB),
                    0,
                    format="%d dB",
                    key=f"gain-{part}",
                    persist_state="session",
                )
            )
        st.button("All as it was", icon=":material/restart_alt:", key="gain-reset", on_click=_reset)
        st.caption("All the way to the left takes a part away.")
    changed = components.apply(spectra, gains)
    said = components.shares(changed, model)
    with right:
        if said is None:
            st.info("Nothing is left to hear.", icon=":material/volume_off:")
        else:
            peak = max(1.0, float(np.abs(changed).max()))
            st.audio(wav_bytes(changed / peak), format="audio/wav", alt="The changed sound")
            _before_after(asked, model.genres, said)
    _matters(asked, spectra, model)


def nearest(asked: Asked) -> None:
    """Show the tracks of the subset that are nearest, and one of them beside the song.

    Raises
    ------
    ModelError
        Their places were not computed for this model.
    """
    atlas, subset, mel = neighbours.load(asked.model), _subset(), log_mel(asked.samples)
    found = neighbours.nearest(mel, zoo.load(asked.model), subset, atlas)
    genres = [NAMES.get(near.track.genre, near.track.genre) for near in found]
    st.dataframe(
        {
            "Artist": [near.track.artist or "not identified" for near in found],
            "Title": [near.track.title or near.track.name for near in found],
            "Genre": genres,
            "Distance": [f"{near.distance:.2f}" for near in found],
        },
        hide_index=True,
        key="table-neighbours",
    )
    most = max(dict.fromkeys(genres), key=genres.count)
    st.caption(
        f"{genres.count(most)} of the {len(genres)} nearest are {most}. Distance 0 is the same, 1 "
        "has nothing in common, as this model hears it. It has learnt from most of these tracks."
    )
    place = st.selectbox(
        "Look at one beside the song",
        range(len(found)),
        format_func=lambda index: _track_name(found[index]),
        key="neighbour",
    )
    titles = ["This part of the song", escape_markdown(_track_name(found[place]))]
    message = f"The mel spectrograms of the song and of {_track_name(found[place])}."
    st.plotly_chart(
        mel_pair([mel, subset.log_mel(found[place].position)], titles),
        theme="streamlit",
        alt=message,
        key="chart-neighbour",
    )
    st.caption(escape_markdown(message))


def _before_after(asked: Asked, genres: tuple[str, ...], said: NDArray[np.float64]) -> None:
    column = genres.index(asked.genre)
    before, after = float(asked.blend[column]), float(said[column])
    name = NAMES.get(asked.genre, asked.genre)
    message = f"{name}: {percent(before)} as it is, {percent(after)} changed."
    titles = ["As it is", "Changed"]
    if genres == GENRES:
        st.plotly_chart(
            compare_bars(titles, [asked.blend, said]),
            theme="streamlit",
            alt=message,
            key="chart-parts",
        )
        with st.expander("As a table", icon=":material/table_view:"):
            table = compare_table(titles, [asked.blend, said])
            st.dataframe(table, hide_index=True, key="table-parts")
    st.caption(message)


def _matters(asked: Asked, spectra: components.Spectra, model: zoo.LoadedModel) -> None:
    key = (*asked.key, asked.genre)
    found = _left_out().get(key)
    if found is None and st.session_state.get(_PART_WANTED) != key:
        st.button(
            "Which single part matters most?",
            icon=":material/query_stats:",
            key="part-start",
            on_click=_want,
            args=(_PART_WANTED, key),
        )
        return
    if found is None:
        with working("Leaving out one part after the other", key="part-stop") as tell:
            found = components.leave_out(spectra, model, asked.genre, progress=tell)
        _left_out().put(key, found)
    name = NAMES.get(asked.genre, asked.genre)
    st.info(components.sentence(found, name), icon=":material/query_stats:")
    st.dataframe(
        {
            "Without": [components.TITLES[left.part] for left in found],
            f"{name} then has": [
                "nothing left" if np.isnan(left.share) else percent(left.share) for left in found
            ],
            "Change, points": [
                "" if np.isnan(left.fall) else f"{-100 * left.fall:+.0f}" for left in found
            ],
        },
        hide_index=True,
        key="table-left",
    )


def _track_name(near: neighbours.Neighbour) -> str:
    track = near.track
    return " – ".join(filter(None, [track.artist, track.title])) or track.name


def _want(place: str, key: tuple[object, ...]) -> None:
    st.session_state[place] = key


def _forget() -> None:
    st.session_state[_WANTED] = None


def _reset() -> None:
    for part in components.PARTS:
        st.session_state[f"gain-{part}"] = 0


@st.cache_resource(show_spinner=False)
def _left_out() -> Kept[tuple[components.Left, ...]]:
    return Kept(256)


@st.cache_resource(show_spinner="Taking the sound apart ...", max_entries=4)
def _spectra(key: tuple[Any, ...], _samples: NDArray[np.float32]) -> components.Spectra:
    return components.separate(_samples)


@st.cache_resource(show_spinner="Loading the tracks ...")
def _subset() -> gtzan.Subset:
    return gtzan.load()
