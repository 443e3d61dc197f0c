"""Memberships of a color in the eleven basic color names (Benavente, Vanrell & Baldrich 2008)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from skimage.color import rgb2lab

if TYPE_CHECKING:
    from collections.abc import Iterator

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


# Lightness at which black turns to gray and gray to white, and how steeply.
_BLACK_GRAY = (28.28, 0.71)
_GRAY_WHITE = (79.65, 0.31)
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
        out[part] = lab_memberships(rgb2lab(flat[part].astype(kind) / 255.0))
    return out.reshape(*colors.shape[:-1], len(COLOR_NAMES))


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
    lightness, a, b = np.ascontiguousarray(lab.T)
    out = np.zeros((len(COLOR_NAMES), len(lab)), dtype=lab.dtype)
    levels = np.searchsorted(np.asarray(_LEVEL_ENDS, lab.dtype), lightness, side="left")
    with np.errstate(over="ignore"):  # exp overflows to infinity, whose inverse is the right 0.
        for level in range(len(_ELLIPSES)):
            chosen = np.flatnonzero(levels == level)
            if len(chosen):
                for row, membership in _chromatic(a[chosen], b[chosen], level):
                    out[row, chosen] = membership
        achromatic = np.maximum(0.0, 1.0 - out[:CHROMATIC].sum(axis=0))
        not_black = _sigmoid(lightness, *_BLACK_GRAY)
        white = _sigmoid(lightness, *_GRAY_WHITE)
        out[8] = achromatic * _sigmoid(lightness, _BLACK_GRAY[0], -_BLACK_GRAY[1])
        out[9] = achromatic * not_black * _sigmoid(lightness, _GRAY_WHITE[0], -_GRAY_WHITE[1])
        out[10] = achromatic * white
    out /= out.sum(axis=0)
    return out.T


def _sigmoid(x: Floats, center: float, slope: float) -> Floats:
    """Return the logistic function of slope `slope` about `center`."""
    return 1.0 / (1.0 + np.exp(-slope * (x - center)))


def _chromatic(a: Floats, b: Floats, level: int) -> Iterator[tuple[int, Floats]]:
    """Yield position and membership of each chromatic name that a lightness level knows."""
    t_a, t_b, e_a, e_b, beta_e, phi = _ELLIPSES[level]
    x, y = a - t_a, b - t_b
    cos, sin = _cos_sin(phi)
    radius = ((x * cos + y * sin) / e_a) ** 2 + ((-x * sin + y * cos) / e_b) ** 2
    ellipse = 1.0 + np.exp(-beta_e * (radius - 1.0))
    for row, name in enumerate(COLOR_NAMES[:CHROMATIC]):
        if level not in _SIGMOIDS[name]:
            continue
        alpha_a, alpha_b, beta_a, beta_b = _SIGMOIDS[name][level]
        cos_a, sin_a = _cos_sin(alpha_a)
        cos_b, sin_b = _cos_sin(alpha_b)
        first = 1.0 + np.exp(x * (-beta_b * cos_b) + y * (-beta_b * sin_b))
        second = 1.0 + np.exp(x * (beta_a * sin_a) + y * (-beta_a * cos_a))
        yield row, 1.0 / (ellipse * first * second)


def _cos_sin(degrees: float) -> tuple[float, float]:
    """Return cosine and sine as Python floats, which leave float32 arrays float32."""
    radians = math.radians(degrees)
    return math.cos(radians), math.sin(radians)
