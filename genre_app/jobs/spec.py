"""What a training is asked to do, so that it can be written down, queued and repeated."""

import inspect
import json
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Final, Literal, Self, get_args

from genre_app import architectures
from genre_app.architectures import Architecture
from genre_app.architectures.fine_tuning import FINE_TUNINGS
from genre_app.architectures.lengths import of_length
from genre_app.errors import ModelError, TrainingError
from genre_app.genres import GENRES
from genre_app.recipes import OPTIMISERS, SCHEDULES, Augmentation, Optimiser, Recipe, Schedule

__all__ = ["NO_BASE", "SPLITS", "Job", "Split", "takes_dropout"]

Split = Literal["artist", "random", "windows"]
SPLITS: Final[tuple[Split, ...]] = get_args(Split)
"""The two protocols of the subset, and ``windows``: the windows of all tracks, shuffled, so that
every track stands on all sides. That is a mistake; it is here to be seen."""

NO_BASE: Final = (
    "The network to go on from is not there, or not trained to its end: its run was cancelled, "
    "interrupted or deleted, or it failed. Train it first."
)
"""Why a fine-tuning cannot begin."""

_MOST_EPOCHS: Final = 500
_MOST_VERSIONS: Final = 64


@dataclass(frozen=True, kw_only=True)
class Job:
    """One training.

    Attributes
    ----------
    title : str
        What the run is called in lists.
    architecture : str
        A name of the registry.
    genres : tuple of str
        Two or more of the ten.
    tracks : int or None
        Training tracks a genre at most; None: all.
    split : {"artist", "random", "windows"}
    window_s : float
        Seconds of a window, one of :func:`genre_app.architectures.lengths.lengths`.
    epochs, batch, optimiser, learning_rate, schedule, patience, seed
        As in :class:`genre_app.recipes.Recipe`.
    dropout : float or None
        None: the architecture's own.
    augmented : bool
    versions, clean : int
        With augmentation: as in the recipe.
    options : dict
        Further arguments of the architecture's ``build``.
    fine_tuning : str
        One of ``FINE_TUNINGS``, or nothing.
    base : str
        Of a fine-tuning: the run whose network it goes on from, which must be done.
    resumes : str
        The run whose last checkpoint this one goes on from, or nothing.
    group : str
        Runs with the same group belong side by side.
    """

    title: str = ""
    architecture: str = "statistics"
    genres: tuple[str, ...] = GENRES
    tracks: int | None = None
    split: Split = "artist"
    window_s: float = 12.0
    epochs: int = 20
    batch: int = 128
    optimiser: Optimiser = "adamw"
    learning_rate: float = 1e-3
    schedule: Schedule = "cosine"
    patience: int | None = None
    dropout: float | None = None
    augmented: bool = True
    versions: int = 16
    clean: int = 0
    seed: int = 0
    options: dict[str, Any] = field(default_factory=dict)
    fine_tuning: str = ""
    base: str = ""
    resumes: str = ""
    group: str = ""

    @classmethod
    def of(cls, architecture: str, **changes: Any) -> Self:  # noqa: ANN401
        """Give the training that an architecture's own recipe asks for, with changes."""
        kind = architectures.get(architecture)
        recipe = kind.recipe
        own = cls(
            title=kind.title,
            architecture=architecture,
            window_s=kind.window_s,
            epochs=recipe.epochs,
            batch=recipe.batch,
            optimiser=recipe.optimiser,
            learning_rate=recipe.learning_rate,
            schedule=recipe.schedule,
            patience=recipe.patience,
            augmented=recipe.augmentation is not None,
            versions=recipe.versions,
            clean=recipe.clean,
            seed=recipe.seed,
        )
        return replace(own, **changes).checked()

    @property
    def kind(self) -> Architecture:
        """The architecture, with windows of the wanted length."""
        return of_length(architectures.get(self.architecture), self.window_s)

    @property
    def recipe(self) -> Recipe:
        """The recipe of one network: folds are for models that are shipped."""
        kind = self.kind
        own = kind.recipe
        lengths = own.lengths_s
        if lengths is not None:
            scale = self.window_s / architectures.get(self.architecture).window_s
            lengths = (lengths[0] * scale, lengths[1] * scale)
        options = dict(self.options)
        if self.dropout is not None and takes_dropout(kind):
            options |= _dropout(kind, self.dropout)
        return replace(
            own,
            epochs=self.epochs,
            batch=self.batch,
            optimiser=self.optimiser,
            learning_rate=self.learning_rate,
            schedule=self.schedule,
            patience=self.patience,
            augmentation=(own.augmentation or Augmentation()) if self.augmented else None,
            versions=self.versions,
            clean=self.clean,
            lengths_s=lengths,
            folds=0,
            options=options,
            seed=self.seed,
        )

    def checked(self) -> Self:
        """Give the same job, if it can be done.

        Raises
        ------
        TrainingError
            With a sentence on what to change.
        """
        try:
            self.kind  # noqa: B018  # Raises.
        except ModelError as error:
            raise TrainingError(str(error)) from None
        if len(set(self.genres)) < 2 or not set(self.genres) <= set(GENRES):
            raise TrainingError("Choose at least two of the ten genres.")
        if self.split not in SPLITS:
            raise TrainingError(f"There is no split '{self.split}'. Known: {', '.join(SPLITS)}.")
        for name, value, low, high in (
            ("epochs", self.epochs, 1, _MOST_EPOCHS),
            ("batch", self.batch, 1, 1024),
            ("versions", self.versions, 1, _MOST_VERSIONS),
            ("tracks a genre", self.tracks, 2, 100),
            ("patience", self.patience, 1, _MOST_EPOCHS),
            ("learning rate", self.learning_rate, 1e-7, 1.0),
            ("dropout", self.dropout, 0.0, 0.9),
            ("seed", self.seed, 0, 2**31 - 1),
        ):
            if value is not None and not low <= value <= high:
                raise TrainingError(f"The {name} must be between {low:g} and {high:g}: {value:g}.")
        if self.optimiser not in OPTIMISERS or self.schedule not in SCHEDULES:
            raise TrainingError(f"Unknown: {self.optimiser} or {self.schedule}.")
        if self.fine_tuning and (
            self.fine_tuning not in FINE_TUNINGS or self.architecture != "choi-crnn"
        ):
            raise TrainingError("Only 'choi-crnn' is fine-tuned, in one of six ways.")
        if self.split == "windows" and self.kind.trees:
            raise TrainingError("Trees are trained on tracks; choose a network.")
        return self

    def to_json(self) -> str:
        """Write it down."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read it again; what a newer version has added is left out.

        Raises
        ------
        TrainingError
            The text is no job.
        """
        try:
            found = json.loads(text)
            known = {one.name for one in fields(cls)}
            values = {name: value for name, value in found.items() if name in known}
            values["genres"] = tuple(values["genres"])
            return cls(**values)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise TrainingError("The settings of this run are damaged.") from None


def takes_dropout(kind: Architecture) -> bool:
    """Say whether an architecture's dropout can be set."""
    found = inspect.signature(kind.build).parameters
    return not kind.trees and bool({"dropout", "dropouts", "options"} & set(found))


def _dropout(kind: Architecture, share: float) -> dict[str, Any]:
    if "dropout" in inspect.signature(kind.build).parameters:
        return {"dropout": share}
    return {"dropouts": (share, share)}
