"""The embedded default: procedural images and a small network trained on them."""

from typing import TYPE_CHECKING, Any

from nfviz.demo.images import CLASSES, DemoImages, label_of, ontology

if TYPE_CHECKING:
    from nfviz.demo.network import MEAN, STD, demo_network

__all__ = ["CLASSES", "MEAN", "STD", "DemoImages", "demo_network", "label_of", "ontology"]


def __getattr__(name: str) -> Any:
    """Import the names that need torch when they are first asked for."""
    if name in ("MEAN", "STD", "demo_network"):
        from nfviz.demo import network

        return getattr(network, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
