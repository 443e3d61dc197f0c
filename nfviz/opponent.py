"""The opponent color space in which color selectivity is measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

__all__ = ["OPPONENT", "hue_angle", "hue_to_rgb", "to_opponent"]


def _frozen(rows: ArrayLike) -> NDArray[np.float64]:
    """Return `rows` as a float64 array that nobody can write to."""
    array = np.array(rows, dtype=np.float64)
    array.setflags(write=False)
    return array


#: Rows O1 (intensity), O2 (red-green), O3 (yellow-blue), applied to RGB in 0..1.
OPPONENT: Mapping[str, NDArray[np.float64]] = {
    "cic": _frozen([[2 / 3, 2 / 3, 2 / 3], [1.0, -1.0, 0.0], [0.5, 0.5, -1.0]]),
    "orthonormal": _frozen(
        np.array([[1, 1, 1], [1, -1, 0], [1, 1, -2]]) / np.sqrt([[3.0], [2.0], [6.0]])
    ),
}

# What is subtracted after the matrix. Only the authors' form puts mid-gray at zero; the
# orthonormal form starts at black, as in the literature it comes from.
_ORIGIN = {"cic": _frozen([1, 0, 0]), "orthonormal": _frozen([0, 0, 0])}


def _matrix(space: str) -> NDArray[np.float64]:
    """Return the matrix of `space`, or say which spaces there are."""
    if space not in OPPONENT:
        accepted = " or ".join(repr(name) for name in OPPONENT)
        raise ValueError(f"space={space!r} is not an opponent space: use {accepted}.")
    return OPPONENT[space]


def to_opponent(rgb: ArrayLike, space: str = "cic") -> NDArray[np.float64]:
    """Turn RGB colors into opponent coordinates.

    The paper names the "Opponent Color Space" and gives no matrix. The default is that of the
    authors' laboratory (``"cic"``, its rows are orthogonal and of unequal length)::

        O1 = (R + G + B - 1.5) / 1.5    O2 = R - G    O3 = (R + G - 2 B) / 2

    and ``"orthonormal"`` is the form common in vision::

        O1 = (R + G + B) / sqrt(3)    O2 = (R - G) / sqrt(2)    O3 = (R + G - 2 B) / sqrt(6)

    with R, G, B the sRGB code values divided by 255, not linearized.

    Parameters
    ----------
    rgb : array_like, shape (..., 3)
        Colors in 0..255.
    space : {"cic", "orthonormal"}
        Which matrix.

    Returns
    -------
    numpy.ndarray, shape (..., 3), float64
        O1 (intensity), O2 (positive: red, negative: green), O3 (positive: yellow, negative:
        blue). In ``"cic"`` each spans -1..1 and mid-gray is the origin; in ``"orthonormal"``
        *black* is the origin, O1 spans 0..1.73 and mid-gray lies at (0.866, 0, 0).

    Raises
    ------
    ValueError
        If `space` is neither of the two, or the last axis of `rgb` has not length 3.
    """
    matrix = _matrix(space)
    colors = np.asarray(rgb, dtype=np.float64)
    if colors.ndim == 0 or colors.shape[-1] != 3:
        raise ValueError(
            f"rgb has shape {colors.shape}: its last axis must hold the 3 channels R, G, B."
        )
    coordinates: NDArray[np.float64] = (colors / 255.0) @ matrix.T
    coordinates -= _ORIGIN[space]
    return coordinates


def hue_angle(o2: ArrayLike, o3: ArrayLike) -> Any:
    """Return the hue, the angle of a chroma vector in the plane of O2 and O3.

    Parameters
    ----------
    o2, o3 : array_like
        Chromatic coordinates, of shapes that broadcast.

    Returns
    -------
    numpy.ndarray or numpy.float64
        ``atan2(o3, o2)`` in degrees, in [0, 360), counter-clockwise from +O2. In the authors'
        space red is at 26.6, yellow at 90, green at 153.4, blue at 270. (0, 0) gives 0: whoever
        asks must know that gray has no hue. NaN stays NaN.
    """
    degrees = np.degrees(np.arctan2(o3, o2)) % 360.0
    # A tiny negative angle rounds up to 360.0 itself, which is 0.
    return np.where(degrees >= 360.0, 0.0, degrees)[()]


def hue_to_rgb(hue: ArrayLike, space: str = "cic") -> NDArray[np.float64]:
    """Return the color in which a hue is drawn.

    The inverse of `to_opponent` for a chroma vector of length 1 at the intensity of mid-gray,
    in the authors' space R = 1/2 + O3/3 + O2/2, G = 1/2 + O3/3 - O2/2, B = 1/2 - 2 O3/3.

    Parameters
    ----------
    hue : array_like
        Angles in degrees, as `hue_angle` gives them.
    space : {"cic", "orthonormal"}
        The space in which the angle was measured.

    Returns
    -------
    numpy.ndarray, shape (..., 3), float64
        RGB in 0..1, clipped (which shifts the hue by less than 3 degrees). NaN for NaN.

    Raises
    ------
    ValueError
        If `space` is neither of the two.
    """
    inverse = np.linalg.inv(_matrix(space))
    angle = np.radians(np.asarray(hue, dtype=np.float64))[..., np.newaxis]
    rgb = 0.5 + np.cos(angle) * inverse[:, 1] + np.sin(angle) * inverse[:, 2]
    return np.clip(rgb, 0.0, 1.0)
