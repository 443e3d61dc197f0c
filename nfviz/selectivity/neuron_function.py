"""Functions of one neuron, called for every neuron of a record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nfviz.selectivity.neuron import live_neurons

if TYPE_CHECKING:
    from nfviz.atlas import Atlas
    from nfviz.selectivity.neuron import Neuron

__all__ = ["function_name", "measure_neurons", "plain_function"]


def measure_neurons(
    atlas: Atlas, function: Callable[[Neuron], Any], label: str
) -> dict[str, np.ndarray | pd.api.extensions.ExtensionArray]:
    """Call a function for each live neuron.

    Parameters
    ----------
    atlas : Atlas
        The record.
    function : callable
        Takes a `Neuron` and gives a number, or a mapping of column name to number.
    label : str
        What errors call it.

    Returns
    -------
    dict of str to array
        By column, a value for each row of ``atlas.neurons``: Int64 if all are whole numbers, else
        float64; missing for dead neurons. A number alone is named after the function.
    """
    found: dict[int, dict[str, Any]] = {}
    first: dict[str, Any] | None = None
    for row, neuron in live_neurons(atlas):
        try:
            found[row] = _numbers(function(neuron), function, label)
        except Exception as error:
            error.add_note(f"nfviz.score was measuring {neuron!r} with {label}.")
            raise
        first = found[row] if first is None else first
        if found[row].keys() != first.keys():
            raise ValueError(
                f"{label} gave the columns {list(found[row])} for {neuron!r}, but {list(first)} "
                "for the first neuron: give the same for each, NaN where a value is unknown."
            )
    rows = range(len(atlas.neurons))
    # Where all are dead, nobody knows which columns a mapping would have had.
    names = [function_name(function)] if first is None else first
    return {name: _column([found.get(row, {}).get(name) for row in rows]) for name in names}


def _numbers(result: Any, function: Any, label: str) -> dict[str, Any]:
    """Return what a function gave for one neuron as numbers by column, None where unknown."""
    named = result if isinstance(result, Mapping) else {function_name(function): result}
    numbers: dict[str, Any] = {}
    for name, value in named.items():
        number = value.item() if getattr(value, "ndim", None) == 0 else value
        if number is not pd.NA and not isinstance(number, Real):
            raise TypeError(
                f"{label} gave {name!r} a {type(value).__name__}: expected a number, or a mapping "
                "of column name to number, for each neuron (NaN where it is unknown). If it takes "
                "a whole record, name its parameter 'atlas'."
            )
        numbers[name] = None if number is pd.NA else number
    return numbers


def _column(values: list[Any]) -> np.ndarray | pd.api.extensions.ExtensionArray:
    known = [value for value in values if value is not None]
    if known and all(_is_whole(value) for value in known):
        return pd.array(values, dtype="Int64")
    return np.array([np.nan if value is None else float(value) for value in values])


def _is_whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool) and abs(int(value)) < 2**63


def plain_function(selectivity: Any) -> Any:
    """Return what a `functools.partial` calls; anything else as it is."""
    while isinstance(selectivity, partial):
        selectivity = selectivity.func
    return selectivity


def function_name(selectivity: Any) -> str:
    """Return the name of a function, or of the class of a callable object."""
    selectivity = plain_function(selectivity)
    return str(getattr(selectivity, "__name__", type(selectivity).__name__))
