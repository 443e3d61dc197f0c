"""Neuron features pasted into blank images, where the central unit of their layer looks."""

import numpy as np
import torch
from torch import Tensor

from nfviz.atlas import Atlas
from nfviz.recording.neuron_feature import GRAY
from nfviz.recording.receptive_field import ReceptiveField
from nfviz.recording.windows import Windows


class FeatureCanvas:
    """Pastes the neuron features of one layer.

    Parameters
    ----------
    atlas : Atlas
        With features of the layer.
    layer : str
        Its name.

    Attributes
    ----------
    center : tuple of int or None
        Row and column of the unit in whose window features are pasted; None where windows are
        the whole image, and no unit is nearer to the feature than others.
    """

    def __init__(self, atlas: Atlas, layer: str) -> None:
        self._features, self._coverage = atlas.features[layer], atlas.coverage[layer]
        self._min_coverage = float(atlas.manifest["parameters"]["min_coverage"])
        self._size = tuple(atlas.manifest["image_size"])
        preprocessing = atlas.manifest["preprocessing"]
        self._mean = torch.tensor(preprocessing["mean"], dtype=torch.float64)
        self._std = torch.tensor(preprocessing["std"], dtype=torch.float64)
        row = atlas.layers.loc[layer].to_dict()
        whole = row["rf_status"] in ("whole image", "unknown")
        self.center = None if whole else (int(row["map_height"]) // 2, int(row["map_width"]) // 2)
        field = ReceptiveField(
            height=int(row["rf_height"]),
            width=int(row["rf_width"]),
            stride_y=int(row["stride_y"]),
            stride_x=int(row["stride_x"]),
            start_y=int(row["start_y"]),
            start_x=int(row["start_x"]),
            status=row["rf_status"],
        )
        at_row, at_col = (np.array([at]) for at in self.center or (0, 0))
        (corner,), (box,) = Windows(field, self._size).place(at_row, at_col)
        top, bottom, left, right = box.tolist()
        self._shown = slice(top, bottom), slice(left, right)
        y, x = corner.tolist()
        self._place = slice(y + top, y + bottom), slice(x + left, x + right)

    def paste(self, units: np.ndarray) -> Tensor:
        """Return the features of some units as normalized images (n, 3, height, width), float32.

        What no feature covers is zero: the mean color before normalization.
        """
        feature = self._features[units][:, *self._shown]
        images = torch.zeros((len(units), *self._size, 3))
        pixels = torch.from_numpy(feature.astype(np.float32))
        pixels = pixels.mul_((1 / (255 * self._std)).float()).sub_((self._mean / self._std).float())
        pixels[torch.from_numpy(self._uncovered(units, feature))] = 0
        images[:, *self._place] = pixels
        return images.permute(0, 3, 1, 2)

    def _uncovered(self, units: np.ndarray, feature: np.ndarray) -> np.ndarray:
        """Find the pixels of mid-gray that stand for no image at all.

        Coverage is stored with fewer digits than the average was made with: next to the limit,
        the color tells on which side a pixel was.
        """
        coverage = self._coverage[units][:, *self._shown]
        limit = self._min_coverage + np.finfo(coverage.dtype).eps
        found = (coverage <= limit) & (coverage < 1)
        found[found] = (feature[found] == GRAY).all(axis=-1)
        return found
