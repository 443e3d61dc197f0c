"""Where in an image the crop of a unit lies."""

from dataclasses import dataclass

import numpy as np

from nfviz.recording.receptive_field import ReceptiveField


@dataclass(frozen=True)
class Windows:
    """Where the crops of a layer lie.

    A field larger than the image is cut to the image's size about its center.

    Parameters
    ----------
    field : ReceptiveField
        Of the layer.
    size : tuple of int
        Height and width of the images.
    """

    field: ReceptiveField
    size: tuple[int, int]

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of a crop in pixels."""
        return min(self.field.height, self.size[0]), min(self.field.width, self.size[1])

    def place(self, rows: np.ndarray, cols: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return corners (..., 2) in the image and boxes (..., 4) in the crop of units (row, col).

        A corner is the top and left of the window, negative where that begins outside of the
        image. A box is what of the crop is image: top, bottom, left, right; bottom and right
        exclusive.
        """
        field, (height, width) = self.field, self.shape
        top = field.start_y + rows * field.stride_y + (field.height - height) // 2
        left = field.start_x + cols * field.stride_x + (field.width - width) // 2
        boxes = np.stack(
            [
                np.clip(-top, 0, height),
                np.clip(self.size[0] - top, 0, height),
                np.clip(-left, 0, width),
                np.clip(self.size[1] - left, 0, width),
            ],
            axis=-1,
        )
        return np.stack([top, left], axis=-1), boxes
