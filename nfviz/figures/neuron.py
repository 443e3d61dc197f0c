"""The card of one neuron: all that is known about it on one page (the paper's Fig. 2, 6, 10)."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from nfviz.atlas import Atlas
from nfviz.figures.hue_inks import hue_inks
from nfviz.figures.markup import markup
from nfviz.figures.neuron_panels import add_classes, add_crops, add_curve, add_feature
from nfviz.figures.paper import check_width
from nfviz.figures.signature import sign
from nfviz.figures.style import SMALL_TEXT, WIDTH, new_figure, theme_of
from nfviz.figures.tag_clouds import HEADING, add_cloud, domains, place_panel
from nfviz.one_neuron import one_neuron
from nfviz.ontology import Ontology
from nfviz.option_checks import check_count
from nfviz.summaries.hue_wheel import OPPONENT
from nfviz.summaries.tags import ontology_of, summarize_tags

Box = tuple[float, float, float, float]

_ALPHA, _GAMMA = "\N{GREEK SMALL LETTER ALPHA}", "\N{GREEK SMALL LETTER GAMMA}"
_MARGIN, _GAP = 8, 12
_LINE = 18  # Height of a line of the head.
_CHIP = 12
_AXIS_LEFT, _AXIS_BELOW = 30, 34  # Room for the labels of the curve's axes.
_PLOT, _CLOUD = 0.27, 0.26  # Heights as shares of the figure's width.
_WIDE = 560  # From this width on the two clouds stand side by side.
_NAMES = 0.45  # Share of the panel of bars that names of classes take.


def plot_neuron(
    atlas: Atlas,
    neuron: tuple[str, int],
    *,
    top: int = 100,
    ontology: Ontology | None = None,
    threshold: float = 1.0,
    theme: str = "light",
    width: int | str = WIDTH,
) -> go.Figure:
    """Draw all that is known about a neuron on one card (the paper's Fig. 2, 6 and 10).

    Its color selectivity (alpha) with the hue, both ends of it where the neuron is opponent; its
    class selectivity (gamma) with M, N and the chance level; the neuron feature beside the crops
    of the best images; the curve of ranked activations, dotted where the image set ends; the
    shares of the classes; the tag clouds (`plot_tag_clouds`).

    Parameters
    ----------
    atlas : Atlas
        What it lacks, the card says.
    neuron : (str, int)
        Layer and unit.
    top : int
        How many crops to show at most, 1 or more. An atlas keeps the first 16 by default; where
        that is fewer, the card says so.
    ontology : Ontology, optional
        As `plot_tag_clouds` takes it; where there is none, there is one cloud.
    threshold : float
        Share of the activation that the classes of bars and clouds must cover, in (0, 1].
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
        If there is no such neuron or theme, a class has no node, or a number is out of range.
    TypeError
        If `ontology` is no ontology.
    """
    width, top = check_width(width), check_count("top", top, 1)
    theme_of(theme)
    alone = one_neuron(atlas, neuron)
    table = summarize_tags(alone, neuron, ontology, threshold=threshold)
    kinds = ["classes"] if ontology_of(atlas, ontology) is None else ["classes", "ontology"]
    boxes, height = _boxes(width, kinds)
    figure = new_figure(theme, width=width, height=round(height))
    figure.update_layout(margin=dict.fromkeys("lrtb", 0), hovermode="closest", bargap=0)
    page = (width, height)
    names = _NAMES * boxes["bars"][2]
    for axis, (name, box) in enumerate(boxes.items(), 1):
        if name == "curve":
            _place_plot(figure, axis, box, (_AXIS_LEFT, _AXIS_BELOW), page)
            _add_heading(figure, "relative activation", box, page)
        elif name == "bars":
            _place_plot(figure, axis, box, (names, 0), page)
            _add_heading(figure, "share of the activation by class", box, page)
        else:
            place_panel(figure, str(axis) if axis > 1 else "", box, page)
    _add_head(figure, alone, theme)
    add_feature(figure, "2", alone, boxes["feature"][3])
    add_crops(figure, "3", alone, top, boxes["crops"][2:])
    add_curve(figure, "4", alone, theme)
    add_classes(figure, "5", table, boxes["bars"][3], names=names, theme=theme)
    for axis, kind in enumerate(kinds, 6):
        add_cloud(figure, str(axis), table, kind, boxes[kind][2:])
    options = {
        "neuron": [str(neuron[0]), int(neuron[1])], "top": top,
        "ontology": ontology and repr(ontology), "threshold": float(threshold),
        "theme": theme, "width": width,
    }  # fmt: skip
    return sign(figure, "plot_neuron", atlas.manifest, options)


def _boxes(width: float, kinds: list[str]) -> tuple[dict[str, Box], float]:
    """Return left, top, width and height of each panel, and the height of the page."""
    content = width - 2 * _MARGIN
    half, third = (content - _GAP) / 2, (content - _GAP) / 3
    boxes: dict[str, Box] = {"head": (_MARGIN, _MARGIN, content, 3 * _LINE)}
    top: float = _MARGIN + 3 * _LINE + HEADING
    boxes["feature"] = (_MARGIN, top, third, third)
    boxes["crops"] = (_MARGIN + third + _GAP, top, 2 * third, third)
    top += third + _GAP + HEADING
    boxes["curve"] = (_MARGIN, top, half, _PLOT * width)
    boxes["bars"] = (_MARGIN + half + _GAP, top, half, _PLOT * width)
    top += _PLOT * width + _GAP + HEADING
    if len(kinds) == 2 and width >= _WIDE:
        for kind, box in zip(kinds, ("curve", "bars"), strict=True):
            boxes[kind] = (boxes[box][0], top, half, _CLOUD * width)
        return boxes, top + _CLOUD * width + _MARGIN
    for kind in kinds:
        boxes[kind] = (_MARGIN, top, content, _CLOUD * width)
        top += _CLOUD * width + _GAP + HEADING
    return boxes, top - _GAP - HEADING + _MARGIN


def _place_plot(
    figure: go.Figure, axis: int, box: Box, inset: tuple[float, float], page: tuple[float, float]
) -> None:
    """Place axes in a box, of which the labels left of them and below take a part."""
    left, top, width, height = box
    across, up = domains((left + inset[0], top, width - inset[0], height - inset[1]), page)
    figure.update_layout(
        {
            f"xaxis{axis}": {"domain": across, "anchor": f"y{axis}"},
            f"yaxis{axis}": {"domain": up, "anchor": f"x{axis}"},
        }
    )


def _add_heading(figure: go.Figure, text: str, box: Box, page: tuple[float, float]) -> None:
    across, up = domains((box[0], box[1] - HEADING / 2, 0, 0), page)
    figure.add_annotation(
        text=text, x=across[0], y=up[1], xref="paper", yref="paper", xanchor="left",
        yanchor="middle", font={"size": SMALL_TEXT}, borderpad=0,
    )  # fmt: skip


def _add_head(figure: go.Figure, alone: Atlas, theme: str) -> None:
    """Write the name and the two indices, with patches of the hues."""
    layer, unit = alone.neurons.index[0]
    row = alone.neurons.iloc[0]
    state = ", dead" if row["dead"] else ""
    lines = [f"<b>{markup(layer)}, unit {unit}</b>{state}", _color_line(row), _class_line(row)]
    hues = _hues(row)
    for number, line in enumerate(lines):
        figure.add_annotation(
            text=line, x=(_CHIP + 4) * len(hues) if number == 1 else 0, y=(number + 0.5) * _LINE,
            xref="x", yref="y", xanchor="left", yanchor="middle", borderpad=0,
        )  # fmt: skip
    figure.add_scatter(
        x=[_CHIP / 2 + (_CHIP + 4) * place for place in range(len(hues))],
        y=[1.5 * _LINE] * len(hues),
        mode="markers",
        marker={
            "symbol": "square",
            "size": _CHIP,
            "color": hue_inks(alone, hues),
            "line": {"color": theme_of(theme).ink, "width": 1},
        },
        hovertext=[f"hue {hue:.0f}°" for hue in hues],
        hoverinfo="text",
        showlegend=False,
        cliponaxis=False,
        name="hue",
    )


def _hues(row: pd.Series) -> list[float]:
    hue = _number(row, "hue")
    if np.isnan(hue):
        return []
    return [hue, (hue + 180) % 360] if _number(row, "balance") > OPPONENT else [hue]


def _color_line(row: pd.Series) -> str:
    alpha, hues = _number(row, "color_selectivity"), _hues(row)
    if np.isnan(alpha):
        return f"color selectivity {_ALPHA} not known"
    return f"color selectivity {_ALPHA} {alpha:.2f}" + (
        ", hue " + " and ".join(f"{hue:.0f}°" for hue in hues) if hues else ""
    )


def _class_line(row: pd.Series) -> str:
    gamma, chance = _number(row, "class_selectivity"), _number(row, "class_selectivity_chance")
    if np.isnan(gamma):
        return f"class selectivity {_GAMMA} not known"
    sizes = {"M": "n_classes", "N": "n_labeled" if "n_labeled" in row.index else "n_images"}
    known = {name: _number(row, column) for name, column in sizes.items()}
    text = f"class selectivity {_GAMMA} {gamma:.2f}" + "".join(
        f", {name} {size:.0f}" for name, size in known.items() if not np.isnan(size)
    )
    return text + ("" if np.isnan(chance) else f"; by chance {chance:.2f}")


def _number(row: pd.Series, column: str) -> float:
    value: Any = row.get(column)
    return float("nan") if value is None or pd.isna(value) else float(value)
