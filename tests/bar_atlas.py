"""An atlas of a few tables, made by hand, without a network."""

import numpy as np
import pandas as pd

from nfviz.atlas import Atlas
from nfviz.neuron_index import neuron_index

__all__ = ["make_atlas"]


def make_atlas(units, *, weights=None, parameters=(), **columns):
    """Build an atlas from the number of units per layer, columns of neurons, and weights by rank.

    A column is a list over all neurons. `weights` are (neurons, ranks), NaN where nothing was
    recorded; without them each neuron has two images.
    """
    names, counts = list(units), list(units.values())
    layer = np.repeat(np.arange(len(names)), counts)
    unit = np.concatenate([np.arange(0), *(np.arange(count) for count in counts)])
    neurons = pd.DataFrame(index=neuron_index(names, layer, unit=unit))
    neurons["max_activation"] = 1.0
    neurons["dead"] = False
    neurons["state"] = pd.Categorical(["live"] * len(neurons))
    neurons["n_images"] = 2
    for name, values in columns.items():
        neurons[name] = values
    weights = np.tile([1.0, 0.5], (len(neurons), 1)) if weights is None else np.array(weights)
    row, rank = np.nonzero(~np.isnan(weights))
    index = neuron_index(names, layer[row], unit=unit[row], rank=rank)
    weight = np.where(neurons["dead"].to_numpy()[row], np.nan, weights[row, rank])
    ranked = pd.DataFrame({"image": rank, "activation": weight, "weight": weight}, index=index)
    layers = pd.DataFrame(
        {
            "depth": range(len(names)),
            "units": counts,
            "map_height": 10,
            "map_width": 12,
            "rf_height": 7,
            "rf_width": 9,
            "stride_y": 2,
            "stride_x": 1,
            "rf_status": "exact",
        },
        index=pd.Index(names, name="layer", dtype="str"),
    )
    ranks = weights.shape[1]
    return Atlas(
        images=pd.DataFrame({"label": [0] * ranks}, index=pd.RangeIndex(ranks, name="image")),
        classes=pd.DataFrame({"name": ["a"]}, index=pd.Index([0], name="label")),
        layers=layers,
        ranked=ranked.assign(row=0, col=0),
        neurons=neurons,
        features={},
        spread={},
        coverage={},
        crops={},
        hues=pd.DataFrame({"pixels": 0, "chroma": 0.0}, index=pd.RangeIndex(360, name="hue")),
        manifest={"network": "Hand", "parameters": {"n_ranked": ranks, **dict(parameters)}},
    )
