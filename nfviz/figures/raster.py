"""Pixels in figures: neuron features and crops composed into one picture per panel."""

import base64
import io
import zlib
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from PIL import Image


def fit(picture: np.ndarray, size: int) -> np.ndarray:
    """Return a picture (height, width, 3) in 0..255 as uint8 of which the longest side is `size`.

    Enlarged pixel by pixel, as the few pixels of a small field have to be seen; reduced by area.
    """
    pixels = np.asarray(picture)
    if pixels.dtype != np.uint8:
        pixels = np.clip(np.rint(pixels.astype(np.float32)), 0, 255).astype(np.uint8)
    height, width = pixels.shape[:2]
    times, rest = divmod(size, max(height, width))
    if not rest:
        return pixels.repeat(times, axis=0).repeat(times, axis=1) if times > 1 else pixels
    scale = size / max(height, width)
    target = max(1, round(width * scale)), max(1, round(height * scale))
    method = Image.Resampling.NEAREST if scale >= 1 else Image.Resampling.BOX
    return np.asarray(Image.fromarray(pixels).resize(target, method))


def compose(
    shape: tuple[int, int], tiles: Sequence[np.ndarray], corners: Sequence[tuple[int, int]]
) -> np.ndarray:
    """Lay uint8 RGB tiles on a transparent ground.

    Parameters
    ----------
    shape : (height, width)
        Of the ground in pixels.
    tiles : sequence of ndarray, shape (height, width, 3)
        Later ones cover earlier ones.
    corners : sequence of (top, left)
        Of each tile; what lies outside of the ground is cut off.

    Returns
    -------
    ndarray of uint8, shape (height, width, 4)
        RGB and opacity.
    """
    ground = np.zeros((*shape, 4), np.uint8)
    for tile, (top, left) in zip(tiles, corners, strict=True):
        bottom, right = min(top + tile.shape[0], shape[0]), min(left + tile.shape[1], shape[1])
        y, x = max(top, 0), max(left, 0)
        if y < bottom and x < right:
            ground[y:bottom, x:right, :3] = tile[y - top : bottom - top, x - left : right - left]
            ground[y:bottom, x:right, 3] = 255
    return ground


def to_uri(picture: np.ndarray) -> str:
    """Return a uint8 picture, RGB or RGB and opacity, as a PNG in a data URI: lossless."""
    out = io.BytesIO()
    # Pixels repeat to the side or below, where the filters of PNG see them: no need to search.
    Image.fromarray(picture).save(out, "PNG", compress_type=zlib.Z_RLE)
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


def add_picture(
    figure: go.Figure,
    picture: np.ndarray,
    *,
    x: float,
    y: float,
    width: float,
    height: float,
    xref: str = "x",
    yref: str = "y",
    layer: str = "above",
) -> None:
    """Put a picture into a figure, its top left corner at (x, y), in the units of the axes."""
    figure.add_layout_image(
        source=to_uri(picture),
        x=x,
        y=y,
        sizex=width,
        sizey=height,
        xref=xref,
        yref=yref,
        xanchor="left",
        yanchor="top",
        sizing="stretch",
        layer=layer,
    )
