"""Images in: one item of any supported kind becomes pixels, a label and a row of the batch."""

import hashlib
from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms.functional import pil_to_tensor

from nfviz.recording.preprocessing import Preprocessing

NO_LABEL = -1
_LOOKAHEAD = 3
_SLACK = 2.0


@dataclass(frozen=True)
class Batch:
    """Images of consecutive positions in a list of image numbers.

    Attributes
    ----------
    images : ndarray of int64, shape (n,)
        Image numbers.
    labels : ndarray of int64, shape (n,)
        Class ids, -1 where there is none.
    digests : ndarray of uint64, shape (n,)
        First eight bytes of the SHA-256 of the pixels (height, width, 3).
    pixels : Tensor of uint8, shape (n, 3, height, width)
        RGB, as the network sees them, before normalization.
    inputs : Tensor of float32 or None, shape (n, 3, height, width)
        Where the items came normalized already.
    """

    images: np.ndarray
    labels: np.ndarray
    digests: np.ndarray
    pixels: Tensor
    inputs: Tensor | None


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
            item = self.dataset[image]
            value, label = (
                item if isinstance(item, tuple | list) and len(item) == 2 else (item, None)
            )
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
        item = self.dataset[0]
        value = item[0] if isinstance(item, tuple | list) and len(item) == 2 else item
        result = value if geometry is None else geometry(value)
        floating = isinstance(result, Tensor) and result.is_floating_point()
        return whole if floating else geometry

    def _label(self, image: int, label: Any) -> int:
        if label is None:
            return NO_LABEL
        try:
            number = int(label)
            if number != label or number < NO_LABEL:
                raise ValueError
        except (TypeError, ValueError):
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


def read_ahead(
    source: ImageSource, images: Sequence[int] | np.ndarray, batch_size: int, workers: int
) -> Generator[Batch, None, None]:
    """Read images batch by batch in threads, a few batches ahead of the consumer.

    Parameters
    ----------
    source : ImageSource
        Where they come from; its data set is read from several threads at once.
    images : sequence of int
        Image numbers, in the order wanted.
    batch_size : int
        Images in a batch; the last may hold fewer.
    workers : int
        Threads; 0 reads in the calling thread.
    """
    images = np.asarray(images, np.int64)
    starts = range(0, len(images), batch_size)
    if not workers:
        for start in starts:
            batch = _empty(source, images[start : start + batch_size])
            _fill(source, batch, 0, len(batch.images))
            yield batch
        return
    chunk = max(1, batch_size // (2 * workers))
    with ThreadPoolExecutor(workers, thread_name_prefix="nfviz-read") as pool:
        pending: deque[tuple[Batch, list[Future[None]]]] = deque()
        try:
            for start in starts:
                batch = _empty(source, images[start : start + batch_size])
                cuts = range(0, len(batch.images), chunk)
                tasks = [pool.submit(_fill, source, batch, cut, chunk) for cut in cuts]
                pending.append((batch, tasks))
                if len(pending) > _LOOKAHEAD:
                    yield _finished(*pending.popleft())
            while pending:
                yield _finished(*pending.popleft())
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _finished(batch: Batch, tasks: list[Future[None]]) -> Batch:
    for task in tasks:
        task.result()
    return batch


def _empty(source: ImageSource, images: np.ndarray) -> Batch:
    shape = (len(images), 3, *source.size)
    pixels = torch.empty(shape, dtype=torch.uint8, memory_format=torch.channels_last)
    inputs = None
    if source.normalized:
        inputs = torch.empty(shape, dtype=torch.float32, memory_format=torch.channels_last)
    labels = np.full(len(images), NO_LABEL, np.int64)
    return Batch(images, labels, np.zeros(len(images), np.uint64), pixels, inputs)


def _fill(source: ImageSource, batch: Batch, start: int, count: int) -> None:
    for row in range(start, min(start + count, len(batch.images))):
        image = int(batch.images[row])
        pixels, floats, batch.labels[row] = source.read(image)
        if pixels.shape[1:] != batch.pixels.shape[2:] or (floats is None) == source.normalized:
            kinds = {True: " (float)", False: ""}
            here = "x".join(map(str, pixels.shape[1:])) + kinds[floats is not None]
            first = "x".join(map(str, source.size)) + kinds[source.normalized]
            raise ValueError(
                f"image {image} is {here}, image 0 is {first}: all images must be alike. Resize "
                "and crop them with preprocess=."
            )
        batch.pixels[row] = pixels
        if batch.inputs is not None and floats is not None:
            batch.inputs[row] = floats
        batch.digests[row] = _digest(batch.pixels[row])


def _digest(pixels: Tensor) -> int:
    rows = pixels.permute(1, 2, 0).contiguous().numpy()
    return int.from_bytes(hashlib.sha256(rows.data).digest()[:8], "little")
