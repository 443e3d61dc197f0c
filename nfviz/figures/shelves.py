"""Where pictures go that stand in rows, like books on shelves."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Shelves:
    """Places in pixels, down from the top left corner.

    Attributes
    ----------
    boxes : ndarray, shape (pictures, 3)
        Left, top and side of each picture.
    headings : tuple of (group, top)
        Where each group begins.
    height : float
        Of the whole.
    """

    boxes: np.ndarray
    headings: tuple[tuple[int, float], ...]
    height: float


def fill_shelves(
    sides: np.ndarray,
    room: np.ndarray,
    groups: np.ndarray,
    *,
    width: float,
    gap: float,
    below: float = 0,
    heading: float = 0,
) -> Shelves:
    """Place square pictures in rows, in their order; those of a row stand on one line.

    Parameters
    ----------
    sides : ndarray, shape (pictures,)
        Of the pictures.
    room : ndarray, shape (pictures,)
        Width that each takes, its label considered; the picture stands in its middle.
    groups : ndarray of int, shape (pictures,)
        Ascending; each group begins on a new row, below its heading.
    width : float
        Of a row; a picture wider than that has a row for itself.
    gap : float
        Between pictures.
    below : float
        Height of the labels below the pictures.
    heading : float
        Height of the heading above a group.
    """
    boxes = np.zeros((len(sides), 3))
    headings, top, first = [], 0.0, 0
    while first < len(sides):
        if first == 0 or groups[first] != groups[first - 1]:
            headings.append((int(groups[first]), top))
            top += heading
        last = _row_end(room, groups, first, width, gap)
        row = slice(first, last)
        base = top + sides[row].max()
        left = np.append(0, np.cumsum(room[row] + gap)[:-1])
        boxes[row, 0] = left + (room[row] - sides[row]) / 2
        boxes[row, 1], boxes[row, 2] = base - sides[row], sides[row]
        top, first = base + below + gap, last
    return Shelves(boxes, tuple(headings), max(top - gap, 0))


def _row_end(room: np.ndarray, groups: np.ndarray, first: int, width: float, gap: float) -> int:
    """Return where the next row begins."""
    last, used = first + 1, room[first]
    while last < len(room) and groups[last] == groups[first]:
        used += gap + room[last]
        if used > width + 1e-6:
            break
        last += 1
    return last
