"""Reading the neurons' maxima while the network runs."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool2d

from nfviz.recording.layer_names import modules_by_name
from nfviz.recording.layers import Layer, to_maps


class Responses:
    """Reads the maxima of all layers of one batch while the network runs.

    Maps are reduced inside the forward hooks, before an in-place operation can rewrite them, and
    none is kept.

    Parameters
    ----------
    layers : sequence of Layer
        Their neurons lie side by side in this order.
    batch_size : int
        Images in every batch.
    device : torch.device
        Where the network runs.
    """

    def __init__(self, layers: Sequence[Layer], batch_size: int, device: torch.device) -> None:
        neurons = sum(layer.units for layer in layers)
        self._layers = layers
        self._calls = dict.fromkeys((layer.name for layer in layers), 0)
        shape = (batch_size, neurons)
        self._activations = torch.zeros(shape, dtype=torch.float32, device=device)
        self._positions = torch.zeros(shape, dtype=torch.int64, device=device)

    @contextmanager
    def hooked(self, network: nn.Module) -> Iterator[None]:
        """Have the layers' sources hooked for the time of the block."""
        modules = modules_by_name(network)
        handles = []
        start = 0
        try:
            for layer in self._layers:
                columns = slice(start, start + layer.units)
                hook = self._reader(layer, columns)
                handles.append(modules[layer.source].register_forward_hook(hook))
                start += layer.units
            yield
        finally:
            for handle in handles:
                handle.remove()

    def take(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Return what the network's last run gave for the first `count` images of the batch.

        Returns
        -------
        activations : ndarray of float32, shape (count, neurons)
            Largest response of each neuron.
        positions : ndarray of int32, shape (count, neurons)
            Its first row-major position.

        Raises
        ------
        ValueError
            If a layer did not run as often as it did for the first image.
        """
        for layer in self._layers:
            if self._calls[layer.name] != layer.calls:
                raise ValueError(
                    f"Layer {layer.name!r} ran {self._calls[layer.name]} times for a batch, but "
                    f"{layer.calls} times for image 0. Leave layers that run only for some images "
                    "out of layers=."
                )
            self._calls[layer.name] = 0
        activations, positions = self._activations[:count], self._positions[:count]
        return activations.cpu().numpy(), positions.to("cpu", torch.int32).numpy()

    def _reader(
        self, layer: Layer, columns: slice
    ) -> Callable[[nn.Module, tuple[object, ...], Tensor], None]:
        def read(_: nn.Module, __: tuple[object, ...], output: Tensor) -> None:
            values, positions = peaks(to_maps(output, layer.channel))
            if self._calls[layer.name]:
                before = self._activations[:, columns]
                kept = (before >= values) | before.isnan()
                values = torch.where(kept, before, values)
                positions = torch.where(kept, self._positions[:, columns], positions)
            self._activations[:, columns] = values
            self._positions[:, columns] = positions
            self._calls[layer.name] += 1

        return read


def peaks(maps: Tensor) -> tuple[Tensor, Tensor]:
    """Return each map's maximum and its first row-major position.

    Parameters
    ----------
    maps : Tensor, shape (batch, units, height, width)
        Responses of any floating dtype.

    Returns
    -------
    values : Tensor of float32, shape (batch, units)
        NaN where the map holds one.
    positions : Tensor of int64, shape (batch, units)
        Row-major positions.
    """
    height, width = maps.shape[2:]
    if height * width == 1:
        values = maps[:, :, 0, 0].float()
        return values, torch.zeros_like(values, dtype=torch.int64)
    if maps.device.type == "cpu" and maps.dtype == torch.float32:
        # One pass over memory; on maps that are not channels-last it is several times slower.
        maps = maps.contiguous(memory_format=torch.channels_last)
        values, positions = max_pool2d(maps, (height, width), return_indices=True)
        return values[:, :, 0, 0], positions[:, :, 0, 0]
    values, positions = maps.flatten(2).max(dim=-1)
    return values.float(), positions
