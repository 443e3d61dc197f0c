"""Figures of what is in view."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nfviz.figures.activation_curves import plot_activation_curves
from nfviz.figures.gallery import plot_gallery
from nfviz.figures.hue_wheel import plot_hue_wheel
from nfviz.figures.joint import plot_joint
from nfviz.figures.neuron import plot_neuron
from nfviz.figures.own_response import plot_own_response
from nfviz.figures.part_words import IN_VIEW
from nfviz.figures.selectivity import plot_selectivity
from nfviz.figures.signature import sign
from nfviz.figures.tag_clouds import plot_tag_clouds
from nfviz.option_checks import check_choice
from nfviz.selectivity.neuron_rows import ranked_rows
from nfviz.state.in_view import rules_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import plotly.graph_objects as go

    from nfviz.atlas import Atlas
    from nfviz.widgets.selection import Selection

    Options = Mapping[str, Any]

__all__ = ["FIGURES", "atlas_in_view", "figure_of_state"]


def figure_of_state(selection: Selection, name: str, **options: Any) -> go.Figure:
    """Draw a figure of the neurons in view, with their values for the thresholds of the state.

    Parameters
    ----------
    selection : Selection
        The state: a low bound of a column is its threshold in the figure, unless one is given.
    name : str
        One of `FIGURES`: the function of nfviz called like it, with ``plot_`` before its name,
        draws it. ``"neuron"`` and ``"tag_clouds"`` are of the focused neuron.
    **options
        Of that function; they come before what follows from the state.

    Returns
    -------
    plotly.graph_objects.Figure
        It says that its numbers are of the neurons in view; the parameters of its provenance
        have the address of the state as ``selection``.

    Raises
    ------
    ValueError
        If there is no such figure, it needs a focused neuron and none is, or as the function.
    TypeError
        If the function has no such option.
    """
    check_choice("name", name, FIGURES)
    plot, prepare = _PLOTS[name]
    atlas = _atlas_measured(selection) if prepare is _for_neuron else atlas_in_view(selection)
    figure = plot(atlas, **{**prepare(selection, name, options), **options})
    made = figure.layout.meta["nfviz"]
    parameters = {**made["parameters"], "selection": selection.address}
    return sign(figure, made["function"], selection.atlas.manifest, parameters)


def atlas_in_view(selection: Selection) -> Atlas:
    """Return an atlas that lists the neurons in view alone, as the thresholds have them.

    Parameters
    ----------
    selection : Selection
        The state.

    Returns
    -------
    Atlas
        Neurons in the order of the record, their columns measured anew. Its manifest says that
        these are not all.
    """
    atlas = selection.atlas
    rows = np.sort(selection.rows)
    table = selection.selected.reindex(atlas.neurons.index[rows])
    for name, (low, high) in selection.ranges.items():
        if pd.api.types.is_float_dtype(table[name].dtype):
            # What is in view by its value in float32 is within the bounds.
            table[name] = table[name].clip(*_applied(selection, name, low, high))
    kept = np.zeros(len(atlas.neurons), dtype=bool)
    kept[rows] = True
    return replace(
        atlas,
        neurons=table,
        ranked=atlas.ranked[kept[ranked_rows(atlas)]],
        responses=atlas.responses.iloc[rows] if len(atlas.responses) else atlas.responses,
        manifest={**_manifest(selection), IN_VIEW: True},
    )


def _atlas_measured(selection: Selection) -> Atlas:
    """Return the atlas with the columns that follow the thresholds measured anew."""
    rules, state = rules_of(selection.atlas), selection.state
    everything = replace(
        rules.start,
        threshold=state.threshold,
        n_max=state.n_max,
        min_activation=state.min_activation,
    )
    table = rules.selected(everything).reindex(selection.atlas.neurons.index)
    return replace(selection.atlas, neurons=table, manifest=_manifest(selection))


def _manifest(selection: Selection) -> dict[str, Any]:
    """Return the manifest of the atlas with the size of image sets that the state asks for."""
    manifest = dict(selection.atlas.manifest)
    sets = {"n_max": int(selection.n_max), "min_activation": float(selection.min_activation)}
    manifest["parameters"] = {**manifest.get("parameters", {}), **sets}
    return manifest


def _applied(
    selection: Selection, column: str, low: float, high: float
) -> tuple[float | None, float | None]:
    """Return the bounds of a column, None for those at an end of its extent, which is open."""
    least, most = rules_of(selection.atlas).columns[column].extent
    return (low if low > least else None), (high if high < most else None)


def _low(selection: Selection, column: str, parameter: str) -> dict[str, float]:
    """Return a low bound by the name of the parameter that it becomes, if one is set."""
    if column not in selection.ranges:
        return {}
    low, _ = _applied(selection, column, *selection.ranges[column])
    return {} if low is None else {parameter: low}


def _layers(selection: Selection) -> dict[str, list[str]]:
    """Return the layers that are on, where not all are."""
    on = list(selection.layers)
    return {} if len(on) == len(selection.atlas.layers) else {"layers": on}


def _for_gallery(selection: Selection, name: str, options: Options) -> dict[str, Any]:
    index = selection.selected.index
    shown = index.get_level_values("layer").isin(list(selection.atlas.features))
    if len(index) and not shown.any():
        raise ValueError("The atlas keeps no neuron features of the neurons in view.")
    return {"neurons": index[shown]}


def _for_wheel(selection: Selection, name: str, options: Options) -> dict[str, Any]:
    return _layers(selection) | _low(selection, "color_selectivity", "threshold")


def _for_degrees(selection: Selection, name: str, options: Options) -> dict[str, Any]:
    column = options.get("column", "color_selectivity")
    return {"column": column, **_layers(selection), **_low(selection, column, "threshold")}


def _for_layers(selection: Selection, name: str, options: Options) -> dict[str, Any]:
    return _layers(selection)


def _for_joint(selection: Selection, name: str, options: Options) -> dict[str, Any]:
    x, y = options.get("x", "color_selectivity"), options.get("y", "class_selectivity")
    return _low(selection, x, "x_threshold") | _low(selection, y, "y_threshold")


def _for_neuron(selection: Selection, name: str, options: Options) -> dict[str, Any]:
    focus = options.get("neuron", selection.focus)
    if focus is None:
        raise ValueError(
            f"The figure {name!r} is of the focused neuron, and none is: set the focus, or pass "
            "neuron=, such as ('conv1', 17)."
        )
    return {"neuron": (str(focus[0]), int(focus[1])), "threshold": float(selection.threshold)}


_PLOTS: dict[str, tuple[Callable[..., Any], Callable[..., dict[str, Any]]]] = {
    "gallery": (plot_gallery, _for_gallery),
    "hue_wheel": (plot_hue_wheel, _for_wheel),
    "selectivity": (plot_selectivity, _for_degrees),
    "joint": (plot_joint, _for_joint),
    "tag_clouds": (plot_tag_clouds, _for_neuron),
    "neuron": (plot_neuron, _for_neuron),
    "activation_curves": (plot_activation_curves, _for_layers),
    "own_response": (plot_own_response, _for_layers),
}

FIGURES = tuple(_PLOTS)
"""Names of figures of a state."""
