"""Resizing and cropping of pictures: PIL's pixels, by the faster kernel where both give them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from math import gcd
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import interpolate
from torchvision.transforms import Compose, InterpolationMode, v2
from torchvision.transforms import transforms as v1

from nfviz.recording.rgb import to_pixels, to_rgb

# Of the weights in torch's kernel for bytes, where the largest is above 1/2; PIL's have 22.
_BITS = 14


@dataclass(frozen=True)
class ResizeCrop:
    """Torchvision's Resize, CenterCrop, or the second behind the first.

    On pictures it gives PIL's pixels, whichever kernel makes them. Torch resizes bytes three times
    as fast, with weights of fewer bits; where the weights of a size have no more bits than that
    (from 224 to 256 they are sixteenths), both kernels compute the same sums and round them alike.

    Attributes
    ----------
    steps : callable
        Torchvision's own transforms.
    resize : tuple of 1 or 2 ints, or None
        Shorter side, or height and width.
    crop : (height, width) or None
        Of the center.
    bilinear : bool
        Whether pixels are interpolated linearly.
    """

    steps: Callable[[Any], Any]
    resize: tuple[int, ...] | None
    crop: tuple[int, int] | None
    bilinear: bool

    def __call__(self, image: Any) -> Any:
        """Transform an item's image: a picture as RGB, anything else by torchvision's own steps."""
        if not isinstance(image, Image.Image):
            return self.steps(image)
        picture = to_rgb(image)
        size = self._exact_size(picture.height, picture.width)
        return self.steps(picture) if size is None else self._apply(to_pixels(picture), size)

    def of_picture(self, pixels: Tensor) -> Tensor | Image.Image:
        """Transform the pixels (3, height, width) of a picture, as if they came as a picture."""
        size = self._exact_size(pixels.shape[1], pixels.shape[2])
        if size is None:
            picture: Tensor | Image.Image = self.steps(
                Image.fromarray(pixels.permute(1, 2, 0).contiguous().numpy())
            )
            return picture
        return self._apply(pixels, size)

    def _exact_size(self, height: int, width: int) -> tuple[int, int] | None:
        """Return the size to resize to, or None where the kernels could differ."""
        size = self._resized(height, width)
        if self.crop is not None and (self.crop[0] > size[0] or self.crop[1] > size[1]):
            return None
        if size == (height, width):
            return size
        exact = _few_bits(height, size[0]) and _few_bits(width, size[1])
        return size if self.bilinear and exact and _kernels_agree() else None

    def _resized(self, height: int, width: int) -> tuple[int, int]:
        if self.resize is None:
            return height, width
        if len(self.resize) == 2:
            return self.resize[0], self.resize[1]
        short, long = sorted((height, width))
        other = int(self.resize[0] * long / short)
        return (self.resize[0], other) if height <= width else (other, self.resize[0])

    def _apply(self, pixels: Tensor, size: tuple[int, int]) -> Tensor:
        if size != tuple(pixels.shape[1:]):
            pixels = _resample(pixels, size)
        if self.crop is None:
            return pixels
        top, left = (round((size[axis] - self.crop[axis]) / 2) for axis in (0, 1))
        return pixels[:, top : top + self.crop[0], left : left + self.crop[1]]


def recognize(steps: Sequence[Any]) -> ResizeCrop | None:
    """Return torchvision's Resize, CenterCrop, or both in this order, as one; None if it is not."""
    kinds = [(v1.Resize, v2.Resize), (v1.CenterCrop, v2.CenterCrop)]
    found: list[Any] = [None, None]
    rest = list(steps)
    for position, kind in enumerate(kinds):
        if rest and type(rest[0]) in kind:
            found[position] = rest.pop(0)
    resize, crop = found
    if rest or not steps or (resize is not None and resize.max_size):
        return None
    size = None
    if resize is not None:
        size = (resize.size,) if isinstance(resize.size, int) else tuple(resize.size)
    bilinear = resize is not None and resize.interpolation == InterpolationMode.BILINEAR
    return ResizeCrop(
        Compose(list(steps)), size, None if crop is None else tuple(crop.size), bilinear
    )


def pixel_route(transform: Any) -> Callable[[Tensor], Any] | None:
    """Return what gives for a picture's pixels what a transform gives for the picture, if known."""
    if transform is None:
        return _as_it_is
    if isinstance(transform, ResizeCrop):
        return transform.of_picture
    if isinstance(transform, Compose) and isinstance(
        transform.transforms[0], v2.ToImage | v2.PILToTensor
    ):
        return transform
    return None


def _as_it_is(pixels: Tensor) -> Tensor:
    return pixels


def _few_bits(old: int, new: int) -> bool:
    """Whether linear weights from `old` to `new` pixels fit into torch's bits.

    Upwards, pixel i takes two neighbors, weighted by multiples of 1 / (2 d), d the denominator of
    old / new; they sum to 1. Downwards they are divided by their sum, which is no power of two.
    """
    denominator = new // gcd(old, new)
    return old <= new and denominator.bit_count() == 1 and 2 * denominator <= 1 << _BITS


def _resample(pixels: Tensor, size: tuple[int, int]) -> Tensor:
    # Torch tells the memory format by the strides, and those of one image alone are ambiguous.
    batch = pixels.permute(1, 2, 0).contiguous()[None].permute(0, 3, 1, 2)
    return interpolate(batch, size, mode="bilinear", antialias=True)[0]


@cache
def _kernels_agree() -> bool:
    """Whether this machine's kernels give the same pixels by exact weights, tried once on noise."""
    noise = np.random.default_rng(0).integers(0, 256, (35, 56, 3), np.uint8)
    picture = Image.fromarray(noise)
    expected = to_pixels(picture.resize((64, 80), Image.Resampling.BILINEAR))
    return torch.equal(_resample(to_pixels(picture), (80, 64)), expected)
