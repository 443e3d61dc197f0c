"""A network made ready to be read, and the passes that read it."""

from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from itertools import product

import numpy as np
import torch
from torch import Tensor, nn

from nfviz.recording.admission import input_dtypes, run
from nfviz.recording.borrow import borrowed
from nfviz.recording.images import ImageSource
from nfviz.recording.inputs import fill_batch
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

    def respond_to_noise(self) -> dict[str, list[float]]:
        """Return what each layer makes of two images of seeded noise.

        The sum of its responses, each with a seeded factor, and their root mean square: numbers
        that tell one network's code from another's where weights and modules are the same.
        """
        random = np.random.default_rng(0)
        noise = random.integers(0, 256, (2, 3, *self.source.size), np.uint8)
        images = self.source.normalize(torch.from_numpy(noise).to(self._device))
        inputs = fill_batch(images, max(2, self._least), self.dtype, self.memory_format)
        with borrowed(self._network, self._device, self.memory_format):
            responses = Responses(self.layers, len(inputs), self._device)
            with responses.hooked(self._network):
                run(self._network, inputs, "images of noise")
            values = responses.take(2)[0].astype(np.float64)
        values = np.where(np.isfinite(values), values, 0.0)
        found, start = {}, 0
        for layer in self.layers:
            own = values[:, start : start + layer.units]
            total = (own * random.standard_normal(own.shape)).sum() / np.sqrt(own.size)
            found[layer.name] = [float(total), float(np.sqrt((own**2).mean()))]
            start += layer.units
        return found

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
