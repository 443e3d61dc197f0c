"""One neuron of an atlas, by its name."""

from dataclasses import replace
from typing import cast

import numpy as np
import pandas as pd

from nfviz.atlas import Atlas


def one_neuron(atlas: Atlas, neuron: tuple[str, int]) -> Atlas:
    """Return an atlas of which the tables of neurons have the rows of one neuron alone.

    Parameters
    ----------
    atlas : Atlas
        Any. All that is no table of neurons stays as it is.
    neuron : (str, int)
        Layer and unit, as in ``atlas.neurons.index``.

    Returns
    -------
    Atlas
        With one row in ``neurons``, its rows in ``ranked``.

    Raises
    ------
    ValueError
        If there is no such neuron; the message lists the layers or the units.
    """
    if not isinstance(neuron, tuple) or len(neuron) != 2:
        raise ValueError(f"neuron is {neuron!r}; it accepts (layer, unit), as ('conv1', 17).")
    if neuron not in atlas.neurons.index:
        layers = atlas.neurons.index.get_level_values("layer")
        if neuron[0] not in layers:
            has = ", ".join(map(repr, layers.unique()))
            raise ValueError(f"No layer {neuron[0]!r} in this atlas. It has {has}.")
        units = atlas.neurons.loc[neuron[0]].index
        raise ValueError(
            f"No unit {neuron[1]!r} in layer {neuron[0]!r}, which has {len(units)} units "
            f"from {units.min()} to {units.max()}."
        )
    return replace(
        atlas,
        neurons=atlas.neurons.loc[[neuron]],
        ranked=atlas.ranked.iloc[_rows(cast(pd.MultiIndex, atlas.ranked.index), neuron)],
    )


def _rows(index: pd.MultiIndex, neuron: tuple[str, int]) -> np.ndarray:
    """Return the rows of a neuron by its codes; a lookup by name would sort a million of them."""
    found = np.ones(len(index), dtype=bool)
    for level, name in enumerate(neuron):
        known = index.levels[level]
        code = known.get_loc(name) if name in known else -2
        found &= np.asarray(index.codes[level]) == code
    return np.flatnonzero(found)
