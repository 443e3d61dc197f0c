"""Class entropy: how evenly the images of a neuron are spread over classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nfviz.selectivity.blind_sets import blind_labels, class_tallies
from nfviz.selectivity.class_bounds import class_sizes
from nfviz.selectivity.class_shares import class_shares, labeled_set

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from nfviz.atlas import Atlas

    Floats = NDArray[np.float64]

__all__ = ["ClassEntropy", "class_entropy", "expected_entropy"]


def class_entropy(table: pd.DataFrame, neurons: int) -> Floats:
    """Return the entropy of each neuron's class distribution, in bits.

    ``H = -sum_c f_c log2 f_c``, with f_c the relative frequency of class c.

    Parameters
    ----------
    table : pandas.DataFrame
        As `nfviz.selectivity.class_shares` gives it.
    neurons : int
        How many neurons there are; those without a row get 0.

    Returns
    -------
    numpy.ndarray, shape (neurons,)
        0 for one class, log2 C for C classes in equal shares.
    """
    share = table["share"].to_numpy()
    bits = np.bincount(table["neuron"], weights=-share * np.log2(share), minlength=neurons)
    return bits.astype(np.float64)


def expected_entropy(sizes: ArrayLike, drawn: ArrayLike) -> tuple[Floats, Floats]:
    """Return the entropy that a label-blind neuron has on average, and its effective classes.

    Such a neuron draws its N images without replacement from the data set; they weigh the same.
    Means of 1,000 simulated neurons with a fixed seed, the same every time.

    Parameters
    ----------
    sizes : array_like of int
        Images per class.
    drawn : array_like of int, one-dimensional
        Sizes N of the sets, from 1 to the number of images.

    Returns
    -------
    entropy, effective : numpy.ndarray, shape of `drawn`
        Means of H, in bits, and of 2^H.
    """
    drawn = np.asarray(drawn, dtype=np.int64)
    if drawn.size == 0:
        return np.empty(0), np.empty(0)
    tallies = class_tallies(blind_labels(sizes, int(drawn.max())))
    numbers = np.arange(1, tallies.shape[1] + 1)
    # H = log2 N - (1/N) sum_c n_c log2 n_c; each image adds its step to the sum.
    steps = np.diff(numbers * np.log2(numbers), prepend=0.0)
    entropy = np.log2(numbers) - np.cumsum(steps[tallies - 1], axis=1) / numbers
    entropy = np.maximum(entropy, 0)
    return entropy.mean(axis=0)[drawn - 1], np.exp2(entropy).mean(axis=0)[drawn - 1]


@dataclass(frozen=True)
class ClassEntropy:
    """Entropy of the class distribution, effective classes, and a selectivity made of it.

    With f_c the relative frequency of class c (`nfviz.selectivity.class_shares`, equation 3 of
    the paper), N the labeled images of the neuron's image set and C the classes of the data
    set::

        H                         = -sum_c f_c log2 f_c         (Shannon 1948)
        effective classes         = 2^H                         (Hill 1973)
        class entropy selectivity = 1 - H / log2 min(N, C)

    The effective classes are as many equally frequent classes as would have the same entropy: a
    soft count, where `nfviz.ClassSelectivity` counts a class with a single image in full. Like
    class selectivity all three depend on the data set, so read the chance level beside them. Not
    in the paper.

    References
    ----------
    Shannon, "A mathematical theory of communication", Bell System Technical Journal, 1948. Hill,
    "Diversity and evenness: a unifying notation and its consequences", Ecology, 1973.
    """

    def __call__(self, atlas: Atlas) -> pd.DataFrame:
        """Measure every neuron of a record.

        Parameters
        ----------
        atlas : Atlas
            Needs ``ranked`` and the labels in ``images``; unlabeled images do not count.

        Returns
        -------
        pandas.DataFrame
            Index as ``atlas.neurons``, and the columns

            - ``class_entropy``, H in bits, from 0 to log2 min(N, C);
            - ``effective_classes``, 2^H, from 1 to min(N, C);
            - ``effective_classes_chance``, what a label-blind neuron with as many images has on
              average (`expected_entropy`);
            - ``class_entropy_selectivity``, in [0, 1];
            - ``class_entropy_selectivity_chance``, that of a label-blind neuron.

            NaN for dead neurons and neurons without labeled images; the selectivity is NaN too
            with a single labeled image or a single class.
        """
        neurons = len(atlas.neurons)
        neuron, label, weight = labeled_set(atlas)
        drawn = np.bincount(neuron, minlength=neurons)
        sizes = class_sizes(atlas.images["label"])
        entropy = np.where(
            drawn > 0, class_entropy(class_shares(neuron, label, weight), neurons), np.nan
        )
        distinct, inverse = np.unique(drawn, return_inverse=True)
        expected = np.full((2, len(distinct)), np.nan)
        expected[:, distinct > 0] = expected_entropy(sizes, distinct[distinct > 0])
        blind, effective = expected[:, inverse]
        most = np.minimum(drawn, len(sizes))
        highest = np.log2(np.where(most > 1, most, np.nan))
        columns = {
            "class_entropy": entropy,
            "effective_classes": np.exp2(entropy),
            "effective_classes_chance": effective,
            "class_entropy_selectivity": np.clip(1 - entropy / highest, 0, 1),
            "class_entropy_selectivity_chance": np.clip(1 - blind / highest, 0, 1),
        }
        return pd.DataFrame(columns, index=atlas.neurons.index)
