"""Crops out of held images: for averaging, pixel by pixel, and as tiles."""

import numpy as np
import pytest
from PIL import Image

from nfviz.crop_sheet import encode_strip, join_strips
from nfviz.recording.crops import LayerCrops
from nfviz.recording.held_images import HeldImages
from nfviz.recording.layers import Layer
from nfviz.recording.neuron_feature import OUTSIDE
from nfviz.recording.receptive_field import ReceptiveField
from nfviz.recording.tiles import LayerTiles, halvings

NUMBERS = np.array([2, 3, 7, 11, 20])


def held(pixels, times=()):
    """Hold images (n, 3, height, width), halved by the mean of four pixels."""
    reduced, small = {}, pixels.transpose(0, 2, 3, 1).astype(float)
    for number in range(1, max(times, default=0) + 1):
        small = small[:, : small.shape[1] // 2 * 2, : small.shape[2] // 2 * 2]
        small = (small[:, ::2, ::2] + small[:, 1::2, ::2] + small[:, ::2, 1::2]) / 4
        reduced[number] = np.rint(small).astype(np.uint8)
    return HeldImages(NUMBERS, (pixels.astype(np.int16) - OUTSIDE).astype(np.int8), reduced)


def layer(field, side):
    return Layer("conv", "conv", 1, 2, side, side, ReceptiveField(*field, "exact"))
