"""The architectures that can be trained: one module each, and this registry."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genre_app.architectures import statistics_mlp
from genre_app.errors import ModelError
from genre_app.views import statistics

__all__ = ["ARCHITECTURES", "Architecture", "get"]


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """What is needed to train a kind of network and to serve it.

    Attributes
    ----------
    name, title, summary, report : str
        ``report`` says where it comes from.
    window_s, hop_s : float
        Seconds of a window, and at most between the starts of two.
    view : callable
        From windows [shape=(n, 128, columns)] to what the network eats.
    build : callable
        From the view of the training windows to an untrained ``keras.Model``
        with the outputs ``logits`` (n, 10) and ``place`` (n, any).
    """

    name: str
    title: str
    summary: str
    report: str
    window_s: float
    hop_s: float
    view: Callable[[NDArray[np.float32]], NDArray[np.float32]]
    build: Callable[[NDArray[np.float32]], Any]


ARCHITECTURES: Final[Mapping[str, Architecture]] = MappingProxyType(
    {
        "statistics": Architecture(
            name="statistics",
            title="Statistics network",
            summary=(
                "Describes each 12 seconds by 448 numbers (timbre, its movement, rhythm in 32 "
                "bands) and gives them to a small dense network. Trained on filtered, noisy, "
                "compressed and stretched versions of each clip, so that it survives real files."
            ),
            report="This project",
            window_s=12.0,
            hop_s=3.0,
            view=statistics,
            build=statistics_mlp.build,
        )
    }
)


def get(name: str) -> Architecture:
    """Look an architecture up by name.

    Raises
    ------
    ModelError
        There is none of that name; the message lists the known ones.
    """
    try:
        return ARCHITECTURES[name]
    except KeyError:
        known = ", ".join(ARCHITECTURES)
        raise ModelError(f"There is no architecture '{name}'. Known: {known}.") from None
