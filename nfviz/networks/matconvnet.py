"""Networks from the files of MatConvNet's model zoo."""

import re
from collections import OrderedDict
from dataclasses import dataclass
from os import PathLike

import numpy as np
import torch
from torch import Tensor, nn
from torchvision.transforms import InterpolationMode, v2

from nfviz.networks.mat_file import read_variables
from nfviz.networks.mat_struct import MatStruct
from nfviz.networks.matconvnet_layers import Maps, chain

Channels = tuple[float, float, float]
_WNID = re.compile(r"n\d{8}")


@dataclass(frozen=True, eq=False)
class MatConvNetModel:
    """A network of MatConvNet's, and how it wants its images.

    Attributes
    ----------
    network : torch.nn.Sequential
        In evaluation mode, with the names of the file (`conv1`, ..., `fc8`). Input: RGB images
        (n, 3, `image_size`, `image_size`), values 0..255 less the mean **color**: what `preprocess`
        gives. Output: scores before the softmax.
    preprocess : callable
        From a PIL image to the network's input. Hand it to `nfviz.analyze`.
    mean, std : tuple of 3 floats
        Of its normalization (x / 255 - mean) / std; std is 1/255, which keeps the units.
    image_size : int
        Height and width of the input, pixels.
    classes : tuple of str
        Names in the order of the scores, which need not be the order of your data set's labels;
        empty where the file does not name as many classes as there are scores.
    wnids : tuple of str
        WordNet ids in the same order, or empty.
    """

    network: nn.Sequential
    preprocess: v2.Compose
    mean: Channels
    std: Channels
    image_size: int
    classes: tuple[str, ...]
    wnids: tuple[str, ...]


class MeanImage(nn.Module):
    """Subtract what a mean image has beyond its mean color."""

    rest: Tensor

    def __init__(self, rest: Tensor) -> None:
        super().__init__()
        self.register_buffer("rest", rest)

    def forward(self, x: Tensor) -> Tensor:
        """Return `x` (images, 3, height, width) less the buffer (1, 3, height, width)."""
        return x - self.rest


def load_matconvnet(path: str | PathLike[str], resize: int | None = None) -> MatConvNetModel:
    """Load a network of MatConvNet's model zoo, such as ``imagenet-vgg-m.mat``, -f or -s.

    ::

        vgg = nfviz.networks.load_matconvnet("imagenet-vgg-m.mat")
        atlas = nfviz.analyze(vgg.network, ImageFolder("val"), preprocess=vgg.preprocess)

    The network is built from the file's own list of layers and holds its numbers as they are:
    filters see RGB in 0..255. MatConvNet subtracts a mean image (or a mean color); its mean color
    goes into the normalization, so that zero stays the mean color, and what is left into a first
    module `mean_image`. Convolutions that cover the whole map (`fc6` to `fc8`) become linear
    layers, so that `nfviz.analyze` takes `conv1` to `conv5` for layers of neurons.

    Parameters
    ----------
    path : path
        A SimpleNN file of version 5: ``layers`` and ``meta`` (in older files ``normalization``
        and ``classes``) on top or in ``net``, weights as ``weights`` or ``filters`` and
        ``biases``. It is read without executing anything, and everything in it is checked.
    resize : int, optional
        Pixels of the shorter side (of both where ``keepAspect`` is false) to which images are
        resized before the central crop; by default what the file says (``imageSize + border``),
        224 for the zoo's VGG-M, which was trained on crops of 224 from images of 256.

    Returns
    -------
    MatConvNetModel

    Raises
    ------
    FileNotFoundError
        If there is no file.
    ValueError
        If the file is of version 7.3 (HDF5), a DagNN or damaged, or holds a layer or an image
        size that is not supported; the message says where and what. If `resize` is below the
        file's image size.

    Notes
    -----
    Departs from MatConvNet in how images are resized: by torchvision, with antialiasing. The
    weights that its zoo publishes are for non-commercial use.
    """
    names = ("layers", "meta", "normalization", "classes", "net", "params")
    found = MatStruct(str(path), read_variables(path, names))
    net = found if "layers" in found or "net" not in found else found.struct("net")
    if "params" in net:
        raise ValueError(
            f"{net.where} is a DagNN; supported is SimpleNN, a chain of layers. Load the network "
            "of the same name without '-dag'."
        )
    layers = net.structs("layers")
    meta = net.struct("meta") if "meta" in net else net
    normalization = meta.struct("normalization")
    side = _side(normalization)
    named, maps = chain(layers, Maps(3, side, side))
    mean, rest = _mean(normalization, side)
    # Below that, a mean image of one color differs from its mean by rounding only.
    first = [("mean_image", MeanImage(rest))] if rest.abs().max() > 1e-6 else []
    network = nn.Sequential(OrderedDict([*first, *named])).eval()
    std = (1 / 255, 1 / 255, 1 / 255)
    steps = [
        *_geometry(normalization, side, resize),
        v2.ToImage(),
        v2.ToDtype(torch.float32, scale=True),
        v2.Normalize(mean, std),
    ]
    named_classes = meta.struct("classes") if "classes" in meta else MatStruct(meta.where, {})
    classes, wnids = _classes(named_classes, maps.channels)
    return MatConvNetModel(network, v2.Compose(steps), mean, std, side, classes, wnids)


def _side(normalization: MatStruct) -> int:
    """Height and width of the input, which have to be equal."""
    given = normalization.array("imageSize").ravel()[:3].tolist()
    size = normalization.integers("imageSize", max(len(given), 2))
    if size[0] != size[1] or size[0] == 0 or size[2:] not in ((), (3,)):
        raise ValueError(
            f"{normalization.where}: imageSize is {list(size)}; supported are square RGB images, "
            "such as [224 224 3]."
        )
    return size[0]


def _mean(normalization: MatStruct, side: int) -> tuple[Channels, Tensor]:
    """Mean color in 0..1, and what the mean image has beyond it (1, 3, height, width)."""
    image: np.ndarray = np.zeros((1, 1, 3))
    if "averageImage" in normalization:
        image = normalization.array("averageImage").astype(np.float64)
    if image.size == 3:
        image = image.reshape(1, 1, 3)
    elif image.shape != (side, side, 3):
        raise ValueError(
            f"{normalization.where}: averageImage is {image.shape}; it has to be a color or an "
            f"image {(side, side, 3)}, as imageSize says."
        )
    if image.min() < 0 or image.max() > 255:
        raise ValueError(
            f"{normalization.where}: averageImage lies in [{image.min():g}, {image.max():g}]; it "
            "has to be in the units of pixels, [0, 255]."
        )
    color = image.mean((0, 1))
    rest = torch.from_numpy((image - color).astype(np.float32)).permute(2, 0, 1)[None]
    red, green, blue = (color / 255).tolist()
    return (red, green, blue), rest.contiguous()


def _geometry(normalization: MatStruct, side: int, resize: int | None) -> list[nn.Module]:
    """Return the steps that give an image its size: resizing, then the central crop."""
    border = normalization.integers("border", 2, 0)
    keep_aspect = bool(normalization.number("keepAspect", 1.0))
    if border[0] != border[1]:
        raise ValueError(f"{normalization.where}: border is {list(border)}; it has to be square.")
    if resize is not None and (not isinstance(resize, int) or resize < side):
        raise ValueError(f"resize is {resize!r}; it accepts a number of pixels, from {side} on.")
    name = normalization.text("interpolation", default="bilinear")
    if name not in ("bilinear", "bicubic", "nearest"):
        raise ValueError(
            f"{normalization.where}: interpolation is {name!r}; supported are bilinear, bicubic "
            "and nearest."
        )
    target = side + border[0] if resize is None else resize
    size = target if keep_aspect else (target, target)
    mode = InterpolationMode(name)
    return [v2.Resize(size, interpolation=mode, antialias=True), v2.CenterCrop(side)]


def _classes(names: MatStruct, scores: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names and WordNet ids of the classes, where there is one for every score."""
    ids, classes = names.texts("name"), names.texts("description")
    wnids = ids if ids and all(map(_WNID.fullmatch, ids)) else ()
    classes = classes or ids
    return (
        classes if len(classes) == scores else (),
        wnids if len(wnids) == scores else (),
    )
