"""The table behind a gallery: which neurons it shows, in which order."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from nfviz.atlas import Atlas


def summarize_gallery(
    atlas: Atlas,
    neurons: Any = None,
    *,
    sort_by: str | None = None,
    ascending: bool = False,
    group_by: str | None = None,
) -> pd.DataFrame:
    """Return the rows of a selection of neurons in the order in which a gallery shows them.

    Parameters
    ----------
    atlas : Atlas
        Any.
    neurons : DataFrame, MultiIndex, sequence of (layer, unit), or None
        A slice of ``atlas.neurons``, its index, or names of neurons; None for all live neurons
        that have a neuron feature. A neuron named twice is shown twice.
    sort_by : str, optional
        Column of ``atlas.neurons``, ``"layer"`` (by depth) or ``"unit"``. Ties keep their order,
        and neurons without a value come last. None keeps the order of `neurons`.
    ascending : bool
        Smallest first.
    group_by : str, optional
        Column of ``atlas.neurons`` or ``"layer"``: neurons of the same value stand together.
        Layers come in depth order, other values in ascending order.

    Returns
    -------
    DataFrame, index (``layer``, ``unit``)
        The columns of ``atlas.neurons``, and ``group``, the number of the group from 0.

    Raises
    ------
    ValueError
        If there is no such neuron, column, or neuron feature.
    """
    index = choose_neurons(atlas, neurons)
    table = atlas.neurons.loc[index].copy()
    if sort_by is not None:
        table = table.iloc[_order(_key(atlas, table, "sort_by", sort_by), ascending)]
    table["group"] = 0
    if group_by is not None:
        codes, values = pd.factorize(_key(atlas, table, "group_by", group_by), sort=True)
        table["group"] = np.where(codes < 0, len(values), codes)
        table = table.sort_values("group", kind="stable")
    return table


def choose_neurons(atlas: Atlas, neurons: Any) -> pd.Index:
    """Return the names of the neurons asked for, or say which there are.

    Parameters
    ----------
    atlas : Atlas
        Any.
    neurons : DataFrame, MultiIndex, sequence of (layer, unit), or None
        As in `summarize_gallery`.
    """
    known = atlas.neurons.index
    if neurons is None:
        shown = ~atlas.neurons["dead"].to_numpy(dtype=bool)
        shown &= known.get_level_values("layer").isin(list(atlas.features))
        return known[shown]
    asked = getattr(neurons, "index", neurons) if isinstance(neurons, pd.DataFrame) else neurons
    names = _pairs(asked)
    units = known.get_level_values("layer").value_counts(sort=False)
    for layer, unit in names:
        if (layer, unit) not in known:
            listed = ", ".join(
                f"{name!r} (units 0 to {count - 1})" for name, count in units.items()
            )
            raise ValueError(f"neurons names ({layer!r}, {unit!r}); the atlas has {listed}.")
        if layer not in atlas.features:
            raise ValueError(
                f"neurons names ({layer!r}, {unit!r}), of which the atlas keeps no neuron feature; "
                f"it has those of {', '.join(map(repr, atlas.features))}."
            )
    if not names:
        return known[:0]
    return pd.MultiIndex.from_tuples(names, names=["layer", "unit"])


def _pairs(asked: Any) -> list[tuple[Any, Any]]:
    """Return names as pairs; a single neuron may be given bare."""
    if isinstance(asked, tuple) and len(asked) == 2 and isinstance(asked[0], str):
        return [asked]
    if isinstance(asked, str) or not isinstance(asked, Sequence | pd.Index):
        raise ValueError(
            f"neurons is {asked!r}; it accepts a slice of atlas.neurons, its index, or a list of "
            "(layer, unit)."
        )
    pairs = []
    for name in asked:
        if not isinstance(name, tuple | list) or len(name) != 2:
            raise ValueError(
                f"neurons holds {name!r}; it accepts pairs of (layer, unit). Of one layer they are "
                "atlas.neurons.loc[[layer]], with two brackets."
            )
        pairs.append((name[0], name[1]))
    return pairs


def _key(atlas: Atlas, table: pd.DataFrame, parameter: str, column: str) -> pd.Series:
    """Return what to sort by, numbered by row, or say which columns there are."""
    if column == "layer":
        depths = {name: depth for depth, name in enumerate(atlas.layers.index)}
        return pd.Series([depths[name] for name in table.index.get_level_values("layer")])
    if column == "unit":
        return pd.Series(table.index.get_level_values("unit").to_numpy())
    if column not in table:
        listed = ", ".join(map(repr, ["layer", "unit", *table.columns]))
        raise ValueError(f"{parameter} is {column!r}; it accepts {listed}.")
    return table[column].reset_index(drop=True)


def _order(key: pd.Series, ascending: bool) -> pd.Index:
    return key.sort_values(kind="stable", ascending=ascending, na_position="last").index
