"""The hue wheel of color-selective neurons (the paper's Fig. 7)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from nfviz.atlas import COLOR_THRESHOLD, Atlas
from nfviz.figures.hover import hover_texts
from nfviz.figures.hue_inks import hue_inks
from nfviz.figures.mosaic import add_hover, add_mosaic, add_note, picture_of, pixel_axes, write
from nfviz.figures.paper import check_width
from nfviz.figures.part_words import in_view
from nfviz.figures.rings import Rings, place_on_rings
from nfviz.figures.signature import sign
from nfviz.figures.style import SMALL_TEXT, WIDTH, Theme, new_figure, theme_of
from nfviz.figures.top_neurons import draw_top_neurons, top_height
from nfviz.option_checks import check_count, check_share
from nfviz.summaries.hue_wheel import RINGS, share_rings, summarize_hue_wheel, summarize_hues
from nfviz.summaries.layer_choice import chosen_layers

_MARGIN, _HEAD, _HISTOGRAM, _TICKS = 8, 22, 90, 40
_INNER, _LARGEST, _SMALLEST = 0.18, 0.14, 0.045  # Shares of the radius of the wheel.
_RIM = 7
_SIDE = 0.09  # Share of the width left of the histogram, for its tick labels.


def plot_hue_wheel(
    atlas: Atlas,
    threshold: float = COLOR_THRESHOLD,
    *,
    layers: str | Sequence[str] | None = None,
    rings: int = RINGS,
    top: int = 4,
    theme: str = "light",
    width: int | str = WIDTH,
) -> go.Figure:
    """Draw color-selective neurons at their hue (the paper's Fig. 7).

    Neuron features stand at their hue angle, counter-clockwise from +O2 (rose) on the right, with
    yellow on top; the rim shows the hues. One dashed ring a layer, the first innermost, by number;
    below, ring by ring, the most selective neurons beside their best crops, and the hue
    distribution of the images themselves. Where features crowd, they are moved outward along the
    radius, never in angle, and get smaller; where they are too many for that, they overlap, the
    most selective on top. An opponent neuron (balance above 0.5) is an axis: a line through the
    center ends in a dot of the opposite hue. `summarize_hue_wheel` and `summarize_hues` give the
    tables behind it.

    Parameters
    ----------
    atlas : Atlas
        With ``features`` and the columns of `nfviz.ColorSelectivity`.
    threshold : float
        Color selectivity from which a neuron is shown, in [0, 1]; 0.40 is the paper's.
    layers : str or sequence of str, optional
        Which layers; all by default.
    rings : int
        Most rings. Where there are more layers, neighbors in depth share one.
    top : int
        How many neurons of each ring are shown with their crops; 0 leaves that panel out.
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
        If a layer, column or theme is unknown, or a number is out of range.
    """
    width, top = check_width(width), check_count("top", top, 0)
    threshold, rings = check_share("threshold", threshold), check_count("rings", rings, 1)
    inks = theme_of(theme)
    table = summarize_hue_wheel(atlas, threshold, layers=layers, rings=rings)
    names = share_rings(chosen_layers(atlas, layers), rings)
    content = width - 2 * _MARGIN
    listed = top_height(names, top, content)
    panel = _HEAD + content + listed
    figure = new_figure(theme, width=width, height=panel + _HISTOGRAM + _TICKS + 2 * _MARGIN)
    figure.update_layout(margin=dict.fromkeys("lrtb", _MARGIN), hovermode="closest")
    pixel_axes(figure, (content, panel))
    _head(figure, atlas, table, names, threshold)
    _draw_wheel(figure, atlas, table, len(names), content, inks)
    if top:
        draw_top_neurons(figure, atlas, table, names, top, y=_HEAD + content, width=content)
    _draw_histogram(figure, atlas, panel)
    chosen = None if layers is None else [layer for ring in names for layer in ring]
    options: dict[str, Any] = {"threshold": threshold, "layers": chosen, "rings": rings, "top": top}
    options |= {"theme": theme, "width": width}
    return sign(figure, "plot_hue_wheel", atlas.manifest, options)


def _head(
    figure: go.Figure, atlas: Atlas, table: pd.DataFrame, names: list[list[str]], threshold: float
) -> None:
    """Say how many neurons are shown."""
    layer = atlas.neurons.index.get_level_values("layer")
    asked = layer.isin([name for ring in names for name in ring])
    live = int((asked & ~atlas.neurons["dead"].to_numpy(dtype=bool)).sum())
    count = f"{len(table):,} of {live:,} live neurons{in_view(atlas)}"
    write(figure, [(0, 0)], [f"{count}: color selectivity ≥ {threshold:g}"])


def _draw_wheel(
    figure: go.Figure, atlas: Atlas, table: pd.DataFrame, rings: int, width: float, inks: Theme
) -> None:
    rim = width / 2 - _RIM - 2
    placed = place_on_rings(
        table["hue"].to_numpy(), table["ring"].to_numpy(), rings=rings, inner=_INNER * rim,
        outer=rim - _RIM, smallest=_SMALLEST * rim, largest=_LARGEST * rim,
    )  # fmt: skip
    center = np.array([width / 2, _HEAD + width / 2])
    _draw_circles(figure, atlas, placed, rim, center, inks.faint)
    hues = table["hue"].to_numpy()
    middles, opponent = _on_circle(hues, placed.radius), table["opponent"].to_numpy(dtype=bool)
    taken = np.vstack([middles, -middles[opponent]])
    if not len(table):
        note = "no neuron is that color-selective"
        add_note(figure, note, center[0], center[1] - width / 4)
        taken = np.array([[0, -width / 2]])
    _number_rings(figure, taken, placed, center, inks)
    if not len(table):
        return
    _draw_axes(figure, atlas, table, placed, center, inks.faint)
    middles += center
    # The most selective of a ring come last, on top.
    order = np.arange(len(table))[::-1]
    pictures = [picture_of(atlas, layer, unit, placed.side) for layer, unit in table.index[order]]
    corners = middles - placed.side / 2 - (0, _HEAD)
    boxes = np.column_stack([corners, np.full(len(table), placed.side)])[order]
    add_mosaic(figure, pictures, boxes, size=(width, width), origin=(0, _HEAD))
    add_hover(figure, middles, np.full(len(table), placed.side), hover_texts(atlas, table.index))


def _on_circle(hue: np.ndarray, radius: np.ndarray | float) -> np.ndarray:
    """Return x to the right and y downward, from the center of the wheel."""
    turn = np.radians(hue)
    return np.column_stack([radius * np.cos(turn), -radius * np.sin(turn)])


def _draw_circles(
    figure: go.Figure, atlas: Atlas, placed: Rings, rim: float, center: np.ndarray, faint: str
) -> None:
    """Draw the rim of hues, and the dashed rings."""
    # Dots so close that they make a band.
    hues = np.arange(0, 360, 360 * _RIM / 3 / (2 * np.pi * rim))
    stops = np.arange(0, 361, 5)
    points = center + _on_circle(hues, rim)
    figure.add_scatter(
        x=points[:, 0], y=points[:, 1], mode="markers", hoverinfo="skip", showlegend=False,
        marker={
            "size": _RIM, "color": hues, "cmin": 0, "cmax": 360, "line": {"width": 0},
            "colorscale": list(zip(stops / 360, hue_inks(atlas, stops), strict=True)),
        },
        name="rim",
    )  # fmt: skip
    figure.update_layout(
        shapes=[
            {
                "type": "circle", "xref": "x", "yref": "y", "layer": "below",
                "x0": center[0] - radius, "x1": center[0] + radius,
                "y0": center[1] - radius, "y1": center[1] + radius,
                "line": {"color": faint, "width": 1, "dash": "dash"},
            }
            for radius in placed.circles
        ]
    )  # fmt: skip


def _number_rings(
    figure: go.Figure, taken: np.ndarray, placed: Rings, center: np.ndarray, inks: Theme
) -> None:
    """Write the number of each ring on it, in the direction that is farthest from what is taken."""
    directions = np.arange(0.0, 360.0, 2.0)
    free = np.full(len(directions), np.inf)
    for circle in placed.circles:
        x, y = _on_circle(directions, circle).T[..., np.newaxis]
        apart = np.maximum(np.abs(x - taken[:, 0]), np.abs(y - taken[:, 1]))
        free = np.minimum(free, apart.min(axis=1, initial=np.inf))
    best = np.full(len(placed.circles), directions[free.argmax()])
    points = center + _on_circle(best, placed.circles)
    numbers = [str(number) for number in range(1, len(points) + 1)]
    write(figure, points, numbers, size=SMALL_TEXT, behind=inks.ground)


def _draw_axes(
    figure: go.Figure, atlas: Atlas, table: pd.DataFrame, placed: Rings, center: np.ndarray,
    faint: str,
) -> None:  # fmt: skip
    """Draw the axes of opponent neurons through the center, and a dot at the end opposite."""
    opponent = table["opponent"].to_numpy(dtype=bool)
    hue, radius = table["hue"].to_numpy()[opponent], placed.radius[opponent]
    here, there = center + _on_circle(hue, radius), center + _on_circle(hue + 180, radius)
    lines = np.full((len(hue), 3, 2), np.nan)
    lines[:, 0], lines[:, 1] = here, there
    figure.add_scatter(
        x=lines[..., 0].ravel(), y=lines[..., 1].ravel(), mode="lines", hoverinfo="skip",
        line={"color": faint, "width": 1}, showlegend=False, name="axes",
        opacity=min(1.0, 50 / max(len(hue), 1)),
    )  # fmt: skip
    figure.add_scatter(
        x=there[:, 0], y=there[:, 1], mode="markers", hoverinfo="skip", showlegend=False,
        marker={
            "size": max(5.0, placed.side / 3), "color": hue_inks(atlas, hue + 180),
            "line": {"width": 1, "color": faint},
        },
        name="opposite ends",
    )  # fmt: skip


def _draw_histogram(figure: go.Figure, atlas: Atlas, above: float) -> None:
    """Draw the hue distribution of the images below all else."""
    table = summarize_hues(atlas)
    total = above + _HISTOGRAM + _TICKS
    figure.update_layout(
        yaxis={"domain": [1 - above / total, 1]},
        xaxis2={
            "domain": [_SIDE, 0.97], "anchor": "y2", "range": [0, 360], "dtick": 90,
            "title": {"text": "hue of the images (degrees)"},
        },
        yaxis2={
            "domain": [_TICKS / total, (_HISTOGRAM + _TICKS - 8) / total], "anchor": "x2",
            "tickformat": ".0%", "nticks": 4, "rangemode": "tozero",
            "title": {"text": "pixels"},
        },
    )  # fmt: skip
    if not table["share"].any():
        add_note(figure, "the atlas has no hue distribution", 180, 0.5, axis="2")
        figure.update_layout(yaxis2={"range": [0, 1], "showticklabels": False})
    step = 360 / max(len(table), 1)
    middles = table.index.to_numpy(dtype=float) + step / 2
    figure.add_bar(
        x=middles, y=table["share"], width=step, xaxis="x2", yaxis="y2", showlegend=False,
        marker={"color": hue_inks(atlas, middles), "line": {"width": 0}}, name="images",
        hovertemplate="hue %{x:.0f}°<br>%{y:.1%} of the pixels<extra></extra>",
    )  # fmt: skip
