"""The object in the foreground: its pose, its lit relief, its textured surface, its shadow."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nfviz.demo.dice import Dice
from nfviz.demo.palette import HUES, linear_color
from nfviz.demo.shapes import SHAPES
from nfviz.demo.textures import paint, pixel_grid, rotate

Floats = npt.NDArray[np.float32]

SURFACES = ("plain", "stripes", "checks", "dots")
SURFACE_SHARES = (0.40, 0.22, 0.16, 0.22)
# Daylight: warm light from the sun, cool light from the sky.
SUN = np.array([1.06, 1.00, 0.92], np.float32).reshape(3, 1, 1)
SKY = np.array([0.92, 0.98, 1.10], np.float32).reshape(3, 1, 1)


class Light(NamedTuple):
    """Unit vector toward the light: to the right, down, and out of the image."""

    across: Floats
    down: Floats
    out: Floats


class Solid(NamedTuple):
    """The geometry of the objects of a batch.

    Attributes
    ----------
    shape : ndarray of int, shape (images,)
        Position in `SHAPES`.
    x, y : ndarray, shape (images, 64, 64)
        Coordinates of the object: upright, centered, in units of its radius.
    radius, turn : ndarray, shape (images, 1, 1)
        In pixels and in radians.
    distance : ndarray, shape (images, 64, 64)
        Signed distance to the outline in pixels, negative inside.
    """

    shape: npt.NDArray[np.intp]
    x: Floats
    y: Floats
    radius: Floats
    turn: Floats
    distance: Floats


def cast_light(dice: Dice) -> Light:
    """Draw the direction of the light, always from somewhere above."""
    azimuth, slant = dice.uniform(np.radians(-150), np.radians(-30)), dice.uniform(0.55, 0.75)
    return Light(slant * np.cos(azimuth), slant * np.sin(azimuth), np.sqrt(1 - slant**2))


def place(dice: Dice, shape: npt.NDArray[np.intp]) -> Solid:
    """Draw size, position and a moderate rotation of the objects of these shapes."""
    radius, turn = dice.uniform(16, 23), dice.uniform(np.radians(-22), np.radians(22))
    across, down = pixel_grid()
    slack = np.float32(30) - radius
    x, y = rotate(
        across - slack * dice.uniform(-0.75, 0.75), down - slack * dice.uniform(-0.75, 0.75), turn
    )
    x, y = x / radius, y / radius
    return Solid(shape, x, y, radius, turn, _distance(shape, x, y) * radius)


def relief(dice: Dice, solid: Solid, light: Light) -> tuple[Floats, Floats]:
    """Light the beveled object.

    Returns
    -------
    shading : ndarray, shape (images, 3, 64, 64)
        Factor on the linear color of the surface.
    gloss : ndarray, shape (images, 1, 64, 64)
        Linear intensity of the highlight, to add to it.
    """
    inner_radius = -solid.distance.min(axis=(1, 2), keepdims=True)
    bevel = inner_radius * dice.uniform(0.35, 1.05)
    tilt = np.clip(1 + solid.distance / bevel, 0, 1) * dice.uniform(0.70, 0.96)
    right = np.gradient(solid.distance, axis=2) * tilt
    down = np.gradient(solid.distance, axis=1) * tilt
    out = np.sqrt(np.clip(1 - right**2 - down**2, 0, 1))
    facing = np.maximum(right * light.across + down * light.down + out * light.out, 0)
    # The halfway vector between the light and a viewer straight in front.
    half = np.sqrt(2 + 2 * light.out)
    mirror = (right * light.across + down * light.down + out * (light.out + 1)) / half
    gloss = dice.uniform(0, 0.55) * np.clip(mirror, 0, 1) ** 40
    shading = np.float32(0.28) * SKY + np.float32(0.92) * SUN * facing[:, None]
    return shading, gloss[:, None]


def surface(dice: Dice, solid: Solid, hue_number: npt.NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Paint the object in its hue, with a texture in lightness and slightly in hue.

    Returns
    -------
    hue : ndarray, shape (images,)
        Hue of the paint in degrees 0..360.
    color : ndarray, shape (images, 3, 64, 64)
        Linear red, green and blue in 0..1.
    """
    drawn = [HUES[number] for number in hue_number]
    center, jitter = _columns([(h.center, h.jitter) for h in drawn])
    hue = center + dice.uniform(-jitter, jitter)
    saturation = dice.uniform(*_columns([h.saturation for h in drawn]))
    value = dice.uniform(*_columns([h.value for h in drawn]))
    darker = dice.uniform(0.66, 0.86)
    deeper = np.minimum(saturation * 1.1, 1)
    first = linear_color(hue, saturation, value)
    second = linear_color(hue + dice.uniform(-6, 6), deeper, value * darker)
    x, y = rotate(solid.x, solid.y, dice.uniform(0, np.pi))
    frequency = dice.uniform(2.2, 3.4)
    phase = dice.uniform(0, 1)
    kind = dice.choice(SURFACE_SHARES)
    share = paint(kind, SURFACES, x * frequency + phase, y * frequency + phase)[:, None]
    return hue.ravel() % 360, first + (second - first) * share


def shadow(dice: Dice, solid: Solid, light: Light) -> Floats:
    """Let the object throw a soft shadow; shape (images, 64, 64), the share of light it takes."""
    height, softness = dice.uniform(4, 9), dice.uniform(2.5, 8)
    shift_x, shift_y = rotate(light.across, light.down, solid.turn)
    reach = height / solid.radius
    x, y = solid.x + shift_x * reach, solid.y + shift_y * reach
    blocked = np.clip(0.5 - _distance(solid.shape, x, y) * solid.radius / softness, 0, 1)
    return dice.uniform(0.35, 0.7) * blocked**2 * (3 - 2 * blocked)


def _distance(shape: npt.NDArray[np.intp], x: Floats, y: Floats) -> Floats:
    distance = np.empty(x.shape, np.float32)
    for number, function in enumerate(SHAPES.values()):
        chosen = shape == number
        distance[chosen] = function(x[chosen], y[chosen])
    return distance


def _columns(pairs: list[tuple[float, float]]) -> tuple[Floats, Floats]:
    table = np.asarray(pairs, np.float32)[:, :, None, None]
    return table[:, 0], table[:, 1]
