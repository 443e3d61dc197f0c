"""A network's input: in which precision and layout, in batches of one shape."""

from itertools import product

import torch
from torch import Tensor, nn

from nfviz.recording.admission import input_dtypes, run
from nfviz.recording.borrow import borrowed


def fill_batch(
    images: Tensor, batch_size: int, dtype: torch.dtype, memory_format: torch.memory_format
) -> Tensor:
    """Return images as the network takes them, filled up with zeros to a whole batch.

    Convolutions of another batch size round differently: what the network says of an image must
    not depend on how the images are cut into batches.

    Parameters
    ----------
    images : Tensor, shape (n, 3, height, width)
        Normalized, on the device of the network; at most `batch_size`.
    batch_size : int
        Images in the result.
    dtype : torch.dtype
        Precision of the result.
    memory_format : torch.memory_format
        Layout of the result.
    """
    if len(images) < batch_size:
        filled = images.new_zeros((batch_size, *images.shape[1:]))
        filled[: len(images)] = images
        images = filled
    return images.to(dtype).contiguous(memory_format=memory_format)


def fit_input(
    network: nn.Module, size: tuple[int, int], device: torch.device
) -> tuple[torch.dtype, torch.memory_format]:
    """Find the precision and the layout, the fastest first, that a network runs in.

    Parameters
    ----------
    network : torch.nn.Module
        As `admit` returned it; given back untouched.
    size : tuple of int
        Height and width of the images.
    device : torch.device
        Where to try.

    Raises
    ------
    RuntimeError
        If it runs in none: the network's own error for the first precision, in the second layout.
    """
    blank = torch.zeros((2, 3, *size), device=device)
    failed: RuntimeError | None = None
    # Code such as x.view(len(x), -1) runs on contiguous maps only.
    layouts = (torch.channels_last, torch.contiguous_format)
    dtypes = input_dtypes(network)
    for dtype, memory_format in product(dtypes, layouts):
        with borrowed(network, device, memory_format):
            try:
                run(network, fill_batch(blank, 2, dtype, memory_format), "a blank image")
                return dtype, memory_format
            except RuntimeError as error:
                failed = error if dtype == dtypes[0] else failed
    assert failed is not None
    raise failed
