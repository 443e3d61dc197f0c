"""What the browser needs to know of an atlas: columns, ranked images, classes, pictures."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nfviz.atlas import CLASS_THRESHOLD, COLOR_THRESHOLD
from nfviz.figures.signature import origin
from nfviz.page.thumbnails import PAGE, encode_pages, tile_extent
from nfviz.selectivity.class_bounds import class_sizes
from nfviz.state.class_tree import class_tree
from nfviz.state.in_view import rules_of
from nfviz.state.ranked_images import RankedImages, ranked_images
from nfviz.summaries.hue_wheel import summarize_hues

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nfviz.atlas import Atlas
    from nfviz.state.in_view import Rules

__all__ = ["Payload", "make_payload"]

_SCHEMA = 1  # The version of the payload; the front end refuses others.
_LARGE_TILE, _SMALL_TILE = 64, 32
_MANY = 4000
_HUES = 36
_BYTE = 255


@dataclass(frozen=True, eq=False)
class Payload:
    """What travels to the browser.

    Attributes
    ----------
    meta : dict
        Plain JSON values.
    arrays : dict of str to bytes
        Little-endian.
    """

    meta: dict[str, Any]
    arrays: dict[str, bytes]


def make_payload(atlas: Atlas, *, side: int | None = None) -> Payload:
    """Collect what the explorer of an atlas needs.

    Parameters
    ----------
    atlas : Atlas
        The record.
    side : int, optional
        Of the neuron features in pixels, a multiple of 8; by default 64 for up to 4,000 neurons,
        else 32.
    """
    neurons = len(atlas.neurons)
    side = side or (_LARGE_TILE if neurons <= _MANY else _SMALL_TILE)
    images, rules = ranked_images(atlas), rules_of(atlas)
    pages = list(encode_pages(atlas, np.arange(neurons), side))
    named = _named_arrays(atlas, images)
    arrays = _neuron_arrays(atlas, rules) | _image_arrays(atlas, images, rules)
    arrays |= {name: array.tobytes() for name, array in named.items()}
    arrays |= {f"page/{number}": page for number, page in enumerate(pages)}
    per_row = PAGE // side
    meta = {
        "schema": _SCHEMA,
        "n": neurons,
        "layers": _layers(atlas, side),
        **_classes(atlas, images),
        "columns": [asdict(column) for column in rules.columns.values()],
        "color_names": _color_names(atlas),
        "parameters": _parameters(atlas, rules),
        "tiles": {
            "side": side, "pages": len(pages), "perRow": per_row, "perPage": per_row * per_row,
        },
        "curve_ranks": images.curve_ranks.tolist(),
        "dtypes": {
            "activation": _kind(images.activation),
            "tallies": "u2" if images.ranks > _BYTE else "u1",
            **{name: _kind(array) for name, array in named.items()},
        },
        "crops": "kernel" if atlas.crops else "none",
        "provenance": origin("explore", atlas.manifest, {}),
    }  # fmt: skip
    return Payload(meta, arrays)


def _layers(atlas: Atlas, side: int) -> list[dict[str, Any]]:
    """Return what the page knows of each layer, with the size of a feature in its tile."""
    sizes = atlas.layers[["units", "rf_height", "rf_width"]].to_numpy(dtype=np.int64).tolist()
    return [
        {
            "name": str(name),
            "units": units,
            "field": [height, width],
            "tile": tile_extent(height, width, side),
        }
        for name, (units, height, width) in zip(atlas.layers.index, sizes, strict=True)
    ]


def _parameters(atlas: Atlas, rules: Rules) -> dict[str, Any]:
    return {
        **asdict(rules.parameters),
        "sort_by": rules.start.sort_by,
        "color_threshold": COLOR_THRESHOLD,
        "class_threshold": CLASS_THRESHOLD,
        "opponent": atlas.manifest.get("parameters", {}).get("opponent", "cic"),
    }


def _neuron_arrays(atlas: Atlas, rules: Rules) -> dict[str, bytes]:
    neurons = atlas.neurons
    layer = neurons.index.get_level_values("layer")
    arrays: dict[str, NDArray[Any]] = {
        "layer": pd.Index(atlas.layers.index).get_indexer(layer).astype("<u2"),
        "unit": neurons.index.get_level_values("unit").to_numpy().astype("<u4"),
        "dead": neurons["dead"].to_numpy(dtype=np.uint8),
    }
    for column in rules.columns.values():
        if not column.live:
            arrays[f"column/{column.name}"] = rules.column(column.name, rules.start).astype("<f4")
    return {name: array.tobytes() for name, array in arrays.items()}


def _color_names(atlas: Atlas) -> list[str] | None:
    if "color_name" not in atlas.neurons:
        return None
    return sorted(set(atlas.neurons["color_name"].dropna().astype(str)))


def _named_arrays(atlas: Atlas, images: RankedImages) -> dict[str, NDArray[Any]]:
    """Return which class each ranked image has, and which name the color of each neuron."""
    found = {"label": _positions(images.label, len(images.labels))}
    names = _color_names(atlas)
    if names is not None:
        given = atlas.neurons["color_name"].astype(object).map(str, na_action="ignore")
        codes = pd.Index(names, dtype=object).get_indexer(pd.Index(given))
        found["color_name"] = _positions(codes, len(names))
    return found


def _image_arrays(atlas: Atlas, images: RankedImages, rules: Rules) -> dict[str, bytes]:
    sizes = class_sizes(atlas.images["label"])
    activation = images.activation
    arrays: dict[str, NDArray[Any]] = {
        "activation": activation.astype(activation.dtype.newbyteorder("<"), copy=False),
        "top": images.top.astype("<f8"),
        "sizes": sizes.astype("<u4"),
        "tallies": rules.tallies.astype("<u2" if images.ranks > _BYTE else np.uint8),
        "tail": images.tail,
    }
    hues = summarize_hues(atlas, bins=_HUES)["share"].to_numpy()
    if len(hues) and hues.any():
        arrays["hues"] = hues.astype("<f4")
    return {name: np.ascontiguousarray(array).tobytes() for name, array in arrays.items()}


def _positions(positions: NDArray[Any], count: int) -> NDArray[Any]:
    """Return positions among so many in few bytes; all ones for -1, where there is none."""
    kind = "u1" if count < 255 else "<u2" if count < 65535 else "<i4"
    return np.ascontiguousarray(positions.astype(kind))


def _kind(array: NDArray[Any]) -> str:
    return f"{array.dtype.kind}{array.dtype.itemsize}"


def _classes(atlas: Atlas, images: RankedImages) -> dict[str, Any]:
    """Return the classes of the data set, and the nodes of the ontology."""
    labels: list[int] = images.labels.tolist()
    tree = class_tree(atlas, labels)
    classes = [
        {"label": label, "name": name} for label, name in zip(labels, tree.names, strict=True)
    ]
    nodes = None if tree.nodes is None else [asdict(node) for node in tree.nodes]
    return {"classes": classes, "nodes": nodes}
