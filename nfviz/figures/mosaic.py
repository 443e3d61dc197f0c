"""Many small pictures drawn as one: where they lie in the panel is given in pixels of the page."""

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from nfviz.atlas import Atlas
from nfviz.figures.raster import add_picture, compose, fit
from nfviz.figures.style import TEXT

FINENESS = 300 / 72 * 7 / TEXT
"""Dots a pixel: 300 to the inch of a page on which 12 pixels of text are 7 points."""

_MID_GRAY = 128
_MOST_PIXELS = 12_000_000


def picture_of(atlas: Atlas, layer: str, unit: int, side: float = np.inf) -> np.ndarray:
    """Return a neuron feature that can be drawn.

    Parameters
    ----------
    atlas : Atlas
        A layer without ``features`` gives mid-gray.
    layer, unit : str, int
        The neuron.
    side : float
        Side in pixels at which it is drawn: of a feature of far more pixels not all are read,
        but four or more for each dot. By default all are.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
        What is not finite is mid-gray.
    """
    if layer not in atlas.features:
        return np.full((1, 1, 3), _MID_GRAY, np.uint8)
    picture = np.asarray(atlas.features[layer][unit])
    step = max(1, int(max(picture.shape[:2]) / (2 * FINENESS * side)))
    picture = picture[::step, ::step]
    if picture.dtype == np.float16:
        return _BYTES[picture.view(np.uint16)]
    return _to_bytes(picture)


def _to_bytes(values: np.ndarray) -> np.ndarray:
    known = np.where(np.isfinite(values), values, _MID_GRAY)
    return np.clip(np.rint(known), 0, 255).astype(np.uint8)


# Looking the numbers up takes a third of the time that it takes to convert them.
_BYTES = _to_bytes(np.arange(1 << 16, dtype=np.uint16).view(np.float16).astype(np.float32))


def add_mosaic(
    figure: go.Figure,
    pictures: Sequence[np.ndarray],
    boxes: np.ndarray,
    *,
    size: tuple[float, float],
    origin: tuple[float, float] = (0, 0),
    xref: str = "x",
    yref: str = "y",
) -> None:
    """Draw pictures into a panel of which the axes count pixels of the page, as one raster.

    Parameters
    ----------
    figure : Figure
        Changed.
    pictures : sequence of ndarray, shape (height, width, 3)
        In 0..255. Each fills its box, the longest side of it where it is not square: enlarged
        pixel by pixel, reduced by area. Later ones cover earlier ones.
    boxes : ndarray, shape (pictures, 3)
        Left, top (downward from the panel's top) and side of each square box.
    size : (width, height)
        Of the panel.
    origin : (x, y)
        Its top left corner, in the units of the axes.
    xref, yref : str
        Its axes.
    """
    if not len(pictures):
        return
    width, height = size
    fineness = float(np.clip(np.sqrt(_MOST_PIXELS / (width * height)), 1, FINENESS))
    tiles, corners = [], []
    for picture, (left, top, side) in zip(pictures, boxes * fineness, strict=True):
        tile = _scaled(picture, max(1, round(side)))
        tiles.append(tile)
        gap = (side - np.array(tile.shape[:2])) / 2
        corners.append((round(top + gap[0]), round(left + gap[1])))
    shape = max(1, math.ceil(height * fineness)), max(1, math.ceil(width * fineness))
    add_picture(
        figure, compose(shape, tiles, corners), x=origin[0], y=origin[1], width=width,
        height=height, xref=xref, yref=yref,
    )  # fmt: skip


def _scaled(picture: np.ndarray, side: int) -> np.ndarray:
    """Enlarge by a whole factor, so that all pixels of a small field are alike; reduce by area."""
    longest = max(picture.shape[:2])
    if longest < side:
        picture = fit(picture, -(-side // longest) * longest)
    return fit(picture, side)


def pixel_axes(figure: go.Figure, size: tuple[float, float], *, axis: str = "") -> None:
    """Let the axes of a panel count pixels of the page, down from its top left corner.

    Parameters
    ----------
    figure : Figure
        Changed. In another size it is drawn larger or smaller, and pictures stay square.
    size : (width, height)
        Of the panel.
    axis : str
        Number of the axes, as plotly writes it: nothing for the first ones.
    """
    width, height = size
    hidden = {"visible": False, "fixedrange": False}
    figure.update_layout(
        {
            f"xaxis{axis}": {**hidden, "range": [0, width], "constrain": "domain"},
            f"yaxis{axis}": {
                **hidden, "range": [height, 0], "scaleanchor": f"x{axis}", "constrain": "domain",
            },
        }
    )  # fmt: skip


def add_hover(
    figure: go.Figure, centers: np.ndarray, sides: np.ndarray, texts: list[str], *, axis: str = ""
) -> None:
    """Add unseen markers over pictures, which say what they are under the pointer.

    Parameters
    ----------
    figure : Figure
        Changed.
    centers : ndarray, shape (pictures, 2)
        x and y in the units of the axes.
    sides : ndarray, shape (pictures,)
        In pixels.
    texts : list of str
        In plotly's markup.
    axis : str
        Number of the axes, as plotly writes it.
    """
    figure.add_scatter(
        x=centers[:, 0], y=centers[:, 1], xaxis=f"x{axis}", yaxis=f"y{axis}", mode="markers",
        marker={"size": sides, "symbol": "square", "opacity": 0}, hovertext=texts,
        hoverinfo="text", showlegend=False, name="neurons",
    )  # fmt: skip


def write(
    figure: go.Figure,
    points: Sequence[tuple[float, float]] | np.ndarray,
    texts: Sequence[str],
    *,
    position: str = "bottom right",
    size: float = TEXT,
    behind: str | None = None,
    axis: str = "",
) -> None:
    """Write texts into a panel, as one trace: hundreds of annotations would take seconds.

    Parameters
    ----------
    figure : Figure
        Changed.
    points : sequence of (x, y)
        In the units of the axes.
    texts : sequence of str
        In plotly's markup.
    position : str
        Where a text is, seen from its point, as plotly writes it.
    size : float
        Of the text in pixels.
    behind : str, optional
        Color of a disk behind each text, which is then written in its middle.
    axis : str
        Number of the axes, as plotly writes it.
    """
    places = np.asarray(points, dtype=float).reshape(-1, 2)
    disk = {"size": 1.4 * size, "color": behind, "line": {"width": 0}}
    figure.add_scatter(
        x=places[:, 0], y=places[:, 1], xaxis=f"x{axis}", yaxis=f"y{axis}", text=list(texts),
        mode="markers+text" if behind else "text", marker=disk if behind else None,
        textposition="middle center" if behind else position, textfont={"size": size},
        hoverinfo="skip", cliponaxis=False, showlegend=False, name="text",
    )  # fmt: skip


def add_note(figure: go.Figure, text: str, x: float, y: float, *, axis: str = "") -> None:
    """Write what is not there into the middle of a panel."""
    figure.add_annotation(
        text=f"<i>{text}</i>", x=x, y=y, xref=f"x{axis}", yref=f"y{axis}", xanchor="center",
        yanchor="middle",
    )  # fmt: skip
