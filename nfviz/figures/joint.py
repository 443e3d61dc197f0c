"""Two selectivities against each other, and the neurons that have both (the paper's Fig. 11)."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from nfviz.atlas import Atlas
from nfviz.figures.hover import hover_texts
from nfviz.figures.markup import markup
from nfviz.figures.mosaic import add_note, pixel_axes
from nfviz.figures.paper import check_width
from nfviz.figures.part_words import in_view
from nfviz.figures.sheet import cut_text, draw_sheet, lay_out
from nfviz.figures.signature import sign
from nfviz.figures.style import DEPTHS, SMALL_TEXT, WIDTH, Theme, new_figure, theme_of
from nfviz.option_checks import check_count
from nfviz.summaries.joint import joint_thresholds, summarize_joint

_MARGIN, _LEFT, _BELOW, _HEAD, _EMPTY, _RIGHT = 8, 48, 48, 24, 30, 140
_MANY = 10_000  # Points that are drawn by the graphics card.
_NAMED = 8


def plot_joint(
    atlas: Atlas,
    *,
    x: str = "color_selectivity",
    y: str = "class_selectivity",
    x_threshold: float | None = None,
    y_threshold: float | None = None,
    top: int = 24,
    theme: str = "light",
    width: int | str = WIDTH,
) -> go.Figure:
    """Draw one selectivity of every neuron against another (the paper's Fig. 11).

    A point a neuron, inked by the depth of its layer; below, the best of those that reach both
    thresholds as neuron features, ranked by the smaller of their two values, which are written
    below them. `summarize_joint` gives the table behind it.

    Parameters
    ----------
    atlas : Atlas
        With ``features``.
    x, y : str
        Two columns of numbers of ``atlas.neurons``.
    x_threshold, y_threshold : float, optional
        By default the paper's 0.40 for color and 0.60 for class; other columns need one.
    top : int
        How many neuron features at most; 0 leaves them out.
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
        If a column or theme is unknown, `top` is negative, or a threshold is needed.
    """
    width, top = check_width(width), check_count("top", top, 0)
    inks = theme_of(theme)
    table = summarize_joint(atlas, x=x, y=y, x_threshold=x_threshold, y_threshold=y_threshold)
    limits = joint_thresholds(x, y, x_threshold, y_threshold)
    chosen = table[table["selected"]].sort_values("rank")
    shown = chosen[chosen.index.get_level_values("layer").isin(list(atlas.features))].head(top)
    content = width - 2 * _MARGIN
    lines = [
        [str(layer), str(unit), f"{a:.2f} / {b:.2f}"]
        for (layer, unit), a, b in zip(shown.index, shown[x], shown[y], strict=True)
    ]
    shelves = lay_out(atlas, shown, lines, width=content)
    plot = round(0.72 * content)
    sheet = (shelves.height or _EMPTY) if top else 0
    height = _HEAD + plot + _BELOW + sheet + 2 * _MARGIN
    figure = new_figure(theme, width=width, height=round(height))
    figure.update_layout(margin=dict.fromkeys("lrtb", _MARGIN), hovermode="closest")
    right = min(_RIGHT, 0.3 * content)
    _draw_points(figure, atlas, table, (x, y), theme, right)
    _draw_limits(figure, table, (x, y), limits, inks)
    _share_room(figure, plot, sheet, content, right)
    text = f"{len(chosen):,} of {len(table):,} neurons{in_view(atlas)} reach both thresholds"
    if 0 < len(shown) < len(chosen):
        text += f"; the best {len(shown)}:"
    corner = {"xref": "paper", "x": 0, "xanchor": "left", "yref": "paper", "y": 1, "yanchor": "top"}
    figure.add_annotation(text=text, **corner)
    if top:
        pixel_axes(figure, (content, sheet), axis="2")
        if len(shown):
            draw_sheet(figure, atlas, shown, lines, shelves, width=content, axis="2")
        else:
            note = "the atlas keeps no neuron feature of them" if len(chosen) else "none to show"
            add_note(figure, note, content / 2, sheet / 2, axis="2")
    options = {"x": x, "y": y, "x_threshold": limits[0], "y_threshold": limits[1], "top": top}
    options |= {"theme": theme, "width": width}
    return sign(figure, "plot_joint", atlas.manifest, options)


def _draw_points(
    figure: go.Figure, atlas: Atlas, table: pd.DataFrame, columns: tuple[str, str], theme: str,
    right: float,
) -> None:  # fmt: skip
    """Draw a point a neuron, inked by depth: a legend for few layers, a scale for many."""
    x, y = columns
    layers = list(atlas.layers.index)
    depth = {name: place for place, name in enumerate(layers)}
    place = np.array([depth[name] for name in table.index.get_level_values("layer")], dtype=int)
    texts = hover_texts(atlas, table.index)
    last = max(len(layers) - 1, 1)
    colors = DEPTHS[theme]
    scale = [[step / (len(colors) - 1), color] for step, color in enumerate(colors)]
    shared: dict[str, Any] = {
        "size": 4 if len(table) > 1000 else 5,
        "opacity": 0.65,
        "cmin": 0,
        "cmax": last,
    }
    few = len(layers) <= _NAMED
    draw = go.Scattergl if len(table) > _MANY else go.Scatter
    for number in range(len(layers)) if few else [None]:
        rows = np.arange(len(table)) if number is None else np.flatnonzero(place == number)
        marker: dict[str, Any] = {**shared, "color": place[rows], "colorscale": scale}
        if number is None:
            marker |= {"showscale": True, "colorbar": _depth_scale(layers, right)}
        name = "neurons" if number is None else cut_text(str(layers[number]), right - 40)
        points = draw(
            x=table[x].to_numpy()[rows], y=table[y].to_numpy()[rows], mode="markers",
            marker=marker, name=markup(name), hovertext=[texts[row] for row in rows],
            hoverinfo="text", showlegend=few,
        )  # fmt: skip
        figure.add_trace(points)


def _depth_scale(layers: list[str], right: float) -> dict[str, Any]:
    """Return the scale of depths, which names some of the layers."""
    named = np.unique(np.linspace(0, len(layers) - 1, _NAMED).round().astype(int))
    return {
        "tickvals": named, "tickfont": {"size": SMALL_TEXT}, "thickness": 10, "outlinewidth": 0,
        "ticktext": [markup(cut_text(str(layers[place]), right - 24)) for place in named],
        "ticks": "", "xpad": 0, "ypad": 0,
    }  # fmt: skip


def _share_room(figure: go.Figure, plot: float, sheet: float, width: float, right: float) -> None:
    """Give the points and the features their parts of the page."""
    total = _HEAD + plot + _BELOW + sheet
    low, high = (_BELOW + sheet) / total, 1 - _HEAD / total
    end = 1 - right / width
    beside = {"x": end + 0.01, "xanchor": "left", "y": high, "yanchor": "top"}
    figure.update_layout(
        xaxis={"domain": [_LEFT / width, end]},
        yaxis={"domain": [low, high]},
        legend={**beside, "itemsizing": "constant"},
    )
    if sheet:
        figure.update_layout(yaxis2={"domain": [0, sheet / total]}, xaxis2={"anchor": "y2"})
        figure.update_layout(yaxis2={"anchor": "x2"})
    figure.update_traces(
        marker={"colorbar": {**beside, "len": high - low}},
        selector=lambda trace: trace.marker.showscale,
    )


def _draw_limits(
    figure: go.Figure,
    table: pd.DataFrame,
    columns: tuple[str, str],
    limits: tuple[float, float],
    inks: Theme,
) -> None:
    """Draw the thresholds as dashed lines; columns of 0 to 1 get axes of that range."""
    line = {"color": inks.ink, "width": 1, "dash": "dot"}
    whole = {"type": "line", "line": line, "layer": "below"}
    figure.update_layout(
        shapes=[
            {**whole, "x0": limits[0], "x1": limits[0], "y0": 0, "y1": 1, "yref": "y domain"},
            {**whole, "y0": limits[1], "y1": limits[1], "x0": 0, "x1": 1, "xref": "x domain"},
        ]
    )
    for name, column, limit in zip("xy", columns, limits, strict=True):
        axis: dict[str, Any] = {"title": {"text": markup(column.replace("_", " "))}}
        if 0 <= limit <= 1 and table[column].between(0, 1).all():
            axis |= {"range": [-0.03, 1.03], "dtick": 0.2}
        figure.update_layout({f"{name}axis": axis})
