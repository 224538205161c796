"""From a run to a model on every page; and the user's own models renamed, deleted, packed."""

import io
import json
import shutil
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Final

from genre_app import zoo
from genre_app.errors import ModelError, reason_of
from genre_app.files import write_whole
from genre_app.jobs.files import Folder

__all__ = ["delete", "keep", "packed", "rename", "slug"]

_changing: Final = threading.Lock()
"""Two tabs may want the same name: between the look and the writing nobody else writes."""


def slug(title: str) -> str:
    """Make a folder's name of what a person calls a model, in any script.

    Raises
    ------
    ModelError
        Nothing is left of it, or a model of the project is called that.
    """
    name = zoo.folder_name(title)
    if name in zoo.names(zoo.FOLDER):
        raise ModelError(f"'{name}' is a model of this project. Choose another name.")
    return name


def keep(folder: Folder, title: str) -> str:
    """Copy what a run has learnt into the user's models.

    Parameters
    ----------
    folder : Folder
        Of a finished run under the ``artist`` protocol.
    title : str
        What the model is called on screen.

    Returns
    -------
    str
        Its name in :mod:`genre_app.zoo`.

    Raises
    ------
    ModelError
        The title is taken, the run has no model, or the disk cannot be written.
    """
    wanted = slug(_tidy(title))
    with _changed():
        zoo.check_title(_tidy(title), zoo.user_folder())
        if not (folder.model / "card.json").exists():
            raise ModelError(
                "This run has no model: it must have run to its end with the artists kept apart. "
                "Figures under the other splits are too good, so their networks are not kept."
            )
        name = _free(wanted)
        target = zoo.user_folder() / name
        part = target.with_name(f".{name}.part")
        shutil.rmtree(part, ignore_errors=True)
        try:
            part.mkdir(parents=True)
            for path in folder.model.iterdir():
                shutil.copy2(path, part)
            _call(part, name, title)
            # What is no model for want of a card stands in nobody's way.
            if not (target / "card.json").exists():
                shutil.rmtree(target, ignore_errors=True)
            part.rename(target)
        except OSError:
            shutil.rmtree(part, ignore_errors=True)
            raise
    return name


def rename(name: str, title: str) -> None:
    """Call one of the user's models something else on screen.

    Its name stays, and its folder: links, choices and catalogues know it by them.

    Raises
    ------
    ModelError
        It is not the user's, the title is taken, or the disk cannot be written.
    """
    slug(_tidy(title))
    with _changed():
        path = _own(name)
        zoo.check_title(_tidy(title), zoo.user_folder(), but=name)
        _call(path, name, title)


def delete(name: str) -> None:
    """Delete one of the user's models.

    Raises
    ------
    ModelError
        It is not the user's, or the disk cannot be written.
    """
    with _changed():
        # Without its card it is no model any more, whatever interrupts the rest.
        path = _own(name)
        (path / "card.json").unlink()
        shutil.rmtree(path, ignore_errors=True)


def packed(name: str) -> bytes:
    """Give a model's weights, card and evaluation as a zip file.

    Raises
    ------
    ModelError
        There is no such model.
    """
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(zoo.folder_of(name).iterdir()):
            archive.write(path, f"{name}/{path.name}")
    return file.getvalue()


@contextmanager
def _changed() -> Iterator[None]:
    """Change the user's models; what the disk has to complain of is said in words."""
    with _changing:
        try:
            yield
        except OSError as error:
            raise ModelError(
                f"The models in {zoo.user_folder()} could not be changed ({reason_of(error)}). "
                "Check the disk."
            ) from error


def _free(name: str) -> str:
    """Give a name a number if it is taken: by a model that was renamed, or of a similar title."""
    taken = zoo.names()
    numbered = (f"{name}-{number}" for number in count(2))
    return name if name not in taken else next(one for one in numbered if one not in taken)


def _own(name: str) -> Path:
    if not zoo.is_own(name):
        raise ModelError(f"'{name}' is none of your models: only those can be changed.")
    return zoo.folder_of(name)


def _tidy(title: str) -> str:
    return " ".join(title.split())[:60]


def _call(path: Path, name: str, title: str) -> None:
    card = json.loads((path / "card.json").read_text(encoding="utf-8"))
    card |= {"name": name, "title": _tidy(title)}
    write_whole(path / "card.json", (json.dumps(card, indent=1) + "\n").encode())
