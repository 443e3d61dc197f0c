"""Crops of single neurons, sent to the page when it asks for them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from nfviz.figures.mosaic import picture_of

if TYPE_CHECKING:
    from nfviz.atlas import Atlas
    from nfviz.widgets.selection import Selection

__all__ = ["serve_crops"]


def serve_crops(selection: Selection) -> None:
    """Let a selection answer the page's requests for crops; once is enough."""
    if not getattr(selection, "serves_crops", False):
        selection.serves_crops = True
        selection.on_msg(_answer)


def _answer(selection: Selection, content: Any, _: Any) -> None:
    """Send the strip of crops of a row, and its neuron feature in full, or say why not."""
    if not isinstance(content, dict) or content.get("type") != "crops":
        return
    atlas, row = selection.atlas, content.get("row")
    if type(row) is not int or not 0 <= row < len(atlas.neurons):
        return
    layer, unit = atlas.neurons.index[row]
    head = {"type": "crops", "id": content.get("id"), "row": row}
    sheet = atlas.crops.get(layer)
    if sheet is None:
        selection.send({**head, "reason": "this atlas keeps no crops of this layer"})
        return
    strip = bytes(sheet.data[sheet.offsets[unit] : sheet.offsets[unit + 1]])
    height, width = (int(side) for side in sheet.tile)
    facts = {"tile": [height, width], "count": _count(strip, width)}
    selection.send({**head, **facts}, buffers=[strip, _feature(atlas, layer, unit)])


def _count(strip: bytes, width: int) -> int:
    """Return how many tiles lie side by side, each as wide as whole blocks of 8 pixels."""
    if not strip:
        return 0
    with Image.open(io.BytesIO(strip), formats=["JPEG", "PNG"]) as picture:
        return int(picture.width // (-(-width // 8) * 8))


def _feature(atlas: Atlas, layer: str, unit: int) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture_of(atlas, layer, unit))).save(out, "PNG")
    return out.getvalue()
