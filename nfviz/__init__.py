"""See and index the selectivity of every neuron of a vision network."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nfviz.atlas import Atlas, load
from nfviz.bundle import BundleError
from nfviz.crop_sheet import CropSheet
from nfviz.recording.gray_result import GrayTest
from nfviz.selectivity import (
    CCMAS,
    ActivationCurve,
    ChromaSelectivity,
    ClassEntropy,
    ClassSelectivity,
    ColorNames,
    ColorSelectivity,
    Kurtosis,
    Purity,
    Sparseness,
    class_distribution,
    score,
)
from nfviz.summaries import summarize_layers

if TYPE_CHECKING:
    from nfviz import networks
    from nfviz.recording.analyze import analyze
    from nfviz.recording.gray_test import gray_test
    from nfviz.recording.own_response import respond_to_features

__version__ = "0.1.0.dev0"

__all__ = [
    "CCMAS",
    "ActivationCurve",
    "Atlas",
    "BundleError",
    "ChromaSelectivity",
    "ClassEntropy",
    "ClassSelectivity",
    "ColorNames",
    "ColorSelectivity",
    "CropSheet",
    "GrayTest",
    "Kurtosis",
    "Purity",
    "Sparseness",
    "analyze",
    "class_distribution",
    "gray_test",
    "load",
    "networks",
    "respond_to_features",
    "score",
    "summarize_layers",
]

_NEED_TORCH = {
    "analyze": "nfviz.recording.analyze",
    "gray_test": "nfviz.recording.gray_test",
    "respond_to_features": "nfviz.recording.own_response",
}


def __getattr__(name: str) -> Any:
    """Import the names that need torch when they are first asked for."""
    if name in _NEED_TORCH:
        return getattr(import_module(_NEED_TORCH[name]), name)
    if name == "networks":
        return import_module("nfviz.networks")
    raise AttributeError(f"module 'nfviz' has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names, the lazy ones too."""
    return sorted({*globals(), *_NEED_TORCH})
