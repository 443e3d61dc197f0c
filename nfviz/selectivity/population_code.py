"""Population code: how many classes have a good share of a neuron's activation."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
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

__all__ = ["PopulationCode", "expected_population"]

_TOLERANCE = 1e-9  # A sum of ten shares of 0.01 is 0.09999999999999999.


def expected_population(sizes: ArrayLike, drawn: ArrayLike, share: float = 0.1) -> Floats:
    """Return how many classes have a share of the images of a label-blind neuron, on average.

    Such a neuron draws its N images without replacement from the data set; they weigh the same.
    Means of 1,000 simulated neurons with a fixed seed, the same every time.

    Parameters
    ----------
    sizes : array_like of int
        Images per class.
    drawn : array_like of int, one-dimensional
        Sizes N of the sets, from 1 to the number of images.
    share : float
        Least share n_c / N of a class that counts, in (0, 1].

    Returns
    -------
    numpy.ndarray, shape of `drawn`
        Mean number of classes.
    """
    drawn = np.asarray(drawn, dtype=np.int64)
    if drawn.size == 0:
        return np.empty(0)
    tallies = class_tallies(blind_labels(sizes, int(drawn.max())))
    needed = np.maximum(np.ceil(drawn * (share - _TOLERANCE)), 1)
    # A class has so many images by the Nth draw if one of the draws was its `needed`-th.
    counts = [(tallies[:, :n] == least).sum() for n, least in zip(drawn, needed, strict=True)]
    return np.array(counts) / len(tallies)


@dataclass(frozen=True)
class PopulationCode:
    """Number of classes that have at least a tenth of a neuron's activation.

    With f_c the relative frequency of class c (`nfviz.selectivity.class_shares`, equation 3 of
    the paper)::

        population code = number of classes c with f_c >= share

    1 for a neuron that codes one class by itself (a localist code); some for one that is part of
    the code of several classes; 0 for one whose activation is spread over so many that none has
    its share. It asks what `nfviz.ClassSelectivity` asks, but single images of further classes
    change nothing. With `share` above a half it is 0 or 1.

    The paper speaks of distributed codes (its section 3 and the reference below) and gives no
    formula; the authors' software counts classes from a tenth on. A share counts as reached from
    1e-9 below on.

    Parameters
    ----------
    share : float
        Least share of a class, in (0, 1].

    Raises
    ------
    ValueError
        If `share` is not in (0, 1].

    References
    ----------
    Kriegeskorte and Kreiman (eds.), "Visual Population Codes: Toward a Common Multivariate
    Framework for Cell Recording and Functional Imaging", MIT Press, 2011.
    """

    share: float = 0.1

    def __post_init__(self) -> None:
        """Refuse options out of range."""
        if not isinstance(self.share, Real) or not 0 < float(self.share) <= 1:
            raise ValueError(
                f"share={self.share!r} is the least share of a neuron's activation that a class "
                "must have: use a number above 0 and at most 1."
            )

    def __call__(self, atlas: Atlas) -> pd.DataFrame:
        """Measure every neuron of a record.

        Parameters
        ----------
        atlas : Atlas
            Needs ``ranked`` and the labels in ``images``; unlabeled images do not count.

        Returns
        -------
        pandas.DataFrame
            Index as ``atlas.neurons``. ``population_code`` (Int64), from 0 to the whole part of
            1 / share; ``population_code_chance``, what a label-blind neuron with as many images
            has on average (`expected_population`). Missing and NaN for dead neurons and those
            without labeled images.
        """
        neurons = len(atlas.neurons)
        neuron, label, weight = labeled_set(atlas)
        drawn = np.bincount(neuron, minlength=neurons)
        table = class_shares(neuron, label, weight)
        coded = table["neuron"][table["share"] >= self.share - _TOLERANCE]
        code = pd.array(np.bincount(coded, minlength=neurons), dtype="Int64")
        code[drawn == 0] = pd.NA
        distinct, inverse = np.unique(drawn, return_inverse=True)
        expected = np.full(len(distinct), np.nan)
        sizes = class_sizes(atlas.images["label"])
        expected[distinct > 0] = expected_population(sizes, distinct[distinct > 0], self.share)
        columns = {"population_code": code, "population_code_chance": expected[inverse]}
        return pd.DataFrame(columns, index=atlas.neurons.index)
