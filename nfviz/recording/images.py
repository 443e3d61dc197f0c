"""Images in: one item of any supported kind becomes pixels, a label and a row of the batch."""

import math
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from nfviz.recording.items import Unfit, count_items, one_line, part_item, reason_of
from nfviz.recording.jpeg import JpegFolder
from nfviz.recording.preprocessing import Preprocessing
from nfviz.recording.resize_crop import pixel_route
from nfviz.recording.rgb import eight_bits, to_pixels

NO_LABEL = -1
# Bicubic resizing of floats overshoots; images in other units are off by much more.
_SLACK = 64.0


class BadImage(ValueError):
    """One image cannot be used.

    Attributes
    ----------
    reason : str
        Why, in one line, without the image's number and the same in every run.
    """

    def __init__(self, image: int, reason: str) -> None:
        super().__init__(f"image {image} cannot be used: {reason}")
        self.reason = reason


class ImageSource:
    """A map-style data set, read through one preprocessing.

    Parameters
    ----------
    dataset : map-style Dataset of (image, class id)
        An image is a uint8 RGB tensor (3, height, width), a PIL image of any mode whose range is
        known, or a float tensor that is normalized already; the class id may be None or -1, or
        missing. Tensors of uint16 are divided by 257.
    preprocessing : Preprocessing
        What to do with each image.
    class_names : mapping of int to str, optional
        Names of the classes; every label must have one.
    most_bad : int
        So many of the first images may be of no use.

    Attributes
    ----------
    first : int
        Number of the first image that can be used: all others have to be of its kind.
    size : (height, width)
        Of every image.
    normalized : bool
        Whether the images are floats, normalized already.

    Raises
    ------
    ValueError
        If the data set has no length or is empty, more than `most_bad` images come before the
        first that can be used, or that one reads differently the second time.
    """

    def __init__(
        self,
        dataset: Any,
        preprocessing: Preprocessing,
        class_names: Mapping[int, str] | None = None,
        most_bad: int = 0,
    ) -> None:
        if not count_items(dataset):
            raise ValueError("images is empty. Pass a data set of at least one image.")
        self.dataset = dataset
        self.preprocessing = preprocessing
        self.class_names = class_names
        self._transform: Callable[[Any], Any] | None = None
        self._route: Callable[[Tensor], Any] | None = None
        self._jpegs = JpegFolder(dataset) if JpegFolder.reads(dataset) else None
        self.first, pixels, floats = self._find_first(most_bad)
        self.size: tuple[int, int] = (pixels.shape[1], pixels.shape[2])
        self.normalized = floats is not None
        if not torch.equal(pixels, self.read(self.first)[0]):
            raise ValueError(
                f"images gives other pixels when image {self.first} is read again. Neuron features "
                "are cut from a second reading: use deterministic transforms."
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
        """Read one image: pixels (3, height, width) uint8, the normalized tensor if any, label.

        Raises
        ------
        BadImage
            If it cannot be read, or is not of a kind that is accepted, or not like the first.
        """
        try:
            pixels, floats, label = self._read(image)
            self._check_alike(pixels, floats)
        except Exception as error:
            raise BadImage(image, reason_of(error)) from error
        return pixels, floats, label

    def normalize(self, pixels: Tensor) -> Tensor:
        """Return (x / 255 - mean) / std as float32, on the device of the pixels."""
        scale, shift = (factor.to(pixels.device) for factor in self._affine)
        return pixels.float().mul_(scale).add_(shift)

    @cached_property
    def _affine(self) -> tuple[Tensor, Tensor]:
        mean = torch.tensor(self.preprocessing.mean, dtype=torch.float64).reshape(-1, 1, 1)
        std = torch.tensor(self.preprocessing.std, dtype=torch.float64).reshape(-1, 1, 1)
        scale, shift = 1 / (255 * std), -mean / std
        return scale.float(), shift.float()

    def _find_first(self, most_bad: int) -> tuple[int, Tensor, Tensor | None]:
        """Return the first image that can be used, and choose the transform by it."""
        failures = []
        for image in range(len(self)):
            try:
                self._transform = self._choose_transform(image)
                self._route = None if self._jpegs is None else pixel_route(self._transform)
                pixels, floats, _ = self._read(image)
                return image, pixels, floats
            except Exception as error:
                failures.append(BadImage(image, reason_of(error)))
                if len(failures) > most_bad:
                    break
        tried = len(failures)
        more = f". None of the first {tried} images can be used." if tried > 1 else ""
        raise ValueError(f"{failures[0]}{more}") from failures[0]

    def _choose_transform(self, image: int) -> Callable[[Any], Any] | None:
        """Take the geometry alone where it ends in bytes; else all, and recover the pixels."""
        whole, geometry = self.preprocessing.whole, self.preprocessing.geometry
        if whole is None:
            return None
        value, _ = part_item(self.dataset[image])
        try:
            result = value if geometry is None else geometry(value)
        except Exception:
            # Made for what the conversion behind it gives, or wrong: reading with all of it tells.
            return whole
        in_bytes = isinstance(result, Tensor) and result.dtype == torch.uint8
        return geometry if in_bytes or isinstance(result, Image.Image) else whole

    def _read(self, image: int) -> tuple[Tensor, Tensor | None, int]:
        value, label = self._transformed(image)
        if isinstance(value, Image.Image):
            value = to_pixels(value)
        if (
            not isinstance(value, Tensor)
            or value.ndim != 3
            or value.shape[0] != 3
            or 0 in value.shape
        ):
            got = tuple(value.shape) if isinstance(value, Tensor) else f"a {type(value).__name__}"
            raise Unfit(
                f"it is {got}; it accepts a uint8 or float tensor (3, height, width) or a PIL image"
            )
        number = _label(label, self.class_names)
        if type(value) is not Tensor or not value.is_cpu or value.layout is not torch.strided:
            value = value.to_dense().as_subclass(Tensor).cpu()
        if value.dtype == torch.uint8:
            return value, None, number
        if value.dtype == torch.uint16:
            return torch.from_numpy(eight_bits(value.numpy())), None, number
        if not value.is_floating_point():
            raise Unfit(f"it has dtype {value.dtype}; it accepts uint8, uint16 or float")
        floats = value.detach().float()
        return self._recover(floats), floats, number

    def _transformed(self, image: int) -> tuple[Any, Any]:
        """Return an item's image behind the transform, and its label."""
        if self._jpegs is not None and self._route is not None:
            found = self._jpegs.read(image)
            if found is not None:
                return self._route(found[0]), found[1]
        value, label = part_item(self.dataset[image])
        return (value if self._transform is None else self._transform(value)), label

    def _recover(self, values: Tensor) -> Tensor:
        """Return the bytes that normalized floats were made of."""
        if self.preprocessing.mean is None:
            return torch.zeros_like(values, dtype=torch.uint8)
        scale, shift = self._affine
        pixels = (values - shift) / scale
        low, high = pixels.amin().item(), pixels.amax().item()
        if not math.isfinite(low + high):
            raise Unfit("its pixels hold NaN or infinity")
        if not (low >= -_SLACK and high <= 255 + _SLACK):
            raise Unfit(
                f"its pixels, recovered with mean and std, lie in [{low:.0f}, {high:.0f}] instead "
                "of [0, 255]. Pass the mean and std with which the images were normalized"
            )
        return pixels.round().clamp(0, 255).to(torch.uint8)

    def _check_alike(self, pixels: Tensor, floats: Tensor | None) -> None:
        if pixels.shape[1:] == self.size and (floats is not None) == self.normalized:
            return
        kinds = {True: " (float)", False: ""}
        here = "x".join(map(str, pixels.shape[1:])) + kinds[floats is not None]
        first = "x".join(map(str, self.size)) + kinds[self.normalized]
        raise Unfit(
            f"it is {here}, image {self.first} is {first}: all images must be alike. Resize and "
            "crop them with preprocess="
        )


def _label(label: Any, names: Mapping[int, str] | None) -> int:
    if label is None:
        return NO_LABEL
    try:
        value = label.item() if isinstance(label, Tensor | np.ndarray | np.generic) else label
        number = int(value)
        if number != value or not NO_LABEL <= number < 2**63:
            raise ValueError
    except (TypeError, ValueError, OverflowError, RuntimeError):
        raise Unfit(
            f"it has the label {one_line(repr(label))}; labels are class ids (integers from 0), "
            "None or -1. Number the classes and pass their names as classes="
        ) from None
    if names is not None and number not in names and number != NO_LABEL:
        raise Unfit(
            f"it has the label {number}, which is none of the {len(names)} that classes names. "
            "Pass a list of names in the order of the labels, or a mapping of label to name"
        )
    return number
