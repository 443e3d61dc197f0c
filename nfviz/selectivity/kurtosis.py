"""Kurtosis: how heavy the tail of a neuron's responses is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nfviz.selectivity.response_moments import response_table, scaled_moments

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from nfviz.atlas import Atlas

    Floats = NDArray[np.float64]

__all__ = ["Kurtosis", "excess_kurtosis"]

# Below, the rounding of float64 moments would show: it is divided by the square of this.
_LEAST_VARIANCE = 1e-6


def excess_kurtosis(
    mean: ArrayLike, moment2: ArrayLike, moment3: ArrayLike, moment4: ArrayLike
) -> Floats:
    """Return the excess kurtosis from raw moments.

    With population moments (divided by n), E[(r - E[r])^2] the variance::

        kurtosis = E[(r - E[r])^4] / variance^2 - 3

    Parameters
    ----------
    mean, moment2, moment3, moment4 : array_like, shape (neurons,)
        Raw moments E[r], E[r^2], E[r^3], E[r^4].

    Returns
    -------
    numpy.ndarray, shape (neurons,)
        -2 or more. NaN where the variance is below 1e-6 of E[r^2] (a deviation of a thousandth of
        the response): there raw moments leave less than three digits of it, and none at all for a
        constant response.
    """
    u, _, third, fourth = scaled_moments(mean, moment2, moment3, moment4)
    variance = np.where(1 - u**2 >= _LEAST_VARIANCE, 1 - u**2, np.nan)
    kurtosis: Floats = (fourth - 4 * u * third + 6 * u**2 - 3 * u**4) / variance**2 - 3
    return np.maximum(kurtosis, -2)


@dataclass(frozen=True)
class Kurtosis:
    """Excess kurtosis of the responses to all images.

    High where a few images give responses far above the rest, 0 for a Gaussian, 2.4 for a
    rectified Gaussian of mean zero, -2 for responses of two values in equal shares. See
    `excess_kurtosis` for the equation. Not in the paper. A response is the spatial maximum behind
    the ReLU, over all images of the data set. No error is given: it would take moments up to the
    eighth, and a single image can decide the value, which reaches (n - 2) + 1/(n - 1) - 3 for n
    images of which one makes the neuron fire.

    References
    ----------
    Willmore and Tolhurst, "Characterizing the sparseness of neural codes", Network: Computation
    in Neural Systems, 2001.
    """

    def __call__(self, atlas: Atlas) -> pd.Series:
        """Measure every neuron of a record.

        Parameters
        ----------
        atlas : Atlas
            Needs ``responses``.

        Returns
        -------
        pandas.Series
            ``kurtosis``, index as ``atlas.neurons``, -2 or more. NaN for dead neurons and where
            all responses are nearly the same.

        Raises
        ------
        ValueError
            If the record has no statistics of a neuron.
        """
        table = response_table(atlas)
        moments = (table[name].to_numpy() for name in ("mean", "moment2", "moment3", "moment4"))
        return pd.Series(excess_kurtosis(*moments), index=atlas.neurons.index, name="kurtosis")
