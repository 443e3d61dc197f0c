"""Memberships of a color in the eleven basic color names (Benavente, Vanrell & Baldrich 2008)."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.floating]

__all__ = ["CHROMATIC", "COLOR_NAMES", "color_memberships", "lab_memberships"]

#: The eight chromatic names, then the three achromatic ones.
COLOR_NAMES = (
    "red",
    "orange",
    "brown",
    "yellow",
    "green",
    "blue",
    "purple",
    "pink",
    "black",
    "gray",
    "white",
)
#: How many of them are chromatic.
CHROMATIC = 8

# The tables of Benavente, Vanrell & Baldrich (2008), rounded to two decimals as printed there.
# Upper ends of the six lightness levels; a level is (lower, upper], and L = 0 is of the first.
_LEVEL_ENDS = (31.0, 42.0, 51.0, 66.0, 76.0)
# Per level: t_a, t_b, e_a, e_b, beta_e, phi in degrees.
_ELLIPSES = (
    (0.42, 0.25, 5.89, 7.47, 9.84, 2.32),
    (0.23, 0.66, 6.46, 7.87, 6.03, 17.59),
    (-0.12, 0.52, 5.38, 6.98, 6.81, 19.58),
    (-0.44, 1.08, 6.06, 7.50, 7.32, 24.55),
    (-0.57, 1.16, 5.37, 6.90, 100.0, 24.75),
    (-1.26, 1.81, 6.04, 7.39, 100.0, -1.19),
)
# Per chromatic name and level: alpha_a and alpha_b in degrees, beta_a, beta_b.
_SIGMOIDS: dict[str, dict[int, tuple[float, float, float, float]]] = {
    "red": {
        0: (-2.24, -56.55, 0.90, 1.72),
        1: (2.21, -48.81, 0.52, 5.00),
        2: (13.57, -45.55, 1.00, 0.57),
        3: (26.52, -57.01, 0.94, 0.75),
    },
    "orange": {
        2: (44.45, -28.76, 0.57, 0.52),
        3: (32.99, -9.88, 0.75, 0.48),
        4: (25.75, -15.85, 2.00, 0.84),
        5: (25.74, -17.56, 1.03, 0.79),
    },
    "brown": {
        0: (33.45, 14.56, 1.72, 0.84),
        1: (41.19, 6.87, 5.00, 0.69),
        2: (61.24, 6.65, 0.52, 0.84),
    },
    "yellow": {
        3: (80.12, 5.67, 0.48, 0.73),
        4: (74.15, 12.27, 0.84, 0.86),
        5: (72.44, 16.24, 0.79, 0.96),
    },
    "green": {
        0: (104.56, 134.59, 0.84, 1.95),
        1: (96.87, 120.46, 0.69, 0.96),
        2: (96.65, 109.38, 0.84, 0.60),
        3: (95.67, 108.32, 0.73, 0.64),
        4: (102.27, 98.57, 0.86, 0.74),
        5: (106.24, 100.05, 0.96, 0.90),
    },
    "blue": {
        0: (224.59, -147.15, 1.95, 1.01),
        1: (210.46, -148.48, 0.96, 0.92),
        2: (199.38, -148.24, 0.60, 0.80),
        3: (198.32, -148.77, 0.64, 0.76),
        4: (188.57, -150.83, 0.74, 0.47),
        5: (190.05, -149.43, 0.90, 0.60),
    },
    "purple": {
        0: (-57.15, -92.24, 1.01, 0.90),
        1: (-58.48, -105.72, 0.92, 1.10),
        2: (-58.24, -112.63, 0.80, 0.62),
        3: (-58.77, -123.92, 0.76, 5.00),
        4: (-60.83, -122.55, 0.47, 1.74),
        5: (-59.43, -122.37, 0.60, 1.93),
    },
    "pink": {
        1: (-15.72, -87.79, 1.10, 0.52),
        2: (-22.63, -76.43, 0.62, 1.00),
        3: (-33.92, -63.48, 5.00, 0.94),
        4: (-32.55, -64.25, 1.74, 2.00),
        5: (-32.37, -64.26, 1.93, 1.03),
    },
}


# Linear RGB of sRGB primaries to XYZ of which white (D65, 2 degrees) is 1, 1, 1.
_XYZ = np.array(
    [
        [0.412453, 0.357580, 0.180423],
        [0.212671, 0.715160, 0.072169],
        [0.019334, 0.119193, 0.950227],
    ]
) / [[0.95047], [1.0], [1.08883]]
# Lightness at which black turns to gray and gray to white, and how steeply.
_BLACK_GRAY = (28.28, 0.71)
_GRAY_WHITE = (79.65, 0.31)


def _edges(level: int) -> tuple[NDArray[np.intp], Floats, Floats]:
    """Return which names a lightness level knows, and how their two sigmoids depend on a and b.

    The latter as the coefficients of a - t_a and of b - t_b in the exponents, (2, names, 1).
    """
    rows = [row for row, name in enumerate(_SIGMOIDS) if level in _SIGMOIDS[name]]
    table = np.array([_SIGMOIDS[COLOR_NAMES[row]][level] for row in rows])
    alpha_a, alpha_b = np.radians(table[:, :2].T)
    beta_a, beta_b = table[:, 2:].T
    along_x = np.stack([-beta_b * np.cos(alpha_b), beta_a * np.sin(alpha_a)])
    along_y = np.stack([-beta_b * np.sin(alpha_b), -beta_a * np.cos(alpha_a)])
    return np.array(rows), along_x[:, :, np.newaxis], along_y[:, :, np.newaxis]


_EDGES = [_edges(level) for level in range(len(_ELLIPSES))]
_CHUNK = 1 << 14  # Pixels at a time: a dozen temporaries then fit a cache.


def color_memberships(rgb: ArrayLike) -> Floats:
    """Return how much of each basic color name a color has.

    The parametric fuzzy model of Benavente et al. (JOSA A 25, 2008), which the paper names for
    "red, or green, among others" (section 3.1): products of sigmoids in CIE L*a*b* (sRGB, D65),
    with the published table of two decimals, divided by their sum, which exceeds 1 here and there.

    The model was fitted inside the Munsell gamut, so saturated screen colors surprise: pure red
    (255, 0, 0) is orange, pure blue purple, magenta pink, cyan blue. It jumps at the lightness
    levels L = 31, 42, 51, 66 and 76.

    Parameters
    ----------
    rgb : array_like, shape (..., 3)
        sRGB colors in 0..255. float32 is computed in float32 (memberships then differ by about
        1e-4, and more where a color stands on the border of two levels), all else in float64.

    Returns
    -------
    numpy.ndarray, shape (..., 11)
        Memberships in [0, 1] in the order of `COLOR_NAMES`; they sum to 1.

    Raises
    ------
    ValueError
        If the last axis has not length 3.
    """
    colors = np.asarray(rgb)
    if colors.ndim == 0 or colors.shape[-1] != 3:
        raise ValueError(
            f"rgb has shape {colors.shape}: its last axis must hold the 3 channels R, G, B."
        )
    kind = np.dtype(np.float32 if colors.dtype == np.float32 else np.float64)
    flat = colors.reshape(-1, 3)
    out = np.empty((len(flat), len(COLOR_NAMES)), dtype=kind)
    for start in range(0, len(flat), _CHUNK):
        part = slice(start, start + _CHUNK)
        out[part] = lab_memberships(_lab(flat[part].astype(kind)))
    return out.reshape(*colors.shape[:-1], len(COLOR_NAMES))


def _lab(rgb: Floats) -> Floats:
    """Return CIE L*a*b* (D65), shape (colors, 3), of sRGB colors in 0..255."""
    coded = rgb.T / 255.0
    linear = np.where(coded > 0.04045, _power((coded + 0.055) / 1.055, 2.4), coded / 12.92)
    # Not by BLAS, which may round a color differently in other company.
    red, green, blue = _XYZ.T.astype(rgb.dtype)[:, :, np.newaxis] * linear[:, np.newaxis]
    relative = red + green + blue
    x, y, z = np.where(relative > 0.008856, _power(relative, 1 / 3), 7.787 * relative + 16 / 116)
    return np.stack([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)], axis=1)


def _power(base: Floats, exponent: float) -> Floats:
    """Return a power of numbers from 0 on; in float32 several times as fast as ``**``."""
    return np.exp(exponent * np.log(np.maximum(base, np.finfo(base.dtype).tiny)))


def lab_memberships(lab: Floats) -> Floats:
    """Return the memberships of colors given as L*a*b*.

    Parameters
    ----------
    lab : numpy.ndarray, shape (colors, 3)
        CIE L*a*b*, D65.

    Returns
    -------
    numpy.ndarray, shape (colors, 11)
        As `color_memberships`, in the type of `lab`.
    """
    levels = np.searchsorted(np.asarray(_LEVEL_ENDS, lab.dtype), lab[:, 0], side="left")
    # Level by level, so that each is a slice.
    order = np.argsort(levels.astype(np.uint8), kind="stable")
    ends = np.bincount(levels, minlength=len(_ELLIPSES)).cumsum()
    lightness, a, b = lab[order].T.copy()
    out = np.zeros((len(COLOR_NAMES), len(lab)), dtype=lab.dtype)
    with np.errstate(over="ignore"):  # exp overflows to infinity, whose inverse is the right 0.
        for level, (start, end) in enumerate(pairwise([0, *ends])):
            rows, found = _chromatic(a[start:end], b[start:end], level)
            out[rows, start:end] = found
        not_black = _sigmoid(lightness, *_BLACK_GRAY)
        white = _sigmoid(lightness, *_GRAY_WHITE)
    achromatic = np.maximum(0.0, 1.0 - out[:CHROMATIC].sum(axis=0))
    out[8] = achromatic * (1.0 - not_black)
    out[9] = achromatic * not_black * (1.0 - white)
    out[10] = achromatic * white
    out /= out.sum(axis=0)
    memberships = np.empty(out.T.shape, dtype=out.dtype)
    memberships[order] = out.T
    return memberships


def _sigmoid(x: Floats, center: float, slope: float) -> Floats:
    """Return the logistic function of slope `slope` about `center`."""
    return 1.0 / (1.0 + np.exp(-slope * (x - center)))


def _chromatic(a: Floats, b: Floats, level: int) -> tuple[NDArray[np.intp], Floats]:
    """Return which chromatic names a lightness level knows; memberships (names, colors)."""
    t_a, t_b, e_a, e_b, beta_e, phi = _ELLIPSES[level]
    x, y = a - t_a, b - t_b
    cos, sin = math.cos(math.radians(phi)), math.sin(math.radians(phi))
    radius = ((x * cos + y * sin) / e_a) ** 2 + ((-x * sin + y * cos) / e_b) ** 2
    ellipse = 1.0 + np.exp(-beta_e * (radius - 1.0))
    rows, along_x, along_y = _EDGES[level]
    first, second = 1.0 + np.exp(along_x.astype(x.dtype) * x + along_y.astype(x.dtype) * y)
    return rows, 1.0 / (ellipse * first * second)
