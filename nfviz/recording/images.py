"""Images in: one item of any supported kind becomes pixels, a label and a row of the batch."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms.functional import pil_to_tensor

from nfviz.recording.preprocessing import Preprocessing

NO_LABEL = -1
# Bicubic resizing of floats overshoots; images in other units are off by much more.
_SLACK = 64.0


class ImageSource:
    """A map-style data set, read through one preprocessing.

    Parameters
    ----------
    dataset : map-style Dataset of (image, class id)
        An image is a uint8 RGB tensor (3, height, width), a PIL image, or a float tensor that is
        normalized already; the class id may be None or -1, or missing.
    preprocessing : Preprocessing
        What to do with each image.
    class_names : mapping of int to str, optional
        Names of the classes; every label must have one.

    Raises
    ------
    ValueError
        If the data set has no length or is empty, its first item is not of a supported kind, or
        reads differently the second time.
    """

    def __init__(
        self,
        dataset: Any,
        preprocessing: Preprocessing,
        class_names: Mapping[int, str] | None = None,
    ) -> None:
        if not hasattr(dataset, "__getitem__") or not hasattr(dataset, "__len__"):
            raise ValueError(
                f"images is a {type(dataset).__name__}; it accepts a map-style Dataset, with a "
                "length and items (image, class id). Collect a generator into a list first."
            )
        if not len(dataset):
            raise ValueError("images is empty. Pass a data set of at least one image.")
        self.dataset = dataset
        self.preprocessing = preprocessing
        self.class_names = class_names
        self._transform = self._choose_transform()
        pixels, floats, _ = self.read(0)
        self.size: tuple[int, int] = (pixels.shape[1], pixels.shape[2])
        self.normalized = floats is not None
        if not torch.equal(pixels, self.read(0)[0]):
            raise ValueError(
                "images gives other pixels when image 0 is read again. Neuron features are cut "
                "from a second reading: use deterministic transforms."
            )
        if preprocessing.mean is None:
            kind = "already normalized images" if self.normalized else "uint8 images"
            raise ValueError(
                f"mean and std are missing, but needed for {kind}. Pass those that the network "
                "was trained with, in units of 0..1 (mean=0, std=1 for pixels / 255), or "
                "preprocess=weights.transforms()."
            )

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.dataset)

    def read(self, image: int) -> tuple[Tensor, Tensor | None, int]:
        """Read one image: pixels (3, height, width) uint8, the normalized tensor if any, label."""
        try:
            value, label = self._item(image)
            if self._transform is not None:
                value = self._transform(value)
        except Exception as error:
            raise ValueError(
                f"image {image} could not be read: {type(error).__name__}: {error}"
            ) from error
        if isinstance(value, Image.Image):
            value = pil_to_tensor(value.convert("RGB"))
        if not isinstance(value, Tensor) or value.ndim != 3 or value.shape[0] != 3:
            got = tuple(value.shape) if isinstance(value, Tensor) else type(value).__name__
            raise ValueError(
                f"image {image} is {got}; it accepts a uint8 or float tensor (3, height, width) "
                "or a PIL image."
            )
        if value.dtype == torch.uint8:
            return value, None, self._label(image, label)
        if not value.is_floating_point():
            raise ValueError(f"image {image} has dtype {value.dtype}; it accepts uint8 or float.")
        return self._pixels(image, value.float()), value.float(), self._label(image, label)

    def normalize(self, pixels: Tensor) -> Tensor:
        """Return (x / 255 - mean) / std as float32, on the device of the pixels."""
        scale, shift = self._affine(pixels.device)
        return pixels.float().mul_(scale).add_(shift)

    def _affine(self, device: torch.device) -> tuple[Tensor, Tensor]:
        mean = torch.tensor(self.preprocessing.mean, dtype=torch.float64).reshape(-1, 1, 1)
        std = torch.tensor(self.preprocessing.std, dtype=torch.float64).reshape(-1, 1, 1)
        scale, shift = 1 / (255 * std), -mean / std
        return scale.to(device, torch.float32), shift.to(device, torch.float32)

    def _pixels(self, image: int, values: Tensor) -> Tensor:
        if self.preprocessing.mean is None:
            return torch.zeros_like(values, dtype=torch.uint8)
        scale, shift = self._affine(values.device)
        pixels = (values - shift) / scale
        low, high = pixels.amin().item(), pixels.amax().item()
        if not (low >= -_SLACK and high <= 255 + _SLACK):
            raise ValueError(
                f"image {image}: its pixels, recovered with mean and std, lie in "
                f"[{low:.0f}, {high:.0f}] instead of [0, 255]. Pass the mean and std with which "
                "the images were normalized."
            )
        return pixels.round().clamp(0, 255).to(torch.uint8)

    def _choose_transform(self) -> Callable[[Any], Any] | None:
        """Take the geometry alone where it ends in bytes; else all, and recover the pixels."""
        whole, geometry = self.preprocessing.whole, self.preprocessing.geometry
        if whole is None:
            return None
        value, _ = self._item(0)
        try:
            result = value if geometry is None else geometry(value)
        except Exception:
            # Made for what the conversion behind it gives, or wrong: reading with all of it tells.
            return whole
        in_bytes = isinstance(result, Tensor) and result.dtype == torch.uint8
        return geometry if in_bytes or isinstance(result, Image.Image) else whole

    def _item(self, image: int) -> tuple[Any, Any]:
        """Return the image and the label of an item; a bare image has none."""
        item = self.dataset[image]
        if isinstance(item, tuple | list):
            if len(item) != 2:
                raise ValueError(
                    f"image {image} is an item of {len(item)} parts; it accepts (image, class id)."
                )
            return item[0], item[1]
        return item, None

    def _label(self, image: int, label: Any) -> int:
        if label is None:
            return NO_LABEL
        try:
            number = int(label)
            if number != label or not NO_LABEL <= number < 2**63:
                raise ValueError
        except (TypeError, ValueError, OverflowError):
            raise ValueError(
                f"image {image} has the label {label!r}; labels are class ids (integers from 0), "
                "None or -1. Number the classes and pass their names as classes=."
            ) from None
        if self.class_names is not None and number not in self.class_names and number != NO_LABEL:
            raise ValueError(
                f"image {image} has the label {number}, but classes names no such class (it names "
                f"{len(self.class_names)}). Pass a list of names in the order of the labels, or a "
                "mapping of label to name."
            )
        return number
