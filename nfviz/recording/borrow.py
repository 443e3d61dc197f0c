"""Lend a network to the recorder and give it back as it was."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch
from torch import nn

# What each user in turn found; the first entry is what the process had.
_fast_path: list[bool] = []
_lock = threading.Lock()


@contextmanager
def borrowed(
    network: nn.Module, device: torch.device, memory_format: torch.memory_format
) -> Iterator[None]:
    """Put a network into evaluation on a device; give it back untouched, also after an exception.

    Training flags are set one by one (`nn.Module.eval` may be overridden to rewrite weights).
    Parameters get converted data for the time being and then their own storage back. The forward
    pass works on copies of the buffers, whether it writes to them or puts others in their place.

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
    training = [module.training for module in modules]
    buffers = [dict(module._buffers) for module in modules]
    parameters = [(parameter, parameter.data) for parameter in network.parameters()]
    try:
        with ExitStack() as stack:
            stack.enter_context(torch.no_grad())
            stack.enter_context(torch.autocast(device.type, enabled=False))
            stack.enter_context(_every_module_called())
            if device.type == "cuda":
                stack.enter_context(_strict_float32())
            copies: dict[int, torch.Tensor] = {}
            for module, own in zip(modules, buffers, strict=True):
                module.training = False
                for name, buffer in own.items():
                    if buffer is not None:
                        copy = copies.setdefault(id(buffer), lent(buffer.detach().clone()))
                        module._buffers[name] = copy
            for parameter, data in parameters:
                parameter.data = lent(data)
            yield
    finally:
        for module, mode, own in zip(modules, training, buffers, strict=True):
            module.training = mode
            module._buffers.clear()
            module._buffers.update(own)
        for parameter, data in parameters:
            parameter.data = data


@contextmanager
def _every_module_called() -> Iterator[None]:
    """Switch off the transformer fast path, which computes whole blocks without any hook."""
    with _lock:
        _fast_path.append(torch.backends.mha.get_fastpath_enabled())
        torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        with _lock:
            torch.backends.mha.set_fastpath_enabled(_fast_path[0] and len(_fast_path) == 1)
            _fast_path.pop()


@contextmanager
def _strict_float32() -> Iterator[None]:
    """Keep TensorFloat-32 and autotuning out of the ranking: both reorder neurons' images."""
    settings = torch.backends.cudnn
    matmul = torch.get_float32_matmul_precision()
    with settings.flags(
        enabled=settings.enabled, benchmark=False, deterministic=True, allow_tf32=False
    ):
        torch.set_float32_matmul_precision("highest")
        try:
            yield
        finally:
            torch.set_float32_matmul_precision(matmul)
