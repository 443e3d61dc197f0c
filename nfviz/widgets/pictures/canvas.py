"""What pictures are drawn on: texts, lines, areas and small pictures, in pixels."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from nfviz.figures.style import SMALL_TEXT, TEXT, THEMES
from nfviz.widgets.pictures.lettering import ABSENT, cut_to, readable, runs, width_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ACCENT", "FAINT", "GROUND", "INK", "SOFT", "Box", "Canvas"]

GROUND, INK, FAINT = THEMES["light"].ground, THEMES["light"].ink, THEMES["light"].faint
SOFT = "#5b5b5b"
"""Ink of what is said beside."""

ACCENT = "#1565c0"
"""Ink of what is focused, as in the page."""

_FINE = 3  # Lines that are not upright are drawn so many times as large, and reduced.


class Box(NamedTuple):
    """A rectangle in pixels, from the top left corner of the picture."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """Where it ends."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """Where it ends."""
        return self.top + self.height

    def inside(self, left: int = 0, top: int = 0, right: int = 0, bottom: int = 0) -> Box:
        """Return what is left of it within margins."""
        return Box(
            self.left + left,
            self.top + top,
            max(self.width - left - right, 1),
            max(self.height - top - bottom, 1),
        )


class Canvas:
    """A picture that is being drawn.

    Parameters
    ----------
    width, height : int
        In pixels.

    Attributes
    ----------
    image : PIL.Image.Image
        RGB.
    texts : list of str
        All that was written, in order.
    """

    def __init__(self, width: int, height: int) -> None:
        self.image = Image.new("RGB", (width, height), GROUND)
        self.texts: list[str] = []
        self._tiles: list[tuple[Image.Image, tuple[int, int]]] = []
        self._draw = ImageDraw.Draw(self.image)

    def write(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = TEXT,
        ink: str = INK,
        bold: bool = False,
        anchor: str = "left",
        room: float | None = None,
        end: bool = False,
    ) -> float:
        """Write a line of text and return its width.

        Parameters
        ----------
        x, y : float
            Where it begins, has its middle or ends, and the line it stands on.
        text : str
            Any.
        size, ink, bold
            How it looks.
        anchor : {"left", "middle", "right"}
            What `x` is.
        room : float, optional
            It is cut where it is wider.
        end : bool
            Whether its end is kept then.
        """
        text = readable(text)
        if room is not None:
            text = cut_to(text, room, size, bold=bold, end=end)
        width = width_of(text, size, bold=bold)
        left = x - width * {"left": 0.0, "middle": 0.5, "right": 1.0}[anchor]
        for piece, font in runs(text, size, bold=bold):
            self._draw.text((left, y), piece, fill=ink, font=font, anchor="ls")
            left += font.getlength(piece)
        self.texts.append(text)
        return width

    def note(self, box: Box, text: str) -> None:
        """Write what is not there into the middle of a box."""
        x, y = box.left + box.width / 2, box.top + box.height / 2 + SMALL_TEXT / 3
        self.write(x, round(y), text, ink=SOFT, anchor="middle", room=box.width)

    def fill(self, left: float, top: float, right: float, bottom: float, ink: str) -> None:
        """Fill a rectangle; its ends are rounded to pixels."""
        edges = round(left), round(top), round(right) - 1, round(bottom) - 1
        if edges[0] <= edges[2] and edges[1] <= edges[3]:
            self._draw.rectangle(edges, fill=ink)

    def frame(self, box: Box, ink: str, width: int = 1) -> None:
        """Draw the edge of a rectangle, within it."""
        edges = box.left, box.top, box.right - 1, box.bottom - 1
        self._draw.rectangle(edges, outline=ink, width=width)

    def dots(self, start: tuple[int, int], end: tuple[int, int], ink: str) -> None:
        """Draw an upright or level dotted line."""
        (x, y), (right, bottom) = start, end
        if y == bottom:
            self._draw.point([(at, y) for at in range(x, right) if at % 4 < 2], fill=ink)
        else:
            self._draw.point([(x, at) for at in range(y, bottom) if at % 4 < 2], fill=ink)

    def paste(self, tile: NDArray[np.uint8], left: float, top: float) -> None:
        """Lay uint8 RGB pixels on it."""
        picture, corner = Image.fromarray(tile), (round(left), round(top))
        self.image.paste(picture, corner)
        self._tiles.append((picture, corner))

    @property
    def tiles(self) -> int:
        """How many small pictures were laid on it."""
        return len(self._tiles)

    def coarsen(self, step: int) -> None:
        """Lay all small pictures on it again, in pixels so many times as large."""
        for picture, corner in self._tiles:
            coarse = picture.reduce(min(step, *picture.size))
            self.image.paste(coarse.resize(picture.size, Image.Resampling.NEAREST), corner)

    def circle(
        self, middle: tuple[float, float], radius: float, width: float, inks: NDArray[np.uint8],
        *, dash: float = 0,
    ) -> None:  # fmt: skip
        """Draw a circle, smoothly.

        Parameters
        ----------
        middle : (x, y)
            Of it.
        radius, width : float
            To the middle of the line, and of the line.
        inks : ndarray of uint8, shape (inks, 3)
            RGB in equal parts of the circle, counter-clockwise from the right.
        dash : float
            Length of dashes and of the gaps between them; 0 for a whole line.
        """
        reach = radius + width / 2 + 1
        left, top = (math.floor(at - reach) for at in middle)
        right, bottom = (math.ceil(at + reach) + 1 for at in middle)
        part = np.array(self.image.crop((left, top, right, bottom)))
        y = np.arange(top + 0.5, bottom, dtype=np.float32)[:, np.newaxis]
        x = np.arange(left + 0.5, right, dtype=np.float32)[np.newaxis]
        far = np.hypot(x - middle[0], middle[1] - y)
        row, column = np.nonzero(np.abs(far - radius) < width / 2 + 0.5)
        there = np.clip(width / 2 + 0.5 - np.abs(far[row, column] - radius), 0, 1)
        turn = np.arctan2(middle[1] - y[row, 0], x[0, column] - middle[0]) / (2 * np.pi) % 1
        if dash:
            there *= np.floor(turn * round(np.pi * radius / dash) * 2) % 2 == 0
        ink = inks[(turn * len(inks)).astype(int) % len(inks)]
        ground = part[row, column].astype(np.float32)
        part[row, column] = np.rint(ground + there[:, np.newaxis] * (ink - ground))
        self.image.paste(Image.fromarray(part), (left, top))

    @contextmanager
    def fine(self, box: Box) -> Iterator[Pen]:
        """Draw lines and disks in a box, smoothly."""
        pen = Pen(self.image.crop((box.left, box.top, box.right, box.bottom)), box, _FINE)
        yield pen
        self.image.paste(pen.reduced(), (box.left, box.top))

    def end_at(self, height: int) -> None:
        """Cut off what is below."""
        self.image = self.image.crop((0, 0, self.image.width, height))

    @property
    def lacks_letters(self) -> bool:
        """Whether squares stand for letters that no font of ours has."""
        return any(ABSENT in text for text in self.texts)


class Pen:
    """Draws a part of a canvas in larger pixels; coordinates are those of the canvas."""

    def __init__(self, part: Image.Image, box: Box, times: int) -> None:
        size = part.width * times, part.height * times
        self._image = part.resize(size, Image.Resampling.NEAREST)
        self._draw = ImageDraw.Draw(self._image)
        self._times, self._left, self._top = times, box.left, box.top

    def _at(self, x: float, y: float) -> tuple[float, float]:
        return (x - self._left) * self._times, (y - self._top) * self._times

    def line(self, points: Sequence[tuple[float, float]], ink: str, width: float = 1) -> None:
        """Draw a line through points."""
        if len(points) > 1:
            placed = [self._at(x, y) for x, y in points]
            self._draw.line(placed, fill=ink, width=round(width * self._times), joint="curve")

    def area(self, points: Sequence[tuple[float, float]], ink: str) -> None:
        """Fill a polygon."""
        if len(points) > 2:
            self._draw.polygon([self._at(x, y) for x, y in points], fill=ink)

    def disk(self, x: float, y: float, radius: float, ink: str, edge: str | None = None) -> None:
        """Draw a disk."""
        (left, top), (right, bottom) = (
            self._at(x - radius, y - radius),
            self._at(x + radius, y + radius),
        )
        box = (left, top, right - 1, bottom - 1)
        self._draw.ellipse(box, fill=ink, outline=edge, width=self._times if edge else 0)

    def reduced(self) -> Image.Image:
        """Return what was drawn, in pixels of the canvas."""
        return self._image.reduce(self._times)
