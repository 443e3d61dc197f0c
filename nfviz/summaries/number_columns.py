"""Columns of numbers of an atlas."""

import numpy as np
import pandas as pd

from nfviz.atlas import Atlas


def number_names(atlas: Atlas) -> list[str]:
    """Return the names of the columns of numbers of ``atlas.neurons``, in their order.

    Parameters
    ----------
    atlas : Atlas
        Any. True and False are no numbers, nor are dates.
    """
    return [
        name
        for name, kind in atlas.neurons.dtypes.items()
        if isinstance(name, str)
        and pd.api.types.is_numeric_dtype(kind)
        and not pd.api.types.is_bool_dtype(kind)
        and not pd.api.types.is_complex_dtype(kind)
    ]


def number_column(atlas: Atlas, parameter: str, column: str) -> np.ndarray:
    """Return a column of ``atlas.neurons`` in float64, NaN for missing values, or refuse it.

    Parameters
    ----------
    atlas : Atlas
        Any.
    parameter : str
        Which names the column.
    column : str
        One of `number_names`.
    """
    numbers = number_names(atlas)
    if column not in numbers:
        raise ValueError(
            f"{parameter} is {column!r}; it accepts a column of numbers of atlas.neurons: "
            f"{', '.join(map(repr, numbers))}."
        )
    values: np.ndarray = atlas.neurons[column].to_numpy(
        dtype=np.float64, na_value=np.nan, copy=True
    )
    return values
