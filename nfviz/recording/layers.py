"""Which channels are neurons, and where their response is read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd
from torchvision.ops.misc import FrozenBatchNorm2d

from nfviz.recording.receptive_field import FieldTracer, ReceptiveField

_NORMS = (_BatchNorm, FrozenBatchNorm2d)


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
        Names of modules as in ``network.named_modules()``; every `torch.nn.Conv2d` that runs by
        default.

    Raises
    ------
    ValueError
        If a name is unknown or given twice, or its module does not run or gives no map.
    """
    modules = dict(network.named_modules())
    if names is None:
        chosen = {n for n, module in modules.items() if isinstance(module, nn.Conv2d)}
        if not chosen:
            raise ValueError(
                f"{type(network).__name__} has no Conv2d. Pass layers= with the names of the "
                f"modules whose outputs are neurons; it has {_some(modules)}."
            )
    else:
        chosen = _checked(names, modules)
    layers = _probe(network, images, modules, chosen)
    silent = sorted(chosen - {layer.name for layer in layers})
    if silent and (names is not None or not layers):
        raise ValueError(
            f"Layer {silent[0]!r} did not run in the forward pass of {type(network).__name__}. "
            "Name modules that the network calls in evaluation mode."
        )
    return layers


def _checked(names: Sequence[str], modules: dict[str, nn.Module]) -> set[str]:
    names = [names] if isinstance(names, str) else names
    if not isinstance(names, Sequence) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"layers is {names!r}; it accepts a list of names of modules.")
    if not names:
        raise ValueError(
            "layers is empty. Name at least one module, or leave it out for all convs."
        )
    for name in names:
        if name not in modules or name == "":
            convolutions = {n: m for n, m in modules.items() if isinstance(m, nn.Conv2d)}
            raise ValueError(
                f"No layer named {name!r}. This network has {_some(convolutions or modules)}."
            )
        if names.count(name) > 1:
            raise ValueError(f"layers names {name!r} twice. Name each layer once.")
    return set(names)


def _some(names: Iterable[str]) -> str:
    quoted = [repr(name) for name in names if name]
    return ", ".join(quoted if len(quoted) <= 8 else [*quoted[:4], "…", *quoted[-3:]])


def _probe(
    network: nn.Module, images: Tensor, modules: dict[str, nn.Module], chosen: set[str]
) -> list[Layer]:
    found: dict[str, Layer] = {}
    convolved: dict[str, tuple[Tensor, int]] = {}
    normed: list[str] = []
    handles = []

    def watch(name: str, module: nn.Module) -> None:
        def seen(_: nn.Module, inputs: tuple[object, ...], output: Any) -> None:
            if name in found:
                field = _whole(images, "unknown")
                found[name] = replace(found[name], field=field, calls=found[name].calls + 1)
            elif name in chosen:
                found[name] = _describe(name, module, output, tracer, images)
                if isinstance(module, nn.Conv2d):
                    convolved[name] = (output, output._version)
            if isinstance(module, _NORMS):
                normed.append(name)
                behind(name, inputs[0] if inputs else None)

        handles.append(module.register_forward_hook(seen))

    def behind(name: str, value: object) -> None:
        for conv, (output, version) in convolved.items():
            if output is value and output._version == version:
                found[conv] = replace(found[conv], source=name)

    try:
        for name, module in modules.items():
            if name in chosen or isinstance(module, _NORMS):
                watch(name, module)
        with torch.no_grad(), FieldTracer(images) as tracer:
            network(images)
    finally:
        for handle in handles:
            handle.remove()
    # A norm that serves several convolutions, or one of several calls, belongs to none.
    return [
        layer
        if layer.calls == normed.count(layer.source) == 1
        else replace(layer, source=layer.name)
        for layer in found.values()
    ]


def _describe(
    name: str, module: nn.Module, output: Any, tracer: FieldTracer, images: Tensor
) -> Layer:
    if not isinstance(output, Tensor) or output.ndim not in (2, 3, 4):
        got = tuple(output.shape) if isinstance(output, Tensor) else type(output).__name__
        raise ValueError(
            f"Layer {name!r} gives {got}; a layer of neurons gives a tensor (batch, channel), "
            "(batch, token, channel) or (batch, channel, height, width). Name another module."
        )
    if len(output) != len(images):
        raise ValueError(
            f"Layer {name!r} gives {len(output)} maps for {len(images)} images: it runs on images "
            "cut into parts, and its channels cannot be told apart. Leave it out of layers=."
        )
    channel = _channel(module, output, (tracer.place(output, "y"), tracer.place(output, "x")))
    units, height, width = to_maps(output, channel).shape[1:]
    return Layer(name, name, channel, units, height, width, tracer.field(output))


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


def _whole(images: Tensor, status: str) -> ReceptiveField:
    height, width = images.shape[-2:]
    return ReceptiveField(height, width, 0, 0, 0, 0, status)


def to_maps(output: Tensor, channel: int) -> Tensor:
    """Return the output of a layer, whose units lie along `channel`, as (n, units, rows, columns).

    Outputs of fewer dimensions become maps of one column: tokens x 1, or 1 x 1.
    """
    maps = output.movedim(channel, 1)
    return maps.reshape(*maps.shape, *(1,) * (4 - maps.ndim))
