"""CCMAS: how far a neuron's mean response to its best class stands above the other classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nfviz.selectivity.blind_class_means import expected_ccmas
from nfviz.selectivity.class_bounds import class_sizes
from nfviz.selectivity.neuron_rows import layer_rows
from nfviz.selectivity.response_moments import response_table

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from nfviz.atlas import Atlas

    Floats = NDArray[np.float64]

__all__ = ["CCMAS", "class_contrast"]


def class_contrast(means: ArrayLike) -> tuple[Floats, NDArray[np.intp]]:
    """Return the class-conditional mean activity selectivity, and the preferred class.

    With mu_max the greatest of a neuron's class means and mu_rest the mean of the others::

        ccmas = (mu_max - mu_rest) / (mu_max + mu_rest)

    Parameters
    ----------
    means : array_like, shape (neurons, classes)
        Mean response to the images of each class, 0 or more. NaN for a class that is not known:
        it takes no part.

    Returns
    -------
    ccmas : numpy.ndarray, shape (neurons,)
        0 where all classes have the same mean, 1 where all but one have a mean of 0. NaN with
        fewer than 2 known classes, and for a neuron that never responds (0/0).
    best : numpy.ndarray of int, shape (neurons,)
        Column of the greatest mean, the first of equal ones; without meaning where `ccmas` is NaN.
    """
    means = np.asarray(means)
    neurons, classes = means.shape
    if classes < 2:
        return np.full(neurons, np.nan), np.zeros(neurons, dtype=np.intp)
    unknown = np.isnan(means)
    filled = np.where(unknown, 0, means)
    best = filled.argmax(axis=1)
    highest = filled[np.arange(neurons), best].astype(np.float64)
    others = classes - 1 - unknown.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        rest = (filled.sum(axis=1, dtype=np.float64) - highest) / others
        contrast = (highest - rest) / (highest + rest)
    return np.maximum(contrast, 0), best


@dataclass(frozen=True)
class CCMAS:
    """Class-conditional mean activity selectivity (Morcos et al. 2018).

    See `class_contrast` for the equation. Not in the paper. Departures from Morcos et al.: the
    response to an image is the spatial maximum behind the ReLU, as everywhere in this package,
    where they take the spatial mean; and the mean of the others is that of their class means, so
    that every class counts the same, where they average over images (the same thing in a data
    set with equally many images per class). Unlike class selectivity it rests on all images of
    the data set, not on the ranked ones.

    A neuron's best class stands out by chance alone where classes have few images or few images
    make the neuron fire, so read the chance level beside it. A neuron that answers one image alone
    has 1; Gale et al. (2020) warn that the index overstates selectivity.

    References
    ----------
    Morcos, Barrett, Rabinowitz and Botvinick, "On the importance of single directions for
    generalization", ICLR 2018. Gale, Martin, Blything, Nguyen and Bowers, "Are there any 'object
    detectors' in the hidden layers of CNNs trained to identify objects or scenes?", Vision
    Research, 2020.
    """

    def __call__(self, atlas: Atlas) -> pd.DataFrame:
        """Measure every neuron of a record.

        Parameters
        ----------
        atlas : Atlas
            Needs ``class_means``, ``responses`` and the labels in ``images``.

        Returns
        -------
        pandas.DataFrame
            Index as ``atlas.neurons``. ``ccmas`` in [0, 1]; ``ccmas_chance``, what the neuron
            would have on average if its responses were dealt to the images at random
            (`nfviz.selectivity.blind_class_means.expected_ccmas`); ``ccmas_label`` (Int64), the
            class with the greatest mean, on a tie the first. NaN for dead neurons, and with fewer
            than 2 classes of which the mean is known.

        Raises
        ------
        ValueError
            If the record has no statistics of a neuron or class means of a layer.
        """
        values = np.full(len(atlas.neurons), np.nan)
        best = np.zeros(len(atlas.neurons), dtype=np.intp)
        for layer, positions, units in layer_rows(atlas):
            if layer not in atlas.class_means:
                raise ValueError(
                    f"atlas.class_means has no layer {layer!r}; nfviz.analyze records every layer. "
                    "Analyze the network again, or leave this measure out."
                )
            values[positions], best[positions] = class_contrast(atlas.class_means[layer][units])
        known = ~np.isnan(values)
        label = pd.array(np.zeros(len(values), np.int64), dtype="Int64")
        label[known] = atlas.classes.index.to_numpy()[best[known]]
        label[~known] = pd.NA
        table = response_table(atlas)
        moments = (table[name].to_numpy() for name in ("mean", "moment2", "moment3"))
        chance = expected_ccmas(class_sizes(atlas.images["label"]), *moments)
        columns = {
            "ccmas": values,
            "ccmas_chance": np.where(known, chance, np.nan),
            "ccmas_label": label,
        }
        return pd.DataFrame(columns, index=atlas.neurons.index)
