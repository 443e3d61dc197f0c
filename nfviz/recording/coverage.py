"""How much of the weight of a neuron's crops covers each pixel."""

import numpy as np


class Coverage:
    """The share of the weight that covers each pixel.

    Between the edges of the images it is constant, so it is kept, and anything made of it is
    computed, once for each of the fields that the edges mark off.

    Parameters
    ----------
    weights : ndarray of float64, shape (n,)
        Of the crops.
    boxes : ndarray of int, shape (n, 4)
        The part of each crop that is image: top, bottom, left, right; bottom, right exclusive.
    size : tuple of int
        Height and width of a crop.

    Attributes
    ----------
    share : ndarray of float64, shape (fields down, fields across)
        In [0, 1]; exactly 0 and 1 where no crop or each covers the pixels.
    """

    def __init__(self, weights: np.ndarray, boxes: np.ndarray, size: tuple[int, int]) -> None:
        self._down, self._across = (np.zeros(length + 1, np.int64) for length in size)
        self.share = np.ones((1, 1))
        if (boxes == [0, size[0], 0, size[1]]).all():
            return
        self._down, self._across = _fields(boxes[:, :2], size[0]), _fields(boxes[:, 2:], size[1])
        shape = int(self._down[-1]) + 1, int(self._across[-1]) + 1
        corners = self._down[boxes[:, [0, 0, 1, 1]]] * shape[1]
        corners += self._across[boxes[:, [2, 3, 2, 3]]]
        signs = np.array([1.0, -1.0, -1.0, 1.0])
        weight, count = (
            np.bincount(corners.ravel(), np.outer(each, signs).ravel(), shape[0] * shape[1])
            .reshape(shape)
            .cumsum(axis=0)
            .cumsum(axis=1)[:-1, :-1]
            for each in (weights, np.ones(len(weights)))
        )
        self.share = np.clip(weight / weights.sum(), 0.0, 1.0)
        self.share[count == 0] = 0.0
        self.share[count == len(weights)] = 1.0

    def per_pixel(self, values: np.ndarray) -> np.ndarray:
        """Return values per field (fields down, fields across) as values per pixel."""
        return values[:, self._across[:-1]][self._down[:-1]]


def _fields(spans: np.ndarray, length: int) -> np.ndarray:
    """Return which field between the ends of spans each place lies in, and one more beyond."""
    edge = np.zeros(length + 1, np.int64)
    edge[spans] = 1
    edge[0], edge[-1] = 0, 1
    return edge.cumsum()
