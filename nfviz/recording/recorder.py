"""A network made ready to be read, and the passes that read it."""

from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from functools import cached_property
from itertools import product

import numpy as np
import torch
from torch import Tensor, nn

from nfviz.recording.admission import input_dtypes, run
from nfviz.recording.borrow import borrowed
from nfviz.recording.images import ImageSource
from nfviz.recording.inputs import fill_batch
from nfviz.recording.layers import Layer, find_layers
from nfviz.recording.noise import Response, condense, noise
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
    source : ImageSource
        As given.
    layers : list of Layer
        In the order in which they ran.
    dtype : torch.dtype
        In which it takes images.
    memory_format : torch.memory_format
        The faster one that its own code runs in.
    """

    def __init__(
        self,
        network: nn.Module,
        source: ImageSource,
        layers: Sequence[str] | None,
        device: torch.device,
        batch_size: int,
    ) -> None:
        self._network, self.source = network, source
        self._device, self._batch_size = device, batch_size
        self.dtype: torch.dtype
        self.memory_format: torch.memory_format
        self.layers = self._fit(layers)

    def new_shard(self, n_ranked: int) -> Shard:
        """Return an empty shard for the neurons of all layers, side by side."""
        sizes = [layer.map_height * layer.map_width for layer in self.layers]
        map_sizes = np.repeat(sizes, [layer.units for layer in self.layers])
        return Shard(map_sizes, n_ranked, self._batch_size)

    @cached_property
    def response_to_noise(self) -> Response:
        """What each layer makes of seeded noise; the kind of error, if the network fails on it."""
        images = self.source.normalize(noise(min(2, self._least), self.source.size))
        inputs = images.to(self._device)
        inputs = fill_batch(inputs, self._least, self.dtype, self.memory_format)
        try:
            with borrowed(self._network, self._device, self.memory_format):
                responses = Responses(self.layers, self._least, self._device)
                with responses.hooked(self._network):
                    run(self._network, inputs, "images of noise")
                return condense(responses.take(len(images))[0], self.layers)
        except (RuntimeError, ValueError) as error:
            return {"error": type(error).__name__}

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
        reading = closing(read_ahead(self.source, batches, workers))
        with reading as read, borrowed(self._network, self._device, self.memory_format):
            responses = Responses(self.layers, self._batch_size, self._device)
            with responses.hooked(self._network):
                for batch in read:
                    inputs = self.inputs(batch, self._batch_size)
                    run(self._network, inputs, f"the batch of image {batch.images[0]}")
                    yield batch, *responses.take(len(batch.images))

    def inputs(self, batch: Batch, batch_size: int) -> Tensor:
        """Return images as the network takes them, filled up with zeros to `batch_size`."""
        if batch.inputs is None:
            images = self.source.normalize(batch.pixels.to(self._device))
        else:
            images = batch.inputs.to(self._device)
        return fill_batch(images, batch_size, self.dtype, self.memory_format)

    def _fit(self, names: Sequence[str] | None) -> list[Layer]:
        """Find the layers, and the form of a batch, the fastest first, that the network takes.

        Code such as x.view(len(x), -1) runs on contiguous maps only, some on one batch size only.
        """
        dtypes = input_dtypes(self._network)
        layouts = (torch.channels_last, torch.contiguous_format)
        failed: RuntimeError | None = None
        forms = dict.fromkeys(product((2, self._batch_size), dtypes, layouts))
        for self._least, self.dtype, self.memory_format in forms:
            numbers = np.full(self._least, self.source.first, np.int64)
            image = next(read_ahead(self.source, [numbers], 0))
            with borrowed(self._network, self._device, self.memory_format):
                try:
                    return find_layers(self._network, self.inputs(image, self._least), names)
                except RuntimeError as error:
                    # Told is what the likeliest form met last: its layout is not to blame.
                    failed = error if self.dtype == dtypes[0] else failed
        assert failed is not None
        raise failed
