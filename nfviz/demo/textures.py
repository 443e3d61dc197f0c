"""Surface patterns and smooth noise, for whole batches at once."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

SIZE = 64
TURN = np.float32(2 * np.pi)


def pixel_grid() -> tuple[Floats, Floats]:
    """Return the pixel coordinates from the image's center: x, shape (1, 64); y, shape (64, 1)."""
    axis = np.arange(SIZE, dtype=np.float32) - np.float32((SIZE - 1) / 2)
    return axis[None, :], axis[:, None]


def rotate(x: Floats, y: Floats, turn: Floats) -> tuple[Floats, Floats]:
    """Return coordinates in axes turned by `turn` radians, clockwise on the screen."""
    cosine, sine = np.cos(turn), np.sin(turn)
    return x * cosine + y * sine, y * cosine - x * sine


def stripes(x: Floats, y: Floats) -> Floats:
    """Soft-edged stripes across *x*, one per unit."""
    return _soften(np.sin(TURN * x))


def checks(x: Floats, y: Floats) -> Floats:
    """Soft-edged checkerboard, two fields per unit in either direction."""
    return _soften(np.float32(1.6) * np.sin(TURN * x) * np.sin(TURN * y))


def dots(x: Floats, y: Floats) -> Floats:
    """Soft-edged dots on a staggered lattice, one per unit."""
    row = np.floor(y)
    across = x + np.float32(0.5) * (row % 2)
    across = across - np.floor(across) - np.float32(0.5)
    distance = np.hypot(across, y - row - np.float32(0.5))
    return _soften(np.float32(7) * (np.float32(0.31) - distance))


def plain(x: Floats, y: Floats) -> Floats:
    """No pattern: zero everywhere."""
    return np.zeros(np.broadcast_shapes(x.shape, y.shape), np.float32)


def _soften(wave: Floats) -> Floats:
    return np.clip(np.float32(0.5) + np.float32(1.1) * wave, 0, 1)


PATTERNS: Mapping[str, Callable[[Floats, Floats], Floats]] = MappingProxyType(
    {"plain": plain, "stripes": stripes, "checks": checks, "dots": dots}
)


def paint(kind: npt.NDArray[np.intp], names: tuple[str, ...], x: Floats, y: Floats) -> Floats:
    """Paint each image of a batch with its own pattern.

    Parameters
    ----------
    kind : ndarray of int, shape (images,)
        For each image, a position in `names`.
    names : tuple of str
        Keys of `PATTERNS`.
    x, y : ndarray, shape (images, height, width)
        Coordinates in periods of the pattern.

    Returns
    -------
    ndarray of float32, shape (images, height, width)
        How much of the second color each pixel takes, in 0..1.
    """
    share = np.empty(x.shape, np.float32)
    for number, name in enumerate(names):
        chosen = kind == number
        share[chosen] = PATTERNS[name](x[chosen], y[chosen])
    return share


def smooth_noise(knots: Floats, size: int) -> Floats:
    """Interpolate random knots to a smooth random field.

    Parameters
    ----------
    knots : ndarray, shape (..., k, k)
        Independent draws of zero mean and unit variance on a coarse grid.
    size : int
        Height and width of the field, in pixels.

    Returns
    -------
    ndarray of float32, shape (..., size, size)
        A Gaussian blend of the knots, of zero mean and unit variance at every pixel.
    """
    count = knots.shape[-1]
    pixels = (np.arange(size) + 0.5) / size * (count - 1)
    blend = np.exp(-0.5 * ((pixels[:, None] - np.arange(count)) / 0.55) ** 2)
    blend = (blend / np.linalg.norm(blend, axis=1, keepdims=True)).astype(np.float32)
    return blend @ knots @ blend.T
