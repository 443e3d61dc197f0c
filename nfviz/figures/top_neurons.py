"""The best neurons of each group of layers, each beside its best crops."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from nfviz.atlas import Atlas
from nfviz.figures.markup import markup
from nfviz.figures.mosaic import add_mosaic, picture_of, write
from nfviz.figures.sheet import cut_text
from nfviz.figures.style import SMALL_TEXT

_HEADING, _LINE, _LIFT, _SPACE = 18, 14, 3, 8
_NARROW = 300  # Width in pixels below which a group does not get.
_ROWS, _GAP = 2, 2


def top_height(groups: list[list[str]], top: int, width: float) -> int:
    """Return how high `draw_top_neurons` draws, in pixels."""
    if not top:
        return 0
    across = _across(len(groups), width)
    return -(-len(groups) // across) * _row_height(groups, _side(top, width / across))


def draw_top_neurons(
    figure: go.Figure,
    atlas: Atlas,
    table: pd.DataFrame,
    groups: list[list[str]],
    top: int,
    *,
    y: float,
    width: float,
) -> None:
    """Draw the first neurons of each group with their crops, two rows of crops beside each.

    Parameters
    ----------
    figure : Figure
        Changed; its first axes count pixels.
    atlas : Atlas
        Neurons of layers without ``crops`` say so.
    table : DataFrame, index (``layer``, ``unit``)
        ``ring`` is the group, ``place`` the rank in it, ``color_selectivity`` is written out.
    groups : list of list of str
        The layers of each group.
    top : int
        How many of each group.
    y : float
        Where the panel begins.
    width : float
        Of the panel.
    """
    across = _across(len(groups), width)
    share = width / across
    side = _side(top, share)
    step = _row_height(groups, side)
    room = share / top - _SPACE
    pictures: list[np.ndarray] = []
    boxes: list[tuple[float, float, float]] = []
    headings, labels, notes = _Texts(), _Texts(), _Texts()
    for number, layers in enumerate(groups):
        left, above = number % across * share, number // across * step
        members = table[table["ring"] == number]
        headings.add(left, y + above, _heading(layers, number, len(members), share))
        above += _HEADING
        if not len(members):
            notes.add(left + share / 2, y + above + side / 2, "<i>none</i>")
        best = members.head(top)
        for (layer, unit), place, value in zip(
            best.index, best["place"], best["color_selectivity"], strict=True
        ):
            corner = left + place * share / top, above
            text = _label(layers, layer, f"{unit}: {value:.2f}", room)
            labels.add(corner[0], y + above + side + _LIFT, text)
            found = _block(atlas, layer, unit, corner, side, room)
            pictures += found[0]
            boxes += found[1]
            if len(found[0]) == 1:
                notes.add(corner[0] + (side + room) / 2, y + above + side / 2, "<i>no crops</i>")
    size = (width, top_height(groups, top, width))
    add_mosaic(figure, pictures, np.array(boxes).reshape(-1, 3), size=size, origin=(0, y))
    write(figure, headings.points, headings.texts)
    write(figure, labels.points, labels.texts, size=SMALL_TEXT)
    write(figure, notes.points, notes.texts, size=SMALL_TEXT, position="middle center")


class _Texts:
    """Texts and where they go."""

    def __init__(self) -> None:
        self.points: list[tuple[float, float]] = []
        self.texts: list[str] = []

    def add(self, x: float, y: float, text: str) -> None:
        self.points.append((x, y))
        self.texts.append(text)


def _across(groups: int, width: float) -> int:
    """Return how many groups stand side by side."""
    return max(1, min(groups, int(width // _NARROW)))


def _row_height(groups: list[list[str]], side: int) -> int:
    """Return the height of a group: a heading, pictures, and their labels."""
    shared = any(len(layers) > 1 for layers in groups)
    return _HEADING + side + (1 + shared) * _LINE + _LIFT + _SPACE


def _side(top: int, share: float) -> int:
    """Return the side of a neuron feature: as much as the two columns of crops beside it."""
    return int(min(64, (share / top - _SPACE - _GAP) / 2))


def _block(
    atlas: Atlas, layer: str, unit: int, corner: tuple[float, float], side: float, room: float
) -> tuple[list[np.ndarray], list[tuple[float, float, float]]]:
    """Return a feature and as many crops as there is room for, and where they go."""
    left, top = corner
    pictures, boxes = [picture_of(atlas, layer, unit, side)], [(left, top, float(side))]
    if layer not in atlas.crops:
        return pictures, boxes
    small = (side - _GAP * (_ROWS - 1)) / _ROWS
    columns = int((room - side + 0.01) // (small + _GAP))
    for place, crop in enumerate(atlas.crops[layer][unit][: _ROWS * columns]):
        row, column = divmod(place, columns)
        boxes.append(
            (left + side + _GAP + column * (small + _GAP), top + row * (small + _GAP), small)
        )
        pictures.append(crop)
    return pictures, boxes


def _heading(layers: list[str], number: int, count: int, width: float) -> str:
    ends = [layers[0], layers[-1]] if len(layers) > 1 else layers
    room = (width - 80) / len(ends)
    name = " to ".join(markup(cut_text(end, room)) for end in ends)
    return f"<b>{number + 1}</b>  {name} ({count})"


def _label(layers: list[str], layer: str, text: str, width: float) -> str:
    lines = [layer, text] if len(layers) > 1 else [text]
    return "<br>".join(markup(cut_text(line, width)) for line in lines)
