"""Arrays within a bound: in memory as far as it goes, then in files that have no name."""

import math
import tempfile
import weakref
from typing import Any

import numpy as np


class Memory:
    """Hands out arrays; those that exceed the bound lie in temporary files, which go with them.

    Parameters
    ----------
    limit : int
        Bytes, over all arrays handed out and still in use.
    """

    def __init__(self, limit: int) -> None:
        self._left = limit

    def empty(self, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        """Return an array whose contents are still to be written."""
        size = math.prod(shape) * np.dtype(dtype).itemsize
        if size <= self._left:
            self._left -= size
            array = np.empty(shape, dtype)
            weakref.finalize(array, self._take_back, size)
            return array
        with tempfile.TemporaryFile(prefix="nfviz-") as file:
            return np.asarray(np.memmap(file, dtype, mode="w+", shape=shape))

    def _take_back(self, size: int) -> None:
        self._left += size
