"""The data set's own colors: its hue distribution and mean color (Fig. 7, bottom)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from nfviz.opponent import OPPONENT, hue_angle

_SPAN = 1021
_OFFSET = 255 * _SPAN + 510
_CELLS = 511 * _SPAN
# (R - G) * span + (R + G - 2B).
_TO_CELL = np.array([_SPAN + 1, 1 - _SPAN, -2], np.float32)
# Pixels at a time: few enough for the caches, and for exact sums.
_CHUNK = 1 << 14


class HueCensus:
    """Counts every pixel of every analyzed image by its hue, exactly.

    Hue and chroma depend on R - G and R + G - 2B alone, two integers with 511 x 1021 values: one
    table of counts holds all that any threshold on chroma could ask for.
    """

    def __init__(self) -> None:
        self._counts = np.zeros(_CELLS, np.int64)
        self._sums = np.zeros(3, np.int64)

    def update(self, pixels: np.ndarray) -> None:
        """Count a batch of uint8 RGB (n, 3, height, width); quickest where channels are last."""
        colors = pixels.transpose(0, 2, 3, 1).reshape(-1, 3)
        cells = np.empty(len(colors), np.intp)
        for start in range(0, len(colors), _CHUNK):
            # All these are integers below 2**24, so that float32 is exact.
            part = colors[start : start + _CHUNK].astype(np.float32)
            cells[start : start + _CHUNK] = part @ _TO_CELL
            self._sums += (np.ones(len(part), np.float32) @ part).astype(np.int64)
        cells += _OFFSET
        self._counts += np.bincount(cells, minlength=_CELLS)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all that is known, for `add`."""
        cells = np.flatnonzero(self._counts)
        return {"cells": cells, "counts": self._counts[cells], "sums": self._sums}

    def add(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Add what another census counted in other images."""
        self._counts[arrays["cells"]] += arrays["counts"]
        self._sums += arrays["sums"]

    def mean_color(self) -> list[float]:
        """Return the mean (R, G, B) over all pixels, in 0..255."""
        return [float(total) for total in self._sums / self._counts.sum()]

    def hues(self, *, opponent: str = "cic", min_chroma: float = 0.1) -> pd.DataFrame:
        """Return the distribution of hue over the pixels that have one.

        Parameters
        ----------
        opponent : {"cic", "orthonormal"}
            The opponent space.
        min_chroma : float
            Pixels below this chroma, sqrt(O2^2 + O3^2), have no hue to speak of. The authors'
            second condition, abs(O1) <= 0.95, follows from the first: nearly black and nearly
            white pixels have a chroma below 0.084.

        Returns
        -------
        DataFrame, index ``hue`` (0..359, the lower edge of each degree)
            ``pixels``, and ``chroma``: the sum of their chroma.
        """
        cells = np.flatnonzero(self._counts)
        counts = self._counts[cells]
        matrix = OPPONENT[opponent]
        red_green = (cells // _SPAN - 255) * (matrix[1, 0] / 255)
        yellow_blue = (cells % _SPAN - 510) * (matrix[2, 0] / 255)
        chroma = np.hypot(red_green, yellow_blue)
        kept = chroma >= min_chroma
        # The small term keeps exact degrees, such as 90 for gray-yellow, out of the bin below.
        degrees = np.floor(hue_angle(red_green, yellow_blue) + 1e-9).astype(np.int64) % 360
        pixels = np.bincount(degrees[kept], counts[kept], 360).astype(np.int64)
        weighted = np.bincount(degrees[kept], (counts * chroma)[kept], 360)
        index = pd.RangeIndex(360, name="hue")
        return pd.DataFrame({"pixels": pixels, "chroma": weighted}, index=index)
