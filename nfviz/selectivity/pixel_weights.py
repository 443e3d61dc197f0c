"""How much each pixel of a neuron feature counts in measures of its color."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["pixel_weights"]

_COVERAGE_TOLERANCE = 1e-6


def pixel_weights(
    spread: ArrayLike, coverage: ArrayLike, *, std_floor: float, min_coverage: float
) -> NDArray[np.float64]:
    """Return the weight of each pixel of a neuron feature in the principal component analysis.

    ``W = 1 / max(spread, std_floor)``, and 0 where the coverage is 0 or below `min_coverage`. The
    paper weighs by the inverse of the standard deviation; the floor (one 8-bit level by default)
    is ours, because below it differences are quantization.

    Parameters
    ----------
    spread : array_like
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
    numpy.ndarray, float64, same shape
    """
    coverage = np.asarray(coverage)
    half = coverage.dtype == np.float16
    tolerance = 1e-3 * min_coverage if half else _COVERAGE_TOLERANCE
    covered = (coverage >= min_coverage - tolerance) & (coverage > 0)
    inverse = 1.0 / np.maximum(np.asarray(spread, dtype=np.float64), std_floor)
    return np.where(covered, inverse, 0.0)
