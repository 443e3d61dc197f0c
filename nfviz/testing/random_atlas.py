"""A small record without a network: random responses, and all that follows from them."""

import numpy as np
import pandas as pd

from nfviz.atlas import Atlas
from nfviz.crop_sheet import CropSheet, encode_strip, join_strips
from nfviz.neuron_index import neuron_index
from nfviz.selectivity.score import score
from nfviz.selectivity.standard import STANDARD

_LAYERS = {"conv1": (6, 5, 5), "conv2": (8, 9, 12)}
_CLASSES = ("ant", "bee", "cat", "dog")
_IMAGES, _RANKS, _CROPS = 80, 40, 4
_SET, _LEAST = 25, 0.7


def random_atlas(seed: int = 0) -> Atlas:
    """Make up a small atlas, without torch, for tests and examples.

    Two layers with fields of 5 x 5 and 9 x 12 pixels, 14 neurons, 80 images of 4 classes. The
    responses are random, higher for one class per neuron; ranking, image sets, class means and
    statistics follow from them as in a recording. Unit 3 of each layer is dead, and every tenth
    image has no label.

    Parameters
    ----------
    seed : int
        Of the random numbers; equal seeds give equal atlases.

    Returns
    -------
    Atlas
        With the columns of all standard selectivities.
    """
    rng = np.random.default_rng(seed)
    units = [count for count, *_ in _LAYERS.values()]
    index = neuron_index(
        list(_LAYERS),
        np.repeat(np.arange(len(units)), units),
        unit=np.concatenate([np.arange(count) for count in units]),
    )
    label = np.where(np.arange(_IMAGES) % 10 == 9, -1, np.arange(_IMAGES) % len(_CLASSES))
    favorite = np.arange(len(index))[:, np.newaxis] % len(_CLASSES) == label
    response = rng.gamma(9.0, size=(len(index), _IMAGES)) * np.where(favorite, 1.5, 1.0)
    response[index.get_level_values("unit") == 3] = 0
    response = response.astype(np.float32).astype(np.float64)
    neurons, ranked = _ranking(index, response)
    features, crops = _pictures(rng)
    spread, coverage = (
        {
            layer: rng.uniform(0.05, most, array.shape[:3]).astype(np.float32)
            for layer, array in features.items()
        }
        for most in (0.5, 1.0)
    )
    sizes = {name: field for name, (_, *field) in _LAYERS.items()}
    atlas = Atlas(
        images=pd.DataFrame({"label": label}, index=pd.RangeIndex(_IMAGES, name="image")),
        classes=pd.DataFrame({"name": _CLASSES}, index=pd.RangeIndex(len(_CLASSES), name="label")),
        layers=pd.DataFrame(
            {
                "depth": range(len(units)), "units": units, "map_height": 1, "map_width": 1,
                "rf_height": [height for height, _ in sizes.values()],
                "rf_width": [width for _, width in sizes.values()],
                "stride_y": 1, "stride_x": 1, "start_y": 0, "start_x": 0, "rf_status": "exact",
            },
            index=pd.Index(list(_LAYERS), name="layer"),
        ),
        ranked=ranked,
        neurons=neurons,
        responses=pd.DataFrame(
            {
                "images": _IMAGES, "fires": (response > 0).mean(axis=1),
                "mean": response.mean(axis=1),
                **{f"moment{power}": (response**power).mean(axis=1) for power in (2, 3, 4)},
            },
            index=index,
        ),
        class_means=_by_layer(
            np.stack([response[:, label == c].mean(axis=1) for c in range(len(_CLASSES))], axis=1)
        ),
        features=features,
        spread=spread,
        coverage=coverage,
        crops=crops,
        hues=pd.DataFrame(
            {"pixels": rng.integers(1, 9, 360), "chroma": rng.random(360)},
            index=pd.RangeIndex(360, name="hue"),
        ),
        manifest={
            "parameters": {
                "n_max": _SET, "min_activation": _LEAST, "n_ranked": _RANKS, "n_crops": _CROPS,
                "opponent": "cic", "min_coverage": 0.1,
            },
            "mean_color": [120.0, 115.0, 105.0],
        },
    )  # fmt: skip
    return score(atlas, *STANDARD)


def _by_layer(values: np.ndarray) -> dict[str, np.ndarray]:
    ends = np.cumsum([count for count, *_ in _LAYERS.values()])[:-1]
    return dict(zip(_LAYERS, np.split(values.astype(np.float32), ends), strict=True))


def _ranking(index: pd.MultiIndex, response: np.ndarray) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables of neurons and of ranked images."""
    order = np.argsort(-response, axis=1, kind="stable")[:, :_RANKS]
    best = np.take_along_axis(response, order, axis=1)
    dead = best[:, 0] <= 0
    with np.errstate(invalid="ignore"):
        weight = best / best[:, :1]
    neurons = pd.DataFrame(
        {
            "max_activation": best[:, 0],
            "dead": dead,
            "state": np.where(dead, "silent", "live"),
            "n_images": np.minimum((weight >= _LEAST).sum(axis=1), _SET),
            "nonfinite": 0,
        },
        index=index,
    )
    ranks = neuron_index(
        list(_LAYERS),
        np.repeat(index.codes[0], _RANKS),
        unit=np.repeat(index.get_level_values("unit"), _RANKS),
        rank=np.tile(np.arange(_RANKS), len(index)),
    )
    ranked = pd.DataFrame(
        {
            "image": order.ravel(), "activation": best.ravel().astype(np.float32),
            "weight": weight.ravel(), "row": 0, "col": 0,
        },
        index=ranks,
    )  # fmt: skip
    return neurons, ranked


def _pictures(
    rng: np.random.Generator,
) -> tuple[dict[str, np.ndarray], dict[str, CropSheet]]:
    """Return the features and the crops of every layer."""
    features, sheets = {}, {}
    for layer, (count, height, width) in _LAYERS.items():
        crops = rng.integers(0, 256, (count, _CROPS, height, width, 3), dtype=np.uint8)
        features[layer] = crops.mean(axis=1, dtype=np.float32)
        sheets[layer] = join_strips([encode_strip(tiles) for tiles in crops], (height, width))
    return features, sheets
