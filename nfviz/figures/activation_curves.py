"""Curves of ranked activations, a small panel per layer (the paper's Fig. 1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from nfviz.atlas import Atlas
from nfviz.figures.markup import markup
from nfviz.figures.paper import check_width
from nfviz.figures.part_words import in_view
from nfviz.figures.signature import sign
from nfviz.figures.style import SMALL_TEXT, WIDTH, new_figure, steps, theme_of
from nfviz.summaries.curves import POSITIONS, summarize_activation_curves
from nfviz.summaries.layer_choice import chosen_layers

_PANEL = 170
_TALL = 104
_KEY = 56
_LEFT, _RIGHT, _TOP, _BOTTOM, _BETWEEN = 46, 2, 22, 42, 28
_LONGEST = 24


def plot_activation_curves(
    atlas: Atlas,
    layers: str | Sequence[str] | None = None,
    *,
    ranks: int = 400,
    theme: str = "light",
    width: int | str = WIDTH,
) -> go.Figure:
    """Draw how the activations of five neurons of each layer fall over their best images (Fig. 1).

    A panel per layer shows the neurons at the 0, 25, 50, 75 and 100 % positions of the area under
    their curve (AUC), light to dark; beside it stands the area of each in percent of the largest
    one in the network. Dotted lines mark the rule by which images enter a neuron feature: the
    relative activation and the number of images that `nfviz.analyze` was called with.

    Parameters
    ----------
    atlas : Atlas
        Any.
    layers : str or sequence of str, optional
        Layers to draw; all by default.
    ranks : int
        How many images at most, 1 or more.
    theme : {"light", "dark"}
        Its ground.
    width : int or str
        In pixels, or of the page it is for, such as ``"84mm"``; the height
        follows from the number of layers.

    Returns
    -------
    plotly.graph_objects.Figure
        The numbers are those of `nfviz.summarize_activation_curves`, which defines them. Where a
        layer has fewer than five live neurons, each is drawn once.

    Raises
    ------
    ValueError
        If there is no such layer or theme, or `ranks` is below 1.

    Examples
    --------
    >>> figure = nfviz.plot_activation_curves(atlas)
    """
    width = check_width(width)
    names = chosen_layers(atlas, layers)
    table = summarize_activation_curves(atlas, names, ranks=ranks)
    columns = min(max((width - _LEFT) // _PANEL, 1), max(len(names), 1))
    rows = max(-(-len(names) // columns), 1)
    columns = max(-(-len(names) // rows), 1)
    height = rows * (_TALL + _BETWEEN) - _BETWEEN + _TOP + _BOTTOM
    figure = new_figure(theme, width=width, height=height)
    figure.update_layout(
        margin={"l": _LEFT, "r": _RIGHT, "t": _TOP, "b": _BOTTOM}, showlegend=False
    )
    traces: list[dict[str, Any]] = []
    layout: dict[str, Any] = {}
    middle = {"x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper"}
    texts: list[dict[str, Any]] = [] if names else [{"text": "no layers", **middle}]
    # The ends of the ramp would vanish in a light and in a dark ground.
    colors = steps("auc", len(POSITIONS) + 2)[1:-1]
    curves: dict[str, pd.DataFrame] = dict(list(table.groupby("layer", sort=False)))  # type: ignore[arg-type]
    length = int(table.index.get_level_values("rank").max()) + 1 if len(table) else 1
    for number, panel in enumerate(_panels(len(names), columns, width, height)):
        name = names[number]
        layout |= _axes(number, panel, length)
        lines, key = _lines(curves.get(name), name, number, colors, in_view(atlas))
        traces += lines
        texts += _texts(name, key, panel, in_view(atlas))
    layout["shapes"] = _rules(atlas, len(names), length, theme_of(theme).faint)
    figure.add_traces(traces)
    figure.update_layout(layout | {"annotations": texts})
    options = {"layers": names, "ranks": int(ranks), "theme": theme, "width": width}
    return sign(figure, "plot_activation_curves", atlas.manifest, options)


@dataclass(frozen=True)
class _Panel:
    """Where a panel stands, in shares of the plot's area, and which axes it labels."""

    left: float
    right: float
    bottom: float
    top: float
    leftmost: bool
    lowest: bool


def _panels(count: int, columns: int, width: int, height: int) -> list[_Panel]:
    across, down = width - _LEFT - _RIGHT, height - _TOP - _BOTTOM
    found = []
    for number in range(count):
        row, column = divmod(number, columns)
        top = 1 - row * (_TALL + _BETWEEN) / down
        found.append(
            _Panel(
                left=column / columns,
                right=(column + 1) / columns - _KEY / across,
                bottom=max(top - _TALL / down, 0.0),
                top=top,
                leftmost=column == 0,
                lowest=number + columns >= count,
            )
        )
    return found


def _axes(number: int, panel: _Panel, length: int) -> dict[str, Any]:
    suffix = "" if number == 0 else str(number + 1)
    ticks = sorted({1, (length + 1) // 2, length})
    small = {"size": SMALL_TEXT}
    across: dict[str, Any] = {
        "domain": [panel.left, panel.right],
        "anchor": f"y{suffix}",
        "range": [min(1, length / 2), length + 0.5],
    }
    across |= {"tickvals": ticks, "showticklabels": panel.lowest, "tickfont": small}
    across |= {"tickangle": 0}
    if panel.lowest:
        across["title"] = {"text": "rank", "font": small, "standoff": 2}
    up: dict[str, Any] = {
        "domain": [panel.bottom, panel.top],
        "anchor": f"x{suffix}",
        "range": [0, 1.02],
    }
    up |= {"tickvals": [0, 0.5, 1], "showticklabels": panel.leftmost, "tickfont": small}
    return {f"xaxis{suffix}": across, f"yaxis{suffix}": up}


def _lines(
    curves: pd.DataFrame | None, layer: str, number: int, colors: list[str], which: str
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the curves of one panel, and the lines of its key from the greatest area down."""
    suffix = "" if number == 0 else str(number + 1)
    axes = {"type": "scatter", "xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}
    if curves is None:
        # Without a trace there would be no axes.
        return [{**axes, "x": [None], "y": [None], "hoverinfo": "skip"}], []
    heights = curves["weight"].to_numpy(np.float32).reshape(len(POSITIONS), -1)
    first = curves.iloc[:: heights.shape[1]]
    lines: list[dict[str, Any]] = []
    key: list[str] = []
    for unit in first["unit"].unique():
        places = np.flatnonzero(first["unit"] == unit)
        percent, color = first["auc_percent"].iloc[places[0]], colors[places[-1]]
        positions = ", ".join(str(POSITIONS[place]) for place in places)
        share = "–" if np.isnan(percent) else f"{percent:.0f}%"  # noqa: RUF001
        about = f"<b>{markup(layer)}, unit {unit}</b><br>AUC {share} of the largest{which}, "
        about += f"position {positions}<br>rank %{{x}}: %{{y:.3f}}<extra></extra>"
        lines.append(
            {
                **axes,
                "x0": 1,
                "dx": 1,
                "y": heights[places[0]],
                "mode": "lines" if heights.shape[1] > 1 else "markers",
                "line": {"color": color, "width": 1.6},
                "name": f"{markup(layer)}, {unit}",
                "hovertemplate": about,
            }
        )
        key.insert(0, f'<span style="color:{color}"><b>—</b></span> {share}')
    return lines, ["AUC", *key]


def _texts(layer: str, key: list[str], panel: _Panel, which: str) -> list[dict[str, Any]]:
    """Return the name above a panel and the key beside it, or that there is nothing in it."""
    name = layer if len(layer) <= _LONGEST else "…" + layer[1 - _LONGEST :]
    texts = [
        {"text": f"<b>{markup(name)}</b>", "x": panel.left, "xanchor": "left"},
        {"text": "<br>".join(key), "x": panel.right, "xanchor": "left", "align": "left"},
    ]
    if not key:
        middle = {"x": (panel.left + panel.right) / 2, "xanchor": "center", "yanchor": "middle"}
        texts[1] |= middle | {"text": f"no live neuron{which}", "y": (panel.top + panel.bottom) / 2}
    else:
        texts[1] |= {"y": panel.top, "yanchor": "top", "xshift": 3, "yshift": 6}
    texts[0] |= {"y": panel.top, "yanchor": "bottom"}
    if panel.leftmost:
        upright = {"text": "activation", "textangle": -90, "xanchor": "right", "xshift": -24}
        texts.append(upright | {"x": 0, "y": (panel.top + panel.bottom) / 2, "yanchor": "middle"})
    return [
        text | {"xref": "paper", "yref": "paper", "font": {"size": SMALL_TEXT}} for text in texts
    ]


def _rules(atlas: Atlas, panels: int, length: int, ink: str) -> list[dict[str, Any]]:
    """Return lines at the least activation and the greatest number of images of an image set."""
    parameters = atlas.manifest["parameters"]
    least, most = parameters.get("min_activation"), parameters.get("n_max")
    line = {"type": "line", "layer": "below", "line": {"color": ink, "width": 1, "dash": "dot"}}
    shapes: list[dict[str, Any]] = []
    for number in range(panels):
        suffix = "" if number == 0 else str(number + 1)
        if least:
            across = {"x0": 0, "x1": 1, "xref": f"x{suffix} domain", "yref": f"y{suffix}"}
            shapes.append(line | across | {"y0": least, "y1": least})
        if most and most <= length:
            up = {"y0": 0, "y1": 1, "yref": f"y{suffix} domain", "xref": f"x{suffix}"}
            shapes.append(line | up | {"x0": most, "x1": most})
    return shapes
