"""Figures on a card, as the results that the sentences are made of.

Cards hold what ``as_dict`` of each result gave: rounded, ``None`` for what
could not be measured. What a card does not have is ``None`` here.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from genre_app.evaluation.blends import Mixes
from genre_app.evaluation.intervals import NOTHING, Estimate
from genre_app.evaluation.listeners import Agreement, Listeners
from genre_app.evaluation.metrics import Figures
from genre_app.evaluation.multilabel import MultiLabel
from genre_app.evaluation.robustness import Stability, Unheard
from genre_app.evaluation.splices import Splices

__all__ = [
    "figures_of",
    "listeners_of",
    "mixes_of",
    "multi_label_of",
    "splices_of",
    "stability_of",
]


def figures_of(measured: Mapping[str, Any]) -> Figures:
    """Read the figures of one protocol."""
    names = ("tracks", "accuracy", "low", "high", "balanced_accuracy", "ece", "brier", "nll")
    # Cards of earlier versions, and of songs whose artists nobody knows, lack the last.
    return Figures(
        **{name: measured[name] for name in names},
        auc=measured.get("auc"),
        artists=measured.get("artists"),
        truthful_ece=_estimate(measured["truthful_ece"]) if "truthful_ece" in measured else None,
    )


def multi_label_of(measured: Mapping[str, Any]) -> MultiLabel | None:
    """Read the figures of yes-or-no answers of one protocol."""
    found = measured.get("multi_label")
    if not found:
        return None
    values = dict(found)
    for name in ("subset_accuracy", "label_accuracy"):
        values[name] = _estimate(values[name])
    for name in ("accuracy_of", "thresholds"):
        values[name] = np.asarray(values[name], dtype=np.float64)
    return MultiLabel(**values)


def mixes_of(card: Mapping[str, Any]) -> Mixes | None:
    """Read what mixes of two tracks showed."""
    found = (card.get("blends") or {}).get("mixes")
    if not found:
        return None
    # Cards of earlier versions have other fields, and lack some.
    values = {field.name: found.get(field.name) for field in fields(Mixes)}
    for name in ("share_error", "plain_error", "rank_mean", "rank_median", "both_first"):
        values[name] = _estimate(found[name])
    for name in ("apart_error", "apart_both_first"):
        values[name] = _estimate(found[name]) if name in found else NOTHING
    values["shares"] = tuple(values["shares"])
    values["answers"] = tuple(_estimate(one) for one in values["answers"])
    return Mixes(**values)


def splices_of(card: Mapping[str, Any]) -> Splices | None:
    """Read what cuts from one track to another showed."""
    found = (card.get("blends") or {}).get("splices")
    return Splices(**{**found, "error_s": _estimate(found["error_s"])}) if found else None


def listeners_of(card: Mapping[str, Any]) -> Listeners | None:
    """Read how far the bars agree with listeners."""
    found = (card.get("blends") or {}).get("listeners")
    if not found:
        return None
    agreement = {
        name: Agreement(**{key: _estimate(value) for key, value in one.items()})
        for name, one in found["agreement"].items()
    }
    usual_of = tuple(found.get("usual_of") or ())
    return Listeners(found["artists"], found["tracks"], agreement, usual_of)


def stability_of(card: Mapping[str, Any]) -> tuple[Stability, ...]:
    """Read what rough treatment did; empty where it was not tried."""
    found = card.get("robustness") or ()
    rows: Sequence[Mapping[str, Any]] = (
        list(found.values()) if isinstance(found, Mapping) else found
    )
    return tuple(
        Stability(
            variant=one["variant"],
            clips=one["clips"],
            same=one["same"],
            share=_estimate(one["share"]),
            went_to=_went_to(one),
            learnt=one.get("learnt"),
            unheard=_unheard(one.get("unheard")),
        )
        for one in rows
    )


def _unheard(found: Mapping[str, Any] | None) -> Unheard | None:
    if not found:
        return None
    return Unheard(**{**found, "share": _estimate(found["share"]), "went_to": _went_to(found)})


def _went_to(found: Mapping[str, Any]) -> tuple[tuple[int, int], ...]:
    return tuple((int(genre), int(count)) for genre, count in found["went_to"])


def _estimate(found: Mapping[str, Any]) -> Estimate:
    ends = (found[name] for name in ("value", "low", "high"))
    return Estimate(*(math.nan if end is None else float(end) for end in ends))
