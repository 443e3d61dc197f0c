"""Which row of the table of neurons each part of the record belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from nfviz.atlas import Atlas

__all__ = ["feature_rows", "layer_rows", "ranked_rows", "set_rows"]


def ranked_rows(atlas: Atlas) -> NDArray[np.intp]:
    """Return, for each row of ``atlas.ranked``, the position of its neuron.

    Parameters
    ----------
    atlas : Atlas
        The record. Only runs of rows of one neuron are looked up, not every row: on 2.7 million
        rows that is the difference between milliseconds and seconds.

    Returns
    -------
    numpy.ndarray, shape (rows of ``atlas.ranked``,)
        Positions in ``atlas.neurons``.

    Raises
    ------
    ValueError
        If the ranking names a neuron that the table of neurons lacks.
    """
    index = cast(pd.MultiIndex, atlas.ranked.index)
    layer, unit = np.asarray(index.codes[0]), np.asarray(index.codes[1])
    first = np.ones(len(index), dtype=bool)
    first[1:] = (layer[1:] != layer[:-1]) | (unit[1:] != unit[:-1])
    starts = np.flatnonzero(first)
    names = index[starts].droplevel(2)
    positions = atlas.neurons.index.get_indexer(names)
    if (positions < 0).any():
        stranger = names[int(np.argmin(positions))]
        raise ValueError(
            f"atlas.ranked has rows for neuron {stranger}, which atlas.neurons does not list."
        )
    return np.repeat(positions, np.diff(starts, append=len(index)))


def set_rows(atlas: Atlas) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return which rows of ``atlas.ranked`` are the image sets of the neurons.

    Parameters
    ----------
    atlas : Atlas
        The record. A neuron's image set is the first ``n_images`` of its ranking; a dead neuron
        has none.

    Returns
    -------
    neuron, rows : numpy.ndarray of int
        Positions in ``atlas.neurons`` and in ``atlas.ranked``, in the order of the latter.
    """
    neuron = ranked_rows(atlas)
    size = np.asarray(atlas.neurons["n_images"], dtype=np.int64)
    dead = np.asarray(atlas.neurons["dead"], dtype=bool)
    rank = np.asarray(atlas.ranked.index.get_level_values("rank"))
    rows = np.flatnonzero(rank < np.where(dead, 0, size)[neuron])
    return neuron[rows], rows


def feature_rows(atlas: Atlas) -> Iterator[tuple[str, NDArray[np.intp], NDArray[np.intp]]]:
    """Yield, layer by layer, which neurons have a neuron feature.

    Parameters
    ----------
    atlas : Atlas
        The record. Layers without features are passed over.

    Yields
    ------
    layer : str
        Name of the layer.
    positions : numpy.ndarray of int
        Positions in ``atlas.neurons`` of the layer's live neurons.
    units : numpy.ndarray of int
        Their units: rows of ``atlas.features[layer]``.
    """
    live = ~atlas.neurons["dead"].to_numpy(dtype=bool)
    for layer, positions, units in layer_rows(atlas):
        if layer in atlas.features:
            kept = live[positions]
            yield layer, positions[kept], units[kept]


def layer_rows(atlas: Atlas) -> Iterator[tuple[str, NDArray[np.intp], NDArray[np.intp]]]:
    """Yield, layer by layer, where its neurons stand in the table of neurons.

    Parameters
    ----------
    atlas : Atlas
        The record.

    Yields
    ------
    layer : str
        Name of the layer.
    positions : numpy.ndarray of int
        Positions in ``atlas.neurons`` of the layer's neurons.
    units : numpy.ndarray of int
        Their units: rows of the layer's arrays.
    """
    index = cast(pd.MultiIndex, atlas.neurons.index)
    code = np.asarray(index.codes[0])
    units = np.asarray(index.get_level_values("unit"), dtype=np.intp)
    for number, layer in enumerate(index.levels[0]):
        positions = np.flatnonzero(code == number)
        if len(positions):
            yield layer, positions, units[positions]
