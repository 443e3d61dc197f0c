"""A record without a network: layers of neurons of known color and class selectivity."""

import numpy as np
import pandas as pd

from nfviz.atlas import Atlas
from nfviz.crop_sheet import encode_strip, join_strips

CLASSES = ["cat", "<b>dog</b>", "car & van"]


def make_atlas(layers=None, *, seed=0, crops=True, **columns):
    """Return an atlas; `layers` maps a layer to (units, side of its field).

    Columns of the table of neurons are random unless they are given; the images of a neuron are
    all of class ``unit % 3``.
    """
    layers = {"conv1": (6, 3), "conv2": (5, 9), "conv3": (4, 30)} if layers is None else layers
    random = np.random.default_rng(seed)
    names = [(layer, unit) for layer, (units, _) in layers.items() for unit in range(units)]
    index = pd.MultiIndex.from_tuples(names, names=["layer", "unit"])
    count = len(index)
    table = {
        "max_activation": random.uniform(1, 9, count),
        "dead": np.zeros(count, dtype=bool),
        "n_images": np.full(count, 2),
        "color_selectivity": random.uniform(0, 1, count),
        "hue": random.uniform(0, 360, count),
        "balance": random.uniform(0, 1, count),
        "class_selectivity": random.uniform(0, 1, count),
        "sharpness": random.uniform(0, 1, count),
        "color_name": random.choice(["red", "blue"], count),
    }
    table |= columns
    sheets = {}
    for layer, (units, _) in layers.items():
        tiles = random.integers(0, 256, (units, 3, 8, 8, 3), np.uint8)
        sheets[layer] = join_strips([encode_strip(strip) for strip in tiles], (8, 8))
    return Atlas(
        images=pd.DataFrame(
            {"label": np.arange(9) % 3}, index=pd.RangeIndex(9, name="image")
        ),
        classes=pd.DataFrame({"name": CLASSES}, index=pd.RangeIndex(3, name="label")),
        layers=pd.DataFrame(
            {
                "depth": range(len(layers)),
                "units": [units for units, _ in layers.values()],
                "rf_height": [side for _, side in layers.values()],
                "rf_width": [side for _, side in layers.values()],
                "rf_status": "exact",
            },
            index=pd.Index(list(layers), name="layer", dtype=object),
        ),
        ranked=_ranked(names),
        neurons=pd.DataFrame(table, index=index),
        features={
            layer: random.uniform(0, 255, (units, side, side, 3)).astype(np.float32)
            for layer, (units, side) in layers.items()
        },
        spread={}, coverage={}, crops=sheets if crops else {},
        hues=pd.DataFrame(
            {"pixels": np.arange(360), "chroma": np.arange(360) / 2.0},
            index=pd.RangeIndex(360, name="hue"),
        ),
        manifest={"network": "small", "parameters": {"opponent": "cic", "n_ranked": 2}},
    )  # fmt: skip


def _ranked(names):
    rows = [(layer, unit, rank) for layer, unit in names for rank in range(2)]
    index = pd.MultiIndex.from_tuples(rows, names=["layer", "unit", "rank"])
    return pd.DataFrame(
        {
            "image": [unit % 3 + 3 * rank for _, unit, rank in rows],
            "activation": 1.0, "weight": 1.0, "row": 0, "col": 0,
        },
        index=index,
    )  # fmt: skip


def trace(figure, name):
    """Return the only trace of a name."""
    (found,) = [trace for trace in figure.data if trace.name == name]
    return found


def texts(figure):
    """Return all that is written in a figure, one after the other."""
    written = [annotation.text for annotation in figure.layout.annotations]
    for each in figure.data:
        if each.type == "scatter" and "text" in (each.mode or ""):
            written += list(each.text)
    return "\n".join(written)


def picture(image):
    """Return the pixels of a picture in a figure."""
    import base64
    import io

    from PIL import Image

    data = base64.b64decode(image.source.partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(data)))
