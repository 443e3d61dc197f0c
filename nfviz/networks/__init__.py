"""The networks of the paper: architectures, their normalization, and the files users have."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nfviz.networks.local_response_norm import LocalResponseNorm
    from nfviz.networks.matconvnet import MatConvNetModel, load_matconvnet
    from nfviz.networks.vgg import vgg_f, vgg_m, vgg_s

__all__ = [
    "LocalResponseNorm",
    "MatConvNetModel",
    "load_matconvnet",
    "vgg_f",
    "vgg_m",
    "vgg_s",
]

_NEED_TORCH = {
    "LocalResponseNorm": "nfviz.networks.local_response_norm",
    "MatConvNetModel": "nfviz.networks.matconvnet",
    "load_matconvnet": "nfviz.networks.matconvnet",
    "vgg_f": "nfviz.networks.vgg",
    "vgg_m": "nfviz.networks.vgg",
    "vgg_s": "nfviz.networks.vgg",
}


def __getattr__(name: str) -> Any:
    """Import the networks, which need torch, when they are first asked for."""
    if name in _NEED_TORCH:
        return getattr(import_module(_NEED_TORCH[name]), name)
    raise AttributeError(f"module 'nfviz.networks' has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names, the lazy ones too."""
    return sorted({*globals(), *_NEED_TORCH})
