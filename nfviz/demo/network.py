"""The embedded network: VGG-M in small, for images of 64 x 64 pixels."""

from collections import OrderedDict
from importlib.resources import files

import numpy as np
import torch
from torch import nn

# Mean and standard deviation of red, green and blue over the training images, in 0..1.
MEAN = (0.508, 0.506, 0.500)
STD = (0.250, 0.233, 0.243)

N_CLASSES = 48
# Name, units, kernel side, and whether a pooling follows, as in VGG-M.
CONVOLUTIONS = (
    ("1", 32, 7, True),
    ("2", 48, 5, True),
    ("3", 64, 3, False),
    ("4", 64, 3, False),
    ("5", 48, 3, True),
)
HIDDEN = 64


def demo_network(pretrained: bool = True) -> nn.Sequential:
    """Build the network of the demonstration.

    Five convolutions, three 3 x 3 poolings of stride 2 (ceiling mode) and two fully connected
    layers, named as in VGG-M: `conv1`, `relu1`, `pool1`, ..., `conv5`, `relu5`, `pool5`,
    `flatten`, `full6`, `relu6`, `full7`. The receptive fields of the convolutions measure 7, 17,
    29, 37 and 45 pixels. The ReLUs work in place. On a CPU, the channels-last memory format is
    two to three times as fast as the default one.

    Parameters
    ----------
    pretrained : bool, default True
        Load the weights of the package, trained by ``python -m nfviz.demo.train``; else draw them
        from torch's generator.

    Returns
    -------
    torch.nn.Sequential
        In evaluation mode. Input: float (images, 3, 64, 64), normalized by `MEAN` and `STD`.
        Output: (images, 48), a score per class of `nfviz.demo.CLASSES`.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    channels = 3
    for name, units, side, pooled in CONVOLUTIONS:
        layers[f"conv{name}"] = nn.Conv2d(channels, units, side, padding=side // 2)
        layers[f"relu{name}"] = nn.ReLU(inplace=True)
        if pooled:
            layers[f"pool{name}"] = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        channels = units
    layers["flatten"] = nn.Flatten()
    layers["full6"] = nn.Linear(channels * 8 * 8, HIDDEN)
    layers["relu6"] = nn.ReLU(inplace=True)
    layers["full7"] = nn.Linear(HIDDEN, N_CLASSES)
    network = nn.Sequential(layers)
    if pretrained:
        network.load_state_dict(_weights())
    return network.eval()


def _weights() -> dict[str, torch.Tensor]:
    path = files("nfviz.demo") / "weights.npz"
    with path.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
        return {name: torch.from_numpy(arrays[name].astype(np.float32)) for name in arrays.files}
