"""Small beads strewn over the background, in every hue.

They are what keeps single patches of color from giving the class away: red is found in images of
every class, a red disk is not.
"""

import numpy as np
import numpy.typing as npt

from nfviz.demo.dice import Dice
from nfviz.demo.palette import rgb_from_hsv
from nfviz.demo.solid import Light
from nfviz.demo.textures import pixel_grid, rotate

Floats = npt.NDArray[np.float32]

SHARE_OF_CELLS = 0.6
# Each cell of a tilted lattice holds one bead at most; eight cells span the image's diagonal.
CELL, CELLS = 14.0, 8


def strew(dice: Dice, wall: Floats, light: Light, beaded: npt.NDArray[np.bool_]) -> Floats:
    """Strew beads over the backgrounds of some images.

    Parameters
    ----------
    dice : Dice
        Random numbers of the images.
    wall : ndarray, shape (images, 3, 64, 64)
        Linear background; not modified.
    light : Light
        Direction of the light.
    beaded : ndarray of bool, shape (images,)
        Which images get beads.

    Returns
    -------
    ndarray of float32, shape (images, 3, 64, 64)
        The background with its beads.
    """
    turn, beads = dice.uniform(0, np.pi / 2), dice.table(8, CELLS**2)[beaded]
    if not beaded.any():
        return wall
    x, y = (axis[beaded] / np.float32(CELL) for axis in rotate(*pixel_grid(), turn))
    column, row = np.floor(x), np.floor(y)
    cell = ((row + CELLS // 2) * CELLS + column + CELLS // 2).astype(np.intp).reshape(len(x), 1, -1)
    here = np.take_along_axis(_traits(beads), cell, axis=2).reshape(len(x), -1, *x.shape[1:])
    center_x, center_y, along_x, along_y, radius = np.moveaxis(here[:, :5], 1, 0)
    x, y = x - column - center_x, y - row - center_y
    stretch = np.clip((x * along_x + y * along_y) / (along_x**2 + along_y**2), -1, 1)
    x, y = x - stretch * along_x, y - stretch * along_y
    outside = (np.hypot(x, y) - radius) * np.float32(CELL)
    toward_light = (x * light.across[beaded] + y * light.down[beaded]) / radius
    bulge = np.clip(1 + 0.6 * toward_light, 0.3, 1.6)
    strewn = wall.copy()
    ground = wall[beaded] * (1 - 0.4 * np.clip(1 - outside / 3, 0, 1))[:, None]
    cover = np.clip(0.5 - outside, 0, 1)[:, None]
    strewn[beaded] = ground + (here[:, 5:] * bulge[:, None] - ground) * cover
    return strewn


def _traits(beads: Floats) -> Floats:
    """Turn uniform draws into center, half axis and radius in cells, and linear color."""
    present, across, down, angle, length, size, hue, value = np.moveaxis(beads, 1, 0)
    radius = np.where(present < SHARE_OF_CELLS, 0.19 + 0.08 * size, -1)
    half = 0.02 + 0.12 * length
    slack = 0.5 - 0.27 - 0.14
    color = rgb_from_hsv(hue * 360, 0.8 + 0.2 * across, 0.75 + 0.25 * value) ** 2
    place = (0.5 + slack * (2 * across - 1), 0.5 + slack * (2 * down - 1))
    axis = (half * np.cos(angle * 2 * np.pi), half * np.sin(angle * 2 * np.pi))
    return np.stack([*place, *axis, radius, *color], axis=1).astype(np.float32)
