"""Start the work of the page Your classes, and watch it: in the background, one at a time."""

from collections.abc import Sequence
from typing import Any, Final

import streamlit as st

from genre_app import architectures, gtzan, zoo
from genre_app.collection.archive import Archive
from genre_app.collection.extend import extend
from genre_app.collection.gather import Gathered, add_files, add_source, keep
from genre_app.collection.rehearsal import is_kept
from genre_app.collection.result import Outcome
from genre_app.collection.scratch import scratch
from genre_app.collection.songs import class_name
from genre_app.collection.store import Collection
from genre_app.genres import name_of
from genre_app.places import home
from genre_app.ui import own_classes
from genre_app.ui.own_classes import desk, visitor
from genre_app.ui.state import escape_markdown
from genre_app.wording import counted

__all__ = [
    "EXTENDABLE",
    "add_songs",
    "add_to_model",
    "add_zip",
    "estimate",
    "running",
    "train_from_scratch",
    "watch",
]

EXTENDABLE: Final = ("blend", "statistics")
"""Models that come with the project and to which genres can be added."""


def running() -> bool:
    """Whether something is being worked on."""
    job = desk().job
    return job is not None and job.state == "running"


def add_songs(collection: Collection, genre: str, files: Sequence[Any]) -> None:
    """Start to read uploaded files into one class."""
    named = class_name(genre)
    given = [(file.name, file.getvalue) for file in files]
    own_classes.check_room(collection, len(given))
    folder = own_classes.collections()

    def work(tell: Any) -> Gathered:  # noqa: ANN401
        return keep(add_files(collection, named, given, progress=tell), collection, folder)

    title = f"reading {counted(len(given), 'song')}"
    desk().begin(title, "gather", visitor(), work, about=collection.name)


def add_zip(collection: Collection, file: Any) -> None:  # noqa: ANN401  # UploadedFile
    """Start to read a zip file: a folder a class."""
    limits, folder = own_classes.limits(), own_classes.collections()
    with Archive(file, limits=limits) as archive:
        own_classes.check_room(collection, len(archive.members))

    def work(tell: Any) -> Gathered:  # noqa: ANN401
        with Archive(file, limits=limits) as archive:
            gathered = add_source(collection, archive, progress=tell)
        return keep(gathered, collection, folder)

    desk().begin("reading a zip file", "gather", visitor(), work, about=collection.name)


def add_to_model(collection: Collection, base: str) -> None:
    """Start to add all classes to a model."""

    def work(tell: Any) -> tuple[Collection, Outcome]:  # noqa: ANN401
        cache = home() / "cache"
        return collection, extend(
            collection, zoo.load(base), gtzan.load(), cache=cache, progress=tell
        )

    classes = ", ".join(name_of(genre) for genre in collection.classes)
    title = f"adding {classes} to {zoo.card(base)['title']}"
    desk().begin(title, "train", visitor(), work, about=collection.name)


def train_from_scratch(collection: Collection, architecture: str) -> None:
    """Start to train a network on the collection alone."""
    kind = architectures.get(architecture)

    def work(tell: Any) -> tuple[Collection, Outcome]:  # noqa: ANN401
        return collection, scratch(collection, kind, kind.recipe, progress=tell)

    title = f"training {kind.title} from scratch"
    desk().begin(title, "train", visitor(), work, about=collection.name)


def estimate(base: str) -> str:
    """Say how long it will take to add classes to a model."""
    often = "It takes about 10 to 20 seconds."
    if is_kept(zoo.card(base), home() / "cache"):
        return often
    return f"{often} The first time one to three minutes more: the model hears all it knew again."


@st.fragment(run_every=0.7)
def watch() -> None:
    """Show how far the work is; when it ends, show the page with its result."""
    job = desk().job
    if job is None or job.state != "running":
        st.rerun()
    left, mine = job.left_s, job.owner == visitor()
    # What strangers call their classes is nobody else's business.
    title = job.title if mine else "somebody else's classes"
    words = title[0].upper() + title[1:]
    if left is not None and left >= 1:
        words += f", about {left:.0f} s left"
    st.progress(job.share, text=escape_markdown(words))
    if mine:
        if st.button("Stop", icon=":material/stop:", key="stop-job", disabled=job.stopping):
            job.stop()
    else:
        st.caption("Somebody else on this server has started this. You can when it is done.")
