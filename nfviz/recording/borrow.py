"""Lend a network to the recorder and give it back as it was."""

import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import nn

from nfviz.recording.strict_float32 import strict_float32

# The settings of the process that the first user changes and the last one restores.
_settings = ExitStack()
_users = 0
_lock = threading.Lock()


@contextmanager
def borrowed(
    network: nn.Module, device: torch.device, memory_format: torch.memory_format
) -> Iterator[None]:
    """Put a network into evaluation on a device; give it back untouched, also after an exception.

    Training flags are set one by one (`nn.Module.eval` may be overridden to rewrite weights).
    Parameters get converted data for the time being and then their own storage back. The forward
    pass works on copies of the buffers, whether it writes to them or puts others in their place.
    Compiled modules run their own code, and `nn.DataParallel` does not part the batch: hooks would
    see neither.

    Parameters
    ----------
    network : torch.nn.Module
        Any network; no other thread may use it meanwhile.
    device : torch.device
        Where the forward pass runs.
    memory_format : torch.memory_format
        Format of the four-dimensional parameters during the pass.
    """

    def lent(tensor: torch.Tensor) -> torch.Tensor:
        if tensor.ndim == 4:
            return tensor.to(device, memory_format=memory_format)
        return tensor.to(device)

    modules = list(network.modules())
    parallel = [vars(module) for module in modules if isinstance(module, nn.DataParallel)]
    training = [module.training for module in modules]
    devices = [own["device_ids"] for own in parallel]
    registers: list[dict[str, Any]] = []
    for module in modules:
        registers += [module._parameters, module._buffers]
    entries = [dict(register) for register in registers]
    parameters = {p: p.data for m in modules for p in m._parameters.values() if p is not None}
    try:
        with ExitStack() as stack:
            stack.enter_context(torch.no_grad())
            stack.enter_context(torch.autocast(device.type, enabled=False))
            stack.enter_context(_every_module_called())
            if device.type == "cuda":
                stack.enter_context(strict_float32())
            copies: dict[int, torch.Tensor] = {}
            for module in modules:
                _set_training(module, False)
                for name, buffer in module._buffers.items():
                    if buffer is not None:
                        copy = copies.setdefault(id(buffer), lent(buffer.detach().clone()))
                        module._buffers[name] = copy
            for own in parallel:
                own["device_ids"] = []
            for parameter, data in parameters.items():
                parameter.data = lent(data)
            yield
    finally:
        for module, mode in zip(modules, training, strict=True):
            _set_training(module, mode)
        for register, entered in zip(registers, entries, strict=True):
            register.clear()
            register.update(entered)
        for own, ids in zip(parallel, devices, strict=True):
            own["device_ids"] = ids
        for parameter, data in parameters.items():
            parameter.data = data


def _set_training(module: nn.Module, mode: bool) -> None:
    """Set the flag itself: ``train`` and ``__setattr__`` may be overridden to do more."""
    if "training" in vars(module):
        vars(module)["training"] = mode
    else:
        module.training = mode


@contextmanager
def _every_module_called() -> Iterator[None]:
    """Switch off what computes whole blocks without any hook."""
    global _users
    with _lock:
        if not _users:
            _settings.enter_context(_no_fast_path())
            # Nothing can have been compiled without this module, which takes a second to import.
            if "torch._dynamo" in sys.modules and hasattr(torch.compiler, "set_stance"):
                _settings.enter_context(torch.compiler.set_stance("force_eager"))
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if not _users:
                _settings.close()


@contextmanager
def _no_fast_path() -> Iterator[None]:
    enabled = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(enabled)
