"""The area under a neuron's curve of ranked activations (the paper's Fig. 1)."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nfviz.selectivity.neuron_rows import ranked_rows

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from nfviz.atlas import Atlas

__all__ = ["ActivationCurve", "curve_areas"]


def curve_areas(
    neuron: ArrayLike, rank: ArrayLike, weight: ArrayLike, *, ranks: int, neurons: int
) -> NDArray[np.float64]:
    """Return the area under each neuron's curve of relative activations.

    The trapezoid rule with unit spacing over the ranks 0 to `ranks` - 1, that is, the sum of the
    weights less half of the first and half of the last. A missing, NaN or non-positive weight is
    0: the neuron does not answer that image. (The paper gives no rule; a plain sum would be half
    a unit or more greater.)

    Parameters
    ----------
    neuron : array_like of int, shape (rows,)
        Which neuron a row belongs to, 0 to `neurons` - 1.
    rank : array_like of int, shape (rows,)
        Rank of the image, from 0. Rows of `ranks` or more are left out.
    weight : array_like, shape (rows,)
        Relative activations a / a_max, at most 1.
    ranks : int
        How many ranks the curve has. With 1 it is a point, without area.
    neurons : int
        How many neurons there are.

    Returns
    -------
    numpy.ndarray, shape (neurons,)
        Areas, 0 to `ranks` - 1.
    """
    neuron, rank, weight = np.asarray(neuron), np.asarray(rank), np.asarray(weight)
    height = np.where((weight > 0) & (rank < ranks), weight, 0.0)
    areas = np.bincount(neuron, weights=height, minlength=neurons).astype(np.float64)
    for end in (0, ranks - 1):
        rows = np.flatnonzero(rank == end)
        areas -= 0.5 * np.bincount(neuron[rows], weights=height[rows], minlength=neurons)
    return areas


@dataclass(frozen=True)
class ActivationCurve:
    """Area under the curve of ranked relative activations (the paper's Fig. 1).

    Parameters
    ----------
    auc_ranks : int
        Ranks the curve has at most, 400 in the paper. It has K = min(`auc_ranks`, ranks recorded,
        usable images): a curve is not continued with zeros beyond what was recorded.

    Raises
    ------
    ValueError
        If `auc_ranks` is not an integer of 1 or more.
    """

    auc_ranks: int = 400

    def __post_init__(self) -> None:
        """Refuse options out of range."""
        if not isinstance(self.auc_ranks, Integral) or int(self.auc_ranks) < 1:
            raise ValueError(
                f"auc_ranks={self.auc_ranks!r} is a number of ranks: use an integer of 1 or more."
            )

    def __call__(self, atlas: Atlas) -> pd.DataFrame:
        """Measure every neuron of a record.

        Parameters
        ----------
        atlas : Atlas
            Needs ``ranked`` and ``images``.

        Returns
        -------
        pandas.DataFrame
            Index as ``atlas.neurons``. ``auc``, the area, 0 to K - 1 (`curve_areas`);
            ``auc_percent``, the area in percent of the largest one among all live neurons of all
            layers; ``mean_height`` = area / (K - 1) in [0, 1], which does not depend on other
            neurons. NaN for dead neurons. With a single image (K = 1) the curve is a point: its
            area is 0, and ``auc_percent`` and ``mean_height`` are NaN.
        """
        recorded = int(atlas.manifest["parameters"]["n_ranked"])
        usable = len(atlas.images)
        if "reason" in atlas.images:
            usable = int(atlas.images["reason"].isna().sum())
        ranks = min(self.auc_ranks, recorded, usable)
        areas = curve_areas(
            ranked_rows(atlas),
            atlas.ranked.index.get_level_values("rank"),
            atlas.ranked["weight"].to_numpy(),
            ranks=ranks,
            neurons=len(atlas.neurons),
        )
        areas[atlas.neurons["dead"].to_numpy(dtype=bool)] = np.nan
        largest = np.fmax.reduce(areas, initial=0.0)
        columns = {
            "auc": areas,
            "auc_percent": 100.0 * areas / largest if largest > 0 else np.full_like(areas, np.nan),
            "mean_height": areas / (ranks - 1) if ranks > 1 else np.full_like(areas, np.nan),
        }
        return pd.DataFrame(columns, index=atlas.neurons.index)
