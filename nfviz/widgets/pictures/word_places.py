"""Where the words of a small cloud go: as near to its middle as is free, the greatest first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nfviz.widgets.pictures.lettering import cut_to, width_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["place_words"]

SMALLEST = 11
"""Text size in pixels below which a word is not shown."""

_TALLEST = 0.4  # Size of the largest word as a share of the height.
_RISE, _FALL = 0.8, 0.25  # Of letters above and below their line, as shares of the size.
_GAP_X, _GAP_Y = 7, 2
_STEP = 5  # Pixels from place to place that is tried.
_SHRINK = 0.93
_DENSEST = 0.6  # Share of the room that words can cover.
_MEASURED = 40  # Size at which words are measured.
_LONGEST = 0.9  # Share of the width that a word may have.


class PlacedWord(NamedTuple):
    """A word of a cloud: its place among the words asked for, and where it stands in pixels."""

    number: int
    text: str
    size: int
    left: float
    baseline: float


def place_words(
    texts: Sequence[str], weights: Sequence[float], width: float, height: float
) -> list[PlacedWord]:
    """Place words so that their sizes are proportional to their weights and none overlap.

    Sizes are tried from the largest down until all words have room; those that would be smaller
    than `SMALLEST` are left out. (`nfviz.figures.cloud_layout`, which places the words of figures
    by their letters, takes a tenth of a second for a cloud.)

    Parameters
    ----------
    texts : sequence of str
        From the greatest weight down.
    weights : sequence of float
        Above 0.
    width, height : float
        Of the room in pixels.
    """
    if not len(texts):
        return []
    shares = np.asarray(weights, dtype=float) / weights[0]
    words = [cut_to(text, _LONGEST * width, SMALLEST) for text in texts]
    places = _places(width, height)
    largest = max(_upper_bound(words, shares, width, height), SMALLEST)
    while largest > SMALLEST:
        sizes = [int(largest * share + 0.5) for share in shares]
        count = sum(size >= SMALLEST for size in sizes)
        placed = _place(words[:count], sizes[:count], width, height, places)
        if len(placed) == count:
            return _centered(placed, width, height)
        largest *= _SHRINK
    count = int((shares >= 1 - 1e-9).sum())
    return _place(words[:count], [SMALLEST] * count, width, height, places, all_or_none=False)


def _upper_bound(words: Sequence[str], shares: Floats, width: float, height: float) -> float:
    """Return a size that the first word cannot have, as the width or the area says."""
    lengths = np.array([width_of(word, _MEASURED) / _MEASURED for word in words])
    # At SMALLEST, or as large as its share has it, each word must fit.
    bound = min(_TALLEST * height, _LONGEST * width / lengths[0])
    shown = shares * bound >= SMALLEST
    area = float((shares[shown] ** 2 * lengths[shown]).sum()) * (_RISE + _FALL)
    return min(bound, math.sqrt(_DENSEST * width * height / max(area, 1e-9)))


def _centered(placed: list[PlacedWord], width: float, height: float) -> list[PlacedWord]:
    """Move all words alike, so that the cloud stands in the middle."""
    right = max(word.left + width_of(word.text, word.size) for word in placed)
    top = min(word.baseline - _RISE * word.size for word in placed)
    bottom = max(word.baseline + _FALL * word.size for word in placed)
    x = (width - right - min(word.left for word in placed)) / 2
    y = (height - bottom - top) / 2
    return [word._replace(left=word.left + x, baseline=word.baseline + y) for word in placed]


def _places(width: float, height: float) -> Floats:
    """Return where the middle of a word may be, (places, 2), from that of the room outward."""
    x = np.arange(-(width // (2 * _STEP)), width // (2 * _STEP) + 1) * _STEP
    y = np.arange(-(height // (2 * _STEP)), height // (2 * _STEP) + 1) * _STEP
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    far = np.hypot(grid[:, 0] * height / width, grid[:, 1])
    ordered: Floats = grid[np.argsort(far, kind="stable")] + np.array([width, height]) / 2
    return ordered


def _place(
    words: Sequence[str],
    sizes: Sequence[int],
    width: float,
    height: float,
    places: Floats,
    *,
    all_or_none: bool = True,
) -> list[PlacedWord]:
    """Place words of given sizes, as far as they have room."""
    placed: list[PlacedWord] = []
    free_x, free_y = places.T
    taken = np.zeros((0, 4))
    for number, (word, size) in enumerate(zip(words, sizes, strict=True)):
        half = np.array([width_of(word, size) / 2, (_RISE + _FALL) * size / 2])
        fits = (free_x >= half[0]) & (free_x <= width - half[0])
        fits &= (free_y >= half[1]) & (free_y <= height - half[1])
        for left, top, right, bottom in taken:
            fits &= (
                (free_x + half[0] + _GAP_X <= left)
                | (free_x - half[0] - _GAP_X >= right)
                | (free_y + half[1] + _GAP_Y <= top)
                | (free_y - half[1] - _GAP_Y >= bottom)
            )
        if not fits.any():
            if all_or_none:
                return placed
            continue
        middle = places[int(fits.argmax())]
        taken = np.vstack([taken, [*(middle - half), *(middle + half)]])
        left, top = middle - half
        placed.append(PlacedWord(number, word, size, float(left), float(top + _RISE * size)))
    return placed
