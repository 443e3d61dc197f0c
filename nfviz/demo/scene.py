"""One lit, textured shape over a background: the renderer of the demonstration images."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nfviz.demo.backdrop import backdrop
from nfviz.demo.dice import Dice
from nfviz.demo.palette import HUES
from nfviz.demo.shapes import SHAPES
from nfviz.demo.solid import cast_light, place, relief, shadow, surface
from nfviz.demo.textures import SIZE

Floats = npt.NDArray[np.float32]


class Scenes(NamedTuple):
    """A batch of rendered images with the truth about each.

    Attributes
    ----------
    images : ndarray of uint8, shape (images, 3, 64, 64)
        sRGB-coded red, green and blue.
    labels : ndarray of int, shape (images,)
        Class of each image: eight times the number of the shape plus the number of the hue.
    hues : ndarray of float32, shape (images,)
        Hue of the object's paint, before texture and light, in degrees 0..360.
    masks : ndarray of float32, shape (images, 64, 64)
        Share of each pixel that the object covers, in 0..1.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.intp]
    hues: Floats
    masks: Floats


def render(seed: int, indices: Sequence[int]) -> Scenes:
    """Render images, each from nothing but the seed and its own number.

    Parameters
    ----------
    seed : int
        Seed of the collection, at least 0.
    indices : sequence of int
        Numbers of the images, each at least 0. The class is the number modulo 48.

    Returns
    -------
    Scenes
        Images and truth, in the order of `indices`.
    """
    dice = Dice(seed, indices)
    labels = np.asarray(indices, np.intp) % (len(SHAPES) * len(HUES))
    light = cast_light(dice)
    solid = place(dice, labels // len(HUES))
    shading, gloss = relief(dice, solid, light)
    hue, color = surface(dice, solid, labels % len(HUES))
    behind = backdrop(dice, hue, light) * (1 - shadow(dice, solid, light)[:, None])
    mask = np.clip(np.float32(0.5) - solid.distance, 0, 1)
    linear = behind + (color * shading + gloss - behind) * mask[:, None]
    # Light adds up in linear intensity; the square root codes it nearly as sRGB does, but fast.
    coded = 255 * np.sqrt(np.clip(linear, 0, 1)) + _grain(dice)
    return Scenes(np.clip(np.rint(coded), 0, 255).astype(np.uint8), labels, hue, mask)


def _grain(dice: Dice) -> Floats:
    return (dice.uniform(0.3, 3.0) * dice.normal(SIZE, SIZE))[:, None]
