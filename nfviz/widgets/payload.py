"""What the browser needs to know of an atlas: columns, ranked images, classes, pictures."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nfviz.atlas import CLASS_THRESHOLD, COLOR_THRESHOLD
from nfviz.figures.signature import origin
from nfviz.selectivity.blind_sets import blind_labels, class_tallies
from nfviz.selectivity.class_bounds import class_sizes
from nfviz.summaries.hue_wheel import summarize_hues
from nfviz.summaries.tags import ontology_of
from nfviz.widgets.columns import slider_columns
from nfviz.widgets.ranked_images import RankedImages, ranked_images
from nfviz.widgets.thumbnails import PAGE, encode_pages, tile_extent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from nfviz.atlas import Atlas

__all__ = ["SCHEMA", "Payload", "make_payload", "parameters_of"]

SCHEMA = 1
"""The version of the payload; the front end refuses others."""

_LARGE_TILE, _SMALL_TILE = 64, 32
_MANY = 4000
_NO_COLOR_NAME = 255
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
    images = ranked_images(atlas)
    pages = list(encode_pages(atlas, np.arange(neurons), side))
    arrays = _neuron_arrays(atlas) | _image_arrays(atlas, images)
    arrays |= {f"page/{number}": page for number, page in enumerate(pages)}
    per_row = PAGE // side
    meta = {
        "schema": SCHEMA,
        "n": neurons,
        "layers": [
            {
                "name": str(row.Index),
                "units": int(row.units),
                "field": [int(row.rf_height), int(row.rf_width)],
                "tile": tile_extent(int(row.rf_height), int(row.rf_width), side),
            }
            for row in atlas.layers.itertuples()
        ],
        **_classes(atlas, images),
        "columns": [asdict(column) for column in slider_columns(atlas)],
        "color_names": _color_names(atlas),
        "parameters": parameters_of(atlas) | {"ranks": images.ranks},
        "tiles": {
            "side": side, "pages": len(pages), "perRow": per_row, "perPage": per_row * per_row,
        },
        "curve_ranks": images.curve_ranks.tolist(),
        "dtypes": {
            "activation": _kind(images.activation),
            "label": _kind(_labels(images)),
            "tallies": "u2" if images.ranks > _BYTE else "u1",
        },
        "crops": "kernel" if atlas.crops else "none",
        "provenance": origin("explore", atlas.manifest, {}),
    }  # fmt: skip
    return Payload(meta, arrays)


def parameters_of(atlas: Atlas) -> dict[str, Any]:
    """Return the parameters with which the columns of an atlas were made."""
    given = atlas.manifest.get("parameters", {})
    labels = " ".join(map(str, atlas.manifest.get("selectivities", [])))
    threshold = re.findall(r"ClassSelectivity\(threshold=([\d.e+-]+)\)", labels)
    columns = [name for name in ("color_selectivity", "auc") if name in atlas.neurons]
    return {
        "threshold": float(threshold[-1]) if threshold else 1.0,
        "n_max": int(given.get("n_max", 100)),
        "min_activation": float(given.get("min_activation", 0.7)),
        "sort_by": columns[0] if columns else "layer",
        "color_threshold": COLOR_THRESHOLD,
        "class_threshold": CLASS_THRESHOLD,
        "opponent": given.get("opponent", "cic"),
    }


def _neuron_arrays(atlas: Atlas) -> dict[str, bytes]:
    neurons = atlas.neurons
    layer = neurons.index.get_level_values("layer")
    arrays: dict[str, NDArray[Any]] = {
        "layer": pd.Index(atlas.layers.index).get_indexer(layer).astype("<u2"),
        "unit": neurons.index.get_level_values("unit").to_numpy().astype("<u4"),
        "dead": neurons["dead"].to_numpy(dtype=np.uint8),
    }
    for column in slider_columns(atlas):
        if not column.live:
            values = neurons[column.name].to_numpy(np.float64, na_value=np.nan)
            arrays[f"column/{column.name}"] = np.where(np.isfinite(values), values, np.nan).astype(
                "<f4"
            )
    names = _color_names(atlas)
    if names is not None:
        codes = pd.Index(names).get_indexer(neurons["color_name"].astype(object))
        arrays["color_name"] = np.where(codes < 0, _NO_COLOR_NAME, codes).astype(np.uint8)
    return {name: array.tobytes() for name, array in arrays.items()}


def _color_names(atlas: Atlas) -> list[str] | None:
    if "color_name" not in atlas.neurons:
        return None
    return sorted(set(atlas.neurons["color_name"].dropna().astype(str)))


def _image_arrays(atlas: Atlas, images: RankedImages) -> dict[str, bytes]:
    sizes = class_sizes(atlas.images["label"])
    drawn = min(images.ranks, int(sizes.sum()))
    tallies = class_tallies(blind_labels(sizes, drawn)) if drawn else np.zeros((1000, 0))
    activation = images.activation
    arrays: dict[str, NDArray[Any]] = {
        "activation": activation.astype(activation.dtype.newbyteorder("<"), copy=False),
        "top": images.top.astype("<f8"),
        "label": _labels(images),
        "sizes": sizes.astype("<u4"),
        "tallies": tallies.astype("<u2" if images.ranks > _BYTE else np.uint8),
        "tail": images.tail,
    }
    hues = summarize_hues(atlas, bins=_HUES)["share"].to_numpy()
    if len(hues) and hues.any():
        arrays["hues"] = hues.astype("<f4")
    return {name: np.ascontiguousarray(array).tobytes() for name, array in arrays.items()}


def _labels(images: RankedImages) -> NDArray[Any]:
    """Return positions of classes in few bytes; all ones where there is none."""
    count = len(images.labels)
    kind = np.uint8 if count < 255 else "<u2" if count < 65535 else "<i4"
    return images.label.astype(kind)


def _kind(array: NDArray[Any]) -> str:
    return f"{array.dtype.kind}{array.dtype.itemsize}"


def _classes(atlas: Atlas, images: RankedImages) -> dict[str, Any]:
    """Return the classes of the data set and the nodes of the ontology that tell them apart."""
    labels: list[int] = images.labels.tolist()
    given: Mapping[int, Any] = atlas.classes["name"].to_dict() if "name" in atlas.classes else {}
    names = {label: str(given.get(label, label)) for label in labels}
    ontology = ontology_of(atlas, None)
    if ontology is None:
        return {"classes": [{"label": c, "name": names[c]} for c in labels], "nodes": None}
    matched = ontology.match(atlas.classes)
    node_of = {int(label): str(node) for label, node in matched.items()}
    lines = {label: (node, *ontology.ancestors(node)) for label, node in node_of.items()}
    below: dict[str, int] = {}
    for line in lines.values():
        for node in line:
            below[node] = below.get(node, 0) + 1
    own = {node: label for label, node in node_of.items()}
    kept = [node for node in below if node in own or below[node] < len(node_of)]
    place = {node: position for position, node in enumerate(kept)}
    titles = ontology.labels(below)
    names |= {label: titles[node] for label, node in node_of.items()}
    nodes = [
        {
            "name": titles[node],
            "classes": below[node],
            "label": labels.index(own[node]) if node in own else -1,
            "above": [place[up] for up in ontology.ancestors(node) if up in place],
        }
        for node in kept
    ]
    return {"classes": [{"label": c, "name": names[c]} for c in labels], "nodes": nodes}
