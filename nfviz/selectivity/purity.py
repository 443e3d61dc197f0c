"""Purity: which share of a neuron's images is of one class."""

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

__all__ = ["Purity", "expected_purity"]


def expected_purity(sizes: ArrayLike, drawn: ArrayLike) -> Floats:
    """Return the purity that a label-blind neuron has on average.

    Such a neuron draws its N images without replacement from the data set. Means of 1,000
    simulated neurons with a fixed seed, the same every time.

    Parameters
    ----------
    sizes : array_like of int
        Images per class.
    drawn : array_like of int, one-dimensional
        Sizes N of the sets, from 1 to the number of images.

    Returns
    -------
    numpy.ndarray, shape of `drawn`
        Mean of max_c n_c / N.
    """
    drawn = np.asarray(drawn, dtype=np.int64)
    if drawn.size == 0:
        return np.empty(0)
    tallies = class_tallies(blind_labels(sizes, int(drawn.max())))
    most = np.maximum.accumulate(tallies, axis=1).mean(axis=0)
    purity: Floats = most[drawn - 1] / drawn
    return purity


@dataclass(frozen=True)
class Purity:
    """Share of the most frequent class among the images of a neuron's set.

    With n_c the number of images of class c among the N labeled images of the set::

        purity = max_c n_c / N

    Known as precision (Zhou et al. 2015, whose raters judged the images; Gale et al. 2020, who
    took the class labels). Departure: those take the best 60 or 100 images of every neuron, here
    it is the neuron's own image set, of which `nfviz.analyze` sets the size. Not in the paper.
    Images count the same here; ``top_label_share`` of `nfviz.ClassSelectivity` weighs them. Gale
    et al. warn that precision overstates how selective a neuron is for its class: it does not
    look beyond the best images.

    References
    ----------
    Zhou, Khosla, Lapedriza, Oliva and Torralba, "Object detectors emerge in deep scene CNNs",
    ICLR 2015. Gale, Martin, Blything, Nguyen and Bowers, "Are there any 'object detectors' in the
    hidden layers of CNNs trained to identify objects or scenes?", Vision Research, 2020.
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
            Index as ``atlas.neurons``. ``purity``, from 1/N to 1; ``purity_chance``, what a
            label-blind neuron with as many images has on average (`expected_purity`). NaN for
            dead neurons and with fewer than 2 labeled images, where there is nothing to share.
        """
        neurons = len(atlas.neurons)
        neuron, label, _ = labeled_set(atlas)
        drawn = np.bincount(neuron, minlength=neurons)
        table = class_shares(neuron, label, np.ones(len(neuron)))
        # Shares are sorted downward, so the first of a neuron is the greatest.
        top = table.drop_duplicates("neuron").set_index("neuron")["share"].reindex(range(neurons))
        distinct, inverse = np.unique(drawn, return_inverse=True)
        expected = np.full(len(distinct), np.nan)
        enough = distinct >= 2
        expected[enough] = expected_purity(class_sizes(atlas.images["label"]), distinct[enough])
        columns = {
            "purity": np.where(drawn >= 2, top.to_numpy(), np.nan),
            "purity_chance": expected[inverse],
        }
        return pd.DataFrame(columns, index=atlas.neurons.index)
