"""Neuron features of the first neurons in view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nfviz.figures.mosaic import picture_of
from nfviz.figures.raster import fit
from nfviz.figures.style import SMALL_TEXT
from nfviz.widgets.pictures.canvas import ACCENT, INK, SOFT, Box, Canvas
from nfviz.widgets.pictures.seen import Seen, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from nfviz.atlas import Atlas

__all__ = ["draw_gallery", "tile_of"]

_GAP, _LABEL, _LINE = 4, 15, 18
_SMALLEST, _LARGEST = 16, 96
_READ = 0.5  # A picture on a screen needs half of the pixels that one on paper has.


def draw_gallery(canvas: Canvas, box: Box, seen: Seen, options: Mapping[str, Any]) -> int:
    """Draw as many neuron features as there is room for, in order, and say how many are left."""
    if not len(seen):
        canvas.note(box.inside(bottom=box.height - 60), "no neuron is in view")
        return box.top + 60
    panel = box.inside(top=_LINE)
    columns, rows, cell = _grid(len(seen), panel, int(options.get("size", 48)))
    shown = seen.table.index[: columns * rows]
    canvas.write(box.left, box.top + 11, _order_text(seen, len(shown)), ink=SOFT, room=box.width)
    if not any(layer in seen.atlas.features for layer in shown.get_level_values("layer").unique()):
        canvas.note(panel.inside(bottom=panel.height - 60), "this atlas keeps no neuron features")
        return panel.top + 60
    labels = _labels(seen, len(shown))
    sides = _sides(seen, shown, cell, str(options.get("scale", "equal")))
    marked = seen.marked()
    for place, (neuron, label, side) in enumerate(zip(shown, labels, sides, strict=True)):
        row, column = divmod(place, columns)
        left = panel.left + column * (cell + _GAP)
        base = panel.top + row * (cell + _LABEL + _GAP) + cell
        tile = tile_of(seen.atlas, neuron, side)
        x, y = left + (cell - tile.shape[1]) // 2, base - tile.shape[0]
        canvas.paste(tile, x, y)
        if neuron in marked:
            ink = ACCENT if neuron == seen.focus() else INK
            canvas.frame(Box(x - 2, y - 2, tile.shape[1] + 4, tile.shape[0] + 4), ink, 2)
        canvas.write(
            left + cell / 2, base + 12, label, size=SMALL_TEXT, ink=SOFT, anchor="middle",
            room=cell + _GAP - 1,
        )  # fmt: skip
    return panel.top + rows * (cell + _LABEL + _GAP) - _GAP


def tile_of(atlas: Atlas, neuron: tuple[str, int], side: int) -> NDArray[np.uint8]:
    """Return a neuron feature of which the longest side is so many pixels."""
    return np.ascontiguousarray(fit(picture_of(atlas, *neuron, side * _READ), max(side, 1)))


def _grid(count: int, panel: Box, size: int) -> tuple[int, int, int]:
    """Return columns, rows and the side of a cell: larger where there are few features."""
    side = min(max(size, _SMALLEST), _LARGEST)
    for cell in sorted({side, *range(side, _LARGEST + 1, 8)}, reverse=True):
        columns = max(1, (panel.width + _GAP) // (cell + _GAP))
        rows = max(1, (panel.height + _GAP) // (cell + _LABEL + _GAP))
        if columns * rows >= count:
            break
    # What is left of the width goes to the cells.
    cell += min((panel.width + _GAP) // columns - _GAP - cell, 7)
    while rows > 1 and rows * (cell + _LABEL + _GAP) - _GAP > panel.height:
        cell -= 1
    return columns, min(rows, -(-count // columns)), cell


def _sides(seen: Seen, shown: Any, cell: int, scale: str) -> list[int]:
    if scale != "true":
        return [cell] * len(shown)
    features = seen.atlas.features
    fields = [max(features[n].shape[1:3]) if n in features else 1 for n, _ in shown]
    return [max(1, round(cell * field / max(fields))) for field in fields]


def _order_text(seen: Seen, shown: int) -> str:
    column = str(seen.selection.sort_by)
    order = {"layer": "from the {} layer", "unit": "from the {} unit number"}
    ends = ("first", "last") if column == "layer" else ("lowest", "highest")
    end = ends[0] if seen.selection.ascending else ends[1]
    text = order.get(column, f"from the {{}} {words(column)}").format(end)
    if shown < len(seen):
        return f"the first {shown:,} of {len(seen):,}, {text}"
    return f"all {shown:,}, {text}" if shown > 1 else "the only one"


def _labels(seen: Seen, count: int) -> list[str]:
    """Return what is written below the features: the value by which they are sorted."""
    column = str(seen.selection.sort_by)
    if column not in seen.columns:
        return [seen.neuron_name(neuron) for neuron in seen.table.index[:count]]
    values = seen.values(column)[:count]
    form = "{:,.0f}" if seen.columns[column].whole else "{:.3g}"
    if seen.columns[column].extent == (0.0, 1.0):
        form = "{:.2f}"
    return ["–" if np.isnan(value) else form.format(value) for value in values]  # noqa: RUF001
