"""The data set's own colors: its hue distribution and mean color (Fig. 7, bottom)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from nfviz.opponent import OPPONENT, hue_angle

_LEVELS = 511  # Of a difference of two bytes.
_CELLS = _LEVELS**2
_CHUNK = 1 << 17  # Pixels at a time: few enough for the caches.


class HueCensus:
    """Counts every pixel of every analyzed image by its hue, exactly.

    Hue and chroma depend on R - G and B - G alone, two integers with 511 values each: one table of
    counts holds all that any threshold on chroma could ask for.
    """

    def __init__(self) -> None:
        self._counts = np.zeros(_CELLS, np.int64)
        self._green = 0

    def update(self, pixels: np.ndarray) -> None:
        """Count a batch of uint8 RGB (n, 3, height, width); quickest where channels are last."""
        colors = pixels.transpose(0, 2, 3, 1).reshape(-1)
        cells = np.empty(len(colors) // 3, np.intp)
        green = 0
        for start in range(0, len(cells), _CHUNK):
            part = cells[start : start + _CHUNK]
            green += _find_cells(colors[3 * start : 3 * (start + len(part))], part)
        counts = np.bincount(cells, minlength=_CELLS)
        self._counts += counts
        self._green += green

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all that is known, for `add`."""
        cells = np.flatnonzero(self._counts)
        return {"cells": cells, "counts": self._counts[cells], "green": np.array([self._green])}

    def check(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Raise a ValueError if arrays are not those of a census."""
        cells, counts = arrays["cells"], arrays["counts"]
        if cells.shape != counts.shape or arrays["green"].shape != (1,):
            raise ValueError("its hues are not counted as they have to be")
        if (np.diff(cells, prepend=-1) <= 0).any() or (cells >= _CELLS).any() or (counts < 0).any():
            raise ValueError("its hues are none")

    def add(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Add what another census counted in other images."""
        self._counts[arrays["cells"]] += arrays["counts"]
        self._green += int(arrays["green"][0])

    def mean_color(self) -> list[float]:
        """Return the mean (R, G, B) over all pixels, in 0..255."""
        cells = np.flatnonzero(self._counts)
        counts = self._counts[cells]
        green, red, blue = self._green, *((counts * part).sum() for part in _differences(cells))
        return [float(total / counts.sum()) for total in (green + red, green, green + blue)]

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
        red, blue = _differences(cells)
        red_green = red * (matrix[1, 0] / 255)
        yellow_blue = (red - 2 * blue) * (matrix[2, 0] / 255)
        chroma = np.hypot(red_green, yellow_blue)
        kept = chroma >= min_chroma
        # The small term keeps exact degrees, such as 90 for gray-yellow, out of the bin below.
        degrees = np.floor(hue_angle(red_green, yellow_blue) + 1e-9).astype(np.int64) % 360
        pixels = np.bincount(degrees[kept], counts[kept], 360).astype(np.int64)
        weighted = np.bincount(degrees[kept], (counts * chroma)[kept], 360)
        index = pd.RangeIndex(360, name="hue")
        return pd.DataFrame({"pixels": pixels, "chroma": weighted}, index=index)


def _find_cells(colors: np.ndarray, cells: np.ndarray) -> int:
    """Write the cells of colors (R, G, B, R, G, B ...), and return the sum of G.

    A pixel is handled as one integer, R + 2^8 G + 2^16 B, without a plane for each channel.
    """
    padded = np.append(colors, np.uint8(0))
    # Four bytes each, of which the last is the next pixel's.
    color = np.ndarray(cells.shape, "<i4", padded, strides=(3,)) & 0xFFFFFF
    green = (color >> 8) & 255
    total = int(green.sum(dtype=np.int64))
    green *= 1 + (1 << 8) + (1 << 16)
    color -= green  # (R - G) + 2^16 (B - G)
    color += 255 * (1 + (1 << 16))  # Both from 0 on.
    blue = np.right_shift(color, 16, out=green)
    blue *= (1 << 16) - _LEVELS
    color -= blue
    cells[:] = color
    return total


def _differences(cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return R - G and B - G of cells."""
    return cells % _LEVELS - 255, cells // _LEVELS - 255
