"""The class contrast of neurons that are blind to classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nfviz.selectivity.response_moments import scaled_moments

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["expected_ccmas"]

_DRAWS, _NODES = 1000, 50
_SEED = 0
_LEAST_VARIANCE = 1e-6  # Below, the skewness of nearly constant responses is rounding.
_LEAST_SKEWNESS, _MOST_SKEWNESS = 1e-3, 4.0


def expected_ccmas(
    sizes: ArrayLike, mean: ArrayLike, moment2: ArrayLike, moment3: ArrayLike
) -> Floats:
    """Return the CCMAS that neurons would have if their responses were dealt out at random.

    The greatest of many class means stands out although classes mean nothing, the more so the
    fewer images a class has and the sparser the responses are. With n images in all, n_c in class
    c, and the variance s^2 and skewness g of the responses, a class mean over random images, drawn
    without replacement, has about::

        variance = s^2 (1/n_c - 1/n) n / (n - 1)
        skewness = g (1 - 2 n_c/n) / (n_c (1 - n_c/n))^(1/2)

    It is taken for a gamma variate by the cube of a normal one (Wilson and Hilferty 1931). The
    mean over 1,000 simulations with a fixed seed, the same every time; the mean of the other
    classes is what the greatest leaves of the overall mean.

    Within about 0.03 of the mean over random permutations of the responses where the neuron
    fires for a few images of each class; with fewer it is too low, by 0.1 and more where both
    such images and classes are few.

    Parameters
    ----------
    sizes : array_like of int, shape (classes,)
        Images per class, 1 or more.
    mean, moment2, moment3 : array_like, shape (neurons,)
        Raw moments of the responses.

    Returns
    -------
    numpy.ndarray, shape (neurons,)
        In [0, 1]. NaN for a neuron that never responds, and with fewer than 2 classes.
    """
    sizes, mean = np.asarray(sizes, dtype=np.float64), np.asarray(mean, dtype=np.float64)
    if len(sizes) < 2:
        return np.full(len(mean), np.nan)
    first, _, third = (m[:, np.newaxis] for m in scaled_moments(mean, moment2, moment3))
    deviation = np.sqrt(1 - first**2)
    steady = deviation**2 < _LEAST_VARIANCE
    skewness = (third - 3 * first + 2 * first**3) / np.where(steady, np.inf, deviation) ** 3
    error, size = _best_classes(sizes)
    total = sizes.sum()
    spread = np.sqrt(1 / size - 1 / total)
    skewness = skewness * (1 - 2 * size / total) / (size * spread)
    scores = _gamma_scores(error / spread, skewness)
    highest = first + deviation * spread * np.sqrt(total / (total - 1)) * scores
    highest = np.maximum(highest, first)  # The greatest mean is no less than the overall one.
    rest = np.maximum(len(sizes) * first - highest, 0) / (len(sizes) - 1)
    expected: Floats = ((highest - rest) / (highest + rest)).mean(axis=1)
    return expected


def _best_classes(sizes: Floats) -> tuple[Floats, Floats]:
    """Return by how much the greatest of random class means exceeds the overall one, and its size.

    For normal responses of unit variance. Simulations of like outcome are averaged into a few
    nodes, in ascending order.
    """
    rng = np.random.default_rng(_SEED)
    total = sizes.sum()
    errors, best = np.empty(_DRAWS), np.empty(_DRAWS, dtype=np.intp)
    for draw in range(_DRAWS):
        sums = rng.standard_normal(len(sizes)) * np.sqrt(sizes)
        means = sums / sizes - sums.sum() / total
        best[draw] = means.argmax()
        errors[draw] = means[best[draw]]
    order = np.argsort(errors)
    error, size = (v[order].reshape(_NODES, -1).mean(axis=1) for v in (errors, sizes[best]))
    return error, size


def _gamma_scores(normal: Floats, skewness: Floats) -> Floats:
    """Return standard normal scores as standard scores of a skewed variate."""
    skewness = np.clip(skewness, -_MOST_SKEWNESS, _MOST_SKEWNESS)
    skewness = np.where(np.abs(skewness) < _LEAST_SKEWNESS, _LEAST_SKEWNESS, skewness)
    root = np.maximum(1 + skewness * normal / 6 - skewness**2 / 36, 0)
    scores: Floats = 2 / skewness * (root**3 - 1)
    return scores
