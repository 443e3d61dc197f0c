"""A picture of the state of a view, for where notebooks are read but not run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from nfviz.figures.style import SMALL_TEXT, TEXT, WIDTH
from nfviz.widgets.pictures.bars import draw_bars
from nfviz.widgets.pictures.canvas import SOFT, Box, Canvas
from nfviz.widgets.pictures.card import draw_card
from nfviz.widgets.pictures.clouds import draw_clouds
from nfviz.widgets.pictures.controls import draw_controls
from nfviz.widgets.pictures.curves import draw_curves
from nfviz.widgets.pictures.gallery import draw_gallery
from nfviz.widgets.pictures.joint import draw_joint
from nfviz.widgets.pictures.lettering import ABSENT, wrap
from nfviz.widgets.pictures.png import encode
from nfviz.widgets.pictures.seen import Seen
from nfviz.widgets.pictures.wheel import draw_wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nfviz.widgets.selection import Selection

    Draw = Callable[[Canvas, Box, Seen, Mapping[str, Any]], int]

__all__ = ["KINDS", "draw_picture", "paint"]

_MARGIN, _GAP, _LINE = 8, 12, 17
_TITLE, _SUMMARY_LINES = 14, 3


class _Kind(NamedTuple):
    """A kind of view: its title, its height where it stands alone, and who draws it."""

    title: str
    height: int
    draw: Draw


KINDS = {
    "Thresholds": _Kind("Thresholds", 460, draw_controls),
    "Gallery": _Kind("Neuron features", 418, draw_gallery),
    "HueWheel": _Kind("Hue wheel", 488, draw_wheel),
    "SelectivityHistogram": _Kind("Degrees by layer", 440, draw_bars),
    "JointScatter": _Kind("Joint selectivity", 420, draw_joint),
    "TagClouds": _Kind("Classes", 400, draw_clouds),
    "ActivationCurves": _Kind("Activation curves", 300, draw_curves),
    "NeuronCard": _Kind("Neuron", 560, draw_card),
}
"""How each kind of view is drawn, by the names of their classes."""

# Of an explorer some views tell most; those in one row share the width.
_EXPLORER = (("Gallery",), ("HueWheel", "SelectivityHistogram"))
_ROW_HEIGHT = {"Gallery": 217, "HueWheel": 430, "SelectivityHistogram": 430}


def draw_picture(kind: str, selection: Selection, options: Mapping[str, Any]) -> bytes:
    """Draw what a view shows now, on light ground.

    Parameters
    ----------
    kind : str
        Name of the class of the view, such as ``"Gallery"`` or ``"Explorer"``.
    selection : Selection
        The state.
    options : mapping
        Of the view.

    Returns
    -------
    bytes
        A PNG, 640 pixels wide and at most 100 kB; the same for the same state. It says in words
        what is missing, also where something went wrong: a view has to appear without it.
    """
    try:
        return encode(paint(kind, selection, options))
    except Exception as error:
        return encode(_apology(error))


def paint(kind: str, selection: Selection, options: Mapping[str, Any]) -> Canvas:
    """Draw what a view shows on a canvas, which keeps the texts too.

    Parameters
    ----------
    kind, selection, options
        As in `draw_picture`.
    """
    seen = Seen(selection)
    if kind == "Explorer":
        title, rows, options = "Explorer", _rows(options.get("views")), {}
    else:
        title, rows = KINDS[kind].title, [(kind,)]
    lines = wrap(selection.summary, WIDTH - 2 * _MARGIN, TEXT, _SUMMARY_LINES)
    top = _MARGIN + 18 + _LINE * len(lines) + 4
    canvas = Canvas(WIDTH, top + sum(_height(row, rows) + 50 for row in rows) + 40)
    canvas.write(_MARGIN, _MARGIN + 13, title, size=_TITLE, bold=True)
    for place, line in enumerate(lines):
        canvas.write(_MARGIN, _MARGIN + 30 + _LINE * place, line)
    for row in rows:
        top = _draw_row(canvas, top, row, rows, seen, options)
    if canvas.lacks_letters:
        text = f"{ABSENT}: a letter that the fonts of this picture lack"
        canvas.write(_MARGIN, top + 12, text, size=SMALL_TEXT, ink=SOFT)
        top += _LINE
    canvas.end_at(top + _MARGIN)
    return canvas


def _rows(views: Sequence[str] | None) -> list[tuple[str, ...]]:
    """Return what a picture of an explorer shows, row by row."""
    if views is None:
        return list(_EXPLORER)
    rows = [tuple(name for name in row if name in views) for row in _EXPLORER]
    known = [row for row in rows if row]
    first = tuple(name for name in views if name in KINDS)[:1]
    return known or ([first] if first else [])


def _height(row: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> int:
    """Return how high a row is at most; one that is alone has all the room."""
    if len(rows) == len(row) == 1:
        return KINDS[row[0]].height
    return max(_ROW_HEIGHT[name] for name in row)


def _draw_row(
    canvas: Canvas, top: int, row: tuple[str, ...], rows: Sequence[tuple[str, ...]], seen: Seen,
    options: Mapping[str, Any],
) -> int:  # fmt: skip
    """Draw views side by side, and return where they end."""
    alone = len(rows) == len(row) == 1
    height = _height(row, rows)
    width = (WIDTH - 2 * _MARGIN - _GAP * (len(row) - 1)) // len(row)
    ends = []
    for place, kind in enumerate(row):
        left, head = _MARGIN + place * (width + _GAP), top
        if not alone:
            canvas.write(left, top + 14, KINDS[kind].title, bold=True)
            head += 20
        box = Box(left, head, width, height)
        ends.append(KINDS[kind].draw(canvas, box, seen, options))
    return max(ends) + (0 if alone else 4)


def _apology(error: Exception) -> Canvas:
    canvas = Canvas(WIDTH, 60)
    canvas.write(_MARGIN, 22, "no picture of this view could be drawn", bold=True)
    text = f"{type(error).__name__}: {error}"
    canvas.write(_MARGIN, 42, text, ink=SOFT, room=WIDTH - 2 * _MARGIN)
    return canvas
