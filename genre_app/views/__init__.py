"""Views: what one kind of network eats, computed from the log-mel.

Conventions
-----------
A *window* is an array of shape (128, columns), in dB between -80 and 0, as
:meth:`genre_app.logmel.LogMel.excerpt` cuts it. Views are pure functions of
stacks of windows, used alike in training and in serving.
"""

from genre_app.views.descriptors import (
    DESCRIPTORS,
    descriptor_names,
    descriptors,
    image_and_descriptors,
)
from genre_app.views.images import (
    PICTURES,
    SMALL_SHAPE,
    clip_image,
    crnn_image,
    picture,
    piece_image,
    piece_sequence,
    resnet_picture,
    small_image,
    square_image,
    track_image,
    xception_picture,
)
from genre_app.views.statistics import STATISTICS, statistics, statistics_names, structure
from genre_app.views.summary import SUMMARY, summary, summary_names
from genre_app.views.windows import Windows, cut_windows, left_out

__all__ = [
    "DESCRIPTORS",
    "PICTURES",
    "SMALL_SHAPE",
    "STATISTICS",
    "SUMMARY",
    "Windows",
    "clip_image",
    "crnn_image",
    "cut_windows",
    "descriptor_names",
    "descriptors",
    "image_and_descriptors",
    "left_out",
    "picture",
    "piece_image",
    "piece_sequence",
    "resnet_picture",
    "small_image",
    "square_image",
    "statistics",
    "statistics_names",
    "structure",
    "summary",
    "summary_names",
    "track_image",
    "xception_picture",
]
