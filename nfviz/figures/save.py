"""Figures in files, for paper and for the screen."""

import hashlib
import os
import warnings
from collections.abc import Mapping
from importlib.util import find_spec
from numbers import Real
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from nfviz.figures.drawing import to_pdf, to_png, to_svg
from nfviz.figures.html_page import html_page
from nfviz.figures.paper import Paper, lay_out, layout_width
from nfviz.figures.pdf_page import pdf_page
from nfviz.figures.png_page import png_page
from nfviz.figures.svg_page import svg_page
from nfviz.option_checks import check_choice
from nfviz.whole_file import check_folder, write_whole

_SUFFIXES = (".pdf", ".svg", ".png", ".html")
_LOWEST_DPI, _HIGHEST_DPI = 30, 2400
# What browsers can draw at once.
_MOST_DOTS = 16384


def save_figure(
    figure: go.Figure,
    path: str | os.PathLike[str],
    *,
    width_mm: float = 84,
    height_mm: float | None = None,
    dpi: float = 300,
) -> Path:
    """Write a figure for print, or for the screen, to the format that the name ends with.

    The figure is laid out anew in ``width_mm / 25.4 * 96 * 9/7`` pixels, 408 for the 84 mm of a
    column, and the page is scaled, so that text of 12 pixels becomes 7 points. Draw figures of
    nfviz with ``width=`` that many pixels: what was drawn wider is squeezed, its text is not.

    Parameters
    ----------
    figure : Figure
        Of any ``plot_*`` function, or another of plotly. It is not changed.
    path : str or PathLike
        Ends with ``.pdf``, ``.svg``, ``.png`` or ``.html``. The file appears whole or not at all;
        one of that name is replaced.
    width_mm : float
        Width of the page in millimeters, 5 to 5,000. The page has exactly this size: a PDF to
        1/1000 point, a PNG to one dot.
    height_mm : float, optional
        Height of the page. By default the figure keeps its proportions.
    dpi : float
        Dots per inch, 30 to 2,400. In a PNG, of the page; in PDF and SVG, which draw lines and
        text as such, what pictures have at least: one with fewer pixels is enlarged by a whole
        factor, pixel by pixel, and none is reduced or compressed with losses.

    Returns
    -------
    Path
        The path written.

    Raises
    ------
    TypeError
        If `figure` is none.
    ValueError
        For a name, size or resolution outside of these, or a figure with pictures from elsewhere.
    FileNotFoundError
        Without the folder, or without a browser.
    PermissionError, IsADirectoryError
        If the path cannot be written to.
    ModuleNotFoundError
        Without Kaleido or pypdf: ``pip install 'nfviz[figures]'``.
    TimeoutError
        If the browser hangs.
    ChildProcessError
        If the browser ends or refuses the figure.

    Warns
    -----
    UserWarning
        If a figure of nfviz was drawn for another width, so that text may collide on the page.

    Notes
    -----
    The figures of nfviz hold neuron features and crops at 300 dots per inch of a page of the width
    that they were drawn for; more dots of paper repeat those.

    PDF, SVG and PNG are drawn by plotly.js in an installed Chrome or Chromium, which is kept from
    the network. HTML needs no browser and no network (5 MB, plotly.js in it); it is for the
    screen, so it has the figure's own width and height in pixels, and neither size nor dpi of
    the paper matters to it.

    Text stays text, in Open Sans, which comes with nfviz and is embedded. With the same versions
    of nfviz, plotly and the browser, the same figure gives the same bytes. What the figure was
    made of goes into the file; `nfviz.provenance` reads it.
    """
    if not isinstance(figure, go.Figure):
        raise TypeError(f"figure is {figure!r}; it accepts a plotly Figure, such as plot_* return.")
    path = Path(path)
    suffix = path.suffix.lower()
    check_choice("the ending of path", suffix, _SUFFIXES)
    check_folder(path)
    if not (isinstance(dpi, Real) and _LOWEST_DPI <= dpi <= _HIGHEST_DPI):
        raise ValueError(f"dpi is {dpi!r}; it accepts {_LOWEST_DPI} to {_HIGHEST_DPI}.")
    _check_pictures(figure)
    paper = lay_out(figure, width_mm, height_mm)
    origin = _origin(figure)
    prefix = "f" + hashlib.sha256(figure.to_json().encode()).hexdigest()[:8]
    if suffix == ".html":
        content = html_page(figure, prefix, origin).encode()
    else:
        if origin:
            _check_width(figure, width_mm)
        content = _print(figure, suffix, paper, dpi, prefix, origin)
    write_whole(path, content)
    return path


def _print(
    figure: go.Figure,
    suffix: str,
    paper: Paper,
    dpi: float,
    prefix: str,
    origin: Mapping[str, Any],
) -> bytes:
    from nfviz import __version__

    if suffix == ".pdf" and find_spec("pypdf") is None:
        raise ModuleNotFoundError(
            "PDF needs pypdf, which is not installed. Install it with pip install "
            "'nfviz[figures]', or save the figure as SVG, PNG or HTML."
        )
    dots = paper.dots(dpi)
    if suffix == ".png" and max(dots) > _MOST_DOTS:
        raise ValueError(
            f"dpi is {dpi!r}, which makes {dots[0]:,} x {dots[1]:,} dots; a PNG has at most "
            f"{_MOST_DOTS:,} on a side. Take fewer, a smaller page, or a PDF."
        )
    drawn = to_svg(_as_vectors(figure), paper)
    if suffix == ".svg":
        return svg_page(drawn, paper, paper.view, dpi, prefix, origin).encode()
    if suffix == ".png":
        svg = svg_page(drawn, paper, paper.view, dpi, prefix, {})
        return png_page(to_png(svg, dots), dpi, origin)
    svg = svg_page(drawn, paper, paper.layout, dpi, prefix, {})
    return pdf_page(to_pdf(svg, paper.layout, paper), paper, __version__, origin)


def _as_vectors(figure: go.Figure) -> dict[str, Any]:
    """Return a figure as a mapping; points that a screen draws as pixels become shapes."""
    found: dict[str, Any] = figure.to_dict()
    for trace in found["data"]:
        if trace["type"] == "scattergl":
            trace["type"] = "scatter"
    return found


def _check_width(figure: go.Figure, width_mm: float) -> None:
    drawn, wanted = figure.layout.width, layout_width(width_mm)
    if drawn is not None and not 0.9 < drawn / wanted < 1.1:
        warnings.warn(
            f"The figure was drawn {drawn} pixels wide; on a page of {width_mm:g} mm it has "
            f'{wanted}, and its text may collide. Draw it with width="{width_mm:g}mm".',
            stacklevel=3,
        )


def _origin(figure: go.Figure) -> Mapping[str, Any]:
    """Return what `signature.sign` wrote into the figure, if it did."""
    meta = figure.layout.meta
    found = meta.get("nfviz") if isinstance(meta, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _check_pictures(figure: go.Figure) -> None:
    """Refuse pictures that the browser would have to fetch, from the network or the disk."""
    for picture in (*figure.layout.images, *(t for t in figure.data if t.type == "image")):
        source = picture.source
        if isinstance(source, str) and not source.startswith("data:image/"):
            raise ValueError(
                f"The figure has a picture at {source[:80]!r}; save_figure fetches none. "
                "Put it into the figure, as a PIL image or a data URI."
            )
