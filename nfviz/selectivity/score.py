"""Run selectivities over a record and join what they give to its table of neurons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nfviz.selectivity.color_selectivity import shared_color_statistics

if TYPE_CHECKING:
    from nfviz.atlas import Atlas

__all__ = ["score"]

# What the recording wrote: other columns and the image sets rest on it.
_RECORDED = ("layer", "unit", "max_activation", "dead", "state", "n_images", "nonfinite")


def score(atlas: Atlas, *selectivities: Callable[[Atlas], Any]) -> Atlas:
    """Add the columns of selectivities to a record.

    Parameters
    ----------
    atlas : Atlas
        The record. It is not modified.
    *selectivities : callable
        Each takes an atlas and gives one value per neuron: a DataFrame, a Series, a mapping of
        column name to values, or one array. A DataFrame or Series is aligned by its index, which
        must hold exactly the neurons; other values must be in the order of ``atlas.neurons``. A
        Series without name and a bare array become a column named after the function. Each
        selectivity sees the columns of those before it.

    Returns
    -------
    Atlas
        A new record whose ``neurons`` has the columns, in order; a column that was there is
        replaced where it stands. ``manifest["selectivities"]`` lists what was run, each once,
        the latest last.

    Raises
    ------
    TypeError
        If a selectivity is not callable, is a class instead of an instance, or gives something
        else than the above.
    ValueError
        If its values do not fit the neurons, or would replace a column that was recorded.

    Examples
    --------
    >>> def redness(atlas):
    ...     return atlas.neurons["color_name_red"] + atlas.neurons["color_name_pink"]
    >>> atlas = nfviz.score(atlas, nfviz.ClassSelectivity(threshold=0.9), redness)  # doctest: +SKIP
    """
    with shared_color_statistics():
        for selectivity in selectivities:
            atlas = _with_columns(atlas, selectivity)
    return atlas


def _with_columns(atlas: Atlas, selectivity: Callable[[Atlas], Any]) -> Atlas:
    """Add the columns of one selectivity."""
    label = _label(selectivity)
    neurons = atlas.neurons.copy()
    for name, values in _columns(selectivity(atlas), selectivity, label).items():
        neurons[name] = _aligned(values, name, neurons.index, label)
    done = [entry for entry in atlas.manifest.get("selectivities", []) if entry != label]
    return replace(
        atlas,
        neurons=neurons,
        manifest={**atlas.manifest, "selectivities": [*done, label]},
    )


def _label(selectivity: Any) -> str:
    """Return what to call a selectivity: its repr, or a function's dotted name.

    The repr of a function holds an address in memory, which no other run shares.
    """
    if isinstance(selectivity, type):
        raise TypeError(
            f"{selectivity.__name__} is a class: pass an instance, {selectivity.__name__}()."
        )
    if not callable(selectivity):
        raise TypeError(
            f"selectivity {selectivity!r} cannot be called: pass a function that takes an atlas "
            "and gives one value per neuron."
        )
    if hasattr(selectivity, "__qualname__"):
        return f"{selectivity.__module__}.{selectivity.__qualname__}"
    return repr(selectivity)


def _columns(result: Any, selectivity: Any, label: str) -> dict[str, Any]:
    """Turn whatever a selectivity gave into columns, and check their names."""
    if isinstance(result, pd.DataFrame) and not result.columns.is_unique:
        raise ValueError(f"{label} gave two columns of the same name: {list(result.columns)}.")
    if isinstance(result, pd.DataFrame | Mapping):
        columns = dict(result.items())
    elif isinstance(result, pd.Series) and result.name is not None:
        columns = {result.name: result}
    elif isinstance(result, pd.Series | np.ndarray | list | tuple):
        name = getattr(selectivity, "__name__", type(selectivity).__name__)
        columns = {name: result}
    else:
        raise TypeError(
            f"{label} gave a {type(result).__name__}: expected a DataFrame, a Series, a mapping "
            "of column name to values, or an array with one value per neuron."
        )
    for name in columns:
        # What `DataFrame.query` can read: "class" and "<lambda>" are none.
        if not isinstance(name, str) or not name.isidentifier() or iskeyword(name):
            raise ValueError(
                f"{label} gave a column named {name!r}: use a Python identifier as its name."
            )
        if name in _RECORDED:
            raise ValueError(
                f"{label} gave a column {name!r}, which belongs to the recording: choose another "
                "name."
            )
    return columns


def _aligned(values: Any, name: str, index: pd.Index, label: str) -> pd.Series:
    """Return the values as a column of the table of neurons, or say what does not fit."""
    if not isinstance(values, pd.Series):
        if np.ndim(values) != 1 or len(values) != len(index):
            raise ValueError(
                f"{label} gave values of shape {np.shape(values)} for column {name!r}: expected "
                f"({len(index)},), one per row of atlas.neurons."
            )
        return pd.Series(values, index=index)
    if values.index.equals(index):
        return values.set_axis(index)
    if values.index.has_duplicates:
        raise ValueError(f"{label} gave more than one value per neuron for column {name!r}.")
    missing, extra = len(index.difference(values.index)), len(values.index.difference(index))
    if missing or extra:
        raise ValueError(
            f"{label} gave column {name!r} an index that lacks {missing} of the {len(index)} "
            f"neurons and has {extra} entries that are not neurons: index it as atlas.neurons, "
            "for instance with .reindex(atlas.neurons.index), which fills in NaN."
        )
    return values.reindex(index)
