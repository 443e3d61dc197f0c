"""Curves of ranked activations of a few neurons of each layer (the paper's Fig. 1)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nfviz.atlas import Atlas
from nfviz.option_checks import check_count
from nfviz.selectivity.activation_curve import ActivationCurve
from nfviz.selectivity.neuron_rows import ranked_rows
from nfviz.summaries.layer_choice import chosen_layers

POSITIONS = (0, 25, 50, 75, 100)
"""Which neurons are shown: positions in the order of AUC within a layer, in percent."""


def summarize_activation_curves(
    atlas: Atlas, layers: str | Sequence[str] | None = None, *, ranks: int = 400
) -> pd.DataFrame:
    """Follow five neurons of each layer over the images that drive them most (Fig. 1).

    The live neurons of a layer are put into the order of the area under their curve (AUC), least
    first and the lower unit first among equals. Of n neurons that at p percent has the place
    p (n - 1) / 100 from 0, rounded, and halves down.

    Parameters
    ----------
    atlas : Atlas
        Any.
    layers : str or sequence of str, optional
        Layers to follow; all by default.
    ranks : int
        How many images at most, 1 or more; 400 in the paper. There are no more than were recorded.

    Returns
    -------
    DataFrame, index (``layer``, ``position``, ``rank``)
        Positions 0, 25, 50, 75 and 100 (percent, 100 the greatest area), ranks from 0. ``unit``;
        ``weight``, the relative activation a / a_max in [0, 1], 0 where there is no response;
        ``auc_percent``, the unit's area in percent of the largest one in the whole network, by
        the trapezoid rule over these ranks (`nfviz.ActivationCurve`; NaN for a single rank). A
        layer of fewer than five live neurons has a neuron at several positions; one without live
        neurons has no rows.

    Raises
    ------
    ValueError
        If there is no such layer, or `ranks` is below 1.

    Notes
    -----
    The paper shows "the neurons with highest and smallest AUC, and some other examples in between
    these extremes", not which; the quarters are ours.
    """
    names, ranks = chosen_layers(atlas, layers), check_count("ranks", ranks, 1)
    areas = ActivationCurve(auc_ranks=ranks)(atlas)
    layer_of = atlas.neurons.index.get_level_values("layer").to_numpy()
    found = {}
    for name in names:
        live = np.flatnonzero((layer_of == name) & areas["auc"].notna().to_numpy())
        if len(live):
            ordered = live[np.argsort(areas["auc"].to_numpy()[live], kind="stable")]
            found[name] = [ordered[(p * (len(live) - 1) + 49) // 100] for p in POSITIONS]
    shown = np.array([place for places in found.values() for place in places], dtype=np.intp)
    curves = _curves(atlas, shown, ranks)
    length = curves.shape[1]
    index = pd.MultiIndex.from_product(
        [list(found), POSITIONS, range(length)], names=["layer", "position", "rank"]
    )
    units = atlas.neurons.index.get_level_values("unit").to_numpy()
    return pd.DataFrame(
        {
            "unit": np.repeat(units[shown], length),
            "weight": curves.ravel(),
            "auc_percent": np.repeat(areas["auc_percent"].to_numpy()[shown], length),
        },
        index=index,
    )


def _curves(atlas: Atlas, shown: np.ndarray, ranks: int) -> np.ndarray:
    """Return the relative activations of neurons at these positions, (neuron, rank)."""
    rank = atlas.ranked.index.get_level_values("rank").to_numpy()
    length = min(ranks, int(rank.max(initial=-1)) + 1)
    row_of = np.zeros(len(atlas.neurons), dtype=np.intp)
    # A neuron at several positions is filled in once.
    unique, where = np.unique(shown, return_inverse=True)
    row_of[unique] = np.arange(1, len(unique) + 1)
    row = row_of[ranked_rows(atlas)]
    kept = (row > 0) & (rank < length)
    weight = atlas.ranked["weight"].to_numpy(np.float64)[kept]
    curves = np.zeros((len(unique), length))
    curves[row[kept] - 1, rank[kept]] = np.where(weight > 0, weight, 0.0)
    return curves[where]
