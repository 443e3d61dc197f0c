"""Random numbers for batches in which each image has a generator of its own."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


class Dice:
    """The random numbers of a batch of images.

    Image *i* draws from a generator seeded by the seed and *i* alone, so that it does not depend
    on the batch in which it is made.

    Parameters
    ----------
    seed : int
        Seed of the collection, at least 0.
    indices : sequence of int
        Numbers of the images, each at least 0.
    columns : int
        How many uniform numbers each image may draw.
    """

    def __init__(self, seed: int, indices: Sequence[int], columns: int = 48) -> None:
        self._generators = [np.random.default_rng((seed, index)) for index in indices]
        rows = [generator.random(columns, np.float32) for generator in self._generators]
        self._columns = iter(np.stack(rows, axis=1)[:, :, None, None])

    def uniform(self, low: npt.ArrayLike, high: npt.ArrayLike) -> Floats:
        """Draw one number per image, uniform in low..high; shape (images, 1, 1)."""
        start, stop = np.asarray(low, np.float32), np.asarray(high, np.float32)
        return start + (stop - start) * next(self._columns)

    def choice(self, shares: Sequence[float]) -> npt.NDArray[np.intp]:
        """Draw one of several cases per image, with these shares; shape (images,)."""
        return np.searchsorted(np.cumsum(shares)[:-1], next(self._columns).ravel(), side="right")

    def table(self, *shape: int) -> Floats:
        """Draw an array of numbers per image, uniform in 0..1; shape (images, *shape)."""
        return np.stack([g.random(shape, np.float32) for g in self._generators])

    def normal(self, *shape: int) -> Floats:
        """Draw an array of standard normal numbers per image; shape (images, *shape)."""
        return np.stack([g.standard_normal(shape, np.float32) for g in self._generators])
