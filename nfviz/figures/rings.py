"""Where square pictures go on rings: at their angle, as far out as is free."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

_SPACING = 1.5  # From ring to ring, in sides: more than the diagonal, so that none touch.
_HALF = 0.75  # Of a picture, in sides, in any direction.
_ROUNDS = 5

_Filled = tuple[np.ndarray, np.ndarray, float]


@dataclass(frozen=True)
class Rings:
    """Places on a wheel, in its own units.

    Attributes
    ----------
    side : float
        Of all pictures.
    radius : ndarray, shape (pictures,)
        Of the middle of each picture.
    circles : ndarray, shape (rings,)
        Radius at which each ring begins: there lie the pictures that are not crowded.
    overlap : bool
        Whether there is no room for all of them side by side.
    """

    side: float
    radius: np.ndarray
    circles: np.ndarray
    overlap: bool


def place_on_rings(
    angle: np.ndarray,
    ring: np.ndarray,
    *,
    rings: int,
    inner: float,
    outer: float,
    smallest: float,
    largest: float,
) -> Rings:
    """Place pictures at their angles, moved outward along the radius where another one lies.

    Rings do not mix: each begins beyond the outermost picture of the one before. The pictures get
    the largest side with which all find room. Where that is below `smallest` they are drawn at
    `smallest` and overlap their neighbors.

    Parameters
    ----------
    angle : ndarray, shape (pictures,)
        In degrees. Never changed.
    ring : ndarray of int, shape (pictures,)
        From 0, the innermost. Earlier pictures of a ring are placed first, further in.
    rings : int
        How many there are, empty ones too.
    inner, outer : float
        Radius of the first ring, and of the circle within which all pictures stay.
    smallest, largest : float
        Between which the side lies.
    """
    turn = np.radians(angle)
    across, up = np.cos(turn), np.sin(turn)
    narrow = min(smallest, (outer - inner - _HALF * smallest) / max(rings, 1))

    def fill(room: float, more: float = 0) -> _Filled:
        half = _HALF * max(room, smallest)
        step = max(_SPACING * room, narrow) + more
        radius, circles, end = _fill(across, up, ring, inner, outer - half, room, step, rings)
        return radius, circles, end + half

    room, found = _largest_that_fits(fill, outer, smallest, largest)
    spare = (outer - found[2]) / max(rings - 1, 1)
    for more in (spare, spare / 2):
        # Not by moving what is placed: squares that go outward may meet.
        roomy = fill(room, more)
        if roomy[2] <= outer:
            found = roomy
            break
    radius, circles, _ = found
    return Rings(max(room, smallest), radius, circles, overlap=room < smallest)


def _largest_that_fits(
    fill: Callable[[float], _Filled], outer: float, smallest: float, largest: float
) -> tuple[float, _Filled]:
    """Return the side, nearly the largest that ends within `outer`, and how it fills the rings."""
    low, high, rounds = smallest, largest, _ROUNDS
    found = fill(smallest)
    if found[2] > outer:
        # Without any side all lie on the circles, which always fits. Pictures will overlap, so
        # that the side need not be known as well.
        low, high, rounds, found = 0.0, smallest, _ROUNDS - 2, fill(0.0)
    else:
        most = fill(largest)
        if most[2] <= outer:
            return largest, most
    for _ in range(rounds):
        middle = (low + high) / 2
        tried = fill(middle)
        if tried[2] <= outer:
            low, found = middle, tried
        else:
            high = middle
    return low, found


def _fill(
    across: np.ndarray,
    up: np.ndarray,
    ring: np.ndarray,
    start: float,
    outer: float,
    side: float,
    step: float,
    rings: int,
) -> _Filled:
    """Return the radii of pictures of some side, where rings begin, and the largest radius.

    Infinity is the largest as soon as a ring gets beyond `outer`.
    """
    radius, circles, end = np.zeros(len(ring)), np.zeros(rings), start
    for number in range(rings):
        circles[number] = start
        members = np.flatnonzero(ring == number)
        x, y = np.zeros(len(members)), np.zeros(len(members))
        end = start
        for count, member in enumerate(members):
            c, s = across[member], up[member]
            r = _first_free(x[:count], y[:count], c, s, start, side)
            radius[member], x[count], y[count] = r, r * c, r * s
            end = max(end, r)
        if end > outer:
            return radius, circles, np.inf
        start = end + step
    return radius, circles, end


def _first_free(
    x: np.ndarray, y: np.ndarray, c: float, s: float, start: float, side: float
) -> float:
    """Return the smallest radius from `start` on at which a square overlaps none of those at x, y.

    A square at radius r in the direction (c, s) overlaps one at (x, y) where |r c - x| < side and
    |r s - y| < side, which is an interval of r.
    """
    if not side or not len(x):
        return start
    c, s = 1 / (c if abs(c) > 1e-9 else 1e-9), 1 / (s if abs(s) > 1e-9 else 1e-9)
    x, y, across, up = x * c, y * s, side * abs(c), side * abs(s)
    low, high = np.maximum(x - across, y - up), np.minimum(x + across, y + up)
    # Those that touch at the last digit do not overlap.
    hit = np.flatnonzero((low < high - 1e-9 * side) & (high > start))
    free = start
    for number in hit[np.argsort(low[hit], kind="stable")]:
        if low[number] >= free - 1e-9 * side:
            break
        free = max(free, high[number])
    return float(free)
