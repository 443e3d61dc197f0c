"""Second reading: each needed image once, then the crops of every neuron, averaged and tiled."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torchvision.transforms.v2.functional import resize
from tqdm.auto import tqdm

from nfviz.crop_sheet import CropSheet, encode_strip, join_strips, tile_size
from nfviz.recording.images import ImageSource
from nfviz.recording.layers import Layer
from nfviz.recording.memory import Memory
from nfviz.recording.neuron_feature import GRAY, OUTSIDE, neuron_feature
from nfviz.recording.options import Options
from nfviz.recording.ranking import Ranked
from nfviz.recording.read_ahead import in_batches, read_ahead
from nfviz.recording.record import Recording
from nfviz.recording.windows import Windows

HALF_ABOVE = 32 << 20
"""Bytes of a layer's neuron features from which they are kept in float16 instead of float32."""


@dataclass(frozen=True)
class Features:
    """By layer: neuron features, spread and coverage, and the crop sheets."""

    features: dict[str, np.ndarray]
    spread: dict[str, np.ndarray]
    coverage: dict[str, np.ndarray]
    crops: dict[str, CropSheet]


def make_features(
    source: ImageSource,
    recording: Recording,
    weights: np.ndarray,
    n_images: np.ndarray,
    options: Options,
    progress: bool,
) -> Features:
    """Average the crops of every neuron.

    Parameters
    ----------
    source : ImageSource
        The images.
    recording : Recording
        The first reading, of the same images.
    weights : ndarray of float64, shape (neurons, ranks)
        Relative activations.
    n_images : ndarray of int, shape (neurons,)
        Size of each image set.
    options : Options
        How.
    progress : bool
        Show bars for the images read and the neurons done.
    """
    ranked = recording.ranked
    memory = Memory(options.max_memory)
    tiled = np.minimum((weights > 0).sum(axis=1), options.n_crops)
    shown = np.arange(weights.shape[1]) < np.maximum(n_images, tiled)[:, None]
    needed = np.unique(ranked.image[shown])
    bar = tqdm(total=len(needed), desc="reading crops", unit="image", disable=not progress)
    with bar:
        cache = _read(source, needed, recording.digests, options, memory, bar)
    result = Features({}, {}, {}, {})
    start = 0
    with tqdm(total=len(weights), desc="features", unit="neuron", disable=not progress) as bar:
        for layer in recording.layers:
            rows = slice(start, start + layer.units)
            start += layer.units
            part = _LayerCrops(layer, source.size, cache, needed, ranked, weights, rows)
            _average_layer(part, n_images[rows], options, memory, result, bar)
            if options.n_crops:
                result.crops[layer.name] = _tile_layer(part, tiled[rows], options.workers)
    return result


def _read(
    source: ImageSource,
    needed: np.ndarray,
    digests: np.ndarray,
    options: Options,
    memory: Memory,
    bar: tqdm,
) -> np.ndarray:
    """Read the needed images as (n, 3, height, width)."""
    cache = memory.empty((len(needed), 3, *source.size), np.uint8)
    filled = 0
    for batch in read_ahead(source, in_batches(needed, options.batch_size), options.workers):
        changed = batch.images[batch.digests != digests[batch.images]]
        if len(changed):
            raise ValueError(
                f"image {changed[0]} has other pixels than when its activation was recorded. "
                "Neuron features are cut from a second reading: use deterministic transforms and "
                "leave the files alone while nfviz.analyze runs."
            )
        cache[filled : filled + len(batch.images)] = batch.pixels.numpy()
        filled += len(batch.images)
        bar.update(len(batch.images))
    return cache


class _LayerCrops:
    """Cuts the crops of one layer's units out of the cached images."""

    def __init__(
        self,
        layer: Layer,
        size: tuple[int, int],
        cache: np.ndarray,
        needed: np.ndarray,
        ranked: Ranked,
        weights: np.ndarray,
        rows: slice,
    ) -> None:
        self.layer = layer
        self.windows = Windows(layer.field, size)
        self.weights = weights[rows]
        self._cache, self._needed = cache, needed
        self._images, self._positions = ranked.image[rows], ranked.position[rows]

    def cut(self, unit: int, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the first `count` crops (count, 3, height, width) and their boxes."""
        positions = self._positions[unit, :count].astype(np.int64)
        map_rows, map_cols = np.divmod(positions, self.layer.map_width)
        corners, boxes = self.windows.place(map_rows, map_cols)
        slots = np.searchsorted(self._needed, self._images[unit, :count])
        crops = np.empty((count, 3, *self.windows.shape), np.uint8)
        height, width = self.windows.shape
        if (boxes != [0, height, 0, width]).any():
            crops[:] = OUTSIDE
        edges = np.concatenate([corners, boxes], axis=1).tolist()
        for crop, slot, (y, x, top, bottom, left, right) in zip(
            crops, slots.tolist(), edges, strict=True
        ):
            crop[:, top:bottom, left:right] = self._cache[
                slot, :, y + top : y + bottom, x + left : x + right
            ]
        return crops, boxes


def _average_layer(
    part: _LayerCrops,
    n_images: np.ndarray,
    options: Options,
    memory: Memory,
    result: Features,
    bar: tqdm,
) -> None:
    shape = (part.layer.units, *part.windows.shape)
    dtype = np.float32 if 3 * 4 * np.prod(shape, dtype=np.int64) <= HALF_ABOVE else np.float16
    features = memory.empty((*shape, 3), dtype)
    spread, coverage = memory.empty(shape, dtype), memory.empty(shape, dtype)

    def average(unit: int) -> None:
        count = int(n_images[unit])
        if not count:
            features[unit], spread[unit], coverage[unit] = GRAY, 0, 0
            return
        crops, boxes = part.cut(unit, count)
        made = neuron_feature(
            crops,
            part.weights[unit, :count],
            boxes,
            opponent=options.opponent,
            normalise=options.normalise,
            min_coverage=options.min_coverage,
        )
        features[unit], spread[unit], coverage[unit] = made.feature, made.spread, made.coverage

    with ThreadPoolExecutor(max(1, options.workers)) as pool:
        for _ in pool.map(average, range(part.layer.units)):
            bar.update(1)
    result.features[part.layer.name] = features
    result.spread[part.layer.name] = spread
    result.coverage[part.layer.name] = coverage


def _tile_layer(part: _LayerCrops, counts: np.ndarray, workers: int) -> CropSheet:
    size = tile_size(*part.windows.shape)

    def strip(unit: int) -> bytes:
        crops, _ = part.cut(unit, int(counts[unit]))
        if size != part.windows.shape and len(crops):
            crops = resize(torch.from_numpy(crops), list(size), antialias=True).numpy()
        return encode_strip(crops.transpose(0, 2, 3, 1))

    with ThreadPoolExecutor(max(1, workers)) as pool:
        return join_strips(list(pool.map(strip, range(len(counts)))), size)
