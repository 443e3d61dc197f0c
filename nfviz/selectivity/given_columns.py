"""What a selectivity gives, as columns of the table of neurons, or why it cannot be one."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import isfunction
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nfviz.selectivity.class_selectivity import COLUMNS, ClassSelectivity
from nfviz.selectivity.neuron_function import function_name, plain_function

if TYPE_CHECKING:
    from nfviz.atlas import Atlas

__all__ = ["aligned", "check_foreign", "is_own", "named_columns", "plain"]

# What the recording wrote: other columns and the image sets rest on it.
_RECORDED = ("layer", "unit", "max_activation", "dead", "state", "n_images", "nonfinite")


def is_own(selectivity: Any) -> bool:
    """Tell whether a selectivity is one of nfviz."""
    selectivity = plain_function(selectivity)
    owner = selectivity if hasattr(selectivity, "__qualname__") else type(selectivity)
    return str(owner.__module__).startswith("nfviz.")


def _is_named(selectivity: Any) -> bool:
    """Tell whether it is a function with a name of its own; one made on the spot has none."""
    function = plain_function(selectivity)
    return isfunction(function) and function_name(function) != "<lambda>"


def named_columns(result: Any, selectivity: Any, label: str) -> dict[str, Any]:
    """Turn whatever a selectivity gave into columns, and check their names."""
    if isinstance(result, pd.DataFrame) and not result.columns.is_unique:
        raise ValueError(f"{label} gave two columns of the same name: {list(result.columns)}.")
    if isinstance(result, pd.DataFrame | Mapping):
        columns = dict(result.items())
    elif isinstance(result, pd.Series) and result.name is not None and not _is_named(selectivity):
        columns = {result.name: result}
    elif isinstance(result, list | tuple) or hasattr(result, "__array__"):
        columns = {function_name(selectivity): result}
    else:
        raise TypeError(
            f"{label} gave a {type(result).__name__}: expected a DataFrame, a Series, a mapping "
            "of column name to values, or an array with one value per neuron."
        )
    if not columns:
        raise ValueError(f"{label} gave no column: give one value per neuron, under a name.")
    for name in columns:
        # What `DataFrame.query` can read: "class" and "<lambda>" are none.
        if not isinstance(name, str) or not name.isidentifier() or iskeyword(name):
            raise ValueError(
                f"{label} gave a column named {name!r}: use a Python identifier as its name, "
                "by def or in a mapping."
            )
        if name in _RECORDED:
            raise ValueError(
                f"{label} gave a column {name!r}, which belongs to the recording: choose another "
                "name."
            )
        if name in COLUMNS and type(plain_function(selectivity)) is not ClassSelectivity:
            raise ValueError(
                f"{label} gave a column {name!r}, which the explorer measures anew for each "
                "threshold: choose another name."
            )
    return columns


def aligned(values: Any, name: str, index: pd.Index, label: str) -> pd.Series:
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


def plain(values: pd.Series, name: str, label: str) -> pd.Series:
    """Return a user's column as numbers or text, such as a bundle holds, or refuse it."""
    types = pd.api.types
    if types.is_bool_dtype(values.dtype):
        return values.astype("Float64").astype(np.float64)
    numbers = types.is_numeric_dtype(values.dtype) and not types.is_complex_dtype(values.dtype)
    if numbers or isinstance(values.dtype, pd.CategoricalDtype | pd.StringDtype):
        return values
    if values.dropna().map(lambda value: isinstance(value, str)).all():
        return values
    raise TypeError(
        f"{label} gave column {name!r} values of the kind {values.dtype}: expected numbers, or "
        "text."
    )


def check_foreign(columns: Mapping[str, pd.Series], atlas: Atlas, label: str) -> None:
    """Refuse a user's column that would hide one of nfviz, or is infinite."""
    texts = atlas.manifest.get("column_help")
    for name, values in columns.items():
        if name in atlas.neurons and not (isinstance(texts, Mapping) and name in texts):
            raise ValueError(
                f"{label} gave a column {name!r}, which atlas.neurons has already, from nfviz: "
                f"give it under another name, such as {{'my_{name}': values}}."
            )
        if pd.api.types.is_numeric_dtype(values.dtype):
            infinite = np.isinf(values.to_numpy(np.float64, na_value=np.nan))
            if infinite.any():
                raise ValueError(
                    f"{label} gave column {name!r} of neuron {values.index[infinite.argmax()]} an "
                    "infinite value: give NaN where it is unknown."
                )
