"""The state in words, and its ranges as sliders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nfviz.figures.style import SMALL_TEXT, steps
from nfviz.widgets.pictures.canvas import ACCENT, FAINT, INK, SOFT, Box, Canvas
from nfviz.widgets.pictures.lettering import cut_to, width_of
from nfviz.widgets.pictures.seen import Seen, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nfviz.state.columns import Column

__all__ = ["draw_controls"]

_LINE, _ROW, _GAP = 18, 40, 10
_NAME, _BOUNDS = 0.26, 110  # Room for names as a share of the width, for numbers in pixels.
_BINS, _TALL = 40, 22
_LAYER_LINES, _LONGEST, _MOST = 6, 150, 12
_ON = "#e3ecf8"


def draw_controls(canvas: Canvas, box: Box, seen: Seen, options: Mapping[str, Any]) -> int:
    """Draw the layers, a slider per column with its histogram, and the thresholds."""
    y = _draw_layers(canvas, box, seen) + _GAP
    asked = options.get("columns")
    names = list(asked) if asked is not None else [n for n, c in seen.columns.items() if c.slider]
    names = [name for name in names if name in seen.columns]
    # What is narrowed is shown, whatever else is left out.
    narrowed = [name for name in seen.selection.ranges if name in seen.columns]
    names = list(dict.fromkeys([*narrowed, *names]))
    shown = [name for name in seen.columns if name in names[:_MOST]]
    for name in shown:
        _draw_slider(canvas, Box(box.left, y, box.width, _ROW), seen, seen.columns[name])
        y += _ROW
    if not shown:
        canvas.note(Box(box.left, y, box.width, _ROW), "this atlas has no columns of numbers")
        y += _ROW
    y += _GAP
    for text in _told(seen):
        canvas.write(box.left, y + 12, text, room=box.width)
        y += _LINE
    return y + 4


def _draw_layers(canvas: Canvas, box: Box, seen: Seen) -> int:
    """Draw the layers, those that are on inked, and return where they end."""
    x, y, on = box.left, box.top, set(seen.layers)
    layers = list(seen.atlas.layers.index)
    for place, layer in enumerate(layers):
        name = cut_to(seen.layer_name(layer), _LONGEST, SMALL_TEXT, end=True)
        width = round(width_of(name, SMALL_TEXT)) + 12
        if x > box.left and x + width > box.right:
            x, y = box.left, y + _LINE + 4
        if y >= box.top + (_LAYER_LINES - 1) * (_LINE + 4) and x + width > box.right - 110:
            canvas.write(x, y + 13, f"and {len(layers) - place} more", size=SMALL_TEXT, ink=SOFT)
            break
        chip = Box(x, y, width, _LINE)
        if layer in on:
            canvas.fill(chip.left, chip.top, chip.right, chip.bottom, _ON)
        canvas.frame(chip, ACCENT if layer in on else FAINT)
        canvas.write(x + 6, y + 13, name, size=SMALL_TEXT, ink=INK if layer in on else SOFT)
        x += width + 5
    return y + _LINE


def _draw_slider(canvas: Canvas, box: Box, seen: Seen, column: Column) -> None:
    """Draw the histogram of a column, those in view inked, and the range below it."""
    left = box.left + round(_NAME * box.width)
    panel = Box(left, box.top + 4, box.right - _BOUNDS - left, _TALL)
    least, most = column.extent
    low, high = (float(bound) for bound in seen.selection.ranges.get(column.name, column.extent))
    edges = np.linspace(least, most, _BINS + 1)
    counts = [
        np.histogram(np.clip(values[np.isfinite(values)], least, most), edges)[0]
        for values in (seen.every(column.name), seen.values(column.name))
    ]
    tallest = max(int(counts[0].max()), 1)
    width = panel.width / _BINS
    for heights, ink in zip(counts, (FAINT, steps(column.name, 4)[2]), strict=True):
        for place, count in enumerate(heights.tolist()):
            at = panel.left + place * width
            tall = max(count / tallest * panel.height, 1.0 if count else 0.0)
            canvas.fill(at, panel.bottom - tall, at + width, panel.bottom, ink)
    ends = [panel.left + (bound - least) / (most - least) * panel.width for bound in (low, high)]
    canvas.fill(panel.left, panel.bottom + 3, panel.right, panel.bottom + 5, FAINT)
    canvas.fill(ends[0], panel.bottom + 2, ends[1], panel.bottom + 6, ACCENT)
    with canvas.fine(Box(panel.left - 8, panel.bottom - 2, panel.width + 16, 13)) as pen:
        for end in ends:
            pen.disk(end, panel.bottom + 4.5, 5, "#ffffff", edge=ACCENT)
    base = panel.bottom - 2
    canvas.write(box.left, base, words(column.name), room=left - box.left - 10)
    text = "all" if (low, high) == column.extent else f"{_number(low)} to {_number(high)}"
    canvas.write(panel.right + 14, base, text, ink=SOFT if text == "all" else INK,
                 room=_BOUNDS - 14)  # fmt: skip


def _number(value: float) -> str:
    return f"{value:,.4g}"


def _told(seen: Seen) -> list[str]:
    selection = seen.selection
    order = "ascending" if selection.ascending else "descending"
    least, most = float(selection.min_activation), int(selection.n_max)
    share = float(selection.threshold)
    lines = [
        f"sorted by {words(str(selection.sort_by))}, {order}",
        f"image sets: at most {most:,} images, with relative activations of {least:g} or more",
        f"class selectivity: of classes that cover {100 * share:.4g}% of the activation",
    ]
    if selection.search:
        lines.insert(0, f"search: {selection.search}")
    return lines
