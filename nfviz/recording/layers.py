"""Which channels are neurons, and where their response is read."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd
from torchvision.ops.misc import FrozenBatchNorm2d

from nfviz.recording.admission import run
from nfviz.recording.layer_names import choose_names, first_names, modules_by_name
from nfviz.recording.receptive_field import FieldTracer, ReceptiveField

_NORMS = (_BatchNorm, FrozenBatchNorm2d)
# One trace at a time: torch keeps for the whole process whether a dispatch mode is on, and puts
# back what was there before. Threads that overlap would leave it on, and nothing compiled any more.
_tracing = threading.Lock()


@dataclass(frozen=True)
class Layer:
    """One layer of neurons.

    Attributes
    ----------
    name : str
        The module that names the neurons.
    source : str
        The module whose output is read: `name`, or the batch norm directly behind it.
    channel : int
        The dimension of its output along which the units lie.
    units : int
        Number of channels.
    map_height, map_width : int
        Size of a unit's map for the images at hand; 1 x 1 for a linear layer.
    field : ReceptiveField
        Of the units, in pixels of the network's input.
    calls : int
        How often one forward pass runs the module.
    """

    name: str
    source: str
    channel: int
    units: int
    map_height: int
    map_width: int
    field: ReceptiveField
    calls: int = 1


def find_layers(
    network: nn.Module, images: Tensor, names: Sequence[str] | None = None
) -> list[Layer]:
    """Run the network once and list its layers of neurons, in the order in which they ran.

    A convolution that a batch norm directly follows is read behind it, since that is the value
    that drives the ReLU. A module that runs several times in one pass keeps its largest response
    over the calls; no one window belongs to it, so its field is unknown.

    Parameters
    ----------
    network : torch.nn.Module
        In evaluation mode, on the device of `images`.
    images : Tensor, shape (n, 3, height, width)
        A batch as the network takes it.
    names : sequence of str, optional
        Names of modules as in `modules_by_name`; every `torch.nn.Conv2d` that runs by default.

    Raises
    ------
    ValueError
        If a name is unknown or given twice, or its module does not run or gives no map.
    RuntimeError
        If the network itself fails; its own error is the cause.
    """
    chosen = choose_names(network, names)
    layers = _probe(network, images, chosen)
    ran = {layer.name for layer in layers}
    silent = [name for name in chosen if name not in ran]
    if silent and (names is not None or not layers):
        graph = isinstance(network, torch.fx.GraphModule)
        raise ValueError(
            f"Layer {silent[0]!r} did not run in the forward pass of {type(network).__name__}. "
            "Name modules that the network calls in evaluation mode"
            f"{', or pass the network that the graph was made from' if graph else ''}."
        )
    return layers


def _probe(network: nn.Module, images: Tensor, chosen: Sequence[str]) -> list[Layer]:
    modules = modules_by_name(network)
    watched = first_names(modules, _NORMS) | {modules[name]: name for name in chosen}
    handles = []
    try:
        with _tracing, torch.no_grad(), FieldTracer(images) as tracer:
            witness = _Witness(images, chosen, tracer)
            for module, name in watched.items():
                handles.append(module.register_forward_hook(witness.hook(name, module)))
            run(network, images, "the first image")
    finally:
        for handle in handles:
            handle.remove()
    return witness.layers()


class _Witness:
    """What the hooks of one traced pass saw."""

    def __init__(self, images: Tensor, chosen: Sequence[str], tracer: FieldTracer) -> None:
        self._images, self._chosen, self._tracer = images, chosen, tracer
        self._found: dict[str, Layer] = {}
        self._refused: list[ValueError] = []
        self._convolved: dict[str, tuple[Tensor, int]] = {}
        self._normed: list[str] = []

    def hook(self, name: str, module: nn.Module) -> Callable[[nn.Module, Any, Any], None]:
        def seen(_: nn.Module, inputs: tuple[object, ...], output: Any) -> None:
            if name in self._found:
                height, width = self._images.shape[-2:]
                field = ReceptiveField(height, width, 0, 0, 0, 0, "unknown")
                before = self._found[name]
                self._found[name] = replace(before, field=field, calls=before.calls + 1)
            elif name in self._chosen:
                self._note(name, module, only_tensor(output))
            if isinstance(module, _NORMS):
                self._normed.append(name)
                self._note_norm(name, inputs[0] if inputs else None)

        return seen

    def layers(self) -> list[Layer]:
        if self._refused:
            raise self._refused[0]
        # A norm that serves several convolutions, or one of several calls, belongs to none.
        return [
            layer
            if layer.calls == self._normed.count(layer.source) == 1
            else replace(layer, source=layer.name)
            for layer in self._found.values()
        ]

    def _note(self, name: str, module: nn.Module, output: Any) -> None:
        try:
            self._found[name] = _describe(name, module, output, self._tracer, self._images)
        except ValueError as error:
            # Raised in here, it would pass through the network's own code.
            self._refused.append(error)
            return
        if isinstance(module, _ConvNd):
            self._convolved[name] = (output, self._version(output))

    def _note_norm(self, name: str, value: object) -> None:
        for conv, (output, version) in self._convolved.items():
            if output is value and self._version(output) == version:
                self._found[conv] = replace(self._found[conv], source=name)

    def _version(self, output: Tensor) -> int:
        # Inference mode, which the network's own code may enter, counts no versions.
        return self._tracer.writes(output) if output.is_inference() else output._version


def _describe(
    name: str, module: nn.Module, output: Any, tracer: FieldTracer, images: Tensor
) -> Layer:
    if not _is_map(output):
        raise ValueError(
            f"Layer {name!r} gives {_what(output)}; a layer of neurons gives one tensor of real "
            "numbers (batch, channel), (batch, token, channel) or (batch, channel, height, "
            "width). Name a module inside of it, or an Identity that such a tensor is put through."
        )
    if len(output) != len(images):
        raise ValueError(
            f"Layer {name!r} gives {len(output)} maps for {len(images)} images: it runs on images "
            "cut into parts, or the batch is not its first dimension, and its channels cannot be "
            "told apart. Leave it out of layers=."
        )
    places = tracer.place(output, "y"), tracer.place(output, "x")
    channel = _channel(module, output, places)
    units, height, width = to_maps(output, channel).shape[1:]
    field = tracer.field(output)
    if places[0] is not None and places[0] == places[1]:
        # Tokens of a grid: one position for row and column, from which no window can be told.
        field = ReceptiveField(images.shape[-2], images.shape[-1], 0, 0, 0, 0, "unknown")
    return Layer(name, name, channel, units, height, width, field)


def _is_map(output: Any) -> bool:
    return (
        isinstance(output, Tensor)
        and output.ndim in (2, 3, 4)
        and output.layout == torch.strided
        and not (output.is_complex() or output.is_quantized)
    )


def _what(output: Any) -> str:
    if isinstance(output, Tensor):
        return f"{tuple(output.shape)} of {output.dtype}"
    inside = _tensors(output)
    return f"{type(output).__name__}{f' of {len(inside)} tensors' if inside else ''}"


def _channel(module: nn.Module, output: Tensor, places: tuple[int | None, int | None]) -> int:
    """Find the dimension of the units: the module's own, or the one that is no place in the image.

    Where neither is known, four dimensions are taken for channels first, three for tokens.
    """
    if isinstance(module, _ConvNd | _BatchNorm):
        return 1
    if type(module) in (nn.Linear, nn.LayerNorm):
        return output.ndim - 1
    rest = [d for d in range(1, output.ndim) if d not in places]
    if None not in places and len(rest) == 1:
        return rest[0]
    return output.ndim - 1 if output.ndim == 3 else 1


def only_tensor(output: Any) -> Any:
    """Return the tensor of a tuple, list or mapping that holds one; anything else as it is."""
    tensors = _tensors(output)
    return tensors[0] if len(tensors) == 1 else output


def _tensors(output: Any) -> list[Tensor]:
    values = tuple(output.values()) if isinstance(output, Mapping) else output
    return [v for v in values if isinstance(v, Tensor)] if isinstance(values, tuple | list) else []


def to_maps(output: Any, channel: int) -> Tensor:
    """Return the output of a layer, whose units lie along `channel`, as (n, units, rows, columns).

    Outputs of fewer dimensions become maps of one column: tokens x 1, or 1 x 1.
    """
    # The network's own code may have switched gradients on.
    maps = only_tensor(output).detach().movedim(channel, 1)
    return maps.reshape(*maps.shape, *(1,) * (4 - maps.ndim))
