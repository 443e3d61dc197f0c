"""Networks and images for the benchmarks; real ones where they are at hand."""

import os
import zipfile
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from torch import nn
from torchvision.datasets import ImageFolder
from torchvision.models import SqueezeNet1_1_Weights

DATA = Path(os.environ.get("NFVIZ_DATA", Path(__file__).parents[2] / "shared" / "data"))

CIFAR = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}


class Absent(Exception):
    """The data of a row is not at hand."""


def need(name):
    """Return a file of the data folder."""
    if not (DATA / name).exists():
        raise Absent(f"{name} is not at hand; set NFVIZ_DATA to the folder that holds it")
    return DATA / name


def imagenette(folder):
    """Return the 3,925 JPEG files of Imagenette as a data set, unpacked once."""
    archive = need("imagenette2-val-224.zip")
    place = Path(folder) / "imagenette"
    if not place.exists():
        with zipfile.ZipFile(archive) as file:
            file.extractall(place)
    return ImageFolder(str(place))


def squeezenet():
    """Return SqueezeNet 1.1 with its own weights, and its preprocessing."""
    network = torchvision.models.squeezenet1_1(weights=None)
    network.load_state_dict(torch.load(need("squeezenet1_1.pth"), weights_only=True))
    return network.eval(), SqueezeNet1_1_Weights.IMAGENET1K_V1.transforms()


class Block(nn.Module):
    """A residual block of the CIFAR networks, with shortcuts that cost nothing (option A)."""

    def __init__(self, before, units, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(before, units, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(units)
        self.conv2 = nn.Conv2d(units, units, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(units)
        self.stride, self.added = stride, units - before

    def forward(self, maps):
        """Add what two convolutions make of the maps to the maps."""
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(maps)))))
        if self.added:
            maps = F.pad(
                maps[:, :, :: self.stride, :: self.stride], [0] * 4 + [self.added // 2] * 2
            )
        return F.relu(out + maps)


class ResNet20(nn.Module):
    """ResNet-20 for CIFAR-10."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = nn.Sequential(*(Block(16, 16, 1) for _ in range(3)))
        self.layer2 = nn.Sequential(Block(16, 32, 2), *(Block(32, 32, 1) for _ in range(2)))
        self.layer3 = nn.Sequential(Block(32, 64, 2), *(Block(64, 64, 1) for _ in range(2)))
        self.linear = nn.Linear(64, 10)

    def forward(self, images):
        """Return the scores (images, 10)."""
        maps = F.relu(self.bn1(self.conv1(images)))
        maps = self.layer3(self.layer2(self.layer1(maps)))
        return self.linear(maps.mean(dim=(2, 3)))


def resnet20():
    """Return ResNet-20 with trained weights."""
    network = ResNet20()
    state = torch.load(need("cifar10_resnet20.pth"), weights_only=True)
    state = state.get("state_dict", state)
    network.load_state_dict({k.removeprefix("module."): v for k, v in state.items()})
    return network.eval()


def cifar():
    """Return 4,000 images as uint8 tensors with labels."""
    with np.load(need("cifar10_lossless_4000.npz"), allow_pickle=False) as file:
        images, labels = file["images"], file["labels"]
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2)
    return list(zip(pixels, labels.tolist(), strict=True))


class Drawn:
    """Seeded images in blocks of color, drawn when they are asked for: any number, no memory."""

    def __init__(self, count, size=64):
        self.count, self.size = count, size

    def __len__(self):
        """Return how many there are."""
        return self.count

    def __getitem__(self, number):
        """Draw one, with a label."""
        if not 0 <= number < self.count:
            raise IndexError(number)
        blocks = np.random.default_rng(number).integers(0, 256, (3, 8, 8), np.uint8)
        pixels = blocks.repeat(self.size // 8, axis=1).repeat(self.size // 8, axis=2)
        return torch.from_numpy(pixels), number % 50
