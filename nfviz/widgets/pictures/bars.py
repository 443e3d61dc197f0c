"""Degrees of a column in each layer: the neurons in view as stacked bars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nfviz.figures.style import SMALL_TEXT, steps
from nfviz.summaries.hue_wheel import share_rings
from nfviz.widgets.pictures.canvas import SOFT, Box, Canvas
from nfviz.widgets.pictures.seen import Seen, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from nfviz.state.columns import Column

    Ints = NDArray[np.int64]

__all__ = ["Degrees", "count_degrees", "draw_bars"]

_LINE, _SCALE, _LEAST_ROW, _MOST_ROW = 18, 40, 13, 24
_COUNTS, _WIDE = 104, 400
_TOLERANCE = 1e-9
_GROUND = "#f1f1f1"


class Degrees(NamedTuple):
    """Neurons in view by layer and degree.

    Attributes
    ----------
    groups : list of list of str
        The layers, each by itself, or neighbors in depth together where they are many.
    counts : ndarray of int64, shape (groups, degrees)
        Those in view that have a value.
    live : ndarray of int64, shape (groups,)
        Live neurons of the layers, in view or not.
    without : int
        How many in view have no value.
    """

    groups: list[list[str]]
    counts: Ints
    live: Ints
    without: int


def count_degrees(seen: Seen, column: Column, most: int) -> Degrees:
    """Count the neurons in view by layer and degree, as `nfviz.summarize_selectivity` does.

    Parameters
    ----------
    seen : Seen
        The state.
    column : Column
        With the edges of the degrees.
    most : int
        Bars at most.
    """
    layers = list(seen.atlas.layers.index)
    groups = share_rings(seen.layers, most)
    group_of = np.full(len(layers), -1)
    for number, group in enumerate(groups):
        group_of[[layers.index(name) for name in group]] = number
    edges, values = np.array(column.edges), seen.values(column.name)
    bins = len(edges) - 1
    known = np.isfinite(values) & ~seen.table["dead"].to_numpy(dtype=bool)
    scaled = (values[known] - edges[0]) * bins / (edges[-1] - edges[0])
    degree = np.clip(np.floor(scaled + _TOLERANCE), 0, bins - 1).astype(np.int64)
    place = group_of[seen.depth[known]] * bins + degree
    counts = np.bincount(place, minlength=len(groups) * bins).reshape(-1, bins)
    alive = ~seen.atlas.neurons["dead"].to_numpy(dtype=bool)
    layer = seen.atlas.layers.index.get_indexer(seen.atlas.neurons.index.get_level_values("layer"))
    of_group = group_of[layer[alive]]
    live = np.bincount(of_group[of_group >= 0], minlength=len(groups))
    return Degrees(groups, counts, live, int((~known).sum()))


def draw_bars(canvas: Canvas, box: Box, seen: Seen, options: Mapping[str, Any]) -> int:
    """Draw a bar per layer, as long as the live neurons, and ink those in view by their degree."""
    name = str(options.get("column") or "color_selectivity")
    column = seen.columns.get(name)
    if column is None:
        canvas.note(box.inside(bottom=box.height - 60), f"no neuron has a value of {words(name)}")
        return box.top + 60
    if not seen.layers:
        canvas.note(box.inside(bottom=box.height - 60), "no layer is on")
        return box.top + 60
    degrees = count_degrees(seen, column, (box.height - _LINE - _SCALE) // _LEAST_ROW)
    row = min((box.height - _LINE - _SCALE) // len(degrees.groups), _MOST_ROW)
    wide = box.width > _WIDE
    left = box.left + round((0.26 if wide else 0.36) * box.width)
    numbers = _COUNTS if wide else _COUNTS - 24
    panel = Box(left, box.top + _LINE, box.right - numbers - left, row * len(degrees.groups))
    title = f"{words(name)} of neurons in view" if wide else words(name)
    canvas.write(panel.left if wide else box.left, box.top + 11, title, ink=SOFT)
    canvas.write(box.right, box.top + 11, "in view / live", ink=SOFT, anchor="right")
    inks = steps(name, degrees.counts.shape[1])
    for place, group in enumerate(degrees.groups):
        bar = Box(panel.left, panel.top + place * row, panel.width, row)
        _bar(canvas, bar, degrees.counts[place], int(degrees.live[place]), inks)
        base = bar.top + row // 2 + 4
        title = seen.layers_name(group, panel.left - 6 - box.left, SMALL_TEXT)
        canvas.write(panel.left - 6, base, title, size=SMALL_TEXT, anchor="right")
        text = f"{degrees.counts[place].sum():,} / {degrees.live[place]:,}"
        canvas.write(box.right, base, text, size=SMALL_TEXT, anchor="right")
    _scale(canvas, Box(panel.left, panel.bottom + 8, panel.width, _SCALE - 8), column, inks)
    if degrees.without:
        text = f"{degrees.without:,} without a value"
        canvas.write(box.left, panel.bottom + 31, text, size=SMALL_TEXT, ink=SOFT,
                     room=panel.left - box.left - 10)  # fmt: skip
    return panel.bottom + _SCALE


def _bar(canvas: Canvas, box: Box, counts: Ints, live: int, inks: list[str]) -> None:
    """Draw one bar: degrees from high to low, then the neurons that are not in view."""
    gap = max(box.height // 6, 1)
    top, bottom = box.top + gap, box.bottom - gap
    if not live:
        canvas.write(box.left + 2, box.top + box.height // 2 + 4, "no live neuron", ink=SOFT,
                     size=SMALL_TEXT)  # fmt: skip
        return
    canvas.fill(box.left, top, box.right, bottom, _GROUND)
    ends = box.left + np.cumsum(counts[::-1]) / live * box.width
    begin: float = box.left
    for end, ink in zip(ends.tolist(), inks[::-1], strict=True):
        canvas.fill(begin, top, end, bottom, ink)
        begin = end


def _scale(canvas: Canvas, box: Box, column: Column, inks: list[str]) -> None:
    """Draw which ink is which degree."""
    width = box.width / len(inks)
    for place, ink in enumerate(inks):
        left = box.left + place * width
        canvas.fill(left, box.top, left + width, box.top + 9, ink)
    edges = column.edges
    every = next(n for n in (1, 2, 5, len(inks)) if len(inks) % n == 0 and n * width >= 38)
    for place in range(0, len(edges), every):
        x = box.left + place * width
        anchor = "left" if not place else "right" if place == len(inks) else "middle"
        canvas.write(x, box.top + 23, f"{edges[place]:g}", size=SMALL_TEXT, ink=SOFT, anchor=anchor)
