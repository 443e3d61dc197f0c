"""Lend a network to the recorder and give it back as it was."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch
from torch import nn


@contextmanager
def borrowed(
    network: nn.Module, device: torch.device, memory_format: torch.memory_format
) -> Iterator[None]:
    """Put a network into evaluation on a device; give it back untouched, also after an exception.

    Training flags are set one by one (`nn.Module.eval` may be overridden to rewrite weights);
    parameters and buffers get converted data for the time being and then their own storage back,
    so that values, memory format and device return bit for bit, and buffers that the forward
    pass wrote to are rewritten.

    Parameters
    ----------
    network : torch.nn.Module
        Any network.
    device : torch.device
        Where the forward pass runs.
    memory_format : torch.memory_format
        Format of the four-dimensional parameters during the pass.
    """
    training = [(module, module.training) for module in network.modules()]
    tensors = [*network.parameters(), *network.buffers()]
    originals = [(tensor, tensor.data) for tensor in tensors]
    written = [(buffer.data, buffer.data.clone()) for buffer in network.buffers()]
    try:
        for module, _ in training:
            module.training = False
        for tensor, data in originals:
            if data.ndim == 4:
                tensor.data = data.to(device, memory_format=memory_format)
            else:
                tensor.data = data.to(device)
        with ExitStack() as stack:
            stack.enter_context(torch.no_grad())
            stack.enter_context(_every_module_called())
            if device.type == "cuda":
                stack.enter_context(_strict_float32())
            yield
    finally:
        for tensor, data in originals:
            tensor.data = data
        for data, copy in written:
            data.copy_(copy)
        for module, mode in training:
            module.training = mode


@contextmanager
def _every_module_called() -> Iterator[None]:
    """Switch off the transformer fast path, which computes whole blocks without any hook."""
    enabled = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(enabled)


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
