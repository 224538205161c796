"""The parts of SciPy that take a second to import and that few need; see ``_scipy``."""

# First: what the others need of it is done, then.
from genre_app import _scipy  # noqa: F401

# isort: split
from scipy import ndimage, optimize, signal, stats
from scipy.cluster import hierarchy
from scipy.spatial import distance

__all__ = ["distance", "hierarchy", "ndimage", "optimize", "signal", "stats"]
