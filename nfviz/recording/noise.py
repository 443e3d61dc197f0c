"""What a network makes of noise: it tells code apart where weights and modules are the same."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from nfviz.recording.layers import Layer

# By dtype, what machines of one kind may differ by, as a share of the greater number.
_TOLERANCE = {"torch.float16": 1e-2, "torch.bfloat16": 1e-2}
_FINE = 1e-4

Response = dict[str, list[float] | str]


def noise(count: int, size: tuple[int, int]) -> torch.Tensor:
    """Return seeded images, uint8 (count, 3, height, width)."""
    pixels = np.random.default_rng(0).integers(0, 256, (count, 3, *size), np.uint8)
    return torch.from_numpy(pixels)


def condense(activations: np.ndarray, layers: Sequence[Layer]) -> Response:
    """Return, for each layer, the sum of its responses, each with a seeded factor, and their RMS.

    Parameters
    ----------
    activations : ndarray, shape (images, neurons)
        Those that are not finite count as 0.
    layers : sequence of Layer
        Their neurons lie side by side in this order.
    """
    random = np.random.default_rng(1)
    values = np.where(np.isfinite(activations), activations, 0).astype(np.float64)
    found: Response = {}
    start = 0
    for layer in layers:
        own = values[:, start : start + layer.units]
        total = (own * random.standard_normal(own.shape)).sum() / np.sqrt(own.size)
        found[layer.name] = [float(total), float(np.sqrt((own**2).mean()))]
        start += layer.units
    return found


def same_response(found: object, wanted: object, dtype: str) -> bool:
    """Tell whether two responses, or their parts, are those of one network.

    Parameters
    ----------
    found, wanted : object
        The response of a layer or of a network, or anything, which is another.
    dtype : str
        In which the network takes images.
    """
    if isinstance(found, Mapping) and isinstance(wanted, Mapping):
        return found.keys() == wanted.keys() and all(
            same_response(found[name], wanted[name], dtype) for name in wanted
        )
    if found == wanted:
        return True
    try:
        one, other = np.array([found, wanted], np.float64)
    except (TypeError, ValueError):
        return False
    limit = _TOLERANCE.get(dtype, _FINE) * max(abs(one).max(initial=0), abs(other).max(initial=0))
    return bool((abs(one - other) <= limit).all())
