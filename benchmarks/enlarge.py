"""Atlases of any number of neurons, made of one: what a large network would be like to explore."""

from dataclasses import replace

import numpy as np
import pandas as pd

from nfviz.neuron_index import neuron_index

_JITTER = {"color_selectivity": 0.02, "chroma_selectivity": 0.02, "sharpness": 0.02, "hue": 6.0}


def enlarge(atlas, neurons, *, ranks=100, classes=None):
    """Return an atlas of so many neurons: the layers of another again and again, the last one cut.

    Selectivities and hues get a little noise, so that no two neurons are alike. With `classes`
    the images get labels of so many classes at random.
    """
    random = np.random.default_rng(0)
    names, counts = [], []
    units = atlas.layers["units"].to_dict()
    while sum(counts) < neurons:
        block = len(names) // len(atlas.layers)
        layer = atlas.layers.index[len(names) % len(atlas.layers)]
        names.append(layer if not block else f"block{block + 1}.{layer}")
        counts.append(min(units[layer], neurons - sum(counts)))
    source = [atlas.layers.index[number % len(atlas.layers)] for number in range(len(names))]
    starts = dict(zip(atlas.layers.index, np.cumsum([0, *atlas.layers["units"][:-1]]), strict=True))
    rows = np.concatenate(
        [starts[layer] + np.arange(count) for layer, count in zip(source, counts, strict=True)]
    )
    code = np.repeat(np.arange(len(names)), counts)
    unit = np.concatenate([np.arange(count) for count in counts])
    table = atlas.neurons.iloc[rows].set_axis(neuron_index(names, code, unit=unit))
    for column, size in _JITTER.items():
        top = 360 if column == "hue" else 1
        noisy = table[column] + random.normal(0, size, len(table))
        table[column] = noisy % top if column == "hue" else noisy.clip(0, top)
    layers = atlas.layers.loc[source].set_axis(pd.Index(names, name="layer"))
    layers["units"], layers["depth"] = counts, range(len(names))
    changed = {}
    if classes is not None:
        labels = random.permutation(np.arange(len(atlas.images)) % classes)
        index = pd.RangeIndex(classes, name="label")
        changed = {
            "images": atlas.images.assign(label=labels),
            "classes": pd.DataFrame({"name": [f"class {c}" for c in index]}, index=index),
            "ontology": None,
        }
    return replace(
        atlas,
        layers=layers,
        neurons=table,
        ranked=_ranked(atlas, names, code, unit, rows, ranks),
        features={
            name: atlas.features[layer][:count]
            for name, layer, count in zip(names, source, counts, strict=True)
        },
        responses=pd.DataFrame(), class_means={}, spread={}, coverage={}, crops={}, **changed,
    )  # fmt: skip


def _ranked(atlas, names, code, unit, rows, ranks):
    """Return the first ranks of the neurons of these rows, each of which has as many."""
    rank = atlas.ranked.index.get_level_values("rank").to_numpy()
    kept = atlas.ranked[rank < ranks]
    index = neuron_index(
        names, np.repeat(code, ranks), unit=np.repeat(unit, ranks),
        rank=np.tile(np.arange(ranks), len(rows)),
    )  # fmt: skip
    columns = {
        name: kept[name].to_numpy().reshape(-1, ranks)[rows].ravel() for name in kept.columns
    }
    return pd.DataFrame(columns, index=index)
