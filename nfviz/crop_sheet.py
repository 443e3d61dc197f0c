"""The first crops of every neuron of a layer, compressed, one strip of tiles per unit."""

import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

TILE = 64
"""Longest side of a stored crop in pixels; larger crops are reduced to it."""

_BLOCK = 8
_LOSSLESS_BELOW = 32
_QUALITY = 90


@dataclass(frozen=True, eq=False)
class CropSheet:
    """Crops of one layer: ``sheet[unit]`` gives those of one unit, best image first.

    Attributes
    ----------
    data : ndarray of uint8, shape (bytes,)
        The units' strips one after the other: PNG for tiles below 32 px, else JPEG (quality 90,
        4:4:4); tiles lie side by side, each padded to a multiple of 8 px so that none bleeds
        into the next.
    offsets : ndarray of int64, shape (units + 1,)
        Strip of unit ``u`` is ``data[offsets[u]:offsets[u + 1]]``; empty where it has no crops.
    tile : ndarray of int64, shape (2,)
        Height and width of a crop in the sheet, in pixels.
    """

    data: np.ndarray
    offsets: np.ndarray
    tile: np.ndarray

    def __len__(self) -> int:
        """Return the number of units."""
        return len(self.offsets) - 1

    def __getitem__(self, unit: int) -> np.ndarray:
        """Return the crops of one unit.

        Parameters
        ----------
        unit : int
            Channel number, from 0.

        Returns
        -------
        ndarray of uint8, shape (crops, height, width, 3)
            Pixels outside of the image are mid-gray.
        """
        if not 0 <= unit < len(self):
            raise IndexError(f"No unit {unit}: this layer has the units 0 to {len(self) - 1}.")
        height, width = (int(side) for side in self.tile)
        strip = bytes(self.data[self.offsets[unit] : self.offsets[unit + 1]])
        if not strip:
            return np.zeros((0, height, width, 3), np.uint8)
        with Image.open(io.BytesIO(strip), formats=["JPEG", "PNG"]) as picture:
            pixels = np.asarray(picture.convert("RGB"))
        step = width + -width % _BLOCK
        tiles = pixels.reshape(pixels.shape[0], -1, step, 3)[:height, :, :width]
        return np.ascontiguousarray(tiles.swapaxes(0, 1))

    def __iter__(self) -> Iterator[np.ndarray]:
        """Iterate over the crops of the units in turn."""
        return (self[unit] for unit in range(len(self)))


def tile_size(height: int, width: int) -> tuple[int, int]:
    """Return the size (height, width) in pixels at which crops of a field are stored."""
    longest = max(height, width, TILE)
    return max(1, round(height * TILE / longest)), max(1, round(width * TILE / longest))


def encode_strip(tiles: np.ndarray, quality: int = _QUALITY) -> bytes:
    """Compress the tiles (crops, height, width, 3) of one unit into one strip.

    `quality` is that of JPEG, for tiles of 32 px and more; smaller ones keep every pixel.
    """
    if not len(tiles):
        return b""
    count, height, width, _ = tiles.shape
    padded = (height + -height % _BLOCK, count, width + -width % _BLOCK, 3)
    strip = np.empty(padded, np.uint8)
    strip[:height, :, :width] = tiles.swapaxes(0, 1)
    strip[:height, :, width:] = strip[:height, :, width - 1 : width]
    strip[height:] = strip[height - 1 : height]
    picture, out = Image.fromarray(strip.reshape(padded[0], -1, 3)), io.BytesIO()
    if max(height, width) < _LOSSLESS_BELOW:
        # Repeated bytes alone are packed: half the time, and the size is that of a full search.
        picture.save(out, "PNG", compress_type=zlib.Z_RLE)
    else:
        picture.save(out, "JPEG", quality=quality, subsampling=0)
    return out.getvalue()


def join_strips(strips: Sequence[bytes], tile: tuple[int, int]) -> CropSheet:
    """Put the strips of all units of a layer into one sheet."""
    lengths = [len(strip) for strip in strips]
    offsets = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64)
    data = np.frombuffer(b"".join(strips), np.uint8)
    return CropSheet(data, offsets, np.array(tile, np.int64))
