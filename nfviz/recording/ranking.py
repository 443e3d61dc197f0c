"""The running ranking: batches of responses in, the best images of every neuron out."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

_MERGE_EVERY = 4
_LOW = np.int64(0xFFFFFFFF)
# Keys below have no rank. No number has the bits that would make its key so small.
_FIRST_KEY = (np.int64(np.iinfo(np.int32).min) + 1) << 32


@dataclass(frozen=True)
class Ranked:
    """The best images of every neuron, best first; rows beyond ``count`` hold nothing.

    Attributes
    ----------
    image : ndarray of int64, shape (neurons, ranks)
    activation : ndarray of float32, shape (neurons, ranks)
    position : ndarray of int32, shape (neurons, ranks)
        Row-major position of the maximum in the neuron's map.
    count : ndarray of int64, shape (neurons,)
        How many ranks are taken.
    nonfinite : ndarray of int64, shape (neurons,)
        Images whose response was NaN or infinite; they are in no rank.
    """

    image: np.ndarray
    activation: np.ndarray
    position: np.ndarray
    count: np.ndarray
    nonfinite: np.ndarray


class Ranking:
    """Keep the best `n_ranked` images of each neuron, in a total order, at any order of batches.

    The order is: activation down, then image number up. Value and image are packed into one
    64-bit key whose order is that total order, so the result is the same to the bit however the
    images are cut into batches and whenever the buffer is merged. Memory is
    O(neurons x n_ranked), whatever the number of images.

    Parameters
    ----------
    neurons : int
        Number of neurons.
    n_ranked : int
        How many images to keep for each.
    batch_size : int
        The most images in one `update`.
    """

    def __init__(self, neurons: int, n_ranked: int, batch_size: int) -> None:
        width = n_ranked + _MERGE_EVERY * batch_size
        self._n_ranked = n_ranked
        self._keys = np.zeros((neurons, width), np.int64)
        self._positions = np.zeros((neurons, width), np.int32)
        self._nonfinite = np.zeros(neurons, np.int64)
        self._filled = 0

    def update(self, activations: np.ndarray, positions: np.ndarray, images: np.ndarray) -> None:
        """Take in one batch.

        Parameters
        ----------
        activations : ndarray of float32, shape (batch, neurons)
            The neurons' maxima over each image.
        positions : ndarray of int32, shape (batch, neurons)
            Where they lie.
        images : ndarray of int64, shape (batch,)
            Image numbers, below 2**32, each given once over all batches.
        """
        if self._filled + len(images) > self._keys.shape[1]:
            self._merge()
        columns = slice(self._filled, self._filled + len(images))
        keys = _pack(activations, images)
        finite = np.isfinite(activations)
        if not finite.all():
            # Still one of its own for each image, as merging needs it.
            keys = np.where(finite, keys, _FIRST_KEY - 1 - images[:, None])
            self._nonfinite += (~finite).sum(axis=0)
        self._keys[:, columns] = keys.T
        self._positions[:, columns] = positions.T
        self._filled += len(images)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all that is known, for `add`."""
        self._merge()
        return {
            "keys": self._keys[:, : self._filled],
            "positions": self._positions[:, : self._filled],
            "nonfinite": self._nonfinite,
        }

    def check(
        self, arrays: Mapping[str, np.ndarray], images: np.ndarray, sizes: np.ndarray
    ) -> None:
        """Raise a ValueError if arrays are not those of a ranking of such neurons.

        Parameters
        ----------
        arrays : mapping
            As `arrays` returns them.
        images : ndarray of int64
            Those that may be ranked, ascending.
        sizes : ndarray of int64, shape (neurons,)
            Positions in the map of each neuron.
        """
        keys, positions = arrays["keys"], arrays["positions"]
        neurons = len(self._nonfinite)
        if keys.shape != positions.shape or arrays["nonfinite"].shape != (neurons,):
            raise ValueError("its ranking is of other neurons")
        if keys.shape != (neurons, min(len(images), self._n_ranked)):
            raise ValueError("its ranking is longer or shorter than it has to be")
        ranked = _unpack(keys)[0]
        if not np.isin(ranked, images).all() or (np.diff(np.sort(ranked, axis=1)) == 0).any():
            raise ValueError("its ranking holds other images than it, or one of them twice")
        if (positions < 0).any() or (positions >= sizes[:, None]).any():
            raise ValueError("its ranking has positions outside of the maps")

    def add(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take in what another ranking knows of other images of the same neurons."""
        self._merge()
        own = (self._keys[:, : self._filled], self._positions[:, : self._filled])
        keys = np.concatenate([own[0], arrays["keys"]], axis=1)
        positions = np.concatenate([own[1], arrays["positions"]], axis=1)
        keys, positions = _best(self._n_ranked, keys, positions)
        self._filled = keys.shape[1]
        self._keys[:, : self._filled] = keys
        self._positions[:, : self._filled] = positions
        self._nonfinite += arrays["nonfinite"]

    def result(self) -> Ranked:
        """Return the ranking so far, as wide as the neuron with the most images."""
        self._merge()
        order = np.argsort(self._keys[:, : self._filled], axis=1)[:, ::-1]
        keys = np.take_along_axis(self._keys, order, axis=1)
        images, activations = _unpack(keys)
        return Ranked(
            images,
            activations,
            np.take_along_axis(self._positions, order, axis=1),
            (keys >= _FIRST_KEY).sum(axis=1),
            self._nonfinite.copy(),
        )

    def _merge(self) -> None:
        if self._filled <= self._n_ranked:
            return
        known = (self._keys[:, : self._filled], self._positions[:, : self._filled])
        best = _best(self._n_ranked, *known)
        self._filled = self._n_ranked
        self._keys[:, : self._filled], self._positions[:, : self._filled] = best


def _best(count: int, keys: np.ndarray, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Keep the greatest keys of every neuron, no two of which are equal, and their positions."""
    if keys.shape[1] <= count:
        return keys, positions
    # Several times as fast as argpartition and take_along_axis.
    least = np.partition(keys, -count, axis=1)[:, -count, None]
    kept = np.flatnonzero(keys >= least).reshape(-1, count)
    return keys.ravel()[kept], positions.ravel()[kept]


def _pack(activations: np.ndarray, images: np.ndarray) -> np.ndarray:
    # + 0.0 folds -0 into 0, so that equal values have equal keys.
    bits = (activations + np.float32(0)).view(np.int32)
    ordered = bits ^ ((bits >> 31) & 0x7FFFFFFF)
    return (ordered.astype(np.int64) << 32) | (_LOW - images[:, None])


def _unpack(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    ordered = (keys >> 32).astype(np.int32)
    activations = (ordered ^ ((ordered >> 31) & 0x7FFFFFFF)).view(np.float32)
    return _LOW - (keys & _LOW), activations
