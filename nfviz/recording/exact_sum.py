"""Sums of many numbers that come out the same in whatever order the numbers arrive."""

from typing import Any

import numpy as np


class ExactSum:
    """An array of sums, each kept as the unevaluated sum of two float64 numbers.

    The second number holds what the first one rounded away (Knuth's TwoSum), about 106 bits in
    all: far more than float32 responses and their powers need, so that the value, rounded to
    float64 once at the end, is that of the exact sum. Parts of a data set may then be summed
    apart and joined in any order. NaN stays NaN.

    Parameters
    ----------
    shape : tuple of int
        Of the array of sums.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.high = np.zeros(shape)
        self.low = np.zeros(shape)

    def add(self, high: np.ndarray, low: np.ndarray | float = 0.0, where: Any = ...) -> None:
        """Add numbers, or the two parts of other sums, to the sums at `where`."""
        before = self.high[where]
        total = before + high
        gained = total - before
        self.low[where] += (before - (total - gained)) + (high - gained) + low
        self.high[where] = total

    def value(self) -> np.ndarray:
        """Return the sums, rounded to float64."""
        return self.high + self.low

    def grow(self, rows: int) -> None:
        """Append rows of zeros until there are at least `rows`."""
        missing = rows - len(self.high)
        if missing > 0:
            more = np.zeros((max(missing, len(self.high)), *self.high.shape[1:]))
            self.high = np.concatenate([self.high, more])
            self.low = np.concatenate([self.low, more])
