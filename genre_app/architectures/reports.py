"""What the five reports have in common in how they train."""

from genre_app.recipes import Optimiser, Recipe

__all__ = ["as_reported"]


def as_reported(
    *,
    optimiser: Optimiser = "adam",
    learning_rate: float = 1e-3,
    batch: int = 32,
    epochs: int = 1,
    patience: int | None = None,
) -> Recipe:
    """Give a report's recipe: windows as recorded, one rate throughout, hard labels.

    None of the reports names a schedule, label smoothing or altered sounds; all cut
    a track into as many windows as fit side by side.
    """
    return Recipe(
        optimiser=optimiser,
        learning_rate=learning_rate,
        batch=batch,
        epochs=epochs,
        patience=patience,
        schedule="constant",
        label_smoothing=0.0,
        augmentation=None,
    )
