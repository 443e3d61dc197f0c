"""Tiny networks whose neurons have known hue, class mix, death, ties and border windows.

Each function returns a network, the images to analyze it on, and what the atlas must say::

    planted = nfviz.testing.planted_hues()
    atlas = nfviz.analyze(planted.network, planted.images, **planted.options)
    atlas.neurons["hue"] - planted.truth["hue"]        # within a degree of 0
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from nfviz.neuron_index import neuron_index
from nfviz.opponent import OPPONENT

_LAYER = "planted"


@dataclass(frozen=True)
class Planted:
    """A network with known neurons.

    Attributes
    ----------
    network : torch.nn.Module
        One convolution called ``planted`` and a ReLU.
    images : list of (Tensor, int)
        uint8 RGB images (3, height, width) with their class ids.
    options : dict
        What `nfviz.analyze` needs besides.
    truth : DataFrame, index (``layer``, ``unit``)
        Columns of ``atlas.neurons`` with their true values.
    """

    network: nn.Module
    images: list[tuple[Tensor, int]]
    options: dict[str, Any]
    truth: pd.DataFrame


def planted_hues(n_hues: int = 6, per_hue: int = 10) -> Planted:
    """Plant one neuron per hue: it answers to a spot of that hue on gray.

    Parameters
    ----------
    n_hues : int
        Number of neurons, 2 to 7: more than 45 degrees apart, or a neuron's image set would hold
        its neighbor's images (the cosine of 45 degrees is above 0.7).
    per_hue : int
        Images of each hue, with falling chroma.

    Returns
    -------
    Planted
        True are ``hue`` (within a degree, images hold bytes), ``color_selectivity`` (1: the
        feature changes at constant intensity) and ``n_images``.
    """
    if not 2 <= n_hues <= 7:
        raise ValueError(f"n_hues is {n_hues}; it accepts 2 to 7.")
    hues = 10 + 360 * np.arange(n_hues) / n_hues
    spot = _disk(7, 2.5)
    images = []
    for hue in hues:
        angle = np.deg2rad(hue)
        # At constant intensity, and not so strong that a channel would leave 0..255.
        opponent = [0, 0.7 * np.cos(angle), 0.7 * np.sin(angle)]
        color = np.linalg.solve(OPPONENT["cic"], opponent)
        for strength in np.linspace(1, 0.75, per_hue):
            image = np.full((3, 15, 15), 127.5)
            image[:, 4:11, 4:11] += 255 * strength * color[:, None, None] * spot
            images.append((_bytes(image), -1))
    angles = np.deg2rad(hues)[:, None]
    colors = np.cos(angles) * OPPONENT["cic"][1] + np.sin(angles) * OPPONENT["cic"][2]
    kernels = colors[:, :, None, None] * spot / spot.sum()
    network = _network(kernels, np.zeros(n_hues))
    truth = {"hue": hues, "color_selectivity": np.ones(n_hues), "n_images": per_hue}
    options = {"mean": 0.5, "std": 0.5, "n_max": per_hue}
    return Planted(network, images, options, _truth(truth))


def planted_classes(mixes: Sequence[int] = (1, 2, 3, 5, 10, 20)) -> Planted:
    """Plant neurons that answer to a known number of classes, to each as strongly.

    The data set has 20 classes of 20 images, the image set is limited to 20.

    Parameters
    ----------
    mixes : sequence of int
        For each neuron, how many classes it answers to: the first so many of the 20.

    Returns
    -------
    Planted
        True are ``n_images``, ``n_classes`` (M) and ``class_selectivity`` = (N - M)/(N - 1).
    """
    count = 20
    if not len(mixes) or min(mixes) < 1 or max(mixes) > count:
        raise ValueError(f"mixes is {mixes!r}; it accepts numbers from 1 to {count}.")
    images = []
    for brightness in np.linspace(255, 200, count).round():
        for label in range(count):
            image = np.zeros((3, 4, 5))
            image[:, label // 5, label % 5] = brightness
            images.append((_bytes(image), label))
    kernels = np.zeros((len(mixes), 3, count))
    for kernel, mix in zip(kernels, mixes, strict=True):
        kernel[:, :mix] = 1 / 3
    network = _network(kernels.reshape(-1, 3, 4, 5), np.zeros(len(mixes)), padding=0)
    truth = {
        "n_images": count,
        "n_classes": list(mixes),
        "class_selectivity": (count - np.array(mixes)) / (count - 1),
    }
    options = {"mean": 0, "std": 1, "n_max": count}
    return Planted(network, images, options, _truth(truth))


def planted_states(n_images: int = 30) -> Planted:
    """Plant one neuron of each state that a recording can meet.

    Units: 0 ``live``, brighter spots first; 1 ``silent`` (0 everywhere); 2 ``negative``
    everywhere; 3 ``not finite`` (NaN everywhere); 4 infinite on the brighter half of the images,
    live on the rest; 5 the same value everywhere, so that all images and positions tie; 6 highest
    in the corners, where its window reaches out of the image.

    Parameters
    ----------
    n_images : int
        An even number of images, from 4 on.

    Returns
    -------
    Planted
        True are ``state``, ``dead``, ``nonfinite`` and ``n_images``, the latter for the options
        given, which take every image that has a weight.
    """
    if n_images < 4 or n_images % 2:
        raise ValueError(f"n_images is {n_images}; it accepts an even number from 4 on.")
    images = []
    for level in np.concatenate(
        [np.linspace(250, 200, n_images // 2), np.linspace(140, 90, n_images // 2)]
    ):
        image = np.full((3, 9, 9), 40.0)
        image[:, 4, 4] = level
        images.append((_bytes(image), -1))
    kernels, biases = np.zeros((7, 3, 5, 5)), np.zeros(7)
    kernels[0, :, 2, 2] = 1 / 3
    biases[2], biases[3], biases[5] = -1, np.nan, 1
    # The largest float32 is 3.4e38: three channels of 200 / 255 exceed it, of 140 / 255 do not.
    kernels[4, :, 2, 2] = 1.7e38
    kernels[6], biases[6] = -1, 50
    truth = {
        "state": ["live", "silent", "negative", "not finite", "live", "live", "live"],
        "dead": [False, True, True, True, False, False, False],
        "nonfinite": [0, 0, 0, n_images, n_images // 2, 0, 0],
        "n_images": [n_images, 0, 0, 0, n_images // 2, n_images, n_images],
    }
    options = {"mean": 0, "std": 1, "min_activation": 0.0, "n_max": n_images}
    return Planted(_network(kernels, biases), images, options, _truth(truth))


def _disk(side: int, radius: float) -> np.ndarray:
    offsets = np.arange(side) - (side - 1) / 2
    return (np.hypot(offsets[:, None], offsets) <= radius).astype(float)


def _bytes(image: np.ndarray) -> Tensor:
    return torch.from_numpy(np.clip(image.round(), 0, 255).astype(np.uint8))


def _network(kernels: np.ndarray, biases: np.ndarray, padding: int | str = "same") -> nn.Module:
    conv = nn.Conv2d(3, len(kernels), kernels.shape[2:], padding=padding)
    with torch.no_grad():
        conv.weight.copy_(torch.from_numpy(kernels))
        conv.bias.copy_(torch.from_numpy(biases))  # type: ignore[union-attr]
    network = nn.Sequential()
    network.add_module(_LAYER, conv)
    network.add_module("relu", nn.ReLU(inplace=True))
    return network.eval()


def _truth(columns: dict[str, Any]) -> pd.DataFrame:
    units = max(np.size(values) for values in columns.values())
    index = neuron_index([_LAYER], np.zeros(units, np.int8), unit=np.arange(units))
    return pd.DataFrame(columns, index=index)
