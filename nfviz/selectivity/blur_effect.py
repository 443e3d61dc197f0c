"""The blur effect of a neuron feature: how little it changes where it is blurred once more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nfviz.option_checks import check_count
from nfviz.selectivity.neuron_rows import feature_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nfviz.atlas import Atlas

__all__ = ["BlurEffect", "feature_blur"]

_LEAST_SIDE = 4


def feature_blur(features: NDArray[np.floating], h_size: int = 11) -> NDArray[np.float64]:
    """Return the blur effect of each feature, by scikit-image's `blur_effect`.

    With D the absolute derivatives (Sobel) of the gray feature along a direction, and D' those of
    the feature after a mean over `h_size` pixels along that direction, summed without the border::

        blur effect = max over both directions of  1 - sum(max(0, D - D')) / sum(D)

    Parameters
    ----------
    features : numpy.ndarray, shape (neurons, height, width, 3)
        Neuron features in 0..255.
    h_size : int
        Pixels of the mean, 2 or more.

    Returns
    -------
    numpy.ndarray of float64, shape (neurons,)
        In [0, 1]: near 0 where the feature is sharp, near 1 where it is blurred, 1 where it does
        not change along a direction. NaN for a side of fewer than 4 pixels, which is all border,
        and where a pixel is not finite.
    """
    # It takes a third of a second to import.
    from skimage.color import rgb2gray
    from skimage.measure import blur_effect

    found = np.full(len(features), np.nan)
    if min(features.shape[1:3]) >= _LEAST_SIDE:
        for number, feature in enumerate(features):
            if np.isfinite(feature).all():
                gray = rgb2gray(np.asarray(feature, dtype=np.float64) / 255)
                found[number] = blur_effect(gray, h_size=h_size)
    return found


@dataclass(frozen=True)
class BlurEffect:
    """Blur effect of the neuron feature (Crete et al. 2007): near 0 if sharp, near 1 if blurred.

    The formula is that of `feature_blur`, computed by scikit-image. It looks at how fast edges
    are, whatever their contrast, so that the faint noise of an average of unrelated crops passes
    for sharp: `nfviz.Sharpness`, which weighs edges against the spread of the crops, is among the
    measures that every record gets, and this one is not. It is here to compare with other work.
    Not in the paper, which speaks of blurred features without a measure (its section 3).

    Parameters
    ----------
    h_size : int
        Pixels of the mean by which the feature is blurred once more, 2 or more.

    Raises
    ------
    ValueError
        If `h_size` is no integer from 2 on.

    References
    ----------
    Crete, Dolmiere, Ladret and Nicolas, "The blur effect: perception and estimation with a new
    no-reference perceptual blur metric", SPIE Human Vision and Electronic Imaging XII, 2007.

    Examples
    --------
    >>> atlas = nfviz.score(atlas, nfviz.BlurEffect())
    >>> atlas.neurons["blur_effect"].between(0, 1).all()
    np.True_
    """

    h_size: int = 11

    def __post_init__(self) -> None:
        """Refuse options out of range."""
        check_count("h_size", self.h_size, 2)

    def __call__(self, atlas: Atlas) -> pd.DataFrame:
        """Measure every neuron of a record.

        Parameters
        ----------
        atlas : Atlas
            Needs ``features``.

        Returns
        -------
        pandas.DataFrame
            Index as ``atlas.neurons``, one column ``blur_effect`` in [0, 1]. NaN for dead neurons,
            for layers without features, and where `feature_blur` gives it.
        """
        values = np.full(len(atlas.neurons), np.nan)
        for layer, positions, units in feature_rows(atlas):
            values[positions] = feature_blur(atlas.features[layer][units], self.h_size)
        return pd.DataFrame({"blur_effect": values}, index=atlas.neurons.index)
