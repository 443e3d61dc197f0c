"""The embedded default: procedural images and a small network trained on them."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nfviz.demo.images import CLASSES, DemoImages, label_of, ontology

if TYPE_CHECKING:
    from nfviz.demo.atlas import demo_atlas
    from nfviz.demo.network import MEAN, STD, demo_network

__all__ = [
    "CLASSES",
    "MEAN",
    "STD",
    "DemoImages",
    "demo_atlas",
    "demo_network",
    "label_of",
    "ontology",
]

_NEED_TORCH = {
    "MEAN": "nfviz.demo.network",
    "STD": "nfviz.demo.network",
    "demo_atlas": "nfviz.demo.atlas",
    "demo_network": "nfviz.demo.network",
}


def __getattr__(name: str) -> Any:
    """Import the names that need torch when they are first asked for."""
    if name in _NEED_TORCH:
        return getattr(import_module(_NEED_TORCH[name]), name)
    raise AttributeError(f"module 'nfviz.demo' has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names, the lazy ones too."""
    return sorted({*globals(), *_NEED_TORCH})
