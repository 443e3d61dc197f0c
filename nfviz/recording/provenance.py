"""Where an atlas comes from: fingerprints of everything that went into it."""

import hashlib
import platform
from typing import Any

import numpy as np
import torch
import torchvision
from torch import nn

import nfviz
from nfviz.recording.images import ImageSource
from nfviz.recording.options import Options
from nfviz.recording.record import Recording


def fingerprint_weights(network: nn.Module) -> str:
    """Return the SHA-256 of all parameters and buffers: names, dtypes, shapes, values."""
    digest = hashlib.sha256()
    for name, value in sorted(network.state_dict(keep_vars=True).items()):
        if not isinstance(value, torch.Tensor):
            continue
        data = value.detach().cpu().contiguous()
        digest.update(f"{name} {data.dtype} {tuple(data.shape)}".encode())
        digest.update(data.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def fingerprint_images(digests: np.ndarray, labels: np.ndarray) -> str:
    """Return the SHA-256 of what was analyzed: every image's pixels, and the labels, in order."""
    digest = hashlib.sha256(np.ascontiguousarray(digests).astype("<u8").data)
    digest.update(np.ascontiguousarray(labels).astype("<i8").data)
    return digest.hexdigest()


def make_manifest(
    network: nn.Module,
    source: ImageSource,
    recording: Recording,
    options: Options,
    device: torch.device,
) -> dict[str, Any]:
    """Collect the provenance of an atlas as plain JSON values."""
    preprocessing = source.preprocessing
    parameter = next((p for p in network.parameters() if p.is_floating_point()), None)
    return {
        "network": type(network).__name__,
        "weights": fingerprint_weights(network),
        "preprocessing": {
            "transform": None if preprocessing.whole is None else repr(preprocessing.whole),
            "mean": list(preprocessing.mean or ()),
            "std": list(preprocessing.std or ()),
        },
        "images": fingerprint_images(recording.digests, recording.labels),
        "image_size": list(source.size),
        "mean_color": recording.mean_color,
        "hook_points": {layer.name: layer.source for layer in recording.layers},
        "parameters": options.parameters(),
        "numerical_identity": {
            "batch_size": options.batch_size,
            "memory_format": recording.memory_format,
            "dtype": str(torch.float32 if parameter is None else parameter.dtype),
            "device": device.type,
            "cpu": torch.backends.cpu.get_cpu_capability(),
        },
        "versions": {
            "nfviz": nfviz.__version__,
            "python": platform.python_version(),
            "numpy": np.__version__,
            "torch": torch.__version__,
            "torchvision": torchvision.__version__,
        },
    }
