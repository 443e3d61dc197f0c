"""Axes of plots in pictures."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nfviz.figures.style import SMALL_TEXT
from nfviz.widgets.pictures.canvas import INK, SOFT, Box, Canvas

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["BELOW", "LEFT", "Axes", "ticks_of"]

LEFT, BELOW = 44, 36
"""Room that labels take left of a plot and below it, in pixels."""

_TICK = 4


@dataclass(frozen=True)
class Axes:
    """A plot's place and what it spans.

    Attributes
    ----------
    box : Box
        The plot without its labels.
    x, y : (float, float)
        Values at the ends; y goes upward.
    """

    box: Box
    x: tuple[float, float]
    y: tuple[float, float]

    def at(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return places in pixels."""
        across = (x - self.x[0]) / (self.x[1] - self.x[0])
        up = (y - self.y[0]) / (self.y[1] - self.y[0])
        return self.box.left + across * self.box.width, self.box.bottom - up * self.box.height

    def points(self, x: Floats, y: Floats) -> list[tuple[float, float]]:
        """Return places in pixels as pairs."""
        across, down = self.at(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
        return list(zip(across.tolist(), down.tolist(), strict=True))

    def draw(
        self, canvas: Canvas, titles: tuple[str, str], x_ticks: Sequence[float],
        y_ticks: Sequence[float],
    ) -> None:  # fmt: skip
        """Draw lines, ticks and titles."""
        box = self.box
        canvas.fill(box.left - 1, box.top, box.left, box.bottom + 1, INK)
        canvas.fill(box.left - 1, box.bottom, box.right, box.bottom + 1, INK)
        across = self.at(np.array(x_ticks, dtype=float), np.zeros(len(x_ticks)))[0]
        for x, value in zip(np.rint(across).astype(int).tolist(), x_ticks, strict=True):
            canvas.fill(x, box.bottom, x + 1, box.bottom + _TICK, INK)
            canvas.write(x, box.bottom + 16, f"{value:,g}", size=SMALL_TEXT, anchor="middle")
        up = self.at(np.zeros(len(y_ticks)), np.array(y_ticks, dtype=float))[1]
        for y, value in zip(np.rint(up).astype(int).tolist(), y_ticks, strict=True):
            canvas.fill(box.left - _TICK, y, box.left, y + 1, INK)
            canvas.write(box.left - 7, y + 4, f"{value:,g}", size=SMALL_TEXT, anchor="right",
                         room=LEFT - 8)  # fmt: skip
        middle = box.left + box.width / 2
        canvas.write(middle, box.bottom + 32, titles[0], ink=SOFT, anchor="middle", room=box.width)
        canvas.write(box.left - LEFT, box.top - 8, titles[1], ink=SOFT, room=box.width + LEFT)


def ticks_of(low: float, high: float, most: int = 6) -> list[float]:
    """Return round numbers between two, at most so many."""
    if not high > low:
        return [low]
    exponent = math.floor(math.log10((high - low) / most))
    while True:
        for digit in (1, 2, 5):
            step = digit * 10.0**exponent
            first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
            if last - first + 1 <= most:
                return [float(f"{place * step:.12g}") for place in range(first, last + 1)]
        exponent += 1
