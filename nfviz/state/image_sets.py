"""The image sets of all neurons for any least activation and size, and the classes in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]

__all__ = ["ImageSets", "SetClasses"]

_SET_TOLERANCE = 1e-6  # As the recording has it.
_SHARE_TOLERANCE = 1e-9  # As `nfviz.selectivity.class_shares.classes_needed` has it.
_BLOCK = 2048  # Neurons at a time: what they need stays in the cache.


class SetClasses(NamedTuple):
    """The classes of all neurons' image sets.

    Attributes
    ----------
    images, labeled, distinct : ndarray of int64, shape (neurons,)
        Images in the set, those with a label, and their classes.
    top : ndarray of int64, shape (neurons,)
        The class with the greatest share, on a tie the first; -1 where there is none.
    top_share : ndarray, shape (neurons,)
        Its share, NaN where there is none.
    covered : list of ndarray, shape (neurons of a block, classes)
        Sums of the greatest shares, by blocks of neurons.
    """

    images: Ints
    labeled: Ints
    distinct: Ints
    top: Ints
    top_share: Floats
    covered: list[Floats]

    def needed(self, threshold: float) -> Ints:
        """Return M of equation 4: how many classes reach a threshold, 0 without labeled images."""
        if threshold >= 1:
            return self.distinct
        enough = threshold - _SHARE_TOLERANCE
        fewer = [np.count_nonzero(sums < enough, axis=1) for sums in self.covered]
        return np.minimum(np.concatenate([*fewer, np.empty(0, np.int64)]) + 1, self.distinct)


class ImageSets:
    """Ranked images, of which the first ones are a neuron's image set.

    What `nfviz.selectivity.class_shares` does with a table of them is done here with matrices
    that are sorted once; the sums are the same to the bit.

    Parameters
    ----------
    weight : ndarray, shape (neurons, ranks)
        Relative activations, downward; 0 where there is no image.
    label : ndarray of int64, shape (neurons, ranks)
        Classes of the images, numbered in the order of their ids; -1 without a label.
    """

    def __init__(self, weight: Floats, label: Ints) -> None:
        self._weight = weight
        self._label: NDArray[np.int16 | np.int32] = label.astype(_short(label.max(initial=0)))
        # By class, then by rank. Short integers sort fastest.
        order = np.argsort(self._label, axis=1, kind="stable")
        self._rank: NDArray[np.int16 | np.int32] = order.astype(_short(label.shape[1]))
        self._label_by_class = np.take_along_axis(self._label, order, axis=1)
        self._weight_by_class = np.take_along_axis(weight, order, axis=1)

    def sizes(self, n_max: int, min_activation: float) -> Ints:
        """Return how many images the set of each neuron has."""
        chosen = (self._weight > 0) & (self._weight >= min_activation - _SET_TOLERANCE)
        return np.minimum(np.count_nonzero(chosen, axis=1), n_max).astype(np.int64)

    def classes(self, n_max: int, min_activation: float) -> SetClasses:
        """Return the classes of the image sets.

        Parameters
        ----------
        n_max : int
            Most images in a set.
        min_activation : float
            Least relative activation in a set.
        """
        images = self.sizes(n_max, min_activation)
        neurons = len(images)
        labeled, distinct, top = (np.zeros(neurons, dtype=np.int64) for _ in range(3))
        top_share, covered = np.empty(neurons), []
        for rows in _blocks(neurons):
            label, share, labeled[rows] = self._shares(rows, images[rows])
            filled = label >= 0
            distinct[rows] = np.count_nonzero(filled, axis=1)
            # Classes stand in their order, so that of equal ones the first is found.
            first = (np.arange(len(label)), share.argmax(axis=1))
            top[rows], top_share[rows] = label[first], share[first]
            share.sort(axis=1)
            covered.append(share[:, ::-1].cumsum(axis=1))
        top_share[labeled == 0] = np.nan
        return SetClasses(images, labeled, distinct, top, top_share, covered)

    def _shares(self, rows: slice, sizes: Ints) -> tuple[Ints, Floats, Ints]:
        """Return f_c of some neurons as matrices, and how many labeled images they have.

        The classes of a neuron come first in its row, in their order; then -1 and shares of 0.
        """
        weight, label = self._weight[rows], self._label[rows]
        kept = (np.arange(weight.shape[1]) < sizes[:, np.newaxis]) & (label >= 0)
        labeled = np.count_nonzero(kept, axis=1)
        has = labeled > 0
        totals = np.add.reduceat(weight[kept], _ends(labeled[has])[:-1])
        by_class = self._label_by_class[rows]
        kept = (self._rank[rows] < sizes[:, np.newaxis]) & (by_class >= 0)
        neuron, label = np.repeat(np.arange(len(sizes)), labeled), by_class[kept]
        first = np.ones(len(label), dtype=bool)
        first[1:] = (label[1:] != label[:-1]) | (neuron[1:] != neuron[:-1])
        starts = np.flatnonzero(first)
        sums = np.add.reduceat(self._weight_by_class[rows][kept], starts)
        distinct = np.bincount(neuron[starts], minlength=len(sizes))
        filled = np.arange(max(int(distinct.max(initial=0)), 1)) < distinct[:, np.newaxis]
        found = np.full(filled.shape, -1, dtype=np.int64)
        found[filled] = label[starts]
        share = np.zeros(filled.shape)
        share[filled] = sums / np.repeat(totals, distinct[has])
        return found, share, labeled


def _short(greatest: int) -> type[np.int16] | type[np.int32]:
    return np.int16 if greatest < np.iinfo(np.int16).max else np.int32


def _blocks(neurons: int) -> Iterator[slice]:
    return (slice(first, min(first + _BLOCK, neurons)) for first in range(0, neurons, _BLOCK))


def _ends(lengths: Ints) -> Ints:
    """Return where runs of some lengths begin and end, one behind the other."""
    return np.concatenate([[0], np.cumsum(lengths)])
