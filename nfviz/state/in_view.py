"""Which neurons are in view, in which order, with which values: the rules of the explorer.

The page follows the same rules; a test drives both with the same states.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from nfviz.state.address import DEFAULTS
from nfviz.state.class_tree import class_tree
from nfviz.state.columns import LIVE, slider_columns
from nfviz.state.live_columns import LiveColumns
from nfviz.state.name_search import NameSearch
from nfviz.state.parameters import own_parameters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nfviz.atlas import Atlas

    Floats = NDArray[np.float64]

__all__ = ["Rules", "State", "rules_of"]


@dataclass(frozen=True)
class State:
    """What decides which neurons are in view.

    Attributes
    ----------
    layers : tuple of str
        Those that are on.
    ranges : mapping of str to (float, float)
        Bounds of columns, inclusive. A bound at an end of the column's extent is none.
    threshold, n_max, min_activation
        With which class selectivity is measured: the share that the classes must cover, and the
        most images and the least relative activation of an image set.
    sort_by : str
        A column, ``"layer"`` or ``"unit"``.
    ascending : bool
        Least first.
    search : str
        Words that are all found.
    """

    layers: tuple[str, ...]
    ranges: Mapping[str, tuple[float, float]]
    threshold: float
    n_max: int
    min_activation: float
    sort_by: str
    ascending: bool
    search: str


class Rules:
    """The neurons of an atlas, ready to be filtered, sorted and measured anew.

    A state measures ``n_images``, ``n_labeled``, ``n_classes``, ``class_selectivity`` with its
    ``_floor``, ``_norm`` and ``_chance``, ``top_label`` and ``top_label_share`` anew. All other
    columns, also purity, entropy and effective classes, stay as recorded, with the image sets of
    the atlas itself.

    Parameters
    ----------
    atlas : Atlas
        Any; see also `rules_of`.

    Attributes
    ----------
    columns : dict of str to Column
        What can be filtered and sorted by, by name.
    layers : tuple of str
        In depth order.
    units : tuple of int
        How many each layer has.
    parameters : Parameters
        Those the atlas was made with.
    start : State
        Shows every neuron, with these parameters.
    """

    def __init__(self, atlas: Atlas) -> None:
        # Not the record itself, which its rules must not keep alive, but its tables.
        self._atlas = replace(atlas)
        self.columns = {column.name: column for column in slider_columns(atlas)}
        self.layers = tuple(atlas.layers.index)
        self.units = tuple(map(int, atlas.layers["units"]))
        self.parameters = own_parameters(atlas)
        known = [name for name in ("color_selectivity", "auc") if name in self.columns]
        self.start = State(
            layers=self.layers,
            ranges={},
            threshold=self.parameters.threshold,
            n_max=self.parameters.n_max,
            min_activation=self.parameters.min_activation,
            sort_by=[*known, "layer"][0],
            ascending=False,
            search="",
        )
        layer = atlas.neurons.index.get_level_values("layer")
        self._layer = atlas.layers.index.get_indexer(layer)
        self._unit = atlas.neurons.index.get_level_values("unit").to_numpy()
        self._recorded: dict[str, NDArray[np.float32]] = {}

    @cached_property
    def neurons(self) -> dict[tuple[str, int], int]:
        """The positions in ``atlas.neurons`` by layer and unit."""
        names = zip(
            self._atlas.neurons.index.get_level_values("layer").tolist(),
            self._unit.tolist(),
            strict=True,
        )
        return {name: row for row, name in enumerate(names)}

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What `nfviz.state.address` needs to know of the atlas, as plain JSON values."""
        start = {name: getattr(self.start, name) for name in DEFAULTS}
        return {
            "layers": [str(name) for name in self.layers],
            "units": list(self.units),
            "columns": {name: list(column.extent) for name, column in self.columns.items()},
            "defaults": start,
        }

    def reevaluate(self, threshold: float, n_max: int, min_activation: float) -> dict[str, Floats]:
        """Measure the columns that follow the thresholds, as `LiveColumns.measure` does."""
        return self._live_columns.measure(threshold, n_max, min_activation)

    def column(self, name: str, state: State) -> NDArray[np.float32]:
        """Return a column as it is compared and sorted: in float32, NaN for infinity."""
        if self.columns[name].live:
            return _short(self._live(state)[name])
        if name not in self._recorded:
            values = self._atlas.neurons[name].to_numpy(np.float64, na_value=np.nan)
            self._recorded[name] = _short(values)
        return self._recorded[name]

    def mask(self, state: State) -> NDArray[np.bool_]:
        """Return which neurons are in view, (neurons,)."""
        on = np.array([*(name in state.layers for name in self.layers), False])
        kept: NDArray[np.bool_] = on[self._layer]
        for name, (low, high) in state.ranges.items():
            least, most = self.columns[name].extent
            # The ends are open: a slider at its end lets through what is beyond it.
            if low > least:
                kept &= self.column(name, state) >= _bound(low)
            if high < most:
                kept &= self.column(name, state) <= _bound(high)
        found = None
        if state.search:
            found = self._search.find(state.search, self._live(state)["top_label"])
        return kept if found is None else kept & found

    def rows(self, state: State) -> NDArray[np.intp]:
        """Return the positions in ``atlas.neurons`` of those in view, in the order of the state.

        Neurons without a value come last; ties stand in the order of ``atlas.neurons``.
        """
        rows = np.flatnonzero(self.mask(state))
        key: NDArray[Any]
        if state.sort_by == "layer":
            key = self._layer[rows]
        elif state.sort_by == "unit":
            key = self._unit[rows]
        else:
            key = self.column(state.sort_by, state)[rows]
        return rows[np.argsort(key if state.ascending else -key, kind="stable")]

    def selected(self, state: State) -> pd.DataFrame:
        """Return the rows of ``atlas.neurons`` in view, in order, measured as the state says."""
        rows = self.rows(state)
        table = self._atlas.neurons.iloc[rows]
        live = self._live(state)
        names = [name for name in table if name in live and (name == "top_label" or name in LIVE)]
        kinds = self._atlas.neurons.dtypes
        return table.assign(**{name: _like(live[name][rows], kinds[name]) for name in names})

    @property
    def tallies(self) -> NDArray[Any]:
        """As `LiveColumns.tallies`."""
        return self._live_columns.tallies

    @cached_property
    def _live_columns(self) -> LiveColumns:
        return LiveColumns(self._atlas)

    @cached_property
    def _search(self) -> NameSearch:
        labels = self._live_columns.labels.tolist()
        lines = class_tree(self._atlas, labels).lines()
        return NameSearch(self._atlas.neurons, self.layers, dict(zip(labels, lines, strict=True)))

    def _live(self, state: State) -> dict[str, Floats]:
        return self.reevaluate(state.threshold, state.n_max, state.min_activation)


def _bound(value: float) -> np.float32:
    with np.errstate(over="ignore"):
        return np.float32(value)


def _short(values: Floats) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):
        short = values.astype(np.float32)
    short[~np.isfinite(short)] = np.nan
    return short


def _like(values: Floats, kind: Any) -> Any:
    """Return values in the kind of a column, or in one that has a place for missing ones."""
    if not pd.api.types.is_integer_dtype(kind):
        return pd.array(values, dtype=kind)
    missing = np.isnan(values)
    whole = pd.arrays.IntegerArray(np.where(missing, 0, values).astype(np.int64), missing)
    return whole if isinstance(kind, np.dtype) and missing.any() else whole.astype(kind)


_RULES: WeakKeyDictionary[Atlas, Rules] = WeakKeyDictionary()


def rules_of(atlas: Atlas) -> Rules:
    """Return the rules of an atlas, which all its selections share."""
    if atlas not in _RULES:
        _RULES[atlas] = Rules(atlas)
    return _RULES[atlas]
