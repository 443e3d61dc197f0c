"""A network made ready to be read, and the passes that read it."""

from collections.abc import Generator, Iterable, Sequence
from contextlib import closing

import numpy as np
import torch
from torch import Tensor, nn

from nfviz.recording.borrow import borrowed
from nfviz.recording.images import ImageSource
from nfviz.recording.layers import Layer, find_layers
from nfviz.recording.read_ahead import Batch, read_ahead
from nfviz.recording.responses import Responses
from nfviz.recording.shard import Shard


class Recorder:
    """Runs a network over batches of images and reads the maxima of its neurons.

    Every batch has the same shape, the last one is filled up with zeros: convolutions of another
    batch size round differently, which would make the ranking depend on how images are cut.

    Parameters
    ----------
    network : torch.nn.Module
        Lent for each pass and given back untouched.
    source : ImageSource
        The images.
    layers : sequence of str or None
        See `find_layers`.
    device : torch.device
        Where the network runs.
    batch_size : int
        Images in every batch.

    Attributes
    ----------
    layers : list of Layer
        In the order in which they ran.
    memory_format : torch.memory_format
        The faster one that the network's own code runs in.
    """

    def __init__(
        self,
        network: nn.Module,
        source: ImageSource,
        layers: Sequence[str] | None,
        device: torch.device,
        batch_size: int,
    ) -> None:
        self._network, self._source = network, source
        self._device, self._batch_size = device, batch_size
        self.memory_format, self.layers = self._fit(layers)

    def new_shard(self, n_ranked: int) -> Shard:
        """Return an empty shard for the neurons of all layers, side by side."""
        neurons = sum(layer.units for layer in self.layers)
        return Shard(neurons, n_ranked, self._batch_size)

    def run(
        self, batches: Iterable[np.ndarray], workers: int
    ) -> Generator[tuple[Batch, np.ndarray, np.ndarray], None, None]:
        """Run the network over batches of image numbers.

        Yields
        ------
        batch : Batch
            The images.
        activations, positions : ndarray of float32, int32, shape (images, neurons)
            See `Responses.take`; they hold until the next batch.
        """
        reading = closing(read_ahead(self._source, batches, workers))
        with reading as read, borrowed(self._network, self._device, self.memory_format):
            responses = Responses(self.layers, self._batch_size, self._device)
            with responses.hooked(self._network):
                for batch in read:
                    self._network(self.inputs(batch, self._batch_size, self.memory_format))
                    yield batch, *responses.take(len(batch.images))

    def _fit(self, names: Sequence[str] | None) -> tuple[torch.memory_format, list[Layer]]:
        first = np.full(2, self._source.first, np.int64)
        image = next(read_ahead(self._source, [first], 0))
        for memory_format in (torch.channels_last, torch.contiguous_format):
            with borrowed(self._network, self._device, memory_format):
                try:
                    inputs = self.inputs(image, 2, memory_format)
                    return memory_format, find_layers(self._network, inputs, names)
                except RuntimeError:
                    # Code such as x.view(len(x), -1) runs on contiguous maps only.
                    if memory_format is torch.contiguous_format:
                        raise
        raise AssertionError

    def inputs(self, batch: Batch, batch_size: int, memory_format: torch.memory_format) -> Tensor:
        """Return images as the network takes them, filled up with zeros to `batch_size`."""
        if batch.inputs is None:
            images = self._source.normalize(batch.pixels.to(self._device))
        else:
            images = batch.inputs.to(self._device)
        if len(images) < batch_size:
            filled = images.new_zeros((batch_size, *images.shape[1:]))
            filled[: len(images)] = images
            images = filled
        parameter = next((p for p in self._network.parameters() if p.is_floating_point()), None)
        dtype = torch.float32 if parameter is None else parameter.dtype
        return images.to(dtype).contiguous(memory_format=memory_format)
