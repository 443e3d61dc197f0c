"""The page as SVG: what plotly.js drew, made the same at every call and complete in one file."""

import json
import re
from collections.abc import Mapping
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from nfviz.figures.enlarge import enlarge_uri, png_size
from nfviz.figures.font import font_faces
from nfviz.figures.markup import without_controls
from nfviz.figures.paper import MM_PER_INCH, Paper

METADATA_ID = "nfviz"

_REFERENCE = re.compile(r"""(url\(["']?#|^#)([^"')]+)""")
_BOLD, _ITALIC = re.compile("font-weight: *(b|[6-9]00)"), re.compile("font-style: *[io]")
_LINKS = ("href", "xlink:href")
_SIDES = ("width", "height")


def svg_page(
    drawn: str,
    paper: Paper,
    view: tuple[float, float],
    dpi: float,
    prefix: str,
    origin: Mapping[str, Any],
) -> str:
    """Return the SVG of a page.

    Parameters
    ----------
    drawn : str
        The SVG of plotly.js.
    paper : Paper
        The page; its size in millimeters becomes that of the SVG.
    view : (width, height)
        What is seen of the drawing, in its pixels.
    dpi : float
        Dots per inch that pictures have at least: those with fewer are enlarged by whole factors.
    prefix : str
        Begins the ids, so that two figures in one document do not meet.
    origin : mapping
        Provenance, kept in ``<metadata>``; nothing is written if it is empty.

    Notes
    -----
    Plotly.js draws the ids at random: they are counted instead. Its classes and ``data-``
    attributes, without use in a file, are left out. The fonts are embedded.
    """
    page = _Page(paper, dpi, prefix)
    page.read(drawn)
    width, height = view
    head = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{paper.width_mm:.6g}mm" height="{paper.height_mm:.6g}mm" '
        f'viewBox="0 0 {width:.6g} {height:.6g}" preserveAspectRatio="none" '
        'text-rendering="geometricPrecision">'
    )
    if origin:
        text = escape(json.dumps(dict(origin), sort_keys=True, allow_nan=False))
        head += f'<metadata id="{METADATA_ID}">{text}</metadata>'
    faces = font_faces(bold=page.bold, italic=page.italic)
    return f"{head}<style>{faces}</style>{''.join(page.parts)}</svg>\n"


class _Page:
    """Copies what is inside of the outermost element, piece by piece."""

    def __init__(self, paper: Paper, dpi: float, prefix: str) -> None:
        self.parts: list[str] = []
        self.bold = self.italic = False
        self._pixels_per_dot = paper.view[0] / (paper.width_mm / MM_PER_INCH * dpi)
        self._prefix = prefix
        self._ids: dict[str, str] = {}
        self._depth = 0

    def read(self, drawn: str) -> None:
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = lambda text: self.parts.append(escape(text))
        parser.buffer_text = True
        parser.Parse(without_controls(drawn).encode(), True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == 1:
            return
        if name == "image":
            self._sharpen(attributes)
        written = "".join(
            f" {key}={quoteattr(self._renamed(key, value))}"
            for key, value in attributes.items()
            if key != "class" and not key.startswith(("data-", "xmlns"))
        )
        style = attributes.get("style", "")
        self.bold = self.bold or _BOLD.search(style) is not None
        self.italic = self.italic or _ITALIC.search(style) is not None
        self.parts.append(f"<{name}{written}>")

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._depth:
            self.parts.append(f"</{name}>")

    def _renamed(self, key: str, value: str) -> str:
        if key == "id":
            return self._name(value)
        if "#" in value and (key in _LINKS or "url(" in value):
            return _REFERENCE.sub(lambda found: found[1] + self._name(found[2]), value)
        return value

    def _name(self, found: str) -> str:
        return self._ids.setdefault(found, f"{self._prefix}-{len(self._ids)}")

    def _sharpen(self, attributes: dict[str, str]) -> None:
        width, height = (float(attributes[side].removesuffix("px")) for side in _SIDES)
        box = width / self._pixels_per_dot, height / self._pixels_per_dot
        fills = attributes.get("preserveAspectRatio") == "none"
        for link in _LINKS:
            if link in attributes:
                attributes[link] = enlarge_uri(attributes[link], box, fills=fills)
                have = png_size(attributes[link])
                if all(abs(dots - side) < 2 for dots, side in zip(have, box, strict=True)):
                    # A pixel a dot: not to be blurred for the part of a dot that it is off.
                    attributes["image-rendering"] = "pixelated"
