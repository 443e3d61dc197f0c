"""The ranked images of all neurons as matrices: what selectivities are measured from anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nfviz.selectivity.neuron_rows import ranked_rows
from nfviz.state.parameters import own_parameters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nfviz.atlas import Atlas

__all__ = ["RankedImages", "ranked_images"]

_CURVE_STEP = 10


@dataclass(frozen=True, eq=False)
class RankedImages:
    """The best images of every neuron.

    Attributes
    ----------
    activation : ndarray, shape (neurons, ranks)
        In float32, 0 where there is no image or the neuron is dead; relative activations in
        float64 where those of the record are no quotients of its activations.
    top : ndarray of float64, shape (neurons,)
        ``activation / top`` is the relative activation, to the bit that of the record.
    label : ndarray of int64, shape (neurons, ranks)
        Position of the image's class in `labels`, -1 where there is none.
    labels : ndarray of int64
        Class ids: those of ``atlas.classes``, then others that images have.
    curve_ranks : ndarray of int64
        Some ranks beyond those.
    tail : ndarray of uint8, shape (neurons, curve ranks)
        Relative activations at these, times 255.
    """

    activation: NDArray[Any]
    top: NDArray[np.float64]
    label: NDArray[np.int64]
    labels: NDArray[np.int64]
    curve_ranks: NDArray[np.int64]
    tail: NDArray[np.uint8]

    @property
    def ranks(self) -> int:
        """How many images a neuron has at most."""
        return int(self.activation.shape[1])


def ranked_images(atlas: Atlas) -> RankedImages:
    """Lay out the ranking of an atlas as matrices.

    Parameters
    ----------
    atlas : Atlas
        As many ranks are kept as `nfviz.state.parameters.own_parameters` says.
    """
    neurons = len(atlas.neurons)
    rank = np.asarray(atlas.ranked.index.get_level_values("rank"), dtype=np.int64)
    row = ranked_rows(atlas)
    recorded = int(rank.max(initial=-1)) + 1
    ranks = own_parameters(atlas).ranks
    weight = atlas.ranked["weight"].to_numpy(np.float64)
    weight = np.where(weight > 0, weight, 0.0)
    weight[atlas.neurons["dead"].to_numpy(dtype=bool)[row]] = 0.0
    kept = rank < ranks
    weights = np.zeros((neurons, ranks))
    weights[row[kept], rank[kept]] = weight[kept]
    activation, top = _quotients(atlas, weights, row[kept], rank[kept], kept)
    labels, position = _labels(atlas)
    label = np.full((neurons, ranks), -1, dtype=np.int64)
    label[row[kept], rank[kept]] = position[kept]
    curve_ranks = np.arange(ranks + _CURVE_STEP - 1, recorded, _CURVE_STEP)
    if recorded > ranks and (not len(curve_ranks) or curve_ranks[-1] != recorded - 1):
        curve_ranks = np.append(curve_ranks, recorded - 1)
    tail = np.zeros((neurons, recorded - ranks), dtype=np.uint8)
    tail[row[~kept], rank[~kept] - ranks] = np.rint(255 * np.minimum(weight[~kept], 1))
    tail = np.ascontiguousarray(tail[:, curve_ranks - ranks])
    return RankedImages(activation, top, label, labels, curve_ranks, tail)


def _quotients(
    atlas: Atlas,
    weights: NDArray[np.float64],
    row: NDArray[np.intp],
    rank: NDArray[np.int64],
    kept: NDArray[np.bool_],
) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Return activations and their greatest, or the weights where they do not give these."""
    found = np.zeros(weights.shape, dtype=np.float32)
    found[row, rank] = atlas.ranked["activation"].to_numpy(np.float32)[kept]
    found[weights == 0] = 0
    top = found[:, 0].astype(np.float64) if weights.shape[1] else np.zeros(len(weights))
    top[~(top > 0)] = 1.0
    if np.array_equal(found / top[:, np.newaxis], weights):
        return found, top
    return weights, np.ones(len(weights))


def _labels(atlas: Atlas) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return all class ids, and the position of each ranked image's class among them."""
    of_image = atlas.images["label"].to_numpy(np.int64)
    known = atlas.classes.index.to_numpy(np.int64)
    others = np.setdiff1d(of_image[of_image >= 0], known)
    labels = np.concatenate([known, others])
    place = pd.Index(labels).get_indexer(of_image).astype(np.int64)
    place[of_image < 0] = -1
    images = atlas.images.index.get_indexer(pd.Index(atlas.ranked["image"].to_numpy()))
    return labels, place[images]
