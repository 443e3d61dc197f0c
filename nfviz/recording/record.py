"""The first reading: every image through the network once, every neuron's best images kept."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from nfviz.recording.borrow import borrowed
from nfviz.recording.hues import HueCensus
from nfviz.recording.images import NO_LABEL, ImageSource
from nfviz.recording.layers import Layer, find_layers
from nfviz.recording.options import Options
from nfviz.recording.ranking import Ranked, Ranking
from nfviz.recording.read_ahead import Batch, in_batches, read_ahead
from nfviz.recording.responses import Responses


@dataclass(frozen=True)
class Recording:
    """What one pass over the images leaves behind.

    Attributes
    ----------
    layers : list of Layer
        In the order in which they ran.
    ranked : Ranked
        Their neurons one after the other.
    labels : ndarray of int64, shape (images,)
        Class ids, -1 where there is none.
    digests : ndarray of uint64, shape (images,)
        Of each image's pixels.
    hues : DataFrame
        The data set's hue distribution.
    mean_color : list of 3 floats
        Its mean color in 0..255.
    memory_format : str
        In which the network ran.
    """

    layers: list[Layer]
    ranked: Ranked
    labels: np.ndarray
    digests: np.ndarray
    hues: pd.DataFrame
    mean_color: list[float]
    memory_format: str


def record(
    network: nn.Module,
    source: ImageSource,
    layers: Sequence[str] | None,
    device: torch.device,
    options: Options,
    progress: bool,
) -> Recording:
    """Run the network over all images and rank them for every neuron.

    Every batch has the same shape, the last one is filled up with zeros: convolutions of another
    batch size round differently, which would make the ranking depend on how images are cut.
    """
    batch_size = options.batch_size
    memory_format, found = _fit(network, source, layers, device)
    labels = np.full(len(source), NO_LABEL, np.int64)
    digests = np.zeros(len(source), np.uint64)
    census = HueCensus()
    neurons = sum(layer.units for layer in found)
    ranking = Ranking(neurons, min(options.n_ranked, len(source)), batch_size)
    bar = tqdm(total=len(source), desc="recording", unit="image", disable=not progress)
    todo = in_batches(np.arange(len(source)), batch_size)
    reading = closing(read_ahead(source, todo, options.workers))
    with bar, reading as batches, borrowed(network, device, memory_format):
        responses = Responses(found, batch_size, device)
        with responses.hooked(network):
            for batch in batches:
                network(_inputs(network, source, batch, batch_size, device, memory_format))
                count = len(batch.images)
                ranking.update(*responses.take(count), batch.images)
                census.update(batch.pixels.numpy())
                labels[batch.images], digests[batch.images] = batch.labels, batch.digests
                bar.update(count)
    return Recording(
        found,
        ranking.result(),
        labels,
        digests,
        census.hues(opponent=options.opponent),
        census.mean_color(),
        str(memory_format).removeprefix("torch."),
    )


def _fit(
    network: nn.Module,
    source: ImageSource,
    layers: Sequence[str] | None,
    device: torch.device,
) -> tuple[torch.memory_format, list[Layer]]:
    """Find the layers, and the faster memory format that the network's own code runs in."""
    image = next(read_ahead(source, [np.zeros(2, np.int64)], 0))
    for memory_format in (torch.channels_last, torch.contiguous_format):
        with borrowed(network, device, memory_format):
            try:
                inputs = _inputs(network, source, image, 2, device, memory_format)
                return memory_format, find_layers(network, inputs, layers)
            except RuntimeError:
                # Code such as x.view(len(x), -1) runs on contiguous maps only.
                if memory_format is torch.contiguous_format:
                    raise
    raise AssertionError


def _inputs(
    network: nn.Module,
    source: ImageSource,
    batch: Batch,
    batch_size: int,
    device: torch.device,
    memory_format: torch.memory_format,
) -> Tensor:
    if batch.inputs is None:
        images = source.normalize(batch.pixels.to(device))
    else:
        images = batch.inputs.to(device)
    if len(images) < batch_size:
        filled = images.new_zeros((batch_size, *images.shape[1:]))
        filled[: len(images)] = images
        images = filled
    parameter = next((p for p in network.parameters() if p.is_floating_point()), None)
    dtype = torch.float32 if parameter is None else parameter.dtype
    return images.to(dtype).contiguous(memory_format=memory_format)
