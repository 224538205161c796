"""Gradient-boosted trees on 498 numbers: the baseline that the report on Jamendo gave up.

scikit-learn grows them; they are kept as plain arrays and read by the few lines
below, so that nothing is ever unpickled and serving needs no scikit-learn.
"""

import zipfile
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app.architectures.base import Architecture, Claim
from genre_app.architectures.layers import scaling
from genre_app.architectures.reports import as_reported
from genre_app.errors import ModelError
from genre_app.views import SUMMARY, summary

__all__ = ["ENTRIES", "Trees", "build"]

ABSENT: Final = -20.0
"""Score of a genre that the training had no window of."""

_SETTINGS: Final = ("rounds", "learning_rate", "max_depth", "min_leaf", "l2")


@dataclass(frozen=True, eq=False, kw_only=True)
class Trees:
    """Boosted trees, grown or not, that are called like a network.

    The nodes of all trees stand in one row; a tree is known by its root. At a node
    a window goes left where its number ``feature`` is at most ``threshold``. A leaf
    has itself on both sides.

    Attributes
    ----------
    genres : int
        Number of outputs.
    settings : ndarray of float64 [shape=(5,)]
        Rounds, learning rate, largest depth, least windows in a leaf, L2.
    mean, spread : ndarray of float64 [shape=(numbers,)]
        Of the training windows: they standardise the embedding, not the trees' input.
    feature, left, right : ndarray of int32 [shape=(nodes,)]
    threshold, value : ndarray of float64 [shape=(nodes,)]
    roots, outputs : ndarray of int32 [shape=(trees,)]
        Node where each tree begins, and the output that it adds to.
    baseline : ndarray of float64 [shape=(genres,)]
        Scores before the first tree.
    """

    genres: int
    settings: NDArray[np.float64]
    mean: NDArray[np.float64]
    spread: NDArray[np.float64]
    feature: NDArray[np.int32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    threshold: NDArray[np.float64]
    value: NDArray[np.float64]
    roots: NDArray[np.int32]
    outputs: NDArray[np.int32]
    baseline: NDArray[np.float64]

    def __call__(
        self, view: NDArray[np.float32], *, training: bool = False
    ) -> dict[str, NDArray[np.float32]]:
        """Read windows.

        Parameters
        ----------
        view : ndarray of float32 [shape=(n, numbers)]
        training : bool
            There is no difference; networks have it.

        Returns
        -------
        dict of str to ndarray of float32
            ``logits`` (n, genres): as scikit-learn's ``decision_function`` (of two
            genres the first has 0); ``embedding`` (n, numbers): the standardised view.
        """
        exact = np.asarray(view, dtype=np.float64)
        places = np.broadcast_to(self.roots, (len(exact), len(self.roots)))
        rows = np.arange(len(exact))[:, None]
        while True:
            goes_left = exact[rows, self.feature[places]] <= self.threshold[places]
            below = np.where(goes_left, self.left[places], self.right[places])
            if np.array_equal(below, places):
                break
            places = below
        said = np.zeros((len(self.roots), self.genres))
        said[np.arange(len(self.roots)), self.outputs] = 1.0
        logits = self.baseline + self.value[places] @ said
        embedding = (exact - self.mean) / self.spread
        return {"logits": logits.astype(np.float32), "embedding": embedding.astype(np.float32)}

    def fit(
        self, view: NDArray[np.float32], labels: NDArray[np.integer], *, seed: int = 0
    ) -> "Trees":
        """Grow trees on windows; these stay as they are.

        Parameters
        ----------
        view : ndarray of float32 [shape=(n, numbers)]
        labels : ndarray of int [shape=(n,)]
            At least two different ones.
        seed : int

        Returns
        -------
        Trees
        """
        from sklearn.ensemble import HistGradientBoostingClassifier
        from threadpoolctl import threadpool_limits

        given = dict(zip(_SETTINGS, self.settings.tolist(), strict=True))
        grower = HistGradientBoostingClassifier(
            max_iter=int(given["rounds"]),
            learning_rate=given["learning_rate"],
            max_depth=int(given["max_depth"]),
            min_samples_leaf=int(given["min_leaf"]),
            l2_regularization=given["l2"],
            early_stopping=False,
            random_state=seed,
        )
        # On a few hundred windows threads wait for each other: up to 20 times as long.
        with threadpool_limits(1, user_api="openmp"):
            grown = grower.fit(view, labels)
        return replace(self, **_arrays(grown, self.genres))

    def count_params(self) -> int:
        """Count the nodes of all trees."""
        return len(self.value)

    def save(self, path: Path) -> None:
        """Write the arrays, compressed, to an ``.npz`` file."""
        arrays = {field.name: np.asarray(getattr(self, field.name)) for field in fields(self)}
        with Path(path).open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **arrays)

    @classmethod
    def load(cls, path: Path) -> "Trees":
        """Read what :meth:`save` wrote; nothing is unpickled.

        Raises
        ------
        ModelError
            An array is missing, or a node points outside.
        """
        try:
            with np.load(path, allow_pickle=False) as stored:
                arrays = {field.name: stored[field.name] for field in fields(cls)}
        except (KeyError, ValueError, zipfile.BadZipFile) as error:
            raise ModelError(f"{Path(path).name} holds no boosted trees: {error}.") from None
        trees = cls(genres=int(arrays.pop("genres")), **arrays)
        own = np.arange(len(trees.value))
        sound = (
            _within(trees.feature, len(trees.mean)),
            _within(trees.roots, len(own)),
            _within(trees.outputs, trees.genres),
            # Below a node stand later ones: else a window might walk in a circle.
            trees.left.shape == trees.right.shape == own.shape,
            _within(trees.left - own, len(own) - own),
            _within(trees.right - own, len(own) - own),
        )
        if not all(sound):
            raise ModelError(f"{Path(path).name} holds no boosted trees: a node is astray.")
        return trees


def build(
    training: NDArray[np.float32],
    /,
    *,
    genres: int = 10,
    rounds: int = 100,
    learning_rate: float = 0.3,
    max_depth: int = 6,
    min_leaf: int = 5,
    l2: float = 1.0,
) -> Trees:
    """Prepare trees that are still to be grown.

    The report used XGBoost and names no settings: rounds, rate, depth and L2 are
    XGBoost's own. scikit-learn's histogram trees stand in for it.

    Parameters
    ----------
    training : ndarray of float32 [shape=(n, 498)]
        Its mean and spread standardise the embedding.
    genres : int
        Number of outputs.
    rounds : int
        Trees for each genre.
    learning_rate, l2 : float
    max_depth : int
    min_leaf : int
        Least windows in a leaf. Free.

    Returns
    -------
    Trees
        Without any tree: every logit is 0.
    """
    mean, spread = scaling(training)
    settings = np.array([rounds, learning_rate, max_depth, min_leaf, l2], dtype=np.float64)
    indices, numbers = np.empty(0, dtype=np.int32), np.empty(0)
    return Trees(
        genres=genres,
        settings=settings,
        mean=mean,
        spread=spread,
        feature=indices,
        left=indices,
        right=indices,
        threshold=numbers,
        value=numbers,
        roots=indices,
        outputs=indices,
        baseline=np.zeros(genres),
    )


def _within(indices: NDArray[np.integer], limit: int | NDArray[np.integer]) -> bool:
    return bool(((indices >= 0) & (indices < limit)).all())


def _arrays(grown: Any, genres: int) -> dict[str, Any]:  # noqa: ANN401
    """Take scikit-learn's trees apart."""
    # Two classes share one score: that of the second, against 0 of the first.
    classes = grown.classes_[1:] if len(grown.classes_) == 2 else grown.classes_
    baseline = np.full(genres, ABSENT)
    baseline[grown.classes_] = 0.0
    # Private, for want of anything public; the parity test tells if it changes.
    baseline[classes] = np.ravel(grown._baseline_prediction)
    tables = [tree.nodes for of_round in grown._predictors for tree in of_round]
    sizes = np.array([len(table) for table in tables])
    roots = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    nodes = np.concatenate(tables)
    own, leaf = np.arange(len(nodes)), nodes["is_leaf"].astype(bool)
    offset = np.repeat(roots, sizes)
    return {
        "feature": np.where(leaf, 0, nodes["feature_idx"]).astype(np.int32),
        "left": np.where(leaf, own, nodes["left"] + offset).astype(np.int32),
        "right": np.where(leaf, own, nodes["right"] + offset).astype(np.int32),
        "threshold": np.where(leaf, 0.0, nodes["num_threshold"]).astype(np.float64),
        "value": np.where(leaf, nodes["value"], 0.0).astype(np.float64),
        "roots": roots.astype(np.int32),
        "outputs": np.tile(classes, len(tables) // len(classes)).astype(np.int32),
        "baseline": baseline,
    }


ENTRIES: Final = (
    Architecture(
        name="boosted-trees",
        title="Gradient-boosted trees",
        summary=(
            f"Decision trees on {SUMMARY} numbers, each correcting the ones before: the baseline "
            "without a neural network. scikit-learn's trees stand in for the report's XGBoost."
        ),
        report="Johnson, Music Genre Classifier",
        section="4.1",
        window_s=30.0,
        hop_s=10.0,
        view=summary,
        build=build,
        # Of the recipe only the options and the seed matter to trees.
        recipe=as_reported(),
        claim=Claim(
            figure=0.5,
            metric="accuracy",
            protocol='MTG-Jamendo, "somewhere around 50 %", given up for the network',
            on_gtzan=False,
        ),
        trees=True,
    ),
)
