"""The background: gradients, clouds and patterns in hues that keep away from the object's."""

import numpy as np
import numpy.typing as npt

from nfviz.demo.beads import strew
from nfviz.demo.dice import Dice
from nfviz.demo.palette import linear_color
from nfviz.demo.solid import Light
from nfviz.demo.textures import paint, pixel_grid, rotate, smooth_noise

Floats = npt.NDArray[np.float32]

BACKDROPS = ("plain", "stripes", "checks", "dots")
BACKDROP_SHARES = (0.40, 0.30, 0.12, 0.18)
GRAY_SHARE = 0.25
# Beads on a calm background and on a patterned one.
BEADED_SHARES = (0.75, 0.35)
# Degrees: the nearest that the hue of a background comes to the hue of its object.
CLEARANCE = 55


def backdrop(dice: Dice, hue: Floats, light: Light) -> Floats:
    """Paint the background of a batch of images.

    Parameters
    ----------
    dice : Dice
        Random numbers of the images.
    hue : ndarray, shape (images,)
        Hue of each object in degrees.
    light : Light
        Direction of the light, which falls off across the background.

    Returns
    -------
    ndarray of float32, shape (images, 3, 64, 64)
        Linear red, green and blue, about 0..1.
    """
    across, down = pixel_grid()
    size = across.size
    clouds = smooth_noise(dice.normal(2, 5, 5), size)
    plaster = smooth_noise(dice.normal(24, 24), size)
    first, second = _two_colors(dice, hue[:, None, None])
    kind = dice.choice(BACKDROP_SHARES)
    color = first + (second - first) * _mix(dice, kind, clouds[:, 0])[:, None]
    toward_light = (light.across * across + light.down * down) / size
    lit = 1 + np.float32(0.5) * toward_light + np.float32(0.06) * clouds[:, 1]
    rise_x, rise_y = np.gradient(plaster, axis=2), np.gradient(plaster, axis=1)
    roughness = np.maximum(dice.uniform(-0.10, 0.22), 0)
    lit += roughness * (rise_x * light.across + rise_y * light.down)
    wall = color * np.maximum(lit, np.float32(0.1))[:, None]
    beaded = dice.uniform(0, 1).ravel() < np.where(kind == 0, *BEADED_SHARES)
    return strew(dice, wall, light, beaded)


def _two_colors(dice: Dice, hue: Floats) -> tuple[Floats, Floats]:
    away = dice.uniform(CLEARANCE, 360 - CLEARANCE)
    near = np.clip(away + dice.uniform(-50, 50), CLEARANCE, 360 - CLEARANCE)
    apart = dice.choice((0.6, 0.4))[:, None, None] == 1
    other = np.where(apart, dice.uniform(CLEARANCE, 360 - CLEARANCE), near)
    gray = dice.choice((1 - GRAY_SHARE, GRAY_SHARE))[:, None, None] == 1
    strength = np.where(gray, np.float32(0.06), dice.uniform(0.3, 1.2))
    value, contrast = dice.uniform(0.4, 1.0), dice.uniform(0.12, 0.4)
    lower = np.where(value > 0.65, value - contrast, value + contrast)
    return (
        linear_color(hue + away, np.minimum(strength * dice.uniform(0.65, 1), 1), value),
        linear_color(hue + other, np.minimum(strength * dice.uniform(0.65, 1), 1), lower),
    )


def _mix(dice: Dice, kind: npt.NDArray[np.intp], cloud: Floats) -> Floats:
    across, down = pixel_grid()
    narrowest = np.where(kind == 1, 6, 9)[:, None, None]
    period = dice.uniform(narrowest, 19)
    x, y = rotate(across, down, dice.uniform(0, np.pi))
    # A warp turns stripes into marble and leaves most patterns straight.
    warp = np.maximum(dice.uniform(-1.0, 0.7), 0) * cloud
    pattern = paint(kind, BACKDROPS, x / period + warp, y / period + warp)
    ramp = x / across.size * dice.uniform(-1.2, 1.2)
    soft = np.clip(0.5 + ramp + dice.uniform(0, 0.45) * cloud, 0, 1)
    is_plain = (kind == 0)[:, None, None]
    blend = np.where(is_plain, 0, dice.uniform(0.65, 1))
    return (blend * pattern + (1 - blend) * soft).astype(np.float32)
