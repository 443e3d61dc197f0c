"""A stranger's network at the door: who is let in, where and on what it runs, what failed."""

import warnings
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.parallel import DistributedDataParallel
from torch.nn.parameter import is_lazy

from nfviz.recording.layer_names import modules_by_name

_FLOATS = (torch.float32, torch.float64, torch.float16, torch.bfloat16)
_QUANTIZED = "torch.ao.nn.quantized.modules"


def admit(network: Any) -> nn.Module:
    """Return the network whose modules can be hooked: without the wrapper of ``torch.compile``.

    Warns of batch norms without running statistics.

    Parameters
    ----------
    network : torch.nn.Module
        What the caller wants to have analyzed.

    Raises
    ------
    ValueError
        If it is no module, or holds one that no hook can read: scripted, quantized, without
        values yet, or waiting for other processes.
    """
    if not isinstance(network, nn.Module) or isinstance(network, torch.jit.ScriptModule):
        raise ValueError(_stranger(network))
    while "_orig_mod" in network._modules:
        network = network._modules["_orig_mod"]
    if isinstance(network, nn.Conv2d):
        raise ValueError(
            f"network is a single {type(network).__name__}, which has no name as a layer. Pass "
            "torch.nn.Sequential(network)."
        )
    for name, module in network.named_modules():
        _check_module(name, module)
    try:
        modules_by_name(network)
    except RecursionError:
        raise ValueError(
            "network holds a module that in turn holds the network, as self.parent = parent does. "
            "Keep such a reference in a list, where torch does not follow it."
        ) from None
    for name, module in network.named_modules():
        if isinstance(module, _BatchNorm) and module.running_mean is None:
            warnings.warn(
                f"The batch norm {name!r} keeps no running statistics: a response depends on the "
                "other images of its batch.",
                stacklevel=3,
            )
            break
    return network


def choose_device(network: nn.Module, device: str | torch.device | None) -> torch.device:
    """Return the device that the caller names, else that of the network's first parameter.

    Raises
    ------
    ValueError
        If there is no such device.
    """
    if device is None:
        parameter = next(network.parameters(), None)
        return torch.device("cpu") if parameter is None else parameter.device
    try:
        found = torch.empty(0, device=device).device
    except (RuntimeError, TypeError, AssertionError, NotImplementedError) as error:
        raise ValueError(
            f"device is {device!r}; it accepts a torch device that this machine has: 'cpu'"
            f"{_accelerators()}."
        ) from error
    if found.type == "meta":
        raise ValueError("device is 'meta', where nothing has a value. Pass 'cpu' or 'cuda:0'.")
    return found


def _accelerators() -> str:
    """Name the accelerators that torch finds, behind the CPU."""
    found = [f"cuda:{number}" for number in range(torch.cuda.device_count())]
    found += ["mps"] if torch.backends.mps.is_available() else []
    return "".join(f", {name!r}" for name in found) or " alone, torch finds no other"


def input_dtypes(network: nn.Module) -> list[torch.dtype]:
    """Return the dtypes in which a network may take images, the likeliest first.

    They are those of its floating parameters in their order: in a network of mixed precision
    the first parameter need not be the one that meets the image.
    """
    found = dict.fromkeys(p.dtype for p in network.parameters() if p.dtype in _FLOATS)
    return list(found) or [torch.float32]


def run(network: nn.Module, images: Tensor, which: str) -> Any:
    """Return what the network makes of a batch; should it fail, say on what.

    Parameters
    ----------
    network : torch.nn.Module
        As `admit` returned it.
    images : Tensor, shape (n, 3, height, width)
        The batch.
    which : str
        Which images these are, for the message.

    Raises
    ------
    RuntimeError
        Whatever the network itself raised, which stays the ``__cause__``.
    """
    try:
        return network(images)
    except Exception as error:
        memory = isinstance(error, torch.cuda.OutOfMemoryError) or "allocate memory" in str(error)
        advice = (
            "Pass a smaller batch_size."
            if memory
            else "nfviz calls it in evaluation mode with a batch of images alone. Let preprocess= "
            "give them the size that it takes, or wrap it in a module whose forward takes them."
        )
        raise RuntimeError(
            f"{type(network).__name__} fails on {which}, in a batch of shape "
            f"{tuple(images.shape)}, {images.dtype}, on {images.device}:\n"
            f"{type(error).__name__}: {error}\n{advice}"
        ) from error


def _stranger(network: Any) -> str:
    kind = type(network).__name__
    if isinstance(network, torch.jit.ScriptModule):
        return (
            f"network is a {kind}; it accepts a torch.nn.Module that is not scripted or traced, "
            "since responses are read by forward hooks. Pass the module it was made from."
        )
    advice = "Pass the module that computes."
    if isinstance(network, type):
        kind, advice = f"class ({network.__name__})", "Pass an instance of it."
    elif isinstance(network, Mapping):
        advice = "Build the network, load these weights into it and pass it."
    elif isinstance(network, torch.export.ExportedProgram):
        advice = "Pass the module it was made from."
    elif callable(network):
        advice = "Pass the module that it calls, or derive it from torch.nn.Module."
    return f"network is a {kind}; it accepts a torch.nn.Module. {advice}"


def _check_module(name: str, module: nn.Module) -> None:
    if isinstance(module, torch.jit.ScriptModule):
        raise ValueError(
            f"network holds a scripted or traced module, {name!r}, which forward hooks cannot "
            "look into. Put the module it was made from in its place."
        )
    if isinstance(module, DistributedDataParallel):
        place = f"network.{name}" if name else "network"
        raise ValueError(
            f"{place} is a DistributedDataParallel, which waits for the other processes in every "
            f"pass. Pass the module in it: {place}.module."
        )
    kind = type(module)
    # Layers quantized at run time keep their weights in the second kind, and give floats.
    if kind.__module__.startswith(_QUANTIZED) and kind.__name__ != "LinearPackedParams":
        raise ValueError(
            f"network is quantized: its module {name!r} gives integers with a scale. Pass the "
            "network as it was before the conversion."
        )
    tensors = {**module._parameters, **module._buffers}
    for key, tensor in tensors.items():
        place = f"{name}.{key}" if name else key
        if tensor is not None and is_lazy(tensor):
            raise ValueError(
                f"{place!r} has no shape yet, as its module is lazy. Run the network once on a "
                "batch of images, and load its weights, before it is analyzed."
            )
        if tensor is not None and tensor.device.type == "meta":
            raise ValueError(
                f"{place!r} is on the meta device, where nothing has a value. Make room with "
                "network.to_empty(device='cpu') and load its weights first."
            )
