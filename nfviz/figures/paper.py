"""How a figure lies on paper: laid out in pixels, then the whole page scaled."""

import math
import re
from dataclasses import dataclass
from numbers import Real
from typing import Any

import plotly.graph_objects as go

from nfviz.figures.style import NARROWEST, TEXT, WIDEST
from nfviz.option_checks import check_count

PIXELS_PER_INCH, POINTS_PER_INCH, MM_PER_INCH = 96, 72, 25.4

SCALE = (7 / POINTS_PER_INCH) / (TEXT / PIXELS_PER_INCH)
"""Of a page: text of `style.TEXT` pixels becomes 7 points high."""

# What plotly.js draws where a figure says nothing.
_WIDTH, _HEIGHT = 700, 450
_SMALLEST_MM, _LARGEST_MM = 5, 5000
_MILLIMETERS = re.compile(r"\s*(\d{1,6}(?:\.\d{1,6})?)\s*mm\s*")


@dataclass(frozen=True)
class Paper:
    """A page.

    Attributes
    ----------
    width_mm, height_mm : float
        Its size.
    """

    width_mm: float
    height_mm: float

    @property
    def view(self) -> tuple[float, float]:
        """Width and height of the page in pixels of the layout, fractions kept."""
        pixels_per_mm = PIXELS_PER_INCH / MM_PER_INCH / SCALE
        return self.width_mm * pixels_per_mm, self.height_mm * pixels_per_mm

    @property
    def layout(self) -> tuple[int, int]:
        """Width and height of the figure in whole pixels; what goes beyond the page is cut off."""
        width, height = self.view
        # A width computed to be 400.0000001 is 400.
        return math.ceil(width - 1e-6), math.ceil(height - 1e-6)

    @property
    def points(self) -> tuple[float, float]:
        """Width and height of the page in points."""
        points_per_mm = POINTS_PER_INCH / MM_PER_INCH
        return self.width_mm * points_per_mm, self.height_mm * points_per_mm

    def dots(self, dpi: float) -> tuple[int, int]:
        """Return width and height of the page in whole dots."""
        width, height = self.width_mm / MM_PER_INCH * dpi, self.height_mm / MM_PER_INCH * dpi
        return max(1, round(width)), max(1, round(height))


def lay_out(figure: go.Figure, width_mm: float, height_mm: float | None) -> Paper:
    """Return the page for a figure; without a height, the figure keeps its own proportions."""
    _check("width_mm", width_mm)
    if height_mm is None:
        width, height = figure.layout.width or _WIDTH, figure.layout.height or _HEIGHT
        height_mm = width_mm * height / width
        if not _SMALLEST_MM <= height_mm <= _LARGEST_MM:
            raise ValueError(
                f"At this width the figure is {height_mm:.0f} mm high; pages have "
                f"{_SMALLEST_MM} to {_LARGEST_MM}. Draw fewer layers or neurons, or draw it wider."
            )
    _check("height_mm", height_mm)
    return Paper(float(width_mm), float(height_mm))


def layout_width(width_mm: float) -> int:
    """Return the ``width=`` of a ``plot_*`` function, in pixels, for a page of such a width."""
    _check("width_mm", width_mm)
    return round(Paper(width_mm, width_mm).view[0])


def check_width(width: Any) -> int:
    """Return the width of a figure in pixels, or refuse it.

    Parameters
    ----------
    width : int or str
        Pixels, or millimeters of the page as in ``"84mm"``.
    """
    if not isinstance(width, str):
        return check_count("width", width, NARROWEST, " pixels", most=WIDEST)
    found = _MILLIMETERS.fullmatch(width)
    millimeters = float(found[1]) if found else 0.0
    known = _SMALLEST_MM <= millimeters <= _LARGEST_MM
    pixels = layout_width(millimeters) if known else 0
    if not NARROWEST <= pixels <= WIDEST:
        least, most = (end * 1000 / layout_width(1000) for end in (NARROWEST, WIDEST))
        raise ValueError(
            f"width is {width!r}; it accepts pixels, or the width of a page from "
            f'"{math.ceil(least)}mm" to "{math.floor(most)}mm".'
        )
    return pixels


def _check(name: str, value: float) -> None:
    if not (isinstance(value, Real) and _SMALLEST_MM <= value <= _LARGEST_MM):
        raise ValueError(
            f"{name} is {value!r}; it accepts millimeters from {_SMALLEST_MM} to {_LARGEST_MM}."
        )
