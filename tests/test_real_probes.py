"""Probes of real networks on real images: known accuracies, and the law of first layers."""

import csv

import numpy as np
import pytest
import torch
from test_real_networks import folder, need, squeezenet, tiny_vgg
from torch import nn
from torch.utils.data import Subset
from torchvision.transforms import CenterCrop

import nfviz
from nfviz.recording.gray_test import gray_test
from nfviz.recording.own_response import respond_to_features

IMAGENET = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}

pytestmark = pytest.mark.filterwarnings("ignore:Class selectivity is confined")


def outputs(images, table):
    """The network's output for each class of a folder, by WordNet id."""
    with need(table).open(newline="") as file:
        by_wnid = {row["wnid"]: int(row["index"]) for row in csv.DictReader(file)}
    return [by_wnid[wnid] for wnid in images.classes]


class Block(nn.Module):
    """Two convolutions; the shortcut leaves pixels out and adds empty channels."""

    def __init__(self, before, after):
        super().__init__()
        self.stride, self.added = after // before, (after - before) // 2
        self.conv1 = nn.Conv2d(before, after, 3, self.stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(after)
        self.conv2 = nn.Conv2d(after, after, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(after)

    def forward(self, maps):
        shortcut = maps[:, :, :: self.stride, :: self.stride]
        shortcut = nn.functional.pad(shortcut, (0, 0, 0, 0, self.added, self.added))
        inner = self.bn1(self.conv1(maps)).relu()
        return (self.bn2(self.conv2(inner)) + shortcut).relu()


class ResNet20(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = nn.Sequential(Block(16, 16), Block(16, 16), Block(16, 16))
        self.layer2 = nn.Sequential(Block(16, 32), Block(32, 32), Block(32, 32))
        self.layer3 = nn.Sequential(Block(32, 64), Block(64, 64), Block(64, 64))
        self.linear = nn.Linear(64, 10)

    def forward(self, images):
        maps = self.bn1(self.conv1(images)).relu()
        return self.linear(self.layer3(self.layer2(self.layer1(maps))).mean(dim=(2, 3)))


def test_squeezenet_in_color_and_gray(tmp_path_factory):
    """Every tenth image: within three standard errors of what all 3,925 give."""
    images = folder("imagenette2-val-224.zip", tmp_path_factory)
    options = {"outputs": outputs(images, "imagenet_classes.csv"), "progress": False, **IMAGENET}
    tenth = Subset(images, range(0, len(images), 10))
    result = gray_test(squeezenet(), tenth, preprocess=CenterCrop(224), **options)
    assert result.n == 393
    known = {"color_error": (1 - 0.596, 1 - 0.821), "gray_error": (1 - 0.405, 1 - 0.654)}
    for column, errors in known.items():
        for found, error in zip(result.errors[column], errors, strict=True):
            assert found == pytest.approx(error, abs=3 * np.sqrt(error * (1 - error) / 393))
    differences = np.subtract(known["gray_error"], known["color_error"])
    assert (
        np.abs(result.errors["difference"] - differences) < 3 * result.errors["standard_error"]
    ).all()
    assert (result.errors["difference"] > 5 * result.errors["standard_error"]).all()


def test_tiny_vgg_in_color_and_gray(tmp_path_factory):
    images = folder("tiny-imagenet-10class-64.zip", tmp_path_factory, "val")
    chosen = outputs(images, "tinyvgg_10class_classes.csv")
    result = gray_test(tiny_vgg(), images, mean=0, std=1, outputs=chosen, progress=False)
    assert result.n == 500
    first = result.errors.loc[1]
    assert first["color_error"] == pytest.approx(1 - 0.688, abs=1e-9)
    assert first["gray_error"] == pytest.approx(1 - 0.342, abs=1e-9)


def test_resnet_in_color_and_gray():
    """Every fourth image: within three standard errors of what all 4,000 give."""
    with np.load(need("cifar10_lossless_4000.npz")) as data:
        pixels = torch.from_numpy(data["images"]).permute(0, 3, 1, 2)
        images = list(zip(pixels, data["labels"].tolist(), strict=True))[::4]
    network = ResNet20()
    network.load_state_dict(torch.load(need("cifar10_resnet20.pth"), weights_only=True))
    result = gray_test(network, images, progress=False, **IMAGENET)
    for column, error in (("color_error", 1 - 0.9980), ("gray_error", 1 - 0.9173)):
        tolerance = 3 * np.sqrt(error * (1 - error) / 1000)
        assert result.errors.loc[1, column] == pytest.approx(error, abs=tolerance)


def test_own_response(tmp_path_factory):
    network = tiny_vgg()
    images = folder("tiny-imagenet-10class-64.zip", tmp_path_factory, "val")
    atlas = nfviz.analyze(network, images, mean=0, std=1, n_crops=0, progress=False)
    atlas = respond_to_features(atlas, network, progress=False)
    neurons = atlas.neurons
    for unit in neurons.loc["conv_1_1"].query("not dead").index:
        count = neurons.loc[("conv_1_1", unit), "n_images"]
        weights = atlas.ranked.loc[("conv_1_1", unit), "weight"].to_numpy()[:count]
        expected = np.square(weights).sum() / weights.sum()
        assert neurons.loc[("conv_1_1", unit), "own_ratio"] == pytest.approx(expected, rel=1e-5)
    medians = neurons.groupby(level="layer")["own_ratio"].median()
    falling = medians[["conv_1_1", "conv_2_1", "conv_2_2"]]
    assert falling.is_monotonic_decreasing, "neurons and features disagree more with depth"
