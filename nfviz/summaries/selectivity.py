"""How many neurons of each layer have which degree of selectivity (the paper's Fig. 8 and 9)."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from nfviz.atlas import CLASS_THRESHOLD, COLOR_THRESHOLD, Atlas
from nfviz.option_checks import check_count, check_number
from nfviz.summaries.layer_choice import chosen_layers
from nfviz.summaries.number_columns import number_column

_THRESHOLDS = {
    "color_selectivity": COLOR_THRESHOLD,
    "chroma_selectivity": COLOR_THRESHOLD,
    "class_selectivity": CLASS_THRESHOLD,
    "class_selectivity_norm": CLASS_THRESHOLD,
}

# A value that arithmetic left just below an edge, such as 0.3 * 10, belongs above it.
_TOLERANCE = 1e-9

# Edges in six digits are still told apart.
_NARROWEST = 1e-4


def summarize_selectivity(
    atlas: Atlas,
    column: str,
    *,
    bins: int = 10,
    threshold: float | None = None,
    layers: str | Sequence[str] | None = None,
) -> pd.DataFrame:
    r"""Count the neurons of each layer by their degree of selectivity (Fig. 8 and 9).

    A value x of a column of 0 to 1 falls into the bin

    .. math:: \min(\lfloor bins \cdot x + 10^{-9} \rfloor, \; bins - 1)

    so that a bin begins with its lower edge (0.3 is in the fourth of ten) and the last one holds
    1 too.

    Parameters
    ----------
    atlas : Atlas
        Any.
    column : str
        A column of numbers of ``atlas.neurons``.
    bins : int
        How many bins, 2 to 100; for columns beyond 0 to 1, how many at most.
    threshold : float, optional
        From which value on a neuron counts as selective, in units of the column. By default 0.40
        for color and chroma selectivity, 0.60 for class selectivity and its normalized form (as
        in the paper), and none for other columns.
    layers : str or sequence of str, optional
        Layers to count; all by default. The edges do not depend on it.

    Returns
    -------
    DataFrame, index (``layer``, ``bin``), layers in depth order, bins from 0
        - ``low`` and ``high``, edges of the bin in units of the column;
        - ``count``, neurons in it;
        - ``share``, of the layer's live neurons whose value is known, in [0, 1]; each layer's
          sum to 1; NaN in a layer without any.

        And, of the layer, the same in all of its rows: ``neurons``; ``dead``, never above zero,
        in no bin; ``unknown``, live but without a finite value, in no bin; ``above``, the share of
        the counted neurons at the threshold or above it, in [0, 1] (NaN without threshold or
        neurons).

    Raises
    ------
    ValueError
        If there is no such column of numbers or no such layer, or an option is out of range.

    Notes
    -----
    The paper draws degrees without naming edges; ten bins are ours. The bins cover 0 to 1 where
    all values of the network's live neurons lie there and are no whole numbers, and for
    ``own_ratio``, of which values above 1 are in the last bin. Other columns (``n_images``,
    ``kurtosis``) get bins over their range in the network, from multiple to multiple of a round
    step: the least of 1, 2 or 5 times a power of ten that makes no more than `bins` bins; whole
    numbers get steps of 1 or more.

    Examples
    --------
    >>> table = nfviz.summarize_selectivity(atlas, "color_selectivity")
    >>> bars = table["share"].unstack("bin")  # those of Fig. 8
    >>> bars.shape
    (5, 10)
    """
    names = chosen_layers(atlas, layers)
    values = _values(atlas, column)
    bins = check_count("bins", bins, 2, most=100)
    threshold = threshold_of(column, threshold)
    known = np.isfinite(values)
    whole = pd.api.types.is_integer_dtype(atlas.neurons[column])
    edges = bin_edges(values[known], bins, whole=whole, unit=column == "own_ratio")
    layer = pd.Index(names, dtype=object).get_indexer(
        atlas.neurons.index.get_level_values("layer").astype(object)
    )
    dead = atlas.neurons["dead"].to_numpy(dtype=bool)
    above = known & (values >= (np.inf if threshold is None else threshold))
    counts = _counts(values, layer, edges, len(names))
    of_layer = {
        "neurons": _per_layer(layer, np.ones_like(dead), len(names)),
        "dead": _per_layer(layer, dead, len(names)),
        "unknown": _per_layer(layer, ~dead & ~known, len(names)),
    }
    counted = counts.sum(axis=1)
    divisor = np.where(counted > 0, counted, np.nan)
    selective = _per_layer(layer, above, len(names)) / divisor
    of_layer["above"] = selective if threshold is not None else np.full(len(names), np.nan)
    return pd.DataFrame(
        {
            "low": np.tile(edges[:-1], len(names)),
            "high": np.tile(edges[1:], len(names)),
            "count": counts.ravel(),
            "share": (counts / divisor[:, None]).ravel(),
        }
        | {name: np.repeat(facts, len(edges) - 1) for name, facts in of_layer.items()},
        index=pd.MultiIndex.from_product([names, range(len(edges) - 1)], names=["layer", "bin"]),
    )


def threshold_of(column: str, threshold: float | None = None) -> float | None:
    """Return a threshold as given or, where it is None, that of the paper for a column, if any."""
    if threshold is None:
        return _THRESHOLDS.get(column)
    return check_number("threshold", threshold, ", or None")


def _values(atlas: Atlas, column: str) -> np.ndarray:
    """Return the values of a column, NaN for dead neurons."""
    values = number_column(atlas, "column", column)
    values[atlas.neurons["dead"].to_numpy(dtype=bool)] = np.nan
    return values


def bin_edges(values: np.ndarray, bins: int, *, whole: bool, unit: bool) -> np.ndarray:
    """Return the edges of bins that cover all values, as `summarize_selectivity` describes them.

    Parameters
    ----------
    values : ndarray
        Finite.
    bins : int
        How many bins, or for values beyond 0 to 1 how many at most.
    whole : bool
        Whether these are whole numbers, of which 0 and 1 are no degrees.
    unit : bool
        Whether the bins are those of 0 to 1 in any case.
    """
    low, high = (values.min(), values.max()) if len(values) else (0.0, 0.0)
    inside = low >= -_TOLERANCE and high <= 1 + _TOLERANCE
    if unit or not len(values) or (inside and not whole):
        return np.arange(bins + 1) / bins
    span = max(high - low, _NARROWEST * max(abs(low), abs(high)))
    exponent = math.floor(math.log10(span / bins)) if span > 0 else 0
    exponent = max(exponent, 0) if whole else exponent
    while True:
        for digit in (1, 2, 5):
            first, last = _multiples(low, high, digit * 10.0**exponent, whole=whole)
            if last - first <= bins:
                places = digit * np.arange(first, last + 1, dtype=np.float64)
                return places * 10.0**exponent if exponent >= 0 else places / 10.0**-exponent
        exponent += 1


def _multiples(low: float, high: float, step: float, *, whole: bool) -> tuple[int, int]:
    """Return which multiples of a step are the outermost edges."""
    first = math.floor(low / step + _TOLERANCE)
    # With steps of 1 every whole number has a bin of its own, the greatest too.
    last = int(high) + 1 if whole and step == 1 else math.ceil(high / step - _TOLERANCE)
    return first, max(last, first + 1)


def _counts(values: np.ndarray, layer: np.ndarray, edges: np.ndarray, layers: int) -> np.ndarray:
    """Count the known values of each layer by bin, (layer, bin)."""
    bins = len(edges) - 1
    rows = np.isfinite(values) & (layer >= 0)
    scaled = (values[rows] - edges[0]) * bins / (edges[-1] - edges[0])
    place = np.clip(np.floor(scaled + _TOLERANCE), 0, bins - 1).astype(np.intp)
    found = np.bincount(layer[rows] * bins + place, minlength=layers * bins)
    return found.reshape(layers, bins)


def _per_layer(layer: np.ndarray, chosen: np.ndarray, layers: int) -> np.ndarray:
    return np.bincount(layer[chosen & (layer >= 0)], minlength=layers)
