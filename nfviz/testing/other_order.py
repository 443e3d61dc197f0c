"""A record in which the same neurons stand in another order."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from nfviz.atlas import Atlas
from nfviz.crop_sheet import CropSheet, join_strips
from nfviz.neuron_index import neuron_index

_SEED = 0


def in_other_order(atlas: Atlas) -> tuple[Atlas, pd.MultiIndex]:
    """Give the neurons of each layer other units, at random but always the same.

    Parameters
    ----------
    atlas : Atlas
        The record. It is not modified.

    Returns
    -------
    Atlas
        All tables and arrays of neurons in the other order.
    pandas.MultiIndex
        The former names of its neurons, row by row.
    """
    rng = np.random.default_rng(_SEED)
    layers = atlas.layers.index
    orders = {layer: rng.permutation(count) for layer, count in atlas.layers["units"].items()}
    parts: dict[str, Any] = {
        name: _moved(getattr(atlas, name), orders) for name in ("neurons", "ranked", "responses")
    }
    for name in ("features", "spread", "coverage", "class_means"):
        arrays = getattr(atlas, name)
        parts[name] = {layer: array[orders[layer]] for layer, array in arrays.items()}
    parts["crops"] = {
        layer: _moved_strips(sheet, orders[layer]) for layer, sheet in atlas.crops.items()
    }
    former = neuron_index(
        list(layers),
        np.repeat(np.arange(len(layers)), atlas.layers["units"]),
        unit=np.concatenate([orders[layer] for layer in layers]),
    )
    return replace(atlas, **parts), former


def _moved(table: pd.DataFrame, orders: dict[Any, np.ndarray]) -> pd.DataFrame:
    """Return a table of neurons with their new units, in the order of these."""
    if not len(table):
        return table
    layer, unit, *rank = map(table.index.get_level_values, range(table.index.nlevels))
    depth = pd.Index(list(orders)).get_indexer(layer)
    places = np.zeros(len(table), dtype=np.int64)
    for number, order in enumerate(orders.values()):
        rows = depth == number
        places[rows] = np.argsort(order)[unit[rows]]
    rows = np.lexsort((*rank, places, depth))
    levels = {"unit": places[rows]}
    if rank:
        levels["rank"] = rank[0].to_numpy()[rows]
    return table.iloc[rows].set_axis(neuron_index(list(orders), depth[rows], **levels))


def _moved_strips(sheet: CropSheet, order: np.ndarray) -> CropSheet:
    ends = sheet.offsets
    strips = [sheet.data[ends[unit] : ends[unit + 1]].tobytes() for unit in order]
    return join_strips(strips, (int(sheet.tile[0]), int(sheet.tile[1])))
