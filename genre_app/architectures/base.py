"""What every architecture says of itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre_app.recipes import Recipe

__all__ = ["Architecture", "Build", "Claim", "View"]

View = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""From windows [shape=(n, 128, columns), dB] to what the network eats [shape=(n, ...)]."""


Build = Callable[..., Any]
"""From the view of the training windows, and ``genres=`` how many, to an untrained network.

The view fixes the input's shape and, where used, its scaling; further keywords are a
recipe's ``options``.
"""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The figure that a report gives for its system.

    Attributes
    ----------
    figure : float
        A share, 0 to 1.
    metric : str
        Such as ``"accuracy"`` or ``"balanced accuracy"``.
    protocol : str
        On which data and split, in words.
    on_gtzan : bool
        Whether it is a figure on GTZAN's ten genres, so that ours can be held
        against it.
    """

    figure: float
    metric: str
    protocol: str
    on_gtzan: bool


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """What is needed to train a kind of network and to serve it.

    Attributes
    ----------
    name, title, summary : str
        ``summary`` is for the screen: one or two plain sentences.
    report, section : str
        Where it comes from.
    window_s, hop_s : float
        Seconds of a window, and at most between the starts of two when a song is
        read.
    view : callable
        From windows [shape=(n, 128, columns)] to what the network eats.
    build : callable
        To an untrained ``keras.Model`` with the outputs ``logits`` (n, genres) and
        ``embedding`` (n, any); one whose parts are to be trained side by side also
        gives their logits as ``branches`` (n, parts, genres). Where ``trees`` is true, to a
        :class:`genre_app.architectures.trees.Trees` instead.
    finish : callable or None
        Makes of a trained network the one that is served.
    recipe : Recipe
        The report's, and ours where it is silent.
    claim : Claim or None
    multi_label : bool
        Sigmoid outputs, trained with every genre that listeners give the artist.
    trees : bool
        Not a Keras network, but boosted trees.
    pretrained : bool
        Begins with ImageNet weights where they can be had.
    """

    name: str
    title: str
    summary: str
    report: str
    section: str
    window_s: float
    hop_s: float
    view: View
    build: Build
    recipe: Recipe
    finish: Callable[[Any], Any] | None = None
    claim: Claim | None = None
    multi_label: bool = False
    trees: bool = False
    pretrained: bool = False
