"""See and index the selectivity of every neuron of a vision network."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nfviz.atlas import Atlas, load
from nfviz.bundle import BundleError
from nfviz.crop_sheet import CropSheet
from nfviz.ontology import Ontology
from nfviz.recording.gray_result import GrayTest
from nfviz.selectivity import (
    CCMAS,
    ActivationCurve,
    BlurEffect,
    ChromaSelectivity,
    ClassEntropy,
    ClassSelectivity,
    ColorNames,
    ColorSelectivity,
    Kurtosis,
    Neuron,
    PopulationCode,
    Purity,
    Sharpness,
    Sparseness,
    class_distribution,
    score,
)
from nfviz.summaries import (
    layers_to_latex,
    summarize_activation_curves,
    summarize_gallery,
    summarize_gray_test,
    summarize_hue_wheel,
    summarize_hues,
    summarize_joint,
    summarize_layers,
    summarize_own_response,
    summarize_selectivity,
    summarize_tags,
    table_of_layers,
)

if TYPE_CHECKING:
    from nfviz import demo, networks, testing
    from nfviz.export import write_html
    from nfviz.figures.activation_curves import plot_activation_curves
    from nfviz.figures.gallery import plot_gallery
    from nfviz.figures.gray_test import plot_gray_test
    from nfviz.figures.hue_wheel import plot_hue_wheel
    from nfviz.figures.joint import plot_joint
    from nfviz.figures.neuron import plot_neuron
    from nfviz.figures.own_response import plot_own_response
    from nfviz.figures.provenance import provenance
    from nfviz.figures.save import save_figure
    from nfviz.figures.selectivity import plot_selectivity
    from nfviz.figures.tag_clouds import plot_tag_clouds
    from nfviz.recording.analyze import analyze
    from nfviz.recording.gray_test import gray_test
    from nfviz.recording.own_response import respond_to_features
    from nfviz.widgets.activation_curves import ActivationCurves
    from nfviz.widgets.explorer import Explorer, explore
    from nfviz.widgets.gallery import Gallery
    from nfviz.widgets.hue_wheel import HueWheel
    from nfviz.widgets.joint_scatter import JointScatter
    from nfviz.widgets.neuron_card import NeuronCard
    from nfviz.widgets.selection import Selection
    from nfviz.widgets.selectivity_histogram import SelectivityHistogram
    from nfviz.widgets.tag_clouds import TagClouds
    from nfviz.widgets.thresholds import Thresholds

__version__ = "0.1.0.dev0"

__all__ = [
    "CCMAS",
    "ActivationCurve",
    "ActivationCurves",
    "Atlas",
    "BlurEffect",
    "BundleError",
    "ChromaSelectivity",
    "ClassEntropy",
    "ClassSelectivity",
    "ColorNames",
    "ColorSelectivity",
    "CropSheet",
    "Explorer",
    "Gallery",
    "GrayTest",
    "HueWheel",
    "JointScatter",
    "Kurtosis",
    "Neuron",
    "NeuronCard",
    "Ontology",
    "PopulationCode",
    "Purity",
    "Selection",
    "SelectivityHistogram",
    "Sharpness",
    "Sparseness",
    "TagClouds",
    "Thresholds",
    "analyze",
    "class_distribution",
    "demo",
    "explore",
    "gray_test",
    "layers_to_latex",
    "load",
    "networks",
    "plot_activation_curves",
    "plot_gallery",
    "plot_gray_test",
    "plot_hue_wheel",
    "plot_joint",
    "plot_neuron",
    "plot_own_response",
    "plot_selectivity",
    "plot_tag_clouds",
    "provenance",
    "respond_to_features",
    "save_figure",
    "score",
    "summarize_activation_curves",
    "summarize_gallery",
    "summarize_gray_test",
    "summarize_hue_wheel",
    "summarize_hues",
    "summarize_joint",
    "summarize_layers",
    "summarize_own_response",
    "summarize_selectivity",
    "summarize_tags",
    "table_of_layers",
    "testing",
    "write_html",
]

# Where the names stand that need torch, plotly or ipywidgets.
_LATE = {
    "ActivationCurves": "nfviz.widgets.activation_curves",
    "Explorer": "nfviz.widgets.explorer",
    "Gallery": "nfviz.widgets.gallery",
    "HueWheel": "nfviz.widgets.hue_wheel",
    "JointScatter": "nfviz.widgets.joint_scatter",
    "NeuronCard": "nfviz.widgets.neuron_card",
    "Selection": "nfviz.widgets.selection",
    "SelectivityHistogram": "nfviz.widgets.selectivity_histogram",
    "TagClouds": "nfviz.widgets.tag_clouds",
    "Thresholds": "nfviz.widgets.thresholds",
    "analyze": "nfviz.recording.analyze",
    "explore": "nfviz.widgets.explorer",
    "gray_test": "nfviz.recording.gray_test",
    "plot_activation_curves": "nfviz.figures.activation_curves",
    "plot_gallery": "nfviz.figures.gallery",
    "plot_gray_test": "nfviz.figures.gray_test",
    "plot_hue_wheel": "nfviz.figures.hue_wheel",
    "plot_joint": "nfviz.figures.joint",
    "plot_neuron": "nfviz.figures.neuron",
    "plot_own_response": "nfviz.figures.own_response",
    "plot_selectivity": "nfviz.figures.selectivity",
    "plot_tag_clouds": "nfviz.figures.tag_clouds",
    "provenance": "nfviz.figures.provenance",
    "respond_to_features": "nfviz.recording.own_response",
    "save_figure": "nfviz.figures.save",
    "write_html": "nfviz.export",
}

# Rooms of their own, some of whose names need torch.
_ROOMS = ("demo", "networks", "testing")


def __getattr__(name: str) -> Any:
    """Import the names that need torch, plotly or ipywidgets when they are first asked for."""
    if name in _LATE:
        return getattr(import_module(_LATE[name]), name)
    if name in _ROOMS:
        return import_module(f"nfviz.{name}")
    raise AttributeError(f"module 'nfviz' has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names, the lazy ones too."""
    return sorted({*globals(), *_LATE, *_ROOMS})
