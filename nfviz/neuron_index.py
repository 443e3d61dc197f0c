"""The row labels of the neuron tables: (layer, unit), and a rank behind them where there is one."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd


def neuron_index(layers: Sequence[str], layer: np.ndarray, **columns: np.ndarray) -> pd.MultiIndex:
    """Build an index from the codes at hand; factorizing a million rows would take a second.

    Parameters
    ----------
    layers : sequence of str
        The layers' names, in depth order; they become the first level in that order.
    layer : ndarray of int, shape (rows,)
        Position in `layers` of each row, ascending.
    **columns : ndarray of int, shape (rows,)
        The further levels by name (``unit``, ``rank``), each counted from 0.

    Returns
    -------
    pandas.MultiIndex
        With the names ``layer`` and those of `columns`.
    """
    levels: list[Any] = [pd.Index(list(layers), dtype="str")]
    for values in columns.values():
        levels.append(pd.RangeIndex(int(values.max()) + 1 if len(values) else 0))
    codes: list[Any] = [layer, *columns.values()]
    return pd.MultiIndex(
        levels=levels,
        codes=codes,
        names=["layer", *columns],
        verify_integrity=False,
    )
