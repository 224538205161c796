"""Measuring models: metrics with intervals, tests of blends, and rough treatment.

Nothing here loads a model or trains one: functions take probabilities, or a
callable that gives them.

- :mod:`.metrics`, :mod:`.per_genre`, :mod:`.multilabel`, :mod:`.compare`, :mod:`.tracks`:
  what stored probabilities say.
- :mod:`.blends`, :mod:`.listeners`: whether bars mean shares.
- :mod:`.robustness`: what mp3, telephones, rooms and noise do to the answer; :mod:`.unheard`:
  which of a model's networks can say so of new music.
- :mod:`.words`, :mod:`.words_blends`: each of these as a sentence.
"""

from genre_app.evaluation.intervals import Estimate, wilson
from genre_app.evaluation.metrics import Figures, figures

__all__ = ["Estimate", "Figures", "figures", "wilson"]
