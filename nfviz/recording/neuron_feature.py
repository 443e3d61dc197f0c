"""Crops to neuron features: the weighted average of eq. 1, its spread, its coverage."""

from dataclasses import dataclass

import numpy as np

from nfviz.opponent import OPPONENT

GRAY = 127.5
"""Mid-gray: what a pixel shows that no image of a neuron covers."""

OUTSIDE = 128
"""What the pixels of a crop hold that lie outside of its image: the byte next to mid-gray."""

# Pixels of all crops at a time: small enough for the caches, large enough for NumPy.
_CHUNK = 1 << 18


@dataclass(frozen=True)
class NeuronFeature:
    """The average of one neuron's crops.

    Attributes
    ----------
    feature : ndarray of float64, shape (height, width, 3)
        In 0..255; mid-gray where the coverage is too low.
    spread : ndarray of float64, shape (height, width)
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
    crops : ndarray of uint8, shape (n, 3, height, width)
        RGB; `OUTSIDE` where a crop reaches out of its image.
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
    average; the paper does not say what a crop shows beyond the border of its image. Sums of
    weighted pixels are as exact as in float64: see `_split`.
    """
    coverage = _coverage(weights, boxes, crops.shape[2:])
    feature = np.empty((*coverage.shape, 3))
    spread = np.empty_like(coverage)
    parts, single = _split(weights, 255), weights.astype(np.float32)
    step = max(1, _CHUNK // (len(weights) * 3 * coverage.shape[1]))
    for top in range(0, coverage.shape[0], step):
        rows = slice(top, top + step)
        pixels = crops[:, :, rows].astype(np.float32).reshape(len(crops), -1)
        covered = coverage[rows].ravel() * weights.sum()
        beyond = weights.sum() - covered
        total = (parts @ pixels).sum(axis=0, dtype=np.float64).reshape(3, -1) - OUTSIDE * beyond
        shown = (covered > 0) & (coverage[rows].ravel() >= min_coverage - 1e-9)
        mean = np.full_like(total, GRAY)
        np.divide(total, covered, out=mean, where=shown)
        pixels -= mean.astype(np.float32).ravel()
        moment = _second_moment(pixels.reshape(len(crops), 3, -1), single, opponent)
        moment += beyond * (
            _squared_norm(GRAY - mean, opponent) - _squared_norm(OUTSIDE - mean, opponent)
        )
        spread[rows] = np.sqrt(np.maximum(moment, 0) / (3 * weights.sum())).reshape(
            -1, coverage.shape[1]
        )
        if normalise == "paper":
            mean[:, shown] *= weights.mean()
        feature[rows] = mean.T.reshape(-1, coverage.shape[1], 3)
    return NeuronFeature(feature, spread, coverage)


def _split(weights: np.ndarray, largest: int) -> np.ndarray:
    """Part weights into coarse and fine float32, so that sums of coarse x pixel are exact.

    A float32 holds 24 bits. With coarse weights that are multiples of 2**-q, all partial sums are
    multiples of 2**-q below n * largest, hence exact for q = 24 - log2(n * largest); the fine rest
    is so small that its rounding does not matter.
    """
    bits = 24 - int(np.ceil(np.log2(len(weights) * largest)))
    coarse = np.round(weights * 2.0**bits) / 2.0**bits
    return np.stack([coarse, weights - coarse]).astype(np.float32)


def _coverage(weights: np.ndarray, boxes: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """Return the share of the weight that covers each pixel; exactly 0 and 1 at the ends."""
    corners = np.zeros((2, size[0] + 1, size[1] + 1))
    top, bottom, left, right = boxes.T
    for layer, value in enumerate((weights, np.ones_like(weights))):
        np.add.at(corners[layer], (top, left), value)
        np.add.at(corners[layer], (bottom, right), value)
        np.subtract.at(corners[layer], (top, right), value)
        np.subtract.at(corners[layer], (bottom, left), value)
    weight, count = corners.cumsum(axis=1).cumsum(axis=2)[:, :-1, :-1]
    share = np.clip(weight / weights.sum(), 0.0, 1.0)
    share[count == 0] = 0.0
    share[count == len(weights)] = 1.0
    return share


def _axis_weights(opponent: str) -> np.ndarray:
    """Squared lengths of the opponent axes (intensity, red-green, yellow-blue) in RGB of 0..255.

    The axes are orthogonal, so that ||A d||^2 takes three squares and no matrix: w3 |d|^2 +
    (w1 - w3)/3 (r + g + b)^2 + (w2 - w3)/2 (r - g)^2.
    """
    intensity, red_green, yellow_blue = np.square(OPPONENT[opponent] / 255).sum(axis=1)
    return np.array([yellow_blue, (intensity - yellow_blue) / 3, (red_green - yellow_blue) / 2])


def _squared_norm(deviation: np.ndarray, opponent: str) -> np.ndarray:
    """Return ||A d||^2 of deviations d (3, pixels)."""
    whole, intensity, red_green = _axis_weights(opponent)
    red, green, blue = deviation
    squares = whole * np.square(deviation).sum(axis=0)
    return squares + intensity * (red + green + blue) ** 2 + red_green * (red - green) ** 2


def _second_moment(deviations: np.ndarray, weights: np.ndarray, opponent: str) -> np.ndarray:
    """Sum w ||A d||^2 over the crops, per pixel, for deviations d (n, 3, pixels); overwrites d."""
    whole, intensity, red_green = _axis_weights(opponent)
    red, green, blue = (deviations[:, color] for color in range(3))
    moment = np.zeros(deviations.shape[2])
    for factor, channel in ((intensity, red + green + blue), (red_green, red - green)):
        if abs(factor) > 1e-12:
            moment += factor * (weights @ np.square(channel, out=channel))
    flat = deviations.reshape(len(weights), -1)
    moment += whole * (weights @ np.square(flat, out=flat)).reshape(3, -1).sum(axis=0)
    return moment
