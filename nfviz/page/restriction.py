"""An atlas of some of its neurons."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from nfviz.selectivity.neuron_rows import ranked_rows
from nfviz.summaries.gallery import choose_neurons

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nfviz.atlas import Atlas

__all__ = ["restrict"]

T = TypeVar("T")


def restrict(atlas: Atlas, neurons: Any) -> Atlas:
    """Return an atlas that lists only some neurons, in their order there.

    Parameters
    ----------
    atlas : Atlas
        Any.
    neurons : DataFrame, MultiIndex, sequence of (layer, unit), or None
        As `nfviz.summarize_gallery` takes them; one that is named twice is listed once. None for
        all, the dead ones too.

    Returns
    -------
    Atlas
        Images, classes and hues are those of the whole data set, and so are chance levels; the
        units of a layer keep their numbers, by which its arrays are read. Layers without such
        neurons are left out.

    Raises
    ------
    ValueError
        If there is no such neuron or it has no neuron feature, or none is named.
    """
    if neurons is None:
        return atlas
    rows = np.unique(atlas.neurons.index.get_indexer(choose_neurons(atlas, neurons)))
    if not len(rows):
        raise ValueError("neurons is empty; it accepts one neuron or more, or None for all.")
    table = atlas.neurons.iloc[rows]
    layers = set(table.index.get_level_values("layer"))
    kept = np.zeros(len(atlas.neurons), dtype=bool)
    kept[rows] = True
    return replace(
        atlas,
        layers=atlas.layers[atlas.layers.index.isin(list(layers))],
        neurons=table,
        ranked=atlas.ranked[kept[ranked_rows(atlas)]],
        responses=atlas.responses.iloc[rows] if len(atlas.responses) else atlas.responses,
        class_means=_of_layers(atlas.class_means, layers),
        features=_of_layers(atlas.features, layers),
        spread=_of_layers(atlas.spread, layers),
        coverage=_of_layers(atlas.coverage, layers),
        crops=_of_layers(atlas.crops, layers),
    )


def _of_layers(arrays: Mapping[str, T], layers: set[str]) -> dict[str, T]:
    return {layer: array for layer, array in arrays.items() if layer in layers}
