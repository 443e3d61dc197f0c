"""Two columns of the neurons against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from plotly.colors import sample_colorscale

from nfviz.figures.style import DEPTHS
from nfviz.widgets.pictures.axes import BELOW, LEFT, Axes, ticks_of
from nfviz.widgets.pictures.canvas import ACCENT, GROUND, INK, SOFT, Box, Canvas
from nfviz.widgets.pictures.seen import Seen, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["draw_joint"]

_OTHERS = "#e3e3e3"
_LEGEND, _LINE, _TITLE, _LISTED = 150, 17, 38, 18
_DEFAULTS = ("color_selectivity", "class_selectivity")


def draw_joint(canvas: Canvas, box: Box, seen: Seen, options: Mapping[str, Any]) -> int:
    """Draw a point a neuron: those in view inked by the depth of their layer, the others gray."""
    named = [options.get(axis) or default for axis, default in zip("xy", _DEFAULTS, strict=True)]
    missing = [str(name) for name in named if name not in seen.columns]
    if missing:
        text = f"no neuron has a value of {words(missing[0])}"
        canvas.note(box.inside(bottom=box.height - 60), text)
        return box.top + 60
    x, y = str(named[0]), str(named[1])
    panel = box.inside(left=LEFT, top=_TITLE, right=_LEGEND, bottom=BELOW)
    axes = Axes(panel, _span(seen, x), _span(seen, y))
    inks = _depths(len(seen.atlas.layers))
    _draw_points(canvas, axes, seen, (x, y), inks)
    _draw_limits(canvas, axes, seen, (x, y))
    axes.draw(canvas, (words(x), words(y)), ticks_of(*seen.columns[x].extent),
              ticks_of(*seen.columns[y].extent))  # fmt: skip
    both = np.isfinite(seen.values(x)) & np.isfinite(seen.values(y))
    text = f"{both.sum():,} in view have both"
    canvas.write(box.left, box.top + 11, text, ink=SOFT, room=box.width)
    _draw_legend(canvas, Box(panel.right + 16, panel.top, _LEGEND - 16, panel.height), seen, inks)
    return box.bottom


def _span(seen: Seen, column: str) -> tuple[float, float]:
    low, high = seen.columns[column].extent
    return low - 0.03 * (high - low), high + 0.03 * (high - low)


def _depths(count: int) -> list[str]:
    scale = [[place / (len(DEPTHS["light"]) - 1), ink] for place, ink in enumerate(DEPTHS["light"])]
    found: list[str] = sample_colorscale(scale, np.linspace(0, 1, max(count, 1)).tolist())
    return found


def _draw_points(
    canvas: Canvas, axes: Axes, seen: Seen, columns: tuple[str, str], ink_of: list[str]
) -> None:
    every = [seen.every(column) for column in columns]
    others = np.ones(len(every[0]), dtype=bool)
    others[seen.rows] = False
    known = np.isfinite(every[0]) & np.isfinite(every[1])
    radius = 2.2 if known.sum() > 1000 else 3.0
    across, down = axes.at(*every)
    inside = known & (across >= axes.box.left) & (across <= axes.box.right)
    inside &= (down >= axes.box.top) & (down <= axes.box.bottom)
    with canvas.fine(axes.box) as pen:
        for row in np.flatnonzero(inside & others).tolist():
            pen.disk(across[row], down[row], radius, _OTHERS)
        rows = seen.rows
        # From the deepest layer up, so that the few neurons of the first ones are seen.
        for place in np.argsort(-seen.depth, kind="stable").tolist():
            row = rows[place]
            if inside[row]:
                pen.disk(across[row], down[row], radius, ink_of[seen.depth[place]])
        for neuron in seen.marked():
            row = seen.row_of(neuron)
            if inside[row]:
                ink = ACCENT if neuron == seen.focus() else INK
                pen.disk(across[row], down[row], radius + 3.5, ink)
                pen.disk(across[row], down[row], radius + 1.5, GROUND)
                pen.disk(across[row], down[row], radius, ink)


def _draw_limits(canvas: Canvas, axes: Axes, seen: Seen, columns: tuple[str, str]) -> None:
    """Draw the bounds that are set, or else the paper's thresholds."""
    box = axes.box
    x, y = (seen.threshold(column) for column in columns)
    if x is not None:
        (at,), _ = axes.at(np.array([x]), np.zeros(1))
        canvas.dots((round(at), box.top), (round(at), box.bottom), INK)
    if y is not None:
        _, (at,) = axes.at(np.zeros(1), np.array([y]))
        canvas.dots((box.left, round(at)), (box.right, round(at)), INK)


def _draw_legend(canvas: Canvas, box: Box, seen: Seen, inks: list[str]) -> None:
    """Name the inks of the layers, of many layers those of some."""
    layers = list(seen.atlas.layers.index)
    count = len(layers) if len(layers) <= _LISTED else _LISTED // 2
    named = np.unique(np.linspace(0, len(layers) - 1, count).round().astype(int)).tolist()
    y = box.top + 10
    if len(named) < len(layers):
        canvas.write(box.left, y, f"{len(named)} of {len(layers)} layers", ink=SOFT)
        y += _LINE
    for place in named if layers else []:
        canvas.fill(box.left, y - 8, box.left + 9, y + 1, inks[place])
        name = seen.layer_name(layers[place])
        canvas.write(box.left + 15, y, name, room=box.width - 15, end=True)
        y += _LINE
    canvas.fill(box.left, y - 8, box.left + 9, y + 1, _OTHERS)
    canvas.write(box.left + 15, y, "not in view", ink=SOFT)
