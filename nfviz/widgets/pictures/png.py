"""Pictures as PNG that are small enough for a notebook."""

from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from nfviz.widgets.pictures.canvas import Canvas

__all__ = ["MOST_BYTES", "encode"]

MOST_BYTES = 100_000
"""Size of a picture at most."""

# Steps between the values of a channel, whether repetitions are searched for, and what is left of
# the size of a file then. White stays white, and no color moves by more than half a step; a
# palette of 256 colors would be seen as bands, or as dots, in hundreds of soft neuron features.
_FEWER = (
    (3, False, 0.74), (5, False, 0.64), (8, False, 0.55), (8, True, 0.46), (10, True, 0.42),
    (13, True, 0.38), (17, True, 0.34), (24, True, 0.28),
)  # fmt: skip
_COARSE = (1, 2, 3, 4, 8)


def encode(canvas: Canvas) -> bytes:
    """Return a drawn picture as PNG of at most 100 kB.

    As it is where that is small enough; else with fewer levels of each channel, and, where that
    does not do, with coarser small pictures.

    Parameters
    ----------
    canvas : Canvas
        Its small pictures may be changed.
    """
    for step in _COARSE:
        if step > 1:
            canvas.coarsen(step)
        data = _png(canvas.image, search=not canvas.tiles)
        if len(data) <= MOST_BYTES:
            return data
        for size, search, left in _FEWER:
            if left * len(data) <= MOST_BYTES:
                fewer = _png(_in_steps(canvas.image, size), search=search)
                if len(fewer) <= MOST_BYTES:
                    return fewer
    return _png(canvas.image.quantize(4, dither=Image.Dither.NONE))


def _in_steps(image: Image.Image, size: int) -> Image.Image:
    values = np.maximum(255 - np.rint((255 - np.arange(256)) / size) * size, 0).astype(int)
    return image.point(values.tolist() * 3)


def _png(image: Image.Image, *, search: bool = False) -> bytes:
    out = io.BytesIO()
    # Enlarged pixels repeat: searching for longer matches takes twice as long and gains a tenth.
    how = {"compress_level": 4} if search else {"compress_type": zlib.Z_RLE}
    image.save(out, "PNG", **how)
    return out.getvalue()
