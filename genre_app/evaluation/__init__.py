"""Measuring models: metrics with intervals, under both protocols."""

from genre_app.evaluation.metrics import Figures, figures, wilson

__all__ = ["Figures", "figures", "wilson"]
