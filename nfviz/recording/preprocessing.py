"""What happens to an image on its way into the network, parted into geometry and normalization."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import nn
from torchvision.transforms import Compose, v2
from torchvision.transforms import transforms as v1
from torchvision.transforms._presets import ImageClassification

from nfviz.recording.resize_crop import recognize

Channels = tuple[float, float, float]

_CONVERSIONS = (
    *(v1.ToTensor, v1.PILToTensor, v1.ConvertImageDtype),
    *(v2.ToImage, v2.PILToTensor, v2.ToPureTensor, v2.ConvertImageDtype),
)
_RANDOM = (
    *("Random", "ColorJitter", "AutoAugment", "RandAugment", "TrivialAugment", "AugMix"),
    *("ScaleJitter", "ElasticTransform", "GaussianNoise", "MixUp", "CutMix"),
)


@dataclass(frozen=True)
class Preprocessing:
    """Geometry for one image, normalization for a whole batch.

    Attributes
    ----------
    whole : callable or None
        The transform as the user gave it.
    geometry : callable or None
        Its part before the conversion to floats; None if nothing comes before.
    mean, std : tuple of 3 floats or None
        Of the normalization (x / 255 - mean) / std.
    """

    whole: Callable[[Any], Any] | None
    geometry: Callable[[Any], Any] | None
    mean: Channels | None
    std: Channels | None


def split(
    preprocess: Callable[[Any], Any] | None,
    mean: float | Sequence[float] | None,
    std: float | Sequence[float] | None,
) -> Preprocessing:
    """Part a transform into what runs per image and what runs once per batch.

    Parameters
    ----------
    preprocess : callable, optional
        A torchvision preset (``weights.transforms()``), a v1 or v2 `Compose`, or any callable.
    mean, std : float or 3 floats, optional
        Normalization in units of 0..1, where the transform has none.

    Raises
    ------
    ValueError
        If the transform is random, `mean` or `std` is no color, or both the transform and the
        caller normalize, and differently.
    """
    given = (_channels("mean", mean), _channels("std", std))
    if (given[0] is None) != (given[1] is None):
        raise ValueError("mean and std belong together: pass both or neither.")
    if preprocess is None:
        return Preprocessing(None, None, *given)
    if not callable(preprocess):
        raise ValueError(
            f"preprocess is {preprocess!r}; it accepts a callable on one image, such as "
            "weights.transforms() or torchvision.transforms.v2.Compose([...])."
        )
    geometry, own = _parts(preprocess)
    if own and given[0] and given[1] and not np.allclose([*given[0], *given[1]], np.ravel(own)):
        raise ValueError(
            f"preprocess normalizes with mean {own[0]}, std {own[1]}, but mean={given[0]}, "
            f"std={given[1]} were passed. Leave mean and std out."
        )
    return Preprocessing(preprocess, geometry, *(own or given))


def _channels(name: str, value: Any) -> Channels | None:
    if value is None:
        return None
    try:
        numbers = np.asarray(value, np.float64).ravel().tolist()
    except (TypeError, ValueError):
        numbers = []
    numbers = numbers * 3 if len(numbers) == 1 else numbers
    low = 1e-6 if name == "std" else 0.0
    if len(numbers) != 3 or not all(low <= number <= 1 for number in numbers):
        raise ValueError(
            f"{name} is {value!r}; it accepts one number or three (R, G, B) in units of 0..1, "
            "as torchvision's Normalize takes them. Divide values of 0..255 by 255."
        )
    return (numbers[0], numbers[1], numbers[2])


def _parts(
    preprocess: Callable[[Any], Any],
) -> tuple[Callable[[Any], Any] | None, tuple[Channels, Channels] | None]:
    if isinstance(preprocess, ImageClassification):
        return _geometry(_preset_steps(preprocess)), _normalization(preprocess)
    steps = list(_flat(preprocess))
    for step in steps:
        if type(step).__name__.startswith(_RANDOM):
            raise ValueError(
                f"preprocess holds {type(step).__name__}, but each image is read more than once "
                "and must stay the same. Pass the transforms of the evaluation."
            )
    normalization = None
    while steps and (_converts(steps[-1]) or isinstance(steps[-1], v1.Normalize | v2.Normalize)):
        step = steps.pop()
        if isinstance(step, v1.Normalize | v2.Normalize):
            if normalization is not None:
                return preprocess, None
            normalization = _normalization(step)
    return _geometry(steps), normalization


def _preset_steps(preset: ImageClassification) -> list[Any]:
    options = {"interpolation": preset.interpolation, "antialias": preset.antialias}
    return [v1.Resize(preset.resize_size, **options), v1.CenterCrop(preset.crop_size)]


def _geometry(steps: list[Any]) -> Callable[[Any], Any] | None:
    return recognize(steps) or (Compose(steps) if steps else None)


def _normalization(step: Any) -> tuple[Channels, Channels] | None:
    mean, std = np.asarray(step.mean, float), np.asarray(step.std, float)
    # Behind a conversion without scaling, the units are those of bytes.
    unit = 255 if max(mean.max(), std.max()) > 1 else 1
    name = f"the mean or std of {type(step).__name__} in preprocess"
    own = _channels(name, mean / unit), _channels(name, std / unit)
    return None if own[0] is None or own[1] is None else (own[0], own[1])


def _flat(step: Any) -> Iterator[Any]:
    if isinstance(step, Compose | v2.Compose):
        for inner in step.transforms:
            yield from _flat(inner)
    elif isinstance(step, nn.Sequential):
        for inner in step:
            yield from _flat(inner)
    else:
        yield step


def _converts(step: Any) -> bool:
    if isinstance(step, v2.ToDtype):
        return bool(step.scale)
    return isinstance(step, _CONVERSIONS)
