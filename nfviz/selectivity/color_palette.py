"""A model of color names asked once for each color of 8 bits a channel, instead of per pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nfviz.selectivity.feature_pixels import tabulated

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Singles = NDArray[np.float32]
    Integers = NDArray[np.int32]

__all__ = ["Palette"]

_BITS = np.arange(8, dtype=np.int32)
# Each level of a channel with its bits three places apart. The three channels' bits interlaced
# are a color's code: like colors get like codes, so that what is looked up together lies together.
_SPREAD = (((np.arange(256)[:, np.newaxis] >> _BITS) & 1) << 3 * _BITS).sum(axis=1, dtype=np.int32)


class Palette:
    """Memberships of the nearest 8-bit color; can be called like the model it stands for.

    Parameters
    ----------
    memberships : callable
        The model: takes colors (n, 3) in 0..255 as float32, gives memberships (n, names).
    names : int
        How many names it knows.
    """

    def __init__(self, memberships: Callable[[Any], ArrayLike], names: int) -> None:
        self._memberships = memberships
        # Of each color the row of its memberships. Row 0: the model has not been asked yet.
        self._row = np.zeros(1 << 24, dtype=np.int32)
        self._rows = np.zeros((1, names), dtype=np.float32)
        self._known = 1
        self._half = tabulated(_spread_level, np.float16)

    def __call__(self, rgb: NDArray[Any]) -> Singles:
        """Look the colors up; the model is asked for those not seen before.

        Parameters
        ----------
        rgb : numpy.ndarray, shape (n, 3)
            Colors in 0..255.

        Returns
        -------
        numpy.ndarray, shape (n, names), float32
        """
        level = self._half if rgb.dtype == np.float16 else _spread_level
        code = level(rgb[:, 0])
        for channel in (1, 2):
            code <<= 1
            code |= level(rgb[:, channel])
        rows = self._row.take(code)
        if not rows.all():
            self._learn(np.unique(code[rows == 0]))
            rows = self._row.take(code)
        found: Singles = self._rows.take(rows, axis=0)
        return found

    def _learn(self, codes: Integers) -> None:
        """Ask the model for colors that are still unknown."""
        places = 3 * _BITS + np.array([[2], [1], [0]], dtype=np.int32)
        bits = (codes[:, np.newaxis, np.newaxis] >> places) & 1
        colors = (bits << _BITS).sum(axis=-1, dtype=np.float32)
        end = self._known + len(codes)
        if end > len(self._rows):
            more = np.empty((max(end, 2 * len(self._rows)), self._rows.shape[1]), dtype=np.float32)
            more[: self._known] = self._rows[: self._known]
            self._rows = more
        self._rows[self._known : end] = self._memberships(colors)
        self._row[codes] = np.arange(self._known, end)
        self._known = end


def _spread_level(values: NDArray[Any]) -> Integers:
    """Return the nearest level of 8 bits, its bits spread; NaN is anything."""
    # fmax and not maximum, which would hand NaN on to the cast.
    inside = np.fmin(np.fmax(values, 0), 255)
    levels: Integers = _SPREAD.take(np.rint(inside).astype(np.uint8))
    return levels
