"""Where an atlas comes from: fingerprints of everything that went into it."""

import hashlib
import platform
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
import torchvision
from torch import nn

import nfviz
from nfviz.recording.images import ImageSource
from nfviz.recording.job import Job
from nfviz.recording.options import Options
from nfviz.recording.record import Recording
from nfviz.recording.recorder import Recorder
from nfviz.recording.remote import numerical_identity


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


def recording_identity(job: Job, source: ImageSource, recorder: Recorder) -> dict[str, Any]:
    """Collect all that the recording of one image depends on, as plain JSON values."""
    network, preprocessing = job.network, source.preprocessing
    return {
        "network": type(network).__name__,
        "architecture": hashlib.sha256(str(_plain_repr(network)).encode()).hexdigest(),
        "weights": fingerprint_weights(network),
        "preprocessing": {
            "transform": _plain_repr(preprocessing.whole),
            "mean": list(preprocessing.mean or ()),
            "std": list(preprocessing.std or ()),
        },
        "image_size": list(source.size),
        "hook_points": {layer.name: layer.source for layer in recorder.layers},
        "numerical_identity": {
            "batch_size": job.options.batch_size,
            "memory_format": str(recorder.memory_format).removeprefix("torch."),
            "dtype": str(recorder.dtype),
            **numerical_identity(job.device),
        },
    }


def make_manifest(
    identity: Mapping[str, Any], recording: Recording, options: Options
) -> dict[str, Any]:
    """Collect the provenance of an atlas as plain JSON values."""
    return {
        **identity,
        "images": fingerprint_images(recording.digests, recording.labels),
        "mean_color": recording.mean_color,
        "parameters": options.parameters(),
        "versions": {
            "nfviz": nfviz.__version__,
            "python": platform.python_version(),
            "numpy": np.__version__,
            "torch": torch.__version__,
            "torchvision": torchvision.__version__,
        },
    }


def _plain_repr(transform: Any) -> str | None:
    """Return the repr without addresses in memory, which no other run shares."""
    return None if transform is None else re.sub(r" at 0x[0-9a-fA-F]+", "", repr(transform))
