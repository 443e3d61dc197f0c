"""The first crops of every neuron, compressed anew for a file that holds them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nfviz.crop_sheet import encode_strip

if TYPE_CHECKING:
    from nfviz.atlas import Atlas

__all__ = ["CropStrips", "make_strips"]

_QUALITY = 85


class CropStrips(NamedTuple):
    """Strips of crops, neuron by neuron.

    Attributes
    ----------
    tiles : list of [height, width] or None
        Size of a crop in pixels, by layer; None where a layer has none.
    arrays : dict of str to bytes
        ``crops/count`` (uint8) and ``crops/length`` (uint32) of each neuron's strip.
    data : bytes
        The strips, one after the other, as `nfviz.CropSheet` has them.
    """

    tiles: list[list[int] | None]
    arrays: dict[str, bytes]
    data: bytes


def make_strips(atlas: Atlas, count: int) -> CropStrips:
    """Compress the first crops of every neuron.

    Parameters
    ----------
    atlas : Atlas
        With ``crops`` of some layers.
    count : int
        Crops of a neuron, as far as it has so many.
    """
    strips, counts = [], []
    for layer, unit in atlas.neurons.index:
        sheet: Any = atlas.crops.get(layer)
        tiles = np.empty((0, 1, 1, 3), np.uint8) if sheet is None else sheet[unit][:count]
        counts.append(len(tiles))
        strips.append(encode_strip(tiles, _QUALITY))
    sheets = [atlas.crops.get(layer) for layer in atlas.layers.index]
    return CropStrips(
        [None if sheet is None else [int(side) for side in sheet.tile] for sheet in sheets],
        {
            "crops/count": np.array(counts, dtype=np.uint8).tobytes(),
            "crops/length": np.array([len(strip) for strip in strips], dtype="<u4").tobytes(),
        },
        b"".join(strips),
    )
