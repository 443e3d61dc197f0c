"""Color-selective neurons in view at their hue, on the rings of their layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from PIL import ImageColor

from nfviz.atlas import COLOR_THRESHOLD
from nfviz.figures.hue_inks import hue_inks
from nfviz.figures.rings import Rings, place_on_rings
from nfviz.figures.style import SMALL_TEXT
from nfviz.summaries.hue_wheel import OPPONENT, RINGS, share_rings, summarize_hues
from nfviz.widgets.pictures.canvas import ACCENT, FAINT, GROUND, INK, SOFT, Box, Canvas
from nfviz.widgets.pictures.gallery import tile_of
from nfviz.widgets.pictures.seen import Seen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["draw_wheel"]

_INNER, _LARGEST, _SMALLEST, _RIM = 0.18, 0.14, 0.05, 6  # Shares of the radius; pixels.
_LEGEND = 130
_DENSITY, _SECTORS = 0.5, 36  # Neurons by pixel of the width, so that they can be told apart.
_HISTOGRAM, _LINE = 44, 16
_HEAD = 20
_AXIS = "#e6e6e6"


def draw_wheel(canvas: Canvas, box: Box, seen: Seen, options: Mapping[str, Any]) -> int:
    """Draw the wheel, and where there is room beside it what the rings are."""
    needed = ("color_selectivity", "hue", "balance")
    if any(name not in seen.columns for name in needed):
        canvas.note(box.inside(bottom=box.height - 60), "this atlas has no hues of neurons")
        return box.top + 60
    low = seen.low("color_selectivity")
    threshold = COLOR_THRESHOLD if low is None else low
    groups = share_rings(seen.layers, max(int(options.get("rings", RINGS)), 1))
    table = _table(seen, groups, threshold)
    side = min(box.width, box.height - _HEAD)
    drawn = _most_selective(table, round(_DENSITY * side))
    text = f"{len(table):,} in view with a color selectivity of {threshold:g} or more"
    if len(drawn) < len(table):
        text += f"; {len(drawn):,} of them are drawn"
    canvas.write(box.left, box.top + 11, text, ink=SOFT, room=box.width)
    wheel = Box(box.left, box.top + _HEAD, side, side)
    _draw_wheel(canvas, wheel, seen, drawn, len(groups))
    if not len(table):
        canvas.note(wheel.inside(bottom=wheel.height // 2), "none to show")
    if box.width - side >= _LEGEND:
        legend = Box(wheel.right + 14, wheel.top, box.right - wheel.right - 14, wheel.height)
        _list_rings(canvas, legend, seen, groups, lines=2)
        _draw_hues(canvas, legend, seen)
        return wheel.bottom
    legend = Box(box.left, wheel.bottom + 4, box.width, box.bottom - wheel.bottom - 4)
    return _list_rings(canvas, legend, seen, groups, lines=1)


def _table(seen: Seen, groups: list[list[str]], threshold: float) -> pd.DataFrame:
    """Return the selective neurons in view, by ring, then from the most selective down."""
    ring_of = {layer: ring for ring, names in enumerate(groups) for layer in names}
    table = pd.DataFrame(
        {
            "ring": [ring_of.get(name, -1) for name in seen.table.index.get_level_values("layer")],
            "selectivity": seen.values("color_selectivity"),
            "hue": seen.values("hue"),
            "opponent": seen.values("balance") > OPPONENT,
        },
        index=seen.table.index,
    )
    # As bounds are compared.
    selective = table["selectivity"].astype(np.float32) >= np.float32(threshold)
    table = table[selective & table["hue"].notna() & (table["ring"] >= 0)]
    order = np.lexsort((seen.rows_of(table), -table["selectivity"], table["ring"]))
    return table.iloc[order]


def _most_selective(table: pd.DataFrame, most: int) -> pd.DataFrame:
    """Return at most so many, the most selective of each part of each ring."""
    if len(table) <= most:
        return table
    sector = (table["hue"] // (360 / _SECTORS)).astype(int) % _SECTORS
    place = table.groupby([table["ring"], sector]).cumcount().to_numpy()
    counts = np.bincount(place)
    return table[place < max(int(np.searchsorted(np.cumsum(counts), most, "right")), 1)]


def _draw_wheel(canvas: Canvas, box: Box, seen: Seen, table: pd.DataFrame, rings: int) -> None:
    rim = box.width / 2 - _RIM
    placed = place_on_rings(
        table["hue"].to_numpy(), table["ring"].to_numpy(), rings=rings, inner=_INNER * rim,
        outer=rim - _RIM, smallest=_SMALLEST * rim, largest=_LARGEST * rim,
    )  # fmt: skip
    center = np.array([box.left + box.width / 2, box.top + box.height / 2])
    hues = table["hue"].to_numpy()
    offsets, opponent = _on_circle(hues, placed.radius), table["opponent"].to_numpy(dtype=bool)
    middle = (float(center[0]), float(center[1]))
    canvas.circle(middle, rim, _RIM, _rgb(hue_inks(seen.atlas, np.arange(90) * 4 + 2.0)))
    for radius in placed.circles:
        canvas.circle(middle, float(radius), 1, _rgb([FAINT]), dash=3)
    with canvas.fine(box) as pen:
        ends = center + _on_circle(hues[opponent] + 180, placed.radius[opponent])
        inks = hue_inks(seen.atlas, hues[opponent] + 180)
        for here, there in zip(center + offsets[opponent], ends, strict=True):
            pen.line([tuple(here), tuple(there)], _AXIS)
        for (x, y), ink in zip(ends, inks, strict=True):
            pen.disk(x, y, max(2.5, placed.side / 6), ink, edge=GROUND)
    _lay_tiles(canvas, seen, table, center + offsets, max(round(placed.side), 1))
    _number_rings(canvas, np.vstack([offsets, -offsets[opponent]]), placed, center)


def _lay_tiles(canvas: Canvas, seen: Seen, table: pd.DataFrame, middles: Floats, side: int) -> None:
    """Lay the neuron features, the most selective of a ring last, and frame the marked ones."""
    for neuron, (x, y) in zip(list(table.index)[::-1], middles[::-1].tolist(), strict=True):
        tile = tile_of(seen.atlas, neuron, side)
        canvas.paste(tile, x - tile.shape[1] / 2, y - tile.shape[0] / 2)
    for neuron in seen.marked():
        if neuron in table.index:
            x, y = middles[table.index.get_loc(neuron)]
            left, top = round(x - side / 2) - 2, round(y - side / 2) - 2
            ink = ACCENT if neuron == seen.focus() else INK
            canvas.frame(Box(left, top, side + 4, side + 4), ink, 2)


def _number_rings(canvas: Canvas, taken: Floats, placed: Rings, center: Floats) -> None:
    """Write the number of each ring on it, in the direction that is farthest from what is taken."""
    directions = np.arange(0.0, 360.0, 2.0)
    free = np.full(len(directions), np.inf)
    for circle in placed.circles:
        x, y = _on_circle(directions, circle).T[..., np.newaxis]
        apart = np.maximum(np.abs(x - taken[:, 0]), np.abs(y - taken[:, 1]))
        free = np.minimum(free, apart.min(axis=1, initial=np.inf))
    turn = directions[free.argmax()]
    for number, circle in enumerate(placed.circles, 1):
        x, y = (center + _on_circle(turn, circle)).ravel()
        canvas.fill(x - 6, y - 7, x + 6, y + 7, GROUND)
        canvas.write(x, round(y) + 4, str(number), size=SMALL_TEXT, anchor="middle")


def _on_circle(hue: Floats | float, radius: Floats | float) -> Floats:
    """Return x to the right and y downward, from the center of the wheel."""
    turn = np.radians(np.atleast_1d(hue))
    return np.column_stack([radius * np.cos(turn), -radius * np.sin(turn)])


def _rgb(inks: list[str]) -> NDArray[np.uint8]:
    return np.array([ImageColor.getrgb(ink) for ink in inks], dtype=np.uint8)


def _list_rings(
    canvas: Canvas, box: Box, seen: Seen, groups: list[list[str]], *, lines: int
) -> int:
    """Write which layers the rings are, each on so many lines; return where the list ends."""
    y = box.top
    if not groups:
        canvas.write(box.left, y + 12, "no layer is on", ink=SOFT)
    for number, group in enumerate(groups, 1):
        ends = list(dict.fromkeys([group[0], group[-1]]))
        if y + _LINE > box.bottom - (_HISTOGRAM + 30 if lines > 1 else 0):
            canvas.write(box.left, y + 12, f"and {len(groups) - number + 1} more", ink=SOFT)
            return y + _LINE
        canvas.write(box.left, y + 12, str(number), size=SMALL_TEXT, bold=True)
        room = box.width - 18
        if lines == 1 or len(ends) == 1:
            text = seen.layers_name(ends, room, SMALL_TEXT)
            canvas.write(box.left + 18, y + 12, text, size=SMALL_TEXT)
        else:
            text = seen.layers_name(ends[:1], room, SMALL_TEXT)
            canvas.write(box.left + 18, y + 12, text, size=SMALL_TEXT)
            y += _LINE
            text = seen.layers_name(ends[1:], room - 16, SMALL_TEXT)
            canvas.write(box.left + 18, y + 12, f"to {text}", size=SMALL_TEXT)
        y += _LINE
    return y


def _draw_hues(canvas: Canvas, box: Box, seen: Seen) -> None:
    """Draw the hues of the data set's images at the lower end of a box."""
    shares = summarize_hues(seen.atlas)["share"].to_numpy()
    if not shares.any():
        return
    base = box.bottom - 4
    canvas.write(box.left, base - _HISTOGRAM - 8, "hues of the images", ink=SOFT, size=SMALL_TEXT,
                 room=box.width)  # fmt: skip
    width = box.width / len(shares)
    inks = hue_inks(seen.atlas, (np.arange(len(shares)) + 0.5) * 360 / len(shares))
    for place, (share, ink) in enumerate(zip(shares / shares.max(), inks, strict=True)):
        left = box.left + place * width
        canvas.fill(left, base - share * _HISTOGRAM, left + width, base, ink)
    canvas.fill(box.left, base, box.right, base + 1, FAINT)
