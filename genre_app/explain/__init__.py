"""Why a genre: which part of the sound carries it, tested, and made audible.

The map (:mod:`.gradient` or :mod:`.occlusion`) is only a claim; the curves (:mod:`.faithful`)
test it against masks that know nothing; :mod:`.audible` turns it into two sounds.
"""

from genre_app.explain.audible import Parts, split
from genre_app.explain.explanation import Explanation, Method, explain, region
from genre_app.explain.faithful import Check
from genre_app.explain.occlusion import Grid

__all__ = [
    "Check",
    "Explanation",
    "Grid",
    "Method",
    "Parts",
    "explain",
    "region",
    "split",
]
