"""Crops as they are shown: the first of each unit, reduced to tiles."""

import numpy as np
import torch
from torchvision.transforms.v2.functional import resize

from nfviz.crop_sheet import tile_size
from nfviz.recording.crops import LayerCrops
from nfviz.recording.held_images import HeldImages
from nfviz.recording.neuron_feature import OUTSIDE


def halvings(shape: tuple[int, int]) -> int:
    """Return how often crops of a shape may be halved before they are reduced to tiles."""
    return (max(shape) // max(tile_size(*shape))).bit_length() - 1


class LayerTiles:
    """The tiles of one layer.

    Crops of twice the size of a tile or more are cut out of images that have been halved, which
    moves them by less than a tile's pixel.

    Parameters
    ----------
    crops : LayerCrops
        The layer's crops.
    held : HeldImages
        The images, reduced as `halvings` says for the shape of the crops.
    """

    def __init__(self, crops: LayerCrops, held: HeldImages) -> None:
        self.size = tile_size(*crops.shape)
        self._crops = crops
        self._reduced = held.reduced.get(halvings(crops.shape))
        self._full_size = held.levels.shape[2:]

    def make(self, unit: int, count: int) -> np.ndarray:
        """Return the unit's first tiles, uint8 (count, height, width, 3)."""
        if self._reduced is None:
            tiles = self._whole(unit, count)
        else:
            tiles = self._halved(unit, count, self._reduced)
        if tiles.shape[1:3] == self.size or not count:
            return tiles.reshape(count, *self.size, 3)
        # Colors side by side: the layout in which resizing is quick.
        planes = torch.from_numpy(tiles).permute(0, 3, 1, 2)
        return resize(planes, list(self.size), antialias=True).permute(0, 2, 3, 1).numpy()

    def _whole(self, unit: int, count: int) -> np.ndarray:
        crops, _ = self._crops.cut(unit, np.arange(count), self._crops.room(count))
        tiles = np.empty((count, *self._crops.shape, 3), np.uint8)
        for channel in range(3):
            np.bitwise_xor(crops[:, channel].view(np.uint8), OUTSIDE, out=tiles[..., channel])
        return tiles

    def _halved(self, unit: int, count: int, images: np.ndarray) -> np.ndarray:
        scale = np.divide(images.shape[1:3], self._full_size)
        height, width = np.rint(scale * self._crops.shape).astype(int).clip(1).tolist()
        corners = np.rint(scale * self._crops.corners[unit, :count]).astype(int).tolist()
        tiles = np.full((count, height, width, 3), OUTSIDE, np.uint8)
        slots = self._crops.slots[unit, :count].tolist()
        for tile, slot, (y, x) in zip(tiles, slots, corners, strict=True):
            part = images[slot, max(y, 0) : max(y + height, 0), max(x, 0) : max(x + width, 0)]
            top, left = max(-y, 0), max(-x, 0)
            tile[top : top + part.shape[0], left : left + part.shape[1]] = part
        return tiles
