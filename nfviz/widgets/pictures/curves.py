"""Ranked activations of the focused and pinned neurons, before those of all in view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nfviz.state.ranked_images import RankedImages, ranked_images
from nfviz.widgets.pictures.axes import BELOW, LEFT, Axes
from nfviz.widgets.pictures.canvas import INK, SOFT, Box, Canvas

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from nfviz.widgets.pictures.seen import Seen

    Floats = NDArray[np.float64]

__all__ = ["LINES", "draw_curve", "draw_curves"]

LINES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#a6761d", "#7570b3")
"""Inks of pinned neurons, in the order in which they were pinned, as in the page."""

_BAND, _MEDIAN = "#e7e7e7", "#a0a0a0"
_LEGEND, _LINE, _TITLE = 168, 18, 20


def draw_curves(canvas: Canvas, box: Box, seen: Seen, options: Mapping[str, Any]) -> int:
    """Draw curves from the first rank to the last, the quartiles of those in view behind them."""
    images = ranked_images(seen.atlas)
    rank = _ranks(images)
    if not len(rank):
        canvas.note(box.inside(bottom=box.height - 60), "this atlas keeps no ranked images")
        return box.top + 60
    panel = box.inside(left=LEFT, top=_TITLE, right=_LEGEND, bottom=BELOW)
    axes = _axes(panel, float(rank[-1]))
    live = ~seen.atlas.neurons["dead"].to_numpy(dtype=bool)
    rows = seen.rows[live[seen.rows]]
    inks = _inks(seen, live)
    with canvas.fine(panel.inside(right=-1, bottom=-1)) as pen:
        if len(rows):
            low, middle, high = np.percentile(_weights(images, rows), (25, 50, 75), axis=0)
            pen.area(axes.points(rank, high) + axes.points(rank, low)[::-1], _BAND)
            pen.line(axes.points(rank, middle), _MEDIAN, 1.5)
        for neuron, ink in inks.items():
            (weights,) = _weights(images, np.array([seen.row_of(neuron)]))
            pen.line(axes.points(rank, weights), ink, 2)
    _draw_rules(canvas, axes, seen)
    axes.draw(canvas, ("rank of the image", "relative activation"), *_ticks(float(rank[-1])))
    legend = Box(panel.right + 14, panel.top, box.right - panel.right - 14, panel.height)
    _draw_legend(canvas, legend, seen, inks, len(seen.marked()) - len(inks), bool(len(rows)))
    return box.bottom


def _inks(seen: Seen, live: NDArray[np.bool_]) -> dict[tuple[str, int], str]:
    """Return the inks of the live ones among the neurons that are marked, but for late pins."""
    of_pinned = dict(zip(seen.pinned(), LINES, strict=False))
    inks = {neuron: of_pinned.get(neuron) for neuron in seen.marked()}
    if (focus := seen.focus()) is not None:
        inks[focus] = inks[focus] or INK
    return {neuron: ink for neuron, ink in inks.items() if ink and live[seen.row_of(neuron)]}


def draw_curve(canvas: Canvas, box: Box, seen: Seen, row: int) -> None:
    """Draw the curve of one neuron, a position in ``atlas.neurons``, into a plot."""
    images = ranked_images(seen.atlas)
    rank = _ranks(images)
    if not len(rank):
        canvas.note(box, "no ranked images")
        return
    axes = _axes(box, float(rank[-1]))
    (weights,) = _weights(images, np.array([row]))
    with canvas.fine(box.inside(right=-1, bottom=-1)) as pen:
        pen.line(axes.points(rank, weights), LINES[2], 2)
    _draw_rules(canvas, axes, seen)
    axes.draw(canvas, ("rank", "relative activation"), *_ticks(float(rank[-1])))


def _ranks(images: RankedImages) -> Floats:
    """Return the ranks that are kept, from 1."""
    return np.concatenate([np.arange(images.ranks), images.curve_ranks]) + 1.0


def _axes(box: Box, ranks: float) -> Axes:
    """Return axes of curves over so many ranks."""
    return Axes(box, (1.0, max(ranks, 2.0)), (0.0, 1.03))


def _ticks(ranks: float) -> tuple[list[float], list[float]]:
    middle = [(ranks + 1) // 2] if ranks > 8 else []
    return [1.0, *middle, ranks] if ranks > 1 else [1.0], [0.0, 0.5, 1.0]


def _weights(images: RankedImages, rows: NDArray[np.intp]) -> Floats:
    """Return relative activations at the ranks that are kept, (neurons, ranks)."""
    first = images.activation[rows] / images.top[rows, np.newaxis]
    return np.hstack([np.maximum(first, 0), images.tail[rows] / 255])


def _draw_rules(canvas: Canvas, axes: Axes, seen: Seen) -> None:
    """Draw where image sets end: at a number of images and a least activation."""
    box = axes.box
    least, most = float(seen.selection.min_activation), float(seen.selection.n_max)
    (x,), (y,) = axes.at(np.array([most]), np.array([least]))
    if 0 < least <= 1:
        canvas.dots((box.left, round(y)), (box.right, round(y)), INK)
    if most < axes.x[1]:
        canvas.dots((round(x), box.top), (round(x), box.bottom), INK)


def _draw_legend(
    canvas: Canvas, box: Box, seen: Seen, inks: Mapping[tuple[str, int], str], left: int,
    others: bool,
) -> None:  # fmt: skip
    y = box.top + 12
    if not inks:
        canvas.write(box.left, y, "no neuron is focused", ink=SOFT, room=box.width)
        canvas.write(box.left, y + _LINE, "or pinned", ink=SOFT, room=box.width)
        y += 2 * _LINE
    for neuron, ink in inks.items():
        canvas.fill(box.left, y - 6, box.left + 16, y - 3, ink)
        name = seen.neuron_name(neuron)
        canvas.write(box.left + 22, y, name, room=box.width - 22, end=True,
                     bold=neuron == seen.focus())  # fmt: skip
        y += _LINE
    if left:
        canvas.write(box.left + 22, y, f"and {left} not drawn", ink=SOFT)
        y += _LINE
    if others:
        canvas.fill(box.left, y - 10, box.left + 16, y + 2, _BAND)
        canvas.fill(box.left, y - 5, box.left + 16, y - 3, _MEDIAN)
        canvas.write(box.left + 22, y, "quartiles of those", ink=SOFT)
        canvas.write(box.left + 22, y + 15, "in view", ink=SOFT)
        y += 15 + _LINE
    canvas.dots((box.left, y - 4), (box.left + 16, y - 4), INK)
    canvas.write(box.left + 22, y, "ends of image sets", ink=SOFT)
