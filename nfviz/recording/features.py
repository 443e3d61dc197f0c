"""Second reading: each needed image once, then the crops of every neuron, averaged and tiled."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from tqdm.auto import tqdm

from nfviz.bundle import Parts
from nfviz.consistency import check_layer
from nfviz.crop_sheet import CropSheet
from nfviz.recording.crops import LayerCrops
from nfviz.recording.held_images import hold_images
from nfviz.recording.images import ImageSource
from nfviz.recording.layer_features import LayerFeatures, make_layer_features
from nfviz.recording.layers import Layer
from nfviz.recording.memory import Memory
from nfviz.recording.options import Options
from nfviz.recording.record import Recording
from nfviz.recording.store import Results
from nfviz.recording.tiles import LayerTiles, halvings
from nfviz.recording.windows import Windows

_ARRAYS = ("features", "spread", "coverage")


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
    results: Results | None = None,
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
    results : Results, optional
        Where each layer is kept as soon as it is done, and taken from if it is there.
    """
    ranked, memory = recording.ranked, Memory(options.max_memory)
    n_tiles = np.minimum((weights > 0).sum(axis=1), options.n_crops)
    cut = np.maximum(n_images, n_tiles)
    ends = np.cumsum([layer.units for layer in recording.layers])
    places = [slice(end - one.units, end) for one, end in zip(recording.layers, ends, strict=True)]
    kept = [_kept(results, *one) for one in enumerate(recording.layers)]
    wanted = np.arange(weights.shape[1]) < cut[:, None]
    for rows, there in zip(places, kept, strict=True):
        wanted[rows] &= there is None
    needed = np.unique(ranked.image[wanted])
    shapes = [Windows(layer.field, source.size).shape for layer in recording.layers]
    times = {halvings(shape) for shape in shapes if options.n_crops} - {0}
    held = hold_images(source, needed, times, recording.digests, options, memory, progress)
    result = Features({}, {}, {}, {})
    with tqdm(total=len(weights), desc="features", unit="neuron", disable=not progress) as bar:
        for position, (layer, rows) in enumerate(zip(recording.layers, places, strict=True)):
            made = kept[position]
            if made is None:
                ranks = rows, slice(cut[rows].max())
                crops = LayerCrops(layer, held, ranked.image[ranks], ranked.position[ranks])
                made = make_layer_features(
                    crops,
                    LayerTiles(crops, held),
                    weights[ranks],
                    n_images[rows],
                    n_tiles[rows],
                    options,
                    memory,
                    bar,
                )
                made = _keep(results, position, made)
            else:
                bar.update(layer.units)
            result.features[layer.name] = made.features
            result.spread[layer.name] = made.spread
            result.coverage[layer.name] = made.coverage
            if made.crops is not None:
                result.crops[layer.name] = made.crops
    return result


def _kept(results: Results | None, position: int, layer: Layer) -> LayerFeatures | None:
    def take(parts: Parts) -> LayerFeatures:
        kept = _from_arrays(parts.arrays)
        crops = {} if kept.crops is None else {layer.name: kept.crops}
        found = {name: {layer.name: getattr(kept, name)} for name in _ARRAYS}
        check_layer({**found, "crops": crops}, layer.name, layer.units)
        return kept

    return None if results is None else results.read(f"features-{position:03}", take)


def _keep(results: Results | None, position: int, made: LayerFeatures) -> LayerFeatures:
    """Write a layer to the store, and have it there instead of in memory."""
    if results is None:
        return made
    arrays = {name: getattr(made, name) for name in _ARRAYS}
    if made.crops is not None:
        arrays |= {f"crops/{name}": array for name, array in vars(made.crops).items()}
    parts = results.write(f"features-{position:03}", Parts({}, arrays, {}))
    return _from_arrays(parts.arrays)


def _from_arrays(arrays: Mapping[str, np.ndarray]) -> LayerFeatures:
    start = "crops/"
    sheet = {k.removeprefix(start): v for k, v in arrays.items() if k.startswith(start)}
    crops = CropSheet(**sheet) if sheet else None
    return LayerFeatures(arrays["features"], arrays["spread"], arrays["coverage"], crops)
