"""The parts of SciPy that every reading needs.

They are imported when they are needed, and always through this module or ``_scipy_more``:
parts of SciPy import each other in circles, and two threads that begin at two places (a
visitor's page and the warm-up) would each be given something that is not finished. Of one
module Python lets the second thread wait.
"""

from scipy import fft, special

__all__ = ["fft", "special"]
