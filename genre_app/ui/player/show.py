"""Mount the player on a page, and show what the model says of the chosen region."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import streamlit as st
from streamlit import runtime

from genre_app import panels, zoo
from genre_app.errors import AudioError
from genre_app.figures.compare import compare_bars, compare_table
from genre_app.figures.lanes import lane, ribbon
from genre_app.figures.theme import time_ticks
from genre_app.figures.words import percent
from genre_app.genres import name_of
from genre_app.logmel import CLIP_SECONDS
from genre_app.panels import Sound
from genre_app.playback import Playable, encode
from genre_app.reading import ENSEMBLE, Reading, ensemble, read_region
from genre_app.ui.player.regions import (
    Region,
    carry_region,
    chosen_region,
    forget_region,
    keep_region,
    span,
)
from genre_app.ui.state import Song, escape_markdown
from genre_app.ui.working import Kept

__all__ = ["listen", "payload", "prepare", "region_message"]

_KEY: Final = "player"
_TAKEN: Final = "player-part-taken"
"""A part was taken: the whole page has to run, not the player alone."""

_ALWAYS: Final = ("waveform", "mel")
"""Lanes that are always there; more come with the panels that are looked at."""

_FOLDER: Final = Path(__file__).parent
_PLAYER: Final = st.components.v2.component(
    "genre_blend_player",
    html=(_FOLDER / "player.html").read_text(encoding="utf-8"),
    css=(_FOLDER / "player.css").read_text(encoding="utf-8"),
    js="\n".join(
        (_FOLDER / name).read_text(encoding="utf-8") for name in ("lanes.js", "player.js")
    ),
)


def prepare(song: Song, sound: Sound) -> None:
    """Begin to encode the song for the player, while the page goes on with other things."""
    _playable(song.sha256, sound)


@st.fragment
def listen(
    song: Song,
    sound: Sound,
    reading: Reading | None = None,
    models: Sequence[str] = (),
    looked_at: Sequence[str] = (),
    *,
    on_part: Callable[[float, float], None] | None = None,
) -> None:
    """Show the player, and the blend of the region that the visitor has chosen in it.

    A fragment: a region is read without a rerun of the page.

    Parameters
    ----------
    song : Song
    sound : Sound
    reading : Reading, optional
        Of the whole song; without it there is no blend, and no region to read.
    models : sequence of str
        Those that have a vote in the reading.
    looked_at : sequence of str
        Keys of panels that are open: the player shows them too.
    on_part : callable, optional
        Told the start and end in seconds of a part that the visitor takes, before the page runs
        again; without it there is no button for that, and a region
        that is read is left to the page that asks about parts.
    """
    keys = tuple(key for key in panels.PANELS if key in {*_ALWAYS, *looked_at})
    action = None if reading is None else "Read this region"
    take = None if on_part is None else "Take this part"

    def chosen() -> None:
        sent = _sent(song, sound, "region")
        if sent is not None:
            keep_region(sent)
            if on_part is None:
                carry_region(sent)

    def taken() -> None:
        sent = _sent(song, sound, "part")
        if sent is not None and on_part is not None:
            on_part(sent.start_s, sent.end_s)
            st.session_state[_TAKEN] = True

    _mount(
        song, sound, payload(song, sound, keys, reading, action=action, take=take), chosen, taken
    )
    if st.session_state.pop(_TAKEN, False):
        st.rerun()  # The rest of the page is about the part.
    region = chosen_region(song)
    if reading is not None and region is not None:
        _region(song, sound, reading, models, region)


def payload(
    song: Song,
    sound: Sound,
    keys: Sequence[str],
    reading: Reading | None = None,
    *,
    action: str | None = None,
    take: str | None = None,
) -> dict[str, Any]:
    """Give what the player is told of a song, but for where to fetch its sound.

    Parameters
    ----------
    song : Song
    sound : Sound
    keys : sequence of str
        Panels, in the order of their lanes.
    reading : Reading, optional
    action, take : str, optional
        What the buttons that have the region read, and make it the page's part, are called;
        without a name there is none.
    """
    duration = sound.recording.duration_s
    return {
        "song": song.sha256,
        "duration": duration,
        "lanes": [_lane(song.sha256, key, sound) for key in keys],
        "ribbon": None if reading is None else ribbon(reading),
        "ticks": list(zip(*time_ticks(duration), strict=True)),
        "action": action,
        "take": take,
    }


def region_message(region: Region, part: Reading, whole: Reading) -> str:
    """Say in a sentence how a region differs from its song."""
    shares = dict(zip(whole.genres, whole.blend, strict=True))
    first = part.top
    changes = {
        genre: float(share - shares[genre])
        for genre, share in zip(part.genres, part.blend, strict=True)
    }
    most = max(changes, key=lambda genre: abs(changes[genre]))
    words = (
        f"{span(region.start_s, region.end_s)}: {name_of(first)} most likely, "
        f"{percent(float(part.blend.max()))}; in the whole song it has "
        f"{percent(float(shares[first]))}."
    )
    points = round(100 * changes[most])
    if most != first and points:
        side = "more" if points > 0 else "less"
        words += f" {name_of(most)} has {abs(points)} points {side} than in the whole song."
    return words


def _mount(
    song: Song,
    sound: Sound,
    about: dict[str, Any],
    on_region: Callable[[], None],
    on_part: Callable[[], None],
) -> None:
    played = _playable(song.sha256, sound).result()
    # As st.audio does: a file with an address, which the browser fetches once and in pieces.
    address = runtime.get_instance().media_file_mgr.add(played.data, played.mime, _KEY)
    _PLAYER(
        key=_KEY,
        data=about | {"audio": address},
        on_region_change=on_region,
        on_part_change=on_part,
    )


def _sent(song: Song, sound: Sound, name: str) -> Region | None:
    """Give the region that the browser has just sent, if it is one of this song."""
    sent = st.session_state[_KEY].get(name)
    region = Region.from_browser(sent, sound.recording.duration_s)
    return region if region is not None and region.song == song.sha256 else None


def _region(
    song: Song, sound: Sound, whole: Reading, models: Sequence[str], region: Region
) -> None:
    where = span(region.start_s, region.end_s)
    left, right = st.columns([5, 1], vertical_alignment="center")
    left.subheader(where, anchor=False)
    right.button(
        "Close",
        icon=":material/close:",
        key="region-close",
        on_click=forget_region,
        width="stretch",
    )
    try:
        with st.spinner("Reading the region ..."):
            part = _read(song, sound, whole, models, region)
    except AudioError as error:
        st.info(escape_markdown(str(error)), icon=":material/straighten:")
        return
    titles = [where, "The whole song"]
    blends = [part.blend.tolist(), whole.blend.tolist()]
    message = region_message(region, part, whole)
    st.plotly_chart(
        compare_bars(titles, blends, genres=whole.genres),
        theme="streamlit",
        alt=message,
        key="chart-region",
    )
    st.caption(escape_markdown(f"{message} {part.reason} {_short(part.duration_s)}"))
    with st.expander("As a table", icon=":material/table_view:"):
        table = compare_table(titles, blends, genres=whole.genres)
        st.dataframe(table, hide_index=True, key="table-region")


def _short(seconds: float) -> str:
    if seconds >= CLIP_SECONDS:
        return ""
    return (
        f"The model was checked on clips of {CLIP_SECONDS:.0f} s; what it says of {seconds:.0f} s "
        "is less sure."
    )


def _read(
    song: Song, sound: Sound, whole: Reading, models: Sequence[str], region: Region
) -> Reading:
    """Read a region with the model, or the models, that have read the song."""
    chosen = list(models) if whole.model == ENSEMBLE else [whole.model]
    made = tuple(zoo.fingerprint(zoo.card(model)) for model in chosen)
    key = (song.sha256, region.start_s, region.end_s, *chosen, *made)
    found = _readings().get(key)
    if found is None:
        ends = {"start_s": region.start_s, "end_s": region.end_s}
        parts = [read_region(sound.recording, model=model, **ends) for model in chosen]
        found = ensemble(parts) if len(parts) > 1 else parts[0]
        _readings().put(key, found)
    return found


@st.cache_resource(show_spinner=False)
def _readings() -> Kept[Reading]:
    return Kept(256)


@st.cache_resource(show_spinner=False)
def _encoders() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="encode")


# For the visitors at work now: most songs have 4 to 8 MB, which Streamlit's media share.
@st.cache_resource(show_spinner=False, max_entries=24)
def _playable(sha256: str, _sound: Sound) -> Future[Playable]:
    return _encoders().submit(encode, _sound.recording.samples)


@st.cache_data(show_spinner=False, max_entries=64)
def _lane(sha256: str, key: str, _sound: Sound) -> dict[str, Any]:
    return lane(panels.compute(_sound, key))
