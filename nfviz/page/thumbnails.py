"""Neuron features as pages of small tiles, which a browser reads in one go."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from nfviz.figures.mosaic import FINENESS, picture_of
from nfviz.figures.raster import fit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from nfviz.atlas import Atlas

__all__ = ["PAGE", "encode_pages", "tile_extent"]

PAGE = 2048
"""Side of a page in pixels at most: larger pictures are beyond some browsers."""

_MID_GRAY = 128


def tile_extent(height: int, width: int, side: int) -> tuple[int, int]:
    """Return the width and height in pixels of a field's picture in a tile of some side."""
    longest = max(height, width, 1)
    return max(1, round(width * side / longest)), max(1, round(height * side / longest))


def encode_pages(atlas: Atlas, neurons: NDArray[np.intp], side: int) -> Iterator[bytes]:
    """Draw neuron features into pages of tiles, row by row, in JPEG (quality 85, 4:4:4).

    Parameters
    ----------
    atlas : Atlas
        A layer without ``features`` gives mid-gray tiles.
    neurons : ndarray of int
        Positions in ``atlas.neurons``.
    side : int
        Of a tile in pixels, a multiple of 8: of the blocks of JPEG, so that none bleeds into the
        next.

    Yields
    ------
    bytes
        A page of at most 2048 x 2048 pixels. A feature stands in the upper left of its tile, the
        longest side of it as long as the tile's, and its edges are continued to the tile's end.
    """
    per_row = PAGE // side
    per_page = per_row * per_row
    names = atlas.neurons.index

    def draw(name: tuple[str, int]) -> NDArray[np.uint8]:
        layer, unit = name
        return _tile(atlas, layer, unit, side)

    with ThreadPoolExecutor() as pool:
        for first in range(0, len(neurons), per_page):
            members = [names[member] for member in neurons[first : first + per_page]]
            rows = -(-len(members) // per_row)
            shape = (rows * side, min(per_row, len(members)) * side, 3)
            page = np.full(shape, _MID_GRAY, np.uint8)
            for place, tile in enumerate(pool.map(draw, members)):
                top, left = place // per_row * side, place % per_row * side
                page[top : top + side, left : left + side] = tile
            out = io.BytesIO()
            Image.fromarray(page).save(out, "JPEG", quality=85, subsampling=0)
            yield out.getvalue()


def _tile(atlas: Atlas, layer: str, unit: int, side: int) -> NDArray[np.uint8]:
    # Two pixels of the feature for one of the tile, in each direction, are enough to average.
    picture = fit(picture_of(atlas, layer, unit, side / FINENESS), side)
    below, beside = side - picture.shape[0], side - picture.shape[1]
    if not below and not beside:
        return picture
    return np.pad(picture, ((0, below), (0, beside), (0, 0)), mode="edge")
