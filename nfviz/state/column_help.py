"""What is said about each column: a sentence for those of nfviz, else what its function says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nfviz.atlas import Atlas

__all__ = ["COLUMN_HELP", "COLUMN_LIMITS", "own_help"]

_MOST = 400

COLUMN_HELP = {
    "max_activation": "The greatest activation over all images.",
    "n_images": "Images in the neuron's image set.",
    "nonfinite": "Images left out because the response was no finite number.",
    "auc": "Area under the curve of ranked activations: large if many images drive the neuron.",
    "auc_percent": "Area under the curve in percent of the largest one in the network, 0 to 100.",
    "mean_height": "Mean height of the curve of ranked activations, 0 to 1.",
    "fires": "Share of the images with a response above zero, 0 to 1.",
    "sparseness": "0 if all images drive the neuron alike, toward 1 if few of them do.",
    "sparseness_error": "Standard error of the sparseness.",
    "kurtosis": "Excess kurtosis of the responses, -2 or more: high if they have a long tail.",
    "color_selectivity": "0 if the feature varies along gray alone, 1 if along a hue alone.",
    "hue": "Hue of the feature's main color, 0 to 360 degrees.",
    "axis": "Hue of the feature's color axis, whose ends are opposites, 0 to 180 degrees.",
    "balance": "0 if one end of the color axis is seen, toward 1 if both are.",
    "pc1_ratio": "Share of the feature's color variance along its main axis, 0 to 1.",
    "chroma_selectivity": "0 if the feature deviates from the mean color along gray, 1 if in hue.",
    "sharpness": "Near 0 for a feature averaged to a blur, near 1 for one of like images.",
    "blur_effect": "Near 0 if the feature is sharp, near 1 if it is blurred.",
    "class_selectivity": "1 if one class fills the image set, 0 if each image is of another class.",
    "n_classes": "Classes that cover the threshold's share of the neuron's activation.",
    "class_selectivity_chance": "Class selectivity of a neuron blind to classes, 0 to 1.",
    "class_selectivity_floor": "Least class selectivity that the data set allows, 0 to 1.",
    "class_selectivity_norm": "Class selectivity between the least, 0, and the most, 1, possible.",
    "n_labeled": "Images in the neuron's image set that have a label.",
    "top_label_share": "Share of the neuron's activation that falls to its first class, 0 to 1.",
    "class_entropy": "Entropy of the class distribution in bits: 0 for a single class.",
    "effective_classes": "As many classes in equal shares have the same entropy; 1 or more.",
    "effective_classes_chance": "Effective classes of a neuron blind to classes.",
    "class_entropy_selectivity": "1 if one class has all the activation, 0 if all have the same.",
    "class_entropy_selectivity_chance": "Class entropy selectivity of a neuron blind to classes.",
    "population_code": "Classes that have a tenth of the neuron's activation or more.",
    "population_code_chance": "Such classes of a neuron blind to classes, on average.",
    "purity": "Share of the images that are of the most frequent class, 0 to 1.",
    "purity_chance": "Purity of a neuron blind to classes, 0 to 1.",
    "ccmas": "How far the mean response to the best class is above that to the others, 0 to 1.",
    "ccmas_chance": "CCMAS if the responses were dealt to the images at random, 0 to 1.",
    "own_ratio": "Response to the own feature over the greatest activation; 1 or more in one bin.",
    "own_layer": "Response to the own feature over the layer's greatest such response, 0 to 1.",
}
"""By name; a column that is not here was made by someone else."""

for _name in (
    "red", "orange", "brown", "yellow", "green", "blue", "purple", "pink", "black", "gray", "white",
):  # fmt: skip
    COLUMN_HELP[f"color_name_{_name}"] = f"Share of the feature that one calls {_name}, 0 to 1."

# What a page says beside class selectivity, which is measured anew while these are not.
for _name in (
    "class_entropy", "class_entropy_selectivity", "class_entropy_selectivity_chance",
    "effective_classes", "effective_classes_chance", "population_code", "population_code_chance",
    "purity", "purity_chance",
):  # fmt: skip
    COLUMN_HELP[_name] = f"{COLUMN_HELP[_name].removesuffix('.')}; as recorded."

COLUMN_LIMITS = {"hue": (0.0, 360.0), "axis": (0.0, 180.0)}
"""Ends of columns that go around a circle, in degrees."""


def own_help(atlas: Atlas) -> dict[str, str]:
    """Return the help texts of the columns of a user's selectivities.

    Parameters
    ----------
    atlas : Atlas
        ``manifest["column_help"]``, as `nfviz.score` writes it; a file may claim anything.

    Returns
    -------
    dict of str to str
        By column; texts of more than 400 letters are cut.
    """
    texts = atlas.manifest.get("column_help")
    if not isinstance(texts, Mapping):
        return {}
    return {
        str(name): _sound(text if len(text) <= _MOST else f"{text[: _MOST - 1]}…")
        for name, text in texts.items()
        if isinstance(text, str)
    }


def _sound(text: str) -> str:
    """Return a text that can be sent: JSON may hold halves of characters."""
    return text.encode("utf-8", "replace").decode("utf-8")
