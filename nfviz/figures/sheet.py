"""Sheets of neuron features in rows, with labels below them and a text under the pointer."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from nfviz.atlas import Atlas
from nfviz.figures.hover import hover_texts
from nfviz.figures.markup import markup
from nfviz.figures.mosaic import add_hover, add_mosaic, picture_of, write
from nfviz.figures.shelves import Shelves, fill_shelves
from nfviz.figures.style import SMALL_TEXT
from nfviz.option_checks import check_choice

_GAP, _HEADING, _LINE, _LIFT = 4, 22, 14, 3
_LETTER = 0.6  # Width of a letter, as a share of the height of the text.
_LARGE, _SMALL = 64, 16
_LABEL = 80  # Width that labels may take before they are cut.
_ASPECT = 3  # Of a sheet of many features, before they get too small.


def label_lines(table: pd.DataFrame, names: Sequence[str]) -> list[list[str]]:
    """Return what is written below each neuron, line by line.

    Parameters
    ----------
    table : DataFrame, index (``layer``, ``unit``)
        One row a neuron.
    names : sequence of str
        ``"neuron"`` (two lines), ``"layer"``, ``"unit"`` or columns of `table`.

    Raises
    ------
    ValueError
        If there is no such column.
    """
    layers = [str(name) for name in table.index.get_level_values("layer")]
    units = [str(unit) for unit in table.index.get_level_values("unit")]
    known = {"layer": [layers], "unit": [units], "neuron": [layers, units]}
    columns: list[list[str]] = []
    for name in names:
        if name not in known:
            check_choice("labels", name, [*known, *table.columns])
            known[name] = [[_written(value) for value in table[name]]]
        columns += known[name]
    return [list(lines) for lines in zip(*columns, strict=True)] if columns else [[]] * len(table)


def _written(value: object) -> str:
    if isinstance(value, float | np.floating):
        return "-" if np.isnan(value) else f"{value:.2f}"
    return "-" if value is pd.NA or value is None else str(value)


def lay_out(
    atlas: Atlas,
    table: pd.DataFrame,
    lines: list[list[str]],
    *,
    width: float,
    columns: int | None = None,
    scale: str = "equal",
    headings: bool = False,
) -> Shelves:
    """Find places for neuron features.

    Parameters
    ----------
    atlas, table, lines
        As in `draw_sheet`; groups by the column ``group``, if the table has it.
    width : float
        Of the sheet in pixels.
    columns : int, optional
        Of the largest features, side by side; by default as many as stay legible.
    scale : {"equal", "true"}
        All in one size, or each in proportion to its field.
    headings : bool
        Leave room above each group.
    """
    longest = [max(atlas.features[layer].shape[1:3]) for layer in table.index.get_level_values(0)]
    text = np.array([max((len(line) for line in each), default=0) for each in lines], dtype=float)
    text *= _LETTER * SMALL_TEXT
    largest = np.inf
    if columns is None:
        largest = _LARGE * 1.25
        side = np.clip(width * np.sqrt(_ASPECT / max(1, len(table))), _SMALL, _LARGE)
        cell = max(side, min(text.max(initial=0), _LABEL))
        columns = max(1, int((width + _GAP) // (cell + _GAP)))
    cell = (width - (columns - 1) * _GAP) / columns
    sides = np.full(len(table), min(cell, largest))
    if scale == "true":
        sides *= np.array(longest, dtype=float) / max(longest, default=1)
    room = (
        np.full(len(table), cell) if scale == "equal" else np.maximum(sides, np.minimum(text, cell))
    )
    most = max(map(len, lines), default=0)
    below = _LIFT + _LINE * most if most else 0
    groups = table["group"].to_numpy() if "group" in table else np.zeros(len(table), dtype=int)
    return fill_shelves(
        sides, room, groups, width=width, gap=_GAP, below=below, heading=headings * _HEADING
    )


def draw_sheet(
    figure: go.Figure,
    atlas: Atlas,
    table: pd.DataFrame,
    lines: list[list[str]],
    shelves: Shelves,
    *,
    width: float,
    axis: str = "",
) -> None:
    """Draw neuron features into a panel of which the axes count pixels.

    Parameters
    ----------
    figure : Figure
        Changed.
    atlas : Atlas
        Needs ``features``.
    table : DataFrame, index (``layer``, ``unit``)
        One row a neuron.
    lines : list of list of str
        Labels, as `label_lines` gives them.
    shelves : Shelves
        As `lay_out` gives them.
    width : float
        Of the panel in pixels.
    axis : str
        Number of its axes, as plotly writes it.
    """
    boxes = shelves.boxes
    pictures = [
        picture_of(atlas, layer, unit, side)
        for (layer, unit), side in zip(table.index, boxes[:, 2], strict=True)
    ]
    size = (width, max(shelves.height, 1))
    add_mosaic(figure, pictures, boxes, size=size, xref=f"x{axis}", yref=f"y{axis}")
    centers = boxes[:, :2] + boxes[:, 2:] / 2
    add_hover(figure, centers, boxes[:, 2], hover_texts(atlas, table.index), axis=axis)
    if not any(map(len, lines)):
        return
    rooms = _rooms(boxes, width)
    texts = [
        "<br>".join(markup(cut_text(line, room)) for line in each)
        for each, room in zip(lines, rooms, strict=True)
    ]
    below = np.column_stack([centers[:, 0], boxes[:, 1] + boxes[:, 2] + _LIFT])
    write(figure, below, texts, position="bottom center", size=SMALL_TEXT, axis=axis)


def _rooms(boxes: np.ndarray, width: float) -> np.ndarray:
    """Return how wide a label may be: to the middle between its neighbors in the row."""
    centers, base = boxes[:, 0] + boxes[:, 2] / 2, np.round(boxes[:, 1] + boxes[:, 2], 3)
    half = np.minimum(centers, width - centers)
    if len(boxes) > 1:
        apart = np.where(np.diff(base) == 0, np.abs(np.diff(centers)) / 2, np.inf)
        half[1:], half[:-1] = np.minimum(half[1:], apart), np.minimum(half[:-1], apart)
    return 2 * half


def cut_text(text: str, room: float) -> str:
    """Leave out the beginning of a text that is too wide, if it can be at a point.

    Layers differ in how their names end.
    """
    letters = max(3, int(room / (_LETTER * SMALL_TEXT)))
    if len(text) <= letters:
        return text
    start = len(text) - letters + 1
    end = text[start:]
    return "…" + (end if text[start - 1] == "." else end.partition(".")[2] or end)
