"""What a picture shows: the neurons in view, with the names by which they are called."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nfviz.state.in_view import rules_of
from nfviz.widgets.pictures.lettering import ABSENT, cut_to, readable, width_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from nfviz.atlas import Atlas
    from nfviz.state.columns import Column
    from nfviz.widgets.selection import Selection

    Floats = NDArray[np.float64]

__all__ = ["Seen", "words"]

_READABLE = 70  # Pixels that the name of a layer needs at least.


class Seen:
    """A state of a selection, read once.

    Parameters
    ----------
    selection : Selection
        Not changed.

    Attributes
    ----------
    selection : Selection
        The one given.
    atlas : Atlas
        Of the selection.
    table : DataFrame
        The neurons in view, in order.
    """

    def __init__(self, selection: Selection) -> None:
        self.selection = selection
        self.atlas: Atlas = selection.atlas
        self.table: pd.DataFrame = selection.selected

    def __len__(self) -> int:
        """Return how many neurons are in view."""
        return len(self.table)

    @property
    def columns(self) -> dict[str, Column]:
        """The columns of numbers, by name."""
        return rules_of(self.atlas).columns

    @cached_property
    def layers(self) -> list[str]:
        """The layers that are on, in depth order."""
        on = set(self.selection.layers)
        return [layer for layer in self.atlas.layers.index if layer in on]

    @cached_property
    def rows(self) -> NDArray[np.intp]:
        """Positions in ``atlas.neurons`` of those in view."""
        return self.rows_of(self.table)

    def rows_of(self, table: pd.DataFrame) -> NDArray[np.intp]:
        """Return positions in ``atlas.neurons`` of neurons."""
        return self.atlas.neurons.index.get_indexer(table.index)

    def row_of(self, neuron: tuple[str, int]) -> int:
        """Return the position of a neuron in ``atlas.neurons``."""
        return int(self.atlas.neurons.index.get_indexer(pd.MultiIndex.from_tuples([neuron]))[0])

    @cached_property
    def depth(self) -> NDArray[np.intp]:
        """Position of the layer of each neuron in view, among all layers."""
        return self.atlas.layers.index.get_indexer(self.table.index.get_level_values("layer"))

    def values(self, column: str) -> Floats:
        """Return a column of the neurons in view, NaN where nothing is known."""
        if column not in self.columns:
            return np.full(len(self.table), np.nan)
        values = self.table[column].to_numpy(np.float64, na_value=np.nan)
        return np.where(np.isfinite(values), values, np.nan)

    def every(self, column: str) -> Floats:
        """Return a column of all neurons, in view or not, as the thresholds have it."""
        return rules_of(self.atlas).column(column, self.selection.state).astype(np.float64)

    def low(self, column: str) -> float | None:
        """Return the low bound that is set for a column, if one is."""
        bounds = self.selection.ranges.get(column)
        if bounds is None or column not in self.columns:
            return None
        return float(bounds[0]) if bounds[0] > self.columns[column].extent[0] else None

    def threshold(self, column: str) -> float | None:
        """Return the low bound that is set for a column, or else the paper's threshold, if any."""
        low = self.low(column)
        known = self.columns.get(column)
        return low if low is not None or known is None else known.threshold

    def focus(self) -> tuple[str, int] | None:
        """Return the focused neuron, if there is one."""
        return self._known(self.selection.focus)

    def marked(self) -> list[tuple[str, int]]:
        """Return the focused and the pinned neurons, each once."""
        focus = self.focus()
        return list(dict.fromkeys([*([] if focus is None else [focus]), *self.pinned()]))

    def pinned(self) -> list[tuple[str, int]]:
        """Return the pinned neurons."""
        return [found for each in self.selection.pinned if (found := self._known(each))]

    def _known(self, neuron: Iterable[str | int] | None) -> tuple[str, int] | None:
        if neuron is None:
            return None
        layer, unit = neuron
        found = (str(layer), int(unit))
        return found if found in self.atlas.neurons.index else None

    def layer_name(self, layer: str) -> str:
        """Return a name of a layer that can be read, its number where it has no letter of ours."""
        name = readable(str(layer))
        return name if name.strip(f"{ABSENT} ") else f"layer {self._number(layer)}"

    def _number(self, layer: str) -> int:
        """Return the number of a layer, from 1."""
        return list(self.atlas.layers.index).index(layer) + 1

    def layers_name(self, layers: list[str], room: float, size: float) -> str:
        """Return a name of neighboring layers: the first and the last, cut to fit."""
        ends = dict.fromkeys([self.layer_name(layers[0]), self.layer_name(layers[-1])])
        text = " to ".join(ends)
        if width_of(text, size) <= room or len(ends) == 1:
            return cut_to(text, room, size, end=True)
        half = (room - width_of(" to ", size)) / 2
        if half < _READABLE:
            first, last = (self._number(name) for name in (layers[0], layers[-1]))
            return cut_to(f"layers {first} to {last}", room, size)
        return " to ".join(cut_to(name, half, size, end=True) for name in ends)

    def neuron_name(self, neuron: tuple[str, int]) -> str:
        """Return ``layer/unit``."""
        return f"{self.layer_name(neuron[0])}/{neuron[1]}"


def words(column: str) -> str:
    """Return a column's name as words."""
    return column.replace("_", " ")
