"""Genre Blend: what a song is made of, over time, and how sure one can be.

The package is a library first: the pages and the command line call the same
functions. Importing it is cheap; TensorFlow, librosa and Streamlit are
imported by the modules that need them, when they need them.
"""

import os

__all__ = ["__version__"]

__version__ = "0.1.0"

# TensorFlow reads it when it is loaded. On processors with AVX-512 the convolutions of oneDNN
# in TensorFlow 2.21 end the whole process where a kernel is as tall as the image (umass-time-cnn)
# and a batch has another size than the one before. Those for AVX2 do not, and are hardly
# slower for networks of this size. Whoever knows better sets it before.
os.environ.setdefault("ONEDNN_MAX_CPU_ISA", "AVX2")
