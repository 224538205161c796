"""Where a genre comes from: the map, the way it is made, its test, and how it sounds."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import streamlit as st

from genre_app import components, zoo
from genre_app.audio import wav_bytes
from genre_app.explain import Explanation, Method, explain, split
from genre_app.explain.audible import match_loudness
from genre_app.explain.explanation import HOW, WAY, has_gradient, method_of
from genre_app.figures.explain import (
    check_curves,
    check_table,
    explain_figure,
    explain_message,
    explain_table,
    ways_message,
    ways_table,
)
from genre_app.figures.words import percent
from genre_app.genres import NAMES
from genre_app.ui import reading_report
from genre_app.ui.state import escape_markdown
from genre_app.ui.why_part import Asked
from genre_app.ui.working import working

__all__ = ["explained", "heard", "shown"]

_WANTED: Final = "why-wanted"

_BEFORE: Final[Mapping[Method, str]] = MappingProxyType(
    {
        "gradient": (
            "Lets the pieces of the picture appear one after the other, follows how the network's "
            "answer changes with each, and tests what it finds. That takes a few seconds, more on "
            "a busy computer; it can be stopped."
        ),
        "occlusion": (
            "Hides one small piece of the sound after the other and asks the model each time. "
            "That takes some seconds, more on a busy computer; it can be stopped."
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
    name, method = NAMES.get(asked.genre, asked.genre), _way(zoo.load(asked.model))
    key = _key(asked, method)
    found = reading_report.explanations().get(key)
    if found is not None:
        reading_report.remember(asked.song, key, asked.model)
        return found
    if st.session_state.get(_WANTED) != key:
        st.button(
            f"Why {escape_markdown(name)}?",
            type="primary",
            icon=":material/troubleshoot:",
            key="why-start",
            on_click=_want,
            args=(key,),
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
    reading_report.remember(asked.song, key, asked.model)
    return found


def shown(asked: Asked, found: Explanation, share: float) -> None:
    """Show the explanation over the mel, and how it stood its test."""
    mask, message = found.mask(share), explain_message(found, share)
    box, icon = (
        (st.success, ":material/verified:")
        if found.check.trusted
        else (st.warning, ":material/report:")
    )
    box(escape_markdown(found.sentence), icon=icon)
    st.caption(escape_markdown(found.check.shown_sentence(found.genre)))
    st.plotly_chart(
        explain_figure(found, mask), theme="streamlit", alt=message, key="chart-explain"
    )
    st.caption(
        f"{escape_markdown(message)} Marked: the {100 * share:.0f} % of the picture "
        f"{_MARKED[found.method]}; the rest is dimmed. {HOW[found.method]}"
    )
    _second_opinion(asked, found)
    with st.expander("As a table", icon=":material/table_view:"):
        st.dataframe(explain_table(found, mask), hide_index=True, key="table-explain")
    with st.expander("How this was tested", icon=":material/science:"):
        st.plotly_chart(
            check_curves(found.check, found.genre, found.genres),
            theme="streamlit",
            alt=found.sentence,
            key="chart-check",
        )
        tested = f"{found.sentence} {found.check.shown_sentence(found.genre)}"
        st.caption(
            f"{escape_markdown(tested)} A good explanation "
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
        nothing = f"No piece of the sound speaks for {name}, so there is nothing to hear."
        st.info(escape_markdown(nothing))
        return
    parts = split(asked.samples, mask)
    column = found.genres.index(found.genre)
    titles = ("What is marked, alone", "Everything else")
    read: list[float] = []
    for place, title, part in zip(st.columns(2), titles, (parts.only, parts.rest), strict=True):
        with place:
            st.markdown(f"**{escape_markdown(title)}**")
            sound = wav_bytes(match_loudness(part, asked.samples))
            st.audio(sound, format="audio/wav", alt=title)
            said = components.shares(part, zoo.load(asked.model))
            if said is not None:
                read.append(float(said[column]))
                own = f"Read as a song of its own: {name} {percent(read[-1])}."
                st.caption(escape_markdown(own))
    if len(read) == 2 and read[0] < read[1]:
        less = (
            f"Alone, what is marked is less {name} to the model than everything else, though "
            f"{name} falls where it is taken away: so little of a song is hardly music to it."
        )
        st.caption(escape_markdown(less))
    st.caption(
        "The two sum to the song exactly, before each is made as loud as the song. What is left "
        "of a song may sound like no song at all, so the test above counts more than these bars."
    )


def _way(model: zoo.LoadedModel) -> Method:
    """Let the visitor choose how the map is made, where there is a choice."""
    if not has_gradient(model):
        return method_of(model)
    ways = tuple(WAY)
    return st.radio(
        "How the map is made",
        ways,
        index=ways.index(method_of(model)),
        format_func=WAY.__getitem__,
        horizontal=True,
        key="why-method",
        persist_state="session",
        help="Two ways to the same kind of map, put to the same test. By gradient: the pieces of "
        "the picture appear one after the other, and the network itself tells how its answer "
        "changes; the quicker way. By hiding: piece after piece is hidden, and the model is asked "
        "again each time; the way that works for every model.",
    )


def _second_opinion(asked: Asked, found: Explanation) -> None:
    """Set the other way's map beside this one, where the visitor has had both made."""
    if not has_gradient(zoo.load(asked.model)):
        return
    other: Method = "occlusion" if found.method == "gradient" else "gradient"
    kept = reading_report.explanations().get(_key(asked, other))
    if kept is None:
        if not found.check.trusted:
            st.caption(f"{WAY[other]}, the other way above, may find a map that passes.")
        return
    both = [kept, found] if other == "gradient" else [found, kept]
    st.markdown("**Both ways, one test**")
    st.dataframe(ways_table(both), hide_index=True, key="table-ways")
    st.caption(escape_markdown(ways_message(*both)))


def _key(asked: Asked, method: Method) -> tuple[object, ...]:
    return (*asked.key, asked.genre, method)


def _want(key: tuple[object, ...]) -> None:
    st.session_state[_WANTED] = key


def _forget() -> None:
    st.session_state[_WANTED] = None
