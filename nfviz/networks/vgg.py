"""The three networks of "Return of the Devil in the Details": CNN-M, CNN-F and CNN-S."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import nn

from nfviz.networks.local_response_norm import LocalResponseNorm


class Convolution(NamedTuple):
    """A convolution, its ReLU, and what follows before the next one."""

    units: int
    side: int
    stride: int = 1
    padding: int = 0
    norm: bool = False
    pool: tuple[int, int] | None = None  # Side and stride.


CNN_M = (
    Convolution(96, 7, stride=2, norm=True, pool=(3, 2)),
    Convolution(256, 5, stride=2, padding=1, norm=True, pool=(3, 2)),
    Convolution(512, 3, padding=1),
    Convolution(512, 3, padding=1),
    Convolution(512, 3, padding=1, pool=(3, 2)),
)
CNN_F = (
    Convolution(64, 11, stride=4, norm=True, pool=(3, 2)),
    Convolution(256, 5, padding=2, norm=True, pool=(3, 2)),
    Convolution(256, 3, padding=1),
    Convolution(256, 3, padding=1),
    Convolution(256, 3, padding=1, pool=(3, 2)),
)
CNN_S = (
    Convolution(96, 7, stride=2, norm=True, pool=(3, 3)),
    Convolution(256, 5, pool=(2, 2)),
    Convolution(512, 3, padding=1),
    Convolution(512, 3, padding=1),
    Convolution(512, 3, padding=1, pool=(3, 3)),
)
# Side of the last maps, for images of 224 x 224 in each of the three.
LAST_SIDE = 6
HIDDEN = 4096


def vgg_m(classes: int = 1000, generator: torch.Generator | None = None) -> nn.Sequential:
    """Build VGG-M (CNN-M), the network of the paper's figures, with random weights.

    Its children are `conv1`, `relu1`, `norm1`, `pool1`, ..., `conv5`, `relu5`, `pool5`,
    `flatten`, `full6`, `relu6`, `dropout6`, `full7`, `relu7`, `dropout7`, `full8`; ReLUs work in
    place. For images of 224 x 224:

    ===== ===== ========= =============== ====== =====
    layer units map       receptive field stride start
    ===== ===== ========= =============== ====== =====
    conv1 96    109 x 109 7               2      0
    conv2 256   26 x 26   27              8      -4
    conv3 512   13 x 13   75              16     -20
    conv4 512   13 x 13   107             16     -36
    conv5 512   13 x 13   139             16     -52
    ===== ===== ========= =============== ====== =====

    Parameters
    ----------
    classes : int
        Number of scores that `full8` gives, at least 1.
    generator : torch.Generator, optional
        What the weights are drawn from; torch's own generator by default.

    Returns
    -------
    torch.nn.Sequential
        In evaluation mode. Input: float RGB images (n, 3, 224, 224), in MatConvNet's files the
        values 0..255 less their mean. Output: (n, `classes`) scores before the softmax.

    Raises
    ------
    ValueError
        If `classes` is no number of classes.

    Notes
    -----
    The architecture is Table 1 of [1]_ as its authors released it [2]_: pooling is 3 x 3 with
    stride 2 (the table's "x2"), without padding and with a last window that may lack a row (ceiling
    mode), local response normalization has n = 5, k = 2, beta = 0.75 and the alpha of 1e-4 that
    weighs the sum of squares. Ports that pad `pool1` by a pixel shift all later receptive fields.

    Weights are normal with variance 2 / fan-in, biases zero (He et al. 2015). The published
    weights are for non-commercial use and not part of nfviz: `load_matconvnet` reads them.

    References
    ----------
    .. [1] Chatfield, Simonyan, Vedaldi, Zisserman. Return of the devil in the details: delving
       deep into convolutional nets. BMVC 2014. https://arxiv.org/abs/1405.3531
    .. [2] https://www.vlfeat.org/matconvnet/pretrained/
    """
    return build(CNN_M, classes, generator)


def vgg_f(classes: int = 1000, generator: torch.Generator | None = None) -> nn.Sequential:
    """Build VGG-F (CNN-F), the fast one of the three, with random weights.

    As `vgg_m`, with 64, 256, 256, 256 and 256 units, whose receptive fields measure 11, 51, 99,
    131 and 163 pixels, and maps of 54, 27, 13, 13 and 13 positions a side.

    Parameters
    ----------
    classes : int
        Number of scores that `full8` gives, at least 1.
    generator : torch.Generator, optional
        What the weights are drawn from; torch's own generator by default.

    Returns
    -------
    torch.nn.Sequential
        As of `vgg_m`.

    Raises
    ------
    ValueError
        If `classes` is no number of classes.
    """
    return build(CNN_F, classes, generator)


def vgg_s(classes: int = 1000, generator: torch.Generator | None = None) -> nn.Sequential:
    """Build VGG-S (CNN-S), the slow one of the three, with random weights.

    As `vgg_m`, without `norm2`, with 96, 256, 512, 512 and 512 units, whose receptive fields
    measure 7, 35, 65, 89 and 113 pixels, and maps of 109, 33, 17, 17 and 17 positions a side.

    Parameters
    ----------
    classes : int
        Number of scores that `full8` gives, at least 1.
    generator : torch.Generator, optional
        What the weights are drawn from; torch's own generator by default.

    Returns
    -------
    torch.nn.Sequential
        As of `vgg_m`.

    Raises
    ------
    ValueError
        If `classes` is no number of classes.

    Notes
    -----
    As its authors released it: `conv2` is not padded and no normalization follows it. With a
    padding of 1, its maps would have 35 positions a side and `pool5` 6 x 6 all the same, so a
    port that loads the weights need not be right.
    """
    return build(CNN_S, classes, generator)


def build(
    convolutions: Sequence[Convolution],
    classes: int,
    generator: torch.Generator | None = None,
) -> nn.Sequential:
    """Chain convolutions and three fully connected layers, with random weights."""
    if isinstance(classes, bool) or not isinstance(classes, int) or classes < 1:
        raise ValueError(f"classes is {classes!r}; it accepts a number of classes, 1 or more.")
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    channels, device = 3, torch.get_default_device()
    for number, one in enumerate(convolutions, start=1):
        weights = channels, one.units, one.side, one.stride, one.padding
        layers[f"conv{number}"] = nn.utils.skip_init(nn.Conv2d, *weights, device=device)
        layers[f"relu{number}"] = nn.ReLU(inplace=True)
        if one.norm:
            layers[f"norm{number}"] = LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2)
        if one.pool:
            layers[f"pool{number}"] = nn.MaxPool2d(*one.pool, ceil_mode=True)
        channels = one.units
    layers["flatten"] = nn.Flatten()
    features = channels * LAST_SIDE**2
    for number, units in enumerate((HIDDEN, HIDDEN, classes), start=len(convolutions) + 1):
        layers[f"full{number}"] = nn.utils.skip_init(nn.Linear, features, units, device=device)
        if number < len(convolutions) + 3:
            layers[f"relu{number}"] = nn.ReLU(inplace=True)
            layers[f"dropout{number}"] = nn.Dropout()
        features = units
    for layer in layers.values():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=generator)
            assert layer.bias is not None
            nn.init.zeros_(layer.bias)
    return nn.Sequential(layers).eval()
