"""Moments of the colors of neuron features: one reading of the pixels for all measures of color."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nfviz.opponent import OPPONENT, to_opponent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Doubles = NDArray[np.float64]
    Floats = NDArray[np.floating]

__all__ = ["DIFFERENCES", "chroma_energy", "from_differences", "second_moments", "take_moments"]

#: From RGB to (R - B, G - B, B), in which gray has no chroma to the last bit.
DIFFERENCES = np.array([[1.0, 0, -1], [0, 1, -1], [0, 0, 1]])


def from_differences(opponent: str) -> Doubles:
    """Return the matrix from (R - B, G - B, B) to an opponent space, but for its origin.

    Parameters
    ----------
    opponent : {"cic", "orthonormal"}
        The space.

    Returns
    -------
    numpy.ndarray, shape (3, 3)
        For colors in 0..255.

    Raises
    ------
    ValueError
        If `opponent` is neither of the two.
    """
    to_opponent([0, 0, 0], opponent)  # Knows which spaces there are.
    matrix: Doubles = OPPONENT[opponent] @ np.linalg.inv(DIFFERENCES) / 255.0
    matrix[1:, 2] = 0.0  # Chroma is blind to gray; but for rounding it is 0 already.
    return matrix


def take_moments(planes: Floats) -> tuple[Floats, Doubles, Doubles]:
    """Take the moments of X = (R - B, G - B, B).

    Centering goes before the product, not after: uncentered moments lose six digits to
    cancellation.

    Parameters
    ----------
    planes : numpy.ndarray, shape (neurons, 4, runs, run)
        R, G, B and W, as `FeaturePixels` reads them. The colors are overwritten with
        W (X - origin).

    Returns
    -------
    origin : numpy.ndarray, shape (neurons, 3)
        The mean weighted by W, in the type of `planes`.
    mean : numpy.ndarray of float64, shape (neurons, 3)
        How far the mean is from the origin, which is rounded.
    products : numpy.ndarray of float64, shape (neurons, 4, 4)
        Sums over the pixels of the products of the four planes that are left.
    """
    colors, weight = planes[:, :3], planes[:, 3:]
    colors[:, :2] -= colors[:, 2:]
    mean = _dot(colors, weight) / weight.sum(axis=-1).sum(axis=-1, dtype=np.float64)
    origin = mean.astype(planes.dtype)
    colors -= origin[:, :, np.newaxis, np.newaxis]
    colors *= weight
    return origin, mean - origin, _dot(planes[:, :, np.newaxis], planes[:, np.newaxis])


def second_moments(centers: Doubles, products: Doubles, to_space: Doubles) -> Doubles:
    """Return sum W^2 (X - center)(X - center)^T / sum W^2 in an opponent space.

    Parameters
    ----------
    centers : numpy.ndarray, shape (..., neurons, 3)
        Relative to the origin.
    products : numpy.ndarray, shape (neurons, 4, 4)
        As `take_moments` returns them.
    to_space : numpy.ndarray, shape (3, 3)
        As `from_differences` returns it.

    Returns
    -------
    numpy.ndarray, shape (..., neurons, 3, 3)
    """
    shift = -_map(to_space, centers)[..., np.newaxis]
    # W (X - center) in the space, as a linear map of the planes W (X - origin) and W.
    linear = np.concatenate([np.broadcast_to(to_space, (*shift.shape[:-1], 3)), shift], axis=-1)
    found: Doubles = linear @ (products / products[:, 3:, 3:]) @ linear.swapaxes(-1, -2)
    return found


def chroma_energy(
    vector: Doubles, planes: Floats, origin: Floats, to_space: Doubles
) -> tuple[Doubles, Doubles]:
    """Return sum W^2 t^2 and sum W^2 t |t|, t the chroma of a pixel along its neuron's vector.

    About neutral and not about the mean, because a red blob on gray must get red whatever its
    area.

    Parameters
    ----------
    vector : numpy.ndarray, shape (neurons, 3)
        In an opponent space; only its chroma counts.
    planes, origin : numpy.ndarray
        As `take_moments` leaves and returns them; `planes` is overwritten.
    to_space : numpy.ndarray, shape (3, 3)
        As `from_differences` returns it.

    Returns
    -------
    numpy.ndarray of float64, shape (neurons,)
        Twice.
    """
    chroma = vector[:, 1:] / np.hypot(vector[:, 1], vector[:, 2])[:, np.newaxis]
    direction = _map(to_space[1:, :2].T, chroma).astype(planes.dtype)
    planes[:, :2] *= direction[:, :, np.newaxis, np.newaxis]
    planes[:, 3] *= (direction * origin[:, :2]).sum(axis=1)[:, np.newaxis, np.newaxis]
    along = planes[:, 0]
    along += planes[:, 1]
    along += planes[:, 3]
    return _dot(along, along), _dot(along, np.abs(along, out=planes[:, 1]))


def _map(matrix: Doubles, vectors: Doubles) -> Doubles:
    """Return the matrix times each vector; unlike with BLAS its neighbors do not matter."""
    found: Doubles = np.einsum("ij,...j->...i", matrix, vectors)
    return found


def _dot(a: Floats, b: Floats) -> Doubles:
    """Sum products over pixels (..., runs, run), in float64 from run on."""
    found: Doubles = np.vecdot(a, b).sum(axis=-1, dtype=np.float64)
    return found
