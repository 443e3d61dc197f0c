"""Galleries of neuron features (the paper's Fig. 3 and 5)."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from nfviz.atlas import Atlas
from nfviz.figures.markup import markup
from nfviz.figures.mosaic import add_note, pixel_axes, write
from nfviz.figures.paper import check_width
from nfviz.figures.sheet import draw_sheet, label_lines, lay_out
from nfviz.figures.shelves import Shelves
from nfviz.figures.signature import sign
from nfviz.figures.style import WIDTH, new_figure
from nfviz.option_checks import check_choice, check_count
from nfviz.summaries.gallery import summarize_gallery

_MARGIN, _EMPTY = 8, 60
_MOST_NAMED, _MOST_NUMBERED = 60, 400


def plot_gallery(
    atlas: Atlas,
    neurons: Any = None,
    *,
    sort_by: str | None = None,
    ascending: bool = False,
    group_by: str | None = None,
    columns: int | None = None,
    scale: str = "equal",
    labels: str | Sequence[str] | None = "auto",
    theme: str = "light",
    width: int | str = WIDTH,
) -> go.Figure:
    """Draw the neuron features of any selection of neurons (the paper's Fig. 3 and 5).

    Fig. 5 is ``plot_gallery(atlas, atlas.neurons.loc[["conv1"]], sort_by="color_selectivity")``;
    Fig. 3 shows structured and blurred features apart, which ``sort_by="sharpness"`` does (see
    `nfviz.Sharpness`). `summarize_gallery` gives the table behind it.

    Parameters
    ----------
    atlas : Atlas
        Needs ``features``.
    neurons : DataFrame, MultiIndex, sequence of (layer, unit), or None
        A slice of ``atlas.neurons``, its index, or names of neurons; None for all live neurons.
    sort_by : str, optional
        Column of ``atlas.neurons``, ``"layer"`` or ``"unit"``; ties keep their order.
    ascending : bool
        Smallest first.
    group_by : str, optional
        Column of ``atlas.neurons`` or ``"layer"``: each value gets a block of its own, with a
        heading.
    columns : int, optional
        How many of the largest features fit side by side; by default as many as stay legible.
    scale : {"equal", "true"}
        All features in one size, or each in proportion to its field.
    labels : str or sequence of str, optional
        What is written below each, a line for each name: ``"neuron"`` (two lines), ``"layer"``,
        ``"unit"`` or a column. ``"auto"`` is the unit, with the layer where layers are mixed, and
        nothing for more than 400 neurons (60 where layers are mixed). None for nothing.
    theme : {"light", "dark"}
        Ground and inks.
    width : int or str
        In pixels, or of the page it is for, such as ``"84mm"``; the height follows.

    Returns
    -------
    plotly.graph_objects.Figure

    Raises
    ------
    ValueError
        If there is no such neuron, column, scale or theme, or `columns` is below 1.
    """
    width = check_width(width)
    check_choice("scale", scale, ("equal", "true"))
    labels = labels if isinstance(labels, str | None) else list(labels)
    if columns is not None:
        columns = check_count("columns", columns, 1)
    table = summarize_gallery(
        atlas, neurons, sort_by=sort_by, ascending=ascending, group_by=group_by
    )
    lines = label_lines(table, _names(table, labels, group_by))
    content = width - 2 * _MARGIN
    shelves = lay_out(
        atlas, table, lines, width=content, columns=columns, scale=scale,
        headings=group_by is not None,
    )  # fmt: skip
    height = shelves.height or _EMPTY
    figure = new_figure(theme, width=width, height=round(height) + 2 * _MARGIN)
    figure.update_layout(margin=dict.fromkeys("lrtb", _MARGIN), hovermode="closest")
    pixel_axes(figure, (content, height))
    if len(table):
        draw_sheet(figure, atlas, table, lines, shelves, width=content)
    else:
        add_note(figure, "no neurons are selected", content / 2, height / 2)
    if group_by is not None:
        _write_headings(figure, table, shelves, group_by)
    options = {
        "neurons": None if neurons is None else [[str(a), int(b)] for a, b in table.index],
        "sort_by": sort_by, "ascending": bool(ascending), "group_by": group_by, "columns": columns,
        "scale": scale, "labels": labels,
        "theme": theme, "width": width,
    }  # fmt: skip
    return sign(figure, "plot_gallery", atlas.manifest, options)


def _names(table: pd.DataFrame, labels: str | Sequence[str] | None, group_by: str | None) -> list:
    """Return what is to be written below the features."""
    if labels is None:
        return []
    if labels != "auto":
        return [labels] if isinstance(labels, str) else list(labels)
    mixed = group_by != "layer" and len(set(table.index.get_level_values("layer"))) > 1
    if len(table) > (_MOST_NAMED if mixed else _MOST_NUMBERED):
        return []
    return ["neuron" if mixed else "unit"]


def _write_headings(
    figure: go.Figure, table: pd.DataFrame, shelves: Shelves, group_by: str
) -> None:
    """Write above each group which value its neurons share, and how many they are."""
    texts = []
    for number, _ in shelves.headings:
        rows = table[table["group"] == number]
        text = (
            str(rows.index[0][0]) if group_by == "layer" else f"{group_by} {rows[group_by].iloc[0]}"
        )
        texts.append(f"<b>{markup(text)}</b>  ({len(rows)})")
    write(figure, [(0, top) for _, top in shelves.headings], texts)
