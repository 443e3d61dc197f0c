"""Atlases that lack much of what others have, or name it strangely."""

from dataclasses import replace

import bar_atlas
import numpy as np
import pandas as pd
from picture_atlas import make_atlas

from nfviz.ontology import Ontology

__all__ = ["HOSTILE", "ODD", "rename"]

HOSTILE = (
    "</script><img src=x onerror=alert(1)>", "犬", "ل" * 9, "a\nb\x00\t", "\ufffe", "n" * 5000,
    "", "  ", "Z" + "\u0301" * 500, "$x$ %{y} {z}", "\u202eolleh", "🐶🐱",
)  # fmt: skip


def rename(atlas, names):
    """Return an atlas with other names of its first layers."""
    new = dict(zip(atlas.layers.index, names, strict=False))

    def index(table):
        levels = [new.get(name, name) for name in table.index.levels[0]]
        return table.set_axis(table.index.set_levels(levels, level=0))

    def keys(arrays):
        return {new.get(name, name): array for name, array in arrays.items()}

    return replace(
        atlas,
        layers=atlas.layers.rename(index=new),
        neurons=index(atlas.neurons),
        ranked=index(atlas.ranked),
        features=keys(atlas.features),
        crops=keys(atlas.crops),
    )


def _odd_pictures(atlas):
    yield "no pictures", replace(atlas, features={}, crops={})
    yield "pictures of one layer", replace(atlas, features={"conv2": atlas.features["conv2"]})
    narrow = {name: array[:, :1] for name, array in atlas.features.items()}
    yield "narrow fields", replace(atlas, features=narrow)
    unknown = {name: array * np.nan for name, array in atlas.features.items()}
    yield "no finite pixels", replace(atlas, features=unknown)
    yield "no hues", replace(atlas, hues=pd.DataFrame())
    yield "no pixels with a hue", replace(atlas, hues=atlas.hues * 0)


def _odd_classes(atlas):
    yield "no labels", replace(atlas, images=atlas.images.assign(label=-1))
    yield "no class names", replace(atlas, classes=atlas.classes.drop(columns="name"))
    yield "no classes", replace(atlas, classes=atlas.classes[:0])
    strange = np.arange(9) * 250_000_000
    yield "strange labels", replace(atlas, images=atlas.images.assign(label=strange))
    kinds = {"cat": ["animal"], "<b>dog</b>": ["animal"], "car & van": ["犬"]}
    yield "a tree", replace(atlas, ontology=Ontology.from_mapping(kinds))


def _odd_neurons(atlas):
    neurons, count = atlas.neurons, len(atlas.neurons)
    yield "few columns", replace(atlas, neurons=neurons[["max_activation", "dead", "n_images"]])
    yield "dead", replace(atlas, neurons=neurons.assign(dead=True, n_images=0))
    nothing = dict.fromkeys(("color_selectivity", "hue", "sharpness"), np.nan)
    yield "no values", replace(atlas, neurons=neurons.assign(**nothing))
    endless = np.tile([np.inf, -np.inf, np.nan, 1e300, -1e300], count)[:count]
    yield "endless", replace(atlas, neurons=neurons.assign(hue=endless, own=endless))
    yield "one value", replace(atlas, neurons=neurons.assign(sharpness=7.0, color_selectivity=1.0))
    yield "opponent", make_atlas(balance=np.ones(count), color_selectivity=np.ones(count))
    yield "no ranked images", replace(atlas, ranked=atlas.ranked[:0])
    yield "one rank", replace(atlas, ranked=atlas.ranked[atlas.ranked.index.codes[2] == 0])
    yield "no manifest", replace(atlas, manifest={})
    yield "one neuron", make_atlas({"a": (1, 1)})
    yield "many layers", make_atlas({f"block.{n}.conv": (1, 2) for n in range(120)})
    yield "many neurons", make_atlas({"a": (700, 9), "b": (900, 30)})
    yield "by hand", bar_atlas.make_atlas({"a": 3, "b": 2}, x=[1, 2, 3, 4, 5])


def _hostile(atlas):
    for number in range(0, len(HOSTILE), 3):
        names = HOSTILE[number : number + 3]
        classes = atlas.classes.assign(name=list(names))
        yield f"hostile {number}", replace(rename(atlas, names), classes=classes)


ODD = {"plain": make_atlas()}
for _make in (_odd_pictures, _odd_classes, _odd_neurons, _hostile):
    ODD |= dict(_make(make_atlas()))
