"""Signed distances of the six shapes, in units of the shape's radius.

Each function takes coordinates *x* (right) and *y* (down) and returns the signed distance to the
outline: negative inside, positive outside. The formulas are the standard exact ones of computer
graphics; an exact distance gives antialiasing, bevels and soft shadows at no further cost.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

RING_RADIUS, RING_HALF_WIDTH = 0.72, 0.26
SQUARE_HALF_SIDE, TRIANGLE_HALF_SIDE, CORNER = 0.72, 0.92, 0.08
STAR_POINTS, STAR_RADIUS, STAR_INNER = 5, 1.02, 0.46
CROSS_LENGTH, CROSS_HALF_WIDTH = 0.92, 0.31


def disk(x: Floats, y: Floats) -> Floats:
    """Disk of radius 0.88, so that its area is near that of the other shapes."""
    return np.hypot(x, y) - np.float32(0.88)


def ring(x: Floats, y: Floats) -> Floats:
    """Ring: the band around a circle."""
    return np.abs(np.hypot(x, y) - np.float32(RING_RADIUS)) - np.float32(RING_HALF_WIDTH)


def square(x: Floats, y: Floats) -> Floats:
    """Upright square with slightly rounded corners."""
    side = np.float32(SQUARE_HALF_SIDE - CORNER)
    return _box(np.abs(x) - side, np.abs(y) - side) - np.float32(CORNER)


def triangle(x: Floats, y: Floats) -> Floats:
    """Equilateral triangle, one corner up, slightly rounded."""
    slope, side = np.float32(np.sqrt(3)), np.float32(TRIANGLE_HALF_SIDE - CORNER)
    across = np.abs(x) - side
    # Lowered by a tenth, the centroid of the triangle sits nearer to the center of its window.
    along = -(y - np.float32(0.1)) + side / slope
    beyond = across + slope * along > 0
    folded_x = np.where(beyond, (across - slope * along) / 2, across)
    folded_y = np.where(beyond, (-slope * across - along) / 2, along)
    folded_x = folded_x - np.clip(folded_x, -2 * side, 0)
    return -np.hypot(folded_x, folded_y) * np.sign(folded_y) - np.float32(CORNER)


def star(x: Floats, y: Floats) -> Floats:
    """Star of five points, one of them up."""
    sector = np.float32(2 * np.pi / STAR_POINTS)
    angle = np.arctan2(x, -y)
    angle = np.abs(angle - sector * np.round(angle / sector))
    radius = np.hypot(x, y)
    px, py = radius * np.cos(angle), radius * np.sin(angle)
    tip = np.float32(STAR_RADIUS)
    edge_x = np.float32(STAR_INNER * np.cos(np.pi / STAR_POINTS)) - tip
    edge_y = np.float32(STAR_INNER * np.sin(np.pi / STAR_POINTS))
    from_tip = px - tip
    share = np.clip((from_tip * edge_x + py * edge_y) / (edge_x**2 + edge_y**2), 0, 1)
    distance = np.hypot(from_tip - share * edge_x, py - share * edge_y)
    return distance * np.sign(from_tip * edge_y - py * edge_x) - np.float32(0.03)


def cross(x: Floats, y: Floats) -> Floats:
    """Upright cross with two arms of equal length."""
    length, width = np.float32(CROSS_LENGTH), np.float32(CROSS_HALF_WIDTH)
    wide, high = np.abs(x), np.abs(y)
    return np.minimum(_box(wide - length, high - width), _box(wide - width, high - length))


def _box(across: Floats, along: Floats) -> Floats:
    outside = np.hypot(np.maximum(across, 0), np.maximum(along, 0))
    return outside + np.minimum(np.maximum(across, along), 0)


SHAPES: Mapping[str, Callable[[Floats, Floats], Floats]] = MappingProxyType(
    {
        "disk": disk,
        "ring": ring,
        "square": square,
        "triangle": triangle,
        "star": star,
        "cross": cross,
    }
)
