"""Pictures in figures, brought to the resolution of the print without a change of any pixel."""

import base64
import io
import math
import struct

import numpy as np
from PIL import Image

from nfviz.figures.raster import to_uri

_PNG = "data:image/png;base64,"


def png_size(uri: str) -> tuple[int, int]:
    """Return width and height of a PNG in a data URI; 0 for another picture."""
    if not uri.startswith(_PNG):
        return 0, 0
    head = base64.b64decode(uri[len(_PNG) :][:32])
    width, height = struct.unpack(">II", head[16:24])
    return width, height


def enlarge_uri(uri: str, box: tuple[float, float], *, fills: bool) -> str:
    """Enlarge a PNG in a data URI until it has a pixel for every dot of the print.

    Pixels are repeated by a whole factor, because what shows or prints the file would otherwise
    blur the few pixels of a small field. A picture that has enough is returned as it is, and so
    is one in another format.

    Parameters
    ----------
    uri : str
        The picture.
    box : (width, height)
        Of its place in dots.
    fills : bool
        Whether it is stretched over its place, each side by itself, or keeps its proportions.
    """
    if not uri.startswith(_PNG):
        return uri
    try:
        opened = Image.open(io.BytesIO(base64.b64decode(uri[len(_PNG) :])), formats=("PNG",))
    except (OSError, ValueError) as error:
        raise ValueError(f"The figure has a picture that is no PNG: {uri[:60]}...") from error
    with opened as picture:
        wanted = [side / have for side, have in zip(box, picture.size, strict=True)]
        if not fills:
            wanted = [min(wanted)] * 2
        across, down = (max(1, math.ceil(factor - 1e-3)) for factor in wanted)
        if across == down == 1:
            return uri
        plain = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    return to_uri(np.asarray(plain).repeat(down, axis=0).repeat(across, axis=1))
