"""The pixels of neuron features, a few neurons at a time: their values and how much each counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import ArrayLike, DTypeLike, NDArray

    Floats = NDArray[np.float64]
    Function = Callable[[NDArray[Any]], NDArray[Any]]

__all__ = ["chunks", "pixel_weights", "planar_colors", "tabulated"]

_COVERAGE_TOLERANCE = 1e-6


def chunks(features: NDArray[Any], pixels: int = 1 << 14) -> Iterator[slice]:
    """Cut neurons into slices.

    Parameters
    ----------
    features : numpy.ndarray, shape (neurons, height, width, ...)
        What to cut.
    pixels : int
        How many pixels a slice has about; one neuron at least. The default is such that the
        colors and a few temporaries fit a cache.

    Yields
    ------
    slice
        Of neurons.
    """
    step = max(1, pixels // max(1, int(np.prod(features.shape[1:3]))))
    for start in range(0, len(features), step):
        yield slice(start, start + step)


def tabulated(function: Function, kind: DTypeLike) -> Function:
    """Return a function of single values, as a table where their type allows it.

    Parameters
    ----------
    function : callable
        Takes an array, gives one of the same shape, each value for itself.
    kind : dtype
        Type of the arrays it will be called with. float16 has 65,536 values: the function is
        applied to these, and looking one up is several times as fast as NumPy converts it.

    Returns
    -------
    callable
        Gives the same values as `function`.
    """
    if np.dtype(kind) != np.float16:
        return function
    with np.errstate(all="ignore"):
        table = function(np.arange(1 << 16, dtype=np.uint16).view(np.float16))
    return lambda values: table.take(values.view(np.uint16))


def pixel_weights(
    spread: ArrayLike, coverage: ArrayLike, *, std_floor: float, min_coverage: float
) -> Callable[[slice], Floats]:
    """Return what gives the weight of each pixel in the principal component analysis.

    ``W = 1 / max(spread, std_floor)``, and 0 where the coverage is 0 or below `min_coverage`. The
    paper weighs by the inverse of the standard deviation; the floor (one 8-bit level by default)
    is ours, because below it differences are quantization.

    Parameters
    ----------
    spread : array_like, shape (neurons, height, width)
        Standard deviation of the crops' colors, in opponent units.
    coverage : array_like, same shape
        Share of the weight of the crops that cover the pixel, 0..1.
    std_floor : float
        Smallest standard deviation that counts, in opponent units.
    min_coverage : float
        Smallest share that counts, inclusive, with a tolerance for the rounding of `coverage`
        (1e-6; 1e-3 of it for float16).

    Returns
    -------
    callable
        Takes a slice of neurons, gives their weights, float64 of shape (neurons, pixels).
    """
    spread, coverage = np.asarray(spread), np.asarray(coverage)
    tolerance = 1e-3 * min_coverage if coverage.dtype == np.float16 else _COVERAGE_TOLERANCE
    inverse = tabulated(
        lambda x: 1.0 / np.maximum(np.asarray(x, dtype=np.float64), std_floor), spread.dtype
    )
    too_few = tabulated(lambda x: ~((x >= min_coverage - tolerance) & (x > 0)), coverage.dtype)

    def weights(part: slice) -> Floats:
        weight = inverse(spread[part])
        np.copyto(weight, 0.0, where=too_few(coverage[part]))
        return weight.reshape(len(weight), -1)

    return weights


def planar_colors(features: NDArray[Any]) -> Callable[[slice, NDArray[np.bool_]], Floats]:
    """Return what gives the colors of neurons channel by channel.

    Parameters
    ----------
    features : numpy.ndarray, shape (neurons, height, width, 3)
        Neuron features in 0..255.

    Returns
    -------
    callable
        Takes a slice of neurons and which of their pixels have no weight (neurons, pixels),
        gives a new float64 array of shape (neurons, 3, pixels), mid-gray in those pixels.
    """
    to_double = tabulated(lambda x: x.astype(np.float64, order="C"), features.dtype)

    def planar(part: slice, uncovered: NDArray[np.bool_]) -> Floats:
        chunk = features[part]
        rgb = to_double(chunk.reshape(len(chunk), -1, 3).transpose(0, 2, 1))
        if uncovered.any():
            # What stands there has weight 0, but 0 times NaN would still be NaN.
            np.copyto(rgb, 127.5, where=uncovered[:, np.newaxis, :])
        return rgb

    return planar
