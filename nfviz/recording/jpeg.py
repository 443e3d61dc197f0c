"""JPEG files of a folder, decoded by torchvision's own decoder where it gives PIL's pixels."""

import io
import os
from typing import Any, NamedTuple

import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import Subset
from torchvision import get_image_backend
from torchvision.datasets import DatasetFolder
from torchvision.datasets.folder import default_loader, pil_loader

from nfviz.recording.rgb import to_pixels

_SUFFIXES = (".jpg", ".jpeg", ".jpe")
_RGB = 3
_SCAN, _APP0, _APP14 = 0xDA, 0xE0, 0xEE
# Baseline and extended: each block comes whole. Decoders of different age fill in what a
# progressive file leaves out in different ways.
_FRAMES = (0xC0, 0xC1)
_ALONE = (0x01, *range(0xD0, 0xDA))
# So many files of each kind are decoded by both before one is trusted.
_TRIALS = 4


class _Kind(NamedTuple):
    """What a decoder's choices depend on: two files of one kind take the same way through it."""

    frame: int
    components: bytes
    jfif: bool
    adobe: bytes


class JpegFolder:
    """The JPEG files of an image folder as pixels.

    Decoding releases the interpreter's lock, and a tensor spares the copies that a picture costs.
    Of each kind of file (frame type, subsampling, color space), the first few are decoded by PIL
    too; a kind in which both differ is left to PIL.

    Parameters
    ----------
    dataset : Dataset
        For which `reads` is true.
    """

    def __init__(self, dataset: Any) -> None:
        self._dataset = dataset
        self._trials: dict[_Kind, int] = {}
        self._distrusted: set[_Kind] = set()

    @staticmethod
    def reads(dataset: Any) -> bool:
        """Whether a data set is a folder that opens files as torchvision does, or a part of one."""
        while type(dataset) is Subset:
            dataset = dataset.dataset
        if (
            not isinstance(dataset, DatasetFolder)
            or type(dataset).__getitem__ is not DatasetFolder.__getitem__
            or dataset.transform is not None
            or _decoder() is None
        ):
            return False
        loader = dataset.loader
        return loader is pil_loader or (loader is default_loader and get_image_backend() == "PIL")

    def read(self, image: int) -> tuple[Tensor, Any] | None:
        """Return pixels (3, height, width) and label, or None for what is left to the data set."""
        dataset: Any = self._dataset
        while type(dataset) is Subset:
            image, dataset = dataset.indices[image], dataset.dataset
        path, label = dataset.samples[image]
        pixels = self._decode(path)
        if pixels is None:
            return None
        if dataset.target_transform is not None:
            label = dataset.target_transform(label)
        return pixels, label

    def _decode(self, path: str | os.PathLike[str]) -> Tensor | None:
        decode = _decoder()
        if decode is None or not os.fspath(path).lower().endswith(_SUFFIXES):
            return None
        try:
            with open(path, "rb") as file:
                data = bytearray(file.read())
            kind = _kind(data)
            if kind is None or kind in self._distrusted:
                return None
            pixels: Tensor = decode(torch.frombuffer(data, dtype=torch.uint8), _RGB, False)
            trials = self._trials.get(kind, _TRIALS)
            if trials:
                self._trials[kind] = trials - 1
                if not torch.equal(pixels, to_pixels(Image.open(io.BytesIO(data)))):
                    self._distrusted.add(kind)
                    return None
        except (OSError, RuntimeError):
            # The data set reads it again, and says what is wrong if anything is.
            return None
        return pixels


def _decoder() -> Any:
    """Return torchvision's decoder, which its public name announces will go; None once it went."""
    try:
        return torch.ops.image.decode_jpeg
    except AttributeError:
        return None


def _kind(data: bytearray) -> _Kind | None:
    """Read a file's header; None for what PIL had better read, or refuse."""
    if data[:3] != b"\xff\xd8\xff":
        return None
    at, frame, components, jfif, adobe = 2, 0, b"", False, b""
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        segment = data[at + 4 : at + 2 + length] if marker != _SCAN else b""
        if marker in _FRAMES and not frame:
            frame, components = marker, bytes(segment[5:])
            if not _usable(bytes(segment)):
                return None
        elif (0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xCC)) or marker in _ALONE:
            return None
        elif marker == _APP0:
            jfif = jfif or segment[:5] == b"JFIF\0"
        elif marker == _APP14 and segment[:5] == b"Adobe":
            adobe = bytes(segment[11:12])
        elif marker == _SCAN:
            return _Kind(frame, components, jfif, adobe) if frame else None
        at += 2 + length
    return None


def _usable(frame: bytes) -> bool:
    """Whether a frame is gray or of three colors, and no decompression bomb."""
    if frame[5:6] not in (b"\1", b"\3"):
        return False
    pixels = int.from_bytes(frame[1:3], "big") * int.from_bytes(frame[3:5], "big")
    return Image.MAX_IMAGE_PIXELS is None or pixels <= Image.MAX_IMAGE_PIXELS
