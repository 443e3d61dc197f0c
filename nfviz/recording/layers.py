"""Which channels are neurons, and where their response is read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torchvision.ops.misc import FrozenBatchNorm2d

from nfviz.recording.receptive_field import FieldTracer, ReceptiveField

_CHANNELS_LAST_MODULES = (nn.Linear, nn.LayerNorm, nn.Embedding, nn.MultiheadAttention)


@dataclass(frozen=True)
class Layer:
    """One layer of neurons.

    Attributes
    ----------
    name : str
        The module that names the neurons.
    source : str
        The module whose output is read: `name`, or the batch norm directly behind it.
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
    images : Tensor, shape (1, 3, height, width)
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
    if names is not None and silent:
        raise ValueError(
            f"Layer {silent[0]!r} did not run in the forward pass of {type(network).__name__}. "
            "Name modules that the network calls in evaluation mode."
        )
    return layers


def _checked(names: Sequence[str], modules: dict[str, nn.Module]) -> set[str]:
    names = [names] if isinstance(names, str) else list(names)
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
    handles = []

    def watch(name: str, module: nn.Module) -> None:
        def seen(_: nn.Module, inputs: tuple[object, ...], output: Any) -> None:
            if name in found:
                field = _whole(images, "unknown")
                found[name] = replace(found[name], field=field, calls=found[name].calls + 1)
            elif name in chosen:
                maps = to_maps(name, module, output)
                units, height, width = maps.shape[1:]
                field = tracer.field(output)
                found[name] = Layer(name, name, units, height, width, field)
                if isinstance(module, nn.Conv2d):
                    convolved[name] = (output, output._version)
            if isinstance(module, _BatchNorm | FrozenBatchNorm2d) and name not in chosen:
                behind(name, inputs[0] if inputs else None)

        handles.append(module.register_forward_hook(seen))

    def behind(name: str, value: object) -> None:
        for conv, (output, version) in convolved.items():
            if output is value and output._version == version and found[conv].calls == 1:
                found[conv] = replace(found[conv], source=name)

    try:
        for name, module in modules.items():
            if name in chosen or isinstance(module, _BatchNorm | FrozenBatchNorm2d):
                watch(name, module)
        with torch.no_grad(), FieldTracer(images) as tracer:
            network(images)
    finally:
        for handle in handles:
            handle.remove()
    return list(found.values())


def _whole(images: Tensor, status: str) -> ReceptiveField:
    height, width = images.shape[-2:]
    return ReceptiveField(height, width, 0, 0, 0, 0, status)


def to_maps(name: str, module: nn.Module, output: object) -> Tensor:
    """Return the output of a module as maps (batch, units, height, width).

    Four dimensions are channels first unless the module works on the last one (linear, layer
    norm); three are (batch, token, channel): a map of tokens x 1; two are (batch, channel).
    """
    if not isinstance(output, Tensor) or output.ndim not in (2, 3, 4):
        got = tuple(output.shape) if isinstance(output, Tensor) else type(output).__name__
        raise ValueError(
            f"Layer {name!r} gives {got}; a layer of neurons gives a tensor (batch, channel), "
            "(batch, token, channel) or (batch, channel, height, width). Name another module."
        )
    if output.ndim == 4:
        return output.movedim(-1, 1) if isinstance(module, _CHANNELS_LAST_MODULES) else output
    if output.ndim == 3:
        return output.transpose(1, 2).unsqueeze(-1)
    return output[:, :, None, None]
