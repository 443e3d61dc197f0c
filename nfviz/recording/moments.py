"""Sums over a neuron's crops, pixel by pixel: the first two moments of their colors.

Colors stand here as R + G, B and R - G, less 128 each of R, G and B. So the mean of gray pixels is
gray to the last bit, and a squared distance in opponent space takes four products, not nine.
"""

from collections.abc import Iterator
from functools import cache

import numpy as np

from nfviz.opponent import OPPONENT

# Crops x pixels at a time: small enough for the caches, large enough for NumPy.
_CHUNK = 1 << 18


def crop_sums(
    crops: np.ndarray, weights: np.ndarray, boxes: np.ndarray, opponent: str
) -> tuple[np.ndarray, np.ndarray]:
    r"""Sum the crops and their squares.

    .. math:: \sum_j w_j I_j, \qquad \sum_j w_j \lVert A I_j \rVert^2

    Parameters
    ----------
    crops : ndarray of int8, shape (n, 3, height, width)
        RGB less 128; 0 where a crop reaches out of its image.
    weights : ndarray of float64, shape (n,)
        Of the crops, in (0, 1].
    boxes : ndarray of int, shape (n, 4)
        The part of each crop that is image: top, bottom, left, right; bottom, right exclusive.
        Crops that come in the order of where their images end are summed where they show
        something only.
    opponent : {"cic", "orthonormal"}
        Opponent space, whose matrix is A.

    Returns
    -------
    sums : ndarray of float64, shape (3, height, width)
        Of R + G, B and R - G, as exact as in float64: see `_split`.
    squares : ndarray of float32, shape (height, width)
        In squared opponent units, with the rounding of float32.
    """
    count, _, height, width = crops.shape
    halves, single = _split(weights, 256), weights.astype(np.float32)
    form = _form(opponent).astype(np.float32)
    step = max(1, _CHUNK // (count * width))
    buffer = np.empty(4 * count * min(step, height) * width, np.float32)
    sums, squares = np.empty((3, height, width)), np.empty((height, width), np.float32)
    for rows, some in _blocks(boxes, height, step):
        part = crops[some, :, rows].swapaxes(0, 1)
        planes = buffer[: 4 * part[0].size].reshape(4, part.shape[1], part.shape[2] * width)
        np.copyto(planes[:3].reshape(part.shape), part)
        red, green, blue, difference = planes
        np.subtract(red, green, out=difference)
        both, linear = np.add(red, green, out=green), planes[1:]
        # One product per half and plane: BLAS would take its own threads for a larger one.
        coarse, fine = (halves[:, np.newaxis, np.newaxis, some] @ linear).reshape(2, 3, -1, width)
        np.add(coarse, fine, out=sums[:, rows], dtype=np.float64)
        np.multiply(both, blue, out=red)
        np.multiply(linear, linear, out=linear)
        squares[rows] = (form @ (single[some] @ planes)).reshape(-1, width)
    return sums, squares


def mean_and_scatter(
    crops: np.ndarray, weights: np.ndarray, opponent: str
) -> tuple[np.ndarray, np.ndarray]:
    r"""Average crops and sum their squared distances from that, in float64, about one of them.

    .. math:: m = \sum_j w_j I_j / \sum_j w_j, \qquad \sum_j w_j \lVert A (I_j - m) \rVert^2

    Crops that are equal have no scatter, and their mean is what they show.

    Parameters
    ----------
    crops : ndarray of int8, shape (n, 3, pixels)
        RGB less 128.
    weights : ndarray of float64, shape (n, pixels)
        Of each crop at each pixel, 0 where it does not cover it; one at least is not 0.
    opponent : {"cic", "orthonormal"}
        Opponent space, whose matrix is A.

    Returns
    -------
    mean : ndarray of float64, shape (3, pixels)
        Of R + G, B and R - G.
    scatter : ndarray of float64, shape (pixels,)
        In squared opponent units.
    """
    red, green, blue = crops.swapaxes(0, 1).astype(np.float64)
    colors = np.stack([red + green, blue, red - green])
    center = colors[:, (weights > 0).argmax(axis=0), np.arange(crops.shape[2])]
    colors -= center[:, np.newaxis]
    shift = (weights * colors).sum(axis=1) / weights.sum(axis=0)
    colors -= shift[:, np.newaxis]
    return center + shift, (weights * squared_norm(colors, opponent)).sum(axis=0)


def squared_norm(colors: np.ndarray, opponent: str) -> np.ndarray:
    """Return ||A c||^2 of color differences (3, ...) given as R + G, B and R - G, in 0..255."""
    both, blue, difference = colors
    cross, first, second, third = _form(opponent).tolist()
    norm = third * difference
    norm *= difference
    product = second * blue
    product *= blue
    norm += product
    np.multiply(blue, cross, out=product)
    product += first * both
    product *= both
    norm += product
    return norm


@cache
def _form(opponent: str) -> np.ndarray:
    """Return ||A c||^2 as factors of (R + G) B, (R + G)^2, B^2 and (R - G)^2.

    Red and green weigh alike in all spaces, so that R - G has no product with the other two.
    """
    matrix = OPPONENT[opponent] / 255 @ [[0.5, 0, 0.5], [0.5, 0, -0.5], [0, 1, 0]]
    form = matrix.T @ matrix
    return np.array([2 * form[0, 1], form[0, 0], form[1, 1], form[2, 2]])


def _blocks(boxes: np.ndarray, height: int, step: int) -> Iterator[tuple[slice, slice]]:
    """Cut rows into blocks; yield them, and the crops that reach into each or lie between such."""
    starts = np.arange(0, height, step)[:, np.newaxis]
    reaching = (boxes[:, 0] < starts + step) & (boxes[:, 1] > starts)
    first, last = reaching.argmax(axis=1), len(boxes) - reaching[:, ::-1].argmax(axis=1)
    last[~reaching.any(axis=1)] = 0
    for start, *some in zip(starts[:, 0].tolist(), first.tolist(), last.tolist(), strict=True):
        yield slice(start, min(start + step, height)), slice(*some)


def _split(weights: np.ndarray, largest: int) -> np.ndarray:
    """Part weights into coarse and fine float32, so that sums of coarse x level are exact.

    A float32 holds 24 bits. With coarse weights that are multiples of 2**-q, all partial sums are
    multiples of 2**-q below n * largest, hence exact for q = 24 - log2(n * largest); the fine rest
    is so small that its rounding does not matter.
    """
    bits = 24 - int(np.ceil(np.log2(len(weights) * largest)))
    coarse = np.round(weights * 2.0**bits) / 2.0**bits
    return np.stack([coarse, weights - coarse]).astype(np.float32)
