"""The moments of a neuron's responses to all images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from nfviz.atlas import Atlas

    Floats = NDArray[np.float64]

__all__ = ["response_table", "scaled_moments"]


def response_table(atlas: Atlas) -> pd.DataFrame:
    """Return ``atlas.responses`` in the order of ``atlas.neurons``.

    Parameters
    ----------
    atlas : Atlas
        The record.

    Returns
    -------
    pandas.DataFrame
        Index as ``atlas.neurons``.

    Raises
    ------
    ValueError
        If a neuron has no row, as in a record without statistics.
    """
    neurons, table = atlas.neurons.index, atlas.responses
    if table.index.equals(neurons):
        return table
    rows = table.index.get_indexer(neurons)
    if (rows < 0).any():
        raise ValueError(
            f"atlas.responses has no statistics of neuron {neurons[int(np.argmin(rows))]}; "
            "nfviz.analyze records those of every neuron. Analyze the network again, or leave "
            "this measure out."
        )
    return table.iloc[rows]


def scaled_moments(*moments: ArrayLike) -> tuple[Floats, ...]:
    """Return the raw moments of x = r / E[r^2]^(1/2), which do not depend on the scale of r.

    Parameters
    ----------
    *moments : array_like, shape (neurons,)
        E[r], E[r^2], and what follows, of responses that are 0 or more; two at least.

    Returns
    -------
    tuple of numpy.ndarray, shape (neurons,)
        E[x], in [0, 1], E[x^2], which is 1, and so on. NaN for a neuron that never responds.
    """
    scale = np.sqrt(np.asarray(moments[1], dtype=np.float64))
    scale = np.where(scale > 0, scale, np.nan)
    first, *rest = (np.asarray(m) / scale**power for power, m in enumerate(moments, start=1))
    # Rounding must not make a variance negative.
    return np.minimum(first, 1), *rest
