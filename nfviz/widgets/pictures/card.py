"""The focused neuron: its feature, crops, numbers, curve and classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nfviz.figures.hue_inks import hue_inks
from nfviz.figures.raster import fit
from nfviz.figures.style import SMALL_TEXT, steps
from nfviz.summaries.hue_wheel import OPPONENT
from nfviz.widgets.pictures.axes import BELOW, LEFT
from nfviz.widgets.pictures.canvas import INK, SOFT, Box, Canvas
from nfviz.widgets.pictures.clouds import tags_of, words_of
from nfviz.widgets.pictures.curves import draw_curve
from nfviz.widgets.pictures.gallery import tile_of
from nfviz.widgets.pictures.seen import Seen, words

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["draw_card"]

_FEATURE, _LINE, _GAP, _SIDE = 176, 18, 12, 74
_CROPS, _ROWS, _CHIP = 16, 8, 11
_PLOT = 150


def draw_card(canvas: Canvas, box: Box, seen: Seen, options: Mapping[str, Any]) -> int:
    """Draw all that is known about the focused neuron."""
    focus = seen.focus()
    if focus is None:
        canvas.note(box.inside(bottom=box.height - 60), "no neuron is focused")
        return box.top + 60
    row = seen.row_of(focus)
    dead = bool(seen.atlas.neurons["dead"].iloc[row])
    away = ", dead" if dead else "" if row in seen.rows else ", not in view"
    width = canvas.write(box.left, box.top + 12, seen.neuron_name(focus), bold=True,
                         room=box.width - 90, end=True)  # fmt: skip
    canvas.write(box.left + width, box.top + 12, away, ink=SOFT)
    top = box.top + _LINE + 2
    _draw_feature(canvas, Box(box.left, top, _FEATURE, _FEATURE), seen, focus)
    beside = box.left + _FEATURE + _GAP
    numbers = Box(beside, top, box.right - beside, _FEATURE)
    _draw_numbers(canvas, numbers, seen, row)
    top = _draw_crops(canvas, Box(box.left, top + _FEATURE + _GAP, box.width, 0), seen, focus)
    half = (box.width - 2 * _GAP) // 2
    _draw_response(canvas, Box(box.left, top, half, _PLOT), seen, row, dead=dead)
    _draw_classes(canvas, Box(box.right - half, top, half, _PLOT), seen, row)
    return top + _PLOT


def _draw_feature(canvas: Canvas, box: Box, seen: Seen, neuron: tuple[str, int]) -> None:
    if neuron[0] not in seen.atlas.features:
        canvas.note(box, "no neuron feature")
        return
    tile = tile_of(seen.atlas, neuron, box.width)
    canvas.paste(tile, box.left, box.top)


def _draw_numbers(canvas: Canvas, box: Box, seen: Seen, row: int) -> None:
    """Write the columns that matter most, with what they are by chance."""
    names = [name for name, column in seen.columns.items() if column.slider]
    names = [name for name in _ORDER if name in seen.columns] + [
        name for name in names if name not in _ORDER
    ]
    y = box.top + 11
    for name in names:
        if y > box.bottom:
            break
        value = float(seen.every(name)[row])
        canvas.write(box.left, y, words(name), ink=SOFT, room=box.width * 0.4)
        x = box.left + box.width * 0.42
        text = _written(value, whole=seen.columns[name].whole or name == "hue")
        text += "°" if name == "hue" and not np.isnan(value) else ""
        x += canvas.write(x, y, text, room=box.right - x) + 8
        chance = seen.columns[name].chance
        if name == "hue" and not np.isnan(value):
            _draw_hues(canvas, x, y, seen, row, value)
        elif chance in seen.columns and not np.isnan(by_chance := seen.every(chance)[row]):
            canvas.write(x, y, f"by chance {by_chance:.2f}", ink=SOFT, room=box.right - x)
        y += _LINE
    if not names:
        canvas.note(box, "this atlas has no columns of numbers")


_ORDER = (
    "color_selectivity", "hue", "class_selectivity", "n_classes", "n_labeled", "n_images",
    "sharpness", "sparseness", "auc_percent",
)  # fmt: skip


def _written(value: float, *, whole: bool) -> str:
    if np.isnan(value):
        return "not known"
    return f"{value:,.0f}" if whole else f"{value:.2f}" if abs(value) < 100 else f"{value:,.3g}"


def _draw_hues(canvas: Canvas, x: float, y: float, seen: Seen, row: int, hue: float) -> None:
    """Draw a patch of the hue, and one of the opposite hue where that is seen too."""
    hues = [hue]
    if "balance" in seen.columns and seen.every("balance")[row] > OPPONENT:
        hues.append(hue + 180)
    for place, ink in enumerate(hue_inks(seen.atlas, hues)):
        left = x + place * (_CHIP + 4)
        canvas.fill(left, y - _CHIP + 1, left + _CHIP, y + 1, ink)


def _draw_crops(canvas: Canvas, box: Box, seen: Seen, neuron: tuple[str, int]) -> int:
    """Draw the crops that are kept, and return where they end."""
    sheet = seen.atlas.crops.get(neuron[0])
    crops = [] if sheet is None else list(sheet[neuron[1]][:_CROPS])
    if not crops:
        canvas.note(Box(box.left, box.top, box.width, 30), "this atlas keeps no crops of it")
        return box.top + 30 + _GAP
    gap = (box.width - _ROWS * _SIDE) / (_ROWS - 1)
    for place, crop in enumerate(crops):
        line, column = divmod(place, _ROWS)
        tile = np.ascontiguousarray(fit(crop, _SIDE))
        canvas.paste(tile, box.left + column * (_SIDE + gap), box.top + line * (_SIDE + gap))
    return box.top + round(-(-len(crops) // _ROWS) * (_SIDE + gap)) + _GAP


def _draw_response(canvas: Canvas, box: Box, seen: Seen, row: int, *, dead: bool) -> None:
    panel = box.inside(left=LEFT, top=22, bottom=BELOW)
    if dead:
        canvas.note(panel, "no response")
        return
    draw_curve(canvas, panel, seen, row)


def _draw_classes(canvas: Canvas, box: Box, seen: Seen, row: int) -> None:
    """Draw the shares of the classes as bars, the greatest first."""
    canvas.write(box.left, box.top + 14, "share of the activation by class", ink=SOFT,
                 room=box.width)  # fmt: skip
    shares = words_of(tags_of(seen, np.array([row]))[0], "share")
    if not shares:
        canvas.note(box, "no labeled images")
        return
    fit_in = (box.height - 22) // 16
    if len(shares) > fit_in:
        rest = shares[fit_in - 1 :]
        shares = [*shares[: fit_in - 1], (f"{len(rest)} others", sum(share for _, share in rest))]
    ink = steps("class_selectivity", 4)[2]
    names, most = round(0.46 * box.width), max(share for _, share in shares)
    for place, (name, share) in enumerate(shares):
        y = box.top + 34 + 16 * place
        left = box.left + names
        canvas.write(left - 6, y, name, size=SMALL_TEXT, ink=INK, anchor="right", room=names - 6)
        end = left + share / most * (box.width - names - 38)
        canvas.fill(left, y - 9, max(end, left + 1), y + 1, ink)
        canvas.write(max(end, left + 1) + 5, y, f"{share:.0%}", size=SMALL_TEXT)
