"""The columns of numbers that the explorer filters and sorts by."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nfviz.selectivity.class_bounds import class_sizes
from nfviz.state.column_help import COLUMN_HELP, COLUMN_LIMITS, own_help
from nfviz.state.parameters import own_parameters
from nfviz.summaries.number_columns import number_names
from nfviz.summaries.selectivity import bin_edges, threshold_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nfviz.atlas import Atlas

    Floats = NDArray[np.float64]

__all__ = ["COUNTS", "LIVE", "Column", "column_names", "slider_columns"]

COUNTS = ("n_images", "n_labeled", "n_classes")
"""Re-evaluated columns that count images or classes."""

LIVE = (
    *COUNTS,
    "class_selectivity",
    "class_selectivity_chance",
    "class_selectivity_floor",
    "class_selectivity_norm",
    "top_label_share",
)
"""Columns that are re-evaluated for each threshold, size of the set and least activation."""

_BINS = 10
_FIRST = (
    "color_selectivity", "class_selectivity", "chroma_selectivity", "sharpness", "n_images",
    "auc_percent",
    "blur_effect",  # There only where somebody asked for it.
)  # fmt: skip
_LABELS = ("top_label", "ccmas_label")  # Ids of classes are names, not numbers.


@dataclass(frozen=True)
class Column:
    """A column of numbers of ``atlas.neurons``.

    Attributes
    ----------
    name : str
        Of the column.
    extent : (float, float)
        The outermost edges.
    step : float
        Of a slider; the ends of the extent are multiples of it.
    edges : tuple of float
        Of the bins of a histogram, as `nfviz.summarize_selectivity` has them; those of a hue
        go around the circle.
    whole : bool
        Whether these are whole numbers.
    slider : bool
        Whether its slider is shown at first.
    live : bool
        Whether it is re-evaluated for each threshold, size of the set and least activation.
    threshold : float or None
        From which value on a neuron counts as selective.
    chance : str or None
        The column that holds its chance level.
    help : str
        A sentence about it.
    """

    name: str
    extent: tuple[float, float]
    step: float
    edges: tuple[float, ...]
    whole: bool
    slider: bool
    live: bool
    threshold: float | None
    chance: str | None
    help: str


def slider_columns(atlas: Atlas) -> list[Column]:
    """Describe the columns of numbers of an atlas.

    Parameters
    ----------
    atlas : Atlas
        Any.

    Returns
    -------
    list of Column
        In the order of ``atlas.neurons``: those that a live neuron has a finite value in, and
        those that are re-evaluated (of classes, if ranked images have labels). Class ids are
        left out.
    """
    neurons = atlas.neurons
    parameters = own_parameters(atlas)
    dead = neurons["dead"].to_numpy(dtype=bool)
    classes = len(class_sizes(atlas.images["label"]))
    labeled = _any_label(atlas)
    texts = own_help(atlas)
    found = []
    for name in number_names(atlas):
        if name in _LABELS:
            continue
        whole = name in COUNTS or pd.api.types.is_integer_dtype(neurons[name].dtype)
        if name in LIVE:
            if not labeled and name != "n_images":
                continue
            most = min(parameters.ranks, classes) if name == "n_classes" else parameters.ranks
            edges = _live_edges(name, most)
        else:
            values = neurons[name].to_numpy(np.float64, na_value=np.nan)
            values = values[~dead & np.isfinite(values)]
            if not len(values):
                continue
            edges = _edges(name, values, whole=whole)
        found.append(_column(name, edges, neurons, whole=whole, own=texts.get(name)))
    return found


def _any_label(atlas: Atlas) -> bool:
    labels = atlas.images["label"].to_numpy()
    ranked = atlas.images.index.get_indexer(pd.Index(atlas.ranked["image"].to_numpy()))
    return bool((labels[ranked] >= 0).any())


def _live_edges(name: str, most: int) -> Floats:
    if name in COUNTS:
        return bin_edges(np.array([0.0, most]), _BINS, whole=True, unit=False)
    return bin_edges(np.empty(0), _BINS, whole=False, unit=True)


def _edges(name: str, values: Floats, *, whole: bool) -> Floats:
    if name in COLUMN_LIMITS:
        low, high = COLUMN_LIMITS[name]
        return low + (high - low) * np.arange(_BINS + 1) / _BINS
    return bin_edges(values, _BINS, whole=whole, unit=name == "own_ratio")


def _column(
    name: str, edges: Floats, neurons: pd.DataFrame, *, whole: bool, own: str | None
) -> Column:
    low, high = float(edges[0]), float(edges[-1])
    chance = f"{name}_chance"
    return Column(
        name=name,
        extent=(low, high),
        step=1.0 if whole else _step(low, high),
        edges=tuple(edges.tolist()),
        whole=whole,
        slider=name in _FIRST or name not in COLUMN_HELP or own is not None,
        live=name in LIVE,
        threshold=threshold_of(name),
        chance=chance if chance in neurons else None,
        help=own or COLUMN_HELP.get(name, ""),
    )


def _step(low: float, high: float) -> float:
    """Return a hundredth of the extent or less: 1, 2 or 5 times a power of ten.

    Since there are ten bins at most it is a whole part of a bin, and the ends are multiples of it.
    """
    most = (high - low) / 100 * (1 + 1e-9)
    exponent = math.floor(math.log10(most))
    return next(step for digit in (5, 2, 1) if (step := float(f"{digit}e{exponent}")) <= most)


def column_names(atlas: Atlas) -> list[str]:
    """Return the names of the columns that can be filtered and sorted by."""
    return [column.name for column in slider_columns(atlas)]
