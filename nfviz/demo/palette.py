"""The eight hues of the demonstration and the conversion of hue, saturation and value to RGB."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


class Hue(NamedTuple):
    """A named range of colors in hue, saturation and value.

    Attributes
    ----------
    name : str
        The word that names the class.
    center, jitter : float
        Center of the hue and its largest departure from it within the class, in degrees.
    saturation, value : tuple of float
        Smallest and largest saturation and value, in 0..1.
    """

    name: str
    center: float
    jitter: float
    saturation: tuple[float, float]
    value: tuple[float, float]


# A dark orange is called brown and a dark yellow olive: light ranges keep each word true.
HUES: tuple[Hue, ...] = (
    Hue("red", 359.0, 6.0, (0.78, 0.97), (0.72, 0.98)),
    Hue("orange", 28.0, 5.0, (0.78, 0.98), (0.90, 1.00)),
    Hue("yellow", 52.0, 5.0, (0.68, 0.95), (0.90, 1.00)),
    Hue("green", 125.0, 16.0, (0.58, 0.92), (0.55, 0.88)),
    Hue("cyan", 181.0, 7.0, (0.60, 0.95), (0.75, 0.98)),
    Hue("blue", 221.0, 9.0, (0.68, 0.95), (0.68, 0.98)),
    Hue("purple", 274.0, 10.0, (0.55, 0.88), (0.58, 0.92)),
    Hue("pink", 325.0, 8.0, (0.45, 0.75), (0.90, 1.00)),
)


def rgb_from_hsv(hue: Floats, saturation: Floats, value: Floats) -> Floats:
    """Convert hue, saturation and value to red, green and blue.

    Parameters
    ----------
    hue : ndarray, any shape
        Degrees; any real number, taken modulo 360.
    saturation, value : ndarray
        In 0..1, of shapes that broadcast with `hue`.

    Returns
    -------
    ndarray of float32, shape (3, ...)
        sRGB-coded values in 0..1.

    Examples
    --------
    >>> rgb_from_hsv(np.float32(120), np.float32(1), np.float32(0.5)).tolist()
    [0.0, 0.5, 0.0]
    """
    channels = []
    for offset in (5, 3, 1):
        sector = (offset + hue / 60) % 6
        ramp = np.clip(np.minimum(sector, 4 - sector), 0, 1)
        channels.append(value - value * saturation * ramp)
    return np.stack(channels).astype(np.float32)


def linear_color(hue: Floats, saturation: Floats, value: Floats) -> Floats:
    """Convert to linear intensities; from shape (images, 1, 1) to (images, 3, 1, 1), in 0..1."""
    return np.moveaxis(rgb_from_hsv(hue, saturation, value), 0, 1) ** 2


def hue_of_rgb(rgb: Floats) -> Floats:
    """Compute the hue of colors, as the hexagonal hue of HSV.

    Parameters
    ----------
    rgb : ndarray, shape (3, ...)
        Red, green and blue, on any common scale.

    Returns
    -------
    ndarray of float32, shape (...)
        Degrees in 0..360; 0 for a gray, which has no hue.
    """
    red, green, blue = np.asarray(rgb, dtype=np.float32)
    top = np.maximum(np.maximum(red, green), blue)
    spread = top - np.minimum(np.minimum(red, green), blue)
    safe = np.where(spread > 0, spread, 1)
    sixths = np.where(
        top == red,
        (green - blue) / safe,
        np.where(top == green, 2 + (blue - red) / safe, 4 + (red - green) / safe),
    )
    return np.where(spread > 0, (sixths * 60) % 360, 0).astype(np.float32)
