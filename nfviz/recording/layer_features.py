"""Neuron features, spread, coverage and crop sheet of one layer."""

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from tqdm.auto import tqdm

from nfviz.crop_sheet import CropSheet, encode_strip, join_strips
from nfviz.recording.crops import LayerCrops
from nfviz.recording.memory import Memory
from nfviz.recording.neuron_feature import GRAY, NeuronFeature, neuron_feature
from nfviz.recording.options import Options
from nfviz.recording.tiles import LayerTiles

HALF_ABOVE = 32 << 20
"""Bytes of a layer's neuron features from which they are kept in float16 instead of float32."""

# Units that a thread does in a row, in the same memory.
_IN_A_ROW = 8


@dataclass(frozen=True)
class LayerFeatures:
    """Of one layer: neuron features, spread and coverage, and the crop sheet if there is one."""

    features: np.ndarray
    spread: np.ndarray
    coverage: np.ndarray
    crops: CropSheet | None


def make_layer_features(
    crops: LayerCrops,
    tiles: LayerTiles,
    weights: np.ndarray,
    n_images: np.ndarray,
    n_tiles: np.ndarray,
    options: Options,
    memory: Memory,
    bar: tqdm,
) -> LayerFeatures:
    """Average and tile the crops of a layer's units.

    Parameters
    ----------
    crops : LayerCrops
        The layer's.
    tiles : LayerTiles
        The same, as they are shown.
    weights : ndarray of float64, shape (units, ranks)
        Relative activations.
    n_images : ndarray of int, shape (units,)
        How many ranks make a neuron feature.
    n_tiles : ndarray of int, shape (units,)
        How many are in the crop sheet.
    options : Options
        How.
    memory : Memory
        Where the arrays lie.
    bar : tqdm
        Moved on by one for each unit.
    """
    shape = (len(weights), *crops.shape)
    dtype = np.float32 if 3 * 4 * math.prod(shape) <= HALF_ABOVE else np.float16
    features = memory.empty((*shape, 3), dtype)
    spread, coverage = memory.empty(shape, dtype), memory.empty(shape, dtype)

    def do(start: int) -> list[bytes]:
        units = range(start, min(start + _IN_A_ROW, len(weights)))
        room = crops.room(n_images[units].max())
        for unit in units:
            ranks = crops.downward(unit, n_images[unit])
            made = _average(*crops.cut(unit, ranks, room), weights[unit, ranks], options)
            _write(made.feature, features[unit])
            _write(made.spread, spread[unit])
            _write(made.coverage, coverage[unit])
        return [encode_strip(tiles.make(unit, int(n_tiles[unit]))) for unit in units]

    strips: list[bytes] = []
    with _pool(options.workers) as pool:
        for some in pool.map(do, range(0, len(weights), _IN_A_ROW)):
            strips += some
            bar.update(len(some))
    sheet = join_strips(strips, tiles.size) if options.n_crops else None
    return LayerFeatures(features, spread, coverage, sheet)


@contextmanager
def _pool(workers: int) -> Iterator[ThreadPoolExecutor]:
    """Give threads in which torch starts none of its own."""
    threads = torch.get_num_threads()
    try:
        with ThreadPoolExecutor(
            max(1, workers), "nfviz-features", torch.set_num_threads, (1,)
        ) as pool:
            yield pool
    finally:
        # What a thread of the pool has set is the default of all threads that start later.
        torch.set_num_threads(threads)


def _average(
    crops: np.ndarray, boxes: np.ndarray, weights: np.ndarray, options: Options
) -> NeuronFeature:
    if not len(crops):
        size = crops.shape[2:]
        return NeuronFeature(np.full((*size, 3), GRAY), np.zeros(size), np.zeros(size))
    return neuron_feature(
        crops,
        weights,
        boxes,
        opponent=options.opponent,
        normalise=options.normalise,
        min_coverage=options.min_coverage,
    )


def _write(values: np.ndarray, row: np.ndarray) -> None:
    """Write values in the lower precision of the row, several times as fast as NumPy does."""
    torch.from_numpy(row).copy_(torch.from_numpy(values))
