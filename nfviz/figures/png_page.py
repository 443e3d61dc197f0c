"""The page as PNG: the dots of the browser with their size on paper."""

import io
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

TEXT_KEY = "nfviz"


def png_page(taken: bytes, dpi: float, origin: Mapping[str, Any]) -> bytes:
    """Return the PNG of a page.

    Parameters
    ----------
    taken : bytes
        The browser's PNG.
    dpi : float
        Dots per inch, written as such.
    origin : mapping
        Provenance, kept as text; nothing is written if it is empty.
    """
    text = PngInfo()
    if origin:
        text.add_text(TEXT_KEY, json.dumps(dict(origin), sort_keys=True, allow_nan=False))
    out = io.BytesIO()
    with Image.open(io.BytesIO(taken), formats=("PNG",)) as picture:
        opaque = picture.mode != "RGBA" or np.asarray(picture)[..., 3].min() == 255
        kept = picture.convert("RGB") if opaque else picture
        kept.save(out, "PNG", dpi=(dpi, dpi), pnginfo=text)
    return out.getvalue()
