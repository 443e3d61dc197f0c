"""What a figure says about a neuron under the pointer."""

from typing import Any

import numpy as np
import pandas as pd

from nfviz.atlas import Atlas
from nfviz.figures.markup import markup
from nfviz.selectivity.class_shares import class_distribution

_FORMATS = {
    "color_selectivity": "color selectivity {:.2f}",
    "class_selectivity": "class selectivity {:.2f}",
    "hue": "hue {:.0f}°",
    "sharpness": "sharpness {:.2f}",
}
_CLASSES = 3


def hover_texts(atlas: Atlas, neurons: pd.Index) -> list[str]:
    """Describe neurons: layer, unit, color and class selectivity, hue, and the top classes.

    Parameters
    ----------
    atlas : Atlas
        What its table lacks is left out.
    neurons : MultiIndex
        Of (layer, unit).

    Returns
    -------
    list of str
        One text a neuron, in plotly's markup; names of layers and classes are escaped.
    """
    columns = [name for name in _FORMATS if name in atlas.neurons]
    values = atlas.neurons.loc[neurons, columns].to_numpy(dtype=float)
    dead = atlas.neurons.loc[neurons, "dead"].to_numpy(dtype=bool)
    classes = _top_classes(atlas, neurons)
    texts = []
    for neuron, row, is_dead in zip(neurons, values, dead, strict=True):
        lines = [f"<b>{markup(neuron[0])}</b>, unit {neuron[1]}"]
        lines += ["dead"] if is_dead else []
        lines += [
            _FORMATS[name].format(value)
            for name, value in zip(columns, row, strict=True)
            if not np.isnan(value)
        ]
        texts.append("<br>".join(lines + classes.get(neuron, [])))
    return texts


def _top_classes(atlas: Atlas, neurons: pd.Index) -> dict[Any, list[str]]:
    """Return the lines on the classes with the greatest shares, for neurons that have any."""
    if not len(neurons) or not len(atlas.ranked) or "n_images" not in atlas.neurons:
        return {}
    wanted = set(neurons)
    names = atlas.classes["name"].to_dict() if "name" in atlas.classes.columns else {}
    shares = class_distribution(atlas).groupby(level=["layer", "unit"], sort=False).head(_CLASSES)
    found: dict[Any, list[str]] = {}
    for (layer, unit, label), share in zip(shares.index, shares["share"], strict=True):
        if (layer, unit) in wanted:
            name = markup(names.get(label, label))
            found.setdefault((layer, unit), []).append(f"{name} {share:.0%}")
    return found
