"""Cut the receptive fields of a layer's units out of images, to be averaged."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nfviz.recording.held_images import HeldImages
from nfviz.recording.layers import Layer
from nfviz.recording.windows import Windows

# Values of a crop up to which one indexing operation for all is quicker than a copy for each.
_SMALL = 1 << 13


class LayerCrops:
    """The crops of one layer.

    Parameters
    ----------
    layer : Layer
        Whose units.
    held : HeldImages
        The images.
    images, positions : ndarray of int, shape (units, ranks)
        What to cut for each unit: image number and row-major position in the unit's map.

    Attributes
    ----------
    shape : tuple of int
        Height and width of a crop.
    slots : ndarray of int64, shape (units, ranks)
        Where the image is held.
    corners : ndarray of int64, shape (units, ranks, 2)
        Top and left of the crop in its image, negative where it begins outside.
    """

    def __init__(
        self, layer: Layer, held: HeldImages, images: np.ndarray, positions: np.ndarray
    ) -> None:
        windows = Windows(layer.field, (held.levels.shape[2], held.levels.shape[3]))
        self.shape = windows.shape
        self.slots = np.searchsorted(held.numbers, images)
        rows, cols = np.divmod(positions.astype(np.int64), layer.map_width)
        self.corners, boxes = windows.place(rows, cols)
        whole = (boxes == [0, self.shape[0], 0, self.shape[1]]).all(axis=2)
        parts = self.corners.repeat(2, axis=2) + boxes
        self._table = np.dstack([boxes, parts, self.slots, whole])
        self._levels, self._views = held.levels, None
        if 3 * self.shape[0] * self.shape[1] <= _SMALL:
            self._views = sliding_window_view(held.levels, self.shape, axis=(2, 3))

    def downward(self, unit: int, count: int) -> np.ndarray:
        """Return the unit's first ranks by where their crops lie, from the top down."""
        return np.argsort(self.corners[unit, :count, 0], kind="stable")

    def room(self, count: int) -> np.ndarray:
        """Return memory for so many crops."""
        return np.empty((count, 3, *self.shape), np.int8)

    def cut(self, unit: int, ranks: np.ndarray, room: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Cut crops of a unit.

        Parameters
        ----------
        unit : int
            Channel number, from 0.
        ranks : ndarray of int, shape (n,)
            Which, in this order.
        room : ndarray of int8, shape (n or more, 3, height, width)
            Where to put them.

        Returns
        -------
        crops : ndarray of int8, shape (n, 3, height, width)
            RGB less `OUTSIDE`, so 0 outside of the image.
        boxes : ndarray of int64, shape (n, 4)
            The part of each that is image: top, bottom, left, right; bottom, right exclusive.
        """
        crops, table = room[: len(ranks)], self._table[unit, ranks]
        numbers = np.arange(len(ranks))
        if self._views is not None:
            inside = table[:, -1] == 1
            slots, top, left = table[inside][:, [8, 4, 6]].T
            crops[inside] = self._views[slots, :, top, left]
            numbers = numbers[~inside]
        for number, (top, bottom, left, right, y, y_end, x, x_end, slot, whole) in zip(
            numbers.tolist(), table[numbers].tolist(), strict=True
        ):
            crop, shown = crops[number], self._levels[slot, :, y:y_end, x:x_end]
            if whole:
                crop[:] = shown
            else:
                _blank(crop, top, bottom, left, right)
                crop[:, top:bottom, left:right] = shown
        return crops, table[:, :4]


def _blank(crop: np.ndarray, top: int, bottom: int, left: int, right: int) -> None:
    """Set what is outside of the image to 0; most crops that are not inside cross one border."""
    if top:
        crop[:, :top] = 0
    if bottom < crop.shape[1]:
        crop[:, bottom:] = 0
    if left:
        crop[:, top:bottom, :left] = 0
    if right < crop.shape[2]:
        crop[:, top:bottom, right:] = 0
