"""Windows as images and sequences: what convolutional and recurrent networks eat.

Images have the lowest band in row 0, time in columns and a channel last; -80 dB
is 0, 0 dB is 1. A window that is shorter than its image (a recording of a second)
is repeated until it fills it: silence would be a sound of its own, which no network
has learnt to ignore. A window that is a column longer is cut.

Conventions: see :mod:`genre_app.views`.
"""

from collections.abc import Callable
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genre_app.logmel import BANDS, CLIP_COLUMNS, COLUMN_RATE, FLOOR_DB
from genre_app.views.spectra import checked

__all__ = [
    "CLIP_10_S",
    "CRNN_SHAPE",
    "PICTURE",
    "PICTURES",
    "PIECE_6_S",
    "RESNET_PICTURE",
    "SMALL_SHAPE",
    "SQUARE",
    "XCEPTION_PICTURE",
    "clip_image",
    "crnn_image",
    "fitted",
    "picture",
    "piece_image",
    "piece_sequence",
    "resized",
    "resnet_picture",
    "small_image",
    "square_image",
    "track_image",
    "xception_picture",
]

CLIP_10_S: Final = round(10 * COLUMN_RATE)
"""Columns of 10 seconds: 241."""

PIECE_6_S: Final = round(6 * COLUMN_RATE)
"""Columns of 6 seconds: 145."""

CRNN_SHAPE: Final = (96, 1366)
"""Bands and columns of 30 seconds for the convolutional recurrent network."""

SMALL_SHAPE: Final = (BANDS, CLIP_COLUMNS // 3)
"""Bands and columns of 30 seconds where a whole clip is one small image: 8 columns a second."""

SQUARE: Final = 323
"""Height and width of the square image of 30 seconds."""

PICTURE: Final = 96
"""Height and width of the picture for a small network."""

RESNET_PICTURE: Final = 64
XCEPTION_PICTURE: Final = 72
"""Height and width for the deep networks, which two processor cores have to train.

Xception takes no less than 71.
"""


def clip_image(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """10 seconds as an image [shape=(n, 128, 241, 1)], 0 to 1."""
    return _image(fitted(windows, CLIP_10_S))


def track_image(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """30 seconds as an image [shape=(n, 128, 723, 1)], 0 to 1."""
    return _image(fitted(windows, CLIP_COLUMNS))


def piece_image(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """6 seconds, a fifth of a clip, as a grey image [shape=(n, 128, 145, 1)], 0 to 1."""
    return _image(fitted(windows, PIECE_6_S))


def piece_sequence(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """6 seconds as a sequence of their image's columns, two averaged [shape=(n, 72, 128)].

    The step of 0.08 s halves what a recurrent network costs.
    """
    image = _image(fitted(windows, PIECE_6_S // 2 * 2))[..., 0]
    pairs = image.reshape(len(image), BANDS, PIECE_6_S // 2, 2).mean(axis=3)
    return np.ascontiguousarray(pairs.transpose(0, 2, 1))


def crnn_image(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """30 seconds resampled to 96 bands and 1,366 columns [shape=(n, 96, 1366, 1)], 0 to 1."""
    return resized(_image(fitted(windows, CLIP_COLUMNS)), CRNN_SHAPE)


def small_image(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """30 seconds as a small image [shape=(n, 128, 241, 1)], 0 to 1."""
    return resized(_image(fitted(windows, CLIP_COLUMNS)), SMALL_SHAPE)


def square_image(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """30 seconds as a square image [shape=(n, 323, 323, 1)], 0 to 1."""
    return resized(_image(fitted(windows, CLIP_COLUMNS)), (SQUARE, SQUARE))


def picture(windows: NDArray[np.float32], *, size: int = PICTURE) -> NDArray[np.float32]:
    """30 seconds as a picture with three equal channels [shape=(n, size, size, 3)], 0 to 1.

    What ResNet50 and Xception expect of colours (0 to 255 less a mean, or -1 to 1)
    is done by the first layers of the networks.
    """
    grey = resized(_image(fitted(windows, CLIP_COLUMNS)), (size, size))
    return np.repeat(grey, 3, axis=3)


def resnet_picture(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """30 seconds as a picture for ResNet50 [shape=(n, 64, 64, 3)], 0 to 1."""
    return picture(windows, size=RESNET_PICTURE)


def xception_picture(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """30 seconds as a picture for Xception [shape=(n, 72, 72, 3)], 0 to 1."""
    return picture(windows, size=XCEPTION_PICTURE)


PICTURES: Final[frozenset[Callable[[NDArray[np.float32]], NDArray[np.float32]]]] = frozenset(
    {
        clip_image,
        track_image,
        piece_image,
        piece_sequence,
        crnn_image,
        small_image,
        square_image,
        picture,
        resnet_picture,
        xception_picture,
    }
)
"""Views that resample a window linearly, its rows and columns each by itself: 0 at -80 dB, 1 at
0 dB. A network that eats one can be differentiated with respect to the log-mel."""


def fitted(windows: NDArray[np.float32], columns: int) -> NDArray[np.float32]:
    """Give windows a number of columns: shorter ones are repeated, longer ones cut.

    Parameters
    ----------
    windows : ndarray of float32 [shape=(n, 128, any)]
    columns : int

    Returns
    -------
    ndarray of float32 [shape=(n, 128, columns)]
    """
    times = -(-columns // checked(windows).shape[2])
    return (np.tile(windows, (1, 1, times)) if times > 1 else windows)[:, :, :columns]


def resized(images: NDArray[np.float32], shape: tuple[int, int]) -> NDArray[np.float32]:
    """Resample images by linear interpolation, averaging where they shrink.

    Parameters
    ----------
    images : ndarray of float32 [shape=(n, rows, columns, 1)]
    shape : (int, int)
        Rows and columns wanted.

    Returns
    -------
    ndarray of float32 [shape=(n, *shape, 1)]
        Within the range of the images.
    """
    rows, columns = _weights(images.shape[1], shape[0]), _weights(images.shape[2], shape[1])
    result: NDArray[np.float32] = np.matmul(np.matmul(rows, images[..., 0]), columns.T)
    shaped: NDArray[np.float32] = result[..., None]
    return shaped


def _image(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    image: NDArray[np.float32] = windows * np.float32(-1 / FLOOR_DB) + np.float32(1.0)
    shaped: NDArray[np.float32] = image[..., None]
    return shaped


@cache
def _weights(source: int, target: int) -> NDArray[np.float32]:
    """Triangular filters [shape=(target, source)], each as wide as a cell of the coarser grid."""
    scale = source / target
    centres = (np.arange(target) + 0.5) * scale - 0.5
    # Outside the image its border goes on.
    centres = np.clip(centres, 0, source - 1)
    distance = np.abs(np.arange(source) - centres[:, None]) / max(scale, 1.0)
    weights = np.maximum(0.0, 1.0 - distance)
    weights /= weights.sum(axis=1, keepdims=True)
    result: NDArray[np.float32] = weights.astype(np.float32)
    result.flags.writeable = False
    return result
