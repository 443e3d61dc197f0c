"""Sparseness: how unevenly a neuron's responses are spread over the images."""

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

__all__ = ["Sparseness", "lifetime_sparseness", "sparseness_error"]


def lifetime_sparseness(images: ArrayLike, mean: ArrayLike, moment2: ArrayLike) -> Floats:
    """Return the sparseness of responses r that are 0 or more.

    With n images and a = E[r]^2 / E[r^2] (Treves and Rolls 1991), scaled to [0, 1] as by Vinje
    and Gallant (2000)::

        S = (1 - a) / (1 - 1/n)

    Parameters
    ----------
    images : array_like of int, shape (neurons,)
        Number of images n.
    mean, moment2 : array_like, shape (neurons,)
        E[r] and E[r^2] over these images.

    Returns
    -------
    numpy.ndarray, shape (neurons,)
        0 where all images give the same response, 1 where a single image gives any. NaN with
        fewer than 2 images, and for a neuron that never responds (0/0).
    """
    mean, moment2 = np.asarray(mean, np.float64), np.asarray(moment2, np.float64)
    images = np.where(np.asarray(images) >= 2, images, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        sparseness: Floats = (1 - mean * mean / moment2) / (1 - 1 / images)
    return np.clip(sparseness, 0, 1)


def sparseness_error(
    images: ArrayLike, mean: ArrayLike, moment2: ArrayLike, moment3: ArrayLike, moment4: ArrayLike
) -> Floats:
    """Return the standard error of the sparseness if the images are a random sample.

    By the delta method (linear in the deviations of the two moments). With the moments of
    x = r / E[r^2]^(1/2), of which the second is 1 and u = E[x]::

        Var[a] = (4 u^2 (1 - u^2) - 4 u^3 (E[x^3] - u) + u^4 (E[x^4] - 1)) / n
        error  = Var[a]^(1/2) / (1 - 1/n)

    For responses that are all or none this is the binomial error of the share that fires.

    Parameters
    ----------
    images : array_like of int, shape (neurons,)
        Number of images n.
    mean, moment2, moment3, moment4 : array_like, shape (neurons,)
        Raw moments over these images.

    Returns
    -------
    numpy.ndarray, shape (neurons,)
        0 or more; NaN where the sparseness is. Where only a few images make the neuron fire the
        error is itself uncertain, and rather too small.
    """
    images = np.where(np.asarray(images) >= 2, images, np.nan)
    u, _, third, fourth = scaled_moments(mean, moment2, moment3, moment4)
    variance = 4 * u**2 * (1 - u**2) - 4 * u**3 * (third - u) + u**4 * (fourth - 1)
    error: Floats = np.sqrt(np.maximum(variance, 0) / images) / (1 - 1 / images)
    return error


@dataclass(frozen=True)
class Sparseness:
    """Sparseness of the responses to all images, and the share of images that make it fire.

    A neuron that answers a few images strongly and the rest not at all is sparse; see
    `lifetime_sparseness` for the equation and `sparseness_error` for its standard error. Not in
    the paper. A response is the spatial maximum behind the ReLU, over all images of the data set
    and not only the ranked ones, so that the sparseness depends on the data set. For scale: a
    rectified Gaussian of mean zero has 1 - 1/pi = 0.68.

    References
    ----------
    Treves and Rolls, "What determines the capacity of autoassociative memories in the brain?",
    Network: Computation in Neural Systems, 1991. Vinje and Gallant, "Sparse coding and
    decorrelation in primary visual cortex during natural vision", Science, 2000.
    """

    def __call__(self, atlas: Atlas) -> pd.DataFrame:
        """Measure every neuron of a record.

        Parameters
        ----------
        atlas : Atlas
            Needs ``responses``.

        Returns
        -------
        pandas.DataFrame
            Index as ``atlas.neurons``. ``fires``, the share of images with a response above 0, in
            [0, 1], 0 for a silent neuron and NaN for one without a finite response;
            ``sparseness`` in [0, 1]; ``sparseness_error``, its standard error. The last two are
            NaN for dead neurons and with fewer than 2 images.

        Raises
        ------
        ValueError
            If the record has no statistics of a neuron.
        """
        table = response_table(atlas)
        images, mean, *higher = (
            table[name].to_numpy() for name in ("images", "mean", "moment2", "moment3", "moment4")
        )
        columns = {
            "fires": table["fires"].to_numpy(),
            "sparseness": lifetime_sparseness(images, mean, higher[0]),
            "sparseness_error": sparseness_error(images, mean, *higher),
        }
        return pd.DataFrame(columns, index=atlas.neurons.index)
