"""Genre Blend: what a song is made of, over time, and how sure one can be.

The package is a library first: the pages and the command line call the same
functions. Importing it is cheap; TensorFlow, librosa and Streamlit are
imported by the modules that need them, when they need them.
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
