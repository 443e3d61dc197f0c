"""A model of color names asked once for each color of 8 bits a channel, instead of per pixel."""

from __future__ import annotations

from threading import Lock, local
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.floating]
    Rows = NDArray[np.int32]

__all__ = ["Palette"]

_LANES = 16  # Memberships kept per color: NumPy gathers rows of 16 bytes fastest.
_FULL = 255  # What a membership of 1 is kept as.
_RUNS = 64  # Summed up at a time.


class _Space:
    """Memory for the pixels of some neurons, used again: to clear new memory costs more time."""

    def __init__(self, weights: Floats) -> None:
        neurons, runs, run = weights.shape
        self.levels = np.empty((neurons, 3, runs, run), dtype=weights.dtype)
        self.codes = np.empty(weights.shape, dtype=np.intp)
        self.rows = np.empty(weights.shape, dtype=np.int32)
        self.kept = np.empty((_RUNS, run, _LANES), dtype=np.uint8)
        self.found = np.empty(self.kept.shape, dtype=weights.dtype)

    def fits(self, weights: Floats) -> bool:
        """Say whether there is room for pixels with such weights."""
        same = self.rows.shape[1:] == weights.shape[1:] and self.found.dtype == weights.dtype
        return same and len(self.rows) >= len(weights)


class Palette:
    """Memberships of the nearest 8-bit colors, to 8 bits as well.

    Parameters
    ----------
    memberships : callable
        The model: takes colors (n, 3) in 0..255 as float32, gives memberships (n, names) in 0..1.
        It is asked once for each color.
    names : int
        How many names it knows, at most 16.
    """

    def __init__(self, memberships: Callable[[Any], ArrayLike], names: int) -> None:
        self._memberships, self._names = memberships, names
        # Of each color the row of its memberships. Row 0: the model has not been asked yet.
        self._row = np.zeros(1 << 24, dtype=np.int32)
        self._rows = np.zeros((1 << 10, _LANES), dtype=np.uint8)
        self._known = 1
        self._lock = Lock()
        self._local = local()

    def total(self, colors: Floats, weights: Floats) -> NDArray[np.float64]:
        """Sum memberships, each times the weight of its pixel. Several threads may do so at once.

        Parameters
        ----------
        colors : numpy.ndarray, shape (neurons, 3, runs, run)
            R, G and B in 0..255, no NaN.
        weights : numpy.ndarray, shape (neurons, runs, run)
            Of the pixels.

        Returns
        -------
        numpy.ndarray, shape (neurons, names)
        """
        space = self._space(weights)
        rows = self._find(colors, space)
        neurons, runs, _ = rows.shape
        total = np.zeros((neurons, _LANES))
        for neuron, start in np.ndindex(neurons, -(-runs // _RUNS)):
            block = slice(start * _RUNS, (start + 1) * _RUNS)
            part = slice(len(rows[neuron, block]))
            # The mode that checks nothing: with "raise" NumPy makes a copy of `out`.
            self._rows.take(rows[neuron, block], axis=0, out=space.kept[part], mode="clip")
            np.copyto(space.found[part], space.kept[part])
            sums = weights[neuron, block, np.newaxis] @ space.found[part]
            total[neuron] += sums.sum(axis=(0, 1), dtype=np.float64)
        return total[:, : self._names] / _FULL

    def _space(self, weights: Floats) -> _Space:
        """Return this thread's memory, large enough for pixels with such weights."""
        space: _Space | None = getattr(self._local, "space", None)
        if space is None or not space.fits(weights):
            space = self._local.space = _Space(weights)
        return space

    def _find(self, colors: Floats, space: _Space) -> Rows:
        """Return the rows of colors; the model is asked for those not met before."""
        neurons = slice(len(colors))
        levels, codes, rows = space.levels[neurons], space.codes[neurons], space.rows[neurons]
        np.rint(colors, out=levels)
        np.clip(levels, 0, 255, out=levels)
        red, green, blue = levels.swapaxes(0, 1)
        for channel in (green, blue):
            # Stays below 2^24, up to which float32 holds all integers.
            red *= 256
            red += channel
        np.copyto(codes, red, casting="unsafe")
        self._row.take(codes, out=rows, mode="clip")
        unknown = np.flatnonzero(rows == 0)
        if len(unknown):
            asked = codes.ravel()[unknown]
            self._learn(asked)
            rows.ravel()[unknown] = self._row.take(asked)
        return rows

    def _learn(self, codes: NDArray[np.intp]) -> None:
        """Ask the model for colors, unless another thread has done so in the meantime."""
        codes = np.sort(codes.astype(np.int32))
        codes = codes[np.flatnonzero(np.diff(codes, prepend=-1))]
        with self._lock:
            codes = codes[self._row.take(codes) == 0]
            if not len(codes):
                return
            colors = (codes[:, np.newaxis] >> np.array([16, 8, 0], dtype=np.int32)) & 255
            found = np.asarray(self._memberships(colors.astype(np.float32)))
            end = self._known + len(codes)
            if end > len(self._rows):
                more = np.zeros((max(end, 2 * len(self._rows)), _LANES), dtype=np.uint8)
                more[: self._known] = self._rows[: self._known]
                self._rows = more
            # Rounded such that they still sum to 1, if they did.
            found = np.clip(found, 0, 1)  # Of which rounding may fall short by a little.
            steps = np.rint(found.cumsum(axis=1) * _FULL).astype(np.uint16)
            steps[:, 1:] -= steps[:, :-1].copy()
            self._rows[self._known : end, : self._names] = steps
            # The last, since it is what other threads go by.
            self._row[codes] = np.arange(self._known, end, dtype=np.int32)
            self._known = end
