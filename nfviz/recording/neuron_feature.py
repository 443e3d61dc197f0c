"""Crops to neuron features: the weighted average of eq. 1, its spread, its coverage."""

from dataclasses import dataclass

import numpy as np

from nfviz.recording.coverage import Coverage
from nfviz.recording.moments import crop_sums, mean_and_scatter, squared_norm

GRAY = 127.5
"""Mid-gray: what a pixel shows that no image of a neuron covers."""

OUTSIDE = 128
"""What the pixels of a crop hold that lie outside of its image: the byte next to mid-gray."""

# Mid-gray as R + G, B and R - G, less what a crop holds outside.
_GRAY = np.float32(GRAY - OUTSIDE) * np.array([2, 1, 0], np.float32).reshape(3, 1, 1)

# Below this share of the squares float32 does not resolve the scatter.
_DOUBTFUL = 1 / 32

# Crops x pixels at a time of what is done again in float64.
_AGAIN = 1 << 15

_TINY = np.finfo(float).tiny


@dataclass(frozen=True)
class NeuronFeature:
    """The average of one neuron's crops.

    Attributes
    ----------
    feature : ndarray of float64, shape (height, width, 3)
        In 0..255; mid-gray where the coverage is too low.
    spread : ndarray of float32, shape (height, width)
        Standard deviation of the crops, over the three opponent channels.
    coverage : ndarray of float64, shape (height, width)
        Share of the weight whose crop covers the pixel, in [0, 1].
    """

    feature: np.ndarray
    spread: np.ndarray
    coverage: np.ndarray


def neuron_feature(
    crops: np.ndarray,
    weights: np.ndarray,
    boxes: np.ndarray,
    *,
    opponent: str = "cic",
    normalise: str = "sum",
    min_coverage: float = 0.1,
) -> NeuronFeature:
    r"""Average the crops of one neuron.

    .. math:: NF = \sum_j w_j I_j / \sum_j w_j, \qquad
        \sigma^2 = \frac{1}{3 \sum_j w_j} \sum_j w_j \lVert OPP(I_j) - OPP(NF) \rVert^2

    Both sums run per pixel. The average takes the crops that cover the pixel; in the spread, a
    crop that does not cover it counts as mid-gray, so that a pixel seen by one crop alone is not
    taken for a certain one.

    Parameters
    ----------
    crops : ndarray of uint8 or int8, shape (n, 3, height, width)
        RGB, `OUTSIDE` where a crop reaches out of its image; in int8 all of it less `OUTSIDE`,
        which is what is computed with.
    weights : ndarray of float64, shape (n,)
        Relative activations in (0, 1].
    boxes : ndarray of int, shape (n, 4)
        The part of each crop that is image: top, bottom, left, right; bottom, right exclusive.
    opponent : {"cic", "orthonormal"}
        Opponent space of the spread.
    normalise : {"sum", "paper"}
        "sum" divides by the sum of the weights; "paper" by their number, which is eq. 1 to the
        letter and darker by the mean weight.
    min_coverage : float
        Pixels below this coverage are mid-gray.

    Notes
    -----
    Departures from the paper: eq. 1 divides by the number of images, so that its result is no
    average; the paper does not say what a crop shows beyond the border of its image.

    The result is the same in any thread and among any other neurons.
    """
    levels = crops if crops.dtype == np.int8 else np.bitwise_xor(crops, OUTSIDE).view(np.int8)
    cover, whole = Coverage(weights, boxes, crops.shape[2:]), float(weights.sum())
    gray = cover.share < max(min_coverage - 1e-9, _TINY)
    mean, scatter = _mean_and_scatter(levels, weights, boxes, cover, gray, opponent)
    as_gray = whole * np.where(gray, cover.share, 1 - cover.share)
    if as_gray.any():
        distance = squared_norm(mean.astype(np.float32) - _GRAY, opponent)
        scatter += cover.per_pixel(as_gray.astype(np.float32)) * distance
    scatter *= 1 / (3 * whole)
    spread = np.sqrt(np.maximum(scatter, 0, out=scatter), out=scatter)
    feature = _colors(mean)
    if normalise == "paper":
        feature *= weights.mean()
    if gray.any():
        np.copyto(feature, GRAY, where=cover.per_pixel(gray))
    return NeuronFeature(feature.transpose(1, 2, 0), spread, cover.per_pixel(cover.share))


def _mean_and_scatter(
    levels: np.ndarray,
    weights: np.ndarray,
    boxes: np.ndarray,
    cover: Coverage,
    gray: np.ndarray,
    opponent: str,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean of the crops that cover each pixel, and their scatter about it.

    The scatter is what the squares are above that of the mean. Where this is little, float32 does
    not tell it, and both are computed again from the crops; not so in gray fields, where the
    scatter is little besides the distance from gray.
    """
    mean, squares = crop_sums(levels, weights, boxes, opponent)
    covered = cover.share * weights.sum()
    mean *= cover.per_pixel(1 / np.maximum(covered, _TINY))
    scatter = squared_norm(mean.astype(np.float32), opponent)
    scatter *= cover.per_pixel(-covered.astype(np.float32))
    scatter += squares
    squares *= cover.per_pixel(np.where(gray, np.float32(-1), np.float32(_DOUBTFUL)))
    rows, cols = np.nonzero(scatter < squares)
    top, bottom, left, right = boxes.T[:, :, np.newaxis]
    step = max(1, _AGAIN // len(levels))
    for start in range(0, len(rows), step):
        row, col = rows[start : start + step], cols[start : start + step]
        sees = (top <= row) & (row < bottom) & (left <= col) & (col < right)
        mean[:, row, col], scatter[row, col] = mean_and_scatter(
            levels[:, :, row, col], weights[:, np.newaxis] * sees, opponent
        )
    return mean, scatter


def _colors(mean: np.ndarray) -> np.ndarray:
    """Return RGB in 0..255 of R + G, B and R - G less what a crop holds outside."""
    colors = np.empty_like(mean)
    red, green, blue = colors
    half = 0.5 * mean[2]
    np.multiply(mean[0], 0.5, out=red)
    red += OUTSIDE
    np.subtract(red, half, out=green)
    red += half
    np.add(mean[1], OUTSIDE, out=blue)
    return np.clip(colors, 0, 255, out=colors)
