"""The table behind the joint figure: two selectivities of every neuron."""

import numpy as np
import pandas as pd

from nfviz.atlas import Atlas
from nfviz.summaries.number_columns import number_column
from nfviz.summaries.selectivity import threshold_of


def summarize_joint(
    atlas: Atlas,
    *,
    x: str = "color_selectivity",
    y: str = "class_selectivity",
    x_threshold: float | None = None,
    y_threshold: float | None = None,
) -> pd.DataFrame:
    """Return two selectivities of every neuron, and the rank of those that have both (Fig. 11).

    The paper shows neurons "that present high values for both" without saying how they were
    chosen. Here they are ranked by the smaller of the two values, so that both must be high; ties
    by their sum, then by layer in depth order, then by unit.

    Parameters
    ----------
    atlas : Atlas
        Any.
    x, y : str
        Two columns of numbers of ``atlas.neurons``, best of the same range.
    x_threshold, y_threshold : float, optional
        From which value on a neuron is selective. By default the paper's 0.40 for color and 0.60
        for class; other columns need one.

    Returns
    -------
    DataFrame, index (``layer``, ``unit``)
        The live neurons of which both are known, in the order of ``atlas.neurons``: the columns
        `x` and `y`, ``selected`` (both thresholds reached) and ``rank`` (Int64, 0 for the best
        selected one; missing for those not selected).

    Raises
    ------
    ValueError
        If a column is missing or not of numbers, both are the same, or a threshold is needed.
    """
    columns = {x: number_column(atlas, "x", x), y: number_column(atlas, "y", y)}
    if x == y:
        raise ValueError(f"x and y are both {x!r}; name two columns.")
    limits = joint_thresholds(x, y, x_threshold, y_threshold)
    every = pd.DataFrame(columns, index=atlas.neurons.index)
    known = np.isfinite(every.to_numpy()).all(axis=1) & ~atlas.neurons["dead"].to_numpy(dtype=bool)
    table = every[known].copy()
    values = table.to_numpy()
    selected = np.asarray((values >= limits).all(axis=1))
    rows = np.flatnonzero(selected)
    best = np.lexsort((rows, -values[rows].sum(axis=1), -values[rows].min(axis=1)))
    ranks = pd.array(np.full(len(table), pd.NA), dtype="Int64")
    ranks[rows[best]] = np.arange(len(rows))
    table["selected"] = selected
    table["rank"] = ranks
    return table


def joint_thresholds(
    x: str, y: str, x_threshold: float | None, y_threshold: float | None
) -> tuple[float, float]:
    """Return both thresholds, or say which one must be given.

    Parameters
    ----------
    x, y, x_threshold, y_threshold
        As in `summarize_joint`.
    """
    found = []
    for name, column, threshold in (("x", x, x_threshold), ("y", y, y_threshold)):
        limit = threshold_of(column, threshold)
        if limit is None:
            raise ValueError(
                f"{name}_threshold is None; the column {column!r} has no threshold of its own: "
                f"pass {name}_threshold=, a number."
            )
        found.append(limit)
    return found[0], found[1]
