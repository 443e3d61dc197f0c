"""From arrays of the recording to the tables of the record."""

import hashlib
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch

from nfviz.neuron_index import neuron_index
from nfviz.recording.images import NO_LABEL
from nfviz.recording.layers import Layer
from nfviz.recording.ranking import Ranked
from nfviz.recording.record import Recording

_TOLERANCE = 1e-6
_WNID = re.compile(r"n\d{8}")


def relative_activations(ranked: Ranked) -> np.ndarray:
    """Return w = max(a, 0) / a_max (neurons, ranks) in float64; NaN for dead neurons and no image.

    The response of a ReLU unit is read before the ReLU, so that zero or less means that it is
    silent: such an image has no weight.
    """
    activations = ranked.activation.astype(np.float64)
    activations[np.arange(activations.shape[1]) >= ranked.count[:, None]] = np.nan
    highest = activations[:, :1]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(highest > 0, np.maximum(activations, 0) / highest, np.nan)


def count_images(weights: np.ndarray, min_activation: float, n_max: int) -> np.ndarray:
    """Return the size of each image set: w > 0 and w >= min_activation - 1e-6, n_max at most."""
    chosen = (weights > 0) & (weights >= min_activation - _TOLERANCE)
    return np.minimum(chosen.sum(axis=1), n_max)


def neuron_table(layers: Sequence[Layer], ranked: Ranked, n_images: np.ndarray) -> pd.DataFrame:
    """Make the table of neurons with what the recording itself says of them."""
    units = [layer.units for layer in layers]
    index = neuron_index(
        [layer.name for layer in layers],
        np.repeat(np.arange(len(layers)), units),
        unit=np.concatenate([np.arange(count) for count in units]),
    )
    highest = ranked.activation[:, 0].astype(np.float64)
    highest[ranked.count == 0] = np.nan
    states = np.select(
        [np.isnan(highest), highest > 0, highest == 0], ["not finite", "live", "silent"], "negative"
    )
    columns = {
        "max_activation": highest,
        "dead": ~(highest > 0),
        "state": pd.Categorical(states, ["live", "silent", "negative", "not finite"]),
        "n_images": n_images,
        "nonfinite": ranked.nonfinite,
    }
    return pd.DataFrame(columns, index=index)


def ranked_table(layers: Sequence[Layer], ranked: Ranked, weights: np.ndarray) -> pd.DataFrame:
    """Make the table of ranked images: one row for each rank that is taken."""
    taken = np.arange(weights.shape[1]) < ranked.count[:, None]
    units = np.array([layer.units for layer in layers])
    layer = np.repeat(np.arange(len(layers)), units)
    unit = np.concatenate([np.arange(count) for count in units])
    neuron, rank = np.nonzero(taken)
    widths = np.array([one.map_width for one in layers])[layer[neuron]]
    rows, cols = np.divmod(ranked.position[taken], widths)
    columns = {
        "image": ranked.image[taken],
        "activation": ranked.activation[taken],
        "weight": weights[taken],
        "row": rows.astype(np.int32),
        "col": cols.astype(np.int32),
    }
    names = [one.name for one in layers]
    index = neuron_index(names, layer[neuron], unit=unit[neuron], rank=rank)
    return pd.DataFrame(columns, index=index)


def layer_table(layers: Sequence[Layer]) -> pd.DataFrame:
    """Make the table of layers."""
    rows = [
        {
            "depth": depth,
            "units": layer.units,
            "map_height": layer.map_height,
            "map_width": layer.map_width,
            "rf_height": layer.field.height,
            "rf_width": layer.field.width,
            "stride_y": layer.field.stride_y,
            "stride_x": layer.field.stride_x,
            "start_y": layer.field.start_y,
            "start_x": layer.field.start_x,
            "rf_status": layer.field.status,
        }
        for depth, layer in enumerate(layers)
    ]
    index = pd.Index([layer.name for layer in layers], dtype="str", name="layer")
    return pd.DataFrame(rows, index=index)


def image_table(dataset: Any, recording: Recording) -> pd.DataFrame:
    """Make the table of images, with paths where the data set lists them as ImageFolder does."""
    labels, bad = recording.labels, recording.bad
    index = pd.RangeIndex(len(labels), name="image")
    table = pd.DataFrame({"label": labels, "digest": recording.digests}, index=index)
    table["reason"] = pd.Series([bad.get(image) for image in index], index=index, dtype="str")
    paths = image_paths(dataset)
    if paths is not None:
        table["path"] = pd.Series(paths, index=index, dtype="str")
    return table


def response_table(recording: Recording, index: pd.Index) -> pd.DataFrame:
    """Make the table of the statistics over all images."""
    return pd.DataFrame(recording.statistics.moments(), index=index)


def class_means(recording: Recording, classes: Iterable[int]) -> dict[str, np.ndarray]:
    """Return by layer the mean responses (units, classes)."""
    means = recording.statistics.class_means(list(classes))
    ends = np.cumsum([layer.units for layer in recording.layers])[:-1]
    names = [layer.name for layer in recording.layers]
    return dict(zip(names, np.split(means, ends), strict=True))


def image_names(dataset: Any) -> np.ndarray:
    """Return what tells the images apart without reading them (images,) uint64; 0 for nothing.

    A hash of folder, file and label, as far as the data set lists them: where it lies does not
    matter.
    """
    paths, labels = image_paths(dataset), image_labels(dataset)
    if paths is None and labels is None:
        return np.zeros(len(dataset), np.uint64)
    ends = [""] * len(dataset) if paths is None else paths
    ends = ["/".join(path.replace("\\", "/").rsplit("/", 2)[-2:]) for path in ends]
    known = [""] * len(dataset) if labels is None else labels
    texts = (f"{end} {label}" for end, label in zip(ends, known, strict=True))
    hashes = (
        hashlib.blake2b(text.encode(errors="surrogateescape"), digest_size=8) for text in texts
    )
    return np.frombuffer(b"".join(one.digest() for one in hashes), "<u8").astype(np.uint64)


def image_labels(dataset: Any) -> list[str] | None:
    """Return the images' labels where the data set lists them as torchvision's do."""
    if hasattr(dataset, "indices") and hasattr(dataset, "dataset"):
        inner = image_labels(dataset.dataset)
        return None if inner is None else [inner[position] for position in dataset.indices]
    targets = getattr(dataset, "targets", None)
    if isinstance(targets, list | np.ndarray | torch.Tensor) and len(targets) == len(dataset):
        return [str(label) for label in np.asarray(targets).tolist()]
    return None


def image_paths(dataset: Any) -> list[str] | None:
    """Return the images' paths where the data set lists them as ImageFolder does."""
    if hasattr(dataset, "indices") and hasattr(dataset, "dataset"):
        inner = image_paths(dataset.dataset)
        return None if inner is None else [inner[position] for position in dataset.indices]
    samples = getattr(dataset, "samples", None)
    if isinstance(samples, list) and len(samples) == len(dataset):
        paths = [sample[0] for sample in samples]
        if all(isinstance(path, str | os.PathLike) for path in paths):
            return [os.fspath(path) for path in paths]
    return None


def class_names(
    dataset: Any, classes: Sequence[str] | Mapping[int, str] | None
) -> dict[int, str] | None:
    """Return the classes' names by label: the caller's, else the data set's own, else None."""
    if classes is None:
        own = getattr(dataset, "classes", None)
        if isinstance(own, list | tuple | np.ndarray):
            # ImageNet's are tuples of synonyms.
            return {n: str(c[0] if isinstance(c, tuple) else c) for n, c in enumerate(own)}
        inner = getattr(dataset, "dataset", None)
        return None if inner is None else class_names(inner, None)
    if isinstance(classes, str) or not isinstance(classes, Mapping | Sequence | np.ndarray):
        raise ValueError(
            f"classes is {classes!r}; it accepts a list of names in the order of the labels, or a "
            "mapping of label to name."
        )
    named = classes if isinstance(classes, Mapping) else dict(enumerate(classes))
    return {int(label): str(name) for label, name in named.items()}


def class_table(labels: np.ndarray, names: Mapping[int, str] | None) -> pd.DataFrame:
    """Make the table of classes; without names a class is called by its label."""
    if names is None:
        names = {label: str(label) for label in set(labels.tolist()) - {NO_LABEL}}
    index = pd.Index(sorted(names), dtype="int64", name="label")
    column = pd.Series([names[label] for label in index], index=index, dtype="str")
    table = pd.DataFrame({"name": column}, index=index)
    if len(names) and all(_WNID.fullmatch(name) for name in names.values()):
        table["wnid"] = table["name"]
    return table
