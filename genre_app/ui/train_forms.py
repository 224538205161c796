"""What to train: the settings of one training, and the ready lessons."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

import streamlit as st

from genre_app import architectures
from genre_app.architectures.fine_tuning import FINE_TUNED_GENRES
from genre_app.architectures.lengths import lengths
from genre_app.errors import GenreAppError
from genre_app.genres import GENRES, NAMES
from genre_app.jobs import estimate, presets
from genre_app.jobs.manager import Manager
from genre_app.jobs.presets import PRESET_WORDS, PRESETS
from genre_app.jobs.spec import Job, takes_dropout
from genre_app.jobs.words import SPLIT_WORDS
from genre_app.ui import own
from genre_app.ui.cockpit import manager
from genre_app.ui.state import escape_markdown

__all__ = ["fine_tune", "leak", "retrain"]

_RATES: Final = (1e-5, 5e-5, 1e-4, 3e-4, 5e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
_BATCHES: Final = (8, 10, 16, 30, 32, 50, 64, 128, 256)
_TRACKS: Final = (3, 5, 10, 19, 20, 30, 40, 50, 70)
_ALL: Final = "all"
_CHOICES: Final = {
    "ten": "All ten",
    "seven": "The seven of the CS230 report",
    "own": "My choice",
}
_KEEP: Final[dict[str, Any]] = {"persist_state": "session"}


def retrain() -> None:
    """Let the visitor choose what to train, and start it."""
    known = list(PRESETS)
    preset = st.radio(
        "Preset",
        known,
        index=known.index("minute"),
        format_func=PRESET_WORDS.__getitem__,
        horizontal=True,
        key="preset",
        help="Each is a network with settings that fit the time. Every setting can be changed.",
        **_KEEP,
    )
    with st.expander("Settings", icon=":material/tune:"):
        job, seeds = _settings(preset)
    _start(lambda: presets.seeds(job, seeds), [job] * seeds, key="start")


def _settings(preset: str) -> tuple[Job, int]:
    ready = PRESETS[preset]
    known = list(architectures.ARCHITECTURES)
    name = st.selectbox(
        "Network",
        known,
        index=known.index(ready.architecture),
        format_func=lambda one: architectures.ARCHITECTURES[one].title,
        key=f"network-{preset}",
        **_KEEP,
    )
    own = ready if name == ready.architecture else Job.of(name)
    st.caption(own.kind.summary)
    # A widget of its own for each preset and network, as each has its own first value.
    key = f"{preset}-{name}"
    genres = _genres(key)
    left, right = st.columns(2)
    with left:
        split = st.selectbox(
            "Split",
            ["artist", "random"],
            format_func=SPLIT_WORDS.__getitem__,
            key=f"split-{key}",
            help="Kept apart: hardly an artist is both learnt from and tested on. At random: "
            "artists stand on both sides, as in most reports; the figure flatters.",
            **_KEEP,
        )
        tracks = st.select_slider(
            "Training tracks a genre",
            [*_TRACKS, _ALL],
            _ALL,
            key=f"tracks-{key}",
            help="Few tracks over-fit sooner. The validation and test parts stay whole.",
            **_KEEP,
        )
        possible, window = lengths(architectures.get(name)), own.window_s
        if len(possible) > 1:
            window = st.selectbox(
                "Length of the clips (s)",
                possible,
                index=possible.index(window),
                format_func=lambda seconds: f"{seconds:g}",
                key=f"window-{key}",
                **_KEEP,
            )
    # Trees have little else to set: half of the form would stay empty.
    with right if own.kind.trees else left:
        seed = st.number_input("Seed", 0, 9999, own.seed, key=f"seed-{key}", **_KEEP)
        count = st.number_input(
            "Trainings, each with another seed",
            1,
            5,
            1,
            key=f"seeds-{key}",
            help="Several draw a band: how far chance alone moves the curves.",
            **_KEEP,
        )
    with right:
        descent = {} if own.kind.trees else _descent(own, key)
    changes = _against_heart(own, key)
    job = replace(
        own,
        genres=genres,
        split=split,
        tracks=None if tracks == _ALL else int(str(tracks)),
        window_s=float(window),
        seed=int(seed),
        **descent,
        **changes,
    )
    if replace(job, seed=own.seed) != own:
        # "One minute" is what it was called for its settings.
        job = replace(job, title=f"{own.title}, changed")
    return job, int(count)


def _descent(own: Job, key: str) -> dict[str, Any]:
    """Give the settings of a network's training, which trees have no use for."""
    optimisers = ["adam", "sgd", "adamw"]
    return {
        "epochs": int(st.number_input("Epochs", 1, 200, own.epochs, key=f"epochs-{key}", **_KEEP)),
        "learning_rate": st.select_slider(
            "Learning rate",
            sorted({*_RATES, own.learning_rate}),
            own.learning_rate,
            format_func=lambda value: f"{value:g}",
            key=f"rate-{key}",
            **_KEEP,
        ),
        "batch": st.select_slider(
            "Batch", sorted({*_BATCHES, own.batch}), own.batch, key=f"batch-{key}", **_KEEP
        ),
        "optimiser": st.selectbox(
            "Optimiser",
            optimisers,
            index=optimisers.index(own.optimiser),
            format_func={"adam": "Adam", "sgd": "SGD", "adamw": "AdamW"}.__getitem__,
            key=f"optimiser-{key}",
            **_KEEP,
        ),
    }


def _genres(key: str) -> tuple[str, ...]:
    which = st.radio(
        "Genres",
        list(_CHOICES),
        format_func=_CHOICES.__getitem__,
        horizontal=True,
        key=f"genres-{key}",
        **_KEEP,
    )
    if which == "seven":
        return FINE_TUNED_GENRES
    if which != "own":
        return GENRES
    chosen = st.multiselect(
        "Which genres",
        GENRES,
        default=["classical", "jazz", "metal"],
        format_func=NAMES.__getitem__,
        key=f"own-{key}",
        **_KEEP,
    )
    return tuple(genre for genre in GENRES if genre in chosen)


def _against_heart(own: Job, key: str) -> dict[str, Any]:
    """Give the settings that keep a network from learning its tracks by heart."""
    st.markdown("**Against learning by heart**")
    found: dict[str, Any] = {}
    columns = iter(st.columns(3))
    if takes_dropout(own.kind):
        with next(columns):
            if st.toggle("Set the dropout", key=f"drop-{key}", **_KEEP):
                found["dropout"] = st.slider(
                    "Dropout", 0.0, 0.9, 0.5, 0.05, key=f"dropout-{key}", **_KEEP
                )
    with next(columns):
        found["augmented"] = st.toggle(
            "Alter the sounds",
            own.augmented,
            key=f"altered-{key}",
            help="Learn from versions of each clip that are filtered, noisy, compressed, "
            "stretched; some networks also hear rooms, telephones and mixes of two clips.",
            **_KEEP,
        )
        if found["augmented"]:
            first = min(own.versions, 32)
            found["versions"] = int(
                st.slider("Versions a track", 1, 32, first, key=f"versions-{key}", **_KEEP)
            )
    if own.kind.trees:
        return found
    with next(columns):
        early = st.toggle(
            "Stop early",
            own.patience is not None,
            key=f"early-{key}",
            help="End when the validation loss has not fallen for some epochs, and go back to "
            "the best one.",
            **_KEEP,
        )
        found["patience"] = (
            int(
                st.number_input(
                    "Patience (epochs)", 1, 50, own.patience or 5, key=f"patience-{key}", **_KEEP
                )
            )
            if early
            else None
        )
    return found


def fine_tune() -> None:
    """Let the visitor start the report's six variants, or one of its tables."""
    st.markdown(
        "To fine-tune is to let a network that has learnt one task go on with another. A report by "
        "students of Stanford's course CS230 does so in six ways with a convolutional recurrent "
        "network: two optimisers, and three choices of what is frozen, so that it stays as learnt, "
        "and which recurrent layers follow. First the network to go on from is trained on ten "
        "genres, then each variant on seven."
    )
    left, right = st.columns(2)
    first = left.number_input("Epochs of the first network", 1, 100, 25, key="base-epochs", **_KEEP)
    epochs = right.number_input("Epochs of each variant", 1, 50, 15, key="tuned-epochs", **_KEEP)
    trainings = manager()
    known = [
        trainings.run(run.id) for run in own.runs(trainings)
        if run.state == "done" and run.job.architecture == "choi-crnn" and not run.job.fine_tuning
        and run.job.split == "artist"
    ]  # fmt: skip
    titles = {run.id: f"{run.title}, {len(run.epochs)} epochs" for run in known}
    base = st.selectbox(
        "Go on from",
        ["", *titles],
        index=1 if titles else 0,
        format_func=lambda one: titles.get(one, "a new network, trained first"),
        key="base",
    )
    begin = Job.of("choi-crnn", title="Network to fine-tune", epochs=int(first))
    jobs = presets.fine_tuning(base=base or "", epochs=int(epochs))
    chosen = st.multiselect(
        "Variants",
        [job.title for job in jobs],
        default=[job.title for job in jobs],
        key="variants",
        **_KEEP,
    )
    wanted = [job for job in jobs if job.title in chosen]
    _start(
        (lambda: wanted) if base else None,
        [*([] if base else [begin]), *wanted],
        key="fine-tune",
        label="Run all six" if len(wanted) == len(jobs) else f"Run {len(wanted)}",
        after=begin,
    )
    st.divider()
    st.markdown("**The experiments of the report's tables**, on its own convolutional network.")
    table = st.selectbox(
        "Experiment",
        list(presets.SWEEPS),
        format_func=lambda one: presets.SWEEPS[one][0],
        key="sweep",
        **_KEEP,
    )
    many = st.number_input("Epochs of each", 1, 50, 15, key="sweep-epochs", **_KEEP)
    sweep = presets.sweep(table, epochs=int(many))
    _start(lambda: sweep, sweep, key="start-sweep", label="Run the experiment")


def leak() -> None:
    """Let the visitor see what it does to a figure when a network knows the test music."""
    seed = st.number_input(
        "Seed",
        0,
        9999,
        0,
        key="leak-seed",
        width=240,
        help="Of all four trainings. With another one the networks begin elsewhere: see whether "
        "the difference stays.",
        **_KEEP,
    )
    left, right = st.columns(2)
    with left, st.container(border=True):
        st.markdown("**Artists on both sides**")
        st.markdown(
            "The same small network twice: once with no artist on both sides, once with the "
            "tracks divided at random, as most reports do."
        )
        both = presets.leak(seed=int(seed))
        _start(lambda: both, both, key="leak", label="Train both")
    with right, st.container(border=True):
        st.markdown("**The mistake: windows on both sides**")
        st.markdown(
            "Tracks are cut into windows of 3 seconds and the *windows* are divided. Every test "
            "window has neighbours of the same track among those learnt from. This is how figures "
            "of 95 % come about. Its honest twin runs beside it."
        )
        mistake = presets.window_mistake(seed=int(seed))
        _start(lambda: mistake, mistake, key="windows", label="Make the mistake")


def _start(
    jobs: Callable[[], Sequence[Job]] | None,
    estimated: Sequence[Job],
    *,
    key: str,
    label: str = "Start training",
    after: Job | None = None,
) -> None:
    """Show about how long it takes, and a button that puts it in the queue."""
    try:
        lately = estimate.factor(manager().store.runs())
        seconds = sum(estimate.about(job.checked(), factor=lately) for job in estimated)
    except GenreAppError as error:
        st.warning(escape_markdown(str(error)), icon=":material/error:")
        return
    words = f"{len(estimated)} trainings, " if len(estimated) > 1 else ""
    st.button(
        label,
        icon=":material/play_arrow:",
        type="primary",
        key=key,
        disabled=not estimated or bool(own.full(manager())),
        on_click=_submit,
        args=(manager(), jobs, list(estimated), after),
    )
    sentence = f"{words}{estimate.in_words(seconds)} on this machine.{own.full(manager())}"
    st.caption(sentence[:1].upper() + sentence[1:])


def _submit(
    trainings: Manager,
    jobs: Callable[[], Sequence[Job]] | None,
    estimated: Sequence[Job],
    after: Job | None,
) -> None:
    try:
        if jobs is not None:
            names = trainings.submit(jobs())
        else:
            assert after is not None  # noqa: S101  # For the type checker.
            names = trainings.submit_after(after, estimated[1:])
    except GenreAppError as error:
        st.session_state["train-problem"] = str(error)
        return
    st.session_state.pop("train-problem", None)
    own.claim(trainings, names)
