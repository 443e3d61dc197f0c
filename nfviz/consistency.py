"""Whether the parts of a record agree; a file may claim anything."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

_COLUMNS = {
    "images": {"label"},
    "classes": {"name"},
    "ontology": {"child", "parent", "name", "lemma"},
    "layers": {"depth", "units", "rf_height", "rf_width", "rf_status"},
    "ranked": {"image", "activation", "weight", "row", "col"},
    "neurons": {"max_activation", "dead", "n_images"},
    "responses": {"images", "fires", "mean", "moment2", "moment3", "moment4"},
    "hues": {"pixels", "chroma"},
}
_INDEX = {
    "images": ["image"],
    "classes": ["label"],
    "ontology": ["edge"],
    "layers": ["layer"],
    "ranked": ["layer", "unit", "rank"],
    "neurons": ["layer", "unit"],
    "responses": ["layer", "unit"],
    "hues": ["hue"],
}


def check_parts(parts: Mapping[str, Any]) -> None:
    """Check that tables have their columns and that all parts speak of the same neurons.

    Parameters
    ----------
    parts : mapping
        The fields of an atlas by name; ``responses`` and ``ontology`` may be missing.

    Raises
    ------
    ValueError
        Which part does not fit.
    """
    for name, columns in _COLUMNS.items():
        if name not in parts:
            continue
        table = parts[name]
        missing = columns - set(table.columns)
        if missing or list(table.index.names) != _INDEX[name]:
            raise ValueError(f"the table {name} lacks {sorted(missing) or _INDEX[name]}")
    if not isinstance(parts["manifest"], Mapping):
        raise ValueError("the manifest is no mapping")
    units = parts["layers"]["units"]
    if not units.index.is_unique or not pd.api.types.is_integer_dtype(units) or (units < 1).any():
        raise ValueError("the table layers repeats a layer, or counts its units wrongly")
    _check_neurons(parts["neurons"], units)
    if "responses" in parts and not parts["responses"].index.equals(parts["neurons"].index):
        raise ValueError("the table responses does not list the neurons")
    _check_ranked(parts["ranked"], units, len(parts["images"]))
    for layer, count in units.items():
        check_layer(parts, layer, int(count))


def _check_neurons(neurons: pd.DataFrame, units: pd.Series) -> None:
    layers = neurons.index.get_level_values("layer").to_numpy()
    numbers = neurons.index.get_level_values("unit").to_numpy()
    expected = np.concatenate([np.arange(0), *(np.arange(count) for count in units)])
    if (
        layers.tolist() != np.repeat(units.index.to_numpy(), units).tolist()
        or not np.array_equal(numbers, expected)
        or not pd.api.types.is_bool_dtype(neurons["dead"])
    ):
        raise ValueError("the table neurons does not list the units of the layers")


def _check_ranked(ranked: pd.DataFrame, units: pd.Series, images: int) -> None:
    index = ranked.index
    if not isinstance(index, pd.MultiIndex) or not len(index):
        return
    # By the levels: millions of names would take seconds to compare.
    known = units.reindex(index.levels[0]).fillna(0).to_numpy()
    layer, unit = (np.asarray(codes) for codes in index.codes[:2])
    if (layer < 0).any() or (unit < 0).any() or (unit >= known[layer]).any():
        raise ValueError("the table ranked names neurons that there are not")
    if ranked["image"].min() < 0 or ranked["image"].max() >= images:
        raise ValueError("the table ranked names images that there are not")


def check_layer(parts: Mapping[str, Any], layer: Any, units: int) -> None:
    """Check that the arrays of one layer fit together; a ValueError says which do not."""
    feature = parts["features"].get(layer)
    if feature is not None:
        shapes = [parts[name][layer].shape for name in ("spread", "coverage")]
        if feature.shape != (units, *feature.shape[1:3], 3) or set(shapes) != {feature.shape[:3]}:
            raise ValueError(f"the arrays of layer {layer!r} have shapes that do not fit")
    means = parts["class_means"].get(layer) if "class_means" in parts else None
    if means is not None and means.shape != (units, len(parts["classes"])):
        raise ValueError(f"the class means of layer {layer!r} do not fit the classes")
    sheet = parts["crops"].get(layer)
    if sheet is not None:
        offsets, tile = np.asarray(sheet.offsets), np.asarray(sheet.tile)
        if (
            offsets.shape != (units + 1,)
            or offsets[0] != 0
            or offsets[-1] != len(sheet.data)
            or (np.diff(offsets) < 0).any()
            or tile.shape != (2,)
            or (tile < 1).any()
        ):
            raise ValueError(f"the crop sheet of layer {layer!r} does not fit")
