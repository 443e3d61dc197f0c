"""Layers of MatConvNet's SimpleNN as modules of torch."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from nfviz.networks.local_response_norm import LocalResponseNorm
from nfviz.networks.mat_struct import MatStruct, finite

Named = list[tuple[str, nn.Module]]
_ENDS = ("softmax", "softmaxloss", "loss")


@dataclass(frozen=True)
class Maps:
    """What a layer is given: channels, rows and columns; flat behind a fully connected layer."""

    channels: int
    height: int
    width: int
    flat: bool = False


def chain(layers: Sequence[MatStruct], maps: Maps) -> tuple[Named, Maps]:
    """Return the modules of all layers, and the maps that come out, without a softmax at the end.

    A convolution whose filters cover the whole map is a fully connected layer: the first becomes
    a Flatten and a Linear, later ones a Linear. One-sided padding that torch's modules do not know
    becomes a module of its own before the layer, named ``..._pad``.

    Raises
    ------
    ValueError
        If a layer is of another type or does not fit what comes before it.
    """
    modules: Named = []
    layers = list(layers)
    while layers and layers[-1].text("type") in _ENDS:
        layers.pop()
    for number, layer in enumerate(layers, start=1):
        kind = layer.text("type")
        if kind not in _MAKERS:
            raise ValueError(
                f"{layer.where} is of type {kind!r}; supported are {', '.join(_MAKERS)}, and "
                f"{', '.join(_ENDS)} at the end."
            )
        name = layer.text("name", default=f"{kind}{number}").replace(".", "_")
        made, maps = _MAKERS[kind](replace(layer, where=f"{layer.where} ({name})"), name, maps)
        modules += made
    names = [name for name, _ in modules]
    for name in names:
        if names.count(name) > 1 or hasattr(nn.Sequential(), name):
            raise ValueError(
                f"{layers[0].where}: a layer is named {name!r}, which another layer or torch uses."
            )
    return modules, maps


def _convolution(layer: MatStruct, name: str, maps: Maps) -> tuple[Named, Maps]:
    filters, biases = _weights(layer)
    height, width, depth, units = filters.shape
    stride, pad = layer.integers("stride", 2, 1), layer.integers("pad", 4, 0)
    options = layer.values.get("opts")
    given = [str(one).lower() for one in options] if isinstance(options, list) else []
    if layer.integers("dilate", 2, 1) != (1, 1) or "dilate" in given:
        raise ValueError(f"{layer.where} is dilated, which is not supported.")
    groups, rest = divmod(maps.channels, depth)
    if rest or units % groups:
        raise ValueError(
            f"{layer.where}: its {units} filters see {depth} channels, but {maps.channels} come in."
        )
    weight = torch.from_numpy(filters.transpose(3, 2, 0, 1).astype(np.float32, order="C"))
    out = _slid(layer, maps, (height, width), stride, pad)
    if (height, width) == (maps.height, maps.width) and not any(pad) and groups == 1:
        with torch.device("meta"):
            linear = nn.Linear(height * width * depth, units, biases is not None)
        _fill(linear, weight.flatten(1), biases)
        first: Named = [] if maps.flat else [("flatten", nn.Flatten())]
        return [*first, (name, linear)], Maps(units, 1, 1, flat=True)
    _refuse_flat(layer, maps)
    (top, bottom, left, right), padding = pad, (pad[0], pad[2])
    before: Named = []
    if (top, left) != (bottom, right):
        before, padding = [(f"{name}_pad", nn.ZeroPad2d((left, right, top, bottom)))], (0, 0)
    with torch.device("meta"):
        module = nn.Conv2d(
            maps.channels,
            units,
            (height, width),
            stride=(stride[0], stride[1]),
            padding=padding,
            groups=groups,
            bias=biases is not None,
        )
    _fill(module, weight, biases)
    return [*before, (name, module)], Maps(units, *out)


def _fill(module: nn.Conv2d | nn.Linear, weight: Tensor, biases: np.ndarray | None) -> None:
    """Put numbers in the place of parameters that have none."""
    module.weight = nn.Parameter(weight)
    if biases is not None:
        module.bias = nn.Parameter(torch.from_numpy(biases.astype(np.float32)))


def _weights(layer: MatStruct) -> tuple[np.ndarray, np.ndarray | None]:
    """Return filters (height, width, depth, units) and biases, of the new layout or the old."""
    if "weights" in layer:
        cells = layer.values["weights"]
        if not isinstance(cells, list) or not 1 <= len(cells) <= 2:
            raise ValueError(f"{layer.where}: weights has to be a cell array {{filters, biases}}.")
        filters = finite(cells[0], f"{layer.where}: weights{{1}}")
        given = cells[1] if len(cells) == 2 else np.empty(0)
        biases = finite(given, f"{layer.where}: weights{{2}}").ravel()
    elif "filters" in layer:
        filters = layer.array("filters")
        biases = layer.array("biases").ravel() if "biases" in layer else np.empty(0)
    else:
        raise ValueError(
            f"{layer.where} has neither weights nor filters; it has {', '.join(layer.values)}."
        )
    # MATLAB drops dimensions of length 1 at the end.
    shape = filters.shape + (1,) * (4 - filters.ndim)
    if len(shape) > 4 or not filters.size or biases.size not in (0, shape[3]):
        raise ValueError(
            f"{layer.where}: filters are {filters.shape}, biases {biases.shape}; they have to be "
            "height x width x channels x units, and as many biases."
        )
    return filters.reshape(shape), biases if biases.size else None


def _slid(
    layer: MatStruct,
    maps: Maps,
    size: tuple[int, int],
    stride: Sequence[int],
    pad: Sequence[int],
) -> tuple[int, int]:
    """Return the number of rows and columns of windows: floor((n + pads - size) / stride) + 1."""
    if 0 in (*size, *stride):
        raise ValueError(f"{layer.where} has a window or a stride of 0.")
    room = (maps.height + pad[0] + pad[1] - size[0], maps.width + pad[2] + pad[3] - size[1])
    if min(room) < 0:
        raise ValueError(
            f"{layer.where}: a window of {size[0]} x {size[1]} does not fit into maps of "
            f"{maps.height} x {maps.width}, padded by {list(pad)}."
        )
    return room[0] // stride[0] + 1, room[1] // stride[1] + 1


def _pool(layer: MatStruct, name: str, maps: Maps) -> tuple[Named, Maps]:
    _refuse_flat(layer, maps)
    if layer.text("method", default="max") != "max":
        raise ValueError(f"{layer.where} pools by {layer.text('method')!r}; supported is 'max'.")
    height, width = size = layer.integers("pool", 2)
    stride, pad = layer.integers("stride", 2, 1), layer.integers("pad", 4, 0)
    rows, columns = _slid(layer, maps, (height, width), stride, pad)
    if max(pad[:2]) >= height or max(pad[2:]) >= width:
        raise ValueError(f"{layer.where}: pad is {list(pad)}; it has to be below pool {size}.")
    out = replace(maps, height=rows, width=columns)
    top, bottom, left, right = pad
    if 2 * top <= height and 2 * left <= width:
        # Torch pads both ends alike, or goes on until the map is covered: as good where no window
        # is lost or won, since those at the border are clipped to the map in both libraries.
        for ceiling in (False, True):
            module = nn.MaxPool2d(size, stride, (top, left), ceil_mode=ceiling)
            given = module(torch.empty(1, 1, maps.height, maps.width, device="meta"))
            if tuple(given.shape[2:]) == (rows, columns):
                return [(name, module)], out
    before = nn.ConstantPad2d((left, right, top, bottom), -torch.inf)
    return [(f"{name}_pad", before), (name, nn.MaxPool2d(size, stride))], out


def _norm(layer: MatStruct, name: str, maps: Maps) -> tuple[Named, Maps]:
    param = [5, 1, 2e-5, 0.75]
    if "param" in layer:
        param = [float(one) for one in layer.array("param").ravel()]
    if len(param) != 4 or param[0] != int(param[0]) or param[0] % 2 != 1:
        raise ValueError(
            f"{layer.where}: param is {param}; it has to be [N kappa alpha beta] with N odd."
        )
    size, (kappa, alpha, beta) = int(param[0]), param[1:]
    try:
        return [(name, LocalResponseNorm(size, alpha * size, beta, kappa))], maps
    except ValueError as error:
        raise ValueError(f"{layer.where}: param is {param}: {error}") from None


def _relu(layer: MatStruct, name: str, maps: Maps) -> tuple[Named, Maps]:
    leak = layer.number("leak", 0.0)
    return [(name, nn.LeakyReLU(leak, inplace=True) if leak else nn.ReLU(inplace=True))], maps


def _dropout(layer: MatStruct, name: str, maps: Maps) -> tuple[Named, Maps]:
    rate = layer.number("rate", 0.5)
    if not 0 <= rate <= 1:
        raise ValueError(f"{layer.where}: rate is {rate}; it has to be in [0, 1].")
    return [(name, nn.Dropout(rate))], maps


def _refuse_flat(layer: MatStruct, maps: Maps) -> None:
    if maps.flat:
        raise ValueError(f"{layer.where} comes behind a fully connected layer and is none itself.")


_MAKERS = {
    "conv": _convolution,
    "relu": _relu,
    "pool": _pool,
    "normalize": _norm,
    "lrn": _norm,
    "dropout": _dropout,
}
